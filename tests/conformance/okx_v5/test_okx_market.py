"""What everybody may see: instruments, tickers, books, trades, candles. W-20 to W-23 of docs/reference/okx-v5.md."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.okx_v5.wire import LISTED, Hand, Running, ms, names, started

INSTRUMENT_KEYS = names(
    "instType instId instIdCode uly instFamily baseCcy quoteCcy settleCcy ctVal ctMult ctValCcy optType stk"
    " listTime expTime lever tickSz lotSz minSz ctType state ruleType maxLmtSz maxMktSz maxLmtAmt maxMktAmt"
    " maxTwapSz maxIcebergSz maxTriggerSz maxStopSz contTdSwTime category groupId"
)
TICKER_KEYS = names(
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h vol24h volCcy24h sodUtc0 sodUtc8 ts"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own: what is said of ETH-USDT is true while nobody else trades it."""
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


def test_w20_an_instrument_has_every_key_that_strict_clients_need(running: Running) -> None:
    rows = running.public("/public/instruments?instType=SPOT").data
    assert [row["instId"] for row in rows] == ["BTC-USDT", "ETH-USDT"]
    for row in rows:
        assert set(row) >= INSTRUMENT_KEYS
        assert int(row["maxMktSz"]) > 0  # a client that finds it empty stops
    assert [row["instIdCode"] for row in rows] == [1, 2]
    eth = running.public("/public/instruments?instType=SPOT&instId=ETH-USDT").row
    told = {"baseCcy": "ETH", "quoteCcy": "USDT", "tickSz": "0.01", "lotSz": "0.0001", "minSz": "0.001"}
    assert (told | {"state": "live", "listTime": ms(LISTED), "instFamily": ""}).items() <= eth.items()


