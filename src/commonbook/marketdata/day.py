"""The last 24 hours of one instrument in memory: begun with its minutes, kept up by its fills."""

from collections import deque
from typing import NamedTuple

from commonbook.marketdata.bars import BARS, DAY_NS, MINUTE_NS
from commonbook.marketdata.history import Candle
from commonbook.marketdata.queries import DayFigures


class LastTrade(NamedTuple):
    price_ticks: int
    quantity_lots: int


class Day:
    """Whole minutes, as in `day_figures`: a minute counts until 24 hours after its end have begun."""

    def __init__(self, minutes: list[Candle], last: LastTrade | None) -> None:
        """
        Args:
            minutes: one-minute bars, oldest first.
        """
        self._minutes = deque(minutes)
        self._last = last
        self._lots = sum(one.lots for one in minutes)
        self._notional = sum(one.notional for one in minutes)

    def add(self, time_ns: int, price_ticks: int, quantity_lots: int, notional: int) -> None:
        """Take in a fill; fills come in engine order."""
        start = time_ns // MINUTE_NS * MINUTE_NS
        bar = Candle(start, price_ticks, price_ticks, price_ticks, price_ticks, quantity_lots, notional)
        if self._minutes and self._minutes[-1].start_ns == start:
            self._minutes[-1].add(bar)
        else:
            self._minutes.append(bar)
        self._last = LastTrade(price_ticks, quantity_lots)
        self._lots += quantity_lots
        self._notional += notional

    def figures(self, now_ns: int) -> DayFigures:
        since = (now_ns - DAY_NS) // MINUTE_NS * MINUTE_NS
        minutes = self._minutes
        while minutes and minutes[0].start_ns < since:
            gone = minutes.popleft()
            self._lots -= gone.lots
            self._notional -= gone.notional

        def opened(bar: str) -> int | None:
            start = BARS[bar].start(now_ns)
            return next((one.open_ticks for one in minutes if one.start_ns >= start), None)

        return DayFigures(
            last={"price_ticks": self._last.price_ticks, "quantity_lots": self._last.quantity_lots}
            if self._last
            else None,
            open_ticks=minutes[0].open_ticks if minutes else None,
            high_ticks=max((one.high_ticks for one in minutes), default=None),
            low_ticks=min((one.low_ticks for one in minutes), default=None),
            lots=self._lots,
            notional=self._notional,
            opened_utc0=opened("1Dutc"),
            opened_utc8=opened("1D"),
        )
