"""Where the brokers of the registry work from, and what they may keep, as the live venue has it. S-3, BE-14."""

from sqlalchemy import Connection, select
from sqlalchemy import Engine as Database

from commonbook.broker import consents
from commonbook.brokerage.model import Standing
from commonbook.storage.tables.broker_clients import broker_addresses, broker_forms
from commonbook.storage.tables.brokerage import applications, brokers

Addresses = dict[int, tuple[str, ...]]
Forms = dict[int, tuple[bool, int]]


def follow(live: Database, own: Database) -> None:
    """Once: what a broker shows on this venue is shown from the servers and in the form that it will have live.

    Brokers that are in no registry are the host's own, here as there.
    """
    with live.connect() as connection:
        registered = sorted(connection.scalars(select(brokers.c.broker)))
        if not registered:
            return
        wanted = _addresses(connection, registered), _wishes(connection) | _forms(connection, registered)
    with own.connect() as connection:
        found = _addresses(connection, registered), _forms(connection, registered)
    if found == wanted:
        return
    with own.begin() as connection:
        addresses, forms = wanted
        for broker in registered:
            consents.set_addresses(connection, broker, addresses.get(broker, ()))
            consents.set_form(connection, broker, *forms.get(broker, (False, 0)))


def _addresses(connection: Connection, registered: list[int]) -> Addresses:
    table = broker_addresses.c
    rows = connection.execute(select(table.broker, table.address).where(table.broker.in_(registered)))
    found: dict[int, list[str]] = {}
    for broker, address in rows:
        found.setdefault(broker, []).append(address)
    return {broker: tuple(sorted(own)) for broker, own in found.items()}


def _forms(connection: Connection, registered: list[int]) -> Forms:
    """Who keeps sub-accounts for clients of its own here, and how many."""
    table = broker_forms.c
    rows = connection.execute(select(broker_forms).where(table.broker.in_(registered), table.non_disclosed))
    return {row.broker: (True, row.subaccounts_most) for row in rows}


def _wishes(connection: Connection) -> Forms:
    """Who would keep sub-accounts once it is live, and how many: it is to try that out before (BE-14)."""
    wish = applications.c.subaccounts_most
    chosen = select(brokers.c.broker, wish).join(applications, applications.c.application == brokers.c.application)
    chosen = chosen.where(brokers.c.state == Standing.TESTING.value, wish > 0)
    return {broker: (True, most) for broker, most in connection.execute(chosen)}
