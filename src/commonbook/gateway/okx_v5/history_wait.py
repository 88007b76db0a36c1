"""Waiting until history holds what was acknowledged, for all readers together.

History is written by another process a moment after an acknowledgement. Each reader needs it up to a sequence of its
own; a thread for each of them, which sleeps and looks again, would keep those from reading who need not wait. So one
looks for all, in a thread of its own, and only while somebody waits.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

LOOK_AGAIN_S = 0.002

Waiting = tuple[int, asyncio.Future[None]]  # the sequence that is waited for


class HistoryWait:
    """One for each venue of a gateway."""

    def __init__(self, position_of: Callable[[], int]) -> None:
        """
        Args:
            position_of: how far history has come; it may block.
        """
        self._position_of = position_of
        self._known = 0
        self._waiting: list[Waiting] = []
        self._looking: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "history-wait")

    async def reach(self, sequence: int, within_s: float) -> bool:
        """Whether history holds all up to a sequence in time."""
        if self._known >= sequence:
            return True
        loop = asyncio.get_running_loop()
        reached: asyncio.Future[None] = loop.create_future()
        self._waiting.append((sequence, reached))
        if self._looking is None or self._looking.done() or self._looking.get_loop() is not loop:
            self._looking = asyncio.ensure_future(self._look(loop))
        with suppress(TimeoutError):
            await asyncio.wait_for(reached, within_s)
        return reached.done() and not reached.cancelled()

    async def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                self._known = max(self._known, await loop.run_in_executor(self._thread, self._position_of))
            except Exception as failure:
                self._tell(loop, failure)
                return
            self._tell(loop, None)
            if not self._waiting:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    def _tell(self, loop: asyncio.AbstractEventLoop, failure: Exception | None) -> None:
        """Those who have what they need, or who will never have it."""
        left: list[Waiting] = []
        for sequence, reached in self._waiting:
            if reached.done() or reached.get_loop() is not loop:
                continue  # who has stopped waiting
            if failure is not None:
                reached.set_exception(failure)
            elif sequence <= self._known:
                reached.set_result(None)
            else:
                left.append((sequence, reached))
        self._waiting = left
