"""The `commonbook` command as a person types it, in a process of its own that has loaded everything already."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from commonbook.nursery import Order
from commonbook.qa.serving import nursery

LIMIT_S = 120


def commonbook(
    *words: str, folder: Path | None = None, answer: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """
    Args:
        folder: that it is typed in; None for that of the tests.
        answer: what is typed when it asks.
        environment: more than ours.

    Raises:
        subprocess.TimeoutExpired: it did not end.
    """
    argv = ["commonbook", *words]
    order = Order(
        "commonbook.console.main", "run", argv, os.environ | dict(environment or {}), str(folder or Path.cwd()), []
    )
    with ExitStack() as stack:
        typed, out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        typed.write(answer)
        typed.seek(0)
        process = nursery().start(order, stdin=typed.fileno(), stdout=out.fileno(), stderr=err.fileno())
        try:
            status = process.wait(LIMIT_S)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(argv, status, out.read(), err.read())
