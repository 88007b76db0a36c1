"""The simulated venue as whoever runs a server meets it. S-2, S-3 and S-7 of docs/rules/simulated.md."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from integration.command import commonbook
from integration.okx_client import signed_headers
from integration.serving import Server
from sqlalchemy import text
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from commonbook._engine import JournalReader
from commonbook.matching.client import CoreClient
from commonbook.records import (
    COMMAND,
    FUNDS,
    CommandKind,
    FeeScope,
    Records,
    TradingStatus,
    as_commands,
    commands,
)
from commonbook.settings import Settings, database_url
from commonbook.simulated.house import HOUSE_ACCOUNT
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.simulator.demo_market import BTC, BTC_USDT, USDT
from commonbook.storage.database import open_database

PATIENCE_S = 60.0
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}


class Player:
    """A key at work, live or simulated."""

    def __init__(self, server: Server, key: dict[str, str], simulated: bool) -> None:
        self.rest = server.ready["rest"] + "/api/v5"
        self.key = key
        self.extra = {"x-simulated-trading": "1"} if simulated else {}

    def get(self, path: str) -> dict[str, Any]:
        return self._send("GET", path, "")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, json.dumps(body))

    def _send(self, method: str, path: str, body: str) -> dict[str, Any]:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03d}Z"
        headers = signed_headers(self.key, method, "/api/v5" + path, body, stamp) | self.extra
        response = httpx.request(method, self.rest + path, content=body or None, headers=headers, timeout=20)
        answer: dict[str, Any] = response.json()
        return answer

    def placed(self, **changed: str) -> str:
        row = self.post("/trade/order", ORDER | changed)["data"][0]
        assert row["sCode"] == "0", row
        order: str = row["ordId"]
        return order

    def pending(self) -> list[str]:
        return [row["ordId"] for row in self.get("/trade/orders-pending")["data"]]


def player(server: Server, place: int = 0) -> Player:
    return Player(server, server.ready["simulated"][place], simulated=True)


def customer(server: Server, place: int = 0) -> Player:
    return Player(server, server.ready["accounts"][place], simulated=False)


def wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def commands_of(data_dir: Path) -> Records:
    """All that a journal holds."""
    return np.concatenate([np.frombuffer(payload, COMMAND) for payload in JournalReader(str(data_dir), 0)])


def submit(data_dir: Path, *records: Records) -> None:
    """As the host does, to the live core that runs."""

    async def send() -> None:
        client = await CoreClient.connect(data_dir / "core.sock")
        await client.submit(as_commands(*records))
        client.close()

    asyncio.run(send())


def one(kind: CommandKind, **values: Any) -> Records:
    record = commands(kind)
    for name, value in values.items():
        record[name] = value
    return record


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("simulated") / "data", simulated=True) as running:
        yield running


def test_the_ready_file_has_a_simulated_key_of_each_account(server: Server) -> None:
    live, simulated = server.ready["accounts"], server.ready["simulated"]
    names = ("brand", "account")
    assert [[key[name] for name in names] for key in simulated] == [[key[name] for name in names] for key in live]
    assert {key["api_key"] for key in live}.isdisjoint({key["api_key"] for key in simulated})
    for place in range(len(simulated)):
        held = {
            row["ccy"]: row["availBal"] for row in player(server, place).get("/account/balance")["data"][0]["details"]
        }
        assert held == {"USDT": "100000", "BTC": "1"}, "first funds, of what the venue has"


def test_s2_a_journal_holds_the_commands_of_its_own_venue(server: Server) -> None:
    ours, theirs = customer(server).placed(px="70001"), player(server).placed(px="70002")
    assert player(server).post("/asset/simulated-funds", {"ccy": "USDT", "amt": "123.5"})["code"] == "0"
    live, simulated = commands_of(server.data_dir), commands_of(server.data_dir / "simulated")

    def prices(records: Records) -> set[int]:
        chosen = records[records["kind"] == CommandKind.ORDER]
        return set(chosen.view(commands(CommandKind.ORDER, 0).dtype)["price_ticks"].tolist())

    def deposits(records: Records) -> list[int]:
        chosen = records[records["kind"] == CommandKind.DEPOSIT].view(FUNDS)
        return [int(row["amount"]["low"]) for row in chosen if int(row["account"]) != HOUSE_ACCOUNT]

    assert 70_001 in prices(live)
    assert 70_001 not in prices(simulated)
    assert 70_002 in prices(simulated)
    assert 70_002 not in prices(live)
    assert 12_350_000_000 in deposits(simulated)
    assert 12_350_000_000 not in deposits(live)
    assert (customer(server).pending(), player(server).pending()) == ([ours], [theirs])


def test_s3_what_the_host_changes_is_changed_in_both(server: Server) -> None:
    brand, account, person = 77, 7_777, 7_777
    submit(
        server.data_dir,
        one(CommandKind.BRAND, brand=brand, name=b"cumulus"),
        one(CommandKind.ACCOUNT, account=account, person=person, brand=brand, level=1),
        one(CommandKind.FEES, scope=FeeScope.BRAND, brand=FIRST_BRAND, maker_rate_e8=70_000, taker_rate_e8=90_000),
        one(CommandKind.PRICE, asset=BTC, quote_asset=USDT, price_e8=79_000 * 10**8),
        one(CommandKind.STATUS, instrument=BTC_USDT, status=TradingStatus.CANCEL_ONLY),
    )
    other = player(server)

    def refused() -> bool:
        row = other.post("/trade/order", ORDER)["data"][0]
        if row["sCode"] == "0":
            other.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": row["ordId"]})
        return bool(row["sCode"] == "51022")

    wait(refused)
    fee = other.get("/account/trade-fee?instType=SPOT")["data"][0]
    assert (fee["maker"], fee["taker"]) == ("-0.0007", "-0.0009")
    prices = httpx.get(
        server.ready["rest"] + "/api/v5/market/index-tickers?instId=BTC-USDT", headers=other.extra, timeout=60
    ).json()["data"]
    assert prices[0]["idxPx"] == "79000"
    made = commonbook(
        "key", "create", "--data", str(server.data_dir), "--account", str(account), "--simulated", "--json"
    )
    assert made.returncode == 0, made.stderr
    newcomer = Player(server, json.loads(made.stdout), simulated=True)
    wait(lambda: bool(newcomer.get("/account/balance")["data"][0]["details"]))
    assert newcomer.get("/account/config")["data"][0]["uid"] == str(account)
    told = commonbook("control", "status", "--data", str(server.data_dir / "simulated"), "--json")
    assert '"cancel-only"' in told.stdout, told.stdout + told.stderr
    submit(server.data_dir, one(CommandKind.STATUS, instrument=BTC_USDT, status=TradingStatus.LIVE))
    wait(lambda: not refused())


def test_s7_its_process_dies_and_the_live_venue_goes_on(server: Server) -> None:
    live, other = customer(server), player(server, 1)
    kept = other.placed(px="69000")
    filled = other.placed(ordType="market", tgtCcy="base_ccy", sz="0.02")
    before = {row["ccy"]: row["availBal"] for row in other.get("/account/balance")["data"][0]["details"]}
    os.kill(server.process_of("simulated"), signal.SIGKILL)
    seen = set()

    def is_back() -> bool:
        answer = other.get("/account/balance")
        seen.add(answer["code"])
        assert live.get("/account/balance")["code"] == "0"
        return bool(answer["code"] == "0")

    wait(lambda: not is_back())
    order = live.placed(px="70003")
    assert order in live.pending()
    wait(is_back)
    assert seen <= {"0", "50001"}
    assert other.pending() == [kept]
    assert other.get(f"/trade/order?instId=BTC-USDT&ordId={filled}")["data"][0]["state"] == "filled"
    after = {row["ccy"]: row["availBal"] for row in other.get("/account/balance")["data"][0]["details"]}
    assert after == before
    assert other.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": kept})["data"][0]["sCode"] == "0"
    assert server.process.poll() is None


def test_s3_s7_after_a_restart_nothing_is_lost_and_what_was_missed_is_made_up(tmp_path: Path) -> None:
    """The whole server is killed; the live venue is set up further while there is no simulated one."""
    data_dir = tmp_path / "data"
    with Server(data_dir, simulated=True) as first:
        order = player(first).placed()
        funds = {"ccy": "USDT", "amt": "7", "clientId": "once"}
        assert player(first).post("/asset/simulated-funds", funds)["code"] == "0"
        first.kill()
    fees = one(CommandKind.FEES, scope=FeeScope.BRAND, brand=FIRST_BRAND, maker_rate_e8=60_000, taker_rate_e8=80_000)
    with Server(data_dir) as without:
        submit(data_dir, fees)
        assert without.ready["simulated"] == []
    with Server(data_dir, simulated=True) as second:
        again = player(second)
        assert again.pending() == [order]
        assert again.get("/account/trade-fee?instType=SPOT")["data"][0]["taker"] == "-0.0008"
        assert again.post("/asset/simulated-funds", funds)["code"] == "0"  # it has had its effect
        held = {row["ccy"]: Decimal(row["cashBal"]) for row in again.get("/account/balance")["data"][0]["details"]}
        assert held["USDT"] == 100_007
        sent = len(_fees(data_dir / "simulated"))
    assert sent == len(_fees(data_dir)), "configuration is not sent again at each start"
    for words in (("audit",), ("replay",), ("journal", "verify")):
        done = commonbook(*words, str(data_dir / "simulated"))
        assert done.returncode == 0, done.stdout + done.stderr


def _fees(data_dir: Path) -> Records:
    records = commands_of(data_dir)
    chosen: Records = records[records["kind"] == CommandKind.FEES]
    return chosen


def test_s7_a_simulated_venue_that_does_not_start_is_told_and_the_live_one_serves(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Server(data_dir, simulated=True):
        pass
    (data_dir / "simulated" / "backoffice.db").write_bytes(b"no database" * 1_000)
    for beside in (data_dir / "simulated").glob("backoffice.db-*"):
        beside.unlink()
    with Server(data_dir, simulated=True) as running:
        assert customer(running).get("/account/balance")["code"] == "0"
        assert player(running).get("/account/balance")["code"] == "50001"
        with pytest.raises(InvalidStatus) as refused, connect(running.ready["ws"] + "/ws/v5/public?brokerId=9999"):
            pass
        assert refused.value.response.status_code == 503
        with connect(running.ready["ws"] + "/ws/v5/public") as live:
            live.send("ping")
            assert live.recv(timeout=20) == "pong"
        deadline = time.monotonic() + 60  # it may still be starting
        while "the simulated venue again; it ended: database" not in (tmp_path / "data.output.txt").read_text():
            assert time.monotonic() < deadline, "that it ended is not told"
            time.sleep(0.1)
    database = open_database(database_url(Settings(), data_dir))
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM orders WHERE account = 1099511627775")).scalar() == 0
    database.dispose()
