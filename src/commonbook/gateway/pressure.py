"""How much of what comes a gateway takes on: when it is behind, some new orders are refused at once.

A loop that comes late to its beat time and again has more to do than it can. What it must not do then is to read and
carry out order after order, each later than the one before. So it takes on a smaller share of them from beat to beat,
and says "busy" to the others while that is still cheap; when it is on time again the share grows, by small steps.
Cancels are always taken on.

Who is refused is decided brand by brand: of all that may be taken on each brand has the same part, and what one does
not need the others have (L-10). A brand that sends less than its part is refused nothing; one that sends ten times as
much as the others bears what is too much. How much a brand sends is what it sent in the window before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

WINDOW = 10  # beats
SMALLER, LARGER = 0.8, 0.02  # a share's factor at a beat that is too late, and its step at one that is on time
LEAST = 0.01


@dataclass
class Pressure:
    """One per gateway process. `limit_ms` 0: nothing is ever refused."""

    limit_ms: int
    share: float = 1.0  # of new orders that are taken on
    _was_late: bool = False
    _due: dict[int, float] = field(default_factory=dict)  # by brand: orders that are owed to it, below 1
    _seen: dict[int, int] = field(default_factory=dict)  # what has come in this window, by brand
    _before: dict[int, int] = field(default_factory=dict)  # in the window before
    _beats: int = 0
    _most: float | None = None  # of one brand in a window; None: to be worked out

    def beat(self, late_s: float) -> None:
        """The loop came to a beat so many seconds late."""
        self._beats += 1
        if self._beats % WINDOW == 0:
            self._before, self._seen = self._seen, {}
            self._due.clear()
        self._most = None
        late_ms = late_s * 1000
        was_late, self._was_late = self._was_late, late_ms > self.limit_ms > 0
        if self._was_late and was_late:
            self.share = max(self.share * SMALLER, LEAST)
        elif not self._was_late and late_ms * 2 <= self.limit_ms:
            self.share = min(self.share + LARGER, 1.0)

    def takes_one(self, brand: int = 0, size: int = 1) -> bool:
        """Whether an order message that has come is taken on.

        Args:
            brand: whose; 0 for nobody known.
            size: what it is to read and carry out, in whatever unit all are measured by.
        """
        self._seen[brand] = self._seen.get(brand, 0) + size
        if self.share >= 1.0:
            return True
        part = self._part(brand)
        if part >= 1.0:
            return True
        due = self._due.get(brand, 0.0) + part
        self._due[brand] = due - 1.0 if due >= 1.0 else due
        return due >= 1.0

    def _part(self, brand: int) -> float:
        """Of what a brand sends, how much is taken on."""
        if not self._before:
            return self.share
        if self._most is None:
            self._most = equal_part(self._before.values(), self.share * sum(self._before.values()))
        mine = self._before.get(brand, 0)
        return 1.0 if mine <= self._most else self._most / mine


def equal_part(wanted: Iterable[int], room: float) -> float:
    """The most that each may have so that all together have no more than there is room for, and none is left over."""
    rest = sorted(wanted)
    for place, one in enumerate(rest):
        left = len(rest) - place
        if one * left > room:
            return max(room, 0.0) / left
        room -= one
    return float("inf")
