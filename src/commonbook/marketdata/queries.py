"""Candles of any bar, trades, 24-hour figures: tables and files read as one. All times engine nanoseconds.

The recent part is read first and the files after it, below the oldest row that was found: a day that is moved into
files between the two is then passed over there, or found there. So what is told is whole at any moment, without a lock
(H-4).
Rules: docs/rules/history.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, desc, select

from commonbook.marketdata.archive import Archive, Window
from commonbook.marketdata.bars import BARS, DAY_NS, MINUTE_NS, Bar
from commonbook.marketdata.history import Candle, candle_of
from commonbook.storage.schema import candles, trades

Trade = dict[str, Any]
_PAGE = 20_000


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The last 24 hours by whole minutes, and the day's opening prices; None where there was no trade."""

    last: Trade | None
    open_ticks: int | None
    high_ticks: int | None
    low_ticks: int | None
    lots: int
    notional: int
    opened_utc0: int | None
    opened_utc8: int | None


class MarketHistory:
    """What was traded, of a data folder. Callers hand in a connection to its tables."""

    def __init__(self, data_dir: Path) -> None:
        self.archive = Archive(data_dir)

    def candle_list(
        self,
        connection: Connection,
        instrument: int,
        bar: str,
        after_ns: int | None,
        before_ns: int | None,
        limit: int,
    ) -> list[Candle]:
        """Bars that begin before `after_ns` and later than `before_ns`, both exclusive; newest first.

        Each bar is whole, whatever the bounds. One without a trade is left out: there is nothing to recompute it from.
        """
        chosen = BARS[bar]
        above, below = chosen.minutes(after_ns, before_ns)
        days = chosen.longest_ns * (limit + 1) // DAY_NS + 1
        return newest_bars(chosen, self._steps(connection, instrument, chosen.step, above, below, days), limit)

    def candles_between(
        self, connection: Connection, instrument: int, bar: str, from_ns: int, to_ns: int
    ) -> Iterator[Candle]:
        """All bars that begin from `from_ns` on and before `to_ns`, oldest first, a few at a time."""
        chosen = BARS[bar]
        while from_ns < to_ns:
            until = min(to_ns, chosen.end(from_ns + 32 * DAY_NS))
            found = self.candle_list(connection, instrument, bar, until, from_ns - 1, 32 * 2 * 1440)
            yield from reversed(found)
            from_ns = until

    def _steps(
        self, connection: Connection, instrument: int, step: int, above: int | None, below: int | None, days: int
    ) -> Iterator[Candle]:
        """Candles newest first, from the minute `above` on and before the minute `below`; from files by the step."""
        where = [candles.c.instrument == instrument]
        if below is not None:
            where.append(candles.c.minute < below)
        if above is not None:
            where.append(candles.c.minute >= above)
        rows = connection.execute(select(candles).where(*where).order_by(desc(candles.c.minute)))
        try:
            for row in rows:
                below = row.minute
                yield candle_of(row)
        finally:
            rows.close()
        yield from self.archive.candles(connection, instrument, step, above, below, days)

    def trade_list(
        self,
        connection: Connection,
        instrument: int,
        limit: int,
        after: int | None = None,
        before: int | None = None,
    ) -> list[Trade]:
        """Public trades by trade id, newest first."""
        return self._trades(connection, instrument, limit, Window(below=after, above=before))

    def trades_by_time(
        self, connection: Connection, instrument: int, limit: int, after_ns: int | None, before_ns: int | None
    ) -> list[Trade]:
        return self._trades(connection, instrument, limit, Window(below_ns=after_ns, above_ns=before_ns))

    def trades_between(self, connection: Connection, instrument: int, from_ns: int, to_ns: int) -> Iterator[Trade]:
        """All trades from `from_ns` on and before `to_ns`, oldest first."""
        window = Window(above_ns=from_ns - 1, below_ns=to_ns)
        while True:
            page = self._oldest(connection, instrument, _PAGE, window)
            yield from page
            if len(page) < _PAGE:
                return
            window = replace(window, above=page[-1]["trade"])

    def _oldest(self, connection: Connection, instrument: int, limit: int, window: Window) -> list[Trade]:
        """Here files come before the tables, so it is asked again when a day was moved meanwhile."""
        while True:
            moved = self.archive.newest_day(connection, instrument)
            found = self.archive.trades(connection, instrument, limit, window, oldest_first=True)
            if len(found) == limit:
                return found
            chosen = select(trades).where(trades.c.instrument == instrument, *window.of(trades.c))
            rows = connection.execute(chosen.order_by(trades.c.trade).limit(limit - len(found))).mappings()
            found += [dict(row) for row in rows]
            if self.archive.newest_day(connection, instrument) == moved:
                return found

    def _trades(self, connection: Connection, instrument: int, limit: int, window: Window) -> list[Trade]:
        chosen = select(trades).where(trades.c.instrument == instrument, *window.of(trades.c))
        rows = connection.execute(chosen.order_by(desc(trades.c.trade)).limit(limit)).mappings()
        found = [dict(row) for row in rows]
        if len(found) == limit:
            return found
        rest = replace(window, below=found[-1]["trade"]) if found else window
        return found + self.archive.trades(connection, instrument, limit - len(found), rest)

    def day_minutes(self, connection: Connection, instrument: int, now_ns: int) -> list[Candle]:
        """The one-minute bars of the last 24 hours, oldest first."""
        since = (now_ns - DAY_NS) // MINUTE_NS
        return list(self._steps(connection, instrument, 1, since, None, 2))[::-1]

    def day_figures(self, connection: Connection, instrument: int, now_ns: int) -> DayFigures:
        last = self.trade_list(connection, instrument, 1)
        minutes = self.day_minutes(connection, instrument, now_ns)

        def opened(bar: str) -> int | None:
            start = BARS[bar].start(now_ns)
            return next((one.open_ticks for one in minutes if one.start_ns >= start), None)

        return DayFigures(
            last=last[0] if last else None,
            open_ticks=minutes[0].open_ticks if minutes else None,
            high_ticks=max((one.high_ticks for one in minutes), default=None),
            low_ticks=min((one.low_ticks for one in minutes), default=None),
            lots=sum(one.lots for one in minutes),
            notional=sum(one.notional for one in minutes),
            opened_utc0=opened("1Dutc"),
            opened_utc8=opened("1D"),
        )


def newest_bars(bar: Bar, steps: Iterator[Candle], limit: int) -> list[Candle]:
    """The newest bars that come of steps, newest first."""
    made: list[Candle] = []
    for step in steps:
        if made and step.start_ns >= made[-1].start_ns:  # within the bar that is being made
            start = made[-1].start_ns
            step.add(made.pop())
        elif len(made) == limit:
            break
        else:
            start = bar.start(step.start_ns)
        step.start_ns = start
        made.append(step)
    return made
