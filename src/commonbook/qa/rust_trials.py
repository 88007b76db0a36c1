"""Trials that are programs in Rust, for their number: built with their planted bugs on the first run.

They need the source tree and cargo.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from commonbook.errors import OutsideFailure
from commonbook.qa.suite import Result

ROOT = Path(__file__).parents[3]


def run_program(result: Result, package: str, program: str, features: str, *arguments: str) -> dict[str, Any]:
    """Run a program of the workspace; what it tells goes into the result, and is given.

    Raises:
        OutsideFailure: the program could not be built or broke off.
    """
    build = ["--quiet", "--locked", "--profile", "trials", "-p", package, "--features", features, "--bin", program]
    command = ["cargo", "run", *build, "--", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise OutsideFailure(f"{program}: {done.stderr.strip()[-500:]}") from None
    result.trials = result.checks = told["trials"]
    result.seeds = 1
    result.events = Counter(told["seen"])
    result.failure = told["failure"]
    return told
