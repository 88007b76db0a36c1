"""What a program agrees, and what it decides about one side of a fill."""

from dataclasses import dataclass
from enum import StrEnum

from commonbook.records import Attribution, Channel
from commonbook.units import RateE8

RULE_VERSION = "B-2026-1"


class Reason(StrEnum):
    """Why a fill side earns, or does not. The names are stable: statements and reports carry them."""

    EARNED = "EARNED"
    NO_TAG = "NO_TAG"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    NOT_ASSOCIATED = "NOT_ASSOCIATED"
    CODE_INACTIVE = "CODE_INACTIVE"
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


@dataclass(frozen=True, slots=True)
class Tier:
    """A line of the tier table; rates of the commission base."""

    level: int
    affiliated_e8: RateE8
    unaffiliated_e8: RateE8


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers in force from a time on."""

    effective_ns: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    tables: tuple[TierTable, ...]
    broker_levels: dict[int, int]  # broker to level
    default_level: int
    excluded_from_level: int  # VIP
    payout_asset: int
    payout_scale: int
    commission_decimals: int
    discount: DiscountPolicy = DiscountPolicy.EXCLUDE_FILL
    negative: NegativeNetFee = NegativeNetFee.PER_FILL_FLOOR


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
    subsidised: bool  # a rebate of this fill stands on the host's subsidy
    discount: int  # of the side's own fee, paid by vouchers or cards
    affiliated: bool
    priced: bool  # the quote asset has an index price, or is what is paid
    time_ns: int


@dataclass(frozen=True, slots=True)
class Decision:
    reason: Reason
    failed: tuple[Reason, ...]  # every exclusion that applies, in the fixed order
    base: int  # quote units, after the discount policy; may be below zero
    rate_e8: RateE8
    commission: int  # quote units, at least zero


def _percent(text: str) -> RateE8:
    whole, _, part = text.partition(".")
    return RateE8(int(whole) * 1_000_000 + int(part.ljust(6, "0") or 0))


# Public table in force from 18 August 2022 (UTC).
TIERS_2022 = TierTable(
    effective_ns=1_660_780_800_000_000_000,
    tiers=tuple(
        Tier(level, _percent(affiliated), _percent(unaffiliated))
        for level, affiliated, unaffiliated in (
            (0, "0", "0"),
            (1, "5", "25"),
            (2, "7.5", "30"),
            (3, "10", "35"),
            (4, "12.5", "40"),
        )
    ),
)
