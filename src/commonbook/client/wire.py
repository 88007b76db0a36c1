"""What travels between the record door and its clients. The page is docs/reference/record-door.md.

A frame is a header of 32 bytes and a payload; all numbers are little-endian. `sequence` counts what the sender of the
frame numbers itself (a client its commands, the door the engine's sequence up to which it has told), `acknowledged`
what it has from the other side.
"""

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from commonbook.errors import BadInput
from commonbook.framing import Inlet
from commonbook.records import COMMAND_SIZE, EVENT, EVENT_SIZE, RECORD_FORMAT, Records

VERSION = 1
MAGIC = b"CBRECORD"
NOW = 2**64 - 1  # `events_after`: no events of before the opening
PROOF_TEXT = b"commonbook-record-door-1"
PAYLOAD_LIMIT = 64 * 1024 * 1024  # of any frame

HEADER = struct.Struct("<IHHQQQ")  # payload length, kind, zero, correlation, sequence, acknowledged
_CHALLENGE = struct.Struct("<8sII32s")
_OPEN = struct.Struct("<64sQQII")
_PROOF_SIZE = 32
_OPENED = struct.Struct("<QQQQQIIIIII")
_COUNTS = struct.Struct("<II")

ANSWER = np.dtype(
    [
        ("correlation", "<u8"),
        ("sequence", "<u8"),  # client sequence of the frame's first command
        ("engine_sequence", "<u8"),  # engine sequence of the same command; the others follow by one
        ("count", "<u4"),
        ("reserved", "V4"),
    ]
)
Answers = NDArray[np.void]


class FrameKind(IntEnum):
    CHALLENGE = 1
    OPEN = 2
    OPENED = 3
    COMMANDS = 4
    EVENTS = 5
    BUSY = 6
    HEARTBEAT = 7
    CLOSE = 8
    ERROR = 9


class Option(IntFlag):
    RESUME = 1  # the session may be one that the door knows
    CANCEL_ON_DISCONNECT = 2


class ErrorCode(IntEnum):
    """Why the door closes a connection. Always the last frame."""

    MALFORMED = 1  # a frame that is not of this protocol, or not at this place
    VERSION = 2
    DENIED = 3  # the key is not known or the proof is wrong; both look the same
    ADDRESS = 4  # the key is not for this address
    NOT_PERMITTED = 5  # the key may not trade
    SESSION_KNOWN = 6  # opened without RESUME, but the session has had commands
    RESEND_DIFFERS = 7  # this client sequence was taken with other commands
    TOO_OLD = 8  # this client sequence is further back than a resend may reach
    KIND = 9  # a command that is not for this door
    ACCOUNT = 10  # a command for another account
    TEXT = 11  # a client id or tag with a zero inside or a byte that is not printable ASCII
    RESERVED = 12  # a reserved byte that is not zero
    SLOW = 13  # events are not read
    SILENT = 14  # nothing came for three heartbeats, or the opening took too long
    REVOKED = 15  # the key was revoked or changed
    REPLACED = 16  # the session was opened by another connection
    TOO_MANY = 17  # connections of the door, or sessions of the key
    AHEAD = 18  # `events_after` is beyond the newest event
    STOPPING = 19
    GONE = 20  # what was asked for behind `events_after` can no longer be told
    TERMS = 21  # orders and amendments wait until the terms in force are accepted; cancels do not


class BusyReason(IntEnum):
    """Why nothing of a frame was taken; send the same frame again after `retry_ms`."""

    WINDOW = 1  # too many commands of this session are unanswered
    RATE = 2  # too many commands of this key in this second
    DOOR = 3  # too many commands of all sessions are unanswered
    GAP = 4  # a frame before this one was not taken


class Frame(NamedTuple):
    kind: FrameKind
    correlation: int
    sequence: int
    acknowledged: int
    payload: memoryview  # the taker's own


