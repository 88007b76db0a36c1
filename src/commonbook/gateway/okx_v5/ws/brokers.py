"""What brokers listen to, found out for all of them together, and only while somebody listens. Rules BL-10 to BL-16.

Orders come with the batches: while nobody listens, a batch costs one look at whether somebody does. What is earned and
noticed is written by the back office, and read four times a second. Whose broker a connection is, is looked up when it
subscribes and again twice a second.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import structlog
from sqlalchemy import Connection as Database
from sqlalchemy import func, select

from commonbook.broker.agreed import API
from commonbook.broker.consenting import ClientReason, judged
from commonbook.broker.consents import clients_of
from commonbook.broker.lives import UNKNOWN, Life, Owners, lives
from commonbook.brokerage import registry
from commonbook.errors import Declined
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.ws.accruing import Accruing, Asked, Grown
from commonbook.gateway.okx_v5.ws.broker_feeds import (
    AccrualNews,
    AlertNews,
    BrokerFeed,
    OrderNews,
    notice_row,
)
from commonbook.gateway.okx_v5.ws.codes import BROKEN, NOT_NOW
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import guarded
from commonbook.identity.model import Credential, CredentialKind, Permission
from commonbook.identity.service import is_good
from commonbook.instrument.venue import Venue
from commonbook.records import Batch
from commonbook.storage.schema import orders
from commonbook.storage.tables.program import broker_notices
from commonbook.units import HOUR_NS

log = structlog.get_logger()

LOOK_S = 0.25
WHOSE_S = 0.5  # so often it is looked whether a connection is still the broker's
CLIENT_S = 0.5  # so long it is known what a client has said
CLIENTS_MOST = 100_000  # of whom that is remembered
LATELY_NS = 24 * HOUR_NS  # notices that a subscription begins with
LATELY_MOST = 100
IN_ONE_QUERY = 500
_ENDED = (ClientReason.REFUSED, ClientReason.CONSENT_ENDED)

Found = Callable[[int | None], None]


@dataclass
class Looked:
    grown: dict[int, Grown] = field(default_factory=dict)
    notices: dict[int, tuple[list[Any], int]] = field(default_factory=dict)  # new ones, and the newest there is


class Brokers:
    """One per hub. Only the event loop touches it; SQL runs in threads."""

    def __init__(self, door: Door, part: Callable[[Connection], None]) -> None:
        """
        Args:
            part: ends what a connection that is a broker's no more listens to.
        """
        self._door = door
        self._part = part
        self._of: dict[Connection, int] = {}  # whose each connection is that listens
        self._orders: dict[int, OrderNews] = {}
        self._accruals: dict[int, AccrualNews] = {}
        self._alerts: dict[int, AlertNews] = {}
        self._listened = np.zeros(0, np.int64)  # brokers whose orders are
        self._owners = Owners()
        self._pending: list[tuple[int, list[Life]]] = []  # the newest sequence of a batch, and what it meant
        self._clients: dict[tuple[int, int], tuple[float, bool]] = {}  # when it was looked up, whether they are told of
        self._telling: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._accruing = Accruing(door)
        self._look_due = self._whose_due = 0.0

    # -- who listens --------------------------------------------------------------------------------------------------

    def find(self, connection: Connection, then: Found) -> None:
        """Find out whose a connection is; `then` is told, None for nobody's. One whose key or session is good no more
        is closed instead, as it is when it is looked after."""
        known = self._of.get(connection)
        if known is not None and any(topic.broker for topic in connection.topics):  # so that it is looked after
            then(known)
            return

        async def ask() -> None:
            try:
                broker, is_barred = await asyncio.to_thread(self._who, connection.credential)
            except Exception as failed:  # whatever it is: who asks is told, and may come again
                log.warning("websocket.broker_not_found", why=str(failed))
                connection.close(NOT_NOW, "The service is not available; try again later")
                return
            if connection.is_open and is_barred:
                connection.end_of_credential()
            elif connection.is_open:
                if broker is not None:
                    self._of[connection] = broker
                then(broker)

        task = asyncio.ensure_future(ask())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def gone(self, connection: Connection) -> None:
        self._of.pop(connection, None)

    def _whose(self, credentials: Sequence[Credential | None]) -> list[int | None]:
        with self._door.database.connect() as here, self._door.authenticator.people.connect() as people:
            return [acts_for(here, people, self._door.venue, one) for one in credentials]

    def _who(self, credential: Credential | None) -> tuple[int | None, bool]:
        """The broker that it may ask for, and whether it is good for nothing any more."""
        with self._door.database.connect() as here, self._door.authenticator.people.connect() as people:
            broker = acts_for(here, people, self._door.venue, credential)
            if broker is not None or credential is None or credential.kind is CredentialKind.TOKEN:
                return broker, False  # a token's grant is looked after by the token store
            return None, not is_good(here, people, credential)

    def open(self, feed: BrokerFeed) -> None:
        """Somebody listens to this from now on."""
        match feed:
            case OrderNews():
                self._orders[feed.broker] = feed
                self._owners.begin(self._door.position)
            case AccrualNews():
                self._accruals[feed.broker] = feed
            case AlertNews():
                self._alerts[feed.broker] = feed
        self._count()
        self._look_due = 0.0

    def close(self, feed: BrokerFeed) -> None:
        """Nobody does any more."""
        for feeds in (self._orders, self._accruals, self._alerts):
            if feeds.get(feed.broker) is feed:
                del feeds[feed.broker]
        self._count()

    def _count(self) -> None:
        self._listened = np.array(sorted(self._orders), np.int64)
        if not self._orders:
            self._owners = Owners()
            self._clients.clear()

    # -- orders -------------------------------------------------------------------------------------------------------

    def follow(self, batch: Batch) -> None:
        """Take in a durable batch."""
        if not self._orders:
            return
        try:
            found = lives(batch, self._listened, self._owners)
        except Exception:  # a fault of ours is those listeners' alone
            log.exception("websocket.orders_broken")
            _close(self._orders.values(), BROKEN, "Something went wrong with a channel; connect again")
            return
        if found:
            self._pending.append((batch.last, found))
            if self._telling is None or self._telling.done():
                self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        while self._pending:
            batches, self._pending = self._pending, []
            try:
                await self._learn([one for _, found in batches for one in found])
                for sequence, found in batches:
                    self._tell_batch(sequence, found)
            except Exception as failed:  # whatever it is: nothing is left out unnoticed
                log.warning("websocket.orders_not_told", why=str(failed))
                _close(self._orders.values())

    def _tell_batch(self, sequence: int, found: list[Life]) -> None:
        mine: dict[int, list[Life]] = defaultdict(list)
        for broker, one in self._owners.named(found):
            if self._clients.get((one.account, broker), (0.0, False))[1]:
                mine[broker].append(one)
        for broker, some in mine.items():
            feed = self._orders.get(broker)
            if feed is not None and sequence > feed.sequence:
                guarded(feed, feed.lived, some, sequence)

    async def _learn(self, found: list[Life]) -> None:
        """Whose the orders are, and whether their clients still let the broker see them."""
        now = time.monotonic()
        unseen = self._owners.unseen(found)
        if not unseen and all(self._is_known(one, now) for one in found):
            return
        named = [(one.account, one.broker or self._owners.known.get(one.order, UNKNOWN), one.order) for one in found]
        listened = frozenset(self._orders)
        brokers, clients = await self._door.read_behind(
            lambda connection: self._look_up(connection, named, unseen, listened), max(unseen, default=0)
        )
        if len(self._clients) > CLIENTS_MOST:
            self._clients.clear()
        self._owners.known |= brokers
        self._clients |= {pair: (now, is_told) for pair, is_told in clients.items()}

    def _is_known(self, one: Life, now: float) -> bool:
        broker = one.broker or self._owners.known.get(one.order, UNKNOWN)
        return broker == UNKNOWN or now - self._clients.get((one.account, broker), (-CLIENT_S, False))[0] < CLIENT_S

    def _look_up(
        self, connection: Database, named: list[tuple[int, int, int]], unseen: list[int], listened: frozenset[int]
    ) -> tuple[dict[int, int], dict[tuple[int, int], bool]]:
        """
        Args:
            named: account, broker and order of each event; the broker UNKNOWN where it is that of an unseen order.
        """
        brokers = dict.fromkeys(unseen, UNKNOWN)
        for start in range(0, len(unseen), IN_ONE_QUERY):
            some = orders.c.order_id.in_(unseen[start : start + IN_ONE_QUERY])
            for row in connection.execute(select(orders.c.order_id, orders.c.broker).where(some)):
                brokers[row.order_id] = row.broker if row.broker in listened else UNKNOWN
        pairs = {(account, broker or brokers.get(order, UNKNOWN)) for account, broker, order in named}
        pairs = {pair for pair in pairs if pair[1] != UNKNOWN}
        now_ns = max(time.time_ns(), self._door.time_ns)
        clients = clients_of(connection, self._door.venue, pairs)
        return brokers, {pair: judged(client, now_ns) not in _ENDED for pair, client in clients.items()}

    # -- what is earned and noticed -----------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """A look, when one is due and somebody listens."""
        if not (self._orders or self._accruals or self._alerts) or now < self._look_due:
            return
        if self._looking is not None and not self._looking.done():
            return
        self._look_due = now + LOOK_S
        self._looking = asyncio.ensure_future(self._look(now))

    async def _look(self, now: float) -> None:
        try:
            if now >= self._whose_due:
                self._whose_due = now + WHOSE_S
                await self._look_whose()
            if self._accruals or self._alerts:
                await self._look_once()
        except Exception as failed:  # whatever it is: who listens is told, and may come again
            log.warning("websocket.brokers_not_told", why=str(failed))
            _close([*self._accruals.values(), *self._alerts.values()])

    async def _look_whose(self) -> None:
        """Who is the broker's no more listens no more (BL-15)."""
        mine = dict(self._of)
        found = await asyncio.to_thread(self._whose, [one.credential for one in mine])
        for (connection, broker), now in zip(mine.items(), found, strict=True):
            if now != broker and self._of.pop(connection, None) is not None:
                self._part(connection)

    async def _look_once(self) -> None:
        asked = Asked(
            self._door.position,
            {broker: feed.read for broker, feed in self._accruals.items()},
            {broker: feed.sequence if feed.is_there else None for broker, feed in self._alerts.items()},
            self._door.time_ns or time.time_ns(),
        )
        looked = await asyncio.to_thread(self._read, asked)
        for broker, (hours, read, is_there) in looked.grown.items():
            feed = self._accruals.get(broker)
            if feed is not None and feed.read == asked.read[broker]:  # else it is another, begun meanwhile
                guarded(feed, feed.grown, hours, read, is_there)
            if not is_there:
                self._look_due = 0.0
        for broker, (rows, newest) in looked.notices.items():
            alerts = self._alerts.get(broker)
            if alerts is not None and (alerts.sequence if alerts.is_there else None) == asked.notices[broker]:
                told = [notice_row(row, msgspec.json.decode(row.details)) for row in rows]
                guarded(alerts, alerts.noticed, told, newest, asked.now_ns - LATELY_NS)

    def _read(self, asked: Asked) -> Looked:
        with self._door.database.connect() as connection:
            notices = {broker: _notices(connection, broker, after, asked) for broker, after in asked.notices.items()}
            return Looked(dict(self._accruing.read(connection, asked)), notices)


