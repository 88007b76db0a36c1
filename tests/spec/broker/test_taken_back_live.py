"""What is taken back or corrected in an hour is told with what was earned: BL-11 of broker-live.md, CO-13.

1,000 USDT at 10 basis points are a fee of 1.00 of the taker; its broker has 35 % of it, 0.35.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from spec.broker.busting import BECAUSE, lines, newest_fill
from spec.broker.listening import Listener, Listening, must_fit_the_document, with_sub_broker
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, BTC_EUR, EUR, MAKER, PAYOUT, TAKER, order, units

from commonbook.broker import busts, corrections
from commonbook.broker.corrections import Correction
from commonbook.broker.reversing import Because
from commonbook.errors import Declined
from commonbook.records import Side
from commonbook.settings import BrokerSettings
from commonbook.units import HOUR_NS

QUICK = replace(SETTINGS, broker=BrokerSettings(settlement_grace_s=60))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Listening]:
    with House(tmp_path, QUICK) as house:
        house.at(0, 1)
        yield Listening(house)


async def trade(here: Listening, notional: str, **others: Any) -> str:
    """Gives the fill."""
    terms = {"broker": BROKER} | others
    maker = {name: value for name, value in others.items() if name == "instrument"}
    await here.send(order(MAKER, Side.SELL, notional, **maker), order(TAKER, Side.BUY, notional, **terms))
    return newest_fill(here.house.small)


async def bust(here: Listening, fill: str) -> None:
    office = here.house.small.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.begin() as connection:
        found = busts.to_bust(connection, program, office.venue, fill)
        busts.agree(connection, found, Because(int(fill.partition("-")[0]), BECAUSE.reason, "user:11", "user:12"))
    await here.send(busts.bust_commands(found))


async def correct(here: Listening, broker: int, amount: str, about: str, subject: str) -> None:
    office = here.house.small.exchange.back_office
    program = office.program()
    assert program is not None
    wanted = Correction(broker, units(amount), about, subject, f"{about} {subject} {amount} {time.monotonic_ns()}")
    with office.database.begin() as connection:
        corrections.must_be_sound(connection, program, office.venue, wanted, here.house.now_ns // HOUR_NS)
        number = corrections.agree(connection, wanted, BECAUSE)
    await here.send(corrections.booking_of(office.venue, program, wanted, number))


def newest(listener: Listener) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The newest row of each hour, way and asset of fees: what a listener has that reads rows as they are meant."""
    return {(row["hour"][11:13], row["way"], row["fee_asset"]): row for row in listener.rows("accrual")}


def told(listener: Listener, hour: str) -> Decimal:
    """What the channel says that the hour is to be paid."""
    return sum((Decimal(row["paid"]) for (of, _, _), row in newest(listener).items() if of == hour), Decimal(0))


def settled(here: Listening, code: str, hour: str) -> Decimal:
    """The total of the hour's statement; 0 where there is none."""
    path = here.house.small.statements().get(f"{code}-2025-11-24T{hour}.jsonl")
    return Decimal(0) if path is None else Decimal(lines(path)[-1]["total"]) / 10**8


async def sums(person: Person, hour: str) -> list[dict[str, Any]]:
    path = f"/broker/v1/history/sums/hour?first=2025-11-24T{hour}:00:00Z&last=2025-11-24T{hour}:00:00Z"
    answer = await asyncio.to_thread(person.get, path)
    found: list[dict[str, Any]] = answer.json()["sums"]
    return found


