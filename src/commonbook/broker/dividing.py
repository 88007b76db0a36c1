"""Who gets what of the commission that fill sides have earned: the path of each code, a column at a time. Rule B-8.

The same as `tree.divide` says for one side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.deciding import paying_of
from commonbook.broker.looking_up import USER, Way
from commonbook.broker.model import Program
from commonbook.broker.sides import Sides
from commonbook.columns import Units, share_of, units_of
from commonbook.instrument.venue import Venue
from commonbook.units import RATE_ONE

__all__ = ["USER", "Divided", "Parts", "divided", "together"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Shares of one or many sides' commission: a row for each that has one. The columns have one length."""

    side: NDArray[np.int64]  # place of the side
    beneficiary: NDArray[np.int64]  # broker; USER: the side's account
    points_e8: NDArray[np.int64]  # of the base; of a root its rate, of which it keeps what the others leave
    commission: Units  # quote units
    paid: Units  # units of the payout asset


@dataclass(frozen=True, slots=True)
class Divided:
    """The sides that have a broker, and how each is divided."""

    places: NDArray[np.int64]  # of these sides among all
    roots: NDArray[np.int64]  # whose tree each comes under
    parts: Parts
    ways: list[Way]  # in which commission is divided
    way: NDArray[np.int64]  # of each: its place among the ways


def divided(sides: Sides, program: Program, venue: Venue) -> Divided:
    """The parts of each side that has a broker; for each side they sum to its commission.

    Below a root each gets its points of the base; the root the exact rest (B-8). Where there is less than the root has
    given away, because its rate has become smaller or other claims have left less, each gets as much less.

    Returns:
        Among the parts those of the first below each root, in the order of the sides, then those of the second, and so
        on; of the users; of the roots.
    """
    places = np.flatnonzero(sides["broker"])
    paying = paying_of(sides, program, venue, places)
    base, left, left_paid = (units_of(sides[name][places]) for name in ("base", "commission", "paid"))
    base = np.where(sides["failed"][places] == 0, base, 0)
    rates = sides["rate_e8"][places].astype(np.int64)
    divisible = _left_by_claims(base, left, rates, paying.grains)
    codes, numbers, ways, way = program.ways(sides["broker"][places], sides["time_ns"][places], divisible)
    way_who, way_points = ways.who, ways.points
    parts: list[Parts] = []
    for step in range(way_who.shape[1]):
        who, points = way_who[way, step], way_points[way, step]
        some = np.flatnonzero((points != 0) | (who != USER))  # a broker that has nothing is told so
        if not len(some):
            break
        part = share_of(base, points) // paying.grains * paying.grains
        paid = paying.in_payout(part)
        left, left_paid = left - part, left_paid - paid
        parts.append(Parts(places[some], who[some], points[some], part[some], paid[some]))
    parts.append(Parts(places, codes.roots[numbers], rates, left, left_paid))
    return Divided(places, codes.roots[numbers], together(parts), ways.told, way)


def _left_by_claims(
    base: Units, commission: Units, rates: NDArray[np.int64], grains: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rate that each commission is of its base: a smaller one where other claims have cut it."""
    cut = np.flatnonzero(commission < share_of(base, rates) // grains * grains)
    if not len(cut):
        return rates
    found = rates.copy()
    found[cut] = [int(one) * RATE_ONE // int(of) for one, of in zip(commission[cut], base[cut], strict=True)]
    return found


def together(parts: Sequence[Parts]) -> Parts:
    """One behind the other."""
    names = ("side", "beneficiary", "points_e8", "commission", "paid")
    return Parts(*(np.concatenate([getattr(one, name) for one in parts]) for name in names))
