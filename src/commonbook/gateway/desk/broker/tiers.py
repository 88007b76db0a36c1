"""A broker's tier: the rules, where it stands now, what months were reviewed, its rates. Rules BT-1 to BT-18."""

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from commonbook.broker import schedules, sub_brokers, tiers
from commonbook.broker.agreed import API
from commonbook.broker.model import PUBLIC
from commonbook.broker.months import first_hour, month_of_hour
from commonbook.broker.months import told as told_month
from commonbook.broker.reviews import Asked as AskedOf
from commonbook.broker.reviews import Facts, Missing
from commonbook.broker.schedules import Version
from commonbook.broker.tiers import Now
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.broker.who import broker_of, hour_now, payout_asset, program, told_hour
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.model import Asset


class FactsTold(msgspec.Struct, frozen=True):
    """Volumes are in the payout asset."""

    spot_volume: str
    spot_traders: int
    contract_volume: str
    contract_traders: int
    active_days: int
    new_clients: int


class WayTold(msgspec.Struct, frozen=True):
    volume: str
    traders: int


class MissingTold(msgspec.Struct, frozen=True):
    """What is lacking for a tier: one of `spot` and `contract`, and both of the rest."""

    level: int
    spot: WayTold | None
    contract: WayTold | None
    active_days: int
    new_clients: int


class ComingTold(msgspec.Struct, frozen=True):
    level: int
    from_hour: int
    from_time: str


class TierTold(msgspec.Struct, frozen=True):
    broker: str
    code: str
    root: str
    level: int  # in force
    reviewed_level: int  # what the reviews have left, also while another is set by hand
    by_hand_until: str | None
    coming: list[ComingTold]
    misses: int  # months below the tier, in a row
    month: str
    decided_at: str  # when what this month decides takes effect; empty: it is not reviewed
    facts: FactsTold  # of the counted days
    earned: int | None  # what the facts are worth; None: the month is not reviewed
    outcome: str | None  # what would be decided if the month ended now
    outcome_level: int | None
    at_risk: bool
    to_keep: MissingTold | None
    to_rise: MissingTold | None


class MonthTold(msgspec.Struct, frozen=True):
    month: str
    facts: FactsTold
    rules: int  # version; 0: there were none
    before: int
    earned: int
    outcome: str
    level: int
    misses: int
    from_hour: int
    from_time: str


class VersionTold(msgspec.Struct, frozen=True):
    """A version of a schedule; without rows the public one holds."""

    version: int
    from_hour: int
    from_time: str
    rows: list[dict[str, Any]]


class RulesTold(msgspec.Struct, frozen=True):
    version: int
    first_month: str
    rules: dict[str, Any]


class TableTold(msgspec.Struct, frozen=True):
    """What everybody may know of the program."""

    rates: list[VersionTold]
    tiers: list[RulesTold]


class RatesTold(msgspec.Struct, frozen=True):
    broker: str
    negotiated: bool
    versions: list[VersionTold]


class NoticeTold(msgspec.Struct, frozen=True):
    notice: int
    kind: str
    subject: str
    time_ns: str
    details: dict[str, Any]


def facts_told(asset: Asset, facts: Facts) -> FactsTold:
    return FactsTold(
        spot_volume=asset.format(facts.spot_volume),
        spot_traders=facts.spot_traders,
        contract_volume=asset.format(facts.contract_volume),
        contract_traders=facts.contract_traders,
        active_days=facts.active_days,
        new_clients=facts.new_clients,
    )


def _missing_told(asset: Asset, one: Missing | None) -> MissingTold | None:
    if one is None:
        return None
    ways = [_way_told(asset, way) for way in (one.spot, one.contract)]
    return MissingTold(one.level, ways[0], ways[1], one.active_days, one.new_clients)


def _way_told(asset: Asset, way: AskedOf | None) -> WayTold | None:
    return None if way is None else WayTold(asset.format(way.volume), way.traders)


def tier_told(asset: Asset, broker: int, code: str, root: int, now: Now) -> TierTold:
    seen, ends = now.preview, first_hour(now.month + 1)
    return TierTold(
        broker=str(broker),
        code=code,
        root=str(root),
        level=now.level,
        reviewed_level=now.standing.level,
        by_hand_until=None if now.by_hand_until is None else told_hour(now.by_hand_until),
        coming=[ComingTold(level, hour, told_hour(hour)) for hour, level in now.coming],
        misses=now.standing.misses,
        month=told_month(now.month),
        decided_at="" if now.rules is None else told_hour(ends + now.rules.notice_hours),
        facts=facts_told(asset, now.facts),
        earned=None if seen is None else seen.outcome.earned,
        outcome=None if seen is None else seen.outcome.word.value,
        outcome_level=None if seen is None else seen.outcome.after.level,
        at_risk=seen is not None and seen.at_risk,
        to_keep=None if seen is None else _missing_told(asset, seen.to_keep),
        to_rise=None if seen is None else _missing_told(asset, seen.to_rise),
    )


