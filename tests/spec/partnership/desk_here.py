"""The desks on a small exchange in this process: requests over ASGI, commands into a real sequencer, tables on disk.

A test may let the process die at a named place (`dies_at`) and begin again from what is on disk (`again`).
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import numpy as np
from spec.small_exchange import Crash, one, units
from sqlalchemy import Connection, insert

from commonbook.administration import roles
from commonbook.administration.roles import HOST, Role
from commonbook.brand.hosts import Hosts
from commonbook.exchange import Exchange
from commonbook.gateway.desk.app import WithDesks
from commonbook.gateway.desk.asked import Desk
from commonbook.gateway.okx_v5.app import SESSION_COOKIE
from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.identity.sessions import open_session
from commonbook.matching.sequencer import each_answer
from commonbook.notice import mail
from commonbook.notice.mail import Mail
from commonbook.partnership import applications
from commonbook.partnership.model import Application
from commonbook.people import directory
from commonbook.people.factors import kinds_of
from commonbook.records import (
    BALANCE_ROW,
    COMMAND,
    CommandKind,
    FeeScope,
    Records,
    amount,
    as_commands,
    words,
)
from commonbook.settings import LimitSettings, Settings
from commonbook.storage.tables.people import totps

Answer = TypeVar("Answer")

USDT, HOST_TOKEN, BTC = 1, 4, 2
RETAIL = 1  # the brand whose customers apply
TOKEN = "HUB"
STAKE = "500000"
FIRST_APPLICANT = 2_000
BEFORE_COMMAND, BEFORE_PROJECTION = "before_command", "before_projection"
TEAM = {
    "contact": "Ada Bell",
    "phone": "+44 20 7946 0000",
    "team": "Six people who have run a brokerage.",
    "plan": "Spot markets for two countries.",
}


class DoorHere:
    """What `Desk` needs of a door, on an exchange in this process. One command at a time, as a core takes them."""

    def __init__(self, exchange: Exchange, seal: Seal, data_dir: Path) -> None:
        self.exchange = exchange
        self.dies_at = ""
        self.submitted = 0
        self._one_at_a_time = threading.Lock()
        horizons = Horizons(data_dir / "horizons.json", 0)
        self.hosts = Hosts(exchange.venue)
        self.time_ns = 0
        self.authenticator = Authenticator(exchange.back_office.database, seal, horizons, 30_000, 0)

    @property
    def database(self) -> Any:
        return self.exchange.back_office.database

    @property
    def venue(self) -> Any:
        return self.exchange.venue

    async def submit(self, commands: Records, account: int, *others: int) -> list[Records]:
        return await asyncio.to_thread(self._submit, commands.view(COMMAND))

    def _submit(self, commands: Records) -> list[Records]:
        with self._one_at_a_time:
            if self.dies_at == BEFORE_COMMAND:
                raise Crash
            batch = self.exchange.sequencer.commit(commands, time.time_ns())
            self.submitted += 1
            if self.dies_at == BEFORE_PROJECTION:
                raise Crash
            self.exchange.back_office.project(batch)
            return each_answer(batch)

    async def taken_in(self, sequence: int) -> None:
        return None

    async def read(self, query: Callable[[Connection], Answer], account: int | None = None, *others: int) -> Answer:
        def run() -> Answer:
            with self.database.connect() as connection:
                return query(connection)

        return await asyncio.to_thread(run)

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        def run() -> Answer:
            with self.database.begin() as connection:
                return work(connection)

        return await asyncio.to_thread(run)


@dataclass
class Browser:
    """A signed-in user at a desk; or nobody."""

    desks: "DesksHere"
    host: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = self.headers | {"host": self.host} | more.pop("headers", {})

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.desks.app, raise_app_exceptions=True)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                given = {"json": body} if body is not None else {}
                return await client.request(method, path, headers=headers, **given, **more)

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> Any:
        return self._good(self.ask("GET", path, **more))

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self._good(self.ask("POST", path, {} if body is None else body, **more))

    def code(self, path: str, body: Any = None, method: str = "POST", **more: Any) -> str:
        """Why a request was refused."""
        answer = self.ask(method, path, body, **more)
        assert answer.status_code >= 400, answer.text
        code: str = answer.json()["error"]["code"]
        return code

    def _good(self, answer: httpx.Response) -> Any:
        assert answer.status_code < 400, answer.text
        return answer.json()


class DesksHere:
    """A venue with the host's token, a brand for customers, and the host's people."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.folder = folder
        self.settings = settings or Settings(limits=LimitSettings(scale=100))  # all applicants are at one address
        self.seal = Seal.open(folder)
        self._users = 0
        self._open()
        if self.exchange.is_empty:
            self.submit(*_setting())

    def _open(self) -> None:
        self.exchange = Exchange.open(self.folder, self.settings)
        self.door = DoorHere(self.exchange, self.seal, self.folder)
        self.desk = Desk(self.door, self.settings, self.folder, self.seal)  # type: ignore[arg-type]
        self.app = WithDesks(self.desk, _nothing)

    def again(self) -> None:
        """The process has died; another one begins from what is on disk."""
        self.exchange.sequencer.close()
        self.exchange.back_office.close()
        self._open()

    # -- what happens ------------------------------------------------------------------------------------------------

    def submit(self, *parts: Records) -> None:
        self.door._submit(as_commands(*parts))

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run(work)

    def write(self, work: Callable[[Connection], Answer]) -> Answer:
        with self.door.database.begin() as connection:
            return work(connection)

    def read(self, query: Callable[[Connection], Answer]) -> Answer:
        with self.door.database.connect() as connection:
            return query(connection)

    def fund(self, account: int, coins: str, key: str = "") -> None:
        record = one(CommandKind.DEPOSIT, account=account, asset=HOST_TOKEN, key=(key or f"fund:{account}").encode())
        record["amount"] = words(units(coins))
        self.submit(record)

    def account(self, number: int, coins: str = "") -> int:
        self.submit(one(CommandKind.ACCOUNT, account=number, person=number, brand=RETAIL))
        if coins:
            self.fund(number, coins)
        return number

    def user(self, brand: int = HOST, account: int = 0, roles_held: tuple[Role, ...] = ()) -> int:
        self._users += 1
        name = f"user{self._users}@example.com"

        def work(connection: Connection) -> int:
            made = directory.add(connection, self.seal, brand, name, "", state=directory.ACTIVE, account=account)
            for role in roles_held:
                roles.grant(connection, made.id, brand, role, 0, 0)
            self.give_factor(connection, made.id)
            return made.id

        return self.write(work)

    def give_factor(self, connection: Connection, user: int) -> None:
        """An authenticator app that was set up some time ago."""
        if not kinds_of(connection, user):
            row = {"user_id": user, "sealed_secret": "", "active": True, "last_step": 0}
            connection.execute(insert(totps).values(**row))

    def letters(self) -> list[Mail]:
        """To contacts of applications, oldest first."""
        found = self.read(lambda connection: mail.newest(connection, self.seal, 1_000))
        return [one for one in reversed(found) if one.kind.startswith("partnership-")]

    def browser(self, user: int, brand: int = HOST, proved: bool = True, host: str = "") -> Browser:
        account = self.read(lambda connection: directory.find(connection, user)).account
        proved_ns = time.time_ns() if proved else 0
        new = self.write(lambda connection: open_session(connection, account, brand, 3_600, user, proved_ns))
        at = host or ("localhost" if brand == HOST else f"{self.desk.venue.brands[brand].name}.localhost")
        return Browser(self, at, {"cookie": f"{SESSION_COOKIE}={new.token}", "x-csrf-token": new.csrf})

    def staff(self, *held: Role) -> Browser:
        return self.browser(self.user(roles_held=held or (Role.OWNER,)))

    @property
    def nobody(self) -> Browser:
        return Browser(self, "localhost")

    def keep(self) -> None:
        """The back office looks after the partnership, a moment later."""
        self.submit(one(CommandKind.TIME))
        self.exchange.keep_partnerships()

    # -- what is seen ------------------------------------------------------------------------------------------------

    def available(self, account: int, asset: int = HOST_TOKEN) -> int:
        """Ledger units that the engine says an account has."""
        rows = np.frombuffer(self.exchange.sequencer.engine.balances(account), BALANCE_ROW)
        return sum(amount(row["available"]) for row in rows if row["asset"] == asset)

    def found(self, reference: str) -> Application:
        return self.read(lambda connection: applications.referred(connection, reference))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exchange.close()


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} is no desk's")


def _setting() -> tuple[Records, ...]:
    rates = {"maker_rate_e8": 20_000, "taker_rate_e8": 100_000}
    return (
        *(
            one(CommandKind.ASSET, asset=asset, scale=8, name=name)
            for asset, name in ((USDT, b"USDT"), (BTC, b"BTC"), (HOST_TOKEN, TOKEN.encode()))
        ),
        one(CommandKind.BRAND, brand=RETAIL, name=b"retail"),
        one(CommandKind.FEES, scope=FeeScope.VENUE, maker_rate_e8=10_000, taker_rate_e8=50_000, highest_claim_e8=0),
        one(CommandKind.FEES, scope=FeeScope.BRAND, brand=RETAIL, **rates),
    )
