"""The part of suite `access` at a serving exchange: how soon what was taken back is out, everywhere.

Somebody is let in at REST, over WebSocket and, with a key, at the record door, and goes on asking and ordering at each
of them. Then it is taken back: by its client, its user, the host or its broker. A second after that was answered
nothing more may be let in, and the open connections must be closed. The clock is the real one; what the machine gave to
others until then is taken off, as the system tells it, and the time by the clock is told beside.
"""

import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, update

from commonbook.broker import consents
from commonbook.client import DoorClosed, RecordClient
from commonbook.errors import OutsideFailure
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import change_key, create_key
from commonbook.identity.sessions import NewSession, open_session
from commonbook.oauth import clients
from commonbook.oauth.model import ClientKind, NewClient
from commonbook.oauth.protocol import Request, User
from commonbook.oauth.server import Server as Authorization
from commonbook.people import directory
from commonbook.qa.access_site import a_verifier, challenge_of, parts_of
from commonbook.qa.access_town import ALL, DONE, PASSPHRASE, wish_of
from commonbook.qa.okx import API, Answer, Key, Rest, Socket, login
from commonbook.qa.people import FIRST_BRAND, Person, open_tables, prepare
from commonbook.qa.serving import Server, waited_s
from commonbook.qa.suite import Result
from commonbook.records import CommandKind, OrderType, Records, SelfTrade, Side, commands
from commonbook.settings import OauthSettings
from commonbook.simulator.demo_brands import BRANDS
from commonbook.simulator.demo_market import BROKER, BTC_USDT
from commonbook.storage.tables.people import users

FIRST_ACCOUNT = 9_001
IN_FORCE_S = 1.0
PATIENCE_S = 20.0
PAUSE_S = 0.01
TRIES = 3  # to be let in everywhere: on a machine that stands still a session is silent for too long
HERE, ELSEWHERE = "127.0.0.1", "10.1.2.3"
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "post_only", "px": "72000", "sz": "0.0001"}
FAR_TICKS = 72_000
CONFIG = "/account/config"
TOKENS = ("refresh", "reuse", "revoke", "cancel", "move_client", "lock")
KEYS = ("revoke_key", "narrow_key", "move_key", "move_broker", "lock")


