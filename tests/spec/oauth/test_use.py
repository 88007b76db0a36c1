"""What a token does at the door. Rules O-9 to O-13 and O-15."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from spec.house import House, Person
from spec.oauth.rig import (
    APIKEY,
    BASE,
    CAP,
    DELETE_APIKEY,
    ELSEWHERE,
    INTROSPECT,
    ORDER,
    REDIRECT,
    SERVER,
    VERIFIER,
    App,
    parameters,
    registered,
    user,
    wish,
)
from spec.small_exchange import BROKER, CODE, PAYOUT, SOUTH, TAKER, one
from sqlalchemy import select, text, update

from commonbook.broker import consents
from commonbook.broker.consenting import TEXT_VERSION
from commonbook.gateway.okx_v5.app import MAKES_KEYS, NOT_BY_TOKEN, PREFIX, ROUTES
from commonbook.gateway.okx_v5.fast_keys import DAY_NS
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.gateway.records.server import _tend
from commonbook.identity.model import Credential, Permission
from commonbook.oauth import clients, held
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, Scope
from commonbook.records import Attribution, CommandKind
from commonbook.settings import OauthSettings, RecordSettings, StreamSettings
from commonbook.storage.schema import api_keys
from commonbook.storage.tables.notices import mails
from commonbook.units import RateE8

CONFIG = "/api/v5/account/config"
PLACE = "/api/v5/trade/order"
OTHER, OTHER_CODE = 2, "SOUTHWIND"
DENIED = {"53000", "53001", "53002", "53003", "53004", "53006", "53009", "53013", "53014", "50114", "50103"}


@pytest.fixture(scope="module")
def tokens(house: House) -> dict[str, tuple[App, str]]:
    """A token of each scope alone."""
    app, person = registered(house), user(house)
    return {scope.value: (app, app.granted(person, scope.value)["access_token"]) for scope in Scope}


@pytest.mark.parametrize("scope", Scope)
def test_o9_each_route_lets_in_the_scope_that_covers_it(
    house: House, tokens: dict[str, tuple[App, str]], scope: Scope
) -> None:
    app, token = tokens[scope]
    for method, path in ROUTES:
        code = app.code_of(token, method, PREFIX + path, {} if method == "POST" else None)
        needed = ROUTES[method, path].permission
        if needed is None:
            assert code not in DENIED, path
            continue
        if (method, path) in NOT_BY_TOKEN or needed is Permission.WITHDRAW:
            is_let_in = False
        elif (method, path) in MAKES_KEYS:
            is_let_in = scope is Scope.FAST
        else:
            is_let_in = needed.value == scope.value
        assert (code != "53013") is is_let_in, (method, path, code)
        assert code not in DENIED - {"53013"}, (method, path, code)


def test_o9_no_route_about_subaccounts_or_withdrawals_is_a_tokens() -> None:
    assert {name for name in ROUTES if "subaccount" in name[1]} <= NOT_BY_TOKEN
    assert {route.permission for route in ROUTES.values()} <= {None, *Permission} - {Permission.MANAGE}


def test_o9_funds_move_inside_the_account_and_no_further(house: House) -> None:
    app = registered(house)
    token = app.granted(user(house))["access_token"]
    move = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
    assert app.code_of(token, "POST", "/api/v5/asset/transfer", move) == "0"
    for kind in ("1", "2", "3", "4"):
        assert app.code_of(token, "POST", "/api/v5/asset/transfer", move | {"type": kind, "subAcct": "x"}) == "53013"


def test_o9_a_token_is_let_in_at_no_desk(house: House) -> None:
    app = registered(house)
    token = app.granted(user(house))["access_token"]
    for path in ("/account/v1/me", "/account/v1/keys", "/account/v1/grants"):
        answer = app.call(token, "GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in")


# -- the order of checks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "abc"])
def test_o10_a_header_of_another_kind_is_told(house: House, header: str) -> None:
    answer = registered(house).http.get(CONFIG, headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "50114")


def test_o10_an_unknown_token_and_one_that_refreshes_are_no_access_tokens(house: House) -> None:
    app = registered(house)
    given = app.granted(user(house))
    for token in ("nothing", given["refresh_token"], given["access_token"] + "x"):
        answer = app.call(token, "GET", CONFIG)
        assert (answer.status_code, answer.json()["code"]) == (400, "53000")


def test_o10_beside_an_api_key_it_says_nothing_and_public_routes_do_not_look(house: House) -> None:
    app = registered(house)
    token = app.granted(user(house))["access_token"]
    assert app.call(token, "GET", CONFIG, **{"ok-access-key": "x"}).json()["code"] == "50104"
    assert app.code_of("nothing", "GET", "/api/v5/public/time") == "0"


def test_o10_checks_are_told_in_their_order(house: House) -> None:
    """One token, from which one fault after the other is taken away: the first that is left is told."""
    app, person = registered(house), user(house)
    token = app.granted(person, "trade")["access_token"]
    foreign = app.at(ELSEWHERE)

    def change(statement: str) -> None:
        house.write(lambda connection: connection.execute(text(statement), {"user": person.user}))
        house.second_passes()

    of_user = "WHERE user_id = :user"
    of_grant = f"WHERE grant_id IN (SELECT grant_id FROM oauth_grants {of_user})"
    change(f"UPDATE oauth_grants SET state = 'canceled' {of_user}")
    change(f"UPDATE oauth_tokens SET expires_ns = expires_ns - 7200000000000, live = FALSE {of_grant}")
    change(f"UPDATE users SET state = 'locked' {of_user}")
    for mended, code in (
        ("SELECT 1", "53001"),
        (f"UPDATE oauth_grants SET state = 'live' {of_user}", "53003"),
        (f"UPDATE oauth_tokens SET live = TRUE {of_grant}", "53002"),
        (f"UPDATE oauth_tokens SET expires_ns = expires_ns + 7200000000000 {of_grant}", "53004"),
        (f"UPDATE users SET state = 'active' {of_user}", "53014"),
    ):
        change(mended)
        assert foreign.code_of(token) == code
    assert app.code_of(token) == "53013"
    assert app.code_of(token, "POST", PLACE, {}) not in DENIED


# -- whose an order is ------------------------------------------------------------------------------------------------


def attributed(house: House, order_id: str) -> tuple[int, int, int, str]:
    """Broker, attribution, channel and tag."""
    with house.door.database.connect() as connection:
        query = text("SELECT broker, attribution, channel, tag FROM orders WHERE order_id = :order")
        row = connection.execute(query, {"order": int(order_id)}).one()
    return tuple(row)


@pytest.mark.parametrize("tag", ["", CODE, OTHER_CODE, "UNKNOWN"])
@pytest.mark.parametrize("way", ["short", "long", "batch"])
def test_o12_every_order_is_the_brokers_whatever_its_tag_says(house: House, tag: str, way: str) -> None:
    other = one(CommandKind.BROKER_CODE, broker=OTHER, active=1, payout_account=PAYOUT, code=OTHER_CODE.encode())
    house.send(other)
    app = registered(house)
    token = app.granted(user(house))["access_token"]
    order = ORDER | {"tag": tag}
    if way == "batch":
        answer = app.call(token, "POST", "/api/v5/trade/batch-orders", [order])
    else:
        later = {"exptime": str(time.time_ns() // 10**6 + 60_000)} if way == "long" else {}
        answer = app.call(token, "POST", PLACE, order, **later)
    row = answer.json()["data"][0]
    assert (row["sCode"], row["tag"]) == ("0", tag)
    assert attributed(house, row["ordId"]) == (BROKER, 0, 1, tag)


# -- over WebSocket ---------------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """A transport that remembers what was written."""

    sent: list[Any] = field(default_factory=list)
    underlying_transport: Any = None

    def send(self, kind: Any, content: bytes) -> None:
        self.sent.append(content)

    def disconnect(self, graceful: bool = True) -> None: ...

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.sent if one.startswith(b"{")]


def socket_of(house: House, address: str) -> tuple[Connection, Wire]:
    """A connection without a network."""
    hub: Any = SimpleNamespace(door=house.door, settings=StreamSettings(), disconnected=lambda _: None)
    found: Any = Connection(hub, Url.PRIVATE)
    wire = Wire()
    found.address, found._transport = address, wire
    return found, wire


class Looks:
    """A witness that remembers."""

    def __init__(self) -> None:
        self.logins: list[tuple[str, str]] = []
        self.asked: list[tuple[str, Any, str]] = []

    def login(self, names: dict[str, Any], came_ns: int, code: str) -> None:
        self.logins.append((str(names.get("accessToken", ""))[:7], code))

    def orders(self, credential: Credential, operation: str, asked: Any, came_ns: int, told: bytes) -> None:
        self.asked.append((operation, asked, json.loads(told)["code"]))


def test_ck10_a_socket_tells_who_looks_on_of_logins_and_orders(house: House) -> None:
    app, person = registered(house), user(house)
    tokens = app.granted(person)
    house.door.witness = looks = Looks()

    async def go() -> None:
        connection, _ = socket_of(house, SERVER)
        connection._message(json.dumps({"op": "login", "args": [{"accessToken": "nothing"}]}).encode())
        connection, _ = socket_of(house, SERVER)
        login = {"op": "login", "args": [{"accessToken": tokens["access_token"]}]}
        connection._message(json.dumps(login).encode())
        connection._hub.lane = Lane(house.settings.gateway)
        for order in (ORDER, ORDER | {"px": 1}):  # the short way and the long way
            connection._message(json.dumps({"id": "1", "op": "order", "args": [order]}).encode())
            await asyncio.gather(*connection.working)

    asyncio.run(go())
    assert looks.logins == [("nothing", "53000"), (tokens["access_token"][:7], "0")]
    (short, long) = looks.asked
    assert (short[0], json.loads(short[1]), short[2]) == ("order", ORDER, "0")
    assert (long[0], long[1]) == ("order", [ORDER | {"px": 1}])


def test_o11_a_socket_is_logged_in_by_a_token_and_lasts_as_long(house: House) -> None:
    app, phone, person = registered(house), registered(house, ClientKind.PUBLIC), user(house)
    tokens, device = app.granted(person), phone.granted(person)

    async def go() -> None:
        for address, arg, code in (
            (SERVER, {"accessToken": tokens["access_token"]}, "0"),
            (ELSEWHERE, {"accessToken": tokens["access_token"]}, "53014"),
            (ELSEWHERE, {"accessToken": device["access_token"], "termId": "phone-1"}, "0"),
            (ELSEWHERE, {"accessToken": device["access_token"]}, "53006"),
            (SERVER, {"accessToken": "nothing"}, "53000"),
        ):
            connection, wire = socket_of(house, address)
            connection._message(json.dumps({"op": "login", "args": [arg]}).encode())
            assert wire.events()[0]["code"] == code
            assert connection.is_open is (code == "0")
        connection, wire = socket_of(house, SERVER)
        connection._message(json.dumps({"op": "login", "args": [{"accessToken": tokens["access_token"]}]}).encode())
        connection.look_after(time.monotonic())
        assert connection.is_open
        app.http.close()
        await asyncio.to_thread(app.at(SERVER).refresh, tokens["refresh_token"])
        house.second_passes()
        connection.look_after(time.monotonic())
        assert not connection.is_open
        assert wire.sent[-1][:2] == (4007).to_bytes(2, "big")

    asyncio.run(go())


def test_o11_a_socket_ends_with_the_address_that_it_came_from(house: House) -> None:
    app = registered(house)
    found = house.authenticator.by_token(app.granted(user(house))["access_token"], SERVER, "", None)
    assert isinstance(found, Credential)
    assert house.authenticator.is_current(found)
    moved = Wish("Northstar bots", (REDIRECT,), wish().scopes, (ELSEWHERE,), CAP)
    house.write(lambda connection: clients.change(connection, app.new.client_id, moved))
    house.second_passes()
    assert not house.authenticator.is_current(found)


def test_o15_the_records_door_looks_anew_before_it_looks_after_its_connections() -> None:
    """A key is known for a second: with a look of its own behind that, an open session would live for longer."""
    seen: list[str] = []
    tended = SimpleNamespace(beat=lambda _: seen.append("beat"), check_key=lambda: seen.append("check"))
    door: Any = SimpleNamespace(
        settings=RecordSettings(heartbeat_ms=40),
        connections=[tended],
        authenticator=SimpleNamespace(look_now=lambda: seen.append("look")),
    )

    async def go() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(_tend(door), 0.1)

    asyncio.run(go())
    assert seen[:3] == ["look", "beat", "check"]


@pytest.mark.parametrize("scope", ["read_only", "trade"])
def test_o11_private_channels_need_reading(house: House, scope: str) -> None:
    app = registered(house)
    connection, _ = socket_of(house, SERVER)
    found = house.authenticator.by_token(app.granted(user(house), scope)["access_token"], SERVER, "", None)
    assert isinstance(found, Credential)
    connection.credential = found
    assert connection.reads_its_account is (scope == "read_only")


# -- Fast API keys ----------------------------------------------------------------------------------------------------

KEY = {"label": "bot", "passphrase": "Secret-42", "perm": "trade", "bindApp": True}


def signed(app: App, key: dict[str, Any], method: str, path: str, body: str = "") -> Any:
    """A request that is signed with an API key."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 10**6 % 1000:03d}Z"
    message = (stamp + method + path + body).encode()
    digest = hmac.new(key["secretKey"].encode(), message, hashlib.sha256).digest()
    headers = {
        "ok-access-key": key["apiKey"],
        "ok-access-sign": base64.b64encode(digest).decode(),
        "ok-access-timestamp": stamp,
        "ok-access-passphrase": key["passphrase"],
        "content-type": "application/json",
    }
    return app.http.request(method, path, content=body or None, headers=headers).json()


