"""nautilus_trader, as it is published, against a running server: its addresses handed over. W-36 of okx-v5.md.

Its OKX clients are compiled and read strictly: a key that is missing, told twice or of another type is a failed answer.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.wire import FIRST_VIP, PAST, Hand, Running, started

pytestmark = pytest.mark.client
BTC, ETH = "BTC-USDT.OKX", "ETH-USDT.OKX"
MINE = {"account_id": "OKX-001", "instrument_type": "SPOT"}
STRATEGY = {"trader_id": "TRADER-001", "strategy_id": "MAKER-001", "instrument_id": BTC}
LIMIT = STRATEGY | {"td_mode": "CASH", "order_side": "BUY", "order_type": "LIMIT", "quantity": "0.01", "price": "70000"}
Opened = Callable[[Hand], "Nautilus"]


class Nautilus:
    """Its clients of one key; each call by name, with named arguments."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, called: str, **arguments: Any) -> Any:
        return self._client.call(called, arguments)

    def seen(self, url: str, kind: str, count: int = 1) -> Any:
        """The newest of so many messages of a kind."""
        return self(f"{url}.seen", kind=kind, count=count)[count - 1]

    def told(self, url: str, kind: str, **values: Any) -> Any:
        """The first message of a kind that says so; what else comes is up to its client."""
        count = 1
        while not values.items() <= (message := self.seen(url, kind, count)).items():
            count += 1
        return message


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: books are compared while nobody else trades."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture
def opened(running: Running) -> Iterator[Opened]:
    python = python_of("nautilus")
    with ExitStack() as stack:

        def start(hand: Hand) -> Nautilus:
            key = hand.key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            addresses = {name: running.server.ready[name] for name in ("rest", "ws")}
            config = addresses | {"credentials": credentials, "login": hand.account >= FIRST_VIP}
            client = stack.enter_context(Client(python, "nautilus_session.py", config))
            found = Nautilus(client)
            found("http.request_instruments", instrument_type="SPOT")
            return found

        yield start


@pytest.fixture
def nautilus(opened: Opened, alice: Hand) -> Nautilus:
    return opened(alice)


# -- REST -------------------------------------------------------------------------------------------------------------


def test_w36_instruments_time_and_prices_are_read(nautilus: Nautilus, running: Running) -> None:
    btc, eth = nautilus("http.request_instruments", instrument_type="SPOT")
    assert (btc["id"], eth["id"]) == (BTC, ETH)
    assert (eth["price_increment"], eth["size_increment"], eth["min_quantity"]) == ("0.01", "0.0001", "0.001")
    assert (eth["maker_fee"], eth["taker_fee"]) == ("-0.0008", "-0.001")  # the account's rates, OKX's signs
    assert nautilus("http.request_instruments", instrument_type="SWAP") == []
    assert abs(nautilus("http.http_get_server_time") - int(running.public("/public/time").row["ts"])) < 10_000
    assert nautilus("http.request_index_price", instrument_id=BTC)["value"] == "78300"


def test_w36_trades_and_bars_are_read(nautilus: Nautilus) -> None:
    trades = nautilus("http.request_trades", instrument_id=ETH, limit=3)
    assert [(float(trade["price"]), float(trade["size"])) for trade in trades] == [
        (float(price), float(size)) for _, price, size in reversed(PAST[-3:])
    ]
    bars = nautilus("http.request_bars", bar_type="ETH-USDT.OKX-1-MINUTE-LAST-EXTERNAL", limit=2)
    assert [bar["close"] for bar in bars] == ["2200.00", "2300.00"]
    days = nautilus("http.request_bars", bar_type="ETH-USDT.OKX-1-DAY-LAST-EXTERNAL", limit=9)
    assert [day["high"] for day in days] == ["2100.00", "2300.00"]  # days of UTC+8


def test_w36_balances_are_read_with_every_key(nautilus: Nautilus, alice: Hand) -> None:
    alice.placed(side="sell", px="80000", sz="0.25")
    assert len(nautilus("http.http_get_balance")) == 3
    account = nautilus("http.request_account_state", account_id="OKX-001")
    told = {row["currency"]: (row["total"], row["locked"], row["free"]) for row in account["balances"]}
    assert told["BTC"] == ("10.00000000", "0.25000000", "9.75000000")
    assert told["USDT"][0] == "1000000.00000000"


