"""Whose turn it is at the core, and who is refused when a gateway is behind. L-10 of docs/rules/limits.md."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.errors import CoreUnavailable
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.pressure import WINDOW, Pressure, equal_part
from commonbook.gateway.turns import Turns
from commonbook.matching.client import CoreClient
from commonbook.matching.gathering import SHARED, TOGETHER, Gathering
from commonbook.matching.shares import FOR_ORDERS, QUANTUM, Shares, Waiting
from commonbook.records import EVENT, ORDER, Batch, CommandKind, commands
from commonbook.settings import GatewaySettings

A, B, C = 1, 2, 3
NOTHING: Any = None


def waiting(
    brand: int, count: int = 1, kind: CommandKind = CommandKind.ORDER, account: int = 0, name: int = 0
) -> Waiting:
    records = commands(kind, count)
    records["account"] = account or 1_000 + brand
    records["sequence"] = name
    return Waiting(records.view(np.uint8), brand, NOTHING)


def brands(taken: list[Waiting]) -> list[int]:
    return [one.brand for one in taken]


def by_brand(taken: list[Waiting]) -> dict[int, int]:
    return {brand: sum(one.commands for one in taken if one.brand == brand) for brand in {*brands(taken)}}


# -- turns -------------------------------------------------------------------------------------------------------------


def test_l10_a_brand_that_sends_little_goes_along_with_the_next_frame_whatever_waits_before_it() -> None:
    line = Shares([*(waiting(A) for _ in range(5_000)), waiting(B), waiting(C), waiting(B)])
    taken = line.take(200)
    assert len(taken) == 200
    assert brands(taken) == [*[A] * QUANTUM, B, B, C, *[A] * (200 - QUANTUM - 3)]


def test_l10_those_who_wait_have_equal_parts_whatever_the_size_of_what_they_send() -> None:
    line = Shares(
        [
            *(waiting(A, 20) for _ in range(500)),
            *(waiting(B) for _ in range(9_000)),
            *(waiting(C, 7) for _ in range(900)),
        ]
    )
    total: dict[int, int] = {}
    for _ in range(12):
        for brand, count in by_brand(line.take(1_024)).items():
            total[brand] = total.get(brand, 0) + count
    assert max(total.values()) - min(total.values()) <= QUANTUM + 20
    assert sum(total.values()) > 12 * (1_024 - 20)


def test_l10_a_brand_alone_has_all_of_it_and_saves_up_nothing() -> None:
    line = Shares([waiting(A, 20) for _ in range(10)])
    assert by_brand(line.take(100)) == {A: 100}
    assert by_brand(line.take(1_000)) == {A: 100}
    assert line.take(1_000) == []
    for one in [*(waiting(B, 1) for _ in range(200)), *(waiting(A, 1) for _ in range(200))]:
        line.add(one)
    assert by_brand(line.take(2 * QUANTUM)) == {A: QUANTUM, B: QUANTUM}


def test_l10_a_submission_larger_than_a_frame_goes_by_itself() -> None:
    line = Shares([waiting(A, 5_000), waiting(B), waiting(A)])
    assert [brands(line.take(1_024)) for _ in range(3)] == [[B], [A], [A]]
    line = Shares([waiting(A, 5_000)])
    assert [one.commands for one in line.take(1_024)] == [5_000]


def test_l10_cancels_go_first_and_leave_room_for_other_brands() -> None:
    orders = [waiting(B, account=1) for _ in range(2_000)]
    line = Shares(
        [
            *orders,
            *(waiting(A, kind=CommandKind.CANCEL, account=2) for _ in range(2_000)),
            waiting(C, kind=CommandKind.CANCEL_ALL),
        ]
    )
    taken = line.take(1_024)
    kinds = [int(one.records[16]) for one in taken]
    cancels = 1_024 - 1_024 // FOR_ORDERS
    assert kinds == [CommandKind.CANCEL] * QUANTUM + [CommandKind.CANCEL_ALL] + [CommandKind.CANCEL] * (
        cancels - QUANTUM - 1
    ) + [CommandKind.ORDER] * (1_024 // FOR_ORDERS)
    alone = Shares([waiting(A, kind=CommandKind.CANCEL) for _ in range(2_000)])
    assert len(alone.take(1_024)) == 1_024


def test_l10_a_cancel_does_not_pass_what_its_own_account_has_waiting_and_nothing_passes_a_cancel() -> None:
    """It may be about an order that waits; and an order behind a mass cancel must not be taken by it."""
    line = Shares(
        [
            waiting(A, account=7),
            waiting(A, kind=CommandKind.CANCEL, account=7),
            waiting(A, kind=CommandKind.CANCEL, account=8),
        ]
    )
    taken = line.take(100)
    assert [(int(one.records[16]), int(one.records.view(ORDER)["account"][0])) for one in taken] == [
        (CommandKind.CANCEL, 8),
        (CommandKind.ORDER, 7),
        (CommandKind.CANCEL, 7),
    ]
    line = Shares(
        [
            waiting(A, 90, CommandKind.CANCEL, 7),
            waiting(A, 90, CommandKind.CANCEL, 7),
            waiting(A, account=7),
            waiting(B),
        ]
    )
    frames = [[(one.brand, int(one.records[16]), one.commands) for one in line.take(100)] for _ in range(2)]
    assert frames == [
        [(A, CommandKind.CANCEL, 90), (B, CommandKind.ORDER, 1)],
        [(A, CommandKind.CANCEL, 90), (A, CommandKind.ORDER, 1)],
    ]


SUBMISSIONS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 200),
        st.sampled_from([CommandKind.ORDER, CommandKind.CANCEL, CommandKind.AMEND, CommandKind.CANCEL_ALL]),
        st.integers(0, 2),
    ),
    max_size=60,
)


@given(SUBMISSIONS, st.integers(1, 400))
def test_l10_everything_goes_once_and_what_one_account_has_sent_keeps_its_order(
    given_: list[tuple[int, int, CommandKind, int]], most: int
) -> None:
    made = [
        waiting(brand, count, kind, account=brand * 10 + account, name=number)
        for number, (brand, count, kind, account) in enumerate(given_, 1)
    ]
    line = Shares(made)
    taken: list[Waiting] = []
    while frame := line.take(most):
        assert sum(one.commands for one in frame) <= most or len(frame) == 1
        taken += frame
    names = [int(one.records.view(ORDER)["sequence"][0]) for one in taken]
    assert sorted(names) == list(range(1, len(made) + 1))
    for account in {int(one.records.view(ORDER)["account"][0]) for one in made}:
        mine = [name for name in names if int(made[name - 1].records.view(ORDER)["account"][0]) == account]
        assert mine == sorted(mine)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 30)), min_size=1, max_size=200), st.integers(30, 500))
def test_l10_no_brand_that_goes_on_waiting_gets_much_less_than_another(
    given_: list[tuple[int, int]], most: int
) -> None:
    line = Shares([waiting(brand, count) for brand, count in given_])
    wanted = {brand: sum(count for one, count in given_ if one == brand) for brand, _ in given_}
    got = dict.fromkeys(wanted, 0)
    while frame := line.take(most):
        for brand, count in by_brand(frame).items():
            got[brand] += count
        still = [brand for brand in wanted if got[brand] < wanted[brand]]
        for brand in still:
            assert max(got.values()) - got[brand] <= 2 * (QUANTUM + 30)


# -- the gathering -----------------------------------------------------------------------------------------------------


class Core(CoreClient):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[tuple[list[int], Callable[[Any], None]]] = []
        self.last = 0

    def submit_then(self, commands: Any, done: Callable[[Any], None]) -> None:
        self.frames.append((commands.view(ORDER)["account"].tolist(), done))

    def answer(self) -> list[int]:
        accounts, done = self.frames.pop(0)
        numbered = commands(CommandKind.ORDER, len(accounts))
        numbered["account"], numbered["sequence"] = accounts, np.arange(self.last + 1, self.last + 1 + len(accounts))
        self.last += len(accounts)
        done(Batch(numbered, np.zeros(0, EVENT)))
        return accounts


def submitted(line: Gathering, brand: int, count: int, account: int) -> "asyncio.Future[Any]":
    records = commands(CommandKind.ORDER, count)
    records["account"] = account
    return asyncio.ensure_future(line.submit(records.view(np.uint8), brand))


def test_l10_what_fits_into_one_frame_goes_as_it_came() -> None:
    async def run() -> None:
        core = Core()
        line = Gathering(core)
        sent = [submitted(line, brand, 20, number) for number, brand in enumerate([A, B, A, C, A, B])]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert core.answer() == [number for number in range(6) for _ in range(20)]
        numbered = await asyncio.gather(*sent)
        assert [one.first for one in numbered] == [1, 21, 41, 61, 81, 101]
        assert line.waiting == 0

    asyncio.run(run())


def test_l10_one_brand_alone_has_frames_as_large_as_ever_and_several_share_smaller_ones() -> None:
    async def run() -> None:
        core = Core()
        line = Gathering(core)
        first = submitted(line, A, 1, 1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        flood = [submitted(line, A, 100, 2) for _ in range(100)]
        await asyncio.sleep(0)
        core.answer()
        await asyncio.sleep(0)
        assert len(core.frames[0][0]) == 4_000  # 40 of 100: the next one would be more than TOGETHER
        late = submitted(line, B, 1, 3)
        await asyncio.sleep(0)
        core.answer()
        await asyncio.sleep(0)
        accounts = core.answer()
        assert 3 in accounts
        assert len(accounts) <= SHARED
        await late
        while not all(one.done() for one in flood):
            await asyncio.sleep(0)
            core.answer()
            await asyncio.sleep(0)
        assert first.done()
        assert line.waiting == 0
        assert line.has_room(B, 0)
        again = submitted(line, B, 5, 3)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert core.answer() == [3] * 5
        assert (await again).commands == 5

    assert (TOGETHER, SHARED) == (4_096, 1_024)
    asyncio.run(run())


def test_l10_a_core_that_is_gone_fails_all_that_waits_and_nothing_is_left() -> None:
    async def run() -> None:
        line = Gathering(CoreClient())  # is not connected
        sent = [submitted(line, brand, 700, brand) for brand in (A, B, A, B)]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        assert all(isinstance(one, CoreUnavailable) for one in answers)
        assert line.waiting == 0

    asyncio.run(run())


def test_l10_of_the_orders_that_may_wait_each_brand_has_its_part() -> None:
    async def run() -> None:
        core = Core()
        line = Gathering(core)
        blocked = submitted(line, C, 1, 1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sent = [submitted(line, A, 100, 1) for _ in range(41)]
        await asyncio.sleep(0)
        assert line.waiting == 4_100
        assert not line.has_room(A, 4_000)
        assert line.has_room(B, 4_000)
        sent += [submitted(line, B, 100, 2) for _ in range(20)]
        await asyncio.sleep(0)
        assert line.has_room(B, 4_000)
        sent.append(submitted(line, B, 1, 2))
        await asyncio.sleep(0)
        assert not line.has_room(B, 4_000)  # half of it, and one more
        for one in (blocked, *sent):
            one.cancel()

    asyncio.run(run())


# -- what is on its way ------------------------------------------------------------------------------------------------


def test_l10_while_several_brands_send_each_has_so_much_on_its_way() -> None:
    assert GatewaySettings().brand_bytes == 16 * 1024
    turns = Turns(100)
    for _ in range(50):
        turns.began(A, 100)
    assert turns.may_begin(A)  # nobody else sends
    turns.began(B, 10)
    assert not turns.may_begin(A)
    assert turns.may_begin(B)
    came: list[str] = []
    turns.wait(A, lambda: came.append("asks again"))
    turns.wait(A, lambda: came.append("has begun"), 60)
    turns.wait(A, lambda: came.append("waits"), 60)
    for _ in range(49):
        turns.ended(A, 100)
    assert came == []  # a hundred bytes are still on their way
    turns.ended(A, 100)
    assert came == ["asks again", "has begun", "waits"]  # the second of sixty begins below the bound
    assert not turns.may_begin(A)
    turns.forget(time.monotonic() + 11)
    assert turns.may_begin(A)
    turns.ended(A, 60)
    turns.ended(A, 60)
    turns.ended(B, 10)
    assert turns._on_their_way == {}
    assert all(Turns(0).may_begin(brand) for brand in (A, B))


def test_l10_over_rest_a_request_waits_for_its_brands_turn_and_leaves_no_trace_when_it_goes() -> None:
    async def run() -> None:
        door = Door(NOTHING, NOTHING, NOTHING, NOTHING, GatewaySettings(brand_bytes=10), NOTHING, NOTHING)
        await door.turn(A, 10)
        await door.turn(B, 10)
        waiting = [asyncio.ensure_future(door.turn(A, 10)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(one.done() for one in waiting)
        waiting[0].cancel()
        await asyncio.sleep(0)
        door.turns.ended(A, 10)
        for _ in range(5):
            await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [True, True, False]
        door.turns.ended(A, 10)
        await waiting[2]
        door.turns.ended(A, 10)
        door.turns.ended(B, 10)
        assert door.turns._on_their_way == {}
        assert door.turns._waiting == {}

    asyncio.run(run())


# -- who is refused ----------------------------------------------------------------------------------------------------


def test_l10_a_brand_that_sends_less_than_its_part_is_refused_nothing() -> None:
    """Room for 60 of 110: those with 5 are taken on whole, the one with 100 to 50 %."""
    pressure = Pressure(100)
    pressure.share = 60 / 110
    taken = {A: 0, B: 0, C: 0}
    for window in range(20):
        for brand, count in ((A, 100), (B, 5), (C, 5)):
            for _ in range(count):
                if pressure.takes_one(brand) and window:
                    taken[brand] += 1
        for _ in range(WINDOW):
            pressure.beat(0.075)  # neither late nor on time: the share stays
    assert (taken[B], taken[C]) == (19 * 5, 19 * 5)
    assert abs(taken[A] - 19 * 50) <= 19


def test_l10_sizes_count_and_not_messages() -> None:
    pressure = Pressure(100)
    pressure.share = 0.5
    counted = {A: 0, B: 0}
    for window in range(10):
        for _ in range(50):
            counted[A] += pressure.takes_one(A, 2_000) and window > 0
            counted[B] += pressure.takes_one(B, 100) and window > 0
        for _ in range(WINDOW):
            pressure.beat(0.075)
    assert counted[B] == 9 * 50
    assert counted[A] < 9 * 25


def test_l10_a_brand_alone_is_refused_what_the_share_says() -> None:
    pressure = Pressure(100)
    pressure.share = 0.3
    taken = 0
    for _ in range(10):
        taken += sum(pressure.takes_one(A) for _ in range(100))
        for _ in range(WINDOW):
            pressure.beat(0.075)
    assert abs(taken - 300) <= 10


@given(st.lists(st.integers(0, 1_000), max_size=20), st.floats(0, 1))
def test_l10_equal_parts_fill_the_room_and_never_more(wanted: list[int], share: float) -> None:
    room = share * sum(wanted)
    most = equal_part(wanted, room)
    used = sum(min(one, most) for one in wanted)
    assert used == pytest.approx(room) or (most == float("inf") and used == sum(wanted) <= room + 1e-6)


def test_l10_the_door_refuses_the_brand_that_floods_and_not_the_others() -> None:
    door = Door(NOTHING, NOTHING, NOTHING, NOTHING, GatewaySettings(), NOTHING, NOTHING)
    door.pressure.share = 0.5
    refused = {A: 0, B: 0}
    for _ in range(2):
        refused = {A: 0, B: 0}
        for _ in range(100):
            for brand, operation, size in ((A, "batch-orders", 4_000), (B, "order", 200)):
                try:
                    door.must_be_on_time(operation, brand, size)
                except Refused:
                    refused[brand] += 1
        for _ in range(WINDOW):
            door.pressure.beat(0.075)
    assert refused[B] == 0
    assert 50 <= refused[A] <= 55  # half of all bytes, and A sends nearly all of them
