"""Brokers' rates and tiers at the host's desk, each decided by four eyes; what the tree of brokers is. BT-9, BT-15 to
BT-19 and SB-3.
"""

import time
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.broker import agreed, conditions, schedules, sub_brokers, tiers
from commonbook.broker.agreed import API
from commonbook.broker.model import PUBLIC, Conditions, DiscountPolicy
from commonbook.broker.months import month_number
from commonbook.broker.months import told as told_month
from commonbook.broker.reviews import ByHand
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, number, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.broker.tiers import (
    MonthTold,
    RulesTold,
    TierTold,
    VersionTold,
    month_told,
    rules_told,
    tier_told,
    version_told,
)
from commonbook.gateway.desk.broker.tree import SubBrokerTold, place_told, sub_broker_told
from commonbook.gateway.desk.broker.who import code_of, hour_now, payout_asset, program, told_hour
from commonbook.gateway.desk.parties import broker_of, nobody

LIMIT_MOST = 10_000  # sub-brokers of one broker


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rate in per cent, and the cases that it is for; what is left out is for all. The first row of a case holds."""

    tier: int
    rate: str
    affiliated: bool | None = None
    product: str | None = None  # spot, futures, options
    role: str | None = None  # taker, maker
    level_from: int = 0
    level_to: int = 9


class NewRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a schedule. Without a broker the public one; without rows the broker comes under the public one."""

    rows: list[Row]
    broker: str = "0"
    from_hour: int = 0  # hours since 1970; 0: the next


class Difference(msgspec.Struct, frozen=True):
    """What a version would change, in words."""

    from_hour: int
    from_time: str
    changes: list[str]


class NewConditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What keeps a fill from earning its broker anything."""

    excluded_from_level: int  # VIP; 10 excludes nobody
    discount: str = "exclude_fill"  # or cash_part
    from_hour: int = 0  # 0: the next


class ConditionsTold(msgspec.Struct, frozen=True):
    from_hour: int
    from_time: str
    excluded_from_level: int
    discount: str


class NewRung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tier asks for; a kind without a volume does not lead to it."""

    level: int
    spot_volume: str = ""
    spot_traders: int = 0
    contract_volume: str = ""
    contract_traders: int = 0
    active_days: int = 0
    new_clients: int = 0


class NewRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rows: list[NewRung]
    grace_months: int = 1
    protected_months: int = 1
    notice_hours: int = 72
    trader_volume: str = "0"
    alert_days: int = 7


class RulesSeen(msgspec.Struct, frozen=True):
    versions: list[RulesTold]
    public_2022: dict[str, Any]  # the table of 18 August 2022, ready to be proposed


class NewTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    broker: str
    level: int
    until_hour: int  # hours since 1970; the first that it is not for
    why: str
    from_hour: int = 0  # 0: the next


class HandTold(msgspec.Struct, frozen=True):
    broker: str
    level: int
    from_time: str
    until_time: str
    why: str
    approval: int


class NewLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    most: int


class BranchTold(msgspec.Struct, frozen=True):
    broker: str
    code: str
    depth: int
    place: dict[str, Any]
    sub_brokers_most: int
    sub_brokers: list[SubBrokerTold]


class ReviewTold(msgspec.Struct, frozen=True):
    broker: str
    code: str
    review: MonthTold


# -- rates ------------------------------------------------------------------------------------------------------------


@get("/broker-rates", needs=May.LOOK)
async def rates(asked: Asking, broker: FromQuery[str] = "0") -> list[VersionTold]:
    """A schedule's versions, newest first: the public one, or a broker's."""
    whose = number(broker, "broker")
    found = await asked.desk.read(lambda connection: schedules.versions(connection, API, whose))
    return [version_told(one) for one in reversed(found)]


@post("/broker-rates/difference", needs=May.LOOK, status_code=200)
async def difference(asked: Asking, data: JSONBody[NewRates]) -> Difference:
    """What a version would change, in words, before anybody is asked."""
    return (await _proposed(asked.desk, data))[0]


@post("/broker-rates", needs=May.FEES, fresh=True, status_code=200)
async def change_rates(asked: Asking, data: JSONBody[NewRates]) -> ApprovalTold:
    """A new version of a schedule; another user of the host must say yes, to what it changes in words as well."""
    seen, newest = await _proposed(asked.desk, data)
    payload = {
        "broker": data.broker,
        "from_hour": data.from_hour,
        "rows": msgspec.to_builtins(data.rows),
        "changes": seen.changes,
        "behind": newest,
    }
    return told(await acts.ask_for(asked, "broker_rates", payload))


