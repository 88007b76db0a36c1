"""Whose a live order is, as a gateway knows it. CN-8 of docs/rules/consents.md."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from spec.house import House
from spec.small_exchange import BROKER, MAKER, TAKER, one, order

from commonbook.gateway.okx_v5 import earning
from commonbook.gateway.okx_v5.earning import Earning
from commonbook.records import CommandKind, Side


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path / "data") as made:
        yield made


def brokers(house: House, found: Earning, *orders: int) -> list[int]:
    return list(asyncio.run(found.of(house.door.database, orders)).values())


def test_cn8_an_order_is_known_from_its_acceptance_past_its_end(house: House) -> None:
    found = house.door.earning
    mine = house.send(order(TAKER, Side.BUY, "10", broker=BROKER)).last
    other = house.send(order(TAKER, Side.BUY, "10")).last
    assert brokers(house, found, mine, other) == [BROKER, 0]
    anew = Earning()  # of a gateway that starts now
    anew.began = house.door.position
    assert brokers(house, anew, mine, other) == [BROKER, 0]
    assert anew._old == {mine: BROKER, other: 0}  # and is not asked for again
    house.send(one(CommandKind.CANCEL, account=TAKER, order=mine, instrument=1))
    assert (found._brokers, brokers(house, found, mine)) == ({}, [BROKER])  # who is answered behind that still knows
    with mock.patch.object(earning, "ENDED_MOST", 1):
        for _ in range(2):
            bid = house.send(order(TAKER, Side.BUY, "10", broker=BROKER)).last
            house.send(order(MAKER, Side.SELL, "10"))
    assert brokers(house, found, mine, bid) == [0, BROKER]


def test_cn8_an_order_that_is_on_its_way_to_the_gateway_is_waited_for(house: House) -> None:
    found = Earning()

    async def comes_late() -> dict[int, int]:
        waiting = asyncio.ensure_future(found.of(house.door.database, [house.door.position + 1]))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        found.follow(house.send(order(TAKER, Side.BUY, "10", broker=BROKER)))
        return await waiting

    with mock.patch.object(earning, "PATIENCE_S", 60):
        assert list(asyncio.run(comes_late()).values()) == [BROKER]


def test_cn8_nobody_waits_for_ever_for_what_does_not_come(house: House) -> None:
    with mock.patch.object(earning, "PATIENCE_S", 0.01):
        assert brokers(house, Earning(), 10**12) == [0]
