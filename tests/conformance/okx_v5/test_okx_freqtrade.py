"""freqtrade's exchange class, as it is published, against a running server. W-37 of docs/reference/okx-v5.md."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.wire import Hand, Running, ms, started

pytestmark = pytest.mark.client
PAIR, ETH = "BTC/USDT", "ETH/USDT"
LIMIT = {"pair": PAIR, "ordertype": "limit", "side": "buy", "amount": 0.01, "rate": 70000, "leverage": 1.0}
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(scope="module")
def alice(running: Running) -> Hand:
    """One account for all: freqtrade takes seconds to begin."""
    return running.hand("aurora")


@pytest.fixture(scope="module")
def bot(running: Running, alice: Hand) -> Iterator[Call]:
    with ExitStack() as stack:
        key = alice.key
        credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
        config = {name: running.server.ready[name] for name in ("rest", "ws")} | {"credentials": credentials}
        client = stack.enter_context(Client(python_of("freqtrade"), "freqtrade_session.py", config))

        def call(method: str, *arguments: Any, **named: Any) -> Any:
            return client.call(method, named or list(arguments))

        yield call


def test_w37_it_begins_with_the_markets_that_are_listed(bot: Call) -> None:
    assert set(bot("get_markets")) == {PAIR, ETH}
    assert bot("get_pair_quote_currency", PAIR) == "USDT"
    assert bot("get_fee", PAIR) == 0.001
    assert bot("get_min_pair_stake_amount", ETH, 2000, -0.05) == pytest.approx(0.001 * 2000 * 1.05)  # minSz, a reserve


def test_w37_tickers_books_and_balances_are_read(bot: Call, running: Running) -> None:
    ticker = bot("fetch_ticker", PAIR)
    assert (ticker["bid"], ticker["ask"]) == (78298, 78302)
    assert set(bot("get_tickers")) == {PAIR, ETH}
    assert bot("fetch_l2_order_book", PAIR, 20)["asks"][0] == [78302, 0.25]
    assert bot("get_balances")["USDT"] == {"free": 1_000_000, "used": 0, "total": 1_000_000}


def test_w37_candles_are_read_three_hundred_at_a_time(bot: Call) -> None:
    since = int(ms("2025-03-03T00:00:00"))
    rows = bot("candles", ETH, "1m", since)
    assert bot("candle_limit") == 300
    assert rows[0] == [since, 2000.0, 2010.5, 2000.0, 2010.5, 1.5]
    assert rows[2][5] == 0.0  # a minute without a trade; freqtrade fills it in
    traded = [row for row in rows if row[5]]
    assert [row[4] for row in traded] == [2010.5, 1990.25, 2005, 2100, 2200, 2300]


def test_w37_an_order_is_placed_looked_at_and_canceled(bot: Call, alice: Hand) -> None:
    placed = bot("create_order", **LIMIT)
    found = bot("fetch_order", placed["id"], PAIR)
    assert (found["status"], found["price"], found["amount"], found["filled"]) == ("open", 70000, 0.01, 0)
    assert bot("fetch_order_or_stoploss_order", placed["id"], PAIR)["id"] == placed["id"]
    assert bot("cancel_order_with_result", placed["id"], PAIR, 0.01)["status"] == "canceled"
    assert alice.order(placed["id"])["state"] == "canceled"
    assert len(alice.order(placed["id"])["tag"]) == 16  # of freqtrade's own; it earns nobody a commission here
    with pytest.raises(ClientFailed) as failed:
        bot("cancel_order", placed["id"], PAIR)
    assert "InvalidOrderException" in failed.value.classes


def test_w37_an_order_is_filled_and_its_trades_are_told(bot: Call, alice: Hand) -> None:
    placed = bot("create_order", **LIMIT | {"ordertype": "market", "rate": 78302})
    found = bot("fetch_order", placed["id"], PAIR)
    assert (found["status"], found["filled"], found["average"]) == ("closed", 0.01, 78302)
    since = "2020-01-01T00:00:00+00:00"
    trades = bot("trades_for_order", placed["id"], PAIR, since)
    assert [(trade["amount"], trade["fee"]["cost"], trade["fee"]["currency"]) for trade in trades] == [
        (0.01, 0.78302, "USDT")
    ]
    assert placed["id"] in [order["id"] for order in bot("orders_since", PAIR, since)]


def test_w37_a_stop_on_the_exchange_is_refused_and_is_never_thought_to_be_there(bot: Call) -> None:
    stop = {"pair": PAIR, "amount": 0.01, "stop_price": 60000, "side": "sell", "leverage": 1.0}
    with pytest.raises(ClientFailed, match="50062"):
        bot("create_stoploss", **stop, order_types={"stoploss": "market"})
    with pytest.raises(ClientFailed, match="not found"):  # after asking open, closed and canceled ones
        bot("fetch_stoploss_order", "123", PAIR)
    with pytest.raises(ClientFailed, match="51400"):
        bot("cancel_stoploss_order", "123", PAIR)


def test_w37_what_only_contracts_have_is_not_asked_for(bot: Call) -> None:
    assert bot("fetch_positions") == []
    assert bot("get_max_leverage", PAIR, 100.0) == 1.0


def test_w37_what_an_account_cannot_pay_is_an_insufficient_funds_error(bot: Call) -> None:
    with pytest.raises(ClientFailed) as failed:
        bot("create_order", **LIMIT | {"amount": 1_000})
    assert failed.value.classes[0] == "InsufficientFundsError"
