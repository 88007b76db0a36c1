"""Suite `fuzz` in its fast tier: 200,000 bad inputs for each reader; each planted bug is caught."""

import pytest

from commonbook.qa import fuzz
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier

READERS = ("record", "frame", "segment", "packed", "begins", "snapshot_file", "state")


def test_no_bad_input_breaks_a_reader_or_takes_much_memory() -> None:
    result = run_suite(Suite.FUZZ, 1, Tier.FAST)
    assert result.failure == ""
    for reader in READERS:
        taken, refused = (result.events[f"{reader}_{word}"] for word in ("accepted", "refused"))
        assert taken + refused == 200_000
        assert min(taken, refused) > 5_000, f"{reader}: {taken} taken, {refused} refused"


@pytest.mark.parametrize("bug", fuzz.BUGS, ids=fuzz.BUGS.values())
def test_a_bug_planted_in_a_reader_is_caught_and_named_with_its_seed(bug: int) -> None:
    assert fuzz.run(seed=1, inputs=20_000, bug=bug).failure.startswith("seed 1")
