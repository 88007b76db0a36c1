"""A forgotten password and a changed address. PE-9 of docs/rules/people.md."""

import time
from collections.abc import Iterator

import pytest
from spec.people.town import (
    AURORA,
    BOREALIS,
    PASSWORD,
    QUICK,
    Browser,
    Town,
    code_in,
    long_codes_in,
    new_email,
    opened_town,
)

RECOVERY, RESET, STOP = "/account/v1/recovery", "/account/v1/recovery/reset", "/account/v1/recovery/stop"
EMAIL = "/account/v1/email"
NEW = "an entirely new one"
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def asked(town: Town, member: Browser) -> tuple[str, str]:
    """The two codes of a recovery: to set the password, and to stop that."""
    town.browser().post(RECOVERY, {"email": member.email})
    reset, stop = long_codes_in(town.mails(member.email, "recovery-requested")[-1].body)
    return reset, stop


def a_day_later(town: Town) -> None:
    town.set("UPDATE recoveries SET ready_ns = ready_ns - :day", day=DAY_NS)


def test_pe9_a_password_is_reset_a_day_after_it_was_asked_for(town: Town) -> None:
    member = town.member()
    reset, _ = asked(town, member)
    stranger = town.browser()
    early = stranger.ask("POST", RESET, {"code": reset, "password": NEW}).json()["error"]
    assert early["code"] == "too_early"
    ahead_s = (int(early["values"]["ready_ns"]) - time.time_ns()) / 1e9
    assert QUICK.recovery_delay_s - 60 < ahead_s <= QUICK.recovery_delay_s
    assert member.get("/account/v1/me")["recoveries"] != []
    a_day_later(town)
    assert stranger.refused("POST", RESET, {"code": reset, "password": "short"}) == "bad_request"
    stranger.post(RESET, {"code": reset, "password": NEW})
    assert stranger.refused("POST", RESET, {"code": reset, "password": NEW}) == "wrong_code"
    assert member.refused("GET", "/account/v1/me") == "sign_in"  # every session has ended
    assert stranger.refused("POST", "/account/v1/login", {"email": member.email, "password": PASSWORD}) == "wrong_login"
    stranger.login(member.email, NEW)
    until_ns = int(stranger.get("/account/v1/me")["withdrawals_from_ns"])
    assert 0 < until_ns - time.time_ns() - (QUICK.withdrawals_locked_s - 60) * 10**9 < 60 * 10**9
    assert len(town.mails(member.email, "recovery-done")) == 1


def test_pe9_second_factors_stay(town: Town) -> None:
    member = town.member()
    member.set_up_totp()
    reset, _ = asked(town, member)
    a_day_later(town)
    town.browser().post(RESET, {"code": reset, "password": NEW})
    assert town.browser().login(member.email, NEW)["factors"] == ["totp", "recovery_code"]


def test_pe9_who_reads_the_mail_stops_it(town: Town) -> None:
    member = town.member()
    first, _ = asked(town, member)
    second, stop = asked(town, member)
    assert town.browser(BOREALIS).refused("POST", STOP, {"code": stop}) == "wrong_code"
    town.browser().post(STOP, {"code": stop})
    a_day_later(town)
    for reset in (first, second):  # whatever is under way
        assert town.browser().refused("POST", RESET, {"code": reset, "password": NEW}) == "wrong_code"
    assert [one.kind for one in town.mails(member.email)][-1] == "recovery-stopped"
    town.browser().login(member.email)


def test_pe9_who_is_signed_in_stops_it_as_well(town: Town) -> None:
    member = town.member()
    reset, _ = asked(town, member)
    member.delete(RECOVERY)
    a_day_later(town)
    assert town.browser().refused("POST", RESET, {"code": reset, "password": NEW}) == "wrong_code"
    assert member.get("/account/v1/me")["recoveries"] == []


def test_pe9_asking_again_does_not_set_the_clock_back(town: Town) -> None:
    member = town.member()
    first, _ = asked(town, member)
    a_day_later(town)
    asked(town, member)
    town.browser().post(RESET, {"code": first, "password": NEW})


