"""What fill sides earn their brokers, a column at a time. The rules are those that `rules.decide` says for one.

Rules B-3 to B-9. Pure but for the sides, whose decision is filled in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.consenting import PROGRAMS
from commonbook.broker.judging import MAY_EARN, REASONS
from commonbook.broker.model import BIT, OF_CLIENT, DiscountPolicy, Program, Reason
from commonbook.broker.rates import LEVELS, PRODUCTS, Product
from commonbook.broker.sides import Sides, by_quote
from commonbook.columns import Units, converted, narrowed, share_of, units_of, words_of
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole
from commonbook.units import HOUR_NS

SPOT = PRODUCTS.index(Product.SPOT)  # all that is traded today
_UNATTRIBUTED = {
    Attribution.NO_TAG: Reason.NO_TAG,
    Attribution.UNKNOWN_CODE: Reason.UNKNOWN_CODE,
    Attribution.NOT_ASSOCIATED: Reason.NOT_ASSOCIATED,
    Attribution.CODE_INACTIVE: Reason.CODE_INACTIVE,
}


_WITHHELD = {Reason(one.value): place for place, one in enumerate(REASONS, MAY_EARN + 1)}


def decide(sides: Sides, program: Program, venue: Venue) -> None:
    """Fill in base, exclusions, rate, commission and what is paid of it.

    Args:
        sides: priced, and told who is affiliated, on whom brokers may not earn, and the clients' caps.
    """
    base, rates = bases(sides, program), rates_of(sides, program)
    failed = exclusions(sides, program, base)
    counted = np.where(failed == 0, base, 0)
    paying = paying_of(sides, program, venue)
    pool = share_of(counted, rates) // paying.grains * paying.grains
    # What other claims have left is the most (CUT_BY_CAP).
    left = np.minimum(pool, np.maximum(counted - units_of(sides["claimed"]), 0))
    earned = _within_caps(left, sides, paying.grains)
    sides["cut"] = (earned < left).astype(bool)
    sides["base"], sides["failed"], sides["rate_e8"] = words_of(base), failed, rates
    sides["commission"], sides["paid"] = words_of(earned), words_of(paying.in_payout(earned))


def _within_caps(earned: Units, sides: Sides, grains: NDArray[np.int64]) -> Units:
    """Of each side's commission what its client has agreed to (CN-4); `consenting.capped` says it for one."""
    some = np.flatnonzero(sides["cap_e8"] != PROGRAMS)
    if not len(some):
        return earned
    mine, of = sides[some], grains[some]
    own_fee = np.where(mine["role"] == FillRole.TAKER, units_of(mine["taker_fee"]), units_of(mine["maker_fee"]))
    most = share_of(np.maximum(own_fee, 0), mine["cap_e8"].astype(np.int64)) // of * of
    found = earned.astype(object)
    found[some] = np.minimum(earned[some], most)
    return narrowed(found)


@dataclass(frozen=True, slots=True)
class Paying:
    """How commission of some sides is rounded, and what it is in the payout asset."""

    grains: NDArray[np.int64]  # the quote units that commission is whole multiples of (B-3)
    foreign: list[tuple[NDArray[np.intp], NDArray[np.int64], int]]  # sides, their index prices, scale of the asset
    payout_scale: int

    def in_payout(self, units: Units) -> Units:
        """Quote units of each side in the payout asset, rounded down (B-6)."""
        if not self.foreign:
            return units
        found = units.astype(object)
        for places, prices, scale in self.foreign:
            found[places] = converted(units[places], prices, scale, self.payout_scale)
        return narrowed(found)


def paying_of(sides: Sides, program: Program, venue: Venue, places: NDArray[np.intp] | None = None) -> Paying:
    """Of all sides, or of those at some places."""
    instruments, prices = sides["instrument"], sides["index_price_e8"]
    if places is not None:
        instruments, prices = instruments[places], prices[places]
    grains, foreign = np.ones(len(instruments), np.int64), []
    for quote, mine in by_quote(instruments, venue):
        grains[mine] = 10 ** max(0, quote.scale - program.commission_decimals)
        if quote.id != program.payout_asset:
            foreign.append((mine, prices[mine], quote.scale))
    return Paying(grains, foreign, program.payout_scale)