class FrameRefused(BadInput):
    """The other side sent what it may not; the connection is of no further use."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code


Lengths = Mapping[int, tuple[int, int, int]]  # shortest, longest and unit of a payload; others are refused

FROM_DOOR: Lengths = {
    FrameKind.CHALLENGE: (_CHALLENGE.size, _CHALLENGE.size, 1),
    FrameKind.OPENED: (_OPENED.size, _OPENED.size, 1),
    FrameKind.EVENTS: (_COUNTS.size, PAYLOAD_LIMIT, 1),
    FrameKind.BUSY: (_COUNTS.size, _COUNTS.size, 1),
    FrameKind.HEARTBEAT: (0, 0, 1),
    FrameKind.ERROR: (_COUNTS.size, 4_096, 1),
}
BEFORE_OPENING: Lengths = {FrameKind.OPEN: (_OPEN.size + _PROOF_SIZE, _OPEN.size + _PROOF_SIZE, 1)}


def from_client(frame_commands: int) -> Lengths:
    """What an opened session may send."""
    return {
        FrameKind.COMMANDS: (COMMAND_SIZE, frame_commands * COMMAND_SIZE, COMMAND_SIZE),
        FrameKind.HEARTBEAT: (0, 0, 1),
        FrameKind.CLOSE: (0, 0, 1),
    }


class FrameReader:
    """Cuts a stream of bytes into frames. Never holds more than one frame of an allowed length.

    `written` and `feed` raise FrameRefused for what is no frame of this protocol, or none that may come now.
    """

    def __init__(self, lengths: Lengths) -> None:
        self.lengths = lengths
        self._inlet = Inlet(HEADER.size, self._payload_size)

    def writable(self) -> memoryview:
        """Where the next bytes go; tell `written` how many."""
        return self._inlet.writable()

    def written(self, size: int) -> Iterator[Frame]:
        """The frames completed by `size` more bytes. Take them all before writing again."""
        return map(_frame, self._inlet.written(size))

    def feed(self, data: bytes) -> list[Frame]:
        """As `written`, for bytes that come in pieces of their own."""
        return list(map(_frame, self._inlet.feed(data)))

    @property
    def capacity(self) -> int:
        return self._inlet.capacity

    def _payload_size(self, head: bytes) -> int:
        length, kind, zero = HEADER.unpack(head)[:3]
        allowed = self.lengths.get(kind)
        if allowed is None or zero:
            raise FrameRefused(ErrorCode.MALFORMED, f"a frame of kind {kind} cannot come here")
        shortest, longest, unit = allowed
        if not shortest <= length <= longest or length % unit:
            raise FrameRefused(ErrorCode.MALFORMED, f"a frame of kind {kind} cannot have {length} bytes")
        return int(length)


def _frame(found: tuple[bytes, memoryview]) -> Frame:
    _, kind, _, correlation, sequence, acknowledged = HEADER.unpack(found[0])
    return Frame(FrameKind(kind), correlation, sequence, acknowledged, found[1])


def encode(kind: FrameKind, payload: bytes = b"", correlation: int = 0, sequence: int = 0, acked: int = 0) -> bytes:
    return HEADER.pack(len(payload), kind, 0, correlation, sequence, acked) + payload


# -- the opening ------------------------------------------------------------------------------------------------------


def encode_challenge(nonce: bytes) -> bytes:
    return _CHALLENGE.pack(MAGIC, VERSION, RECORD_FORMAT, nonce)


def decode_challenge(payload: bytes) -> bytes:
    """The nonce.

    Raises:
        FrameRefused: another protocol, or other records.
    """
    magic, version, record_format, nonce = _CHALLENGE.unpack(payload)
    if (magic, version, record_format) != (MAGIC, VERSION, RECORD_FORMAT):
        raise FrameRefused(ErrorCode.VERSION, f"the door speaks version {version} with records {record_format}")
    return bytes(nonce)


@dataclass(frozen=True, slots=True)
class Opening:
    """Facts of a session, all of them under the proof."""

    api_key: str
    session: int
    events_after: int
    options: Option

    def encode(self, nonce: bytes, secret: bytes) -> bytes:
        facts = _OPEN.pack(self.api_key.encode(), self.session, self.events_after, self.options, VERSION)
        return facts + proof(secret, nonce, facts)

    @classmethod
    def decode(cls, payload: bytes) -> tuple[Self, bytes, bytes]:
        """The opening, the facts as they were proved, and the proof.

        Raises:
            FrameRefused: it cannot be read.
        """
        facts, given = payload[: _OPEN.size], payload[_OPEN.size :]
        key, session, events_after, options, version = _OPEN.unpack(facts)
        if version != VERSION:
            raise FrameRefused(ErrorCode.VERSION, f"this door speaks version {VERSION}, not {version}")
        api_key = key.rstrip(b"\0")
        if not api_key.isascii() or b"\0" in api_key or session == 0 or options & ~3:
            raise FrameRefused(ErrorCode.MALFORMED, "an opening has an API key, a session above 0 and known options")
        return cls(api_key.decode(), session, events_after, Option(options)), facts, given


def proof(secret: bytes, nonce: bytes, facts: bytes) -> bytes:
    """HMAC-SHA256 over text, nonce and facts: good for this connection and this opening alone."""
    return hmac.new(secret, PROOF_TEXT + nonce + facts, hashlib.sha256).digest()


class Opened(NamedTuple):
    """What the door tells of an opened session."""

    session: int
    account: int
    credential: int
    last: int  # the newest client sequence that was taken, 0: none
    position: int  # the newest engine sequence
    brand: int
    window_commands: int  # so many may be unanswered
    frame_commands: int  # so many go into one frame
    commands_per_second: int
    heartbeat_ms: int
    reserved: int = 0

    def encode(self) -> bytes:
        return _OPENED.pack(*self)

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        return cls(*_OPENED.unpack(payload))


# -- commands and events ----------------------------------------------------------------------------------------------


def checksum(records: bytes | memoryview) -> int:
    """CRC-32 of a frame's records, by which a resend is known to be the same."""
    return zlib.crc32(records)


