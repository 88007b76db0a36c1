"""A brand's endpoints: registering, changing, secrets, and the log of deliveries. Rules WH-1, WH-6, WH-8 and WH-9."""

import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.settings import WebhookSettings
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints, webhook_events
from commonbook.webhook import rules
from commonbook.webhook.model import (
    CHOSEN,
    DROPPED,
    LIVE,
    OF_BROKERS,
    PAUSED,
    REMOVED,
    WAITING,
    Delivery,
    Endpoint,
    EventKind,
    Secrets,
)
from commonbook.webhook.outbox import Happened, delivery_of

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS


def add(
    connection: Connection,
    seal: Seal,
    brand: int,
    url: str,
    kinds: Sequence[EventKind],
    by: int,
    settings: WebhookSettings,
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is told this once.

    Raises:
        BadInput: the address or the kinds are none.
        Declined: `too_many_endpoints`.
    """
    rules.check_url(url, settings.loopback_allowed)
    row = {
        "brand": brand,
        "url": url,
        "kinds": _kinds(kinds, brand),
        "state": LIVE,
        "sealed_secret": "",
        "sealed_before": "",
        "before_until_ns": 0,
        "created_by": by,
        "created_ns": time.time_ns(),
        "failures": 0,
        "failing_since_ns": 0,
        "next_try_ns": 0,
    }
    made = connection.execute(insert(webhook_endpoints).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    counted = select(func.count()).select_from(webhook_endpoints)
    counted = counted.where(webhook_endpoints.c.brand == brand, webhook_endpoints.c.state != REMOVED)
    if connection.execute(counted).scalar_one() > settings.endpoints:
        text = f"{settings.endpoints} endpoints are the most: remove one first"
        raise Declined("too_many_endpoints", text, most=settings.endpoints)
    return find(connection, brand, number), _new_secret(connection, seal, number, sealed_before="", before_until_ns=0)


def find(connection: Connection, brand: int, number: int) -> Endpoint:
    """
    Raises:
        Declined: `no_such_endpoint`, also for another brand's and for one that was removed.
    """
    row = connection.execute(_of_brand(brand).where(webhook_endpoints.c.endpoint == number)).first()
    if row is None:
        raise Declined("no_such_endpoint", f"there is no endpoint {number}")
    return endpoint_of(row)


def all_of(connection: Connection, brand: int) -> list[Endpoint]:
    return [endpoint_of(row) for row in connection.execute(_of_brand(brand).order_by(webhook_endpoints.c.endpoint))]


def _of_brand(brand: int) -> Select[Any]:
    return select(webhook_endpoints).where(webhook_endpoints.c.brand == brand, webhook_endpoints.c.state != REMOVED)


def change(
    connection: Connection,
    brand: int,
    number: int,
    settings: WebhookSettings,
    url: str | None = None,
    kinds: Sequence[EventKind] | None = None,
) -> Endpoint:
    """Another address or other kinds; what waits is sent to the new address."""
    values = {}
    if url is not None:
        rules.check_url(url, settings.loopback_allowed)
        values["url"] = url
    if kinds is not None:
        values["kinds"] = _kinds(kinds, brand)
    if values:
        _update(connection, brand, number, **values)
    return find(connection, brand, number)


def remove(connection: Connection, brand: int, number: int) -> None:
    """Nothing is sent there any more, what waits included; its secrets are gone."""
    _update(connection, brand, number, state=REMOVED, sealed_secret="", sealed_before="")
    where = (webhook_deliveries.c.endpoint == number) & (webhook_deliveries.c.state == WAITING)
    connection.execute(update(webhook_deliveries).where(where).values(state=DROPPED, why="the endpoint was removed"))


def pause(connection: Connection, brand: int, number: int) -> Endpoint:
    _update(connection, brand, number, state=PAUSED)
    return find(connection, brand, number)


def resume(connection: Connection, brand: int, number: int) -> Endpoint:
    """What has gathered is sent from now on, oldest first."""
    _update(connection, brand, number, state=LIVE, failures=0, failing_since_ns=0, next_try_ns=0)
    return find(connection, brand, number)


def _update(connection: Connection, brand: int, number: int, **values: str | int) -> None:
    where = (webhook_endpoints.c.endpoint == number) & (webhook_endpoints.c.brand == brand)
    where &= webhook_endpoints.c.state != REMOVED
    if connection.execute(update(webhook_endpoints).where(where).values(**values)).rowcount != 1:
        raise Declined("no_such_endpoint", f"there is no endpoint {number}")


# -- secrets -----------------------------------------------------------------------------------------------------------


def rotate(
    connection: Connection, seal: Seal, brand: int, number: int, settings: WebhookSettings, now_ns: int | None = None
) -> str:
    """A new secret, told this once; the one before it signs beside it for a while (WH-6)."""
    moment = time.time_ns() if now_ns is None else now_ns
    newest = secrets_of(connection, seal, find(connection, brand, number).id, moment).newest
    until_ns = moment + settings.overlap_s * SECOND_NS
    sealed = seal.seal(newest.encode(), f"webhook:{number}")
    return _new_secret(connection, seal, number, sealed_before=sealed, before_until_ns=until_ns)


def _new_secret(connection: Connection, seal: Seal, number: int, **before: str | int) -> str:
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    sealed = seal.seal(secret.encode(), f"webhook:{number}")
    where = webhook_endpoints.c.endpoint == number
    connection.execute(update(webhook_endpoints).where(where).values(sealed_secret=sealed, **before))
    return secret


def secrets_of(connection: Connection, seal: Seal, number: int, now_ns: int) -> Secrets:
    row = connection.execute(select(webhook_endpoints).where(webhook_endpoints.c.endpoint == number)).one()
    newest = seal.unseal(row.sealed_secret, f"webhook:{number}").decode()
    if not row.sealed_before or row.before_until_ns <= now_ns:
        return Secrets(newest)
    return Secrets(newest, seal.unseal(row.sealed_before, f"webhook:{number}").decode())


# -- deliveries --------------------------------------------------------------------------------------------------------


def deliveries(connection: Connection, endpoint: int, most: int, before: int = 2**62) -> list[Delivery]:
    """The log of an endpoint, newest first."""
    chosen = _deliveries().where(webhook_deliveries.c.endpoint == endpoint, webhook_deliveries.c.delivery < before)
    rows = connection.execute(chosen.order_by(webhook_deliveries.c.delivery.desc()).limit(most))
    return [delivery(row) for row in rows]


def first_waiting(connection: Connection, endpoint: int, most: int) -> list[Delivery]:
    """What an endpoint is told next, in its order."""
    chosen = _deliveries().where(webhook_deliveries.c.endpoint == endpoint, webhook_deliveries.c.state == WAITING)
    return [delivery(row) for row in connection.execute(chosen.order_by(webhook_deliveries.c.delivery).limit(most))]


def resend(connection: Connection, endpoint: int, number: int) -> Delivery:
    """Tell an event once more, behind all that waits, under its own name.

    Raises:
        Declined: `no_such_delivery`, also for one of another endpoint.
    """
    where = (webhook_deliveries.c.delivery == number) & (webhook_deliveries.c.endpoint == endpoint)
    event = connection.execute(select(webhook_deliveries.c.event).where(where)).scalar()
    if event is None:
        raise Declined("no_such_delivery", f"endpoint {endpoint} has no delivery {number}")
    return _deliver(connection, endpoint, event)


def send_test(connection: Connection, endpoint: Endpoint) -> Delivery:
    """An event that means nothing, to this endpoint alone."""
    now_ns = time.time_ns()
    text = {"text": "Nothing has happened: this endpoint was tested."}
    one = Happened(f"test-{uuid.uuid4()}", endpoint.brand, EventKind.TEST, now_ns, text)
    row = {"name": one.name, "brand": one.brand, "kind": one.kind.value, "made_ns": now_ns, "body": one.body}
    connection.execute(insert(webhook_events).values(**row))
    return _deliver(connection, endpoint.id, one.name)


def _deliver(connection: Connection, endpoint: int, event: str) -> Delivery:
    row = delivery_of(endpoint, event, time.time_ns())
    made = connection.execute(insert(webhook_deliveries).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    return delivery(connection.execute(_deliveries().where(webhook_deliveries.c.delivery == number)).one())


def forget_old(connection: Connection, before_ns: int) -> int:
    """Drop what was kept long enough, delivered or not; gives how many events that were (WH-9)."""
    old = select(webhook_events.c.name).where(webhook_events.c.made_ns < before_ns).limit(10_000)
    names = list(connection.execute(old).scalars())
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.event.in_(part)))
        connection.execute(delete(webhook_events).where(webhook_events.c.name.in_(part)))
    return len(names)


def _deliveries() -> Select[Any]:
    joined = webhook_deliveries.join(webhook_events, webhook_events.c.name == webhook_deliveries.c.event)
    return select(webhook_deliveries, webhook_events.c.kind, webhook_events.c.body).select_from(joined)


def delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.delivery,
        endpoint=row.endpoint,
        event=row.event,
        kind=row.kind,
        state=row.state,
        tries=row.tries,
        status=row.status,
        why=row.why,
        made_ns=row.made_ns,
        tried_ns=row.tried_ns,
        body=row.body,
    )


def endpoint_of(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.endpoint,
        brand=row.brand,
        url=row.url,
        kinds=tuple(EventKind(kind) for kind in row.kinds.split()),
        state=row.state,
        failures=row.failures,
        failing_since_ns=row.failing_since_ns,
        next_try_ns=row.next_try_ns,
    )


def _kinds(kinds: Sequence[EventKind], brand: int = 0) -> str:
    there = CHOSEN if brand >= 0 else OF_BROKERS
    if not kinds or any(kind not in there for kind in kinds):
        raise BadInput(f"choose at least one of: {', '.join(there)}")
    return " ".join(kind for kind in there if kind in kinds)