def test_w36_orders_and_fills_are_reported(nautilus: Nautilus, alice: Hand, bob: Hand) -> None:
    filled = alice.placed(side="sell", px="78301", sz="0.2", clOrdId="sold")
    bob.placed(px="78301", sz="0.2", ordType="ioc")
    live, gone = alice.placed(clOrdId="live"), alice.placed()
    alice.cancel(gone)
    reports = {row["venue_order_id"]: row for row in nautilus("http.request_order_status_reports", **MINE)}
    told = {order: reports[order]["order_status"] for order in (filled, live, gone)}
    assert told == {filled: "FILLED", live: "ACCEPTED", gone: "CANCELED"}
    assert (reports[filled]["avg_px"], reports[filled]["client_order_id"]) == (78301.0, "sold")
    [open_one] = nautilus("http.request_order_status_reports", **MINE, instrument_id=BTC, open_only=True)
    assert open_one["venue_order_id"] == live
    [fill] = nautilus("http.request_fill_reports", **MINE, instrument_id=BTC)
    assert (fill["venue_order_id"], fill["last_px"], fill["last_qty"]) == (filled, "78301", "0.20000000")
    assert (fill["commission"], fill["liquidity_side"]) == ("12.52816000 USDT", "MAKER")  # 0.2 * 78301 * 0.0008


def test_w36_what_a_spot_account_has_not_is_empty_or_refused(nautilus: Nautilus) -> None:
    assert nautilus("http.request_position_status_reports", **MINE) == []
    nautilus("http.set_position_mode", position_mode="NET_MODE")
    with pytest.raises(ClientFailed, match="51010"):
        nautilus("http.set_position_mode", position_mode="LONG_SHORT_MODE")
    assert nautilus("http.request_algo_order_status_reports", **MINE) == []  # at a path that only nautilus asks
    named = {"account_id": "OKX-001", "instrument_id": BTC, "client_order_id": "stop"}
    assert nautilus("http.request_algo_order_status_report", **named) is None
    stop = STRATEGY | {"td_mode": "CASH", "client_order_id": "stop", "order_side": "SELL", "quantity": "0.01"}
    with pytest.raises(ClientFailed, match="50062"):
        nautilus("http.place_algo_order", **stop, order_type="STOP_MARKET", trigger_price="60000")
    with pytest.raises(ClientFailed, match="OKX error 1"):
        nautilus("http.cancel_algo_order", instrument_id=BTC, algo_id="1")
    with pytest.raises(ClientFailed, match="51000"):
        nautilus("http.request_mark_price", instrument_id=BTC)  # of contracts alone


# -- WebSocket --------------------------------------------------------------------------------------------------------


def test_w36_quotes_books_and_trades_are_heard(nautilus: Nautilus, alice: Hand, bob: Hand) -> None:
    nautilus("public.open")
    nautilus("public.subscribe_instruments", instrument_type="SPOT")
    for subscribe in (
        *(
            "public.subscribe_quotes",
            "public.subscribe_book",
            "public.subscribe_book_depth5",
            "public.subscribe_ticker",
        ),
        *("public.subscribe_index_prices", "public.subscribe_mark_prices", "public.subscribe_funding_rates"),
    ):
        nautilus(subscribe, instrument_id=BTC)
    nautilus("public.subscribe_trades", instrument_id=BTC, aggregated=False)
    quote = nautilus.seen("public", "QuoteTick")
    assert (quote["bid_price"], quote["ask_price"]) == ("78298", "78302")
    snapshot = nautilus.seen("public", "OrderBookDeltas")["deltas"]
    five = nautilus.seen("public", "OrderBookDepth10")
    assert [float(level["price"]) for level in five["bids"][:5]] == [78298, 78296, 78294, 78292, 78290]
    assert nautilus.seen("public", "IndexPriceUpdate")["value"] == "78300"
    alice.placed(side="sell", px="78301", sz="0.1")
    bob.placed(px="78301", sz="0.1", ordType="ioc")
    trade = nautilus.seen("public", "TradeTick")
    assert (trade["price"], trade["size"], trade["aggressor_side"]) == ("78301", "0.10000000", "BUYER")
    bid = alice.placed(px="78299", sz="0.3")
    change = nautilus.seen("public", "OrderBookDeltas", 2)["deltas"][-1]
    assert (change["order"]["price"], change["order"]["size"]) == ("78299", "0.30000000")
    assert change["sequence"] > snapshot[-1]["sequence"]
    alice.cancel(bid)


