"""ccxt, as it is published, against a running server: one URL changed and nothing else. W-27 of okx-v5.md."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.wire import PAST, Hand, Running, ms, started

pytestmark = pytest.mark.client
PAIR, ETH = "BTC/USDT", "ETH/USDT"

Opened = Callable[[Hand], Client]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: what is said of ETH-USDT is true while nobody else trades it."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(scope="module")
def python() -> Path:
    return python_of("ccxt")


@pytest.fixture
def opened(running: Running, python: Path) -> Iterator[Opened]:
    """Opens ccxt with a hand's key."""
    with ExitStack() as stack:

        def start(hand: Hand) -> Client:
            key = hand.key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            config = {"rest": running.server.ready["rest"], "credentials": credentials}
            return stack.enter_context(Client(python, "ccxt_session.py", config))

        yield start


@pytest.fixture
def ccxt(opened: Opened, alice: Hand) -> Client:
    return opened(alice)


def refused(client: Client, method: str, *arguments: Any) -> tuple[str, str]:
    """The class of ccxt's exception and what it tells."""
    with pytest.raises(ClientFailed) as failed:
        client.call(method, *arguments)
    return failed.value.classes[0], failed.value.message


# -- public -----------------------------------------------------------------------------------------------------------


def test_w27_markets_and_currencies_load(ccxt: Client) -> None:
    markets = ccxt.call("load_markets")
    assert set(markets) == {PAIR, ETH}
    eth = markets[ETH]
    assert (eth["spot"], eth["active"], eth["id"], eth["contract"]) == (True, True, "ETH-USDT", False)
    assert (eth["precision"]["price"], eth["precision"]["amount"]) == ("0.01", "0.0001")
    assert eth["limits"]["amount"]["min"] == "0.001"
    assert ccxt.call("fetch_currencies")["USDT"]["deposit"] is False
    assert ccxt.call("fetch_status")["status"] == "ok"
    assert abs(ccxt.call("fetch_time") - ccxt.call("milliseconds")) < 5_000


def test_w27_ticker_book_trades_and_candles_are_read(ccxt: Client) -> None:
    book = ccxt.call("fetch_order_book", PAIR, 5)
    assert len(book["asks"]) == len(book["bids"]) == 5
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(ccxt.call("fetch_order_book", PAIR, 1_000)["asks"]) >= 50  # the full book
    ticker = ccxt.call("fetch_ticker", PAIR)
    assert (float(ticker["bid"]), float(ticker["ask"])) == (book["bids"][0][0], book["asks"][0][0])
    assert set(ccxt.call("fetch_tickers", [PAIR, ETH])) == {PAIR, ETH}
    trades = ccxt.call("fetch_trades", ETH)
    assert [(trade["price"], trade["amount"]) for trade in trades] == [(price, size) for _, price, size in PAST]
    since = int(ms("2025-03-03T00:00:00"))
    candles = ccxt.call("fetch_ohlcv", ETH, "1m", since, 10)
    assert candles[0] == [since, "2000", "2010.5", "2000", "2010.5", "1.5"]
    days = ccxt.call("fetch_ohlcv", ETH, "1d", since, 10)  # ccxt asks for UTC days
    assert [day[0] for day in days] == [since, since + 86_400_000]


# -- orders -----------------------------------------------------------------------------------------------------------


def test_w27_balance_and_fee_are_read_with_ccxts_signs(ccxt: Client) -> None:
    balance = ccxt.call("fetch_balance")
    assert (balance["USDT"]["free"], balance["USDT"]["used"], balance["USDT"]["total"]) == ("1000000", "0", "1000000")
    fee = ccxt.call("fetch_trading_fee", PAIR)
    assert (fee["maker"], fee["taker"]) == ("0.0008", "0.001")  # ccxt tells a cost above zero


def test_w27_a_limit_order_is_placed_changed_and_canceled(ccxt: Client) -> None:
    placed = ccxt.call("create_order", PAIR, "limit", "buy", 0.01, 70000)
    assert len(placed["clientOrderId"]) == 32  # made up by ccxt, with a tag of its own
    order = ccxt.call("fetch_order", placed["id"], PAIR)
    assert (order["status"], order["price"], order["amount"], order["filled"]) == ("open", "70000", "0.01", "0")
    assert [row["id"] for row in ccxt.call("fetch_open_orders", PAIR)] == [placed["id"]]
    edited = ccxt.call("edit_order", placed["id"], PAIR, "limit", "buy", 0.02, 70001)
    assert edited["id"] == placed["id"]
    order = ccxt.call("fetch_order", placed["id"], PAIR)
    assert (order["price"], order["amount"]) == ("70001", "0.02")
    assert ccxt.call("cancel_order", placed["id"], PAIR)["id"] == placed["id"]
    assert ccxt.call("fetch_order", placed["id"], PAIR)["status"] == "canceled"
    assert [row["id"] for row in ccxt.call("fetch_canceled_orders", PAIR)] == [placed["id"]]
    assert ccxt.call("fetch_closed_orders", PAIR) == []


