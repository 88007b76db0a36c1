"""How long the core is away at most, while its state grows tenfold and a snapshot is written beside it.

A turn is what the core does with a batch: number, journal, apply, hand out what is durable, begin a snapshot if one is
due. Its time is taken twice: the thread's own processor time, which other processes cannot lengthen, and wall time,
beside a control that only computes and whose longest times are the machine's own.
"""

import hashlib
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commonbook.bench import steady
from commonbook.bench.engine import SEED
from commonbook.bench.harness import Figure, uncollected
from commonbook.bench.steady import Size
from commonbook.bench.venue import listing
from commonbook.errors import Mismatch
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, EVENT, Batch, EventKind, Records, as_commands
from commonbook.settings import JournalSettings

BATCH = 64
SNAPSHOTS = 4  # one after each part of the growth
CONTROL = bytes(64 * 1024)  # hashing it takes about as long as a turn


@dataclass(frozen=True, slots=True)
class Scale:
    """Accounts and resting orders, of each as many: at the beginning, and at the end."""

    begun: int
    grown: int


FULL = Scale(100_000, 1_000_000)
QUICK = Scale(100, 1_000)


def run(scale: Scale, folder: Path) -> list[Figure]:
    """The longest turn and the longest control.

    Raises:
        Mismatch: a command was refused, or no snapshot was written meanwhile.
    """
    commands = growing(scale.grown)
    first = len(listing(1)) + 3 * scale.begun
    settings = JournalSettings(snapshot_every=max(1, (len(commands) - first) // SNAPSHOTS))
    with tempfile.TemporaryDirectory(dir=folder) as data_dir:
        sequencer = Sequencer.open(Path(data_dir), settings)
        try:
            sequencer.commit(commands[:first], None)
            with uncollected():
                turns, controls = measure(sequencer, commands[first:])
            sequencer.keeper.wait()
        finally:
            sequencer.close()
        if not list((Path(data_dir) / "snapshots").glob("*.cbs")):
            raise Mismatch("no snapshot was written while the state grew")
    return [
        Figure("pause_cpu_longest", float(turns[:, 0].max()) / 1e6, "ms", line=1.0, better="lower"),
        Figure("pause_cpu_p99_99", float(np.percentile(turns[:, 0], 99.99)) / 1e6, "ms"),
        Figure("pause_wall_p99_99", float(np.percentile(turns[:, 1], 99.99)) / 1e6, "ms"),
        Figure("control_wall_p99_99", float(np.percentile(controls, 99.99)) / 1e6, "ms"),
    ]


def growing(count: int) -> Records:
    """The venue, then account, deposit and order in turns; every other account sells, the rest buy below."""
    size = Size(1, count, count)
    people = np.concatenate(list(steady.opening(size)))
    listed = len(people) - 2 * count
    orders = steady.orders_of_all(size, SEED)
    both = np.empty((count, 3), COMMAND)
    both[:, :2] = people[listed:].reshape(count, 2)
    both[:, 2] = as_commands(orders)
    made = np.concatenate([people[:listed], both.reshape(-1)])
    made["sequence"] = np.arange(1, len(made) + 1)
    return made


def measure(
    sequencer: Sequencer, commands: Records
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Nanoseconds of every turn, processor and wall, and of every control, wall."""
    count = len(commands) // BATCH
    turns, controls = np.empty((count, 2), np.int64), np.empty(count, np.int64)
    held: deque[Batch] = deque()
    for number in range(count):
        part = commands[number * BATCH : (number + 1) * BATCH]
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        batch = sequencer.begin(part, None)
        held.append(batch)
        durable = sequencer.durable()
        while held and held[0].last <= durable:
            held.popleft()
        sequencer.snapshot_if_due()
        turns[number] = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall
        if (batch.events.view(EVENT)["kind"] == EventKind.REFUSED).any():
            raise Mismatch(f"a command of the growth was refused, in sequences {batch.first} to {batch.last}")
        wall = time.perf_counter_ns()
        hashlib.sha256(CONTROL)
        controls[number] = time.perf_counter_ns() - wall
    for batch in held:
        sequencer.finish(batch)
    sequencer.snapshot_if_due()  # a very short growth may be over before any of it is durable
    return turns, controls
