"""Ids of accounts that belong together. docs/rules/accounts.md, A-1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.instrument.accounts import (
    FIRST_MADE,
    SUBACCOUNTS_MOST,
    funding_account,
    is_funding,
    is_stake,
    master_of,
    number_of,
    relation,
    stake_account,
    subaccount,
    trading_account,
)

MASTERS = st.integers(1_000, FIRST_MADE - 1)
NUMBERS = st.integers(0, SUBACCOUNTS_MOST)
HALVES = st.sampled_from(["trading", "funding", "stake"])


def made(master: int, number: int, half: str) -> int:
    trading = subaccount(master, number) if number else master
    return {"trading": trading, "funding": funding_account(trading), "stake": stake_account(trading)}[half]


def test_a1_the_ids_of_the_rulebooks_example() -> None:
    assert funding_account(1_000) == 4_611_686_018_427_388_904
    assert subaccount(1_000, 2) == 2_199_023_256_552
    assert funding_account(subaccount(1_000, 2)) == 4_611_688_217_450_644_456
    assert stake_account(1_000) == 2_305_843_009_213_694_952


@given(st.tuples(MASTERS, NUMBERS, HALVES), st.tuples(MASTERS, NUMBERS, HALVES))
def test_a1_different_accounts_have_different_ids_that_a_database_can_hold(
    one: tuple[int, int, str], other: tuple[int, int, str]
) -> None:
    assert (made(*one) == made(*other)) == (one == other)
    assert made(*one) < 2**63


@given(MASTERS, NUMBERS, HALVES)
def test_a1_an_id_tells_what_it_was_made_of(master: int, number: int, half: str) -> None:
    account = made(master, number, half)
    assert (master_of(account), number_of(account)) == (master, number)
    assert (is_funding(account), is_stake(account)) == (half == "funding", half == "stake")
    assert trading_account(account) == made(master, number, "trading")
    assert (account < FIRST_MADE) == (number == 0 and half == "trading")


@pytest.mark.parametrize(("master", "number"), [(0, 1), (FIRST_MADE, 1), (1_000, 0), (1_000, SUBACCOUNTS_MOST + 1)])
def test_a1_a_sub_account_has_a_master_and_a_number(master: int, number: int) -> None:
    with pytest.raises(ValueError, match="no sub-account"):
        subaccount(master, number)


def test_a1_what_two_accounts_are_to_each_other_is_read_from_their_ids() -> None:
    sub, other = subaccount(1_000, 1), subaccount(1_000, 2)
    assert relation(1_000, funding_account(1_000)) == "funding"
    assert relation(funding_account(1_000), 1_000) == "trading"
    assert relation(1_000, sub) == relation(funding_account(1_000), funding_account(sub)) == "sub"
    assert relation(sub, 1_000) == relation(funding_account(sub), funding_account(1_000)) == "master"
    assert relation(sub, other) == "sub"
    assert relation(sub, funding_account(sub)) == "funding"
    assert relation(1_000, stake_account(1_000)) == relation(funding_account(sub), stake_account(sub)) == "stake"
    assert relation(stake_account(1_000), 1_000) == "trading"
    assert relation(stake_account(1_000), funding_account(1_000)) == "funding"
    assert relation(1_000, stake_account(sub)) == "sub"
    assert relation(1_001, stake_account(1_000)) == ""
    assert relation(1_000, 1_001) == relation(sub, subaccount(1_001, 1)) == ""
