"""Consents, refusals and what keys are told of them, on SQLite and on PostgreSQL: the same statements, the same races.

CN-1, CN-3, CN-6 and CN-7 of docs/rules/consents.md; BK-2 of docs/rules/broker-keys.md.
"""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from integration.postgres import fresh_schema
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from commonbook.broker import consents, report_files
from commonbook.broker.consenting import How
from commonbook.identity.associations import Associations
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.instrument.accounts import subaccount
from commonbook.instrument.model import Account, BrokerCode
from commonbook.instrument.venue import Venue
from commonbook.storage.database import lost_race, open_database
from commonbook.storage.schema import key_changes, subaccounts
from commonbook.storage.tables import metadata
from commonbook.storage.tables.broker_clients import broker_consents

CLIENT, PAYOUT, BROKER, OTHER = 7, 9, 1, 2


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each database in turn."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
        yield engine
        engine.dispose()
        return
    with fresh_schema(request.getfixturevalue("server")) as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


@pytest.fixture
def venue() -> Venue:
    found = Venue()
    found.accounts |= {one: Account(one, one, 1, 0) for one in (CLIENT, PAYOUT)}
    found.codes |= {BROKER: BrokerCode(BROKER, "NORTHSTAR", True, PAYOUT), OTHER: BrokerCode(OTHER, "OTHER", True, 5)}
    return found


def changes(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(select(key_changes.c.count)).scalar_one())


