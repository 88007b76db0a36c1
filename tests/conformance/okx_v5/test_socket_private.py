"""What an account is told of itself. WS-10, WS-11, WS-14 of docs/reference/okx-v5-websocket.md."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Hand, Running, names

FILL_KEYS = names("instId fillSz fillPx side ts ordId clOrdId tradeId execType count")


@pytest.fixture
def stream(running: Running, alice: Hand) -> Iterator[SocketHand]:
    """Alice's."""
    with SocketHand(running, "private") as found:
        assert found.login(alice)["code"] == "0"
        yield found


def pushes(stream: SocketHand, channel: str, count: int) -> list[dict[str, Any]]:
    return [stream.push(channel)["data"][0] for _ in range(count)]


def test_ws10_each_event_of_an_order_is_a_push_in_order(stream: SocketHand, alice: Hand, bob: Hand) -> None:
    stream.subscribe("orders", instType="SPOT")
    order = alice.placed(px="78299", sz="0.3", clOrdId="c1", tag="t1")
    alice.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": order, "newPx": "78301", "newSz": "0.4"})
    taken = bob.placed(side="sell", px="78301", sz="0.1", ordType="ioc")
    alice.cancel(order)
    live, amended, filled, canceled = pushes(stream, "orders", 4)
    assert {one["ordId"] for one in (live, amended, filled, canceled)} == {order}
    assert {one["clOrdId"] for one in (live, amended, filled, canceled)} == {"c1"}
    assert [one["state"] for one in (live, amended, filled, canceled)] == [
        "live",
        "live",
        "partially_filled",
        "canceled",
    ]
    assert (live["px"], live["sz"], live["avgPx"], live["accFillSz"]) == ("78299", "0.3", "0", "0")
    assert (amended["px"], amended["sz"], amended["amendResult"]) == ("78301", "0.4", "0")
    told = {"fillPx": "78301", "fillSz": "0.1", "execType": "M", "fillFeeCcy": "USDT", "accFillSz": "0.1"}
    assert told.items() <= filled.items()
    fill = alice.get(f"/trade/fills?ordId={order}").row
    assert (filled["tradeId"], filled["fillFee"], filled["fillTime"]) == (fill["tradeId"], fill["fee"], fill["ts"])
    assert bob.get(f"/trade/fills?ordId={taken}").row["tradeId"] == fill["tradeId"]
    assert (canceled["cancelSource"], canceled["accFillSz"]) == ("1", "0.1")
    # Only a fill has a trade: clients make trades of that.
    assert [bool(one["tradeId"]) for one in (live, amended, filled, canceled)] == [False, False, True, False]


def test_ws10_a_push_says_what_rest_says(stream: SocketHand, alice: Hand) -> None:
    stream.subscribe("orders", instType="ANY", instId="BTC-USDT")
    order = alice.placed(px="78299", sz="0.3")
    (told,) = pushes(stream, "orders", 1)
    found = alice.order(order)
    assert {name: told[name] for name in found} == found | {"avgPx": "0"}
    alice.cancel(order)


def test_ws10_an_order_that_takes_from_many_is_told_of_each(stream: SocketHand, alice: Hand, bob: Hand) -> None:
    stream.subscribe("orders", instType="SPOT")
    for price, size in (("78300", "0.1"), ("78300", "0.1"), ("78301", "0.05")):
        bob.placed(side="sell", px=price, sz=size)
    alice.placed(px="78301", sz="0.25", ordType="ioc")
    live, *filled = pushes(stream, "orders", 4)
    assert live["state"] == "live"
    assert [one["state"] for one in filled] == ["partially_filled", "partially_filled", "filled"]
    assert [one["accFillSz"] for one in filled] == ["0.1", "0.2", "0.25"]
    assert [one["execType"] for one in filled] == ["T"] * 3
    total = sum(Decimal(one["fillFee"]) for one in filled)
    assert total == Decimal(filled[-1]["fee"]) < 0


@pytest.mark.parametrize(
    ("kind", "px", "source"), [("ioc", "70000", "14"), ("fok", "70000", "13"), ("post_only", "90000", "31")]
)
def test_ws10_an_order_that_ends_at_once_is_told_live_and_canceled(
    stream: SocketHand, alice: Hand, kind: str, px: str, source: str
) -> None:
    stream.subscribe("orders", instType="SPOT")
    alice.placed(ordType=kind, px=px if kind != "post_only" else "78400", sz="0.01")
    live, canceled = pushes(stream, "orders", 2)
    assert (live["state"], canceled["state"], canceled["cancelSource"]) == ("live", "canceled", source)


def test_ws10_orders_of_before_the_subscription_are_followed_and_not_told_again(
    stream: SocketHand, alice: Hand
) -> None:
    order = alice.placed(px="70000", sz="0.3", clOrdId="before")
    stream.subscribe("orders", instType="SPOT")
    stream.receive()  # the number of connections
    assert stream.quiet(0.3)
    alice.cancel(order)
    (canceled,) = pushes(stream, "orders", 1)
    assert (canceled["ordId"], canceled["clOrdId"], canceled["sz"]) == (order, "before", "0.3")


