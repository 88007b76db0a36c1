"""What the simulated venue has of the brokers of the registry. docs/rules/simulated.md, S-3."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, update

from commonbook.broker import consents
from commonbook.simulated.brokers import follow
from commonbook.storage.database import open_database
from commonbook.storage.tables.brokerage import applications, brokers

TESTING, LIVE, HOSTS_OWN = 11, 12, 13


def row_of(table: Table, **known: Any) -> dict[str, Any]:
    """What is known, and nothing in every other column that must have something."""
    nothing = {int: 0, str: "", bool: False, bytes: b""}
    others = {one.name: nothing[one.type.python_type] for one in table.columns if not one.nullable}
    return others | known


def set_up(folder: Path) -> tuple[Engine, Engine]:
    live, own = (open_database(f"sqlite:///{folder / name}.db") for name in ("live", "own"))
    with live.begin() as connection:
        for broker, state in ((TESTING, "testing"), (LIVE, "live")):
            application = row_of(applications, application=broker, subaccounts_most=5, reference=f"ref{broker}")
            connection.execute(insert(applications).values(**application))
            line = row_of(brokers, broker=broker, application=broker, state=state, code=f"B{broker}")
            connection.execute(insert(brokers).values(**line))
            consents.set_addresses(connection, broker, [f"192.0.2.{broker}"])
        consents.set_form(connection, LIVE, True, 2)
    return live, own


def seen(database: Engine) -> dict[int, tuple[tuple[str, ...], int]]:
    with database.connect() as connection:
        return {
            broker: (consents.addresses_of(connection, broker), consents.subaccounts_most(connection, broker))
            for broker in (TESTING, LIVE, HOSTS_OWN)
        }


def test_s3_a_broker_has_its_servers_and_its_sub_accounts_here_as_it_has_or_wishes_them_live(tmp_path: Path) -> None:
    live, own = set_up(tmp_path)
    with own.begin() as connection:
        consents.set_addresses(connection, HOSTS_OWN, ["192.0.2.99"])
    follow(live, own)
    assert seen(own) == {
        TESTING: (("192.0.2.11",), 5),  # as its application wishes
        LIVE: (("192.0.2.12",), 2),  # as the host has granted
        HOSTS_OWN: (("192.0.2.99",), 0),  # in no registry: the host's own affair
    }
    assert seen(live)[TESTING] == (("192.0.2.11",), 0)


def test_s3_what_changes_live_changes_here_and_what_is_the_same_is_left(tmp_path: Path) -> None:
    live, own = set_up(tmp_path)
    follow(live, own)
    with live.begin() as connection:
        consents.set_addresses(connection, LIVE, [])
        connection.execute(update(brokers).where(brokers.c.broker == TESTING).values(state="closed"))
    follow(live, own)
    assert seen(own)[LIVE] == ((), 2)
    assert seen(own)[TESTING] == (("192.0.2.11",), 0)
    before = (tmp_path / "own.db").stat().st_mtime_ns
    follow(live, own)
    assert (tmp_path / "own.db").stat().st_mtime_ns == before
