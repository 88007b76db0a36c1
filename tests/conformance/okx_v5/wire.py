"""A running exchange with fresh accounts, and hands that sign requests and look at every answer.

Each answer that passes through `Hand.send` is checked against W-1 of docs/reference/okx-v5.md, so every test of this
folder proves the envelope on the paths it takes.
"""

import atexit
import functools
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx
from integration.okx_client import signed_headers
from integration.serving import Server
from sqlalchemy import Connection, text

from commonbook.exchange import Exchange
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.records import (
    Attribution,
    Channel,
    CommandKind,
    OrderType,
    Records,
    SelfTrade,
    Side,
    as_commands,
    commands,
    words,
)
from commonbook.settings import SIMULATED, Settings, database_url
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND
from commonbook.simulator.demo_market import BTC, USDT, standing_book, venue_commands
from commonbook.storage.database import open_database

API = "/api/v5"
FIRST_ACCOUNT, ACCOUNTS = 5_000, 3_000  # even ones are aurora's, odd ones borealis's
FIRST_TWIN, TWINS = 9_000, 40  # by two: one person with an account at either brand
FIRST_VIP, VIPS, VIP_LEVEL = 9_500, 10, 4  # all of aurora
FIRST_PAYOUT, FIRST_BROKER, BROKERS = 9_600, 101, 8  # all of borealis
BRANDS = {"aurora": FIRST_BRAND, "borealis": SECOND_BRAND}
START_BTC, START_USDT, START_ETH = 10, 1_000_000, 100  # whole coins each account begins with
ETH, ETH_USDT = 3, 2
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
EVERYTHING = frozenset(Permission)

# What happened in ETH-USDT long ago: time, price, size.
LISTED = "2025-03-03T00:00:00"  # a Monday
PAST_ACCOUNTS = {4_001: FIRST_BRAND, 4_002: SECOND_BRAND}  # who sold, who bought
PAST = (
    ("2025-03-03T00:00:10", "2000", "1"),
    ("2025-03-03T00:00:50", "2010.5", "0.5"),
    ("2025-03-03T00:01:30", "1990.25", "2"),
    ("2025-03-03T00:03:00", "2005", "0.25"),
    ("2025-03-03T15:59:59", "2100", "1"),
    ("2025-03-03T16:00:00", "2200", "1"),  # a new day at UTC+8
    ("2025-03-04T00:00:00", "2300", "1"),
)

# All else on the wire is a string (W-1).
REAL_JSON = {
    *("instIdCode", "seqId", "futureSettlement", "canDep", "canWd", "canInternal", "mainNet", "needTag", "enabled"),
    *("autoLoan", "enableSpotBorrow", "collateralEnabled", "enable", "gAuth", "canTransOut", "ifDma"),
    "bindApp",
    "affiliated",
}
Answered = TypeVar("Answered")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    envelope: dict[str, Any]

    @property
    def code(self) -> str:
        code: str = self.envelope["code"]
        return code

    @property
    def data(self) -> list[Any]:
        data: list[Any] = self.envelope["data"]
        return data

    @property
    def row(self) -> dict[str, Any]:
        """The only row."""
        assert len(self.data) == 1, self.text
        found: dict[str, Any] = self.data[0]
        return found

    def told(self) -> tuple[int, str]:
        """Status and code, as most refusals are compared."""
        return self.status, self.code


def checked(response: httpx.Response) -> Answer:
    """W-1: a JSON envelope, compact, `code` and `msg` strings, `data` a list of strings all the way down."""
    assert response.headers["content-type"] == "application/json"
    envelope = response.json()
    assert {"code", "msg", "data"} <= set(envelope) <= {"code", "msg", "data", "inTime", "outTime"}
    assert isinstance(envelope["code"], str)
    assert isinstance(envelope["msg"], str)
    assert isinstance(envelope["data"], list)
    assert f'"code":"{envelope["code"]}"' in response.text
    if envelope["code"] not in ("0", "1", "2"):
        assert envelope["data"] == []
        assert envelope["msg"]
    _check_strings(envelope["data"], "data")
    return Answer(response.status_code, response.text, envelope)


def _check_strings(value: Any, name: str) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                _check_strings(inner, key)
        case list():
            for inner in value:
                _check_strings(inner, name)
        case str():
            assert name not in REAL_JSON, f"{name} should be a real JSON value"
        case bool() | int():
            assert name in REAL_JSON, f"{name} is {value!r} and no string"
        case _:
            raise AssertionError(f"{name} is {value!r}")


