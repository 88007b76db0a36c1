"""A partner's whole world in this process: an exchange with its desks, its OKX door and its simulated venue, a DNS
server for proofs, and one clock for the wall and the engine, which the test moves on.

What people do they do by HTTP. Beside it there is only what a host has on its own machine: `commonbook host owner`, a
deposit, a simulated key, and the work that the processes of an exchange do by themselves (`keep`).
"""

import asyncio
import datetime
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import numpy as np
import pyotp
from integration.okx_client import signed_headers
from spec.brand.dns_here import DnsHere
from spec.house import CoreHere, House, _desk_app
from spec.small_exchange import BTC, BTC_USDT, HOUR, HOUR_S, SECOND_NS, USDT, deposit, one, units
from sqlalchemy import select
from typer.testing import CliRunner

from commonbook.clearing import reconciliation
from commonbook.console.commands import commands
from commonbook.exchange import Exchange
from commonbook.gateway.desk import app as desk_apps
from commonbook.gateway.desk.app import WithDesks
from commonbook.gateway.okx_v5.app import OkxApp
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environment, Environments, Served
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument import store
from commonbook.marketdata.queries import MarketHistory
from commonbook.notice import mail
from commonbook.records import (
    BALANCE_ROW,
    COMMAND,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    FeeScope,
    OrderType,
    Records,
    Side,
    as_commands,
    refusal_of,
)
from commonbook.settings import (
    SIMULATED,
    BrandSettings,
    ClearingSettings,
    LimitSettings,
    PeopleSettings,
    Settings,
)
from commonbook.simulated.configuration import followed
from commonbook.simulated.funds import accounts_with_keys, first_funds
from commonbook.simulated.house import HOUSE_ACCOUNT, funding, opening
from commonbook.storage.metadata import metadata

HOST, SOUTH, NORTH = "127.0.0.1", "south.localhost", "north.localhost"
HUB = 4  # the host's token
PASSWORD = "correct horse battery staple 7"
HOUR_NS = HOUR_S * SECOND_NS
# Tables that a refusal may write to: who asked, what was refused, how often; how far the stream has come; and whose
# turn it was to lock a stake, of which what counts is told by `taken` of the phase.
MAY_CHANGE = frozenset(
    {"audit_log", "audit_heads", "throttles", "positions", "web_sessions", "partnership_phases", "partnership_slots"}
)


