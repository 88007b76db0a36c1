"""Signing up and in, and what it tells to whom. PE-1 to PE-5 of docs/rules/people.md."""

import asyncio
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from spec.people.town import (
    AURORA,
    BOREALIS,
    HOSTS,
    PASSWORD,
    QUICK,
    SETTINGS,
    Browser,
    Town,
    changed,
    new_email,
    opened_town,
)

from commonbook.brand.hosts import Snapshot
from commonbook.brand.model import Limits, State, Switches, Version
from commonbook.errors import BadInput, CoreUnavailable, Declined
from commonbook.instrument.accounts import FIRST_MADE
from commonbook.people import directory, opening, throttle
from commonbook.people.passwords import WAITING_MOST, Passwords
from commonbook.people.rules import party_of, password_fault, place_of, wait_s
from commonbook.records import CommandKind, commands

SIGN_UP, CONFIRM, LOGIN = "/account/v1/sign-up", "/account/v1/sign-up/confirm", "/account/v1/login"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def begun(browser: Browser, email: str, password: str = PASSWORD) -> str:
    return str(browser.post(SIGN_UP, {"email": email, "password": password})["sign_up"])


def login(browser: Browser, email: str, password: str = PASSWORD) -> tuple[int, str]:
    """Status and body."""
    answer = browser.ask("POST", LOGIN, {"email": email, "password": password})
    return answer.status_code, answer.text


def test_pe2_who_confirms_the_address_has_a_user_an_account_and_a_session(town: Town) -> None:
    browser = town.member()
    me = browser.get("/account/v1/me")
    assert (me["email"], me["account"], me["user"]) == (browser.email, browser.session["account"], str(browser.user))
    assert opening.FIRST_ACCOUNT <= browser.account < FIRST_MADE
    account = town.exchange.venue.accounts[browser.account]
    assert (account.brand, account.level) == (AURORA, 0)
    assert browser.get("/account/v1/session")["csrf"] == browser.csrf


def test_pe2_before_the_code_there_is_nobody(town: Town) -> None:
    email, browser = new_email(), town.browser()
    before = town.rows("SELECT count(*) FROM users")
    handle = begun(browser, email)
    assert town.rows("SELECT count(*) FROM users") == before
    assert login(browser, email)[0] == 401
    browser.confirm(handle, email)
    assert browser.get("/account/v1/me")["email"] == email


def test_pe1_one_address_at_two_brands_is_one_person_and_two_users(town: Town) -> None:
    email = new_email()
    here, there = town.member(AURORA, email), town.member(BOREALIS, email)
    assert here.user != there.user
    accounts = town.exchange.venue.accounts
    assert accounts[here.account].person == accounts[there.account].person >= directory.FIRST_PERSON
    assert town.member(BOREALIS).account != there.account
    (stranger,) = {accounts[town.member().account].person} - {accounts[here.account].person}
    assert stranger
    told = str(here.get("/account/v1/me")) + str(here.get("/account/v1/session"))
    assert str(accounts[here.account].person) not in told
    assert (str(there.account) not in told, f"'user': '{there.user}'" not in told) == (True, True)


def test_pe1_the_person_of_a_new_address_is_the_one_who_confirmed_it(town: Town) -> None:
    def work(connection: Any) -> tuple[int, int, int]:
        person = directory.person_of(connection, town.seal, "one@example.com")
        directory.also_proved_by(connection, town.seal, person, "two@example.com")
        other = directory.person_of(connection, town.seal, "three@example.com")
        directory.also_proved_by(connection, town.seal, person, "three@example.com")  # is somebody's already
        assert directory.person_of(connection, town.seal, "three@example.com") == other != person
        return person, directory.person_of(connection, town.seal, "two@example.com"), other

    person, by_second, _ = town.write(work)
    assert person == by_second


def test_pe2_the_hosts_own_people_do_not_sign_up(town: Town) -> None:
    assert town.browser(0).refused("POST", SIGN_UP, {"email": new_email(), "password": PASSWORD}) == "no_sign_up"


