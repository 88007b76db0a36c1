"""A debug build and a release build replay the demo's journal to the same states (I7).

A debug build has other machine code for everything, and debug assertions: what hangs on an optimisation, on memory that
was not set or on a number that wraps differs between the two. It is compiled here, so this needs the source tree, cargo
and the recorded market, and belongs to the tier full.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from commonbook._engine import Engine, JournalReader
from commonbook.errors import OutsideFailure
from commonbook.qa.rust_trials import ROOT
from commonbook.qa.suite import Result
from commonbook.records import COMMAND

EVERY = 10_000  # commands between two states that are compared

States = list[tuple[int, str]]  # sequence and state hash

IN_DEBUG = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("commonbook._engine", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules["commonbook._engine"] = module
from pathlib import Path
from commonbook.qa import builds
if builds.Engine is not module.Engine:
    sys.exit("not the engine of " + sys.argv[1])
print(json.dumps(builds.states(Path(sys.argv[2]))))
"""


def compare(result: Result) -> None:
    """Play the demo once and replay it in both builds; what differs becomes the result's failure.

    Raises:
        OutsideFailure: the demo or the debug build is not to be had.
    """
    with tempfile.TemporaryDirectory(prefix="commonbook-builds-") as folder:
        data_dir = Path(folder) / "data"
        demo = [sys.executable, "-m", "commonbook.console.main", "demo", "--once", "--json", "--data", str(data_dir)]
        played = json.loads(_output(demo))
        release = states(data_dir)
        debug = [(int(at), str(state)) for at, state in json.loads(_in_debug(data_dir))]
    live = [(release[-1][0], played["state_hash"])]
    result.failure = difference(release, debug) or difference(release[-1:], live)
    result.checks += len(release) + len(live)
    result.events["states_equal_in_debug_and_release"] += len(release)


def states(data_dir: Path) -> States:
    """The state each EVERY commands and at the end, replayed from nothing by the engine that is loaded."""
    engine = Engine()
    found: States = []
    for payload in JournalReader(str(data_dir), 0):
        commands = np.frombuffer(payload, COMMAND)
        while len(commands):
            part = commands[: EVERY - engine.sequence() % EVERY]
            engine.apply(part.tobytes())
            commands = commands[len(part) :]
            if engine.sequence() % EVERY == 0:
                found.append((engine.sequence(), engine.state_hash()))
    return [*found, (engine.sequence(), engine.state_hash())]


def difference(ours: States, theirs: States) -> str:
    """The first state in which two builds differ; empty when there is none."""
    for (at, state), (there, other) in zip(ours, theirs, strict=False):
        if (at, state) != (there, other):
            return f"one build has state {state[:16]} at sequence {at}, the other {other[:16]} at {there}"
    return "" if len(ours) == len(theirs) else f"one build has {len(ours)} states, the other {len(theirs)}"


def _in_debug(data_dir: Path) -> str:
    library = _debug_build()
    return _output([sys.executable, "-c", IN_DEBUG, library, str(data_dir)])


def _debug_build() -> str:
    """The path of the engine's library, built without optimisation."""
    told = _output(["cargo", "build", "--quiet", "--locked", "-p", "commonbook-engine-py", "--message-format=json"])
    for line in told.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message["target"]["name"] == "_engine":
            return str(message["filenames"][0])
    raise OutsideFailure("cargo has built no library of the name _engine")


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OutsideFailure(f"{' '.join(command[:4])}: {done.stderr.strip()[-500:]}")
    return done.stdout
