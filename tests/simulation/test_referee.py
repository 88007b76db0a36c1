"""The engine against the naive exchange of `commonbook.qa.referee`, on random commands: all of K, C, F and R."""

from types import ModuleType

import pytest

from commonbook._engine import Engine
from commonbook.qa import model
from commonbook.records import EventKind, Refusal

COMMANDS = 200_000
BUGS = {
    1: "fees are rounded down",
    2: "the last order at a price is matched first",
    3: "a person's own orders trade with each other",
    4: "the end of an order leaves its hold in place",
    5: "an idempotency key has its effect again",
    6: "orders outside the price band are taken",
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


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_planted_bug_is_caught_and_named_with_its_seed_and_command(planted_build: ModuleType, bug: int) -> None:
    planted_build.plant(bug)
    result = model.run(planted_build.Engine, seed=1, commands=20_000)
    assert result.failure.startswith("seed ")
    assert result.trials < 20_000
