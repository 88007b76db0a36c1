"""Which signatures have been used (I-4): each is good once."""

from collections import OrderedDict
from typing import Protocol


class UsedOnce(Protocol):
    """Remembers signatures."""

    def is_first(self, signature: str, until_ms: int, now_ms: int) -> bool:
        """Whether it was never used; from now on it was.

        Args:
            until_ms: the time after which it is stale anyway.
        """


class Uses:
    """The signatures of one process."""

    def __init__(self) -> None:
        self._used: OrderedDict[str, int] = OrderedDict()

    def is_first(self, signature: str, until_ms: int, now_ms: int) -> bool:
        while self._used and next(iter(self._used.values())) < now_ms:
            self._used.popitem(last=False)
        if signature in self._used:
            return False
        # Insertion order is arrival order, so the oldest entries leave first; each stays while it could be replayed.
        self._used[signature] = until_ms
        return True
