"""What a month is worth and what becomes of a tier. docs/rules/broker-tiers.md, BT-1 to BT-6, BT-8 and BT-9."""

from dataclasses import replace
from typing import Any

import pytest
from spec.small_exchange import units

from commonbook.broker.reviews import (
    Asked,
    ByHand,
    Facts,
    Missing,
    Reviewed,
    Rules,
    Rung,
    Standing,
    Word,
    changes,
    preview,
    review,
)
from commonbook.broker.tiers import PUBLIC_2022, read_rules, rules_difference, told_rules
from commonbook.errors import BadInput, Declined
from commonbook.instrument.model import Asset

USDT = Asset(1, "USDT", 8)
RULES = read_rules(USDT, PUBLIC_2022)


def facts(
    spot: str = "0", spot_traders: int = 0, contract: str = "0", contract_traders: int = 0, days: int = 30
) -> Facts:
    return Facts(units(spot), spot_traders, units(contract), contract_traders, days, 0)


# What each tier needs, and no more.
EARNS = {
    0: facts(),
    1: facts("10000", 5),
    2: facts("1000000", 10),
    3: facts("10000000", 20),
    4: facts("50000000", 50),
}


@pytest.mark.parametrize(
    ("traded", "earned"),
    [
        (facts("9999.99999999", 5), 0),
        (facts("10000", 4), 0),
        (facts("10000", 5, days=1), 1),
        (facts("60000000", 19), 2),
        (facts("10000", 5, "50000000", 20), 3),
        (facts("50000000", 50, "100000", 5), 4),
    ],
)
def test_bt1_bt2_volume_and_traders_both_hold_and_the_higher_kind_decides(traded: Facts, earned: int) -> None:
    assert RULES.earned(traded) == earned


@pytest.mark.parametrize(
    ("level", "spot", "spot_traders", "contract", "contract_traders"),
    [
        (1, "10000", 5, "100000", 5),
        (2, "1000000", 10, "5000000", 10),
        (3, "10000000", 20, "50000000", 20),
        (4, "50000000", 50, "200000000", 100),
    ],
)
def test_bt2_the_public_table_of_18_august_2022(
    level: int, spot: str, spot_traders: int, contract: str, contract_traders: int
) -> None:
    smallest = (facts(spot, spot_traders), facts(contract=contract, contract_traders=contract_traders))
    for reached in smallest:
        assert RULES.earned(reached) == level
    for short in (
        replace(smallest[0], spot_volume=units(spot) - 1),
        replace(smallest[0], spot_traders=spot_traders - 1),
        replace(smallest[1], contract_volume=units(contract) - 1),
        replace(smallest[1], contract_traders=contract_traders - 1),
    ):
        assert RULES.earned(short) < level
    assert RULES.earned(replace(smallest[0], spot_traders=0, contract_traders=spot_traders)) == 0  # of the other kind


def test_bt1_a_kind_that_a_rung_says_nothing_of_does_not_lead_to_it() -> None:
    rules = replace(RULES, rungs=(Rung(1, Asked(10, 1), None),))
    assert rules.earned(Facts(spot_volume=10, spot_traders=1)) == 1
    assert rules.earned(Facts(contract_volume=10**12, contract_traders=1_000)) == 0


@pytest.mark.parametrize(("days", "earned"), [(14, 3), (15, 4), (9, 2), (10, 3), (0, 2)])
def test_bt3_premium_tiers_need_active_days(days: int, earned: int) -> None:
    assert RULES.earned(replace(EARNS[4], active_days=days)) == earned


def test_bt3_a_rung_may_ask_for_new_clients_and_tier_0_asks_for_nothing() -> None:
    rules = replace(RULES, rungs=(Rung(1, Asked(10, 1), None, new_clients=2),))
    assert [rules.earned(Facts(10, 1, new_clients=fresh)) for fresh in (1, 2)] == [0, 1]
    assert RULES.earned(Facts()) == 0


def test_bt4_to_bt6_the_tier_over_the_months() -> None:
    standing, seen = Standing(3), []
    for earned in (1, 1, 3, 2, 1, 4):
        outcome = review(RULES, standing, EARNS[earned])
        standing = outcome.after
        seen.append((outcome.earned, outcome.word.value, standing.level, standing.misses))
    assert seen == [
        (1, "protected", 3, 0),
        (1, "grace", 3, 1),
        (3, "kept", 3, 0),
        (2, "grace", 3, 1),
        (1, "demoted", 1, 0),
        (4, "promoted", 4, 0),
    ]
    assert standing.reviews == 6


def test_bt4_promotion_is_to_what_was_earned_however_far_and_forgets_what_was_missed() -> None:
    outcome = review(RULES, Standing(1, 1, 9), EARNS[4])
    assert (outcome.word, outcome.after) == (Word.PROMOTED, Standing(4, 0, 10))


def test_bt5_without_grace_the_first_miss_demotes_and_with_more_a_later_one() -> None:
    for grace in (0, 3):
        standing, words = Standing(3, 0, 5), []
        for _ in range(grace + 1):
            outcome = review(replace(RULES, grace_months=grace), standing, Facts())
            standing = outcome.after
            words.append(outcome.word)
        assert words == [Word.GRACE] * grace + [Word.DEMOTED]
        assert standing.level == 0