def test_o13_a_client_makes_one_key_that_is_the_brokers_and_works_from_its_addresses(house: House) -> None:
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    answer = app.call(token, "POST", APIKEY, KEY).json()
    assert answer["code"] == "0", answer
    [key] = answer["data"]
    assert set(key) == {"label", "apiKey", "secretKey", "passphrase", "perm", "bindApp"}
    assert (key["perm"], key["bindApp"]) == ("read_only,trade", True)
    assert app.code_of(token, "POST", APIKEY, KEY) == "50116"
    assert signed(app, key, "GET", CONFIG)["code"] == "0"
    assert signed(app.at(ELSEWHERE), key, "GET", CONFIG)["code"] == "50110"
    body = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"3","tag":"NORTHSTAR"}'
    placed = signed(app, key, "POST", PLACE, body)["data"][0]
    assert attributed(house, placed["ordId"]) == (BROKER, 0, 1, CODE)
    withdrawal = signed(app, key, "POST", "/api/v5/asset/withdrawal", "{}")
    assert withdrawal["code"] == "50120"
    moved = Wish("Northstar bots", (REDIRECT,), wish().scopes, (ELSEWHERE,), RateE8(0))
    house.write(lambda connection: clients.change(connection, app.new.client_id, moved))
    house.second_passes()
    assert signed(app, key, "GET", CONFIG)["code"] == "50110"
    assert signed(app.at(ELSEWHERE), key, "GET", CONFIG)["code"] == "0"


