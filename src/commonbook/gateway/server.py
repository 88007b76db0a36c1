"""The gateway process: follow the core, open the door, serve until cancelled."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog
import uvicorn
from sqlalchemy import Engine

from commonbook.brand.hosts import Hosts
from commonbook.brokerage import observing
from commonbook.errors import CoreUnavailable
from commonbook.gateway import pulse, uptime
from commonbook.gateway.desk.cut_off import CutOff
from commonbook.gateway.desk.late import LateDesks
from commonbook.gateway.figures.app import FiguresApp
from commonbook.gateway.front.app import WithFront
from commonbook.gateway.noting import note_uses
from commonbook.gateway.okx_v5 import http
from commonbook.gateway.okx_v5.app import App, OkxApp
from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environment, Environments, Served
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.witness import Witness
from commonbook.gateway.okx_v5.ws.hub import Hub
from commonbook.gateway.okx_v5.ws.parting import Partings, noted_in
from commonbook.gateway.okx_v5.ws.upgrade import Accept, protocol_class
from commonbook.gateway.reference.app import WithReference
from commonbook.gateway.shared import Shared, SharedLimits, SharedUses
from commonbook.gateway.tls import Contexts
from commonbook.gateway.warning import Warner
from commonbook.gateway.watching import WatchedApp
from commonbook.gateway.web.app import WithWeb
from commonbook.gateway.web.built import built
from commonbook.identity.horizon import Horizons, path_of
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument import store as instrument_store
from commonbook.instrument.venue import Venue
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.client import CoreClient
from commonbook.matching.stream import follow
from commonbook.settings import SIMULATED, Settings, SimulatedSettings
from commonbook.storage.database import open_database

BOOK_LEVELS = 1_000_000
LOOK_AGAIN_S = 0.05  # whether the simulated venue's core is there

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Crew:
    """The gateways that one host has started together, as one of them sees it."""

    number: int  # its own, from 0
    size: int  # how many they are
    shared: str  # the path of the file they share for the live venue
    shared_simulated: str  # and for the simulated one
    started_ms: int  # before any of them took a request


@dataclass(frozen=True)
class Simulated:
    """The simulated venue as the gateway finds it; `serves` is called whenever it has come."""

    data_dir: Path
    url: str
    core_socket: Path
    settings: Settings
    serves: Callable[[], None]


async def serve_gateway(
    data_dir: Path,
    url: str,
    core: CoreClient,
    listener: socket.socket,
    settings: Settings,
    ready: Callable[[], Awaitable[None]],
    simulated: Simulated | None = None,
    crew: Crew | None = None,
    tls_listener: socket.socket | None = None,
) -> None:
    """Serve OKX v5 on the listening socket; ends with CoreUnavailable when the core goes.

    The simulated venue is served while it is there.

    Args:
        crew: the gateways of the host that this one is one of; None when it is alone.
        tls_listener: the same over TLS, with the brands' certificates.
    """
    started_ns = time.time_ns() if crew is None else crew.started_ms * 1_000_000
    live = await Opened.at(data_dir, url, core, settings, crew=crew)
    environments = Environments(live.served, simulated is not None)
    door = live.served.environment.door
    watched = WatchedApp(environments, data_dir / SIMULATED / observing.FOLDER, OkxApp(environments))
    okx = FiguresApp(door, settings.limits, watched)
    seal = Seal.open(data_dir)
    desks = LateDesks(door, settings, data_dir, seal, environments, WithReference(okx, door.hosts, settings))
    app = WithWeb(door.hosts, settings, built(), WithFront(door, settings, desks), data_dir)
    listeners = [(http_server(app, environments.accept, settings), listener)]
    if tls_listener is not None:
        tls = Contexts(door.hosts, seal).context()
        listeners.append((http_server(app, environments.accept, settings, tls), tls_listener))
    servers = [server for server, _ in listeners]
    serving = [asyncio.ensure_future(server.serve(sockets=[one])) for server, one in listeners]
    keeping = asyncio.ensure_future(door.hosts.keep(door.database))
    number, since_ns = 0 if crew is None else crew.number, str(time.time_ns())

    def look() -> pulse.GatewayPulse:
        open_now = sum(len(server.server_state.connections) for server in servers)
        sockets, share = len(live.hub.connections), round(door.pressure.share * 100)
        now_ns, at = str(time.time_ns()), str(door.position)
        return pulse.GatewayPulse(number, os.getpid(), now_ns, since_ns, at, open_now, sockets, share)

    told = asyncio.Event()
    beside: list[asyncio.Task[None]] = []
    if simulated is not None:
        beside.append(asyncio.ensure_future(_serve_simulated(environments, simulated, told, crew, watched)))
        beside.append(asyncio.ensure_future(watched.keep()))
    try:
        while not all(server.started for server in servers) and not any(one.done() for one in serving):
            await asyncio.sleep(0.005)
        await ready()
        told.set()
        beside += [keeping, asyncio.ensure_future(desks.keep())]
        if crew is None or crew.number == 0:
            beside.append(asyncio.ensure_future(CutOff(door.database, desks, started_ns).keep()))
        beside.append(asyncio.ensure_future(pulse.keep(data_dir, number, look)))
        if number == 0:
            beside.append(asyncio.ensure_future(uptime.keep(data_dir)))
        await asyncio.wait({*serving, *live.working, *beside}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (*live.working, *beside):
            if ended.done():
                await ended
    finally:
        for server in servers:
            server.should_exit = True
        for task in (*beside, keeping):
            task.cancel()
        await asyncio.gather(*beside, keeping, return_exceptions=True)
        live.stop()
        await asyncio.gather(*serving, return_exceptions=True)
        await live.close()


async def _serve_simulated(
    environments: Environments, place: Simulated, told: asyncio.Event, crew: Crew | None, witness: Witness
) -> None:
    """Whenever its core is there; it is told of behind the live venue. Whatever it ends by, that goes on."""
    people = environments.live.door.database  # users are the live venue's
    while True:
        try:
            core = await CoreClient.connect(place.core_socket)
            try:
                opened = await Opened.at(
                    place.data_dir, place.url, core, place.settings, place.settings.simulated, crew, people
                )
                try:
                    opened.served.environment.door.hosts = environments.live.door.hosts
                    opened.served.environment.door.witness = witness
                    environments.join(opened.served)
                    await told.wait()
                    place.serves()
                    ended, _ = await asyncio.wait(opened.working, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        await task
                finally:
                    environments.part()
                    opened.stop()
                    await opened.close()
            finally:
                core.close()
        except CoreUnavailable:
            pass
        except Exception as failure:
            log.exception("gateway.simulated_failed", why=str(failure))
        await asyncio.sleep(LOOK_AGAIN_S)


@dataclass
class Opened:
    """One venue opened: its books and the rest are up to date, and kept so by `working`."""

    served: Served
    working: tuple[asyncio.Task[None], ...]
    hub: Hub
    closing: ExitStack

    @classmethod
    async def at(
        cls,
        data_dir: Path,
        url: str,
        core: CoreClient,
        settings: Settings,
        simulated: SimulatedSettings | None = None,
        crew: Crew | None = None,
        people: Engine | None = None,
    ) -> Self:
        with ExitStack() as stack:
            database = open_database(url)
            stack.callback(database.dispose)
            venue, known = instrument_store.load_at(database)
            shared = None
            if crew is not None:
                shared = Shared(Path(crew.shared if simulated is None else crew.shared_simulated))
                stack.callback(shared.close)
            door = _door(data_dir, core, database, venue, settings, simulated, crew, shared, people)
            door.hosts = Hosts(venue, settings.brand.local_suffix)
            with database.connect() as connection:
                door.hosts.look(connection)
            door.earning.began = known
            caught_up = int((await core.state())["sequence"])
            lane = Lane(settings.gateway)
            number, size = (0, 1) if crew is None else (crew.number, crew.size)
            partings = Partings(door, *noted_in(data_dir, number, size))
            hub = Hub(door, lane, settings.streams, partings)
            following = asyncio.ensure_future(_follow(door, hub, core, data_dir, known))
            while door.position < caught_up and known < caught_up and not following.done():
                await asyncio.sleep(0.005)
            await partings.begin()
            turning = asyncio.ensure_future(hub.run())
            noting = asyncio.ensure_future(note_uses(door.authenticator, database))
            # What is played earns nothing: nobody is warned of it.
            warning = [asyncio.ensure_future(Warner(door).keep())] if simulated is None else []
            closing = stack.pop_all()
        working = (following, turning, noting, *warning)
        return cls(Served(Environment(door, lane), hub.accept), working, hub, closing)

    def stop(self) -> None:
        """Let go of those who are connected over WebSocket."""
        self.hub.stop()

    async def close(self) -> None:
        for task in self.working:
            task.cancel()
        await asyncio.gather(*self.working, return_exceptions=True)
        self.closing.close()


def _door(
    data_dir: Path,
    core: CoreClient,
    database: Engine,
    venue: Venue,
    settings: Settings,
    simulated: SimulatedSettings | None,
    crew: Crew | None,
    shared: Shared | None,
    people: Engine | None,
) -> Door:
    started_ms = time.time_ns() // 1_000_000 if crew is None else crew.started_ms
    authenticator = Authenticator(
        database,
        Seal.open(data_dir),
        Horizons(path_of(data_dir, 0 if crew is None else crew.number), started_ms),
        settings.gateway.signature_window_ms,
        started_ms,
        None if shared is None else SharedUses(shared),
        settings.people.session_idle_s,
        people,
    )
    return Door(
        core,
        database,
        venue,
        authenticator,
        settings.gateway,
        Budget(settings.limits, None if shared is None else SharedLimits(shared)),
        MarketHistory(data_dir),
        simulated,
        is_alone=crew is None,
        data_dir=data_dir,
        broker=settings.broker,
        oauth=settings.oauth,
        mail=settings.mail,
    )


def http_server(app: App, accept: Accept, settings: Settings, tls: ssl.SSLContext | None = None) -> uvicorn.Server:
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
            ssl_context_factory=None if tls is None else lambda *_: tls,
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