def commands_frame(records: Records, correlation: int, sequence: int, acknowledged: int) -> bytearray:
    """One COMMANDS frame; the only copy of its records."""
    frame = bytearray(HEADER.size + records.nbytes)
    HEADER.pack_into(frame, 0, records.nbytes, FrameKind.COMMANDS, 0, correlation, sequence, acknowledged)
    frame[HEADER.size :] = np.ascontiguousarray(records).view(np.uint8).data
    return frame


def events_frame(
    answers: Answers, events: NDArray[np.uint8], sequence: int, acknowledged: int
) -> tuple[bytes, memoryview]:
    """One EVENTS frame: what was answered, and every event up to an engine sequence. Two buffers, to be written one
    after the other; the events are not copied.

    Args:
        answers: ANSWER, shape (n,).
        events: the bytes of EVENT records, shape (k x 64,), in engine order.
        sequence: the engine sequence up to which this session has now been told.
    """
    count = events.size // EVENT_SIZE
    length = _COUNTS.size + answers.nbytes + events.size
    head = HEADER.pack(length, FrameKind.EVENTS, 0, 0, sequence, acknowledged) + _COUNTS.pack(len(answers), count)
    return head + answers.tobytes(), events.data


def decode_events(payload: memoryview | bytes) -> tuple[Answers, Records]:
    """Answers and events of an EVENTS frame; views into it.

    Raises:
        FrameRefused: the counts do not fit its length.
    """
    answers, events = _COUNTS.unpack_from(payload)
    if len(payload) != _COUNTS.size + answers * ANSWER.itemsize + events * EVENT_SIZE:
        raise FrameRefused(ErrorCode.MALFORMED, f"{answers} answers and {events} events are not {len(payload)} bytes")
    at = _COUNTS.size + answers * ANSWER.itemsize
    told = np.frombuffer(payload, ANSWER, answers, _COUNTS.size) if answers else np.zeros(0, ANSWER)
    happened = np.frombuffer(payload, EVENT, events, at) if events else np.zeros(0, EVENT)
    return told, happened


def encode_busy(reason: BusyReason, retry_ms: int) -> bytes:
    return _COUNTS.pack(reason, retry_ms)


def decode_busy(payload: memoryview | bytes) -> tuple[BusyReason, int]:
    reason, retry_ms = _COUNTS.unpack(payload)
    return BusyReason(reason), retry_ms


def encode_error(code: ErrorCode, text: str) -> bytes:
    return encode(FrameKind.ERROR, _COUNTS.pack(code, 0) + text.encode())


def decode_error(payload: memoryview | bytes) -> tuple[ErrorCode, str]:
    code, _ = _COUNTS.unpack_from(payload)
    return ErrorCode(code), bytes(payload[_COUNTS.size :]).decode(errors="replace")
