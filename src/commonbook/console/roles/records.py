"""The record door: fixed-size records for gateways and market makers."""

import contextlib
import socket
from pathlib import Path
from typing import Any

from commonbook.console.processes import Lifeline, Place, child_main, core_of
from commonbook.gateway.records.server import serve_records
from commonbook.settings import database_url


async def records(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The record door on its Unix socket, and on TCP when the supervisor bound a port for it."""
    place = Place.of(options)
    descriptor = options["records_fd"]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(fileno=descriptor)) if descriptor is not None else None
        client = await core_of(options["core_pid"], place.core_socket)
        url, path = database_url(place.settings, place.data_dir), Path(options["records_socket"])
        await lifeline.until_stopped(
            serve_records(place.data_dir, url, client, path, listener, place.settings, lifeline.ready)
        )


def main() -> None:
    child_main(records)
