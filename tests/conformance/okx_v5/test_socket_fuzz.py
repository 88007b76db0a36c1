"""Whatever a client sends over WebSocket, the gateway goes on and nothing moves. WS-2 and WS-14; 100,000 messages."""

import contextlib
import json
import random
from collections.abc import Iterator

import pytest
from conformance.okx_v5.socket_hand import RawSocket, SocketHand, frames, login_message
from conformance.okx_v5.wire import ORDER, Running, started

MESSAGES = 100_000
CONNECTION, TOGETHER = 2_000, 50  # messages over one connection, and written at once
ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1e300,
    2**70,
    "",
    "\0",
    "x" * 300,
    [],
    [[]],
    {},
    {"a": {}},
    "ANY",
    "BTC-USDT",
    "é☃",
)
SEEDS: tuple[object, ...] = (
    {"op": "subscribe", "args": [{"channel": "books", "instId": "BTC-USDT"}]},
    {"op": "subscribe", "args": [{"channel": "candle1m", "instId": "BTC-USDT"}]},
    {"op": "subscribe", "args": [{"channel": "orders", "instType": "SPOT", "instId": "BTC-USDT"}]},
    {"op": "unsubscribe", "args": [{"channel": "books5", "instId": "BTC-USDT"}]},
    {"op": "login", "args": [{"apiKey": "k", "passphrase": "p", "timestamp": "1795769000", "sign": "s"}]},
    {"op": "login", "args": [{"ticket": "t"}]},
    {"id": "1", "op": "order", "args": [ORDER]},
    {"id": "2", "op": "batch-orders", "args": [ORDER, ORDER]},
    {"id": "3", "op": "cancel-order", "args": [{"instId": "BTC-USDT", "ordId": "1"}]},
    {"id": "4", "op": "batch-amend-orders", "args": [{"instIdCode": 1, "clOrdId": "a", "newSz": "1"}], "expTime": "1"},
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = (
        "[limits]\nscale = 1_000_000\n[streams]\nconnects_per_second = 1_000_000\nrequests_per_hour = 100_000_000\n"
    )
    with started(tmp_path_factory.mktemp("okx"), limits) as found:
        yield found


def changed(rng: random.Random, value: object) -> object:
    """A value with something in it replaced, left out, doubled or wrapped."""
    match value:
        case dict() if value and rng.random() < 0.8:
            name = rng.choice(list(value))
            kept = dict(value)
            match rng.randrange(4):
                case 0:
                    del kept[name]
                case 1:
                    kept[rng.choice(("op", "args", "channel", "sz", "\0"))] = kept[name]
                case _:
                    kept[name] = changed(rng, kept[name])
            return kept
        case list() if value and rng.random() < 0.8:
            place = rng.randrange(len(value))
            return [*value[:place], changed(rng, value[place]), *value[place : place + rng.randrange(30)]]
        case str() if value and rng.random() < 0.5:
            place = rng.randrange(len(value))
            return value[:place] + rng.choice(("", "-", "e", "0", "\u2028", value)) + value[place + 1 :]
        case _:
            return rng.choice(ODD)


def message(rng: random.Random) -> str | bytes:
    value: object = rng.choice(SEEDS)
    for _ in range(rng.randrange(1, 4)):
        value = changed(rng, value)
    told = json.dumps(value)
    if rng.random() < 0.2:  # no JSON any more, or no text
        raw = bytearray(told.encode())
        for _ in range(rng.randrange(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw)
    return told


LAST = '{"id":"last","op":"nothing of the kind"}'


def harmless(odd: str | bytes) -> str | bytes:
    """Once logged in, an order that has stayed whole is an order: such a message is left out."""
    return "ping" if b"70000" in (odd if isinstance(odd, bytes) else odd.encode()) else odd


def test_ws2_a_hundred_thousand_odd_messages_break_nothing_and_move_nothing(running: Running) -> None:
    rng = random.Random(20_261_127)
    alice = running.hand("aurora")
    before = alice.balances()
    for _ in range(MESSAGES // CONNECTION):
        with RawSocket(running, rng.choice(("public", "private", "business"))) as raw:
            if rng.random() < 0.3:
                raw.write(json.dumps(login_message(alice)))
            told = b""
            with contextlib.suppress(ConnectionError):
                for _ in range(CONNECTION // TOGETHER):
                    raw.write(*(harmless(message(rng)) for _ in range(TOGETHER)))
                    told += raw.read_all(0)
                raw.write(LAST)
            told += raw.read_all(0.5)
            answers = frames(told)
            answered = any(b'"id":"last"' in payload for _, payload in answers)
            assert answered or answers[-1][0] == 8, "it goes on, or has said why it closed"
    assert alice.get("/trade/orders-pending").data == []
    assert alice.balances() == before
    log = running.log("gateway")
    assert "websocket.broken" not in log
    assert "Traceback" not in log
    with SocketHand(running) as hand:
        assert hand.subscribe("books", instId="BTC-USDT")["event"] == "subscribe"


FRAMES = (
    bytes([0x83, 0x80, 0, 0, 0, 0]),  # an operation code that is not there
    bytes([0xF1, 0x80, 0, 0, 0, 0]),  # reserved bits
    bytes([0x81, 0x04]) + b"ping",  # not masked
    bytes([0x89, 0xFE, 0x00, 0x80]) + bytes(132),  # a ping that is too long
    bytes([0x09, 0x80, 0, 0, 0, 0]),  # a ping in pieces
    bytes([0x81, 0xFF]) + (2**63).to_bytes(8, "big") + bytes(4),  # a length beyond everything
    bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4),
    bytes([0x80, 0x80, 0, 0, 0, 0]),  # a continuation of nothing
    bytes([0x88, 0x81, 0, 0, 0, 0, 7]),  # a close with half a code
)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:4].hex())
def test_ws2_a_frame_that_is_none_ends_its_connection_and_no_other(running: Running, frame: bytes) -> None:
    with SocketHand(running) as other, RawSocket(running) as raw:
        raw.socket.sendall(frame)
        raw.read_all(1)
        other.send("ping")
        assert other.receive_text() == "pong"
    assert "Traceback" not in running.log("gateway")
