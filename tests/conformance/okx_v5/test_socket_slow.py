"""Readers that are slow, and what they cost. WS-9 of docs/reference/okx-v5-websocket.md; I17."""

import json
import time
from pathlib import Path
from typing import Any

from conformance.okx_v5.socket_hand import RawSocket, SocketHand, frames
from conformance.okx_v5.test_socket_books import Rebuilt
from conformance.okx_v5.wire import MANY_CONNECTIONS, Hand, started
from hypothesis import given
from hypothesis import strategies as st

from commonbook.gateway.okx_v5.ws.books import changes

Levels = dict[int, tuple[int, int]]
LEVELS = st.dictionaries(st.integers(1, 30), st.tuples(st.integers(1, 9), st.integers(1, 3)))


@given(LEVELS, LEVELS)
def test_ws9_changes_turn_the_old_levels_into_the_new_ones_and_say_no_more(old: Levels, new: Levels) -> None:
    told = changes(old, new)
    rebuilt = {price: level for price, level in (old | told).items() if level[0]}
    assert rebuilt == new
    assert all(old.get(price, (0, 0)) != level for price, level in told.items())


def churn(hand: Hand, rounds: int) -> None:
    """Each round sixty more orders, each at a price of its own; every other round all are canceled."""
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.001"}
    rows: list[dict[str, str]] = []
    for turn in range(rounds):
        if turn % 2:
            names = [{"instId": "BTC-USDT", "ordId": row["ordId"]} for row in rows]
            for start in range(0, len(names), 20):
                hand.post("/trade/cancel-batch-orders", names[start : start + 20])
        else:
            ladder = [order | {"px": str(76_000 + place)} for place in range(60)]
            parts = [ladder[start : start + 20] for start in range(0, 60, 20)]
            rows = [row for part in parts for row in hand.post("/trade/batch-orders", part).data]
        time.sleep(0.12)


def subscription(*channels: str) -> str:
    return json.dumps({"op": "subscribe", "args": [{"channel": one, "instId": "BTC-USDT"} for one in channels]})


def test_ws9_a_slow_reader_of_books_misses_no_change_and_is_told_the_newest_state(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        trader = running.hand("aurora")
        with RawSocket(running, receive_buffer=16_384) as slow, SocketHand(running) as quick:
            slow.write(subscription("books", "books5", "bbo-tbt"))
            quick.subscribe("books", instId="BTC-USDT")
            churn(trader, 101)
            quick.drain()
            told = frames(slow.read_all(0.5))
            book = Rebuilt()
            for kind, payload in told:
                assert kind == 1
                message: dict[str, Any] = json.loads(payload)
                if message.get("arg", {}).get("channel") == "books" and "data" in message:
                    book.take(message)
            found = running.public("/market/books?instId=BTC-USDT&sz=400").row
            assert book.as_rest() == {"asks": found["asks"], "bids": found["bids"]}
            updates = sum(message.get("action") == "update" for message in quick.messages)
            assert 2 <= book.messages < updates  # it was told less often, and everything


def test_ws9_who_leaves_too_much_unread_is_cut_and_holds_up_nobody(tmp_path: Path) -> None:
    with started(tmp_path, f"{MANY_CONNECTIONS}buffer_bytes = 65_536\n") as running:
        maker, taker = running.hand("aurora"), running.hand("borealis")
        order = {"instId": "BTC-USDT", "tdMode": "cash", "ordType": "limit", "sz": "0.0001"}
        with RawSocket(running, receive_buffer=16_384) as slow, SocketHand(running) as quick:
            slow.write(subscription("trades", "tickers", "books"))
            quick.subscribe("trades", instId="BTC-USDT")
            trades = 0
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and "websocket.closed" not in running.log("gateway"):
                ladder = [order | {"side": "sell", "px": str(78_301 - place % 3)} for place in range(20)]
                maker.post("/trade/batch-orders", ladder)
                taker.post("/trade/order", order | {"side": "buy", "px": "78301", "sz": "0.002"})
                trades += 20
            told = frames(slow.read_all(0.5))
            assert told[-1][0] == 8
            assert int.from_bytes(told[-1][1][:2], "big") == 4005
            count = 0
            while count < trades:
                count += sum(int(row["count"]) for row in quick.push("trades")["data"])
            assert count == trades
