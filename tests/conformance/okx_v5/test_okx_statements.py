"""Handlers read what they state and answer what they state. RF-2 and RF-3 of docs/reference/reference.md.

A second gateway on the running exchange's core serves in this process, with bodies and queries that remember which
names were read of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx
import jsonschema_rs
import pytest
from conformance.okx_v5.oauth_hand import granted, library, registered, signed_in
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.test_okx_sessions import Browser
from conformance.okx_v5.wire import API, Answer, Hand, OwnBroker, Running, checked
from integration.gateway_here import GatewayHere

from commonbook.broker import consents
from commonbook.gateway.okx_v5 import app
from commonbook.gateway.okx_v5.app import MAKES_KEYS, ROUTES
from commonbook.gateway.okx_v5.shapes import SHAPES
from commonbook.gateway.okx_v5.statement import Kind, Parameter, Statement, bound_in
from commonbook.gateway.reference.asyncapi import CLOSES, asyncapi
from commonbook.gateway.reference.openapi import openapi, possible_codes, possible_row_codes, stated
from commonbook.settings import LimitSettings, Settings

NAMES = sorted(ROUTES)
SETTINGS = Settings(limits=LimitSettings(scale=1_000))
OPENAPI = openapi(SETTINGS, "aurora", "1")
ASYNCAPI = asyncapi(SETTINGS, "aurora", "1")


class Watched(dict[str, Any]):
    """An object of a request; it remembers the names that were asked of it."""

    read: ClassVar[set[str]] = set()  # of all of them, since it was last cleared

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


def watched(value: Any) -> Any:
    match value:
        case dict():
            return Watched(value)
        case list():
            return [watched(one) for one in value]
    return value


@dataclass
class Listening:
    """A hand whose requests are listened to, and what stands in the way of its requests."""

    hand: Hand
    sub_key: str
    http: httpx.Client
    maker: dict[str, str]  # the headers of a token that makes keys
    broker: Hand  # which asks what is for brokers
    client_key: str  # of a sub-account that it keeps

    def send(self, name: tuple[str, str], given: dict[str, str]) -> tuple[Answer, set[str]]:
        """Answer, and the names that were read."""
        method, path = name
        hand = self.broker if is_for_brokers(path) else self.hand
        Watched.read.clear()
        if method == "GET":
            answer = hand.get(f"{path}?{urlencode(given)}" if given else path)
        elif name in MAKES_KEYS:
            answer = checked(self.http.post(API + path, json=given, headers=self.maker))
        else:
            answer = hand.post(path, [given] if stated(name).rows else given)
        return answer, set(Watched.read)


def maker_of(running: Running, hand: Hand) -> dict[str, str]:
    """The headers of a token that makes keys of the hand's account."""
    with library(running, registered(running), "fast_api") as client:
        return {"authorization": f"Bearer {granted(client, signed_in(running, hand))['access_token']}"}


def is_for_brokers(path: str) -> bool:
    return "/broker/" in path


def broker_of(running: Running, own: OwnBroker, http: httpx.Client) -> tuple[Hand, str]:
    """A broker that keeps clients' sub-accounts, and a key of one of them."""
    running.database(lambda connection: consents.set_form(connection, own.number, True, 1_000))
    broker = replace(own.hand, http=http)
    for name in ("trader1", "trader2"):
        broker.post("/broker/dma/create-subaccount", {"subAcct": name, "label": "client"})
    asked = {"subAcct": "trader1", "label": "bot", "passphrase": "Secret-42"}
    key: str = broker.post("/broker/dma/subaccount/apikey", asked).row["apiKey"]
    return broker, key


