"""An exchange with its desks and its OKX door in the test's own process: no server, and engine time as the test says.

Users of north and south and of the host ask by web sessions; what a desk submits is numbered, applied and projected
before it answers. Brands, accounts and prices are those of `small_exchange`.
"""

import asyncio
import atexit
import functools
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar
from unittest import mock

import httpx
import numpy as np
from spec.small_exchange import HOUR, HOUR_S, MAKER, NORTH, SECOND_NS, SOUTH, TAKER, SmallExchange, one
from spec.staff import with_second_factor
from sqlalchemy import Connection

from commonbook.administration import approvals
from commonbook.administration.approvals import Approval
from commonbook.administration.roles import HOST, Role, grant
from commonbook.errors import CoreUnavailable
from commonbook.gateway.desk import acts
from commonbook.gateway.desk import app as desk_apps
from commonbook.gateway.desk.app import WithDesks
from commonbook.gateway.desk.asked import Desk
from commonbook.gateway.okx_v5.app import SESSION_COOKIE, OkxApp
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environment, Environments, Served
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.oauth import WithTokens
from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.identity.sessions import NewSession, open_session
from commonbook.instrument import store
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.pulse import Pulse
from commonbook.people import directory
from commonbook.records import BALANCE_ROW, COMMAND, ORDER_ROW, Batch, CommandKind, FeeScope, Records
from commonbook.settings import LimitSettings, PeopleSettings, Settings

Found = TypeVar("Found")
BRAND_NAMES = {NORTH: "north", SOUTH: "south", HOST: "127"}
# Second factors of those who have a role are shown in tests of people.
SETTINGS = Settings(limits=LimitSettings(scale=1_000), people=PeopleSettings(staff_second_factor=False))


# Both take most of a second, and are the same for every house.
_desk_app = functools.cache(desk_apps.desk_app)


