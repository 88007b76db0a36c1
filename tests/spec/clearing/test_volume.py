"""Whose volume a fill is. Rules: docs/rules/volume.md."""

from pathlib import Path

from spec.small_exchange import (
    HOUR,
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    SUBSIDY,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    shown,
    units,
)

from commonbook.clearing.rules import attributed_halves
from commonbook.clearing.service import BookHour, BrandHour, book_volume, brand_totals


def _totals(exchange: SmallExchange, first: int = 0, end: int = 10) -> dict[int, BrandHour]:
    """Per brand the sums over hours from `first` to before `end`, in USDT."""
    with exchange.exchange.back_office.database.connect() as connection:
        totals = brand_totals(connection, HOUR + first, HOUR + end)
    return {brand: total for (brand, asset), total in totals.items() if asset == USDT}


def _book(exchange: SmallExchange, first: int = 0, end: int = 10) -> BookHour:
    with exchange.exchange.back_office.database.connect() as connection:
        return book_volume(connection, HOUR + first, HOUR + end)[USDT]


def test_v1_side_volume_counts_each_side_for_its_brand_and_a_fill_within_one_brand_twice(tmp_path: Path) -> None:
    # 100 between the brands; 30 within south.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100", maker=MAKER, taker=TAKER)
        exchange.trade("30", maker=HOUSE, taker=TAKER)
        totals = _totals(exchange)
        assert shown(totals[NORTH].side_volume) == "100"
        assert shown(totals[SOUTH].side_volume) == "160"  # 100 + 2 * 30


def test_v1_a_fill_within_one_brand_is_one_fill_and_tells_the_internal_ratio(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100")
        exchange.trade("100")
        exchange.trade("30", maker=HOUSE)
        totals = _totals(exchange)
        assert (totals[SOUTH].internal_fills, totals[SOUTH].fills) == (1, 3)
        assert (totals[NORTH].internal_fills, totals[NORTH].fills) == (0, 2)


def test_v2_attributed_volume_sums_over_the_brands_to_the_books(tmp_path: Path) -> None:
    # North 50 of the first; south 50 of the first and all 30 of the second; the book 130.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100")
        exchange.trade("30", maker=HOUSE)
        totals, book = _totals(exchange), _book(exchange)
    assert (shown(totals[NORTH].attributed_volume), shown(totals[SOUTH].attributed_volume)) == ("50", "80")
    assert (book.trades, shown(book.volume)) == (2, "130")


def test_v2_an_odd_unit_is_the_takers_sides(tmp_path: Path) -> None:
    assert attributed_halves(7) == (4, 3)
    assert attributed_halves(1) == (1, 0)
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("0.00000007")
        totals = _totals(exchange)
        assert (totals[SOUTH].attributed_volume, totals[NORTH].attributed_volume) == (4, 3)
        assert _book(exchange).volume == 7


def test_v3_a_fill_belongs_to_the_hour_of_its_engine_time(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("1", hour=0, second=3_599)
        exchange.trade("20", hour=1, second=0)
        exchange.trade("300", hour=1, second=3_599)
        assert [shown(_totals(exchange, hour, hour + 1)[SOUTH].side_volume) for hour in (0, 1)] == ["1", "320"]
        assert [shown(_book(exchange, hour, hour + 1).volume) for hour in (0, 1)] == ["1", "320"]
        assert shown(_book(exchange).volume) == "321"


def test_v3_a_brands_hour_tells_what_became_of_its_fees(tmp_path: Path) -> None:
    # 100,000: taker 45.00 (4.5 bps), maker -5.00 (-0.5 bps). The rebate is the cost of the taker's brand.
    with SmallExchange(tmp_path) as exchange:
        exchange.rates(TAKER, "4.5", "4.5")
        exchange.rates(MAKER, "-0.5", "4.5")
        exchange.trade("100000")
        totals = _totals(exchange)
    south, north = totals[SOUTH], totals[NORTH]
    assert [shown(amount) for amount in (south.fees_collected, south.rebates_paid, south.net_fee)] == ["45", "5", "40"]
    # 35 % of 40.00 to the broker, of the rest 20 % to the host and 80 % to the brand.
    assert [shown(amount) for amount in (south.commission, south.host_fee, south.revenue)] == ["14", "5.2", "20.8"]
    assert units("14") + units("5.2") + units("20.8") == south.net_fee
    assert (north.net_fee, north.revenue, north.commission) == (0, 0, 0)


def test_v3_a_subsidised_fill_lowers_the_net_fee_below_zero_and_the_subsidy_says_by_how_much(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"))
        exchange.rates(TAKER, "1.5", "1.5")
        exchange.rates(MAKER, "-2", "10", subsidised=True)
        exchange.trade("40000")
        south = _totals(exchange)[SOUTH]
    assert (shown(south.net_fee), shown(south.subsidy)) == ("-2", "2")
    assert south.commission + south.host_fee + south.revenue - south.subsidy == south.net_fee
