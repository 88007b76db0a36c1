"""Public trades and one-minute candles, written from the stream in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from commonbook.instrument.fills import Fill
from commonbook.marketdata.bars import MINUTE_NS
from commonbook.storage.schema import candles, trades


@dataclass
class Candle:
    """One bar: prices in ticks, lots, quote units."""

    start_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    lots: int
    notional: int

    def add(self, other: "Candle") -> None:
        """Take in a bar that is later in time."""
        self.high_ticks = max(self.high_ticks, other.high_ticks)
        self.low_ticks = min(self.low_ticks, other.low_ticks)
        self.close_ticks = other.close_ticks
        self.lots += other.lots
        self.notional += other.notional


def project(fills: list[Fill], connection: Connection) -> None:
    """Keep a batch's trades and bring its minutes up to date."""
    if not fills:
        return
    lines = [
        {
            "instrument": fill.instrument.id,
            "trade": fill.trade,
            "time_ns": fill.time_ns,
            "price_ticks": fill.price_ticks,
            "quantity_lots": fill.quantity_lots,
            "taker_side": fill.taker.side,
        }
        for fill in fills
    ]
    connection.execute(insert(trades), lines)
    minutes: dict[tuple[int, int], Candle] = {}
    for fill in fills:
        key = (fill.instrument.id, fill.time_ns // MINUTE_NS)
        price = fill.price_ticks
        bar = Candle(key[1] * MINUTE_NS, price, price, price, price, fill.quantity_lots, fill.notional)
        if key in minutes:
            minutes[key].add(bar)
        else:
            minutes[key] = bar
    for (instrument, minute), bar in minutes.items():
        _store(connection, instrument, minute, bar)


def _store(connection: Connection, instrument: int, minute: int, bar: Candle) -> None:
    where = (candles.c.instrument == instrument) & (candles.c.minute == minute)
    found = connection.execute(select(candles).where(where)).first()
    if found:
        whole = candle_of(found)
        whole.add(bar)
        connection.execute(update(candles).where(where).values(**_values(whole)))
    else:
        connection.execute(insert(candles).values(instrument=instrument, minute=minute, **_values(bar)))


def candle_of(row: Sequence[Any]) -> Candle:
    """A row of the candles table as a bar; its columns behind the instrument are a candle's fields."""
    _, minute, *values = row
    return Candle(minute * MINUTE_NS, *values)


def _values(bar: Candle) -> dict[str, int]:
    return {
        "open_ticks": bar.open_ticks,
        "high_ticks": bar.high_ticks,
        "low_ticks": bar.low_ticks,
        "close_ticks": bar.close_ticks,
        "lots": bar.lots,
        "notional": bar.notional,
    }
