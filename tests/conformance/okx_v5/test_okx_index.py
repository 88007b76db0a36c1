"""Index prices, and the figures that are told in another currency. W-32 of docs/reference/okx-v5.md."""

from collections.abc import Iterator

import httpx
import pytest
from conformance.okx_v5.wire import ETH, LISTED, Running, ms, nanoseconds, prepare
from integration.serving import Server

from commonbook.exchange import Exchange
from commonbook.records import CommandKind, Records, as_commands, commands
from commonbook.settings import Settings
from commonbook.simulator.demo_market import USDT

# The index price of ETH in USDT: when it was set, and to what.
PRICES = (
    ("2025-03-04T00:00:00", "2000"),
    ("2025-03-04T00:00:20", "2010.5"),
    ("2025-03-04T00:00:40", "1990"),
    ("2025-03-04T00:02:00", "2005"),
    ("2025-03-04T16:00:00", "2100"),  # a new day at UTC+8
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange of its own, whose index of ETH has a past."""
    data_dir = tmp_path_factory.mktemp("okx") / "data"
    prepare(data_dir, long_ago=True)
    with Exchange.open(data_dir, Settings()) as exchange:
        exchange.submit(_prices(), timed=True)
    with Server(data_dir) as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        found = Running(server, http)
        yield found
        found.close()


def _prices() -> Records:
    prices = commands(CommandKind.PRICE, len(PRICES))
    prices["asset"], prices["quote_asset"] = ETH, USDT
    for record, (when, price) in zip(prices, PRICES, strict=True):
        record["time_ns"], record["price_e8"] = nanoseconds(when), int(float(price) * 10**8)
    return as_commands(prices)


def candles(running: Running, query: str, path: str = "index-candles") -> list[list[str]]:
    return running.public(f"/market/{path}?instId=ETH-USDT&{query}").data


@pytest.mark.parametrize("path", ["index-candles", "history-index-candles"])
def test_w32_an_index_candle_is_six_strings(running: Running, path: str) -> None:
    rows = candles(running, f"bar=1m&after={ms('2025-03-04T01:00:00')}", path)
    assert rows == [
        [ms("2025-03-04T00:02:00"), "2005", "2005", "2005", "2005", "1"],
        [ms("2025-03-04T00:00:00"), "2000", "2010.5", "1990", "1990", "1"],
    ]


def test_w32_index_candles_are_bounded_and_longer_ones_begin_as_those_of_trades(running: Running) -> None:
    zero, two = ms("2025-03-04T00:00:00"), ms("2025-03-04T00:02:00")
    assert [row[0] for row in candles(running, f"before={zero}&after={int(two) + 1}")] == [two]
    assert [row[0] for row in candles(running, "limit=1")] == [ms("2025-03-04T16:00:00")]
    assert [row[0] for row in candles(running, "bar=1D")] == [ms("2025-03-04T16:00:00"), ms("2025-03-03T16:00:00")]
    assert candles(running, "bar=1Dutc") == [[ms("2025-03-04T00:00:00"), "2000", "2100", "1990", "2100", "1"]]
    for wrong in ("bar=7m", "limit=101", "after=x"):
        assert running.public(f"/market/index-candles?instId=ETH-USDT&{wrong}").told() == (400, "51000")


def test_w32_an_index_that_was_never_set_is_not_there(running: Running) -> None:
    for path in ("index-candles", "index-tickers"):
        assert running.public(f"/market/{path}?instId=BTC-USD").told() == (200, "51001")
    assert running.public("/market/index-candles").told() == (400, "50014")
    assert running.public("/market/index-tickers").told() == (400, "50015")
    assert running.public("/market/index-tickers?quoteCcy=EUR").data == []


def test_w32_an_index_price_is_in_force_until_the_next_so_its_day_begins_with_it(running: Running) -> None:
    row = running.public("/market/index-tickers?instId=ETH-USDT").row
    figures = ("idxPx", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8")
    assert [row[name] for name in figures] == ["2100"] * 6  # set long ago and never since
    assert row["ts"] == ms("2025-03-04T16:00:00")
    both = running.public("/market/index-tickers?quoteCcy=USDT").data
    assert [row["instId"] for row in both] == ["BTC-USDT", "ETH-USDT"]
    assert both[0]["idxPx"] == "78300"
    assert int(both[0]["ts"]) == nanoseconds(LISTED) // 10**6


def test_w32_the_volume_of_the_platform_is_counted_in_usdt_and_a_rate_that_is_not_known_is_left_out(
    running: Running,
) -> None:
    maker, taker = running.hand("aurora"), running.hand("borealis")
    maker.placed(instId="ETH-USDT", side="sell", px="2100", sz="0.5")
    taker.placed(instId="ETH-USDT", side="buy", px="2100", sz="0.5")
    taker.get("/trade/fills")  # an own read waits until history holds the trade
    row = running.public("/market/platform-24-volume").row
    assert (row["volUsd"], row["volCny"]) == ("1050", "")
    assert running.public("/market/exchange-rate").data == []


def test_w32_the_light_book_has_25_levels(running: Running) -> None:
    book = running.public("/market/books-lite?instId=BTC-USDT").row
    assert len(book["asks"]) == len(book["bids"]) == 25