@functools.cache
def _prepared() -> Path:
    """A folder with the small exchange as it begins."""
    folder = Path(tempfile.mkdtemp(prefix="commonbook-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    SmallExchange(folder).exchange.close()
    return folder


class CoreHere:
    """The core as a gateway sees it, in this process."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self.beat = Pulse()

    def submit_then(self, commands: Records, done: Callable[[Batch | CoreUnavailable], None]) -> None:
        done(self._house.send(commands.copy()))

    async def balances(self, account: int) -> Records:
        return np.frombuffer(self._house.small.exchange.sequencer.engine.balances(account), BALANCE_ROW)

    async def orders(self, account: int) -> Records:
        return np.frombuffer(self._house.small.exchange.sequencer.engine.open_orders(account), ORDER_ROW)

    async def published(self) -> int:
        return self._house.small.exchange.back_office.position

    async def pulse(self) -> dict[str, Any]:
        now_ns = time.time_ns()
        return self.beat.told(now_ns) | {"waiting": 0, "connections": 1, "sequence": await self.published(), "pid": 1}


@dataclass
class Person:
    """A user who is signed in at their brand's address."""

    house: "House"
    user: int
    brand: int
    account: int
    session: NewSession

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.ask("POST", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.ask("PUT", path, body, headers)

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", path, None, {})

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        own = {"cookie": f"{SESSION_COOKIE}={self.session.token}", "x-csrf-token": self.session.csrf}
        return self.house.ask(method, path, body, self.brand, own | headers)


@dataclass
class House:
    """One exchange. `hour` and `second` are the engine time of whatever is submitted next."""

    folder: Path
    settings: Settings = SETTINGS
    hour: int = 0
    second: int = 0
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        shutil.copytree(_prepared(), self.folder, dirs_exist_ok=True)
        self.small = SmallExchange(self.folder, self.settings)
        database = self.small.exchange.back_office.database
        self.seal = Seal.open(self.folder)
        horizons = Horizons(self.folder / "keys" / "horizons.json", 0)
        self.authenticator = Authenticator(database, self.seal, horizons, 30_000, 0)
        with database.connect() as connection:
            venue = store.load(connection)
        self.door = Door(
            CoreHere(self),  # type: ignore[arg-type]
            database,
            venue,
            self.authenticator,
            self.settings.gateway,
            Budget(self.settings.limits),
            MarketHistory(self.folder),
            data_dir=self.folder,
            broker=self.settings.broker,
            oauth=self.settings.oauth,
            mail=self.settings.mail,
        )
        self.door.position = self.small.exchange.back_office.position
        self.door.time_ns = self.now_ns
        served = Served(Environment(self.door, Lane(self.settings.gateway)), lambda *_: None)
        self.desk = Desk(self.door, self.settings, self.folder, self.seal)
        with mock.patch.object(desk_apps, "desk_app", _desk_app):
            behind, note = OkxApp(Environments(served, False)), self.authenticator.note_token_error
            tokens = WithTokens(database, self.settings, behind, note)
            self.app = WithDesks(self.desk, tokens)

    # -- the exchange ------------------------------------------------------------------------------------------------

    def send(self, *parts: Records) -> Batch:
        """Commands as one batch, at the house's time."""
        batch = self.small.send(*(part.view(COMMAND) for part in parts), hour=self.hour, second=self.second)
        self.door.follow(batch)
        return batch

    def at(self, hour: int, second: int = 0) -> None:
        """Engine time moves on, and what is due is done."""
        self.hour, self.second = hour, second
        self.door.follow(self.small.tick(hour, second))
        self.run_due()

    def run_due(self) -> None:
        """What the back office does by itself."""
        office = self.small.exchange.back_office
        office.do_due(lambda commands: self.send(commands))

    def rates_of_their_own(self, account: int) -> None:
        """What makes an account a market maker to the journal."""
        fees = one(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=account, taker_rate_e8=50_000)
        self.send(fees)

    @property
    def now_ns(self) -> int:
        return ((HOUR + self.hour) * HOUR_S + self.second) * SECOND_NS

    def read(self, query: Callable[[Connection], Found]) -> Found:
        with self.door.database.connect() as connection:
            return query(connection)

    def write(self, work: Callable[[Connection], Found]) -> Found:
        with self.door.database.begin() as connection:
            return work(connection)

    # -- people ------------------------------------------------------------------------------------------------------

    def person(
        self,
        brand: int,
        *roles: Role,
        account: int = 0,
        name: str = "",
        has_factor: bool = False,
        lately: bool = True,
    ) -> Person:
        """A new user of a brand with roles, signed in with a second factor just now.

        Args:
            has_factor: whether one is set up as well, which is asked of staff outside of most tests.
            lately: False: it was shown too long ago.
        """
        name = name or f"user{len(self.people)}"

        def work(connection: Connection) -> Person:
            user = directory.add(
                connection, self.seal, brand, f"{name}@example.com", "", state=directory.ACTIVE, account=account
            )
            for role in roles:
                grant(connection, user.id, brand, role, 0, 0)
            if has_factor:
                with_second_factor(connection, self.seal, user.id)
            session = open_session(connection, account, brand, 3_600, user.id, time.time_ns() if lately else 0)
            return Person(self, user.id, brand, account, session)

        found = self.write(work)
        self.people.append(found)
        return found

    def owner(self, brand: int) -> Person:
        return self.person(brand, Role.OWNER)

    def trader(self, account: int = TAKER) -> Person:
        return self.person(NORTH if account == MAKER else SOUTH, account=account)

    def second_passes(self) -> None:
        """What the gateway has looked up a moment ago is looked up anew."""
        self.authenticator._looked = 0.0
        self.authenticator._sessions.clear()
        self.authenticator.tokens.look_now()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(
        self, method: str, path: str, body: Any = None, brand: int = HOST, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request to a brand's address; in JSON."""
        host = f"{BRAND_NAMES[brand]}.localhost" if brand else "127.0.0.1"
        content = None if body is None else json.dumps(body)
        given = {"host": host} | ({"content-type": "application/json"} if body is not None else {}) | (headers or {})

        async def go() -> httpx.Response:
            transport = self.transport()
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, content=content, headers=given)

        return asyncio.run(go())

    def transport(self, address: str = "127.0.0.1") -> httpx.ASGITransport:
        """The application as a client at an address reaches it."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            query = scope["query_string"]
            target = scope["raw_path"] + (b"?" + query if query else b"")
            await self.app(scope | {"target": target}, receive, send)

        return httpx.ASGITransport(app, client=(address, 40_000))

    def approve(self, approval: dict[str, Any], other: Person) -> httpx.Response:
        """Another user's yes at the host's desk or a brand's."""
        desk = "host" if other.brand == HOST else "partner"
        path = f"/{desk}/v1/approvals/{approval['id']}/approve"
        return other.post(path, {"payload_hash": approval["payload_hash"]})

    def carry_out_left(self) -> list[Approval]:
        """What was approved and cut off, as the first gateway brings it to its end."""
        return asyncio.run(acts.carry_out_left(self.desk, self.read(approvals.cut_off)))

    def close(self) -> None:
        self.small.exchange.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()
