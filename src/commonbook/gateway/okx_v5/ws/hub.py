"""Who listens to what. Batches pass through `follow`; `run` looks at the feeds a hundred times a second."""

import asyncio
import time
from collections import defaultdict, deque
from itertools import groupby

import numpy as np
import structlog
from picows import WSListener, WSUpgradeRequest

from commonbook.counter.happenings import happenings
from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.broker_feeds import BrokerFeed
from commonbook.gateway.okx_v5.ws.brokers import Brokers
from commonbook.gateway.okx_v5.ws.channels import EXCLUSIVE, Channel, described, read
from commonbook.gateway.okx_v5.ws.codes import (
    BOOKS_TOGETHER,
    BROKERS_ONLY,
    DENIALS,
    NO_SUCH_CHANNEL,
    STOPPING,
    TOO_MANY_CONNECTIONS,
    TOO_OFTEN,
)
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.gateway.okx_v5.ws.feed import TURN_MS, Feed, guarded
from commonbook.gateway.okx_v5.ws.frames import StreamRefused
from commonbook.gateway.okx_v5.ws.parting import Partings, Party
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.identity.model import Credential, Denial
from commonbook.instrument.fills import fills
from commonbook.records import FILL, LEVEL, Batch, CommandKind, EventKind, of_kind
from commonbook.settings import StreamSettings

log = structlog.get_logger()

PREFIX = b"/ws/v5/"
LOOK_AFTER_S = 0.5  # what has ended is off within a second, a slow turn included


def url_at(target: bytes) -> Url | None:
    """Which of the three URLs a request asks for; what stands behind a question mark says nothing."""
    path = target.partition(b"?")[0]
    return next((url for url in Url if path == PREFIX + url.value.encode()), None)


