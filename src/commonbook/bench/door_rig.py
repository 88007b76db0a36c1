"""Core and record door as processes of their own on a data folder, and nothing else: what the door's bench measures.

`python -m commonbook.bench.door_rig core|records OPTIONS` is one of the processes. It says `ready` once it serves and
ends when its standard input does.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from commonbook._engine import Engine, Journal
from commonbook.errors import OutsideFailure
from commonbook.exchange import Exchange
from commonbook.gateway.records.server import serve_records
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.recovery import newest_engine
from commonbook.matching.sequencer import Sequencer
from commonbook.records import Records
from commonbook.settings import CoreSettings, RecordSettings, Settings, database_url
from commonbook.storage.database import open_database

PATIENCE_S = 30.0
FAST = Settings(
    core=CoreSettings(batch_commands=16_384),
    records=RecordSettings(commands_per_second=100_000_000),
)


class NoJournal:
    """A journal that keeps nothing: what the door costs without one."""

    def append(self, commands: bytes) -> None:
        return

    def wait_durable(self, sequence: int) -> None:
        return

    def close(self) -> None:
        return


def prepare(data_dir: Path, setup: Records, accounts: list[int], settings: Settings = FAST) -> list[NewKey]:
    """A data folder with a venue, and an API key of each account."""
    with Exchange.open(data_dir, settings) as exchange:
        exchange.submit(setup)
    seal = Seal.open(data_dir)
    database = open_database(database_url(settings, data_dir))
    with database.begin() as connection:
        permissions = frozenset(Permission)
        keys = [create_key(connection, seal, account, 1, permissions, f"bench-{account}") for account in accounts]
    database.dispose()
    return keys


@dataclass
class DoorRig:
    """The two processes. `kill` ends them as a crash would."""

    data_dir: Path
    in_memory: bool = False
    settings: Settings = FAST

    def __post_init__(self) -> None:
        self.socket = self.data_dir / "records.sock"
        self._processes: list[subprocess.Popen[str]] = []
        options = {
            "data_dir": str(self.data_dir),
            "in_memory": self.in_memory,
            "settings": msgspec.to_builtins(self.settings),
        }
        with ExitStack() as stack:
            stack.callback(self.kill)
            for role in ("core", "records"):
                self._start(role, options)
            stack.pop_all()

    def _start(self, role: str, options: dict[str, Any]) -> None:
        with (self.data_dir / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "commonbook.bench.door_rig", role, json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._processes.append(process)
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise OutsideFailure(f"{role} did not start: {(self.data_dir / f'{role}.log').read_text()[-2_000:]}")

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._processes.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


# -- the processes -----------------------------------------------------------------------------------------------------


async def _core(data_dir: Path, settings: Settings, in_memory: bool) -> None:
    sequencer = _without_journal(data_dir, settings) if in_memory else Sequencer.open(data_dir, settings.journal)
    await Core(sequencer, settings.core).run(data_dir / "core.sock", _ready)


def _without_journal(data_dir: Path, settings: Settings) -> Sequencer:
    journal: Any = NoJournal()
    engine: Engine = newest_engine(data_dir, 2**63)
    kept: Journal = journal
    return Sequencer(data_dir, kept, engine, settings.journal)


async def _records(data_dir: Path, settings: Settings, in_memory: bool) -> None:
    client = await CoreClient.connect(data_dir / "core.sock", PATIENCE_S)
    url = database_url(settings, data_dir)
    await serve_records(data_dir, url, client, data_dir / "records.sock", None, settings, _ready)


async def _ready() -> None:
    print("ready", flush=True)


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    roles: dict[str, Callable[[Path, Settings, bool], Awaitable[None]]] = {"core": _core, "records": _records}
    options = json.loads(sys.argv[2])
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    role, settings = roles[sys.argv[1]], msgspec.convert(options["settings"], Settings)

    async def live() -> None:
        await role(Path(options["data_dir"]), settings, options["in_memory"])

    asyncio.run(live())


if __name__ == "__main__":
    main()
