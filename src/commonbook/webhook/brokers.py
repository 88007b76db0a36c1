"""A broker's own programs are told of its settlements, its tier, its grants and its alerts. Rules BL-7 to BL-9.

What serves brands serves brokers as well: an endpoint whose `brand` is below zero is a broker's. Events are gathered
from the tables that are written when something happens, up to a mark for each broker, and written in one transaction
with the mark: none is lost by a crash, and none is made twice.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, or_, select, update

from commonbook.broker import tiers
from commonbook.broker.agreed import API
from commonbook.broker.alerts import ALERTS
from commonbook.broker.publishing import path_of
from commonbook.broker.settlement import CARRIED, PUBLISHED
from commonbook.identity.sealing import Seal
from commonbook.instrument.venue import Venue
from commonbook.settings import WebhookSettings
from commonbook.storage.database import upsert_many
from commonbook.storage.tables.broker import settlement_hours, settlements
from commonbook.storage.tables.broker_webhooks import broker_webhooks
from commonbook.storage.tables.oauth import oauth_grants
from commonbook.storage.tables.program import broker_notices
from commonbook.webhook import endpoints, outbox
from commonbook.webhook.model import PAUSED_NOTICE, Endpoint, EventKind, owner_of_broker
from commonbook.webhook.outbox import Happened

LATE_NS = 60 * 1_000_000_000  # a transaction may be there so long after the moment that it wrote


@dataclass(frozen=True, slots=True)
class Mark:
    broker: int
    next_hour: int
    notice: int
    grant_id: int
    ended_ns: int


def add(
    connection: Connection,
    seal: Seal,
    broker: int,
    url: str,
    kinds: Sequence[EventKind],
    by: int,
    settings: WebhookSettings,
) -> tuple[Endpoint, str]:
    """A broker's new endpoint and its secret; what has happened before its first one is not told.

    Raises:
        BadInput: the address or the kinds are none.
        Declined: `too_many_endpoints`.
    """
    made = endpoints.add(connection, seal, owner_of_broker(broker), url, kinds, by, settings)
    known = select(broker_webhooks.c.broker).where(broker_webhooks.c.broker == broker)
    if connection.execute(known).first() is None:
        newest = _newest(connection, Mark(broker, 0, 0, 0, 0))
        upsert_many(connection, broker_webhooks, [_row(newest)])
    return made


def gather(database: Engine, venue: Venue) -> int:
    """Write what has happened since it was looked at last; how many events that were."""
    with database.connect() as connection:
        if all(_newest(connection, mark) == mark for mark in _marks(connection)):
            return 0
    with database.begin() as connection:
        # The first statement locks: two that gather at the same moment do so one behind the other.
        connection.execute(update(broker_webhooks).values(notice=broker_webhooks.c.notice))
        wanted = outbox.wanted_by(connection)
        count = 0
        for mark in _marks(connection):
            newest = _newest(connection, mark)
            found = list(_happened(connection, venue, mark, newest))
            fresh = [one for one in found if not outbox.is_told(connection, one.name)]
            outbox.keep(connection, fresh, wanted)
            count += len(fresh)
            mine = broker_webhooks.c.broker == mark.broker
            connection.execute(update(broker_webhooks).where(mine).values(**_row(newest)))
        return count


def _row(mark: Mark) -> dict[str, int]:
    return {name: getattr(mark, name) for name in Mark.__slots__}


def _marks(connection: Connection) -> list[Mark]:
    chosen = select(broker_webhooks).order_by(broker_webhooks.c.broker)
    return [Mark(*row) for row in connection.execute(chosen)]


def _newest(connection: Connection, mark: Mark) -> Mark:
    """How far what there is now goes. An hour counts once it is over for good, which is when it is published."""
    hours = settlement_hours.c.program == API
    hours &= settlement_hours.c.hour >= mark.next_hour
    open_one = select(func.min(settlement_hours.c.hour)).where(hours & (settlement_hours.c.state != PUBLISHED))
    last = connection.execute(select(func.max(settlement_hours.c.hour)).where(hours)).scalar()
    first_open = connection.execute(open_one).scalar()
    next_hour = first_open if first_open is not None else mark.next_hour if last is None else int(last) + 1
    own = broker_notices.c.broker == mark.broker
    notice = connection.execute(select(func.max(broker_notices.c.notice)).where(own)).scalar()
    grant = connection.execute(select(func.max(oauth_grants.c.grant_id))).scalar()
    ended = connection.execute(select(func.max(oauth_grants.c.ended_ns))).scalar()
    return Mark(mark.broker, int(next_hour), int(notice or 0), int(grant or 0), int(ended or 0))


def _happened(connection: Connection, venue: Venue, mark: Mark, newest: Mark) -> Iterator[Happened]:
    owner = owner_of_broker(mark.broker)
    yield from _settlements(connection, venue, mark, newest, owner)
    yield from _notices(connection, mark, newest, owner)
    yield from _grants(connection, mark, owner)


def _settlements(connection: Connection, venue: Venue, mark: Mark, newest: Mark, owner: int) -> Iterator[Happened]:
    mine = (settlements.c.program == API) & (settlements.c.broker == mark.broker) & (settlements.c.account == 0)
    mine &= (settlements.c.hour >= mark.next_hour) & (settlements.c.hour < newest.next_hour)
    mine &= settlements.c.state.in_((PUBLISHED, CARRIED))
    for row in connection.execute(select(settlements).where(mine).order_by(settlements.c.hour)):
        asset, code = venue.assets[row.asset], venue.codes[mark.broker].code
        data = {
            "hour": str(row.hour),
            "state": row.state,
            "asset": asset.name,
            "paid": asset.format(row.amount),
            "carried": asset.format(row.carried),
            "lines": row.lines,
            "statement": path_of(Path(), code, row.hour).name,
            "root": row.root,
            "payment": row.key if row.amount else "",
        }
        name = f"settlement-{API}-{mark.broker}-{row.asset}-{row.hour}"
        yield Happened(name, owner, EventKind.SETTLEMENT, time.time_ns(), data)


def _notices(connection: Connection, mark: Mark, newest: Mark, owner: int) -> Iterator[Happened]:
    table = broker_notices.c
    mine = (table.program == API) & (table.broker == mark.broker) & (table.kind != PAUSED_NOTICE)
    mine &= (table.notice > mark.notice) & (table.notice <= newest.notice)
    for row in connection.execute(select(broker_notices).where(mine).order_by(table.notice)):
        data = {"notice": row.kind, "subject": row.subject, "details": msgspec.json.decode(row.details)}
        kind = EventKind.ALERT if row.kind in ALERTS else EventKind.TIER
        yield Happened(f"{kind}-{row.notice}", owner, kind, row.time_ns, data)


def _grants(connection: Connection, mark: Mark, owner: int) -> Iterator[Happened]:
    """Those that began or ended; of these also a while before the mark: what was told is passed over by its name."""
    table = oauth_grants.c
    since_ns = max(mark.ended_ns - LATE_NS, 0)
    changed = or_(table.grant_id > mark.grant_id, table.ended_ns > since_ns)
    chosen = select(oauth_grants).where(table.broker == mark.broker, changed).order_by(table.grant_id)
    for row in connection.execute(chosen):
        if row.grant_id > mark.grant_id:
            yield _grant(row, owner, "begun", row.created_ns)
        if row.ended_ns > since_ns:
            yield _grant(row, owner, row.state, row.ended_ns)


def _grant(row: Row[Any], owner: int, what: str, time_ns: int) -> Happened:
    data = {"grant": str(row.grant_id), "what": what, "why": row.why if what != "begun" else ""}
    data |= {"client": row.client_id, "account": str(row.account), "scope": row.scope}
    data |= {"venue": "simulated" if row.simulated else "live"}
    return Happened(f"grant-{row.grant_id}-{what}", owner, EventKind.GRANT, time_ns, data)


def tell_of_pause(connection: Connection, endpoint: Endpoint, why: str) -> None:
    """WH-7 for a broker: a notice."""
    now_ns = time.time_ns()
    details = {"endpoint": str(endpoint.id), "url": endpoint.url, "why": why}
    tiers.tell(connection, API, endpoint.broker, PAUSED_NOTICE, f"{endpoint.id}:{now_ns}", now_ns, details)