def test_w36_what_is_unsubscribed_is_heard_no_more(opened: Opened, running: Running, alice: Hand) -> None:
    vip = opened(running.vip())
    for url in ("public", "private", "business"):
        vip(f"{url}.open")
    vip("private.subscribe_orders", instrument_type="SPOT")
    vip("private.unsubscribe_orders", instrument_type="SPOT")
    vip("private.subscribe_fills", instrument_type="SPOT")
    vip("private.unsubscribe_fills", instrument_type="SPOT")
    vip("private.subscribe_account")
    vip("private.unsubscribe_account")
    vip("business.subscribe_orders_algo", instrument_type="SPOT")
    vip("business.unsubscribe_orders_algo", instrument_type="SPOT")
    vip("business.subscribe_bars", bar_type="BTC-USDT.OKX-1-MINUTE-LAST-EXTERNAL")
    vip("business.unsubscribe_bars", bar_type="BTC-USDT.OKX-1-MINUTE-LAST-EXTERNAL")
    for subscribe, unsubscribe in (
        ("public.subscribe_quotes", "public.unsubscribe_quotes"),
        ("public.subscribe_ticker", "public.unsubscribe_ticker"),
        ("public.subscribe_book", "public.unsubscribe_book"),
        ("public.subscribe_book_depth5", "public.unsubscribe_book_depth5"),
        ("public.subscribe_book50_l2_tbt", "public.unsubscribe_book50_l2_tbt"),
        ("public.subscribe_book_l2_tbt", "public.unsubscribe_book_l2_tbt"),
        ("public.subscribe_index_prices", "public.unsubscribe_index_prices"),
        ("public.subscribe_mark_prices", "public.unsubscribe_mark_prices"),
        ("public.subscribe_funding_rates", "public.unsubscribe_funding_rates"),
    ):
        vip(subscribe, instrument_id=BTC)
        vip(unsubscribe, instrument_id=BTC)
    vip("public.subscribe_trades", instrument_id=BTC, aggregated=False)
    vip("public.unsubscribe_trades", instrument_id=BTC, aggregated=False)
    vip("public.subscribe_instrument", instrument_id=BTC)
    for side, price in (("buy", "1000"), ("sell", "5000")):  # its client cannot read a best price that is not there
        alice.placed(instId="ETH-USDT", side=side, px=price, sz="0.1")
    before = len(vip("public.all"))
    vip("public.subscribe_quotes", instrument_id=ETH)
    vip.told("public", "QuoteTick", instrument_id=ETH)
    alice.cancel(alice.placed(px="78299", sz="0.3"))
    alice.placed(instId="ETH-USDT", px="1001", sz="0.1")
    vip.told("public", "QuoteTick", instrument_id=ETH, bid_price="1001.00")  # and of BTC nothing came before it
    assert [kind for kind in vip("public.all")[before:] if "BTC" in kind] == []


def test_w36_bars_are_heard(nautilus: Nautilus) -> None:
    nautilus("business.open")
    nautilus("business.subscribe_orders_algo", instrument_type="SPOT")
    nautilus("business.subscribe_bars", bar_type="ETH-USDT.OKX-1-MINUTE-LAST-EXTERNAL")
    assert nautilus.seen("business", "Bar")["close"] == "2300.00"


def test_w36_books_of_customers_with_a_level(opened: Opened, running: Running) -> None:
    vip = opened(running.vip())
    vip("public.open")
    vip("public.set_vip_level", vip_level="VIP4")
    vip("public.subscribe_book_with_depth", instrument_id=BTC, depth=50)  # books50-l2-tbt, as the level allows
    bids = [one for one in vip.seen("public", "OrderBookDeltas")["deltas"] if one["order"]["side"] == "BUY"]
    assert len(bids) == 50


