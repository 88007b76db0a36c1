"""Own interest: nobody decides what they are a party to themselves. Rule AD-9.

An act names its parties when it is registered: users, accounts, brokers, and brands, which stand for their teams. Who
is behind them is a person, whatever user or account of theirs is named, and at whatever brand.
"""

from collections.abc import Set
from dataclasses import dataclass

from commonbook.errors import Declined


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom an act is about, by numbers; 0 is nobody."""

    users: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()
    brokers: frozenset[int] = frozenset()
    brands: frozenset[int] = frozenset()


NOBODY = Parties()  # of what is everybody's alike, as a new table of levels, or a brand's own at its own desk


def must_not_be_party(decides: Set[int], parties: Set[int]) -> None:
    """
    Args:
        decides: the persons that a user is.
        parties: the persons an act is about.

    Raises:
        Declined: `own_interest`.
    """
    if decides & parties:
        raise Declined(
            "own_interest",
            "this is about you, or about a brand, a broker or an account of yours: somebody who has no part in it must "
            "decide it",
        )


def must_be_two(asks: Set[int], agrees: Set[int]) -> None:
    """
    Raises:
        Declined: `own_request`: both users are one person.
    """
    if asks & agrees:
        raise Declined("own_request", "who asks for an act cannot approve it: another person with the role must")
