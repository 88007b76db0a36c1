"""The gateway: OKX v5 over HTTP."""

import contextlib
import socket
from typing import Any

import msgspec

from commonbook.console.processes import SIMULATED_READY, Lifeline, Place, child_main, core_of
from commonbook.gateway.server import Crew, Simulated, serve_gateway
from commonbook.settings import database_url


async def gateway(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The OKX v5 door on the listening sockets that the supervisor bound."""
    place = Place.of(options)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(fileno=options["listen_fd"]))
        tls_fd = options["tls_fd"]
        tls = None if tls_fd is None else stack.enter_context(socket.socket(fileno=tls_fd))
        client = await core_of(options["core_pid"], place.core_socket)
        url = database_url(place.settings, place.data_dir)
        simulated = None if options["simulated"] is None else _simulated(Place.of(options["simulated"]), lifeline)
        crew = msgspec.convert(options["crew"], Crew | None)
        await lifeline.until_stopped(
            serve_gateway(place.data_dir, url, client, listener, place.settings, lifeline.ready, simulated, crew, tls)
        )


def _simulated(place: Place, lifeline: Lifeline) -> Simulated:
    url = database_url(place.settings, place.data_dir)
    return Simulated(place.data_dir, url, place.core_socket, place.settings, lambda: lifeline.say(SIMULATED_READY))


def main() -> None:
    child_main(gateway)
