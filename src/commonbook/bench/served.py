"""An exchange that serves in processes of its own, as a host starts it, for the benches that need the whole of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from commonbook.errors import OutsideFailure

START_LIMIT_S = 90.0
COMMAND = [sys.executable, "-m", "commonbook.console.main"]


@contextmanager
def serving(data: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of an exchange that serves a data folder; an empty one is begun.

    Raises:
        OutsideFailure: it does not start.
    """
    ready, output = data.parent / "ready.json", data.parent / "output.txt"
    command = [*COMMAND, "serve", "--data", str(data), "--port", "0", "--ready", str(ready)]
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(environment))
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise OutsideFailure(f"the exchange did not start: {output.read_text()}")
            time.sleep(0.02)
        yield str(json.loads(ready.read_text())["rest"])
    finally:
        process.terminate()
        process.wait(START_LIMIT_S)
