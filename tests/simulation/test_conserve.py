"""Suite `conserve`, I1 and I2, in its fast tier; bugs that make, lose or overdraw money are seen."""

from types import ModuleType

import pytest

from commonbook.qa import conserve
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier
from commonbook.records import EventKind

BUGS = {
    4: "the end of an order leaves its hold in place",
    7: "a fee is charged and comes to nobody",
    8: "an order holds more than there is",
}


def test_of_a_million_commands_none_makes_or_loses_money_in_engine_or_ledger() -> None:
    result = run_suite(Suite.CONSERVE, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials >= 1_000_000
    assert result.checks >= result.trials // conserve.BLOCK
    assert set(result.events) == {kind.name for kind in EventKind}
    assert result.events["FILL"] > 100_000


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_bug_about_money_is_caught_within_ten_blocks(planted_build: ModuleType, bug: int) -> None:
    planted_build.plant(bug)
    result = conserve.run(planted_build.Engine, seed=1, commands=10 * conserve.BLOCK)
    assert result.failure.startswith("seed 1")