def bases(sides: Sides, program: Program) -> Units:
    """Each side's part of the net fee (Q-1), less what vouchers and cards paid where that is the policy (B-9)."""
    taker, maker = units_of(sides["taker_fee"]), units_of(sides["maker_fee"])
    base = np.where(sides["role"] == FillRole.TAKER, taker + np.minimum(maker, 0), np.maximum(maker, 0))
    cash_part = _conditions(sides, program)[1]
    if cash_part.any():
        base = np.where(cash_part, base - units_of(sides["discount"]), base)
    return base


def _conditions(sides: Sides, program: Program) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """From which client level on each side is excluded, and whether its discount is taken off the base; one value where
    all sides have the same.
    """
    changes = program.conditions or program.excluded_from_levels
    hours = np.unique(sides["time_ns"] // HOUR_NS) if changes else np.zeros(1, np.int64)
    found = [program.conditions_in(hour) for hour in hours.tolist()]
    levels = np.array([one.excluded_from_level for one in found], np.int64)
    cash_part = np.array([one.discount is DiscountPolicy.CASH_PART for one in found])
    if len(found) <= 1:
        return levels, cash_part
    place = np.searchsorted(hours, sides["time_ns"] // HOUR_NS)
    return levels[place], cash_part[place]


def exclusions(sides: Sides, program: Program, base: Units) -> NDArray[np.uint32]:
    """A bit for each exclusion that applies, in the order in which they are told (B-4)."""
    failed = np.zeros(len(sides), np.uint32)
    for attribution, reason in _UNATTRIBUTED.items():
        failed |= (sides["attribution"] == attribution) * np.uint32(BIT[reason])
    for reason in OF_CLIENT:
        failed |= (sides["withheld"] == _WITHHELD[reason]) * np.uint32(BIT[reason])
    levels, cash_part = _conditions(sides, program)
    has_discount = (sides["discount"]["low"] != 0) | (sides["discount"]["high"] != 0)
    cases = {
        Reason.NON_API: sides["channel"] != Channel.API,
        Reason.VIP_TOO_HIGH: sides["level"] >= levels,
        Reason.FEE_DISCOUNT: has_discount & ~cash_part,
        Reason.SUBSIDISED: sides["subsidised"],
        Reason.NO_NET_FEE: (base <= 0).astype(bool),
        Reason.NO_INDEX_PRICE: sides["index_price_e8"] == 0,
    }
    for reason, applies in cases.items():
        failed |= applies * np.uint32(BIT[reason])
    return failed


def reason_of(failed: int, cut: bool) -> Reason:
    """What is told of a side: the first exclusion that applies, else whether its client's cap has cut it."""
    earning = Reason.CUT_BY_CONSENT if cut else Reason.EARNED
    return next((reason for reason, bit in BIT.items() if failed & bit), earning)


def rates_of(sides: Sides, program: Program) -> NDArray[np.int64]:
    """B-5: the rate of each side's broker, at its tier, by the table in force at the fill; 0 without a broker."""
    found = np.zeros(len(sides), np.int64)
    with_one = np.flatnonzero(sides["broker"])
    times = sides["time_ns"][with_one]
    if not len(with_one):
        return found
    known, numbers = program.codes(sides["broker"][with_one], times)
    tables, chosen = known.tables(numbers, times)
    found[with_one] = tables[
        chosen,
        known.tiers[numbers],
        SPOT,
        (sides["role"][with_one] == FillRole.MAKER).astype(np.int64),
        np.minimum(sides["level"][with_one], LEVELS - 1),
        sides["affiliated"][with_one].astype(np.int64),
    ]
    return found


def in_hours(brokers: NDArray[np.int32], times: NDArray[np.int64]) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """The pairs of broker and hour by engine time that there are, and which of them each side is of."""
    if not len(brokers):
        return [], np.zeros(0, np.int64)
    hours = times // HOUR_NS
    first = int(hours.min())
    span = int(hours.max()) - first + 1
    keys = brokers.astype(np.int64) * span + (hours - first)
    values, place = np.unique(keys, return_inverse=True)
    return [(key // span, first + key % span) for key in values.tolist()], place.astype(np.int64)
