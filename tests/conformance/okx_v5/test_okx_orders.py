"""Order types, sizes and endings over HTTP. W-8 to W-10 of docs/reference/okx-v5.md.

The book stands at 78298 to 78302; what two accounts trade with each other here happens at 78300 between them. Fees of
both brands are 10 basis points for the taker and 8 for the maker, in USDT.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.okx_v5.wire import API, ORDER, Hand, Running, checked, names

AT_MID: dict[str, Any] = {"px": "78300", "sz": "0.1"}


# What strict clients refuse to miss, and all else that OKX tells of an order.
ORDER_KEYS = names(
    "instType instId instIdCode ordId clOrdId tag px pxUsd pxVol pxType sz ordType side posSide tdMode ccy tgtCcy"
    " accFillSz fillPx fillSz tradeId fillTime avgPx state lever stpId stpMode fee feeCcy rebate rebateCcy pnl source"
    " category reduceOnly cancelSource cancelSourceReason quickMgnType algoId algoClOrdId attachAlgoClOrdId"
    " attachAlgoOrds linkedAlgoOrd isTpLimit tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx"
    " tradeQuoteCcy cTime uTime"
    " brokerCode"  # ours: who earns on it
)


def test_w8_a_limit_order_rests_and_is_told_in_full(alice: Hand) -> None:
    order = alice.order(alice.placed(clOrdId="Mine1", tag="MYTAG"))
    assert set(order) == ORDER_KEYS
    told = {"instType": "SPOT", "instId": "BTC-USDT", "clOrdId": "Mine1", "tag": "MYTAG", "px": "70000", "sz": "0.01"}
    told |= {"ordType": "limit", "side": "buy", "tdMode": "cash", "state": "live", "accFillSz": "0", "avgPx": ""}
    told |= {"fillSz": "0", "tradeId": "", "fillTime": "", "fee": "0", "feeCcy": "USDT", "rebate": "0", "tgtCcy": ""}
    told |= {"category": "normal", "reduceOnly": "false", "posSide": "net", "cancelSource": ""}
    assert told.items() <= order.items()
    # 0.01 x 70000 = 700; the worst fee, 10 basis points, is 0.7.
    assert alice.balances()["USDT"] == ("999299.3", "700.7")


def test_w8_maker_and_taker_are_told_price_size_and_fee(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", **AT_MID)
    taking = bob.placed(side="buy", **AT_MID)
    maker, taker = alice.order(resting), bob.order(taking)
    for order in (maker, taker):
        told = {"state": "filled", "accFillSz": "0.1", "avgPx": "78300", "fillPx": "78300", "fillSz": "0.1"}
        assert told.items() <= order.items()
        assert order["tradeId"] == taker["tradeId"]
        assert int(order["cTime"]) <= int(order["fillTime"]) == int(order["uTime"])
    # 0.1 x 78300 = 7830; 8 basis points of it are 6.264, 10 are 7.83. OKX writes what is charged below zero.
    assert (maker["fee"], maker["feeCcy"], maker["rebate"]) == ("-6.264", "USDT", "0")
    assert (taker["fee"], taker["feeCcy"], taker["rebate"]) == ("-7.83", "USDT", "0")
    assert alice.balances() == {"BTC": ("9.9", "0"), "USDT": ("1007823.736", "0"), "ETH": ("100", "0")}
    assert bob.balances() == {"BTC": ("10.1", "0"), "USDT": ("992162.17", "0"), "ETH": ("100", "0")}


def test_w8_a_partly_filled_order_that_is_canceled_keeps_what_was_filled(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", px="78300", sz="0.3")
    bob.placed(**AT_MID)
    assert alice.order(resting)["state"] == "partially_filled"
    assert alice.cancel(resting)["sCode"] == "0"
    order = alice.order(resting)
    assert (order["state"], order["accFillSz"], order["cancelSource"]) == ("canceled", "0.1", "1")


def test_w9_post_only_that_would_cross_is_taken_and_then_canceled(alice: Hand) -> None:
    order = alice.order(alice.placed(ordType="post_only", px="78302"))
    assert (order["state"], order["accFillSz"], order["cancelSource"]) == ("canceled", "0", "31")
    assert alice.balances()["USDT"] == ("1000000", "0")


def test_w9_post_only_that_does_not_cross_rests(alice: Hand) -> None:
    order = alice.order(alice.placed(ordType="post_only"))
    assert (order["state"], order["ordType"]) == ("live", "post_only")


def test_w9_ioc_fills_what_is_there_and_the_rest_is_canceled(alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", **AT_MID)
    order = bob.order(bob.placed(ordType="ioc", px="78300", sz="0.25"))
    assert (order["state"], order["accFillSz"], order["cancelSource"]) == ("canceled", "0.1", "14")
    nothing = bob.order(bob.placed(ordType="ioc", px="78300", sz="0.25"))
    assert (nothing["state"], nothing["accFillSz"], nothing["cancelSource"]) == ("canceled", "0", "14")


def test_w9_fok_fills_whole_or_not_at_all(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", **AT_MID)
    too_large = bob.order(bob.placed(ordType="fok", px="78300", sz="0.25"))
    assert (too_large["state"], too_large["accFillSz"], too_large["cancelSource"]) == ("canceled", "0", "13")
    assert alice.order(resting)["state"] == "live"
    assert bob.order(bob.placed(ordType="fok", **AT_MID))["state"] == "filled"


@pytest.mark.parametrize("mode", ["", "cancel_maker"])
def test_w9_orders_of_one_person_at_two_brands_do_not_meet(running: Running, mode: str) -> None:
    here, there = running.twins()
    resting = here.placed(side="sell", **AT_MID)
    taking = there.placed(stpMode=mode, **AT_MID)
    assert here.order(resting)["cancelSource"] == "32"
    assert there.order(taking)["state"] == "live"  # nothing else stood at its price
    assert there.cancel(taking)["sCode"] == "0"


def test_w9_self_trade_prevention_can_end_the_taker_or_both(running: Running) -> None:
    here, there = running.twins()
    resting = here.placed(side="sell", **AT_MID)
    taker = there.order(there.placed(stpMode="cancel_taker", **AT_MID))
    assert (taker["state"], taker["cancelSource"], taker["stpMode"]) == ("canceled", "32", "cancel_taker")
    assert here.order(resting)["state"] == "live"
    both = there.order(there.placed(stpMode="cancel_both", **AT_MID))
    assert both["cancelSource"] == here.order(resting)["cancelSource"] == "32"
    assert there.place(stpMode="cancel_both", ordType="fok", **AT_MID)["sCode"] == "51000"


def test_w8_a_market_buy_spends_quote_when_nothing_is_said(alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", px="78300", sz="1")
    order = bob.order(bob.placed(ordType="market", px="", sz="7830"))
    assert (order["state"], order["accFillSz"], order["sz"]) == ("filled", "0.1", "7830")
    assert (order["tgtCcy"], order["px"], order["avgPx"]) == ("quote_ccy", "", "78300")
    assert bob.balances()["USDT"] == ("992162.17", "0")  # 7830, and the fee of 7.83 on top of it
    # 100 USDT at 78300 buy 0.00127713 BTC (99.999279 USDT); what is left does not buy one more lot.
    rest = bob.order(bob.placed(ordType="market", sz="100", tgtCcy="quote_ccy"))
    assert (rest["state"], rest["accFillSz"], rest["cancelSource"]) == ("filled", "0.00127713", "")
    alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": alice.get("/trade/orders-pending").row["ordId"]})


def test_w8_a_market_buy_sized_in_base_takes_exactly_that(alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", **AT_MID)
    order = bob.order(bob.placed(ordType="market", sz="0.1", tgtCcy="base_ccy"))
    assert (order["state"], order["accFillSz"], order["sz"]) == ("filled", "0.1", "0.1")
    assert (order["tgtCcy"], order["px"]) == ("base_ccy", "")


def test_w8_a_market_sell_is_sized_in_base(alice: Hand, bob: Hand) -> None:
    for target in ({}, {"tgtCcy": "base_ccy"}):
        alice.placed(side="buy", **AT_MID)
        order = bob.order(bob.placed(side="sell", ordType="market", sz="0.1", **target))
        assert (order["state"], order["accFillSz"], order["tgtCcy"]) == ("filled", "0.1", "base_ccy")
    assert bob.place(side="sell", ordType="market", sz="100", tgtCcy="quote_ccy")["sCode"] == "51000"


def test_w8_a_market_order_into_an_empty_book(alice: Hand) -> None:
    empty = {"instId": "ETH-USDT", "ordType": "market", "px": ""}
    assert alice.place(**empty, sz="0.1", tgtCcy="base_ccy")["sCode"] == "51109"
    assert alice.place(**empty, sz="100")["sCode"] == "0"
    sold = alice.place(**empty, side="sell", sz="0.1")
    order = alice.get(f"/trade/order?instId=ETH-USDT&ordId={sold['ordId']}").row
    assert (order["state"], order["cancelSource"], order["avgPx"]) == ("canceled", "14", "")
    assert alice.balances() == {"BTC": ("10", "0"), "USDT": ("1000000", "0"), "ETH": ("100", "0")}


def test_w8_the_average_price_of_several_fills_is_rounded_half_up_four_places_behind_the_tick(
    alice: Hand, bob: Hand
) -> None:
    eth = {"instId": "ETH-USDT"}
    for price, size in (("2000.01", "1"), ("2000.02", "2")):
        alice.placed(**eth, side="sell", px=price, sz=size)
    order_id = bob.placed(**eth, px="2001", sz="3")
    # (2000.01 + 2 x 2000.02) / 3 = 2000.016666...
    assert bob.get(f"/trade/order?instId=ETH-USDT&ordId={order_id}").row["avgPx"] == "2000.016667"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"instId": ""}, "50014"),
        ({"instId": "DOGE-USDT"}, "51001"),
        ({"instIdCode": 999, "instId": None}, "51001"),
        ({"tdMode": ""}, "50014"),
        ({"tdMode": "cross"}, "51000"),
        ({"side": ""}, "50014"),
        ({"side": "BUY"}, "51000"),
        ({"ordType": ""}, "50014"),
        ({"ordType": "optimal_limit_ioc"}, "51000"),
        ({"ordType": "conditional"}, "51000"),
        ({"stpMode": "none"}, "51000"),
        ({"tgtCcy": "usdt"}, "51000"),
        ({"tradeQuoteCcy": "USDC"}, "51000"),
        ({"sz": ""}, "50014"),
        ({"sz": "0"}, "51000"),
        ({"sz": "-1"}, "51000"),
        ({"sz": "1e300"}, "51000"),
        ({"sz": "abc"}, "51000"),
        ({"sz": "0.000000001"}, "51121"),
        ({"sz": True}, "51000"),
        ({"sz": {"a": 1}}, "51000"),
        ({"px": ""}, "51204"),
        ({"px": "0"}, "51000"),
        ({"px": "-70000"}, "51000"),
        ({"px": "70000.5"}, "51000"),
        ({"px": "NaN"}, "51000"),
        ({"px": "7 0000"}, "51000"),
        ({"clOrdId": "a-b"}, "51000"),
        ({"clOrdId": "a" * 33}, "51000"),
        ({"tag": "a" * 17}, "51000"),
        ({"tag": "é"}, "51000"),
        ({"sz": "100"}, "51008"),
        ({"side": "sell", "px": "78300", "sz": "11"}, "51008"),
        ({"instId": "ETH-USDT", "px": "2000", "sz": "0.0009"}, "51020"),
        ({"instId": "ETH-USDT", "px": "2000", "sz": "0.00105"}, "51121"),
        ({"instId": "ETH-USDT", "px": "2000.001", "sz": "1"}, "51000"),
        ({"attachAlgoOrds": [{"slTriggerPx": "1"}]}, "50062"),
        ({"slTriggerPx": "60000", "slOrdPx": "-1"}, "50062"),
        ({"pxUsd": "1"}, "50062"),
        ({"expTime": "1"}, "50036"),
        ({"expTime": "soon"}, "51000"),
    ],
)
def test_w10_each_bad_order_has_its_code_and_changes_nothing(alice: Hand, changed: dict[str, Any], code: str) -> None:
    before = alice.balances()
    answer = alice.post("/trade/order", ORDER | {"clOrdId": "bad"} | changed)
    assert (answer.status, answer.code, answer.row["sCode"]) == (200, "1", code)
    assert answer.row["ordId"] == ""
    assert answer.row["sMsg"]
    assert alice.balances() == before
    assert alice.get("/trade/orders-pending").data == []


def test_w10_a_client_id_is_free_again_once_its_order_is_gone(alice: Hand) -> None:
    first = alice.placed(clOrdId="twice")
    assert alice.place(clOrdId="twice")["sCode"] == "51016"
    assert alice.cancel(first)["sCode"] == "0"
    second = alice.placed(clOrdId="twice")
    assert alice.get("/trade/order?instId=BTC-USDT&clOrdId=twice").row["ordId"] == second  # the newest of them


def test_w10_a_client_id_is_looked_for_on_the_instrument_that_is_asked(alice: Hand) -> None:
    first = alice.placed(clOrdId="both")
    assert alice.cancel(first)["sCode"] == "0"
    alice.placed(instId="ETH-USDT", px="1000", clOrdId="both")
    assert alice.get("/trade/order?instId=BTC-USDT&clOrdId=both").row["ordId"] == first


def test_w10_an_order_that_came_after_its_exptime_is_not_taken(alice: Hand) -> None:
    # Each has a body of its own: a signature works once, and all may be signed within a millisecond.
    bodies = [json.dumps(ORDER | {"clOrdId": name}) for name in ("late", "unread", "intime")]
    late = alice.send("POST", "/trade/order", bodies[0], changed={"expTime": "1000"})
    assert late.row["sCode"] == "50036"
    unread = alice.send("POST", "/trade/order", bodies[1], changed={"expTime": "tomorrow"})
    assert unread.row["sCode"] == "51000"  # never an order without the protection that was asked for
    in_time = alice.send("POST", "/trade/order", bodies[2], changed={"expTime": "9999999999999"})
    assert in_time.row["sCode"] == "0"


def test_w10_an_order_that_came_in_time_and_was_read_too_late_is_not_taken(running: Running, alice: Hand) -> None:
    """The head of the request comes before its expTime, the end of its body after it."""
    for path, name, fields in (
        ("/trade/order", "slow", ORDER),
        ("/trade/amend-order", "live", {"instId": "BTC-USDT", "newPx": "69000"}),
    ):
        if name == "live":
            order = alice.placed(clOrdId=name)
        until_ms = int(running.public("/public/time").row["ts"]) + 2_000
        body = json.dumps(fields | {"clOrdId": name, "expTime": str(until_ms)})
        headers = alice.sign("POST", path, body) | {"content-length": str(len(body))}

        def slowly(body: str = body, until_ms: int = until_ms) -> Iterator[bytes]:
            yield body[:10].encode()
            while int(running.public("/public/time").row["ts"]) <= until_ms:
                time.sleep(0.05)
            yield body[10:].encode()

        answer = checked(alice.http.request("POST", API + path, content=slowly(), headers=headers))
        assert (answer.code, answer.row["sCode"]) == ("1", "50037")
    assert [row["px"] for row in alice.get("/trade/orders-pending").data] == ["70000"]
    assert alice.order(order)["state"] == "live"