def test_o13_it_is_deleted_once_and_another_can_be_made(house: House) -> None:
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    assert app.code_of(token, "POST", DELETE_APIKEY, {}) == "59506"
    [key] = app.call(token, "POST", APIKEY, KEY).json()["data"]
    assert app.code_of(token, "POST", "/v5/users/oauth/delete-apikey", {}) == "0"  # the shorter name as well
    with house.door.database.connect() as connection:
        query = text("SELECT act FROM audit_log WHERE actor = :actor ORDER BY time_ns DESC LIMIT 2")
        acts = connection.execute(query, {"actor": f"user:{person.user}"}).scalars().all()
        told = select(mails.c.kind).where(mails.c.user_id == person.user).order_by(mails.c.mail)
        kinds = connection.execute(told).scalars().all()
    assert acts == ["revoke key of application", "make key"]
    assert kinds == ["application-granted", "application-key-made", "application-key-ended"]
    house.second_passes()
    assert signed(app, key, "GET", CONFIG)["code"] == "50111"
    assert app.code_of(token, "POST", DELETE_APIKEY, {}) == "59506"
    assert app.code_of(token, "POST", APIKEY, KEY) == "0"


def test_o13_so_many_keys_are_made_for_a_user_in_a_day(house: House) -> None:
    house.door.oauth = OauthSettings(fast_keys_a_day=2)
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    for _ in range(2):
        assert app.code_of(token, "POST", APIKEY, KEY) == "0"
        assert app.code_of(token, "POST", DELETE_APIKEY, {}) == "0"
    assert app.code_of(token, "POST", APIKEY, KEY) == "50011"
    house.write(
        lambda connection: connection.execute(update(api_keys).values(created_ns=api_keys.c.created_ns - DAY_NS))
    )
    assert app.code_of(token, "POST", APIKEY, KEY) == "0"
    assert OauthSettings().fast_keys_a_day == 10


