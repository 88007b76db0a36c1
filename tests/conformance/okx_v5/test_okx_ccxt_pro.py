"""ccxt.pro, as it is published, against a running server: two URLs changed and nothing else. WS-15 of the reference."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.wire import Hand, Running, started

pytestmark = pytest.mark.client
PAIR = "BTC/USDT"
Opened = Callable[[Hand], Client]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: books are compared while nobody else trades."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(scope="module")
def python() -> Path:
    return python_of("ccxt")


@pytest.fixture
def opened(running: Running, python: Path) -> Iterator[Opened]:
    with ExitStack() as stack:

        def start(hand: Hand) -> Client:
            key = hand.key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            config = {name: running.server.ready[name] for name in ("rest", "ws")} | {"credentials": credentials}
            return stack.enter_context(Client(python, "ccxt_pro_session.py", config))

        yield start


@pytest.fixture
def ccxt(opened: Opened, alice: Hand) -> Client:
    found = opened(alice)
    found.call("load_markets")
    return found


def sweep(alice: Hand, bob: Hand) -> None:
    """One buy of bob's takes two orders at a price and one at the next, and leaves nothing."""
    for price, size in (("78300", "0.1"), ("78300", "0.1"), ("78301", "0.05")):
        alice.placed(side="sell", px=price, sz=size)
    bob.placed(px="78301", sz="0.25", ordType="ioc")


@pytest.mark.parametrize("depth", ["books", "books5", "bbo-tbt"])
def test_ws15_a_book_is_watched(ccxt: Client, running: Running, alice: Hand, depth: str) -> None:
    ccxt.call("watch", "book", "watch_order_book", PAIR, None, {"depth": depth})
    ccxt.call("seen", "book", 1)
    order = alice.placed(px="78299", sz="0.3")
    book = ccxt.call("seen", "book", 2)[-1]
    levels = {"books": 400, "books5": 5, "bbo-tbt": 1}[depth]
    found = running.public(f"/market/books?instId=BTC-USDT&sz={levels}").row
    for side in ("bids", "asks"):
        told = [(float(level[0]), float(level[1])) for level in book[side]]
        assert told == [(float(price), float(size)) for price, size, *_ in found[side]]
    alice.cancel(order)


def test_ws15_trades_tickers_and_candles_are_watched(ccxt: Client, alice: Hand, bob: Hand) -> None:
    ccxt.call("watch", "trades", "watch_trades", PAIR)
    ccxt.call("watch", "ticker", "watch_ticker", PAIR)
    ccxt.call("watch", "bidask", "watch_bids_asks", [PAIR])
    ccxt.call("watch", "candles", "watch_ohlcv", PAIR, "1m")
    ccxt.call("seen", "ticker", 1)
    ccxt.call("seen", "bidask", 1)
    sweep(alice, bob)
    trades = ccxt.call("seen", "trades", 1)[0]
    assert [(trade["price"], trade["amount"], trade["side"]) for trade in trades] == [
        (78300.0, 0.2, "buy"),
        (78301.0, 0.05, "buy"),
    ]
    count = 2  # the book changes before the trade
    while ccxt.call("seen", "ticker", count)[-1]["baseVolume"] < 0.25:
        count += 1
    candle = ccxt.call("seen", "candles", 1)[-1][-1]
    assert candle[2] >= 78301.0
    assert candle[5] >= 0.05


def test_ws15_own_orders_trades_and_balance_are_watched(ccxt: Client, alice: Hand, bob: Hand) -> None:
    ccxt.call("watch", "orders", "watch_orders", PAIR)
    ccxt.call("watch", "mine", "watch_my_trades", PAIR)
    ccxt.call("watch", "balance", "watch_balance")
    ccxt.call("seen", "balance", 1)
    alice.placed(instId="ETH-USDT", px="1000", sz="0.1")  # another instrument; its push says that all are subscribed
    placed = ccxt.call("create_order_ws", PAIR, "limit", "buy", 0.02, 78301.0)
    orders = ccxt.call("seen", "orders", 1)
    assert (orders[0][0]["id"], orders[0][0]["status"]) == (placed["id"], "open")
    bob.placed(side="sell", px="78301", sz="0.02", ordType="ioc")
    count = 2
    while (last := ccxt.call("seen", "orders", count)[-1][-1])["status"] == "open":
        count += 1
    assert (last["id"], last["status"], last["filled"]) == (placed["id"], "closed", 0.02)
    trade = ccxt.call("seen", "mine", 1)[0][0]
    assert (trade["order"], trade["price"], trade["amount"], trade["takerOrMaker"]) == (
        placed["id"],
        78301.0,
        0.02,
        "maker",
    )
    assert trade["fee"]["currency"] == "USDT"
    assert ccxt.call("seen", "balance", 2)[-1]["BTC"]["total"] >= 10.0


