"""Who is behind the parties that an act names, and the acts' usual ways of naming them. Rule AD-9."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from commonbook.administration import roles
from commonbook.administration.interest import NOBODY, Parties, must_not_be_party
from commonbook.brokerage import applications as broker_applications
from commonbook.brokerage import registry
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.partnership import applications as partner_applications
from commonbook.people import directory

NameParties = Callable[[Desk, Connection, dict[str, Any]], Parties]  # of an act's payload


def nobody(_: Desk, __: Connection, ___: dict[str, Any]) -> Parties:
    return NOBODY


def brand_of(name: str = "brand") -> NameParties:
    """The team of the brand that a field names."""
    return lambda _, __, payload: Parties(brands=frozenset({int(payload[name])}))


def accounts_of(*names: str) -> NameParties:
    """Whose the accounts are that fields name."""
    return lambda _, __, payload: Parties(accounts=frozenset(int(payload[one]) for one in names))


def user_of(name: str = "user") -> NameParties:
    return lambda _, __, payload: Parties(users=frozenset({int(payload[name])}))


def broker_of(name: str = "broker") -> NameParties:
    """The broker that a field numbers."""
    return lambda _, __, payload: Parties(brokers=frozenset({int(payload[name])}))


def broker_applicant(_: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    found = broker_applications.find(connection, int(payload["application"]))
    return Parties(frozenset({found.user}), frozenset({found.account}), frozenset({found.broker}))


def partner(_: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    """The applicant, the brand's team, and whoever is to be paid out of the stake."""
    found = partner_applications.find(connection, int(payload["application"]))
    paid = {int(one["account"]) for one in payload.get("obligations", [])}
    users, brands = frozenset({found.user, found.owner}), frozenset({found.brand})
    return Parties(users, frozenset({found.account, *paid}), brands=brands)


def persons_of_user(desk: Desk, connection: Connection, user: int) -> frozenset[int]:
    """As the user and as the holder of their trading account; none for a user who is not there."""
    try:
        found = directory.find(connection, user)
    except Declined:
        return frozenset()
    return frozenset({found.person}) | _persons_of_accounts(desk, {found.account})


def persons_of(desk: Desk, connection: Connection, parties: Parties) -> frozenset[int]:
    """The persons behind parties."""
    users, accounts = set(parties.users), set(parties.accounts)
    for broker in parties.brokers:
        code, line = desk.venue.codes.get(broker), registry.by_number(connection, broker)
        accounts |= set() if code is None else {code.payout_account}
        if line is not None:
            users.add(line.user)
            accounts.add(line.payout_account)
    for brand in parties.brands - {roles.HOST}:
        users |= {one.user for one in roles.staff_of(connection, brand)}
    found = _persons_of_accounts(desk, accounts)
    return found.union(*(persons_of_user(desk, connection, one) for one in users - {0}))


def _persons_of_accounts(desk: Desk, accounts: set[int]) -> frozenset[int]:
    known = (desk.venue.accounts.get(one) for one in accounts - {0})
    return frozenset(one.person for one in known if one is not None)


async def must_have_no_part(asked: Asked, name_parties: NameParties, payload: dict[str, Any]) -> None:
    """Before a user decides something alone.

    Raises:
        Declined: `own_interest`.
    """

    def check(connection: Connection) -> None:
        parties = persons_of(asked.desk, connection, name_parties(asked.desk, connection, payload))
        must_not_be_party(persons_of_user(asked.desk, connection, asked.user), parties)

    await asked.desk.read(check)
