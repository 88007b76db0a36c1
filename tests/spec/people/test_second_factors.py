"""Second factors: setting up, showing, and what does not count as shown. PE-6 to PE-8 of docs/rules/people.md."""

import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from cryptography.exceptions import InvalidTag
from spec.people.authenticator import SoftPasskey
from spec.people.qr_reader import read
from spec.people.town import AURORA, BOREALIS, HOSTS, PASSWORD, QUICK, Browser, Town, opened_town

from commonbook.people import factors, passkeys
from commonbook.people.passkeys import Site

SECOND, PROVE = "/account/v1/login/second", "/account/v1/prove"
PASSKEYS, TOTP = "/account/v1/second-factors/passkeys", "/account/v1/second-factors/totp"
ORIGIN, DOMAIN = f"http://{HOSTS[AURORA]}", "aurora.localhost"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def with_totp(town: Town) -> Browser:
    browser = town.member()
    browser.set_up_totp()
    return browser


def with_passkey(town: Town) -> tuple[Browser, SoftPasskey]:
    browser, made = town.member(), SoftPasskey(ORIGIN, DOMAIN)
    begun = browser.post(f"{PASSKEYS}/begin")
    browser.post(PASSKEYS, {"begun": begun["begun"], "passkey": made.made(begun["options"]), "label": "phone"})
    return browser, made


def stale(town: Town, browser: Browser) -> None:
    """A second factor was shown long ago."""
    town.set("UPDATE web_sessions SET proved_ns = 1 WHERE user_id = :user", user=browser.user)


def test_pe6_a_login_asks_for_the_code_of_the_app(town: Town) -> None:
    member, browser = with_totp(town), town.browser()
    asked = browser.login(member.email)
    assert asked["factors"] == ["totp", "recovery_code"]
    assert browser.cookies == {}  # nobody is signed in yet
    assert browser.refused("GET", "/account/v1/me") == "sign_in"
    body = {"login": asked["login"], "code": member.totp_code()}
    browser.entered(member.email, browser.post(SECOND, body))
    assert browser.user == member.user
    assert browser.refused("POST", SECOND, body) == "login_over"


def test_pe6_the_qr_code_says_what_the_link_says(town: Town) -> None:
    for _ in range(5):
        begun = town.member().post(TOTP)
        assert read(begun["qr_svg"]) == begun["uri"]
        assert f"secret={begun['secret']}" in begun["uri"]
        assert not re.search(r"<script|href|url\(|\son\w+=", begun["qr_svg"])


def test_pe6_a_code_works_once_and_none_before_it_either(town: Town) -> None:
    member, code = with_totp(town), ""
    browser = town.browser()
    code = member.totp_code()
    browser.post(SECOND, {"login": browser.login(member.email)["login"], "code": code})
    for again in (code, member.totp_code(-1)):
        other = town.browser()
        begun = other.login(member.email)["login"]
        assert other.refused("POST", SECOND, {"login": begun, "code": again}) == "wrong_factor"
        town.set("DELETE FROM throttles")
    other.post(SECOND, {"login": begun, "code": member.totp_code(1)})  # the next one is new


def test_pe6_one_code_shown_by_many_at_once_lets_one_in(town: Town) -> None:
    member = with_totp(town)
    browsers = [town.browser() for _ in range(8)]
    logins = [one.login(member.email)["login"] for one in browsers]
    code = member.totp_code()
    sent = [
        one.send("POST", SECOND, {"login": begun, "code": code}) for one, begun in zip(browsers, logins, strict=True)
    ]
    assert sorted(one.status_code for one in town.together(sent)) == [200] + [409] * 7


