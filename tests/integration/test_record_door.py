"""The record door of a served exchange, over real sockets. Rules W-1 to W-12 of docs/reference/record-door.md."""

import contextlib
import hashlib
import hmac
import importlib.util
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from integration.okx_client import OkxClient
from integration.record_door import BTC_USDT, FAR, cancels, connect, orders
from integration.serving import Server

from commonbook.client import DoorClosed, RecordClient
from commonbook.client.line import Line
from commonbook.client.wire import BusyReason, ErrorCode, FrameKind, encode, encode_error
from commonbook.gateway.limits import Limit, Window
from commonbook.gateway.records.connection import spend
from commonbook.gateway.records.receipts import Receipts
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.matching.recovery import replay
from commonbook.records import (
    COMMAND,
    FILL,
    FILL_SIDE,
    ORDER,
    Attribution,
    CancelReason,
    Channel,
    CommandKind,
    EventKind,
    ReceiptPurpose,
    Records,
    Refusal,
    Side,
    as_commands,
    commands,
    of_kind,
)
from commonbook.settings import RecordSettings
from commonbook.storage.database import open_database
from commonbook.whole_file import write_whole

EXAMPLE = Path(__file__).parents[2] / "examples" / "market_maker.py"
SETTINGS = """
[records]
window_commands = 64
frame_commands = 32
commands_per_second = 100000
heartbeat_ms = 500
opening_ms = 1500
buffer_bytes = 65536
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("record-door")
    (folder / "settings.toml").write_text(SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Server(folder / "data", "--settings", str(folder / "settings.toml"), "--record-port", str(port)) as running:
        yield running


def kinds(events: Records) -> list[str]:
    return [EventKind(kind).name for kind in events["kind"].tolist()]


def recorded(server: Server) -> Records:
    """Every command of the journal, as it was made durable."""
    return np.concatenate([batch.commands for batch in replay(server.data_dir, 0, from_nothing=True)])


# -- the opening -------------------------------------------------------------------------------------------------------


def test_w1_the_ready_file_names_the_unix_socket_and_the_port_and_both_serve(server: Server) -> None:
    told = server.ready["records"]
    assert set(told) == {"unix", "tcp"}
    assert Path(told["unix"]).stat().st_mode & 0o777 == 0o600
    host, port = told["tcp"].rsplit(":", 1)
    for address in (told["unix"], (host, int(port))):
        with connect(server, address=address) as client:
            assert client.facts.account == int(server.ready["accounts"][0]["account"])
            assert client.facts.brand == 1
            assert (client.facts.window_commands, client.facts.frame_commands) == (64, 32)


@pytest.mark.parametrize("wrong", ["key", "secret"])
def test_w3_an_unknown_key_and_a_wrong_proof_look_the_same(server: Server, wrong: str) -> None:
    account = server.ready["accounts"][0]
    key = account["api_key"] if wrong == "secret" else "no-such-key"
    with pytest.raises(DoorClosed, match="DENIED: the key is not known, or the proof is wrong") as refused:
        RecordClient.open(server.ready["records"]["unix"], key, "0" * 32)
    assert refused.value.code is ErrorCode.DENIED


def test_w3_the_page_is_enough_for_a_client_without_ours(server: Server) -> None:
    # Only what the page says: header, challenge, proof. No line of the client's code.
    account = server.ready["accounts"][0]
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(server.ready["records"]["unix"])
        frame = raw.recv(32 + 48, socket.MSG_WAITALL)
        assert frame[:6] == bytes([48, 0, 0, 0, 1, 0])
        assert frame[32:40] == b"CBRECORD"
        nonce = frame[48:80]
        facts = account["api_key"].encode().ljust(64, b"\0") + (99).to_bytes(8, "little")
        facts += (2**64 - 1).to_bytes(8, "little") + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")
        text = b"commonbook-record-door-1"
        proof = hmac.new(account["api_secret"].encode(), text + nonce + facts, hashlib.sha256).digest()
        raw.sendall((120).to_bytes(4, "little") + bytes([2, 0, 0, 0]) + bytes(24) + facts + proof)
        opened = raw.recv(32 + 64, socket.MSG_WAITALL)
        assert opened[4] == 3
        assert int.from_bytes(opened[40:48], "little") == int(account["account"])


def test_w3_a_proof_is_good_for_one_connection(server: Server) -> None:
    account = server.ready["accounts"][0]
    facts = (
        account["api_key"].encode().ljust(64, b"\0")
        + bytes([5, *[0] * 7])
        + b"\xff" * 8
        + bytes([0] * 4 + [1, 0, 0, 0])
    )
    seen = b""
    for expected in (3, 9):  # opened, then the same bytes again: an error
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(server.ready["records"]["unix"])
            nonce = raw.recv(80, socket.MSG_WAITALL)[48:80]
            if not seen:
                text = b"commonbook-record-door-1" + nonce + facts
                seen = facts + hmac.new(account["api_secret"].encode(), text, hashlib.sha256).digest()
            raw.sendall(encode(FrameKind.OPEN, seen))
            assert raw.recv(32, socket.MSG_WAITALL)[4] == expected


def test_w3_a_key_that_may_not_trade_and_one_for_another_address_are_refused(server: Server) -> None:
    account = server.ready["accounts"][3]
    for column, value, code in (
        ("permissions", "read_only", ErrorCode.NOT_PERMITTED),
        ("ip_list", "10.1.2.3", ErrorCode.ADDRESS),
    ):
        with changed_key(server, account["api_key"], column, value), pytest.raises(DoorClosed) as refused:
            connect(server, 3)
        assert refused.value.code is code
    connect(server, 3).close()


def test_w3_a_key_that_is_revoked_loses_its_open_session_within_a_second_or_so(server: Server) -> None:
    client = connect(server, 3)
    with changed_key(server, server.ready["accounts"][3]["api_key"], "revoked", 1, pause_s=0):
        began = time.monotonic()
        with pytest.raises(DoorClosed) as closed:
            client.receive(5.0)
        assert closed.value.code is ErrorCode.REVOKED
        assert time.monotonic() - began < 2.5
    client.close()


class changed_key:  # reads as a verb where it is used
    """A column of a key is another for a while; the door looks keys up anew every second."""

    def __init__(self, server: Server, key: str, column: str, value: Any, pause_s: float = 1.1) -> None:
        self._path, self._key, self._column, self._value = server.data_dir / "backoffice.db", key, column, value
        self._pause_s = pause_s

    def __enter__(self) -> None:
        self._before = self._set(self._value)

    def __exit__(self, *_: object) -> None:
        self._set(self._before)

    def _set(self, value: Any) -> Any:
        database = sqlite3.connect(self._path, timeout=60)
        with database:
            found = database.execute(f"SELECT {self._column} FROM api_keys WHERE api_key = ?", (self._key,)).fetchone()
            database.execute(f"UPDATE api_keys SET {self._column} = ? WHERE api_key = ?", (value, self._key))
        database.close()
        time.sleep(self._pause_s)
        return found[0]


# -- commands and what is said of them ---------------------------------------------------------------------------------


def test_w4_commands_come_back_as_the_events_they_caused_in_order(server: Server) -> None:
    with connect(server) as client:
        first, events = client.call(as_commands(orders("p4-a", "p4-b"), cancels("p4-a", "p4-none")))
        assert kinds(events) == ["ACCEPTED", "RESTING", "ACCEPTED", "RESTING", "CANCELED", "REFUSED"]
        assert events["sequence"].tolist() == [first, first, first + 1, first + 1, first + 2, first + 3]
        assert of_kind(events, EventKind.CANCELED)["order"].tolist() == [first]
        assert of_kind(events, EventKind.REFUSED)["reason"].tolist() == [Refusal.UNKNOWN_ORDER]
        client.call(cancels("p4-b"))


def test_w5_account_credential_channel_and_broker_are_the_doors_to_say(server: Server) -> None:
    # The second key of a brand is associated with NORTHSTAR; the first is not. OLDHARBOUR is a code that is retired.
    tags = [b"", b"NORTHSTAR", b"OLDHARBOUR", b"NOBODY"]
    expected = {
        0: [Attribution.NO_TAG, Attribution.NOT_ASSOCIATED, Attribution.NOT_ASSOCIATED, Attribution.UNKNOWN_CODE],
        1: [Attribution.NO_TAG, Attribution.BROKER, Attribution.NOT_ASSOCIATED, Attribution.UNKNOWN_CODE],
    }
    for number, attributions in expected.items():
        names = [f"p5-{number}-{index}" for index in range(4)]
        lying = orders(*names, tag=tags, credential=77, channel=Channel.WEB, broker=1, attribution=Attribution.BROKER)
        with connect(server, number) as client:
            first, _ = client.call(lying)
            client.call(cancels(*names))
            facts = client.facts
        found = recorded(server)[first - 1 : first + 3].view(ORDER)
        assert found["account"].tolist() == [facts.account] * 4
        assert found["credential"].tolist() == [facts.credential] * 4
        assert found["channel"].tolist() == [Channel.API] * 4
        assert found["attribution"].tolist() == attributions
        assert found["broker"].tolist() == [1 if one is Attribution.BROKER else 0 for one in attributions]
        assert found["tag"].tolist() == tags
        assert found["price_ticks"].tolist() == [FAR] * 4


def kinds_of_commands() -> list[tuple[str, Records, ErrorCode]]:
    deposit = commands(CommandKind.DEPOSIT)
    unclean_order = orders("unclean")
    unclean_order.view(np.uint8)[23] = 1
    unclean_cancel = cancels("unclean")
    unclean_cancel.view(np.uint8)[17] = 1
    tail = cancels("unclean")
    tail.view(np.uint8)[120] = 1
    inside = orders("nul")
    inside.view(np.uint8)[64:69] = list(b"a\0b\0\0")
    tag = orders("nul")
    tag.view(np.uint8)[96:100] = list(b"\0NOR")
    odd = orders("odd")
    odd.view(np.uint8)[64] = 0xE9
    unknown = orders("unknown").view(COMMAND)
    unknown["kind"] = 200
    receipt = commands(CommandKind.RECEIPT)
    return [
        ("a deposit", deposit, ErrorCode.KIND),
        ("a receipt", receipt, ErrorCode.KIND),
        ("an unknown kind", unknown, ErrorCode.KIND),
        ("another account", orders("foreign", account=2_011), ErrorCode.ACCOUNT),
        ("a reserved byte of an order", unclean_order, ErrorCode.RESERVED),
        ("a reserved byte of a cancel", unclean_cancel, ErrorCode.RESERVED),
        ("a reserved tail", tail, ErrorCode.RESERVED),
        ("a zero inside a client id", inside, ErrorCode.TEXT),
        ("a zero before a tag", tag, ErrorCode.TEXT),
        ("a byte that is not ASCII", odd, ErrorCode.TEXT),
    ]


@pytest.mark.parametrize(
    ("what", "bad", "code"), kinds_of_commands(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_w5_a_frame_with_one_bad_record_is_refused_whole_and_ends_the_connection(
    server: Server, what: str, bad: Records, code: ErrorCode
) -> None:
    client = connect(server)
    before = client.facts.position
    client.send(as_commands(orders("p5-good"), bad))
    with pytest.raises(DoorClosed, match="record 1 of the frame") as refused:
        client.receive(5.0)
    assert refused.value.code is code
    client.abandon()
    with connect(server, events_after=before) as other:
        assert [told for told in other.stream(0.2) if len(told.events)] == [], "nothing of it was taken"


def test_w5_every_kind_of_the_door_is_taken(server: Server) -> None:
    with connect(server) as client:
        amend = commands(CommandKind.AMEND)
        amend["instrument"], amend["client_id"], amend["quantity_lots"] = BTC_USDT, b"p5-all", 500
        timer = commands(CommandKind.CANCEL_ALL_AFTER)
        timer["deadline_ns"] = time.time_ns() + 10**12
        clear = commands(CommandKind.CANCEL_ALL_AFTER)
        _, events = client.call(as_commands(orders("p5-all"), amend, timer, clear, commands(CommandKind.CANCEL_ALL)))
        assert kinds(events) == ["ACCEPTED", "RESTING", "AMENDED", "TIMER", "TIMER", "CANCELED", "CANCELED_ALL"]


def test_w6_a_session_is_told_of_everything_that_concerns_its_account_and_of_nothing_else(server: Server) -> None:
    maker, taker, third = connect(server, 0), connect(server, 2), connect(server, 3)
    price = 78_300
    sell, _ = maker.call(orders("p6-maker", side=Side.SELL, price_ticks=price, quantity_lots=700))
    buy, own = taker.call(orders("p6-taker", price_ticks=price + 1, quantity_lots=700))
    assert kinds(own) == ["ACCEPTED", "FILL", "FILL_SIDE"]
    theirs = own[own["kind"] == EventKind.FILL].view(FILL)
    assert int(theirs["buyer_released"]["low"][0]) > 0, "the buyer bought better than its limit"
    told = maker.receive(5.0)
    assert told is not None
    assert kinds(told.events) == ["FILL", "FILL_SIDE"]
    assert told.events["sequence"].tolist() == [buy, buy]
    fill, side = told.events[:1].view(FILL), told.events[1:].view(FILL_SIDE)
    assert int(fill["buyer_released"]["low"][0]) == 0, "the seller does not learn the buyer's limit"
    assert (int(side["order"][0]), int(side["account"][0])) == (sell, maker.facts.account)
    assert third.receive(0.2) is None
    for client in (maker, taker, third):
        client.close()


def test_w6_an_order_sent_by_the_other_door_is_told_here(server: Server) -> None:
    with connect(server) as client:
        rest = OkxClient(server.ready["rest"], server.ready["accounts"][0])
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
        placed = rest.post("/api/v5/trade/order", order)["data"][0]
        told = client.receive(5.0)
        assert told is not None
        assert kinds(told.events) == ["ACCEPTED", "RESTING"]
        assert told.events["sequence"].tolist() == [int(placed["ordId"])] * 2
        assert len(told.answers) == 0
        rest.close()
        client.call(commands(CommandKind.CANCEL_ALL))


# -- resume and resend -------------------------------------------------------------------------------------------------


def test_w7_a_resend_has_its_effect_once_and_the_answer_of_the_first(server: Server) -> None:
    client = connect(server, session=71)
    first, events = client.call(orders("p7-a", "p7-b"))
    assert kinds(events) == ["ACCEPTED", "RESTING"] * 2
    client.abandon()
    again = connect(server, session=71, resume=True, events_after=first - 2)
    assert again.facts.last == 2
    again.sent = again.answered = 0  # as a client that does not know what became of its frame
    repeated, events = again.call(orders("p7-a", "p7-b"))
    assert repeated == first
    assert kinds(events) == ["ACCEPTED", "RESTING"] * 2
    _, events = again.call(cancels("p7-a", "p7-b", "p7-a"))
    assert kinds(events) == ["CANCELED", "CANCELED", "REFUSED"]
    again.close()


def test_w7_a_resend_without_client_ids_has_its_effect_once(server: Server) -> None:
    # No client id: the engine could not know the second from the first.
    client = connect(server, session=72)
    first, _ = client.call(orders("", price_ticks=FAR - 1))
    client.sent = client.answered = 0
    repeated = client.send(orders("", price_ticks=FAR - 1))
    told = client.receive(5.0)
    assert told is not None
    assert (repeated, told.answers["engine_sequence"].tolist(), len(told.events)) == (1, [first], 0)
    _, events = client.call(commands(CommandKind.CANCEL_ALL))
    assert kinds(events) == ["CANCELED", "CANCELED_ALL"]
    client.close()


def test_w7_other_commands_under_a_sequence_that_was_taken_are_refused(server: Server) -> None:
    client = connect(server, session=73)
    client.call(orders("p7-x"))
    client.sent = client.answered = 0
    client.send(orders("p7-y"))
    with pytest.raises(DoorClosed) as refused:
        client.receive(5.0)
    assert refused.value.code is ErrorCode.RESEND_DIFFERS
    client.abandon()
    with connect(server, session=73, resume=True) as again:
        again.call(cancels("p7-x"))


def test_w7_a_known_session_is_opened_only_by_who_says_so(server: Server) -> None:
    client = connect(server, session=74)
    client.call(cancels("nothing"))
    client.close()
    with pytest.raises(DoorClosed) as refused:
        connect(server, session=74)
    assert refused.value.code is ErrorCode.SESSION_KNOWN
    # Another key's session of the same number is another session.
    connect(server, 1, session=74).close()


def test_w7_the_newer_connection_of_a_session_replaces_the_older(server: Server) -> None:
    older = connect(server, session=75)
    newer = connect(server, session=75, resume=True)
    with pytest.raises(DoorClosed) as closed:
        older.receive(5.0)
    assert closed.value.code is ErrorCode.REPLACED
    newer.call(cancels("nothing"))
    older.abandon()
    newer.close()


def test_w8_who_reconnects_misses_nothing_and_hears_nothing_twice(server: Server) -> None:
    watcher, maker = connect(server, 0, session=81), connect(server, 2)
    names = [f"p8-{number}" for number in range(6)]
    resting, _ = watcher.call(orders(*names, side=Side.SELL, price_ticks=78_300, quantity_lots=10))
    known = watcher.told
    watcher.abandon()
    for number in range(6):  # fills while nobody listens
        maker.call(orders(f"p8-t{number}", price_ticks=78_300, quantity_lots=10))
    watcher.reconnect()
    fills: list[int] = []
    while len(fills) < 6:
        told = watcher.receive(5.0)
        assert told is not None
        assert told.sequence > known
        known = told.sequence
        fills += of_kind(told.events, EventKind.FILL_SIDE)["order"].tolist()
    assert fills == [resting + number for number in range(6)]
    assert watcher.receive(0.2) is None
    watcher.close()
    maker.close()


def test_w8_events_from_the_journal_are_the_events_that_were_told(server: Server) -> None:
    # From the first command on: more than what the door keeps in memory is replayed from the journal.
    with connect(server, events_after=0) as client:
        told = [one for one in client.stream(0.5) if len(one.events)]
    sequences = np.concatenate([one.events["sequence"] for one in told])
    assert (np.diff(sequences.astype(np.int64)) >= 0).all()
    account = client.facts.account
    expected = [
        batch.events[batch.events["kind"] == EventKind.ACCEPTED]
        for batch in replay(server.data_dir, 0, from_nothing=True)
    ]
    accepted = of_kind(np.concatenate(expected), EventKind.ACCEPTED)
    mine = of_kind(np.concatenate([one.events for one in told]), EventKind.ACCEPTED)
    assert mine.tobytes() == accepted[accepted["account"] == account].tobytes()
    assert len(mine) > 5


def test_w8_events_after_what_is_not_yet_is_refused(server: Server) -> None:
    with pytest.raises(DoorClosed) as refused:
        connect(server, events_after=2**40)
    assert refused.value.code is ErrorCode.AHEAD


# -- the end of a session ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["close", "abandon", "silence"])
def test_w9_a_session_that_wants_it_takes_the_orders_of_its_key_with_it(server: Server, how: str) -> None:
    watcher = connect(server, 1)
    client = connect(server, 1, cancel_on_disconnect=True)
    first, _ = client.call(orders(f"p9-{how}"))
    if how != "silence":  # it neither reads nor writes: cut after three heartbeats
        getattr(client, how)()
    canceled = wait_for(watcher, EventKind.CANCELED)
    assert canceled["order"].tolist() == [first]
    assert canceled["reason"].tolist() == [CancelReason.DISCONNECTED]
    client.abandon()
    watcher.close()


def test_w9_a_session_that_comes_back_and_is_lost_again_at_once_is_canceled_again(server: Server) -> None:
    watcher = connect(server, 1)
    client = connect(server, 1, cancel_on_disconnect=True)
    placed = [client.call(orders("p9-back-0"))[0]]
    for number in range(1, 6):  # the end of one and the opening of the next go through the journal together
        client.abandon()
        client = connect(server, 1, session=client.session, resume=True, cancel_on_disconnect=True)
        placed.append(client.call(orders(f"p9-back-{number}"))[0])
    client.abandon()
    canceled: list[int] = []
    while len(canceled) < len(placed):
        canceled += wait_for(watcher, EventKind.CANCELED)["order"].tolist()
    assert sorted(canceled) == placed
    watcher.close()


def test_w9_orders_of_the_accounts_other_keys_stay(server: Server) -> None:
    account = int(server.ready["accounts"][1]["account"])
    key = another_key(server, account)
    other = RecordClient.open(server.ready["records"]["unix"], key.api_key, key.api_secret)
    other.call(orders("p9-other"))
    client = connect(server, 1, cancel_on_disconnect=True)
    first, _ = client.call(orders("p9-own"))
    client.abandon()
    assert wait_for(other, EventKind.CANCELED)["order"].tolist() == [first]
    assert kinds(other.call(cancels("p9-other"))[1]) == ["CANCELED"]
    other.close()


def another_key(server: Server, account: int) -> NewKey:
    database = open_database(f"sqlite:///{server.data_dir / 'backoffice.db'}")
    with database.begin() as connection:
        seal = Seal.open(server.data_dir)
        made = create_key(connection, seal, account, 1, frozenset(Permission), "another")
    database.dispose()
    time.sleep(1.1)
    return made


def test_w9_without_the_option_orders_stay(server: Server) -> None:
    client = connect(server, 1)
    client.call(orders("p9-stays"))
    client.abandon()
    time.sleep(0.2)
    with connect(server, 1) as again:
        assert kinds(again.call(cancels("p9-stays"))[1]) == ["CANCELED"]


def wait_for(client: RecordClient, kind: EventKind) -> Records:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        told = client.receive(1.0)
        if told is not None and len(found := of_kind(told.events, kind)):
            return found
    raise AssertionError(f"no {kind.name} came")


def test_w11_the_last_words_of_a_door_are_read_though_it_takes_nothing_more() -> None:
    events = bytes(encode(FrameKind.EVENTS, bytes(40_000)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(listener.getsockname(), 5.0)
        peer, _ = listener.accept()
        peer.sendall(events + encode(FrameKind.ERROR, encode_error(ErrorCode.TEXT, "record 3")))
        peer.close()
        frames: list[FrameKind] = []
        for _ in range(64):
            line.queue(bytes(64 * 1024))
        with pytest.raises(DoorClosed):
            pump_for_ever(line, frames)
        line.close()
    assert frames == [FrameKind.EVENTS, FrameKind.ERROR]


def pump_for_ever(line: Line, frames: list[FrameKind]) -> None:
    while True:
        line.pump(1.0, lambda frame: frames.append(frame.kind))


def test_w7_what_a_client_knows_is_forgotten_once_it_sends_more_and_its_place_is_not(tmp_path: Path) -> None:
    receipts = Receipts(1_000)
    sent = commands(CommandKind.RECEIPT, 3)
    sent["sequence"], sent["credential"], sent["session"], sent["account"] = [10, 20, 30], 5, 9, 1_000
    sent["purpose"], sent["first"], sent["count"] = ReceiptPurpose.COMMANDS, [1, 5, 9], 4
    sent["time_ns"] = 1
    receipts.apply(as_commands(sent))
    memory = receipts.sessions[5, 9]
    memory.acknowledged(24)  # the second frame's commands are 21 to 24
    assert list(memory.taken) == [9]
    memory.acknowledged(2**63)
    assert (list(memory.taken), memory.last) == ([], 12)
    write_whole(tmp_path / "note", receipts.checkpoint())
    again = Receipts(1_000)
    again.load(tmp_path / "note")
    assert (again.sessions[5, 9].last, again.sessions[5, 9].durable) == (12, 12)


def test_w7_a_frame_whose_answer_is_known_is_not_taken_again(server: Server) -> None:
    with connect(server, 1) as client:
        client.call(orders("p7-known-0"))
        client.call(orders("p7-known-1"))  # says that what came of the first is known
        client.sent = 0
        with pytest.raises(DoorClosed, match="TOO_OLD"):
            client.call(orders("p7-known-0"))
    with connect(server, 1) as again:
        assert kinds(again.call(cancels("p7-known-0", "p7-known-1"))[1]) == ["CANCELED"] * 2


# -- limits ------------------------------------------------------------------------------------------------------------


def test_w10_a_frame_is_never_longer_than_what_can_be_taken_at_all() -> None:
    assert RecordSettings().longest_frame == RecordSettings().frame_commands
    assert RecordSettings(commands_per_second=50).longest_frame == 50
    assert RecordSettings(outstanding_commands=7).longest_frame == 7


def test_w10_more_than_the_window_is_told_busy_and_never_half_taken(server: Server) -> None:
    client = connect(server, 1)
    client.facts = client.facts._replace(window_commands=10_000)  # a client that does not keep to what it was told
    names = [f"p10-{number}" for number in range(320)]
    client.send(orders(*names))
    accepted = 0
    while client.answered < client.sent:
        told = client.receive(5.0)
        assert told is not None
        accepted += len(of_kind(told.events, EventKind.ACCEPTED))
    assert client.busy[BusyReason.WINDOW] + client.busy[BusyReason.GAP] > 0
    _, events = client.call(commands(CommandKind.CANCEL_ALL))
    assert len(of_kind(events, EventKind.CANCELED)) == 320, "each taken once"
    client.close()


def test_w10_a_key_has_so_many_commands_a_second_and_cancels_a_budget_of_their_own() -> None:
    spend = _Budget(100)
    assert spend(100, 0) == 0
    assert spend(1, 0) > 0
    assert spend(0, 100) == 0, "cancels go on"
    assert spend(0, 1) > 0


class _Budget:
    """The two budgets of a key, as a connection spends them."""

    def __init__(self, limit: int) -> None:
        self._windows = (Window(Limit(limit, 1_000)), Window(Limit(limit, 1_000)))

    def __call__(self, new: int, cancels: int) -> int:
        return spend(self._windows, new, cancels, 10_000)


def test_w3_who_does_not_prove_itself_in_time_is_cut(server: Server) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(server.ready["records"]["unix"])
        raw.recv(80, socket.MSG_WAITALL)
        raw.settimeout(60)
        head = raw.recv(32, socket.MSG_WAITALL)
        assert head[4] == FrameKind.ERROR
        assert raw.recv(4, socket.MSG_WAITALL)[0] == ErrorCode.SILENT


def test_the_example_quotes_and_takes_its_quote_with_it(server: Server) -> None:
    example = importlib.util.spec_from_file_location("market_maker", EXAMPLE)
    assert example is not None
    assert example.loader is not None
    maker = importlib.util.module_from_spec(example)
    example.loader.exec_module(maker)
    with ThreadPoolExecutor(1) as pool, connect(server, 2) as taker:
        quoting = pool.submit(maker.run, server.ready_file, 2.0)
        time.sleep(0.5)
        _, events = taker.call(orders("hits", price_ticks=78_301, quantity_lots=10_000))
        assert kinds(events) == ["ACCEPTED", "FILL", "FILL_SIDE"]
        assert quoting.result() == 1
    with connect(server, 2) as taker:
        _, events = taker.call(orders("misses", price_ticks=78_301, quantity_lots=10_000))
        assert "FILL" not in kinds(events)
        taker.call(commands(CommandKind.CANCEL_ALL))


def test_w11_a_malformed_frame_is_answered_with_why_and_closed(server: Server) -> None:
    for noise in (b"\xff" * 64, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(64), bytes(32)):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(server.ready["records"]["unix"])
            raw.recv(80, socket.MSG_WAITALL)
            raw.sendall(noise)
            raw.settimeout(60)
            head = raw.recv(32, socket.MSG_WAITALL)
            assert head[4] == FrameKind.ERROR
            assert raw.recv(4, socket.MSG_WAITALL) == bytes([ErrorCode.MALFORMED, 0, 0, 0])
            while raw.recv(4_096):
                pass


def test_w12_heartbeats_go_both_ways_and_silence_is_cut(server: Server) -> None:
    client = connect(server)
    assert client.receive(2.0) is None, "longer than three heartbeats of 500 ms, and still there"
    client.call(cancels("nothing"))
    time.sleep(2.5)  # a client that neither reads nor writes
    with pytest.raises(DoorClosed) as closed:
        client.receive(5.0)
    assert closed.value.code is ErrorCode.SILENT
    client.abandon()


def test_w12_who_does_not_read_is_cut_and_slows_nobody(server: Server) -> None:
    deaf, other = connect(server, 1, address=server.ready["records"]["unix"]), connect(server, 1)
    head = spoke = 0.0
    closed: DoorClosed | None = None
    for number in range(3_000):
        began = time.monotonic()
        other.call(
            as_commands(orders(*[f"p12-{number}-{index}" for index in range(31)]), commands(CommandKind.CANCEL_ALL))
        )
        head = max(head, time.monotonic() - began)
        if began - spoke > 0.1:
            spoke = began
            keep_alive(deaf)
        if not Path(f"/proc/{server.process.pid}").exists():
            raise AssertionError("the server ended")
        if number % 50 == 49 and "SLOW" in (server.data_dir / "logs" / "records.log").read_text():
            break
    with pytest.raises(DoorClosed) as found:
        for _ in deaf.stream(5.0):
            pass
    closed = found.value
    assert closed.code in (ErrorCode.SLOW, None)
    assert "SLOW" in (server.data_dir / "logs" / "records.log").read_text()
    assert head < 2.0
    deaf.abandon()
    other.close()


def keep_alive(client: RecordClient) -> None:
    """A heartbeat from a client that does not read."""
    line: Any = client._line
    with contextlib.suppress(OSError):
        line._socket.send(encode(FrameKind.HEARTBEAT))


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_w7_a_resend_has_its_effect_once_also_over_a_restart(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Server(data_dir) as before:
        client = connect(before, session=9)
        first, _ = client.call(orders("", "", price_ticks=FAR - 7))
        before.kill()
    client.abandon()
    for note in (True, False):  # with the note of the sessions, and without: the journal is enough
        if not note:
            (data_dir / "record-door.note").unlink(missing_ok=True)
        with Server(data_dir) as after:
            again = connect(after, session=9, resume=True, events_after=first - 1)
            assert again.facts.last == 2
            again.sent = again.answered = 0
            repeated, events = again.call(orders("", "", price_ticks=FAR - 7))
            assert (repeated, kinds(events)) == (first, ["ACCEPTED", "RESTING"] * 2)
            again.close()
    with Server(data_dir) as last, connect(last, session=10) as client:
        _, events = client.call(commands(CommandKind.CANCEL_ALL))
        assert kinds(events) == ["CANCELED", "CANCELED", "CANCELED_ALL"]


def test_w9_sessions_that_a_crash_of_the_exchange_cut_are_canceled_at_the_next_start(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Server(data_dir) as before:
        client = connect(before, session=9, cancel_on_disconnect=True)
        first, _ = client.call(orders("crashed"))
        before.kill()
    client.abandon()
    with Server(data_dir) as after, connect(after, session=9, resume=True, events_after=first) as again:
        canceled = wait_for(again, EventKind.CANCELED)
        assert canceled["order"].tolist() == [first]