def test_bt6_the_first_months_are_forgiven_and_rising_is_not_kept_back_in_them() -> None:
    rules = replace(RULES, protected_months=2, grace_months=0)
    first = review(rules, Standing(3), Facts())
    second = review(rules, first.after, Facts())
    third = review(rules, second.after, Facts())
    assert [one.word for one in (first, second, third)] == [Word.PROTECTED, Word.PROTECTED, Word.DEMOTED]
    assert review(rules, Standing(3), EARNS[4]).word is Word.PROMOTED


def test_bt8_a_broker_sees_what_is_missing_to_keep_the_tier_and_to_rise() -> None:
    so_far = replace(facts("4000000", 12, "60000000", 8), active_days=4)
    seen = preview(RULES, Standing(3, 1, 5), so_far)
    assert (seen.at_risk, seen.outcome.word, seen.outcome.after.level) == (True, Word.DEMOTED, 2)
    assert seen.to_keep == Missing(3, Asked(units("6000000"), 8), Asked(0, 12), 6, 0)
    assert seen.to_rise == Missing(4, Asked(units("46000000"), 38), Asked(units("140000000"), 92), 11, 0)
    top = preview(RULES, Standing(4), EARNS[4])
    assert (top.at_risk, top.to_keep, top.to_rise) == (False, None, None)
    assert preview(RULES, Standing(0), Facts()).at_risk is False


def test_bt9_what_is_set_by_hand_goes_before_reviews_until_its_end() -> None:
    reviewed = [Reviewed(7, 100, 2), Reviewed(7, 300, 4), Reviewed(8, 100, 1)]
    hands = [ByHand(7, 50, 60, 9), ByHand(7, 200, 400, 1), ByHand(7, 250, 260, 5)]
    assert changes(reviewed, hands, 3) == (
        (50, 7, 9),
        (60, 7, 3),
        (100, 7, 2),
        (100, 8, 1),
        (200, 7, 1),
        (250, 7, 5),
        (260, 7, 1),
        (400, 7, 4),
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"grace_months": -1}, "grace_months"),
        ({"notice_hours": 24}, "25 to 648"),
        ({"notice_hours": 649}, "25 to 648"),
        ({"alert_days": 32}, "alert_days"),
        ({"protected_months": 25}, "protected_months"),
        ({"rows": [{"level": 0, "spot_volume": "1"}]}, "ascend"),
        ({"rows": [{"level": 2, "spot_volume": "1"}, {"level": 1, "spot_volume": "2"}]}, "ascend"),
        ({"rows": [{"level": 1}]}, "neither spot nor contracts"),
        ({"rows": [{"level": 1, "spot_traders": 5}]}, "no volume"),
        ({"rows": [{"level": 1, "spot_volume": "-1"}]}, "below zero"),
        ({"rows": [{"level": 1, "spot_volume": "1", "active_days": 29}]}, "29 active days"),
        ({"rows": [{"level": 1, "spot_volume": "1", "new_clients": -1}]}, "fewer than none"),
        ({"rows": [{"level": 1, "spot_volume": "1", "spot_traders": -1}]}, "fewer than none"),
        ({"rows": [{"level": 1, "spot_volume": "2"}, {"level": 2, "spot_volume": "1"}]}, "asks for less"),
        ({"rows": [{"level": 1, "spot_volume": "2"}, {"level": 2, "contract_volume": "1"}]}, "is not"),
    ],
)
def test_bt19_rules_that_make_no_sense_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(Declined, match=told) as refused:
        read_rules(USDT, PUBLIC_2022 | changed)
    assert refused.value.code == "bad_rules"


def test_bt19_a_volume_that_is_none_is_told_with_its_value() -> None:
    for text in ("much", "0.000000001"):
        with pytest.raises(BadInput, match=text):
            read_rules(USDT, PUBLIC_2022 | {"rows": [{"level": 1, "spot_volume": text}]})


def test_bt19_what_rules_change_is_told_in_words() -> None:
    assert told_rules(USDT, read_rules(USDT, told_rules(USDT, RULES))) == told_rules(USDT, RULES)
    rows = [*PUBLIC_2022["rows"][:2], PUBLIC_2022["rows"][2] | {"spot_volume": "9000000", "active_days": 12}]
    after = read_rules(USDT, PUBLIC_2022 | {"rows": rows, "grace_months": 2})
    assert rules_difference(USDT, RULES, after) == [
        "grace months: 2 instead of 1",
        "tier 3, active days: 12 instead of 10",
        "tier 3, spot volume: 9000000 instead of 10000000",
        "tier 4: no more",
    ]
    assert rules_difference(USDT, RULES, RULES) == []
    assert "tier 1: new" in rules_difference(USDT, None, RULES)


def test_bt19_the_type_of_rules_is_what_reviews_take() -> None:
    assert isinstance(RULES, Rules)
    assert [rung.level for rung in RULES.rungs] == [1, 2, 3, 4]
