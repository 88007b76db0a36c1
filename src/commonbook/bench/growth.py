"""`commonbook bench growth`: what size costs, in nanoseconds a command, memory, instructions and pauses.

    orders    1 k to 1 M resting in one book
    accounts  1 k to 20 M, with the memory of one and the time of a start with them all
    books     100 to 10,000 instruments
    brands    one more of them, in instructions a command (valgrind counts them)
    pauses    the longest batch of 64 while the state grows tenfold and a snapshot is written

The engines of all sizes live side by side and are measured in turns, a slice of commands each, so that a noisy moment
is one for all sizes.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonbook._engine import Engine, load_engine, write_snapshot
from commonbook.bench import pauses, steady
from commonbook.bench.engine import BATCH, SEED, batches
from commonbook.bench.harness import ROUNDS, Chart, Figure, Report, report, timed, uncollected
from commonbook.bench.journal import work_folder
from commonbook.bench.steady import CYCLE, Size
from commonbook.errors import Mismatch, OutsideFailure
from commonbook.records import EVENT, EventKind, Records

BYTES_AN_ACCOUNT = 800  # of memory, with its snapshot: what is not there is not tried
NO_VALGRIND = "brands: valgrind is not there to count instructions; install it (Debian: apt install valgrind)"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    orders: tuple[int, ...]
    accounts: tuple[int, ...]
    books: tuple[int, ...]
    beside: int  # accounts and resting orders where they are not what grows
    slice: int  # commands of each size a round
    rounds: int
    counted: int  # commands whose instructions are counted; 0 leaves it out
    pauses: pauses.Scale


FULL = Scale(
    orders=(1_000, 10_000, 100_000, 1_000_000),
    accounts=(1_000, 100_000, 1_000_000, 20_000_000),
    books=(100, 1_000, 10_000),
    beside=100_000,
    slice=100_000,
    rounds=ROUNDS,
    counted=20_000,
    pauses=pauses.FULL,
)
QUICK = Scale((100, 1_000), (100, 1_000), (2, 10), 1_000, 1_000, 1, 0, pauses.QUICK)


@dataclass(slots=True)
class Grown:
    """An engine of one size, the steps that are left for it, and the memory it took."""

    size: Size
    engine: Engine
    steps: Records
    memory: int


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    return run_at(FULL, tell, environment)


def run_at(scale: Scale, tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    notes: list[str] = []
    found: list[Figure] = []
    charts = []
    with work_folder(environment) as folder:
        reached = tuple(count for count in scale.accounts if count * BYTES_AN_ACCOUNT < memory_free())
        if reached != scale.accounts:
            notes.append(f"accounts: {max(reached):,} reached, memory for {max(scale.accounts):,} is not there")
        sizes = {
            # First, while the memory of this process is new: what is taken again does not count.
            "accounts": ([Size(1, count, scale.beside) for count in reached], reached, 4.0),
            "orders": ([Size(1, scale.beside, count) for count in scale.orders], scale.orders, 4.0),
            "books": ([Size(count, scale.beside, scale.beside) for count in scale.books], scale.books, 2.0),
        }
        for what, (of_each, counts, line) in sizes.items():
            tell(f"{what}: " + ", ".join(f"{count:,}" for count in counts))
            grown = [grow(size, scale) for size in of_each]
            for one in grown:
                check(one, scale.slice)
            costs = [cost * 1e9 for cost in costs_of(grown, scale)]
            found += [Figure(f"{what}_{count}", cost, "ns/command") for count, cost in zip(counts, costs, strict=True)]
            found.append(Figure(f"{what}_growth", costs[-1] / costs[0], "ratio", line=line, better="lower"))
            curve = {what: list(zip(map(float, counts), costs, strict=True))}
            charts.append(Chart(f"{what}, all else equal", what, "ns/command", curve, log_x=True))
            if what == "accounts":
                largest = grown.pop()
                grown.clear()
                found += of_an_account(largest, folder / "start")
        tell(f"pauses: growing to {scale.pauses.grown:,} accounts and orders")
        found += pauses.run_alone(scale.pauses, folder, environment)
        if scale.counted:
            tell("brands: counting instructions")
            found += brands(scale.counted, notes, environment)
    return report(found, charts, notes)


def grow(size: Size, scale: Scale) -> Grown:
    """An engine of this size, and enough steps for the check and all rounds."""
    before = memory_used()
    engine = Engine()
    for part in steady.opening(size):
        engine.apply(part.view(np.uint8))
    orders = steady.resting(size, SEED)
    engine.apply(orders.view(np.uint8))
    memory = memory_used() - before
    return Grown(size, engine, steady.steps(size, SEED, scale.slice * (scale.rounds + 1), orders), memory)


def check(grown: Grown, count: int) -> None:
    """The first slice: nothing is refused, each taker meets its one maker, and as much rests afterwards as before.

    Raises:
        Mismatch: it is not so; its speed would mean nothing.
    """
    events = np.concatenate([grown.engine.apply(part) for part in batches(next_steps(grown, count), BATCH)]).view(EVENT)
    fills = int(np.count_nonzero(events["kind"] == EventKind.FILL))
    refused = int(np.count_nonzero(events["kind"] == EventKind.REFUSED))
    if (fills, refused) != (count // CYCLE, 0):
        raise Mismatch(f"{grown.size}: {fills} fills and {refused} refusals in {count} steps")
    depth = (grown.engine.depth(book, 1_000_000) for book in range(1, grown.size.books + 1))
    rest = sum(level[2] for bids, asks in depth for level in (*bids, *asks))
    if rest != grown.size.resting:
        raise Mismatch(f"{grown.size}: {rest} orders rest after the first steps")


def costs_of(grown: list[Grown], scale: Scale) -> list[float]:
    """Seconds a command of each, best of the rounds."""
    best = [float("inf")] * len(grown)
    with uncollected():
        for _ in range(scale.rounds):
            for number, one in enumerate(grown):
                best[number] = min(best[number], play_slice(one, scale.slice) / scale.slice)
    return best


def play_slice(grown: Grown, count: int) -> float:
    """Seconds of its next so many steps."""
    parts = batches(next_steps(grown, count), BATCH)
    return timed(lambda: apply_all(grown.engine, parts))


def next_steps(grown: Grown, count: int) -> Records:
    first, grown.steps = grown.steps[:count], grown.steps[count:]
    return first


def apply_all(engine: Engine, parts: list[Any]) -> None:
    for part in parts:
        engine.apply(part)


def of_an_account(grown: Grown, data_dir: Path) -> list[Figure]:
    """Memory and start time of the largest.

    Raises:
        Mismatch: the start comes to another state.
    """
    accounts = grown.size.accounts
    known, sequence = grown.engine.state_hash(), grown.engine.sequence()
    write_snapshot(str(data_dir), sequence, grown.engine.snapshot(), 1)
    figures = [
        Figure("accounts_reached", accounts, "accounts"),
        Figure("memory_an_account", grown.memory / accounts, "bytes"),
    ]
    grown.engine = Engine()  # the large one goes before the next comes
    loaded: list[Engine] = []

    def load() -> None:
        found = load_engine(str(data_dir), sequence)
        loaded.extend([found[1]] if found else [])

    seconds = timed(load)
    if not loaded or loaded[0].state_hash() != known:
        raise Mismatch(f"a start with {accounts} accounts comes to another state")
    return [*figures, Figure("start_with_all_accounts", seconds, "s")]


# -- instructions -----------------------------------------------------------------------------------------------------


def brands(count: int, notes: list[str], environment: Mapping[str, str]) -> list[Figure]:
    """Instructions a command with one brand and with two, accounts shared out among them: what a run of twice the
    length needs more, so that the start of the interpreter is not counted."""
    if shutil.which("valgrind", path=environment.get("PATH", "")) is None:
        notes.append(NO_VALGRIND)
        return []
    by_brands = [
        (instructions(brand, 2 * count, environment) - instructions(brand, count, environment)) / count
        for brand in (1, 2)
    ]
    return [
        Figure("instructions_one_brand", by_brands[0], "instructions/command"),
        Figure("instructions_two_brands", by_brands[1], "instructions/command"),
        Figure("one_more_brand", by_brands[1] / by_brands[0], "ratio", line=1.01, better="lower"),
    ]


def instructions(brands: int, count: int, environment: Mapping[str, str]) -> int:
    """What valgrind counts for a process that plays so many steps.

    Raises:
        OutsideFailure: valgrind did not come to the end.
    """
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    command += ["-m", "commonbook.bench.one_more_brand", json.dumps({"brands": brands, "count": count})]
    calm = {**environment, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=calm)
    counted = [line.split(":")[1] for line in done.stderr.splitlines() if "Collected" in line]
    if done.returncode or not counted:
        raise OutsideFailure(f"valgrind ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return int(counted[0])


# -- memory -----------------------------------------------------------------------------------------------------------


def memory_used() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_free() -> int:
    """Bytes of the machine that may be used."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024