def test_ws15_orders_are_placed_changed_and_canceled(ccxt: Client, alice: Hand) -> None:
    placed = ccxt.call("create_order_ws", PAIR, "limit", "buy", 0.01, 70000.0, {"clientOrderId": "pro1"})
    changed = ccxt.call("edit_order_ws", placed["id"], PAIR, "limit", "buy", 0.02, 71000.0)
    assert changed["id"] == placed["id"]
    found = alice.order(placed["id"])
    assert (found["px"], found["sz"], found["clOrdId"]) == ("71000", "0.02", "pro1")
    ccxt.call("cancel_order_ws", placed["id"], PAIR)
    assert alice.order(placed["id"])["state"] == "canceled"
    two = [ccxt.call("create_order_ws", PAIR, "limit", "buy", 0.01, 70000.0)["id"] for _ in range(2)]
    ccxt.call("cancel_orders_ws", two, PAIR)
    assert {alice.order(order)["state"] for order in two} == {"canceled"}


def test_ws15_refusals_are_exceptions_of_their_kind(ccxt: Client, opened: Opened, alice: Hand) -> None:
    with pytest.raises(ClientFailed) as failed:
        ccxt.call("create_order_ws", PAIR, "limit", "buy", 1_000.0, 70000.0)
    assert failed.value.classes[0] == "InsufficientFunds"
    with pytest.raises(ClientFailed) as failed:
        ccxt.call("cancel_order_ws", "999999", PAIR)
    assert failed.value.classes[0] == "OrderNotFound"
    wrong = Hand(alice.http, alice.key | {"api_secret": "0" * 32}, alice.account, alice.brand, alice.data_dir)
    stranger = opened(wrong)
    stranger.call("watch", "orders", "watch_orders", PAIR)
    with pytest.raises(ClientFailed) as failed:
        stranger.call("seen", "orders", 1)
    assert "AuthenticationError" in failed.value.classes


def test_ws15_several_pairs_are_watched_at_once(ccxt: Client, running: Running, alice: Hand, bob: Hand) -> None:
    pairs = [PAIR, "ETH/USDT"]
    ccxt.call("watch", "tickers", "watch_tickers", pairs)
    ccxt.call("watch", "books", "watch_order_book_for_symbols", pairs)
    ccxt.call("watch", "trades", "watch_trades_for_symbols", pairs)
    ccxt.call("watch", "bars", "watch_ohlcv_for_symbols", [[pair, "1m"] for pair in pairs])

    def told() -> bool:
        """Of what comes together ccxt tells the newest, so both books are changed, one by one, until both were told."""
        for name, price in (("BTC-USDT", "78299"), ("ETH-USDT", "1000")):
            order = alice.placed(instId=name, px=price, sz="0.3")
            time.sleep(0.2)
            alice.post("/trade/cancel-order", {"instId": name, "ordId": order})
        tickers = {pair for one in ccxt.call("so_far", "tickers") for pair in one}
        books = {book["symbol"] for book in ccxt.call("so_far", "books")}
        return tickers == books == set(pairs)

    running.wait(told, 30)
    sweep(alice, bob)
    assert ccxt.call("seen", "trades", 1)[0][0]["symbol"] == PAIR
    assert set(ccxt.call("seen", "bars", 1)[0]) <= set(pairs)


def test_ws15_what_is_watched_may_be_left(ccxt: Client, alice: Hand, bob: Hand) -> None:
    several = [PAIR, "ETH/USDT"]
    sweep(alice, bob)  # its client cannot leave bars of which none has come
    for name, watch, unwatch, arguments in (
        ("ticker", "watch_ticker", "un_watch_ticker", [PAIR]),
        ("tickers", "watch_tickers", "un_watch_tickers", [several]),
        ("book", "watch_order_book", "un_watch_order_book", [PAIR]),
        ("books", "watch_order_book_for_symbols", "un_watch_order_book_for_symbols", [several]),
        ("trades", "watch_trades", "un_watch_trades", [PAIR]),
        ("many", "watch_trades_for_symbols", "un_watch_trades_for_symbols", [several]),
        ("bars", "watch_ohlcv", "un_watch_ohlcv", [PAIR, "1m"]),
        ("both", "watch_ohlcv_for_symbols", "un_watch_ohlcv_for_symbols", [[[PAIR, "1m"]]]),
    ):
        ccxt.call("watch", name, watch, *arguments)
        if name not in ("trades", "many"):
            ccxt.call("seen", name, 1)
        ccxt.call(unwatch, *arguments)


def test_ws15_the_other_ways_to_place_and_cancel(ccxt: Client, alice: Hand) -> None:
    limit = ccxt.call("create_limit_order_ws", PAIR, "buy", 0.01, 70000.0)
    market = ccxt.call("create_market_order_ws", PAIR, "buy", 0.01)
    assert (alice.order(limit["id"])["state"], alice.order(market["id"])["state"]) == ("live", "filled")
    with pytest.raises(ClientFailed) as failed:
        ccxt.call("cancel_all_orders_ws", PAIR)  # at OKX of options alone
    assert "BadRequest" in failed.value.classes
    ccxt.call("watch", "positions", "watch_positions")
    assert ccxt.call("seen", "positions", 1) == [[]]
