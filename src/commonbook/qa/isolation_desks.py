"""The desks in the suite `isolation`: what is another brand's is answered as what is not there.

The first brand has a word in every text of every desk. People of the second brand, of each role, by session and by key,
ask every route about the ids of the first and about ids that nobody has, at their own address, at the first brand's and
at the host's. Both answers must be the same but for times and for what was sent, and neither has one of the words. What
the first brand's own people are told is the same afterwards.
"""

import json
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from commonbook.administration.roles import ALLOWED, HOST, May, Role, grant
from commonbook.errors import OutsideFailure
from commonbook.gateway.desk.app import PAGES
from commonbook.gateway.desk.needs import Needs, Side
from commonbook.gateway.okx_v5.app import SESSION_COOKIE
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.identity.sessions import open_session
from commonbook.people import directory
from commonbook.qa import desk_words
from commonbook.qa.desk_ids import Noted, like_of, shown
from commonbook.qa.desk_routes import Route, routes
from commonbook.qa.okx import PATIENCE_S, Key, proof
from commonbook.qa.people import FIRST_BRAND, SECOND_BRAND
from commonbook.qa.suite import Result
from commonbook.simulator.demo_brands import BRANDS

SETTINGS = """[people]
answer_ms = 0
staff_second_factor = false
session_idle_s = 100_000
fresh_s = 100_000
tries_free = 1_000_000
address_tries_free = 1_000_000
mails_free = 1_000_000
password_memory_kib = 8_192
password_passes = 1
"""
HOSTS = {brand: f"{name}.localhost" for brand, name in BRANDS.items()} | {HOST: "127.0.0.1"}
SESSION_S = 100_000  # longer than a run
MONTH, DAY = "2025-11", "2025-11-24"
# Each brand counts these by itself, or has them by days: whoever asks is shown their own.
COUNTED = tuple(f"/partner/v1/{one}/" for one in ("clearing/invoices", "clearing/statements", "liquidity", "fees/at"))
# What moves by itself: the log notes who looks at users; what waits is sent, looked at, or taken in.
MOVING = (
    *("/partner/v1/log", "/partner/v1/webhooks", "/partner/v1/brand/domains", "/partner/v1/imports"),
    "/broker/v1/webhooks",
)
# Made anew for each answer.
PASSING = re.compile(
    r'"(ts|\w+_ns|csrf|sign_up|id|payload_hash|inTime|outTime|device|challenge|user_handle|secret|uri)":"?[^",}]*"?'
)
OWN_DESKS = ("/account/v1", "/partner/v1", "/program/v1", "/broker/v1")
TRIES = 3  # both answers are compared again: a count or a lock of the asker's own may lie between the two
Value = Callable[[str, str], str | None]
Ask = Callable[[Route, Value], httpx.Response]


@dataclass
class Browser:
    """A web session of a user, at the address of some brand."""

    http: httpx.Client
    user: int
    token: str
    csrf: str
    host: str

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        own = {"cookie": f"{SESSION_COOKIE}={self.token}", "x-csrf-token": self.csrf}
        return _ask(self.http, self.host, method, path, body, own | headers)