async def _proposed(desk: Desk, data: NewRates) -> tuple[Difference, list[int]]:
    """The difference, and which versions it was told from: a yes to it is no yes to another one."""
    broker, rows = number(data.broker, "broker"), schedules.read_rows(msgspec.to_builtins(data.rows))
    schedules.must_be_agreeable(desk.venue, broker, rows)
    first = hour_now(desk) + 1
    hour = agreed.chosen_hour(first, data.from_hour)

    def find(connection: Any) -> tuple[Difference, list[int]]:
        found = schedules.versions(connection, API)
        lines = schedules.changes(found, broker, hour, rows)
        return Difference(hour, told_hour(hour), lines), schedules.newest_of(found, broker)

    return await desk.read(find)


@acts.register("broker_rates", May.FEES, broker_of())
async def _agree_rates(desk: Desk, approval: Approval) -> dict[str, Any]:
    """The hour is chosen now: what was to begin in one that has begun meanwhile begins with the next."""
    payload = approval.payload
    broker, rows = number(payload["broker"], "broker"), schedules.read_rows(payload["rows"])
    schedules.must_be_agreeable(desk.venue, broker, rows)

    def work(connection: Any) -> dict[str, Any]:
        first = agreed.hold(connection, API, hour_now(desk))
        done = schedules.of_approval(connection, API, approval.id)
        if done is None:
            newest = schedules.newest_of(schedules.versions(connection, API), broker)
            if newest != payload["behind"]:
                raise Declined(
                    "changed_meanwhile", "another version was agreed meanwhile: ask anew, to see what changes"
                )
            hour = max(first, payload["from_hour"])
            version = schedules.agree(connection, API, broker, hour, rows, approval.id, time.time_ns())
            done = (version, hour)
            _tell_of_rates(connection, desk, broker, done, payload["changes"])
        return {"version": done[0], "from_hour": done[1]} if done is not None else {}

    return await desk.write_racing(work)


def _tell_of_rates(connection: Any, desk: Desk, broker: int, made: tuple[int, int], changes: list[str]) -> None:
    """BT-18: whoever is under the schedule."""
    version, hour = made
    tree = sub_brokers.with_roots(program(connection, desk).tree(hour), desk.venue)
    own = {one.broker for one in schedules.versions(connection, API)}
    roots = [one for one in desk.venue.codes if sub_brokers.root_of(tree, one) == one and one not in own]
    details = {"version": version, "from_hour": hour, "changes": changes}
    for whose in roots if broker == PUBLIC else [broker]:
        tiers.tell(connection, API, whose, "rates_changed", str(version), desk.engine_time_ns, details)


# -- conditions -------------------------------------------------------------------------------------------------------


@get("/broker-conditions", needs=May.LOOK)
async def all_conditions(asked: Asking) -> list[ConditionsTold]:
    """What keeps fills from earning, newest first; the last is what the settings say."""
    desk = asked.desk
    made = await desk.read(lambda connection: program(connection, desk))
    before = made.conditions[0].from_hour - 1 if made.conditions else hour_now(desk)
    return [
        ConditionsTold(one.from_hour, told_hour(one.from_hour), one.excluded_from_level, one.discount.value)
        for one in (*reversed(made.conditions), made.conditions_in(before))
    ]


@post("/broker-conditions", needs=May.FEES, fresh=True, status_code=200)
async def change_conditions(asked: Asking, data: JSONBody[NewConditions]) -> ApprovalTold:
    """Other conditions; another user of the host must say yes, to what they change in words as well."""
    desk = asked.desk
    conditions.must_make_sense(data.excluded_from_level, data.discount)
    hour = agreed.chosen_hour(hour_now(desk) + 1, data.from_hour)
    made = await desk.read(lambda connection: program(connection, desk))
    wanted = Conditions(hour, data.excluded_from_level, DiscountPolicy(data.discount))
    lines = conditions.difference(made.conditions_in(hour), wanted)
    payload = msgspec.to_builtins(data) | {"changes": lines, "behind": len(made.conditions)}
    return told(await acts.ask_for(asked, "broker_conditions", payload))


