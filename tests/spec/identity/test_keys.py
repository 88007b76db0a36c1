"""Keys, signatures and times by themselves. docs/rules/identity.md; over HTTP: tests/conformance/okx_v5."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update

from commonbook.errors import OutsideFailure
from commonbook.identity.horizon import STEP_MS, Horizons
from commonbook.identity.model import Credential, Denial, NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator, Request, create_key, timestamp_ms
from commonbook.storage.database import open_database
from commonbook.storage.schema import api_keys

NOW_MS = 1_769_860_800_000  # 2026-01-31T12:00:00.000Z
WINDOW_MS = 30_000
SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
# openssl dgst -sha256 -hmac $SECRET -binary | base64, of timestamp, method, target and body one behind the other
SIGNATURE = "0JzoPkd4vEhbssGQdOc3ZDgtBKrLzLZwl/Y1ZgnFxI0="
REQUEST = Request(
    key="",
    signature=SIGNATURE,
    timestamp="2026-01-31T12:00:00.000Z",
    passphrase="",
    method="POST",
    target=b"/api/v5/trade/order?a=1%2C2",
    body=b'{"sz": "1"}',
    client_ip="127.0.0.1",
    read_time=timestamp_ms,
)


class Keys:
    """A key with a known secret, and whoever looks at requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seal = Seal.open(folder)
        self.database = open_database(f"sqlite:///{folder / 'keys.db'}")
        with self.database.begin() as connection:
            self.key: NewKey = create_key(connection, self.seal, 2_000, 1, frozenset(Permission), "mine")
            sealed = self.seal.seal(SECRET.encode(), self.key.api_key)
            connection.execute(update(api_keys).values(sealed_secret=sealed))
        self.request = replace(REQUEST, key=self.key.api_key, passphrase=self.key.api_passphrase)

    def start(self, started_ms: int = NOW_MS - 60_000) -> Authenticator:
        horizons = Horizons(self.folder / "keys" / "horizons.json", started_ms)
        return Authenticator(self.database, self.seal, horizons, WINDOW_MS, started_ms)

    def stored(self) -> str:
        with self.database.connect() as connection:
            return repr(connection.execute(select(api_keys)).all())


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    made = Keys(tmp_path)
    yield made
    made.database.dispose()


def ask(authenticator: Authenticator, request: Request, now_ms: int = NOW_MS) -> Credential | Denial:
    return authenticator.authenticate(request, Permission.TRADE, now_ms)


def test_i1_neither_secret_nor_passphrase_lies_in_the_database(keys: Keys) -> None:
    with keys.database.begin() as connection:
        new = create_key(connection, keys.seal, 2_001, 1, frozenset(Permission), "another")
    stored = keys.stored()
    assert new.api_key in stored
    assert new.api_secret not in stored
    assert new.api_passphrase not in stored


def test_i1_a_sealed_secret_opens_for_its_own_key_and_master_key_only(keys: Keys, tmp_path: Path) -> None:
    sealed = keys.seal.seal(b"secret", "key-1")
    assert keys.seal.unseal(sealed, "key-1") == b"secret"
    with pytest.raises(InvalidTag):
        keys.seal.unseal(sealed, "key-2")
    with pytest.raises(InvalidTag):
        Seal.open(tmp_path / "elsewhere").unseal(sealed, "key-1")


def test_i1_the_master_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    sealed = Seal.open(tmp_path).seal(b"secret", "key")
    file = tmp_path / "keys" / "master.key"
    assert len(file.read_bytes()) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Seal.open(tmp_path).unseal(sealed, "key") == b"secret"
    file.write_bytes(b"too short")
    with pytest.raises(OutsideFailure, match="is not a master key"):
        Seal.open(tmp_path)


