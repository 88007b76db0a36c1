"""How long the core is away at most, while its state grows tenfold and a snapshot is written beside it.

A turn is what the core does with a batch: number, journal, apply, hand out what is durable, begin a snapshot if one is
due. Its time is taken twice: the thread's own processor time, which other processes cannot lengthen, and wall time;
both beside a control that only computes, and whose longest times are the machine's own: interrupts, and what the host
of a virtual machine takes away, count as the thread's.

It is a process of its own, whose memory is new; what another bench has given back would be there without a page fault:

    python -m commonbook.bench.pauses '{"begun": 100, "grown": 1000}' FOLDER
"""

import hashlib
import json
import mmap
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from commonbook.bench import steady
from commonbook.bench.engine import SEED
from commonbook.bench.harness import Figure, uncollected
from commonbook.bench.steady import Size
from commonbook.bench.venue import listing
from commonbook.errors import Mismatch, OutsideFailure
from commonbook.matching.ahead import take_ahead
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, EVENT, Batch, EventKind, Records, as_commands
from commonbook.settings import CoreSettings, JournalSettings

BATCH = 64
SNAPSHOTS = 4  # one after each part of the growth
HUGE = 2 * 1024 * 1024
PAGES = 200
CONTROL = bytes(64 * 1024)  # hashing it takes about as long as a turn


@dataclass(frozen=True, slots=True)
class Scale:
    """Accounts and resting orders, of each as many: at the beginning, and at the end."""

    begun: int
    grown: int


FULL = Scale(100_000, 1_000_000)
QUICK = Scale(100, 1_000)


def run_alone(scale: Scale, folder: Path, environment: Mapping[str, str]) -> list[Figure]:
    """The figures of a new process.

    Raises:
        OutsideFailure: it did not come to the end.
    """
    command = [sys.executable, "-m", "commonbook.bench.pauses", json.dumps(asdict(scale)), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(environment))
    if done.returncode:
        raise OutsideFailure(f"the bench of pauses ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return [Figure(**figure) for figure in json.loads(done.stdout)]


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
            take_ahead(CoreSettings().memory_ahead_mib)
            with uncollected():
                turns, controls = measure(sequencer, commands[first:])
            sequencer.keeper.wait()
        finally:
            sequencer.close()
        if not list((Path(data_dir) / "snapshots").glob("*.cbs")):
            raise Mismatch("no snapshot was written while the state grew")
    return [
        Figure("pause_cpu_longest", float(turns[:, 0].max()) / 1e6, "ms", line=1.0, better="lower"),
        Figure("pause_turns", len(turns), "turns"),
        Figure("pause_turns_over_1_ms", int((turns[:, 0] > 1_000_000).sum()), "turns"),
        Figure("pause_page_faults_longest", int(turns[turns[:, 0].argmax(), 2]), "faults", better="lower"),
        Figure("control_turns_over_1_ms", int((controls[:, 0] > 1_000_000).sum()), "turns"),
        Figure("pause_cpu_p99_99", float(np.percentile(turns[:, 0], 99.99)) / 1e6, "ms"),
        Figure("pause_wall_p99_99", float(np.percentile(turns[:, 1], 99.99)) / 1e6, "ms"),
        Figure("control_cpu_longest", float(controls[:, 0].max()) / 1e6, "ms"),
        Figure("control_cpu_p99_99", float(np.percentile(controls[:, 0], 99.99)) / 1e6, "ms"),
        Figure("control_wall_p99_99", float(np.percentile(controls[:, 1], 99.99)) / 1e6, "ms"),
        Figure("control_new_page_longest", max(touch_new_pages(PAGES)) / 1e6, "ms"),
    ]


def touch_new_pages(count: int) -> list[int]:
    """Nanoseconds of processor time to touch each of so many new pages of 2 MiB, in which a state that grows is kept.

    The kernel must find and zero it; and the host of a virtual machine must, where it has taken the memory back.
    """
    times = []
    with ExitStack() as kept:
        for _ in range(count):
            memory = kept.enter_context(mmap.mmap(-1, 2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
            memory.madvise(mmap.MADV_HUGEPAGE)
            began = time.thread_time_ns()
            memory[HUGE] = 1
            times.append(time.thread_time_ns() - began)
    return times


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


Times = np.ndarray[tuple[int, int], np.dtype[np.int64]]  # nanoseconds: processor, wall; and page faults


def measure(sequencer: Sequencer, commands: Records) -> tuple[Times, Times]:
    """Every turn and every control."""
    count = len(commands) // BATCH
    turns, controls = np.empty((count, 3), np.int64), np.empty((count, 3), np.int64)
    held: deque[Batch] = deque()
    for number in range(count):
        part = commands[number * BATCH : (number + 1) * BATCH]
        faults, wall, cpu = page_faults(), time.perf_counter_ns(), time.thread_time_ns()
        batch = sequencer.begin(part, None)
        held.append(batch)
        durable = sequencer.durable()
        while held and held[0].last <= durable:
            held.popleft()
        sequencer.snapshot_if_due()
        turns[number] = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall, page_faults() - faults
        if (batch.events.view(EVENT)["kind"] == EventKind.REFUSED).any():
            raise Mismatch(f"a command of the growth was refused, in sequences {batch.first} to {batch.last}")
        faults, wall, cpu = page_faults(), time.perf_counter_ns(), time.thread_time_ns()
        hashlib.sha256(CONTROL)
        controls[number] = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall, page_faults() - faults
    for batch in held:
        sequencer.finish(batch)
    sequencer.snapshot_if_due()  # a very short growth may be over before any of it is durable
    return turns, controls


def page_faults() -> int:
    """Of this thread, so far."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


if __name__ == "__main__":
    print(json.dumps([asdict(figure) for figure in run(Scale(**json.loads(sys.argv[1])), Path(sys.argv[2]))]))
