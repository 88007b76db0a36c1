"""Brands' tables on SQLite and on PostgreSQL: what is counted, what only one may have, and two at the same moment."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from integration.postgres import fresh_schema
from msgspec.structs import replace
from spec.brand.authority import Authority, new_key, pem
from sqlalchemy import Engine, inspect

from commonbook.brand import certificates, challenges, service, store
from commonbook.brand.model import Document, State
from commonbook.brand.service import Author
from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.instrument.model import Brand
from commonbook.settings import Settings
from commonbook.storage.database import open_database

BRANDS = {1: Brand(1, "north"), 2: Brand(2, "south")}
TEAM = Author("user:1", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        found = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
        yield found
        found.dispose()
        return
    with fresh_schema(request.getfixturevalue("server")) as url:
        found = open_database(url)
        yield found
        found.dispose()


def document(title: str, *domains: str) -> Document:
    return Document(name="north", title=title, domains=domains, state=State.LIVE)


def test_what_a_gateway_has_to_know_is_counted_and_what_not_is_not(database: Engine, tmp_path: Path) -> None:
    seen = []

    def look() -> None:
        with database.connect() as connection:
            seen.append(store.changes(connection))

    look()
    with database.begin() as connection:
        service.change(connection, Settings(), BRANDS[1], 0, document("N", "north-ex.com"), TEAM, "")
    look()
    with database.begin() as connection:
        (one,) = store.domains_of(connection, 1)
        store.note_proved(connection, one, "dns", 5)
    look()
    key = new_key()
    checked = certificates.check("north-ex.com", Authority().chain("north-ex.com", key=key), pem(key))
    with database.begin() as connection:
        certificates.keep(connection, Seal.open(tmp_path), 1, "north-ex.com", certificates.UPLOAD, checked)
    look()
    with database.begin() as connection:
        assert certificates.drop(connection, 1, "north-ex.com")
    look()
    assert seen == sorted(set(seen)), "each is another number"
    with database.begin() as connection:
        hashed = store.keep_file(connection, 1, "image/png", b"\x89PNG\0\xff")
        assert store.keep_file(connection, 1, "image/png", b"\x89PNG\0\xff") == hashed
    challenges.keep(database, "north-ex.com", "token", "answer")
    look()
    assert seen[-1] == seen[-2]
    with database.connect() as connection:
        assert store.file(connection, 1, hashed) == ("image/png", b"\x89PNG\0\xff")
        assert store.file(connection, 2, hashed) is None


def test_br5_of_many_editors_at_the_same_moment_one_is_in_time(database: Engine) -> None:
    with database.begin() as connection:
        service.change(connection, Settings(), BRANDS[1], 0, document("N"), TEAM, "")
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def edit(number: int) -> None:
        start.wait()
        try:
            with database.begin() as connection:
                service.change(connection, Settings(), BRANDS[1], 1, document(f"N{number}"), TEAM, "")
            outcomes.append("done")
        except Declined as declined:
            outcomes.append(declined.code)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["stale_version"] * 5]
    with database.connect() as connection:
        assert store.newest_number(connection, 1) == 2


def test_br10_of_two_who_prove_a_domain_at_the_same_moment_one_has_it(database: Engine) -> None:
    for brand in BRANDS:
        with database.begin() as connection:
            store.keep_domains(connection, brand, ["shared-ex.com"])
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def prove(brand: int) -> None:
        with database.connect() as connection:
            one = store.find_domain(connection, brand, "shared-ex.com")
        start.wait()
        try:
            with database.begin() as connection:
                store.note_proved(connection, one, "dns", 7)
            outcomes.append("done")
        except Declined as declined:
            outcomes.append(declined.code)

    threads = [threading.Thread(target=prove, args=(brand,)) for brand in BRANDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["domain_taken", "done"]
    with database.connect() as connection:
        assert len(store.proved_domains(connection)) == 1


def test_br6_undo_and_states_on_either_database(database: Engine) -> None:
    with database.begin() as connection:
        service.change(connection, Settings(), BRANDS[1], 0, document("N", "a-ex.com"), TEAM, "")
        service.change(connection, Settings(), BRANDS[1], 1, replace(document("M"), domains=()), TEAM, "")
        made = service.undo(connection, Settings(), BRANDS[1], 2, 1, TEAM, "")
        assert service.move(connection, Settings(), BRANDS[1], State.SUSPENDED, TEAM, "").version == 4
    assert made.document == document("N", "a-ex.com")
    with database.connect() as connection:
        assert [one.domain for one in store.domains_of(connection, 1)] == ["a-ex.com"]
        assert [one.version for one in store.versions(connection, 1, 2, before=4)] == [3, 2]


def test_databases_are_made_by_many_threads_at_once() -> None:
    def make(_number: int) -> bool:
        engine = open_database("sqlite://")  # in memory: of the thread that made it
        try:
            return inspect(engine).has_table("fee_plans")
        finally:
            engine.dispose()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(make, range(16)))