@dataclass
class Desks:
    """Both brands at one serving exchange, with all that the first one has."""

    http: httpx.Client
    tables: Engine
    seal: Seal
    pick: random.Random
    owner: Browser  # of the first brand
    trader: Browser  # another owner, with a trading account and things of their own
    ids: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # what a text is for -> the first brand's text
    strangers: dict[str, Ask] = field(default_factory=dict)
    cells: Iterator[tuple[str, Route]] = field(default_factory=lambda: iter(()))
    asked: set[tuple[str, str]] = field(default_factory=set)
    state: str = ""  # all that the first brand's people are told of it

    @classmethod
    def at(cls, address: str, data_dir: Path, tables: Engine, account: int, pick: random.Random) -> "Desks":
        """Those of a serving exchange; the first brand's people write everywhere.

        Args:
            account: of the first brand, which nobody else uses.
        """
        http, seal = httpx.Client(base_url=address, timeout=PATIENCE_S), Seal.open(data_dir)
        word = f"desk{secrets.token_hex(4)}"
        email = f"{word}trader@example.com"
        owner, trader = (
            _browser(http, tables, seal, FIRST_BRAND, (Role.OWNER,), one, name)
            for one, name in ((0, f"{word}owner@example.com"), (account, email))
        )
        made = cls(http, tables, seal, pick, owner, trader)
        with tables.begin() as connection:
            desk_words.open_phase(connection)

        def text(kind: str) -> str:
            made.words[kind] = word[:8] + kind if kind == "token" else word + kind
            return made.words[kind]

        made.ids |= desk_words.write_everywhere(owner, trader, account, email, text, time.time_ns())
        with tables.begin() as connection:
            desk_words.host_writes(connection, seal, FIRST_BRAND, owner.user, 2025 * 12 + 10, text)
        made.words["owner"] = f"{word}owner"
        for kind in ("domain", "slug"):  # ids: whoever asks for them has them in what they made themselves
            del made.words[kind]
        made.strangers = made._strangers()
        made.cells = made._every_cell()
        made.state = made._settled()
        return made

    # -- what is asked ------------------------------------------------------------------------------------------------

    def theirs(self, path: str, name: str) -> str | None:
        """The first brand's id for a place in a path, a query or a body."""
        return _usual(path, name) or self.ids.get(f"{name} of {path.split('/')[3:4]}") or self.ids.get(name)

    def absent(self, path: str, name: str) -> str | None:
        """The like of it that nobody has."""
        usual, theirs = _usual(path, name), self.theirs(path, name)
        if usual is not None or theirs is None:
            return usual
        return like_of(theirs)

    def _strangers(self) -> dict[str, Ask]:
        """The second brand's people, and where else than at home they ask."""
        own = HOSTS[SECOND_BRAND]
        found: dict[str, Ask] = {
            "nobody": lambda route, value: self._send(route, value, own, {}),
            "user": self._session(own),
            **{role.value: self._session(own, role) for role in Role},
            "owner at the first brand's address": self._session(HOSTS[FIRST_BRAND], Role.OWNER),
            "owner at the host's address": self._session(HOSTS[HOST], Role.OWNER),
            "owner's key": self._by_key(own),
            "owner's key at the first brand's address": self._by_key(HOSTS[FIRST_BRAND]),
        }
        return found

    def _session(self, host: str, *held: Role) -> Ask:
        """Behind what may end or change a user there is a new one."""
        people: list[Browser] = []

        def ask(route: Route, value: Value) -> httpx.Response:
            made = (self.http, self.tables, self.seal, SECOND_BRAND, held)
            person = people.pop() if people else _browser(*made, 0, f"{secrets.token_hex(8)}@example.com")
            if route.method == "GET" or not route.desk.startswith("/account"):
                people.append(person)
            headers = {"cookie": f"{SESSION_COOKIE}={person.token}", "x-csrf-token": person.csrf}
            return self._send(route, value, host, headers)

        return ask

    def _by_key(self, host: str) -> Ask:
        owner = _browser(self.http, self.tables, self.seal, SECOND_BRAND, (Role.OWNER,), 0, f"{_hex()}@example.com")
        with self.tables.begin() as connection:
            may = frozenset({Permission.MANAGE})
            new = create_key(connection, self.seal, 0, SECOND_BRAND, may, "suite", user=owner.user)
        key = Key(new.api_key, new.api_secret, new.api_passphrase)

        def ask(route: Route, value: Value) -> httpx.Response:
            target, body = route.target(value), route.body(value)
            text = "" if body is None else json.dumps(body)
            return _ask(self.http, host, route.method, target, body, proof(key, route.method, target, text))

        return ask

    def _send(self, route: Route, value: Value, host: str, headers: dict[str, str]) -> httpx.Response:
        return _ask(self.http, host, route.method, route.target(value), route.body(value), headers)

    def _every_cell(self) -> Iterator[tuple[str, Route]]:
        """Each route by each who is concerned in a new order, again and again."""
        found = [(who, route) for who in self.strangers for route in routes() if _concerns(who, route)]
        while True:
            self.pick.shuffle(found)
            yield from found

    # -- what came of it ----------------------------------------------------------------------------------------------

    def leak(self, text: str) -> str:
        """Which of the first brand's words is in a text; "" for none."""
        low = text.lower()
        return next((name for name, word in self.words.items() if word in low), "")

    def told(self) -> str:
        """All that the first brand's people are told of it."""
        found = []
        for route in routes():
            person = self.owner if route.desk == "/partner/v1" else self.trader
            is_own = route.desk in OWN_DESKS and route.needs != Needs.NOBODY
            if is_own and route.method == "GET" and not route.path.startswith(MOVING):
                answer = person.ask("GET", route.target(self.theirs), None, {})
                found.append(f"{route.name}: {answer.status_code} {PASSING.sub('', answer.text)}")
        return "\n".join(found)

    def _settled(self) -> str:
        """Once what the last writes have led to is there as well."""
        deadline = time.monotonic() + PATIENCE_S
        while any(one["state"] != "done" for one in desk_words.done(self.owner, "GET", "/partner/v1/exports")):
            if time.monotonic() > deadline:
                raise OutsideFailure("an approved export is not made")
            time.sleep(0.2)  # the back office makes it
        before = self.told()
        for _ in range(20):
            time.sleep(0.5)
            now = self.told()
            if now == before:
                return now
            differs = _difference(now, before)
            before = now
        raise OutsideFailure(f"what a brand's own people are told does not come to rest: {differs}")