def test_i3_the_signature_is_over_timestamp_method_target_and_body(keys: Keys) -> None:
    found = ask(keys.start(), keys.request)
    assert isinstance(found, Credential)
    assert (found.account, found.brand) == (2_000, 1)
    for changed in (
        replace(keys.request, timestamp="2026-01-31T12:00:00.001Z"),
        replace(keys.request, method="PUT"),
        replace(keys.request, target=b"/api/v5/trade/order?a=1,2"),  # the same query, spelled otherwise
        replace(keys.request, body=b'{"sz":"1"}'),  # the same object, spelled otherwise
        replace(keys.request, signature=SIGNATURE.rstrip("=")),
    ):
        assert ask(keys.start(), changed) is Denial.BAD_SIGNATURE


def test_i4_a_signature_works_once_for_as_long_as_it_could_be_fresh(keys: Keys) -> None:
    authenticator = keys.start()
    # Signed by a clock 30 s ahead, it is taken 30 s early and would be fresh until 30 s after.
    assert isinstance(ask(authenticator, keys.request, NOW_MS - WINDOW_MS), Credential)
    for later_ms in (NOW_MS - WINDOW_MS, NOW_MS, NOW_MS + WINDOW_MS):
        assert ask(authenticator, keys.request, later_ms) is Denial.REPLAYED
    assert ask(authenticator, keys.request, NOW_MS + WINDOW_MS + 1) is Denial.STALE


def test_i4_after_a_restart_what_was_signed_before_it_is_refused(keys: Keys) -> None:
    assert isinstance(ask(keys.start(), keys.request), Credential)
    assert ask(keys.start(NOW_MS + 1), keys.request, NOW_MS + 1) is Denial.REPLAYED


def test_i4_a_clock_ahead_does_not_carry_a_signature_over_a_restart(keys: Keys) -> None:
    # Taken ten seconds before the time it was signed with; the restart is five seconds before that time.
    assert isinstance(ask(keys.start(), keys.request, NOW_MS - 10_000), Credential)
    restarted = keys.start(NOW_MS - 5_000)
    assert ask(restarted, keys.request, NOW_MS) is Denial.REPLAYED


def test_i4_a_horizon_is_written_once_in_five_seconds_and_forgotten_when_it_is_past(tmp_path: Path) -> None:
    path = tmp_path / "horizons.json"
    first = Horizons(path, 0)
    first.cover(7, 100_000)
    written = path.read_text()
    first.cover(7, 100_000 + STEP_MS)
    assert path.read_text() == written
    assert not first.may_have_been_used(7, 100_000)  # this run knows the signatures themselves
    after = Horizons(path, 100_000 + STEP_MS)
    assert [after.may_have_been_used(7, ms) for ms in (100_000, 105_000, 105_001)] == [True, True, False]
    assert not after.may_have_been_used(8, 100_000)
    assert not Horizons(path, 105_001).may_have_been_used(7, 100_000)


def test_i4_a_horizon_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "horizons.json"
    path.write_text("{")
    with pytest.raises(OutsideFailure, match="cannot be read"):
        Horizons(path, 0)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-01-31T12:00:00.000Z", NOW_MS),
        ("2026-01-31T12:00:00.007Z", NOW_MS + 7),
        ("2026-01-31T12:00:00Z", NOW_MS),
        ("2026-01-31T12:00:00.000999Z", NOW_MS),
        ("2026-01-31T12:00:00.000", None),
        ("2026-01-31T14:00:00.000+02:00", None),
        ("2026-01-31T14:00:00.000+02:00Z", None),
        ("2026-02-30T12:00:00.000Z", None),
        ("1769860800000", None),
        ("1769860800.000Z", None),
        ("Z", None),
        ("\u0662026-01-31T12:00:00.000Z", None),
    ],
)
def test_i5_a_timestamp_is_iso_8601_in_utc(text: str, ms: int | None) -> None:
    assert timestamp_ms(text) == ms


def test_i5_thirty_seconds_are_fresh_and_a_millisecond_more_is_stale(keys: Keys) -> None:
    for off, fresh in ((-30_000, True), (30_000, True), (-30_001, False), (30_001, False)):
        found = ask(keys.start(), keys.request, NOW_MS + off)
        assert (found is not Denial.STALE) is fresh