def test_w36_orders_are_placed_changed_filled_and_canceled(
    nautilus: Nautilus, running: Running, alice: Hand, bob: Hand
) -> None:
    nautilus("private.open")
    nautilus("private.subscribe_orders", instrument_type="SPOT")
    nautilus("private.subscribe_fills", instrument_type="SPOT")
    nautilus("private.subscribe_account")
    free = nautilus.seen("private", "AccountState")["balances"]
    assert {row["currency"]: row["free"] for row in free}["BTC"] == "10.00000000"
    nautilus("private.submit_order", **LIMIT, client_order_id="N1")
    live = nautilus.seen("private", "OrderStatusReport")
    assert (live["client_order_id"], live["order_status"], live["price"]) == ("N1", "ACCEPTED", "70000")
    nautilus("private.modify_order", **STRATEGY, client_order_id="N1", price="78301", quantity="0.02")
    running.wait(lambda: alice.order(live["venue_order_id"])["px"] == "78301", 60)  # its client may pass over it
    bob.placed(side="sell", px="78301", sz="0.005", ordType="ioc")
    fill = nautilus.seen("private", "FillReport")
    assert (fill["last_px"], fill["last_qty"], fill["liquidity_side"]) == ("78301", "0.00500000", "MAKER")
    assert fill["commission"] == "0.31320400 USDT"  # 0.005 * 78301 * 0.0008
    nautilus("private.cancel_order", **STRATEGY, client_order_id="N1")
    assert nautilus.told("private", "OrderStatusReport", order_status="CANCELED")["filled_qty"] == "0.00500000"


def test_w36_orders_come_and_go_by_the_batch(nautilus: Nautilus, running: Running, alice: Hand) -> None:
    nautilus("private.open")
    nautilus("private.subscribe_orders", instrument_type="SPOT")
    one: dict[str, Any] = {"instrument_type": "SPOT", "instrument_id": BTC, "td_mode": "CASH"}
    rest: dict[str, Any] = {
        "order_side": "BUY",
        "order_type": "LIMIT",
        "quantity": "0.01",
        "position_side": None,
        "price": "70000",
    }
    rest |= {"trigger_price": None, "post_only": True, "reduce_only": None}
    orders = [one | {"client_order_id": name} | rest for name in ("B1", "B2")]
    nautilus("private.batch_submit_orders", orders=orders)
    for name in ("B1", "B2"):
        assert nautilus.told("private", "OrderStatusReport", client_order_id=name)["post_only"] is True
    change = {"type_name": "Spot", "instrument_id": BTC, "client_order_id": "B1", "new_client_order_id": "B1"}
    nautilus("private.batch_modify_orders", orders=[change | {"price": "69000", "quantity": "0.02"}])
    running.wait(lambda: {row["sz"] for row in alice.get("/trade/orders-pending").data} == {"0.02", "0.01"}, 60)
    both = [{"instrument_id": BTC, "client_order_id": name, "venue_order_id": None} for name in ("B1", "B2")]
    nautilus("private.batch_cancel_orders", cancels=both)
    for name in ("B1", "B2"):
        nautilus.told("private", "OrderStatusReport", client_order_id=name, order_status="CANCELED")
    assert alice.get("/trade/orders-pending").data == []


def test_w36_a_market_order_is_sized_in_base(nautilus: Nautilus) -> None:
    nautilus("private.open")
    nautilus("private.subscribe_orders", instrument_type="SPOT")
    market = STRATEGY | {"td_mode": "CASH", "order_side": "BUY", "order_type": "MARKET", "quantity": "0.01"}
    nautilus("private.submit_order", **market, client_order_id="M1", quote_quantity=False)  # as its adapter does
    assert nautilus.seen("private", "FillReport")["last_qty"] == "0.01000000"


def test_w36_refusals_are_told_as_such(nautilus: Nautilus) -> None:
    nautilus("private.open")
    nautilus("private.subscribe_orders", instrument_type="SPOT")
    nautilus("private.submit_order", **LIMIT | {"quantity": "1000"}, client_order_id="R1")
    assert "Insufficient" in nautilus.seen("private", "OrderRejected")["reason"]
    nautilus("private.cancel_order", **STRATEGY, client_order_id="R2")
    assert "does not exist" in nautilus.seen("private", "OrderCancelRejected")["reason"]
    nautilus("private.modify_order", **STRATEGY, client_order_id="R2", price="70001")
    assert "does not exist" in nautilus.seen("private", "OrderModifyRejected")["reason"]
    nautilus("private.mass_cancel_orders", instrument_id=BTC)  # OKX has it for options
    assert nautilus.seen("private", "OKXWebSocketError")
