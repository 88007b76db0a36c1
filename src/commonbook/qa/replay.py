"""Suite `replay`, I7: a journal gives one state, whatever way it is replayed.

Each journal is written in batches and segments of random sizes; full replay, snapshot and tail, and the same after its
closed segments were packed must give the state hash of the commands applied at once, at its end and at a random place.
"""

import random
import shutil
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np

from commonbook._engine import Engine, pack_segments, write_snapshot
from commonbook.matching.recovery import apply_journal, newest_engine
from commonbook.matching.sequencer import Sequencer
from commonbook.qa import builds
from commonbook.qa.plain import encode
from commonbook.qa.referee import Referee
from commonbook.qa.suite import Result
from commonbook.qa.workload import Workload
from commonbook.records import COMMAND, Records
from commonbook.settings import JournalSettings

STREAM = 2_000  # commands of one stream
JOURNALS_A_STREAM = 10


def run(seed: int, journals: int, bug: bool = False, limit: float = 0.0, debug: bool = False) -> Result:
    """`journals` journals from one seed; `bug` plants one: a snapshot bears the sequence before its own.

    With `debug` the demo's journal is also replayed in a debug build, which is compiled first.
    """
    result = Result("replay", seed, limit=limit)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        while result.goes_on(journals):
            referee = Referee()
            stream = []
            for command in islice(iter(Workload(seed + result.seeds, referee)), STREAM):
                referee.apply(command)
                stream.append(command)
            commands = np.frombuffer(encode(stream), COMMAND)
            for _ in range(min(JOURNALS_A_STREAM, journals - result.trials)):
                data_dir = Path(folder) / "data"
                shutil.rmtree(data_dir, ignore_errors=True)
                failure = _one(data_dir, commands, rng, bug, result)
                result.trials += 1
                if failure:
                    result.failure = f"seed {seed}, journal {result.trials}: {failure}"
                    break
            result.seeds += 1
    if debug and result.passed:
        builds.compare(result)
    return result


def _one(data_dir: Path, commands: Records, rng: random.Random, bug: bool, result: Result) -> str:
    settings = JournalSettings(segment_bytes=rng.choice((20_000, 60_000, 10**6)), snapshots_kept=9)
    middle = rng.randint(2, len(commands) - 1)
    expected = {}
    plain = Engine()
    for upto in (middle, len(commands)):
        plain.apply(commands[plain.sequence() : upto].tobytes())
        expected[upto] = plain.state_hash()
    data_dir.mkdir()
    sequencer = Sequencer.open(data_dir, settings)
    while (at := sequencer.engine.sequence()) < len(commands):
        sequencer.commit(commands[at : at + rng.choice((1, 64, 500, 1_024))].copy(), None)
    told = {"as it was written": (len(commands), sequencer.engine.state_hash())}
    sequencer.close()
    told["replay to a place"] = (middle, _replayed(data_dir, Engine(), middle))
    told["full replay"] = (len(commands), _replayed(data_dir, Engine(), len(commands)))
    half = Engine()
    half.apply(commands[:middle].tobytes())
    write_snapshot(str(data_dir), middle - bug, half.snapshot(), 9)
    told["snapshot"] = (middle, _replayed(data_dir, newest_engine(data_dir, middle), middle))
    if newest_engine(data_dir, middle).sequence() != middle - bug:
        return f"the snapshot at {middle - bug} is the state of another sequence"
    told["snapshot and tail"] = (len(commands), _replayed(data_dir, newest_engine(data_dir, middle), len(commands)))
    result.events["segments_packed"] += len(pack_segments(str(data_dir), 3))
    told["packed"] = (len(commands), _replayed(data_dir, Engine(), len(commands)))
    for way, (upto, state) in told.items():
        result.checks += 1
        if state != expected[upto]:
            return f"{way} to sequence {upto} gives state {state[:16]}, the commands at once give {expected[upto][:16]}"
    return ""


def _replayed(data_dir: Path, engine: Engine, upto: int) -> str:
    for _ in apply_journal(data_dir, engine, upto, upto):
        pass
    return engine.state_hash()
