"""Accounts by name, postings and entries. Rules: docs/rules/ledger.md."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from commonbook.columns import Units, narrowed, python_ints, summed, sums_by, units_of, words_of
from commonbook.errors import Unbalanced
from commonbook.records import AMOUNT

CUSTODY = "custody"  # the other end of deposits and withdrawals; its balance is minus what the venue owes
HOST_FEE = "host_fee"
FEE_SUBSIDY = "fee_subsidy"
CONVERSION = "conversion"
ROUNDING = "rounding"
BRAND_REVENUE = "brand_revenue:"
USER = "user:"
VENUE_NAMES = (
    *("broker_payable:", "client_payable:", "affiliate_payable:", "token_holders:", BRAND_REVENUE),
    *("bust_refund:", "bust_claim:"),
    *(HOST_FEE, FEE_SUBSIDY, CONVERSION, ROUNDING),
)


def available(account: int) -> str:
    return f"user:{account}:available"


def held(account: int) -> str:
    return f"user:{account}:held"


def broker_payable(broker: int) -> str:
    return f"broker_payable:{broker}"


def client_payable(account: int) -> str:
    """What a broker gives its clients back of what it earns."""
    return f"client_payable:{account}"


def affiliate_payable(affiliate: int) -> str:
    return f"affiliate_payable:{affiliate}"


def token_holders(brand: int) -> str:
    return f"token_holders:{brand}"


def brand_revenue(brand: int) -> str:
    return f"{BRAND_REVENUE}{brand}"


def bust_refund(sequence: int) -> str:
    """Fees of busted fills of a command that are to be given back to their traders."""
    return f"bust_refund:{sequence}"


def bust_claim(sequence: int) -> str:
    """Rebates that traders are to give back; below zero as long as they have not."""
    return f"bust_claim:{sequence}"


# How a name is kept: its place here, and the number that stands in it. New ones come at the end.
FORMS = (
    *("user:{}:available", "user:{}:held"),
    *(CUSTODY, HOST_FEE, FEE_SUBSIDY, CONVERSION, ROUNDING),
    *("broker_payable:{}", "client_payable:{}", "affiliate_payable:{}", "token_holders:{}", BRAND_REVENUE + "{}"),
    *("bust_refund:{}", "bust_claim:{}"),
)
LINE = np.dtype([("form", "u1"), ("asset", "<i4"), ("id", "<i8"), ("amount", AMOUNT)])
_NUMBER = re.compile(r"\d+")


@lru_cache(100_000)
def coded(name: str) -> tuple[int, int]:
    """(place in FORMS, number) of a name.

    Raises:
        KeyError: no account has such a name.
    """
    number = _NUMBER.search(name)
    form = name if number is None else f"{name[: number.start()]}{{}}{name[number.end() :]}"
    if form not in FORMS:
        raise KeyError(name)
    return FORMS.index(form), int(number[0]) if number else 0


def named(form: int, number: int) -> str:
    return FORMS[form].format(number)


AVAILABLE, HELD = coded(available(0))[0], coded(held(0))[0]
USERS = (AVAILABLE, HELD)
KEPT_LATER = (*USERS, *(coded(owed(0))[0] for owed in (broker_payable, client_payable, affiliate_payable)))
VENUES = tuple(place for place in range(len(FORMS)) if place not in USERS and FORMS[place] != CUSTODY)


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    asset: int
    amount: int  # above zero: the account has more


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Many postings, as columns of one length."""

    form: NDArray[np.uint8]  # place in FORMS
    id: NDArray[np.int64]  # the number in the name; 0 where it has none
    asset: NDArray[np.int64]
    amount: Units

    @classmethod
    def of(cls, postings: Iterable[Posting]) -> Self:
        """Those that move something."""
        rows = [(*coded(one.account), one.asset, one.amount) for one in postings if one.amount]
        form, number, asset, amount = zip(*rows, strict=True) if rows else ((), (), (), ())
        numbers, assets = (np.array(column, np.int64) for column in (number, asset))
        return cls(np.array(form, np.uint8), numbers, assets, narrowed(python_ints(amount)))

    @classmethod
    def read(cls, data: bytes) -> Self:
        rows = np.frombuffer(data, LINE)
        return cls(rows["form"], rows["id"], rows["asset"].astype(np.int64), units_of(rows["amount"]))

    def bytes(self) -> bytes:
        rows = np.zeros(len(self.form), LINE)
        rows["form"], rows["id"], rows["asset"] = self.form, self.id, self.asset
        rows["amount"] = words_of(self.amount)
        return rows.tobytes()

    def at(self, chosen: NDArray[np.bool_]) -> Self:
        """Some of them."""
        return type(self)(self.form[chosen], self.id[chosen], self.asset[chosen], self.amount[chosen])

    def __iter__(self) -> Iterator[Posting]:
        columns = (self.form.tolist(), self.id.tolist(), self.asset.tolist(), self.amount.tolist())
        for form, number, asset, amount in zip(*columns, strict=True):
            yield Posting(named(form, number), asset, amount)


def netted(form: NDArray[np.uint8] | int, ids: NDArray[np.int64], assets: NDArray[np.int64], amounts: Units) -> Lines:
    """One posting for each name and asset that something is left for, those of one name together.

    Args:
        form: of each, or of all.
    """
    forms = np.full(len(ids), form, np.uint8) if isinstance(form, int) else form
    if not len(ids):
        return Lines(forms, ids, assets, amounts)
    which = np.unique(assets)
    # Numbers of names are taken as they are where the keys made of them do not run over.
    small = int(ids.min()) >= 0 and int(ids.max()) < 2**62 // (len(which) * len(FORMS))
    whose = ids if small else np.unique(ids, return_inverse=True)[1]
    keys = (whose * len(which) + np.searchsorted(which, assets)) * len(FORMS) + forms
    order = np.argsort(keys, kind="stable")
    in_turn = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], in_turn[1:] != in_turn[:-1]]))
    sums = summed(amounts[order], starts)
    some = np.flatnonzero(sums)
    first = order[starts[some]]
    return Lines(forms[first], ids[first], assets[first], sums[some])


def lines_together(parts: Sequence[Lines]) -> Lines:
    """One behind the other."""
    names = ("form", "id", "asset", "amount")
    return Lines(*(np.concatenate([getattr(one, name) for one in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    sequence: int
    index: int
    last_sequence: int
    time_ns: int
    postings: tuple[Posting, ...] | Lines

    @property
    def lines(self) -> Lines:
        return self.postings if isinstance(self.postings, Lines) else Lines.of(self.postings)

    def check(self) -> Lines:
        """L-1: the postings sum to zero for each asset. Gives them as columns.

        Raises:
            Unbalanced: they do not; gives the entry and the sums.
        """
        lines = self.lines
        assets, at = np.unique(lines.asset, return_inverse=True)
        sums = sums_by(at, lines.amount, len(assets))
        wrong = {asset: total for asset, total in zip(assets.tolist(), sums, strict=True) if total}
        if wrong:
            raise Unbalanced(f"{self.kind} entry at {self.sequence}-{self.index} sums to {wrong}")
        return lines
