"""The state machine, the quota and the sums, without tables: PA-6, PA-7, PA-12, PA-13, PA-14 and PA-16."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from commonbook.admission.machine import Move
from commonbook.errors import BadInput, BrokenInvariant, Declined
from commonbook.partnership.model import Facts, Item, State, Terms, Who
from commonbook.partnership.rules import (
    COUNTED,
    ENDED,
    FORWARD,
    MOVES,
    NEEDS,
    TABLE,
    Condition,
    awaited,
    is_brand_name,
    lowest_free,
    must_be_whole,
    must_move,
    read_return_key,
    read_stake_key,
    return_key,
    settlement,
    stake_key,
)
from commonbook.units import Minor, RateE8

PAGE = Path(__file__).parents[3] / "docs" / "rules" / "partnership.md"
UNIT = 10**8
TERMS = Terms(1, 1, "Phase 1", 0, 2**62, 100, "HUB", Minor(500_000 * UNIT), True, RateE8(0), RateE8(0))
EVERYTHING = Facts(
    complete=True,
    phase_open=True,
    kyb_passed=True,
    sanctions_clear=True,
    claimed=True,
    stake_locked=True,
    partner_accepted=True,
    host_accepted=True,
    contract_in_force=True,
    brand_opened=True,
    open_items=(),
    token_required=True,
    token_issued=True,
    schedules_bound=True,
    notice_over=True,
    settled=True,
    stake_returned=True,
    reason="because",
)
MISSING = {  # facts without one thing, by the code of the condition that asks for it
    Condition.INCOMPLETE: replace(EVERYTHING, complete=False),
    Condition.PHASE_CLOSED: replace(EVERYTHING, phase_open=False),
    Condition.KYB_MISSING: replace(EVERYTHING, kyb_passed=False),
    Condition.SANCTIONS_MISSING: replace(EVERYTHING, sanctions_clear=False),
    Condition.NOT_CLAIMED: replace(EVERYTHING, claimed=False),
    Condition.LOCK_UNDER_WAY: replace(EVERYTHING, lock_under_way=True),
    Condition.STAKE_NOT_LOCKED: replace(EVERYTHING, stake_locked=False),
    Condition.PARTNER_HAS_NOT_ACCEPTED: replace(EVERYTHING, partner_accepted=False),
    Condition.HOST_HAS_NOT_ACCEPTED: replace(EVERYTHING, host_accepted=False),
    Condition.CONTRACT_NOT_IN_FORCE: replace(EVERYTHING, contract_in_force=False),
    Condition.BRAND_NOT_OPENED: replace(EVERYTHING, brand_opened=False),
    Condition.CHECKLIST_OPEN: replace(EVERYTHING, open_items=(Item.LOGO,)),
    Condition.TOKEN_NOT_ISSUED: replace(EVERYTHING, token_issued=False),
    Condition.SCHEDULES_NOT_BOUND: replace(EVERYTHING, schedules_bound=False),
    Condition.NOTICE_RUNNING: replace(EVERYTHING, notice_over=False),
    Condition.NOT_SETTLED: replace(EVERYTHING, settled=False),
    Condition.STAKE_NOT_RETURNED: replace(EVERYTHING, stake_returned=False),
    Condition.NO_REASON: replace(EVERYTHING, reason=""),
}


def code(raised: pytest.ExceptionInfo[Declined]) -> str:
    return raised.value.code


def test_pa6_the_table_of_the_page_is_the_table_of_the_code() -> None:
    told = re.findall(r"^\| (\w+) \| (\w+) \| ([\w, ]+) \| ?([\w, ]*) ?\|$", PAGE.read_text(), re.MULTILINE)
    rows = [
        (before, after, sorted(who.split(", ")), [one for one in needs.strip().split(", ") if one])
        for before, after, who, needs in told
        if before in set(State)
    ]
    assert rows == [(one.before, one.after, sorted(one.who), list(one.needs)) for one in MOVES]


def test_pa6_the_way_of_a_partner_from_draft_to_closed() -> None:
    way: list[str] = [State.DRAFT]
    while way[-1] in FORWARD and way[-1] is not State.LIVE:
        way.append(FORWARD[way[-1]])
    assert way == [
        State.DRAFT,
        State.SUBMITTED,
        State.SCREENING,
        State.DEPOSIT_PENDING,
        State.DEPOSIT_LOCKED,
        State.CONTRACTED,
        State.SANDBOX,
        State.VERIFIED,
        State.LIVE,
    ]
    for before, after in ((State.LIVE, State.SUSPENDED), (State.SUSPENDED, State.LIVE)):
        assert (before, after) in TABLE
    assert FORWARD[State.OFFBOARDING] is State.CLOSED
    assert not [one for one in MOVES if one.before in ENDED]  # what is over stays over


@pytest.mark.parametrize("before", State)
def test_pa6_a_move_that_is_not_in_the_table_is_refused_for_everybody(before: State) -> None:
    for after in State:
        if (before, after) not in TABLE:
            for who in Who:
                with pytest.raises(Declined) as refused:
                    must_move(before, after, who, EVERYTHING)
                assert code(refused) == "wrong_state"


@pytest.mark.parametrize("move", MOVES, ids=lambda one: f"{one.before}-{one.after}")
def test_pa6_only_who_may_moves_and_only_when_everything_is_there(move: Move) -> None:
    for who in Who:
        if who in move.who:
            assert must_move(move.before, move.after, who, EVERYTHING) == move
        else:
            with pytest.raises(Declined) as refused:
                must_move(move.before, move.after, who, EVERYTHING)
            assert code(refused) == "not_yours_to_move"
    who = next(one for one in Who if one in move.who)
    for need in Condition:
        if need in move.needs:
            with pytest.raises(Declined) as refused:
                must_move(move.before, move.after, who, MISSING[need])
            assert code(refused) == need
        else:
            assert must_move(move.before, move.after, who, MISSING[need]) == move


def test_pa6_the_first_condition_that_is_not_met_is_told() -> None:
    nothing = Facts(token_required=True)
    for move in MOVES:
        if move.needs and move.needs != (Condition.LOCK_UNDER_WAY,):
            unmet = [one for one in move.needs if not NEEDS[one].met(nothing)]
            with pytest.raises(Declined) as refused:
                must_move(move.before, move.after, next(iter(move.who)), nothing)
            assert code(refused) == unmet[0]


def test_pa22_without_a_token_required_nothing_of_it_is_asked() -> None:
    free = replace(EVERYTHING, token_required=False, token_issued=False, schedules_bound=False)
    assert must_move(State.VERIFIED, State.LIVE, Who.HOST, free).after is State.LIVE


def test_pa7_what_is_awaited_and_from_whom() -> None:
    next_one = awaited(State.SCREENING, MISSING[Condition.KYB_MISSING])
    assert next_one is not None
    assert (next_one.after, next_one.of, next_one.blocks) == (
        State.DEPOSIT_PENDING,
        (Who.SCREENING,),
        (Condition.KYB_MISSING,),
    )
    stake = awaited(State.DEPOSIT_PENDING, replace(EVERYTHING, claimed=False, stake_locked=False))
    assert stake is not None
    assert stake.of == (Who.APPLICANT,)
    assert stake.blocks == (Condition.NOT_CLAIMED, Condition.STAKE_NOT_LOCKED)
    sign = awaited(State.DEPOSIT_LOCKED, replace(EVERYTHING, partner_accepted=False, host_accepted=False))
    assert sign is not None
    assert set(sign.of) == {Who.PARTNER, Who.HOST}
    ready = awaited(State.VERIFIED, EVERYTHING)
    assert ready is not None
    assert (ready.of, ready.blocks) == ((Who.HOST,), ())
    assert [state for state in State if awaited(state, EVERYTHING) is None] == [State.LIVE, *ENDED]


def test_pa12_the_quota_counts_from_deposit_locked_to_suspended() -> None:
    assert COUNTED == (
        State.DEPOSIT_LOCKED,
        State.CONTRACTED,
        State.SANDBOX,
        State.VERIFIED,
        State.LIVE,
        State.SUSPENDED,
    )


@pytest.mark.parametrize(
    ("quota", "taken", "slot"),
    [
        (100, set(range(1, 100)), 100),
        (100, set(range(1, 101)), None),
        (100, set(range(1, 101)) - {42}, 42),
        (2, {1, 3, 4}, None),  # lowered from 4: three are taken
        (2, {4}, 1),
        (1, set(), 1),
    ],
)
def test_pa12_the_lowest_free_slot(quota: int, taken: set[int], slot: int | None) -> None:
    assert lowest_free(frozenset(taken), quota) == slot


def test_pa13_keys_name_phase_slot_and_generation_in_32_bytes() -> None:
    assert stake_key(1, 100, 0) == b"stake:1:100:0"
    assert return_key(1, 100, 0, 2) == b"unstake:1:100:0:2"
    longest = return_key(999_999, 999_999, 999_999, 99)
    assert len(longest) <= 32
    assert read_return_key(longest) == (999_999, 999_999, 999_999, 99)
    assert read_stake_key(b"stake:1:100:7") == (1, 100, 7)
    with pytest.raises(BrokenInvariant):
        return_key(10**9, 10**9, 10**9, 1)


@pytest.mark.parametrize(
    "key", [b"", b"stake:1:1", b"stake:01:1:0", b"stake:1:1:0:0", b"stake:1:1:-1", b"stake:1:1:0x", b"\xff" * 32]
)
def test_pa13_another_key_is_none_of_a_stake(key: bytes) -> None:
    assert read_stake_key(key) is None
    assert read_return_key(b"un" + key + b":") is None


def test_pa14_the_stake_is_whole_or_none() -> None:
    must_be_whole(500_000 * UNIT, TERMS)
    for amount, why in (
        (250_000 * UNIT, "stake_too_small"),
        (TERMS.stake - 1, "stake_too_small"),
        (0, "stake_too_small"),
    ):
        with pytest.raises(Declined) as refused:
            must_be_whole(amount, TERMS)
        assert code(refused) == why
    with pytest.raises(Declined) as refused:
        must_be_whole(TERMS.stake + 1, TERMS)
    assert code(refused) == "stake_too_large"


def test_pa16_what_is_owed_and_the_rest_sum_to_the_stake() -> None:
    # 500,000 - 1,200.5 - 300 = 498,499.5
    owed = [(1_001, 120_050_000_000), (1_002, 300 * UNIT)]
    parts = settlement(500_000 * UNIT, owed)
    assert parts == [(0, 49_849_950_000_000), (1, 120_050_000_000), (2, 30_000_000_000)]
    assert sum(amount for _, amount in parts) == 500_000 * UNIT
    assert settlement(500_000 * UNIT, []) == [(0, 500_000 * UNIT)]
    assert settlement(5, [(1, 5)]) == [(1, 5)]  # nothing is left, and nothing of nothing is sent
    with pytest.raises(Declined) as refused:
        settlement(5, [(1, 3), (2, 3)])
    assert code(refused) == "obligations_above_stake"
    for bad in ([(1, 0)], [(1, -1)], [(1, 1)] * 100):
        with pytest.raises(BadInput):
            settlement(500, bad)


@pytest.mark.parametrize("name", ["ab", "Aurora", "1ab", "ab-", "a" * 32, "a.b", "ä-b"])
def test_pa3_a_brand_has_a_name_that_can_be_part_of_an_address(name: str) -> None:
    assert is_brand_name("aurora")
    assert is_brand_name("a1-b")
    assert not is_brand_name(name)
