"""Suite `norebate`, I14 and I15, in its fast tier; rules that give away too much are seen."""

import pytest

from commonbook._engine import Engine
from commonbook.qa import norebate
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.norebate import PLANTED, SPLITS_EACH, Rule
from commonbook.qa.suite import Tier


def test_of_5000_strategies_and_100000_splits_none_gains() -> None:
    result = run_suite(Suite.NOREBATE, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 5_000
    assert result.events["splits"] == 5_000 * SPLITS_EACH == 100_000
    assert result.events["strategy_fills"] > 15_000
    assert result.events["strategy_claims"] > 5_000
    assert result.events["vouchers_with_affiliates"] > 500


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_a_rule_that_gives_away_too_much_is_caught_within_ten_worlds(rule: Rule) -> None:
    result = norebate.run(Engine, seed=1, strategies=10 * norebate.STRATEGIES, rule=rule)
    assert result.failure.startswith("seed ")


@pytest.mark.parametrize("seed", [5, 1041])
def test_seeds_that_have_found_something_find_it_no_more(seed: int) -> None:
    # Dust under a subsidised rebate: rounded to nothing on each part, it let the parts earn.
    assert norebate.run(Engine, seed, strategies=norebate.STRATEGIES).failure == ""


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (norebate.run(Engine, seed=7, strategies=100) for _ in range(2))
    assert (first.events, first.checks, first.figures) == (second.events, second.checks, second.figures)
