"""The engine against the naive exchange of `commonbook.qa.referee`, on random commands: all of K, C, F and R."""

from types import ModuleType

import pytest
from property.strategies import SETUP

from commonbook._engine import Engine
from commonbook.qa import model
from commonbook.qa.plain import command, decode_events, encode
from commonbook.records import Attribution, CommandKind, EventKind, ListingMode, OrderType, Refusal, Side

COMMANDS = 200_000
BUGS = {
    1: "fees are rounded down",
    2: "the last order at a price is matched first",
    3: "a person's own orders trade with each other",
    4: "the end of an order leaves its hold in place",
    5: "an idempotency key has its effect again",
    6: "orders outside the price band are taken",
    13: "a listing that is closed leaves what rests",
    15: "what the floors of a split leave comes to nobody",
    16: "closed assets are not in the snapshot",
}


def test_engine_and_referee_agree_on_every_event_balance_and_book_of_200_000_random_commands() -> None:
    result = model.run(Engine, seed=1, commands=COMMANDS)
    assert result.failure == ""
    assert result.trials >= COMMANDS


def test_the_random_commands_meet_every_kind_of_event_and_every_refusal() -> None:
    # Agreement says nothing about what never happened.
    result = model.run(Engine, seed=7_000, commands=40_000)
    assert set(result.events) == {kind.name for kind in EventKind}
    assert set(result.refusals) == {refusal.name for refusal in Refusal}


def test_the_test_build_without_a_bug_agrees(planted_build: ModuleType) -> None:
    assert model.run(planted_build.Engine, seed=1, commands=4_000).failure == ""


def test_p15_an_order_that_rests_where_its_brand_lists_nothing_cannot_be_amended(planted_build: ModuleType) -> None:
    # Only a bug leaves one there; the check behind it is tried with that bug.
    planted_build.plant(13)
    engine = planted_build.Engine()
    listing = {"mode": ListingMode.CLOSED, "brand": 2, "instrument": 1}
    order = {"account": 1_002, "instrument": 1, "side": Side.BUY, "order_type": OrderType.LIMIT}
    order |= {"price_ticks": 98, "quantity_lots": 9, "attribution": Attribution.NO_TAG}
    amendment = {"account": 1_002, "order": len(SETUP) + 1, "price_ticks": 99}
    further = [
        command(CommandKind.ORDER, **order),
        command(CommandKind.LISTING, **listing),
        command(CommandKind.AMEND, **amendment),
        command(CommandKind.LISTING, **{**listing, "mode": ListingMode.OPEN}),
        command(CommandKind.AMEND, **amendment),
    ]
    for sequence, one in enumerate([*SETUP, *further], 1):
        told = decode_events(engine.apply(encode([{**one, "sequence": sequence}])).tobytes())
        if sequence == len(SETUP) + 3:
            assert [(event["kind"], event["reason"]) for event in told] == [(EventKind.REFUSED, Refusal.NOT_LISTED)]
        if sequence == len(SETUP) + 5:
            assert told[0]["kind"] == EventKind.AMENDED


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_planted_bug_is_caught_and_named_with_its_seed_and_command(planted_build: ModuleType, bug: int) -> None:
    planted_build.plant(bug)
    result = model.run(planted_build.Engine, seed=1, commands=20_000)
    assert result.failure.startswith("seed ")
    assert result.trials < 20_000