def test_ws10_a_market_buy_by_quote_ends_filled(stream: SocketHand, alice: Hand) -> None:
    stream.subscribe("orders", instType="SPOT")
    alice.placed(ordType="market", sz="100", px="", tgtCcy="quote_ccy")
    told: list[dict[str, Any]] = []
    while not told or told[-1]["state"] not in ("filled", "canceled"):
        told += pushes(stream, "orders", 1)
    assert told[-1]["state"] == "filled"
    assert (told[0]["tgtCcy"], told[0]["sz"], told[0]["px"]) == ("quote_ccy", "100", "")


def test_ws10_of_another_instrument_nothing_is_told(stream: SocketHand, alice: Hand) -> None:
    stream.subscribe("orders", instType="SPOT", instId="ETH-USDT")
    alice.placed(px="70000")
    ours = alice.placed(instId="ETH-USDT", px="1000", sz="0.1")
    assert pushes(stream, "orders", 1)[0]["ordId"] == ours


def test_ws10_fills_are_told_one_by_one(stream: SocketHand, alice: Hand, bob: Hand) -> None:
    stream.subscribe("fills")
    order = alice.placed(px="78301", sz="0.02", clOrdId="mine", ordType="post_only")
    bob.placed(side="sell", px="78301", sz="0.01", ordType="ioc")
    bob.placed(side="sell", px="78301", sz="0.01", ordType="ioc")
    for one in pushes(stream, "fills", 2):
        told = {"ordId": order, "clOrdId": "mine", "fillSz": "0.01", "fillPx": "78301", "side": "buy", "execType": "M"}
        assert told.items() <= one.items()
        assert set(one) == FILL_KEYS


def test_ws11_balances_are_told_at_once_and_when_they_move(stream: SocketHand, alice: Hand) -> None:
    stream.subscribe("account")

    def balances(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
        return {row["ccy"]: (row["availBal"], row["frozenBal"]) for row in told["details"]}

    (before,) = pushes(stream, "account", 1)
    assert balances(before) == alice.balances()
    order = alice.placed(px="70000", sz="0.5")
    (after,) = pushes(stream, "account", 1)
    assert balances(after) == alice.balances() != balances(before)
    alice.cancel(order)
    assert balances(pushes(stream, "account", 1)[0]) == balances(before)


def test_ws11_one_currency_may_be_asked_for(stream: SocketHand) -> None:
    stream.subscribe("account", ccy="BTC")
    push = stream.push("account")
    assert [row["ccy"] for row in push["data"][0]["details"]] == ["BTC"]
    assert push["arg"]["ccy"] == "BTC"


def test_ws11_cash_and_trades_are_told_together(stream: SocketHand, alice: Hand, bob: Hand) -> None:
    stream.subscribe("balance_and_position")
    (snapshot,) = pushes(stream, "balance_and_position", 1)
    assert snapshot["eventType"] == "snapshot"
    assert {row["ccy"] for row in snapshot["balData"]} == {"BTC", "USDT", "ETH"}
    bob.placed(side="sell", px="78300", sz="0.1")
    order = alice.placed(px="78300", sz="0.1", ordType="ioc")
    (filled,) = pushes(stream, "balance_and_position", 1)
    fills = alice.get(f"/trade/fills?ordId={order}").data
    assert filled["eventType"] == "filled"
    assert filled["trades"] == [{"instId": "BTC-USDT", "tradeId": one["tradeId"]} for one in reversed(fills)]
    cash = {row["ccy"]: row["cashBal"] for row in filled["balData"]}
    details = {row["ccy"]: row["cashBal"] for row in alice.get("/account/balance").row["details"]}
    assert cash == {name: details[name] for name in ("BTC", "USDT")}


def test_ws14_accounts_are_told_nothing_of_each_other(running: Running, alice: Hand, bob: Hand) -> None:
    with SocketHand(running, "private") as ours, SocketHand(running, "private") as theirs:
        for stream, hand in ((ours, alice), (theirs, bob)):
            stream.login(hand)
            for channel in ("orders", "fills", "account", "balance_and_position"):
                stream.subscribe(channel, **({"instType": "SPOT"} if channel == "orders" else {}))
            stream.drain(0.2)
        secret = alice.placed(px="78300", sz="0.1", clOrdId="canary", tag="canary")
        bob.placed(side="sell", px="78300", sz="0.05", ordType="ioc")
        theirs.drain(0.5)
        told = str(theirs.messages)
        assert "canary" not in told
        assert secret not in {row.get("ordId") for message in theirs.messages for row in message.get("data", [])}
        row = theirs.order("cancel-order", {"instId": "BTC-USDT", "ordId": secret})["data"][0]
        absent = theirs.order("cancel-order", {"instId": "BTC-USDT", "ordId": "999999999"})["data"][0]
        assert (row["sCode"], row["sMsg"]) == (absent["sCode"], absent["sMsg"])
        alice.cancel(secret)