@pytest.fixture(scope="module")
def listening(running: Running) -> Iterator[Listening]:
    with pytest.MonkeyPatch.context() as patched:
        decode_query, decode_body = app.decode_query, app.decode_body
        patched.setattr(app, "decode_query", lambda query: watched(decode_query(query)))
        patched.setattr(app, "decode_body", lambda body: watched(decode_body(body)))
        with (
            GatewayHere(running.server.data_dir, SETTINGS) as address,
            httpx.Client(base_url=address, timeout=60) as http,
        ):
            hand = replace(running.hand("aurora"), http=http)
            hand.move("USDT", "100", "18", "6")
            for name in ("trader1", "trader2"):
                hand.open_sub(name)
            (key,) = hand.get("/users/subaccount/apikey?subAcct=trader1").data
            yield Listening(
                hand, key["apiKey"], http, maker_of(running, hand), *broker_of(running, running.broker(), http)
            )


def plain_value(one: Parameter, own: dict[str, str]) -> str:
    """A value that a handler understands, so that it reads on."""
    low = bound_in(one.low, SETTINGS.gateway)
    by_kind = {Kind.WHOLE: str(max(low, 1)), Kind.FLAG: "true", Kind.DECIMAL: "1"}
    return own.get(one.name) or one.example or by_kind.get(one.kind, "a1")


def requests(told: Statement, own: dict[str, str]) -> Iterator[dict[str, str]]:
    """Nothing; everything; everything but one; with each of the words that a parameter may be."""
    read = [one for one in told.parameters if not one.is_ignored and not one.is_refused]
    whole = {one.name: plain_value(one, own) for one in read}
    yield {}
    yield whole
    for one in read:
        rest = {name: value for name, value in whole.items() if name != one.name}
        yield rest
        for word in one.values[:8]:
            yield whole | {one.name: word}
    required = {one.name: whole[one.name] for one in read if one.is_required}
    firsts = {group[0]: whole[group[0]] for group in told.one_of}
    lasts = {group[-1]: whole[group[-1]] for group in told.one_of}
    yield required | firsts
    yield required | lasts


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_rf2_a_handler_reads_what_it_states_and_nothing_else(listening: Listening, name: tuple[str, str]) -> None:
    told = stated(name)
    own = {"apiKey": listening.sub_key, "toSubAccount": "trader2", "expTime": str(2**52)}
    if is_for_brokers(name[1]):
        own["apiKey"] = listening.client_key
    if name[1].endswith("/delete-subaccount"):
        own["subAcct"] = "trader2"
    seen: set[str] = set()
    tried: set[str] = set()
    for given in requests(told, own):
        if json.dumps(given, sort_keys=True) in tried:
            continue
        tried.add(json.dumps(given, sort_keys=True))
        answer, read = listening.send(name, given)
        seen |= read
        assert answer.code in known_codes(name), (given, answer.text)
    assert seen - {one.name for one in told.parameters} == set(), "read, and not stated"
    assert seen & {one.name for one in told.parameters if one.is_ignored} == set(), "read, and stated as passed over"
    expected = {one.name for one in told.parameters if not one.is_ignored}
    if told.is_ours:
        return  # refused here: only a browser, or the simulated venue, has them
    assert expected - seen == set(), "stated, and never read"


def known_codes(name: tuple[str, str]) -> set[str]:
    rows = {"1", "2"} if possible_row_codes(name) else set()
    return {"0"} | rows | {code.number for code in possible_codes(name)}


# -- answers -----------------------------------------------------------------------------------------------------------


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema | {"components": {"schemas": SHAPES}})


