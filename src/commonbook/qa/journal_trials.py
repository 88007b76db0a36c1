"""Suites `powercut` (I4, I5) and `iofail` (I6): the journal's own trials, in Rust for their number.

They need the source tree and cargo: the program is built with its planted bugs on the first run.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.qa.suite import Result

ROOT = Path(__file__).parents[3]
PROGRAM = ("--quiet", "--locked", "--profile", "trials", "-p", "commonbook-journal", "--features", "trials")

# Planted bugs by their number, each with the suite that catches it.
BUGS = {
    1: ("powercut", "what is written counts as durable before it is synced"),
    2: ("powercut", "a bad place is cut even when valid frames follow"),
    3: ("powercut", "a frame's checksum is not compared"),
    4: ("iofail", "a failed sync is passed over"),
}


def run(suite: str, seed: int, trials: int, bug: int = 0) -> Result:
    """Images and damages of `powercut`, or seeds of `iofail`; every byte cut of 64 KiB comes on top.

    Raises:
        OutsideFailure: the program could not be built or broke off.
    """
    command = ["cargo", "run", *PROGRAM, "--bin", "journal-trials", "--", suite, str(seed), str(trials), str(bug)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise OutsideFailure(f"journal-trials {suite}: {done.stderr.strip()[-500:]}") from None
    return Result(suite, seed, told["trials"], told["trials"], 1, events=Counter(told["seen"]), failure=told["failure"])
