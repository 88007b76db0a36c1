"""The record door: fixed-size records for gateways and market makers."""

import asyncio
import contextlib
import socket
import time
from pathlib import Path
from typing import Any

from commonbook.console.processes import START_TIMEOUT_S, Lifeline, Place, child_main
from commonbook.errors import CoreUnavailable
from commonbook.gateway.records.server import serve_records
from commonbook.matching.client import CoreClient
from commonbook.settings import database_url


async def records(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The record door on its Unix socket, and on TCP when the supervisor bound a port for it."""
    place = Place.of(options)
    descriptor = options["records_fd"]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(fileno=descriptor)) if descriptor is not None else None
        client = await _core_of(options["core_pid"], place.core_socket)
        url, path = database_url(place.settings, place.data_dir), Path(options["records_socket"])
        await lifeline.until_stopped(
            serve_records(place.data_dir, url, client, path, listener, place.settings, lifeline.ready)
        )


async def _core_of(pid: int, path: Path) -> CoreClient:
    """The core that the supervisor started with us; the socket may still be that of an exchange that is ending."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        client = await CoreClient.connect(path, START_TIMEOUT_S)
        with contextlib.suppress(CoreUnavailable):
            if (await client.state())["pid"] == pid:
                return client
        client.close()
        if time.monotonic() > deadline:
            raise CoreUnavailable(f"no core of process {pid} at {path}; start the exchange again")
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    child_main(records)
