"""Who may do what at this moment: the plain model beside the product, for suite `access`.

It is written from the rules alone (docs/rules/oauth.md, identity.md, broker-keys.md), shares no code with the product,
and forgets nothing. What a door may know for a second is a `Fact`, which remembers what it was: whatever was so within
the last second may still be told. Everything the authorization server itself is asked is as it is now.

Outcomes are OKX's codes as texts, "0" for a yes. Several may be right: of two things that are wrong either may be told.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
SECOND_NS = 10**9
HOUR_NS = 3_600 * SECOND_NS
KNOWN_NS = SECOND_NS  # a door may know so long what was before
IDLE_NS = 14 * 24 * HOUR_NS
CODE_NS, ACCESS_NS, REFRESH_NS = 60 * SECOND_NS, HOUR_NS, 72 * HOUR_NS
NOTED_NS = HOUR_NS  # a key's last use is written down at most so often
LIVE, CANCELED, REVOKED = "live", "canceled", "revoked"
RISKY = {"trade", "withdraw"}
NEVER_A_BROKERS = {"withdraw", "manage"}


class Fact(Generic[Value]):
    """Something that changes, and what it was."""

    def __init__(self, value: Value) -> None:
        self.now = value
        self._before: list[tuple[int, Value]] = []  # until when it was something else

    def set(self, value: Value, now_ns: int) -> None:
        if value != self.now:
            self._before.append((now_ns, self.now))
            self.now = value

    def lately(self, now_ns: int, known_ns: int = KNOWN_NS) -> list[Value]:
        """All that it was within the last second, what it is first."""
        return [self.now, *(value for until_ns, value in self._before if until_ns >= now_ns - known_ns)]

    def has_changed_since(self, time_ns: int) -> bool:
        return any(until_ns >= time_ns for until_ns, _ in self._before)


@dataclass(eq=False)
class Broker:
    id: int
    code: str
    is_active: bool
    addresses: Fact[tuple[str, ...]] = field(default_factory=lambda: Fact(()))
    is_suspended: Fact[bool] = field(default_factory=lambda: Fact(False))


@dataclass(eq=False)
class User:
    id: int
    account: int
    brand: int
    is_locked: Fact[bool] = field(default_factory=lambda: Fact(False))
    refused: dict[int, Fact[bool]] = field(default_factory=dict)  # by broker

    def refuses(self, broker: int) -> Fact[bool]:
        return self.refused.setdefault(broker, Fact(False))


@dataclass(eq=False)
class Client:
    id: str
    secret: str  # "" of a public one
    broker: Broker
    redirects: tuple[str, ...]
    scopes: frozenset[str]
    addresses: Fact[tuple[str, ...]]
    is_enabled: bool = True

    @property
    def is_public(self) -> bool:
        return not self.secret


@dataclass(eq=False)
class Grant:
    """A yes, and all that came of it."""

    client: Client
    user: User
    scopes: tuple[str, ...]
    terminal: str
    state: Fact[str] = field(default_factory=lambda: Fact(LIVE))

    def end(self, state: str, now_ns: int) -> None:
        if self.state.now == LIVE:
            self.state.set(state, now_ns)


@dataclass(eq=False)
class Code:
    text: str
    client: Client
    user: User
    redirect: str
    scopes: tuple[str, ...]
    verifier: str
    terminal: str
    expires_ns: int
    is_used: bool = False
    grant: Grant | None = None


@dataclass(eq=False)
class Token:
    text: str
    kind: str  # access, refresh
    grant: Grant
    scopes: tuple[str, ...]
    expires_ns: int
    is_live: Fact[bool] = field(default_factory=lambda: Fact(True))


@dataclass(eq=False)
class ApiKey:
    api_key: str
    secret: str
    passphrase: str
    user: User
    permissions: Fact[frozenset[str]]
    addresses: Fact[tuple[str, ...]]
    brokers: frozenset[int]
    holder: Broker | None
    made_ns: int
    client: Client | None = None  # that has made it with a token
    grant: Grant | None = None
    is_bound: bool = False  # to that client's addresses
    is_revoked: Fact[bool] = field(default_factory=lambda: Fact(False))
    used_ns: int = 0
    written_ns: int = 0  # the last use that is written down for sure, beside the requests
    has_lapsed: bool = False  # for good

    def lapse(self, now_ns: int) -> tuple[bool, bool]:
        """Whether it has lapsed for certain, and whether it may have: a use counts from up to an hour before it."""
        if self.has_lapsed:
            return True, True
        if len(self.permissions.lately(now_ns)) + len(self.addresses.lately(now_ns)) > 2:
            return False, True
        if not self.can_lapse:
            return False, False
        idle_ns = now_ns - max(self.made_ns, self.used_ns)
        return idle_ns >= IDLE_NS, idle_ns >= IDLE_NS - (NOTED_NS if self.used_ns else 0)

    def looks_lapsed(self, now_ns: int) -> bool:
        """Whether it may look so to who reads what is written down alone: it was used since."""
        idle_ns = now_ns - max(self.made_ns, self.written_ns - NOTED_NS)
        return self.can_lapse and self.used_ns > self.written_ns and idle_ns >= IDLE_NS

    @property
    def can_lapse(self) -> bool:
        return bool(self.permissions.now & RISKY) and not self.addresses.now and self.holder is None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the exchange, whoever asks."""

    what: str  # read, listing, trade, withdraw, subaccount, broker, make_key; login, records
    address: str
    terminal: str = ""
    tag: str = ""


