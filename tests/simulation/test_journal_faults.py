"""The fault suites of the journal in their fast tier, each with a planted bug that it catches."""

import pytest

from commonbook.qa import crash, journal_trials, replay
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier


def test_every_image_a_power_cut_may_leave_recovers_and_every_damage_is_found() -> None:
    result = run_suite(Suite.POWERCUT, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials >= 200_000 + 2 * 64 * 1024
    damages = sum(result.events[kind] for kind in ("bit_flipped", "sector_zeroed", "sectors_swapped"))
    assert result.events["bit_flipped"] > 131_000
    assert result.trials - damages - 2 * 64 * 1024 >= 200_000
    assert set(result.events) == {
        "byte_cut",
        "byte_cut_in_prepared_space",
        "unsynced_writes_dropped",
        "unsynced_writes_kept",
        "unsynced_writes_torn_and_reordered",
        "bit_flipped",
        "sector_zeroed",
        "sectors_swapped",
    }


def test_whichever_write_or_sync_fails_nothing_is_acknowledged_that_is_not_durable() -> None:
    result = run_suite(Suite.IOFAIL, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials > 200


@pytest.mark.parametrize("bug", journal_trials.BUGS, ids=[what for _, what in journal_trials.BUGS.values()])
def test_a_bug_planted_in_the_journal_is_caught_and_named_with_its_seed(bug: int) -> None:
    suite, _ = journal_trials.BUGS[bug]
    result = journal_trials.run(suite, 1, 20_000 if suite == "powercut" else 1, bug)
    assert result.failure.startswith("seed 1")


def test_500_kills_lose_nothing_that_was_acknowledged() -> None:
    result = run_suite(Suite.CRASH, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 500
    assert set(result.events) == {*crash.POINTS, "random_time"}
    assert result.checks > 500


def test_a_batch_that_is_acknowledged_too_early_is_missed_after_a_kill() -> None:
    assert "was acknowledged" in crash.run(seed=1, kills=500, bug=True).failure


def test_200_journals_give_one_state_each_whatever_the_way() -> None:
    result = run_suite(Suite.REPLAY, 1, Tier.FAST)
    assert result.failure == ""
    assert (result.trials, result.checks) == (200, 1_200)
    assert result.events["segments_packed"] > 0


def test_a_snapshot_under_a_wrong_sequence_is_found() -> None:
    assert replay.run(seed=1, journals=3, bug=True).failure.startswith("seed 1, journal 1")
