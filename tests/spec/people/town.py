"""A brand's desk in the test's own process: an engine, a gateway's desks, browsers, and everyone's mail."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import numpy as np
import pyotp
from sqlalchemy import Connection, text

from commonbook.administration import roles
from commonbook.administration.roles import Role
from commonbook.exchange import Exchange
from commonbook.gateway.desk.app import WithDesks
from commonbook.gateway.desk.asked import Desk
from commonbook.gateway.okx_v5.app import TARGET, Receive, Scope, Send
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument import store as instrument_store
from commonbook.marketdata.queries import MarketHistory
from commonbook.notice import mail
from commonbook.notice.mail import Mail
from commonbook.people import directory
from commonbook.people.factors import STEP_S
from commonbook.records import BALANCE_ROW, COMMAND, ORDER_ROW, Batch, CommandKind, EventKind, Records, commands
from commonbook.settings import LimitSettings, PeopleSettings, Settings, database_url
from commonbook.storage.database import BACK_OFFICE, open_database, position

AURORA, BOREALIS = 1, 2
BRANDS = {AURORA: b"aurora", BOREALIS: b"borealis"}
HOSTS = {0: "127.0.0.1:8080", AURORA: "aurora.localhost:8080", BOREALIS: "borealis.localhost:8080"}
BTC, USDT = 1, 2
PASSWORD = "correct horse battery"
QUICK = PeopleSettings(
    password_memory_kib=64, password_passes=1, password_lanes=1, answer_ms=0, address_tries_free=1_000, wait_s=600
)
SETTINGS = Settings(people=QUICK, limits=LimitSettings(scale=10_000))
MARGIN_S = 3
Answered = TypeVar("Answered")


class LocalCore:
    """What a gateway asks of the core, answered by an engine in this process."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.doors: list[Door] = []
        self.fails: list[Exception] = []  # raised by the next submissions, before they are done

    def submit_then(self, records: Records, done: Callable[[Batch], None]) -> None:
        if self.fails:
            raise self.fails.pop(0)
        batch = self.exchange.submit(np.array(records))
        done(batch)
        for door in self.doors:
            door.follow(batch)

    async def published(self) -> int:
        return self.exchange.sequencer.engine.sequence()

    async def balances(self, account: int) -> Records:
        return np.frombuffer(self.exchange.sequencer.engine.balances(account), BALANCE_ROW)

    async def orders(self, account: int) -> Records:
        return np.frombuffer(self.exchange.sequencer.engine.open_orders(account), ORDER_ROW)


@dataclass
class Town:
    """Two brands on one venue, with one gateway or more on the same tables."""

    folder: Path
    exchange: Exchange
    core: LocalCore
    runner: asyncio.Runner
    settings: Settings
    desks: list[Desk] = field(default_factory=list)
    apps: list[Any] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return self.desks[0]

    @property
    def seal(self) -> Seal:
        return self.desk.seal

    def run(self, work: Coroutine[Any, Any, Answered]) -> Answered:
        return self.runner.run(work)

    def together(self, works: Sequence[Awaitable[Answered]]) -> list[Answered]:
        async def all_of() -> list[Answered]:
            return list(await asyncio.gather(*works))

        return self.run(all_of())

    def open_gateway(self, settings: Settings | None = None) -> int:
        """One more; its number."""
        chosen = settings or self.settings
        database = open_database(database_url(chosen, self.folder))
        with database.connect() as connection:
            venue = instrument_store.load(connection)
            known = position(connection, BACK_OFFICE)
        seal = Seal.open(self.folder)
        horizons = Horizons(self.folder / f"horizons-{len(self.desks)}.json", 0)
        authenticator = Authenticator(database, seal, horizons, 30_000, 0, idle_s=chosen.people.session_idle_s)
        core: Any = self.core
        door = Door(
            core,
            database,
            venue,
            authenticator,
            chosen.gateway,
            Budget(chosen.limits),
            MarketHistory(self.folder),
            position=known,
        )
        self.core.doors.append(door)
        desk = Desk(door, chosen, self.folder, seal)
        self.desks.append(desk)
        self.apps.append(_targeted(WithDesks(desk, _nothing_behind)))
        return len(self.desks) - 1

    def browser(self, brand: int = AURORA, address: str = "203.0.113.7", gateway: int = 0) -> "Browser":
        return Browser(self, HOSTS[brand], address, gateway)

    def write(self, work: Callable[[Connection], Answered]) -> Answered:
        with self.desk.database.begin() as connection:
            return work(connection)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.desk.database.connect() as connection:
            return list(connection.execute(text(query), values))

    def set(self, statement: str, **values: Any) -> int:
        return self.write(lambda connection: connection.execute(text(statement), values).rowcount)

    def mails(self, to: str, kind: str = "") -> list[Mail]:
        """Oldest first."""
        found = self.write(lambda connection: mail.newest(connection, self.seal, 10_000))
        return [one for one in reversed(found) if one.to == to and kind in ("", one.kind)]

    def code(self, to: str, kind: str = "sign-up-code") -> str:
        """Of the newest mail of a kind."""
        return code_in(self.mails(to, kind)[-1].body)

    def member(self, brand: int = AURORA, email: str = "") -> "Browser":
        """A new user of a brand, signed in."""
        browser = self.browser(brand)
        browser.sign_up(email or new_email())
        return browser

    def staff(self, brand: int, *held: Role) -> "Browser":
        """Somebody with roles and an authenticator app, signed in."""
        email = new_email()

        def add(connection: Connection) -> None:
            known = self.runner.run(self.desk.passwords.hash(PASSWORD))
            user = directory.add(connection, self.seal, brand, email, known, state=directory.ACTIVE).id
            for role in held:
                roles.grant(connection, user, brand, role, 0, 1)

        self.write(add)
        browser = self.browser(brand)
        browser.login(email)
        browser.set_up_totp()
        return browser

    def send(self, command: Records) -> Batch:
        batch = self.exchange.submit(command)
        for door in self.core.doors:
            door.follow(batch)
        return batch


