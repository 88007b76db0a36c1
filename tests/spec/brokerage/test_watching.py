"""What a gateway sees of a broker that is watched: CK-10."""

import asyncio
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commonbook.brokerage import observing
from commonbook.brokerage.conformance import Seen
from commonbook.brokerage.observing import Reading, Watch
from commonbook.gateway import watching
from commonbook.gateway.watching import WatchedApp
from commonbook.identity.model import Bearer, Credential, Permission

FAR_MS = 10**15
BROKER, PAYOUT = 7, 700
PLAIN = Credential(1, "key-of-ada", 100, 1, "", frozenset(Permission), (), b"secret", "", frozenset())
BEARER = Bearer("client", BROKER, 5, "", False)
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "2"}


class Venue:
    """One gateway's door of the simulated venue as far as a watch needs it, and an application that answers."""

    def __init__(self, folder: Path, credential: Credential) -> None:
        tokens = SimpleNamespace(named={"token-1": SimpleNamespace(credential=credential)}.get)
        authenticator = SimpleNamespace(find={"key-of-ada": credential}.get, tokens=tokens)
        environments: Any = SimpleNamespace(simulated_door=SimpleNamespace(authenticator=authenticator))
        self.folder = folder
        self.app = WatchedApp(environments, folder, self.answer)
        self.content: Any = {"code": "0", "data": []}
        self.took = b""

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.took = (await receive())["body"]
        if self.content is None:
            return
        text = json.dumps(self.content).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text[:5], "more_body": True})
        await send({"type": "http.response.body", "body": text[5:]})

    def ask(self, method: str, path: str, body: Any = "", **headers: str) -> bytes:
        """What the client gets."""
        given = {"ok-access-key": "key-of-ada", "x-simulated-trading": "1"} | headers
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        scope = {
            "type": "http",
            "method": method,
            "path": f"/api/v5{path}",
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        }
        got = b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content}

        async def send(message: dict[str, Any]) -> None:
            nonlocal got
            got += message.get("body", b"")

        asyncio.run(self.app(scope, receive, send))
        assert self.took == content
        return got

    def watch(self) -> Watch:
        watch = observing.begin(self.folder, "NORTH", BROKER, PAYOUT, 0, FAR_MS)
        self.app.look()
        return watch

    def seen(self, watch: Watch) -> list[Seen]:
        self.app.look()
        reading = Reading(self.folder, watch)
        reading.look()
        return reading.seen


def venue(folder: Path, **changed: Any) -> Venue:
    return Venue(folder, replace(PLAIN, **changed))


def test_ck10_nothing_is_seen_of_whom_nobody_watches(tmp_path: Path) -> None:
    one = venue(tmp_path, brokers=frozenset({BROKER}))
    one.ask("GET", "/account/balance")
    one.app.look()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "whose",
    [
        {"brokers": frozenset({3, BROKER})},
        {"holder": BROKER},
        {"owner": BROKER},
        {"bearer": BEARER},
        {"account": PAYOUT},
    ],
)
def test_ck10_seen_is_what_is_the_brokers(tmp_path: Path, whose: dict[str, Any]) -> None:
    one = venue(tmp_path, **whose)
    watch = one.watch()
    one.ask("GET", "/account/balance")
    one.ask("GET", "/account/balance", ok_access_key="", authorization="Bearer token-1")
    assert [(found.route, found.code) for found in one.seen(watch)] == [("GET /account/balance", "0")] * 2


@pytest.mark.parametrize(
    ("whose", "headers"),
    [
        ({"brokers": frozenset({3})}, {}),
        ({"holder": BROKER}, {"x_simulated_trading": "0"}),  # the live venue
        ({"holder": BROKER}, {"ok_access_key": "of-a-stranger"}),
        ({"holder": BROKER}, {"ok_access_key": ""}),
        ({"holder": BROKER}, {"ok_access_key": "", "authorization": "Basic token-1"}),
    ],
)
def test_ck10_and_nothing_of_others_or_of_the_live_venue(
    tmp_path: Path, whose: dict[str, Any], headers: dict[str, str]
) -> None:
    one = venue(tmp_path, **whose)
    watch = one.watch()
    assert json.loads(one.ask("GET", "/account/balance", **headers)) == one.content
    assert one.seen(watch) == []


