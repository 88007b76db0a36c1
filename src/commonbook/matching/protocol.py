"""How gateways and followers talk to the core over its Unix socket.

A frame is a header of 16 bytes (payload length, kind, reserved, correlation; little-endian) and the payload. Whoever
may open the socket is trusted: it lies in the data folder with mode 0600, and authentication is the gateway's work.

    SUBMIT     to the core     command records; sequence and time are the core's to fill in; with correlation 0 there
                               is no answer, the sender reads it from the stream
    RESULT     from the core   the same commands, numbered, and their events, once they are durable
    BUSY       from the core   the inbox is full: nothing of the submission was taken
    QUERY      to the core     msgpack: a question about the engine's state
    ANSWER     from the core   msgpack
    SUBSCRIBE  to the core     asks for every batch from now on
    WELCOME    from the core   msgpack {"sequence": newest published}: the answer to SUBSCRIBE
    BATCH      from the core   a whole durable batch

RESULT and BATCH payloads: u32 number of commands, u32 reserved, the command records, the event records. On one
connection the BATCH that holds a submission comes before its RESULT; a client looks at answers first all the same.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from functools import partial
from typing import NamedTuple

import numpy as np

from commonbook.errors import BadInput
from commonbook.framing import Inlet
from commonbook.records import COMMAND, COMMAND_SIZE, EVENT, EVENT_SIZE, Batch

HEADER = struct.Struct("<IHHQ")
_COUNT = struct.Struct("<II")
PAYLOAD_LIMIT = 64 * 1024 * 1024  # of what the core takes
ANSWER_LIMIT = 2**32 - 1  # of what it sends: a kill switch may cancel millions of orders in one batch


class FrameKind(IntEnum):
    SUBMIT = 1
    RESULT = 2
    BUSY = 3
    QUERY = 4
    ANSWER = 5
    SUBSCRIBE = 6
    WELCOME = 7
    BATCH = 8


class Frame(NamedTuple):
    kind: FrameKind
    correlation: int
    payload: memoryview  # the taker's own


def encode_frame(kind: FrameKind, correlation: int, payload: bytes = b"") -> bytes:
    return HEADER.pack(len(payload), kind, 0, correlation) + payload


def batch_frame(kind: FrameKind, correlation: int, batch: Batch) -> tuple[bytes, memoryview, memoryview]:
    """A RESULT or BATCH frame as buffers to be written one after the other; the records are not copied."""
    records, events = batch.commands.view(np.uint8), np.ascontiguousarray(batch.events).view(np.uint8)
    head = HEADER.pack(_COUNT.size + records.nbytes + events.nbytes, kind, 0, correlation)
    return head + _COUNT.pack(len(batch.commands), 0), records.data, events.data


def decode_batch(payload: bytes | memoryview) -> Batch:
    """The batch of a RESULT or BATCH payload; views into it.

    Raises:
        BadInput: the lengths do not fit together.
    """
    count, _ = _COUNT.unpack_from(payload)
    events_at = _COUNT.size + count * COMMAND_SIZE
    if len(payload) < events_at or (len(payload) - events_at) % EVENT_SIZE:
        raise BadInput(f"a batch of {count} commands does not fit into {len(payload)} bytes")
    return Batch(
        np.frombuffer(payload, COMMAND, count, _COUNT.size),
        np.frombuffer(payload, EVENT, -1, events_at),
    )


def decode_submission(payload: bytes | memoryview) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """The command records of a SUBMIT payload; a view into it.

    Raises:
        BadInput: empty, or not a whole number of records.
    """
    if not payload or len(payload) % COMMAND_SIZE:
        raise BadInput(f"a submission of {len(payload)} bytes is not a whole number of {COMMAND_SIZE}-byte records")
    return np.frombuffer(payload, COMMAND)


class FrameReader:
    """Cuts a stream of bytes into frames, whatever pieces it arrives in.

    `written` and `feed` raise BadInput for a length beyond the limit or an unknown kind; the connection is then of no
    further use.
    """

    def __init__(self, limit: int = PAYLOAD_LIMIT) -> None:
        self._inlet = Inlet(HEADER.size, partial(_payload_size, limit))

    def writable(self) -> memoryview:
        return self._inlet.writable()

    def written(self, size: int) -> Iterator[Frame]:
        return map(_frame, self._inlet.written(size))

    def feed(self, data: bytes) -> list[Frame]:
        return list(map(_frame, self._inlet.feed(data)))


def _frame(found: tuple[bytes, memoryview]) -> Frame:
    _, kind, _, correlation = HEADER.unpack(found[0])
    return Frame(FrameKind(kind), correlation, found[1])


def _payload_size(limit: int, head: bytes) -> int:
    length, kind, _, _ = HEADER.unpack(head)
    if length > limit or kind not in FrameKind.__members__.values():
        raise BadInput(f"frame of kind {kind} and {length} bytes is not one of ours")
    return int(length)
