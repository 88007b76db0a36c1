"""Depth and spread of a book, weighed by how long they stood. Rules LQ-1 to LQ-3 of docs/rules/liquidity.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from commonbook._engine import Engine
from commonbook.instrument.model import Instrument
from commonbook.units import HOUR_NS, RATE_ONE

BASIS_POINTS = (10, 50, 100)  # away from the middle
ONE = 10_000  # in basis points
FIRST_LEVELS = 64  # looked at; twice as many until they reach far enough
Level = tuple[int, int, int]  # price_ticks, lots, orders


@dataclass(frozen=True, slots=True)
class Moment:
    """A book at one moment. Amounts are quote ledger units, one of each distance."""

    bids: tuple[int, ...]
    asks: tuple[int, ...]
    spread_e8: int  # of the middle


def moment(bids: Sequence[Level], asks: Sequence[Level], minor_per_tick_lot: int) -> Moment | None:
    """What stands within each distance of the middle; None for a book with one side or none (LQ-1).

    Args:
        bids, asks: best first, and deep enough for the widest distance.

    A price belongs to a distance d when it is at most d from the middle m = (best bid + best ask) / 2, with the bound
    itself: 2 x price x 10,000 against (best bid + best ask) x (10,000 -+ d), in whole numbers. The spread is rounded
    down.
    """
    if not bids or not asks:
        return None
    twice = bids[0][0] + asks[0][0]
    below = [[price * lots for price, lots, _ in bids if 2 * ONE * price >= twice * (ONE - d)] for d in BASIS_POINTS]
    above = [[price * lots for price, lots, _ in asks if 2 * ONE * price <= twice * (ONE + d)] for d in BASIS_POINTS]
    return Moment(
        tuple(sum(part) * minor_per_tick_lot for part in below),
        tuple(sum(part) * minor_per_tick_lot for part in above),
        (asks[0][0] - bids[0][0]) * 2 * RATE_ONE // twice,
    )


def moment_of(engine: Engine, instrument: Instrument) -> Moment | None:
    """The same of an engine's book, of which no more levels are read than needed."""
    levels = FIRST_LEVELS
    while True:
        bids, asks = engine.depth(instrument.id, levels)
        if _reach(bids, asks, levels):
            return moment(bids, asks, instrument.minor_per_tick_lot)
        levels *= 2


def _reach(bids: list[Level], asks: list[Level], levels: int) -> bool:
    if not bids or not asks:
        return True
    twice, widest = bids[0][0] + asks[0][0], BASIS_POINTS[-1]
    bids_reach = len(bids) < levels or 2 * ONE * bids[-1][0] < twice * (ONE - widest)
    asks_reach = len(asks) < levels or 2 * ONE * asks[-1][0] > twice * (ONE + widest)
    return bids_reach and asks_reach


@dataclass(slots=True)
class Weighed:
    """Sums over a time: each value times the nanoseconds that it stood."""

    ns: int = 0  # that were looked at
    two_sided_ns: int = 0  # in which there was a middle
    bids: list[int] = field(default_factory=lambda: [0] * len(BASIS_POINTS))
    asks: list[int] = field(default_factory=lambda: [0] * len(BASIS_POINTS))
    spread: int = 0

    def add(self, one: Moment | None, ns: int) -> None:
        self.ns += ns
        if one is None:
            return
        self.two_sided_ns += ns
        self.spread += one.spread_e8 * ns
        for place, (bids, asks) in enumerate(zip(one.bids, one.asks, strict=True)):
            self.bids[place] += bids * ns
            self.asks[place] += asks * ns

    def join(self, other: "Weighed") -> None:
        self.ns += other.ns
        self.two_sided_ns += other.two_sided_ns
        self.spread += other.spread
        self.bids = [one + more for one, more in zip(self.bids, other.bids, strict=True)]
        self.asks = [one + more for one, more in zip(self.asks, other.asks, strict=True)]

    @property
    def mean_bids(self) -> list[int]:
        """Quote ledger units, rounded down; a time without a middle counts as none."""
        return [total // self.ns if self.ns else 0 for total in self.bids]

    @property
    def mean_asks(self) -> list[int]:
        return [total // self.ns if self.ns else 0 for total in self.asks]

    @property
    def mean_spread_e8(self) -> int | None:
        """Of the middle, over the time in which there was one; None when there never was."""
        return self.spread // self.two_sided_ns if self.two_sided_ns else None


@dataclass(slots=True)
class Watch:
    """One book over a day, hour by hour."""

    instrument: Instrument
    since_ns: int
    now: Moment | None = None
    hours: dict[int, Weighed] = field(default_factory=dict)  # hours since 1970

    def until(self, time_ns: int) -> None:
        """What stands has stood until this time."""
        while self.since_ns < time_ns:
            hour = self.since_ns // HOUR_NS
            end_ns = min(time_ns, (hour + 1) * HOUR_NS)
            self.hours.setdefault(hour, Weighed()).add(self.now, end_ns - self.since_ns)
            self.since_ns = end_ns

    def look(self, engine: Engine, time_ns: int) -> None:
        """The book has changed at this time."""
        self.until(time_ns)
        self.now = moment_of(engine, self.instrument)
