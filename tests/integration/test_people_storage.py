"""People's tables on SQLite and on PostgreSQL: the same statements, the same races, the same outcome."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from integration.postgres import fresh_schema
from spec.people.authenticator import SoftPasskey
from spec.people.town import HOSTS, PASSWORD, SETTINGS, Browser, Town, new_email, opened_town
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from commonbook.identity.sealing import Seal
from commonbook.notice import mail
from commonbook.notice.delivery import deliver_due
from commonbook.notice.mail import Letterhead
from commonbook.people import challenges, directory, opening, throttle
from commonbook.people.throttle import Party
from commonbook.settings import MailSettings
from commonbook.storage.database import open_database
from commonbook.storage.schema import REVISION
from commonbook.storage.tables import people as tables
from commonbook.storage.tables.notices import mails

AURORA = 1


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tables.db'}"
        return
    with fresh_schema(request.getfixturevalue("server")) as found:
        yield found


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[Town]:
    with opened_town(tmp_path / "data", msgspec.structs.replace(SETTINGS, database_url=url)) as found:
        yield found


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


def again_and_again(database: Any, work: Callable[[Connection], Any]) -> Any:
    for _ in range(50):
        try:
            with database.begin() as connection:
                return work(connection)
        except IntegrityError:
            continue
    raise AssertionError("never")


def test_a_person_goes_the_whole_way(town: Town) -> None:
    member = town.member()
    member.set_up_totp()
    begun = member.post("/account/v1/second-factors/passkeys/begin")
    made = SoftPasskey(f"http://{HOSTS[AURORA]}", "aurora.localhost")
    member.post(
        "/account/v1/second-factors/passkeys", {"begun": begun["begun"], "passkey": made.made(begun["options"])}
    )
    browser = town.browser()
    asked = browser.login(member.email)
    browser.post("/account/v1/login/second", {"login": asked["login"], "passkey": made.shown(asked["passkey"])})
    key = {"label": "bot", "passphrase": "Suite-42-x", "permissions": ["read_only"]}
    api_key = member.post("/account/v1/keys", key)["api_key"]
    town.browser().post("/account/v1/recovery", {"email": member.email})
    assert len(browser.get("/account/v1/sessions")) == 2
    member.delete(f"/account/v1/keys/{api_key}")
    member.post("/account/v1/erase")
    assert [one.kind for one in town.mails(member.email)] == ["erased"]
    for table in (tables.totps, tables.passkeys, tables.recovery_codes, tables.devices, tables.recoveries):
        assert town.rows(f"SELECT * FROM {table.name}") == []


def test_sixteen_confirmations_of_one_sign_up_make_one_user(town: Town) -> None:
    email, browsers = new_email(), [town.browser() for _ in range(16)]
    handle = browsers[0].post("/account/v1/sign-up", {"email": email, "password": PASSWORD})["sign_up"]
    body = {"sign_up": handle, "code": town.code(email)}
    # Five tries are all that a code has, and each of these is one.
    answers = town.together([one.send("POST", "/account/v1/sign-up/confirm", body) for one in browsers])
    assert sorted(one.status_code for one in answers) == [200] + [409] * 15
    assert town.rows("SELECT count(*) FROM users")[0][0] == 1
    assert town.rows("SELECT count(*) FROM account_openings WHERE opened")[0][0] == 1


def test_eight_users_of_one_address_at_once_are_one(url: str) -> None:
    database, seal = open_database(url), Seal(bytes(32))

    def add() -> Any:
        with database.begin() as connection:
            return directory.add(connection, seal, AURORA, "one@example.com", "x")

    results = at_once(8, add)
    assert len([one for one in results if isinstance(one, directory.User)]) == 1
    assert {type(one).__name__ for one in results} <= {"User", "IntegrityError", "Declined"}
    database.dispose()


def test_account_numbers_taken_at_once_are_different_and_stay(url: str) -> None:
    database = open_database(url)
    users = iter(range(1, 100))

    def take() -> int:
        user = next(users)
        taken: int = again_and_again(database, lambda connection: opening.reserve(connection, user))
        return taken

    taken = at_once(8, take)
    assert sorted(taken) == list(range(opening.FIRST_ACCOUNT, opening.FIRST_ACCOUNT + 8))
    with database.begin() as connection:
        assert opening.reserve(connection, 1) in taken
        assert opening.reserve_another(connection, 1) == opening.FIRST_ACCOUNT + 8
    database.dispose()


def test_failures_at_once_are_counted_one_by_one(url: str) -> None:
    database = open_database(url)
    party = Party("somebody", 5, 600, 900)
    now_ns = 10**18
    results = at_once(
        16, lambda: again_and_again(database, lambda connection: throttle.enter(connection, party, now_ns))
    )
    assert results.count(True) == 6  # five are free, and the sixth locks
    with database.begin() as connection:
        assert not throttle.enter(connection, party, now_ns + 600 * 10**9 - 1)
        assert throttle.enter(connection, party, now_ns + 600 * 10**9)
        throttle.forget(connection, party)
        assert throttle.enter(connection, party, now_ns)
        assert throttle.enter(connection, party, now_ns + throttle.FORGOTTEN_NS)
        assert connection.execute(text("SELECT failures FROM throttles")).scalar() == 1  # a day later
    database.dispose()


def test_a_challenge_is_spent_by_one(url: str) -> None:
    database, seal = open_database(url), Seal(bytes(32))
    with database.begin() as connection:
        handle = challenges.issue(connection, seal, challenges.LOGIN, AURORA, 60, code="123456")

    def spend() -> bool:
        with database.begin() as connection:
            return challenges.spend(connection, handle)

    assert sorted(at_once(8, spend)) == [False] * 7 + [True]
    database.dispose()


def test_tries_of_a_code_at_once_are_no_more_than_it_has(url: str) -> None:
    database, seal = open_database(url), Seal(bytes(32))
    with database.begin() as connection:
        handle = challenges.issue(connection, seal, challenges.SIGN_UP, AURORA, 60, code="123456")

    def guess() -> bool:
        with database.begin() as connection:
            return challenges.try_code(connection, seal, challenges.SIGN_UP, AURORA, handle, "123456", 5)

    assert at_once(16, guess).count(True) == 5
    database.dispose()


def test_mails_are_claimed_once_by_many(url: str) -> None:
    database, seal = open_database(url), Seal(bytes(32))
    head = Letterhead(AURORA, "Aurora", "no-reply@aurora.example")
    with database.begin() as connection:
        for number in range(10):
            mail.write(connection, seal, head, f"user{number}@example.com", "en", "recovery-stopped")
    away = MailSettings(smtp_url="smtp://127.0.0.1:1", timeout_s=1, retry_s=600)
    assert sum(at_once(4, lambda: deliver_due(database, seal, away))) == 10
    with database.connect() as connection:
        assert {tuple(row) for row in connection.execute(text("SELECT state, tries FROM mails"))} == {("waiting", 1)}
    database.dispose()


def test_a_database_of_the_migration_before_gets_what_is_new(url: str) -> None:
    first = open_database(url)
    new = (
        *(tables.person_aliases, tables.account_openings, tables.challenges, tables.throttles, tables.totps),
        *(tables.recovery_codes, tables.passkeys, tables.devices, tables.recoveries, mails),
    )
    with first.begin() as connection:
        on_table = "" if first.dialect.name == "sqlite" else " ON users"
        connection.execute(text(f"DROP TRIGGER users_counted{on_table}"))
        connection.execute(text("ALTER TABLE users DROP COLUMN withdrawals_from_ns"))
        for table in new:
            table.drop(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    first.dispose()
    second = open_database(url)
    with second.begin() as connection:
        assert {table.name for table in new} <= set(inspect(connection).get_table_names())
        user = directory.add(connection, Seal(bytes(32)), AURORA, "one@example.com", "x")
        assert user.withdrawals_from_ns == 0
        before = connection.execute(text("SELECT count FROM key_changes")).scalar_one()
        directory.change(connection, user.id, language="es")
        directory.lock_withdrawals(connection, user.id, 5)
        directory.lock_withdrawals(connection, user.id, 3)
        assert directory.find(connection, user.id).withdrawals_from_ns == 5
        assert connection.execute(text("SELECT count FROM key_changes")).scalar_one() > before
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == REVISION
    second.dispose()


def test_a_browser_types_what_it_likes(town: Town) -> None:
    browser: Browser = town.browser()
    for body in ("", "[]", "{", '{"email": 1}', '{"email":"a@example.com","password":"x","more":1}', "\x00"):
        answer = town.run(_raw(town, browser, body))
        assert (answer[0], re.search("Traceback", answer[1])) == (400, None)


async def _raw(town: Town, browser: Browser, body: str) -> tuple[int, str]:

    transport = httpx.ASGITransport(town.apps[0], client=(browser.address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{browser.host}") as http:
        answer = await http.post("/account/v1/login", content=body, headers={"content-type": "application/json"})
    return answer.status_code, answer.text
