"""Who is about in suite `access`: brokers with clients, users with keys, and what the model knows of them."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from commonbook.broker import consents
from commonbook.identity.model import Permission
from commonbook.identity.service import create_key
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, Scope
from commonbook.people import directory
from commonbook.qa.access_model import ApiKey, Broker, Client, Code, Fact, Token, User
from commonbook.qa.access_site import CODES, KEY_ACCOUNTS, RETIRED_BROKER, SECOND_BROKER, Site
from commonbook.simulator.demo_market import BROKER
from commonbook.units import RateE8

SERVERS = ("203.0.113.7", "203.0.113.8", "203.0.113.9")
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"
ADDRESSES = (*SERVERS, HOME, ELSEWHERE)
DEVICES = ("phone-1", "tablet:2")
DONE, APP = "https://app.example/done", "com.example.app:/done"
PASSPHRASE = "Suite-42-x"
ALL, TRADING, READING = ("read_only", "trade", "fast_api"), ("read_only", "trade"), ("read_only",)
CLIENTS: Sequence[tuple[int, bool, tuple[str, ...], tuple[str, ...]]] = (  # broker, is public, redirects, scopes
    (BROKER, False, (DONE, f"{DONE}?app=1"), ALL),
    (BROKER, False, ("https://reader.example/back",), READING),
    (BROKER, True, (DONE, APP, "http://127.0.0.1/done"), TRADING),
    (SECOND_BROKER, False, ("https://other.example/done",), ALL),
    (SECOND_BROKER, True, ("org.example.other:/done", "https://other.example/app"), TRADING),
    (RETIRED_BROKER, False, ("https://old.example/done",), TRADING),
)
Thing = TypeVar("Thing")


class Town:
    """An exchange, and the model of who may do what there."""

    def __init__(self, build: Any, folder: Path, seed: int, seen: Counter[str]) -> None:
        self.pick = random.Random(f"{seed}-access")
        self.seen = seen
        self.checks = 0
        self.site = Site(build, folder, seed)
        self.brokers = {number: Broker(number, code, number != RETIRED_BROKER) for number, code in CODES.items()}
        self.codes_of_brokers = {broker.code: broker for broker in self.brokers.values()}
        self.clients: list[Client] = []
        self.users: list[User] = []
        self.codes: list[Code] = []
        self.tokens: list[Token] = []
        self.keys: list[ApiKey] = []
        self.numbers: dict[int, object] = {}  # whose each credential number is
        self.site.write(self._settle)

    @property
    def now_ns(self) -> int:
        return self.site.clock.now_ns

    def _settle(self, connection: Connection) -> None:
        for number, public, redirects, scopes in CLIENTS:
            kind = ClientKind.PUBLIC if public else ClientKind.SECRET
            where = () if public else tuple(self.pick.sample(SERVERS, 2))
            wish = wish_of(redirects, scopes, where)
            made = clients.register(connection, number, kind, wish)
            broker = self.brokers[number]
            told = Client(made.client_id, made.client_secret, broker, redirects, frozenset(scopes), Fact(where))
            self.clients.append(told)
        for brand, accounts in KEY_ACCOUNTS.items():
            for account in accounts:
                email = f"user{account}@example.com"
                made_user = directory.add(
                    connection, self.site.seal, brand, email, "", state=directory.ACTIVE, account=account
                )
                self.users.append(User(made_user.id, account, brand))
        for number in (BROKER, SECOND_BROKER):
            addresses = tuple(self.pick.sample(SERVERS, 2))
            consents.set_addresses(connection, number, addresses)
            self.brokers[number].addresses = Fact(addresses)

    # -- picking --------------------------------------------------------------------------------------------------

    def any_of(self, *things: Thing) -> Thing:
        return self.pick.choice(things)

    def maybe(self, share: float) -> bool:
        return self.pick.random() < share

    def recent(self, things: Sequence[Thing]) -> Thing | None:
        """One of them, mostly of the newest."""
        if not things:
            return None
        return things[-1 - min(int(self.pick.expovariate(0.4)), len(things) - 1)]

    def other(self, things: Sequence[Thing], than: Thing) -> Thing:
        return self.pick.choice([one for one in things if one != than])

    def own_address(self, client: Client) -> str:
        return ELSEWHERE if client.is_public else self.pick.choice(client.addresses.now)

    # -- keys -----------------------------------------------------------------------------------------------------

    def new_key(self, user: User | None = None, held: bool | None = None) -> ApiKey:
        """A key of a user, with any permissions, addresses and brokers."""
        pick, user = self.pick, user or self.pick.choice(self.users)
        permissions = frozenset(pick.sample(("read_only", "trade", "withdraw"), pick.choice((1, 2, 2, 3))))
        addresses = tuple(pick.sample(ADDRESSES, pick.choice((0, 0, 0, 1, 2))))
        with_addresses = [one for one in self.brokers.values() if one.addresses.now]
        is_held = (self.maybe(0.3) if held is None else held) and bool(with_addresses)
        holder = pick.choice(with_addresses) if is_held else None
        brokers = {holder.id} if holder is not None else set(pick.sample(list(self.brokers), pick.choice((0, 1, 1, 2))))
        owner = user

        def make(connection: Connection) -> ApiKey:
            made = create_key(
                *(connection, self.site.seal, owner.account, owner.brand, granted(permissions), "suite", addresses),
                *(frozenset(brokers), PASSPHRASE, owner.id),
                held=holder is not None,
            )
            return ApiKey(
                *(made.api_key, made.api_secret, made.api_passphrase, owner, Fact(permissions), Fact(addresses)),
                *(frozenset(brokers), holder, self.now_ns),
            )

        key = self.site.write(make)
        self.keys.append(key)
        self.seen["key_made"] += 1
        return key

    def forget_old(self) -> None:
        """Of what the product has forgotten as well nothing is asked: a day after it was over."""
        old_ns = self.now_ns - 23 * 3_600 * 10**9
        self.codes = [one for one in self.codes if one.expires_ns > old_ns]
        self.tokens = [one for one in self.tokens if one.expires_ns > old_ns]
        self.keys = [one for one in self.keys if not one.is_revoked.now or self.maybe(0.5)][-60:]

    def numbered(self, number: int, whose: object) -> str:
        """Empty, or that a number which stands on orders is of two credentials."""
        found = self.numbers.setdefault(number, whose)
        return "" if found is whose else f"credential {number} is two things"


def wish_of(redirects: tuple[str, ...], scopes: Sequence[str], addresses: tuple[str, ...]) -> Wish:
    return Wish("Suite", redirects, frozenset(Scope(one) for one in scopes), addresses, RateE8(40_000_000))


def granted(permissions: frozenset[str]) -> frozenset[Permission]:
    return frozenset(Permission(one) for one in permissions)