NEEDS = {"read": "read_only", "listing": "read_only", "trade": "trade", "withdraw": "withdraw"}
NO_TOKENS = {"withdraw", "subaccount", "broker"}


# -- the authorization server -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proved:
    """By what a client proves that it is one."""

    client: Client
    secret: str
    address: str
    terminal: str  # the TERMID header; "" for none


def unproved(asked: Proved) -> set[str]:
    """Why a client is not listened to (O-6, O-7); empty: it is."""
    client = asked.client
    if not client.is_enabled or asked.secret != client.secret:
        return {"53009"}
    if not client.is_public and asked.address not in client.addresses.now:
        return {"53014"}
    return set()


def exchanged(
    code: Code | None, asked: Proved, redirect: str, verifier: str, keys: Iterable[ApiKey], now_ns: int
) -> set[str]:
    """A code is shown (O-6). Gives what may be told, and does what follows: {"0"} is a grant.

    Args:
        redirect: "" where it is left out; so is the verifier.
    """
    if wrong := unproved(asked):
        return wrong
    if code is None or code.client is not asked.client:
        return {"53009"}
    if code.is_used:
        if code.grant is not None:
            code.grant.end(REVOKED, now_ns)
            for key in keys:
                if key.grant is code.grant:
                    key.is_revoked.set(True, now_ns)
        return {"53012"}
    code.is_used = True
    wrong = {"53012"} if now_ns >= code.expires_ns else set()
    if redirect and redirect != code.redirect:
        wrong.add("53016")
    if code.terminal and asked.terminal and asked.terminal != code.terminal:
        wrong.add("53006")
    if not verifier:
        wrong.add("53011")
    elif verifier != code.verifier:
        wrong |= {"53009", "53010"}  # another one, or none that can be one
    if code.user.is_locked.now:
        wrong.add("53004")
    if wrong:
        return wrong
    code.grant = Grant(code.client, code.user, code.scopes, code.terminal)
    return {"0"}


def refreshed(
    token: Token | None, asked: Proved, scopes: tuple[str, ...], tokens: list[Token], now_ns: int
) -> set[str]:
    """A refresh token is shown (O-8). Gives what may be told, and does what follows: {"0"} is a new pair."""
    if wrong := unproved(asked):
        return wrong
    if token is None or token.kind != "refresh" or token.grant.client is not asked.client:
        return {"53005"}
    grant = token.grant
    if grant.state.now != LIVE:
        return {"53003"}
    if not token.is_live.now:
        grant.end(REVOKED, now_ns)
        return {"53003"}
    wrong = {"53002"} if now_ns >= token.expires_ns else set()
    if grant.user.is_locked.now:
        wrong.add("53004")
    if grant.terminal and asked.terminal and asked.terminal != grant.terminal:
        wrong.add("53006")
    if not set(scopes) <= set(grant.scopes):
        wrong |= {"53013"}
    if wrong:
        return wrong
    for one in tokens:
        if one is token or (one.grant is grant and one.kind == "access"):
            one.is_live.set(False, now_ns)
    return {"0"}


