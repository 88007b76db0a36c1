"""Sessions, cookies and devices. PE-10 of docs/rules/people.md, I-15 of docs/rules/identity.md."""

import time
from collections.abc import Iterator

import pytest
from spec.people.town import AURORA, BOREALIS, HOSTS, PASSWORD, SETTINGS, Town, changed, opened_town

LOGIN, SESSIONS = "/account/v1/login", "/account/v1/sessions"
HOUR_NS = 3_600 * 10**9


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def test_pe10_the_cookie_is_for_this_address_and_no_script(town: Town) -> None:
    member, browser = town.member(), town.browser()
    body = {"email": member.email, "password": PASSWORD}
    plain = browser.ask("POST", LOGIN, body).headers.get_list("set-cookie")
    over_tls = browser.ask("POST", LOGIN, body, origin=f"https://{HOSTS[AURORA]}").headers.get_list("set-cookie")
    for cookies, is_secure in ((plain, False), (over_tls, True)):
        assert len(cookies) == 2
        for one in cookies:
            parts = {part.strip().lower() for part in one.split(";")}
            assert {"httponly", "samesite=lax", "path=/"} <= parts
            assert ("secure" in parts) is is_secure
            assert not any(part.startswith("domain=") for part in parts)
    assert SETTINGS.people.session_s == 12 * 3_600
    assert "max-age=43200" in plain[0].lower()


def test_pe10_without_the_csrf_token_nothing_changes_and_reading_goes_on(town: Town) -> None:
    member = town.member()
    for csrf in ("", "wrong"):
        answer = member.ask("PATCH", "/account/v1/profile", {"word": "x"}, **{"x-csrf-token": csrf})
        assert (answer.status_code, answer.json()["error"]["values"]) == (401, {"why": "bad_csrf"})
    assert member.get("/account/v1/me")["word"] == ""


def test_pe10_a_login_never_takes_up_a_session_that_the_browser_has(town: Town) -> None:
    # An attacker puts a cookie of their own, or one that nobody knows, into the victim's browser before the login.
    attacker, victim = town.member(), town.member()
    for planted in (attacker.token, "made-up-by-somebody"):
        browser = town.browser()
        browser.cookies["session"] = planted
        browser.login(victim.email)
        assert browser.token not in (planted, victim.token)
        assert browser.get("/account/v1/me")["email"] == victim.email
    assert attacker.get("/account/v1/me")["email"] == attacker.email


def test_pe10_who_signs_in_again_has_one_session(town: Town) -> None:
    member = town.member()
    before = member.token
    member.login(member.email)
    assert len(member.get(SESSIONS)) == 1
    old = town.browser()
    old.cookies["session"] = before
    assert old.refused("GET", "/account/v1/me") == "sign_in"


def test_pe10_a_planted_device_cookie_makes_no_browser_a_known_one(town: Town) -> None:
    member, attacker = town.member(), town.member()
    browser = town.browser()
    browser.cookies["device"] = attacker.cookies["device"]
    browser.login(member.email)
    assert browser.cookies["device"] != attacker.cookies["device"]
    assert len(town.mails(member.email, "new-device")) == 1


def test_pe10_a_session_of_one_brand_is_none_at_anothers(town: Town) -> None:
    member = town.member(AURORA)
    for brand in (BOREALIS, 0):
        member.host = HOSTS[brand]
        assert member.refused("GET", "/account/v1/me") == "sign_in"
        assert member.refused("PATCH", "/account/v1/profile", {"word": "x"}) == "sign_in"
    member.host = HOSTS[AURORA]
    member.get("/account/v1/me")


def test_pe10_a_new_browser_is_told_by_mail_and_a_known_one_is_not(town: Town) -> None:
    member = town.member()
    assert town.mails(member.email, "new-device") == []  # where the user signed up
    member.login(member.email)
    assert town.mails(member.email, "new-device") == []
    browser = town.browser(address="198.51.100.77")
    browser.agent = "Other/1.0 (Phone)"
    browser.login(member.email)
    (mail,) = town.mails(member.email, "new-device")
    assert "Other/1.0 (Phone)" in mail.body
    assert "198.51.100.0/24" in mail.body
    browser.login(member.email)
    assert len(town.mails(member.email, "new-device")) == 1