def test_pe9_the_code_that_stops_does_not_reset_and_is_over_in_time(town: Town) -> None:
    member = town.member()
    reset, stop = asked(town, member)
    a_day_later(town)
    assert town.browser().refused("POST", RESET, {"code": stop, "password": NEW}) == "wrong_code"
    assert town.browser(BOREALIS).refused("POST", RESET, {"code": reset, "password": NEW}) == "wrong_code"
    town.set("UPDATE recoveries SET expires_ns = 1")
    assert town.browser().refused("POST", RESET, {"code": reset, "password": NEW}) == "wrong_code"


def test_pe9_a_password_is_changed_by_who_knows_it_and_all_other_sessions_end(town: Town) -> None:
    member = town.member()
    other = town.browser()
    other.login(member.email)
    asked(town, member)
    body = {"password": "wrong password", "new_password": NEW}
    assert member.refused("POST", "/account/v1/password", body) == "wrong_factor"
    member.post("/account/v1/password", body | {"password": PASSWORD})
    assert other.refused("GET", "/account/v1/me") == "sign_in"
    assert member.get("/account/v1/me")["recoveries"] == []
    assert [one.kind for one in town.mails(member.email)][-1] == "password-changed"
    town.browser().login(member.email, NEW)


# -- another address --------------------------------------------------------------------------------------------------


def begun(town: Town, member: Browser, new: str) -> tuple[str, str]:
    """The handle, and the code that the old address was sent."""
    handle = member.post(EMAIL, {"email": new})["change"]
    return handle, town.code(member.email, "email-old-code")


def test_pe9_an_address_is_changed_by_the_codes_of_both(town: Town) -> None:
    member, new = town.member(), new_email()
    handle, old_code = begun(town, member, new)
    new_code = town.code(new, "email-new-code")
    confirm = f"{EMAIL}/confirm"
    for codes in ((old_code, "000000"), ("000000", new_code), (new_code, old_code)):
        body = {"change": handle, "old_code": codes[0], "new_code": codes[1]}
        assert member.refused("POST", confirm, body) == "wrong_code"
    body = {"change": handle, "old_code": old_code, "new_code": new_code}
    assert town.member().refused("POST", confirm, body) == "wrong_code"  # by nobody else
    member.post(confirm, body)
    me = member.get("/account/v1/me")
    assert (me["email"], me["withdrawals_from_ns"] != "") == (new, True)
    town.browser().login(new)
    assert town.browser().refused("POST", "/account/v1/login", {"email": member.email, "password": PASSWORD}) == (
        "wrong_login"
    )
    for address in (member.email, new):
        assert len(town.mails(address, "email-changed")) == 1


def test_pe9_an_address_that_has_a_user_is_answered_alike_and_told_by_mail(town: Town) -> None:
    member, taken = town.member(), town.member()
    free = member.ask("POST", EMAIL, {"email": new_email()})
    answer = member.ask("POST", EMAIL, {"email": taken.email})
    assert (answer.status_code, set(answer.json())) == (free.status_code, set(free.json()))
    (mail,) = town.mails(taken.email, "email-new-taken")
    with pytest.raises(AssertionError):
        code_in(mail.body)


def test_pe9_who_was_faster_has_the_address(town: Town) -> None:
    one, other, new = town.member(), town.member(), new_email()
    bodies = []
    for member in (one, other):
        handle, old_code = begun(town, member, new)
        bodies.append({"change": handle, "old_code": old_code, "new_code": town.code(new, "email-new-code")})
    other.post(f"{EMAIL}/confirm", bodies[1])
    assert one.refused("POST", f"{EMAIL}/confirm", bodies[0]) == "email_taken"
    assert one.get("/account/v1/me")["email"] == one.email


def test_pe1_the_new_address_stands_for_the_same_person_at_the_next_brand(town: Town) -> None:
    member, new = town.member(AURORA), new_email()
    handle, old_code = begun(town, member, new)
    member.post(
        f"{EMAIL}/confirm",
        {"change": handle, "old_code": old_code, "new_code": town.code(new, "email-new-code")},
    )
    there = town.member(BOREALIS, new)
    accounts = town.exchange.venue.accounts
    assert accounts[there.account].person == accounts[member.account].person
