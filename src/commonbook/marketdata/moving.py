"""Moving closed days from the tables into files, a day of one instrument at a time. Rules H-2 and H-3.

    1. read     the day's trades and minutes, which nobody changes any more
    2. write    both files, each whole or not at all
    3. commit   one transaction: the day's line in `market_days`, its rows deleted

A crash before the commit leaves files that no line names: they are written again. A crash after it leaves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from commonbook.errors import BrokenInvariant
from commonbook.marketdata.archive import CANDLES, DAY_MINUTES, PARQUET, TRADES, Archive, Day
from commonbook.marketdata.bars import DAY_NS
from commonbook.storage.schema import candles, market_days, trades
from commonbook.whole_file import make_folder

_ROWS_AT_ONCE = 20_000


def move_oldest_day(database: Engine, archive: Archive, instrument: int, before_day: int) -> Day | None:
    """Move the oldest day of an instrument that is in the tables and before a day; None when there is none.

    Args:
        before_day: days since 1970; this and later ones stay. Engine time must have reached it, so that nothing more
            can happen in the days before.
    """
    with database.connect() as connection:
        oldest = connection.execute(
            select(func.min(candles.c.minute)).where(candles.c.instrument == instrument)
        ).scalar()
        if oldest is None or oldest // DAY_MINUTES >= before_day:
            return None
        moved = _write(connection, archive, instrument, oldest // DAY_MINUTES)
    with database.begin() as connection:
        _commit(connection, instrument, moved)
    return moved


def _write(connection: Connection, archive: Archive, instrument: int, day: int) -> Day:
    parquet = import_module(PARQUET)
    minutes = connection.execute(
        select(candles)
        .where(candles.c.instrument == instrument, candles.c.minute < (day + 1) * DAY_MINUTES)
        .order_by(candles.c.minute)
    ).all()
    files = [archive.file(kind, instrument, day) for kind in (TRADES, CANDLES)]
    for file in files:
        make_folder(file.parent)
    tally = _Tally()
    parts = tally.counting(_trades(connection, instrument, day))
    parquet.write(files[0], parquet.TRADE_COLUMNS, parts)
    lots = sum(row.lots for row in minutes)
    if tally.lots != lots:
        raise BrokenInvariant(f"day {day} of instrument {instrument}: trades of {tally.lots} lots, candles of {lots}")
    parquet.write(files[1], parquet.CANDLE_COLUMNS, [minutes])
    return Day(day, tally.trades, tally.first, tally.last, len(minutes))


def _trades(connection: Connection, instrument: int, day: int) -> Iterator[Sequence[Any]]:
    """The day's rows by trade id, which is by time, some at a time."""
    chosen = select(trades).where(trades.c.instrument == instrument).order_by(trades.c.trade)
    with connection.execute(chosen.execution_options(yield_per=_ROWS_AT_ONCE)) as result:
        for part in result.partitions():
            rows = [row for row in part if row.time_ns < (day + 1) * DAY_NS]
            yield rows
            if len(rows) < len(part):
                return


@dataclass
class _Tally:
    """What goes by on its way into a file."""

    trades: int = 0
    lots: int = 0
    first: int = 0
    last: int = 0

    def counting(self, parts: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for rows in parts:
            if rows:
                self.first = self.first or rows[0].trade
                self.last = rows[-1].trade
            self.trades += len(rows)
            self.lots += sum(row.quantity_lots for row in rows)
            yield rows


def _commit(connection: Connection, instrument: int, moved: Day) -> None:
    """From here on the day is in files; what is deleted is what was written, or nothing happens.

    Raises:
        BrokenInvariant: the tables hold other rows than those that were written.
    """
    names = [column.name for column in market_days.c]
    connection.execute(insert(market_days).values(dict(zip(names, (instrument, *astuple(moved)), strict=True))))
    old_trades = (trades.c.instrument == instrument) & (trades.c.trade <= moved.last_trade)
    old_minutes = (candles.c.instrument == instrument) & (candles.c.minute < (moved.day + 1) * DAY_MINUTES)
    deleted = tuple(
        connection.execute(delete(table).where(old)).rowcount
        for table, old in ((trades, old_trades), (candles, old_minutes))
    )
    if deleted != (moved.trades, moved.minutes):
        raise BrokenInvariant(f"{deleted} trades and candles deleted, but {moved} was written")
