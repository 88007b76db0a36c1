"""python-okx and okx, as they are published, against a running server: one URL changed. W-35 of okx-v5.md."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, python_of
from conformance.okx_v5.wire import Hand, Running, started

pytestmark = pytest.mark.client
BTC = {"instId": "BTC-USDT"}
SPOT = {"instType": "SPOT"}
LIMIT = BTC | {"tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
Call = Callable[..., dict[str, Any]]

# What a spot trader reads: python-okx's name, okx's name, arguments.
READS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PublicData.get_instruments", "Public.get_instruments", SPOT),
    ("PublicData.get_system_time", "Public.get_time", {}),
    ("PublicData.get_price_limit", "Public.get_price_limit", BTC),
    ("MarketData.get_tickers", "Market.get_tickers", SPOT),
    ("MarketData.get_ticker", "Market.get_ticker", BTC),
    ("MarketData.get_orderbook", "Market.get_books", BTC | {"sz": "20"}),
    ("MarketData.get_candlesticks", "Market.get_candles", BTC | {"bar": "1H"}),
    ("MarketData.get_history_candlesticks", "Market.get_history_candles", BTC | {"bar": "1Dutc"}),
    ("MarketData.get_trades", "Market.get_trades", BTC),
    ("MarketData.get_history_trades", "Market.get_history_trades", BTC),
    ("Account.get_account_balance", "Account.get_balance", {}),
    ("Account.get_account_config", "Account.get_config", {}),
    ("Account.get_account_bills", "Account.get_bills", {}),
    ("Account.get_account_bills_archive", "Account.get_bills_archive", {}),
    ("Account.get_fee_rates", "Account.get_trade_fee", SPOT),
    ("Account.get_max_order_size", "Account.get_max_size", BTC | {"tdMode": "cash"}),
    ("Account.get_max_avail_size", "Account.get_max_avail_size", BTC | {"tdMode": "cash"}),
    ("Account.get_positions", "Account.get_positions", {}),
    ("Funding.get_currencies", "FundingAccount.get_assert_currencies", {}),
    ("Funding.get_balances", "FundingAccount.get_balances", {}),
    ("Trade.get_order_list", "Trade.get_orders_pending", {}),
    ("Trade.get_orders_history", "Trade.get_orders_history", SPOT),
    ("Trade.get_orders_history_archive", "Trade.get_orders_history_archive", SPOT),
    ("Trade.get_fills", "Trade.get_fills", {}),
    ("Trade.get_fills_history", "Trade.get_fills_history", SPOT),
)
# What a trader does: place, place some, amend, cancel, cancel some, look.
VERBS = {
    "python-okx": {
        "place": "Trade.place_order",
        "batch": "Trade.place_multiple_orders",
        "amend": "Trade.amend_order",
        "amend_batch": "Trade.amend_multiple_orders",
        "cancel": "Trade.cancel_order",
        "cancel_batch": "Trade.cancel_multiple_orders",
        "order": "Trade.get_order",
        "transfer": "Funding.funds_transfer",
    },
    "okx": {
        "place": "Trade.set_order",
        "batch": "Trade.set_batch_orders",
        "amend": "Trade.set_amend_order",
        "amend_batch": "Trade.set_amend_batch_orders",
        "cancel": "Trade.set_cancel_order",
        "cancel_batch": "Trade.set_cancel_batch_orders",
        "order": "Trade.get_order",
        "transfer": "FundingAccount.set_transfer",
    },
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(params=VERBS, scope="module")
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def opened(running: Running, client: str) -> Iterator[Callable[[Hand], Call]]:
    python = python_of(client)
    with ExitStack() as stack:

        def start(hand: Hand) -> Call:
            key = hand.key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            config = {"client": client, "rest": running.server.ready["rest"], "flag": "0", "credentials": credentials}
            made = stack.enter_context(Client(python, "modules_session.py", config))

            def call(verb: str, arguments: Any = None) -> dict[str, Any]:
                found: dict[str, Any] = made.call(VERBS[client].get(verb, verb), arguments if arguments else {})
                return found

            return call

        yield start


@pytest.fixture
def call(opened: Callable[[Hand], Call], alice: Hand) -> Call:
    return opened(alice)


def test_w35_everything_that_a_trader_reads_is_answered(call: Call, client: str) -> None:
    for of_python_okx, of_okx, arguments in READS:
        name = of_python_okx if client == "python-okx" else of_okx
        answer = call(name, arguments)
        assert (name, answer["code"]) == (name, "0")
        assert isinstance(answer["data"], list)


def test_w35_an_order_is_placed_changed_and_canceled(call: Call, alice: Hand) -> None:
    (placed,) = call("place", LIMIT | {"clOrdId": "modules1"})["data"]
    assert placed["sCode"] == "0"
    name = BTC | {"ordId": placed["ordId"]}
    (amended,) = call("amend", name | {"newPx": "69000"})["data"]
    assert amended["sCode"] == "0"
    (found,) = call("order", name)["data"]
    assert (found["px"], found["state"], found["clOrdId"]) == ("69000", "live", "modules1")
    (canceled,) = call("cancel", BTC | {"clOrdId": "modules1"})["data"]
    assert canceled["sCode"] == "0"
    assert alice.order(placed["ordId"])["state"] == "canceled"


def test_w35_orders_come_and_go_by_the_batch(call: Call, alice: Hand) -> None:
    rows = call("batch", [LIMIT, LIMIT | {"px": "70001"}])["data"]
    names = [BTC | {"ordId": row["ordId"]} for row in rows]
    assert [row["sCode"] for row in call("amend_batch", [name | {"newSz": "0.02"} for name in names])["data"]] == [
        "0"
    ] * 2
    assert [row["sCode"] for row in call("cancel_batch", names)["data"]] == ["0"] * 2
    assert alice.get("/trade/orders-pending").data == []


def test_w35_a_market_order_is_filled_and_stands_in_fills(call: Call, alice: Hand) -> None:
    market = BTC | {"tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100"}  # quote, as OKX has it for buys
    (placed,) = call("place", market)["data"]
    (found,) = call("order", BTC | {"ordId": placed["ordId"]})["data"]
    assert (found["state"], found["tgtCcy"]) == ("filled", "quote_ccy")
    fills = call("Trade.get_fills", BTC | {"ordId": placed["ordId"]})["data"]
    assert {fill["ordId"] for fill in fills} == {placed["ordId"]}
    assert all(fill["execType"] == "T" for fill in fills)


def test_w35_refusals_have_their_codes(call: Call) -> None:
    (row,) = call("place", LIMIT | {"sz": "20"})["data"]
    assert row["sCode"] == "51008"
    (row,) = call("cancel", BTC | {"ordId": "999999"})["data"]
    assert row["sCode"] == "51400"
