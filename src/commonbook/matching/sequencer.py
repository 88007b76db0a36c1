"""Number, journal, apply, wait until durable: the order in which nothing can be lost.

    commands ──▶ number ──▶ journal.append ──▶ engine.apply ──▶ journal.wait_durable ──▶ events leave
                              (the sync thread works while the engine applies)

The engine's state may run ahead of the disk, by as many batches as are begun and not finished; its events may not:
they are handed out only when their batch is durable, and when the disk fails the process ends with everything that was
not durable unseen by anyone.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import numpy as np

from commonbook._engine import Engine, Journal, write_snapshot
from commonbook.errors import BrokenInvariant
from commonbook.matching.keeper import Keeper
from commonbook.matching.recovery import replay, restore
from commonbook.records import COMMAND, EVENT, Batch, Records
from commonbook.settings import JournalSettings


class Sequencer:
    """The one writer of a data folder. Holds the journal's lock until it is closed."""

    def __init__(self, data_dir: Path, journal: Journal, engine: Engine, settings: JournalSettings) -> None:
        self.engine = engine
        self._data_dir = data_dir
        self._journal = journal
        self._settings = settings
        self._snapshot_at = engine.sequence()
        self.keeper = Keeper(data_dir, settings)

    @classmethod
    def open(cls, data_dir: Path, settings: JournalSettings) -> Self:
        """Validate the journal, cut a torn tail, rebuild the engine.

        Raises:
            JournalDamaged: a bad record before a valid one.
            DataFolderInUse: another process has it.
        """
        journal, engine = restore(data_dir, settings)
        return cls(data_dir, journal, engine, settings)

    def begin(self, commands: Records, now_ns: int | None) -> Batch:
        """Number a batch, give it to the journal and apply it. Its events must not leave before `finish`.

        Args:
            commands: COMMAND records of any kinds, shape (n,), n >= 1; sequence and time are overwritten in place.
            now_ns: wall time for all of them; None keeps the times they carry. Engine time never falls either way.
        """
        first = self.engine.sequence() + 1
        commands["sequence"] = np.arange(first, first + len(commands), dtype=np.uint64)
        floor = self.engine.time_ns()
        if now_ns is None:
            commands["time_ns"] = np.maximum.accumulate(np.maximum(commands["time_ns"], floor))
        else:
            commands["time_ns"] = max(now_ns, floor)
        records = np.ascontiguousarray(commands).view(np.uint8)
        self._journal.append(records)
        events = np.frombuffer(self.engine.apply(records), EVENT)
        return Batch(commands, events)

    def finish(self, batch: Batch) -> Batch:
        """Wait until the batch is durable; from here on its events may be seen.

        Raises:
            JournalFailed: the disk refused. There is no retry: the process must end.
        """
        self._journal.wait_durable(batch.last)
        return batch

    def durable(self) -> int:
        """The newest durable sequence: what is begun up to there may be finished without waiting."""
        return self._journal.durable()

    def commit(self, commands: Records, now_ns: int | None) -> Batch:
        """`begin` and `finish` in one, for whoever has nothing to do in between."""
        return self.finish(self.begin(commands, now_ns))

    def replay(self, after: int) -> Iterator[Batch]:
        """Everything durable behind a sequence, as it happened."""
        return replay(self._data_dir, after, self.engine.sequence())

    def snapshot_if_due(self) -> bool:
        """Have a snapshot written beside us when enough commands have passed since the last; True when that begins."""
        if self._journal.durable() - self._snapshot_at < self._settings.snapshot_every:
            return False
        durable = self._journal.durable()
        begun = self.keeper.begin(durable)
        if begun:
            self._snapshot_at = durable
        return begun

    def snapshot(self) -> None:
        """At an orderly end, when nothing waits for the engine any more: write its own state beside the journal."""
        sequence = self.engine.sequence()
        if sequence == self._snapshot_at and not self.keeper.is_busy():
            return
        self._journal.wait_durable(sequence)
        state = self.engine.snapshot()
        write_snapshot(str(self._data_dir), sequence, state, self._settings.snapshots_kept)
        self._snapshot_at = sequence

    def close(self) -> None:
        self.keeper.close()
        self._journal.close()


def each_answer(batch: Batch) -> list[Records]:
    """The events of each command of a batch, in command order; views."""
    sequences = batch.commands["sequence"]
    starts = np.searchsorted(batch.events["sequence"], sequences, side="left")
    ends = np.searchsorted(batch.events["sequence"], sequences, side="right")
    return [batch.events[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def part_of(batch: Batch, first: int, count: int) -> Batch:
    """The `count` commands of a batch from sequence `first` on, with their events; views.

    Raises:
        BrokenInvariant: the range is not inside the batch.
    """
    offset = first - batch.first
    if offset < 0 or offset + count > len(batch.commands):
        raise BrokenInvariant(f"sequences {first} to {first + count - 1} are not in {batch.first} to {batch.last}")
    start, end = np.searchsorted(batch.events["sequence"], np.array([first, first + count], dtype=np.uint64))
    return Batch(batch.commands[offset : offset + count], batch.events[start:end])


def join(batches: list[Batch]) -> Batch:
    """Consecutive batches as one."""
    return Batch(
        np.concatenate([batch.commands for batch in batches]).astype(COMMAND, copy=False),
        np.concatenate([batch.events for batch in batches]).astype(EVENT, copy=False),
    )


Clock = Callable[[], int]  # wall time in nanoseconds
