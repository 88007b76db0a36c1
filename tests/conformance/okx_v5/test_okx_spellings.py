"""What clients send instead of what the documentation says, and tags. W-4 and W-24 of docs/reference/okx-v5.md."""

import json
from typing import Any

import pytest
from conformance.okx_v5.wire import ORDER, Hand, Running, names
from spec.accrued import accrued as all_accrued

from commonbook.instrument import store

# One client sends every argument it knows, empty.
EVERYTHING_EMPTY: dict[str, Any] = dict.fromkeys(
    names(
        "ccy clOrdId tag posSide reduceOnly tgtCcy stpMode banAmend pxUsd pxVol pxAmendType tradeQuoteCcy expTime"
        " slTriggerPx slOrdPx tpTriggerPx tpOrdPx quickMgnType slippagePct"
    ),
    "",
)


@pytest.mark.parametrize("nothing", ["", None, [], {}])
def test_w4_empty_null_and_empty_lists_are_absent(alice: Hand, nothing: Any) -> None:
    empty = dict.fromkeys(EVERYTHING_EMPTY, nothing) | {"attachAlgoOrds": nothing, "instIdCode": nothing}
    assert alice.place(**empty)["sCode"] == "0"
    assert alice.place(**(empty | {"sz": nothing}))["sCode"] == "50014"
    market = ORDER | empty | {"ordType": "market", "px": nothing, "sz": "100"}
    assert alice.post("/trade/order", market).row["sCode"] == "0"


def test_w4_a_body_that_is_an_empty_object_is_one(alice: Hand) -> None:
    answer = alice.send("POST", "/trade/order", "{}")  # signed as {} and answered by name, not as a body left out
    assert (answer.code, answer.row["sCode"]) == ("1", "50014")
    assert alice.send("POST", "/trade/cancel-all-after", "{}").told() == (400, "50014")


@pytest.mark.parametrize("false", [False, "false", "False", ""])
def test_w4_booleans_may_be_words(alice: Hand, false: Any) -> None:
    order = alice.placed(reduceOnly=false, banAmend=false)
    amended = {"instId": "BTC-USDT", "ordId": order, "newPx": "70001", "cxlOnFail": false}
    assert alice.post("/trade/amend-order", amended).row["sCode"] == "0"
    assert alice.order(order)["reduceOnly"] == "false"


def test_w4_numbers_may_be_numbers_and_lose_no_digit(alice: Hand) -> None:
    order = alice.placed(px=70000, sz=0.01)
    assert alice.order(order)["sz"] == "0.01"
    body = json.dumps(ORDER).replace('"0.01"', "1e-2").replace('"70000"', "70000.0")
    assert alice.send("POST", "/trade/order", body).row["sCode"] == "0"
    # As a float this number would be 0.1; its own digits are finer than a lot.
    finer = json.dumps(ORDER).replace('"0.01"', "0.100000000000000000001")
    assert alice.send("POST", "/trade/order", finer).row["sCode"] == "51000"
    assert alice.get("/trade/orders-pending?limit=1").told() == (200, "0")
    assert alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": int(order)}).row["sCode"] == "0"


def test_w4_an_instrument_may_be_its_code(alice: Hand) -> None:
    for code in (1, "1"):
        assert alice.place(instId=None, instIdCode=code)["sCode"] == "0"
    assert alice.place(instIdCode=2)["sCode"] == "0"  # the name is preferred when both are there
    assert len(alice.get("/trade/orders-pending?instId=BTC-USDT").data) == 3
    for wrong in ("x", -1, 1.5, 10**30, "\u0661"):
        assert alice.place(instId="", instIdCode=wrong)["sCode"] == "51001", wrong


def test_w4_what_is_not_known_is_passed_over(alice: Hand) -> None:
    assert alice.place(unknown={"deep": [1, 2, None]}, posSide="net")["sCode"] == "0"
    assert alice.get("/account/balance?unknown=1&ccy=BTC").told() == (200, "0")