class Hub:
    """One per gateway process. Only the event loop touches it."""

    def __init__(self, door: Door, lane: Lane, settings: StreamSettings, partings: Partings) -> None:
        self.door = door
        self.lane = lane
        self.partings = partings
        self.settings = settings
        self.connections: set[Connection] = set()
        self._feeds: dict[Topic, Feed] = {}
        self._of_instrument: dict[int, set[Feed]] = defaultdict(set)
        self._of_account: dict[int, set[Feed]] = defaultdict(set)
        self._of_brokers: set[Feed] = set()
        self.brokers = Brokers(door, self._end_of_broker)
        self._accounts = np.zeros(0, np.uint64)  # that are listened to, ascending
        self._arrivals: dict[str, deque[float]] = {}

    # -- connections --------------------------------------------------------------------------------------------------

    def accept(self, request: WSUpgradeRequest) -> WSListener | None:
        """A connection to one of the three URLs."""
        url = url_at(request.path)
        brand = self.door.hosts.brand_of(request.headers.get("host", ""))
        return None if url is None else Connection(self, url, 0 if brand is None else brand.id)

    def connected(self, connection: Connection) -> None:
        self.connections.add(connection)
        now = time.monotonic()
        arrivals = self._arrivals.setdefault(connection.address, deque())
        while arrivals and arrivals[0] <= now - 1:
            arrivals.popleft()
        if len(arrivals) >= self.settings.connects_per_second:
            connection.close(*TOO_OFTEN)
        else:
            arrivals.append(now)

    def disconnected(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self.partings.ended(connection.id, connection.working)
        for topic in list(connection.topics):
            self._leave(connection, topic)
        self.brokers.gone(connection)

    async def parts_with_orders(self, connection: Connection, credential: Credential) -> None:
        """Note that a connection wants its key's orders canceled with it."""
        await self.partings.opened(connection.id, Party(credential.account, credential.id))
        if not connection.is_open:
            self.partings.ended(connection.id, set())  # it has gone meanwhile

    def catch_up(self, connection: Connection) -> None:
        for topic in list(connection.topics):
            self._feeds[topic].catch_up(connection)

    # -- subscriptions ------------------------------------------------------------------------------------------------

    def subscribe(self, connection: Connection, arg: Body, request: str) -> None:
        """Acknowledge, and begin to tell.

        Raises:
            StreamRefused: why not.
        """
        channel, topic = read(self.door, self.settings, connection, arg)
        if channel.of_broker:
            self._subscribe_broker(connection, channel, topic, arg, request)
            return
        if channel.private and not connection.reads_its_account:
            raise StreamRefused(DENIALS[Denial.OUT_OF_SCOPE])
        self._subscribe(connection, channel, topic, arg, request)

    def _subscribe_broker(
        self, connection: Connection, channel: Channel, topic: Topic, arg: Body, request: str
    ) -> None:
        """The same once it is found out whose connection it is."""

        def found(broker: int | None) -> None:
            try:
                if broker is None:
                    raise StreamRefused(BROKERS_ONLY, topic.channel)
                self._subscribe(connection, channel, topic._replace(broker=broker), arg, request)
            except StreamRefused as refused:
                connection.send(frames.error(refused, connection.id, request))

        self.brokers.find(connection, found)

    def _subscribe(self, connection: Connection, channel: Channel, topic: Topic, arg: Body, request: str) -> None:
        if not self._is_listed(connection, topic):
            raise StreamRefused(NO_SUCH_CHANNEL, described(arg))
        others = {one.channel for one in connection.topics if one.instrument == topic.instrument}
        if topic.channel in EXCLUSIVE and others & (set(EXCLUSIVE) - {topic.channel}):
            raise StreamRefused(BOOKS_TOGETHER, ", ".join(EXCLUSIVE))
        feed = self._feeds.get(topic)
        listeners = 0 if feed is None else len(feed.expected - {connection})
        is_private = channel.private or channel.of_broker
        if is_private and listeners >= self.settings.listeners_per_channel:
            raise StreamRefused(TOO_MANY_CONNECTIONS, topic.channel)
        if feed is None:
            feed = self._open(channel, topic)
        is_new = topic not in connection.topics
        connection.topics.add(topic)
        feed.expected.add(connection)

        def begin() -> None:
            if topic not in connection.topics:
                return  # it has gone, or asks for it no more
            connection.send(frames.event("subscribe", connection.id, request, arg=arg))
            if is_private:
                count = {"channel": topic.channel, "connCount": str(listeners + 1)}
                connection.send(frames.event("channel-conn-count", connection.id, "", **count))
            if is_new:
                feed.add(connection)

        feed.when_ready(begin)

    def _is_listed(self, connection: Connection, topic: Topic) -> bool:
        """LI-1: of public channels of an instrument; an account's own are about what it did there."""
        return bool(topic.account or topic.broker) or self.door.venue.is_listed(connection.brand, topic.instrument)

    def unsubscribe(self, connection: Connection, arg: Body, request: str) -> None:
        """Acknowledged also when there was no subscription."""
        _, topic = read(self.door, self.settings, connection, arg)
        for one in list(connection.topics):
            if one._replace(brand=0, broker=0) == topic._replace(brand=0):  # a login may have come between
                self._leave(connection, one)
        connection.send(frames.event("unsubscribe", connection.id, request, arg=arg))

    def _open(self, channel: Channel, topic: Topic) -> Feed:
        feed = self._feeds[topic] = channel.feed_of(topic)(self.door, topic, channel.arg(self.door, topic))
        self._index(feed).add(feed)
        self._count_accounts()
        if isinstance(feed, BrokerFeed):
            self.brokers.open(feed)
        return feed

    def _leave(self, connection: Connection, topic: Topic) -> None:
        connection.topics.discard(topic)
        feed = self._feeds[topic]
        feed.expected.discard(connection)
        feed.remove(connection)
        if not feed.expected:
            del self._feeds[topic]
            self._index(feed).discard(feed)
            self._count_accounts()
            if isinstance(feed, BrokerFeed):
                self.brokers.close(feed)
            feed.close()

    def _index(self, feed: Feed) -> set[Feed]:
        topic = feed.topic
        if topic.broker:
            return self._of_brokers
        return self._of_account[topic.account] if topic.account else self._of_instrument[topic.instrument]

    def _count_accounts(self) -> None:
        self._accounts = np.array(sorted(one for one, feeds in self._of_account.items() if feeds), np.uint64)

    # -- what there is to tell ----------------------------------------------------------------------------------------

    def follow(self, batch: Batch) -> None:
        """Take in a durable batch, which the door has taken in already."""
        if not self._feeds:
            return
        self.brokers.follow(batch)
        levels = of_kind(batch.events, EventKind.LEVEL).view(LEVEL)
        for instrument in np.unique(levels["instrument"]).tolist():
            for feed in list(self._of_instrument.get(instrument, ())):
                guarded(feed, feed.touched)
        self._tell_trades(batch)
        if len(self._accounts):
            for account, events in happenings(batch, self._accounts, self.door.venue).items():
                for feed in list(self._of_account[account]):
                    guarded(feed, feed.happened, events, batch.last)
        if (batch.commands["kind"] == CommandKind.LISTING).any():
            self._end_of_listings()
        kinds = batch.commands["kind"]
        if ((kinds > CommandKind.TIME) & (kinds < CommandKind.DEPOSIT)).any():
            for feed in list(self._of_instrument.get(0, ())):
                guarded(feed, feed.configured)

    def _end_of_listings(self) -> None:
        """Who listens to what its brand no longer lists is told that this has ended."""
        for connection in list(self.connections):
            for topic in [one for one in connection.topics if not self._is_listed(connection, one)]:
                arg = self._feeds[topic].arg
                self._leave(connection, topic)
                connection.send(frames.event("unsubscribe", connection.id, "", arg=arg))

    def _end_of_broker(self, connection: Connection) -> None:
        """Who is a broker no more is told that what it listened to as one has ended."""
        for topic in [one for one in connection.topics if one.broker]:
            arg = self._feeds[topic].arg
            self._leave(connection, topic)
            connection.send(frames.event("unsubscribe", connection.id, "", arg=arg))

    def _tell_trades(self, batch: Batch) -> None:
        places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
        listened = [instrument for instrument, feeds in self._of_instrument.items() if feeds and instrument]
        if not len(places) or not listened:
            return
        traded_in = batch.events[places].view(FILL)["instrument"]
        found = fills(batch, self.door.venue, places[np.isin(traded_in, listened)])
        found.sort(key=lambda fill: fill.instrument.id)  # stable: in engine order for each
        for instrument, together in groupby(found, key=lambda fill: fill.instrument.id):
            traded = list(together)
            for feed in list(self._of_instrument.get(instrument, ())):
                guarded(feed, feed.traded, traded, batch.last)

    async def run(self) -> None:
        """Look at the feeds every turn, and at the connections twice a second; for ever."""
        turn = 0
        looked = due = time.monotonic()
        while True:
            due = max(due + TURN_MS / 1000, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            self.door.pressure.beat(time.monotonic() - due)
            turn += 1
            self.tick(turn, time.time_ns())
            self.brokers.tick(time.monotonic())
            if time.monotonic() - looked >= LOOK_AFTER_S:
                looked = time.monotonic()
                self._look_after(looked)
                self.door.turns.forget(looked)

    def tick(self, turn: int, now_ns: int) -> None:
        """One turn: a look at each feed whose turn it is."""
        for feed in list(self._feeds.values()):
            if turn % feed.every == 0:
                guarded(feed, feed.tick, now_ns)

    def _look_after(self, now: float) -> None:
        if self.connections:
            self.door.authenticator.look_now()  # so that who has lost a key or a token is cut within one second
        for connection in list(self.connections):
            connection.look_after(now)
        for address in [one for one, times in self._arrivals.items() if not times or times[-1] <= now - 1]:
            del self._arrivals[address]

    def stop(self) -> None:
        for connection in list(self.connections):
            connection.close(STOPPING, "The exchange stops; connect again in a moment")
