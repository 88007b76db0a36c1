"""`commonbook bench journal`: what durability costs, as throughput on every flow and as latency at an offered rate.

Both go the way of the core, in this process: the sequencer numbers, journals and applies; the journal's own thread
syncs; events are handed out only when their batch is durable. Latency is open loop (`offered.py`).
"""

import hashlib
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commonbook.bench import flow, steady
from commonbook.bench.engine import BATCH, COURSES, SEED, Course, batches, play_engine, warm_engine
from commonbook.bench.flow import Flow
from commonbook.bench.harness import ROUNDS, Chart, Figure, Report, best_of, report, timed, uncollected
from commonbook.bench.offered import Nanoseconds, Offered, offer
from commonbook.errors import Mismatch
from commonbook.matching.sequencer import Sequencer
from commonbook.records import Batch, Records
from commonbook.settings import JournalSettings, cache_folder

OFFERED = 1_000_000
LINE = 1_000_000
SYNC_BYTES = 64 * 1024
PERCENTILES = (50.0, 99.0, 99.9)
CURVE = (10.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99)
OFFERED_SIZE = steady.Size(books=1, accounts=1_000, resting=5_000)
HIGHEST_P99 = 4.0  # in units of S: a rate whose p99 is beyond is not kept


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    courses: tuple[Course, ...]
    rounds: int
    offered_commands: int  # of each run at an offered rate
    rates: tuple[int, ...]  # that are tried for the highest, rising
    syncs: int  # of S, a round


FULL = Scale(COURSES, ROUNDS, 3_000_000, (1_500_000, 2_000_000, 2_500_000, 3_000_000, 4_000_000), 100)
QUICK = Scale((Course(flow.single, 4_000), Course(flow.sweep, 4_004)), 1, 20_000, (200_000,), 5)


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    return run_at(FULL, tell, environment)


