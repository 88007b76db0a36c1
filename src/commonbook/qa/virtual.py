"""An event loop without a clock and a network without a wire, for whole programs in virtual time from one seed.

`VirtualLoop` is asyncio's loop with time that jumps to whatever comes next; nothing in it waits. Unix sockets and the
thread pool are the simulation's: `Network` carries bytes between the ends of a connection, late, in pieces, or not at
all, and a connection that loses anything is cut, as a stream transport does. Each connection has a random source of its
own, made of the seed and its number, so that the order in which a set is walked changes nothing.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

ORDERED_S = 1e-6  # between two messages of one connection, as timers of one instant have no order
Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")
Factory = Callable[[], asyncio.BaseProtocol]


class NothingWillHappen(RuntimeError):
    """Everybody waits for somebody else."""


class _Jump:
    """Stands where a selector would: instead of waiting, time goes on."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingWillHappen("no timer and no message is left")
        self._loop.now_s += timeout
        return []

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """Time begins at 0 seconds."""

    def __init__(self, network: "Network", work_s: Callable[[], float]) -> None:
        super().__init__()
        self.now_s = 0.0
        self._network = network
        self._work_s = work_s  # how long the next piece of work in the thread pool takes
        self._selector = _Jump(self)

    def time(self) -> float:
        return self.now_s

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], Answer], *args: *Given
    ) -> asyncio.Future[Answer]:
        """The work is done at its end; who is cancelled before has not done it."""
        future: asyncio.Future[Answer] = self.create_future()
        self.call_later(self._work_s(), _work, future, func, args)
        return future

    async def create_unix_server(self, protocol_factory: Any, path: Any = None, **_: Any) -> Any:
        return self._network.listen(str(path), protocol_factory)

    async def create_unix_connection(self, protocol_factory: Any, path: Any = None, **_: Any) -> Any:
        return self._network.connect(self, str(path), protocol_factory)


def _work(future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if future.cancelled():
        return
    try:
        future.set_result(func(*args))
    except Exception as error:  # whoever awaits it is told
        future.set_exception(error)


class Network:
    """Every connection between the programs of one simulation.

    `delay_s` is the longest a message takes, `cuts` the share of messages that are lost, and with them the connection.
    Both may be changed at any time. `seen` counts what was done to messages.
    """

    def __init__(self, seed: int, delay_s: float, cuts: float) -> None:
        self.delay_s = delay_s
        self.cuts = cuts
        self.seen: Counter[str] = Counter()
        self._seed = seed
        self._listening: dict[str, Factory] = {}
        self._links: list[_Link] = []
        self._made = 0

    def listen(self, path: str, factory: Factory) -> "_Listener":
        Path(path).touch()
        self._listening[path] = factory
        return _Listener(self, path)

    def stop_listening(self, path: str) -> None:
        self._listening.pop(path, None)

    def connect(self, loop: VirtualLoop, path: str, factory: Factory) -> tuple["End", asyncio.BaseProtocol]:
        accept = self._listening.get(path)
        if accept is None:
            raise ConnectionRefusedError(f"nobody listens at {path}")
        link = _Link(self, loop, random.Random(f"{self._seed}-{self._made}"))
        self._made += 1
        self._links = [one for one in self._links if not one.is_cut]
        self._links.append(link)
        client, server = factory(), accept()
        link.near.join(client, link.far)
        link.far.join(server, link.near)
        server.connection_made(link.far)
        client.connection_made(link.near)
        return link.near, client

    def server_dies(self, path: str) -> None:
        """The program behind all connections is gone without a word; the other ends learn of it a little later."""
        self.stop_listening(path)
        for link in self._links:
            link.cut(far_is_dead=True)

    def cut_all(self) -> None:
        for link in self._links:
            link.cut()


class _Listener:
    def __init__(self, network: Network, path: str) -> None:
        self._network, self._path = network, path

    def close(self) -> None:
        self._network.stop_listening(self._path)


class _Link:
    """One connection: two ends and what is on its way."""

    def __init__(self, network: Network, loop: VirtualLoop, source: random.Random) -> None:
        self.network, self.loop, self.random = network, loop, source
        self.is_cut = False
        self.near, self.far = End(self), End(self)

    def cut(self, far_is_dead: bool = False) -> None:
        if self.is_cut:
            return
        self.is_cut = True
        self.network.seen["connection_cut"] += 1
        for end in (self.near,) if far_is_dead else (self.near, self.far):
            self.loop.call_later(self.random.uniform(0, self.network.delay_s), end.lost)


class End(asyncio.Transport):
    """One end of a connection, as its protocol sees it."""

    def __init__(self, link: _Link) -> None:
        super().__init__()
        self._link = link
        self._protocol: Any = None
        self._other: End = self
        self._arrives_s = 0.0
        self._under_way = 0
        self._closed = False

    def join(self, protocol: asyncio.BaseProtocol, other: "End") -> None:
        self._protocol, self._other = protocol, other

    def write(self, data: bytes | bytearray | memoryview) -> None:
        link = self._link
        if self._closed or link.is_cut:
            return
        if link.random.random() < link.network.cuts:
            link.network.seen["message_dropped"] += 1
            link.cut()
            return
        whole = bytes(data)
        at = link.random.randrange(len(whole) + 1) if link.random.random() < 0.2 else len(whole)
        for piece in (whole[:at], whole[at:]):
            if piece:
                self._send(piece)

    def _send(self, piece: bytes) -> None:
        link = self._link
        late = link.random.uniform(0, link.network.delay_s)
        self._arrives_s = max(self._arrives_s + ORDERED_S, link.loop.now_s + late)
        self._under_way += len(piece)
        link.network.seen["message_delayed"] += late > link.network.delay_s / 2
        link.loop.call_at(self._arrives_s, self._arrive, piece)

    def _arrive(self, piece: bytes) -> None:
        self._under_way -= len(piece)
        there = self._other
        while piece and not self._link.is_cut and not there._closed:
            room = there._protocol.get_buffer(len(piece))
            size = min(len(room), len(piece))
            room[:size] = piece[:size]
            there._protocol.buffer_updated(size)
            piece = piece[size:]

    def lost(self) -> None:
        if not self._closed:
            self._closed = True
            self._protocol.connection_lost(ConnectionResetError("cut"))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The network takes everything: nobody is ever paused."""

    def get_write_buffer_size(self) -> int:
        return self._under_way

    def is_closing(self) -> bool:
        return self._closed or self._link.is_cut

    def close(self) -> None:
        self._link.cut()

    def abort(self) -> None:
        self._link.cut()
