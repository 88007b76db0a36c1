"""How much a client may ask for: windows that slide, shared by all doors of a process.

A window remembers when what was taken: at no moment has more than the limit been taken in the time before it.
"""

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Limit(NamedTuple):
    """So much in so long."""

    most: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request takes of one limit. `key` says whose, and of which limit."""

    key: Hashable
    limit: Limit
    count: int = 1


class Window:
    """At most `limit.most` in any `limit.window_ms`."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._taken: deque[tuple[int, int]] = deque()
        self._sum = 0

    def left(self, now_ms: int) -> int:
        while self._taken and self._taken[0][0] <= now_ms - self.limit.window_ms:
            self._sum -= self._taken.popleft()[1]
        return self.limit.most - self._sum

    def take(self, count: int, now_ms: int) -> None:
        if count:
            self._taken.append((now_ms, count))
            self._sum += count

    def wait_ms(self, count: int, now_ms: int) -> int:
        """Milliseconds until there may be room for so much: once enough of what fills the window is out of it."""
        missing = count - self.left(now_ms)
        for at, taken in self._taken:
            missing -= taken
            if missing <= 0:
                return at + self.limit.window_ms - now_ms
        return self.limit.window_ms  # more than fits at all

    def is_idle(self, now_ms: int) -> bool:
        return self.left(now_ms) == self.limit.most


@dataclass
class Limits:
    """All windows in use. Only one event loop touches it."""

    windows: dict[Hashable, Window] = field(default_factory=dict)
    _swept_ms: int = 0

    def spend(self, claims: Sequence[Claim], now_ms: int) -> Claim | None:
        """Take all of it or nothing; the claim for which there is no room."""
        for claim in claims:
            if claim.count > self._window(claim).left(now_ms):
                return claim
        for claim in claims:
            self._window(claim).take(claim.count, now_ms)
        if now_ms - self._swept_ms > SWEEP_MS:
            self._sweep(now_ms)
        return None

    def wait_ms(self, claim: Claim, now_ms: int) -> int:
        return self._window(claim).wait_ms(claim.count, now_ms)

    def left(self, key: Hashable, limit: Limit, now_ms: int) -> int:
        window = self.windows.get(key)
        return limit.most if window is None else window.left(now_ms)

    def known(self) -> list[tuple[Hashable, Limit]]:
        """The windows in which something is counted."""
        return [(key, window.limit) for key, window in self.windows.items()]

    def _window(self, claim: Claim) -> Window:
        window = self.windows.get(claim.key)
        if window is None:
            window = self.windows[claim.key] = Window(claim.limit)
        return window

    def _sweep(self, now_ms: int) -> None:
        """Windows of those who have gone take no memory."""
        self._swept_ms = now_ms
        for key in [key for key, window in self.windows.items() if window.is_idle(now_ms)]:
            del self.windows[key]


SWEEP_MS = 10_000
