"""What is kept of people, where, and that it can be erased. PE-15 of docs/rules/people.md."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spec.people.town import AURORA, BOREALIS, USDT, Browser, Town, new_email, opened_town
from sqlalchemy import text

from commonbook.administration.roles import Role
from commonbook.exchange import Exchange
from commonbook.people import directory
from commonbook.records import CommandKind, KillScope, OrderType, Side, commands, words
from commonbook.settings import Settings
from commonbook.storage.tables import metadata

ERASE, USERS = "/account/v1/erase", "/partner/v1/users"
UNIT = 10**8


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with opened_town(tmp_path) as found:
        yield found


def telling(town: Town) -> tuple[Browser, list[str]]:
    """A user with something of everything, and what must be found nowhere in clear."""
    email = f"tell.tale.{new_email()}"
    member = town.browser(address="198.51.100.200")
    member.agent = "Telltale-Browser/9"
    member.sign_up(email, country="LI", language="es")
    profile = {"display_name": "Telltale Name", "word": "telltale-word", "phone": "+4179111222333"}
    member.patch("/account/v1/profile", profile)
    member.set_up_totp()
    key = {
        "label": "telltale-label",
        "passphrase": "Suite-42-x",
        "permissions": ["read_only"],
        "ip_list": ["198.51.100.201"],
    }
    member.post("/account/v1/keys", key)
    town.browser().post("/account/v1/recovery", {"email": email})
    new = f"next.{new_email()}"
    member.post("/account/v1/email", {"email": new})
    again = town.browser(address="198.51.100.200")
    again.login(email)
    clear = [email, new, "Telltale-Browser", "198.51.100.20", "Telltale Name", "telltale-word", "4179111222333"]
    return member, [*clear, member.totp, "telltale-label"]


def in_tables(town: Town) -> str:
    """All rows of all tables as text."""
    with town.desk.database.connect() as connection:
        return "\n".join(str(tuple(row)) for one in metadata.sorted_tables for row in connection.execute(one.select()))


def in_files(town: Town) -> bytes:
    """Journal, snapshots, databases and whatever else lies in the folder."""
    with town.desk.database.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return b"".join(path.read_bytes() for path in sorted(town.folder.rglob("*")) if path.is_file())


OF_KEYS = ("telltale-label", "198.51.100.20")  # what a key is found and checked by is kept in clear while it works


def test_pe15_nothing_personal_is_in_clear_in_the_journal_or_in_a_table(town: Town) -> None:
    _, clear = telling(town)
    tables, files = in_tables(town), in_files(town)
    for secret in clear:
        if secret not in OF_KEYS:
            assert secret not in tables, secret
            assert secret.encode() not in files, secret
    journal = b"".join(path.read_bytes() for path in sorted((town.folder / "journal").rglob("*")) if path.is_file())
    assert all(secret.encode() not in journal for secret in clear)


def test_pe15_after_an_erasure_no_key_opens_what_is_left_and_the_journal_replays_to_the_same_state(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    member, clear = telling(town)
    member.post(ERASE)
    tables = in_tables(town)
    assert [secret for secret in clear if secret in tables] == []
    (row,) = town.rows("SELECT * FROM users WHERE user_id = :user", user=member.user)
    assert (row.state, row.personal, row.password_hash) == ("closed", "", "")
    assert town.write(lambda connection: directory.personal(connection, town.seal, member.user)) == {}
    for table in ("user_keys", "totps", "recovery_codes", "passkeys", "devices", "recoveries", "challenges"):
        assert town.rows(f"SELECT * FROM {table} WHERE user_id = :user", user=member.user) == [], table
    assert town.rows("SELECT revoked FROM api_keys") == [(True,)]
    assert member.refused("GET", "/account/v1/me") == "sign_in"
    state = town.exchange.sequencer.engine.state_hash()
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(town.folder / "journal", copy / "journal")
    with Exchange.open(copy, Settings()) as replayed:  # from the first record: no snapshot lies there
        assert replayed.sequencer.engine.state_hash() == state


def test_pe15_who_signs_up_again_is_a_new_user_and_the_same_person(town: Town) -> None:
    member, email = town.member(), ""
    email = member.email
    member.post(ERASE)
    kinds = [one.kind for one in town.mails(email)]
    assert kinds == ["erased"]  # the last mail, and all before it are gone
    again = town.member(AURORA, email)
    assert again.user != member.user
    accounts = town.exchange.venue.accounts
    assert again.account != member.account
    assert accounts[again.account].person == accounts[member.account].person


def test_pe15_erasing_needs_empty_accounts_without_orders(town: Town) -> None:
    member = town.member()
    deposit(town, member.account, 1_000 * UNIT)
    order(town, member.account)
    for why in ("orders", "USDT"):
        answer = member.ask("POST", ERASE).json()["error"]
        assert answer["code"] == "not_empty"
        assert why in answer["message"]
        cancel_all(town, member.account)
    assert answer["values"] == {"account": str(member.account), "asset": "USDT", "amount": "1000"}
    assert (KillScope.ACCOUNT, member.account) not in town.desk.venue.kills
    member.get("/account/v1/me")
    withdraw(town, member.account, 1_000 * UNIT)
    member.post(ERASE)
    assert (KillScope.ACCOUNT, member.account) in town.desk.venue.kills


def test_pe15_funds_that_come_in_between_are_found_and_trading_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = town.member()
    submit = town.core.submit_then

    def deposit_before(records: Any, done: Any) -> None:
        monkeypatch.setattr(town.core, "submit_then", submit)
        deposit(town, member.account, UNIT)
        submit(records, done)

    monkeypatch.setattr(town.core, "submit_then", deposit_before)
    assert member.refused("POST", ERASE) == "not_empty"
    assert (KillScope.ACCOUNT, member.account) not in town.desk.venue.kills
    assert member.get("/account/v1/me")["email"] == member.email


# -- the brand's team and the host's ----------------------------------------------------------------------------------


def test_pe17_a_team_finds_its_own_users_by_number_or_whole_address(town: Town) -> None:
    support, member, foreign = town.staff(AURORA, Role.SUPPORT), town.member(AURORA), town.member(BOREALIS)
    listed = [one["user"] for one in support.get(USERS)]
    assert str(member.user) in listed
    assert str(foreign.user) not in listed
    assert support.get(f"{USERS}?before={member.user}") == [
        one for one in support.get(USERS) if int(one["user"]) < member.user
    ]
    (found,) = support.post(f"{USERS}/search", {"email": member.email.upper()})
    assert found["user"] == str(member.user)
    assert support.post(f"{USERS}/search", {"email": foreign.email}) == []
    assert support.post(f"{USERS}/search", {"email": member.email[:5] + "@example.com"}) == []
    seen = support.get(f"{USERS}/{member.user}")
    assert (seen["email"], seen["user"]["account"]) == (member.email, str(member.account))
    absent = support.ask("GET", f"{USERS}/999999")
    theirs = support.ask("GET", f"{USERS}/{foreign.user}")
    assert theirs.status_code == absent.status_code == 404
    assert theirs.text.replace(str(foreign.user), "999999") == absent.text
    person = town.exchange.venue.accounts[member.account].person
    assert str(person) not in json.dumps(seen)
    (logged,) = town.rows(
        "SELECT actor FROM audit_log WHERE act = 'see user' AND subject = :who", who=f"user:{member.user}"
    )
    assert logged.actor == f"user:{support.user}"


def test_pe17_only_compliance_locks_and_erases(town: Town) -> None:
    support, member = town.staff(AURORA, Role.SUPPORT), town.member()
    for act in ("lock", "unlock", "erase"):
        assert support.refused("POST", f"{USERS}/{member.user}/{act}", {"why": "request"}) == "not_permitted"
    assert town.member().refused("GET", USERS) == "not_permitted"


def test_pe17_who_is_locked_is_out_at_once_and_in_again_when_unlocked(town: Town) -> None:
    compliance, member = town.staff(AURORA, Role.COMPLIANCE), town.member()
    path = f"{USERS}/{member.user}"
    assert compliance.refused("POST", f"{path}/unlock", {"why": "terms"}) == "wrong_state"
    assert compliance.refused("POST", f"{path}/lock", {"why": "he is my neighbour"}) == "bad_request"
    assert compliance.post(f"{path}/lock", {"why": "suspicion"})["state"] == "locked"
    assert member.refused("GET", "/account/v1/me") == "sign_in"
    body = {"email": member.email, "password": "correct horse battery"}
    assert town.browser().refused("POST", "/account/v1/login", body | {"password": "wrong password"}) == "wrong_login"
    assert town.browser().refused("POST", "/account/v1/login", body) == "locked"
    compliance.post(f"{path}/unlock", {"why": "request"})
    town.browser().login(member.email)
    assert [one.kind for one in town.mails(member.email)][1:3] == ["sign-in-locked", "sign-in-unlocked"]
    acts = town.rows(
        "SELECT act, details FROM audit_log WHERE subject = :who ORDER BY number", who=f"user:{member.user}"
    )
    assert [(one.act, one.details) for one in acts] == [
        ("lock user", '{"why":"suspicion"}'),
        ("unlock user", '{"why":"request"}'),
    ]


def test_pe17_who_has_a_role_is_restricted_by_who_gives_roles(town: Town) -> None:
    compliance, owner = town.staff(AURORA, Role.COMPLIANCE), town.staff(AURORA, Role.OWNER)
    support = town.staff(AURORA, Role.SUPPORT)
    for act in ("lock", "erase"):
        for who in (owner, support):
            assert compliance.refused("POST", f"{USERS}/{who.user}/{act}", {"why": "terms"}) == "not_permitted"
        assert owner.refused("POST", f"{USERS}/{owner.user}/{act}", {"why": "terms"}) == "own_user"
    assert owner.post(f"{USERS}/{support.user}/lock", {"why": "terms"})["state"] == "locked"
    assert owner.refused("POST", ERASE) == "last_owner"
    owner.get("/account/v1/me")
    assert owner.post(f"{USERS}/{support.user}/erase", {"why": "request"})["state"] == "closed"


@pytest.mark.parametrize("name", ["0x", "-1", "9999999999999999999", "99999999999999999999", "%00", "a%20b"])
def test_names_in_paths_that_are_none_are_refused(town: Town, name: str) -> None:
    owner = town.staff(AURORA, Role.OWNER)
    for method, path in (
        ("GET", f"{USERS}/{name}"),
        ("DELETE", f"/account/v1/sessions/{name}"),
        ("DELETE", f"/account/v1/keys/{name}"),
        ("DELETE", f"/account/v1/second-factors/passkeys/{name}"),
    ):
        assert owner.ask(method, path).status_code in (400, 404)
    assert owner.ask("GET", f"{USERS}?before=99999999999999999999999").status_code == 200
    assert owner.ask("GET", f"{USERS}?before=x").status_code == 400


def test_pe17_a_team_erases_who_has_nothing_left(town: Town) -> None:
    compliance, member = town.staff(AURORA, Role.COMPLIANCE), town.member()
    path = f"{USERS}/{member.user}/erase"
    deposit(town, member.account, 5 * UNIT)
    assert compliance.refused("POST", path, {"why": "request"}) == "not_empty"
    withdraw(town, member.account, 5 * UNIT)
    assert compliance.post(path, {"why": "request"})["state"] == "closed"
    assert compliance.get(f"{USERS}/{member.user}")["email"] == ""
    own = f"{USERS}/{compliance.user}/erase"
    assert compliance.refused("POST", own, {"why": "request"}) == "own_user"


def test_pe17_the_host_does_it_for_any_brand_and_both_logs_tell(town: Town) -> None:
    host, member = town.staff(0, Role.OWNER), town.member(BOREALIS)
    path = f"/host/v1/users/{member.user}"
    assert host.get(path)["email"] == member.email
    host.post(f"{path}/lock", {"why": "order"})
    logged = town.rows("SELECT brand, actor FROM audit_log WHERE act = 'lock user' ORDER BY brand")
    assert [tuple(one) for one in logged] == [(0, f"user:{host.user}"), (BOREALIS, "host")]
    assert town.staff(AURORA, Role.OWNER).refused("POST", f"{USERS}/{member.user}/unlock", {"why": "order"}) == (
        "no_such_user"
    )


def test_pe17_the_host_finds_the_users_of_the_brand_that_it_names(town: Town) -> None:
    host, member = town.staff(0, Role.OWNER), town.member(BOREALIS)
    found = {"email": member.email, "brand": str(BOREALIS)}
    (one,) = host.post("/host/v1/users/search", found)
    assert (one["user"], one["brand"]) == (str(member.user), str(BOREALIS))
    assert host.post("/host/v1/users/search", found | {"brand": str(AURORA)}) == []
    assert one in host.get(f"/host/v1/users?brand={BOREALIS}")
    assert {one["brand"] for one in host.get("/host/v1/users")} == {"0"}
    assert host.refused("POST", "/host/v1/users/search", found | {"brand": "99"}) == "no_such_brand"
    own = town.staff(AURORA, Role.OWNER)
    assert own.get(f"{USERS}?brand={AURORA}") == own.get(USERS)
    assert own.refused("POST", f"{USERS}/search", found) == "no_such_brand"


# -- money, as the tests need it --------------------------------------------------------------------------------------


def money(town: Town, kind: CommandKind, account: int, units: int) -> None:
    command = commands(kind)
    command["account"], command["asset"], command["amount"] = account, USDT, words(units)
    command["key"] = f"{kind}:{account}:{units}:{town.exchange.sequencer.engine.sequence()}".encode()
    batch = town.send(command)
    assert not len(refusals(batch)), refusals(batch)


def refusals(batch: Any) -> Any:
    return batch.events[batch.events["kind"] == 2]


def deposit(town: Town, account: int, units: int) -> None:
    money(town, CommandKind.DEPOSIT, account, units)


def withdraw(town: Town, account: int, units: int) -> None:
    money(town, CommandKind.WITHDRAWAL, account, units)


def order(town: Town, account: int) -> None:
    command = commands(CommandKind.ORDER)
    values = {"account": account, "instrument": 1, "side": Side.BUY, "order_type": OrderType.LIMIT}
    values |= {"price_ticks": 10, "quantity_lots": 1_000_000, "self_trade": 1, "channel": 2, "attribution": 1}
    for name, value in values.items():
        command[name] = value
    batch = town.send(command)
    assert not len(refusals(batch)), refusals(batch)
    assert len(np.frombuffer(town.exchange.sequencer.engine.open_orders(account), np.uint8))


def cancel_all(town: Town, account: int) -> None:
    command = commands(CommandKind.CANCEL_ALL)
    command["account"] = account
    town.send(command)
