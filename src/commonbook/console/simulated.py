"""The simulated venue's process under the supervisor. If it dies it is started again, and the live venue goes on."""

import time
from collections.abc import Callable, Sequence

from commonbook.console.processes import READY, SIMULATED_READY, Child
from commonbook.errors import OutsideFailure

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
STEADY_S = 60.0  # a process that has run for so long may die as if for the first time


class SimulatedVenue:
    """Starts, waits for, and looks after the process."""

    def __init__(self, start: Callable[[], Child], told: Callable[[str], None]) -> None:
        """
        Args:
            start: starts the process.
            told: is given a line when it has died.
        """
        self._start = start
        self._told = told
        self._pause_s = FIRST_PAUSE_S
        self._child: Child | None = None
        self._due = 0.0  # when it is started again
        self._begin()

    def _begin(self) -> None:
        self._child = self._start()
        self._began = time.monotonic()

    def wait_ready(self, gateways: Sequence[Child], stopping: Callable[[], bool]) -> None:
        """Until every gateway serves it; no longer than it lives."""
        if self._child is None:
            return
        try:
            if self._child.wait_for(READY, stopping):
                for gateway in gateways:
                    gateway.wait_for(SIMULATED_READY, lambda: stopping() or self._has_died())
        except OutsideFailure:
            if any(gateway.process.poll() is not None for gateway in gateways):
                raise
            self.look_after()

    def _has_died(self) -> bool:
        return self._child is not None and self._child.process.poll() is not None

    def look_after(self) -> None:
        """Called again and again: a process that has died is started anew, after a pause that grows."""
        now = time.monotonic()
        if self._child is not None and self._has_died():
            self._told(f"the simulated venue again; it ended: {self._child.last_words()}")
            if now - self._began > STEADY_S:
                self._pause_s = FIRST_PAUSE_S
            self._child.end()
            self._child = None
            self._due = now + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        elif self._child is None and now >= self._due:
            self._begin()

    def ask_to_stop(self) -> None:
        if self._child is not None:
            self._child.ask_to_stop()

    def end(self) -> None:
        if self._child is not None:
            self._child.end()
