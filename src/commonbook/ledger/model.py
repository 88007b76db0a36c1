"""Accounts by name, postings and entries. Rules: docs/rules/ledger.md."""

from collections import defaultdict
from dataclasses import dataclass

from commonbook.errors import Unbalanced

CUSTODY = "custody"  # the other end of deposits and withdrawals; its balance is minus what the venue owes
HOST_FEE = "host_fee"
FEE_SUBSIDY = "fee_subsidy"
CONVERSION = "conversion"
ROUNDING = "rounding"
BRAND_REVENUE = "brand_revenue:"
VENUE_NAMES = (
    *("broker_payable:", "affiliate_payable:", "token_holders:", BRAND_REVENUE),
    *(HOST_FEE, FEE_SUBSIDY, CONVERSION, ROUNDING),
)


def available(account: int) -> str:
    return f"user:{account}:available"


def held(account: int) -> str:
    return f"user:{account}:held"


def broker_payable(broker: int) -> str:
    return f"broker_payable:{broker}"


def affiliate_payable(affiliate: int) -> str:
    return f"affiliate_payable:{affiliate}"


def token_holders(brand: int) -> str:
    return f"token_holders:{brand}"


def brand_revenue(brand: int) -> str:
    return f"{BRAND_REVENUE}{brand}"


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    asset: int
    amount: int  # above zero: the account has more


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    sequence: int
    index: int
    last_sequence: int
    time_ns: int
    postings: tuple[Posting, ...]

    def check(self) -> None:
        """L-1: the postings sum to zero for each asset.

        Raises:
            Unbalanced: they do not; gives the entry and the sums.
        """
        sums: dict[int, int] = defaultdict(int)
        for posting in self.postings:
            sums[posting.asset] += posting.amount
        wrong = {asset: total for asset, total in sums.items() if total}
        if wrong:
            raise Unbalanced(f"{self.kind} entry at {self.sequence}-{self.index} sums to {wrong}")
