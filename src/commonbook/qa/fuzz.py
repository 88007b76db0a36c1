"""Suite `fuzz`: bad input for everything that reads bytes: command records, frames, segments, snapshots.

Good bytes are made of random commands, then mutated, mended so that checksums hold, and read: without a panic, without
more memory than four times the input and 64 KiB, and what is taken is the same after writing and reading it again. A
reader is one line of `crates/fuzz/src/targets.rs`.
"""

import tempfile
from itertools import islice
from pathlib import Path

from commonbook.qa.plain import encode
from commonbook.qa.referee import Referee
from commonbook.qa.rust_trials import run_program
from commonbook.qa.suite import Result
from commonbook.qa.workload import Workload

COMMANDS = 2_000  # what good inputs are made of

# Planted bugs by their number; those of the journal count from 101.
BUGS = {
    12: "a snapshot's count is believed before what it counts is seen",
    105: "a frame's length is believed before so many bytes are seen",
}


def run(seed: int, inputs: int, bug: int = 0, limit: float = 0.0) -> Result:
    """`inputs` inputs for each reader; a limit in seconds is for all of them together.

    Raises:
        OutsideFailure: the program could not be built or broke off.
    """
    result = Result("fuzz", seed, limit=limit)
    referee = Referee()
    stream = []
    for command in islice(iter(Workload(seed, referee)), COMMANDS):
        referee.apply(command)
        stream.append(command)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "commands"
        path.write_bytes(encode(stream))
        numbers = (str(seed), str(inputs), str(int(limit)), str(bug))
        told = run_program(result, "commonbook-fuzz", "commonbook-fuzz", "planted-bugs", str(path), *numbers)
    result.figures = {f"{name}_most_bytes": taken for name, taken in told["most_bytes"].items()}
    return result