@acts.register("broker_conditions", May.FEES, nobody)
async def _agree_conditions(desk: Desk, approval: Approval) -> dict[str, Any]:
    payload = approval.payload

    def work(connection: Any) -> int:
        hour = max(agreed.hold(connection, API, hour_now(desk)), int(payload["from_hour"]))
        done = conditions.of_approval(connection, approval.id)
        if done is not None:
            return done
        if len(conditions.versions(connection, API)) != payload["behind"]:
            raise Declined("changed_meanwhile", "other conditions were agreed meanwhile: ask anew, to see what changes")
        wanted = Conditions(hour, payload["excluded_from_level"], DiscountPolicy(payload["discount"]))
        conditions.agree(connection, API, wanted, approval.id, time.time_ns())
        return hour

    return {"from_hour": await desk.write_racing(work)}


# -- tiers ------------------------------------------------------------------------------------------------------------


@get("/broker-tiers/rules", needs=May.LOOK)
async def rules(asked: Asking) -> RulesSeen:
    """All versions of the rules of tiers, newest first; without one no month is reviewed."""
    asset = payout_asset(asked.desk)
    found = await asked.desk.read(lambda connection: rules_told(connection, asset))
    return RulesSeen(found, tiers.PUBLIC_2022)


@post("/broker-tiers/rules", needs=May.FEES, fresh=True, status_code=200)
async def change_rules(asked: Asking, data: JSONBody[NewRules]) -> ApprovalTold:
    """New rules of tiers; another user of the host must say yes. They judge months from the next one on."""
    asset, wanted = payout_asset(asked.desk), msgspec.to_builtins(data)
    read = tiers.read_rules(asset, wanted)
    known = await asked.desk.read(lambda connection: tiers.rules_versions(connection, asset, API))
    newest = known[0] if known else None
    lines = tiers.rules_difference(asset, newest, read)
    payload = {"rules": wanted, "changes": lines, "behind": newest.version if newest is not None else 0}
    return told(await acts.ask_for(asked, "broker_tier_rules", payload))


@acts.register("broker_tier_rules", May.FEES, nobody)
async def _agree_rules(desk: Desk, approval: Approval) -> dict[str, Any]:
    asset, payload = payout_asset(desk), approval.payload

    def work(connection: Any) -> int:
        hour = agreed.hold(connection, API, hour_now(desk))
        month = tiers.month_of_approval(connection, API, approval.id)
        if month is not None:
            return month
        known = tiers.rules_versions(connection, asset, API)
        if (known[0].version if known else 0) != payload["behind"]:
            raise Declined("changed_meanwhile", "other rules were agreed meanwhile: ask anew, to see what changes")
        return tiers.agree_rules(connection, asset, API, payload["rules"], approval.id, hour, time.time_ns())

    return {"first_month": told_month(await desk.write_racing(work))}


@get("/broker-tiers", needs=May.LOOK)
async def all_tiers(asked: Asking) -> list[TierTold]:
    """Where every broker stands in the month that goes on."""
    desk, asset = asked.desk, payout_asset(asked.desk)

    def find(connection: Any) -> list[TierTold]:
        found = tiers.all_now(connection, program(connection, desk), desk.venue, hour_now(desk))
        return [tier_told(asset, one, code_of(desk, connection, one), one, now) for one, now in found.items()]

    return await desk.read(find)


@get("/broker-tiers/months/{month:str}", needs=May.LOOK)
async def reviews(asked: Asking, month: FromPath[str]) -> list[ReviewTold]:
    """What the review of a month, given as 2026-03, has decided for each broker."""
    desk, asset = asked.desk, payout_asset(asked.desk)
    try:
        which = month_number(month)
    except ValueError:
        raise BadInput(f"month {month[:32]!r} is none: give it as 2026-03") from None

    def find(connection: Any) -> list[ReviewTold]:
        rows = tiers.reviews_of(connection, API, which)
        return [
            ReviewTold(str(one.broker), code_of(desk, connection, one.broker), month_told(asset, one)) for one in rows
        ]

    return await desk.read(find)


@get("/broker-tiers/by-hand", needs=May.LOOK)
async def hands(asked: Asking) -> list[HandTold]:
    """What the host has set by hand, newest first."""
    rows = await asked.desk.read(lambda connection: tiers.hand_rows(connection, API))
    return [
        HandTold(str(one.broker), one.level, told_hour(one.from_hour), told_hour(one.until_hour), one.why, one.approval)
        for one in rows
    ]


