"""How the exchange is doing, for the host's people: core, disk, history, gateways; and what browsers report.

The core tells of its last five minutes; the rest is read when it is asked for. Rules HE-1 and WB-5.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import msgspec
from litestar import get

from commonbook.administration.roles import May
from commonbook.errors import CoreUnavailable, Declined
from commonbook.gateway import pulse
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.pulse import GatewayPulse
from commonbook.gateway.web import violations
from commonbook.gateway.web.violations import Violation
from commonbook.matching.disk import MARKER
from commonbook.storage.database import BACK_OFFICE, position

VIOLATIONS_TOLD = 200


class SecondTold(msgspec.Struct, frozen=True):
    """One second of the core in which somebody waited for it."""

    at_s: int  # since 1970
    commands: int
    orders: int  # of them, new ones
    batches: int
    p50_us: int  # from a batch's being taken up until it is durable
    p99_us: int
    most_us: int


class CoreTold(msgspec.Struct, frozen=True):
    pid: int
    started_ns: str
    sequence: str  # the newest that is durable and told
    waiting: int  # commands in its inbox
    connections: int  # of gateways, followers and the console
    seconds: list[SecondTold]  # at most 300, the oldest first


class JournalTold(msgspec.Struct, frozen=True):
    segments: int
    bytes: str
    newest_segment_bytes: str
    snapshots: int
    snapshot_bytes: str


class DiskTold(msgspec.Struct, frozen=True):
    bytes: str
    free_bytes: str
    alarm_percent: str  # free, below which the core warns; J-15
    cancel_only_percent: str
    by_the_disk: bool  # the venue takes cancels alone, for want of room


class HistoryTold(msgspec.Struct, frozen=True):
    sequence: str  # the newest that the back office has written down
    behind: str  # commands between it and the core


class Health(msgspec.Struct, frozen=True):
    at_ns: str
    core: CoreTold
    journal: JournalTold
    disk: DiskTold
    history: HistoryTold
    gateways: list[GatewayPulse]


@get("/health", needs=May.LOOK)
async def health(asked: Asking) -> Health:
    """The core's last five minutes, the journal's size, the disk's room, how far history is, and the gateways."""
    desk = asked.desk
    try:
        core = _core(await desk.door.core.pulse())
    except CoreUnavailable:
        raise Declined("unavailable", "the core has gone") from None
    written = await desk.read(lambda connection: position(connection, BACK_OFFICE))
    settings = desk.settings.disk
    journal, disk = await asyncio.to_thread(_on_disk, desk.data_dir, settings)
    now_ns = time.time_ns()
    gateways = await asyncio.to_thread(pulse.living, desk.data_dir, now_ns)
    behind = max(int(core.sequence) - written, 0)
    return Health(str(now_ns), core, journal, disk, HistoryTold(str(written), str(behind)), gateways)


def _core(told: dict[str, Any]) -> CoreTold:
    seconds = [SecondTold(*one) for one in told["seconds"]]
    started, sequence = str(told["started_ns"]), str(told["sequence"])
    return CoreTold(told["pid"], started, sequence, told["waiting"], told["connections"], seconds)


def _on_disk(data_dir: Path, settings: Any) -> tuple[JournalTold, DiskTold]:
    segments = _sizes(data_dir / "journal")
    snapshots = _sizes(data_dir / "snapshots")
    newest = segments[-1] if segments else 0
    journal = JournalTold(len(segments), str(sum(segments)), str(newest), len(snapshots), str(sum(snapshots)))
    room = os.statvfs(data_dir)
    return journal, DiskTold(
        bytes=str(room.f_blocks * room.f_frsize),
        free_bytes=str(room.f_bavail * room.f_frsize),
        alarm_percent=str(settings.alarm_percent),
        cancel_only_percent=str(settings.cancel_only_percent),
        by_the_disk=(data_dir / MARKER).exists(),
    )


def _sizes(folder: Path) -> list[int]:
    """Bytes of each file there, by name; one that is gone meanwhile is left out."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            found.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return found


@get("/web-violations", needs=May.LOG)
async def web_violations(asked: Asking) -> list[Violation]:
    """What browsers have kept from running at our pages and reported, newest first. WB-5."""
    return await asyncio.to_thread(violations.newest, asked.desk.data_dir, VIOLATIONS_TOLD)


ROUTES = [health, web_violations]
