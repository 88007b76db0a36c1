"""How full the disk is and what follows: an alarm, cancel-only, a stop. Rule J-15 of docs/rules/journal.md."""

import os
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

import structlog

from commonbook.errors import DiskFull
from commonbook.records import CommandKind, Records, TradingStatus, commands
from commonbook.settings import DiskSettings

log = structlog.get_logger()

MARKER = (
    "disk-cancel-only"  # there while the venue is cancel-only for want of room, so that a restart knows whose it is
)

Probe = Callable[[Path], float]  # free space of the folder's disk, in per cent


class Room(IntEnum):
    AMPLE = 0
    ALARM = 1
    CANCEL_ONLY = 2
    STOP = 3


def free_percent(folder: Path) -> float:
    """What an ordinary user may still write, as a share of the disk."""
    disk = os.statvfs(folder)
    return 100 * disk.f_bavail / max(disk.f_blocks, 1)


class DiskWatch:
    """Looks now and then; its answer is the command to journal, if any."""

    def __init__(self, data_dir: Path, settings: DiskSettings, probe: Probe = free_percent) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._probe = probe
        self._marker = data_dir / MARKER
        self._room = Room.AMPLE
        self._looked_at_ns = -settings.look_every_ms * 1_000_000
        self.holds = self._marker.exists()  # the venue is cancel-only because of us

    def look(self, now_ns: int, status: int) -> Records | None:
        """The STATUS command that is due for the whole venue, or None.

        Args:
            now_ns: any clock that goes on; looks are `look_every_ms` apart.
            status: the venue's TradingStatus. Only LIVE is ever tightened, and only what was tightened here is eased.

        Raises:
            DiskFull: the stop is reached; the process must end.
        """
        if now_ns - self._looked_at_ns < self._settings.look_every_ms * 1_000_000:
            return None
        self._looked_at_ns = now_ns
        free = self._probe(self._data_dir)
        self._tell(free)
        if self._room == Room.STOP:
            raise DiskFull(
                f"{free:.1f} % of the disk of {self._data_dir} is free, less than {self._settings.stop_percent}"
            )
        if self._room == Room.CANCEL_ONLY and status == TradingStatus.LIVE:
            self._marker.touch()
            self.holds = True
            return _venue(TradingStatus.CANCEL_ONLY)
        if self.holds and free >= self._settings.resume_percent:
            self.release()
            return _venue(TradingStatus.LIVE) if status == TradingStatus.CANCEL_ONLY else None
        return None

    def release(self) -> None:
        """The venue's status is not ours any more: there is room, or an operator has set it."""
        self._marker.unlink(missing_ok=True)
        self.holds = False

    def _tell(self, free: float) -> None:
        limits = self._settings
        room = Room.AMPLE
        for limit, reached in (
            (limits.alarm_percent, Room.ALARM),
            (limits.cancel_only_percent, Room.CANCEL_ONLY),
            (limits.stop_percent, Room.STOP),
        ):
            room = reached if free < limit else room
        if room != self._room:
            say = log.warning if room else log.info
            say("core.disk", free_percent=round(free, 1), room=room.name.lower())
        self._room = room


def is_venue_status(batch: Records) -> bool:
    """Whether a batch sets the whole venue's status."""
    setting = batch[batch["kind"] == CommandKind.STATUS].view(_STATUS)
    return bool((setting["instrument"] == 0).any())


def _venue(status: TradingStatus) -> Records:
    command = commands(CommandKind.STATUS)
    command["status"] = status
    return command


_STATUS = commands(CommandKind.STATUS).dtype
