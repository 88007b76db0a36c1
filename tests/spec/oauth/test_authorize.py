"""Asking the user. Rules O-3, O-4 and O-5."""

import asyncio
import html
import re
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from spec.house import House, Person
from spec.oauth.rig import (
    AUTHORIZE,
    BASE,
    CAP,
    DEVICE,
    REDIRECT,
    VERIFIER,
    browser,
    parameters,
    registered,
    user,
    wish,
)
from spec.small_exchange import BROKER, CODE, PAYOUT, SOUTH, one
from spec.staff import with_second_factor
from sqlalchemy import select, text

from commonbook.administration.roles import HOST, Role
from commonbook.broker import consents
from commonbook.gateway.desk import oauth as desk_oauth
from commonbook.identity.sessions import NewSession
from commonbook.oauth import clients
from commonbook.oauth.model import ClientKind, Scope
from commonbook.oauth.rules import Wrong, scopes_of, written
from commonbook.people import directory
from commonbook.records import CommandKind
from commonbook.storage.tables.notices import mails
from commonbook.storage.tables.oauth import oauth_codes, oauth_grants
from commonbook.units import RateE8


def error(answer: object) -> tuple[str, str]:
    told = parameters(answer)  # type: ignore[arg-type]
    assert (told["state"], told["iss"]) == ("s-1", BASE)
    assert "code" not in told
    return told["error"], told["error_description"]


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_o4_the_page_says_in_plain_words_what_is_asked_by_whom_and_what_it_costs(house: House) -> None:
    app = registered(house)
    page = app.shown(user(house), app.asks())
    told = html.unescape(page.text)
    assert page.status_code == 200
    for words in (
        "Northstar bots asks to act for you",
        "with your account at south",
        "See your balances, orders, fills and bills.",
        "Place, change and cancel orders",
        "It can never withdraw, and never touch your sub-accounts.",
        f"Its broker {CODE} earns up to 40 % of the trading fee",
        "You pay no more for that",
        "3 days after it was last used",
        "Either answer takes you to https://app.example.",
    ):
        assert words in told
    assert "Make one API key" not in told
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text


def test_o4_reading_alone_is_told_alone_and_a_key_is_told_as_a_key(house: House) -> None:
    app, person = registered(house), user(house)
    assert "Place, change and cancel" not in app.shown(person, app.asks("read_only")).text
    key = app.shown(person, app.asks("fast_api")).text
    assert "Make one API key of your account" in key
    assert "3 days" not in key


def test_o4_test_funds_are_told_as_such_and_are_none_of_the_live_venue(house: House) -> None:
    app, person = registered(house), user(house)
    page = html.unescape(app.shown(person, app.asks(simulated="1")).text)
    assert "simulated trading alone: test funds, and none of your own" in page
    assert "earns up to" not in page
    assert "simulated trading" not in app.shown(person, app.asks(simulated="0")).text
    tokens = app.exchange(app.code(person, simulated="1")).json()
    assert app.code_of(tokens["access_token"]) == "53000"  # 50101 where there is a simulated venue
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    [grant] = person.get("/account/v1/grants").json()
    assert grant["simulated"] is True
    for query in (app.asks("fast_api", simulated="1"), app.asks(simulated="yes")):
        assert error(app.shown(person, query))[0] == "invalid_request"


def test_o3_nobody_is_asked_before_signing_in(house: House) -> None:
    app = registered(house)
    query = app.asks()
    page = house.ask("GET", f"{AUTHORIZE}?{query}", brand=SOUTH)
    assert page.status_code == 401
    assert "Sign in at south" in page.text
    assert f'name="request" value="{html.escape(query)}"' in page.text
    short = house.ask("GET", f"/account/oauth?{query}", brand=SOUTH)
    assert short.status_code == 401


def signing_in(house: House, query: str, **fields: str) -> httpx.Response:
    """The sign-in form, from a browser without a session."""
    host = "south.localhost"

    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=house.transport(), base_url=f"http://{host}") as http:
            form = {"request": query} | fields
            return await http.post("/account/oauth/sign-in", data=form, headers={"host": host, "origin": BASE})

    return asyncio.run(go())


