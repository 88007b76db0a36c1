"""A batch's fills in money, a column at a time: who gets what of each fee, and one entry of what all of them move.

What becomes of one fee is said by `rules`; this is the same for as many fills as there are. Rules Q-1 to Q-6, L-3.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from commonbook.clearing.model import AFFILIATE, BROKER_COMMISSION, CLIENT_REBATE, Claim, Source, Terms
from commonbook.columns import Units, narrowed, python_ints, share_of, total_by
from commonbook.errors import BrokenInvariant
from commonbook.instrument.fill_columns import FillColumns, Ids, SideColumns
from commonbook.ledger.model import (
    AVAILABLE,
    CONVERSION,
    FEE_SUBSIDY,
    HELD,
    HOST_FEE,
    Entry,
    affiliate_payable,
    brand_revenue,
    broker_payable,
    client_payable,
    coded,
    lines_together,
    netted,
    token_holders,
)
from commonbook.units import RATE_ONE

KINDS = (AFFILIATE, BROKER_COMMISSION, CLIENT_REBATE)
REVENUE, HOLDERS = (coded(one(0))[0] for one in (brand_revenue, token_holders))
HOST, SUBSIDY, EXCHANGED = (coded(name)[0] for name in (HOST_FEE, FEE_SUBSIDY, CONVERSION))
_PAYABLE = tuple(coded(one(0))[0] for one in (affiliate_payable, broker_payable, client_payable))


@dataclass(frozen=True, slots=True)
class ClaimColumns:
    """What is claimed of the fills of a batch; in the order of priority for each side."""

    fill: Ids  # place among the fills
    of_maker: NDArray[np.bool_]
    kind: NDArray[np.uint8]  # place in KINDS
    beneficiary: Ids
    amount: Units  # quote units, at least zero
    paid_asset: Ids
    paid: Units  # units of the paid asset

    def of(self, role: int) -> NDArray[np.bool_]:
        """Which are of the takers' sides, 0, or of the makers', 1."""
        return self.of_maker if role else ~self.of_maker


def claim_columns(claims: Sequence[Sequence[Claim]]) -> ClaimColumns:
    """The claims of each fill, as columns."""
    rows = [(fill, one) for fill, some in enumerate(claims) for one in some]
    amounts = narrowed(python_ints([one.amount for _, one in rows]))
    return ClaimColumns(
        fill=np.array([fill for fill, _ in rows], np.int64),
        of_maker=np.array([one.role == "maker" for _, one in rows], bool),
        kind=np.array([KINDS.index(one.kind) for _, one in rows], np.uint8),
        beneficiary=np.array([one.beneficiary for _, one in rows], np.int64),
        amount=amounts,
        paid_asset=np.array([one.paid_asset for _, one in rows], np.int64),
        paid=narrowed(python_ints([one.paid_amount for _, one in rows])),
    )


def claims_together(first: ClaimColumns, second: ClaimColumns) -> ClaimColumns:
    """One behind the other."""
    return ClaimColumns(*(np.concatenate([getattr(one, f.name) for one in (first, second)]) for f in fields(first)))


@dataclass(frozen=True, slots=True)
class Split:
    """One side of each fill: claims + host + holders + brand - subsidy = base."""

    base: Units
    claims: Units  # together
    host: Units
    brand: Units
    holders: Units
    subsidy: Units


def split_fees(fills: FillColumns, claims: ClaimColumns, terms: Terms) -> tuple[Split, Split]:
    """What becomes of each side's part of the net fee (Q-2 to Q-4), the takers' and the makers'.

    Raises:
        BrokenInvariant: more is claimed of a side than it has; whoever claims must have cut it.
    """
    taker, maker = fills.taker.fee, fills.maker.fee
    bases = (taker + np.minimum(maker, 0), np.maximum(maker, 0))
    return _split(fills, 0, bases[0], claims, terms), _split(fills, 1, bases[1], claims, terms)


def _split(fills: FillColumns, role: int, base: Units, claims: ClaimColumns, terms: Terms) -> Split:
    side, own = fills.sides[role], claims.of(role)
    claimed = total_by(claims.fill[own], claims.amount[own], len(fills))
    left = np.maximum(base, 0) - claimed
    wrong = (left < 0) | (claimed < 0)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise BrokenInvariant(f"{claimed[place]} is claimed of {base[place]}, at {fills.sequence[place]}")
    host_share = _rates(side.brand, fills.time_ns, terms, lambda brand, at: terms.cost_share(brand, Source.TRADING, at))
    all_of_brand = share_of(left, RATE_ONE - host_share)
    holders = share_of(all_of_brand, _rates(side.brand, fills.time_ns, terms, terms.holders_share))
    split = Split(base, claimed, left - all_of_brand, all_of_brand - holders, holders, np.maximum(-base, 0))
    if ((split.claims + split.host + split.brand + split.holders - split.subsidy) != base).any():
        raise BrokenInvariant(f"what became of fees is not the fees, in the fills from {fills.sequence[0]} on")
    return split


def _rates(brands: Ids, times: Ids, terms: Terms, rate_of: Callable[[int, int], int]) -> NDArray[np.int64]:
    """What was agreed with each side's brand, in force at the time of its fill."""
    agreed = {*(one.effective_ns for one in terms.shares), *(one.effective_ns for one in terms.schedules)}
    turns = np.array(sorted(agreed), np.int64)
    keys = brands * (len(turns) + 1) + np.searchsorted(turns, times, side="right")
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    rates = [rate_of(int(brands[at]), int(times[at])) for at in first.tolist()]
    return np.array(rates, np.int64)[place]


