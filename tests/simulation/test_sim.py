"""Suite `sim`, I22, in its fast tier: 500 exchanges in virtual time; the same seed is the same run; bugs are caught."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from commonbook import _engine
from commonbook.qa import sim
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier

BUGS = {
    5: "an idempotency key has its effect again",
    7: "a fee is charged and comes to nobody",
    14: "closed listings are not in the snapshot",
    101: "what is written counts as durable before it is synced",
    104: "a failed sync is passed over",
}

FOUND = {
    1605: "rates are refused to an account whose number no table can hold, and the back office looks for its orders",
}


def test_500_exchanges_lose_nothing_and_go_on_whatever_happens_to_them() -> None:
    result = run_suite(Suite.SIM, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 500
    assert set(sim.FAULTS) <= set(result.events)
    met = ("message_dropped", "message_delayed", "connection_cut", "outcome_unknown", "sent_again", "sent_twice")
    assert all(result.events[what] > 100 for what in met)
    assert result.events["starts"] > 2 * result.trials


@pytest.mark.parametrize("seed", FOUND)
def test_what_a_seed_has_found_stays_found(seed: int) -> None:
    assert sim.run(_engine, seed, 1).failure == ""


def test_a_seed_is_the_same_run_in_another_process_with_other_hashes() -> None:
    script = "from commonbook import _engine; from commonbook.qa import sim; print(sim.run(_engine, 9, 3).as_json())"
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {f"{sim.run(_engine, 9, 3).as_json()}\n"}


@pytest.mark.parametrize("bug", BUGS, ids=BUGS.values())
def test_a_planted_bug_is_caught_and_named_with_its_seed(planted_build: ModuleType, bug: int) -> None:
    planted_build.plant(bug)
    assert sim.run(planted_build, seed=1, seeds=120).failure.startswith("seed ")
