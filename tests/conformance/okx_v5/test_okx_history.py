"""Orders, fills and bills of the past, in pages. W-15 to W-17 of docs/reference/okx-v5.md."""

import time
from typing import Any

import pytest
from conformance.okx_v5.wire import ORDER, Answer, Hand, Running, names

LISTS = ("/trade/orders-pending", "/trade/orders-history?instType=SPOT", "/trade/fills", "/account/bills")


def ids(answer: Answer, name: str = "ordId") -> list[str]:
    assert answer.code == "0", answer.text
    return [row[name] for row in answer.data]


def rested(hand: Hand, count: int, **changed: Any) -> list[str]:
    return [row["ordId"] for row in hand.post("/trade/batch-orders", [ORDER | changed] * count).data]


def test_w15_a_list_is_newest_first_and_paged_by_id_on_either_side(alice: Hand) -> None:
    a, b, c, d, e = rested(alice, 5)
    path = "/trade/orders-pending?instType=SPOT"
    assert ids(alice.get(path)) == [e, d, c, b, a]
    assert ids(alice.get(f"{path}&limit=2")) == [e, d]
    assert ids(alice.get(f"{path}&limit=2&after={d}")) == [c, b]  # older than d
    assert ids(alice.get(f"{path}&before={c}")) == [e, d]  # newer than c
    assert ids(alice.get(f"{path}&after={e}&before={a}")) == [d, c, b]
    assert ids(alice.get(f"{path}&after={a}")) == []


def test_w15_a_page_has_a_hundred_rows_unless_fewer_are_asked_for(alice: Hand) -> None:
    for _ in range(6):
        rested(alice, 20, sz="0.0001")
    assert len(alice.get("/trade/orders-pending").data) == 100
    oldest = ids(alice.get("/trade/orders-pending"))[-1]
    assert len(alice.get(f"/trade/orders-pending?after={oldest}").data) == 20


def test_w15_begin_and_end_are_milliseconds_and_inclusive(alice: Hand) -> None:
    first = alice.placed()
    created = int(alice.order(first)["cTime"])
    path = "/trade/orders-pending"
    for window, inside in (
        (f"begin={created}", True),
        (f"begin={created + 1}", False),
        (f"end={created}", True),
        (f"end={created - 1}", False),
        (f"begin={created}&end={created}", True),
    ):
        assert ids(alice.get(f"{path}?{window}")) == ([first] if inside else []), window


@pytest.mark.parametrize("path", ["/trade/orders-history", "/trade/orders-history-archive"])
def test_w16_order_history_is_filtered_by_state_type_and_instrument(alice: Hand, bob: Hand, path: str) -> None:
    filled = alice.placed(side="sell", px="78300", sz="0.1")
    bob.placed(px="78300", sz="0.1")
    canceled, refused_post = alice.placed(), alice.placed(ordType="post_only", px="78302")
    alice.cancel(canceled)
    live = alice.placed()

    def told(query: str) -> list[str]:
        return ids(alice.get(f"{path}?instType=SPOT{query}"))

    assert told("") == [refused_post, canceled, filled]
    assert told("&state=filled") == [filled]
    assert told("&state=canceled") == [refused_post, canceled]
    assert told("&state=live") == []
    assert told("&ordType=limit") == [canceled, filled]
    assert told("&ordType=post_only,fok") == [refused_post]
    assert told("&ordType=optimal_limit_ioc") == []
    assert told("&instId=BTC-USDT&limit=1") == [refused_post]
    assert told("&instId=ETH-USDT") == []
    assert told("&category=twap") == []
    assert ids(alice.get(f"{path}?instType=SWAP")) == []
    assert alice.get(path).told() == (400, "50014")
    assert ids(alice.get("/trade/orders-pending")) == [live]
    assert ids(alice.get("/trade/orders-pending?state=partially_filled")) == []
    assert ids(alice.get("/trade/orders-pending?instType=FUTURES")) == []


FILL_KEYS = names(
    "instType instId tradeId ordId clOrdId billId subType tag brokerCode fillPx fillSz fillIdxPx fillPnl fillPxVol"
    " fillPxUsd fillMarkVol fillFwdPx fillMarkPx side posSide execType feeCcy fee feeRate ts fillTime tradeQuoteCcy"
)
BILL_KEYS = names(
    "billId instType instId ccy mgnMode type subType balChg bal posBalChg posBal sz px fee pnl interest ordId clOrdId"
    " tag tradeId execType from to notes fillTime fillIdxPx ts"
)


