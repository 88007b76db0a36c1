"""Submissions of many requests, sent to the core together.

While the core makes one frame durable the next one gathers here, as in the core itself: a frame costs both sides the
same whether it carries the orders of one request or of thirty. What is submitted first is numbered first, as long as
all that waits goes along in one frame. When more waits, each brand has its share of a frame (`matching/shares.py`), so
that one that sends ten times as much as the others waits for itself. Rule L-10 of docs/rules/limits.md.
"""

import asyncio
from collections import deque
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from commonbook.errors import CoreUnavailable
from commonbook.matching.client import CoreClient
from commonbook.matching.shares import Shares, Waiting
from commonbook.records import COMMAND, COMMAND_SIZE, EVENT, EVENT_SIZE, Batch, Records

AHEAD = 1  # frames under way: what the core makes durable together is one frame of ours at the most
TOGETHER = 4_096  # commands of a frame, unless one submission has more
SHARED = 1_024  # commands of a frame that several brands wait for
Bytes = NDArray[np.uint8]


class Numbered(NamedTuple):
    """What became of one submission."""

    first: int  # the sequence of its first command; the others follow without a gap
    commands: int
    events: Bytes  # EVENT records of all its commands, in order

    @property
    def last(self) -> int:
        return self.first + self.commands - 1


class Gathering:
    """One per connection to the core. Only the event loop touches it."""

    def __init__(self, core: CoreClient) -> None:
        self._core = core
        self._waiting: deque[Waiting] = deque()  # as it came; empty while there are lines
        self._lines: Shares | None = None  # brand by brand, while more waits than goes along in one frame
        self.waiting = 0  # commands that are not on their way yet
        self._of: dict[int, int] = {}  # of them, by brand
        self._under_way = 0
        self._called = False

    def has_room(self, brand: int, most: int) -> bool:
        """Whether a brand has less waiting than its part of `most` commands, in equal parts for those who wait."""
        others = len(self._of) - (brand in self._of)
        return self._of.get(brand, 0) * (others + 1) <= most

    async def submit(self, records: Bytes, brand: int = 0) -> Numbered:
        """Have command records made durable and applied.

        Args:
            records: whole COMMAND records as bytes, one at least; not to be changed any more.
            brand: whose they are; 0 for the host's own.

        Raises:
            CoreBusy, CoreUnavailable: as `CoreClient.submit` says.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Numbered] = loop.create_future()
        one = Waiting(records, brand, future)
        if self._lines is None:
            self._waiting.append(one)
        else:
            self._lines.add(one)
        count = len(records) // COMMAND_SIZE
        self.waiting += count
        self._of[brand] = self._of.get(brand, 0) + count
        if not self._called and self._under_way < AHEAD:
            self._called = True
            loop.call_soon(self._send)  # whatever else has arrived in this turn of the loop goes along
        return await future

    def _send(self) -> None:
        self._called = False
        if not self.waiting or self._under_way >= AHEAD:
            return
        waiting = self._next()
        self._under_way += 1
        together = waiting[0].records if len(waiting) == 1 else np.concatenate([one.records for one in waiting])
        try:
            self._core.submit_then(together.view(COMMAND), partial(self._answered, waiting))
        except CoreUnavailable as gone:
            self._answered(waiting, gone)

    def _next(self) -> list[Waiting]:
        """What goes into the next frame."""
        frame = TOGETHER if len(self._of) == 1 else SHARED
        if self._lines is None:
            if self.waiting <= frame:
                return self._all(list(self._waiting))
            self._lines = Shares(self._waiting)
            self._waiting = deque()
        taken = self._lines.take(frame)
        for one in taken:
            count = len(one.records) // COMMAND_SIZE
            self.waiting -= count
            self._of[one.brand] -= count
            if not self._of[one.brand]:
                del self._of[one.brand]
        if not self.waiting:
            self._lines = None
        return taken

    def _all(self, taken: list[Waiting]) -> list[Waiting]:
        self._waiting.clear()
        self._of.clear()
        self.waiting = 0
        return taken

    def _answered(self, waiting: list[Waiting], answer: Batch | CoreUnavailable) -> None:
        self._under_way -= 1
        if isinstance(answer, CoreUnavailable):
            for one in waiting:
                if not one.future.done():
                    one.future.set_exception(type(answer)(*answer.args))
        else:
            _share(waiting, answer)
        self._send()


def _share(waiting: list[Waiting], batch: Batch) -> None:
    """Give each submission its events."""
    first = batch.first
    counts = [len(one.records) // COMMAND_SIZE for one in waiting]
    starts = first + np.cumsum([0, *counts])
    places = (np.searchsorted(batch.events["sequence"], starts) * EVENT_SIZE).tolist()
    events = batch.events.view(np.uint8)
    for (start, end), count, one in zip(pairwise(places), counts, waiting, strict=True):
        if not one.future.done():  # whoever asked may have gone
            one.future.set_result(Numbered(first, count, events[start:end]))
        first += count


def each_of(numbered: Numbered) -> list[Records]:
    """The events of each command of a submission, in command order; views."""
    events = numbered.events.view(EVENT)
    bounds = np.arange(numbered.first, numbered.first + numbered.commands + 1, dtype=np.uint64)
    places = np.searchsorted(events["sequence"], bounds).tolist()
    return [events[start:end] for start, end in pairwise(places)]
