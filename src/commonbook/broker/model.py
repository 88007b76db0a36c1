"""What a program agrees, and what it decides about one side of a fill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.consenting import PROGRAMS, ClientReason
from commonbook.broker.looking_up import Codes, LookUp, Ways
from commonbook.broker.rates import Product, RateRow, RateTable, Tiers, within_hour
from commonbook.broker.tree import Node, Path, Tree, tree_at
from commonbook.records import Attribution, Channel
from commonbook.units import RateE8, parse_units

RULE_VERSION = "B-2026-3"
PUBLIC = 0  # the schedule of whoever has negotiated none


class Reason(StrEnum):
    """Why a fill side earns, or does not. The names are stable: statements and reports carry them."""

    EARNED = "EARNED"
    CUT_BY_CONSENT = "CUT_BY_CONSENT"  # it earns, up to the client's cap
    NO_TAG = "NO_TAG"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    NOT_ASSOCIATED = "NOT_ASSOCIATED"
    CODE_INACTIVE = "CODE_INACTIVE"
    SELF_REFERRAL = "SELF_REFERRAL"
    REFUSED = "REFUSED"
    CONSENT_ENDED = "CONSENT_ENDED"
    MOVED_LATELY = "MOVED_LATELY"
    NON_API = "NON_API"
    VIP_TOO_HIGH = "VIP_TOO_HIGH"
    FEE_DISCOUNT = "FEE_DISCOUNT"
    SUBSIDISED = "SUBSIDISED"
    NO_NET_FEE = "NO_NET_FEE"
    NO_INDEX_PRICE = "NO_INDEX_PRICE"


class NegativeNetFee(StrEnum):
    PER_FILL_FLOOR = "per_fill_floor"  # a fill below zero adds nothing
    WINDOW_NET = "window_net"  # bases are summed per rate first


class DiscountPolicy(StrEnum):
    EXCLUDE_FILL = "exclude_fill"
    CASH_PART = "cash_part"


EARNING = (Reason.EARNED, Reason.CUT_BY_CONSENT)
EXCLUSIONS = tuple(reason for reason in Reason if reason not in EARNING)  # in the order in which they are told
# The client's came last, and what is kept from before must go on meaning what it did: their bits are behind the others.
OF_CLIENT = (Reason.SELF_REFERRAL, Reason.REFUSED, Reason.CONSENT_ENDED, Reason.MOVED_LATELY)
_IN_BITS = (*(reason for reason in EXCLUSIONS if reason not in OF_CLIENT), *OF_CLIENT)
BIT: dict[Reason, int] = {reason: 1 << _IN_BITS.index(reason) for reason in EXCLUSIONS}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a broker, or a code below one, is under in an hour."""

    tier: int  # of the root
    tables: tuple[tuple[int, int, RateTable], ...]  # from, to before (engine time), in order: in force in the hour
    path: Path


@dataclass(frozen=True, slots=True)
class Conditions:
    """What keeps a fill from earning, from an hour on."""

    from_hour: int
    excluded_from_level: int  # VIP
    discount: DiscountPolicy