def run(seed: int, trials: int, result: Result) -> None:
    """So many times something is taken back; a failure goes into the result."""
    pick = random.Random(f"{seed}-access-door")
    with tempfile.TemporaryDirectory(prefix="commonbook-access-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        prepare(data_dir, [Person(FIRST_ACCOUNT + place) for place in range(trials)])
        server = stack.enter_context(Server(data_dir))
        tables = open_tables(data_dir)
        stack.callback(tables.dispose)
        place = _Place(server, tables, pick)
        slowest: dict[str, list[float]] = {}
        every_way = itertools.cycle(pick.sample([*TOKENS, *KEYS], len(TOKENS) + len(KEYS)))
        for number, what in zip(range(trials), every_way, strict=False):
            with ExitStack() as trial:
                failure = _trial(place, FIRST_ACCOUNT + number, what, trial, slowest, result)
            result.trials += 1
            if failure:
                result.failure = f"seed {seed}, trial {number} at the door, {what}: {failure}"
            if failure or result.is_late():
                break
    for name, seconds in slowest.items():
        result.figures[f"{name}_ms_most"] = round(max(seconds) * 1e3, 1)


@dataclass
class _Place:
    """One exchange with an application of its broker; everybody is at one address."""

    server: Server
    tables: Engine
    pick: random.Random

    def __post_init__(self) -> None:
        self.seal = Seal.open(self.server.data_dir)
        roles = ("gateway", "records")
        self.processes = [one for role in roles for one in self.server.processes_of(role)] + [os.getpid()]

    def write(self, work: Callable[[Any], Any]) -> Any:
        with self.tables.begin() as connection:
            return work(connection)


@dataclass
class _Holder:
    """Who was let in, and by what."""

    place: _Place
    account: int
    client: NewClient | None = None
    key: Key | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rest = Rest(self.place.server.ready["rest"])
        email = f"access{self.account}@example.com"

        def sign_up(connection: Any) -> tuple[int, NewSession]:
            made = directory.add(
                connection, self.place.seal, FIRST_BRAND, email, "", state=directory.ACTIVE, account=self.account
            )
            return made.id, open_session(connection, self.account, FIRST_BRAND, 3_600, made.id, 2**62)

        self.user, self.session = self.place.write(sign_up)

    # -- what lets it in ------------------------------------------------------------------------------------------

    def make_key(self, held: bool) -> None:
        permissions = frozenset({Permission.READ, Permission.TRADE, Permission.WITHDRAW})
        addresses, brokers = (HERE,), frozenset({BROKER})
        if held:
            self.place.write(lambda connection: consents.set_addresses(connection, BROKER, [HERE]))
        made = self.place.write(
            lambda connection: create_key(
                *(connection, self.place.seal, self.account, FIRST_BRAND, permissions, "suite", addresses, brokers),
                *(PASSPHRASE, self.user),
                held=held,
            )
        )
        self.key = Key(made.api_key, made.api_secret, made.api_passphrase)

    def fetch_tokens(self) -> None:
        """A client of the broker's own, to which the user says yes; the tokens it fetches as any client does."""
        wish = wish_of((DONE,), ALL, (HERE,))
        made: NewClient = self.place.write(
            lambda connection: clients.register(connection, BROKER, ClientKind.SECRET, wish)
        )
        verifier = a_verifier(self.place.pick)
        fields = {"client_id": made.client_id, "redirect_uri": DONE, "scope": "read_only,trade"}
        fields |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}

        def agree(connection: Any) -> str:
            server = Authorization(connection, OauthSettings(), "http://localhost")
            consent = server.authorization(Request(list(fields.items()), method="GET"))
            return server.answer(consent, User(self.user, self.account, FIRST_BRAND, 0))

        code = parts_of(self.place.write(agree))[1]["code"]
        self.client = made
        self.tokens = self.ask_tokens({"grant_type": "authorization_code", "code": code, "code_verifier": verifier})
        if "access_token" not in self.tokens:
            raise OutsideFailure(f"no tokens for a code: {self.tokens}")

    def ask_tokens(self, body: dict[str, str], path: str = "token") -> dict[str, str]:
        if self.client is None:
            raise TypeError("there is no client")
        proof = {"client_id": self.client.client_id, "client_secret": self.client.client_secret}
        kind = {"Content-Type": "application/json"}
        found: dict[str, str] = self.rest.ask(
            "POST", f"/v5/users/oauth/{path}", json.dumps(body | proof), kind
        ).envelope
        return found

    def refresh(self) -> dict[str, str]:
        return self.ask_tokens({"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]})

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask(self) -> Answer:
        if self.key is not None:
            return self.rest.signed(self.key, "GET", CONFIG)
        return self.rest.ask("GET", API + CONFIG, "", {"Authorization": f"Bearer {self.tokens['access_token']}"})

    def at_desk(self, method: str, path: str) -> Answer:
        """A request of the user's own browser."""
        own = {"Cookie": f"session={self.session.token}", "X-CSRF-Token": self.session.csrf}
        lines = [f"{method} {path} HTTP/1.1", f"Host: {BRANDS[FIRST_BRAND]}.localhost", "Content-Length: 0"]
        lines += [f"{name}: {value}" for name, value in own.items()]
        return self.rest.raw("\r\n".join(lines).encode() + b"\r\n\r\n")

    def login(self) -> str:
        if self.key is not None:
            return login(self.key)
        return json.dumps({"op": "login", "args": [{"accessToken": self.tokens["access_token"]}]})


# -- taking back ------------------------------------------------------------------------------------------------------


def _take_back(holder: _Holder, what: str) -> str:
    """Done and answered when this returns; empty, or what went wrong."""
    place, key = holder.place, holder.key
    api_key = "" if key is None else key.api_key
    client = "" if holder.client is None else holder.client.client_id
    if what in ("refresh", "reuse"):
        told = holder.refresh()
        if "access_token" not in told:
            return f"a right refresh is answered {told}"
        if what == "reuse":
            holder.tokens |= {"access_token": told["access_token"]}  # of the family that ends
            told = holder.refresh()
            return "" if told.get("code") == "53003" else f"a refresh token that was used is answered {told}"
        return ""
    if what == "revoke":
        told = holder.ask_tokens({"token": holder.tokens["refresh_token"]}, "revoke")
        return f"revoking is answered {told}" if told else ""
    if what in ("cancel", "revoke_key"):
        path = f"/account/v1/grants/{client}" if what == "cancel" else f"/account/v1/keys/{api_key}"
        answer = holder.at_desk("DELETE", path)
        return "" if answer.status == 200 else f"the user's page says {answer.text}"
    doing: dict[str, Callable[[Any], Any]] = {
        "move_client": lambda connection: clients.change(connection, client, wish_of((DONE,), ALL, (ELSEWHERE,))),
        "lock": lambda connection: connection.execute(
            update(users).where(users.c.user_id == holder.user).values(state=directory.LOCKED)
        ),
        "narrow_key": lambda connection: change_key(
            connection, holder.account, api_key, None, frozenset({Permission.WITHDRAW})
        ),
        "move_key": lambda connection: change_key(connection, holder.account, api_key, ip_list=(ELSEWHERE,)),
        "move_broker": lambda connection: consents.set_addresses(connection, BROKER, [ELSEWHERE]),
    }
    place.write(doing[what])
    return ""


@dataclass(frozen=True, slots=True)
class _Late:
    """How long after the taking back something was, and how much of that the machine gave to others."""

    clock_s: float = 0.0
    lost_s: float = 0.0

    @property
    def net_s(self) -> float:
        return max(self.clock_s - self.lost_s, 0.0)


class _Since:
    """Time from the taking back on."""

    def __init__(self, processes: list[int], before: list[float]) -> None:
        self._processes, self._before, self._began = processes, before, time.monotonic()

    def now(self) -> _Late:
        clock_s = time.monotonic() - self._began
        waited = zip(waited_s(self._processes), self._before, strict=True)
        return _Late(clock_s, max(after - then for after, then in waited))


@dataclass
class _Line:
    """One way in. `ask` says whether it was let in; None: the connection is closed."""

    name: str
    ask: Callable[[], bool | None]
    must_close: bool
    let_in: "_Late" = field(default_factory=lambda: _Late())  # the newest request that was let in, when it was sent
    closed: "_Late" = field(default_factory=lambda: _Late())  # the connection, when that was seen
    is_over: bool = False


def _trial(
    place: _Place, account: int, what: str, stack: ExitStack, slowest: dict[str, list[float]], result: Result
) -> str:
    holder = _Holder(place, account)
    stack.callback(holder.rest.close)
    if what in KEYS and (what != "lock" or place.pick.random() < 0.5):
        holder.make_key(held=what == "move_broker")
    else:
        holder.fetch_tokens()
        if what == "reuse":  # the refresh before it ends these tokens' connections: those of the new pair are watched
            holder.tokens = holder.refresh()
    for _ in range(TRIES):
        lines = _lines(holder, stack)
        shut = [line.name for line in lines if line.ask() is not True]
        if not shut:
            break
    else:
        return f"{shut} do not let in what is right"
    time.sleep(place.pick.random() * 0.7)  # at any moment of what a door does every second
    for line in lines:
        line.ask()
    before = waited_s(place.processes)
    if failure := _take_back(holder, what):
        return failure
    _watch(lines, _Since(place.processes, before))
    failure = ""
    result.events[f"took_back_{what}"] += 1
    for line in lines:
        result.checks += 1
        if not line.is_over and not failure:
            failure = f"{line.name} goes on after {PATIENCE_S:g} s"
        for name, late in ((f"{line.name}_let_in", line.let_in), (f"{line.name}_closed", line.closed)):
            if name == "rest_closed":
                continue
            slowest.setdefault(f"{name}_by_the_clock", []).append(late.clock_s)
            slowest.setdefault(name, []).append(late.net_s)
            if late.net_s > IN_FORCE_S and not failure:
                failure = f"{name} {late.clock_s:.3f} s later, {late.lost_s:.3f} s of it the machine gave to others"
    return failure


def _watch(lines: list[_Line], since: _Since) -> None:
    """Everybody goes on asking until they are out."""
    while not all(line.is_over for line in lines) and since.now().clock_s < PATIENCE_S:
        for line in (one for one in lines if not one.is_over):
            sent = since.now()
            found = line.ask()
            if found:
                line.let_in = sent
            elif found is None and line.must_close:
                line.closed = since.now()
            line.is_over = found is None if line.must_close else not found
        time.sleep(PAUSE_S)


def _lines(holder: _Holder, stack: ExitStack) -> list[_Line]:
    """REST, WebSocket, and for a key the record door."""
    ready = holder.place.server.ready
    socket = stack.enter_context(Socket(ready["ws"], "private"))
    socket.send(holder.login())
    told = json.loads(socket.receive())
    if told.get("code") != "0":
        raise OutsideFailure(f"a right login is answered {told}")
    found = [_Line("rest", lambda: holder.ask().code == "0", False), _Line("ws", lambda: _order(socket), True)]
    if holder.key is not None:
        session = RecordClient.open(ready["records"]["unix"], holder.key.api_key, holder.key.secret)
        stack.callback(session.abandon)
        found.append(_Line("records", lambda: _record(session), True))
    return found


def _order(socket: Socket) -> bool | None:
    """An order over WebSocket; None once it is closed."""
    try:
        socket.send(json.dumps({"id": "1", "op": "order", "args": [ORDER]}))
        while message := socket.receive():
            told = json.loads(message)
            if told.get("op") == "order":
                return bool(told["code"] == "0")
    except OSError:
        return None
    return None


def _record(session: RecordClient) -> bool | None:
    with suppress(DoorClosed, OSError):
        session.call(_far_order())
        return True
    return None


def _far_order() -> Records:
    made = commands(CommandKind.ORDER)
    made["side"], made["order_type"], made["self_trade"] = Side.BUY, OrderType.POST_ONLY, SelfTrade.CANCEL_MAKER
    made["price_ticks"], made["quantity_lots"], made["instrument"] = FAR_TICKS, 1_000, BTC_USDT
    return made
