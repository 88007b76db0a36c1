"""Busts and corrections on SQLite and on PostgreSQL alike, the migration, and two who agree at one moment.

CO-7, CO-9 and CO-10 of docs/rules/corrections.md.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from integration.postgres import fresh_schema
from spec.broker.busting import BECAUSE, bust, correct, give_back, newest_fill
from spec.small_exchange import BROKER, BTC, HOUR, HOUSE, TAKER, SmallExchange, units
from sqlalchemy import Engine, Table, inspect, select
from sqlalchemy.exc import DBAPIError

from commonbook.broker import busts, corrections
from commonbook.broker.corrections import Correction
from commonbook.broker.reversing import Because
from commonbook.errors import Declined
from commonbook.settings import Settings
from commonbook.storage.database import lost_race, open_database
from commonbook.storage.tables import metadata
from commonbook.storage.tables.broker import settlements, settlements_carried
from commonbook.storage.tables.corrections import busts as busts_table
from commonbook.storage.tables.corrections import busts_agreed, corrections_agreed, made, reversals
from commonbook.storage.tables.program import broker_clients, broker_days, broker_firsts, broker_notices

DAY = 24
TABLES = (
    *(busts_table, reversals, settlements, settlements_carried),
    *(broker_days, broker_clients, broker_firsts, broker_notices),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tables.db'}"
        return
    with fresh_schema(request.getfixturevalue("server")) as address:
        yield address


def rows_of(database: Engine, table: Table) -> list[dict[str, Any]]:
    with database.connect() as connection:
        keys = list(table.primary_key.columns)
        return [dict(row) for row in connection.execute(select(table).order_by(*keys)).mappings()]


def played(folder: Path, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """A counted fill that is busted, of which some is spent, and corrections both ways."""
    with SmallExchange(folder, settings) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.trade("50000", second=1)
        exchange.tick(DAY)
        exchange.settle()
        while exchange.exchange.back_office.count_closed_day():
            pass
        exchange.transfer(TAKER, HOUSE, "10100000", "spent", BTC)  # 50,000 are left
        bust(exchange, fill, DAY, 1)
        give_back(exchange, DAY, 2)
        correct(exchange, Correction(BROKER, units("-1"), "hour", str(HOUR), "ticket-1"), DAY)
        correct(exchange, Correction(BROKER, units("3"), "client", str(TAKER), "ticket-2"), DAY)
        exchange.tick(DAY + 2)
        exchange.settle()
        assert exchange.exchange.ledger_difference() == {}
        return {table.name: rows_of(exchange.exchange.back_office.database, table) for table in TABLES}


@pytest.mark.postgres
def test_busts_and_corrections_are_the_same_on_both(tmp_path: Path, server: str) -> None:
    with fresh_schema(server) as url:
        here = played(tmp_path / "sqlite", Settings())
        there = played(tmp_path / "postgres", msgspec.structs.replace(Settings(), database_url=url))
    assert here == there
    assert [row["is_whole"] for row in here["busts"]] == [False]
    assert len(here["reversals"]) == 3


def test_the_migration_makes_the_tables_as_they_are_declared(url: str) -> None:
    database = open_database(url)
    try:
        with database.connect() as connection:
            assert {table.name for table in made} <= set(inspect(connection).get_table_names())
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
        mine = {table.name for table in made}
        assert [one for one in differences if any(name in str(one) for name in mine)] == []
    finally:
        database.dispose()


def test_co9_of_two_who_agree_to_bust_one_fill_one_has(url: str, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(Settings(), database_url=url)
    with SmallExchange(tmp_path / "folder", settings) as exchange:
        exchange.trade("100000")
        office = exchange.exchange.back_office
        program = office.program()
        assert program is not None
        with office.database.connect() as connection:
            found = busts.to_bust(connection, program, office.venue, newest_fill(exchange))

        def agree(number: int) -> None:
            with office.database.begin() as connection:
                busts.agree(connection, found, Because(number, "a slip", "user:1", "user:2"))

        failures = _at_once([lambda number=number: agree(number) for number in (1, 2, 3, 4)])
        assert len(rows_of(office.database, busts_agreed)) == 1
        assert [type(one) for one in failures] == [Declined] * 3


def test_co10_of_two_corrections_with_one_key_one_is_there(url: str, tmp_path: Path) -> None:
    database = open_database(url)
    wanted = Correction(BROKER, 5, "client", str(TAKER), "ticket-1")

    def agree() -> None:
        with database.begin() as connection:
            corrections.agree(connection, wanted, BECAUSE)

    try:
        failures = _at_once([agree] * 4)
        assert len(rows_of(database, corrections_agreed)) == 1
        assert all(isinstance(one, DBAPIError) and lost_race(one) for one in failures)  # who begins again, as desks do
    finally:
        database.dispose()


def _at_once(works: list[Any]) -> list[BaseException]:
    gate, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Any) -> None:
        gate.wait()
        try:
            work()
        except (Declined, DBAPIError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return failures
