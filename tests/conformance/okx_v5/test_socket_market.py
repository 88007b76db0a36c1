"""What everybody is told over WebSocket is that of REST. WS-12 of docs/reference/okx-v5-websocket.md."""

import time
from collections.abc import Iterator

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Hand, Running, prepare, served, started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: the market is compared while nobody else trades."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


def sweep(alice: Hand, bob: Hand) -> None:
    """One buy of bob's takes two orders at a price and one at the next, and leaves nothing."""
    for price, size in (("78300", "0.1"), ("78300", "0.1"), ("78301", "0.05")):
        alice.placed(side="sell", px=price, sz=size)
    bob.placed(px="78301", sz="0.25", ordType="ioc")
    bob.get("/trade/fills")  # an own read waits until history holds the trades


def test_ws12_trades_of_one_taker_at_one_price_are_one_row(running: Running, alice: Hand, bob: Hand) -> None:
    with SocketHand(running) as hand, SocketHand(running, "business") as every:
        hand.subscribe("trades", instId="BTC-USDT")
        every.subscribe("trades-all", instId="BTC-USDT")
        sweep(alice, bob)
        rows = hand.push("trades")["data"]
        assert [(row["px"], row["sz"], row["count"], row["side"]) for row in rows] == [
            ("78300", "0.2", "2", "buy"),
            ("78301", "0.05", "1", "buy"),
        ]
        one_by_one = [every.push("trades-all")["data"][0] for _ in range(3)]
        found = running.public("/market/trades?instId=BTC-USDT&limit=3").data
        told = [(row["tradeId"], row["px"], row["sz"], row["side"], row["ts"]) for row in one_by_one]
        assert told == [(row["tradeId"], row["px"], row["sz"], row["side"], row["ts"]) for row in reversed(found)]
        assert rows[0]["tradeId"] == one_by_one[1]["tradeId"]


def test_ws12_a_ticker_is_that_of_rest(running: Running, alice: Hand, bob: Hand) -> None:
    with SocketHand(running) as hand:
        hand.subscribe("tickers", instId="BTC-USDT")
        first = hand.push("tickers")["data"][0]
        assert first | {"ts": ""} == running.public("/market/ticker?instId=BTC-USDT").row | {"ts": ""}
        sweep(alice, bob)
        hand.drain()
        last = hand.messages[-1]["data"][0]
        assert last | {"ts": ""} == running.public("/market/ticker?instId=BTC-USDT").row | {"ts": ""}
        assert last["vol24h"] != first["vol24h"]


@pytest.mark.parametrize("bar", ["1m", "1H", "1Dutc", "6H", "1M"])
def test_ws12_a_candle_is_that_of_rest(running: Running, alice: Hand, bob: Hand, bar: str) -> None:
    if time.time() % 60 > 55:
        time.sleep(6)  # not over the end of a minute
    with SocketHand(running, "business") as hand:
        sweep(alice, bob)
        hand.subscribe(f"candle{bar}", instId="BTC-USDT")
        hand.push(f"candle{bar}")
        sweep(alice, bob)
        hand.drain()
        (row,) = hand.messages[-1]["data"]
        assert [row] == running.public(f"/market/candles?instId=BTC-USDT&bar={bar}&limit=1").data
        assert row[8] == "0"


def test_ws12_instruments_and_limits_are_those_of_rest(running: Running) -> None:
    with SocketHand(running) as hand:
        hand.subscribe("instruments", instType="SPOT")
        assert hand.push("instruments")["data"] == running.public("/public/instruments?instType=SPOT").data
        assert hand.subscribe("instruments", instType="SWAP")["event"] == "subscribe"
        assert hand.subscribe("status")["event"] == "subscribe"
        hand.subscribe("price-limit", instId="BTC-USDT")
        limit = hand.push("price-limit")["data"][0]
        assert limit | {"ts": ""} == running.public("/public/price-limit?instId=BTC-USDT").row | {"ts": ""}


def test_ws12_what_was_told_is_the_same_after_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("okx")
    prepare(folder / "data")
    told = []
    for again in range(2):
        with served(folder) as running, SocketHand(running) as hand, SocketHand(running, "business") as bars:
            if not again:
                sweep(running.hand("aurora"), running.hand("borealis"))
            hand.subscribe("tickers", instId="BTC-USDT")
            bars.subscribe("candle1D", instId="BTC-USDT")
            told.append((hand.push("tickers")["data"][0] | {"ts": ""}, bars.push("candle1D")["data"]))
    assert told[0] == told[1]
