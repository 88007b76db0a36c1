"""What was traded in the last 24 hours: all of it, or a brand's part. G-2 and G-3 of docs/reference/figures.md."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, desc, select

from commonbook.gateway.okx_v5.door import Door
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.marketdata.bars import DAY_NS, MINUTE_NS
from commonbook.records import Side
from commonbook.storage.schema import fills

FRESH_S = 10.0  # brands' volumes are counted anew no more often
Span = tuple[int, int]  # from and to, the latter exclusive, engine nanoseconds
_PAGE = 20_000


class Part(NamedTuple):
    """A public trade, or what of it belongs to a brand."""

    trade: int
    time_ns: int
    price_ticks: int
    base_minor: int
    quote_minor: int
    is_buy: bool  # the taker bought


@dataclass(frozen=True, slots=True)
class Volume:
    base_minor: int
    quote_minor: int


NOTHING = Volume(0, 0)


def since_ns(now_ns: int) -> int:
    """Where the last 24 hours begin: they are counted by whole minutes, as in a ticker."""
    return (now_ns - DAY_NS) // MINUTE_NS * MINUTE_NS


def host_parts(door: Door, connection: Connection, instrument: Instrument, most: int, window: Span) -> list[Part]:
    """The newest trades within [from, to) of engine time, newest first."""
    begin, end = window
    rows = door.market.trades_by_time(connection, instrument.id, most, end, begin - 1)
    return [
        Part(
            row["trade"],
            row["time_ns"],
            row["price_ticks"],
            row["quantity_lots"] * instrument.lot_minor,
            row["quantity_lots"] * row["price_ticks"] * instrument.minor_per_tick_lot,
            row["taker_side"] == Side.BUY,
        )
        for row in rows
    ]


def brand_parts(
    venue: Venue, brand: int, connection: Connection, instrument: Instrument, most: int, window: Span
) -> list[Part]:
    """A brand's part of each of the newest trades that a customer of it was in, newest first."""
    found: list[Part] = []
    for one, part, owner in _sides(connection, venue, window):
        if one.id == instrument.id and owner == brand:
            if found and found[-1].trade == part.trade:  # both sides are its own
                base, quote = part.base_minor + found[-1].base_minor, part.quote_minor + found[-1].quote_minor
                found[-1] = part._replace(base_minor=base, quote_minor=quote)
                continue
            if len(found) == most:
                break
            found.append(part)
    return found


def _sides(connection: Connection, venue: Venue, window: Span) -> Iterator[tuple[Instrument, Part, int]]:
    """Each side of each trade within [from, to), newest first: half of the trade, and whose it is (V-2)."""
    for (number, _), rows in groupby(_rows(connection, window), key=lambda row: (row["instrument"], row["trade"])):
        instrument = venue.instruments[number]
        for row in rows:
            base, quote = row["quantity_lots"] * instrument.lot_minor, int(row["notional"])
            is_taker = row["role"] == "taker"
            half = Part(
                row["trade"],
                row["time_ns"],
                row["price_ticks"],
                base - base // 2 if is_taker else base // 2,
                quote - quote // 2 if is_taker else quote // 2,
                (row["side"] == Side.BUY) == is_taker,
            )
            yield instrument, half, venue.accounts[row["account"]].brand


def _rows(connection: Connection, window: Span) -> Iterator[Any]:
    """The fills within [from, to), newest first; by pages, as a day may hold many."""
    begin, end = window
    columns = [fills.c[name] for name in ("fill", "time_ns", "trade", "instrument", "account", "side", "role")]
    columns += [fills.c[name] for name in ("price_ticks", "quantity_lots", "notional")]
    below: int | None = None
    while True:
        page = select(*columns).order_by(desc(fills.c.fill)).limit(_PAGE)
        rows = connection.execute(page if below is None else page.where(fills.c.fill < below)).mappings().all()
        for row in rows:
            if row["time_ns"] < begin:
                return
            if row["time_ns"] < end:
                yield row
        if len(rows) < _PAGE:
            return
        below = rows[-1]["fill"]


class BrandVolumes:
    """The last 24 hours of each brand and pair. Only the event loop touches it; it is counted in a thread."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._counting = asyncio.Lock()
        self._counted = float("-inf")
        self._volumes: dict[tuple[int, int], Volume] = {}

    async def of(self, brand: int, instrument: int) -> Volume:
        async with self._counting:
            if time.monotonic() - self._counted > FRESH_S:
                now_ns = time.time_ns()
                self._volumes = await self._door.read(lambda connection: self._count(connection, now_ns))
                self._counted = time.monotonic()
        return self._volumes.get((brand, instrument), NOTHING)

    def _count(self, connection: Connection, now_ns: int) -> dict[tuple[int, int], Volume]:
        base: dict[tuple[int, int], int] = defaultdict(int)
        quote: dict[tuple[int, int], int] = defaultdict(int)
        for instrument, part, brand in _sides(connection, self._door.venue, (since_ns(now_ns), 2**63 - 1)):
            base[brand, instrument.id] += part.base_minor
            quote[brand, instrument.id] += part.quote_minor
        return {key: Volume(base[key], quote[key]) for key in base}
