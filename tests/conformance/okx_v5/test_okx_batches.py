"""Several orders in one request, cancels, amendments and the dead man's switch. W-11 to W-13 of okx-v5.md."""

from typing import Any

from conformance.okx_v5.wire import ORDER, Hand, Running

BATCH = "/trade/batch-orders"


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["sCode"] for row in rows]


def test_w11_a_batch_answers_0_when_all_rows_are_taken_and_keeps_their_order(alice: Hand) -> None:
    answer = alice.post(BATCH, [ORDER | {"clOrdId": f"row{n}", "tag": f"tag{n}"} for n in range(20)])
    assert answer.told() == (200, "0")
    assert [(row["clOrdId"], row["tag"]) for row in answer.data] == [(f"row{n}", f"tag{n}") for n in range(20)]
    ids = [int(row["ordId"]) for row in answer.data]
    assert ids == sorted(ids)  # given in the order of the rows
    assert {"inTime", "outTime"} <= set(answer.envelope)


def test_w11_a_batch_answers_2_when_some_rows_fail_and_each_row_tells(alice: Hand) -> None:
    rows = [{"clOrdId": "a"}, {"side": "up"}, {"clOrdId": "a"}, {"sz": "100"}, {"instId": ""}, {"clOrdId": "b"}]
    answer = alice.post(BATCH, [ORDER | row for row in rows])
    assert answer.told() == (200, "2")
    assert codes(answer.data) == ["0", "51000", "51016", "51008", "50014", "0"]
    assert [row["clOrdId"] for row in answer.data] == ["a", "", "a", "", "", "b"]
    assert len(alice.get("/trade/orders-pending").data) == 2


def test_w11_a_batch_answers_1_when_all_rows_fail(alice: Hand) -> None:
    answer = alice.post(BATCH, [ORDER | {"sz": "100"}, ORDER | {"px": "0"}])
    assert answer.told() == (200, "1")
    assert codes(answer.data) == ["51008", "51000"]


def test_w11_more_rows_than_allowed_are_refused_as_a_whole(alice: Hand) -> None:
    for path in (BATCH, "/trade/cancel-batch-orders", "/trade/amend-batch-orders"):
        assert alice.post(path, [ORDER] * 21).told() == (200, "51111")
    assert alice.get("/trade/orders-pending").data == []


def test_w12_a_cancel_goes_by_order_id_or_client_id_and_the_order_id_wins(alice: Hand) -> None:
    first, second = alice.placed(clOrdId="one"), alice.placed(clOrdId="two")
    answer = alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": first, "clOrdId": "two"})
    assert answer.told() == (200, "0")
    assert answer.row["ordId"] == first
    by_name = alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "two"}).row
    assert (by_name["sCode"], by_name["ordId"], by_name["clOrdId"]) == ("0", second, "two")
    assert {alice.order(one)["cancelSource"] for one in (first, second)} == {"1"}


def test_w12_a_cancel_of_what_is_gone_or_never_was_is_51400(alice: Hand) -> None:
    gone = alice.placed()
    alice.cancel(gone)
    for named in ({"ordId": gone}, {"ordId": "9999999999"}, {"clOrdId": "never"}):
        answer = alice.post("/trade/cancel-order", {"instId": "BTC-USDT"} | named)
        assert (answer.code, answer.row["sCode"]) == ("1", "51400")
    assert alice.post("/trade/cancel-order", {"instId": "BTC-USDT"}).row["sCode"] == "51003"


def test_w12_a_cancel_must_name_the_instrument_of_the_order(alice: Hand) -> None:
    order = alice.placed()
    wrong = alice.post("/trade/cancel-order", {"instId": "ETH-USDT", "ordId": order})
    assert wrong.row["sCode"] == "51400"
    assert alice.order(order)["state"] == "live"
    by_code = {"instId": "", "instIdCode": 1, "ordId": int(order)}
    assert alice.post("/trade/cancel-order", by_code).row["sCode"] == "0"


def test_w12_a_batch_of_cancels_tells_each_row(alice: Hand) -> None:
    order = alice.placed()
    rows = [{"instId": "BTC-USDT", "ordId": one} for one in (order, order, "x")]
    answer = alice.post("/trade/cancel-batch-orders", rows)
    assert answer.code == "2"
    assert codes(answer.data) == ["0", "51400", "51000"]