def is_active(token: Token, now_ns: int) -> bool:
    """What looking at it tells (O-14)."""
    grant = token.grant
    good = token.is_live.now and grant.state.now == LIVE and now_ns < token.expires_ns
    return good and not grant.user.is_locked.now and not grant.client.broker.is_suspended.now


# -- at the doors -----------------------------------------------------------------------------------------------------


def by_token(token: Token | None, asked: Asked, now_ns: int, known_ns: int = KNOWN_NS) -> set[str]:
    """What a token may be told (O-9, O-10).

    Args:
        known_ns: so long a door may know what was before; below zero: it has just looked.
    """
    if token is None or token.kind != "access":
        return {"53000"}
    grant = token.grant
    client = grant.client
    lately: list[list[Any]] = [
        one.lately(now_ns, known_ns)
        for one in (grant.state, token.is_live, grant.user.is_locked, client.broker.is_suspended, client.addresses)
    ]
    found = set()
    for state, is_live, is_locked, is_suspended, addresses in itertools.product(*lately):
        if state == CANCELED:
            found.add("53001")
        elif state != LIVE or not is_live:
            found.add("53003")
        elif now_ns >= token.expires_ns:
            found.add("53002")
        elif is_locked:
            found.add("53004")
        elif is_suspended:
            found.add("53009")
        elif client.is_public and asked.terminal != grant.terminal:
            found.add("53006")
        elif not client.is_public and asked.address not in addresses:
            found.add("53014")
        elif asked.what in NO_TOKENS or (asked.what == "make_key") != ("fast_api" in token.scopes):
            found.add("53013")
        else:
            found.add("0" if asked.what in ("make_key", "login") or NEEDS[asked.what] in token.scopes else "53013")
    return found


def by_key(key: ApiKey, asked: Asked, now_ns: int, known_ns: int = KNOWN_NS) -> set[str]:
    """What a key whose request is signed as it should be may be told (I-2, I-14, BK-2, BK-3).

    Args:
        known_ns: as of `by_token`.
    """
    certainly, maybe = key.lapse(now_ns)
    if certainly:
        return {"50111"}
    found = {"50111"} if maybe else set()
    who = key.holder or (key.client.broker if key.client is not None else None)
    lately: list[list[Any]] = [
        one.lately(now_ns, known_ns) for one in (key.is_revoked, key.user.is_locked, key.addresses, key.permissions)
    ]
    lately.append([()] if key.holder is None else key.holder.addresses.lately(now_ns, known_ns))
    lately.append([False] if who is None else who.is_suspended.lately(now_ns, known_ns))
    for is_revoked, is_locked, own, permissions, holders, is_suspended in itertools.product(*lately):
        at_home = not own or asked.address in own
        if key.holder is not None:
            at_home = at_home and asked.address in holders
            permissions -= NEVER_A_BROKERS
        if is_revoked or is_locked:
            found.add("50111")
        elif is_suspended or not at_home:
            found.add("50110")
        elif asked.what == "login":
            found.add("0")
        elif asked.what == "make_key" or NEEDS.get(asked.what, "trade") not in permissions:
            found.add("50120")
        elif asked.what == "subaccount" and key.holder is not None:
            found.add("50030")
        else:
            found.add("0")
    return found


def earns_by_token(token: Token, tag: str, codes: dict[str, Broker], now_ns: int) -> set[int]:
    """Whose an order through a token may be: its broker's, whatever the tag says (O-12)."""
    broker, found = token.grant.client.broker, set()
    for is_refused in token.grant.user.refuses(broker.id).lately(now_ns):
        found.add(0 if is_refused or not broker.is_active else broker.id)
    return found


def earns_by_key(key: ApiKey, tag: str, codes: dict[str, Broker], now_ns: int) -> set[int]:
    """Whose an order under a key may be: its tag's, when that is an active broker that the key was made for (B-2)."""
    named = codes.get(tag)
    if named is None or named.id not in key.brokers or not named.is_active:
        return {0}
    return {0 if is_refused else named.id for is_refused in key.user.refuses(named.id).lately(now_ns)}