def test_ck10_of_orders_the_rows_are_kept_without_what_was_asked_for(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    one.content = {
        "code": "2",
        "data": [
            {"ordId": "42", "sCode": "0", "brokerCode": "NORTH", "clOrdId": "a"},
            {"ordId": "", "sCode": "51008", "brokerCode": "", "clOrdId": "b"},
        ],
    }
    got = one.ask("POST", "/trade/batch-orders", [ORDER | {"clOrdId": "a"}, ORDER | {"clOrdId": "b"}])
    assert json.loads(got) == one.content
    (found,) = one.seen(watch)
    assert [(row.code, row.order, row.broker) for row in found.rows] == [("0", 42, "NORTH"), ("51008", 0, "")]
    assert found.rows[0].digest == found.rows[1].digest  # the same but for the name it was given
    (path,) = tmp_path.glob("*.seen")
    assert path.stat().st_mode & 0o077 == 0
    for secret in (b"BTC-USDT", b"key-of-ada", b"secret"):
        assert secret not in path.read_bytes()
    assert found.key == hashlib.sha256(b'"key-of-ada"').hexdigest()[: watching.DIGEST_CHARACTERS]


def test_ck10_the_order_of_fields_is_no_difference_and_a_price_is(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    one.content = {"code": "1", "data": [{"ordId": "", "sCode": "51008", "brokerCode": ""}]}
    for body in (ORDER, dict(reversed(ORDER.items())), ORDER | {"px": "3"}):
        one.ask("POST", "/trade/order", body)
    digests = [found.rows[0].digest for found in one.seen(watch)]
    assert digests[0] == digests[1] != digests[2]


def test_ck10_a_refusal_of_the_whole_and_what_cannot_be_read_are_seen_too(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    one.content = {"code": "50113", "data": [], "msg": "no"}
    one.ask("POST", "/trade/order", ORDER)
    one.ask("POST", "/trade/order", "{")
    one.ask("GET", "/no/such/path")
    found = one.seen(watch)
    assert [(seen.route, seen.code, seen.rows) for seen in found] == [
        ("POST /trade/order", "50113", ()),
        ("POST /trade/order", "50113", ()),
        ("", "50113", ()),
    ]
    assert found[0].digest != found[1].digest


def test_ck10_over_websocket_logins_and_orders_are_seen_as_over_rest(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    row = {"ordId": "42", "sCode": "0", "brokerCode": "NORTH"}
    one.content = {"code": "0", "data": [row]}
    one.ask("POST", "/trade/order", ORDER)
    told = json.dumps({"id": "1", "op": "order", "code": "0", "msg": "", "data": [row], "inTime": "1"}).encode()
    credential = replace(PLAIN, holder=BROKER)
    one.app.orders(credential, "order", [ORDER | {"clOrdId": "x"}], 1, told)  # the long way
    one.app.orders(credential, "order", json.dumps(ORDER).encode(), 1, told)  # the short way
    both = json.dumps({"id": "1", "op": "batch-orders", "code": "0", "data": [row, row]}).encode()
    one.app.orders(credential, "batch-orders", json.dumps([ORDER, ORDER]).encode(), 1, both)
    one.app.login({"apiKey": "key-of-ada", "sign": "wrong"}, 1, "50113")
    one.app.login({"accessToken": "token-1"}, 1, "0")
    found = sorted(one.seen(watch), key=lambda seen: (seen.route, seen.code))
    assert [(seen.route, seen.code) for seen in found] == [
        ("POST /trade/batch-orders", "0"),
        *[("POST /trade/order", "0")] * 3,
        ("login", "0"),
        ("login", "50113"),
    ]
    orders = [seen for seen in found if seen.route != "login"]
    assert {row for seen in orders for row in seen.rows} == set(orders[0].rows)
    assert len({seen.digest for seen in orders[1:]}) == 1
    assert len({seen.key for seen in found}) == 1


def test_ck10_over_websocket_nothing_is_seen_of_others_or_while_nobody_watches(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    told = json.dumps({"code": "0", "data": [{"ordId": "42", "sCode": "0"}]}).encode()
    one.app.orders(replace(PLAIN, holder=BROKER), "order", [ORDER], 1, told)
    one.app.login({"apiKey": "key-of-ada"}, 1, "0")
    watch = one.watch()
    one.app.orders(PLAIN, "order", [ORDER], 1, told)
    one.app.orders(replace(PLAIN, holder=BROKER), "mass-cancel", [{}], 1, told)
    for names in ({"apiKey": "of-a-stranger"}, {"ticket": "t"}, {"apiKey": 7}, {"accessToken": "nothing"}):
        one.app.login(names, 1, "0")
    assert one.seen(watch) == []


def test_ck10_who_is_answered_nothing_is_not_counted(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    one.content = None
    one.ask("GET", "/account/balance")
    assert one.seen(watch) == []


def test_ck10_what_came_before_its_end_is_written_and_then_no_more(tmp_path: Path) -> None:
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    one.ask("GET", "/account/balance")
    observing.end(tmp_path, watch)
    assert len(one.seen(watch)) == 1
    one.ask("GET", "/account/balance")
    assert len(one.seen(watch)) == 1


def test_ck10_a_gateway_keeps_so_many_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "REQUESTS_MOST", 3)
    one = venue(tmp_path, holder=BROKER)
    watch = one.watch()
    for _ in range(5):
        assert json.loads(one.ask("GET", "/account/balance"))["code"] == "0"
    assert len(one.seen(watch)) == 3
