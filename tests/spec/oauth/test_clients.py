"""What a broker registers. Rules O-1, O-2, O-16 and O-17."""

import time
from hashlib import sha256
from typing import Any

import httpx
import pytest
from spec.house import House
from spec.oauth.rig import CAP, REDIRECT, SERVER, TRADING, registered, user, wish
from spec.small_exchange import NORTH
from sqlalchemy import text

from commonbook.administration.roles import HOST, Role
from commonbook.errors import BadInput, Declined
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, Scope
from commonbook.oauth.rules import check_redirect, check_registration, form_source

SECRET, PUBLIC = ClientKind.SECRET, ClientKind.PUBLIC


def test_o1_a_secret_client_names_its_servers_and_a_public_one_has_none() -> None:
    assert check_registration("Bots", SECRET, [REDIRECT], TRADING, [" 203.0.113.7", "2001:DB8::1"], CAP) == (
        "203.0.113.7",
        "2001:db8::1",
    )
    assert check_registration("Bots", PUBLIC, [REDIRECT], TRADING, [], CAP) == ()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"redirects": []}, "redirects"),
        ({"redirects": [REDIRECT, REDIRECT]}, "redirects"),
        ({"scopes": frozenset()}, "scopes"),
        ({"ip_list": []}, "ip_list"),
        ({"ip_list": ["not an address"]}, "ip_list"),
        ({"cap_e8": -1}, "cap"),
        ({"cap_e8": 100_000_001}, "cap"),
        ({"kind": PUBLIC}, "ip_list"),
        ({"kind": PUBLIC, "ip_list": [], "scopes": frozenset({Scope.FAST})}, "fast_api"),
    ],
)
def test_o1_what_cannot_be_is_refused_by_its_name(changed: dict[str, object], named: str) -> None:
    given = {"name": "Bots", "kind": SECRET, "redirects": [REDIRECT], "scopes": TRADING, "ip_list": [SERVER]}
    with pytest.raises(BadInput, match=named):
        check_registration(**(given | {"cap_e8": CAP} | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["https://app.example/done", "https://app.example:8443/a?b=c", "https://[::1]/x"])
def test_o2_https_is_for_either_kind(address: str) -> None:
    check_redirect(address, SECRET)
    check_redirect(address, PUBLIC)


@pytest.mark.parametrize("address", ["com.example.app:/done", "http://127.0.0.1/done", "http://[::1]:8400/done"])
def test_o2_a_scheme_of_its_own_and_the_device_itself_are_for_public_clients(address: str) -> None:
    check_redirect(address, PUBLIC)
    with pytest.raises(BadInput, match="redirect"):
        check_redirect(address, SECRET)


@pytest.mark.parametrize(
    "address",
    [
        *("http://app.example/done", "http://localhost/done", "http://127.0.0.2/done", "http://127.0.0.1.example/done"),
        *("https://", "https:///done", "https://app.example/done#here", "https://user@app.example/done"),
        *("javascript:alert(1)", "data:text/html,x", "app:/done", "file:///etc/passwd", "//app.example/done", ""),
        *("https://app.example/a b", 'https://app.example/"', "https://app.example/\u00e9", "https://a.example:99999/"),
        *(
            "https://a.example;sandbox/x",
            "https://a.example,default-src/x",
            "https://a%2eexample/x",
            "https://'none'/x",
        ),
        "https://app.example/" + "x" * 500,
    ],
)
def test_o2_other_addresses_are_refused(address: str) -> None:
    for kind in ClientKind:
        with pytest.raises(BadInput, match="redirect"):
            check_redirect(address, kind)


def test_o2_a_page_lets_its_form_lead_to_the_place_of_the_address() -> None:
    assert form_source("https://app.example:8443/done?x=1") == "https://app.example:8443"
    assert form_source("com.example.app:/done") == "com.example.app:"


def test_o17_hashes_alone_are_kept(house: House) -> None:
    app = registered(house)
    code = app.code(user(house))
    tokens = app.exchange(code).json()
    with house.door.database.connect() as connection:
        kept = repr(
            [
                connection.execute(text(f"SELECT * FROM {table}")).all()
                for table in (*("oauth_clients", "oauth_codes", "oauth_grants", "oauth_tokens"),)
            ]
        )
    for secret in (app.new.client_secret, code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in kept
        assert sha256(secret.encode()).hexdigest() in kept
    assert app.new.client_secret not in repr(app.new)


def test_o17_a_grant_has_a_number_that_a_kill_switch_reaches(house: House) -> None:
    app, person = registered(house), user(house)
    tokens = app.granted(person)
    found = house.authenticator.by_token(tokens["access_token"], SERVER, "", None)
    assert not isinstance(found, str)
    assert 3 << 30 < found.id < 1 << 32


def test_o16_a_new_secret_takes_the_place_of_the_old_one_at_once_or_after_a_while(house: House) -> None:
    app, person = registered(house), user(house)
    leaked = app.new.client_secret
    fresh = house.write(lambda connection: clients.rotate_secret(connection, app.new.client_id))
    assert app.exchange(app.code(person), client_secret=leaked).json()["error"] == "invalid_client"
    assert app.exchange(app.code(person), client_secret=fresh).status_code == 200
    newest = house.write(lambda connection: clients.rotate_secret(connection, app.new.client_id, 60))
    for good in (fresh, newest):
        assert app.exchange(app.code(person), client_secret=good).status_code == 200
    house.write(
        lambda connection: connection.execute(
            text("UPDATE oauth_clients SET old_secret_until_ns = :now"), {"now": time.time_ns()}
        )
    )
    assert app.exchange(app.code(person), client_secret=fresh).json()["error"] == "invalid_client"


def test_o16_a_disabled_client_has_nothing_any_more_and_nobody_can_agree(house: House) -> None:
    app, person = registered(house), user(house)
    tokens = app.granted(person)
    assert app.code_of(tokens["access_token"]) == "0"
    assert house.write(lambda connection: clients.disable(connection, app.new.client_id)) == 1
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53003"
    assert app.shown(person, app.asks()).status_code == 400
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    house.write(lambda connection: clients.enable(connection, app.new.client_id))
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53003"
    assert app.code_of(app.granted(person)["access_token"]) == "0"


def test_o1_a_client_that_was_used_is_not_removed(house: House) -> None:
    app = registered(house)
    app.granted(user(house))
    with pytest.raises(Declined, match="disable it"):
        house.write(lambda connection: clients.remove(connection, app.new.client_id))
    unused = registered(house)
    house.write(lambda connection: clients.remove(connection, unused.new.client_id))
    assert house.read(lambda connection: clients.find(connection, unused.new.client_id)) is None
    with pytest.raises(Declined, match="there is no client"):
        house.write(lambda connection: clients.remove(connection, unused.new.client_id))


def test_o1_the_host_registers_changes_and_disables_at_its_desk(house: House) -> None:
    owner, second = house.person(HOST, Role.OWNER), house.person(HOST, Role.OWNER)

    def approved(waiting: httpx.Response) -> dict[str, Any]:
        """What another of the host's people has said yes to; who has asked cannot."""
        assert waiting.status_code == 202, waiting.text
        path, body = (
            f"/host/v1/approvals/{waiting.json()['id']}/approve",
            {"payload_hash": waiting.json()["payload_hash"]},
        )
        assert owner.post(path, body).json()["error"]["code"] == "own_request"
        done: dict[str, Any] = second.post(path, body).json()
        assert done["state"] == "done", done
        return done

    told = {"name": "Bots", "redirects": [REDIRECT], "scopes": ["trade"], "cap": "40", "ip_list": [SERVER]}
    (broker,) = {one["number"] for one in owner.get("/host/v1/brokers").json()}
    made = approved(owner.post("/host/v1/oauth-clients", {"broker": broker, "kind": "secret", "wish": told}))
    client = made["outcome"]["client"]
    assert "secret" not in made["outcome"]
    change = told | {"cap": "12.5", "name": "Better bots", "redirects": ["https://new.example/done"]}
    waiting = owner.put(f"/host/v1/oauth-clients/{client}", change)

    def named() -> dict[str, Any]:
        (found,) = [one for one in owner.get("/host/v1/oauth-clients").json() if one["client"] == client]
        return dict(found)

    assert (named()["name"], named()["redirects"]) == ("Bots", [REDIRECT])
    approved(waiting)
    assert (named()["name"], named()["cap"], named()["code"]) == ("Better bots", "12.5 %", "NORTHSTAR")
    assert named()["redirects"] == ["https://new.example/done"]
    assert len(owner.post(f"/host/v1/oauth-clients/{client}/secret", {}).json()["client_secret"]) == 43
    logo = {"kind": "image/png", "content": "iVBORw0KGgo="}
    assert owner.put(f"/host/v1/oauth-clients/{client}/logo", logo).json()["has_logo"] is True
    shown = house.ask("GET", f"/account/oauth/logo/{client}", brand=NORTH)
    assert (shown.headers["content-type"], shown.content) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert owner.post(f"/host/v1/oauth-clients/{client}/disable").json() == {"ended": 0}
    assert owner.post(f"/host/v1/oauth-clients/{client}/enable").json()["enabled"] is True
    assert client in [one["client"] for one in owner.get("/host/v1/oauth-clients").json()]
    assert owner.delete(f"/host/v1/oauth-clients/{client}").status_code == 200
    for method, path, body, code in (
        ("POST", "", {"broker": "77", "kind": "secret", "wish": told}, "no_such_broker"),
        ("POST", "", {"broker": "1", "kind": "secret", "wish": told | {"redirects": ["http://x"]}}, "bad_request"),
        ("PUT", f"/{client}", told, "no_such_client"),
        ("POST", f"/{client}/disable", None, "no_such_client"),
        ("PUT", f"/{client}/logo", logo | {"kind": "image/svg+xml"}, "bad_request"),
        ("PUT", f"/{client}/logo", logo | {"kind": "image/jpeg"}, "bad_request"),
        ("POST", f"/{client}/secret", {"old_works_s": 9_999_999}, "bad_request"),
    ):
        answer = owner.ask(method, f"/host/v1/oauth-clients{path}", body, {})
        assert answer.json()["error"]["code"] == code, answer.text


def test_o1_a_public_client_has_no_secret_to_rotate(house: House) -> None:
    app = registered(house, PUBLIC)
    assert app.new.client_secret == ""
    with pytest.raises(Declined, match="public"):
        house.write(lambda connection: clients.rotate_secret(connection, app.new.client_id))


def test_o1_a_change_leaves_what_is_granted(house: House) -> None:
    app, person = registered(house), user(house)
    tokens = app.granted(person)
    less = Wish("Northstar bots", ("https://new.example/done",), frozenset({Scope.READ}), (SERVER,), CAP)
    house.write(lambda connection: clients.change(connection, app.new.client_id, less))
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "0"
    again = app.refresh(tokens["refresh_token"])
    assert again.json()["scope"] == "read_only,trade"
    assert app.shown(person, app.asks()).status_code == 400  # its address is another now
    assert wish().redirects == (REDIRECT,)
