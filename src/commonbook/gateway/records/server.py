"""The record door's process: claim the core, learn what was taken, follow the stream, serve until cancelled."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from commonbook.gateway.limits import Window
from commonbook.gateway.noting import note_uses
from commonbook.gateway.records.connection import Connection
from commonbook.gateway.records.door import CHECKPOINT, RecordDoor
from commonbook.identity.horizon import Horizons, path_of
from commonbook.identity.sealing import Seal
from commonbook.identity.service import KNOWN_FOR_S, Authenticator
from commonbook.instrument import store as instrument_store
from commonbook.matching.client import CoreClient
from commonbook.matching.recovery import must_reach
from commonbook.matching.stream import follow
from commonbook.settings import Settings
from commonbook.storage.database import open_database

READ_BUFFER = 4 * 1024 * 1024  # of the kernel, on either side of a TCP connection


async def serve_records(
    data_dir: Path,
    url: str,
    core: CoreClient,
    unix_socket: Path,
    listener: socket.socket | None,
    settings: Settings,
    ready: Callable[[], Awaitable[None]],
) -> None:
    """Serve the Unix socket, and the listening TCP socket where there is one.

    Raises:
        CoreUnavailable: the core has gone.
        JournalDamaged: the journal ends before what an earlier door has seen.
    """
    taken_upto = await core.claim()
    database = open_database(url)
    venue, known = instrument_store.load_at(database)
    started_ms = time.time_ns() // 1_000_000
    horizons = Horizons(path_of(data_dir, 0), started_ms)
    window_ms = settings.gateway.signature_window_ms
    authenticator = Authenticator(database, Seal.open(data_dir), horizons, window_ms, started_ms)
    door = RecordDoor(core, data_dir, venue, authenticator, settings.records)
    door.receipts.load(data_dir / CHECKPOINT)
    must_reach(taken_upto, door.receipts.sequence, "the record door")
    await asyncio.to_thread(door.receipts.read_journal, data_dir, taken_upto)
    await asyncio.to_thread(door.begin_note)
    door.position = known
    following = asyncio.ensure_future(_follow(door, core, data_dir, known))
    tending = asyncio.ensure_future(_tend(door))
    noting = asyncio.ensure_future(note_uses(authenticator, database))
    servers: list[asyncio.Server] = []
    windows: dict[int, tuple[Window, Window]] = {}
    loop = asyncio.get_running_loop()
    try:
        while door.position < taken_upto and not following.done():
            await asyncio.sleep(0.005)
        door.cancel_for_lost()
        unix_socket.unlink(missing_ok=True)
        servers.append(await loop.create_unix_server(lambda: Connection(door, windows), str(unix_socket)))
        unix_socket.chmod(0o600)
        if listener is not None:
            servers.append(await loop.create_server(lambda: Connection(door, windows), sock=listener))
        await ready()
        await asyncio.wait({following, tending, noting}, return_when=asyncio.FIRST_COMPLETED)
        for task in (following, tending, noting):
            if task.done():
                await task
    finally:
        for server in servers:
            server.close()
        following.cancel()
        tending.cancel()
        noting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(following, tending, noting, return_exceptions=True)
        await door.stop()
        database.dispose()


async def _follow(door: RecordDoor, core: CoreClient, data_dir: Path, known: int) -> None:
    async for batch in follow(core, data_dir, known):
        door.follow(batch)


async def _tend(door: RecordDoor) -> None:
    """Heartbeats, silence, revoked keys."""
    interval = min(door.settings.heartbeat_ms / 4_000, KNOWN_FOR_S / 2)
    while True:
        await asyncio.sleep(interval)
        now = time.monotonic()
        if door.connections:
            door.authenticator.look_now()  # so that who has lost a key is cut within KNOWN_FOR_S
        for connection in list(door.connections):
            connection.beat(now)
            connection.check_key()