def test_o3_who_signs_in_on_the_way_comes_to_the_question(house: House) -> None:
    app, person = registered(house), user(house, name="on-the-way")
    hashed = asyncio.run(house.desk.passwords.hash("correct horse battery"))
    house.write(lambda connection: directory.change(connection, person.user, password_hash=hashed))
    query, known = app.asks(), {"email": "on-the-way@example.com", "password": "correct horse battery"}
    wrong = signing_in(house, query, **known | {"password": "wrong"})
    assert (wrong.status_code, "session" in wrong.cookies) == (403, False)
    assert "That was not right" in html.unescape(wrong.text)
    done = signing_in(house, query, **known)
    assert done.status_code == 303
    assert done.headers["location"] == f"{AUTHORIZE}?{query}"
    entered = replace(person, session=NewSession(done.cookies["session"], ""))
    assert "asks to act for you" in app.shown(entered, query).text
    assert parameters(app.decided(entered, query))["code"]
    secret = house.write(lambda connection: with_second_factor(connection, house.seal, person.user))
    asks_code = signing_in(house, query, **known)
    assert (asks_code.status_code, "session" in asks_code.cookies) == (200, False)
    [login] = re.findall(r'name="login" value="([^"]+)"', asks_code.text)
    assert signing_in(house, query, login=login, code="000000").status_code == 403
    later = pyotp.TOTP(secret).at(int(time.time()) + 30)
    assert signing_in(house, query, login=login, code=later).status_code == 303
    assert signing_in(house, query, login=login, code=later).status_code == 403  # it was used


def test_o3_nobody_signs_in_for_a_request_that_is_not_good(house: House) -> None:
    app = registered(house)
    page = signing_in(house, app.asks(redirect_uri="https://evil.example/"), email="a@example.com", password="x")
    assert (page.status_code, "location" in page.headers) == (400, False)


def test_o3_staff_have_nothing_to_grant(house: House) -> None:
    app, staff = registered(house), house.person(SOUTH, Role.OWNER)
    assert "no trading account" in app.decided(staff, app.asks()).text


def test_o3_at_the_hosts_own_address_there_is_nobody_to_ask(house: House) -> None:
    page = house.ask("GET", f"{AUTHORIZE}?{registered(house).asks()}", brand=HOST)
    assert page.status_code == 400
    assert "53018" in page.text


# -- what is wrong with a request -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            REDIRECT + "/",
            REDIRECT + "?x=1",
            REDIRECT.upper(),
            "https://evil.example/done",
            "http://app.example/done",
        ),
        *("https://app.example/done#x", "https://app.example%2fdone", "javascript:alert(1)", REDIRECT + '"<'),
    ],
)
def test_o2_another_redirect_address_is_told_to_the_user_and_leads_nowhere(house: House, address: str) -> None:
    app = registered(house)
    page = app.shown(user(house), app.asks(redirect_uri=address))
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "53016" in page.text or "53010" in page.text
    assert "evil.example" not in page.text


@pytest.mark.parametrize("client", ["", "f" * 32, "\x00", "'; DROP TABLE x"])
def test_o3_an_unknown_client_leads_nowhere(house: House, client: str) -> None:
    page = registered(house).shown(user(house), registered(house).asks(client_id=client))
    assert page.status_code == 400
    assert "location" not in page.headers


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "withdraw"}, "invalid_request"),
        ({"scope": "read_only,withdraw"}, "invalid_request"),
        ({"scope": "read_only,read_only"}, "invalid_request"),
        ({"scope": "read_only,fast_api"}, "invalid_request"),
        ({"access_type": "online"}, "invalid_request"),
    ],
)
def test_o3_what_is_wrong_after_that_goes_back_to_the_client(
    house: House, changed: dict[str, str], expected: str
) -> None:
    app = registered(house)
    scope = changed.get("scope", "read_only,trade")
    query = app.asks(scope, **{name: value for name, value in changed.items() if name != "scope"})
    assert error(app.shown(user(house), query))[0] == expected


def test_o4_a_scope_that_the_client_may_not_ask_for_goes_back(house: House) -> None:
    app = registered(house, of=wish(scopes=frozenset({Scope.READ})))
    assert error(app.shown(user(house), app.asks("trade")))[0] == "invalid_scope"
    assert error(app.shown(user(house), app.asks("fast_api")))[0] == "invalid_scope"


def test_o4_a_public_client_says_which_device_it_is_on(house: House) -> None:
    app, person = registered(house, ClientKind.PUBLIC), user(house)
    for device in ("", "a b", "x" * 65):
        assert error(app.shown(person, app.asks(term_id=device)))[0] == "invalid_request"
    assert app.shown(person, app.asks(term_id=DEVICE)).status_code == 200


def test_o3_a_parameter_that_stands_twice_leads_nowhere(house: House) -> None:
    app = registered(house)
    page = app.shown(user(house), app.asks() + "&redirect_uri=https%3A%2F%2Fevil.example%2F")
    assert page.status_code == 400
    assert "evil.example" not in page.text