def fills_entry(fills: FillColumns, claims: ClaimColumns, splits: tuple[Split, Split]) -> Entry:
    """All fills of a batch: delivery against payment, both fees, and what becomes of the net fees (Q-5)."""
    lines = lines_together([netted(*column) for column in _moves(fills, claims, splits)])
    first, last = int(fills.sequence[0]), int(fills.sequence[-1])
    return Entry("fill", first, 0, last, int(fills.time_ns[-1]), lines)


_Column = tuple[int, Ids, Ids, Units]  # place in the ledger's FORMS, ids, assets, amounts


def _moves(fills: FillColumns, claims: ClaimColumns, splits: tuple[Split, Split]) -> Iterator[_Column]:
    buys = fills.taker_buys
    buyer = np.where(buys, fills.taker.account, fills.maker.account)
    seller = np.where(buys, fills.maker.account, fills.taker.account)
    buyer_fee = np.where(buys, fills.taker.fee, fills.maker.fee)
    seller_fee = np.where(buys, fills.maker.fee, fills.taker.fee)
    yield HELD, buyer, fills.quote, -(fills.notional + np.maximum(buyer_fee, 0) + fills.released)
    yield HELD, seller, fills.base, -fills.quantity
    free = (
        (buyer, fills.quote, fills.released + np.maximum(-buyer_fee, 0)),
        (buyer, fills.base, fills.quantity),
        (seller, fills.quote, fills.notional - seller_fee),
    )
    yield AVAILABLE, *(np.concatenate(column) for column in zip(*free, strict=True))  # type: ignore[misc]
    for side, split in zip(fills.sides, splits, strict=True):
        yield from _fees(fills, side, split)
    for kind, form in enumerate(_PAYABLE):
        yield from _claimed(fills, claims, claims.kind == kind, form)


def _fees(fills: FillColumns, side: SideColumns, split: Split) -> Iterator[_Column]:
    yield REVENUE, side.brand, fills.quote, split.brand
    yield HOLDERS, side.brand, fills.quote, split.holders
    yield HOST, np.zeros_like(side.brand), fills.quote, split.host
    yield SUBSIDY, np.zeros_like(side.brand), fills.quote, -split.subsidy


def _claimed(fills: FillColumns, claims: ClaimColumns, mine: NDArray[np.bool_], form: int) -> Iterator[_Column]:
    """A claim paid in another asset goes through the conversion account (Q-6)."""
    quote, asset = fills.quote[claims.fill[mine]], claims.paid_asset[mine]
    yield form, claims.beneficiary[mine], asset, claims.paid[mine]
    other = quote != asset
    nobody = np.zeros(int(other.sum()), np.int64)
    yield EXCHANGED, nobody, quote[other], claims.amount[mine][other]
    yield EXCHANGED, nobody, asset[other], -claims.paid[mine][other]
