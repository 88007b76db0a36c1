"""Which tier a broker is at: the rules of a month's review. Pure. Rules BT-1 to BT-8 of docs/rules/broker-tiers.md.

A rung says what a tier asks of a calendar month: of spot and of contracts a volume and active traders, which must both
hold, and of both together days of activity and new clients. What a broker has earned is the highest rung that spot or
contracts reach. What a broker is at follows with grace: a month below its tier is forgiven before one counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Facts:
    """What a broker and those below it have done in a month; volumes in units of the payout asset."""

    spot_volume: int = 0
    spot_traders: int = 0
    contract_volume: int = 0
    contract_traders: int = 0
    active_days: int = 0
    new_clients: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one kind of product: both must hold."""

    volume: int  # payout asset
    traders: int


@dataclass(frozen=True, slots=True)
class Rung:
    level: int
    spot: Asked | None  # None: not to be reached by it
    contract: Asked | None
    active_days: int = 0
    new_clients: int = 0

    def holds(self, facts: Facts) -> bool:
        """BT-1 and BT-3."""
        if facts.active_days < self.active_days or facts.new_clients < self.new_clients:
            return False
        spot = self.spot is not None and _both(self.spot, facts.spot_volume, facts.spot_traders)
        contract = self.contract is not None and _both(self.contract, facts.contract_volume, facts.contract_traders)
        return spot or contract


def _both(asked: Asked, volume: int, traders: int) -> bool:
    return volume >= asked.volume and traders >= asked.traders


@dataclass(frozen=True, slots=True)
class Rules:
    """A version of the program's rules."""

    version: int
    first_month: int
    rungs: tuple[Rung, ...]  # by level, ascending from 1
    grace_months: int  # below the tier, in a row, that are forgiven
    protected_months: int  # a broker's first ones, that are forgiven whatever they are
    notice_hours: int  # from the month's end until what it has decided holds
    trader_volume: int = 0  # payout asset, of a kind: whoever trades less of it in the month is no active trader
    alert_days: int = 7  # before the month's end a broker is told that its tier is at risk

    def earned(self, facts: Facts) -> int:
        """BT-2: the higher of spot's and contracts' tier; 0 asks for nothing."""
        return next((one.level for one in reversed(self.rungs) if one.holds(facts)), 0)

    def rung(self, level: int) -> Rung | None:
        """What a level asks for; None for 0, and for a level that no rung is for."""
        return next((one for one in self.rungs if one.level == level), None)

    def above(self, level: int) -> Rung | None:
        return next((one for one in self.rungs if one.level > level), None)


class Word(StrEnum):
    """What a review has decided."""

    PROMOTED = "promoted"
    KEPT = "kept"
    PROTECTED = "protected"  # below the tier, and among the first months
    GRACE = "grace"  # below the tier, and forgiven
    DEMOTED = "demoted"
    NONE = "none"  # there are no rules for the month


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reviews up to now have left."""

    level: int
    misses: int = 0  # months below the tier, in a row
    reviews: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    word: Word
    earned: int
    after: Standing


def review(rules: Rules, before: Standing, facts: Facts) -> Outcome:
    """BT-4 to BT-6: the tier after a month.

    Whoever earns more is promoted to it at once, however far. Whoever earns less keeps the tier in the first months
    and for as many misses in a row as are forgiven; then the tier is the one that the last month has earned.
    """
    earned, reviews = rules.earned(facts), before.reviews + 1
    if earned >= before.level:
        word = Word.PROMOTED if earned > before.level else Word.KEPT
        return Outcome(word, earned, Standing(earned, 0, reviews))
    if reviews <= rules.protected_months:
        return Outcome(Word.PROTECTED, earned, Standing(before.level, 0, reviews))
    misses = before.misses + 1
    if misses <= rules.grace_months:
        return Outcome(Word.GRACE, earned, Standing(before.level, misses, reviews))
    return Outcome(Word.DEMOTED, earned, Standing(earned, 0, reviews))


@dataclass(frozen=True, slots=True)
class Missing:
    """What a month still lacks for a rung: one of spot and contracts, and both of the rest."""

    level: int
    spot: Asked | None
    contract: Asked | None
    active_days: int
    new_clients: int


def missing(rung: Rung, facts: Facts) -> Missing:
    return Missing(
        level=rung.level,
        spot=_lacks(rung.spot, facts.spot_volume, facts.spot_traders),
        contract=_lacks(rung.contract, facts.contract_volume, facts.contract_traders),
        active_days=max(rung.active_days - facts.active_days, 0),
        new_clients=max(rung.new_clients - facts.new_clients, 0),
    )


def _lacks(asked: Asked | None, volume: int, traders: int) -> Asked | None:
    return None if asked is None else Asked(max(asked.volume - volume, 0), max(asked.traders - traders, 0))


@dataclass(frozen=True, slots=True)
class Preview:
    """Where a broker stands in a month that goes on: what would be decided if it ended now."""

    outcome: Outcome
    at_risk: bool  # what the tier asks for is not there yet
    to_keep: Missing | None  # None: nothing is missing
    to_rise: Missing | None  # None: there is nothing above


def preview(rules: Rules, standing: Standing, facts: Facts) -> Preview:
    """BT-8."""
    outcome = review(rules, standing, facts)
    at_risk = outcome.earned < standing.level
    own, above = rules.rung(standing.level), rules.above(max(standing.level, outcome.earned))
    to_keep = missing(own, facts) if at_risk and own is not None else None
    return Preview(outcome, at_risk, to_keep, missing(above, facts) if above is not None else None)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A level that a review has given, from an hour on."""

    broker: int
    from_hour: int
    level: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """A level that the host has set, from an hour until before another (BT-9)."""

    broker: int
    from_hour: int
    until_hour: int
    level: int

    def covers(self, hour: int) -> bool:
        return self.from_hour <= hour < self.until_hour


def changes(
    reviewed: Iterable[Reviewed],
    by_hand: Sequence[ByHand],
    default: int,
    defaults: Sequence[tuple[int, int]] = (),
) -> tuple[tuple[int, int, int], ...]:
    """Each change of a level: (hour, broker, level), in order. What is set by hand goes before reviews while it holds.

    Args:
        by_hand: in the order in which it was decided; of two for an hour the later one holds.
        default: of a broker without a review.
        defaults: another such level from an hour on, in order.
    """
    of_broker: dict[int, tuple[list[Reviewed], list[ByHand]]] = {}
    for one in sorted(reviewed, key=lambda one: one.from_hour):
        of_broker.setdefault(one.broker, ([], []))[0].append(one)
    for hand in by_hand:
        of_broker.setdefault(hand.broker, ([], []))[1].append(hand)
    found = []
    for broker, (mine, hands) in of_broker.items():
        hours = {one.from_hour for one in mine}
        hours |= {hour for hand in hands for hour in (hand.from_hour, hand.until_hour)}
        hours |= {hour for hour, _ in defaults if hour > min(hours)}
        newest = None
        for hour in sorted(hours):
            without = next((level for begun, level in reversed(defaults) if begun <= hour), default)
            level = _level_at(mine, hands, hour, without)
            if level != newest:
                found.append((hour, broker, level))
            newest = level
    return tuple(sorted(found))


def _level_at(reviewed: Sequence[Reviewed], by_hand: Sequence[ByHand], hour: int, default: int) -> int:
    hand = next((one for one in reversed(by_hand) if one.covers(hour)), None)
    if hand is not None:
        return hand.level
    return next((one.level for one in reversed(reviewed) if one.from_hour <= hour), default)
