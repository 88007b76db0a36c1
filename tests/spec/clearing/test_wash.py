"""Volume by instrument, its sums, and what of it is none. docs/rules/volume.md, V-4 to V-6."""

from pathlib import Path

import pytest
from spec.clearing.brand_days import DAY, at, hour_of, trade, writing
from spec.small_exchange import (
    BTC_EUR,
    BTC_USDT,
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    TAKER,
    SmallExchange,
    order,
    shown,
)
from sqlalchemy import update

from commonbook.clearing.volume import Volume, books, volume_problems, volumes
from commonbook.clearing.wash import Trades, is_wash
from commonbook.records import Side
from commonbook.storage.schema import brand_hours
from commonbook.storage.tables.clearing import book_instrument_hours, brand_instrument_hours, filtered_days


def _volumes(exchange: SmallExchange, brand: int | None = None) -> dict[tuple[int, int], Volume]:
    with writing(exchange) as connection:
        found = volumes(connection, DAY * 24, (DAY + 1) * 24, brand)
    return {(one.brand, one.instrument): one for one in found}


def test_v4_the_three_measures_are_counted_by_brand_instrument_and_hour(tmp_path: Path) -> None:
    """Side volume, attributed volume, book volume; and the internal ratio."""
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100", 0, 20)
        trade(exchange, "30", 0, 21, maker=HOUSE)  # within south
        trade(exchange, "7", 0, 21, instrument=BTC_EUR)
        found = _volumes(exchange)
        north, south = found[NORTH, BTC_USDT], found[SOUTH, BTC_USDT]
        assert (shown(north.side_volume), shown(south.side_volume)) == ("100", "160")
        assert (shown(north.attributed_volume), shown(south.attributed_volume)) == ("50", "80")
        assert (south.fills, south.internal_fills, south.internal_ratio_e8) == (2, 1, 50_000_000)
        assert (north.fills, north.internal_fills, north.internal_ratio_e8) == (1, 0, 0)
        assert shown(found[NORTH, BTC_EUR].attributed_volume) == shown(found[SOUTH, BTC_EUR].attributed_volume) == "3.5"
        assert set(_volumes(exchange, NORTH)) == {(NORTH, BTC_USDT), (NORTH, BTC_EUR)}
        hours = {(row["brand"], row["hour"] - DAY * 24) for row in exchange.rows(brand_instrument_hours, "hour")}
        assert hours == {(NORTH, 20), (SOUTH, 20), (NORTH, 21), (SOUTH, 21)}


def test_v5_attributed_volumes_sum_to_the_books_by_instrument_and_hour(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for number in range(1, 8):
            trade(exchange, f"0.0000000{number}", 0, 20, maker=HOUSE if number % 3 else MAKER)
        trade(exchange, "0.00000005", 0, 21, instrument=BTC_EUR)
        with writing(exchange) as connection:
            found = volumes(connection, DAY * 24, (DAY + 1) * 24)
            book = books(connection, DAY * 24, (DAY + 1) * 24)
            assert volume_problems(connection, exchange.exchange.venue, DAY) == []
        for instrument, whole in ((BTC_USDT, 28), (BTC_EUR, 5)):
            assert sum(one.attributed_volume for one in found if one.instrument == instrument) == whole
            assert book[instrument] == whole


@pytest.mark.parametrize(
    ("table", "column", "why"),
    [
        (brand_instrument_hours, "attributed_volume", "volume of BTC-USDT: the brands' attributed volumes sum to"),
        (book_instrument_hours, "volume", "volume of BTC-USDT: the brands' attributed volumes sum to"),
        (brand_hours, "attributed_volume", "volume in asset 1: attributed and book differ"),
        (brand_hours, "revenue", "fees and what became of them differ by"),
    ],
)
def test_v5_volumes_that_do_not_sum_are_a_problem_that_stops_the_day(
    tmp_path: Path, table: object, column: str, why: str
) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100")
        with writing(exchange) as connection:
            connection.execute(update(table).values(**{column: 9}))  # type: ignore[arg-type]
            assert any(why in one for one in volume_problems(connection, exchange.exchange.venue, DAY))


def _pair(**changes: int) -> Trades:
    """20 fills of 10 each, half of them each way, nothing left."""
    usual = {"fills": 20, "notional": 200, "one_way_notional": 100, "lots": 200, "one_way_lots": 100}
    return Trades(**(usual | changes))


def test_v6_a_wash_pair_meets_all_four_marks_and_each_is_needed() -> None:
    assert is_wash(_pair(), (1_000, 5_000))  # 20 % of the first's volume
    assert not is_wash(_pair(fills=19), (1_000, 5_000))
    assert not is_wash(_pair(), (1_001, 5_000))
    assert is_wash(_pair(one_way_notional=89), (1_000, 5_000))  # 89 : 111 is 0.802
    assert not is_wash(_pair(one_way_notional=88), (1_000, 5_000))  # 88 : 112 is 0.786
    assert is_wash(_pair(one_way_lots=105), (1_000, 5_000))  # 105 - 95 is 5 % of 200
    assert not is_wash(_pair(one_way_lots=106), (1_000, 5_000))


def _there_and_back(exchange: SmallExchange, times: int, other: int = MAKER, notional: str = "10") -> None:
    for number in range(times):
        seller, buyer = (other, TAKER) if number % 2 else (TAKER, other)
        exchange.send(order(seller, Side.SELL, notional), order(buyer, Side.BUY, notional), hour=hour_of(0, 20))


def test_v6_round_trips_of_two_accounts_are_told_beside_the_volume_of_both_brands(tmp_path: Path) -> None:
    # 20 fills of 10 between a client of north and one of south, who also trades 300 with a third.
    with SmallExchange(tmp_path) as exchange:
        _there_and_back(exchange, 20)
        trade(exchange, "300", maker=HOUSE)
        at(exchange, 1)
        found = _volumes(exchange)
        south, north = found[SOUTH, BTC_USDT], found[NORTH, BTC_USDT]
        assert (shown(south.attributed_volume), shown(south.filtered_volume), south.filtered_fills) == (
            "400",
            "100",
            20,
        )
        assert (shown(north.attributed_volume), shown(north.filtered_volume), north.filtered_fills) == (
            "100",
            "100",
            20,
        )
        assert len(exchange.rows(filtered_days, "brand")) == 2


@pytest.mark.parametrize("times", [18, 19])
def test_v6_fewer_fills_are_no_round_trips(tmp_path: Path, times: int) -> None:
    with SmallExchange(tmp_path) as exchange:
        _there_and_back(exchange, times)
        at(exchange, 1)
        assert exchange.rows(filtered_days, "brand") == []


def test_v6_a_market_maker_whom_a_client_only_buys_from_is_no_wash_pair(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for _ in range(25):
            trade(exchange, "10")
        at(exchange, 1)
        assert exchange.rows(filtered_days, "brand") == []
