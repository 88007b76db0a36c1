"""Submissions of many requests, sent to the core together.

While the core makes one frame durable the next one gathers here, as in the core itself: a frame costs both sides the
same whether it carries the orders of one request or of thirty. What is submitted first is numbered first.
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
from commonbook.records import COMMAND, COMMAND_SIZE, EVENT, EVENT_SIZE, Batch, Records

AHEAD = 1  # frames under way: what the core makes durable together is one frame of ours at the most
TOGETHER = 4_096  # commands of a frame, unless one submission has more
Bytes = NDArray[np.uint8]


class Numbered(NamedTuple):
    """What became of one submission."""

    first: int  # the sequence of its first command; the others follow without a gap
    commands: int
    events: Bytes  # EVENT records of all its commands, in order

    @property
    def last(self) -> int:
        return self.first + self.commands - 1


_Waiting = tuple[Bytes, asyncio.Future[Numbered]]


class Gathering:
    """One per connection to the core. Only the event loop touches it."""

    def __init__(self, core: CoreClient) -> None:
        self._core = core
        self._waiting: deque[_Waiting] = deque()
        self.waiting = 0  # commands that are not on their way yet
        self._under_way = 0
        self._called = False

    async def submit(self, records: Bytes) -> Numbered:
        """Have command records made durable and applied.

        Args:
            records: whole COMMAND records as bytes, one at least; not to be changed any more.

        Raises:
            CoreBusy, CoreUnavailable: as `CoreClient.submit` says.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Numbered] = loop.create_future()
        self._waiting.append((records, future))
        self.waiting += len(records) // COMMAND_SIZE
        if not self._called and self._under_way < AHEAD:
            self._called = True
            loop.call_soon(self._send)  # whatever else has arrived in this turn of the loop goes along
        return await future

    def _send(self) -> None:
        self._called = False
        if not self._waiting or self._under_way >= AHEAD:
            return
        waiting: list[_Waiting] = []
        size = 0
        while self._waiting and (not waiting or size + len(self._waiting[0][0]) <= TOGETHER * COMMAND_SIZE):
            waiting.append(self._waiting.popleft())
            size += len(waiting[-1][0])
        self.waiting -= size // COMMAND_SIZE
        self._under_way += 1
        together = waiting[0][0] if len(waiting) == 1 else np.concatenate([records for records, _ in waiting])
        try:
            self._core.submit_then(together.view(COMMAND), partial(self._answered, waiting))
        except CoreUnavailable as gone:
            self._answered(waiting, gone)

    def _answered(self, waiting: list[_Waiting], answer: Batch | CoreUnavailable) -> None:
        self._under_way -= 1
        if isinstance(answer, CoreUnavailable):
            for _, future in waiting:
                if not future.done():
                    future.set_exception(type(answer)(*answer.args))
        else:
            _share(waiting, answer)
        self._send()


def _share(waiting: list[_Waiting], batch: Batch) -> None:
    """Give each submission its events."""
    first = batch.first
    counts = [len(records) // COMMAND_SIZE for records, _ in waiting]
    starts = first + np.cumsum([0, *counts])
    places = (np.searchsorted(batch.events["sequence"], starts) * EVENT_SIZE).tolist()
    events = batch.events.view(np.uint8)
    for (start, end), count, (_, future) in zip(pairwise(places), counts, waiting, strict=True):
        if not future.done():  # whoever asked may have gone
            future.set_result(Numbered(first, count, events[start:end]))
        first += count


def each_of(numbered: Numbered) -> list[Records]:
    """The events of each command of a submission, in command order; views."""
    events = numbered.events.view(EVENT)
    bounds = np.arange(numbered.first, numbered.first + numbered.commands + 1, dtype=np.uint64)
    places = np.searchsorted(events["sequence"], bounds).tolist()
    return [events[start:end] for start, end in pairwise(places)]
