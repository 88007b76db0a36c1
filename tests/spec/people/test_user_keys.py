"""A user's API keys, and keys that lapse. PE-11 of docs/rules/people.md, I-14 and I-16 of docs/rules/identity.md."""

import asyncio
import base64
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from spec.people.town import AURORA, PASSWORD, SETTINGS, Browser, Town, opened_town

from commonbook.administration.roles import Role
from commonbook.gateway.noting import note_uses
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.horizon import Horizons
from commonbook.identity.model import Credential, Denial, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator, Request, change_key, create_key, timestamp_ms
from commonbook.identity.uses import IDLE_NS
from commonbook.instrument.accounts import subaccount
from commonbook.storage.database import open_database

NOTHING: Any = None
KEYS = "/account/v1/keys"
PASSPHRASE = "Suite-42-x"
HOUR_NS = 3_600 * 10**9


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def made(browser: Browser, *permissions: str, ip_list: tuple[str, ...] = (), label: str = "bot") -> dict[str, Any]:
    body = {"label": label, "passphrase": PASSPHRASE, "permissions": permissions, "ip_list": ip_list}
    found: dict[str, Any] = browser.post(KEYS, body)
    return found


def ask(
    authenticator: Authenticator, key: dict[str, Any], permission: Permission | None = Permission.READ
) -> Credential | Denial:
    """A signed request, as of this moment."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.{time.time_ns() // 10**6 % 1_000:03}Z"
    target = f"/api/v5/account/balance?x={time.perf_counter_ns()}".encode()
    signed = hmac.digest(key["api_secret"].encode(), now.encode() + b"GET" + target, "sha256")
    request = Request(
        key=key["api_key"],
        signature=base64.b64encode(signed).decode(),
        timestamp=now,
        passphrase=PASSPHRASE,
        method="GET",
        target=target,
        body=b"",
        client_ip="203.0.113.7",
        read_time=timestamp_ms,
    )
    return authenticator.authenticate(request, permission, time.time_ns() // 10**6)


def looked_anew(town: Town) -> Authenticator:
    """The gateway's, as it is a second later."""
    authenticator = town.desk.door.authenticator
    authenticator._looked = 0.0
    return authenticator


def test_pe11_a_key_acts_for_its_users_account(town: Town) -> None:
    member = town.member()
    key = made(member, "read_only", "trade", ip_list=("203.0.113.7", "2001:DB8::1"))
    found = ask(looked_anew(town), key)
    assert isinstance(found, Credential)
    assert (found.account, found.user, found.brand) == (member.account, member.user, AURORA)
    (told,) = member.get(KEYS)
    assert (told["label"], told["permissions"]) == ("bot", ["read_only", "trade"])
    assert (told["ip_list"], told["lapses_ns"]) == (["203.0.113.7", "2001:db8::1"], "")
    assert key["api_secret"] not in str(told)
    (mail,) = town.mails(member.email, "key-made")
    assert "read_only, trade" in mail.body
    assert key["api_secret"] not in mail.body
    (logged,) = town.rows("SELECT act, details FROM audit_log WHERE subject = :key", key=f"key:{key['api_key']}")
    assert (logged.act, logged.details) == ("make key", '{"permissions":["read_only","trade"]}')


def test_pe11_making_one_needs_a_factor_shown_lately_and_a_browser(town: Town) -> None:
    member = town.member()
    town.set("UPDATE web_sessions SET proved_ns = 1 WHERE user_id = :user", user=member.user)
    body = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only"]}
    assert member.refused("POST", KEYS, body) == "second_factor_needed"
    member.post("/account/v1/prove", {"password": PASSWORD})
    member.post(KEYS, body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"passphrase": "too-plain"},
        {"permissions": []},
        {"permissions": ["everything"]},
        {"label": ""},
        {"label": "x" * 51},
        {"ip_list": ["nowhere"]},
        {"ip_list": ["10.0.0.1"] * 21},
        {"account": "1"},
    ],
)
def test_pe11_what_cannot_be_read_makes_no_key(town: Town, wrong: dict[str, Any]) -> None:
    member = town.member()
    body = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only"]} | wrong
    assert member.refused("POST", KEYS, body) == "bad_request"
    assert member.get(KEYS) == []


