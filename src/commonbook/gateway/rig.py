"""Core and doors as processes of their own on a data folder, and nothing else: what benches and fault suites use.

`python -m commonbook.gateway.rig core|records|gateway|bare OPTIONS` is one of the processes. It says `ready` once it
serves and ends when its standard input does. `bare` is the gateway's server with nothing behind it: every request is
answered with one constant envelope, every WebSocket message with itself.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import msgspec
import structlog
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from commonbook._engine import Journal
from commonbook.errors import OutsideFailure
from commonbook.exchange import Exchange
from commonbook.gateway.okx_v5.app import Receive, Scope, Send, read_body
from commonbook.gateway.records.server import serve_records
from commonbook.gateway.server import http_server, serve_gateway
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.recovery import newest_engine, restore
from commonbook.matching.sequencer import Sequencer
from commonbook.records import Records
from commonbook.settings import Settings, database_url
from commonbook.storage.database import open_database

PATIENCE_S = 60.0
DOOR = ("core", "records")
WEB = ("core", "gateway", "bare")
HOST = "127.0.0.1"
LARGE, HELD = 64 * 1024, 8  # bytes of a batch that LATE holds back, and how many of them


class Keeping(StrEnum):
    """What becomes of commands before they are acknowledged."""

    DURABLE = "durable"
    MEMORY = "memory"  # no journal: what the door costs without one
    LATE = "late"  # a planted bug: the journal is some large batches behind, and nobody waits for it


class NoJournal:
    """A journal that keeps nothing."""

    def append(self, commands: bytes) -> None:
        return

    def durable(self) -> int:
        return 0

    def wait_durable(self, sequence: int) -> None:
        return

    def close(self) -> None:
        return


class LateJournal:
    """A journal that is some batches behind what is acknowledged, as long as batches are large."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._held: deque[bytes] = deque()

    def append(self, commands: bytes) -> None:
        self._held.append(commands)
        while len(self._held) > (HELD if len(commands) >= LARGE else 0):
            self._journal.append(self._held.popleft())

    def durable(self) -> int:
        return self._journal.durable()

    def wait_durable(self, sequence: int) -> None:
        return

    def close(self) -> None:
        self._journal.close()


def prepare(
    data_dir: Path,
    setup: Records,
    accounts: Iterable[int],
    settings: Settings,
    brand_of: Callable[[int], int] = lambda account: 1,
) -> list[NewKey]:
    """A data folder with a venue, and an API key of each account."""
    with Exchange.open(data_dir, settings) as exchange:
        exchange.submit(setup)
    seal = Seal.open(data_dir)
    database = open_database(database_url(settings, data_dir))
    with database.begin() as connection:
        permissions = frozenset(Permission)
        keys = [
            create_key(connection, seal, account, brand_of(account), permissions, f"rig-{account}")
            for account in accounts
        ]
    database.dispose()
    return keys


