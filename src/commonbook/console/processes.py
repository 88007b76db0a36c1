"""The processes of a serving exchange: what each one runs, and how the supervisor starts and ends them.

    supervisor (commonbook serve)
      ├── core         sequencer, journal, engine
      ├── nursery      has everything loaded and forks the others
      ├── back-office  ledger, clearing, history, settlement
      ├── gateway      OKX v5 over HTTP; several on one port with `--gateways N`
      ├── records      the record door
      ├── simulated    the simulated venue: a core and a back office of its own
      └── market       the recorded market played against wall time (demo only)

The core is a program of its own, as huge pages are asked for before a program starts; a nursery (nursery.py) forks
the others. A child says `ready` on its standard output once it serves. Its standard input is the life line: the line
`stop` asks for an orderly end, and when the line breaks, because the supervisor was killed, the child ends at once, as
does one that is stopped before it serves. So nothing is left behind to hold the data folder.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
import uvloop
from structlog.tracebacks import ExceptionDictTransformer

from commonbook.console.memory import with_huge_pages
from commonbook.errors import CoreUnavailable, OutsideFailure
from commonbook.matching.client import CoreClient
from commonbook.nursery import Nursery, Nursling, call_this_process, order_of
from commonbook.settings import Settings

ROLES = "commonbook.console.roles"
READY = "ready"
SIMULATED_READY = "simulated"  # the gateway says it once it serves the simulated venue as well
STOP = "stop"
FORKED = tuple(f"{ROLES}.{name}" for name in ("back_office", "gateway", "records", "simulated"))  # of a nursery
START_TIMEOUT_S = 120.0  # a long journal may have to be replayed first
STOP_TIMEOUT_S = 20.0
LARGE = ("core",)  # roles that hold the engine's state

Role = Callable[[dict[str, Any], "Lifeline"], Awaitable[None]]


class Life(Protocol):
    """What a role tells of its life and learns of its end."""

    async def ready(self) -> None: ...
    async def until_stopped(self, work: Awaitable[None]) -> None: ...


async def until_set(stopping: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it ends by itself or the event is set."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stopping.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Lifeline:
    """A child's end: `ready()` once it serves, `stopping` when it is asked to end."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._serving = False
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    async def ready(self) -> None:
        self._serving = True
        self.say(READY)

    def say(self, word: str) -> None:
        print(word, flush=True)

    async def until_stopped(self, work: Awaitable[None]) -> None:
        """Run `work` until it ends by itself or the supervisor asks to stop."""
        await until_set(self.stopping, work)

    def _watch(self) -> None:
        if sys.stdin.readline().strip() == STOP and self._serving:
            self._loop.call_soon_threadsafe(self.stopping.set)
            return
        os._exit(1)


@dataclass(frozen=True)
class Place:
    """Where a child works: the data folder, the core's socket, the settings."""

    data_dir: Path
    core_socket: Path
    settings: Settings

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Place":
        settings = msgspec.convert(options["settings"], Settings)
        return cls(Path(options["data_dir"]), Path(options["core_socket"]), settings)


async def core_of(pid: int, path: Path) -> CoreClient:
    """The core that our supervisor started. The socket may still be that of an exchange that is ending, or of one that
    goes on, where ours was started on a folder in use: nothing may be done to the tables of either."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        client = await CoreClient.connect(path, START_TIMEOUT_S)
        with contextlib.suppress(CoreUnavailable):
            if await client.process() == pid:
                return client
        client.close()
        if time.monotonic() > deadline:
            raise CoreUnavailable(f"no core of process {pid} at {path}; start the exchange again")
        await asyncio.sleep(0.02)


def child_main(role: Role) -> None:
    """The entry of every child: `commonbook.console.roles.ROLE`. JSON tells what it is to do: the one argument of a
    forked child, the first line that one of its own program reads, whose arguments everybody on the machine can see."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    log_as_json()
    options = json.loads(sys.argv[1] if len(sys.argv) > 1 else first_line(0))
    name = str(options["role"])
    call_this_process(name)

    async def live() -> None:
        await role(options, Lifeline())

    try:
        uvloop.run(live())
    except OutsideFailure as failure:
        structlog.get_logger().error("process.failed", role=name, why=str(failure))
        sys.exit(1)
    except Exception:
        structlog.get_logger().exception("process.broken", role=name)
        sys.exit(1)


def first_line(descriptor: int) -> bytes:
    """What stands before the first line feed; nothing behind it is taken, as somebody else reads on."""
    line = bytearray()
    while (byte := os.read(descriptor, 1)) not in (b"\n", b""):
        line += byte
    return bytes(line)


def log_as_json() -> None:
    """Structured logs, one JSON object a line, to standard error. Tracebacks never tell values: some are secrets."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _tell(process: subprocess.Popen[str], line: str) -> None:
    """Its first line. One that has ended already has nothing to hear; why, its log says."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(line + "\n")
            process.stdin.flush()


@dataclass
class Child:
    """A started process."""

    role: str
    process: "subprocess.Popen[str] | Nursling"
    log_file: Path

    @classmethod
    def start(
        cls,
        nursery: Nursery,
        role: str,
        options: dict[str, Any],
        log_file: Path,
        pass_fds: tuple[int, ...] = (),
        name: str = "",
    ) -> "Child":
        """
        Args:
            name: what it is called, if not by its role; several may have the same.
        """
        module = f"{ROLES}.{role.replace('-', '_')}"
        told = json.dumps(options | {"role": role})
        process: subprocess.Popen[str] | Nursling
        with log_file.open("ab") as log:
            if role in LARGE:
                process = subprocess.Popen(
                    [sys.executable, "-m", module],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    env=with_huge_pages(os.environ),
                )
                _tell(process, told)
            else:
                order = order_of(module, "main", [module, told], *pass_fds)
                process = nursery.start(order, stderr=log.fileno())
        return cls(name or role, process, log_file)

    def wait_ready(self, stopping: threading.Event) -> bool:
        """Block until the child serves; False when `stopping` is set before.

        Raises:
            OutsideFailure: it ended instead, or took longer than START_TIMEOUT_S; gives its last log line.
        """
        return self.wait_for(READY, stopping.is_set)

    def wait_for(self, word: str, given_up: Callable[[], bool]) -> bool:
        """Block until the child says a word, the next that it says; False when the wait is given up before.

        Raises:
            OutsideFailure: as `wait_ready`.
        """
        said = threading.Event()
        answer: list[str] = []

        def listen() -> None:
            if self.process.stdout is not None:
                answer.append(self.process.stdout.readline().strip())
            said.set()

        threading.Thread(target=listen, daemon=True).start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not said.wait(0.05):
            if given_up():
                return False
            if time.monotonic() > deadline:
                break
        if answer != [word]:
            raise OutsideFailure(f"{self.role} did not start: {self.last_words()}")
        return True

    def ask_to_stop(self) -> None:
        if self.process.stdin is not None and self.process.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(STOP + "\n")
                self.process.stdin.flush()

    def end(self) -> None:
        """Orderly if it can, by force after STOP_TIMEOUT_S."""
        self.ask_to_stop()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def last_words(self) -> str:
        """Why it ended, as far as its log tells."""
        lines = self.log_file.read_text(errors="replace").strip().splitlines()
        if not lines:
            return f"no log in {self.log_file}"
        try:
            entry = json.loads(lines[-1])
        except ValueError:
            return lines[-1]
        return str(entry.get("why") or entry.get("exception", [{}])[0].get("exc_value") or entry)