def acts_for(here: Database, people: Database, venue: Venue, credential: Credential | None) -> int | None:
    """The broker that a credential may ask for at the broker's desk; None for nobody's.

    Args:
        here: where keys and sessions are.
        people: where the users are.
    """
    if credential is None or not credential.user or credential.kind is CredentialKind.TOKEN:
        return None
    if credential.kind is CredentialKind.API_KEY and Permission.MANAGE not in credential.permissions:
        return None
    if not is_good(here, people, credential):
        return None
    try:
        return registry.acting_for(people, venue, credential.user)
    except Declined:  # the user is there no more
        return None


def _notices(connection: Database, broker: int, after: int | None, asked: Asked) -> tuple[list[Any], int]:
    """New ones, oldest first, and the number of the newest; to begin with those of lately are new."""
    table = broker_notices.c
    mine = (table.program == API) & (table.broker == broker)
    fresh = table.time_ns >= asked.now_ns - LATELY_NS if after is None else table.notice > after
    chosen = select(broker_notices).where(mine & fresh).order_by(table.notice.desc()).limit(LATELY_MOST)
    rows = connection.execute(chosen).all()
    if rows or after is not None:
        return list(reversed(rows)), rows[0].notice if rows else after or 0
    return [], int(connection.execute(select(func.max(table.notice)).where(mine)).scalar() or 0)


def _close(
    feeds: Iterable[BrokerFeed], code: int = NOT_NOW, reason: str = "The service is not available; try again later"
) -> None:
    for feed in list(feeds):
        for connection in list(feed.expected):
            connection.close(code, reason)
