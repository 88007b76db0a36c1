"""The gateway: OKX v5 over HTTP."""

import socket
from typing import Any

import msgspec

from commonbook.console.processes import START_TIMEOUT_S, Lifeline, Place, child_main
from commonbook.gateway.server import Crew, serve_gateway
from commonbook.matching.client import CoreClient
from commonbook.settings import database_url


async def gateway(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The OKX v5 door on the listening socket that the supervisor bound."""
    place = Place.of(options)
    with socket.socket(fileno=options["listen_fd"]) as listener:
        client = await CoreClient.connect(place.core_socket, START_TIMEOUT_S)
        url = database_url(place.settings, place.data_dir)
        crew = msgspec.convert(options["crew"], Crew | None)
        await lifeline.until_stopped(
            serve_gateway(place.data_dir, url, client, listener, place.settings, lifeline.ready, crew)
        )


if __name__ == "__main__":
    child_main(gateway)