def version_told(one: Version) -> VersionTold:
    return VersionTold(one.number, one.from_hour, told_hour(one.from_hour), schedules.told_rows(one.rows))


def month_told(asset: Asset, row: Any) -> MonthTold:
    names = ("spot_volume", "spot_traders", "contract_volume", "contract_traders", "active_days", "new_clients")
    return MonthTold(
        month=told_month(row.month),
        facts=facts_told(asset, Facts(*(getattr(row, name) for name in names))),
        rules=row.version,
        before=row.before,
        earned=row.earned,
        outcome=row.outcome,
        level=row.level,
        misses=row.misses,
        from_hour=row.from_hour,
        from_time=told_hour(row.from_hour),
    )


def rules_told(connection: Any, asset: Asset) -> list[RulesTold]:
    """Newest first."""
    return [
        RulesTold(one.version, told_month(one.first_month), tiers.told_rules(asset, one))
        for one in tiers.rules_versions(connection, asset, API)
    ]


@get("/tiers", needs=Needs.NOBODY)
async def table(asked: Asking) -> TableTold:
    """The public schedule and the rules of tiers: those in force, those to come, and all there have been."""
    asset = payout_asset(asked.desk)

    def find(connection: Any) -> TableTold:
        rates = [version_told(one) for one in reversed(schedules.versions(connection, API, PUBLIC))]
        return TableTold(rates, rules_told(connection, asset))

    return await asked.desk.read(find)


@get("/tier", needs=Needs.USER)
async def tier(asked: Asking) -> TierTold:
    """Where this broker stands: the tier, what the month has brought, what is missing, what would be decided now. A
    sub-broker sees its root's tier and nothing else of it."""
    desk = asked.desk
    asset = payout_asset(desk)

    def find(connection: Any) -> TierTold:
        broker = broker_of(connection, asked)
        made = program(connection, desk)
        hour = hour_now(desk)
        tree = sub_brokers.with_roots(made.tree(hour + 1), desk.venue)
        root = sub_brokers.root_of(tree, broker)
        code = desk.venue.codes[broker].code if broker in desk.venue.codes else ""
        if root == broker:
            return tier_told(asset, broker, code, root, tiers.now_of(connection, made, desk.venue, broker, hour))
        level = made.tiers.level(root, hour)
        nothing = facts_told(asset, Facts())
        month = told_month(month_of_hour(hour))
        return TierTold(
            *(str(broker), code, str(root), level, level, None, [], 0, month, "", nothing),
            *(None, None, None, False, None, None),
        )

    return await desk.read(find)


@get("/tier/months", needs=Needs.USER)
async def months(asked: Asking) -> list[MonthTold]:
    """This broker's reviewed months, newest first; those whose decision is not in force yet as well."""
    asset = payout_asset(asked.desk)

    def find(connection: Any) -> list[MonthTold]:
        broker = broker_of(connection, asked)
        return [month_told(asset, row) for row in tiers.history(connection, API, broker)]

    return await asked.desk.read(find)


@get("/rates", needs=Needs.USER)
async def rates(asked: Asking) -> RatesTold:
    """The schedule that this broker is under, with all its versions, newest first."""

    def find(connection: Any) -> RatesTold:
        broker = broker_of(connection, asked)
        own = schedules.versions(connection, API, broker)
        found = own or schedules.versions(connection, API, PUBLIC)
        return RatesTold(str(broker), bool(own), [version_told(one) for one in reversed(found)])

    return await asked.desk.read(find)


@get("/notices", needs=Needs.USER)
async def notices(asked: Asking, before: FromQuery[int] = 2**62) -> list[NoticeTold]:
    """What this broker is told of its tier, and warned of, newest first; 100 a page, `before` a notice."""

    def find(connection: Any) -> list[NoticeTold]:
        rows = tiers.notices(connection, API, broker_of(connection, asked), before)
        return [
            NoticeTold(row.notice, row.kind, row.subject, str(row.time_ns), msgspec.json.decode(row.details))
            for row in rows
        ]

    return await asked.desk.read(find)


ROUTES = [table, tier, months, rates, notices]