def test_pe11_a_key_is_changed_and_revoked_within_a_second(town: Town) -> None:
    member, stranger = town.member(), town.member()
    key = made(member, "read_only")
    path = f"{KEYS}/{key['api_key']}"
    assert stranger.refused("PATCH", path, {"label": "mine"}) == "no_such_key"
    assert stranger.refused("DELETE", path) == "no_such_key"
    assert member.refused("PATCH", path, {"permissions": ["manage"]}) == "not_permitted"
    assert member.patch(path, {"permissions": ["trade"], "label": "new"})["label"] == "new"
    assert ask(looked_anew(town), key) is Denial.NOT_PERMITTED
    member.delete(path)
    assert ask(looked_anew(town), key) is Denial.UNKNOWN_KEY
    assert member.refused("DELETE", path) == "no_such_key"
    assert [one.kind for one in town.mails(member.email)][-2:] == ["key-changed", "key-revoked"]


def test_pe11_a_user_sees_keys_that_the_host_has_made_for_the_account(town: Town) -> None:
    member = town.member()
    new = town.write(
        lambda connection: create_key(
            connection, town.seal, member.account, AURORA, frozenset({Permission.TRADE}), "by the host"
        )
    )
    assert [one["label"] for one in member.get(KEYS)] == ["by the host"]
    member.delete(f"{KEYS}/{new.api_key}")
    assert member.get(KEYS) == []


def test_pe11_only_who_has_a_role_has_a_key_that_manages_and_who_has_no_account_has_no_other(town: Town) -> None:
    host, member = town.staff(0, Role.OWNER), town.member()
    body = {"label": "bot", "passphrase": PASSPHRASE}
    assert member.refused("POST", KEYS, body | {"permissions": ["manage"]}) == "not_permitted"
    for permission in ("read_only", "trade", "withdraw"):
        assert host.refused("POST", KEYS, body | {"permissions": ["manage", permission]}) == "not_permitted"
    key = made(host, "manage")
    found = ask(looked_anew(town), key, Permission.MANAGE)
    assert isinstance(found, Credential)
    assert (found.account, found.brand) == (0, 0)


def test_pe11_a_user_has_so_many_keys_and_no_more(town: Town) -> None:
    member = town.member()
    keys = SETTINGS.gateway.keys
    for _ in range(keys):
        made(member, "read_only")
    body = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only"]}
    assert member.refused("POST", KEYS, body) == "too_many_keys"


# -- lapsing ----------------------------------------------------------------------------------------------------------


def aged(town: Town, key: dict[str, Any], by_ns: int) -> None:
    """As if so much time had passed since it was made and used."""
    town.set("UPDATE api_keys SET created_ns = created_ns - :by WHERE api_key = :key", by=by_ns, key=key["api_key"])
    town.set("UPDATE key_uses SET used_ns = used_ns - :by WHERE api_key = :key", by=by_ns, key=key["api_key"])


@pytest.mark.parametrize(
    ("permissions", "ip_list", "lapses"),
    [
        (("trade",), (), True),
        (("withdraw",), (), True),
        (("read_only", "trade"), (), True),
        (("read_only",), (), False),
        (("trade",), ("203.0.113.7",), False),
    ],
)
def test_i14_a_key_that_trades_or_withdraws_from_anywhere_lapses_after_fourteen_idle_days(
    town: Town, permissions: tuple[str, ...], ip_list: tuple[str, ...], lapses: bool
) -> None:
    member = town.member()
    key = made(member, *permissions, ip_list=ip_list)
    permission = Permission(permissions[0])
    aged(town, key, IDLE_NS - HOUR_NS)
    assert isinstance(looked_anew(town).find(key["api_key"]), Credential)
    assert member.get(KEYS) != []
    aged(town, key, 2 * HOUR_NS)
    assert (ask(looked_anew(town), key, permission) is Denial.UNKNOWN_KEY) is lapses
    assert (member.get(KEYS) == []) is lapses
    assert (member.ask("PATCH", f"{KEYS}/{key['api_key']}", {"label": "again"}).status_code == 404) is lapses


