"""The gateway process: follow the core, open the door, serve until cancelled."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from commonbook.gateway.figures.app import FiguresApp
from commonbook.gateway.okx_v5 import http
from commonbook.gateway.okx_v5.app import App, OkxApp
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws.hub import Hub
from commonbook.gateway.okx_v5.ws.parting import Partings, noted_in
from commonbook.gateway.okx_v5.ws.upgrade import Accept, protocol_class
from commonbook.gateway.reference.app import WithReference
from commonbook.gateway.shared import Shared, SharedLimits, SharedUses
from commonbook.identity.horizon import Horizons, path_of
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument import store as instrument_store
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.client import CoreClient
from commonbook.matching.stream import follow
from commonbook.settings import Settings
from commonbook.storage.database import BACK_OFFICE, open_database, position

BOOK_LEVELS = 1_000_000


@dataclass(frozen=True, slots=True)
class Crew:
    """The gateways that one host has started together, as one of them sees it."""

    number: int  # its own, from 0
    size: int  # how many they are
    shared: str  # the path of the file they share
    started_ms: int  # before any of them took a request


async def serve_gateway(
    data_dir: Path,
    url: str,
    core: CoreClient,
    listener: socket.socket,
    settings: Settings,
    ready: Callable[[], Awaitable[None]],
    crew: Crew | None = None,
) -> None:
    """Serve OKX v5 on the listening socket; ends with CoreUnavailable when the core goes.

    Args:
        crew: the gateways of the host that this one is one of; None when it is alone.
    """
    database = open_database(url)
    with database.connect() as connection:
        venue = instrument_store.load(connection)
        known = position(connection, BACK_OFFICE)
    number = 0 if crew is None else crew.number
    started_ms = time.time_ns() // 1_000_000 if crew is None else crew.started_ms
    shared = None if crew is None else Shared(Path(crew.shared))
    authenticator = Authenticator(
        database,
        Seal.open(data_dir),
        Horizons(path_of(data_dir, number), started_ms),
        settings.gateway.signature_window_ms,
        started_ms,
        None if shared is None else SharedUses(shared),
    )
    door = Door(
        core,
        database,
        venue,
        authenticator,
        settings.gateway,
        Budget(settings.limits, None if shared is None else SharedLimits(shared)),
        MarketHistory(data_dir),
        is_alone=crew is None,
    )
    caught_up = int((await core.state())["sequence"])
    lane = Lane(settings.gateway)
    partings = Partings(door, *noted_in(data_dir, number, 1 if crew is None else crew.size))
    hub = Hub(door, lane, settings.streams, partings)
    following = asyncio.ensure_future(_follow(door, hub, core, data_dir, known))
    while door.position < caught_up and known < caught_up and not following.done():
        await asyncio.sleep(0.005)
    await partings.begin()
    app = WithReference(FiguresApp(door, settings.limits, OkxApp(door, lane)), venue, settings)
    server = http_server(app, hub.accept, settings)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    turning = asyncio.ensure_future(hub.run())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        await ready()
        await asyncio.wait({serving, following, turning}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (following, turning):
            if ended.done():
                await ended
    finally:
        hub.stop()
        server.should_exit = True
        following.cancel()
        turning.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(serving, following, turning, return_exceptions=True)
        database.dispose()
        if shared is not None:
            shared.close()


def http_server(app: App, accept: Accept, settings: Settings) -> uvicorn.Server:
    """An HTTP server as all gateways have it; `accept` takes the requests for a WebSocket."""
    return _Server(
        uvicorn.Config(
            app,
            loop="none",
            http=http.protocol_class(settings.gateway.head_bytes, settings.gateway.request_ms),
            ws=protocol_class(accept, settings.streams.message_bytes),
            lifespan="off",
            log_config=None,
            log_level="error",  # what anybody may send is not worth a line each
            access_log=False,
            server_header=False,
            proxy_headers=False,  # an address comes from the socket; a header that names another is anyone's to write
            timeout_graceful_shutdown=2,
        )
    )


class _Server(uvicorn.Server):
    """A server that leaves signals alone: the supervisor says when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _follow(door: Door, hub: Hub, core: CoreClient, data_dir: Path, known: int) -> None:
    """Bring venue and books up to date and keep them so; and tell who listens."""
    for instrument in list(door.venue.instruments):
        depth = await core.depth(instrument, BOOK_LEVELS)
        door.books.begin(instrument, depth["sequence"], depth["bids"], depth["asks"])
    async for batch in follow(core, data_dir, known):
        door.follow(batch)
        hub.follow(batch)
