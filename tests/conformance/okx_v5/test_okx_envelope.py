"""Paths, methods and bodies. W-1 to W-3 and W-5 of docs/reference/okx-v5.md; every answer of `Hand` proves W-1."""

import json

import pytest
from conformance.okx_v5.wire import API, ORDER, Hand, Running, checked

from commonbook.gateway.okx_v5.app import ROUTES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = sorted({path for _, path in ROUTES})
POSTS = sorted(path for method, path in ROUTES if method == "POST")
BATCHES = (
    *("/trade/batch-orders", "/trade/cancel-batch-orders", "/trade/amend-batch-orders"),
    *("/trade/cancel-algos", "/trade/cancel-advance-algos"),
)


@pytest.mark.parametrize("path", PATHS)
def test_w2_every_path_knows_its_methods_and_refuses_the_others(running: Running, path: str) -> None:
    for method in METHODS:
        answer = checked(running.http.request(method, API + path))
        if (method, path) in ROUTES:
            assert answer.code != "50115"
        else:
            assert answer.told() == (405, "50115")


@pytest.mark.parametrize(("path", "status"), [("/api/v5/public/time", 405), ("/api/v5/nothing", 404), ("/x", 404)])
def test_w2_head_has_the_headers_of_the_envelope_and_no_body(running: Running, path: str, status: int) -> None:
    answer = running.http.head(path)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (status, "application/json", b"")
    assert running.http.get("/api/v5/public/time").status_code == 200  # the connection is in step


@pytest.mark.parametrize(
    "path",
    [
        *("/x", "/api/v5", "/api/v5/", "/api/v5/trade", "/api/v5/trade/order-algo-next", "/api/v4/public/time"),
        *("/v5/public/time", "/api/v5/public/time/", "/api/v5//public/time", "/ws/v5/public", "/api/v5/%00"),
    ],
)
def test_w2_where_there_is_nothing_the_answer_is_an_envelope_too(running: Running, path: str) -> None:
    for method in ("GET", "POST"):
        assert checked(running.http.request(method, path)).told() == (404, "50404")


@pytest.mark.parametrize("path", POSTS)
def test_w3_a_body_must_be_there_and_be_json(alice: Hand, path: str) -> None:
    assert alice.send("POST", path, "").told() == (400, "50000")
    assert alice.send("POST", path, " \n").told() == (400, "50000")
    for broken in ("{", '{"instId":}', "instId=BTC-USDT", '{"sz":NaN}', '{"sz":1}{}', "[" * 100_000):
        assert alice.send("POST", path, broken).told() == (400, "50002"), broken[:20]


@pytest.mark.parametrize("path", POSTS)
def test_w3_a_body_has_the_shape_of_its_path(alice: Hand, path: str) -> None:
    wrong: tuple[object, ...] = ({}, [], [1], "x", 1, None) if path in BATCHES else ([], [ORDER], "x", 1, None)
    for body in wrong:
        assert alice.post(path, body).told() == (400, "51000"), body


def test_w3_a_body_above_the_limit_is_not_read(alice: Hand) -> None:
    assert alice.send("POST", "/trade/order", json.dumps({"x": "y" * 1024 * 1024})).told() == (413, "50413")


def test_w1_order_entry_tells_when_it_came_in_and_went_out_in_microseconds(alice: Hand) -> None:
    envelope = alice.post("/trade/order", ORDER).envelope
    came, went, row_ms = int(envelope["inTime"]), int(envelope["outTime"]), int(envelope["data"][0]["ts"])
    assert came < went
    assert came // 1000 <= row_ms <= went // 1000


@pytest.mark.parametrize("path", ["/public/instruments", "/market/tickers", "/account/instruments"])
def test_w5_an_instrument_type_is_asked_for_and_unlisted_ones_are_empty(alice: Hand, path: str) -> None:
    assert alice.get(path).told() == (400, "50014")
    assert alice.get(f"{path}?instType=").told() == (400, "50014")
    assert alice.get(f"{path}?instType=STOCKS").told() == (400, "51000")
    for unlisted in ("MARGIN", "SWAP", "FUTURES", "OPTION"):
        answer = alice.get(f"{path}?instType={unlisted}&uly=BTC-USD")
        assert answer.told() == (200, "0")
        assert answer.data == []
    assert len(alice.get(f"{path}?instType=SPOT").data) == 2


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/public/price-limit",
            "/market/ticker",
            "/market/books",
            "/market/books-full",
            "/market/trades",
            "/market/history-trades",
        ),
        *("/market/candles", "/market/history-candles", "/account/max-size", "/account/max-avail-size"),
        "/trade/order",
    ],
)
def test_w5_an_instrument_is_asked_for_and_must_be_listed(alice: Hand, path: str) -> None:
    assert alice.get(path).told() == (400, "50014")
    assert alice.get(f"{path}?instId=DOGE-USDT").told() == (200, "51001")
    assert alice.get(f"{path}?instId=btc-usdt").told() == (200, "51001")


@pytest.mark.parametrize("path", ["/public/instruments?instType=SPOT", "/account/instruments?instType=SPOT"])
@pytest.mark.parametrize("more", ["/account/trade-fee?instType=SPOT", "/trade/fills?", "/account/bills?"])
def test_w5_an_instrument_that_is_filtered_by_must_be_listed_as_well(alice: Hand, path: str, more: str) -> None:
    for one in (path, more):
        assert alice.get(f"{one}&instId=DOGE-USDT").told() == (200, "51001")


@pytest.mark.parametrize(
    "target",
    [
        "/market/books?instId=BTC-USDT&sz=0",
        "/market/books?instId=BTC-USDT&sz=401",
        "/market/books-full?instId=BTC-USDT&sz=5001",
        "/market/trades?instId=BTC-USDT&limit=501",
        "/market/history-trades?instId=BTC-USDT&limit=101",
        "/market/history-trades?instId=BTC-USDT&type=3",
        "/market/candles?instId=BTC-USDT&limit=301",
        "/market/candles?instId=BTC-USDT&limit=ten",
        "/market/candles?instId=BTC-USDT&after=-1",
        "/market/candles?instId=BTC-USDT&before=1.5",
        "/account/max-size?instId=BTC-USDT&tdMode=cash&px=abc",
        "/account/max-size?instId=BTC-USDT&tdMode=cash&px=100.5",
        "/account/max-size?instId=BTC-USDT&tdMode=cash&px=-1",
        "/trade/order?instId=BTC-USDT&ordId=abc",
        "/trade/order?instId=BTC-USDT&ordId=99999999999999999999",
        "/trade/order?instId=BTC-USDT&clOrdId=a_b",
        "/trade/fills?limit=0",
        "/trade/fills?limit=101",
        "/trade/fills?after=x",
        "/trade/fills?end=99999999999999999999",
        "/trade/fills?ordId=0",
        "/trade/orders-pending?limit=1e2",
        "/account/bills?begin=now",
        "/account/bills?limit=%ff",
    ],
)
def test_w5_a_value_that_is_not_understood_is_refused_by_name(alice: Hand, target: str) -> None:
    answer = alice.get(target)
    assert answer.told() == (400, "51000")
    name = target.rsplit("&", 1)[-1].rsplit("?", 1)[-1].split("=")[0]
    assert name in answer.envelope["msg"] or "%ff" in target