@post("/broker-tiers/by-hand", needs=May.FEES, fresh=True, status_code=200)
async def set_tier(asked: Asking, data: JSONBody[NewTier]) -> ApprovalTold:
    """Set a broker's tier until an hour, whatever its reviews say; another user of the host must say yes."""
    desk, broker = asked.desk, number(data.broker, "broker")
    hour = agreed.chosen_hour(hour_now(desk) + 1, data.from_hour)

    def find(connection: Any) -> int:
        made = program(connection, desk)
        tree = sub_brokers.with_roots(made.tree(hour), desk.venue)
        tiers.must_be_settable(desk.venue, tree, broker, data.level, hour, data.until_hour, data.why)
        return made.tiers.level(broker, hour)

    now = await desk.read(find)
    changes = [f"broker {broker}: tier {data.level} instead of {now}, up to {told_hour(data.until_hour)}"]
    return told(await acts.ask_for(asked, "broker_tier", msgspec.to_builtins(data) | {"changes": changes}))


@acts.register("broker_tier", May.FEES, broker_of())
async def _set_tier(desk: Desk, approval: Approval) -> dict[str, Any]:
    payload = approval.payload
    broker = number(payload["broker"], "broker")

    def work(connection: Any) -> dict[str, Any]:
        hour = max(agreed.hold(connection, API, hour_now(desk)), int(payload["from_hour"]))
        hand = tiers.hand_of_approval(connection, approval.id)
        if hand is None:
            tree = sub_brokers.with_roots(program(connection, desk).tree(hour), desk.venue)
            level, until, why = payload["level"], payload["until_hour"], payload["why"]
            tiers.must_be_settable(desk.venue, tree, broker, level, hour, until, why)
            hand = ByHand(broker, hour, until, level)
            tiers.set_by_hand(connection, API, hand, why, approval.id, desk.engine_time_ns)
        return {"from_hour": hand.from_hour, "until_hour": hand.until_hour}

    return await desk.write_racing(work)


# -- the tree ---------------------------------------------------------------------------------------------------------


@get("/broker-tree/{broker:str}", needs=May.LOOK)
async def branch(asked: Asking, broker: FromPath[str]) -> BranchTold:
    """A broker's place with those that it has brought in; what begins with the next hour included."""
    desk, whose = asked.desk, number(broker, "broker")

    def find(connection: Any) -> BranchTold:
        tree = sub_brokers.with_roots(program(connection, desk).tree(hour_now(desk) + 1), desk.venue)
        node = tree.nodes.get(whose)
        if node is None:
            raise Declined("no_such_broker", f"there is no broker {whose}")
        return BranchTold(
            broker=str(whose),
            code=code_of(desk, connection, whose),
            depth=tree.depth(whose),
            place=msgspec.to_builtins(place_told(node)) | {"parent": str(node.parent or "")},
            sub_brokers_most=sub_brokers.limit_of(connection, API, whose, desk.settings.broker.sub_brokers),
            sub_brokers=[sub_broker_told(connection, one) for one in sub_brokers.children_of(connection, API, whose)],
        )

    return await desk.read(find)


@post("/broker-tree/{broker:str}/limit", needs=May.FEES, fresh=True, status_code=200)
async def change_limit(asked: Asking, broker: FromPath[str], data: JSONBody[NewLimit]) -> ApprovalTold:
    """How many sub-brokers a broker may have at a time; another user of the host must say yes."""
    whose = number(broker, "broker")
    if whose not in asked.desk.venue.codes:
        raise Declined("no_such_broker", f"there is no broker {whose}")
    if not 0 <= data.most <= LIMIT_MOST:
        raise BadInput(f"most {data.most} is not 0 to {LIMIT_MOST}")
    return told(await acts.ask_for(asked, "sub_broker_limit", {"broker": broker, "most": data.most}))


@acts.register("sub_broker_limit", May.FEES, broker_of())
async def _set_limit(desk: Desk, approval: Approval) -> dict[str, Any]:
    broker, most = number(approval.payload["broker"], "broker"), int(approval.payload["most"])
    await desk.write(lambda connection: sub_brokers.set_limit(connection, API, broker, most, approval.id))
    return {"broker": str(broker), "most": most}


ROUTES = [
    *(
        rates,
        difference,
        change_rates,
        all_conditions,
        change_conditions,
        rules,
        change_rules,
        all_tiers,
        reviews,
        hands,
        set_tier,
    ),
    *(branch, change_limit),
]
