"""Suite `frames`: whatever a client sends over WebSocket, the gateway goes on, says so, and nothing moves.

One trial is a message: a right one with something in it replaced, left out, doubled or wrapped, or no JSON any more.
They go over many connections to a serving exchange, some of them logged in, as quickly as it takes them. Each
connection answers its last message or has said why it closed; now and then one ends with a frame that is none, which
ends it and no other.
"""

import contextlib
import json
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.qa.okx import Key, Rest, Socket, login
from commonbook.qa.people import Person, key_of, open_tables, prepare
from commonbook.qa.serving import UNLIMITED, Server
from commonbook.qa.suite import Result

CONNECTION, TOGETHER = 2_000, 50  # messages over one connection, and written at once
LOOK_EVERY = 50  # connections from one look at the account to the next
POOR, RICH = 9_001, 9_002  # whatever the poor one orders is refused; a message may come out as a whole order
SETTINGS = UNLIMITED + "requests_per_hour = 1_000_000_000\n"
URLS = ("public", "private", "business")
LAST = '{"id":"last","op":"nothing of the kind"}'
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
ODD: tuple[object, ...] = (
    *(None, True, -1, 0, 1e300, 2**70, "", "\0", "x" * 300, [], [[]], {}, {"a": {}}, "ANY", "BTC-USDT", "\u00e9\u2603"),
    *("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "1" * 100, [None] * 40, {"": ""}),
)
SEEDS: tuple[object, ...] = (
    {"op": "subscribe", "args": [{"channel": "books", "instId": "BTC-USDT"}]},
    {"op": "subscribe", "args": [{"channel": "candle1m", "instId": "BTC-USDT"}]},
    {"op": "subscribe", "args": [{"channel": "orders", "instType": "SPOT", "instId": "BTC-USDT"}]},
    {"op": "subscribe", "args": [{"channel": "account"}, {"channel": "tickers", "instId": "BTC-USDT"}], "id": "7"},
    {"op": "unsubscribe", "args": [{"channel": "books5", "instId": "BTC-USDT"}]},
    {"op": "login", "args": [{"apiKey": "k", "passphrase": "p", "timestamp": "1795769000", "sign": "s"}]},
    {"op": "login", "args": [{"ticket": "t"}]},
    {"id": "1", "op": "order", "args": [ORDER]},
    {"id": "2", "op": "batch-orders", "args": [ORDER, ORDER]},
    {"id": "3", "op": "cancel-order", "args": [{"instId": "BTC-USDT", "ordId": "1"}]},
    {"id": "4", "op": "batch-amend-orders", "args": [{"instIdCode": 1, "clOrdId": "a", "newSz": "1"}], "expTime": "1"},
)
# Frames that are none: each ends its connection.
BROKEN = (
    bytes([0x83, 0x80, 0, 0, 0, 0]),  # an operation code that is not there
    bytes([0xF1, 0x80, 0, 0, 0, 0]),  # reserved bits
    bytes([0x81, 0x04]) + b"ping",  # not masked
    bytes([0x89, 0xFE, 0x00, 0x80]) + bytes(132),  # a ping that is too long
    bytes([0x09, 0x80, 0, 0, 0, 0]),  # a ping in pieces
    bytes([0x81, 0xFF]) + (2**63).to_bytes(8, "big") + bytes(4),  # a length beyond everything
    bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4),
    bytes([0x80, 0x80, 0, 0, 0, 0]),  # a continuation of nothing
    bytes([0x01, 0x80, 0, 0, 0, 0]) * 2,  # a message within a message
    bytes([0x88, 0x81, 0, 0, 0, 0, 7]),  # a close with half a code
)


