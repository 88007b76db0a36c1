"""What is done beside a serving core, by a process of its own: snapshots, packing of closed segments, retention.

    core ──▶ keeper DATA, sequence      reads what is durable: newest snapshot, the journal up to there
               ├── snapshots/SEQUENCE.cbs
               ├── closed segments, packed
               └── segments before the oldest snapshot, given up (only if the policy says so)

The core's own engine is never asked for its state while it serves: writing that of a large exchange would stop it. The
keeper holds a second copy of the state for as long as it works. It ends with the core, whatever ends that, and leaves
nothing half done: each of its files is there whole or not at all. Rules J-10, J-13 and J-14 of docs/rules/journal.md.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import structlog

from commonbook._engine import give_up_segments, list_snapshots, load_snapshot, pack_segments, write_snapshot
from commonbook.errors import BrokenInvariant
from commonbook.matching.holds import lowest_hold
from commonbook.matching.recovery import apply_journal, newest_engine
from commonbook.settings import JournalSettings

log = structlog.get_logger()


def keep(data_dir: Path, upto: int, settings: JournalSettings) -> None:
    """Write the snapshot of a durable sequence, then pack and give up what the settings say.

    Raises:
        BrokenInvariant: the journal does not reach the sequence.
    """
    engine = newest_engine(data_dir, upto)
    for _ in apply_journal(data_dir, engine, upto, upto):
        pass
    if engine.sequence() != upto:
        raise BrokenInvariant(f"replayed to sequence {engine.sequence()} of {upto}")
    write_snapshot(str(data_dir), upto, engine.snapshot(), settings.snapshots_kept)
    tidy(data_dir, settings)


def tidy(data_dir: Path, settings: JournalSettings) -> None:
    """Pack closed segments; give up those that the policy lets go."""
    if settings.pack_level > 0:
        pack_segments(str(data_dir), settings.pack_level)
    if settings.retain == "snapshots":
        oldest = min(list_snapshots(str(data_dir)), default=0)
        stored = load_snapshot(str(data_dir), oldest)
        if stored is not None and stored[0] == oldest:  # a damaged one, or another release's, is no beginning
            held = lowest_hold(data_dir)
            give_up_segments(str(data_dir), oldest if held is None else min(oldest, held))


class Keeper:
    """Starts the process when there is something to do, one at a time."""

    def __init__(self, data_dir: Path, settings: JournalSettings) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, upto: int) -> bool:
        """Have the snapshot of a durable sequence written; False while the last one is still being written."""
        if self.is_busy():
            return False
        order = {"data_dir": str(self._data_dir), "upto": upto, "settings": msgspec.to_builtins(self._settings)}
        command = [sys.executable, "-m", "commonbook.matching.keeper", json.dumps(order)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        return True

    def is_busy(self) -> bool:
        """Whether it still works. A failure is logged and no more: a snapshot only saves time."""
        if self._process is None or self._process.poll() is None:
            return self._process is not None
        if self._process.returncode:
            log.warning("keeper.failed", status=self._process.returncode)
        self._forget(self._process)
        return False

    def wait(self) -> None:
        """Until it has finished what it is at."""
        if self._process is not None:
            self._process.wait()
            self.is_busy()

    def close(self) -> None:
        """End it; what it was at is not there."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget(self._process)

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        self._process = None


def _end_with_the_core() -> None:
    os.read(0, 1)  # until the core's end of the pipe is gone; sys.stdin would be locked when this process ends
    os._exit(3)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    threading.Thread(target=_end_with_the_core, daemon=True).start()
    os.nice(10)
    keep(Path(asked["data_dir"]), asked["upto"], msgspec.convert(asked["settings"], JournalSettings))
