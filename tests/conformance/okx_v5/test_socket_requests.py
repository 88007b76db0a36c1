"""Connection, login and subscriptions. WS-1 to WS-7 of docs/reference/okx-v5-websocket.md."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import Hand, Running, started
from integration.gateway_here import GatewayHere
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.identity.model import Permission
from commonbook.settings import Settings

BOOKS = {"channel": "books", "instId": "BTC-USDT"}


@pytest.fixture
def public(running: Running) -> Iterator[SocketHand]:
    with SocketHand(running) as found:
        yield found


@pytest.fixture
def private(running: Running) -> Iterator[SocketHand]:
    with SocketHand(running, "private") as found:
        yield found


def test_ws1_the_text_ping_is_answered_pong(public: SocketHand) -> None:
    public.send("ping")
    assert public.receive_text() == "pong"


def test_ws1_a_ping_of_the_protocol_is_answered_and_an_offer_to_compress_declined(public: SocketHand) -> None:
    assert public.pings()
    assert public.extensions() == []


def test_ws1_a_message_may_come_in_pieces_and_only_so_long(public: SocketHand) -> None:
    text = json.dumps({"op": "subscribe", "args": [BOOKS]})
    public.send_pieces([text[:10], text[10:30], text[30:]])
    assert public.receive()["event"] == "subscribe"
    public.send(" " * 70_000)
    assert public.closed()[0] == 1009


@pytest.mark.parametrize("path", ["", "other", "public/more"])
def test_ws1_elsewhere_there_is_nothing(running: Running, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        SocketHand(running, path)
    assert refused.value.response.status_code == 404


def test_ws1_what_stands_behind_a_question_mark_says_nothing(running: Running) -> None:
    with SocketHand(running, "public?brokerId=9999") as hand:
        assert hand.subscribe("books", instId="BTC-USDT")["event"] == "subscribe"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "60012"),
        ("[]", "60012"),
        ("17", "60012"),
        (b"\xff\xfe", "60012"),
        ('{"args": []}', "60019"),
        ('{"op": "jump", "args": [{}]}', "60019"),
        ('{"op": ["subscribe"]}', "60019"),
        ('{"op": "subscribe"}', "60013"),
        ('{"op": "subscribe", "args": {}}', "60013"),
        ('{"op": "subscribe", "args": []}', "60013"),
        ('{"op": "subscribe", "args": ["books"]}', "60013"),
        ('{"op": "subscribe", "id": "not plain!", "args": [{}]}', "60013"),
        ('{"op": "subscribe", "id": {"a": 1}, "args": [{}]}', "60013"),
        (json.dumps({"op": "subscribe", "id": "9" * 33, "args": [{}]}), "60013"),
        ('{"op": "order", "args": [{}]}', "60013"),
        ('{"op": "subscribe", "args": [{"channel": 5}]}', "60018"),
        ('{"op": "subscribe", "args": [{"channel": ["books"]}]}', "60018"),
    ],
)
def test_ws2_what_cannot_be_read_is_told_and_the_connection_goes_on(
    public: SocketHand, message: str | bytes, code: str
) -> None:
    public.send(message)
    told = public.receive()
    assert (told["event"], told["code"]) == ("error", code)
    assert told["msg"]
    public.send("ping")
    assert public.receive_text() == "pong"


def test_ws2_events_have_the_connection_and_the_request(public: SocketHand, private: SocketHand) -> None:
    public.send({"id": "abc123", "op": "subscribe", "args": [BOOKS | {"instFamily": None}]})
    acknowledged = public.receive()
    assert acknowledged["id"] == "abc123"
    assert acknowledged["arg"] == BOOKS | {"instFamily": None}
    assert re.fullmatch("[0-9a-f]{8}", acknowledged["connId"])
    public.send({"id": "abc124", "op": "unsubscribe", "args": [BOOKS]})
    assert public.until(lambda message: "event" in message)["connId"] == acknowledged["connId"]
    assert private.subscribe("orders", instType="SPOT")["connId"] != acknowledged["connId"]


def test_ws3_too_many_connections_and_requests_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    limits = "[streams]\nconnects_per_second = 2\nrequests_per_hour = 3\n"
    with started(tmp_path_factory.mktemp("okx"), limits) as running:
        with SocketHand(running) as first, SocketHand(running), SocketHand(running) as third:
            assert third.closed()[0] == 4006
            for _ in range(3):
                assert first.subscribe("books", instId="BTC-USDT")["event"] == "subscribe"
            assert first.subscribe("books", instId="BTC-USDT")["code"] == "60014"
        time.sleep(1.1)
        with SocketHand(running) as later:
            later.send("ping")
            assert later.receive_text() == "pong"


def test_ws3_a_connection_over_which_nothing_goes_is_closed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        started(tmp_path_factory.mktemp("okx"), "[streams]\nidle_ms = 1_000\n") as running,
        SocketHand(running) as hand,
    ):
        assert hand.closed(5)[0] == 4004


# -- login ------------------------------------------------------------------------------------------------------------


def test_ws4_a_login_is_acknowledged_and_done_once(private: SocketHand, alice: Hand) -> None:
    told = private.login(alice)
    assert (told["event"], told["code"], told["msg"]) == ("login", "0", "")
    assert private.login(alice)["code"] == "60031"
    assert private.subscribe("orders", instType="SPOT")["event"] == "subscribe"


@pytest.mark.parametrize("decimals", ["", ".123", ".123456"])
def test_ws4_the_timestamp_may_have_decimals_and_be_a_number(private: SocketHand, alice: Hand, decimals: str) -> None:
    assert private.login(alice, decimals=decimals, as_number=not decimals)["event"] == "login"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"apiKey": "0b5ac1c5-6bd1-4b0f-8d6c-000000000000"}, "60005"),
        ({"sign": "AAAA"}, "60007"),
        ({"passphrase": "Wrong-1x"}, "60024"),
        ({"timestamp": "yesterday"}, "60004"),
        ({"timestamp": "-5"}, "60004"),
        ({"sign": ""}, "60027"),
        ({"apiKey": None}, "60027"),
        ({"passphrase": ""}, "60027"),
        ({"timestamp": ""}, "60027"),
    ],
)
def test_ws4_a_login_that_proves_nothing_is_refused_and_the_connection_closed(
    private: SocketHand, alice: Hand, changed: dict[str, str | None], code: str
) -> None:
    told = private.login(alice, changed=changed)
    assert (told["event"], told["code"]) == ("error", code)
    assert private.closed()[0] == 4001


@pytest.mark.parametrize("late_s", [35, -35])
def test_ws4_a_stale_login_is_refused(private: SocketHand, alice: Hand, late_s: int) -> None:
    assert private.login(alice, late_s=late_s)["code"] == "60006"


def test_ws4_a_key_for_another_address_is_refused(running: Running, private: SocketHand) -> None:
    assert private.login(running.hand(ip_list=("10.1.2.3",)))["code"] == "60009"


def test_ws5_a_revoked_key_closes_its_connections(running: Running, private: SocketHand, alice: Hand) -> None:
    private.login(alice)
    running.change("UPDATE api_keys SET revoked = TRUE WHERE api_key = :key", key=alice.key["api_key"])
    assert private.closed(5)[0] == 4007


# -- subscriptions ----------------------------------------------------------------------------------------------------


def test_ws6_each_arg_is_acknowledged_before_it_is_pushed(public: SocketHand) -> None:
    args = [
        BOOKS,
        {"channel": "books5", "instIdCode": 1},
        {"channel": "no-such"},
        {"channel": "trades", "instId": "X-Y"},
    ]
    public.send({"op": "subscribe", "args": args})
    events = [public.until(lambda message: "event" in message) for _ in args]
    assert [one.get("code", one["event"]) for one in events] == ["subscribe", "subscribe", "60018", "60018"]
    order = [message.get("event") or message["arg"]["channel"] for message in public.messages]
    assert order == ["subscribe", "books", "subscribe", "books5", "error", "error"]
    assert public.messages[3]["arg"] == {"channel": "books5", "instId": "BTC-USDT"}


@pytest.mark.parametrize(
    ("url", "arg", "code"),
    [
        ("public", {"channel": "candle1m", "instId": "BTC-USDT"}, "64001"),
        ("public", {"channel": "trades-all", "instId": "BTC-USDT"}, "64001"),
        ("business", {"channel": "books", "instId": "BTC-USDT"}, "64002"),
        ("business", {"channel": "orders", "instType": "SPOT"}, "64002"),
        ("private", {"channel": "books", "instId": "BTC-USDT"}, "60018"),
        ("public", {"channel": "account"}, "60018"),
        ("private", {"channel": "account"}, "60011"),
        ("business", {"channel": "orders-algo", "instType": "SPOT"}, "60011"),
        ("public", {"channel": "books-l2-tbt", "instId": "BTC-USDT"}, "60011"),
        ("public", {"channel": "books"}, "60018"),
        ("business", {"channel": "candle7m", "instId": "BTC-USDT"}, "60018"),
        ("public", {"channel": "instruments", "instType": "STOCK"}, "60013"),
        ("public", {"channel": "grid-orders-spot", "instType": "SPOT"}, "60018"),
    ],
)
def test_ws6_what_is_not_to_be_had_here_is_refused(running: Running, url: str, arg: dict[str, str], code: str) -> None:
    with SocketHand(running, url) as hand:
        assert hand.subscribe(**arg)["code"] == code


def test_ws6_who_unsubscribes_is_told_no_more(running: Running, public: SocketHand, alice: Hand) -> None:
    assert public.unsubscribe("trades", instId="BTC-USDT")["event"] == "unsubscribe"
    public.subscribe("bbo-tbt", instId="BTC-USDT")
    public.push("bbo-tbt")
    public.unsubscribe("bbo-tbt", instId="BTC-USDT")
    alice.cancel(alice.placed(px="78300", sz="0.001"))
    assert public.quiet(0.3)


def test_ws6_types_that_are_not_listed_have_empty_lists(running: Running, private: SocketHand, alice: Hand) -> None:
    private.login(alice)
    assert private.subscribe("orders", instType="SWAP")["event"] == "subscribe"
    assert private.subscribe("positions", instType="ANY")["event"] == "subscribe"
    assert private.push("positions")["data"] == []
    alice.placed(px="70000")
    assert private.quiet(0.3)


def test_ws7_connections_on_a_private_channel_are_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("okx"), "[streams]\nlisteners_per_channel = 2\n") as running:
        alice = running.hand("aurora")
        hands = [SocketHand(running, "private") for _ in range(3)]
        for count, hand in enumerate(hands, 1):
            hand.login(alice)
            acknowledged = hand.subscribe("orders", instType="ANY")
            if count == 3:
                assert acknowledged["code"] == "64005"
                continue
            told = hand.receive()
            assert (told["event"], told["channel"], told["connCount"]) == ("channel-conn-count", "orders", str(count))
        for hand in hands:
            hand.leave()


# -- orders -----------------------------------------------------------------------------------------------------------


def test_ws13_orders_are_placed_amended_and_canceled(running: Running, private: SocketHand, alice: Hand) -> None:
    private.login(alice)
    order = {"instIdCode": 1, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    placed = private.order("order", order | {"clOrdId": "mine1", "tag": "t"})
    assert (placed["op"], placed["code"], placed["msg"]) == ("order", "0", "")
    assert not {"event", "arg"} & set(placed)
    assert int(placed["inTime"]) <= int(placed["outTime"])
    row = placed["data"][0]
    assert (row["sCode"], row["clOrdId"], row["tag"]) == ("0", "mine1", "t")
    amended = private.order("amend-order", {"instId": "BTC-USDT", "ordId": row["ordId"], "newPx": "69000"})
    assert amended["data"][0]["sCode"] == "0"
    assert alice.order(row["ordId"])["px"] == "69000"
    canceled = private.order("cancel-order", {"instIdCode": 1, "instId": None, "clOrdId": "mine1"})
    assert canceled["data"][0] | {"ts": ""} == {
        "ordId": row["ordId"],
        "clOrdId": "mine1",
        "ts": "",
        "sCode": "0",
        "sMsg": "",
    }
    assert alice.order(row["ordId"])["state"] == "canceled"


def test_ws13_batches_tell_of_each_row(private: SocketHand, alice: Hand) -> None:
    private.login(alice)
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    placed = private.order("batch-orders", order, order | {"sz": "0"}, order | {"instId": "X-Y"})
    assert placed["code"] == "2"
    assert placed["msg"] == ""
    assert [row["sCode"] for row in placed["data"]] == ["0", "51000", "51001"]
    name = {"instId": "BTC-USDT", "ordId": placed["data"][0]["ordId"]}
    amended = private.order(
        "batch-amend-orders", name | {"newSz": "0.02"}, {"instId": "BTC-USDT", "ordId": "9", "newSz": "1"}
    )
    assert [row["sCode"] for row in amended["data"]] == ["0", "51503"]
    canceled = private.order("batch-cancel-orders", name, name)
    assert [row["sCode"] for row in canceled["data"]] == ["0", "51400"]
    assert private.order("batch-orders", *[order] * 21)["code"] == "51111"


def test_ws13_an_order_needs_the_permission_the_address_and_the_login(
    running: Running, public: SocketHand, private: SocketHand
) -> None:
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    message = {"id": "1", "op": "order", "args": [order]}
    public.send(message)
    assert public.receive()["code"] == "60028"
    private.send(message)
    assert private.receive()["code"] == "60011"
    reader = running.hand(permissions=frozenset({Permission.READ}))
    private.login(reader)
    refused = private.order("order", order)
    assert (refused["code"], refused["data"]) == ("50120", [])
    assert reader.get("/trade/orders-pending").data == []


def test_ws13_an_order_that_has_expired_is_refused(private: SocketHand, alice: Hand) -> None:
    private.login(alice)
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    told = private.order("order", order, expTime=str(time.time_ns() // 10**6 - 1_000))
    assert told["data"][0]["sCode"] == "50036"
    assert private.order("order", order, order)["code"] == "60013"
    assert private.order("order")["code"] == "60013"


@pytest.mark.parametrize("url", ["private", "business"])
def test_ws13_a_mass_cancel_is_of_options_alone_as_over_rest(running: Running, alice: Hand, url: str) -> None:
    order = alice.placed()
    with SocketHand(running, url) as hand:
        hand.login(alice)
        of_spot = hand.order("mass-cancel", {"instType": "SPOT", "instFamily": "BTC-USDT"})
        assert (of_spot["op"], of_spot["code"], of_spot["data"]) == ("mass-cancel", "51000", [])
        assert hand.order("mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"})["code"] == "51010"
        assert hand.order("mass-cancel", {"instType": "OPTION"})["code"] == "50014"
    assert alice.order(order)["state"] == "live"


def test_ws1_a_fault_of_ours_ends_the_connection_at_once_and_says_so(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(Connection, "_do", broken)
    with (
        GatewayHere(running.server.data_dir, Settings()) as address,
        connect(f"{address.replace('http', 'ws')}/ws/v5/public") as socket,
    ):
        socket.send('{"op": "subscribe", "args": [{}]}')
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "Something is broken here; connect again")
