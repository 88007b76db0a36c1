"""People of a brand's team and of the host: invited, never without a second factor. PE-16 of docs/rules/people.md."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from spec.people.town import (
    AURORA,
    BOREALIS,
    PASSWORD,
    SETTINGS,
    Town,
    changed,
    long_codes_in,
    new_email,
    opened_town,
)
from typer.testing import CliRunner

from commonbook.administration.roles import Role
from commonbook.console.host import host_app
from commonbook.console.mail import mail_app
from commonbook.errors import BadInput
from commonbook.gateway.desk.account import ROUTES

INVITATION, INVITE = "/account/v1/invitation", "/partner/v1/staff/invite"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def said(app: Any, *words: str) -> Any:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.exception or done.output
    return json.loads(done.stdout)


def test_pe16_the_host_begins_with_an_owner_by_a_command(town: Town) -> None:
    data, email = ("--data", str(town.folder)), new_email()
    told = said(host_app, "owner", "--email", email, *data)
    (mail,) = town.mails(email, "invitation")
    assert long_codes_in(mail.body) == [told["code"]]
    assert mail.sender == "The host's desk"
    for brand in (AURORA, BOREALIS):
        assert town.browser(brand).refused("POST", INVITATION, {"code": told["code"], "password": PASSWORD}) == (
            "wrong_code"
        )
    host = town.browser(0)
    assert host.refused("POST", INVITATION, {"code": told["code"], "password": "short"}) == "bad_request"
    host.entered(email, host.post(INVITATION, {"code": told["code"], "password": PASSWORD, "language": "es"}))
    assert host.refused("POST", INVITATION, {"code": told["code"], "password": PASSWORD}) == "wrong_code"
    me = host.get("/account/v1/me")
    assert (me["roles"], me["account"], me["language"]) == (["owner"], "", "es")
    assert host.get("/host/v1/staff")[0]["email"] == email
    assert said(host_app, "owner", "--email", email, *data)["code"] == ""  # is in already
    listed = said(mail_app, "list", *data)
    (invited,) = [one for one in listed if one["to"] == email and one["kind"] == "invitation"]
    assert told["code"] not in str(listed)
    assert told["code"] in said(mail_app, "show", str(invited["id"]), *data)["body"]
    plain = CliRunner().invoke(mail_app, ["show", str(invited["id"]), *data]).stdout
    assert f"To: {email}" in plain
    assert email in CliRunner().invoke(mail_app, ["list", *data]).stdout
    acts = town.rows("SELECT actor, act FROM audit_log WHERE brand = 0 ORDER BY number")
    assert ("host", "invite") in [tuple(one) for one in acts]


def test_pe16_a_second_invitation_takes_the_place_of_the_first(town: Town) -> None:
    data, email = ("--data", str(town.folder)), new_email()
    first, second = (said(host_app, "owner", "--email", email, *data)["code"] for _ in range(2))
    host = town.browser(0)
    assert host.refused("POST", INVITATION, {"code": first, "password": PASSWORD}) == "wrong_code"
    host.post(INVITATION, {"code": second, "password": PASSWORD})
    printed = CliRunner().invoke(host_app, ["owner", "--email", new_email(), *data]).stdout
    assert len(long_codes_in(printed)) == 1


def test_the_commands_say_what_is_wrong(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    for app, words in (
        (host_app, ("owner", "--email", "nobody", "--data", str(town.folder))),
        (host_app, ("owner", "--email", "a@example.com", "--data", str(tmp_path_factory.mktemp("empty")))),
        (mail_app, ("show", "999999", "--data", str(town.folder))),
    ):
        assert isinstance(CliRunner().invoke(app, words).exception, BadInput)


def test_pe16_a_brands_owner_invites_a_team(town: Town) -> None:
    owner, email = town.staff(AURORA, Role.OWNER), new_email()
    told = owner.post(INVITE, {"email": email, "role": "support", "language": "es"})
    assert {"user", "email", "roles"} == set(told[0])
    assert email in [one["email"] for one in told]
    (mail,) = town.mails(email)
    assert mail.subject == "Le invitan a aurora"
    (code,) = long_codes_in(mail.body)
    assert town.browser().refused("POST", "/account/v1/login", {"email": email, "password": ""}) == "wrong_login"
    browser = town.browser()
    browser.entered(email, browser.post(INVITATION, {"code": code, "password": PASSWORD}))
    assert browser.get("/account/v1/me")["roles"] == ["support"]
    assert browser.get("/partner/v1/users") != []
    town.browser().login(email)


def test_pe16_who_is_a_user_already_has_the_role_at_once(town: Town) -> None:
    owner, member = town.staff(AURORA, Role.OWNER), town.member()
    owner.post(INVITE, {"email": member.email, "role": "finance"})
    assert member.get("/account/v1/me")["roles"] == ["finance"]
    assert [one.kind for one in town.mails(member.email)][-1] == "role-given"


def test_pe16_who_was_invited_opens_a_trading_account_once(town: Town) -> None:
    path = "/account/v1/trading-account"
    owner, email = town.staff(AURORA, Role.OWNER), new_email()
    owner.post(INVITE, {"email": email, "role": "finance"})
    (code,) = long_codes_in(town.mails(email)[0].body)
    browser = town.browser()
    browser.entered(email, browser.post(INVITATION, {"code": code, "password": PASSWORD}))
    assert browser.get("/account/v1/me")["account"] == ""
    session = browser.post(path)
    browser.entered(email, session)
    assert browser.get("/account/v1/me")["account"] == session["account"] != ""
    assert browser.refused("POST", path) == "already_open"
    assert browser.get("/account/v1/me")["roles"] == ["finance"]
    host = town.staff(0, Role.OWNER)
    assert host.refused("POST", path) == "no_account"
    assert town.member().refused("POST", path) == "already_open"


def test_pe16_nobody_is_invited_as_an_owner_nor_by_who_may_not(town: Town) -> None:
    owner, support = town.staff(AURORA, Role.OWNER), town.staff(AURORA, Role.SUPPORT)
    assert owner.refused("POST", INVITE, {"email": new_email(), "role": "owner"}) == "not_by_invitation"
    assert support.refused("POST", INVITE, {"email": new_email(), "role": "support"}) == "not_permitted"
    host = town.staff(0, Role.OWNER)
    assert host.refused("POST", INVITE, {"email": new_email(), "role": "support"}) == "wrong_desk"
    host.post("/host/v1/staff/invite", {"email": new_email(), "role": "support"})


def test_pe16_who_has_a_role_changes_nothing_without_a_second_factor(town: Town) -> None:
    owner, email = town.staff(AURORA, Role.OWNER), new_email()
    owner.delete("/account/v1/second-factors/totp")
    answer = owner.ask("POST", INVITE, {"email": email, "role": "support"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_needed")
    assert "/account/v1/second-factors" in answer.json()["error"]["message"]
    owner.get("/partner/v1/staff")  # reading goes on
    owner.gateway = town.open_gateway(changed(SETTINGS, staff_second_factor=False))
    owner.post(INVITE, {"email": email, "role": "support"})


def test_pe16_a_customer_who_is_invited_meanwhile_is_told_by_mail_alone(town: Town) -> None:
    owner, email = town.staff(AURORA, Role.OWNER), new_email()
    owner.post(INVITE, {"email": email, "role": "support"})
    town.browser().post("/account/v1/sign-up", {"email": email, "password": PASSWORD})
    assert [one.kind for one in town.mails(email)] == ["invitation", "sign-up-taken"]


# Each route of the account's desk: what it asks for. A new route without a line here fails.
TABLE = """
POST   /sign-up                        nobody
POST   /sign-up/confirm                nobody
POST   /login                          nobody
POST   /login/second                   nobody
GET    /session                        user
POST   /logout                         user
GET    /second-factors                 user
POST   /second-factors/totp            user fresh
POST   /second-factors/totp/confirm    user fresh
DELETE /second-factors/totp            user fresh
POST   /second-factors/recovery-codes  user fresh
POST   /second-factors/passkeys/begin  user fresh
POST   /second-factors/passkeys        user fresh
DELETE /second-factors/passkeys/{passkey:str} user fresh
POST   /prove/begin                    user
POST   /prove                          user
GET    /sessions                       user
DELETE /sessions/{session:str}         user
DELETE /sessions                       user
POST   /recovery                       nobody
POST   /recovery/reset                 nobody
POST   /recovery/stop                  nobody
DELETE /recovery                       user
POST   /password                       user fresh
POST   /email                          user fresh
POST   /email/confirm                  user
GET    /keys                           user
POST   /keys                           user fresh
PATCH  /keys/{api_key:str}             user fresh
DELETE /keys/{api_key:str}             user
GET    /brokers                        user
GET    /brokers/history                user
GET    /brokers/{code:str}/text        user
POST   /brokers/{code:str}/consent     user fresh
POST   /brokers/{code:str}/withdraw    user
POST   /broker-refusals                user
POST   /broker-refusals/lift           user fresh
GET    /grants                         user
DELETE /grants/{client:str}            user
GET    /me                             user
PATCH  /profile                        user
POST   /invitation                     nobody
POST   /trading-account                user fresh
GET    /busted-trades                  user
POST   /erase                          user fresh
GET    /terms                          user
POST   /terms/accept                   user
PUT    /terms/country/{country:str}    user
GET    /level                          user
GET    /notices                        user
GET    /demo-funds                     user
POST   /demo-funds                     user
GET    /transfer-consent               user
POST   /transfer-consent               user
GET    /inbox                          user
GET    /inbox/unread                   user
POST   /inbox/read                     user
PUT    /inbox/off                      user
GET    /price-alerts                   user
POST   /price-alerts                   user
DELETE /price-alerts/{alert:str}       user
"""


def test_every_route_of_the_desk_states_what_it_needs() -> None:
    found = set()
    for one in ROUTES:
        assert isinstance(one, HTTPRouteHandler)
        (method,), (path,) = one.http_methods, one.paths
        found.add((str(method), path, str(one.opt["needs"]) + (" fresh" if one.opt.get("fresh") else "")))
    assert found == {(*line.split(maxsplit=2),) for line in TABLE.strip().splitlines()}


@pytest.mark.parametrize("line", [one for one in TABLE.strip().splitlines() if " user" in one])
def test_who_is_not_signed_in_is_let_in_nowhere_else(town: Town, line: str) -> None:
    method, path, _ = line.split(maxsplit=2)
    path = path.replace("{passkey:str}", "1").replace("{session:str}", "1").replace("{api_key:str}", "1")
    path = path.replace("{client:str}", "1").replace("{code:str}", "NORTHSTAR")
    assert town.browser().refused(method, f"/account/v1{path}", {}) == "sign_in"
