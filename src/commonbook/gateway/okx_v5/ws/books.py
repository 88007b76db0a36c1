"""Books: a snapshot and what changes, or the best levels whole.

`seqId` is the engine's newest sequence in what is told. An update says which one it follows (`prevSeqId`): the one that
was told last on this channel, to this connection. Who reads slowly is left out until there is room again, and then gets
one update from what it has to what there is: it never misses a change, and never holds up anybody.
"""

import time
from typing import NamedTuple

from commonbook.gateway.okx_v5.codec import NS_PER_MS, Body
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Feed
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.marketdata.book import PublicBook
from commonbook.records import Side

Levels = dict[int, tuple[int, int]]  # price in ticks: lots and orders
QUIET_NS = 60_000_000_000  # without a change for so long, an update says that nothing is new
NO_CHECKSUM = 0  # OKX keeps the field and fixes its value


class Depth(NamedTuple):
    """The best levels as of a sequence."""

    sequence: int
    bids: Levels
    asks: Levels


def depth(book: PublicBook, levels: int) -> Depth:
    bids, asks = (
        {price: (lots, orders) for price, lots, orders in book.depth(side, levels)} for side in (Side.BUY, Side.SELL)
    )
    return Depth(book.sequence, bids, asks)


def changes(old: Levels, new: Levels) -> Levels:
    """What turns the old levels into the new ones; no lots: the level is gone."""
    gone = {price: (0, 0) for price in old if price not in new}
    return gone | {price: level for price, level in new.items() if old.get(price) != level}


class _BookFeed(Feed):
    levels = 400

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self.instrument = door.venue.instruments[topic.instrument]
        self.now = depth(door.book(topic.instrument), self.levels)
        self.is_touched = False

    def touched(self) -> None:
        self.is_touched = True

    def rows(self, levels: Levels, side: Side) -> list[list[str]]:
        """Best first."""
        prices = sorted(levels, reverse=side is Side.BUY)
        price, size = self.instrument.format_price, self.instrument.format_quantity
        return [[price(one), size(levels[one][0]), "0", str(levels[one][1])] for one in prices]

    def content(self, bids: Levels, asks: Levels) -> Body:
        return {
            "asks": self.rows(asks, Side.SELL),
            "bids": self.rows(bids, Side.BUY),
            "ts": str(time.time_ns() // NS_PER_MS),
        }


class Changes(_BookFeed):
    """A snapshot, then updates."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._behind: dict[Connection, Depth] = {}  # what a slow listener has
        self._told_ns = time.time_ns()

    def add(self, connection: Connection) -> None:
        self.tick(time.time_ns())
        super().add(connection)
        content = self.content(self.now.bids, self.now.asks)
        content |= {"checksum": NO_CHECKSUM, "seqId": self.now.sequence, "prevSeqId": -1}
        connection.send(frames.push(self.arg, [content], "snapshot"))

    def remove(self, connection: Connection) -> None:
        super().remove(connection)
        self._behind.pop(connection, None)

    def tick(self, now_ns: int) -> None:
        if not self.is_touched:
            if now_ns - self._told_ns >= QUIET_NS:
                self._tell(self.now, self.now)
            return
        self.is_touched = False
        before, now = self.now, depth(self.door.book(self.topic.instrument), self.levels)
        if (before.bids, before.asks) != (now.bids, now.asks):
            self.now = now
            self._tell(before, now)

    def _tell(self, before: Depth, now: Depth) -> None:
        self._told_ns = time.time_ns()
        update = self._update(before, now)
        for connection in list(self.listeners):
            if connection in self._behind:
                continue
            if connection.slow:
                self._behind[connection] = before
            else:
                connection.send(update)

    def catch_up(self, connection: Connection) -> None:
        before = self._behind.pop(connection, None)
        if before is not None and before.sequence != self.now.sequence:
            connection.send(self._update(before, self.now))

    def _update(self, before: Depth, now: Depth) -> bytes:
        content = self.content(changes(before.bids, now.bids), changes(before.asks, now.asks))
        content |= {"checksum": NO_CHECKSUM, "seqId": now.sequence, "prevSeqId": before.sequence}
        return frames.push(self.arg, [content], "update")


class FastChanges(Changes):
    every = 1


class FastChanges50(FastChanges):
    levels = 50


class Best(_BookFeed):
    """The best levels, whole, when they have changed."""

    levels = 5

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._behind: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        super().add(connection)
        connection.send(self._whole())

    def remove(self, connection: Connection) -> None:
        super().remove(connection)
        self._behind.discard(connection)

    def tick(self, now_ns: int) -> None:
        if not self.is_touched:
            return
        self.is_touched = False
        before, self.now = self.now, depth(self.door.book(self.topic.instrument), self.levels)
        if (before.bids, before.asks) == (self.now.bids, self.now.asks):
            return
        content = self._whole()
        for connection in list(self.listeners):
            if connection.slow:
                self._behind.add(connection)
            else:
                connection.send(content)

    def catch_up(self, connection: Connection) -> None:
        if connection in self._behind:
            self._behind.discard(connection)
            connection.send(self._whole())

    def _whole(self) -> bytes:
        content = self.content(self.now.bids, self.now.asks)
        return frames.push(self.arg, [content | {"instId": self.instrument.name, "seqId": self.now.sequence}])


class BestOne(Best):
    every, levels = 1, 1