def test_w27_limit_orders_trade_and_both_sides_are_told(ccxt: Client, opened: Opened, bob: Hand) -> None:
    taking = opened(bob)
    maker = ccxt.call("create_order", PAIR, "limit", "sell", 0.1, 78300)
    taker = taking.call("create_order", PAIR, "limit", "buy", 0.1, 78300)
    order = taking.call("fetch_order", taker["id"], PAIR)
    assert (order["status"], order["filled"], order["average"], order["cost"]) == ("closed", "0.1", "78300", "7830")
    assert (order["fee"]["cost"], order["fee"]["currency"]) == ("7.83", "USDT")
    for client, told in ((ccxt, (maker["id"], "maker", "6.264")), (taking, (taker["id"], "taker", "7.83"))):
        [trade] = client.call("fetch_my_trades", PAIR)
        assert (trade["order"], trade["takerOrMaker"], trade["fee"]["cost"]) == told
        assert (trade["price"], trade["amount"], trade["fee"]["currency"]) == ("78300", "0.1", "USDT")
        assert [row["id"] for row in client.call("fetch_order_trades", told[0], PAIR)] == [trade["id"]]
        assert [row["id"] for row in client.call("fetch_closed_orders", PAIR)] == [told[0]]
    entries = taking.call("fetch_ledger", "USDT")
    assert [entry["type"] for entry in entries] == ["transfer", "trade"]


def test_w27_a_market_buy_by_amount_and_by_cost(ccxt: Client, opened: Opened, bob: Hand) -> None:
    taking = opened(bob)
    ccxt.call("create_order", PAIR, "limit", "sell", 0.2, 78300)
    by_amount = taking.call("create_order", PAIR, "market", "buy", 0.1)
    by_cost = taking.call("create_market_buy_order_with_cost", PAIR, 7830)
    for placed in (by_amount, by_cost):
        order = taking.call("fetch_order", placed["id"], PAIR)
        assert (order["status"], order["filled"], order["cost"], order["average"]) == ("closed", "0.1", "7830", "78300")
    assert taking.call("fetch_balance")["BTC"]["total"] == "10.2"


def test_w27_a_market_sell(ccxt: Client, opened: Opened, bob: Hand) -> None:
    taking = opened(bob)
    ccxt.call("create_order", PAIR, "limit", "buy", 0.1, 78300)
    sold = taking.call("create_order", PAIR, "market", "sell", 0.1)
    assert taking.call("fetch_order", sold["id"], PAIR)["cost"] == "7830"
    assert refused(taking, "create_market_sell_order_with_cost", PAIR, 100)[0] == "BadRequest"  # 51000: not here


@pytest.mark.parametrize(
    ("options", "source"), [({"postOnly": True}, "31"), ({"timeInForce": "IOC"}, "14"), ({"timeInForce": "FOK"}, "13")]
)
def test_w27_orders_that_may_end_at_once(ccxt: Client, options: dict[str, Any], source: str) -> None:
    price = 78302 if "postOnly" in options else 78000
    placed = ccxt.call("create_order", PAIR, "limit", "buy", 0.1, price, options)
    order = ccxt.call("fetch_order", placed["id"], PAIR)
    assert (order["status"], order["filled"], order["info"]["cancelSource"]) == ("canceled", "0", source)
    assert order["postOnly"] == ("postOnly" in options)


def test_w27_batches_the_timer_and_several_cancels(ccxt: Client) -> None:
    order = {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.01, "price": 70000}
    rows = ccxt.call("create_orders", [order, {**order, "amount": 1_000}, order])
    assert [row["status"] for row in rows][1] == "rejected"
    ids = [row["id"] for row in rows if row["id"]]
    assert len(ids) == 2
    assert ccxt.call("cancel_all_orders_after", 60_000)["data"][0]["triggerTime"] != "0"
    assert ccxt.call("cancel_all_orders_after", 0)["data"][0]["triggerTime"] == "0"
    assert [row["id"] for row in ccxt.call("cancel_orders", ids, PAIR)] == ids
    assert ccxt.call("fetch_open_orders", PAIR) == []