@pytest.mark.parametrize("change", [{"ip_list": ["203.0.113.7"]}, {"permissions": ["read_only"]}, {"label": "again"}])
def test_i14_nothing_brings_a_key_back_that_has_lapsed(town: Town, change: dict[str, Any]) -> None:
    member = town.member()
    key = made(member, "read_only", "trade")
    aged(town, key, IDLE_NS)
    assert member.refused("PATCH", f"{KEYS}/{key['api_key']}", change) == "no_such_key"
    account = member.account
    ways: list[dict[str, Any]] = [{"ip_list": ("203.0.113.7",)}, {"permissions": frozenset({Permission.READ})}]
    for way in ways:  # as the master of a sub-account changes its keys
        assert town.write(partial(change_key, account=account, api_key=key["api_key"], **way)) is False
    assert ask(looked_anew(town), key) is Denial.UNKNOWN_KEY
    assert town.write(partial(change_key, account=account, api_key=key["api_key"], revoked=True)) is True


def test_i14_a_use_is_written_down_at_most_once_an_hour_and_keeps_the_key(town: Town) -> None:
    member, authenticator = town.member(), looked_anew(town)
    key = made(member, "trade")
    authenticator.take_used()  # what others have used
    ask(authenticator, key, Permission.TRADE)
    used = authenticator.take_used()
    assert set(used.keys) == {key["api_key"]}
    town.write(used.write)
    ask(authenticator, key, Permission.TRADE)
    assert authenticator.take_used().keys == {}
    aged(town, key, IDLE_NS - HOUR_NS)
    looked_anew(town)
    town.set("UPDATE api_keys SET label = 'changed' WHERE api_key = :key", key=key["api_key"])
    ask(authenticator, key, Permission.TRADE)
    used = authenticator.take_used()
    town.write(used.write)
    aged(town, key, 2 * HOUR_NS)
    town.set("UPDATE api_keys SET label = 'once more' WHERE api_key = :key", key=key["api_key"])
    assert isinstance(ask(looked_anew(town), key, Permission.TRADE), Credential)


def test_i14_a_use_that_is_not_written_down_yet_keeps_the_key_as_well(town: Town) -> None:
    member, authenticator = town.member(), looked_anew(town)
    key, other = made(member, "trade"), made(member, "trade")
    aged(town, key, IDLE_NS - 60 * 10**9)
    assert isinstance(ask(looked_anew(town), key, Permission.TRADE), Credential)
    aged(town, key, 120 * 10**9)  # what is written says that it has lapsed
    for _ in range(2):  # the second time the gateway has forgotten it, as it was not asked for since the look before
        town.set("UPDATE api_keys SET label = label || '!' WHERE api_key = :key", key=other["api_key"])
        looked_anew(town).find(other["api_key"])
    assert isinstance(ask(authenticator, key, Permission.TRADE), Credential)


def test_i14_uses_are_written_beside_the_requests_by_a_task_of_the_gateway(town: Town) -> None:
    member, authenticator = town.member(), looked_anew(town)
    key = made(member, "trade")
    ask(authenticator, key, Permission.TRADE)

    async def note_for_a_moment() -> None:
        noting = asyncio.ensure_future(note_uses(authenticator, town.desk.database, 0.005))
        for _ in range(400):
            await asyncio.sleep(0.005)
            if town.rows("SELECT * FROM key_uses WHERE api_key = :key", key=key["api_key"]):
                break
        noting.cancel()

    town.run(note_for_a_moment())
    (row,) = town.rows("SELECT used_ns FROM key_uses WHERE api_key = :key", key=key["api_key"])
    assert abs(time.time_ns() - row.used_ns) < 60 * 10**9
    (told,) = member.get(KEYS)
    assert (int(told["used_ns"]), int(told["lapses_ns"])) == (row.used_ns, row.used_ns + IDLE_NS)


