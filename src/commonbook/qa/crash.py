"""Suite `crash`, I3: a process that serves is killed by SIGKILL, at a random time or at a point of the one path.

Afterwards the folder is opened as a start does; every acknowledged batch must be there, with the same events.
"""

import hashlib
import os
import random
import shutil
import signal
import struct
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from commonbook._engine import Engine, Journal
from commonbook.matching.recovery import apply_journal, restore
from commonbook.matching.sequencer import Sequencer
from commonbook.qa.plain import encode
from commonbook.qa.referee import Referee
from commonbook.qa.suite import Result
from commonbook.qa.workload import Workload
from commonbook.records import COMMAND, Batch, Records
from commonbook.settings import JournalSettings

ACKNOWLEDGED = struct.Struct("<QQ32s")  # first and last sequence of a batch, SHA-256 of its events
STREAM = 4_000  # commands until a new folder is begun
SETTINGS = JournalSettings(segment_bytes=64 * 1024, snapshot_every=10**9)
POINTS = ("before_append", "after_append", "after_apply", "before_wait", "after_wait")


def run(seed: int, kills: int, bug: bool = False, limit: float = 0.0) -> Result:
    """`kills` kills from one seed; `bug` plants one: a batch is acknowledged when it is appended, not when durable."""
    result = Result("crash", seed, limit=limit)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        while result.goes_on(kills):
            data_dir = Path(folder) / "data"
            shutil.rmtree(data_dir, ignore_errors=True)
            data_dir.mkdir()
            referee = Referee()
            stream = []
            for command in islice(iter(Workload(seed + result.seeds, referee)), STREAM):
                referee.apply(command)
                stream.append(command)
            _one_folder(data_dir, np.frombuffer(encode(stream), COMMAND), rng, kills, bug, result)
            result.seeds += 1
    return result


def _one_folder(data_dir: Path, stream: Records, rng: random.Random, kills: int, bug: bool, result: Result) -> None:
    known: list[tuple[int, int, bytes]] = []
    while result.goes_on(kills):
        point = rng.choice((*POINTS, "random_time"))
        told = _serve_and_kill(data_dir, stream, point, rng, bug)
        result.trials += 1
        result.events[point] += 1
        known += told
        result.failure = _compare(data_dir, known if result.trials % 20 == 0 else known[-50:], result)
        if result.failure:
            result.failure = f"seed {result.seed}, kill {result.trials} ({point}): {result.failure}"
        if known and known[-1][1] >= len(stream) - 200:
            return


def _serve_and_kill(
    data_dir: Path, stream: Records, point: str, rng: random.Random, bug: bool
) -> list[tuple[int, int, bytes]]:
    """A child goes on with the stream until it is dead; gives what it acknowledged."""
    countdown, delay_s, sizes = rng.randint(1, 12), rng.uniform(0.001, 0.02), random.Random(rng.random())
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _serve(data_dir, stream, there, point, countdown, sizes, bug)
        finally:
            os._exit(1)
    os.close(there)
    if point == "random_time":
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
    told = b""
    while piece := os.read(here, 1 << 16):
        told += piece
    os.close(here)
    os.waitpid(child, 0)
    whole = len(told) // ACKNOWLEDGED.size * ACKNOWLEDGED.size
    return [(first, last, digest) for first, last, digest in ACKNOWLEDGED.iter_unpack(told[:whole])]


def _serve(
    data_dir: Path, stream: Records, pipe: int, point: str, countdown: int, sizes: random.Random, bug: bool
) -> None:
    journal, engine = restore(data_dir, SETTINGS)
    deadly: Any = _Deadly(journal, engine, point, countdown)
    sequencer = Sequencer(data_dir, deadly, deadly, SETTINGS)
    while (at := engine.sequence()) < len(stream):
        batch = sequencer.begin(stream[at : at + sizes.choice((1, 3, 16))].copy(), None)
        if bug:
            os.write(pipe, ACKNOWLEDGED.pack(batch.first, batch.last, _digest(batch.events)))
        sequencer.finish(batch)
        if not bug:
            os.write(pipe, ACKNOWLEDGED.pack(batch.first, batch.last, _digest(batch.events)))
    os.kill(os.getpid(), signal.SIGKILL)


class _Deadly:
    """Journal and engine of a sequencer, one of whose calls is the process's last."""

    def __init__(self, journal: Journal, engine: Engine, point: str, countdown: int) -> None:
        self._journal, self._engine, self._point, self._left = journal, engine, point, countdown

    def _pass(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def append(self, payload: bytes) -> None:
        self._pass("before_append")
        self._journal.append(payload)
        self._pass("after_append")

    def apply(self, payload: bytes) -> Any:
        events = self._engine.apply(payload)
        self._pass("after_apply")
        return events

    def wait_durable(self, sequence: int) -> None:
        self._pass("before_wait")
        self._journal.wait_durable(sequence)
        self._pass("after_wait")

    def sequence(self) -> int:
        return self._engine.sequence()

    def time_ns(self) -> int:
        return self._engine.time_ns()


def _compare(data_dir: Path, known: list[tuple[int, int, bytes]], result: Result) -> str:
    journal, engine = restore(data_dir, SETTINGS)
    journal.close()
    if known and engine.sequence() < known[-1][1]:
        return f"the journal ends at {engine.sequence()}, {known[-1][1]} was acknowledged"
    again = Engine()
    batches: list[Batch] = list(apply_journal(data_dir, again, 0))
    if again.state_hash() != engine.state_hash():
        return f"two replays to sequence {engine.sequence()} differ"
    if not known:
        return ""
    events = np.concatenate([batch.events for batch in batches])
    for first, last, digest in known:
        start, end = np.searchsorted(events["sequence"], np.array([first, last + 1], dtype=np.uint64))
        result.checks += 1
        if _digest(events[start:end]) != digest:
            return f"sequences {first} to {last} had other events when they were acknowledged"
    return ""


def _digest(events: Records) -> bytes:
    return hashlib.sha256(events.tobytes()).digest()
