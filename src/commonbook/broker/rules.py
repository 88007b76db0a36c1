"""What one fill side earns its broker. Pure: facts in, decision out. Rules B-1 to B-9 of docs/rules/broker.md."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from commonbook.broker.model import Decision, DiscountPolicy, Facts, NegativeNetFee, Program, Reason
from commonbook.clearing.rules import fee_base
from commonbook.errors import BrokenInvariant
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel
from commonbook.units import RATE_ONE, Minor, RateE8, floor_share

_UNATTRIBUTED = {
    Attribution.NO_TAG: Reason.NO_TAG,
    Attribution.UNKNOWN_CODE: Reason.UNKNOWN_CODE,
    Attribution.NOT_ASSOCIATED: Reason.NOT_ASSOCIATED,
    Attribution.CODE_INACTIVE: Reason.CODE_INACTIVE,
}


def attribution(venue: Venue, associated: frozenset[int], tag: str) -> tuple[int, Attribution]:
    """B-2: a tag earns only when it is an active code that the order's credential has been associated with.

    Args:
        associated: the brokers of the credential.

    Returns:
        The effective broker, 0 for none, and why.
    """
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
    if program.discount is DiscountPolicy.CASH_PART:
        base -= facts.discount
    failed = tuple(exclusions(facts, program, base))
    rate = tier_rate(program, facts.broker, facts.time_ns, facts.affiliated) if facts.broker else RateE8(0)
    if failed:
        return Decision(failed[0], failed, base, rate, 0)
    return Decision(Reason.EARNED, (), base, rate, commission(base, rate, quote_scale, program.commission_decimals))


def exclusions(facts: Facts, program: Program, base: int) -> Iterable[Reason]:
    """Every exclusion that applies; the first is the reason told (B-4)."""
    if facts.attribution in _UNATTRIBUTED:
        yield _UNATTRIBUTED[facts.attribution]
    if facts.channel is not Channel.API:
        yield Reason.NON_API
    if facts.level >= program.excluded_from_level:
        yield Reason.VIP_TOO_HIGH
    if facts.discount and program.discount is DiscountPolicy.EXCLUDE_FILL:
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


def tier_rate(program: Program, broker: int, time_ns: int, affiliated: bool) -> RateE8:
    """B-5: the rate of the broker's level in the table in force at a time."""
    in_force = [table for table in program.tables if table.effective_ns <= time_ns]
    if not in_force:
        return RateE8(0)
    table = max(in_force, key=lambda one: one.effective_ns)
    level = program.broker_levels.get(broker, program.default_level)
    for tier in table.tiers:
        if tier.level == level:
            return tier.affiliated_e8 if affiliated else tier.unaffiliated_e8
    raise BrokenInvariant(f"program {program.name} has no tier for level {level}")


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


def split_pool(base: int, pool_rate: RateE8, parts: Sequence[RateE8]) -> tuple[Minor, list[Minor], Minor]:
    """B-8: a broker's pool divided among those it brought in; the broker keeps the exact remainder.

    Args:
        base: the commission base, at least zero.
        pool_rate: the broker's rate.
        parts: points of the base promised to each (co-broker, user); together at most the pool.

    Returns:
        (pool, each part, the broker's remainder).
    """
    if sum(parts) > pool_rate:
        raise BrokenInvariant(f"parts {list(parts)} exceed the pool of {pool_rate}")
    pool = floor_share(base, pool_rate)
    given = [floor_share(base, part) for part in parts]
    return pool, given, Minor(pool - sum(given))