def test_o13_a_key_that_the_user_has_revoked_makes_room(house: House) -> None:
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    [key] = app.call(token, "POST", APIKEY, KEY).json()["data"]
    assert person.delete(f"/account/v1/keys/{key['apiKey']}").status_code == 200
    assert app.code_of(token, "POST", APIKEY, KEY) == "0"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"label": ""}, "50014"),
        ({"label": "x" * 51}, "51000"),
        ({"passphrase": ""}, "50014"),
        ({"passphrase": "weak"}, "59505"),
        ({"perm": "withdraw"}, "51000"),
        ({"perm": "trade,withdraw"}, "51000"),
        ({"bindApp": "maybe"}, "51000"),
        ({"bindApp": False, "ip": "not an address"}, "51000"),
        ({"bindApp": False, "ip": ",".join(f"10.0.0.{n}" for n in range(21))}, "59503"),
    ],
)
def test_o13_what_is_wrong_is_told_and_makes_no_key(house: House, changed: dict[str, Any], code: str) -> None:
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    assert app.code_of(token, "POST", APIKEY, KEY | changed) == code
    assert app.code_of(token, "POST", DELETE_APIKEY, {}) == "59506"


def test_o13_a_client_that_may_no_longer_make_keys_makes_none(house: House) -> None:
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    less = Wish("Northstar bots", (REDIRECT,), frozenset({Scope.READ}), (SERVER,), RateE8(0))
    house.write(lambda connection: clients.change(connection, app.new.client_id, less))
    house.second_passes()
    assert app.code_of(token, "POST", APIKEY, KEY) == "53017"


