"""The core's socket protocol: frames survive any cutting, and what is not ours is refused."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.errors import BadInput
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.protocol import (
    ANSWER_LIMIT,
    HEADER,
    PAYLOAD_LIMIT,
    FrameKind,
    FrameReader,
    batch_frame,
    decode_batch,
    decode_submission,
    encode_frame,
)
from commonbook.matching.sequencer import Sequencer, each_answer, join, part_of
from commonbook.records import (
    COMMAND,
    EVENT,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    EventKind,
    KillScope,
    OrderType,
    Side,
    commands,
    of_kind,
)
from commonbook.settings import CoreSettings, JournalSettings
from commonbook.simulator.demo_market import BTC_USDT, HOUSE, MID_TICKS, venue_commands


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


def test_the_core_may_send_more_in_one_frame_than_it_takes() -> None:
    header = HEADER.pack(PAYLOAD_LIMIT + 1, FrameKind.BATCH, 0, 0)
    assert FrameReader(ANSWER_LIMIT).feed(header) == []
    with pytest.raises(BadInput, match="not one of ours"):
        FrameReader().feed(header)


def test_p8_a_switch_that_cancels_more_orders_than_fit_into_a_submission_reaches_every_follower(
    tmp_path: Path,
) -> None:
    orders = commands(CommandKind.ORDER, 360_000)  # three events each: more than 64 MiB in one answer
    orders["account"], orders["instrument"], orders["order_type"] = HOUSE, BTC_USDT, OrderType.POST_ONLY
    orders["channel"], orders["attribution"], orders["side"] = Channel.API, Attribution.NO_TAG, Side.BUY
    orders["price_ticks"], orders["quantity_lots"] = MID_TICKS - np.arange(len(orders)) % 5_000, 1
    switch = commands(CommandKind.KILL)
    switch["scope"], switch["target"], switch["active"] = KillScope.ACCOUNT, HOUSE, 1

    async def run() -> tuple[int, int]:
        sequencer = Sequencer.open(tmp_path, JournalSettings())
        sequencer.commit(venue_commands().view(COMMAND), 1)
        for part in np.array_split(orders.view(COMMAND), 8):
            sequencer.commit(part.copy(), 2)
        ready = asyncio.Event()

        async def told() -> None:
            ready.set()

        serving = asyncio.ensure_future(Core(sequencer, CoreSettings()).run(tmp_path / "core.sock", told))
        await ready.wait()
        follower, host = [await CoreClient.connect(tmp_path / "core.sock") for _ in range(2)]
        followed: list[Batch] = []
        await follower.subscribe(followed.append)
        batch = await host.submit_batch(switch)
        canceled = len(of_kind(batch.events, EventKind.CANCELED))
        while not any(one.last >= batch.last for one in followed):
            await asyncio.sleep(0.01)
        seen = sum(len(of_kind(one.events, EventKind.CANCELED)) for one in followed)
        for client in (follower, host):
            client.close()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        sequencer.close()
        return canceled, seen

    assert asyncio.run(asyncio.wait_for(run(), 120)) == (360_000, 360_000)