def ask_desks(desks: Desks, trials: int, result: Result) -> str:
    """`trials` pairs of questions; "" or what somebody has learnt."""
    for _ in range(trials):
        who, route = next(desks.cells)
        result.trials += 1
        result.events["pairs_at_desks"] += 1
        desks.asked.add((who, route.name))
        result.figures["cells_of_desks"] = len(desks.asked)
        found = ""
        for _ in range(TRIES):
            result.checks += 2
            found = _look(desks, who, route)
            if not found:
                break
        if found:
            return found
    return ""


def is_untouched(desks: Desks) -> str:
    """Empty when the first brand is told what it was told; else where it differs."""
    now = desks.told()
    return "" if now == desks.state else f"the first brand is told {_difference(now, desks.state)}"


def shows_itself(desks: Desks) -> str:
    """Empty when the first brand's own people are told its words: else nobody else could be told any."""
    state = desks.state.lower()
    wanted = ("title", "headline", "terms", "promotion", "staff", "name", "plan")
    missing = [kind for kind in wanted if desks.words[kind] not in state]
    return f"the first brand is not told its own {', '.join(missing)}" if missing else ""


def _difference(one: str, other: str) -> str:
    """The first place where two tellings are not the same."""
    pairs = zip(one.splitlines(), other.splitlines(), strict=False)
    left, right = next(((mine, theirs) for mine, theirs in pairs if mine != theirs), ("more or less lines", ""))
    at = next((place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
    begin = max(0, at - 100)
    return f"{left[:60]} ... {left[begin : at + 200]} ... and before {right[begin : at + 200]}"


def _look(desks: Desks, who: str, route: Route) -> str:
    theirs, absent = Noted(desks.theirs), Noted(desks.absent)
    there, nowhere = (desks.strangers[who](route, value) for value in (theirs, absent))
    is_public = "first brand's" in who and route.needs == Needs.NOBODY  # what anybody sees at its address
    one, other = shown(there, theirs.given, PASSING), shown(nowhere, absent.given, PASSING)
    if there.status_code >= 500 and there.status_code != 503:
        return f"{who} breaks {route.name}: {one[:300]}"
    found = desks.leak(one)
    if found and not is_public:
        return f"{who} is told the first brand's {found} at {route.name}: {one[:300]}"
    is_made = there.is_success and nowhere.is_success and route.method != "GET"  # something of the asker's own
    if one != other and not is_public and not is_made and not route.path.startswith(COUNTED):
        return f"{who} is told of another's at {route.name}: {one[:300]}, and of nobody's: {other[:300]}"
    return ""


def _concerns(who: str, route: Route) -> bool:
    """Who has no role for a route is refused before anything is looked up: the table of authorization shows that."""
    if route.side is Side.HOST or route.desk in PAGES:
        return who in ("nobody", "owner", "owner at the host's address", "owner's key")
    if who in ("nobody", "owner", "owner's key"):
        return True
    if not route.names or who == "owner at the host's address":
        return False
    if who not in list(Role):
        return route.desk != "/partner/v1" or who != "user"
    return route.needs not in list(Needs) and May(route.needs) in ALLOWED[Role(who)]


def _usual(path: str, name: str) -> str | None:
    """What is no id. Who invites an address has it in their own list."""
    known = {"month": MONTH, "first": DAY, "last": "2025-11-30", "detail": "fill", "role": "support", "day": DAY}
    known |= {"asset": "USDT", "amount": "1", "date": DAY, "fill": "1-0", "by": "hour", "form": "csv"}
    if name == "email" and path.endswith("/staff/invite"):
        return "invited@example.com"
    return known.get(name)


def _browser(
    http: httpx.Client, tables: Engine, seal: Seal, brand: int, held: tuple[Role, ...], account: int, email: str
) -> Browser:
    with tables.begin() as connection:
        user = directory.add(connection, seal, brand, email, "", state=directory.ACTIVE, account=account)
        for role in held:
            grant(connection, user.id, brand, role, 0, 0)
        session = open_session(connection, account, brand, SESSION_S, user.id, time.time_ns())
    return Browser(http, user.id, session.token, session.csrf, HOSTS[brand])


def _ask(http: httpx.Client, host: str, method: str, target: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    http.cookies.clear()  # an answer may set one; whose the next request is is said by itself
    content = None if body is None else json.dumps(body)
    kind = {} if body is None else {"content-type": "application/json"}
    return http.request(method, target, content=content, headers={"host": host} | kind | headers)


def _hex() -> str:
    return secrets.token_hex(8)