def test_o13_keys_and_sessions_make_no_fast_key(house: House) -> None:
    person = user(house)
    assert person.post(APIKEY, KEY).json()["code"] == "50120"
    assert person.post(DELETE_APIKEY, {}).json()["code"] == "50120"


@pytest.mark.parametrize(("by", "code"), [("user", "53001"), ("host", "53003")])
def test_o13_a_token_that_was_taken_back_within_the_second_makes_no_key(house: House, by: str, code: str) -> None:
    """A gateway knows a token for a second; a key that is made in it would outlive what it came of."""
    app, person = registered(house), user(house)
    token = app.granted(person, "fast_api")["access_token"]
    assert app.code_of(token, "POST", DELETE_APIKEY, {}) == "59506"  # the token is known from here on
    if by == "user":
        assert person.delete(f"/account/v1/grants/{app.new.client_id}").status_code == 200
    else:
        house.write(lambda connection: clients.disable(connection, app.new.client_id))
    assert app.code_of(token, "POST", APIKEY, KEY) == code
    assert grants(person) == []


def test_be12_a_suspended_broker_acts_for_nobody_until_it_is_resumed(house: House) -> None:
    app, person = registered(house), user(house)
    tokens, maker = app.granted(person), app.granted(person, "fast_api")
    found = house.authenticator.by_token(tokens["access_token"], SERVER, "", None)
    assert isinstance(found, Credential)
    wanted = KEY | {"bindApp": False}  # in the client's hands, with no addresses
    [key] = app.call(maker["access_token"], "POST", APIKEY, wanted).json()["data"]
    assert signed(app, key, "GET", CONFIG)["code"] == "0"
    house.write(lambda connection: consents.suspend(connection, BROKER))
    try:
        house.second_passes()
        assert not house.authenticator.is_current(found)
        assert app.code_of(tokens["access_token"]) == app.code_of(maker["access_token"], "POST", APIKEY, KEY) == "53009"
        assert signed(app, key, "GET", CONFIG)["code"] == "50110"
        assert app.post(INTROSPECT, app.own | {"token": tokens["access_token"]}).json() == {"active": False}
        assert app.refresh(tokens["refresh_token"]).status_code == 200  # so that it may go on afterwards
        assert len(grants(person)) == 1  # and is still the user's to take back
    finally:
        house.write(lambda connection: consents.resume(connection, BROKER))
    house.second_passes()
    assert app.code_of(maker["access_token"], "POST", APIKEY, KEY) == "50116"
    assert signed(app, key, "GET", CONFIG)["code"] == "0"


