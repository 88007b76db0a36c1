"""Whose turn it is when more waits than goes along: each brand has its share. Rule L-10 of docs/rules/limits.md.

Deficit round robin: in each round a brand that has something waiting may send QUANTUM commands more, and what it does
not use, because its next submission is larger, it keeps for the next round. So over time those who wait have equal
parts, whatever the size of what they send. Submissions of nothing but cancels go first, in the same turns, and leave a
part of each frame to what other brands wait for. What one account has sent stays in its order: a cancel does not pass
what its own account has waiting, and nothing of a brand passes its cancels.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Container, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commonbook.records import CANCEL, COMMAND_SIZE, CommandKind

QUANTUM = 64  # commands
FOR_ORDERS = 4  # one in so many commands of a frame is kept for what is no cancel
_KIND_AT = CANCEL.fields["kind"][1] if CANCEL.fields is not None else 0
_CANCELS = (CommandKind.CANCEL, CommandKind.CANCEL_ALL)


class Waiting(NamedTuple):
    """One submission."""

    records: NDArray[np.uint8]
    brand: int
    future: asyncio.Future[Any]

    @property
    def commands(self) -> int:
        return len(self.records) // COMMAND_SIZE


class Shares:
    """What waits, brand by brand."""

    def __init__(self, waiting: Iterable[Waiting]) -> None:
        self._cancels = _Turns()
        self._others = _Turns()
        self._ahead: Counter[int] = Counter()  # submissions of an account that are no cancels and wait
        for one in waiting:
            self.add(one)

    def add(self, one: Waiting) -> None:
        """A cancel passes what waits, unless its own account has something waiting that it may be about."""
        if one.records[_KIND_AT] in _CANCELS:
            accounts = _accounts(one.records)
            kinds = one.records[_KIND_AT::COMMAND_SIZE]
            if np.isin(kinds, _CANCELS).all() and not any(self._ahead[account] for account in accounts):
                self._cancels.add(one)
                return
        for account in _accounts(one.records):
            self._ahead[account] += 1
        self._others.add(one)

    def take(self, most: int) -> list[Waiting]:
        """The next frame: at most so many commands, unless the first submission alone has more."""
        kept = any(brand not in self._cancels.lines for brand in self._others.lines)
        taken = self._cancels.take(most - most // FOR_ORDERS if kept else most, True)
        left = most - sum(one.commands for one in taken)
        others = self._others.take(left, not taken, self._cancels.lines)
        for one in others:
            for account in _accounts(one.records):
                self._ahead[account] -= 1
                if not self._ahead[account]:
                    del self._ahead[account]
        return [*taken, *others]


class _Turns:
    """Lines of one kind."""

    def __init__(self) -> None:
        self.lines: dict[int, deque[Waiting]] = {}  # those that have something waiting
        self._order: deque[int] = deque()  # whose turn comes when
        self._credit: dict[int, int] = {}  # commands that a brand may send in its turn

    def add(self, one: Waiting) -> None:
        line = self.lines.get(one.brand)
        if line is None:
            line = self.lines[one.brand] = deque()
            self._order.append(one.brand)
            self._credit[one.brand] = 0
        line.append(one)

    def take(self, most: int, at_least_one: bool, without: Container[int] = ()) -> list[Waiting]:
        """What goes along, in turns.

        Args:
            at_least_one: the first submission goes along whatever its size.
            without: brands whose turn it is not.
        """
        taken: list[Waiting] = []
        left = most
        passed = 0  # brands one behind the other whose turn it was not
        while left > 0 and passed < len(self._order):
            brand = self._order[0]
            if brand in without:
                self._order.rotate(-1)
                passed += 1
                continue
            passed = 0
            line = self.lines[brand]
            if not self._credit[brand] >= line[0].commands:
                self._credit[brand] += QUANTUM
            while line and line[0].commands <= self._credit[brand]:
                size = line[0].commands
                if size > left and (taken or not at_least_one):
                    return taken  # this brand goes on with the next frame, with what it may still send
                taken.append(line.popleft())
                self._credit[brand] -= size
                left -= size
            self._order.popleft()
            if line:
                self._order.append(brand)
            else:  # who has nothing waiting saves up nothing
                del self.lines[brand], self._credit[brand]
        return taken


def _accounts(records: NDArray[np.uint8]) -> set[int]:
    return set(records.view(CANCEL)["account"].tolist())
