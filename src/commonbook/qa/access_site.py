"""The doors, the authorization server and the key store in one process, at a clock of their own, for suite `access`.

All of it is the product's: its applications as a server calls them, on tables of its own in memory, and its engine
behind them. What a server adds is left out: processes, sockets, the journal. Nothing waits: work that a thread would do
is done at once, and time is what the suite says.
"""

import base64
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import numpy as np
from authlib.oauth2 import OAuth2Error
from sqlalchemy import Connection

from commonbook.errors import CoreUnavailable
from commonbook.gateway.noting import write_uses
from commonbook.gateway.okx_v5.app import TARGET, OkxApp
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environment, Environments, Served
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.oauth import WithTokens
from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument.venue import Venue
from commonbook.marketdata.queries import MarketHistory
from commonbook.oauth.protocol import Request, User, fault_of
from commonbook.oauth.server import Server
from commonbook.qa.virtual import Network, VirtualLoop
from commonbook.records import (
    BALANCE_ROW,
    COMMAND,
    EVENT,
    ORDER,
    ORDER_ROW,
    Batch,
    CommandKind,
    ListingMode,
    Records,
    as_commands,
    commands,
)
from commonbook.settings import LimitSettings, Settings
from commonbook.simulator.demo_brands import BRANDS, SECOND_BRAND
from commonbook.simulator.demo_market import (
    BROKER,
    BROKER_CODE,
    KEY_ACCOUNTS,
    RETIRED_BROKER,
    RETIRED_CODE,
    UNIT,
    venue_commands,
)
from commonbook.storage.database import open_database

BEGAN_NS = 1_700_000_000 * 10**9
SETTINGS = Settings(limits=LimitSettings(scale=1_000_000))
SECOND_BROKER, SECOND_CODE, SECOND_PAYOUT = 3, "SOUTHWIND", 1_005
EUR, BTC_EUR = 3, 2  # an instrument that the second brand does not list
WINDOW_MS = 30_000
Found = TypeVar("Found")


class OwnTime:
    """Stands where the product has the module `time`."""

    def __init__(self) -> None:
        self.now_ns = BEGAN_NS

    def time_ns(self) -> int:
        return self.now_ns

    def time(self) -> float:
        return self.now_ns / 1e9

    def monotonic_ns(self) -> int:
        return self.now_ns - BEGAN_NS + 10**12

    def monotonic(self) -> float:
        return self.monotonic_ns() / 1e9

    def for_the_product(self) -> ExitStack:
        """From now on all of the product that is loaded has this time, until what is returned is closed."""
        stack = ExitStack()
        for name, module in list(sys.modules.items()):
            is_product = name.startswith("commonbook.") and not name.startswith("commonbook.qa")
            if is_product and getattr(module, "time", None) is time:
                stack.enter_context(mock.patch.object(module, "time", self))
        return stack


class _Core:
    """The engine as a door sees it, without what makes it durable."""

    def __init__(self, build: Any, clock: OwnTime) -> None:
        self._engine = build.Engine()
        self._clock = clock
        self._last = 0
        self.follow: Callable[[Batch], None] = lambda _: None
        self.taken = Batch(commands(CommandKind.TIME, 0).view(COMMAND), np.zeros(0, EVENT))  # the newest

    def submit_then(self, records: Records, done: Callable[[Batch | CoreUnavailable], None]) -> None:
        numbered = records.view(COMMAND).copy()
        numbered["sequence"] = np.arange(self._last + 1, self._last + 1 + len(numbered))
        numbered["time_ns"] = self._clock.now_ns
        self._last += len(numbered)
        self.taken = Batch(numbered, np.frombuffer(self._engine.apply(numbered.tobytes()).tobytes(), EVENT))
        self.follow(self.taken)
        done(self.taken)

    async def balances(self, account: int) -> Records:
        return np.frombuffer(self._engine.balances(account), BALANCE_ROW)

    async def orders(self, account: int) -> Records:
        return np.frombuffer(self._engine.open_orders(account), ORDER_ROW)

    async def published(self) -> int:
        return self._last


class Told(NamedTuple):
    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """OKX's code; "0" for a bare object of the authorization server."""
        return str(self.body.get("code", "0"))


