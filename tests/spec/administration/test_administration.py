"""Roles, four eyes and the log of acts. AD-1 to AD-8 of docs/rules/administration.md."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import Engine

from commonbook.administration import approvals, checkpoint, log, roles
from commonbook.administration.approvals import APPROVED, DONE, OPEN, REFUSED, WITHDRAWN
from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.interest import must_be_two, must_not_be_party
from commonbook.administration.roles import ALLOWED, HOST, May, Role
from commonbook.errors import Declined, Mismatch
from commonbook.gateway.desk.acts import ACTS
from commonbook.gateway.desk.app import DESKS, desk_app
from commonbook.gateway.desk.late import PREFIXES
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.parties import nobody
from commonbook.identity.sealing import Seal
from commonbook.people import directory
from commonbook.storage.database import open_database
from commonbook.units import HOUR_NS

PAGE = Path(__file__).parents[3] / "docs" / "rules" / "administration.md"
BRAND, OTHER = 1, 2
ANNA, BEN, CLEO = 11, 12, 13


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
    yield found
    found.dispose()


def test_ad1_a_role_counts_at_its_brand_and_nowhere_else(database: Engine) -> None:
    with database.begin() as connection:
        assert roles.grant(connection, ANNA, BRAND, Role.FINANCE, 0, 1)
        assert not roles.grant(connection, ANNA, BRAND, Role.FINANCE, 0, 2)
        assert roles.roles_of(connection, ANNA, BRAND) == {Role.FINANCE}
        assert roles.roles_of(connection, ANNA, OTHER) == roles.roles_of(connection, ANNA, HOST) == frozenset()
        assert roles.allowed(frozenset()) == frozenset()
        assert [(one.user, one.role) for one in roles.staff_of(connection, BRAND)] == [(ANNA, Role.FINANCE)]


def test_ad1_the_last_owner_stays(database: Engine) -> None:
    with database.begin() as connection:
        roles.grant(connection, ANNA, BRAND, Role.OWNER, 0, 1)
        with pytest.raises(Declined, match="last owner") as refused:
            roles.take_back(connection, ANNA, BRAND, Role.OWNER)
        assert refused.value.code == "last_owner"
        roles.grant(connection, BEN, BRAND, Role.OWNER, ANNA, 2)
        assert roles.take_back(connection, ANNA, BRAND, Role.OWNER)
        assert not roles.take_back(connection, ANNA, BRAND, Role.OWNER)
        assert roles.roles_of(connection, ANNA, BRAND) == frozenset()


def test_ad1_the_table_of_the_page_is_what_the_roles_may() -> None:
    told = dict(re.findall(r"^\| (\w+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE))
    words = {
        "look": {May.LOOK},
        "brand": {May.BRAND},
        "markets": {May.MARKETS},
        "announcements": {May.TELL},
        "see users": {May.USERS},
        "see and restrict users": {May.USERS, May.RESTRICT},
        "fees": {May.FEES},
        "money": {May.MONEY},
        "read the log": {May.LOG},
        "approve": {May.APPROVE},
    }
    assert ALLOWED[Role.OWNER] == frozenset(May)
    for role in set(Role) - {Role.OWNER}:
        said = {May.LOOK}.union(*(words[word] for word in told[role].split(", ")))
        assert ALLOWED[role] == said, role


def test_where_the_desks_are_is_known_before_they_are_loaded() -> None:
    assert tuple(DESKS) == PREFIXES


@pytest.mark.parametrize("prefix", DESKS)
def test_ad2_each_route_says_what_it_needs(prefix: str) -> None:
    routes: Any = DESKS[prefix][2]
    assert [one for one in routes if one.opt.get("needs") not in {*Needs, *May}] == []
    guarded = [route for route in desk_app(prefix).routes if route.path.startswith(prefix)]
    paths = {path.rstrip("/") for one in routes for path in one.paths}
    assert {route.path.removeprefix(prefix) for route in guarded} == paths


def asked(database: Engine, hours: int = 72) -> approvals.Approval:
    with database.begin() as connection:
        return approvals.ask(connection, BRAND, "release", {"amount": "5", "asset": "USDT"}, ANNA, hours)


def decide(database: Engine, one: approvals.Approval, user: int, yes: bool, brand: int = BRAND) -> approvals.Approval:
    with database.begin() as connection:
        return approvals.decide(connection, one.id, brand, user, one.payload_hash, yes)


def code(raised: pytest.ExceptionInfo[Declined]) -> str:
    return raised.value.code


def test_ad3_another_user_approves_what_was_asked_and_nothing_else(database: Engine) -> None:
    one = asked(database)
    assert (one.state, one.payload) == (OPEN, {"amount": "5", "asset": "USDT"})
    with pytest.raises(Declined) as own:
        decide(database, one, ANNA, True)
    assert code(own) == "own_request"
    with pytest.raises(Declined) as changed, database.begin() as connection:
        approvals.decide(connection, one.id, BRAND, BEN, "0" * 64, True)
    assert code(changed) == "other_payload"
    with pytest.raises(Declined) as elsewhere:
        decide(database, one, BEN, True, OTHER)
    assert code(elsewhere) == "no_such_approval"
    assert decide(database, one, BEN, True).state == APPROVED
    with pytest.raises(Declined) as late:
        decide(database, one, CLEO, False)
    assert code(late) == "not_open"


def test_ad3_who_asked_takes_it_back_and_another_refuses(database: Engine) -> None:
    assert decide(database, asked(database), ANNA, False).state == WITHDRAWN
    assert decide(database, asked(database), BEN, False).state == REFUSED


def test_ad3_a_request_is_over_after_its_hours(database: Engine) -> None:
    one = asked(database, 72)
    assert one.expires_ns - one.requested_ns == 72 * HOUR_NS
    with pytest.raises(Declined) as late:
        decide(database, asked(database, 0), BEN, True)
    assert code(late) == "expired"


def test_ad3_of_many_who_approve_at_once_one_does(database: Engine) -> None:
    one = asked(database)
    outcomes: list[str] = []

    def approve(user: int) -> None:
        try:
            outcomes.append(decide(database, one, user, True).state)
        except Declined as declined:
            outcomes.append(declined.code)

    threads = [threading.Thread(target=approve, args=(100 + number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", *["not_open"] * 7]


def test_ad4_what_came_of_an_act_is_told_once(database: Engine) -> None:
    one = decide(database, asked(database), BEN, True)
    assert one.key == f"approval:{one.id}"
    with database.begin() as connection:
        assert approvals.finish(connection, one.id, DONE, {"sequence": "9"}).outcome == {"sequence": "9"}
        with pytest.raises(Declined):
            approvals.finish(connection, one.id, DONE, {"sequence": "10"})


def test_ad4_a_number_never_comes_again_even_where_the_tables_were_lost(database: Engine, tmp_path: Path) -> None:
    # The journal keeps the keys of what was paid: an approval that met one would be done, and nothing would be paid.
    keys = [asked(database).key for _ in range(3)]
    anew = open_database(f"sqlite:///{tmp_path / 'anew.db'}")
    with mock.patch.object(time, "time_ns", return_value=time.time_ns() + 3 * 10**9):
        keys += [asked(anew).key for _ in range(3)]
    anew.dispose()
    assert len(set(keys)) == 6


def test_ad4_of_many_who_ask_at_once_each_has_a_number_of_its_own(database: Engine) -> None:
    numbers: list[int] = []
    threads = [threading.Thread(target=lambda: numbers.append(asked(database).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 8


def test_ad4_what_is_cut_off_is_known_in_the_order_in_which_it_was_approved(database: Engine) -> None:
    first, second, third = (asked(database) for _ in range(3))
    for one in (second, first):
        decide(database, one, BEN, True)
    decide(database, third, BEN, False)
    with database.connect() as connection:
        assert [one.id for one in approvals.cut_off(connection)] == [second.id, first.id]


def test_ad9_a_party_decides_nothing_and_a_stranger_does() -> None:
    must_not_be_party(frozenset({1, 2}), frozenset({3}))
    must_not_be_party(frozenset({1}), frozenset())
    with pytest.raises(Declined, match="no part in it") as refused:
        must_not_be_party(frozenset({1, 2}), frozenset({2, 3}))
    assert code(refused) == "own_interest"
    must_be_two(frozenset({1}), frozenset({2}))
    with pytest.raises(Declined) as one_person:
        must_be_two(frozenset({1, 2}), frozenset({2}))
    assert code(one_person) == "own_request"


# Acts that are about nobody in particular, or are a brand's own at its own desk. Any other names whom it is about.
ABOUT_NOBODY = {
    *("export_brand", "pay_invoice", "rename_token", "level_table", "clear_alarm", "split", "partnership_phase"),
    *("partnership_text", "broker_text", "broker_conditions", "broker_tier_rules", "trading_status", "price_limits"),
}


def test_ad9_each_act_names_whom_it_is_about() -> None:
    assert {one.kind for one in ACTS.values() if one.parties is nobody} == ABOUT_NOBODY
    assert {one.kind for one in ACTS.values() if one.party_asks} == {"treasury_transfer"}


def test_ad5_rows_are_numbered_without_gaps_whoever_writes(database: Engine) -> None:
    def write(user: int) -> None:
        for number in range(20):
            with database.begin() as connection:
                log.write(connection, BRAND, f"user:{user}", "set", f"thing:{number}")

    threads = [threading.Thread(target=write, args=(user,)) for user in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.connect() as connection:
        assert [one.number for one in log.acts(connection, BRAND)] == list(range(1, 81))
        assert len(log.verify(connection, BRAND)) == 81


def test_ad5_an_act_that_is_undone_leaves_no_row(database: Engine) -> None:
    with database.connect() as connection:
        log.write(connection, BRAND, "user:1", "set")
        connection.rollback()
    with database.connect() as connection:
        assert list(log.acts(connection, BRAND)) == []
        assert log.verify(connection, BRAND) == {0: log.BEGINNING}


def test_ad6_the_log_is_whole_after_a_person_was_erased(database: Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        user = directory.add(connection, Seal.open(tmp_path), BRAND, "anna@example.com", "", name="Anna")
        log.write(connection, BRAND, log.user_actor(user.id), "give role", f"user:{user.id}", role="support")
        before = list(log.acts(connection, BRAND))
        directory.erase(connection, user.id)
        assert list(log.acts(connection, BRAND)) == before
        assert len(log.verify(connection, BRAND)) == 2
        assert "anna" not in repr(before).lower()


def test_ad7_the_host_is_seen_in_both_logs(database: Engine) -> None:
    with database.begin() as connection:
        log.write_by_host(connection, BRAND, ANNA, "suspend", "brand:1", why="late")
        (own,), (hosts,) = list(log.acts(connection, BRAND)), list(log.acts(connection, HOST))
    assert (own.actor, own.act) == ("host", "suspend")
    assert (hosts.actor, hosts.act, hosts.subject) == (f"user:{ANNA}", "suspend", "brand:1 brand:1")
    assert own.details == hosts.details == '{"why":"late"}'


def test_ad8_a_checkpoint_is_signed_and_kept_and_compared(database: Engine, tmp_path: Path) -> None:
    key = AuditKey.open(tmp_path)
    assert AuditKey.open(tmp_path).public == key.public
    with database.begin() as connection:
        for number in range(5):
            log.write(connection, BRAND, "user:1", "set", str(number))
            path = checkpoint.keep(tmp_path / "kept", checkpoint.make(connection, key))
        told = checkpoint.read(path.read_text(), key.public)
        assert [one["heads"][0]["count"] for one in told] == [1, 2, 3, 4, 5]
        assert checkpoint.compare(connection, told) == 5
        other = AuditKey.open(tmp_path / "other").public
        with pytest.raises(Mismatch, match="not signed by"):
            checkpoint.read(path.read_text(), other)
        forged = path.read_text().replace('"count":4', '"count":3')
        with pytest.raises(Mismatch, match="checkpoint 4"):
            checkpoint.read(forged, key.public)
