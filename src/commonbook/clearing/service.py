"""Clearing a batch: ledger entries, per-brand volume, revenue and claims, in the caller's transaction."""

from collections import defaultdict
from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from commonbook.clearing.model import Terms
from commonbook.clearing.postings import ClaimsOf, fill_entry, funds_entries, holds_entry, split_fill
from commonbook.clearing.rules import SideSplit, attributed_halves
from commonbook.clearing.sheets import Sheets, add_up
from commonbook.clearing.splits import split_entries
from commonbook.instrument.fills import Fill, Role
from commonbook.instrument.splits import split_of
from commonbook.instrument.venue import Venue
from commonbook.ledger.service import Ledger
from commonbook.records import Batch
from commonbook.storage.schema import book_hours, brand_hours
from commonbook.storage.tables.clearing import book_instrument_hours, brand_instrument_hours


@dataclass
class BrandHour:
    """What a brand did in an hour, per quote asset; quote units but for the counts. Rules V-1 to V-3."""

    fills: int = 0
    internal_fills: int = 0  # both sides the brand's; counted once
    side_volume: int = 0
    attributed_volume: int = 0
    fees_collected: int = 0
    rebates_paid: int = 0
    commission: int = 0
    host_fee: int = 0
    revenue: int = 0
    subsidy: int = 0

    @property
    def net_fee(self) -> int:
        return self.fees_collected - self.rebates_paid

    def add(self, other: "BrandHour") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


@dataclass
class BookHour:
    trades: int = 0
    volume: int = 0


def project(
    batch: Batch,
    fills: list[Fill],
    venue: Venue,
    ledger: Ledger,
    connection: Connection,
    claims_of: ClaimsOf,
    terms: Terms,
) -> None:
    """Post a batch's holds, funds and fills, and count its volume.

    Args:
        fills: the batch's fills, decoded.
        claims_of: what the programs above claim of a fill.
        terms: by which what the claims leave is divided.
    """
    holds = holds_entry(batch, venue)
    split = split_of(batch)
    if split is not None:
        # A command that splits moves the clock as well: what its timers have cancelled was released before.
        if holds is not None:
            ledger.post(connection, [holds])
        for entry in split_entries(batch, split, ledger.balances):
            ledger.post(connection, [entry])
        return
    entries, moves = funds_entries(batch, terms)
    sheets = Sheets()
    sheets.count_moves(moves)
    hours: dict[tuple[int, int, int], BrandHour] = defaultdict(BrandHour)
    book: dict[tuple[int, int], BookHour] = defaultdict(BookHour)
    for fill in fills:
        claims = claims_of(fill)
        splits = split_fill(fill, claims, terms)
        entries.append(fill_entry(fill, claims, splits))
        _count(fill, splits, hours, book)
        sheets.count_fill(fill, claims, splits)
    if holds is not None:
        entries.append(holds)
    # A batch's entries are posted together: a hold netted over the batch may be spent by a fill within it.
    ledger.post(connection, entries)
    _store(connection, fills, hours, book)
    sheets.store(connection, moves)


def _count(
    fill: Fill,
    splits: dict[Role, SideSplit],
    hours: dict[tuple[int, int, int], BrandHour],
    book: dict[tuple[int, int], BookHour],
) -> None:
    quote = fill.instrument.quote.id
    internal = fill.taker.brand == fill.maker.brand
    for side, half in zip(fill.sides, attributed_halves(fill.notional), strict=True):
        hour = hours[side.brand, quote, fill.hour]
        split = splits[side.role]
        if not internal or side.role is Role.TAKER:
            hour.fills += 1
            hour.internal_fills += int(internal)
        hour.side_volume += fill.notional
        hour.attributed_volume += half
        hour.fees_collected += max(side.fee, 0)
        hour.commission += sum(split.claims)
        hour.host_fee += split.host
        hour.revenue += split.brand + split.holders
        hour.subsidy += split.subsidy
    # the rebate is paid out of the taker's fee, so it is the taker's brand that pays it.
    hours[fill.taker.brand, quote, fill.hour].rebates_paid += max(-fill.maker.fee, 0)
    book[quote, fill.hour].trades += 1
    book[quote, fill.hour].volume += fill.notional


def _store(
    connection: Connection,
    fills: list[Fill],
    hours: dict[tuple[int, int, int], BrandHour],
    book: dict[tuple[int, int], BookHour],
) -> None:
    for (brand, quote, hour), one in hours.items():
        keys = {"brand": brand, "quote_asset": quote, "hour": hour}
        add_up(connection, brand_hours, keys, {name.name: getattr(one, name.name) for name in fields(BrandHour)})
    for (quote, hour), traded in book.items():
        added = {"trades": traded.trades, "volume": traded.volume}
        add_up(connection, book_hours, {"quote_asset": quote, "hour": hour}, added)
    _store_instruments(connection, fills)


def _store_instruments(connection: Connection, fills: list[Fill]) -> None:
    """The three measures by instrument as well (V-4)."""
    brands: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    books: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for fill in fills:
        internal = fill.taker.brand == fill.maker.brand
        for side, half in zip(fill.sides, attributed_halves(fill.notional), strict=True):
            counts = brands[side.brand, fill.instrument.id, fill.hour]
            if not internal or side.role is Role.TAKER:
                counts[0] += 1
                counts[1] += int(internal)
            counts[2] += fill.notional
            counts[3] += half
        traded = books[fill.instrument.id, fill.hour]
        traded[0] += 1
        traded[1] += fill.notional
    names = ("fills", "internal_fills", "side_volume", "attributed_volume")
    for (brand, instrument, hour), counts in brands.items():
        keys = {"brand": brand, "instrument": instrument, "hour": hour}
        add_up(connection, brand_instrument_hours, keys, dict(zip(names, counts, strict=True)))
    for (instrument, hour), traded in books.items():
        added = {"trades": traded[0], "volume": traded[1]}
        add_up(connection, book_instrument_hours, {"instrument": instrument, "hour": hour}, added)


def brand_totals(
    connection: Connection, first_hour: int = 0, end_hour: int = 2**40
) -> dict[tuple[int, int], BrandHour]:
    """Per (brand, quote asset) the sums over hours first_hour to end_hour - 1."""
    chosen = brand_hours.c.hour.between(first_hour, end_hour - 1)
    totals: dict[tuple[int, int], BrandHour] = defaultdict(BrandHour)
    for row in connection.execute(select(brand_hours).where(chosen)).mappings():
        part = BrandHour(**{field.name: row[field.name] for field in fields(BrandHour)})
        totals[row["brand"], row["quote_asset"]].add(part)
    return dict(totals)


def book_volume(connection: Connection, first_hour: int = 0, end_hour: int = 2**40) -> dict[int, BookHour]:
    """Per quote asset the trades and their notional, each once."""
    chosen = book_hours.c.hour.between(first_hour, end_hour - 1)
    totals: dict[int, BookHour] = defaultdict(BookHour)
    for row in connection.execute(select(book_hours).where(chosen)):
        totals[row.quote_asset].trades += row.trades
        totals[row.quote_asset].volume += row.volume
    return dict(totals)