def again(database: Engine, work: Callable[[Connection], Any]) -> Any:
    """As a desk does: who has lost a race begins again."""
    for _ in range(50):
        try:
            with database.begin() as connection:
                return work(connection)
        except DBAPIError as failure:
            if not lost_race(failure):
                raise
    raise TimeoutError


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What each thread has got; an exception is a result, too."""
    gate, results = threading.Barrier(count), list[Any]()

    def run() -> None:
        gate.wait()
        try:
            results.append(work())
        except Exception as failure:
            results.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


def test_the_tables_are_what_the_code_says(database: Engine) -> None:
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_cn3_of_many_at_once_one_consent_stands(database: Engine, venue: Venue) -> None:
    def give() -> None:
        again(database, lambda connection: consents.give(connection, venue, CLIENT, BROKER, How.PAGE, 5, 72))

    assert at_once(6, give) == [None] * 6
    with database.connect() as connection:
        assert len(consents.standing_consents(connection, CLIENT)) == 1
        assert connection.execute(select(func.count()).select_from(broker_consents)).scalar_one() == 6


def test_cn11_of_many_clients_those_are_judged_who_have_said_something(database: Engine, venue: Venue) -> None:
    quiet, kept = 20, subaccount(21, 1)
    venue.accounts |= {one: Account(one, one, 1, 0) for one in (quiet, 21)} | {kept: Account(kept, 21, 1, 0)}
    with database.begin() as connection:
        row = {"account": kept, "master": 21, "name": "client", "label": "", "can_transfer_out": False}
        connection.execute(subaccounts.insert().values(**row, opened=True, created_ns=1, broker=BROKER))
        consents.give(connection, venue, CLIENT, BROKER, How.PAGE, 5, 72, 3)
        consents.refuse(connection, 21, 0, 1, 5)
        pairs = [(one, BROKER) for one in (CLIENT, PAYOUT, quiet, kept, 21)] + [(CLIENT, OTHER), (2**62, OTHER)]
        found = consents.clients_of(connection, venue, pairs)
        assert sorted(found) == sorted(pairs)
        said = {pair: one for pair, one in found.items() if one.has_said}
        assert sorted(account for account, _ in said) == [CLIENT, PAYOUT, 21]  # the broker's own client refuses nobody
        assert consents.clients_to_judge(connection, venue, pairs) == said
        assert [one.cap_e8 for one in found[CLIENT, BROKER].consents] == [3]
        assert found[PAYOUT, BROKER].is_own_person


def test_cn6_of_many_at_once_one_refusal_stands(database: Engine) -> None:
    def refuse(account: int) -> bool:
        refused: bool = again(database, lambda connection: consents.refuse(connection, account, BROKER, 1, 5))
        return refused

    for account in range(10):
        results = at_once(6, partial(refuse, account))
        assert results.count(True) == 1
        assert results.count(False) == 5


def test_cn6_all_gateways_are_told_that_something_has_changed(database: Engine, venue: Venue) -> None:
    seen = [changes(database)]
    acts: list[Callable[[Any], Any]] = [
        lambda connection: consents.refuse(connection, CLIENT, 0, 1, 5),
        lambda connection: consents.lift(connection, CLIENT, 0, 6),
        lambda connection: consents.set_addresses(connection, BROKER, ["192.0.2.1", "192.0.2.2"]),
        lambda connection: consents.set_addresses(connection, BROKER, []),
        lambda connection: consents.set_form(connection, BROKER, True, 5),
        lambda connection: consents.set_form(connection, BROKER, False, 0),
    ]
    for act in acts:
        with database.begin() as connection:
            act(connection)
        seen.append(changes(database))
    assert seen == sorted(set(seen))  # each is a step
    assert len(seen) == 7


def test_cn7_a_withdrawal_reaches_the_keys_of_sub_accounts(database: Engine, venue: Venue, tmp_path: Path) -> None:
    seal, sub = Seal.open(tmp_path), subaccount(CLIENT, 1)
    with database.begin() as connection:
        row = {"account": sub, "master": CLIENT, "name": "trader1", "label": "", "can_transfer_out": False}
        connection.execute(subaccounts.insert().values(**row, opened=True, created_ns=1))
        consents.set_addresses(connection, BROKER, ["192.0.2.1"])
        keys = [
            create_key(connection, seal, account, 1, frozenset(), "k", brokers=frozenset({BROKER}), held=held).api_key
            for account, held in ((CLIENT, True), (CLIENT, False), (sub, False))
        ]
        consents.give(connection, venue, CLIENT, BROKER, How.KEY, 5, 72)
        found = Associations(connection, keys, {CLIENT, sub})
        assert [found.of(key, CLIENT).brokers for key in keys] == [{BROKER}] * 3
        assert [found.of(key, CLIENT).holder for key in keys] == [BROKER, 0, 0]
        assert consents.keys_with(connection, CLIENT, BROKER) == [(keys[0], True), (keys[1], False), (keys[2], False)]
        assert consents.withdraw(connection, CLIENT, BROKER, 9)
        found = Associations(connection, keys, {CLIENT, sub})
        assert [found.of(key, CLIENT).brokers for key in keys[1:]] == [set(), set()]
        assert consents.keys_with(connection, CLIENT, BROKER) == []


def test_bk8_a_file_is_asked_for_and_had_by_its_link(database: Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        report, is_new = report_files.ask(connection, BROKER, "fd", 1, 2, 10)
        assert is_new
        assert report_files.ask(connection, BROKER, "fd", 1, 2, 11) == (report, False)
        columns = ("a", "b")
        slow = report_files.write(tmp_path, report, columns, [("1", "2")])
        again = report_files.begin_again(connection, report, 10 + report_files.LEFT_NS)
        assert again is not None
        assert report_files.begin_again(connection, report, 10 + report_files.LEFT_NS) is None
        draft = report_files.write(tmp_path, again, columns, [("1", "2"), ("3", "4")])
        assert not report_files.finish(connection, tmp_path, report, slow)  # another has begun again
        report_files.drop(connection, report)
        assert report_files.finish(connection, tmp_path, again, draft)
        assert not report_files.finish(connection, tmp_path, again, draft)
        link = report_files.make_link(connection, report, 20, 5)
        assert report_files.opened(connection, link, 24).rows == 2
    assert report_files.path_of(tmp_path, report.id).read_text() == "a,b\n1,2\n3,4\n"