def test_pe2_a_brand_says_whether_it_takes_somebody(town: Town) -> None:
    hosts = town.desk.hosts
    kept, document = hosts.snapshot, hosts.document(BOREALIS)
    body = {"email": new_email(), "password": PASSWORD}
    users = town.write(lambda connection: directory.count_of(connection, BOREALIS))

    def said(**changes: Any) -> str:
        version = Version(BOREALIS, 1, msgspec.structs.replace(document, **changes), "", 0, "", "")
        hosts.take(Snapshot(1, {BOREALIS: version}, {}, {}))
        answer = town.browser(BOREALIS).ask("POST", SIGN_UP, body | {"country": "LI"})
        hosts.take(kept)
        return str(answer.json().get("error", {}).get("code", "good"))

    assert said(state=State.SANDBOX) == said(switches=Switches(sign_up=False)) == "sign_up_closed"
    assert said(countries=("DE", "AT")) == "country_not_served"
    assert said(countries=("DE", "LI")) == "good"
    assert said(limits=Limits(users=users or 1)) == ("brand_full" if users else "good")
    assert said(limits=Limits(users=users + 1)) == "good"


def test_pe2_sixty_four_sign_ups_of_one_address_make_one_user(town: Town) -> None:
    email = new_email()
    browsers = [town.browser() for _ in range(64)]
    town.set("DELETE FROM throttles")
    body = {"email": email, "password": PASSWORD}
    answers = town.together([one.send("POST", SIGN_UP, body) for one in browsers])
    assert {one.status_code for one in answers} == {200}
    handles = [one.json()["sign_up"] for one in answers]
    mailed = town.mails(email, "sign-up-code")
    assert 1 <= len(mailed) <= QUICK.mails_free + 1  # nobody floods a stranger's mailbox
    codes = {found for one in mailed for found in re.findall(r"\b\d{6}\b", one.body)}
    # Every handle is tried with every code that came: those whose own code was mailed are right.
    right = []
    for code in codes:
        bodies = [{"sign_up": handle, "code": code} for handle in handles]
        sent = [one.send("POST", CONFIRM, body) for one, body in zip(browsers, bodies, strict=True)]
        right += [one for one in town.together(sent) if one.status_code == 200]
    assert len(right) == 1
    (row,) = town.rows(
        "SELECT account FROM users WHERE user_id = :user AND state = 'active'", user=int(right[0].json()["user"])
    )
    assert town.rows("SELECT count(*) FROM users WHERE account = :account", account=row.account)[0][0] == 1


def test_pe2_different_people_at_the_same_moment_get_different_accounts(town: Town) -> None:
    emails = [new_email() for _ in range(12)]
    browsers = [town.browser() for _ in emails]
    handles = [begun(one, email) for one, email in zip(browsers, emails, strict=True)]
    sent = [
        browser.send("POST", CONFIRM, {"sign_up": handle, "code": town.code(email)})
        for browser, handle, email in zip(browsers, handles, emails, strict=True)
    ]
    answers = town.together(sent)
    assert [one.status_code for one in answers] == [200] * 12
    accounts = {one.json()["account"] for one in answers}
    assert len(accounts) == 12
    assert all(int(one) in town.exchange.venue.accounts for one in accounts)


@pytest.mark.parametrize("place", ["before the core has it", "after the core has it"])
def test_pe2_a_crash_while_the_account_is_opened_is_healed_by_doing_it_again(
    town: Town, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, browser = new_email(), town.browser()
    body = {"sign_up": begun(browser, email), "code": ""}
    body["code"] = town.code(email)
    with monkeypatch.context() as patched:
        if place.startswith("before"):
            town.core.fails.append(CoreUnavailable("the core has gone"))
        else:

            def crash(*_: Any, **__: Any) -> None:
                raise CoreUnavailable("the gateway has gone")

            patched.setattr(opening, "opened", crash)
        assert browser.refused("POST", CONFIRM, body) == "unavailable"
    (row,) = town.rows("SELECT account, opened FROM account_openings ORDER BY account DESC LIMIT 1")
    assert not row.opened
    assert (row.account in town.exchange.venue.accounts) is place.startswith("after")
    browser.entered(email, browser.post(CONFIRM, body))
    assert browser.account == row.account
    assert browser.refused("POST", CONFIRM, body) == "wrong_code"  # it is used now


def test_pe2_a_login_heals_it_as_well(town: Town) -> None:
    email, browser = new_email(), town.browser()
    handle = begun(browser, email)
    town.core.fails.append(CoreUnavailable("the core has gone"))
    assert browser.refused("POST", CONFIRM, {"sign_up": handle, "code": town.code(email)}) == "unavailable"
    browser.login(email)
    assert browser.account in town.exchange.venue.accounts


def test_pe2_a_number_that_the_host_has_given_away_is_passed_over(town: Town) -> None:
    (newest,) = town.rows("SELECT max(account) FROM account_openings")
    taken = commands(CommandKind.ACCOUNT)
    taken["account"], taken["person"], taken["brand"] = newest[0] + 1, 77, BOREALIS
    town.send(taken)
    assert town.member().account == newest[0] + 2


# -- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short-one", "it has 9 characters, and 10 are the least"),
        ("x" * 257, "it has 257 characters, and 256 are the most"),
        ("abababababab", "it has 2 different characters, and 5 are the least"),
        ("Somebody.Here@Example.com", "it is your address"),
        ("somebody.here", "it is your address"),
        ("correct horse", ""),
    ],
)
def test_pe3_what_a_password_must_be(password: str, fault: str) -> None:
    assert password_fault(password, "somebody.here@example.com") == fault


