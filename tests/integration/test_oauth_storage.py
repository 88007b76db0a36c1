"""OAuth's tables on SQLite and on PostgreSQL: the same statements, the same races, one outcome. O-5 to O-8, O-13."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from integration.postgres import fresh_schema
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from commonbook.gateway.okx_v5.oauth import TOKEN, WithTokens
from commonbook.identity.model import Bearer, CredentialKind, Denial, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import hash_of
from commonbook.identity.tokens import LIVE, KnownTokens, admit_token, load_tokens
from commonbook.oauth import clients, fast_keys, grants, held
from commonbook.oauth.clients import Wish
from commonbook.oauth.fast_keys import KeyWish
from commonbook.oauth.model import ClientKind, Code, Fault, NewClient, Scope
from commonbook.oauth.protocol import Answer, Request
from commonbook.people import directory
from commonbook.settings import Settings
from commonbook.storage.database import open_database
from commonbook.storage.tables.oauth import oauth_changes, oauth_grants, oauth_keys
from commonbook.units import RateE8

REDIRECT, VERIFIER, SERVER = "https://app.example/done", "v" * 43, "203.0.113.7"
BROKER, BRAND, ACCOUNT = 1, 1, 5_001
BOTH = "read_only,trade"


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
def seal(tmp_path: Path) -> Seal:
    return Seal.open(tmp_path)


@pytest.fixture
def user(database: Engine, seal: Seal) -> int:
    with database.begin() as connection:
        return directory.add(connection, seal, BRAND, "a@example.com", "", state="active", account=ACCOUNT).id


@pytest.fixture
def client(database: Engine) -> NewClient:
    wish = Wish("Northstar bots", (REDIRECT,), frozenset(Scope), (SERVER,), RateE8(40_000_000))
    with database.begin() as connection:
        return clients.register(connection, BROKER, ClientKind.SECRET, wish)


def asked(database: Engine, body: dict[str, str]) -> Answer:
    """What the token endpoint answers."""
    app = WithTokens(database, Settings(), None)  # type: ignore[arg-type]
    return app._asked(TOKEN, Request(list(body.items()), address=SERVER), "https://north.example")[0]


def code_for(database: Engine, client: NewClient, user: int, scope: str = BOTH) -> str:
    challenge, until_ns = create_s256_code_challenge(VERIFIER), time.time_ns() + 60 * 10**9
    code = Code(client.client_id, user, ACCOUNT, BRAND, REDIRECT, scope, challenge, "", RateE8(40_000_000), until_ns)
    with database.begin() as connection:
        return grants.issue_code(connection, code)


def exchange(database: Engine, client: NewClient, code: str) -> Answer:
    body = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    return asked(database, body | {"client_id": client.client_id, "client_secret": client.client_secret})


def refresh(database: Engine, client: NewClient, token: str) -> Answer:
    body = {"grant_type": "refresh_token", "refresh_token": token}
    return asked(database, body | {"client_id": client.client_id, "client_secret": client.client_secret})


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
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


def states(database: Engine) -> list[tuple[str, str]]:
    with database.connect() as connection:
        rows = connection.execute(select(oauth_grants.c.state, oauth_grants.c.why).order_by(oauth_grants.c.grant_id))
        return [(row.state, row.why) for row in rows]


def test_a_token_goes_through_its_life(database: Engine, client: NewClient, user: int) -> None:
    first = exchange(database, client, code_for(database, client, user)).body
    second = refresh(database, client, first["refresh_token"]).body
    hashes = [hash_of(one["access_token"]) for one in (first, second)]
    with database.connect() as connection:
        found = load_tokens(connection, [*hashes, "nothing"])
        assert set(found) == set(hashes)
        old, new = (found[one] for one in hashes)
        assert admit_token(old, SERVER, "", None, time.time_ns()) is Denial.TOKEN_REVOKED
        assert admit_token(new, "198.51.100.1", "", None, time.time_ns()) is Denial.WRONG_ADDRESS
        assert admit_token(new, SERVER, "", Permission.WITHDRAW, time.time_ns()) is Denial.OUT_OF_SCOPE
        let_in = admit_token(new, SERVER, "", Permission.TRADE, time.time_ns())
        assert not isinstance(let_in, Denial)
        assert (let_in.kind, let_in.account, let_in.user) == (CredentialKind.TOKEN, ACCOUNT, user)
        [mine] = held.held_of(connection, user, time.time_ns())
    assert mine.client.id == client.client_id
    assert mine.scopes == frozenset({Scope.READ, Scope.TRADE})
    assert mine.cap_e8 == 40_000_000
    with database.begin() as connection:
        assert held.cancel(connection, user, client.client_id, time.time_ns())
        assert not held.cancel(connection, user, client.client_id, time.time_ns())
    assert states(database) == [("canceled", "user")]
    assert refresh(database, client, second["refresh_token"]).fault is Fault.REVOKED


def test_of_many_at_once_one_at_the_most_has_a_code(database: Engine, client: NewClient, user: int) -> None:
    code = code_for(database, client, user)
    answers = at_once(8, lambda: exchange(database, client, code))
    assert sorted(one.status for one in answers) == [200] + [400] * 7
    assert {one.fault for one in answers if one.status == 400} == {Fault.CODE_OVER}
    assert states(database) == [("revoked", "reuse")]


def test_of_many_at_once_one_at_the_most_has_a_refresh_token(database: Engine, client: NewClient, user: int) -> None:
    token = exchange(database, client, code_for(database, client, user)).body["refresh_token"]
    answers = at_once(8, lambda: refresh(database, client, token))
    assert [one.status for one in answers].count(200) == 1
    assert {one.fault for one in answers if one.status == 400} == {Fault.REVOKED}
    assert states(database) == [("revoked", "reuse")]


def test_grants_that_begin_at_once_have_numbers_of_their_own(database: Engine, client: NewClient, user: int) -> None:
    codes = iter([code_for(database, client, user) for _ in range(8)])
    lock = threading.Lock()

    def one() -> Answer:
        with lock:
            code = next(codes)
        return exchange(database, client, code)

    answers = at_once(8, one)
    assert [one.status for one in answers] == [200] * 8
    with database.connect() as connection:
        numbers = connection.execute(select(oauth_grants.c.credential)).scalars().all()
    assert len(set(numbers)) == 8
    assert min(numbers) > 3 << 30


def test_a_user_has_one_fast_key_of_a_broker(database: Engine, client: NewClient, user: int, seal: Seal) -> None:
    wish = KeyWish("bot", "Secret-42", frozenset({Permission.READ}), (SERVER,), True)
    bearer = Bearer(client.client_id, BROKER, user, "", True)

    def make(connection: Connection) -> Any:
        return fast_keys.make(connection, seal, bearer, (3 << 30) + 1, ACCOUNT, BRAND, wish)

    def again_and_again() -> Any:
        while True:
            try:
                with database.begin() as connection:
                    return make(connection)
            except IntegrityError:
                continue

    made = at_once(6, again_and_again)
    assert sum(one is not None for one in made) == 1
    with database.begin() as connection:
        fast_keys.bind_anew(connection, client.client_id, ("198.51.100.1",))
        assert connection.execute(text("SELECT ip_list FROM api_keys")).scalars().all() == ["198.51.100.1"]
        assert fast_keys.delete_of(connection, user, BROKER)
        assert not fast_keys.delete_of(connection, user, BROKER)
        assert make(connection) is not None
        assert connection.execute(select(oauth_keys.c.live).order_by(oauth_keys.c.live)).scalars().all() == [
            False,
            True,
        ]


def test_no_key_outlives_what_it_was_made_with(database: Engine, client: NewClient, user: int, seal: Seal) -> None:
    """O-13: of a key that is made while the user takes everything back, none is left, whoever comes first."""
    wish = KeyWish("bot", "Secret-42", frozenset({Permission.READ}), (SERVER,), True)
    bearer = Bearer(client.client_id, BROKER, user, "", True)
    for _ in range(5):
        exchange(database, client, code_for(database, client, user, "fast_api"))
        with database.connect() as connection:
            credential = connection.execute(select(func.max(oauth_grants.c.credential))).scalar_one()

        def make(credential: int = credential) -> None:
            with database.begin() as connection:
                if grants.hold(connection, credential) == LIVE:
                    fast_keys.make(connection, seal, bearer, credential, ACCOUNT, BRAND, wish)

        def cancel() -> None:
            with database.begin() as connection:
                held.cancel(connection, user, client.client_id, time.time_ns())

        works = iter((make, cancel))
        assert at_once(2, lambda works=works: next(works)()) == [None, None]  # type: ignore[misc]
        with database.connect() as connection:
            assert fast_keys.of_user(connection, user) == []


def test_whatever_takes_force_from_a_token_is_counted(database: Engine, client: NewClient, user: int) -> None:
    def count() -> int:
        with database.connect() as connection:
            return int(connection.execute(select(oauth_changes.c.count)).scalar_one())

    before = count()
    tokens = exchange(database, client, code_for(database, client, user)).body
    assert count() == before  # what is new takes nothing
    refresh(database, client, tokens["refresh_token"])
    after_refresh = count()
    assert after_refresh > before
    with database.begin() as connection:
        held.cancel(connection, user, client.client_id, time.time_ns())
    after_cancel = count()
    assert after_cancel > after_refresh
    with database.begin() as connection:
        clients.disable(connection, client.client_id)
    assert count() > after_cancel


def test_tokens_in_use_are_read_anew_when_something_has_changed(database: Engine, client: NewClient, user: int) -> None:
    access = exchange(database, client, code_for(database, client, user)).body["access_token"]
    people_changes = [0]
    known = KnownTokens(database, 0.0, lambda: people_changes[0])

    def denied() -> Any:
        found = admit_token(known.named(access), SERVER, "", None, time.time_ns())
        return found if isinstance(found, Denial) else None

    assert denied() is None
    with database.begin() as connection:
        connection.execute(text("UPDATE users SET state = 'locked'"))
    assert denied() is None  # nobody has counted that yet
    people_changes[0] += 1
    assert denied() is Denial.ACCOUNT_FROZEN
    with database.begin() as connection:
        connection.execute(text("UPDATE users SET state = 'active'"))
        grants.end(connection, "canceled", "user", user=user)
    assert denied() is Denial.TOKEN_CANCELED


def test_what_is_long_over_is_forgotten(database: Engine, client: NewClient, user: int) -> None:
    exchange(database, client, code_for(database, client, user))
    with database.begin() as connection:
        connection.execute(text("UPDATE oauth_tokens SET expires_ns = 1"))
        connection.execute(text("UPDATE oauth_codes SET expires_ns = 1"))
    exchange(database, client, code_for(database, client, user))
    with database.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM oauth_tokens")).scalar_one() == 2
        assert connection.execute(text("SELECT COUNT(*) FROM oauth_codes")).scalar_one() == 1