class Site:
    """One exchange."""

    def __init__(self, build: Any, folder: Path, seed: int) -> None:
        self.clock = OwnTime()
        self._stack = self.clock.for_the_product()
        self._loop = VirtualLoop(Network(seed, 0.0, 0.0), lambda: 0.0)
        self._stack.callback(self._loop.close)
        self._folder = folder
        self.seal = Seal.open(folder)
        self.database = open_database("sqlite://")
        self._stack.callback(self.database.dispose)
        self.core = _Core(build, self.clock)
        self.authenticator = self._authenticator()
        self.door = Door(
            self.core,  # type: ignore[arg-type]
            self.database,
            Venue(),
            self.authenticator,
            SETTINGS.gateway,
            Budget(SETTINGS.limits, now_ms=lambda: self.clock.monotonic_ns() // 10**6),
            MarketHistory(folder),
            data_dir=folder,
        )
        self.core.follow = self.door.follow
        served = Served(Environment(self.door, Lane(SETTINGS.gateway)), lambda *_: None)
        self._app = WithTokens(self.database, SETTINGS, OkxApp(Environments(served, False)), self._note)
        self.core.submit_then(_venue(), lambda _: None)

    def close(self) -> None:
        self._stack.close()

    def _authenticator(self) -> Authenticator:
        now_ms = self.clock.now_ns // 10**6
        horizons = Horizons(self._folder / "keys" / "horizons.json", now_ms)
        return Authenticator(self.database, self.seal, horizons, WINDOW_MS, now_ms)

    def _note(self, broker: int, what: str) -> None:
        self.authenticator.note_token_error(broker, what)

    # -- what passes ----------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """The doors know nothing any more but what is written down."""
        self.write_down()
        self.authenticator = self.door.authenticator = self._authenticator()

    def write_down(self) -> None:
        """What is noted beside the requests: uses of keys."""
        write_uses(self.database, self.authenticator.take_used())

    def write(self, work: Callable[[Connection], Found]) -> Found:
        with self.database.begin() as connection:
            return work(connection)

    # -- who asks -------------------------------------------------------------------------------------------------

    def ask(
        self, method: str, target: str, body: Any, headers: Mapping[str, str], address: str, form: bool = False
    ) -> Told:
        """One request, as a server hands it to the application.

        Args:
            body: an object, a text as it is, or None.
            form: the text is a form.
        """
        content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        path, _, query = target.partition("?")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        given = {"host": "localhost", "content-type": kind} | dict(headers)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            TARGET: target.encode(),
            "scheme": "http",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (address, 1),
        }
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        self._loop.run_until_complete(self._app(scope, receive, send))
        return Told(told[0]["status"], json.loads(b"".join(one.get("body", b"") for one in told[1:])))

    def authorize(self, fields: list[tuple[str, str]], user: User | None) -> tuple[str, str]:
        """What the page does of which the user presses a button: the fault, or "", and where the browser is sent.

        Args:
            user: who agrees; None: who was asked says no.
        """
        with self.database.begin() as connection:
            server = Server(connection, SETTINGS.oauth, "http://localhost")
            try:
                consent = server.authorization(Request(fields, method="GET"))
            except OAuth2Error as error:
                return fault_of(error).value, server.way_back(error)
            return "", server.answer(consent, user)

    def order_taken(self) -> Records:
        """Of the newest submission, the orders as the core has them."""
        taken = self.core.taken.commands
        orders: Records = taken[taken["kind"] == CommandKind.ORDER].view(ORDER)
        return orders


def challenge_of(verifier: str) -> str:
    """RFC 7636: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def parts_of(location: str) -> tuple[str, dict[str, str]]:
    """Where a browser is sent, without what is told in the query, and that."""
    address = urlsplit(location)
    return location.partition("?")[0], {name: values[-1] for name, values in parse_qs(address.query).items()}


def a_verifier(pick: random.Random) -> str:
    return "".join(pick.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", k=43))


def _venue() -> Records:
    """The demo's, with a further broker, and a pair that one brand lists and the other does not."""
    pair = commands(CommandKind.INSTRUMENT)
    pair["instrument"], pair["base_asset"], pair["quote_asset"] = BTC_EUR, 1, EUR
    pair["tick_mantissa"], pair["lot_scale"], pair["lot_mantissa"], pair["minimum_lots"] = 1, 8, 1, 1
    pair["name"] = b"BTC-EUR"
    asset = commands(CommandKind.ASSET)
    asset["asset"], asset["scale"], asset["name"] = EUR, 8, b"EUR"
    closed = commands(CommandKind.LISTING)
    closed["mode"], closed["brand"], closed["instrument"] = ListingMode.CLOSED, SECOND_BRAND, BTC_EUR
    payout = commands(CommandKind.ACCOUNT)
    payout["account"], payout["person"], payout["brand"] = SECOND_PAYOUT, 900_001, SECOND_BRAND
    broker = commands(CommandKind.BROKER_CODE)
    broker["broker"], broker["active"], broker["payout_account"] = SECOND_BROKER, 1, SECOND_PAYOUT
    broker["code"] = SECOND_CODE.encode()
    return as_commands(venue_commands(), asset, pair, closed, payout, broker)


CODES = {BROKER: BROKER_CODE, RETIRED_BROKER: RETIRED_CODE, SECOND_BROKER: SECOND_CODE}
__all__ = ["BRANDS", "CODES", "KEY_ACCOUNTS", "RETIRED_BROKER", "UNIT", "Site", "Told"]
