"""Who is a broker: the registry, for whoever must know it. Rules BE-8 and BE-11.

A broker has one number for ever, the core's, and one code for ever. What the core says of the code follows from the
registry by sequenced commands (`codes.py`).
"""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from commonbook.broker import consents, sub_brokers
from commonbook.broker.agreed import API
from commonbook.brokerage import applications
from commonbook.brokerage.model import Application, Broker, Business, Models, Standing
from commonbook.errors import BrokenInvariant, Declined
from commonbook.instrument.model import BrokerCode
from commonbook.instrument.venue import Venue
from commonbook.people import directory
from commonbook.storage.tables.brokerage import brokers as table


@dataclass(frozen=True, slots=True)
class Systems:
    """Where a broker's systems are, as its application says it: what is registered of it."""

    broker: int
    title: str
    models: Models
    redirect_urls: tuple[str, ...]
    is_public_client: bool
    ip_list: tuple[str, ...]
    logo: str  # a hash; "" for none


def broker_of(connection: Connection, user: int) -> Broker | None:
    """The broker that a user is; None for who is none, or is one no more."""
    chosen = select(table).where(table.c.user_id == user, table.c.state != Standing.CLOSED.value)
    row = connection.execute(chosen.order_by(table.c.broker.desc()).limit(1)).first()
    return None if row is None else _broker(row)


def code_of(connection: Connection, venue: Venue, account: int) -> BrokerCode | None:
    """The broker that is paid to a trading account, as the core has it, active or not.

    Who stands in the registry is that broker; a code that the host has made by hand is whose account it pays to, and so
    is a sub-broker's.
    """
    mine = (table.c.payout_account == account) & (table.c.state != Standing.CLOSED.value)
    number = connection.execute(select(table.c.broker).where(mine).order_by(table.c.broker.desc()).limit(1)).scalar()
    found = None if number is None else venue.codes.get(number)
    return consents.broker_of(venue, account) if found is None else found


def acting_for(connection: Connection, venue: Venue, user: int) -> int | None:
    """The broker that a user acts for: its own, or the sub-broker that has joined and whose hour has not come yet.

    Raises:
        Declined: `no_such_user`.
    """
    account = directory.find(connection, user).account
    if not account:
        return None
    found = code_of(connection, venue, account)
    if found is not None:
        return found.id
    waiting = sub_brokers.of_account(connection, API, account)
    return None if waiting is None else waiting.broker


def by_code(connection: Connection, code: str) -> Broker | None:
    row = connection.execute(select(table).where(table.c.code == code)).first()
    return None if row is None else _broker(row)


def by_number(connection: Connection, number: int) -> Broker | None:
    row = connection.execute(select(table).where(table.c.broker == number)).first()
    return None if row is None else _broker(row)


def must_be_numbered(connection: Connection, number: int) -> Broker:
    """
    Raises:
        Declined: `no_such_broker`.
    """
    found = by_number(connection, number)
    if found is None:
        raise Declined("no_such_broker", f"there is no broker {number}")
    return found


def must_be_broker(connection: Connection, user: int) -> Broker:
    """
    Raises:
        Declined: `not_a_broker`.
    """
    found = broker_of(connection, user)
    if found is None:
        raise Declined("not_a_broker", "this is for brokers: apply at POST /broker/v1/applications")
    return found


def live(connection: Connection) -> list[Broker]:
    """Brokers that earn, by number."""
    return in_standing(connection, (Standing.LIVE,))


def in_standing(connection: Connection, standings: tuple[Standing, ...]) -> list[Broker]:
    chosen = select(table).where(table.c.state.in_([one.value for one in standings])).order_by(table.c.broker)
    return [_broker(row) for row in connection.execute(chosen)]


def everyone(connection: Connection) -> list[Broker]:
    return [_broker(row) for row in connection.execute(select(table).order_by(table.c.broker))]