def test_i14_who_cannot_sign_keeps_no_key_from_lapsing(town: Town) -> None:
    member, authenticator = town.member(), looked_anew(town)
    key = made(member, "trade")
    authenticator.take_used()
    assert ask(authenticator, key | {"api_secret": "wrong"}, Permission.TRADE) is Denial.BAD_SIGNATURE
    assert authenticator.take_used().keys == {}


def test_i14_a_use_at_another_gateway_counts(town: Town) -> None:
    other = town.desks[town.open_gateway()].door.authenticator
    member = town.member()
    key = made(member, "trade")
    assert isinstance(ask(looked_anew(town), key, Permission.TRADE), Credential)
    town.desk.door.authenticator.take_used()  # was lost with this gateway
    aged(town, key, IDLE_NS - HOUR_NS)
    ask(other, key, Permission.TRADE)
    used = other.take_used()
    town.write(used.write)
    known = town.desk.door.authenticator._known[key["api_key"]]
    known.lapses_ns = 1  # as this gateway remembers it, two hours later
    assert isinstance(ask(town.desk.door.authenticator, key, Permission.TRADE), Credential)


# -- what a user's standing does to keys and sessions -----------------------------------------------------------------


def test_i16_after_a_reset_no_key_withdraws_for_a_day_not_even_a_sub_accounts(town: Town) -> None:
    member = town.member()
    keys = [made(member, "read_only", "withdraw")]
    for account in (member.account, subaccount(member.account, 1)):
        whose: dict[str, Any] = {
            "seal": town.seal,
            "account": account,
            "brand": AURORA,
            "label": "old",
            "passphrase": PASSPHRASE,
        }
        new = town.write(partial(create_key, permissions=frozenset(Permission), **whose))
        keys.append({"api_key": new.api_key, "api_secret": new.api_secret})
    for key in keys:
        assert isinstance(ask(looked_anew(town), key, Permission.WITHDRAW), Credential)
    later = time.time_ns() + HOUR_NS
    town.set("UPDATE users SET withdrawals_from_ns = :later WHERE user_id = :user", later=later, user=member.user)
    for key in keys:
        assert ask(looked_anew(town), key, Permission.WITHDRAW) is Denial.WITHDRAWALS_LOCKED
        assert isinstance(ask(looked_anew(town), key, Permission.READ), Credential)
    body = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["withdraw"]}
    assert member.refused("POST", KEYS, body) == "withdrawals_locked"
    town.set("UPDATE users SET withdrawals_from_ns = 1 WHERE user_id = :user", user=member.user)
    assert isinstance(ask(looked_anew(town), keys[0], Permission.WITHDRAW), Credential)


@pytest.mark.parametrize("state", ["locked", "closed"])
def test_pe12_who_is_locked_or_closed_has_no_key_and_no_session(town: Town, state: str) -> None:
    member = town.member()
    key = made(member, "read_only")
    session = town.desk.door.authenticator.session(member.token, "", False, Permission.READ)
    assert isinstance(session, Credential)
    town.set("UPDATE users SET state = :state WHERE user_id = :user", state=state, user=member.user)
    authenticator = looked_anew(town)
    authenticator._sessions.clear()
    assert ask(authenticator, key) is Denial.UNKNOWN_KEY
    assert authenticator.session(member.token, "", False, Permission.READ) is Denial.NO_SESSION
    assert not authenticator.is_current(session)
    assert member.refused("GET", "/account/v1/me") == "sign_in"
    town.set("UPDATE users SET state = 'active' WHERE user_id = :user", user=member.user)
    assert isinstance(ask(looked_anew(town), key), Credential)


def test_pe12_a_change_of_standing_is_counted_as_a_change_of_keys(town: Town) -> None:
    member = town.member()

    def count() -> int:
        return int(town.rows("SELECT count FROM key_changes")[0][0])

    before = count()
    town.set("UPDATE users SET language = 'es' WHERE user_id = :user", user=member.user)
    assert count() == before
    town.set("UPDATE users SET state = 'locked' WHERE user_id = :user", user=member.user)
    assert count() == before + 1


# -- keys of the simulated venue --------------------------------------------------------------------------------------


@dataclass
class SimulatedHere:
    """The simulated venue's tables and door beside the town's, as a gateway has them."""

    simulated_door: Any


