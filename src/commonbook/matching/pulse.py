"""How the core is doing: what each of the last seconds has brought, and how long it took until that was durable.

A few integers for each batch, kept in memory: no setting, no file. Only batches that somebody waits for are measured.
"""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

SECONDS = 300
FINE = 4  # bits: a duration is kept to an eighth of itself, at worst


@dataclass(slots=True)
class Second:
    at_s: int  # since 1970
    commands: int = 0
    orders: int = 0
    batches: int = 0
    took: Counter[int] = field(default_factory=Counter)  # batches by `bucket_of` their microseconds


class Pulse:
    """The core's. Only its loop touches it."""

    def __init__(self) -> None:
        self.started_ns = time.time_ns()
        self._seconds: deque[Second] = deque(maxlen=SECONDS)

    def note(self, now_ns: int, took_ns: int, commands: int, orders: int) -> None:
        """A batch is durable.

        Args:
            now_ns: wall time.
            took_ns: since the core took it up.
            commands: of all kinds, in the batch.
            orders: of them, new ones.
        """
        at_s = now_ns // 1_000_000_000
        if not self._seconds or self._seconds[-1].at_s < at_s:
            self._seconds.append(Second(at_s))
        one = self._seconds[-1]
        one.commands += commands
        one.orders += orders
        one.batches += 1
        one.took[bucket_of(took_ns // 1_000)] += 1

    def told(self, now_ns: int) -> dict[str, Any]:
        """Since when the core runs, and the seconds that brought something, the oldest first.

        Returns:
            {"started_ns", "seconds": [[at_s, commands, orders, batches, p50_us, p99_us, most_us], ...]}
        """
        first = now_ns // 1_000_000_000 - SECONDS
        seconds = [
            [one.at_s, one.commands, one.orders, one.batches, *(percentile(one.took, part) for part in (50, 99, 100))]
            for one in self._seconds
            if one.at_s > first
        ]
        return {"started_ns": self.started_ns, "seconds": seconds}


def bucket_of(us: int) -> int:
    """A duration's bucket: exact below 16, then each octave in eight parts."""
    shift = max(us.bit_length() - FINE, 0)
    return (shift << FINE) + (us >> shift)


def end_of(bucket: int) -> int:
    """The longest duration of a bucket."""
    shift = bucket >> FINE
    return (((bucket & ((1 << FINE) - 1)) + 1) << shift) - 1


def percentile(took: Counter[int], part: int) -> int:
    """The duration that `part` of a hundred did not exceed, in microseconds, rounded up to its bucket's end."""
    wanted = -(-took.total() * part // 100)
    seen = 0
    for bucket in sorted(took):
        seen += took[bucket]
        if seen >= wanted:
            return end_of(bucket)
    return 0
