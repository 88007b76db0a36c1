"""What needs a server of its own: restarts, settings, a halt, a process that is stopped.

W-7, W-10, W-12 and W-15 of docs/reference/okx-v5.md; WS-12 of okx-v5-websocket.md; I-4 and I-8 of
docs/rules/identity.md.
"""

import json
import os
import signal
import time
from pathlib import Path

import httpx
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import ORDER, Hand, Running
from integration.serving import Server

from commonbook.exchange import Exchange
from commonbook.records import CommandKind, TradingStatus, commands
from commonbook.settings import Settings
from commonbook.simulator.demo_market import BTC_USDT, standing_book, venue_commands


def hand_of(server: Server, http: httpx.Client, brand: str) -> Hand:
    """The first of the demo's keys at a brand."""
    key = server.account(brand)
    return Hand(http, key, int(key["account"]), brand, server.data_dir)


def test_w7_a_signature_that_was_used_before_a_restart_is_refused_after_it(tmp_path: Path) -> None:
    bodies = [json.dumps(ORDER | {"clOrdId": name}) for name in ("behind", "ahead")]
    with Server(tmp_path / "data") as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        alice = hand_of(server, http, "aurora")
        # The clock that the second is signed by is 25 s ahead, so it will look newer than the restart.
        late_ms = (0, -25_000)
        signed = [alice.sign("POST", "/trade/order", *pair) for pair in zip(bodies, late_ms, strict=True)]
        for body, headers in zip(bodies, signed, strict=True):
            assert alice.repeat("POST", "/trade/order", body, headers).row["sCode"] == "0"
    with Server(tmp_path / "data") as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        alice, bob = hand_of(server, http, "aurora"), hand_of(server, http, "borealis")
        assert [order["clOrdId"] for order in alice.get("/trade/orders-pending").data] == ["ahead", "behind"]
        for body, headers in zip(bodies, signed, strict=True):
            assert alice.repeat("POST", "/trade/order", body, headers).told() == (401, "50102")
        assert bob.place()["sCode"] == "0"  # another key, never ahead, is not kept waiting


def test_w12_a_cancel_by_client_id_names_its_own_order_when_timers_came_due_with_it(tmp_path: Path) -> None:
    # Engine time moves with commands only, so that Bob's cancel is what makes Alice's timer due.
    file = tmp_path / "settings.toml"
    file.write_text("[core]\ntick_ms = 600000\n[gateway]\ncancel_after_s_min = 1\n")
    with (
        Server(tmp_path / "data", "--settings", str(file)) as server,
        httpx.Client(base_url=server.ready["rest"], timeout=60) as http,
    ):
        alice, bob = hand_of(server, http, "aurora"), hand_of(server, http, "borealis")
        of_alice, of_bob = alice.placed(), bob.placed(clOrdId="bobs")
        assert alice.post("/trade/cancel-all-after", {"timeOut": 1}).code == "0"
        time.sleep(1.1)
        assert alice.order(of_alice)["state"] == "live"
        canceled = bob.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "bobs"}).row
        assert (canceled["sCode"], canceled["ordId"]) == ("0", of_bob)
        assert alice.order(of_alice)["cancelSource"] == "20"


def test_w15_whoever_was_acknowledged_reads_what_was_or_is_told_to_come_again(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[gateway]\nhistory_wait_ms = 4_000\n[simulated]\nenabled = false\n")
    server = Server(tmp_path / "data", "--settings", str(tmp_path / "settings.toml"))
    with server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        alice, bob = hand_of(server, http, "aurora"), hand_of(server, http, "borealis")
        for _ in range(20):  # history is written by another process; a read waits for it
            assert alice.order(alice.placed())["state"] == "live"
        assert bob.get("/trade/orders-pending").data == []
        back_office = server.process_of("back-office")
        os.kill(back_office, signal.SIGSTOP)
        try:
            order = alice.placed()
            began = time.monotonic()
            late = alice.get(f"/trade/order?instId=BTC-USDT&ordId={order}")
            assert late.told() == (503, "50001")
            assert time.monotonic() - began > 3.9  # history_wait_ms
            assert bob.get("/trade/orders-pending").data == []  # nothing concerned him, so he does not wait
        finally:
            os.kill(back_office, signal.SIGCONT)
        assert alice.order(order)["state"] == "live"


def test_ws12_what_traded_before_it_was_listened_to_is_in_a_bar_though_history_is_late(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[gateway]\nhistory_wait_ms = 60_000\n[simulated]\nenabled = false\n")
    server = Server(tmp_path / "data", "--settings", str(tmp_path / "settings.toml"))
    with server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        alice = hand_of(server, http, "aurora")
        back_office = server.process_of("back-office")
        os.kill(back_office, signal.SIGSTOP)
        try:
            alice.placed(side="buy", sz="0.05", ordType="market", tgtCcy="base_ccy")
            with SocketHand(Running(server, http), "business") as bars, SocketHand(Running(server, http)) as tickers:
                assert bars.subscribe("candle1D", instId="BTC-USDT")["event"] == "subscribe"
                assert tickers.subscribe("tickers", instId="BTC-USDT")["event"] == "subscribe"
                assert bars.quiet(0.5)
                os.kill(back_office, signal.SIGCONT)
                assert bars.push("candle1D")["data"][0][5] == "0.05"
                assert tickers.push("tickers")["data"][0]["vol24h"] == "0.05"
        finally:
            os.kill(back_office, signal.SIGCONT)


def test_w10_a_suspended_instrument_takes_no_orders_and_says_so(tmp_path: Path) -> None:
    with Exchange.open(tmp_path / "data", Settings()) as exchange:
        exchange.submit(venue_commands())
        exchange.submit(standing_book())
        status = commands(CommandKind.STATUS)
        status["instrument"], status["status"] = BTC_USDT, TradingStatus.CANCEL_ONLY
        exchange.submit(status)
    with Server(tmp_path / "data") as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        alice = hand_of(server, http, "aurora")
        assert alice.get("/public/instruments?instType=SPOT").row["state"] == "suspend"
        assert alice.place()["sCode"] == "51022"
        assert len(alice.get("/market/books?instId=BTC-USDT&sz=50").row["bids"]) == 50  # what stood there stands there
