"""The gateway: OKX v5 over HTTP."""

import socket
from typing import Any

import msgspec

from commonbook.console.processes import SIMULATED_READY, START_TIMEOUT_S, Lifeline, Place, child_main
from commonbook.gateway.server import Crew, Simulated, serve_gateway
from commonbook.matching.client import CoreClient
from commonbook.settings import database_url


async def gateway(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The OKX v5 door on the listening socket that the supervisor bound."""
    place = Place.of(options)
    with socket.socket(fileno=options["listen_fd"]) as listener:
        client = await CoreClient.connect(place.core_socket, START_TIMEOUT_S)
        url = database_url(place.settings, place.data_dir)
        simulated = None if options["simulated"] is None else _simulated(Place.of(options["simulated"]), lifeline)
        crew = msgspec.convert(options["crew"], Crew | None)
        await lifeline.until_stopped(
            serve_gateway(place.data_dir, url, client, listener, place.settings, lifeline.ready, simulated, crew)
        )


def _simulated(place: Place, lifeline: Lifeline) -> Simulated:
    url = database_url(place.settings, place.data_dir)
    return Simulated(place.data_dir, url, place.core_socket, place.settings, lambda: lifeline.say(SIMULATED_READY))


if __name__ == "__main__":
    child_main(gateway)