@pytest.mark.parametrize("again", ["simulated=1", "scope=read_only", "term_id=x", "state=x", "x=1&x=2"])
def test_o3_what_is_shown_of_one_is_not_granted_of_the_other(house: House, again: str) -> None:
    """With test funds on the page and the live venue in the grant, nobody would know what they have agreed to."""
    app, person = registered(house), user(house)
    query = app.asks(simulated="0", term_id="y") + "&" + again
    page = app.shown(person, query)
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert "more than once" in page.text
    forced = browser(house, person, form(person, query))
    assert (forced.status_code, "location" in forced.headers) == (400, False)
    assert person.get("/account/v1/grants").json() == []


def test_o3_response_type_is_code_when_it_is_left_out_and_a_channel_says_nothing(house: House) -> None:
    app = registered(house)
    assert app.answer(user(house), response_type="", access_type="", channelId="OTHER")["code"]


def test_o4_scopes_are_parted_by_commas_or_spaces_and_told_back_alike() -> None:
    assert scopes_of("trade read_only") == scopes_of("trade,read_only") == (Scope.TRADE, Scope.READ)
    assert written((Scope.TRADE, Scope.READ), "trade read_only") == "trade read_only"
    assert written((Scope.TRADE, Scope.READ), "trade,read_only") == "trade,read_only"
    with pytest.raises(Wrong):
        scopes_of(" , ")


def test_o3_a_client_of_a_broker_whose_code_is_not_active_asks_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    with House(tmp_path_factory.mktemp("inactive")) as house:
        app, person = registered(house), user(house)
        tokens = app.granted(person)
        record = one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode())
        house.send(record)
        page = app.shown(person, app.asks())
        assert (page.status_code, "not active" in page.text) == (400, True)
        tried_out = {BROKER: SimpleNamespace(code=CODE, active=True)}  # BE-8: on the simulated venue it is active
        simulated = SimpleNamespace(simulated_door=SimpleNamespace(venue=SimpleNamespace(codes=tried_out)))
        object.__setattr__(house.desk, "environments", simulated)
        assert app.shown(person, app.asks(simulated="1")).status_code == 200
        assert app.shown(person, app.asks()).status_code == 400
        from_token = app.call(tokens["access_token"], "POST", "/api/v5/trade/order", _order("1", CODE))
        assert from_token.json()["code"] == "0"
        with house.door.database.connect() as connection:
            row = connection.execute(text("SELECT broker, attribution FROM orders ORDER BY order_id DESC")).first()
        assert row == (0, 4)  # O-12: CODE_INACTIVE


def _order(price: str, tag: str) -> dict[str, str]:
    return {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": price,
        "sz": "1",
        "tag": tag,
    }


# -- the answer -------------------------------------------------------------------------------------------------------


def test_o5_a_yes_goes_back_with_a_code_the_state_the_issuer_and_the_place_of_the_api(house: House) -> None:
    told = registered(house).answer(user(house), state="with spaces & signs=é")
    assert set(told) == {"code", "state", "iss", "domain"}
    assert told["state"] == "with spaces & signs=é"
    assert (told["iss"], told["domain"]) == (BASE, BASE)


def test_o5_a_no_goes_back_as_access_denied_and_grants_nothing(house: House) -> None:
    app, person = registered(house), user(house)
    assert error(app.decided(person, app.asks(), "refuse"))[0] == "access_denied"
    assert person.get("/account/v1/grants").json() == []


def test_o5_without_state_none_is_told(house: House) -> None:
    assert "state" not in registered(house).answer(user(house), state="")


def test_o4_the_agreed_cap_is_kept_and_it_is_told_by_mail_and_in_the_log(house: House) -> None:
    app, person = registered(house), user(house)
    app.granted(person)
    with house.door.database.connect() as connection:
        grant = connection.execute(select(oauth_grants).where(oauth_grants.c.user_id == person.user)).one()
        kinds = connection.execute(select(mails.c.kind).where(mails.c.user_id == person.user)).scalars().all()
        acts = connection.execute(text("SELECT act FROM audit_log")).scalars().all()
    assert (grant.cap_e8, grant.broker, grant.state) == (CAP, BROKER, "live")
    assert "application-granted" in kinds
    assert "grant application" in acts


