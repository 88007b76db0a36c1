"""Where bars begin and end. Named as OKX names them; all times engine nanoseconds. Rule H-5."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import gcd

MINUTE_NS = 60_000_000_000
DAY_NS = 86_400_000_000_000
_HOUR_NS = 60 * MINUTE_NS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EAST_8 = 8 * _HOUR_NS  # bars of six hours and more begin by the day of UTC+8 unless they say utc


@dataclass(frozen=True, slots=True)
class Bar:
    """One length of bars."""

    start: Callable[[int], int]  # of the bar that a time is in
    longest_ns: int
    step: int  # minutes: every bar begins at a multiple of it, so that steps can be added up to bars

    def end(self, time_ns: int) -> int:
        """Where the bar after the one that a time is in begins."""
        return self.start(self.start(time_ns) + self.longest_ns)

    def minutes(self, after_ns: int | None, before_ns: int | None) -> tuple[int | None, int | None]:
        """The first minute of the bars that begin between two times, both exclusive, and the minute behind them."""
        first = None if before_ns is None else self.end(before_ns) // MINUTE_NS
        return first, None if after_ns is None else self.end(after_ns - 1) // MINUTE_NS


def _fixed(length_ns: int, shift_ns: int = 0) -> Bar:
    return Bar(
        lambda time_ns: (time_ns + shift_ns) // length_ns * length_ns - shift_ns,
        length_ns,
        gcd(length_ns, shift_ns) // MINUTE_NS,
    )


def _weekly(shift_ns: int) -> Bar:
    return _fixed(7 * DAY_NS, 3 * DAY_NS + shift_ns)  # 1970-01-01 was a Thursday; weeks begin on Monday


def _monthly(months: int, shift_ns: int) -> Bar:
    def start(time_ns: int) -> int:
        moment = _EPOCH + timedelta(microseconds=(time_ns + shift_ns) // 1000)
        first = datetime(moment.year, (moment.month - 1) // months * months + 1, 1, tzinfo=UTC)
        return (first - _EPOCH) // timedelta(microseconds=1) * 1000 - shift_ns

    longest_ns = (31 * months + 1) * DAY_NS  # always within the bar that follows
    return Bar(start, longest_ns, gcd(DAY_NS, shift_ns) // MINUTE_NS)


def _bars() -> dict[str, Bar]:
    bars = {f"{n}m": _fixed(n * MINUTE_NS) for n in (1, 3, 5, 15, 30)}
    bars |= {f"{n}H": _fixed(n * _HOUR_NS) for n in (1, 2, 4)}
    for suffix, shift in (("", _EAST_8), ("utc", 0)):
        bars |= {f"{n}H{suffix}": _fixed(n * _HOUR_NS, shift) for n in (6, 12)}
        bars |= {f"{n}D{suffix}": _fixed(n * DAY_NS, shift) for n in (1, 2, 3)}
        bars[f"1W{suffix}"] = _weekly(shift)
        bars |= {f"{n}M{suffix}": _monthly(n, shift) for n in (1, 3)}
    return bars


BARS = _bars()
