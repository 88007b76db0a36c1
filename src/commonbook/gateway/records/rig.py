"""Core and record door as processes of their own on a data folder, and nothing else: what benches and fault suites use.

`python -m commonbook.gateway.records.rig core|records OPTIONS` is one of the processes. It says `ready` once it serves
and ends when its standard input does.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog

from commonbook._engine import Journal
from commonbook.errors import OutsideFailure
from commonbook.exchange import Exchange
from commonbook.gateway.records.server import serve_records
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
ROLES = ("core", "records")
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


def prepare(data_dir: Path, setup: Records, accounts: list[int], settings: Settings) -> list[NewKey]:
    """A data folder with a venue, and an API key of each account."""
    with Exchange.open(data_dir, settings) as exchange:
        exchange.submit(setup)
    seal = Seal.open(data_dir)
    database = open_database(database_url(settings, data_dir))
    with database.begin() as connection:
        permissions = frozenset(Permission)
        keys = [create_key(connection, seal, account, 1, permissions, f"rig-{account}") for account in accounts]
    database.dispose()
    return keys


@dataclass
class DoorRig:
    """The two processes. `kill` ends them, or one, as a crash would; `start` begins those that are not there."""

    data_dir: Path
    settings: Settings
    keeping: Keeping = Keeping.DURABLE

    def __post_init__(self) -> None:
        self.socket = self.data_dir / "records.sock"
        self.processes: dict[str, subprocess.Popen[str]] = {}
        with ExitStack() as stack:
            stack.callback(self.kill)
            self.start()
            stack.pop_all()

    def start(self) -> None:
        for role in ROLES:
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
                [sys.executable, "-m", "commonbook.gateway.records.rig", role, json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.processes[role] = process
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            why = (self.data_dir / f"{role}.log").read_text().strip().splitlines()[-1:]
            raise OutsideFailure(f"{role} did not start: {''.join(why)}")

    def kill(self, *roles: str) -> None:
        """SIGKILL; all of them when none is named. A door whose core is killed ends by itself."""
        gone = [self.processes.pop(role) for role in roles or ROLES if role in self.processes]
        for process in gone:
            process.kill()
        if "core" in roles and (door := self.processes.pop("records", None)) is not None:
            gone.append(door)
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


async def _ready() -> None:
    print("ready", flush=True)


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    roles: dict[str, Callable[[Path, Settings, Keeping], Awaitable[None]]] = {"core": _core, "records": _records}
    options = json.loads(sys.argv[2])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    role, settings = roles[sys.argv[1]], msgspec.convert(options["settings"], Settings)

    async def live() -> None:
        await role(Path(options["data_dir"]), settings, Keeping(options["keeping"]))

    asyncio.run(live())


if __name__ == "__main__":
    main()