def test_o4_who_agrees_shows_a_second_factor_that_was_not_shown_lately(house: House) -> None:
    app, person = registered(house), user(house, lately=False)
    secret = house.write(lambda connection: with_second_factor(connection, house.seal, person.user))
    page = app.shown(person, app.asks())
    assert 'name="proof"' in page.text
    wrong = app.decided(person, app.asks(), proof="000000")
    assert wrong.status_code == 403
    assert "That was not right" in html.unescape(wrong.text)
    later = pyotp.TOTP(secret).at(int(time.time()) + 30)  # the code of now was used to set it up
    assert parameters(app.decided(person, app.asks(), proof=later))["code"]
    house.second_passes()
    assert 'name="proof"' not in app.shown(person, app.asks()).text


def test_o4_refusing_needs_no_second_factor(house: House) -> None:
    app, person = registered(house), user(house, lately=False)
    assert error(app.decided(person, app.asks(), "refuse"))[0] == "access_denied"


def form(person: Person, query: str) -> dict[str, str]:
    return {"csrf": person.session.csrf, "request": query, "decision": "approve"}


def test_o4_nobody_agrees_to_a_cap_that_was_not_shown(house: House) -> None:
    app, person = registered(house), user(house)
    shown = form(person, app.asks()) | {"cap": str(CAP)}
    page = html.unescape(app.shown(person, app.asks()).text)
    assert f'name="cap" value="{CAP}"' in page
    dearer = replace(wish(), cap_e8=RateE8(CAP + 10_000_000))
    house.write(lambda connection: clients.change(connection, app.new.client_id, dearer))
    again = browser(house, person, shown)
    assert again.status_code == 409
    assert "up to 50 % of the trading fee" in html.unescape(again.text)
    assert parameters(browser(house, person, shown | {"cap": str(CAP + 10_000_000)}))["code"]


def test_o4_nor_to_one_that_was_changed_while_the_yes_was_on_its_way(house: House) -> None:
    app, person = registered(house), user(house)
    dearer = replace(wish(), cap_e8=RateE8(CAP + 10_000_000))
    before = house.read(lambda connection: consents.consents_of(connection, person.account))

    async def proves(*_: Any) -> None:  # the last thing before the yes is written down
        house.write(lambda connection: clients.change(connection, app.new.client_id, dearer))

    with mock.patch.object(desk_oauth, "_prove", proves):
        again = browser(house, person, form(person, app.asks()) | {"cap": str(CAP)})
    assert again.status_code == 409
    assert "up to 50 % of the trading fee" in html.unescape(again.text)
    mine = select(oauth_codes).where(oauth_codes.c.client_id == app.new.client_id)
    assert house.read(lambda connection: connection.execute(mine).all()) == []
    assert house.read(lambda connection: consents.consents_of(connection, person.account)) == before


def test_o4_no_application_asks_in_the_name_of_the_brand(house: House) -> None:
    app = registered(house, of=replace(wish(), name="{brand} {cap}"))
    page = html.unescape(app.shown(user(house), app.asks()).text)
    assert "{brand} {cap} asks to act for you" in page


def test_o5_a_foreign_page_cannot_agree_for_the_user(house: House) -> None:
    app, person = registered(house), user(house)
    good = form(person, app.asks())
    for forged in (good | {"csrf": ""}, good | {"csrf": "x"}, {name: good[name] for name in ("request", "decision")}):
        assert browser(house, person, forged).json()["error"]["code"] == "sign_in"
    answer = browser(house, person, good, origin="https://evil.example")
    assert answer.json()["error"]["code"] == "foreign_page"
    assert parameters(browser(house, person, good))["code"]


def test_o5_what_is_changed_on_the_way_is_looked_at_anew(house: House) -> None:
    app, person = registered(house), user(house)
    changed = browser(house, person, form(person, app.asks(redirect_uri="https://evil.example/")))
    assert (changed.status_code, "location" in changed.headers) == (400, False)
    huge = browser(house, person, form(person, app.asks(state="x" * 9_000)))
    assert huge.status_code == 400


def test_o2_an_address_with_a_query_and_one_of_an_app_are_answered_where_they_are(house: House) -> None:
    for address, kind in (("https://app.example/x?a=b", ClientKind.SECRET), ("com.example.app:/x", ClientKind.PUBLIC)):
        app = registered(house, kind, wish(kind, redirects=(address,)))
        page = app.shown(user(house), app.asks(redirect_uri=address))
        assert page.status_code == 200
        location = app.decided(user(house), app.asks(redirect_uri=address)).headers["location"]
        assert location.startswith(address)
        assert parse_qs(urlsplit(location).query)["iss"] == [BASE]