@dataclass
class Browser:
    """Keeps cookies and a CSRF token, as a browser and its page do."""

    town: Town
    host: str
    address: str
    gateway: int = 0
    agent: str = "Mozilla/5.0 (X11; Linux)"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    email: str = ""
    session: dict[str, Any] = field(default_factory=dict)
    totp: str = ""  # the secret
    recovery_codes: list[str] = field(default_factory=list)
    last: httpx.Response | None = None

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {"host": self.host, "user-agent": self.agent}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf:
            given["x-csrf-token"] = self.csrf
        transport = httpx.ASGITransport(self.town.apps[self.gateway], client=(self.address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{self.host}") as http:
            answer = await http.request(method, path, json=body, headers=given | headers)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        self.last = answer
        return answer

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.town.run(self.send(method, path, body, **headers))

    def get(self, path: str) -> Any:
        return self._good(self.ask("GET", path))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._good(self.ask("POST", path, body, **headers))

    def patch(self, path: str, body: Any) -> Any:
        return self._good(self.ask("PATCH", path, body))

    def delete(self, path: str) -> Any:
        return self._good(self.ask("DELETE", path))

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["error"]["code"])

    def _good(self, answer: httpx.Response) -> Any:
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    # -- what people do ---------------------------------------------------------------------------------------------

    def sign_up(self, email: str, password: str = PASSWORD, **more: str) -> None:
        begun = self.post("/account/v1/sign-up", {"email": email, "password": password} | more)
        self.confirm(begun["sign_up"], email)

    def confirm(self, handle: str, email: str) -> None:
        body = {"sign_up": handle, "code": self.town.code(email)}
        self.entered(email, self.post("/account/v1/sign-up/confirm", body))

    def entered(self, email: str, session: dict[str, Any]) -> None:
        self.email, self.session, self.csrf = email, session, session["csrf"]

    def login(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The second factor that is asked for; nothing when none is."""
        told = self.post("/account/v1/login", {"email": email, "password": password})
        if told["session"] is not None:
            self.entered(email, told["session"])
            return {}
        found: dict[str, Any] = told["second_factor"]
        return found

    def set_up_totp(self) -> None:
        self.totp = self.post("/account/v1/second-factors/totp")["secret"]
        told = self.post("/account/v1/second-factors/totp/confirm", {"code": self.totp_code(-1)})
        self.recovery_codes = told["recovery_codes"]

    def totp_code(self, steps: int = 0) -> str:
        """Of now, or of some steps of thirty seconds away."""
        return totp_code(self.totp, steps)

    @property
    def user(self) -> int:
        return int(self.session["user"])

    @property
    def account(self) -> int:
        return int(self.session["account"])

    @property
    def token(self) -> str:
        return self.cookies["session"]


def totp_code(secret: str, steps: int = 0) -> str:
    """Not at the very end of a step, so that it is still of the same step when it is looked at."""
    now = time.time()
    if now % STEP_S > STEP_S - MARGIN_S:
        time.sleep(STEP_S - now % STEP_S)
    return pyotp.TOTP(secret).at(int(time.time()) + STEP_S * steps)


def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def code_in(body: str) -> str:
    """The six digits in a mail."""
    found = re.search(r"\b\d{6}\b", body)
    assert found is not None, body
    return found[0]


def long_codes_in(body: str) -> list[str]:
    """The long codes, in their order."""
    return re.findall(r"^[A-Za-z0-9_-]{43}$", body, re.MULTILINE)


@contextmanager
def opened_town(folder: Path, settings: Settings = SETTINGS) -> Iterator[Town]:
    with Exchange.open(folder, settings) as exchange, asyncio.Runner() as runner:
        assert (exchange.submit(_venue()).events["kind"] == EventKind.CONFIG).all()
        core = LocalCore(exchange)
        town = Town(folder, exchange, core, runner, settings)
        town.open_gateway()
        try:
            yield town
        finally:
            for desk in town.desks:
                desk.database.dispose()


def _venue() -> Records:
    made = []
    for asset, name in ((BTC, b"BTC"), (USDT, b"USDT")):
        command = commands(CommandKind.ASSET)
        command["asset"], command["scale"], command["name"] = asset, 8, name
        made.append(command)
    command = commands(CommandKind.INSTRUMENT)
    values = {"instrument": 1, "base_asset": BTC, "quote_asset": USDT, "tick_scale": 2, "tick_mantissa": 1}
    values |= {"lot_scale": 4, "lot_mantissa": 1, "minimum_lots": 1}
    for field_name, value in values.items():
        command[field_name] = value
    command["name"] = b"BTC-USDT"
    made.append(command)
    for brand, name in BRANDS.items():
        command = commands(CommandKind.BRAND)
        command["brand"], command["name"] = brand, name
        made.append(command)
    return np.concatenate([one.view(COMMAND) for one in made])


def _targeted(app: Any) -> Any:
    """The request's target, as our own HTTP server puts it into the scope."""

    async def with_target(scope: Scope, receive: Receive, send: Send) -> None:
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        await app(scope | {TARGET: scope["raw_path"] + query}, receive, send)

    return with_target


async def _nothing_behind(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def changed(settings: Settings, **people: Any) -> Settings:
    return msgspec.structs.replace(settings, people=msgspec.structs.replace(settings.people, **people))