def test_pe3_a_bad_password_is_refused_with_its_fault(town: Town) -> None:
    answer = town.browser().ask("POST", SIGN_UP, {"email": new_email(), "password": "short"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "password: it has 5 characters, and 10 are the least"


def test_pe3_passwords_are_argon2id_with_the_parameters_of_the_settings_and_made_anew_when_these_change(
    town: Town,
) -> None:
    member = town.member()
    stored = town.rows("SELECT password_hash FROM users WHERE user_id = :user", user=member.user)[0][0]
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    stronger = town.open_gateway(changed(SETTINGS, password_memory_kib=128, password_passes=2))
    town.browser(gateway=stronger).login(member.email)
    stored = town.rows("SELECT password_hash FROM users WHERE user_id = :user", user=member.user)[0][0]
    assert stored.startswith("$argon2id$v=19$m=128,t=2,p=1$")
    town.browser().login(member.email)  # and the other gateway reads it all the same


def test_pe3_no_password_is_right_for_nobody_and_looking_takes_as_long(town: Town) -> None:
    passwords = Passwords(QUICK)

    async def took(stored: str) -> float:
        started = time.perf_counter()
        assert not await passwords.is_right(stored, "wrong password")
        return time.perf_counter() - started

    known = town.run(passwords.hash(PASSWORD))
    nobody = statistics.median(town.run(took("")) for _ in range(30))
    somebody = statistics.median(town.run(took(known)) for _ in range(30))
    assert 0.3 < nobody / somebody < 3
    assert not town.run(passwords.is_right("no hash at all", PASSWORD))


# -- what a stranger is told ------------------------------------------------------------------------------------------


def test_pe4_a_known_and_an_unknown_address_are_answered_alike(town: Town) -> None:
    member, browser = town.member(), town.browser()
    answers = []
    for email in (member.email, new_email()):
        sign_up = browser.ask("POST", SIGN_UP, {"email": email, "password": "another password"})
        wrong = browser.ask("POST", LOGIN, {"email": email, "password": "wrong password"})
        forgot = browser.ask("POST", "/account/v1/recovery", {"email": email})
        confirm = browser.ask("POST", CONFIRM, {"sign_up": sign_up.json()["sign_up"], "code": "000000"})
        told = sign_up.json()
        assert set(told) == {"sign_up"}
        assert len(told["sign_up"]) == 43
        rest = [(one.status_code, one.text, sorted(one.headers)) for one in (wrong, forgot, confirm)]
        answers.append(((sign_up.status_code, sorted(sign_up.headers)), rest))
    assert answers[0] == answers[1]
    assert [one.kind for one in town.mails(member.email)] == ["sign-up-code", "sign-up-taken", "recovery-requested"]


def test_pe4_what_is_answered_takes_the_time_of_the_setting_in_any_case(town: Town) -> None:
    slow = town.open_gateway(changed(SETTINGS, answer_ms=120))
    member, browser = town.member(), town.browser(gateway=slow)
    for email in (member.email, new_email()):
        for path, body in (
            (SIGN_UP, {"email": email, "password": PASSWORD}),
            (LOGIN, {"email": email, "password": "wrong password"}),
            ("/account/v1/recovery", {"email": email}),
        ):
            started = time.perf_counter()
            browser.ask("POST", path, body)
            assert time.perf_counter() - started >= 0.12


def test_pe4_the_password_of_a_taken_address_stays_what_it_is(town: Town) -> None:
    member, stranger = town.member(), town.browser()
    handle = begun(stranger, member.email, "the stranger's own")
    (mail,) = town.mails(member.email, "sign-up-taken")
    assert not re.search(r"\d{6}", mail.body)
    codes = [f"{number:06d}" for number in range(5)]
    assert {stranger.refused("POST", CONFIRM, {"sign_up": handle, "code": code}) for code in codes} == {"wrong_code"}
    assert login(stranger, member.email, "the stranger's own")[0] == 401
    assert login(town.browser(), member.email)[0] == 200


def test_pe4_a_code_is_good_for_its_own_sign_up_alone(town: Town) -> None:
    # A stranger begins first, with a password of their own; the owner of the address begins as well and reads the code.
    email, stranger, owner = new_email(), town.browser(), town.browser()
    theirs = begun(stranger, email, "the stranger's own")
    mine = begun(owner, email)
    code = town.code(email)
    assert stranger.refused("POST", CONFIRM, {"sign_up": theirs, "code": code}) == "wrong_code"
    owner.confirm(mine, email)
    assert login(town.browser(), email, "the stranger's own")[0] == 401


def test_pe4_after_five_wrong_codes_the_right_one_is_good_no_more(town: Town) -> None:
    email, browser = new_email(), town.browser()
    handle = begun(browser, email)
    right = town.code(email)
    wrong = [f"{(int(right) + off) % 10**6:06d}" for off in range(1, QUICK.code_tries + 1)]
    assert {browser.refused("POST", CONFIRM, {"sign_up": handle, "code": code}) for code in wrong} == {"wrong_code"}
    assert browser.refused("POST", CONFIRM, {"sign_up": handle, "code": right}) == "wrong_code"


def test_pe4_sixty_four_guesses_at_once_are_no_more_than_five(town: Town) -> None:
    email, browser = new_email(), town.browser()
    handle = begun(browser, email)
    right = int(town.code(email))
    guesses = [{"sign_up": handle, "code": f"{(right + off) % 10**6:06d}"} for off in range(1, 65)]
    answers = town.together([browser.send("POST", CONFIRM, body) for body in guesses])
    assert {one.status_code for one in answers} == {409}
    (row,) = town.rows("SELECT max(tries) FROM challenges WHERE purpose = 'sign_up'")
    assert row[0] == QUICK.code_tries


def test_pe4_a_code_is_over_after_its_time_and_is_no_other_brands(town: Town) -> None:
    email, browser = new_email(), town.browser()
    handle = begun(browser, email)
    body = {"sign_up": handle, "code": town.code(email)}
    assert town.browser(BOREALIS).refused("POST", CONFIRM, body) == "wrong_code"
    town.set("UPDATE challenges SET expires_ns = 1")
    assert browser.refused("POST", CONFIRM, body) == "wrong_code"


def test_pe4_codes_and_passwords_are_nowhere_in_clear(town: Town) -> None:
    email, browser = new_email(), town.browser()
    handle = begun(browser, email, "a password to look for")
    tables = str(
        [tuple(row) for name in ("challenges", "mails", "throttles") for row in town.rows(f"SELECT * FROM {name}")]
    )
    for secret in (town.code(email), handle, email, "a password to look for"):
        assert secret not in tables


# -- failures make the next try wait ----------------------------------------------------------------------------------


def test_pe5_the_wait_begins_after_the_free_failures_and_doubles_up_to_the_most() -> None:
    # free 5, first 2 s, most 900 s: 5 failures cost nothing, the 6th 2 s, the 7th 4 s, the 8th 8 s ...
    assert [wait_s(failures, 5, 2, 900) for failures in range(4, 10)] == [0, 0, 2, 4, 8, 16]
    assert wait_s(14, 5, 2, 900) == 512
    assert wait_s(15, 5, 2, 900) == wait_s(10_000, 5, 2, 900) == 900


def test_pe5_a_locked_address_and_an_unknown_one_look_the_same_to_a_stranger(town: Town) -> None:
    member, browser = town.member(), town.browser()
    for _ in range(QUICK.tries_free + 1):
        login(browser, member.email, "wrong password")
    assert login(browser, member.email) == login(browser, new_email())  # the right password, and it is locked
    assert town.rows("SELECT max(locked_until_ns) FROM throttles")[0][0] > time.time_ns()


def test_pe5_the_lock_holds_at_all_gateways_and_ends(town: Town) -> None:
    other = town.open_gateway()
    member = town.member()
    for number in range(QUICK.tries_free + 1):
        login(town.browser(gateway=(0, other)[number % 2]), member.email, "wrong password")
    assert login(town.browser(), member.email)[0] == 401
    assert login(town.browser(gateway=other), member.email)[0] == 401
    town.set("UPDATE throttles SET locked_until_ns = 1")
    assert login(town.browser(gateway=other), member.email)[0] == 200
    assert login(town.browser(), member.email)[0] == 200  # all is forgotten with a success


def test_pe5_many_guesses_at_once_are_counted_one_by_one(town: Town) -> None:
    other, member = town.open_gateway(), town.member()
    town.set("DELETE FROM throttles")
    body = {"email": member.email, "password": "wrong password"}
    browsers = [town.browser(gateway=(0, other)[number % 2]) for number in range(64)]
    assert {one.status_code for one in town.together([one.send("POST", LOGIN, body) for one in browsers])} == {401}
    (counted,) = {row.failures for row in town.rows("SELECT failures FROM throttles")}
    assert counted == QUICK.tries_free + 1  # by address of mail, and by network; the others came too early to count


def test_pe5_who_knocks_on_a_locked_door_makes_it_no_longer(town: Town) -> None:
    member, browser = town.member(), town.browser()
    town.set("DELETE FROM throttles")
    for _ in range(QUICK.tries_free + 1):
        login(browser, member.email, "wrong password")
    before = [tuple(row) for row in town.rows("SELECT * FROM throttles ORDER BY party")]
    login(browser, member.email, "wrong password")
    assert [tuple(row) for row in town.rows("SELECT * FROM throttles ORDER BY party")] == before


def test_pe5_a_browser_that_is_known_is_not_kept_out_by_strangers(town: Town) -> None:
    member, stranger = town.member(), town.browser()
    for _ in range(QUICK.tries_free + 1):
        login(stranger, member.email, "wrong password")
    assert login(town.browser(), member.email)[0] == 401
    assert login(member, member.email)[0] == 200


def test_pe5_a_network_has_a_lock_of_its_own(town: Town) -> None:
    strict = town.open_gateway(changed(SETTINGS, address_tries_free=3))
    member = town.member()
    one = town.browser(address="198.51.100.9", gateway=strict)
    for _ in range(4):
        login(one, new_email(), "wrong password")
    assert login(one, member.email)[0] == 401
    assert login(town.browser(address="198.51.100.10", gateway=strict), member.email)[0] == 200


def test_pe5_failures_that_count_no_more_take_no_room(town: Town) -> None:
    login(town.browser(), new_email(), "wrong password")
    now_ns = time.time_ns()
    town.write(lambda connection: throttle.sweep(connection, now_ns))
    assert town.rows("SELECT count(*) FROM throttles")[0][0] > 0
    town.write(lambda connection: throttle.sweep(connection, now_ns + throttle.FORGOTTEN_NS))
    assert town.rows("SELECT * FROM throttles WHERE locked_until_ns < :now", now=now_ns) == []


def test_pe3_too_many_passwords_at_once_are_refused_and_none_is_forgotten_about(town: Town) -> None:
    passwords = Passwords(QUICK)

    async def all_of() -> list[Any]:
        asked = [passwords.is_right("", "wrong password") for _ in range(WAITING_MOST + 7)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    found = town.run(all_of())
    assert [str(one) for one in found if isinstance(one, Declined)] == [
        "too many passwords are looked at just now: try again"
    ] * 7
    assert town.run(all_of()).count(False) == WAITING_MOST


def test_pe5_what_counts_as_one_network() -> None:
    assert party_of("198.51.100.9") == "198.51.100.9/32"
    assert party_of("2001:db8:1:2:3::4") == party_of("2001:db8:1:2:9::9") == "2001:db8:1:2::/64"
    assert (place_of("198.51.100.9"), place_of("2001:db8:1:2::4"), place_of("")) == (
        "198.51.100.0/24",
        "2001:db8:1::/48",
        "",
    )


def test_a_page_of_another_address_signs_nobody_in(town: Town) -> None:
    member, browser = town.member(), town.browser()
    body = {"email": member.email, "password": PASSWORD}
    for headers in ({"origin": f"http://{HOSTS[BOREALIS]}"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}):
        assert browser.refused("POST", LOGIN, body, **headers) == "foreign_page"
    assert browser.ask("POST", LOGIN, body, origin=f"http://{HOSTS[AURORA]}").status_code == 200


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b@c.example", "a" * 250 + "@example.com"])
def test_what_is_no_address_is_refused_with_it(town: Town, email: str) -> None:
    answer = town.browser().ask("POST", SIGN_UP, {"email": email, "password": PASSWORD})
    assert answer.status_code == 400
    assert email[:90] in answer.json()["error"]["message"]
    with pytest.raises(BadInput):
        directory.normalized(email)
