"""How much of what comes a gateway takes on: when it is behind, some new orders are refused at once.

A loop that comes late to its beat time and again has more to do than it can. What it must not do then is to read and
carry out order after order, each later than the one before. So it takes on a smaller share of them from beat to beat,
and says "busy" to the others while that is still cheap; when it is on time again the share grows, by small steps.
Cancels are always taken on.
"""

from dataclasses import dataclass

SMALLER, LARGER = 0.8, 0.02  # a share's factor at a beat that is too late, and its step at one that is on time
LEAST = 0.01


@dataclass
class Pressure:
    """One per gateway process. `limit_ms` 0: nothing is ever refused."""

    limit_ms: int
    share: float = 1.0  # of new orders that are taken on
    _was_late: bool = False
    _due: float = 0.0  # of orders that have come, how many would have been taken on; below 1 of them is still owed

    def beat(self, late_s: float) -> None:
        """The loop came to a beat so many seconds late."""
        late_ms = late_s * 1000
        was_late, self._was_late = self._was_late, late_ms > self.limit_ms > 0
        if self._was_late and was_late:
            self.share = max(self.share * SMALLER, LEAST)
        elif not self._was_late and late_ms * 2 <= self.limit_ms:
            self.share = min(self.share + LARGER, 1.0)

    def takes_one(self) -> bool:
        """Whether an order that has come is taken on."""
        if self.share >= 1.0:
            return True
        self._due += self.share
        if self._due < 1.0:
            return False
        self._due -= 1.0
        return True
