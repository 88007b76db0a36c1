"""The three measures of volume by brand, instrument and hour: their sums, and what of them is filtered. V-4 to V-6."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, select

from commonbook.instrument.venue import Venue
from commonbook.storage.schema import book_hours, brand_hours
from commonbook.storage.tables.clearing import book_instrument_hours, brand_instrument_hours, filtered_days

DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Volume:
    """A brand's in an instrument over some hours; quote units but for the counts."""

    brand: int
    instrument: int
    fills: int
    internal_fills: int
    side_volume: int
    attributed_volume: int
    filtered_fills: int  # of the closed days in these hours
    filtered_volume: int  # attributed

    @property
    def internal_ratio_e8(self) -> int:
        """The share of its fills that are with itself, rounded down."""
        return self.internal_fills * 10**8 // self.fills if self.fills else 0


def volumes(connection: Connection, first_hour: int, end_hour: int, brand: int | None = None) -> list[Volume]:
    """By brand and instrument, over the hours from the first to before the end."""
    table = brand_instrument_hours.c
    chosen = select(brand_instrument_hours).where(table.hour >= first_hour, table.hour < end_hour)
    out = select(filtered_days).where(
        filtered_days.c.day * DAY_HOURS >= first_hour, (filtered_days.c.day + 1) * DAY_HOURS <= end_hour
    )
    if brand is not None:
        chosen, out = chosen.where(table.brand == brand), out.where(filtered_days.c.brand == brand)
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * 6)
    for row in connection.execute(chosen):
        counts = (row.fills, row.internal_fills, row.side_volume, row.attributed_volume)
        for place, count in enumerate(counts):
            sums[row.brand, row.instrument][place] += count
    for row in connection.execute(out):
        sums[row.brand, row.instrument][4] += row.fills
        sums[row.brand, row.instrument][5] += row.attributed_volume
    return [Volume(whose, instrument, *counts) for (whose, instrument), counts in sorted(sums.items())]


def books(connection: Connection, first_hour: int, end_hour: int) -> dict[int, int]:
    """Book volume by instrument."""
    table = book_instrument_hours.c
    found: dict[int, int] = defaultdict(int)
    for row in connection.execute(select(book_instrument_hours).where(table.hour >= first_hour, table.hour < end_hour)):
        found[row.instrument] += row.volume
    return dict(found)


def volume_problems(connection: Connection, venue: Venue, day: int) -> list[str]:
    """Where the volumes of a day do not sum to what they must: attributed to book, instruments to quote assets."""
    first, end = day * DAY_HOURS, (day + 1) * DAY_HOURS
    problems = []
    attributed: dict[int, int] = defaultdict(int)
    by_quote: dict[tuple[int, int], int] = defaultdict(int)
    for one in volumes(connection, first, end):
        attributed[one.instrument] += one.attributed_volume
        by_quote[one.brand, venue.instruments[one.instrument].quote.id] += one.attributed_volume
    book = books(connection, first, end)
    for instrument in sorted({*attributed, *book}):
        if attributed[instrument] != book.get(instrument, 0):
            name = venue.instruments[instrument].name
            sums = f"{attributed[instrument]} instead of {book.get(instrument, 0)}"
            problems.append(f"volume of {name}: the brands' attributed volumes sum to {sums}")
    hours: dict[tuple[int, int], int] = defaultdict(int)
    whole: dict[int, int] = defaultdict(int)
    fees: dict[tuple[int, int], int] = defaultdict(int)
    for row in connection.execute(select(brand_hours).where(brand_hours.c.hour >= first, brand_hours.c.hour < end)):
        hours[row.brand, row.quote_asset] += row.attributed_volume
        whole[row.quote_asset] += row.attributed_volume
        divided = row.commission + row.host_fee + row.revenue - row.subsidy
        fees[row.brand, row.quote_asset] += row.fees_collected - row.rebates_paid - divided
    for row in connection.execute(select(book_hours).where(book_hours.c.hour >= first, book_hours.c.hour < end)):
        whole[row.quote_asset] -= row.volume
    problems += [f"volume in asset {asset}: attributed and book differ by {off}" for asset, off in whole.items() if off]
    problems += [
        f"brand {brand}, asset {asset}: fees and what became of them differ by {off}"
        for (brand, asset), off in fees.items()
        if off
    ]
    problems += [
        f"brand {brand}: instruments sum to {by_quote[brand, asset]} of asset {asset} instead of {total}"
        for (brand, asset), total in hours.items()
        if by_quote[brand, asset] != total
    ]
    return problems