@dataclass(frozen=True)
class Program:
    """A broker program; all that is agreed, with the hours from which it is."""

    name: str
    schedules: Mapping[int, tuple[RateTable, ...]]  # PUBLIC, and what was negotiated; each with all its versions
    tiers: Tiers
    excluded_from_level: int  # VIP; before the first of `conditions`
    payout_asset: int
    payout_scale: int
    commission_decimals: int
    nodes: tuple[Node, ...] = ()
    negotiated: Mapping[int, int] = field(default_factory=dict)  # broker to its schedule
    discount: DiscountPolicy = DiscountPolicy.EXCLUDE_FILL  # before the first of `conditions`
    conditions: tuple[Conditions, ...] = ()  # in order of their hours; of two for one hour the later holds
    negative: NegativeNetFee = NegativeNetFee.PER_FILL_FLOOR
    excluded_from_levels: tuple[tuple[int, int], ...] = ()  # another from an hour on, in order; before `conditions` too
    minimums: tuple[tuple[int, int], ...] = ((0, 0),)  # smallest payouts, each from its hour on, in order (B-15)
    _trees: dict[int, Tree] = field(default_factory=dict, init=False, repr=False, compare=False)
    _terms: dict[tuple[int, int], Terms] = field(default_factory=dict, init=False, repr=False, compare=False)
    _looked_up: LookUp = field(default_factory=LookUp, init=False, repr=False, compare=False)

    def tree(self, hour: int) -> Tree:
        """All brokers' places in an hour."""
        if hour not in self._trees:
            self._trees[hour] = tree_at(self.nodes, hour)
        return self._trees[hour]

    def conditions_in(self, hour: int) -> Conditions:
        """What keeps fills of an hour from earning."""
        found = [one for one in self.conditions if one.from_hour <= hour]
        if found:
            return found[-1]
        levels = [level for from_hour, level in self.excluded_from_levels if from_hour <= hour]
        return Conditions(0, levels[-1] if levels else self.excluded_from_level, self.discount)

    def minimum_in(self, hour: int) -> int:
        """The smallest payout of an hour; of one before the first, the first."""
        found = [least for from_hour, least in self.minimums if from_hour <= hour]
        return found[-1] if found else self.minimums[0][1]

    def terms(self, broker: int, hour: int) -> Terms:
        """What an order under a broker's code is under in an hour."""
        found = self._terms.get((broker, hour))
        if found is None:
            path = self.tree(hour).path(broker)
            schedule = self.schedules[self.negotiated.get(path.root, PUBLIC)]
            found = Terms(self.tiers.level(path.root, hour), tuple(within_hour(schedule, hour)), path)
            self._terms[broker, hour] = found
        return found

    def path_within(self, broker: int, hour: int, rate_e8: int) -> Path:
        """The path of a broker's code in an hour, where there is a rate to be divided."""
        return self.terms(broker, hour).path.within(RateE8(rate_e8))

    def codes(self, brokers: NDArray[np.int32], times: NDArray[np.int64]) -> tuple[Codes, NDArray[np.int64]]:
        """What the orders of many sides are under: of each the number of its code in its hour, and what is known of it.

        Args:
            brokers: the code of each side.
            times: engine time of each.
        """
        return self._looked_up.codes(brokers, times, self.terms)

    def ways(
        self, brokers: NDArray[np.int32], times: NDArray[np.int64], rates: NDArray[np.int64]
    ) -> tuple[Codes, NDArray[np.int64], Ways, NDArray[np.int64]]:
        """The same, and how the commission of each side is divided: the number of the way, and what is known of it.

        Args:
            rates: what there is to divide of each side, of its base.
        """
        return self._looked_up.ways(brokers, times, rates, self.terms, self.path_within)


def is_root(program: Program, broker: int) -> bool:
    """Whether a broker has a rate of its own, and is told it and its pool."""
    return not any(node.broker == broker and node.parent for node in program.nodes)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision is made from; amounts in quote units."""

    role: str  # taker, maker
    broker: int
    attribution: Attribution
    channel: Channel
    level: int  # VIP
    taker_fee: int
    maker_fee: int
    subsidised: bool  # the maker's rates are subsidised, and it was charged nothing
    discount: int  # of the side's own fee, paid by vouchers or cards
    affiliated: bool
    priced: bool  # the quote asset has an index price, or is what is paid
    time_ns: int
    claimed: int = 0  # quote units, of the side's base, by claims that come before a broker's
    product: Product = Product.SPOT
    withheld: ClientReason | None = None  # why the broker may not earn on the client (CN-11)
    cap_e8: int = PROGRAMS  # the highest share of the side's own fee that the client has agreed to (CN-4)


@dataclass(frozen=True, slots=True)
class Decision:
    reason: Reason
    failed: tuple[Reason, ...]  # every exclusion that applies, in the fixed order
    base: int  # quote units, after the discount policy; may be below zero
    rate_e8: RateE8
    commission: int  # quote units, at least zero


def _public(tier: int, affiliated: str, unaffiliated: str) -> tuple[RateRow, RateRow]:
    with_one, without = (RateE8(parse_units(text, 6)) for text in (affiliated, unaffiliated))
    return RateRow(tier, with_one, affiliated=True), RateRow(tier, without, affiliated=False)


# Public table in force from 18 August 2022 (UTC), in per cent.
TIERS_2022 = RateTable(
    version=1,
    effective_ns=1_660_780_800_000_000_000,
    rows=(
        *_public(0, "0", "0"),
        *_public(1, "5", "25"),
        *_public(2, "7.5", "30"),
        *_public(3, "10", "35"),
        *_public(4, "12.5", "40"),
    ),
)