# -- refusals ---------------------------------------------------------------------------------------------------------

LIMIT = (PAIR, "limit", "buy", 0.01, 70000)


def test_w27_each_refusal_raises_the_class_that_programs_catch(ccxt: Client, opened: Opened, bob: Hand) -> None:
    named, message = refused(ccxt, "create_order", PAIR, "limit", "buy", 1_000, 70000)
    assert (named, "51008" in message) == ("InsufficientFunds", True)
    named, message = refused(ccxt, "create_order", *LIMIT[:4], 70000, {"clOrdId": "not-a-word"})
    assert (named, "51000" in message) == ("BadRequest", True)
    of_bob = opened(bob).call("create_order", *LIMIT)["id"]
    for method, code in (("cancel_order", "51400"), ("fetch_order", "51603")):
        for order in (of_bob, "9000000000000000000"):
            named, message = refused(ccxt, method, order, PAIR)
            assert (named, code in message) == ("OrderNotFound", True)
    named, message = refused(ccxt, "edit_order", of_bob, PAIR, "limit", "buy", 0.02, 70000)
    assert (named, "51503" in message) == ("OrderNotFound", True)
    assert bob.order(of_bob)["state"] == "live"


def test_w27_a_wrong_secret_a_stale_clock_and_a_wrong_key(ccxt: Client, opened: Opened, alice: Hand) -> None:
    ccxt.call("load_markets")
    ccxt.call("change", "options", {"timeDifference": 31_000})
    named, message = refused(ccxt, "fetch_balance")
    assert (named, "50102" in message) == ("InvalidNonce", True)
    for attribute, code in (("secret", "50113"), ("password", "50105"), ("apiKey", "50111")):
        other = opened(alice)
        other.call("change", attribute, "00000000-0000-0000-0000-000000000000")
        named, message = refused(other, "fetch_balance")
        assert (named, code in message) == ("AuthenticationError", True), attribute


def test_w27_a_request_that_is_sent_again_is_refused(ccxt: Client, alice: Hand) -> None:
    ccxt.call("load_markets")
    ccxt.call("freeze_clock")
    again = (*LIMIT, {"clOrdId": "again"})
    assert ccxt.call("create_order", *again)["clientOrderId"] == "again"
    named, message = refused(ccxt, "create_order", *again)  # the same body at the same time: the same signature
    assert (named, "50102" in message) == ("InvalidNonce", True)
    assert len(alice.get("/trade/orders-pending").data) == 1


# -- funding ----------------------------------------------------------------------------------------------------------


def test_w27_funds_move_to_the_funding_account_and_back(ccxt: Client) -> None:
    moved = ccxt.call("transfer", "USDT", 100, "trading", "funding")
    assert (moved["fromAccount"], moved["toAccount"], moved["amount"]) == ("trading", "funding", "100")
    found = ccxt.call("fetch_transfer", moved["id"], "USDT")
    assert (found["id"], found["status"], found["amount"]) == (moved["id"], "ok", "100")
    assert ccxt.call("fetch_balance", {"type": "funding"})["USDT"] == {"free": "100", "used": "0", "total": "100"}
    assert ccxt.call("fetch_balance")["USDT"]["total"] == "999900"
    ccxt.call("transfer", "USDT", 40, "funding", "trading")
    assert [row["amount"] for row in ccxt.call("fetch_ledger", "USDT", None, 2)] == ["-100", "40"]
    assert refused(ccxt, "transfer", "USDT", 61, "funding", "trading")[0] == "InsufficientFunds"
    assert ccxt.call("fetch_deposits") == ccxt.call("fetch_withdrawals") == []
    assert refused(ccxt, "withdraw", "BTC", 1, "bc1q", {"network": "Bitcoin", "fee": "0"})[0] == "AccountSuspended"


def test_w27_what_a_spot_account_has_not_is_empty_or_refused(ccxt: Client) -> None:
    assert ccxt.call("fetch_positions") == []
    assert ccxt.call("fetch_open_orders", PAIR, None, None, {"trigger": True}) == []
    assert refused(ccxt, "set_leverage", 5, PAIR, {"mgnMode": "cross"})[0] == "AccountNotEnabled"
    assert refused(ccxt, "cancel_order", "1", PAIR, {"trigger": True})[0] == "OrderNotFound"
    stop = {"stopLossPrice": 60000}
    assert refused(ccxt, "create_order", PAIR, "limit", "sell", 0.01, 59000, stop)[0] == "ExchangeError"