def test_pe6_a_clock_may_be_one_step_off_and_not_two(town: Town) -> None:
    member = town.member()
    secret = member.post(TOTP)["secret"]
    step_ns, now_ns = factors.STEP_S * 10**9, 1_800_000_000 * 10**9

    def right(off: int) -> bool:
        code = pyotp.TOTP(secret).at(now_ns // 10**9)
        return town.write(
            lambda connection: factors.totp_is_right(
                connection, town.seal, member.user, code, False, now_ns + off * step_ns
            )
        )

    assert [right(-2), right(2)] == [False, False]
    assert right(1)


def test_pe6_the_secret_is_sealed_under_the_users_own_key(town: Town) -> None:
    member = with_totp(town)
    (row,) = town.rows("SELECT sealed_secret FROM totps WHERE user_id = :user", user=member.user)
    assert member.totp not in row.sealed_secret
    with pytest.raises(InvalidTag):
        town.seal.unseal(row.sealed_secret, f"totp:{member.user}")


def test_pe6_an_app_counts_once_its_first_code_was_shown(town: Town) -> None:
    member = town.member()
    member.post(TOTP)
    assert member.get("/account/v1/second-factors")["totp"] is False
    assert town.browser().login(member.email) == {}
    assert member.refused("POST", f"{TOTP}/confirm", {"code": "000000"}) == "wrong_factor"
    member.set_up_totp()  # begun anew
    assert member.refused("POST", TOTP) == "already_set_up"
    assert [one.kind for one in town.mails(member.email)][-1] == "factor-added"


def test_pe6_guesses_of_a_code_make_the_next_one_wait_whoever_begins_the_login(town: Town) -> None:
    member = with_totp(town)
    for _ in range(QUICK.tries_free + 1):
        browser = town.browser()
        begun = browser.login(member.email)["login"]
        assert browser.refused("POST", SECOND, {"login": begun, "code": "000000"}) == "wrong_factor"
    body = {"login": begun, "code": member.totp_code()}
    assert browser.refused("POST", SECOND, body) == "wrong_factor"  # right, and too early
    town.set("UPDATE throttles SET locked_until_ns = 1")
    browser.post(SECOND, body)


def test_pe6_a_login_half_done_is_of_one_brand_and_over_after_its_time(town: Town) -> None:
    member, browser = with_totp(town), town.browser()
    body = {"login": browser.login(member.email)["login"], "code": member.totp_code()}
    assert town.browser(BOREALIS).refused("POST", SECOND, body) == "login_over"
    town.set("UPDATE challenges SET expires_ns = 1")
    assert browser.refused("POST", SECOND, body) == "login_over"


def test_pe7_ten_recovery_codes_stand_in_each_once(town: Town) -> None:
    member = with_totp(town)
    assert len(set(member.recovery_codes)) == factors.RECOVERY_CODES
    stored = str([tuple(row) for row in town.rows("SELECT * FROM recovery_codes")])
    assert member.recovery_codes[0].replace("-", "") not in stored
    browser = town.browser()
    begun = browser.login(member.email)["login"]
    browser.post(SECOND, {"login": begun, "recovery_code": member.recovery_codes[0].upper()})
    assert browser.get("/account/v1/second-factors")["recovery_codes_left"] == 9
    again = town.browser()
    begun = again.login(member.email)["login"]
    assert again.refused("POST", SECOND, {"login": begun, "recovery_code": member.recovery_codes[0]}) == "wrong_factor"
    assert "9 are left" in town.mails(member.email, "recovery-code-used")[-1].body


def test_pe7_new_codes_take_the_place_of_the_old(town: Town) -> None:
    member = with_totp(town)
    new = member.post("/account/v1/second-factors/recovery-codes")["recovery_codes"]
    assert len(new) == 10
    browser = town.browser()
    begun = browser.login(member.email)["login"]
    assert (
        browser.refused("POST", SECOND, {"login": begun, "recovery_code": member.recovery_codes[1]}) == "wrong_factor"
    )
    browser.post(SECOND, {"login": begun, "recovery_code": new[0]})
    assert town.member().refused("POST", "/account/v1/second-factors/recovery-codes") == "no_such_factor"


# -- passkeys ---------------------------------------------------------------------------------------------------------


def test_pe8_a_login_asks_for_a_passkey_of_this_address(town: Town) -> None:
    member, made = with_passkey(town)
    told = member.get("/account/v1/second-factors")
    assert [(one["label"], one["domain"]) for one in told["passkeys"]] == [("phone", DOMAIN)]
    browser = town.browser()
    asked = browser.login(member.email)
    assert asked["factors"] == ["passkey", "recovery_code"]
    assert asked["passkey"]["rpId"] == DOMAIN
    shown = made.shown(asked["passkey"])
    browser.entered(member.email, browser.post(SECOND, {"login": asked["login"], "passkey": shown}))
    assert browser.refused("POST", SECOND, {"login": asked["login"], "passkey": shown}) == "login_over"


@pytest.mark.parametrize("wrong", ["challenge", "origin", "domain", "counter", "signature", "stranger", "nothing"])
def test_pe8_an_answer_that_is_wrong_in_one_thing_lets_nobody_in_and_spends_the_challenge(
    town: Town, wrong: str
) -> None:
    member, made = with_passkey(town)
    browser = town.browser()
    asked = browser.login(member.email)
    options = asked["passkey"]
    match wrong:
        case "challenge":
            shown = made.shown(options, challenge=passkeys.new_challenge())
        case "origin":
            shown = made.shown(options, origin="https://aurora.example")
        case "domain":
            made.domain = "borealis.localhost"
            shown = made.shown(options)
        case "counter":
            shown = made.shown(options, grows=False)  # as a copy would show it
        case "signature":
            shown = made.shown(options)
            shown["response"]["signature"] = SoftPasskey(ORIGIN, DOMAIN).shown(options)["response"]["signature"]
        case "stranger":
            shown = SoftPasskey(ORIGIN, DOMAIN).shown(options)
        case _:
            shown = {}
    assert browser.refused("POST", SECOND, {"login": asked["login"], "passkey": shown}) == "wrong_factor"
    made.domain = DOMAIN
    right = made.shown(options)
    assert browser.refused("POST", SECOND, {"login": asked["login"], "passkey": right}) == "login_over"


def test_pe8_the_counter_must_grow_from_one_use_to_the_next(town: Town) -> None:
    member, made = with_passkey(town)
    for grows, expected in ((True, 200), (False, 409), (True, 200)):
        browser = town.browser()
        asked = browser.login(member.email)
        body = {"login": asked["login"], "passkey": made.shown(asked["passkey"], grows=grows)}
        assert browser.ask("POST", SECOND, body).status_code == expected


@pytest.mark.parametrize("wrong", ["challenge", "origin", "again"])
def test_pe8_a_passkey_is_made_by_a_right_answer_alone(town: Town, wrong: str) -> None:
    member, made = town.member(), SoftPasskey(ORIGIN, DOMAIN)
    begun = member.post(f"{PASSKEYS}/begin")
    options = begun["options"]
    if wrong == "challenge":
        answer = made.made({"challenge": passkeys.new_challenge()})
    else:
        answer = made.made(options, origin="" if wrong == "again" else "http://evil.example")
    body = {"begun": begun["begun"], "passkey": answer}
    if wrong == "again":
        member.post(PASSKEYS, body)
        assert member.refused("POST", PASSKEYS, body) == "login_over"
    else:
        assert member.refused("POST", PASSKEYS, body) == "bad_passkey"
        assert member.get("/account/v1/second-factors")["passkeys"] == []


def test_pe8_a_passkey_of_one_user_is_nobody_elses(town: Town) -> None:
    _, made = with_passkey(town)
    other, _ = with_passkey(town)
    browser = town.browser()
    asked = browser.login(other.email)
    body = {"login": asked["login"], "passkey": made.shown(asked["passkey"])}
    assert browser.refused("POST", SECOND, body) == "wrong_factor"
    (theirs,) = other.get("/account/v1/second-factors")["passkeys"]
    assert town.member().refused("DELETE", f"{PASSKEYS}/{theirs['id']}") == "no_such_factor"


def test_pe8_plain_http_counts_on_this_machine_alone() -> None:
    assert Site.of("aurora.localhost:8080").origins == (
        "https://aurora.localhost:8080",
        "http://aurora.localhost:8080",
    )
    assert Site.of("aurora.example") == Site("aurora.example", ("https://aurora.example",))


# -- showing one again ------------------------------------------------------------------------------------------------


def test_pe10_what_protects_a_user_needs_a_factor_shown_lately(town: Town) -> None:
    member = with_totp(town)
    stale(town, member)
    for method, path, body in (
        ("DELETE", TOTP, None),
        ("POST", f"{PASSKEYS}/begin", None),
        ("POST", "/account/v1/second-factors/recovery-codes", None),
        ("POST", "/account/v1/password", {"password": PASSWORD, "new_password": "another password"}),
        ("POST", "/account/v1/email", {"email": "new@example.com"}),
        ("POST", "/account/v1/erase", None),
    ):
        assert member.refused(method, path, body) == "second_factor_needed"
    assert member.refused("POST", PROVE, {"password": PASSWORD}) == "wrong_factor"  # a factor is set up
    assert member.refused("POST", PROVE, {"code": "000000"}) == "wrong_factor"
    member.post(PROVE, {"code": member.totp_code()})
    assert member.delete(TOTP)["totp"] is False
    assert [one.kind for one in town.mails(member.email)][-1] == "factor-removed"


def test_pe10_without_a_second_factor_the_password_is_shown_again(town: Town) -> None:
    member = town.member()
    stale(town, member)
    assert member.refused("POST", TOTP) == "second_factor_needed"
    assert member.post(f"{PROVE}/begin")["factors"] == ["password"]
    assert member.refused("POST", PROVE, {"password": "wrong password"}) == "wrong_factor"
    member.post(PROVE, {"password": PASSWORD})
    member.post(TOTP)


def test_pe10_a_passkey_is_shown_again_to_a_challenge_of_its_own(town: Town) -> None:
    member, made = with_passkey(town)
    stale(town, member)
    begun = member.post(f"{PROVE}/begin")
    body: dict[str, Any] = {"begun": begun["begun"], "passkey": made.shown(begun["passkey"])}
    other, _ = with_passkey(town)
    assert other.refused("POST", PROVE, body) == "login_over"  # nobody else's
    member.post(PROVE, body)
    assert member.refused("POST", PROVE, body) == "login_over"
    member.post("/account/v1/second-factors/recovery-codes")


def test_pe10_what_was_shown_at_one_gateway_counts_at_the_next_at_once(town: Town) -> None:
    other, member = town.open_gateway(), with_totp(town)
    stale(town, member)
    member.gateway = other
    assert member.refused("POST", f"{PASSKEYS}/begin") == "second_factor_needed"
    member.gateway = 0
    member.post(PROVE, {"code": member.totp_code()})
    member.gateway = other
    member.post(f"{PASSKEYS}/begin")
