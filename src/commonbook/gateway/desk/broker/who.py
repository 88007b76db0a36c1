"""For which broker a user acts: its own, of the registry or by the account that is paid."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from commonbook.broker import agreed, sub_brokers
from commonbook.broker.agreed import API
from commonbook.broker.branching import Ground
from commonbook.broker.model import Program
from commonbook.broker.sub_brokers import Who
from commonbook.brokerage import registry
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.instrument.model import Asset
from commonbook.people import directory
from commonbook.units import HOUR_NS, format_units, parse_units


def broker_of(connection: Connection, asked: Asked) -> int:
    """
    Raises:
        Declined: `not_a_broker`.
    """
    found = registry.acting_for(connection, asked.desk.venue, asked.user)
    if found is None:
        raise Declined("not_a_broker", "this is for brokers: nothing is paid to your account for a code")
    return found


def who(connection: Connection, asked: Asked) -> Who:
    """The user with the person and the trading account."""
    user = directory.find(connection, asked.user)
    account = asked.desk.venue.accounts.get(user.account)
    return Who(user.id, user.person if account is None else account.person, user.account)


def ground(desk: Desk) -> Ground:
    return Ground(API, desk.venue, desk.settings.broker, hour_now(desk), desk.now_ns)


def hour_now(desk: Desk) -> int:
    return desk.engine_time_ns // HOUR_NS


def payout_asset(desk: Desk) -> Asset:
    """
    Raises:
        Declined: `no_such_asset`.
    """
    name = desk.settings.broker.payout_asset
    found = desk.venue.asset_named(name)
    if found is None:
        raise Declined("no_such_asset", f"there is no asset {name} to pay commission in: configure it first")
    return found


def program(connection: Connection, desk: Desk) -> Program:
    return agreed.load(connection, API, payout_asset(desk), desk.settings.broker)


def code_of(desk: Desk, connection: Connection, broker: int) -> str:
    """Also of a sub-broker whose hour has not come."""
    known = desk.venue.codes.get(broker)
    if known is not None:
        return known.code
    found = sub_brokers.find(connection, API, broker)
    return "" if found is None else found.code


def points(text: str, what: str) -> int:
    """Points of the base as the API writes them, in per cent: "7.5".

    Raises:
        BadInput: no decimal, or finer than a hundred-millionth.
    """
    try:
        return parse_units(text, 6)
    except BadInput as error:
        raise BadInput(f"{what} {text[:40]!r}: {error}; give points, as 7.5") from None


def told_points(rate_e8: int) -> str:
    return format_units(rate_e8, 6)


def told_hour(hour: int) -> str:
    """2026-03-01T00:00:00Z"""
    return datetime.fromtimestamp(hour * 3_600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