# -- what the user sees -----------------------------------------------------------------------------------------------


def grants(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get("/account/v1/grants").json()
    return found


def test_o15_a_user_sees_what_a_client_has_and_takes_all_of_it_back(house: House) -> None:
    app, phone, person = registered(house), registered(house, ClientKind.PUBLIC), user(house)
    first, second = app.granted(person), app.granted(person, "read_only")
    maker = app.granted(person, "fast_api")
    [key] = app.call(maker["access_token"], "POST", APIKEY, KEY).json()["data"]
    device = phone.granted(person)
    on_phone, bots = grants(person)
    assert (bots["client"], bots["name"], bots["broker"]) == (app.new.client_id, "Northstar bots", CODE)
    assert (bots["scopes"], bots["cap"]) == (["fast_api", "read_only", "trade"], "40 %")
    assert (bots["terminals"], bots["api_key"]) == ([], key["apiKey"])
    assert on_phone["terminals"] == ["phone-1"]
    assert person.delete(f"/account/v1/grants/{app.new.client_id}").status_code == 200
    house.second_passes()
    for token in (first, second, maker):
        assert app.code_of(token["access_token"]) == "53001"
    assert app.refresh(first["refresh_token"]).json()["code"] == "53003"
    assert signed(app, key, "GET", CONFIG)["code"] == "50111"
    assert phone.code_of(device["access_token"]) == "0"
    assert [one["client"] for one in grants(person)] == [phone.new.client_id]
    again = person.delete(f"/account/v1/grants/{app.new.client_id}")
    assert again.json()["error"]["code"] == "no_such_grant"


def test_o15_another_users_grant_is_as_one_that_is_not_there(house: House) -> None:
    app, person, other = registered(house), user(house), user(house)
    tokens = app.granted(person)
    assert other.delete(f"/account/v1/grants/{app.new.client_id}").json()["error"]["code"] == "no_such_grant"
    assert grants(other) == []
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "0"


def test_o15_who_is_erased_has_granted_nothing_any_more(house: House) -> None:
    app, person = registered(house), user(house)
    tokens, maker = app.granted(person), app.granted(person, "fast_api")
    [key] = app.call(maker["access_token"], "POST", APIKEY, KEY).json()["data"]
    house.write(lambda connection: held.cancel_all(connection, person.user))
    house.second_passes()
    assert grants(person) == []
    assert app.code_of(tokens["access_token"]) == "53001"
    assert signed(app, key, "GET", CONFIG)["code"] == "50111"


@pytest.mark.parametrize("way", ["grant", "consent", "erased", "host"])
def test_o15_what_is_taken_back_is_not_fetched_with_a_code_of_before(house: House, way: str) -> None:
    nothing_left(house)
    app, person = registered(house), user(house)
    code, of_test_funds = app.code(person), app.code(person, simulated="1")
    match way:
        case "grant":
            assert person.delete(f"/account/v1/grants/{app.new.client_id}").status_code == 200
        case "consent":
            assert person.post(f"/account/v1/brokers/{CODE}/withdraw", {}).status_code == 200
        case "erased":
            house.write(lambda connection: held.cancel_all(connection, person.user))
        case "host":
            house.write(lambda connection: clients.disable(connection, app.new.client_id))
            house.write(lambda connection: clients.enable(connection, app.new.client_id))
    assert app.exchange(code).json()["code"] == "53012"
    is_left = way == "consent"  # which is about the live venue alone
    assert (app.exchange(of_test_funds).status_code == 200) is is_left
    assert [one["simulated"] for one in grants(person)] == [True] * is_left


def test_o15_what_is_over_is_not_shown(house: House) -> None:
    app, person = registered(house), user(house)
    app.granted(person)
    assert len(grants(person)) == 1
    house.write(
        lambda connection: connection.execute(
            text(
                "UPDATE oauth_tokens SET expires_ns = 1 WHERE grant_id IN"
                " (SELECT grant_id FROM oauth_grants WHERE user_id = :user)"
            ),
            {"user": person.user},
        )
    )
    assert grants(person) == []


# -- grants and consents ----------------------------------------------------------------------------------------------


def standing(house: House) -> list[tuple[str, int]]:
    """What the account of all users here has agreed to: how, and up to which cap."""
    found = house.read(lambda connection: consents.standing_consents(connection, TAKER))
    return [(one.how.value, one.cap_e8) for one in found if one.broker == BROKER]


def nothing_left(house: House) -> None:
    house.write(lambda connection: held.end_with(connection, TAKER, BROKER))
    house.write(lambda connection: consents.withdraw(connection, TAKER, BROKER, house.now_ns))


def test_o18_to_grant_is_to_agree_and_the_last_grant_taken_back_ends_the_consent(house: House) -> None:
    nothing_left(house)
    app, phone, person = registered(house), registered(house, ClientKind.PUBLIC), user(house)
    app.granted(person)
    assert standing(house) == [("oauth", CAP)]
    phone.granted(person)
    person.delete(f"/account/v1/grants/{app.new.client_id}")
    assert standing(house) == [("oauth", CAP)]  # the phone is the broker's as well
    person.delete(f"/account/v1/grants/{phone.new.client_id}")
    assert standing(house) == []


def test_o18_a_consent_for_keys_stays_when_a_grant_is_taken_back(house: House) -> None:
    nothing_left(house)
    app, person = registered(house), user(house)
    agreed = person.post(f"/account/v1/brokers/{CODE}/consent", {"text_version": TEXT_VERSION, "cap": "5"})
    assert agreed.status_code == 200, agreed.text
    app.granted(person)
    again = person.post(f"/account/v1/brokers/{CODE}/consent", {"text_version": TEXT_VERSION, "cap": "7"})
    assert again.json()["how"] == "page"
    person.delete(f"/account/v1/grants/{app.new.client_id}")
    assert standing(house) == [("page", RateE8(7_000_000))]


def test_o18_a_consent_that_is_withdrawn_ends_grants_and_keys(house: House) -> None:
    nothing_left(house)
    app, person = registered(house), user(house)
    tokens, maker = app.granted(person), app.granted(person, "fast_api")
    [key] = app.call(maker["access_token"], "POST", APIKEY, KEY | {"bindApp": False}).json()["data"]
    assert person.post(f"/account/v1/brokers/{CODE}/withdraw", {}).status_code == 200
    house.second_passes()
    assert app.code_of(tokens["access_token"]) == "53001"
    assert signed(app, key, "GET", CONFIG)["code"] == "50111"
    assert (standing(house), grants(person)) == ([], [])


def test_o18_who_refuses_the_broker_grants_nothing_and_tokens_of_before_are_nobodys(house: House) -> None:
    nothing_left(house)
    app, person = registered(house), user(house)
    token = app.granted(person)["access_token"]
    assert person.post("/account/v1/broker-refusals", {"broker": CODE}).status_code == 200
    try:
        house.second_passes()
        for way in ({}, {"exptime": str(time.time_ns() // 10**6 + 60_000)}):
            row = app.call(token, "POST", PLACE, ORDER | {"tag": CODE}, **way).json()["data"][0]
            assert (row["sCode"], row["brokerCode"]) == ("0", "")
            assert attributed(house, row["ordId"]) == (0, int(Attribution.NOT_ASSOCIATED), 1, CODE)
        answer = app.decided(person, app.asks())
        assert answer.status_code == 403
        assert "You refuse the broker" in answer.text
    finally:
        person.post("/account/v1/broker-refusals/lift", {"broker": CODE})
    house.second_passes()
    row = app.call(token, "POST", PLACE, ORDER).json()["data"][0]
    assert (row["sCode"], row["brokerCode"]) == ("0", CODE)


def test_o18_a_broker_grants_nothing_to_itself(house: House) -> None:
    app, own = registered(house), house.person(SOUTH, account=PAYOUT)
    answer = app.decided(own, app.asks())
    assert answer.status_code == 403
    assert "earns nothing on its own person" in answer.text


def test_o18_test_funds_are_no_consent(house: House) -> None:
    nothing_left(house)
    app, person = registered(house), user(house)
    assert "code" in app.answer(person, simulated="1")
    assert standing(house) == []


def test_o13_a_bound_key_is_held_by_a_broker_that_has_named_its_addresses(house: House) -> None:
    house.write(lambda connection: consents.set_addresses(connection, BROKER, [SERVER]))
    try:
        app, person = registered(house), user(house)
        maker = app.granted(person, "fast_api")["access_token"]
        [key] = app.call(maker, "POST", APIKEY, KEY).json()["data"]
        house.second_passes()
        assert signed(app, key, "GET", CONFIG)["code"] == "0"
        found = house.authenticator.find(key["apiKey"])
        assert found is not None
        assert found.holder == BROKER
    finally:
        house.write(lambda connection: consents.set_addresses(connection, BROKER, []))


# -- a real client library --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ClientKind)
def test_o6_authlibs_client_goes_the_whole_way(house: House, kind: ClientKind) -> None:
    app, person = registered(house, kind), user(house)
    with app.library("read_only trade") as client:
        more = {"term_id": "phone-1"} if kind is ClientKind.PUBLIC else {}
        url, state = client.create_authorization_url(f"{BASE}/account/oauth/authorize", code_verifier=VERIFIER, **more)
        query = url.partition("?")[2]
        answer = app.decided(person, query)
        assert parameters(answer)["state"] == state
        token = client.fetch_token(
            f"{BASE}/v5/users/oauth/token",
            authorization_response=answer.headers["location"],
            state=state,
            code_verifier=VERIFIER,
        )
        assert token["scope"] == "read_only trade"
        device = {"TERMID": "phone-1"} if more else {}
        placed = client.post(BASE + PLACE, json=ORDER, headers=device).json()["data"][0]
        assert attributed(house, placed["ordId"])[:3] == (BROKER, 0, 1)
        newer = client.refresh_token(f"{BASE}/v5/users/oauth/token")
        assert newer["access_token"] != token["access_token"]
        house.second_passes()
        assert client.get(BASE + CONFIG, headers=device).json()["code"] == "0"
        if kind is ClientKind.SECRET:
            looked = client.introspect_token(f"{BASE}/v5/users/oauth/introspect", token=newer["access_token"])
            assert looked.json()["active"] is True
        assert client.revoke_token(f"{BASE}/v5/users/oauth/revoke", token=newer["access_token"]).status_code == 200
        house.second_passes()
        assert client.get(BASE + CONFIG, headers=device).json()["code"] == "53003"