def test_w17_a_fill_tells_its_side_of_the_trade(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", px="78300", sz="0.3", clOrdId="maker1", tag="TAG1")
    taking = bob.placed(px="78300", sz="0.1", clOrdId="taker1")
    mine, his = alice.get("/trade/fills").row, bob.get("/trade/fills").row
    shared = {"instType": "SPOT", "instId": "BTC-USDT", "fillPx": "78300", "fillSz": "0.1", "feeCcy": "USDT"}
    for fill in (mine, his):
        assert set(fill) == FILL_KEYS
        assert (shared | {"tradeId": his["tradeId"], "ts": his["ts"], "fillTime": his["ts"]}).items() <= fill.items()
    # 7830 x 8 basis points = 6.264 to the maker, 10 to the taker; charged, so below zero.
    own = {"ordId": resting, "clOrdId": "maker1", "tag": "TAG1", "side": "sell", "execType": "M", "fee": "-6.264"}
    assert (own | {"subType": "2"}).items() <= mine.items()
    own = {"ordId": taking, "clOrdId": "taker1", "tag": "", "side": "buy", "execType": "T", "fee": "-7.83"}
    assert (own | {"subType": "1"}).items() <= his.items()
    alice.cancel(resting)


def test_w17_fills_are_filtered_and_paged_by_bill_id(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", px="78300", sz="0.3")
    for _ in range(3):
        bob.placed(px="78300", sz="0.1")
    newest, middle, oldest = ids(alice.get("/trade/fills"), "billId")
    assert int(newest) > int(middle) > int(oldest)
    path = "/trade/fills-history?instType=SPOT"
    assert ids(alice.get(f"{path}&after={newest}&limit=1"), "billId") == [middle]
    assert ids(alice.get(f"{path}&before={oldest}"), "billId") == [newest, middle]
    assert len(alice.get(f"{path}&ordId={resting}").data) == 3
    assert alice.get(f"{path}&ordId={int(resting) + 1}").data == []
    assert alice.get(f"{path}&instId=ETH-USDT").data == []
    assert len(alice.get(f"{path}&subType=2").data) == 3
    assert alice.get(f"{path}&subType=1").data == []
    moment = alice.get("/trade/fills").data[0]["ts"]
    assert moment in [row["ts"] for row in alice.get(f"/trade/fills?begin={moment}&end={moment}").data]
    assert alice.get(f"/trade/fills?begin={int(moment) + 1}").data == []
    assert alice.get("/trade/fills?instType=SWAP").data == []
    assert alice.get("/trade/fills-history").told() == (400, "50014")


def test_w17_bills_add_up_to_the_balance(alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", px="78300", sz="0.1", tag="TAG1", clOrdId="sold")
    bob.placed(px="78300", sz="0.1")
    quote, base, *deposits = alice.get("/account/bills").data
    assert {frozenset(bill) for bill in (quote, base, *deposits)} == {frozenset(BILL_KEYS)}
    # Sold 0.1 for 7830, less the maker's 6.264.
    told = {"ccy": "USDT", "type": "2", "subType": "2", "balChg": "7823.736", "bal": "1007823.736", "fee": "-6.264"}
    told |= {"px": "78300", "sz": "0.1", "execType": "M", "clOrdId": "sold", "tag": "TAG1", "instId": "BTC-USDT"}
    assert told.items() <= quote.items()
    assert {"ccy": "BTC", "balChg": "-0.1", "bal": "9.9", "fee": "0", "type": "2"}.items() <= base.items()
    assert [row["ccy"] for row in deposits] == ["ETH", "USDT", "BTC"]
    told = {"type": "1", "subType": "11", "balChg": "10", "bal": "10", "instType": "", "ordId": "", "px": "", "tag": ""}
    assert told.items() <= deposits[-1].items()


def test_w17_bills_are_filtered_and_paged(alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", px="78300", sz="0.1")
    bob.placed(px="78300", sz="0.1")

    def told(query: str) -> list[tuple[str, str]]:
        return [(row["ccy"], row["type"]) for row in alice.get(f"/account/bills{query}").data]

    assert told("?type=2") == told("?subType=2") == told("?instId=BTC-USDT") == [("USDT", "2"), ("BTC", "2")]
    assert told("?type=1&subType=11&ccy=BTC") == [("BTC", "1")]
    assert told("?ccy=DOGE") == told("?type=8") == told("?subType=1") == told("?instType=SWAP") == []
    assert told("?mgnMode=cross") == told("?instId=ETH-USDT") == []
    bills = [row["billId"] for row in alice.get("/account/bills").data]
    assert [row["billId"] for row in alice.get(f"/account/bills-archive?after={bills[0]}&limit=2").data] == bills[1:3]
    assert [row["billId"] for row in alice.get(f"/account/bills?before={bills[2]}").data] == bills[:2]


@pytest.mark.parametrize("path", LISTS)
def test_w17_an_account_without_a_past_has_empty_lists(alice: Hand, path: str) -> None:
    found = alice.get(path).data
    assert [row["type"] for row in found] == (["1"] * 3 if path == "/account/bills" else [])


DAY_NS = 86_400 * 10**9


def test_w16_orders_reach_back_seven_days_or_three_months_from_what_last_happened(
    running: Running, alice: Hand
) -> None:
    order = alice.placed()
    alice.cancel(order)
    week, months = (f"/trade/orders-history{name}?instType=SPOT" for name in ("", "-archive"))
    for days, in_week, in_months in (
        (0, True, True),
        (6, True, True),
        (8, False, True),
        (91, False, True),
        (93, False, False),
    ):
        alice.get(week)  # an own read waits until history holds the cancel, so that nothing overwrites what is set here
        ended = time.time_ns() - days * DAY_NS
        running.change("update orders set updated_ns = :ended where order_id = :order", ended=ended, order=int(order))
        assert (ids(alice.get(week)) == [order], ids(alice.get(months)) == [order]) == (in_week, in_months), days
    running.change(
        "update orders set created_ns = 1, updated_ns = :now where order_id = :order",
        now=time.time_ns(),
        order=int(order),
    )
    assert ids(alice.get(week)) == [order]  # placed long ago, ended now


def test_w17_fills_reach_back_three_days_or_three_months(running: Running, alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", px="78300", sz="0.1")
    order = bob.placed(px="78300", sz="0.1")
    three_days, months = "/trade/fills", "/trade/fills-history?instType=SPOT"
    for days, in_days, in_months in (
        (0, True, True),
        (2, True, True),
        (4, False, True),
        (91, False, True),
        (93, False, False),
    ):
        bob.get(three_days)
        then = time.time_ns() - days * DAY_NS
        running.change("update fills set time_ns = :then where order_id = :order", then=then, order=int(order))
        assert (len(bob.get(three_days).data), len(bob.get(months).data)) == (int(in_days), int(in_months)), days
    assert bob.get(f"{three_days}?begin=0").data == []  # an earlier begin reaches no further back


@pytest.mark.parametrize("path", ["/trade/orders-pending?", "/account/bills?", "/trade/fills?"])
def test_w4_a_list_may_be_filtered_by_the_instruments_code(alice: Hand, bob: Hand, path: str) -> None:
    resting = alice.placed(px="70000")
    alice.placed(side="sell", px="78300", sz="0.1")
    bob.placed(px="78300", sz="0.1")
    assert len(alice.get(f"{path}instIdCode=1").data) == len(alice.get(f"{path}instId=BTC-USDT").data) > 0
    assert alice.get(f"{path}instIdCode=2").data == []
    assert alice.get(f"{path}instIdCode=99").told() == (200, "51001")
    alice.cancel(resting)


@pytest.mark.parametrize(
    "path",
    [
        "/trade/orders-pending?instType=SWAP",
        "/trade/orders-history?instType=SPOT&category=twap",
        "/trade/orders-history-archive?instType=SPOT&state=mmp_canceled",
        "/trade/fills?instType=SWAP",
        "/trade/fills-history?instType=OPTION",
        "/account/bills?mgnMode=cross",
        "/asset/bills?ccy=NOT-HERE",
    ],
)
def test_w5_a_limit_out_of_bounds_is_refused_also_where_another_filter_finds_nothing(alice: Hand, path: str) -> None:
    assert (alice.get(path).told(), alice.get(path).data) == ((200, "0"), [])
    answer = alice.get(f"{path}&limit=101")
    assert answer.told() == (400, "51000")
    assert "limit" in answer.envelope["msg"]