def test_w20_time_and_status_are_those_of_a_server_that_is_well(running: Running) -> None:
    assert abs(int(running.public("/public/time").row["ts"]) - time.time_ns() // 10**6) < 5_000
    assert running.public("/system/status").data == []


def test_w21_a_ticker_of_an_empty_book_has_empty_prices(running: Running) -> None:
    rows = running.public("/market/tickers?instType=SPOT").data
    assert [row["instId"] for row in rows] == ["BTC-USDT", "ETH-USDT"]
    for row in rows:
        assert set(row) == TICKER_KEYS
    eth = running.public("/market/ticker?instId=ETH-USDT").row
    assert {eth[name] for name in ("askPx", "askSz", "bidPx", "bidSz", "open24h", "high24h", "low24h")} == {""}
    # The last trade is told however long ago it was; the figures of 24 hours are not made up.
    assert (eth["last"], eth["lastSz"], eth["vol24h"], eth["volCcy24h"]) == ("2300", "1", "0", "0")


def test_w21_a_ticker_tells_the_best_prices_and_the_day(running: Running, alice: Hand, bob: Hand) -> None:
    before = running.public("/market/ticker?instId=BTC-USDT").row
    alice.placed(side="sell", px="78300", sz="0.1")
    bob.placed(px="78300", sz="0.1")
    resting = alice.placed(px="78299", sz="0.5")
    bob.get("/trade/fills")  # an own read waits until history holds the trade
    ticker = running.public("/market/ticker?instId=BTC-USDT").row
    assert (ticker["bidPx"], ticker["bidSz"], ticker["last"], ticker["lastSz"]) == ("78299", "0.5", "78300", "0.1")
    assert float(ticker["vol24h"]) - float(before["vol24h"]) == pytest.approx(0.1)
    assert float(ticker["volCcy24h"]) - float(before["volCcy24h"]) == pytest.approx(7830)
    alice.cancel(resting)


def test_w22_book_levels_are_four_strings_best_first(running: Running) -> None:
    book = running.public("/market/books?instId=BTC-USDT&sz=5").row
    for side, step in (("asks", 2), ("bids", -2)):
        prices = [int(level[0]) for level in book[side]]
        assert prices == [prices[0] + step * place for place in range(5)]
        for price, size, nothing, orders in book[side]:
            assert float(price) > 0 < float(size)
            assert (nothing, int(orders) >= 1) == ("0", True)
    assert isinstance(book["seqId"], int)
    assert int(book["asks"][0][0]) > int(book["bids"][0][0])


def test_w22_a_book_has_one_level_unless_more_are_asked_for(running: Running) -> None:
    assert len(running.public("/market/books?instId=BTC-USDT").row["bids"]) == 1
    asks = running.public("/market/books?instId=BTC-USDT&sz=50").row["asks"]
    assert len(asks) == 50  # the house stands on so many prices
    assert running.public("/market/books?instId=BTC-USDT&sz=400").row["asks"][:50] == asks
    empty = running.public("/market/books?instId=ETH-USDT&sz=400").row
    assert (empty["asks"], empty["bids"]) == ([], [])


def test_w22_the_full_book_has_three_strings_a_level(running: Running) -> None:
    book = running.public("/market/books-full?instId=BTC-USDT&sz=5000").row
    assert set(book) == {"asks", "bids", "ts"}
    assert {len(level) for side in ("asks", "bids") for level in book[side]} == {3}


def test_w22_a_level_counts_its_orders(running: Running, alice: Hand, bob: Hand) -> None:
    for hand, size in ((alice, "0.1"), (bob, "0.25")):
        hand.placed(px="60001", sz=size)
    levels = running.public("/market/books?instId=BTC-USDT&sz=400").row["bids"]
    assert ["60001", "0.35", "0", "2"] in levels


# -- the price band: 10 % around the demo's reference price of 78,300 ----------------------------------------------


def test_w29_the_price_limit_of_a_pair_with_a_band_and_of_one_without(running: Running) -> None:
    row = running.public("/public/price-limit?instId=BTC-USDT").row
    assert (row["instType"], row["instId"], row["enabled"]) == ("SPOT", "BTC-USDT", True)
    assert (row["buyLmt"], row["sellLmt"]) == ("86130", "70470")
    without = running.public("/public/price-limit?instId=ETH-USDT").row
    assert (without["buyLmt"], without["sellLmt"], without["enabled"]) == ("", "", False)


def test_w29_orders_and_amendments_outside_the_band_are_refused_by_its_codes(alice: Hand) -> None:
    assert alice.place(px="86131", ordType="ioc")["sCode"] == "51137"
    assert alice.place(side="sell", px="70469", ordType="ioc")["sCode"] == "51138"
    assert alice.place(px="70000", sz="1500")["sCode"] == "51005"
    order = alice.placed(px="70000")
    amended = alice.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": order, "newPx": "86131"}).row
    assert amended["sCode"] == "51137"
    assert alice.order(order)["px"] == "70000"
    alice.cancel(order)


# -- trades: PAST of wire.py --------------------------------------------------------------------------------------


def ids(rows: list[Any]) -> list[str]:
    return [row["tradeId"] for row in rows]


def test_w23_trades_are_newest_first_with_the_takers_side(running: Running) -> None:
    rows = running.public("/market/trades?instId=ETH-USDT").data
    assert ids(rows) == ["7", "6", "5", "4", "3", "2", "1"]
    oldest = {"instId": "ETH-USDT", "px": "2000", "sz": "1", "side": "buy", "ts": ms("2025-03-03T00:00:10")}
    assert oldest.items() <= rows[-1].items()
    assert ids(running.public("/market/trades?instId=ETH-USDT&limit=2").data) == ["7", "6"]


def test_w23_old_trades_are_paged_by_id_or_by_time(running: Running) -> None:
    path = "/market/history-trades?instId=ETH-USDT"
    assert ids(running.public(f"{path}&after=5&limit=2").data) == ["4", "3"]
    assert ids(running.public(f"{path}&before=5").data) == ["7", "6"]
    half_past = ms("2025-03-03T00:01:30")
    assert ids(running.public(f"{path}&type=2&after={half_past}").data) == ["2", "1"]
    assert ids(running.public(f"{path}&type=2&before={half_past}&after={ms('2025-03-03T16:00:00')}").data) == ["5", "4"]


# -- candles ------------------------------------------------------------------------------------------------------


def candles(running: Running, query: str, path: str = "/market/candles") -> list[list[str]]:
    rows = running.public(f"{path}?instId=ETH-USDT&{query}").data
    for row in rows:
        assert len(row) == 9
    return rows


@pytest.mark.parametrize("path", ["/market/candles", "/market/history-candles"])
def test_w23_a_candle_is_nine_strings(running: Running, path: str) -> None:
    rows = candles(running, f"bar=1m&after={ms('2025-03-03T00:10:00')}", path)
    # The first minute: 1 at 2000 and 0.5 at 2010.5, so 1.5 ETH for 2000 + 1005.25 USDT.
    first = ["2000", "2010.5", "2000", "2010.5", "1.5", "3005.25", "3005.25", "1"]
    assert rows[-1] == [ms("2025-03-03T00:00:00"), *first]
    # Nothing was traded in the minute from 00:02, so it is left out.
    assert [row[0] for row in rows] == [ms(f"2025-03-03T00:0{minute}:00") for minute in (3, 1, 0)]


def test_w23_both_bounds_of_a_window_are_exclusive(running: Running) -> None:
    zero, one, three = (ms(f"2025-03-03T00:0{minute}:00") for minute in (0, 1, 3))
    assert [row[0] for row in candles(running, f"before={zero}&after={three}")] == [one]
    assert [row[0] for row in candles(running, f"before={int(zero) - 1}&after={int(three) + 1}")] == [three, one, zero]
    assert [row[0] for row in candles(running, f"after={int(three) + 1}&limit=1")] == [three]


@pytest.mark.parametrize(
    ("bar", "starts"),
    [
        ("3m", ["2025-03-04T00:00:00", "2025-03-03T16:00:00", "2025-03-03T15:57:00", "2025-03-03T00:03:00"]),
        ("1H", ["2025-03-04T00:00:00", "2025-03-03T16:00:00", "2025-03-03T15:00:00", "2025-03-03T00:00:00"]),
        ("12H", ["2025-03-03T16:00:00", "2025-03-03T04:00:00", "2025-03-02T16:00:00"]),  # from midnight at UTC+8
        ("12Hutc", ["2025-03-04T00:00:00", "2025-03-03T12:00:00", "2025-03-03T00:00:00"]),
        ("1D", ["2025-03-03T16:00:00", "2025-03-02T16:00:00"]),
        ("1Dutc", ["2025-03-04T00:00:00", "2025-03-03T00:00:00"]),
        ("1DUTC", ["2025-03-04T00:00:00", "2025-03-03T00:00:00"]),
        ("1Wutc", ["2025-03-03T00:00:00"]),
        ("1M", ["2025-02-28T16:00:00"]),
        ("1Mutc", ["2025-03-01T00:00:00"]),
    ],
)
def test_w23_longer_bars_begin_at_utc8_unless_they_say_utc(running: Running, bar: str, starts: list[str]) -> None:
    found = [row[0] for row in candles(running, f"bar={bar}&limit=4")]
    assert found == [ms(start) for start in starts]


@pytest.mark.parametrize("bar", ["1h", "1d", "7m", "1s", "m", "1Hutc", "1M1", "utc"])
def test_w23_a_bar_that_is_not_there_is_refused(running: Running, bar: str) -> None:
    assert running.public(f"/market/candles?instId=ETH-USDT&bar={bar}").told() == (400, "51000")


def test_w23_the_bar_under_way_is_not_confirmed(running: Running, alice: Hand, bob: Hand) -> None:
    alice.placed(side="sell", px="78300", sz="0.1")
    bob.placed(px="78300", sz="0.1")
    bob.get("/trade/fills")
    newest = running.public("/market/candles?instId=BTC-USDT&bar=1Mutc").data[0]
    assert (newest[4], newest[8]) == ("78300", "0")
