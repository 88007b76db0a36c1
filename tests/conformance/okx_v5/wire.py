"""A running exchange with fresh accounts, and hands that sign requests and look at every answer.

Each answer that passes through `Hand.send` is checked against W-1 of docs/reference/okx-v5.md, so every test of this
folder proves the envelope on the paths it takes.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from integration.okx_client import OkxClient
from integration.serving import Server
from sqlalchemy import Connection, text

from commonbook.exchange import Exchange
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.records import CommandKind, as_commands, commands, words
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_market import AURORA, BOREALIS, BTC, USDT, standing_book, venue_commands
from commonbook.storage.database import open_database

API = "/api/v5"
FIRST_ACCOUNT, ACCOUNTS = 5_000, 200  # even ones are aurora's, odd ones borealis's
BRANDS = {"aurora": AURORA, "borealis": BOREALIS}
START_BTC, START_USDT = 10, 1_000_000  # whole coins each account begins with
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
EVERYTHING = frozenset(Permission)

# All else on the wire is a string (W-1).
REAL_JSON = {
    *("instIdCode", "seqId", "futureSettlement", "canDep", "canWd", "canInternal", "mainNet", "needTag"),
    *("autoLoan", "enableSpotBorrow", "collateralEnabled"),
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

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.send("POST", path, json.dumps(body))

    def send(self, method: str, path: str, body: str = "", late_ms: int = 0, **changed: str) -> Answer:
        """Sign and send; `changed` replaces headers afterwards (`ok_access_sign=""`), an empty value takes one away."""
        return self.repeat(method, path, body, self.sign(method, path, body, late_ms) | _named(changed))

    def repeat(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        """Send with these very headers."""
        kept = {name: value for name, value in headers.items() if value}
        return checked(self.http.request(method, API + path, content=body or None, headers=kept))

    def sign(self, method: str, path: str, body: str, late_ms: int = 0) -> dict[str, str]:
        stamp = (datetime.now(UTC) - timedelta(milliseconds=late_ms)).isoformat(timespec="milliseconds")
        signer = OkxClient(str(self.http.base_url), self.key)
        headers = signer.headers(method, API + path, body, stamp.replace("+00:00", "Z"))
        signer.close()
        return headers

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

    def balances(self) -> dict[str, tuple[str, str]]:
        """(available, frozen) by currency."""
        details = self.get("/account/balance").row["details"]
        return {row["ccy"]: (row["availBal"], row["frozenBal"]) for row in details}


def _named(changed: dict[str, str]) -> dict[str, str]:
    canonical = {"ok_access_key": "OK-ACCESS-KEY", "ok_access_sign": "OK-ACCESS-SIGN"}
    canonical |= {"ok_access_timestamp": "OK-ACCESS-TIMESTAMP", "ok_access_passphrase": "OK-ACCESS-PASSPHRASE"}
    return {canonical.get(name, name): value for name, value in changed.items()}


@dataclass
class Running:
    """A served data folder with a pool of fresh accounts, each used once."""

    server: Server
    http: httpx.Client
    _next: dict[str, Iterator[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        last = FIRST_ACCOUNT + ACCOUNTS
        self._next = {name: iter(range(FIRST_ACCOUNT + brand - 1, last, 2)) for name, brand in BRANDS.items()}

    def hand(
        self,
        brand: str = "aurora",
        permissions: frozenset[Permission] = EVERYTHING,
        ip_list: tuple[str, ...] = (),
        brokers: frozenset[int] = frozenset(),
    ) -> Hand:
        """A key of a fresh account with START_BTC and START_USDT."""
        account = next(self._next[brand])
        data_dir = self.server.data_dir

        def create(connection: Connection) -> dict[str, str]:
            seal = Seal.open(data_dir)
            new = create_key(connection, seal, account, BRANDS[brand], permissions, "a test", ip_list, brokers)
            return {"api_key": new.api_key, "api_secret": new.api_secret, "api_passphrase": new.api_passphrase}

        return Hand(self.http, self.database(create), account, brand, data_dir)

    def database(self, work: Callable[[Connection], Answered]) -> Answered:
        """Work on the server's own tables."""
        database = open_database(database_url(Settings(), self.server.data_dir))
        try:
            with database.begin() as connection:
                return work(connection)
        finally:
            database.dispose()

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a plain SQL query."""
        return self.database(lambda connection: [dict(row) for row in connection.execute(text(query), values).mappings()])

    def change(self, statement: str, **values: Any) -> None:
        self.database(lambda connection: connection.execute(text(statement), values))

    def wait(self, is_so: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.02)

    def public(self, path: str) -> Answer:
        return checked(self.http.get(API + path))


def prepare(data_dir: Path) -> None:
    """The demo's venue and standing book, and the pool of accounts."""
    accounts = commands(CommandKind.ACCOUNT, ACCOUNTS)
    numbers = [FIRST_ACCOUNT + place for place in range(ACCOUNTS)]
    accounts["account"] = accounts["person"] = numbers
    accounts["brand"] = [AURORA + place % 2 for place in range(ACCOUNTS)]
    deposits = []
    for asset, coins in ((BTC, START_BTC), (USDT, START_USDT)):
        deposit = commands(CommandKind.DEPOSIT, ACCOUNTS)
        deposit["account"], deposit["asset"] = numbers, asset
        deposit["amount"]["low"], deposit["amount"]["high"] = words(coins * 10**8)
        deposit["key"] = [f"pool:{number}:{asset}".encode() for number in numbers]
        deposits.append(deposit)
    with Exchange.open(data_dir, Settings()) as exchange:
        exchange.submit(venue_commands())
        exchange.submit(standing_book())
        exchange.submit(as_commands(accounts, *deposits))