def test_pe10_sessions_are_listed_and_ended(town: Town) -> None:
    member, other, third = town.member(), town.browser(address="198.51.100.77"), town.browser()
    other.agent = "Other/1.0"
    for one in (other, third):
        one.login(member.email)
    listed = member.get(SESSIONS)
    assert len(listed) == 3
    assert [one["current"] for one in listed].count(True) == 1
    (theirs,) = [one for one in listed if one["device"] == "Other/1.0"]
    assert theirs["place"] == "198.51.100.0/24"
    assert town.member().refused("DELETE", f"{SESSIONS}/{theirs['id']}") == "no_such_session"
    member.delete(f"{SESSIONS}/{theirs['id']}")
    assert other.refused("GET", "/account/v1/me") == "sign_in"
    assert member.delete(SESSIONS) == {"ended": 1}
    assert third.refused("GET", "/account/v1/me") == "sign_in"
    assert [one["current"] for one in member.get(SESSIONS)] == [True]


def test_pe10_what_a_browser_calls_itself_is_sealed_at_rest(town: Town) -> None:
    browser = town.browser()
    browser.agent = "Telltale/7.7"
    browser.sign_up("sealed-device@example.com")
    assert "Telltale" not in str([tuple(row) for row in town.rows("SELECT * FROM web_sessions")])
    assert browser.get(SESSIONS)[0]["device"] == "Telltale/7.7"


def test_pe10_logging_out_ends_the_session_and_takes_the_cookie_away(town: Town) -> None:
    member = town.member()
    token = member.token
    answer = member.ask("POST", "/account/v1/logout")
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    old = town.browser()
    old.cookies["session"] = token
    assert old.refused("GET", "/account/v1/me") == "sign_in"


def test_i15_a_session_is_over_after_its_time_and_when_it_was_idle(town: Town) -> None:
    quick = town.open_gateway(changed(SETTINGS, session_idle_s=60))
    member = town.member()
    member.gateway = quick
    authenticator = town.desks[quick].door.authenticator
    member.get("/account/v1/me")  # seen just now, at this gateway
    used = authenticator.take_used()
    assert len(used.sessions) == 1
    town.write(used.write)
    (row,) = town.rows("SELECT seen_ns FROM web_sessions WHERE user_id = :user", user=member.user)
    assert time.time_ns() - row.seen_ns < 60 * 10**9
    town.set("UPDATE web_sessions SET seen_ns = seen_ns - :old WHERE user_id = :user", old=HOUR_NS, user=member.user)
    authenticator._sessions.clear()  # a second later
    assert member.refused("GET", "/account/v1/me") == "sign_in"
    member.gateway = 0
    assert len(member.get(SESSIONS)) == 1  # the first gateway allows two hours
    town.set("UPDATE web_sessions SET expires_ns = 1 WHERE user_id = :user", user=member.user)
    town.desk.door.authenticator._sessions.clear()
    assert member.refused("GET", "/account/v1/me") == "sign_in"


def test_i15_an_older_time_of_use_never_takes_the_place_of_a_newer_one(town: Town) -> None:
    member = town.member()
    member.get("/account/v1/me")
    used = town.desk.door.authenticator.take_used()
    town.set("UPDATE web_sessions SET seen_ns = 9e18 WHERE user_id = :user", user=member.user)
    town.write(used.write)
    assert town.rows("SELECT seen_ns FROM web_sessions WHERE user_id = :user", user=member.user)[0][0] == 9 * 10**18


def test_pe12_a_profile_is_kept_sealed_and_told_to_its_user_alone(town: Town) -> None:
    member = town.member()
    body = {"display_name": "Zora Q.", "word": "heliotrope", "phone": "+49 (170) 1234567", "country": "DE"}
    told = member.patch("/account/v1/profile", body | {"language": "zh-CN"})
    assert (told["display_name"], told["phone"], told["language"]) == ("Zora Q.", "+491701234567", "zh-Hans")
    assert "heliotrope" not in str([tuple(row) for row in town.rows("SELECT * FROM users")])
    assert member.patch("/account/v1/profile", {"phone": ""})["phone"] == ""
    assert member.get("/account/v1/me")["word"] == "heliotrope"
    for wrong in ({"phone": "12"}, {"country": "Germany"}, {"language": "!"}, {"word": "x" * 33}, {"email": "x"}):
        assert member.refused("PATCH", "/account/v1/profile", wrong) == "bad_request"