def test_w4_long_client_ids_and_tags_come_back_everywhere(alice: Hand, bob: Hand) -> None:
    names = {"clOrdId": "e847386590ce4dBC" + "0123456789abcdef", "tag": "e847386590ce4dBC"}
    row = alice.place(side="sell", px="78300", sz="0.1", **names)
    bob.placed(px="78300", sz="0.1")
    for told in (row, alice.order(row["ordId"]), alice.get("/trade/fills").row, alice.get("/account/bills").data[0]):
        assert names.items() <= told.items()
    refused = alice.place(sz="0.00000000001", **names)
    assert refused["sCode"] != "0"
    assert names.items() <= refused.items()  # brokers check their tag this way


# -- tags -------------------------------------------------------------------------------------------------------------


def attribution(running: Running, order_id: str) -> tuple[int, int]:
    row = running.rows("select broker, attribution from orders where order_id = :order", order=int(order_id))[0]
    return row["broker"], row["attribution"]


def accrued(running: Running, order_id: str) -> dict[str, Any]:
    """The one accrual of an order's fills."""
    rows = running.database(lambda connection: all_accrued(connection, store.load(connection)))
    return next(row | row["line"] for row in rows if row["line"]["order"] == order_id)


# name, tag, codes the key is associated with, (effective broker, attribution), reason of the fill
TAGS = [
    ("none", "", {1}, (0, 1), "NO_TAG"),
    ("unknown", "BROKER_CODE", {1}, (0, 2), "UNKNOWN_CODE"),
    ("library", "e847386590ce4dBC", set(), (0, 2), "UNKNOWN_CODE"),
    ("other case", "northstar", {1}, (0, 2), "UNKNOWN_CODE"),
    ("not associated", "NORTHSTAR", set(), (0, 3), "NOT_ASSOCIATED"),
    ("not with this one", "NORTHSTAR", {2}, (0, 3), "NOT_ASSOCIATED"),
    ("inactive", "OLDHARBOUR", {2}, (0, 4), "CODE_INACTIVE"),
    ("earns", "NORTHSTAR", {1, 2}, (1, 0), "EARNED"),
]


@pytest.mark.parametrize(("tag", "codes", "effective", "reason"), [case[1:] for case in TAGS], ids=[c[0] for c in TAGS])
def test_w24_a_tag_is_echoed_refuses_nothing_and_earns_only_as_an_active_code_of_this_key(
    running: Running, alice: Hand, tag: str, codes: set[int], effective: tuple[int, int], reason: str
) -> None:
    taker = running.hand("borealis", brokers=frozenset(codes))
    alice.placed(side="sell", px="78300", sz="0.1")
    row = taker.place(px="78300", sz="0.1", tag=tag)
    assert (row["sCode"], row["tag"]) == ("0", tag)
    assert taker.get("/trade/fills").row["tag"] == tag  # and history has caught up
    assert attribution(running, row["ordId"]) == effective
    fill = accrued(running, row["ordId"])
    assert (fill["broker"], fill["reason"]) == (effective[0], reason)
    # 35 % of the taker's 7.83 for a broker of level 3; the maker's own 6.264 is not part of it.
    assert fill["paid"] == ("274050000" if reason == "EARNED" else "0")


def test_w24_the_broker_guides_own_order_sample(running: Running, alice: Hand) -> None:
    sample = {"instId": "BTC-USDT", "tdMode": "cash", "tag": "BROKER_CODE"}
    for complete in (
        {"side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"},
        {"side": "buy", "type": "limit", "ordType": "limit", "px": "70000", "size": "0.01", "sz": "0.01"},
        {"side": "buy", "ordType": "market", "sz": "100"},
    ):
        row = alice.post("/trade/order", sample | complete).row
        assert (row["sCode"], row["tag"]) == ("0", "BROKER_CODE")
        assert alice.order(row["ordId"])["tag"] == "BROKER_CODE"
        assert attribution(running, row["ordId"]) == (0, 2)  # UNKNOWN_CODE
    fill = accrued(running, row["ordId"])  # the market order's
    assert (fill["broker"], fill["reason"], fill["paid"]) == (0, "UNKNOWN_CODE", "0")