@dataclass
class Hand:
    """One API key at work."""

    http: httpx.Client
    key: dict[str, str]
    account: int
    brand: str
    data_dir: Path
    simulated: bool = False  # a key of simulated trading, which says so with every request

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.send("POST", path, json.dumps(body))

    def send(
        self, method: str, path: str, body: str = "", late_ms: int = 0, changed: Mapping[str, str] | None = None
    ) -> Answer:
        """Sign and send; `changed` replaces headers after the signing, an empty value takes one away."""
        return self.repeat(method, path, body, self.sign(method, path, body, late_ms) | dict(changed or {}))

    def repeat(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        """Send with these very headers."""
        kept = {name: value for name, value in headers.items() if value}
        return checked(self.http.request(method, API + path, content=body or None, headers=kept))

    def sign(self, method: str, path: str, body: str, late_ms: int = 0) -> dict[str, str]:
        stamp = (datetime.now(UTC) - timedelta(milliseconds=late_ms)).isoformat(timespec="milliseconds")
        headers = signed_headers(self.key, method, API + path, body, stamp.replace("+00:00", "Z"))
        return headers | ({"x-simulated-trading": "1"} if self.simulated else {})

    # -- what the tests do most ----------------------------------------------------------------------------------

    def place(self, **changed: Any) -> dict[str, Any]:
        """The row that answers a single order."""
        return self.post("/trade/order", ORDER | changed).row

    def placed(self, **changed: Any) -> str:
        """An order that is taken; its id."""
        row = self.place(**changed)
        assert row["sCode"] == "0", row
        order: str = row["ordId"]
        return order

    def order(self, order_id: str) -> dict[str, Any]:
        return self.get(f"/trade/order?instId=BTC-USDT&ordId={order_id}").row

    def cancel(self, order_id: str) -> dict[str, Any]:
        return self.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": order_id}).row

    def balances(self) -> dict[str, tuple[str, str]]:
        """(available, frozen) by currency."""
        details = self.get("/account/balance").row["details"]
        return {row["ccy"]: (row["availBal"], row["frozenBal"]) for row in details}

    def move(self, currency: str, amount: str, source: str, target: str, **more: Any) -> Answer:
        """A transfer; 6 is the funding account, 18 the trading account."""
        return self.post("/asset/transfer", {"ccy": currency, "amt": amount, "from": source, "to": target} | more)

    def funding(self) -> dict[str, str]:
        """What is in the funding account, by currency."""
        return {row["ccy"]: row["bal"] for row in self.get("/asset/balances").data}

    # -- sub-accounts --------------------------------------------------------------------------------------------

    def open_sub(self, name: str = "trader1") -> "Hand":
        """A new sub-account of this master, and a key of it."""
        uid = self.post("/users/subaccount/create-subaccount", {"subAcct": name, "type": "1", "label": "desk"}).row[
            "uid"
        ]
        return self.sub_key(name, int(uid))

    def sub_key(self, name: str, account: int, **more: Any) -> "Hand":
        asked = {"subAcct": name, "label": "bot", "passphrase": "Secret-42", "perm": "read_only,trade"} | more
        row = self.post("/users/subaccount/apikey", asked).row
        key = {"api_key": row["apiKey"], "api_secret": row["secretKey"], "api_passphrase": row["passphrase"]}
        return Hand(self.http, key, account, self.brand, self.data_dir, self.simulated)


@dataclass(frozen=True)
class OwnBroker:
    number: int
    code: str
    hand: Hand  # a key of the account that it is paid to


def code_of(place: int) -> str:
    """Of a broker of the pool."""
    return f"POOL{place}"


@dataclass
class Running:
    """A served data folder with a pool of fresh accounts, each used once."""

    server: Server
    http: httpx.Client
    _next: dict[str, Iterator[int]] = field(default_factory=dict)
    _next_twin: Iterator[int] = field(default_factory=lambda: iter(range(FIRST_TWIN, FIRST_TWIN + TWINS, 2)))
    _next_vip: Iterator[int] = field(default_factory=lambda: iter(range(FIRST_VIP, FIRST_VIP + VIPS)))
    _next_broker: Iterator[int] = field(default_factory=lambda: iter(range(BROKERS)))

    def __post_init__(self) -> None:
        self._database = open_database(database_url(Settings(), self.server.data_dir))
        self._simulated = self.server.data_dir / SIMULATED
        last = FIRST_ACCOUNT + ACCOUNTS
        self._next = {name: iter(range(FIRST_ACCOUNT + brand - 1, last, 2)) for name, brand in BRANDS.items()}

    def hand(
        self,
        brand: str = "aurora",
        permissions: frozenset[Permission] = EVERYTHING,
        ip_list: tuple[str, ...] = (),
        brokers: frozenset[int] = frozenset(),
    ) -> Hand:
        """A key of a fresh account with START_BTC, START_USDT and START_ETH."""
        return self.key(next(self._next[brand]), brand, permissions, ip_list, brokers)

    def vip(self) -> Hand:
        """A key of a customer of aurora of VIP_LEVEL."""
        return self.key(next(self._next_vip), "aurora")

    def twins(self) -> tuple[Hand, Hand]:
        """Keys of one person's two accounts, at aurora and at borealis."""
        account = next(self._next_twin)
        return self.key(account, "aurora"), self.key(account + 1, "borealis")

    def broker(self) -> "OwnBroker":
        """A broker that no other test has anything of."""
        place = next(self._next_broker)
        return OwnBroker(FIRST_BROKER + place, code_of(place), self.key(FIRST_PAYOUT + place, "borealis"))

    def key(
        self,
        account: int,
        brand: str,
        permissions: frozenset[Permission] = EVERYTHING,
        ip_list: tuple[str, ...] = (),
        brokers: frozenset[int] = frozenset(),
    ) -> Hand:
        data_dir = self.server.data_dir

        def create(connection: Connection) -> dict[str, str]:
            seal = Seal.open(data_dir)
            new = create_key(connection, seal, account, BRANDS[brand], permissions, "a test", ip_list, brokers)
            return {"api_key": new.api_key, "api_secret": new.api_secret, "api_passphrase": new.api_passphrase}

        return Hand(self.http, self.database(create), account, brand, data_dir)

    def simulated(self, hand: Hand, permissions: frozenset[Permission] = EVERYTHING) -> Hand:
        """A simulated key of the same account, once its first funds are there."""
        database = open_database(database_url(Settings(), self._simulated))
        with database.begin() as connection:
            seal = Seal.open(self._simulated)
            new = create_key(connection, seal, hand.account, BRANDS[hand.brand], permissions, "a test")
        database.dispose()
        key = {"api_key": new.api_key, "api_secret": new.api_secret, "api_passphrase": new.api_passphrase}
        made = Hand(self.http, key, hand.account, hand.brand, self._simulated, simulated=True)
        self.wait(lambda: "USDT" in made.balances(), 60)
        return made

    def database(self, work: Callable[[Connection], Answered]) -> Answered:
        """Work on the server's own tables."""
        with self._database.begin() as connection:
            return work(connection)

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a plain SQL query."""
        return self.database(
            lambda connection: [dict(row) for row in connection.execute(text(query), values).mappings()]
        )

    def change(self, statement: str, **values: Any) -> None:
        self.database(lambda connection: connection.execute(text(statement), values))

    def wait(self, is_so: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.02)

    def log(self, role: str) -> str:
        """What one of the processes has logged."""
        return (self.server.data_dir / "logs" / f"{role}.log").read_text()

    def close(self) -> None:
        self._database.dispose()

    def public(self, path: str) -> Answer:
        return checked(self.http.get(API + path))


# Tests have one address; and on a busy machine history may lag and a gateway be late, which are no test's subjects here
# (W-15 and spec/gateway/test_pressure.py have them).
MANY_CONNECTIONS = (
    "[gateway]\nlate_ms = 0\nhistory_wait_ms = 30_000\n[limits]\nscale = 1_000\n"
    "[streams]\nconnects_per_second = 10_000\n"
)


@contextmanager
def started(folder: Path, settings: str = MANY_CONNECTIONS) -> Iterator[Running]:
    """A prepared exchange that serves, with these settings in TOML, until the end of the block."""
    prepare(folder / "data")
    with served(folder, settings) as found:
        yield found


@contextmanager
def served(folder: Path, settings: str = MANY_CONNECTIONS) -> Iterator[Running]:
    """The same of a folder that is prepared already."""
    data_dir = folder / "data"
    (folder / "settings.toml").write_text(settings)
    with (
        Server(data_dir, "--settings", str(folder / "settings.toml")) as server,
        httpx.Client(base_url=server.ready["rest"], timeout=60) as http,
    ):
        found = Running(server, http)
        yield found
        found.close()


def prepare(data_dir: Path, long_ago: bool = False) -> None:
    """The demo's venue and standing book, a second pair with a past of its own, and the pool of accounts.

    Args:
        long_ago: it was left alone right behind that past; else it has gone through all hours since.
    """
    shutil.copytree(_prepared(long_ago), data_dir, dirs_exist_ok=True)


@functools.cache
def _prepared(long_ago: bool) -> Path:
    """A folder with them, which all others are copies of."""
    folder = Path(tempfile.mkdtemp(prefix="commonbook-okx-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Exchange.open(folder, Settings()) as exchange:
        for part in (venue_commands(), standing_book(), _second_pair()):
            part["time_ns"] = nanoseconds(LISTED)
            exchange.submit(part, timed=True)
        exchange.submit(_past(), timed=True)
        if not long_ago:
            exchange.submit(commands(CommandKind.TIME))
    return folder


def _second_pair() -> Records:
    """ETH-USDT: tick 0.01, lot 0.0001, minimum 0.001; and every account of the pool with its funds."""
    asset = commands(CommandKind.ASSET)
    asset["asset"], asset["scale"], asset["name"] = ETH, 8, b"ETH"
    pair = commands(CommandKind.INSTRUMENT)
    pair["instrument"], pair["base_asset"], pair["quote_asset"], pair["name"] = ETH_USDT, ETH, USDT, b"ETH-USDT"
    pair["tick_scale"], pair["tick_mantissa"], pair["lot_scale"], pair["lot_mantissa"] = 2, 1, 4, 1
    pair["minimum_lots"] = 10
    people = [(FIRST_ACCOUNT + place, FIRST_ACCOUNT + place, FIRST_BRAND + place % 2) for place in range(ACCOUNTS)]
    people += [(FIRST_TWIN + place, FIRST_TWIN + place // 2, FIRST_BRAND + place % 2) for place in range(TWINS)]
    people += [(account, account, brand) for account, brand in PAST_ACCOUNTS.items()]
    people += [(FIRST_PAYOUT + place, FIRST_PAYOUT + place, SECOND_BRAND) for place in range(BROKERS)]
    people += [(FIRST_VIP + place, FIRST_VIP + place, FIRST_BRAND) for place in range(VIPS)]
    accounts = commands(CommandKind.ACCOUNT, len(people))
    accounts["account"], accounts["person"], accounts["brand"] = zip(*people, strict=True)
    accounts["level"][-VIPS:] = VIP_LEVEL
    brokers = commands(CommandKind.BROKER_CODE, BROKERS)
    brokers["broker"], brokers["active"] = range(FIRST_BROKER, FIRST_BROKER + BROKERS), 1
    brokers["code"] = [code_of(place).encode() for place in range(BROKERS)]
    brokers["payout_account"] = range(FIRST_PAYOUT, FIRST_PAYOUT + BROKERS)
    deposits = []
    for number, coins in ((BTC, START_BTC), (USDT, START_USDT), (ETH, START_ETH)):
        deposit = commands(CommandKind.DEPOSIT, len(people))
        deposit["account"], deposit["asset"] = accounts["account"], number
        deposit["amount"]["low"], deposit["amount"]["high"] = words(coins * 10**8)
        deposit["key"] = [f"pool:{account}:{number}".encode() for account, _, _ in people]
        deposits.append(deposit)
    return as_commands(asset, pair, accounts, brokers, *deposits)


def _past() -> Records:
    """Each trade of PAST as two orders that meet at its price."""
    seller, buyer = PAST_ACCOUNTS
    orders = commands(CommandKind.ORDER, 2 * len(PAST))
    orders["account"], orders["side"] = [seller, buyer] * len(PAST), [Side.SELL, Side.BUY] * len(PAST)
    orders["instrument"], orders["order_type"], orders["self_trade"] = ETH_USDT, OrderType.LIMIT, SelfTrade.CANCEL_MAKER
    orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
    for place, (when, price, size) in enumerate(PAST):
        both = orders[2 * place : 2 * place + 2]
        both["time_ns"], both["price_ticks"] = nanoseconds(when), int(Decimal(price) * 100)
        both["quantity_lots"] = int(Decimal(size) * 10_000)
    return as_commands(orders)


def names(text: str) -> set[str]:
    return set(text.split())


def nanoseconds(when: str) -> int:
    """A UTC time such as 2025-03-03T00:00:10."""
    return int(datetime.fromisoformat(when + "+00:00").timestamp()) * 10**9


def ms(when: str) -> str:
    return str(nanoseconds(when) // 10**6)
