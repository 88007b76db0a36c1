"""Closed days in files: which there are, where they lie, and reading them. `moving.py` fills them.

    DIR/market/trades/INSTRUMENT/2026-11-27.parquet      the trades of one day of UTC
    DIR/market/candles/INSTRUMENT/2026-11-27.parquet     its minutes

The table `market_days` says which files count: what a crash has left beside them is nobody's (H-3). DuckDB takes a
while to load, so only who touches a file does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, desc, func, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from commonbook.marketdata.bars import DAY_NS
from commonbook.marketdata.history import Candle
from commonbook.storage.schema import market_days

MARKET = "market"
TRADES, CANDLES = "trades", "candles"
PARQUET = "commonbook.marketdata.parquet"
DAY_MINUTES = 1_440
_FILES_AT_ONCE = 512
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Which trades are meant: all bounds exclusive, None for none."""

    below: int | None = None  # trade ids
    above: int | None = None
    below_ns: int | None = None
    above_ns: int | None = None

    def bounds(self) -> list[tuple[str, str, int]]:
        """(column, operator, value) of each bound that there is."""
        bounds = (
            ("trade", "<", self.below),
            ("trade", ">", self.above),
            ("time_ns", "<", self.below_ns),
            ("time_ns", ">", self.above_ns),
        )
        return [(column, operator, value) for column, operator, value in bounds if value is not None]

    def of(self, columns: ReadOnlyColumnCollection[str, Any]) -> list[ColumnElement[bool]]:
        return [columns[column].op(operator, is_comparison=True)(value) for column, operator, value in self.bounds()]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of an instrument that is in files."""

    day: int  # since 1970, UTC
    trades: int
    first_trade: int
    last_trade: int
    minutes: int


class Archive:
    """The files of a data folder, as far as `market_days` names them."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / MARKET
        self._newest: dict[int, tuple[int, dict[str, Any]]] = {}  # instrument to the last trade in files, and its day

    def file(self, kind: str, instrument: int, day: int) -> Path:
        return self.folder / kind / str(instrument) / f"{_EPOCH + timedelta(days=day)}.parquet"

    def days(self, connection: Connection, instrument: int, *where: ColumnElement[bool]) -> list[Day]:
        """The days in files, newest first."""
        columns = [column for column in market_days.c if column.name != "instrument"]
        chosen = select(*columns).where(market_days.c.instrument == instrument, *where)
        return [Day(*row) for row in connection.execute(chosen.order_by(desc(market_days.c.day)))]

    def newest_day(self, connection: Connection, instrument: int) -> int | None:
        chosen = select(func.max(market_days.c.day)).where(market_days.c.instrument == instrument)
        found: int | None = connection.execute(chosen).scalar()
        return found

    def trades(
        self, connection: Connection, instrument: int, limit: int, window: Window, oldest_first: bool = False
    ) -> list[dict[str, Any]]:
        """Trades of the window, newest first unless asked otherwise; rows as those of the table `trades`."""
        days = self.days(connection, instrument, *_overlapping(window))
        if limit == 1 and not oldest_first and window == Window():
            return self._last(instrument, days)
        if oldest_first:
            days.reverse()
        found: list[dict[str, Any]] = []
        while days and len(found) < limit:
            chosen = _enough(days, limit - len(found))
            del days[: len(chosen)]
            files = [self.file(TRADES, instrument, one.day) for one in chosen]
            found += import_module(PARQUET).read_trades(files, window.bounds(), limit - len(found), oldest_first)
        return found

    def _last(self, instrument: int, days: list[Day]) -> list[dict[str, Any]]:
        """The newest trade in files, remembered: a ticker asks for it each time when nothing is traded."""
        if not days:
            return []
        known = self._newest.get(instrument)
        if known is None or known[0] != days[0].day:
            file = self.file(TRADES, instrument, days[0].day)
            found = import_module(PARQUET).read_trades([file], [], 1, False)
            known = self._newest[instrument] = (days[0].day, found[0])
        return [dict(known[1])]

    def candles(
        self, connection: Connection, instrument: int, step: int, above: int | None, below: int | None, days: int
    ) -> Iterator[Candle]:
        """Candles newest first, added up to steps of `step` minutes that begin at its multiples.

        Args:
            above: the first minute; below: the minute behind the last; None for no bound.
            days: how many to read at first; when the caller goes on, ever more.
        """
        where = []
        if above is not None:
            where.append(market_days.c.day >= above // DAY_MINUTES)
        if below is not None:
            where.append(market_days.c.day <= (below - 1) // DAY_MINUTES)
        left = self.days(connection, instrument, *where)
        while left:
            files = [self.file(CANDLES, instrument, one.day) for one in left[:days]]
            del left[:days]
            yield from import_module(PARQUET).read_candles(files, step, above, below)
            days = min(2 * days, _FILES_AT_ONCE)


def _overlapping(window: Window) -> list[ColumnElement[bool]]:
    """Which days may hold a trade of the window."""
    columns = market_days.c
    where = []
    if window.below is not None:
        where.append(columns.first_trade < window.below)
    if window.above is not None:
        where.append(columns.last_trade > window.above)
    if window.below_ns is not None:
        where.append(columns.day <= (window.below_ns - 1) // DAY_NS)
    if window.above_ns is not None:
        where.append(columns.day >= (window.above_ns + 1) // DAY_NS)
    return where


def _enough(days: list[Day], limit: int) -> list[Day]:
    """So many days that they will do in nearly every case; a bound may cut the first one."""
    trades = 0
    for number, one in enumerate(days[:_FILES_AT_ONCE]):
        if number:
            trades += one.trades
        if trades >= limit:
            return days[: number + 1]
    return days[:_FILES_AT_ONCE]
