"""What all feeds share: who listens, how often it is looked at, and a state that is read from history first."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import structlog

from commonbook.counter.happenings import Happening
from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.codes import UNAVAILABLE, Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.ws.codes import BROKEN
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.instrument.fills import Fill

log = structlog.get_logger()

State = TypeVar("State")
TURN_MS = 10  # the hub's beat
LATE_MOST_S = 60.0  # history may be so late before those who wait for it are told to come again
MISSED_MOST = 10_000


def guarded(feed: "Feed", work: Callable[..., None], *arguments: Any) -> None:
    """A channel that breaks is closed to its own listeners, who may come again; nobody else learns of it."""
    try:
        work(*arguments)
    except Exception:
        log.exception("websocket.feed_broken", topic=feed.topic)
        for connection in list(feed.expected):
            connection.close(BROKEN, "Something went wrong with a channel; connect again")


class Feed:
    """One topic. A channel that only answers subscriptions, because there is nothing to tell yet, is a plain Feed."""

    every = 10  # turns between two looks at whether there is something to push

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        self.door = door
        self.topic = topic
        self.arg = arg
        self.expected: set[Connection] = set()  # who has subscribed
        self.listeners: set[Connection] = set()  # of these, who is told already

    def when_ready(self, begin: Callable[[], None]) -> None:
        """Begin to tell somebody, once nothing that comes from then on is missed."""
        begin()

    def add(self, connection: Connection) -> None:
        """A new listener, whose subscription is acknowledged already."""
        self.listeners.add(connection)

    def remove(self, connection: Connection) -> None:
        self.listeners.discard(connection)

    def touched(self) -> None:
        """The book of the instrument has changed."""

    def traded(self, fills: list[Fill], sequence: int) -> None:
        """Fills of the instrument, of the batch that ends with this sequence."""

    def happened(self, happenings: list[Happening], sequence: int) -> None:
        """What a batch meant to the account."""

    def configured(self) -> None:
        """The venue's configuration has changed."""

    def tick(self, now_ns: int) -> None:
        """A look at whether there is something to push."""

    def catch_up(self, connection: Connection) -> None:
        """A listener that was slow reads again."""

    def close(self) -> None:
        """Nobody listens any more."""

    def send(self, content: bytes) -> None:
        for connection in list(self.listeners):
            connection.send(content)


class Loaded(Feed, ABC, Generic[State]):
    """A feed whose state is read from history once, and kept up by the stream from the very sequence it was read at.

    Where history is late it waits on, and what the stream tells meanwhile waits with it: up to `MISSED_MOST` batches,
    then history has to come as far as these as well.
    """

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self.state: State | None = None
        self.position = 0  # the newest sequence in the state as it was read
        self._missed: deque[tuple[int, Callable[[], None]]] = deque()
        self._needed = self.told_before()  # history must have come so far
        self.waiting: list[Callable[[], None]] = []  # who begins once the state is there
        self._loading = asyncio.ensure_future(self._load())

    @abstractmethod
    def told_before(self) -> int:
        """The newest sequence of which the stream has told before anybody listened here."""

    @abstractmethod
    async def load(self, sequence: int) -> tuple[State, int]:
        """The state once history has come to a sequence, and the newest sequence that is in it.

        Raises:
            Refused: 50001, history is late.
        """

    def loaded(self) -> None:
        """The state is there and has caught up."""

    def when_loaded(self, sequence: int, work: Callable[[], None]) -> None:
        """Do this now, or once the state is there, unless it has the sequence already."""
        if self.state is not None:
            work()
            return
        if len(self._missed) >= MISSED_MOST:
            self._needed = self._missed[-1][0]
            self._missed.clear()
        self._missed.append((sequence, work))

    async def _load(self) -> None:
        try:
            self.state, self.position = await self._read()
            for begin in self.waiting:
                begin()
            while self._missed:
                sequence, work = self._missed.popleft()
                if sequence > self.position:  # a batch may still begin before it: `is_news` tells of each part
                    work()
            self.loaded()
        except Exception as failed:  # whatever it is: nobody is left to wait for what does not come
            log.warning("websocket.not_loaded", topic=self.topic, why=str(failed))
            for connection in list(self.expected):
                connection.close(1013, "The service is not available; try again later")

    async def _read(self) -> tuple[State, int]:
        deadline = time.monotonic() + LATE_MOST_S
        while True:
            try:
                state, position = await self.load(self._needed)
            except Refused as late:
                if late.code is not UNAVAILABLE or time.monotonic() > deadline:
                    raise
            else:
                if position >= self._needed:
                    return state, position

    def is_news(self, sequence: int) -> bool:
        """Whether the state that was read does not have it."""
        return sequence > self.position

    def close(self) -> None:
        self._loading.cancel()