def test_w13_an_amendment_changes_price_and_total_size(alice: Hand, bob: Hand) -> None:
    order = alice.placed(side="sell", px="78300", sz="0.3", clOrdId="amended")
    bob.placed(px="78300", sz="0.1")
    changed = {"instId": "BTC-USDT", "clOrdId": "amended", "newPx": "78301", "newSz": "0.5", "reqId": "r1"}
    row = alice.post("/trade/amend-order", changed | {"cxlOnFail": False}).row
    assert (row["sCode"], row["ordId"], row["clOrdId"], row["reqId"]) == ("0", order, "amended", "r1")
    told = alice.order(order)
    assert (told["px"], told["sz"], told["accFillSz"], told["state"]) == ("78301", "0.5", "0.1", "partially_filled")
    assert alice.balances()["BTC"] == ("9.5", "0.4")  # 0.1 sold, 0.5 - 0.1 held
    assert alice.cancel(order)["sCode"] == "0"


def test_w13_an_amendment_that_crosses_trades(alice: Hand, bob: Hand) -> None:
    resting = alice.placed(side="sell", px="78300", sz="0.1")
    order = bob.placed(px="78299", sz="0.1")
    assert bob.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": order, "newPx": "78300"}).code == "0"
    assert bob.order(order)["state"] == alice.order(resting)["state"] == "filled"


def test_w13_each_bad_amendment_has_its_code_and_leaves_the_order(alice: Hand, bob: Hand) -> None:
    order = alice.placed(side="sell", px="78300", sz="0.3")
    bob.placed(px="78300", sz="0.1")
    for changed, code in (
        ({}, "51500"),
        ({"newPx": "78300"}, "51500"),  # nothing would change
        ({"newSz": "0.1"}, "51510"),  # that much is filled
        ({"newSz": "20"}, "51502"),
        ({"newPx": "0.5"}, "51000"),
        ({"newSz": "-1"}, "51000"),
        ({"newPx": "78400", "ordId": "9999999999"}, "51503"),
        ({"newPx": "78400", "instId": "ETH-USDT"}, "51503"),
        ({"newPx": "78400", "cxlOnFail": "true"}, "50062"),
        ({"newPx": "78400", "newSlTriggerPx": "1"}, "50062"),
        ({"newPx": "78400", "expTime": "1"}, "50036"),
    ):
        answer = alice.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": order} | changed)
        assert (answer.code, answer.row["sCode"]) == ("1", code), changed
    told = alice.order(order)
    assert (told["px"], told["sz"]) == ("78300", "0.3")
    assert alice.cancel(order)["sCode"] == "0"


def test_w13_a_batch_of_amendments_tells_each_row(alice: Hand) -> None:
    order = alice.placed()
    rows = [{"instId": "BTC-USDT", "ordId": order, "newPx": px} for px in ("70001", "x", "70002")]
    answer = alice.post("/trade/amend-batch-orders", rows)
    assert answer.code == "2"
    assert codes(answer.data) == ["0", "51000", "0"]
    assert alice.order(order)["px"] == "70002"


def test_w14_cancel_all_after_takes_the_orders_when_its_time_has_come(running: Running, alice: Hand, bob: Hand) -> None:
    mine, of_bob = alice.placed(), bob.placed()
    row = alice.post("/trade/cancel-all-after", {"timeOut": 10}).row
    assert int(row["triggerTime"]) - int(row["ts"]) == 10_000
    running.wait(lambda: bool(alice.order(mine)["state"] == "canceled"), 15)
    told = alice.order(mine)
    assert told["cancelSource"] == "20"
    assert 0 <= int(told["uTime"]) - int(row["triggerTime"]) < 3_000
    assert bob.order(of_bob)["state"] == "live"


def test_w14_cancel_all_after_takes_whole_seconds_between_10_and_120_or_0_to_clear(alice: Hand) -> None:
    path = "/trade/cancel-all-after"
    for wrong in ("9", 121, "-1", "1.5", 1.5, "soon", True):
        assert alice.post(path, {"timeOut": wrong}).told() == (400, "51000"), wrong
    assert alice.post(path, {"timeOut": ""}).told() == (400, "50014")
    assert alice.post(path, {"timeOut": "120", "tag": "BROKER_CODE"}).row["tag"] == "BROKER_CODE"
    assert alice.post(path, {"timeOut": 0}).row["triggerTime"] == "0"
