"""Books over WebSocket are the books of REST. WS-8 and WS-9 of docs/reference/okx-v5-websocket.md; I17."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Hand, Running, started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: the books are compared while nobody else trades."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


class Rebuilt:
    """A book as a client keeps it, from the snapshot on; every message must follow the one before."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, tuple[str, str]]] = {"asks": {}, "bids": {}}
        self.sequence = -1
        self.messages = 0

    def take(self, message: dict[str, Any]) -> None:
        (content,) = message["data"]
        assert content["checksum"] == 0
        if message["action"] == "snapshot":
            assert content["prevSeqId"] == -1
            self.sides = {"asks": {}, "bids": {}}
        else:
            assert content["prevSeqId"] == self.sequence
            assert content["seqId"] >= self.sequence
        self.sequence = content["seqId"]
        self.messages += 1
        for name, levels in self.sides.items():
            prices = [float(row[0]) for row in content[name]]
            assert prices == sorted(prices, reverse=name == "bids")
            for price, size, zero, orders in content[name]:
                assert zero == "0"
                if size == "0":
                    levels.pop(price)  # only what was there goes
                else:
                    levels[price] = (size, orders)

    def as_rest(self) -> dict[str, list[list[str]]]:
        return {
            name: [
                [price, size, "0", orders]
                for price, (size, orders) in sorted(
                    levels.items(), key=lambda one: float(one[0]), reverse=name == "bids"
                )
            ]
            for name, levels in self.sides.items()
        }


def trade_at_random(hand: Hand, other: Hand, count: int, seed: int) -> None:
    """Orders of all kinds about the middle, a third of them canceled."""
    rng = random.Random(seed)
    for _ in range(count):
        time.sleep(0.02)  # so that the changes fall into several pushes, however fast the machine is
        who = rng.choice((hand, other))
        side = rng.choice(("buy", "sell"))
        price = 78_300 + rng.randrange(-60, 60) + (15 if side == "sell" else -15)
        orders = [
            {
                "instId": "BTC-USDT",
                "tdMode": "cash",
                "side": side,
                "ordType": rng.choice(("limit", "ioc", "post_only")),
                "px": str(price),
                "sz": f"0.00{rng.randrange(1, 9)}",
            }
            for _ in range(rng.randrange(1, 6))
        ]
        rows = who.post("/trade/batch-orders", orders).data
        if rng.random() < 0.33:
            names = [{"instId": "BTC-USDT", "ordId": row["ordId"]} for row in rows if row["sCode"] == "0"]
            if names:
                who.post("/trade/cancel-batch-orders", names)


@pytest.mark.parametrize("seed", [1, 2])
def test_ws8_a_snapshot_and_what_changes_are_the_book_of_rest(
    running: Running, alice: Hand, bob: Hand, seed: int
) -> None:
    with SocketHand(running) as early, SocketHand(running) as late:
        early.subscribe("books", instId="BTC-USDT")
        trade_at_random(alice, bob, 30, seed)
        late.subscribe("books", instId="BTC-USDT")
        trade_at_random(alice, bob, 30, seed + 100)
        time.sleep(0.3)
        found = running.public("/market/books?instId=BTC-USDT&sz=400").row
        for hand in (early, late):
            book = Rebuilt()
            hand.drain()
            for message in [one for one in hand.messages if "data" in one]:
                book.take(message)
            assert book.messages > 2
            assert book.as_rest() == {"asks": found["asks"], "bids": found["bids"]}


def test_ws8_all_who_listen_are_told_the_same(running: Running, alice: Hand, bob: Hand) -> None:
    with SocketHand(running) as first, SocketHand(running) as second:
        for hand in (first, second):
            hand.subscribe("books", instId="BTC-USDT")
            hand.push("books")
        trade_at_random(alice, bob, 10, 7)
        first.drain()
        second.drain()
        updates = [[one["data"] for one in hand.messages if one.get("action") == "update"] for hand in (first, second)]
        assert updates[0] == updates[1] != []


def test_ws8_the_best_levels_are_told_whole(running: Running, alice: Hand) -> None:
    with SocketHand(running) as hand:
        for channel, levels in (("books5", 5), ("bbo-tbt", 1)):
            hand.subscribe(channel, instId="BTC-USDT")
            whole = hand.push(channel)
            assert "action" not in whole
            (content,) = whole["data"]
            assert len(content["asks"]) == len(content["bids"]) == levels
            assert content["instId"] == "BTC-USDT"
            order = alice.placed(px="78299", sz="0.3", ordType="post_only")
            (content,) = hand.push(channel)["data"]
            found = running.public(f"/market/books?instId=BTC-USDT&sz={levels}").row
            assert (content["bids"], content["asks"]) == (found["bids"], found["asks"])
            alice.cancel(order)
            hand.push(channel)


def test_ws8_of_the_deep_books_a_connection_has_one_and_fast_ones_need_a_level(running: Running, alice: Hand) -> None:
    with SocketHand(running) as hand:
        hand.login(alice)
        assert hand.subscribe("books50-l2-tbt", instId="BTC-USDT")["code"] == "64003"
        hand.subscribe("books", instId="BTC-USDT")
        assert hand.subscribe("books", instId="ETH-USDT")["event"] == "subscribe"


def test_ws8_fast_books_of_an_account_with_the_level(running: Running) -> None:
    trader = running.vip()
    with SocketHand(running) as hand:
        hand.login(trader)
        assert hand.subscribe("books50-l2-tbt", instId="BTC-USDT")["event"] == "subscribe"
        book = Rebuilt()
        book.take(hand.push("books50-l2-tbt"))
        assert hand.subscribe("books", instId="BTC-USDT")["code"] == "64004"
        assert len(book.sides["bids"]) == 50
        order = trader.placed(px="78299", sz="0.3", ordType="post_only")
        book.take(hand.push("books50-l2-tbt"))
        trader.cancel(order)
        book.take(hand.push("books50-l2-tbt"))
        found = running.public("/market/books?instId=BTC-USDT&sz=50").row
        assert book.as_rest() == {"asks": found["asks"], "bids": found["bids"]}
