"""What one fill side earns its broker. Pure: facts in, decision out. Rules B-1 to B-9 of docs/rules/broker.md."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from commonbook.broker.consenting import capped
from commonbook.broker.model import Decision, DiscountPolicy, Facts, NegativeNetFee, Program, Reason
from commonbook.clearing.rules import fee_base
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel
from commonbook.units import HOUR_NS, RATE_ONE, Minor, RateE8, floor_share

_UNATTRIBUTED = {
    Attribution.NO_TAG: Reason.NO_TAG,
    Attribution.UNKNOWN_CODE: Reason.UNKNOWN_CODE,
    Attribution.NOT_ASSOCIATED: Reason.NOT_ASSOCIATED,
    Attribution.CODE_INACTIVE: Reason.CODE_INACTIVE,
}


def attribution(venue: Venue, associated: frozenset[int], tag: str, owner: int = 0) -> tuple[int, Attribution]:
    """B-2: a tag earns only when it is an active code that the order's credential has been associated with.

    Args:
        associated: the brokers of the credential.
        owner: whose every order through the credential is, whatever its tag says: of a token the broker that it was
            granted to (O-12), in a non-disclosed sub-account the broker that keeps it (BK-5); 0 for any other.

    Returns:
        The effective broker, 0 for none, and why.
    """
    if owner:
        own = venue.codes.get(owner)
        is_active = own is not None and own.active
        return (owner, Attribution.BROKER) if is_active else (0, Attribution.CODE_INACTIVE)
    if not tag:
        return 0, Attribution.NO_TAG
    code = venue.broker_coded(tag)
    if code is None:
        return 0, Attribution.UNKNOWN_CODE
    if code.id not in associated:
        return 0, Attribution.NOT_ASSOCIATED
    if not code.active:
        return 0, Attribution.CODE_INACTIVE
    return code.id, Attribution.BROKER


def decide(facts: Facts, program: Program, quote_scale: int) -> Decision:
    """Base, exclusions in their fixed order (B-4), rate and commission of one side of a fill."""
    taker_base, maker_base = fee_base(facts.taker_fee, facts.maker_fee)
    base = taker_base if facts.role == "taker" else maker_base
    if program.conditions_in(facts.time_ns // HOUR_NS).discount is DiscountPolicy.CASH_PART:
        base -= facts.discount
    failed = tuple(exclusions(facts, program, base))
    rate = rate_of(facts, program) if facts.broker else RateE8(0)
    if failed:
        return Decision(failed[0], failed, base, rate, 0)
    earned = commission(base, rate, quote_scale, program.commission_decimals)
    # What other claims have left is the most (CUT_BY_CAP), and then what the client has agreed to.
    left = min(earned, max(base - facts.claimed, 0))
    own_fee = facts.taker_fee if facts.role == "taker" else facts.maker_fee
    kept = capped(left, own_fee, facts.cap_e8, quote_scale, program.commission_decimals)
    return Decision(Reason.CUT_BY_CONSENT if kept < left else Reason.EARNED, (), base, rate, kept)


def exclusions(facts: Facts, program: Program, base: int) -> Iterable[Reason]:
    """Every exclusion that applies; the first is the reason told (B-4)."""
    conditions = program.conditions_in(facts.time_ns // HOUR_NS)
    if facts.attribution in _UNATTRIBUTED:
        yield _UNATTRIBUTED[facts.attribution]
    if facts.withheld is not None:
        yield Reason(facts.withheld.value)
    if facts.channel is not Channel.API:
        yield Reason.NON_API
    if facts.level >= conditions.excluded_from_level:
        yield Reason.VIP_TOO_HIGH
    if facts.discount and conditions.discount is DiscountPolicy.EXCLUDE_FILL:
        yield Reason.FEE_DISCOUNT
    if facts.subsidised:
        yield Reason.SUBSIDISED
    if base <= 0:
        yield Reason.NO_NET_FEE
    if not facts.priced:
        yield Reason.NO_INDEX_PRICE


def commission(base: int, rate: RateE8, scale: int, decimals: int) -> Minor:
    """B-3: the base x the rate, rounded down at `decimals` decimals of the asset; nothing for a base below zero.

    Args:
        base: ledger units of an asset with `scale` decimals.
    """
    exact = floor_share(max(base, 0), rate)
    grain = 10 ** max(0, scale - decimals)
    return Minor(exact // grain * grain)


def rate_of(facts: Facts, program: Program) -> RateE8:
    """B-5: that of the root's tier for such a fill, in the table in force at the time; 0 before there was one."""
    terms = program.terms(facts.broker, facts.time_ns // HOUR_NS)
    for begins_ns, ends_ns, table in terms.tables:
        if begins_ns <= facts.time_ns < ends_ns:
            return table.rate(terms.tier, facts.product, facts.role, facts.level, facts.affiliated)
    return RateE8(0)


def converted(amount: int, price_e8: int, scale_from: int, scale_to: int) -> Minor:
    """B-6: an amount in another asset at an index price (whole units for one whole unit), rounded down."""
    return Minor(amount * price_e8 * 10**scale_to // (RATE_ONE * 10**scale_from))


def window_commission(
    lines: Sequence[tuple[int, RateE8]], negative: NegativeNetFee, scale: int, decimals: int
) -> Minor:
    """B-7: what a window of fills earns under either reading of a negative net fee.

    Args:
        lines: (base, rate) of each fill side that no exclusion but a negative base keeps from earning.
    """
    if negative is NegativeNetFee.PER_FILL_FLOOR:
        return Minor(sum(commission(base, rate, scale, decimals) for base, rate in lines))
    buckets: dict[RateE8, int] = defaultdict(int)
    for base, rate in lines:
        buckets[rate] += base
    return Minor(sum(commission(base, rate, scale, decimals) for rate, base in buckets.items()))
