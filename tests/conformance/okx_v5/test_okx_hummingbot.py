"""The requests of hummingbot's OKX connector, in the shape in which it makes them. W-38 of docs/reference/okx-v5.md.

hummingbot 20260922 itself is not run: its package is source that has to be compiled, and asks for a Python newer than
3.11. So each request is made here as its connector makes it (its parameters in its order, a form's Content-Type on GET,
bodies with spaces after colons, only these four headers), and of each answer what it reads is read as it reads it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Hand, Running, started

PAIR = "BTC-USDT"
STATES = {"live", "filled", "partially_filled", "canceled"}  # all that it knows; another one is an error
ORDER_ID = "93027a12dac34fBC" + "0123456789abcdef"  # its prefix, and 32 characters in all


@dataclass
class Hummingbot:
    http: httpx.Client
    key: dict[str, str]

    def public(self, path: str, **params: str) -> Any:
        return self._send("GET", path, params, None, {})

    def get(self, path: str, **params: str) -> Any:
        target = f"{path}?{urlencode(params)}" if params else path
        return self._send("GET", path, params, None, self._headers("GET", target, ""))

    def post(self, path: str, data: dict[str, str]) -> Any:
        body = json.dumps(data)
        return self._send("POST", path, {}, body, self._headers("POST", path, body))

    def _headers(self, method: str, target: str, body: str) -> dict[str, str]:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "OK-ACCESS-KEY": self.key["api_key"],
            "OK-ACCESS-SIGN": self.signed(stamp + method + target + body),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self.key["api_passphrase"],
        }

    def signed(self, message: str) -> str:
        secret = self.key["api_secret"].encode()
        return base64.b64encode(hmac.new(secret, message.encode(), hashlib.sha256).digest()).decode()

    def _send(self, method: str, path: str, params: dict[str, str], body: str | None, headers: dict[str, str]) -> Any:
        kind = "application/json" if method == "POST" else "application/x-www-form-urlencoded"
        response = self.http.request(
            method, path, params=params or None, content=body, headers={"Content-Type": kind} | headers
        )
        assert response.status_code == 200, response.text  # any other is an IOError to it
        return response.json()


def order(client_id: str, side: str, kind: str, size: str, price: str = "") -> dict[str, str]:
    """The body of its order, in its order of keys; LIMIT_MAKER is `post_only`."""
    found = {"clOrdId": client_id, "tdMode": "cash", "ordType": kind, "side": side, "instId": PAIR, "sz": size}
    return found | ({"px": price} if kind != "market" else {"tgtCcy": "base_ccy"})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture
def bot(running: Running, alice: Hand) -> Hummingbot:
    return Hummingbot(running.http, alice.key)


def test_w38_time_rules_prices_and_the_book_are_read(bot: Hummingbot) -> None:
    assert float(bot.public("/api/v5/public/time")["data"][0]["ts"]) > 0
    rows = bot.public("/api/v5/public/instruments", instType="SPOT")["data"]
    pairs = {row["instId"]: row for row in rows if row["instType"] == "SPOT" and row["baseCcy"] and row["quoteCcy"]}
    assert set(pairs) == {PAIR, "ETH-USDT"}
    assert [Decimal(pairs["ETH-USDT"][name]) for name in ("minSz", "tickSz", "lotSz")] == [
        Decimal("0.001"),
        Decimal("0.01"),
        Decimal("0.0001"),
    ]
    book = bot.public("/api/v5/market/books", instId=PAIR, sz="400")["data"][0]
    assert int(book["ts"]) > 0
    assert [(level[0], level[1]) for level in (book["bids"][0], book["asks"][0])] == [
        ("78298", "0.25"),
        ("78302", "0.25"),
    ]
    assert float(bot.public("/api/v5/market/ticker", instId="ETH-USDT")["data"][0]["last"]) == 2300
    last = {row["instId"]: row["last"] for row in bot.public("/api/v5/market/tickers", instType="SPOT")["data"]}
    assert last["ETH-USDT"] == "2300"


def test_w38_a_balance_is_read_by_what_is_available_and_frozen(bot: Hummingbot, alice: Hand) -> None:
    alice.placed(side="sell", px="80000", sz="0.25")
    told = {}
    for row in bot.get("/api/v5/account/balance")["data"][0]["details"]:
        if row["eq"] and row["availEq"]:  # of an account with margin
            told[row["ccy"]] = (Decimal(row["eq"]), Decimal(row["availEq"]))
        else:
            told[row["ccy"]] = (Decimal(row["availBal"]) + Decimal(row["frozenBal"]), Decimal(row["availBal"]))
    assert told["BTC"] == (Decimal(10), Decimal("9.75"))


def test_w38_an_order_lives_and_is_canceled_by_its_own_id(bot: Hummingbot) -> None:
    ack = bot.post("/api/v5/trade/order", order(ORDER_ID, "buy", "limit", "0.01", "70000"))["data"][0]
    assert ack["sCode"] == "0"
    row = bot.get("/api/v5/trade/order", instId=PAIR, clOrdId=ORDER_ID)["data"][0]
    assert (row["state"], row["ordId"]) == ("live", ack["ordId"])
    assert int(row["uTime"]) > 0
    for code in ("0", "51400"):  # the second time it is gone, which it takes for done
        data = bot.post("/api/v5/trade/cancel-order", {"clOrdId": ORDER_ID, "instId": PAIR})["data"][0]
        assert data["sCode"] == code
    assert bot.get("/api/v5/trade/order", instId=PAIR, clOrdId=ORDER_ID)["data"][0]["state"] == "canceled"


def test_w38_a_maker_order_that_would_cross_ends_at_once(bot: Hummingbot) -> None:
    ack = bot.post("/api/v5/trade/order", order(ORDER_ID, "buy", "post_only", "0.01", "78302"))["data"][0]
    assert ack["sCode"] == "0"
    assert bot.get("/api/v5/trade/order", instId=PAIR, clOrdId=ORDER_ID)["data"][0]["state"] == "canceled"


def test_w38_a_market_order_is_filled_and_its_fills_are_asked_for(bot: Hummingbot) -> None:
    ack = bot.post("/api/v5/trade/order", order(ORDER_ID, "buy", "market", "0.01"))["data"][0]
    [fill] = bot.get("/api/v5/trade/fills", instType="SPOT", instId=PAIR, ordId=ack["ordId"])["data"]
    assert (fill["ordId"], fill["tradeId"] != "", fill["feeCcy"]) == (ack["ordId"], True, "USDT")
    assert Decimal(fill["fillSz"]) * Decimal(fill["fillPx"]) * Decimal("0.001") == -Decimal(fill["fee"])
    assert int(fill["ts"]) > 0


def test_w38_a_refused_order_has_a_row_that_says_why(bot: Hummingbot) -> None:
    row = bot.post("/api/v5/trade/order", order(ORDER_ID, "buy", "limit", "1000", "70000"))["data"][0]
    assert (row["sCode"], row["sMsg"]) == ("51008", "Order failed. Insufficient available balance.")


def test_w38_a_wrong_signature_is_told_as_it_looks_for_it(bot: Hummingbot) -> None:
    """It searches the raw text of an answer, to set its clock anew."""
    headers = bot._headers("GET", "/api/v5/account/balance", "") | {"OK-ACCESS-SIGN": "x" * 44}
    assert '"code":"50113"' in bot.http.get("/api/v5/account/balance", headers=headers).text


def test_w38_books_and_trades_are_heard(bot: Hummingbot, running: Running, alice: Hand, bob: Hand) -> None:
    with SocketHand(running) as hand:
        for channel in ("trades", "books"):
            assert hand.subscribe(channel, instId=PAIR)["event"] == "subscribe"
        snapshot = hand.push("books")
        assert snapshot["action"] == "snapshot"
        alice.placed(side="sell", px="78301", sz="0.2")
        bob.placed(px="78301", sz="0.1", ordType="ioc")
        trade = hand.push("trades")["data"][0]
        assert (trade["side"], trade["sz"], trade["px"], trade["instId"]) == ("buy", "0.1", "78301", PAIR)
        news = [*hand.messages[hand.messages.index(snapshot) + 1 :], hand.push("books")]
        changes = [one for one in news if one.get("arg", {}).get("channel") == "books"]
        assert {one["action"] for one in changes} == {"update"}
        assert all(int(row["ts"]) > 0 for one in [snapshot, *changes] for row in one["data"])
        hand.send("ping")  # what it sends when nothing has come for a while
        while hand.receive_text() != "pong":
            pass


def test_w38_own_orders_fills_and_balances_are_heard(bot: Hummingbot, running: Running, bob: Hand) -> None:
    with SocketHand(running, "private") as hand:
        stamp = bot.public("/api/v5/public/time")["data"][0]["ts"][:-3]
        sign = bot.signed(stamp + "GET" + "/users/self/verify")
        login = {"apiKey": bot.key["api_key"], "passphrase": bot.key["api_passphrase"]}
        hand.send({"op": "login", "args": [login | {"timestamp": stamp, "sign": sign}]})
        assert hand.receive()["event"] == "login"  # it reads this one message, and no other
        assert hand.subscribe("account")["event"] == "subscribe"
        hand.push("account")
        assert hand.subscribe("orders", instType="SPOT")["event"] == "subscribe"
        bot.post("/api/v5/trade/order", order(ORDER_ID, "sell", "limit", "0.02", "78300"))
        bob.placed(px="78300", sz="0.005", ordType="ioc")
        bot.post("/api/v5/trade/cancel-order", {"clOrdId": ORDER_ID, "instId": PAIR})
        rows = [hand.push("orders")["data"][0] for _ in range(3)]
        assert [row["state"] for row in rows] == ["live", "partially_filled", "canceled"]
        assert {row["clOrdId"] for row in rows} == {ORDER_ID}
        assert [bool(row["tradeId"]) for row in rows] == [False, True, False]  # else it would count a fill twice
        assert {row["state"] for row in rows} <= STATES
        fill = rows[1]
        assert (fill["fillSz"], fill["fillPx"], fill["fillFeeCcy"]) == ("0.005", "78300", "USDT")
        assert -Decimal(fill["fillFee"]) == Decimal("0.005") * 78300 * Decimal("0.0008")
        assert all(int(row["uTime"]) > 0 for row in rows)
