"""Ids of accounts that are made from another account's id: funding accounts, stakes and sub-accounts (A-1).

The host gives out ids below 2^40. The forty bits of such an id, the master's, stay in every id made from it:

    bit 62      1: the funding account of the trading account whose id the other bits are
    bit 61      1: the account in which the stake of that trading account's owner is locked; never both
    bit 60      0
    bits 40-59  which sub-account of the master it is, from 1; 0: the master itself
    bits 0-39   the master

So two different accounts never get one id, and what belongs together is read from the ids, in the journal as anywhere.
"""

FIRST_MADE = 1 << 40  # ids from here up are made here, and never given out by the host
FUNDING = 1 << 62
STAKE = 1 << 61
SUBACCOUNTS_MOST = (1 << 20) - 1


def funding_account(trading: int) -> int:
    return trading | FUNDING


def stake_account(trading: int) -> int:
    """Where a partner's stake is locked: nobody's API key is of it, so that only the host moves what is there."""
    return trading | STAKE


def trading_account(account: int) -> int:
    """The trading account that a funding account or a stake goes with; any other account is its own."""
    return account & ~(FUNDING | STAKE)


def is_funding(account: int) -> bool:
    return account & FUNDING != 0


def is_stake(account: int) -> bool:
    return account & STAKE != 0


def subaccount(master: int, number: int) -> int:
    """A master's sub-account with a number from 1.

    Raises:
        ValueError: the master is none, or has no more numbers.
    """
    if not 0 < master < FIRST_MADE or not 0 < number <= SUBACCOUNTS_MOST:
        raise ValueError(f"account {master} has no sub-account {number}")
    return number << 40 | master


def number_of(account: int) -> int:
    """Which sub-account it is, or belongs to; 0 for a master."""
    return trading_account(account) >> 40


def master_of(account: int) -> int:
    """The master's trading account; a master is its own."""
    return account & (FIRST_MADE - 1)


def relation(account: int, other: int) -> str:
    """What `other` is to an account: trading, funding, stake, master, sub, or "" for a stranger."""
    if master_of(account) != master_of(other):
        return ""
    if trading_account(account) == trading_account(other):
        return "funding" if is_funding(other) else "stake" if is_stake(other) else "trading"
    return "master" if not number_of(other) else "sub"
