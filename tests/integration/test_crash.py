"""kill -9 at random moments while a client sends orders: what was acknowledged is there afterwards, as it was.

Rule J-1 of docs/rules/journal.md (nothing is acknowledged before it is durable) against real processes. A killed
process loses nothing that was written; what a cut power line may leave of a file is for J-5 (test_journal_files.py).
"""

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from integration.okx_client import OkxClient
from integration.serving import Server

from commonbook.console.audit import audit_folder

KILLS = int(os.environ.get("COMMONBOOK_TEST_KILLS", "50"))
EXCHANGES = 2  # at a time, each with its share of the kills


class Trader:
    """Sends one order after another and keeps what was acknowledged: the order's id by its client id."""

    def __init__(self, base_url: str, account: dict[str, str], prefix: str, seed: int) -> None:
        self.acknowledged: dict[str, tuple[str, dict[str, str]]] = {}
        self._client = OkxClient(base_url, account, timeout_s=5)
        self._prefix = prefix
        self._random = random.Random(seed)
        self._thread = threading.Thread(target=self._trade)
        self._thread.start()

    def _trade(self) -> None:
        for number in range(100_000):
            order = self._order(f"{self._prefix}n{number}")
            try:
                answer = self._client.post("/api/v5/trade/order", order)
            except httpx.HTTPError:
                return  # the server is gone; this order was never acknowledged
            if answer["code"] == "50001":
                return  # the gateway lost its core: the outcome is not known, so nothing is acknowledged
            row = answer["data"][0]
            if row["sCode"] == "0":
                self.acknowledged[order["clOrdId"]] = (row["ordId"], order)

    def _order(self, client_id: str) -> dict[str, str]:
        side = self._random.choice(["buy", "sell"])
        kind = self._random.choice(["limit", "limit", "post_only", "ioc", "market"])
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": side, "ordType": kind, "clOrdId": client_id}
        order["sz"] = f"0.000{self._random.randint(10, 99)}"
        if kind == "market":
            return order | {"tgtCcy": "base_ccy"}
        return order | {"px": str(self._random.randint(77_000, 79_000))}

    def join(self) -> None:
        self._thread.join(30)
        self._client.close()


def test_j1_every_acknowledged_order_survives_kill_9(tmp_path: Path) -> None:
    with ThreadPoolExecutor(EXCHANGES) as pool:
        runs = [pool.submit(trade_and_kill, tmp_path / f"data{number}", number) for number in range(EXCHANGES)]
        checked = sum(run.result() for run in runs)
    assert checked >= KILLS, f"only {checked} orders were acknowledged over {KILLS} kills"
    print(f"{KILLS} kills, {checked} acknowledged orders found again, ledger difference 0")


def trade_and_kill(data_dir: Path, number: int) -> int:
    """One exchange's share of the kills; how many acknowledged orders were found again, as they were."""
    rng = random.Random(20_260_502 + number)
    acknowledged: dict[str, tuple[str, dict[str, str]]] = {}
    server = Server(data_dir)
    for kill in range(KILLS // EXCHANGES):
        trader = Trader(server.ready["rest"], server.account("aurora"), f"k{kill}", seed=1_000 * number + kill)
        time.sleep(rng.uniform(0.02, 0.5))
        if kill % 5 == 4:  # now and then a part dies instead of the whole: all must end, and nothing be lost
            os.kill(rng.choice(server.children()), signal.SIGKILL)
            server.process.wait(30)
            server.output.close()
        else:
            server.kill()
        trader.join()
        server = Server(data_dir)
        check_found(server, trader.acknowledged)
        acknowledged |= trader.acknowledged
    check_found(server, acknowledged)
    server.close()
    result = audit_folder(data_dir)
    assert result.ledger_difference == 0
    assert result.ok, result.problems
    return len(acknowledged)


def check_found(server: Server, acknowledged: dict[str, tuple[str, dict[str, str]]]) -> None:
    client = OkxClient(server.ready["rest"], server.account("aurora"))
    for client_id, (order_id, order) in acknowledged.items():
        found = client.get(f"/api/v5/trade/order?instId=BTC-USDT&ordId={order_id}")
        assert found["code"] == "0", f"order {order_id} ({client_id}) is lost: {found}"
        check_same(found["data"][0], client_id, order)
    client.close()


def check_same(found: dict[str, Any], client_id: str, order: dict[str, str]) -> None:
    assert found["clOrdId"] == client_id
    assert (found["side"], found["ordType"]) == (order["side"], order["ordType"])
    assert Decimal(found["sz"]) == Decimal(order["sz"])
    assert found["px"] == order.get("px", "")
    if order["ordType"] in ("ioc", "market"):
        assert found["state"] in ("filled", "canceled")