def test_bl11_what_is_taken_back_and_corrected_is_told_and_the_hour_is_its_statements_total(here: Listening) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    ada, number = with_sub_broker(here, root)  # it is 17:00; ADA has 10 of NORTHSTAR's 35 points

    async def go() -> None:
        earlier = await trade(here, "1000")
        house.at(2, 1)
        mine, theirs = here.listener(root), here.listener(ada)
        for listener in (mine, theirs):
            listener.subscribe("accrual")
        of_ada = await trade(here, "2000", broker=number, tag=b"ADA")
        kept = await trade(here, "3000")
        await here.until(lambda: told(mine, "18") == Decimal("1.55") and told(theirs, "18") == Decimal("0.2"))
        began = time.monotonic()
        await bust(here, earlier)  # of the hour before: it stands in this one (CO-1)
        await here.until(lambda: told(mine, "18") == Decimal("1.2"))  # 1.05 + 0.50 - 0.35
        assert time.monotonic() - began < 1.0
        await bust(here, of_ada)
        await here.until(lambda: told(mine, "18") == Decimal("0.7") and told(theirs, "18") == 0)
        row = newest(mine)["18", "bust", "USDT"]
        assert (row["lines"], row["earning"], row["product"]) == (2, 0, "spot")
        assert (row["notional"], row["fees"], row["base"]) == ("-3000", "-3", "-3")
        assert (row["pool"], row["commission"], row["paid"]) == ("-1.05", "-0.85", "-0.85")
        row = newest(theirs)["18", "bust", "USDT"]
        assert (row["lines"], row["pool"], row["commission"]) == (1, "0", "-0.2")  # nothing of what is above it
        await correct(here, BROKER, "-0.05", "fill", f"{kept} taker")
        await correct(here, number, "0.04", "client", str(TAKER))
        await here.until(lambda: told(mine, "18") == Decimal("0.65") and told(theirs, "18") == Decimal("0.04"))
        row = newest(mine)["18", "correction", "USDT"]
        assert (row["lines"], row["earning"], row["product"]) == (1, 0, "")
        assert (row["commission"], row["paid"]) == ("0", "-0.05")
        assert newest(mine)["18", "own", "USDT"]["paid"] == "1.05"  # what fills have earned stays what it is
        assert told(mine, "17") == Decimal("0.35")  # the hour before is what it was
        house.at(4)
        await asyncio.to_thread(house.small.settle)
        for person, listener, code in ((root, mine, "NORTHSTAR"), (ada, theirs, "ADA")):
            for hour in ("17", "18"):
                assert told(listener, hour) == settled(here, code, hour)
            found = await sums(person, "18")
            for name in ("notional", "base", "commission", "paid"):
                mine_now = [one for (hour, _, _), one in newest(listener).items() if hour == "18"]
                assert sum(Decimal(one[name]) for one in mine_now) == sum(Decimal(one[name]) for one in found)
            assert sum(one["lines"] for one in mine_now) == sum(one["lines"] for one in found)
            must_fit_the_document(listener)

    asyncio.run(go())


def test_bl11_a_snapshot_has_what_was_taken_back_before_and_an_hour_without_fills_may_be_below_zero(
    here: Listening,
) -> None:
    house = here.house
    root = house.trader(PAYOUT)
    house.small.price(EUR, "1.10", second=2)

    async def go() -> None:
        fill = await trade(here, "1000", instrument=BTC_EUR)
        house.at(5, 1)  # hours in which nothing was traded
        house.small.settle()
        await bust(here, fill)
        mine = here.listener(root)
        mine.subscribe("accrual")
        await here.until(lambda: mine.pushes("accrual"))
        (row,) = mine.rows("accrual")  # the hour of the fill is neither this one nor the one before
        assert (row["hour"], row["way"], row["fee_asset"]) == ("2025-11-24T21:00:00Z", "bust", "EUR")
        assert (row["commission"], row["paid"], row["payout_asset"]) == ("-0.35", "-0.385", "USDT")  # at 1.10 (CO-5)
        house.at(7)
        await asyncio.to_thread(house.small.settle)
        assert told(mine, "21") == settled(here, "NORTHSTAR", "21") == Decimal("-0.385")

    asyncio.run(go())


@pytest.mark.parametrize("seed", range(3))
def test_bl11_whatever_is_busted_and_corrected_in_whichever_turn_the_channel_says_what_is_paid(
    here: Listening, seed: int
) -> None:
    """Two listen from different moments on, and look at random moments: what they have is what the statements say."""
    house = here.house
    root = house.trader(PAYOUT)
    ada, number = with_sub_broker(here, root)
    pick = random.Random(seed)

    async def go() -> None:
        early, late, below = here.listener(root), here.listener(root), here.listener(ada)
        for listener in (early, below):
            listener.subscribe("accrual")
        fills: list[str] = []
        for step in range(40):
            if step == 20:
                house.at(2, 1)
                late.subscribe("accrual")
            what = pick.choice(["trade", "trade", "bust", "correct", "look"])
            if what == "look":
                await here.quiet(0.3)
            elif what == "trade" or not fills:
                under = pick.choice([BROKER, number, 0])
                fills.append(await trade(here, str(pick.randint(1, 90) * 100), broker=under))
            elif what == "bust":
                await bust(here, fills.pop(pick.randrange(len(fills))))
            else:
                amount = str(pick.choice([-1, 1, 1]) * pick.randint(1, 9)) + "e-3"
                with suppress(Declined):  # more than it was credited
                    await correct(here, BROKER, format(Decimal(amount), "f"), "client", str(TAKER))
        await here.quiet(0.6)
        house.at(4)
        await asyncio.to_thread(house.small.settle)
        for listener, code in ((early, "NORTHSTAR"), (late, "NORTHSTAR"), (below, "ADA")):
            for hour in ("17", "18"):
                assert told(listener, hour) == settled(here, code, hour), (code, hour)
            must_fit_the_document(listener)
        assert newest(early) == newest(late)

    asyncio.run(go())
