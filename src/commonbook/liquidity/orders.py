"""How much of its orders a brand gets filled, and how soon. Rule LQ-5 of docs/rules/liquidity.md."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Filling:
    """Of one instrument."""

    orders: int = 0  # that were sized in lots
    by_amount: int = 0  # that were sized in quote units: their lots are not known beforehand, so they are only counted
    ordered_lots: int = 0
    filled_lots: int = 0
    waited: int = 0  # lots times the nanoseconds from an order's entry to the fill

    @property
    def share_e8(self) -> int | None:
        """Filled of ordered, rounded down."""
        return self.filled_lots * 100_000_000 // self.ordered_lots if self.ordered_lots else None

    @property
    def mean_wait_ns(self) -> int | None:
        """Of a lot that was filled, rounded down."""
        return self.waited // self.filled_lots if self.filled_lots else None


@dataclass(slots=True)
class Entered:
    instrument: int
    time_ns: int
    lots: int
    left: int


@dataclass(slots=True)
class Orders:
    """The orders that a brand has entered in the day and that still live; what came of all of them, by instrument."""

    filling: dict[int, Filling] = field(default_factory=dict)
    live: dict[int, Entered] = field(default_factory=dict)

    def of(self, instrument: int) -> Filling:
        return self.filling.setdefault(instrument, Filling())

    def entered(self, order: int, instrument: int, time_ns: int, lots: int) -> None:
        """Args: lots: 0 for one that is sized in quote units."""
        if not lots:
            self.of(instrument).by_amount += 1
            return
        found = self.of(instrument)
        found.orders += 1
        found.ordered_lots += lots
        self.live[order] = Entered(instrument, time_ns, lots, lots)

    def filled(self, order: int, lots: int, time_ns: int) -> None:
        one = self.live.get(order)
        if one is None:
            return
        found = self.of(one.instrument)
        found.filled_lots += lots
        found.waited += lots * (time_ns - one.time_ns)
        one.left -= lots
        if not one.left:
            del self.live[order]

    def amended(self, order: int, lots: int) -> None:
        """Another size, what is filled included."""
        one = self.live.get(order)
        if one is None:
            return
        self.of(one.instrument).ordered_lots += lots - one.lots
        one.left += lots - one.lots
        one.lots = lots
        if not one.left:
            del self.live[order]

    def ended(self, order: int) -> None:
        self.live.pop(order, None)
