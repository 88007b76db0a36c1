"""Golden frames of the record door: a client in another language is right when it makes and reads these bytes.

`frames.json` holds each frame's bytes in hexadecimal with its meaning; docs/reference/record-door.md says how to read
them. `COMMONBOOK_WRITE_FRAMES=1` writes the file anew.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.client import wire
from commonbook.client.wire import (
    ANSWER,
    BEFORE_OPENING,
    FROM_DOOR,
    HEADER,
    NOW,
    BusyReason,
    ErrorCode,
    Frame,
    FrameKind,
    FrameReader,
    FrameRefused,
    Opened,
    Opening,
    Option,
    from_client,
)
from commonbook.framing import STAGE
from commonbook.gateway.records.checks import Stamp, stamp
from commonbook.records import (
    ACCEPTED,
    COMMAND,
    RESTING,
    Attribution,
    CommandKind,
    EventKind,
    OrderType,
    Records,
    SelfTrade,
    Side,
    as_commands,
    commands,
)

VECTORS = Path(__file__).with_name("frames.json")
NONCE = bytes(range(32))
SECRET = b"0123456789ABCDEF0123456789ABCDEF"
OPENING = Opening("4f1d1c5e-8c0a-4d6e-9b1f-2a3b4c5d6e7f", 7, NOW, Option.CANCEL_ON_DISCONNECT)
FUZZ = 200_000


def two_commands() -> Records:
    order = commands(CommandKind.ORDER)
    order["side"], order["order_type"], order["self_trade"] = Side.BUY, OrderType.LIMIT, SelfTrade.CANCEL_MAKER
    order["price_ticks"], order["quantity_lots"], order["instrument"] = 78_300, 2_500, 1
    order["client_id"], order["tag"] = b"first-1", b"NORTHSTAR"
    cancel = commands(CommandKind.CANCEL)
    cancel["instrument"], cancel["client_id"] = 1, b"first-1"
    return as_commands(order, cancel)


def two_events() -> bytes:
    accepted = np.zeros(1, ACCEPTED)
    accepted["sequence"], accepted["kind"], accepted["account"], accepted["hold"] = (
        137,
        EventKind.ACCEPTED,
        2001,
        (9, 0),
    )
    accepted["instrument"], accepted["brand"], accepted["taker_rate_e8"] = 1, 1, 100_000
    resting = np.zeros(1, RESTING)
    resting["sequence"], resting["index"], resting["kind"], resting["order"] = 137, 1, EventKind.RESTING, 137
    resting["account"], resting["price_ticks"], resting["remaining_lots"], resting["side"] = 2001, 78_300, 2_500, 1
    resting["instrument"] = 1
    return accepted.tobytes() + resting.tobytes()


def made() -> dict[str, tuple[str, bytes]]:
    """Every kind of frame from fixed inputs: its meaning and its bytes."""
    opened = Opened(7, 2001, 2, 0, 136, 1, 65_536, 8_192, 1_000_000, 1_000)
    rows = np.zeros(1, ANSWER)
    rows["correlation"], rows["sequence"], rows["engine_sequence"], rows["count"] = 41, 1, 137, 2
    events = np.frombuffer(two_events(), np.uint8)
    return {
        "challenge": (
            "door: version 1, records of format 2, the nonce 00 01 02 ... 1f",
            wire.encode(FrameKind.CHALLENGE, wire.encode_challenge(NONCE)),
        ),
        "open": (
            f"client: key {OPENING.api_key} with the secret {SECRET.decode()}, session 7, only new events, "
            "cancel on disconnect, in answer to the nonce above",
            wire.encode(FrameKind.OPEN, OPENING.encode(NONCE, SECRET)),
        ),
        "opened": (
            "door: session 7 of account 2001, credential 2, brand 1, nothing taken yet, newest engine sequence 136",
            wire.encode(FrameKind.OPENED, opened.encode(), sequence=136),
        ),
        "commands": (
            "client: correlation 41, client sequences 1 and 2: a limit buy of 2,500 lots at 78,300 ticks with client "
            "id first-1 and tag NORTHSTAR, and its cancel by client id; knows everything up to 136",
            wire.encode(FrameKind.COMMANDS, two_commands().tobytes(), 41, 1, 136),
        ),
        "events": (
            "door: correlation 41 is answered, its commands have the engine sequences 137 and 138; two events of 137: "
            "accepted, resting; everything up to 138 is told, client sequence 2 is answered",
            b"".join(wire.events_frame(rows, events, 138, 2)),
        ),
        "busy": (
            "door: nothing of the frame with correlation 42 and client sequence 3 was taken, the second is full (2); "
            "again after 250 ms",
            wire.encode(FrameKind.BUSY, wire.encode_busy(BusyReason.RATE, 250), 42, 3),
        ),
        "heartbeat": (
            "client: gave out 2 commands, knows everything up to 138",
            wire.encode(FrameKind.HEARTBEAT, b"", 0, 2, 138),
        ),
        "close": ("client: the session ends here", wire.encode(FrameKind.CLOSE)),
        "error": (
            "door: account (10), and the connection is closed",
            wire.encode_error(
                ErrorCode.ACCOUNT, "record 0 of the frame is for another account; nothing of it was taken"
            ),
        ),
    }


def test_w2_every_golden_frame_is_what_it_says_byte_for_byte() -> None:
    frames = made()
    if os.environ.get("COMMONBOOK_WRITE_FRAMES"):
        rows = [{"frame": name, "meaning": meaning, "hex": data.hex()} for name, (meaning, data) in frames.items()]
        VECTORS.write_text(json.dumps(rows, indent=1) + "\n")
    kept = {row["frame"]: (row["meaning"], bytes.fromhex(row["hex"])) for row in json.loads(VECTORS.read_text())}
    assert kept == frames


def test_w2_a_client_of_this_page_reads_the_golden_frames_of_the_door() -> None:
    reader = FrameReader(FROM_DOOR)
    kinds = ("challenge", "opened", "events", "busy", "error")
    found = reader.feed(b"".join(made()[name][1] for name in kinds))
    frames = {name: (*frame[:4], bytes(frame.payload)) for name, frame in zip(kinds, found, strict=True)}
    assert wire.decode_challenge(frames["challenge"][4]) == NONCE
    assert Opened.decode(frames["opened"][4]).account == 2001
    answers, events = wire.decode_events(frames["events"][4])
    assert (frames["events"][2:4], int(answers["engine_sequence"][0])) == ((138, 2), 137)
    assert events.tobytes() == two_events()
    assert wire.decode_busy(frames["busy"][4]) == (BusyReason.RATE, 250)
    assert wire.decode_error(frames["error"][4])[0] is ErrorCode.ACCOUNT


def test_w3_the_proof_is_the_hmac_of_text_nonce_and_facts() -> None:
    # Also I-9 of docs/rules/identity.md.
    payload = OPENING.encode(NONCE, SECRET)
    opening, facts, given = Opening.decode(payload)
    assert (opening, facts, given) == (OPENING, payload[:88], wire.proof(SECRET, NONCE, payload[:88]))
    assert given != wire.proof(SECRET, bytes(32), facts), "good for this connection alone"
    assert given != wire.proof(SECRET, NONCE, facts[:-1] + b"\x01"), "good for these facts alone"
    assert SECRET not in payload


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.lists(st.integers(1, 700), min_size=1, max_size=400))
def test_w2_frames_come_out_whole_however_the_stream_is_cut(counts: list[int], cuts: list[int]) -> None:
    sent = [
        wire.encode(FrameKind.COMMANDS, bytes(range(128)) * count, 5, number, 9)
        if count
        else wire.encode(FrameKind.HEARTBEAT)
        for number, count in enumerate(counts)
    ]
    stream, reader, at = b"".join(sent), FrameReader(from_client(3)), 0
    got: list[Frame] = []
    for cut in [*cuts, len(stream)]:
        got += reader.feed(stream[at : at + cut])
        at += cut
    assert [wire.encode(kind, bytes(payload), *rest) for kind, *rest, payload in got] == sent


@pytest.mark.parametrize(
    ("kind", "size"), [(4, 0), (4, 127), (4, 129), (4, 4 * 128), (7, 1), (2, 120), (5, 8), (0, 0), (99, 0), (65535, 0)]
)
def test_w2_a_frame_that_may_not_come_is_refused_by_its_header_alone(kind: int, size: int) -> None:
    reader = FrameReader(from_client(3))
    with pytest.raises(FrameRefused, match=f"kind {kind}") as refused:
        reader.feed(HEADER.pack(size, kind, 0, 0, 0, 0))
    assert refused.value.code is ErrorCode.MALFORMED
    assert reader.capacity == STAGE, "nothing was allocated for it"


def test_w2_a_header_with_a_reserved_field_that_is_not_zero_is_refused() -> None:
    with pytest.raises(FrameRefused):
        FrameReader(from_client(3)).feed(HEADER.pack(0, FrameKind.HEARTBEAT, 1, 0, 0, 0))


def test_each_rule_of_the_page_is_numbered_and_named_by_a_test() -> None:
    root = VECTORS.parents[3]
    numbers = re.findall(r"^\*\*W-(\d+)\.\*\*", (root / "docs/reference/record-door.md").read_text(), re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    tests = Path(__file__).read_text() + (root / "tests/integration/test_record_door.py").read_text()
    assert [number for number in numbers if f"def test_w{number}_" not in tests] == []


def test_the_picture_of_the_page_is_what_its_tool_draws() -> None:
    root = VECTORS.parents[3]
    drawn = subprocess.run([sys.executable, root / "tools/draw_record_door.py"], capture_output=True, check=True)
    assert drawn.stdout.decode() == (root / "docs/reference/record-door.svg").read_text()


@pytest.mark.parametrize("enum", [FrameKind, ErrorCode, BusyReason])
def test_the_page_names_every_word_with_its_number(enum: type[IntEnum]) -> None:
    page = (VECTORS.parents[3] / "docs/reference/record-door.md").read_text()
    assert [one.name for one in enum if f"| {one.value} | {one.name} |" not in page] == []


# -- the decoder under random input ------------------------------------------------------------------------------------


def test_200_000_random_inputs_are_frames_or_refusals_and_never_more_memory_than_a_frame() -> None:
    rng = random.Random(20_261_124)
    limit = 64
    allowed = HEADER.size + limit * 128
    golden = [data for _, data in made().values()]
    facts = Stamp(2001, 2, lambda tag: (1, Attribution.BROKER) if tag == "NORTHSTAR" else (0, Attribution.UNKNOWN_CODE))
    began = time.monotonic()
    frames = refusals = stamped = 0
    for number in range(FUZZ):
        data = spoiled(rng, golden, number)
        reader = FrameReader(BEFORE_OPENING if number % 4 == 0 else from_client(limit))
        try:
            for kind, _, _, _, payload in reader.feed(data):
                frames += 1
                if kind is FrameKind.OPEN:
                    Opening.decode(bytes(payload))
                elif kind is FrameKind.COMMANDS:
                    stamp(np.frombuffer(payload, COMMAND).copy(), facts)
                    stamped += 1
        except FrameRefused:
            refusals += 1
        assert reader.capacity <= STAGE + allowed
    assert min(frames, refusals, stamped) > FUZZ // 100, (frames, refusals, stamped)
    assert time.monotonic() - began < 60


def spoiled(rng: random.Random, golden: list[bytes], number: int) -> bytes:
    """Noise, a golden frame with a few bytes changed, cut or doubled, or a header with an extreme length."""
    match number % 5:
        case 0:
            return rng.randbytes(rng.randrange(0, 300))
        case 1:
            length = rng.choice((0, 1, 127, 128, 2**16, 2**31, 2**32 - 1))
            return HEADER.pack(length, rng.randrange(0, 12), rng.choice((0, 0, 0, 1)), 0, 1, 0) + rng.randbytes(64)
        case _:
            data = bytearray(rng.choice(golden))
            for _ in range(rng.randrange(0, 4)):
                data[rng.randrange(len(data))] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
            cut = rng.randrange(len(data) + 1) if rng.random() < 0.3 else len(data)
            return bytes(data[:cut]) + (bytes(data) if rng.random() < 0.2 else b"")
