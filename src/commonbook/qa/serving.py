"""A real `commonbook serve --demo` for suites and tests: started, killed, ended.

All that one process starts come from one nursery, which has loaded what a server is made of. Each is a process of its
own with the processes that a server has; only the loading is done once.
"""

import atexit
import functools
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from commonbook.errors import OutsideFailure
from commonbook.nursery import Nursery, order_of

START_LIMIT_S = 90.0
LOADED = (  # what a server is made of, and what it loads once it serves
    "commonbook.console.serving",
    *(f"commonbook.console.roles.{role}" for role in ("back_office", "gateway", "records", "simulated")),
    "commonbook.console.house_chores",
    "commonbook.gateway.desk.app",
    "commonbook.storage.migration",
)
# A suite is many clients at one address; and on a busy machine history may lag, which is no suite's subject.
UNLIMITED = (
    "[gateway]\nlate_ms = 0\nhistory_wait_ms = 30_000\n[limits]\nscale = 100_000\n"
    "[streams]\nconnects_per_second = 100_000\n"
)


@functools.cache
def nursery() -> Nursery:
    found = Nursery.launch(LOADED)
    atexit.register(found.close)
    return found


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def waited_s(processes: list[int]) -> list[float]:
    """How long each process's main thread has waited for a processor so far; zeros where the system does not tell."""
    try:
        return [int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9 for process in processes]
    except (OSError, IndexError):
        return [0.0 for _ in processes]


class Server:
    """One run of the server on a data folder; the folder survives the run."""

    def __init__(self, data_dir: Path, *extra: str, simulated: bool = False) -> None:
        """Without settings of its own it has no limits, as a suite is many clients at one address; and a simulated
        venue, which takes a process, only for who asks for it."""
        if "--settings" not in extra:
            settings = data_dir.parent / f"{data_dir.name}.settings.toml"
            settings.write_text(UNLIMITED + f"[simulated]\nenabled = {str(simulated).lower()}\n")
            extra = (*extra, "--settings", str(settings))
        self.data_dir = data_dir
        self.ready_file = data_dir.parent / f"{data_dir.name}.ready.json"
        self.ready_file.unlink(missing_ok=True)
        self.output = (data_dir.parent / f"{data_dir.name}.output.txt").open("ab")
        words = ["commonbook", "serve", "--demo", "--data", str(data_dir)]
        words += ["--port", "0", "--ready", str(self.ready_file), *extra]
        order = order_of("commonbook.console.main", "run", words)
        output = self.output.fileno()
        with open(os.devnull) as nothing:
            self.process = nursery().start(order, stdin=nothing.fileno(), stdout=output, stderr=output)
        self.ready = self._wait_ready()

    def _wait_ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + START_LIMIT_S
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                text = Path(self.output.name).read_text()
                raise OutsideFailure(f"the server did not start:\n{text}")
            time.sleep(0.02)
        ready: dict[str, Any] = json.loads(self.ready_file.read_text())
        return ready

    def account(self, brand: str) -> dict[str, str]:
        found: dict[str, str] = next(account for account in self.ready["accounts"] if account["brand"] == brand)
        return found

    def children(self) -> list[int]:
        """Process ids: core, back office, gateway ..., and last the nursery of all but the core."""
        nursery = self.process_of("nursery")
        own = [child for child in _children(self.process.pid) if child != nursery]
        return [*own, *_children(nursery), nursery]

    def process_of(self, role: str) -> int:
        """The process of a role that there is one of."""
        (found,) = self.processes_of(role)
        return found

    def processes_of(self, role: str) -> list[int]:
        """The processes of a role, in the order in which they were started."""
        family = [one for child in _children(self.process.pid) for one in (child, *_children(child))]
        return [pid for pid in family if _name(pid) == f"cb-{role}"]

    def kill(self) -> None:
        """kill -9 of the serving process; its children end with it."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.output.close()

    def close(self) -> None:
        """Ctrl-C, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
