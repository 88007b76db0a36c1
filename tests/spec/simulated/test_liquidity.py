"""What the house changes to stand as a live book does. S-4 of docs/rules/simulated.md."""

from collections.abc import Iterable
from random import Random

import pytest

from commonbook.instrument.model import Asset, Instrument
from commonbook.instrument.protection import NO_LIMITS, Limits
from commonbook.records import CommandKind, Side
from commonbook.simulated.liquidity import Quote, Step, in_order, steps, wanted
from commonbook.units import Lots

PAIR = Instrument(1, "BTC-USDT", Asset(1, "BTC", 8), Asset(2, "USDT", 8), 0, 1, 4, 1, Lots(5), 0)
BUY, SELL = Side.BUY, Side.SELL


def after(now: Iterable[Quote], changes: Iterable[Step]) -> set[tuple[Side, int, int]]:
    """How the house stands once the changes are made, and never against itself on the way."""
    orders = {quote.order: quote for quote in now}
    for number, step in enumerate(changes):
        if step.is_to is None:
            assert step.was is not None
            del orders[step.was.order]
        else:
            orders[step.was.order if step.was else -1 - number] = step.is_to
        bids = [one.price_ticks for one in orders.values() if one.side is BUY]
        asks = [one.price_ticks for one in orders.values() if one.side is SELL]
        assert not bids or not asks or max(bids) < min(asks), "the house met itself"
    return {(one.side, one.price_ticks, one.lots) for one in orders.values()}


def test_s4_an_order_that_stands_as_it_should_is_left_alone() -> None:
    assert steps(1, [Quote(BUY, 100, 7, order=9)], [Quote(BUY, 100, 7)]) == []


def test_s4_a_level_that_has_less_or_more_is_amended_by_what_is_not_filled() -> None:
    (step,) = steps(1, [Quote(BUY, 100, 7, order=9, filled=3)], [Quote(BUY, 100, 12)])
    assert (step.was, step.is_to) == (Quote(BUY, 100, 7, 9, 3), Quote(BUY, 100, 12))
    assert _field(step, "kind") == CommandKind.AMEND
    assert _field(step, "quantity_lots") == 15  # 3 filled and 12 to stand
    assert _field(step, "price_ticks") == 0  # as it is
    assert _field(step, "order") == 9


def test_s4_an_order_moves_to_the_level_that_has_none() -> None:
    now = [Quote(SELL, 101, 5, order=1), Quote(SELL, 102, 5, order=2)]
    (step,) = steps(1, now, [Quote(SELL, 102, 5), Quote(SELL, 103, 8)])
    assert (step.was, step.is_to) == (now[0], Quote(SELL, 103, 8))
    assert (_field(step, "price_ticks"), _field(step, "quantity_lots")) == (103, 8)


def test_s4_what_is_too_much_is_canceled_and_what_lacks_is_new() -> None:
    now = [Quote(BUY, 99, 5, order=1), Quote(BUY, 98, 5, order=2), Quote(SELL, 101, 5, order=3)]
    changes = steps(1, now, [Quote(BUY, 99, 5), Quote(SELL, 101, 5), Quote(SELL, 102, 6)])
    assert [(step.was, step.is_to) for step in changes] == [(now[1], None), (None, Quote(SELL, 102, 6))]


@pytest.mark.parametrize("seed", range(40))
def test_s4_from_any_book_to_any_other_the_house_comes_and_never_meets_itself(seed: int) -> None:
    dice = Random(seed)
    for _ in range(25):
        now = [
            Quote(quote.side, quote.price_ticks, quote.lots, order=number)
            for number, quote in enumerate(_book(dice, dice.randint(90, 110)))
        ]
        then = _book(dice, dice.randint(90, 110))
        reached = after(now, in_order(steps(1, now, then)))
        assert reached == {(one.side, one.price_ticks, one.lots) for one in then}


def test_s4_a_level_is_shown_no_larger_than_one_order_may_be_and_not_below_the_smallest() -> None:
    bids, asks = [(100, 1_000, 3), (99, 4, 1)], [(101, 50, 1)]
    assert wanted(PAIR, NO_LIMITS, bids, asks) == [Quote(BUY, 100, 1_000), Quote(SELL, 101, 50)]
    assert wanted(PAIR, Limits(largest_lots=300), bids, asks)[0] == Quote(BUY, 100, 300)
    notional = 100 * 200 * PAIR.minor_per_tick_lot
    assert wanted(PAIR, Limits(largest_notional=notional), bids, asks)[0] == Quote(BUY, 100, 200)


def _book(dice: Random, middle: int) -> list[Quote]:
    bids = [Quote(BUY, middle - step, dice.randint(1, 9)) for step in range(1, 8) if dice.random() < 0.7]
    asks = [Quote(SELL, middle + step, dice.randint(1, 9)) for step in range(8) if dice.random() < 0.7]
    return bids + asks


def _field(step: Step, name: str) -> int:
    return int(step.record()[name][0])
