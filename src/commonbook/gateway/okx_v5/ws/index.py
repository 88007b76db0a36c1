"""Index prices: the ticker of one, when a price has been set."""

import asyncio
import time

import structlog

from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.index import index_ticker, pair_named
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Feed
from commonbook.gateway.okx_v5.ws.topics import Topic

log = structlog.get_logger()


class IndexTickers(Feed):
    """At the subscription, and when a price has been set; read anew each time."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._pair = pair_named(door, topic.index_name)
        self._told = 0  # the sequence of the newest price that was told
        self._newcomers: list[Connection] = []
        self._telling: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        super().add(connection)
        self._newcomers.append(connection)

    def tick(self, now_ns: int) -> None:
        is_news = self.door.venue.prices[self._pair].sequence > self._told
        if (is_news or self._newcomers) and (self._telling is None or self._telling.done()):
            self._telling = asyncio.ensure_future(self._tell())

    def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    async def _tell(self) -> None:
        newest = self.door.venue.prices[self._pair]
        newcomers, self._newcomers = self._newcomers, []
        try:
            content = frames.push(self.arg, [await index_ticker(self.door, self._pair, newest, time.time_ns())])
        except Exception as failed:  # whatever it is: who listens is told, and may come again
            log.warning("websocket.not_told", topic=self.topic, why=str(failed))
            for connection in list(self.listeners):
                connection.close(1013, "The service is not available; try again later")
            return
        is_news, self._told = newest.sequence > self._told, newest.sequence
        for connection in list(self.listeners) if is_news else newcomers:
            connection.send(content)