def run(seed: int, messages: int, limit: float = 0.0, with_orders: bool = False) -> Result:
    """`messages` messages from one seed.

    Args:
        with_orders: plants one: who is logged in has funds, so that an order that has stayed whole is an order.
    """
    result = Result("frames", seed, limit=limit)
    pick = random.Random(f"{seed}-frames")
    with tempfile.TemporaryDirectory(prefix="commonbook-frames-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        prepare(data_dir, [Person(POOR, has_funds=False), Person(RICH)])
        (Path(folder) / "settings.toml").write_text(SETTINGS)
        server = stack.enter_context(Server(data_dir, "--settings", str(Path(folder) / "settings.toml")))
        tables = open_tables(data_dir)
        with tables.begin() as connection:
            key = key_of(connection, data_dir, RICH if with_orders else POOR)
        tables.dispose()
        rest = stack.enter_context(Rest(server.ready["rest"]))
        before = _state(rest, key)
        number = 0
        while result.goes_on(messages):
            count = min(CONNECTION, -(-(messages - result.trials) // TOGETHER) * TOGETHER)
            failure = _connection(server.ready["ws"], key, count, pick, result)
            number += 1
            if not failure and (number % LOOK_EVERY == 0 or result.trials >= messages or result.is_late()):
                result.checks += 1
                failure = "" if (now := _state(rest, key)) == before else f"something has moved: {now}"[:1_000]
                failure = failure or _log(data_dir)
            result.failure = failure and f"seed {seed}, connection {number}: {failure}"
        result.seeds = number
    return result


def _connection(url: str, key: Key, count: int, pick: random.Random, result: Result) -> str:
    """So many messages over one connection; empty, or what must not be."""
    with Socket(url, pick.choice(URLS)) as socket:
        if pick.random() < 0.3:
            result.events["logged_in"] += 1
            socket.send(login(key))
        answers: list[str] = []
        with contextlib.suppress(ConnectionError):
            for _ in range(0, count, TOGETHER):
                socket.send(*(message(pick) for _ in range(TOGETHER)))
                result.trials += TOGETHER
                answers += socket.all_that_comes(0.000_1)
                if socket.ended:
                    break
            socket.send(LAST)
        try:
            while not socket.ended and not any('"id":"last"' in answer for answer in answers):
                answers = [socket.receive()]
        except TimeoutError:
            return "its last message is not answered"
        result.checks += 1
        if socket.ended:
            result.events[f"closed_{socket.ended}"] += 1
            return ""
        return _broken(url, socket, pick, result) if pick.random() < 0.2 else ""


def _broken(url: str, socket: Socket, pick: random.Random, result: Result) -> str:
    """A frame that is none ends this connection; another goes on."""
    broken = pick.choice(BROKEN)
    with Socket(url) as other:
        socket.socket.sendall(broken)
        try:
            while not socket.ended:
                socket.receive()
        except TimeoutError:
            return f"the frame {broken[:6].hex()} does not end its connection"
        result.events["frames_that_are_none"] += 1
        other.send("ping")
        return "" if other.receive() == "pong" else "another connection has ended as well"


def message(pick: random.Random) -> str | bytes:
    """A right message made wrong."""
    value: object = pick.choice(SEEDS)
    for _ in range(pick.randrange(1, 4)):
        value = _changed(pick, value)
    told = json.dumps(value)
    if pick.random() < 0.2:  # no JSON any more, or no text
        raw = bytearray(told.encode())
        for _ in range(pick.randrange(1, 6)):
            raw[pick.randrange(len(raw))] = pick.randrange(256)
        return bytes(raw)
    return told


def _changed(pick: random.Random, value: object) -> object:
    """A value with something in it replaced, left out, doubled or wrapped."""
    match value:
        case dict() if value and pick.random() < 0.8:
            name = pick.choice(list(value))
            kept = dict(value)
            match pick.randrange(4):
                case 0:
                    del kept[name]
                case 1:
                    kept[pick.choice(("op", "args", "channel", "sz", "\0"))] = kept[name]
                case _:
                    kept[name] = _changed(pick, kept[name])
            return kept
        case list() if value and pick.random() < 0.8:
            place = pick.randrange(len(value))
            return [*value[:place], _changed(pick, value[place]), *value[place : place + pick.randrange(30)]]
        case str() if value and pick.random() < 0.5:
            place = pick.randrange(len(value))
            return value[:place] + pick.choice(("", "-", "e", "0", "\u2028", value)) + value[place + 1 :]
        case _:
            return pick.choice(ODD)


def _state(rest: Rest, key: Key) -> list[object]:
    """What the account has, and that it can be asked."""
    found: list[object] = []
    for path in ("/trade/orders-pending", "/trade/orders-history?instType=SPOT", "/trade/fills", "/account/bills"):
        answer = rest.signed(key, "GET", path)
        if answer.code != "0":
            raise OutsideFailure(f"{path}: {answer.text}")
        found.append(answer.data)
    (balance,) = rest.signed(key, "GET", "/account/balance").data
    return [*found, [(row["ccy"], row["availBal"], row["frozenBal"]) for row in balance["details"]]]


def _log(data_dir: Path) -> str:
    told = (data_dir / "logs" / "gateway.log").read_text()
    return next((f"the gateway's log has {word}" for word in ("Traceback", "websocket.broken") if word in told), "")