class Clock:
    """The time of the wall and of the engine: goes on as time does, and jumps when it is told to."""

    def __init__(self) -> None:
        self._real = time.time_ns
        self._ahead_ns = HOUR * HOUR_NS + 60 * SECOND_NS - self._real()

    def __call__(self) -> int:
        return self._real() + self._ahead_ns

    def on(self, seconds: int) -> None:
        self._ahead_ns += seconds * SECOND_NS

    def to_next_day(self, hour: int) -> None:
        day_ns = 24 * HOUR_NS
        self._ahead_ns += (self() // day_ns + 1) * day_ns + hour * HOUR_NS - self()

    @property
    def today(self) -> str:
        return str(datetime.datetime.fromtimestamp(self() // SECOND_NS, datetime.UTC).date())


class CoreOf(CoreHere):
    """A core that can also be asked for balances."""

    def __init__(self, venue: Any, exchange: Exchange) -> None:
        super().__init__(venue)
        self._exchange = exchange

    async def balances(self, account: int) -> Records:
        return np.frombuffer(self._exchange.sequencer.engine.balances(account), BALANCE_ROW)


class SimulatedHere:
    """The simulated venue: follows what the live one has accepted, and has a house that sells at 1."""

    def __init__(self, live: "World", folder: Path) -> None:
        self._live = live
        self.exchange = Exchange.open(folder, live.settings)
        database = self.exchange.back_office.database
        authenticator = Authenticator(database, Seal.open(folder), Horizons(folder / "horizons.json", 0), 30_000, 0)
        with database.connect() as connection:
            venue = store.load(connection)
        settings = live.settings
        core, budget, market = CoreOf(self, self.exchange), Budget(settings.limits), MarketHistory(folder)
        self.door = Door(core, database, venue, authenticator, settings.gateway, budget, market, settings.simulated)  # type: ignore[arg-type]
        self.door.position = self.exchange.back_office.position
        self.follow()
        self.send(opening())
        for asset in list(self.exchange.venue.assets.values()):
            self.send(funding(asset))
        ask = {"account": HOUSE_ACCOUNT, "side": Side.SELL, "instrument": BTC_USDT, "price_ticks": 1}
        terms = {"order_type": OrderType.LIMIT, "channel": Channel.API, "attribution": Attribution.NO_TAG}
        self.send(one(CommandKind.ORDER, quantity_lots=units("1000"), **ask, **terms))

    @property
    def served(self) -> Served:
        return Served(Environment(self.door, Lane(self._live.settings.gateway)), lambda *_: None)

    def send(self, *parts: Records) -> Batch:
        batch = self.exchange.submit(as_commands(*(part.view(COMMAND) for part in parts)))
        self.door.follow(batch)
        return batch

    def follow(self) -> None:
        """What its process does about once a second."""
        with self._live.door.database.connect() as connection:
            accepted = store.configuration_after(connection, 0)
        self.send(followed(accepted), one(CommandKind.TIME))
        database, coins = self.exchange.back_office.database, self._live.settings.simulated.first_funds
        with database.connect() as connection:
            gifts = first_funds(self.exchange.venue, accounts_with_keys(connection), coins)
        if gifts is not None:
            self.send(gifts)
        self.exchange.settle()
        self.door.authenticator._looked = 0.0


@dataclass
class World(House):
    """The live exchange, and all that is around it."""

    clock: Clock = field(default_factory=Clock)
    dns: DnsHere = field(default_factory=DnsHere)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.door.core = CoreOf(self, self.small.exchange)  # type: ignore[assignment]
        self.send(
            one(CommandKind.ASSET, asset=HUB, scale=8, name=b"HUB"),
            one(CommandKind.FEES, scope=FeeScope.VENUE, maker_rate_e8=10_000, taker_rate_e8=50_000),
        )
        self.simulated = SimulatedHere(self, self.folder / SIMULATED)
        live = Served(Environment(self.door, Lane(self.settings.gateway)), lambda *_: None)
        environments = Environments(live, True)
        environments.join(self.simulated.served)
        with mock.patch.object(desk_apps, "desk_app", _desk_app):
            self.app = WithDesks(self.desk, OkxApp(environments))

    def send(self, *parts: Records) -> Batch:
        self.hour, self.second = divmod(self.clock() // SECOND_NS - HOUR * HOUR_S, HOUR_S)
        return super().send(*parts)

    # -- what a host has on its own machine --------------------------------------------------------------------------

    def tool(self, *words: str) -> dict[str, Any]:
        """A command of the host's, with its answer as JSON."""
        done = CliRunner().invoke(commands(), [*words, "--data", str(self.folder), "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def fund(self, account: str, asset: int, amount: str) -> None:
        """A deposit that has come in."""
        batch = self.send(deposit(int(account), asset, amount, f"in:{account}:{asset}:{self.clock()}"[-32:]))
        assert refusal_of(batch.events) is None

    def keep(self) -> None:
        """What the processes of an exchange do by themselves, about once a second."""
        office = self.small.exchange.back_office
        self.send(one(CommandKind.TIME))
        for _ in range(3):
            office.do_due(self.send)
        office.keep_partnerships(self.send)
        office.settle_due(self.send)
        for _ in range(3):
            office.clear_due(self.send, self._outside)
            self.clock.on(61)
            self.send(one(CommandKind.TIME))
        asyncio.run(self.door.hosts.look_now(self.door.database))
        self.simulated.follow()
        self.second_passes()

    def _outside(self, _: int) -> reconciliation.Outside:
        exchange = self.small.exchange
        problems = tuple(f"ledger: {name} differs by {off}" for name, off in exchange.ledger_difference().items())
        return reconciliation.Outside(exchange.sequencer.engine.sequence(), problems)

    def mailed(self, to: str, kind: str) -> str:
        """The code in the newest mail of a kind, out of the outbox."""
        found = self.read(lambda connection: mail.newest(connection, self.seal, 1_000))
        body = next(one.body for one in found if (one.to, one.kind) == (to, kind))
        code = re.search(r"[Cc]ode[^:\n]*:\s+(\S+)", body)
        assert code is not None, body
        return code[1]

    # -- what is seen -------------------------------------------------------------------------------------------------

    def everything(self) -> dict[str, Any]:
        """All that the tables hold, but for what a refusal may change; and what the engine says of money."""
        with self.door.database.connect() as connection:
            tables = {
                name: connection.execute(select(table)).fetchall()
                for name, table in metadata.tables.items()
                if name not in MAY_CHANGE
            }
        return tables | {"taken": self.places_taken(), "balances": self.small.exchange.sequencer.engine.balances()}

    def places_taken(self) -> list[int]:
        told = self.request(HOST, "GET", "/program/v1/program", None, {}).json()
        return [phase["taken"] for phase in told["phases"]]

    # -- who asks -----------------------------------------------------------------------------------------------------

    def request(self, host: str, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        return self.at_once([(host, method, path, body, headers)])[0]

    def at_once(self, wanted: list[tuple[str, str, str, Any, dict[str, str]]]) -> list[httpx.Response]:
        """Requests that come at the same moment."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            query = scope["query_string"]
            target = scope["raw_path"] + (b"?" + query if query else b"")
            await self.app(scope | {"target": target}, receive, send)

        async def ask(host: str, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
                content = None if body is None else json.dumps(body)
                given = {"content-type": "application/json"} if body is not None else {}
                return await client.request(method, path, content=content, headers={"host": host} | given | headers)

        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*(ask(*one) for one in wanted)))

        return asyncio.run(all_of_them())

    def hand(self, host: str, email: str = "") -> "Hand":
        return Hand(self, host, email)

    def hosts_owner(self, email: str) -> "Hand":
        """One of the host's first people, made on its own machine; in the browser from then on."""
        made = self.tool("host", "owner", "--email", email)
        hand = self.hand(HOST, email)
        hand.take_invitation(made["code"])
        hand.set_up_second_factor()
        return hand


@dataclass
class Hand:
    """Somebody with a browser at a brand's address, or the host's."""

    world: World
    host: str
    email: str
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    secret: str = ""  # of the authenticator app
    user: str = ""
    account: str = ""

    @property
    def headers(self) -> dict[str, str]:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return ({"cookie": jar} if jar else {}) | ({"x-csrf-token": self.csrf} if self.csrf else {})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.world.request(self.host, method, path, body, given)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self._good(self.ask("GET", path, **headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._good(self.ask("POST", path, {} if body is None else body, **headers))

    def put(self, path: str, body: Any) -> Any:
        return self._good(self.ask("PUT", path, body))

    def _good(self, answer: httpx.Response) -> Any:
        assert answer.status_code < 400, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, but: tuple[str, ...] = (), **headers: str) -> str:
        """The code of a refusal, which has changed nothing.

        Args:
            but: tables that change all the same.
        """
        before = self.world.everything()
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        after = self.world.everything()
        changed = [name for name in before if before[name] != after[name]]
        assert set(changed) <= set(but), f"{answer.text} has changed {changed}"
        return str(answer.json()["error"]["code"])

    # -- signing in --------------------------------------------------------------------------------------------------

    def enter(self, session: dict[str, Any]) -> None:
        self.csrf, self.user, self.account = session["csrf"], session["user"], session["account"]

    def sign_up(self) -> "Hand":
        begun = self.post("/account/v1/sign-up", {"email": self.email, "password": PASSWORD})["sign_up"]
        code = self.world.mailed(self.email, "sign-up-code")
        self.enter(self.post("/account/v1/sign-up/confirm", {"sign_up": begun, "code": code}))
        return self

    def take_invitation(self, code: str = "") -> "Hand":
        code = code or self.world.mailed(self.email, "invitation")
        self.enter(self.post("/account/v1/invitation", {"code": code, "password": PASSWORD}))
        return self

    def set_up_second_factor(self) -> "Hand":
        self.secret = self.post("/account/v1/second-factors/totp")["secret"]
        self.post("/account/v1/second-factors/totp/confirm", {"code": self.code()})
        return self

    def code(self) -> str:
        """What the app shows; each code is taken once."""
        self.world.clock.on(30)
        return pyotp.TOTP(self.secret).at(self.world.clock() // SECOND_NS)

    def sign_in(self) -> "Hand":
        self.csrf = ""
        self.cookies.pop("session", None)
        found = self.post("/account/v1/login", {"email": self.email, "password": PASSWORD})
        if self.secret:
            login = found["second_factor"]["login"]
            self.enter(self.post("/account/v1/login/second", {"login": login, "code": self.code()}))
        else:
            self.enter(found["session"])
        return self

    # -- what people do ----------------------------------------------------------------------------------------------

    def approve(self, waiting: dict[str, Any]) -> dict[str, Any]:
        """Another one's yes."""
        approval = waiting.get("approval", waiting)
        desk = "host" if self.host == HOST else "partner"
        path = f"/{desk}/v1/approvals/{approval['id']}/approve"
        done: dict[str, Any] = self.post(path, {"payload_hash": approval["payload_hash"]})
        assert done["state"] == "done", done
        return done

    def order(self, side: str, size: str, **headers: str) -> str:
        """A limit order at 1 over the OKX door; the code of the answer, "0" when it was taken."""
        row = {"instId": "BTC-USDT", "tdMode": "cash", "side": side, "ordType": "limit", "px": "1", "sz": size}
        answer = self.ask("POST", "/api/v5/trade/order", row, **headers).json()
        return str(answer["data"][0]["sCode"] if answer["data"] else answer["code"])

    def balance(self, asset: str) -> str:
        details = self.get("/api/v5/account/balance")["data"][0]["details"]
        return next((row["availBal"] for row in details if row["ccy"] == asset), "0")


def signed(world: World, key: dict[str, Any], method: str, target: str, body: Any) -> dict[str, str]:
    """The headers of a request with a key of the simulated venue."""
    now = datetime.datetime.fromtimestamp(world.clock() / SECOND_NS, datetime.UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    proof = signed_headers(key, method, target, json.dumps(body), stamp)
    return {name.lower(): value for name, value in proof.items()} | {"x-simulated-trading": "1"}


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """The world, from where the host has set its exchange up."""
    clock = Clock()
    with DnsHere() as dns, mock.patch("time.time_ns", clock):
        settings = Settings(
            limits=LimitSettings(scale=100_000),
            people=PeopleSettings(answer_ms=1, password_memory_kib=8_192, password_passes=1),
            clearing=ClearingSettings(release_delay_days=0),
            # The resolver here is a thread of this process: on a busy machine it may be a while until it has its turn.
            brand=BrandSettings(resolver=dns.address, proof_ms=20_000),
        )
        with World(folder, settings, clock=clock, dns=dns) as world:
            yield world
            world.simulated.exchange.close()


__all__ = ["BTC", "HOST", "HUB", "NORTH", "SOUTH", "USDT", "Hand", "World", "signed", "world_in"]