def systems(connection: Connection, number: int) -> Systems:
    """
    Raises:
        Declined: `no_such_broker`.
    """
    found = must_be_numbered(connection, number)
    application = applications.find(connection, found.application)
    own = application.integration
    return Systems(
        found.number, found.title, found.models, own.redirect_urls, own.is_public_client, own.ip_list, application.logo
    )


# -- writing ----------------------------------------------------------------------------------------------------------


def highest(connection: Connection) -> int:
    """0 for none."""
    return int(connection.execute(select(func.max(table.c.broker))).scalar() or 0)


def enter(connection: Connection, application: Application, number: int, code: str) -> Broker:
    """A new line: the code is the broker's from here on, and earns on the simulated venue alone."""
    own, moment = application.integration, time.time_ns()
    if own.business is None:
        raise BrokenInvariant(f"application {application.reference} was submitted without a business model")
    row: dict[str, Any] = {
        "broker": number,
        "code": code,
        "application": application.id,
        "user_id": application.user,
        "brand": application.brand,
        "payout_account": application.account,
        "title": own.title,
        "models": own.models.value,
        "business": own.business.value,
        "state": Standing.TESTING.value,
        "is_active": False,
        "is_pending": True,
        "opened_ns": moment,
        "since_ns": 0,
        "changed_ns": moment,
    }
    connection.execute(insert(table).values(**row))
    return must_be_numbered(connection, number)


def enter_again(connection: Connection, application: Application, before: Broker) -> Broker:
    """A broker that was closed has applied anew: under the number and the code that are its own for ever."""
    own = application.integration
    business = before.business if own.business is None else own.business
    values: dict[str, Any] = {"title": own.title, "models": own.models.value, "business": business.value}
    values |= {"state": Standing.TESTING.value, "is_active": False, "is_pending": True}
    values |= {"application": application.id, "payout_account": application.account, "changed_ns": time.time_ns()}
    connection.execute(update(table).where(table.c.broker == before.number).values(**values))
    return must_be_numbered(connection, before.number)


def closed_of(connection: Connection, user: int) -> Broker | None:
    """What a user once was."""
    chosen = select(table).where(table.c.user_id == user, table.c.state == Standing.CLOSED.value)
    row = connection.execute(chosen.order_by(table.c.broker.desc()).limit(1)).first()
    return None if row is None else _broker(row)


def forget(connection: Connection, number: int) -> None:
    """A number that the core has given to somebody else meanwhile."""
    connection.execute(table.delete().where(table.c.broker == number))


def follow(connection: Connection, application: Application, standing: Standing, now_ns: int) -> None:
    """Say of a broker what the state of its application means; what the core is to say changes with it."""
    found = must_be_numbered(connection, application.broker)
    is_active = standing is Standing.LIVE
    values: dict[str, Any] = {"state": standing.value, "is_active": is_active, "changed_ns": now_ns}
    if is_active != found.is_active:
        values["is_pending"] = True
    if is_active and not found.since_ns:
        values["since_ns"] = now_ns
    connection.execute(update(table).where(table.c.broker == found.number).values(**values))


def note_told(connection: Connection, broker: Broker) -> None:
    """The core has confirmed what the registry says of a broker; unless it says something else by now."""
    same = (table.c.broker == broker.number) & (table.c.is_active == broker.is_active)
    same &= (table.c.code == broker.code) & (table.c.payout_account == broker.payout_account)
    connection.execute(update(table).where(same).values(is_pending=False))


def pending(connection: Connection) -> list[Broker]:
    """Of whom the core is still to be told."""
    return [_broker(row) for row in connection.execute(select(table).where(table.c.is_pending))]


def _broker(row: Row[Any]) -> Broker:
    return Broker(
        number=row.broker,
        code=row.code,
        application=row.application,
        user=row.user_id,
        brand=row.brand,
        payout_account=row.payout_account,
        title=row.title,
        models=Models(row.models),
        business=Business(row.business),
        standing=Standing(row.state),
        is_active=row.is_active,
        is_pending=row.is_pending,
        opened_ns=row.opened_ns,
        since_ns=row.since_ns,
    )
