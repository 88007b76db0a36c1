"""Who gets what of one fee. Pure; rules Q-1 to Q-6 of docs/rules/clearing.md, V-1 to V-3 of docs/rules/volume.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from commonbook.errors import BrokenInvariant
from commonbook.units import RATE_ONE, Minor, RateE8, floor_share

NOTHING = RateE8(0)


def fee_base(taker_fee: int, maker_fee: int) -> tuple[int, int]:
    """The net fee of a fill, by side: a maker's rebate is paid out of the taker's fee (Q-1).

    Returns:
        (taker's base, maker's base); their sum is taker_fee + maker_fee. The taker's may be below zero.
    """
    return taker_fee + min(maker_fee, 0), max(maker_fee, 0)


@dataclass(frozen=True, slots=True)
class SideSplit:
    """One side's base, all of it: claims + host + holders + brand - subsidy = base."""

    claims: tuple[int, ...]
    cut: tuple[bool, ...]  # the claim was cut because nothing more was left (CUT_BY_CAP)
    host: int
    brand: int
    subsidy: int  # what the host adds when the base is below zero
    holders: int = 0  # the part of the brand's revenue that is its token holders'


def split_base(base: int, claims: Sequence[int], host_share: RateE8, holders_share: RateE8 = NOTHING) -> SideSplit:
    """Divide a side's base by the priority of claims (Q-2): claims in the order given, the host's share of the rest,
    and the remainder to the brand, rounded down: the host keeps the odd unit (Q-3). Of the brand's its token holders
    have their share, rounded down, and the brand the exact rest (Q-8).

    Args:
        base: quote units; below zero only for a subsidised rebate.
        claims: quote units each, at least zero, highest priority first.
        host_share: the host's part of what the claims leave.
        holders_share: the token holders' part of what then is the brand's.
    """
    if base < 0:
        return SideSplit(tuple(0 for _ in claims), tuple(claim > 0 for claim in claims), 0, 0, -base)
    left = base
    paid = []
    for claim in claims:
        if claim < 0:
            raise BrokenInvariant(f"claim {claim} is below zero")
        paid.append(min(claim, left))
        left -= paid[-1]
    brand = floor_share(left, RateE8(RATE_ONE - host_share))
    cut = tuple(given < claim for given, claim in zip(paid, claims, strict=True))
    holders = floor_share(brand, holders_share)
    return SideSplit(tuple(paid), cut, left - brand, brand - holders, 0, holders)


def split_income(amount: int, host_share: RateE8) -> tuple[int, int]:
    """(host's, brand's) part of an income that is no fee; of one that is given back, the same below zero (Q-9)."""
    sign = -1 if amount < 0 else 1
    brand = floor_share(abs(amount), RateE8(RATE_ONE - host_share))
    return amount - sign * brand, sign * brand


def attributed_halves(notional: int) -> tuple[Minor, Minor]:
    """(taker's side, maker's side) of a notional; the taker's side takes an odd half unit (V-2)."""
    maker = notional // 2
    return Minor(notional - maker), Minor(maker)
