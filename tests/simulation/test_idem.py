"""Suite `idem`, I10, in its fast tier: 2,000 things sent 2 to 64 times each have one effect; bugs are caught."""

from types import ModuleType

import pytest

from commonbook.qa import idem
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Result, Tier

BUGS = {5: "an idempotency key has its effect again", 9: "a live order's client id may be used again"}


def test_2000_things_have_one_effect_each_however_often_they_are_sent() -> None:
    result = run_suite(Suite.IDEM, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 2_000
    assert {f"{thing}_on_the_core" for thing in idem.THINGS} <= set(result.events)
    at_the_door = [result.events[f"{way}_at_the_door"] for way in ("parallel", "reconnect", "failover")]
    assert all(at_the_door)
    assert sum(at_the_door) == 100


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_bug_that_lets_a_copy_have_an_effect_is_caught(planted_build: ModuleType, bug: int) -> None:
    planted_build.plant(bug)
    result = Result("idem", seed=1)
    idem.on_the_core(planted_build, 50, result)
    assert result.failure.startswith("seed ")
