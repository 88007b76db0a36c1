"""Suite `door` in its fast tier: kills under load through the record door, and the planted bugs that it catches."""

from commonbook.gateway.rig import Keeping
from commonbook.qa import door
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier


def test_kills_under_load_lose_nothing_acknowledged_and_do_nothing_twice() -> None:
    result = run_suite(Suite.DOOR, 1, Tier.FAST)
    assert result.failure == ""
    assert (result.trials, result.seeds) == (6, 1)
    assert result.checks > 10_000
    assert result.events["resent_commands"] > 0
    assert result.figures["orders_acknowledged_per_second"] > 1_000


def test_a_core_that_acknowledges_what_is_not_durable_is_caught() -> None:
    assert door.run(1, 6, Keeping.LATE).failure.startswith("seed 1, kill ")


def test_a_client_that_sends_unanswered_commands_as_new_ones_is_caught() -> None:
    assert "stand twice in the journal" in door.run(1, 6, twice=True).failure