class Answers:
    """A hand whose answers are compared with the document, and the shapes that were seen."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.shapes: set[str] = set()

    def get(self, path: str, **query: str) -> Answer:
        return self._checked(("GET", path), self.hand.get(f"{path}?{urlencode(query)}" if query else path))

    def post(self, path: str, body: Any) -> Answer:
        return self._checked(("POST", path), self.hand.post(path, body))

    def check(self, name: tuple[str, str], answer: Answer) -> Answer:
        return self._checked(name, answer)

    def _checked(self, name: tuple[str, str], answer: Answer) -> Answer:
        told = OPENAPI["paths"][API + name[1]][name[0].lower()]["responses"][str(answer.status)]
        if "$ref" in told:
            told = OPENAPI["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
        schema = told["content"]["application/json"]["schema"]
        whole = schema | {"components": OPENAPI["components"]}
        jsonschema_rs.Draft202012Validator(whole).validate(json.loads(answer.text))
        if answer.data:
            self.shapes.add(stated(name).answers)
        return answer


def test_rf3_answers_are_what_the_document_says_field_by_field(running: Running) -> None:
    alice, bob = Answers(running.hand("aurora")), running.hand("borealis")
    placed = [alice.post("/trade/order", ORDERS[0]).row["ordId"] for _ in range(2)]
    alice.post("/trade/batch-orders", [ORDERS[1], ORDERS[0] | {"px": "1.234"}])
    alice.post("/trade/amend-order", {"instId": "BTC-USDT", "ordId": placed[0], "newSz": "0.02"})
    alice.post("/trade/amend-batch-orders", [{"instId": "BTC-USDT", "ordId": placed[1], "newPx": "70001"}])
    alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": placed[0]})
    alice.post("/trade/cancel-batch-orders", [{"instId": "BTC-USDT", "ordId": placed[1]}])
    alice.post(
        "/trade/order", {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100"}
    )
    own = alice.post("/trade/order", ORDERS[0] | {"side": "sell", "px": "78299", "sz": "0.03", "clOrdId": "mine1"}).row
    bob.placed(px="78299", sz="0.03")
    alice.post("/trade/order", ORDERS[0])
    alice.post("/trade/cancel-all-after", {"timeOut": "60"})
    alice.post("/asset/transfer", {"ccy": "USDT", "amt": "5", "from": "18", "to": "6", "clientId": "t1"})
    alice.post("/users/subaccount/create-subaccount", {"subAcct": "trader1", "label": "desk"})
    alice.post("/users/subaccount/create-subaccount", {"subAcct": "trader2"})
    key = alice.post("/users/subaccount/apikey", {"subAcct": "trader1", "label": "b", "passphrase": "Secret-42"}).row
    named = {"subAcct": "trader1", "apiKey": key["apiKey"]}
    alice.post("/users/subaccount/modify-apikey", named | {"perm": "read_only,trade", "ip": "127.0.0.1"})
    alice.post("/users/subaccount/set-transfer-out", {"subAcct": "trader1", "canTransOut": True})
    to_sub = {"ccy": "USDT", "amt": "5", "from": "18", "to": "18", "type": "1", "subAcct": "trader1"}
    moved = alice.post("/asset/transfer", to_sub).row
    between = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
    alice.post("/asset/subaccount/transfer", between | {"fromSubAccount": "trader1", "toSubAccount": "trader2"})
    alice.get("/asset/transfer-state", transId=moved["transId"])
    for path, query in READS:
        alice.get(path, **query)
    alice.get("/trade/order", instId="BTC-USDT", ordId=own["ordId"])
    alice.get("/users/subaccount/apikey", subAcct="trader1")
    for path in ("/account/subaccount/balances", "/asset/subaccount/balances", "/account/subaccount/max-withdrawal"):
        alice.get(path, subAcct="trader1", ccy="USDT")
    alice.post("/users/subaccount/delete-apikey", named)
    alice.post("/account/set-position-mode", {"posMode": "net_mode"})
    alice.post("/trade/amend-algos", {"algoId": "1"})
    browser = Browser(running, alice.hand.account)
    alice.check(("POST", "/users/web/ticket"), browser.post("/users/web/ticket", {}))
    maker = maker_of(running, alice.hand)
    for path, body in (("apikey", {"label": "b", "passphrase": "Secret-42"}), ("delete-apikey", {})):
        answer = checked(running.http.post(f"{API}/users/oauth/{path}", json=body, headers=maker))
        alice.check(("POST", f"/users/oauth/{path}"), answer)
    asked_by_broker(running, alice)
    of_rest = {stated(name).answers for name in ROUTES}
    # No price of USD in CNY; a list of one empty list; test funds are the simulated venue's.
    not_here = {"", "ExchangeRate", "NoUnderlying", "SimulatedFunds"}
    not_here |= {"Announcements", "AnnouncementType"}  # of test_announcements.py
    assert of_rest - alice.shapes == not_here - alice.shapes


def asked_by_broker(running: Running, answers: Answers) -> None:
    """What brokers are told, added to the shapes that were seen."""
    own = running.broker()
    hand, client_key = broker_of(running, own, running.http)
    client = running.hand("borealis", brokers=frozenset({own.number}))
    broker = Answers(hand)
    broker.get("/broker/fd/if-rebate", apiKey=client.key["api_key"])
    days = {"begin": "20260101", "end": "20260131"}
    for path in ("/broker/fd/rebate-per-orders", "/broker/nd/rebate-per-orders", "/broker/dma/trades"):
        broker.post(path, days)
    for path in ("/broker/fd/rebate-per-orders", "/broker/nd/rebate-per-orders", "/broker/dma/rebate-per-orders"):
        assert broker.get(path, type="true").data
    for path in ("/broker/nd/rebate-daily", "/broker/nd/info", "/broker/nd/subaccount-info"):
        broker.get(path)
    broker.get("/broker/dma/subaccount-trade-fee")
    broker.get("/broker/dma/subaccount/apikey", subAcct="trader1")
    broker.post("/broker/nd/create-subaccount", {"subAcct": "shapes1", "label": "client", "acctLv": "1"})
    named = {"subAcct": "trader1"}
    broker.post("/broker/nd/set-subaccount-level", named | {"acctLv": "1"})
    markup = {"instType": "SPOT", "chgType": "absolute", "chgTaker": "1"}
    broker.post("/broker/nd/set-subaccount-fee-rate", named | markup)
    broker.post("/broker/nd/subaccount/modify-apikey", named | {"apiKey": client_key, "label": "slow"})
    broker.post("/broker/nd/subaccount/delete-apikey", named | {"apiKey": client_key})
    assert broker.post("/broker/nd/delete-subaccount", {"subAcct": "shapes1"}).code == "0"
    answers.shapes |= broker.shapes


def test_rf3_refusals_are_what_the_document_says(running: Running) -> None:
    alice = Answers(running.hand("aurora"))
    assert alice.get("/market/ticker").told() == (400, "50014")
    assert alice.get("/market/ticker", instId="NO-SUCH").told() == (200, "51001")
    assert alice.post("/trade/cancel-all-after", {"timeOut": "5"}).told() == (400, "51000")
    assert alice.post("/asset/withdrawal", {}).told() == (400, "50014")
    strange = replace(alice.hand, key=alice.hand.key | {"api_passphrase": "wrong"})
    assert alice.check(("GET", "/account/balance"), strange.get("/account/balance")).told() == (401, "50105")


ORDERS = (
    {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"},
    {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "limit", "px": "90000", "sz": "0.01"},
)
SPOT, BTC_USDT, ETH_USDT = {"instType": "SPOT"}, {"instId": "BTC-USDT"}, {"instId": "ETH-USDT"}
READS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/public/time", {}),
    ("/public/instruments", SPOT),
    ("/public/price-limit", BTC_USDT),
    ("/market/ticker", BTC_USDT),
    ("/market/ticker", ETH_USDT),
    ("/market/tickers", SPOT),
    ("/market/books", BTC_USDT | {"sz": "5"}),
    ("/market/books-lite", BTC_USDT),
    ("/market/books-full", BTC_USDT | {"sz": "5"}),
    ("/market/trades", BTC_USDT),
    ("/market/history-trades", ETH_USDT),
    ("/market/candles", ETH_USDT | {"bar": "1Dutc"}),
    ("/market/index-tickers", BTC_USDT),
    ("/market/index-candles", BTC_USDT | {"bar": "1D"}),
    ("/market/platform-24-volume", {}),
    ("/market/exchange-rate", {}),
    ("/public/underlying", {"instType": "SWAP"}),
    ("/account/balance", {}),
    ("/account/rate-limits", {}),
    ("/trade/account-rate-limit", {}),
    ("/account/config", {}),
    ("/account/trade-fee", SPOT),
    ("/account/bills", {}),
    ("/account/max-size", BTC_USDT),
    ("/account/max-avail-size", BTC_USDT),
    ("/account/max-withdrawal", {}),
    ("/account/account-position-risk", {}),
    ("/asset/currencies", {}),
    ("/asset/balances", {}),
    ("/asset/asset-valuation", {"ccy": "USDT"}),
    ("/asset/bills", {}),
    ("/users/subaccount/list", {}),
    ("/asset/subaccount/bills", {}),
    ("/trade/orders-pending", {}),
    ("/trade/orders-history", SPOT),
    ("/trade/orders-history-archive", SPOT),
    ("/trade/fills", {}),
    ("/trade/fills-history", SPOT),
)


# -- pushes ------------------------------------------------------------------------------------------------------------

OF_BROKERS = {"broker"}  # held against the document where there is a broker: spec/broker/test_broker_channel.py


def test_rf3_pushes_are_what_the_document_says_field_by_field(running: Running) -> None:
    bob, vip = running.hand("borealis"), running.vip()
    addresses: dict[str, SocketHand] = {}
    for url in ("public", "private", "business"):
        opened = addresses[url] = SocketHand(running, url)
        assert opened.login(vip)["event"] == "login"
    shown = set()
    for name, facts in ASYNCAPI["x-channels"].items():
        if name in ("books50-l2-tbt", "books-l2-tbt"):
            continue  # one of them for an instrument: on a connection of their own
        if name in OF_BROKERS:
            continue
        needed = {"instId": "BTC-USDT"} if "instId" in facts["arg"]["required"] else {}
        needed |= {"instType": "SPOT"} if "instType" in facts["arg"]["required"] else {}
        told = addresses[facts["url"]].subscribe(name, **needed)
        assert told["event"] == "subscribe", told
        shown.add(name)
    for name in ("books50-l2-tbt", "books-l2-tbt"):
        deep = addresses[name] = SocketHand(running)
        deep.login(vip)
        assert deep.subscribe(name, instId="BTC-USDT")["event"] == "subscribe"
    vip.placed(side="sell", px="78299", sz="0.02", clOrdId="pushed1")
    bob.placed(px="78299", sz="0.01")
    vip.post("/trade/amend-order", {"instId": "BTC-USDT", "clOrdId": "pushed1", "newSz": "0.015"})
    private = addresses["private"]
    answer = private.order("cancel-order", {"instId": "BTC-USDT", "clOrdId": "pushed1"})
    refused = private.order("order", ORDERS[0] | {"px": "1.234"})
    private.send({"op": "nonsense"})
    for opened in addresses.values():
        opened.drain(0.5)
        opened.leave()
    schemas = ASYNCAPI["components"]["messages"]
    events = {"event": schemas["event"]["payload"], "error": schemas["error"]["payload"]}
    pushed = set()
    for message in [one for opened in addresses.values() for one in opened.messages]:
        if "event" in message:
            kind = "error" if message["event"] == "error" else "event"
            validator(events[kind]).validate(message)
        elif "op" not in message:
            channel = message["arg"]["channel"]
            validator(_push(channel)).validate(message)
            pushed.add(channel)
    for message in (answer, refused):
        validator(schemas["orderAnswer"]["payload"]).validate(message)
    quiet = {name for name, facts in ASYNCAPI["x-channels"].items() if not facts["pushes"]} - {"positions"}
    assert set(ASYNCAPI["x-channels"]) - pushed == quiet | OF_BROKERS


def _push(channel: str) -> dict[str, Any]:
    for url in ASYNCAPI["channels"].values():
        found = url["messages"].get(f"push-{channel}")
        if found:
            payload: dict[str, Any] = found["payload"]
            return payload
    assert channel == "positions"
    return {"properties": {"data": {"maxItems": 0}}}


def test_rf3_every_close_code_of_the_door_is_among_those_that_are_told(running: Running) -> None:
    with SocketHand(running, "private") as stranger:
        stranger.login(running.hand(), changed={"passphrase": "wrong"})
        code, _ = stranger.closed()
    assert code in CLOSES
