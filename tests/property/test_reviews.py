"""Reviews of tiers, for any rules, standings and months. docs/rules/broker-tiers.md, BT-1 to BT-9."""

from dataclasses import fields, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from commonbook.broker.reviews import (
    Asked,
    ByHand,
    Facts,
    Reviewed,
    Rules,
    Rung,
    Standing,
    Word,
    changes,
    preview,
    review,
)

counts = st.integers(0, 12)
all_facts = st.builds(Facts, counts, counts, counts, counts, counts, counts)
standings = st.builds(Standing, st.integers(0, 4), st.integers(0, 3), st.integers(0, 6))


@st.composite
def all_rules(draw: st.DrawFn) -> Rules:
    """Rungs that rise, as `read_rules` takes them."""
    number = draw(st.integers(0, 4))
    columns = [sorted(draw(st.lists(counts, min_size=number, max_size=number))) for _ in range(6)]
    has_spot, has_contract = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    rungs = tuple(
        Rung(
            level,
            Asked(spot, spot_traders) if has_spot else None,
            Asked(contract, contract_traders) if has_contract else None,
            days,
            fresh,
        )
        for level, (spot, spot_traders, contract, contract_traders, days, fresh) in enumerate(
            zip(*columns, strict=True), 1
        )
    )
    return Rules(1, 0, rungs, draw(st.integers(0, 3)), draw(st.integers(0, 3)), 72)


@given(all_rules(), all_facts, st.data())
def test_more_of_anything_never_earns_a_lower_tier(rules: Rules, facts: Facts, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one.name for one in fields(Facts)]))
    more = replace(facts, **{name: getattr(facts, name) + data.draw(counts)})
    assert rules.earned(more) >= rules.earned(facts)


@given(all_rules(), standings, all_facts, all_facts)
def test_who_earns_more_never_ends_lower(rules: Rules, before: Standing, first: Facts, second: Facts) -> None:
    low, high = sorted((first, second), key=rules.earned)
    assert review(rules, before, high).after.level >= review(rules, before, low).after.level


@given(all_rules(), standings, all_facts)
def test_a_review_ends_at_what_was_earned_or_keeps_the_tier(rules: Rules, before: Standing, facts: Facts) -> None:
    outcome = review(rules, before, facts)
    earned, after = rules.earned(facts), outcome.after
    assert after.level in (earned, before.level)
    assert after.level >= earned
    assert after.reviews == before.reviews + 1
    assert (outcome.word is Word.PROMOTED) == (after.level > before.level)
    assert (outcome.word is Word.DEMOTED) == (after.level < before.level)
    assert 0 <= after.misses <= rules.grace_months


@given(all_rules(), st.integers(1, 4), st.lists(all_facts, max_size=12))
def test_nobody_is_demoted_before_more_misses_in_a_row_than_are_forgiven(
    rules: Rules, level: int, months: list[Facts]
) -> None:
    standing, in_a_row = Standing(level), 0
    for number, facts in enumerate(months, 1):
        below = rules.earned(facts) < standing.level
        in_a_row = in_a_row + 1 if below and number > rules.protected_months else 0
        outcome = review(rules, standing, facts)
        assert (outcome.word is Word.DEMOTED) == (in_a_row > rules.grace_months)
        in_a_row = 0 if outcome.word is Word.DEMOTED else in_a_row
        standing = outcome.after


@given(all_rules(), standings, all_facts)
def test_the_preview_is_the_review_and_what_is_missing_is_enough(
    rules: Rules, standing: Standing, facts: Facts
) -> None:
    seen = preview(rules, standing, facts)
    assert seen.outcome == review(rules, standing, facts)
    assert seen.at_risk == (rules.earned(facts) < standing.level)
    for one in (seen.to_keep, seen.to_rise):
        if one is None:
            continue
        fuller = replace(
            facts,
            active_days=facts.active_days + one.active_days,
            new_clients=facts.new_clients + one.new_clients,
        )
        if one.spot is not None:
            volume, traders = facts.spot_volume + one.spot.volume, facts.spot_traders + one.spot.traders
            assert rules.earned(replace(fuller, spot_volume=volume, spot_traders=traders)) >= one.level
        if one.contract is not None:
            volume = facts.contract_volume + one.contract.volume
            traders = facts.contract_traders + one.contract.traders
            assert rules.earned(replace(fuller, contract_volume=volume, contract_traders=traders)) >= one.level


@given(
    st.lists(st.builds(Reviewed, st.integers(1, 2), st.integers(0, 30), st.integers(0, 4)), max_size=6),
    st.lists(
        st.tuples(st.integers(1, 2), st.integers(0, 30), st.integers(1, 15), st.integers(0, 4)).map(
            lambda one: ByHand(one[0], one[1], one[1] + one[2], one[3])
        ),
        max_size=4,
    ),
)
def test_the_changes_say_for_each_hour_what_a_slow_reading_says(reviewed: list[Reviewed], hands: list[ByHand]) -> None:
    found = changes(reviewed, hands, 3)
    for broker in (1, 2):
        mine = [(hour, level) for hour, whose, level in found if whose == broker]
        assert all(one[0] < two[0] and one[1] != two[1] for one, two in pairwise(mine))
        for hour in range(50):
            slow = 3
            newest = sorted((one for one in reviewed if one.broker == broker), key=lambda one: one.from_hour)
            for one in newest:
                slow = one.level if one.from_hour <= hour else slow
            for hand in hands:
                slow = hand.level if hand.broker == broker and hand.covers(hour) else slow
            told = [level for begun, level in mine if begun <= hour]
            assert (told[-1] if told else 3) == slow
