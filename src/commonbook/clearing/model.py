"""What is claimed out of a fee, and the terms by which the rest is divided."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from commonbook.instrument.fills import Fill, Role
from commonbook.units import HOUR_NS, RateE8, floor_share

DAY_NS = 24 * HOUR_NS
ANY_BRAND = 0  # stands for every brand without terms of its own

AFFILIATE, TOKEN_HOLDERS = "affiliate", "token_holders"
BROKER_COMMISSION, CLIENT_REBATE = "broker_commission", "client_rebate"


class Source(StrEnum):
    """Where a brand's income comes from."""

    TRADING = "trading"
    WITHDRAWAL = "withdrawal"
    LISTING = "listing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody is owed out of one side's fee, by a program above clearing."""

    kind: str  # AFFILIATE, BROKER_COMMISSION or CLIENT_REBATE
    beneficiary: int  # affiliate, broker, or the account of the client
    role: Role
    amount: int  # quote units, at least zero; taken from that side's base
    paid_asset: int
    paid_amount: int  # units of paid_asset; equal to amount when that is the quote asset


Claims = Sequence[Claim]


@dataclass(frozen=True, slots=True)
class CostShare:
    """The host's part of what the claims leave of a brand's income from a source, from a time on."""

    brand: int
    source: Source
    effective_ns: int
    rate_e8: RateE8


@dataclass(frozen=True, slots=True)
class ClaimSchedule:
    """A claim that is agreed by data. Unbound, nobody is there to be paid, and nothing is claimed."""

    brand: int
    kind: str
    account: int  # AFFILIATE: whose fees are claimed of; else 0
    effective_ns: int
    beneficiary: int  # AFFILIATE: who is paid
    rate_e8: RateE8  # AFFILIATE: of the base; TOKEN_HOLDERS: of the brand's revenue
    bound: bool


# 80 % of a brand's revenue are for those who hold its token, once there is one (seed of the partnership, question 9).
HOLDERS_2018 = ClaimSchedule(ANY_BRAND, TOKEN_HOLDERS, 0, 0, 0, RateE8(80_000_000), False)


@dataclass(frozen=True)
class Terms:
    """Everything a fee is divided by, each with the time from which it is in force. The newest row in force counts."""

    default_share: RateE8  # of trading, for a brand that nothing was agreed with; of other sources it is nothing
    shares: tuple[CostShare, ...] = ()
    schedules: tuple[ClaimSchedule, ...] = (HOLDERS_2018,)
    _shares: dict[tuple[int, Source], list[CostShare]] = field(init=False, repr=False, compare=False)
    _schedules: dict[tuple[int, str, int], list[ClaimSchedule]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shares: dict[tuple[int, Source], list[CostShare]] = defaultdict(list)
        schedules: dict[tuple[int, str, int], list[ClaimSchedule]] = defaultdict(list)
        for share in sorted(self.shares, key=lambda one: -one.effective_ns):
            shares[share.brand, share.source].append(share)
        for schedule in sorted(self.schedules, key=lambda one: -one.effective_ns):
            schedules[schedule.brand, schedule.kind, schedule.account].append(schedule)
        object.__setattr__(self, "_shares", dict(shares))
        object.__setattr__(self, "_schedules", dict(schedules))

    def cost_share(self, brand: int, source: Source, time_ns: int) -> RateE8:
        for share in self._shares.get((brand, source), ()):
            if share.effective_ns <= time_ns:
                return share.rate_e8
        return self.default_share if source is Source.TRADING else RateE8(0)

    def holders_share(self, brand: int, time_ns: int) -> RateE8:
        found = self._in_force(brand, TOKEN_HOLDERS, 0, time_ns) or self._in_force(ANY_BRAND, TOKEN_HOLDERS, 0, time_ns)
        return found.rate_e8 if found is not None and found.bound else RateE8(0)

    @property
    def affiliates(self) -> bool:
        """Whether anybody has agreed on a claim of an affiliate."""
        return any(kind == AFFILIATE for _, kind, _ in self._schedules)

    def affiliate(self, brand: int, account: int, time_ns: int) -> ClaimSchedule | None:
        found = self._in_force(brand, AFFILIATE, account, time_ns)
        return found if found is not None and found.bound else None

    def _in_force(self, brand: int, kind: str, account: int, time_ns: int) -> ClaimSchedule | None:
        rows = self._schedules.get((brand, kind, account), ())
        return next((one for one in rows if one.effective_ns <= time_ns), None)

    def affiliate_claims(self, fill: Fill, bases: dict[Role, int]) -> list[Claim]:
        """What affiliates have a claim on: their rate of the side's base, rounded down."""
        quote, claims = fill.instrument.quote.id, []
        for side in fill.sides:
            found = self.affiliate(side.brand, side.account, fill.time_ns)
            if found is not None:
                amount = floor_share(max(bases[side.role], 0), found.rate_e8)
                claims.append(Claim(AFFILIATE, found.beneficiary, side.role, amount, quote, amount))
        return claims
