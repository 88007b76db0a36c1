"""`commonbook bench recovery`: how fast a start finds its state again, from the journal alone and from a snapshot.

Replay is a start as it is: the folder is locked, every frame judged, the engine brought to the journal's end. Beside it
in turns the same commands are applied in memory. Loading is a snapshot's file read, checked and made an engine.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonbook._engine import Engine, load_engine, pack_segments, write_snapshot
from commonbook.bench import flow
from commonbook.bench.engine import BATCH, SEED, batches
from commonbook.bench.flow import Flow
from commonbook.bench.harness import ROUNDS, Chart, Figure, Report, best_of, report, timed
from commonbook.bench.journal import work_folder
from commonbook.errors import Mismatch
from commonbook.matching.recovery import restore
from commonbook.matching.sequencer import Sequencer
from commonbook.records import Records
from commonbook.settings import JournalSettings

FRAME = 4 * BATCH  # commands of a journal frame, about what a busy core gathers during a sync
LINE = 5_000_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    flows: tuple[Callable[[int], Flow], ...]
    resting: int  # orders of the snapshot
    rounds: int


FULL = Scale((lambda seed: flow.single(seed, 1_000_000), lambda seed: flow.multi100(seed, 300_000)), 1_000_000, ROUNDS)
QUICK = Scale((lambda seed: flow.single(seed, 3_000),), 2_000, 1)


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    return run_at(FULL, tell, environment)


def run_at(scale: Scale, tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    found: list[Figure] = []
    bars: dict[str, dict[str, float]] = {}
    with work_folder(environment) as folder:
        for make in scale.flows:
            tell("making a flow")
            made = make(SEED)
            tell(f"{made.name}: writing its journal, checking what it replays to, measuring {scale.rounds} rounds")
            rates = replays(made, folder / made.name, scale.rounds)
            found += replay_figures(made.name, rates)
            bars[made.name] = {name: rate / 1e6 for name, rate in rates.items()}
        tell(f"a snapshot of {scale.resting:,} orders: writing, checking, measuring {scale.rounds} rounds")
        found += snapshot_figures(folder / "snapshot", scale)
    return report(found, [Chart("Replay beside the same commands in memory", "flow", "M commands/s", bars=bars)])


def replay_figures(name: str, rates: dict[str, float]) -> list[Figure]:
    """Rates, then the ratio that has a line."""
    found = [Figure(f"{what}_{name}", rate, "commands/s") for what, rate in rates.items()]
    found.append(Figure(f"replay_vs_in_memory_{name}", rates["replay"] / rates["in_memory"], "ratio", line=0.8))
    return found


def replays(made: Flow, data_dir: Path, rounds: int) -> dict[str, float]:
    """Commands a second, best of the rounds: in memory, by a start, and by a start from packed segments.

    Raises:
        Mismatch: a start comes to another state than the engine in memory; its speed would mean nothing.
    """
    commands = np.concatenate([made.setup, made.warm_steps, made.steps])
    write_journal(commands, data_dir)
    parts = batches(commands, BATCH)
    known = play(parts).state_hash()
    check_start(data_dir, known)
    runs = {"in_memory": lambda: timed(lambda: play(parts)), "replay": lambda: start(data_dir)}
    best = best_of(rounds, runs)
    if pack_segments(str(data_dir), JournalSettings().pack_level):
        check_start(data_dir, known)
        best |= best_of(rounds, {"replay_packed": lambda: start(data_dir)})
    return {name: len(commands) / seconds for name, seconds in best.items()}


def write_journal(commands: Records, data_dir: Path) -> None:
    """A data folder that holds the commands and no snapshot."""
    data_dir.mkdir()
    sequencer = Sequencer.open(data_dir, JournalSettings())
    for at in range(0, len(commands), FRAME):
        sequencer.commit(commands[at : at + FRAME], None)
    sequencer.close()


def play(parts: list[Any]) -> Engine:
    """What the commands come to in memory."""
    engine = Engine()
    for part in parts:
        engine.apply(part)
    return engine


def check_start(data_dir: Path, known: str) -> None:
    """A start comes to the state with this hash.

    Raises:
        Mismatch: it does not.
    """
    journal, engine = restore(data_dir, JournalSettings())
    journal.close()
    if engine.state_hash() != known:
        raise Mismatch(f"a start on {data_dir.name} comes to state {engine.state_hash()}, in memory it is {known}")


def start(data_dir: Path) -> float:
    """Seconds until the engine is where the journal ends."""
    began = time.perf_counter()
    journal, _ = restore(data_dir, JournalSettings())
    seconds = time.perf_counter() - began
    journal.close()
    return seconds


def snapshot_figures(data_dir: Path, scale: Scale) -> list[Figure]:
    """Orders a second that a snapshot is loaded with, written with, and its size.

    Raises:
        Mismatch: what is loaded has another hash than what was written.
    """
    made = flow.deep(SEED, 0, scale.resting)
    engine = play([made.setup.view(np.uint8), made.warm_steps.view(np.uint8)])
    state = engine.snapshot()
    write_snapshot(str(data_dir), engine.sequence(), state, 1)
    check_loaded(data_dir, engine.state_hash())
    runs = {
        "load": lambda: timed(lambda: load_engine(str(data_dir), engine.sequence())),
        "write": lambda: timed(lambda: write_snapshot(str(data_dir), engine.sequence(), engine.snapshot(), 1)),
    }
    best = best_of(scale.rounds, runs)
    return [
        Figure("snapshot_load", scale.resting / best["load"], "orders/s", line=LINE),
        Figure("snapshot_write", scale.resting / best["write"], "orders/s"),
        Figure("snapshot_bytes", len(state) / scale.resting, "bytes/order"),
    ]


def check_loaded(data_dir: Path, known: str) -> None:
    """The newest snapshot has the state with this hash.

    Raises:
        Mismatch: it has not.
    """
    found = load_engine(str(data_dir), 2**63)
    if found is None or found[1].state_hash() != known:
        raise Mismatch(f"the snapshot loaded is not the state that was written, {known}")
