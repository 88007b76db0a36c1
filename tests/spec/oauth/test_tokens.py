"""Codes and tokens at the token endpoints. Rules O-5 to O-8 and O-14."""

import asyncio
import base64
import threading
import time
from typing import Any

import httpx
import pytest
from spec.house import House
from spec.oauth.rig import (
    APIKEY,
    BASE,
    DEVICE,
    ELSEWHERE,
    INTROSPECT,
    REDIRECT,
    REVOKE,
    SERVER,
    TOKEN,
    VERIFIER,
    App,
    registered,
    user,
)
from sqlalchemy import text

from commonbook.gateway.okx_v5.oauth import WithTokens
from commonbook.oauth.model import ClientKind
from commonbook.settings import OauthSettings, Settings

PUBLIC = ClientKind.PUBLIC


def told(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, OKX's code and the RFC's word; and that a refusal has both forms, and is kept by nobody."""
    body = answer.json()
    assert set(body) >= {"error", "error_description", "code", "msg", "data"}, answer.text
    assert body["data"] == []
    assert f'"code":"{body["code"]}"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, body["code"], body["error"]


def later(house: House, table: str, seconds: int) -> None:
    """So much time passes for what is in a table."""
    house.write(
        lambda connection: connection.execute(
            text(f"UPDATE {table} SET expires_ns = expires_ns - :ns"), {"ns": seconds * 1_000_000_000}
        )
    )
    house.second_passes()


# -- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ClientKind)
def test_o6_the_answer_is_the_bare_object(house: House, kind: ClientKind) -> None:
    app = registered(house, kind)
    answer = app.exchange(app.code(user(house)))
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 3600, "read_only,trade")
    assert app.code_of(body["access_token"]) == "0"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_o6_both_paths_take_json_and_forms_and_basic(house: House, prefix: str) -> None:
    app, person = registered(house), user(house)
    body = {"grant_type": "authorization_code", "code_verifier": VERIFIER, "redirect_uri": REDIRECT}
    form = app.http.post(prefix + TOKEN, data=body | app.own | {"code": app.code(person)})
    assert form.status_code == 200, form.text
    pair = f"{app.new.client_id}:{app.new.client_secret}".encode()
    basic = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
    answer = app.http.post(prefix + TOKEN, json=body | {"code": app.code(person)}, headers=basic)
    assert answer.status_code == 200, answer.text


def test_o5_a_code_is_good_for_60_seconds(house: House) -> None:
    app, person = registered(house), user(house)
    code = app.code(person)
    with house.door.database.connect() as connection:
        until_ns = connection.execute(text("SELECT MAX(expires_ns) FROM oauth_codes")).scalar_one()
    assert 59 < (until_ns - time.time_ns()) / 1e9 <= 60
    later(house, "oauth_codes", 61)
    assert told(app.exchange(code)) == (400, "53012", "invalid_grant")


def test_o6_a_code_is_good_once_and_a_second_showing_ends_what_came_of_it(house: House) -> None:
    app = registered(house)
    code = app.code(user(house))
    tokens = app.exchange(code).json()
    assert app.code_of(tokens["access_token"]) == "0"
    assert told(app.exchange(code)) == (400, "53012", "invalid_grant")
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53003"
    assert told(app.refresh(tokens["refresh_token"])) == (400, "53003", "invalid_grant")


def test_o6_a_second_showing_ends_the_key_that_was_made_with_it_and_no_other(house: House) -> None:
    app, first, second = registered(house), user(house), user(house)
    codes = {person.user: app.code(person, "fast_api") for person in (first, second)}
    key = {"label": "bot", "passphrase": "Secret-42"}
    for code in codes.values():
        assert app.code_of(app.exchange(code).json()["access_token"], "POST", APIKEY, key) == "0"
    assert app.exchange(codes[first.user]).json()["code"] == "53012"
    assert first.get("/account/v1/grants").json() == []
    assert [one["api_key"] != "" for one in second.get("/account/v1/grants").json()] == [True]


@pytest.mark.parametrize("kind", ClientKind)
def test_o6_a_wrong_verifier_uses_the_code_up(house: House, kind: ClientKind) -> None:
    app = registered(house, kind)
    code = app.code(user(house))
    assert told(app.exchange(code, code_verifier="w" * 43)) == (400, "53009", "invalid_grant")
    assert told(app.exchange(code)) == (400, "53012", "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"code_verifier": ""}, (400, "53011", "invalid_request")),
        ({"code_verifier": "short"}, (400, "53010", "invalid_request")),
        ({"redirect_uri": REDIRECT + "/"}, (400, "53016", "invalid_grant")),
        ({"code": ""}, (400, "53011", "invalid_request")),
        ({"code": "nothing"}, (400, "53009", "invalid_grant")),
        ({"grant_type": "password"}, (400, "53010", "unsupported_grant_type")),
        ({"grant_type": "client_credentials"}, (400, "53010", "unsupported_grant_type")),
        ({"grant_type": 'x"y'}, (400, "53010", "invalid_request")),
        ({"client_secret": "wrong"}, (401, "53009", "invalid_client")),
        ({"client_secret": ""}, (401, "53009", "invalid_client")),
        ({"client_id": "f" * 32}, (400, "53009", "invalid_client")),
    ],
)
def test_o6_what_is_wrong_is_told_by_its_code(
    house: House, changed: dict[str, str], expected: tuple[int, str, str]
) -> None:
    app = registered(house)
    assert told(app.exchange(**({"code": app.code(user(house))} | changed))) == expected


def test_o6_another_clients_code_is_as_one_that_is_not_there_and_stays_good(house: House) -> None:
    app, other = registered(house), registered(house)
    code = app.code(user(house))
    assert told(other.exchange(code)) == (400, "53009", "invalid_grant")
    assert app.exchange(code).status_code == 200


def test_o6_a_user_who_was_locked_meanwhile_grants_nothing(house: House) -> None:
    app, person = registered(house), user(house)
    code = app.code(person)
    tokens = app.granted(person)
    locked = {"user": person.user}
    house.write(
        lambda connection: connection.execute(text("UPDATE users SET state = 'locked' WHERE user_id = :user"), locked)
    )
    assert told(app.exchange(code)) == (400, "53004", "invalid_grant")
    assert told(app.refresh(tokens["refresh_token"])) == (400, "53004", "invalid_grant")
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53004"
    house.write(
        lambda connection: connection.execute(text("UPDATE users SET state = 'active' WHERE user_id = :user"), locked)
    )
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "0"
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_o6_fast_api_has_no_refresh_token(house: House) -> None:
    app = registered(house)
    body = app.granted(user(house), "fast_api")
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert body["scope"] == "fast_api"


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "50000"),
        (b"{", "application/json", 400, "50002"),
        (b"[]", "application/json", 400, "53010"),
        (b'{"grant_type":1}', "application/json", 400, "53010"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded", 400, "53010"),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400, "53010"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded", 400, "53010"),
        (b"x" * 20_000, "application/json", 413, "50413"),
        (b'{"grant_type":"refresh_token","client_id":"\\u0000"}', "application/json", 400, "53010"),
    ],
)
def test_o7_what_cannot_be_read_is_refused(house: House, content: bytes, kind: str, status: int, code: str) -> None:
    answer = registered(house).http.post(TOKEN, content=content, headers={"content-type": kind})
    assert told(answer)[:2] == (status, code)


@pytest.mark.parametrize(
    "header", ["Basic \xff", "Basic !!!", "Basic " + base64.b64encode(b"\xff\x00").decode(), "Basic"]
)
def test_o7_a_header_that_is_no_text_is_refused(house: House, header: str) -> None:
    body = {"grant_type": "refresh_token", "refresh_token": "x"}
    answer = registered(house).http.post(TOKEN, json=body, headers=[(b"authorization", header.encode("latin-1"))])
    assert told(answer)[0] in (400, 401)


def test_o7_other_methods_are_not_known(house: House) -> None:
    for path in (TOKEN, REVOKE, INTROSPECT):
        answer = registered(house).http.get(path)
        assert told(answer)[:2] == (405, "50115")
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/v5/users/oauth", "/v5/users/oauth/other", "/v5/public/time", "/v5/users/oauth/token/"]
)
def test_o7_beside_the_endpoints_there_is_nothing(house: House, path: str) -> None:
    answer = registered(house).http.post(path, json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "50404")


def test_o7_a_client_with_a_secret_is_listened_to_from_its_own_addresses(house: House) -> None:
    app, person = registered(house), user(house)
    foreign = app.at(ELSEWHERE)
    code = app.code(person)
    assert told(foreign.exchange(code)) == (400, "53014", "invalid_client")
    tokens = app.exchange(code).json()  # the code was not touched
    assert told(foreign.refresh(tokens["refresh_token"])) == (400, "53014", "invalid_client")
    assert foreign.code_of(tokens["access_token"]) == "53014"
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_o7_a_public_client_is_anywhere_and_its_device_must_fit(house: House) -> None:
    app = registered(house, PUBLIC)
    tokens = app.granted(user(house))
    assert app.at(SERVER).code_of(tokens["access_token"]) == "0"
    for device in ("", "tablet"):
        answer = app.call(tokens["access_token"], "GET", "/api/v5/account/config", termid=device)
        assert (answer.status_code, answer.json()["code"]) == (401, "53006")
    body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]} | app.own
    assert told(app.post(TOKEN, body, termid="tablet")) == (401, "53006", "invalid_grant")
    assert app.post(TOKEN, body, termid=DEVICE).status_code == 200


# -- refreshing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ClientKind)
def test_o8_a_refresh_gives_a_new_pair_and_the_older_access_token_dies(house: House, kind: ClientKind) -> None:
    app = registered(house, kind)
    first = app.granted(user(house))
    assert app.code_of(first["access_token"]) == "0"
    second = app.refresh(first["refresh_token"]).json()
    assert {first[name] for name in ("access_token", "refresh_token")}.isdisjoint(second.values())
    house.second_passes()
    assert app.code_of(first["access_token"]) == "53003"
    assert app.code_of(second["access_token"]) == "0"
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_o8_a_refresh_token_that_is_shown_again_ends_the_family(house: House) -> None:
    app = registered(house)
    first = app.granted(user(house))
    second = app.refresh(first["refresh_token"]).json()
    assert told(app.refresh(first["refresh_token"])) == (400, "53003", "invalid_grant")
    house.second_passes()
    assert app.code_of(second["access_token"]) == "53003"
    assert told(app.refresh(second["refresh_token"])) == (400, "53003", "invalid_grant")


def test_o8_it_is_good_for_3_days_and_an_access_token_for_an_hour(house: House) -> None:
    app = registered(house)
    tokens = app.granted(user(house))
    later(house, "oauth_tokens", 3_600)
    assert app.code_of(tokens["access_token"]) == "53002"
    again = app.refresh(tokens["refresh_token"]).json()
    assert app.code_of(again["access_token"]) == "0"
    later(house, "oauth_tokens", 3 * 86_400)
    assert told(app.refresh(again["refresh_token"])) == (400, "53002", "invalid_grant")


def test_o8_less_may_be_asked_for_and_never_more(house: House) -> None:
    app, person = registered(house), user(house)
    tokens = app.granted(person)
    less = app.refresh(tokens["refresh_token"], scope="read_only").json()
    assert less["scope"] == "read_only"
    assert app.code_of(less["access_token"]) == "0"
    assert app.code_of(less["access_token"], "POST", "/api/v5/trade/cancel-order", {}) == "53013"
    again = app.refresh(less["refresh_token"]).json()
    assert again["scope"] == "read_only,trade"
    reading = app.granted(person, "read_only")
    assert told(app.refresh(reading["refresh_token"], scope="trade")) == (400, "53013", "invalid_scope")
    assert app.refresh(reading["refresh_token"]).status_code == 200  # it was not used up


def test_o8_another_clients_refresh_token_is_as_one_that_is_not_there(house: House) -> None:
    app, other = registered(house), registered(house)
    tokens = app.granted(user(house))
    for foreign in (tokens["refresh_token"], "nothing", tokens["access_token"]):
        assert told(other.refresh(foreign)) == (400, "53005", "invalid_grant")
    assert told(app.refresh(tokens["access_token"])) == (400, "53005", "invalid_grant")
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def at_once(*work: Any) -> list[httpx.Response]:
    """Requests that are sent at the same time."""
    found: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda one=one: found.append(one())) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_o6_of_requests_at_once_one_at_the_most_has_the_code(house: House) -> None:
    app = registered(house)
    code = app.code(user(house))
    answers = at_once(*[lambda: app.exchange(code)] * 4)
    assert [answer.status_code for answer in answers].count(200) <= 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"53012"}


def test_o8_of_requests_at_once_one_at_the_most_has_the_refresh_token(house: House) -> None:
    app = registered(house)
    tokens = app.granted(user(house))
    answers = at_once(*[lambda: app.refresh(tokens["refresh_token"])] * 4)
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(good) <= 1
    house.second_passes()
    for one in good:  # two have shown the same token, so the family has ended
        assert app.code_of(one["access_token"]) == "53003"


# -- revoking and looking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("kind", ClientKind)
def test_o14_either_token_ends_both(house: House, kind: ClientKind, which: str) -> None:
    app = registered(house, kind)
    tokens = app.granted(user(house))
    assert app.code_of(tokens["access_token"]) == "0"
    answer = app.post(REVOKE, {"token": tokens[which]} | app.own)
    assert (answer.status_code, answer.json()) == (200, {})
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53003"
    assert told(app.refresh(tokens["refresh_token"])) == (400, "53003", "invalid_grant")


def test_o14_what_is_not_there_and_what_is_anothers_is_answered_alike(house: House) -> None:
    app, other = registered(house), registered(house)
    tokens = app.granted(user(house))
    for token in ("nothing", tokens["access_token"], tokens["refresh_token"]):
        answer = other.post(REVOKE, {"token": token} | other.own)
        assert (answer.status_code, answer.json()) == (200, {})
        looked = other.post(INTROSPECT, {"token": token} | other.own)
        assert (looked.status_code, looked.json()) == (200, {"active": False})
    assert app.code_of(tokens["access_token"]) == "0"
    assert told(other.post(REVOKE, {"token": "x"})) == (401, "53009", "invalid_client")


def looked(app: App, token: str) -> dict[str, Any]:
    answer = app.post(INTROSPECT, {"token": token} | app.own)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_o14_a_client_looks_at_its_own_tokens(house: House) -> None:
    app = registered(house)
    tokens = app.granted(user(house))
    access, refresh = looked(app, tokens["access_token"]), looked(app, tokens["refresh_token"])
    assert access | {"iat": 0, "exp": 0} == {
        "active": True,
        "client_id": app.new.client_id,
        "token_type": "bearer",
        "scope": "read_only,trade",
        "iat": 0,
        "exp": 0,
        "iss": BASE,
    }
    assert access["exp"] - access["iat"] == 3_600
    assert refresh["exp"] - refresh["iat"] == 3 * 86_400
    newer = app.refresh(tokens["refresh_token"]).json()
    assert looked(app, tokens["access_token"]) == looked(app, tokens["refresh_token"]) == {"active": False}
    assert looked(app, newer["access_token"])["active"] is True
    public = registered(house, PUBLIC)
    assert told(public.post(INTROSPECT, {"token": "x"} | public.own))[2] == "invalid_client"


def test_o7_one_address_asks_so_often(house: House) -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    app: Any = WithTokens(house.door.database, Settings(oauth=OauthSettings(requests=3)), nothing)

    async def ask(address: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=BASE) as http:
            return await http.post(TOKEN, json={"grant_type": "x"})

    codes = [asyncio.run(ask(SERVER)).json()["code"] for _ in range(4)]
    assert codes == ["53010"] * 3 + ["50011"]
    assert asyncio.run(ask(ELSEWHERE)).json()["code"] == "53010"


def test_o7_metadata_says_where_everything_is(house: House) -> None:
    found = registered(house).http.get("/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == BASE
    assert found["token_endpoint"] == BASE + TOKEN
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
