"""Suite `controls`, I18, in its fast tier: 100 kill switches under load and over restarts; bugs are caught."""

from types import ModuleType

import pytest

from commonbook.qa import controls
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier
from commonbook.records import KillScope

BUGS = {10: "a kill switch leaves what rests", 11: "kill switches are not in the snapshot"}


def test_100_kill_switches_work_at_once_under_five_times_the_peak_and_survive_restarts() -> None:
    result = run_suite(Suite.CONTROLS, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 100
    assert {scope.name for scope in KillScope} <= set(result.events)
    assert result.events["restart_after_kill_9"] == 5
    assert 0 < result.figures["blocked_ms_p99"] <= controls.BLOCKED_MS


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_switch_that_does_not_work_or_does_not_stay_is_caught(
    planted_build: ModuleType, bug: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A build for debugging is slow: what it is timed at says nothing.
    monkeypatch.setattr(controls, "BLOCKED_MS", 60_000.0)
    monkeypatch.setattr(controls, "REAL_SHARE", 0.0)
    planted_build.plant(bug)
    assert controls.run(planted_build, seed=1, trials=8).failure.startswith("seed 1, trial ")
