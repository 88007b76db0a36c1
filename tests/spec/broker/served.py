"""A hub behind a socket in the test's own loop: what a client of the live channel connects to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from picows import WSListener, WSUpgradeRequest, ws_create_server
from spec.broker.listening import Listening
from spec.house import Person

from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import create_key


def managing_key(here: Listening, person: Person, *permissions: Permission) -> NewKey:
    """A key of a user that may manage."""
    house = here.house
    wanted = frozenset({Permission.READ, Permission.MANAGE, *permissions})
    made = house.write(
        lambda connection: create_key(
            connection, house.seal, person.account, person.brand, wanted, "desk", user=person.user
        )
    )
    house.second_passes()
    return made


@asynccontextmanager
async def serving(
    here: Listening, accept: Callable[[WSUpgradeRequest], WSListener | None] | None = None
) -> AsyncIterator[str]:
    """The address to connect to, while the hub has its turns."""

    given = socket.socket()
    given.bind(("127.0.0.1", 0))
    server = await ws_create_server(accept or here.hub.accept, sock=given, enable_auto_pong=False)
    turning = asyncio.ensure_future(here.hub.run())
    try:
        yield f"http://127.0.0.1:{given.getsockname()[1]}"
    finally:
        turning.cancel()
        here.hub.stop()
        server.close()
        await asyncio.sleep(0.05)
