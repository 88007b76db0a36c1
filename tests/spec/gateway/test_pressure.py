"""A gateway that is behind. L-8 of docs/rules/limits.md."""

import asyncio
from typing import Any

import pytest

from commonbook.gateway.okx_v5.codes import BUSY, Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.pressure import LEAST, Pressure
from commonbook.instrument.venue import Venue
from commonbook.matching.client import CoreClient
from commonbook.records import CommandKind, commands
from commonbook.settings import GatewaySettings

NOTHING: Any = None
LATE, BETWEEN, ON_TIME = 0.101, 0.075, 0.05  # seconds


def taken_of(pressure: Pressure, count: int) -> int:
    return sum(pressure.takes_one() for _ in range(count))


def test_l8_the_share_falls_at_each_late_beat_behind_another_and_grows_by_small_steps() -> None:
    pressure = Pressure(100)
    shares = []
    for late_s in (0.1, LATE, LATE, LATE, BETWEEN, ON_TIME, ON_TIME, LATE):
        pressure.beat(late_s)
        shares.append(round(pressure.share, 6))
    assert shares == [1.0, 1.0, 0.8, 0.64, 0.64, 0.66, 0.68, 0.68]


def test_l8_of_a_hundred_orders_as_many_are_taken_on_as_the_share_says() -> None:
    pressure = Pressure(100)
    assert taken_of(pressure, 100) == 100
    for share in (0.5, 0.25, 0.01):
        pressure.share = share
        assert taken_of(pressure, 1_000) == pytest.approx(1_000 * share, abs=1)


def test_l8_some_are_taken_on_always_and_all_again_in_the_end() -> None:
    pressure = Pressure(100)
    for _ in range(1_000):
        pressure.beat(10.0)
    assert pressure.share == LEAST
    for _ in range(50):
        pressure.beat(0.0)
    assert pressure.share == 1.0


def test_l8_zero_means_never() -> None:
    pressure = Pressure(0)
    pressure.beat(3_600.0)
    assert taken_of(pressure, 10) == 10


def test_l8_orders_and_amendments_are_refused_as_busy_and_cancels_go_on() -> None:
    door = Door(NOTHING, NOTHING, NOTHING, NOTHING, GatewaySettings(), NOTHING, NOTHING)
    assert door.pressure.limit_ms == 100
    door.must_be_on_time("batch-orders")
    door.pressure.share = 0.0
    for operation in ("order", "batch-orders", "amend-order", "batch-amend-orders"):
        with pytest.raises(Refused) as refused:
            door.must_be_on_time(operation)
        assert refused.value.code is BUSY
        assert (BUSY.number, BUSY.status) == ("50013", 429)
    for operation in ("cancel-order", "batch-cancel-orders"):
        door.must_be_on_time(operation)


def test_l8_with_too_many_waiting_for_the_core_new_orders_are_refused() -> None:
    settings = GatewaySettings(waiting_orders=10)

    async def wait() -> None:
        door = Door(CoreClient(), NOTHING, Venue(), NOTHING, settings, NOTHING, NOTHING)
        door.must_be_on_time("order")
        waiting = [asyncio.ensure_future(door.submit(commands(CommandKind.ORDER, 4), 1)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            door.must_be_on_time("order")
        assert refused.value.code is BUSY
        door.must_be_on_time("cancel-order")
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {Refused}  # there is no core
        door.must_be_on_time("order")

    asyncio.run(wait())