@pytest.fixture
def simulated(town: Town, tmp_path: Path) -> Iterator[SimulatedHere]:
    database = open_database(f"sqlite:///{tmp_path / 'simulated.db'}")
    horizons = Horizons(tmp_path / "horizons.json", 0)
    authenticator = Authenticator(database, Seal.open(tmp_path), horizons, 30_000, 0, people=town.desk.database)
    door = Door(NOTHING, database, town.desk.venue, authenticator, town.settings.gateway, NOTHING, NOTHING)
    here = SimulatedHere(door)
    object.__setattr__(town.desk, "environments", here)
    yield here
    object.__setattr__(town.desk, "environments", None)
    database.dispose()


def looked_anew_at(simulated: SimulatedHere) -> Authenticator:
    found: Authenticator = simulated.simulated_door.authenticator
    found._looked = 0.0
    return found


def made_simulated(member: Browser, *permissions: str) -> dict[str, Any]:
    body = {
        "label": "game",
        "passphrase": PASSPHRASE,
        "permissions": permissions or ("read_only", "trade"),
        "simulated": True,
    }
    found: dict[str, Any] = member.post(KEYS, body)
    return found


def test_s5_a_user_makes_changes_and_revokes_keys_of_the_simulated_venue(town: Town, simulated: SimulatedHere) -> None:
    member = town.member()
    key = made_simulated(member)
    found = ask(looked_anew_at(simulated), key)
    assert isinstance(found, Credential)
    assert (found.account, found.user, found.brand) == (member.account, member.user, AURORA)
    assert ask(looked_anew(town), key) is Denial.UNKNOWN_KEY  # S-1: a key is of one venue
    assert member.get(KEYS) == []
    (told,) = member.get(f"{KEYS}?simulated=true")
    assert (told["label"], told["simulated"]) == ("game", True)
    assert len(town.mails(member.email, "key-made")) == 1
    changed = member.patch(f"{KEYS}/{key['api_key']}?simulated=true", {"label": "chess"})
    assert (changed["label"], changed["simulated"]) == ("chess", True)
    assert member.refused("DELETE", f"{KEYS}/{key['api_key']}") == "no_such_key"  # none of the live venue
    member.delete(f"{KEYS}/{key['api_key']}?simulated=true")
    assert ask(looked_anew_at(simulated), key) is Denial.UNKNOWN_KEY
    acts = town.rows("SELECT act FROM audit_log WHERE subject = :key", key=f"key:{key['api_key']}")
    assert [act for (act,) in acts] == ["make key", "change key", "revoke key"]


def test_s3_who_is_locked_has_no_simulated_key_either(town: Town, simulated: SimulatedHere) -> None:
    member = town.member()
    key = made_simulated(member)
    with simulated.simulated_door.database.begin() as connection:
        by_host = create_key(
            connection, looked_anew_at(simulated).seal, member.account, AURORA, frozenset(Permission), "by the host"
        )
    assert isinstance(ask(looked_anew_at(simulated), key), Credential)
    town.set("UPDATE users SET state = 'locked' WHERE user_id = :user", user=member.user)
    assert ask(looked_anew_at(simulated), key) is Denial.UNKNOWN_KEY
    assert looked_anew_at(simulated).find(by_host.api_key) is None
    town.set("UPDATE users SET state = 'active' WHERE user_id = :user", user=member.user)
    assert isinstance(ask(looked_anew_at(simulated), key), Credential)
    assert looked_anew_at(simulated).find(by_host.api_key) is not None


def test_s5_a_simulated_key_manages_nothing_and_needs_a_simulated_venue(town: Town, simulated: SimulatedHere) -> None:
    member = town.member()
    body = {"label": "game", "passphrase": PASSPHRASE, "permissions": ["manage"], "simulated": True}
    assert member.refused("POST", KEYS, body) == "bad_request"
    simulated.simulated_door = None
    assert member.refused("POST", KEYS, body | {"permissions": ["trade"]}) == "no_such_venue"
    assert member.refused("GET", f"{KEYS}?simulated=true") == "no_such_venue"