@dataclass
class Rig:
    """The processes. `kill` ends them, or one, as a crash would; `start` begins those that are not there."""

    data_dir: Path
    settings: Settings
    keeping: Keeping = Keeping.DURABLE
    roles: tuple[str, ...] = DOOR

    def __post_init__(self) -> None:
        self.socket = self.data_dir / "records.sock"
        self.ports: dict[str, int] = {}  # of the roles that listen on one
        self.processes: dict[str, subprocess.Popen[str]] = {}
        with ExitStack() as stack:
            stack.callback(self.kill)
            self.start()
            stack.pop_all()

    def start(self) -> None:
        for role in self.roles:
            if role not in self.processes:
                self._start(role)

    def _start(self, role: str) -> None:
        options = {
            "data_dir": str(self.data_dir),
            "keeping": self.keeping,
            "settings": msgspec.to_builtins(self.settings),
        }
        with (self.data_dir / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "commonbook.gateway.rig", role, json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.processes[role] = process
        said = process.stdout.readline().split() if process.stdout is not None else []
        if said[:1] != ["ready"]:
            why = (self.data_dir / f"{role}.log").read_text().strip().splitlines()[-1:]
            raise OutsideFailure(f"{role} did not start: {''.join(why)}")
        if len(said) > 1:
            self.ports[role] = int(said[1])

    def cpu_seconds(self, role: str) -> float:
        """Processor time that a process has taken so far, of all its threads, in user and system mode."""
        fields = Path(f"/proc/{self.processes[role].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self, *roles: str) -> None:
        """SIGKILL; all of them when none is named. A door whose core is killed ends by itself."""
        gone = [self.processes.pop(role) for role in roles or self.roles if role in self.processes]
        for process in gone:
            process.kill()
        if "core" in roles:  # whose doors end by themselves
            gone += [self.processes.pop(role) for role in ("records", "gateway") if role in self.processes]
        for process in gone:
            process.wait(PATIENCE_S)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


# -- the processes -----------------------------------------------------------------------------------------------------


async def _core(data_dir: Path, settings: Settings, keeping: Keeping) -> None:
    await Core(_sequencer(data_dir, settings, keeping), settings.core).run(data_dir / "core.sock", _ready)


def _sequencer(data_dir: Path, settings: Settings, keeping: Keeping) -> Sequencer:
    if keeping is Keeping.DURABLE:
        return Sequencer.open(data_dir, settings.journal)
    if keeping is Keeping.MEMORY:
        nothing: Any = NoJournal()
        return Sequencer(data_dir, nothing, newest_engine(data_dir, 2**63), settings.journal)
    journal, engine = restore(data_dir, settings.journal)
    late: Any = LateJournal(journal)
    return Sequencer(data_dir, late, engine, settings.journal)


async def _records(data_dir: Path, settings: Settings, keeping: Keeping) -> None:
    client = await CoreClient.connect(data_dir / "core.sock", PATIENCE_S)
    url = database_url(settings, data_dir)
    await serve_records(data_dir, url, client, data_dir / "records.sock", None, settings, _ready)


async def _gateway(data_dir: Path, settings: Settings, keeping: Keeping) -> None:
    client = await CoreClient.connect(data_dir / "core.sock", PATIENCE_S)
    url = database_url(settings, data_dir)
    with _listener() as (listener, ready):
        await serve_gateway(data_dir, url, client, listener, settings, ready)


async def _bare(data_dir: Path, settings: Settings, keeping: Keeping) -> None:
    with _listener() as (listener, ready):
        server = http_server(_constant, lambda request: _Echo(), settings)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.005)
        await ready()
        await serving


async def _constant(scope: Scope, receive: Receive, send: Send) -> None:
    await read_body(receive, 1 << 20)
    await send({"type": "http.response.start", "status": 200, "headers": JSON_HEADERS})
    await send({"type": "http.response.body", "body": EMPTY_ENVELOPE})


EMPTY_ENVELOPE = b'{"code":"0","data":[],"msg":""}'
JSON_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(EMPTY_ENVELOPE))]


class _Echo(WSListener):
    """Gives each message back; `push COUNT EVERY_MS MESSAGE` instead pushes the message so often to all there are."""

    crowd: ClassVar[set[WSTransport]] = set()
    pushing: ClassVar[set[asyncio.Task[None]]] = set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.crowd.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.crowd.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        content = frame.get_payload_as_bytes()
        if frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif content.startswith(PUSH):
            _, count, every_ms, message = content.split(b" ", 3)
            task = asyncio.ensure_future(self._push(int(count), int(every_ms) / 1000, message))
            self.pushing.add(task)
            task.add_done_callback(self.pushing.discard)
        else:
            transport.send(WSMsgType.TEXT, content)

    async def _push(self, count: int, every_s: float, message: bytes) -> None:
        due = time.monotonic()
        for _ in range(count):
            for transport in list(self.crowd):
                transport.send(WSMsgType.TEXT, message)
            due += every_s
            await asyncio.sleep(due - time.monotonic())


PUSH = b"push"


@contextmanager
def _listener() -> Iterator[tuple[socket.socket, Callable[[], Awaitable[None]]]]:
    """A socket on a free port, and what says so once it is served."""
    with socket.create_server((HOST, 0), backlog=1024) as listener:
        port = listener.getsockname()[1]

        async def ready() -> None:
            print("ready", port, flush=True)

        yield listener, ready


async def _ready() -> None:
    print("ready", flush=True)


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    roles: dict[str, Callable[[Path, Settings, Keeping], Awaitable[None]]] = {
        "core": _core,
        "records": _records,
        "gateway": _gateway,
        "bare": _bare,
    }
    options = json.loads(sys.argv[2])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    role, settings = roles[sys.argv[1]], msgspec.convert(options["settings"], Settings)

    async def live() -> None:
        await role(Path(options["data_dir"]), settings, Keeping(options["keeping"]))

    uvloop.run(live())


if __name__ == "__main__":
    main()
