"""Candles of any bar, trades, 24-hour figures. Bars are named as OKX names them; all times engine nanoseconds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, desc, select

from commonbook.marketdata.history import MINUTE_NS, Candle, candle_of
from commonbook.storage.schema import candles, trades

DAY_NS = 86_400_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EAST_8 = 8 * 3_600_000_000_000  # bars of six hours and more begin by the day of UTC+8 unless they say utc

BarStart = Callable[[int], int]


def _fixed(length_ns: int, shift_ns: int = 0) -> BarStart:
    return lambda time_ns: (time_ns + shift_ns) // length_ns * length_ns - shift_ns


def _weekly(shift_ns: int) -> BarStart:
    # 1970-01-01 was a Thursday; weeks begin on Monday.
    offset = 3 * DAY_NS + shift_ns
    return lambda time_ns: (time_ns + offset) // (7 * DAY_NS) * (7 * DAY_NS) - offset


def _monthly(months: int, shift_ns: int) -> BarStart:
    def start(time_ns: int) -> int:
        moment = _EPOCH + timedelta(microseconds=(time_ns + shift_ns) // 1000)
        first = datetime(moment.year, (moment.month - 1) // months * months + 1, 1, tzinfo=UTC)
        return (first - _EPOCH) // timedelta(microseconds=1) * 1000 - shift_ns

    return start


def _bars() -> dict[str, BarStart]:
    hour = 60 * MINUTE_NS
    bars = {f"{n}m": _fixed(n * MINUTE_NS) for n in (1, 3, 5, 15, 30)}
    bars |= {f"{n}H": _fixed(n * hour) for n in (1, 2, 4)}
    for suffix, shift in (("", _EAST_8), ("utc", 0)):
        bars |= {f"{n}H{suffix}": _fixed(n * hour, shift) for n in (6, 12)}
        bars |= {f"{n}D{suffix}": _fixed(n * DAY_NS, shift) for n in (1, 2, 3)}
        bars[f"1W{suffix}"] = _weekly(shift)
        bars |= {f"{n}M{suffix}": _monthly(n, shift) for n in (1, 3)}
    return bars


BARS = _bars()


def candle_list(
    connection: Connection, instrument: int, bar: str, after_ns: int | None, before_ns: int | None, limit: int
) -> list[Candle]:
    """Bars that begin before `after_ns` and later than `before_ns`, both exclusive; newest first.

    A bar without a trade is left out, as there is nothing to recompute it from.
    """
    where = [candles.c.instrument == instrument, *minutes_of(candles.c.minute, bar, after_ns, before_ns)]
    with connection.execute(select(candles).where(*where).order_by(desc(candles.c.minute))) as rows:
        return bars_of(map(candle_of, rows), bar, after_ns, before_ns, limit)


def minutes_of(
    minute: ColumnElement[int], bar: str, after_ns: int | None, before_ns: int | None
) -> list[ColumnElement[bool]]:
    """Which minutes belong to the bars of a window."""
    where = []
    if after_ns is not None:
        where.append(minute < -(-after_ns // MINUTE_NS))
    if before_ns is not None:
        where.append(minute >= BARS[bar](before_ns) // MINUTE_NS)
    return where


def bars_of(
    minutes: Iterable[Candle], bar: str, after_ns: int | None, before_ns: int | None, limit: int
) -> list[Candle]:
    """Minutes, newest first, as bars; no more of them are taken than the answer needs."""
    start_of = BARS[bar]
    made: list[Candle] = []
    for minute in minutes:
        start = start_of(minute.start_ns)
        if made and made[-1].start_ns == start:
            minute.start_ns = start
            minute.add(made[-1])
            made[-1] = minute
            continue
        if len(made) > limit:
            break
        minute.start_ns = start
        made.append(minute)
    inside = [
        one
        for one in made
        if (after_ns is None or one.start_ns < after_ns) and (before_ns is None or one.start_ns > before_ns)
    ]
    return inside[:limit]


def trade_list(
    connection: Connection, instrument: int, limit: int, after: int | None = None, before: int | None = None
) -> list[dict[str, Any]]:
    """Public trades by trade id, newest first."""
    where = [trades.c.instrument == instrument]
    if after is not None:
        where.append(trades.c.trade < after)
    if before is not None:
        where.append(trades.c.trade > before)
    chosen = select(trades).where(*where).order_by(desc(trades.c.trade)).limit(limit)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def trades_by_time(
    connection: Connection, instrument: int, limit: int, after_ns: int | None, before_ns: int | None
) -> list[dict[str, Any]]:
    where = [trades.c.instrument == instrument]
    if after_ns is not None:
        where.append(trades.c.time_ns < after_ns)
    if before_ns is not None:
        where.append(trades.c.time_ns > before_ns)
    chosen = select(trades).where(*where).order_by(desc(trades.c.trade)).limit(limit)
    return [dict(row) for row in connection.execute(chosen).mappings()]


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The last 24 hours by whole minutes, and the day's opening prices; None where there was no trade."""

    last: dict[str, Any] | None
    open_ticks: int | None
    high_ticks: int | None
    low_ticks: int | None
    lots: int
    notional: int
    opened_utc0: int | None
    opened_utc8: int | None


def day_minutes(connection: Connection, instrument: int, now_ns: int) -> list[Candle]:
    """The one-minute bars of the last 24 hours, oldest first."""
    since = (now_ns - DAY_NS) // MINUTE_NS
    chosen = select(candles).where(candles.c.instrument == instrument, candles.c.minute >= since)
    return [candle_of(row) for row in connection.execute(chosen.order_by(candles.c.minute))]


def day_figures(connection: Connection, instrument: int, now_ns: int) -> DayFigures:
    last = trade_list(connection, instrument, 1)
    minutes = day_minutes(connection, instrument, now_ns)

    def opened(bar: str) -> int | None:
        start = BARS[bar](now_ns)
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