def run_at(scale: Scale, tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """First that durable and in memory come to the same events and the same state, then their speed in turns."""
    with work_folder(environment) as folder:
        syncs: list[float] = []
        rates: dict[str, tuple[float, float]] = {}
        for course in scale.courses:
            name = course.make.__name__
            tell(f"{name}: making {course.operations:,} operations")
            made = course.make(SEED, course.operations)
            tell(f"{name}: checking that durable and in memory come to the same")
            check_same_events(made, folder)
            tell(f"{name}: measuring, {scale.rounds} rounds in turns")
            rates[name] = throughput(made, folder, scale, syncs)
        tell(f"{OFFERED:,} commands/s offered, {scale.rounds} rounds")
        made = steady.flow(OFFERED_SIZE, SEED, scale.offered_commands)
        offered = [_offered(made, folder, OFFERED, syncs, scale.syncs) for _ in range(scale.rounds)]
        best = min(offered, key=lambda one: float(np.percentile(one.told, 99)))
        curves = {OFFERED: best.told}
        for rate in scale.rates:
            tell(f"{rate:,} commands/s offered")
            curves[rate] = _offered(made, folder, rate, syncs, scale.syncs).told
            if np.percentile(curves[rate], 99) > HIGHEST_P99 * np.median(syncs):
                break
        found = figures(rates, curves, syncs) + parts_of(best)
        return report(found, [_chart(curves, float(np.median(syncs)))])


def throughput(made: Flow, folder: Path, scale: Scale, syncs: list[float]) -> tuple[float, float]:
    """Commands a second, durable and in memory, best of the rounds; S is measured in every round."""

    def sync() -> float:
        syncs.extend(sync_times(folder, scale.syncs))
        return 0.0

    runs = {
        "durable": lambda: play_durable(made, folder),
        "in_memory": lambda: play_engine(made, BATCH),
        "sync": sync,
    }
    best = best_of(scale.rounds, runs)
    return len(made.steps) / best["durable"], len(made.steps) / best["in_memory"]


def figures(rates: dict[str, tuple[float, float]], curves: dict[int, Nanoseconds], syncs: list[float]) -> list[Figure]:
    """Rates and their ratios by flow, then the percentiles of the acknowledgement in milliseconds and in S."""
    found = []
    for name, (durable, in_memory) in rates.items():
        found.append(Figure(f"durable_{name}", durable, "commands/s", line=LINE))
        found.append(Figure(f"in_memory_{name}", in_memory, "commands/s"))
        found.append(Figure(f"durable_vs_in_memory_{name}", durable / in_memory, "ratio", line=0.5))
    unit = float(np.median(syncs))
    found.append(Figure("sync_64_kib_p50", unit / 1e6, "ms"))
    for percentile, line in zip(PERCENTILES, (2.0, 4.0, 10.0), strict=True):
        value = float(np.percentile(curves[OFFERED], percentile))
        name = f"acknowledged_p{percentile:g}".replace(".", "_")
        found.append(Figure(name, value / 1e6, "ms"))
        found.append(Figure(f"{name}_vs_sync", value / unit, "S", line=line, better="lower"))
    kept = [rate for rate, latency in curves.items() if np.percentile(latency, 99) <= HIGHEST_P99 * unit]
    found.append(Figure("highest_rate_kept", max(kept, default=0), "commands/s"))
    return found


def parts_of(offered: Offered) -> list[Figure]:
    """Where the time of an acknowledgement goes, at each percentile that has a line."""
    return [
        Figure("where_frame", offered.frame / 1e6, "ms"),
        *(
            Figure(f"where_p{percentile:g}_{name}".replace(".", "_"), value / 1e6, "ms")
            for percentile in PERCENTILES
            for name, value in offered.near(percentile).items()
        ),
    ]


def _chart(curves: dict[int, Nanoseconds], unit: float) -> Chart:
    """Time of the acknowledgement by percentile; the scale is that of one in so many."""
    lines = {
        f"{rate / 1e6:g} M/s offered": [(100 / (100 - p), float(np.percentile(latency, p)) / 1e6) for p in CURVE]
        for rate, latency in curves.items()
    }
    lines["S, a sync of 64 KiB"] = [(100 / (100 - p), unit / 1e6) for p in (CURVE[0], CURVE[-1])]
    return Chart(
        "Durable acknowledgement, from the planned time", "slowest one in", "ms", lines, log_x=True, log_y=True
    )


# -- one run ----------------------------------------------------------------------------------------------------------


def play_durable(made: Flow, folder: Path) -> float:
    """Seconds from the first batch until the last one's events are handed out."""
    with warm_sequencer(made, folder) as sequencer:
        parts = [made.steps[start : start + BATCH] for start in range(0, len(made.steps), BATCH)]
        return timed(lambda: [len(batch.events) for batch in durable_batches(sequencer, parts)])


def durable_batches(sequencer: Sequencer, parts: list[Records]) -> Iterator[Batch]:
    """Begin every batch as soon as the one before is applied; each is given when it is durable."""
    held: deque[Batch] = deque()
    for part in parts:
        held.append(sequencer.begin(part, None))
        while held and held[0].last <= sequencer.durable():
            yield held.popleft()
    while held:
        yield sequencer.finish(held.popleft())


def _offered(made: Flow, folder: Path, rate: int, syncs: list[float], samples: int) -> Offered:
    syncs.extend(sync_times(folder, samples))
    with warm_sequencer(made, folder) as sequencer, uncollected():
        return offer(sequencer, made.steps, rate)


def sync_times(folder: Path, samples: int) -> list[float]:
    """Nanoseconds of fdatasync after 64 KiB were written into prepared space, as the journal writes its frames."""
    path = folder / "sync"
    block = b"\x01" * SYNC_BYTES
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(file, bytes(SYNC_BYTES * samples), 0)
        os.fsync(file)
        return [_sync_time(file, block, number) for number in range(samples)]
    finally:
        os.close(file)
        path.unlink()


def _sync_time(file: int, block: bytes, number: int) -> float:
    os.pwrite(file, block, number * len(block))
    began = time.perf_counter_ns()
    os.fdatasync(file)
    return float(time.perf_counter_ns() - began)


@contextmanager
def warm_sequencer(made: Flow, folder: Path) -> Iterator[Sequencer]:
    """A new data folder, its venue and its books as the flow begins with them, all of it durable."""
    with tempfile.TemporaryDirectory(dir=folder) as data_dir:
        sequencer = Sequencer.open(Path(data_dir), JournalSettings())
        try:
            for part in (made.setup, made.warm_steps):
                for start in range(0, len(part), 16 * BATCH):
                    sequencer.commit(part[start : start + 16 * BATCH], None)
            yield sequencer
        finally:
            sequencer.close()


@contextmanager
def work_folder(environment: Mapping[str, str]) -> Iterator[Path]:
    """In the user's cache folder: where temporary files go is often no disk at all."""
    cache = cache_folder(environment, Path.home())
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="bench-") as folder:
        yield Path(folder)


def check_same_events(made: Flow, folder: Path) -> None:
    """What is handed out durable is byte for byte what the engine says in memory, and so is a replay of the journal.

    Raises:
        Mismatch: it is not; a comparison of speed would mean nothing.
    """
    engine = warm_engine(made)
    first = engine.sequence()
    expected, told, replayed = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for part in batches(made.steps, BATCH):
        expected.update(engine.apply(part).tobytes())
    with warm_sequencer(made, folder) as sequencer:
        parts = [made.steps[start : start + BATCH] for start in range(0, len(made.steps), BATCH)]
        for batch in durable_batches(sequencer, parts):
            told.update(batch.events.tobytes())
        for batch in sequencer.replay(first):
            replayed.update(batch.events.tobytes())
        if not expected.digest() == told.digest() == replayed.digest():
            raise Mismatch(f"{made.name}: durable or replayed events are not those of the engine in memory")
        if sequencer.engine.state_hash() != engine.state_hash():
            raise Mismatch(f"{made.name}: the durable state is not that of the engine in memory")
