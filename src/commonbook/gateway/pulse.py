"""How each gateway is doing: a small file of its own, written every two seconds, for whoever asks any of them."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

EVERY_S = 2.0
OLD_S = 10.0  # a gateway that has not told for so long has gone
FOLDER = "gateways"

log = structlog.get_logger()


class GatewayPulse(msgspec.Struct, frozen=True):
    gateway: int  # its number, from 0
    pid: int
    at_ns: str
    started_ns: str
    sequence: str  # the newest that it has taken in
    http: int  # connections over HTTP that are open
    websocket: int
    share_percent: int  # of new orders that it takes on; below 100 it is behind (L-8)


async def keep(data_dir: Path, number: int, look: Callable[[], GatewayPulse]) -> None:
    """Runs until it is cancelled. A disk that refuses is told in the log at each try."""
    path = data_dir / FOLDER / f"{number}.json"
    while True:
        try:
            await asyncio.to_thread(_write, path, msgspec.json.encode(look()))
        except OSError as failure:
            log.warning("gateway.pulse_not_written", why=str(failure))
        await asyncio.sleep(EVERY_S)


def _write(path: Path, content: bytes) -> None:
    """Not forced to the disk: behind a crash it says nothing anyway."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def living(data_dir: Path, now_ns: int) -> list[GatewayPulse]:
    """Those that have told lately, by their numbers."""
    found = []
    for path in sorted((data_dir / FOLDER).glob("*.json")):
        with contextlib.suppress(OSError, msgspec.DecodeError):
            found.append(msgspec.json.decode(path.read_bytes(), type=GatewayPulse))
    return sorted((one for one in found if now_ns - int(one.at_ns) < OLD_S * 1e9), key=lambda one: one.gateway)
