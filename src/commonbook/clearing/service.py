"""Clearing a batch: ledger entries, per-brand volume, revenue and claims, in the caller's transaction."""

from collections import defaultdict
from dataclasses import dataclass, fields

import numpy as np
from sqlalchemy import Connection, select

from commonbook.clearing.claims import store_claims
from commonbook.clearing.columns import ClaimColumns, Split, fills_entry, split_fees
from commonbook.clearing.model import Terms
from commonbook.clearing.postings import funds_entries, holds_entry
from commonbook.clearing.sheets import Sheets, add_up
from commonbook.clearing.splits import split_entries
from commonbook.columns import grouped
from commonbook.instrument.fill_columns import FillColumns, fill_columns
from commonbook.instrument.splits import split_of
from commonbook.instrument.venue import Venue
from commonbook.ledger.service import Ledger
from commonbook.records import Batch
from commonbook.storage.schema import book_hours, brand_hours
from commonbook.storage.tables.clearing import book_instrument_hours, brand_instrument_hours
from commonbook.units import HOUR_NS


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
    venue: Venue,
    ledger: Ledger,
    connection: Connection,
    claims: ClaimColumns,
    terms: Terms,
) -> None:
    """Post a batch's holds, funds and fills, and count its volume.

    Args:
        claims: what is claimed of the fills, of each side in the order of priority.
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
    fills = fill_columns(batch, venue)
    if len(fills):
        splits = split_fees(fills, claims, terms)
        entries.append(fills_entry(fills, claims, splits))
        count_volume(connection, fills, splits)
        sheets.count_fills(fills, claims, splits)
        store_claims(connection, fills, claims)
    if holds is not None:
        entries.append(holds)
    # A batch's entries are posted together: a hold netted over the batch may be spent by a fill within it.
    ledger.post(connection, entries)
    sheets.store(connection, moves)


def count_volume(connection: Connection, fills: FillColumns, splits: tuple[Split, Split]) -> None:
    """What each brand and the book have traded, by hour: in each quote asset, and by instrument (V-1 to V-4)."""
    half = fills.notional // 2
    halves = (fills.notional - half, half)  # the taker's side takes an odd half unit (V-2)
    hours, internal = fills.time_ns // HOUR_NS, fills.taker.brand == fills.maker.brand
    nothing = np.zeros(len(fills), np.int64)
    counted = []
    for role, (side, split, attributed) in enumerate(zip(fills.sides, splits, halves, strict=True)):
        once = (~internal if role else np.ones(len(fills), bool)).astype(np.int64)  # both sides the brand's: once
        counted.append(
            {
                "fills": once,
                "internal_fills": once * internal,
                "side_volume": fills.notional,
                "attributed_volume": attributed,
                "fees_collected": np.maximum(side.fee, 0),
                # the rebate is paid out of the taker's fee, so it is the taker's brand that pays it.
                "rebates_paid": np.maximum(-fills.maker.fee, 0) if role == 0 else nothing,
                "commission": split.claims,
                "host_fee": split.host,
                "revenue": split.brand + split.holders,
                "subsidy": split.subsidy,
            }
        )
    both = {name: np.concatenate([one[name] for one in counted]) for name in counted[0]}
    brands = np.concatenate([side.brand for side in fills.sides])
    twice = {name: np.tile(column, 2) for name, column in (("quote", fills.quote), ("instrument", fills.instrument))}
    of_hour = np.tile(hours, 2)
    add_up(connection, brand_hours, grouped({"brand": brands, "quote_asset": twice["quote"], "hour": of_hour}, both))
    traded = {name: both[name] for name in ("fills", "internal_fills", "side_volume", "attributed_volume")}
    by_book = {"brand": brands, "instrument": twice["instrument"], "hour": of_hour}
    add_up(connection, brand_instrument_hours, grouped(by_book, traded))
    book = {"trades": np.ones(len(fills), np.int64), "volume": fills.notional}
    add_up(connection, book_hours, grouped({"quote_asset": fills.quote, "hour": hours}, book))
    add_up(connection, book_instrument_hours, grouped({"instrument": fills.instrument, "hour": hours}, book))


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
