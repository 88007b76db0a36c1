"""The core's socket protocol: frames survive any cutting, and what is not ours is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.errors import BadInput
from commonbook.matching.protocol import (
    HEADER,
    FrameKind,
    FrameReader,
    batch_frame,
    decode_batch,
    decode_submission,
    encode_frame,
)
from commonbook.matching.sequencer import each_answer, join, part_of
from commonbook.records import COMMAND, EVENT, Batch


def batch_of(first: int, events_per_command: list[int]) -> Batch:
    commands = np.zeros(len(events_per_command), COMMAND)
    commands["sequence"] = np.arange(first, first + len(commands))
    events = np.zeros(sum(events_per_command), EVENT)
    events["sequence"] = np.repeat(commands["sequence"], events_per_command)
    return Batch(commands, events)


@given(
    payloads=st.lists(st.tuples(st.sampled_from(FrameKind), st.integers(0, 2**64 - 1), st.binary(max_size=300))),
    cuts=st.lists(st.integers(0, 5_000)),
)
def test_frames_come_out_whole_however_the_stream_is_cut(
    payloads: list[tuple[FrameKind, int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(encode_frame(*payload) for payload in payloads)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    reader = FrameReader()
    frames = [frame for start, end in itertools.pairwise(places) for frame in reader.feed(stream[start:end])]
    assert [tuple(frame) for frame in frames] == payloads


def encoded(batch: Batch) -> bytes:
    """The payload of its frame."""
    return b"".join(batch_frame(FrameKind.BATCH, 0, batch))[HEADER.size :]


@pytest.mark.parametrize("header", [b"\xff\xff\xff\xff\x01\x00" + bytes(10), b"\x00\x00\x00\x00\x63\x00" + bytes(10)])
def test_a_frame_that_is_not_ours_is_refused(header: bytes) -> None:
    with pytest.raises(BadInput, match="not one of ours"):
        FrameReader().feed(header)


@pytest.mark.parametrize("size", [0, 1, 159, 161])
def test_a_submission_is_a_whole_number_of_records(size: int) -> None:
    with pytest.raises(BadInput, match=f"submission of {size} bytes"):
        decode_submission(bytes(size))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.integers(1, 2**40))
def test_a_batch_survives_the_socket_and_falls_into_the_answers_of_its_commands(counts: list[int], first: int) -> None:
    batch = decode_batch(encoded(batch_of(first, counts)))
    assert (batch.first, batch.last) == (first, first + len(counts) - 1)
    assert [len(answer) for answer in each_answer(batch)] == counts
    middle = len(counts) // 2
    parts = [part_of(batch, first, middle), part_of(batch, first + middle, len(counts) - middle)]
    whole = join(parts)
    assert whole.commands.tobytes() == batch.commands.tobytes()
    assert whole.events.tobytes() == batch.events.tobytes()


def test_a_batch_of_wrong_length_is_refused() -> None:
    payload = encoded(batch_of(1, [1]))
    with pytest.raises(BadInput, match="does not fit"):
        decode_batch(payload[:-1])
