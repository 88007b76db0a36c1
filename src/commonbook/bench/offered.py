"""Commands offered at a planned rate, and where the time of each went until its durable acknowledgement.

    planned ── waited ──▶ taken in ── begun ──▶ in the journal's queue ── durable ──▶ told
              the loop is           numbered,                            the frame before, its own,
              elsewhere             applied                              and until the loop looks

Open loop: each command has its planned time, whatever became of those before it. A stall counts for everyone who had to
wait in it. Beside the parts it is noted for how long of all this the loop had no core, though it wanted one.
"""

import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.matching.sequencer import Sequencer
from commonbook.records import Batch, Records
from commonbook.settings import CoreSettings

AT_ONCE = CoreSettings().batch_commands  # commands that are taken in together, at most
NAP_NS = 20_000  # between two looks, when nothing has arrived
NEAR = {50.0: 0.5, 99.0: 0.25, 99.9: 0.02}  # percent on both sides, whose commands stand for a percentile

Nanoseconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Offered:
    """Nanoseconds of each command, in the order of their planned times."""

    told: Nanoseconds  # from planned to acknowledged: the sum of the next three
    waited: Nanoseconds
    begun: Nanoseconds
    durable: Nanoseconds
    off_core: Nanoseconds  # within all this: how long the loop was not running, and did not want to sleep
    frame: float  # nanoseconds from one frame that became durable to the next, the mean

    def near(self, percentile: float) -> dict[str, float]:
        """Nanoseconds of each part, the mean of the commands whose latency is about the percentile's."""
        around = NEAR[percentile]
        low, high = np.percentile(self.told, [percentile - around, percentile + around])
        chosen = (self.told >= low) & (self.told <= high)
        parts = {"waited": self.waited, "begun": self.begun, "durable": self.durable, "off_core": self.off_core}
        return {name: float(part[chosen].mean()) for name, part in parts.items()}


@dataclass(slots=True)
class Rounds:
    """When each round of the loop began, and how long the loop had then had no core in all."""

    at: list[int]
    off_core: list[int]

    def until(self, moments: Nanoseconds) -> Nanoseconds:
        """Nanoseconds without a core from the beginning until about each moment."""
        ends = np.minimum(np.searchsorted(self.at, moments, side="left"), len(self.at) - 1)
        return np.asarray(self.off_core, np.int64)[ends]


def offer(sequencer: Sequencer, steps: Records, rate: int) -> Offered:
    """The commands at so many a second, in batches of what has arrived meanwhile."""
    planned = (np.arange(len(steps)) * (1e9 / rate)).astype(np.int64)
    batches: list[tuple[int, int, int, int, int]] = []  # from, to; taken in, begun, told: ns after the beginning
    held: deque[tuple[int, int, int, int, Batch]] = deque()
    rounds = Rounds([], [])
    given, napped, frames, known = 0, 0, 0, sequencer.durable()
    began, cpu = time.perf_counter_ns(), time.thread_time_ns()
    while given < len(steps) or held:
        now = time.perf_counter_ns() - began
        rounds.at.append(now)
        rounds.off_core.append(now - napped - (time.thread_time_ns() - cpu))
        due = min(len(steps), 1 + now * rate // 1_000_000_000)
        upto = min(due, given + AT_ONCE)
        if upto > given:
            taken = time.perf_counter_ns() - began
            batch = sequencer.begin(steps[given:upto], None)
            held.append((given, upto, taken, time.perf_counter_ns() - began, batch))
            given = upto
        durable = sequencer.durable()
        frames, known = frames + (durable > known), durable
        while held and held[0][-1].last <= durable:
            first, behind, taken, begun, _ = held.popleft()
            batches.append((first, behind, taken, begun, time.perf_counter_ns() - began))
        if due == given:
            time.sleep(NAP_NS / 1e9)
            napped += NAP_NS
    return _by_command(planned, batches, rounds, (time.perf_counter_ns() - began) / max(frames, 1))


def _by_command(
    planned: Nanoseconds, batches: list[tuple[int, int, int, int, int]], rounds: Rounds, frame: float
) -> Offered:
    first, behind, *moments = np.array(batches, np.int64).T
    taken, begun, told = (np.repeat(moment, behind - first) for moment in moments)
    off_core = rounds.until(told) - rounds.until(planned)
    return Offered(told - planned, taken - planned, begun - taken, told - begun, off_core, frame)
