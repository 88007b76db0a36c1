"""Brokers' tiers as they are kept: rules by version, the review of each month, what was set by hand, notices.

A month is closed in the transaction that takes in the first command of the second day behind it: the same moment of the
stream for whoever takes it in, live or from the journal, and later than all of the month's fills. What it decides holds
from the notice on, which is longer. Rules BT-4 to BT-14 of docs/rules/broker-tiers.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from commonbook.broker import counting, sub_brokers
from commonbook.broker.fixed import Fixed
from commonbook.broker.model import Program
from commonbook.broker.months import first_day, first_hour, month_of_day, told
from commonbook.broker.noticing import in_turn
from commonbook.broker.rates import TIERS, Tiers
from commonbook.broker.reviews import (
    Asked,
    ByHand,
    Facts,
    Outcome,
    Preview,
    Reviewed,
    Rules,
    Rung,
    Standing,
    Word,
    changes,
    preview,
    review,
)
from commonbook.broker.tree import Tree
from commonbook.broker.versions import hash_of, read, text_of
from commonbook.errors import BadInput, Declined
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.storage.database import execute_many
from commonbook.storage.tables.program import (
    broker_clients,
    broker_days,
    broker_firsts,
    broker_notices,
    tier_months,
    tier_rules,
    tiers_by_hand,
)
from commonbook.units import HOUR_NS

CLOSED_AFTER_HOURS = 24  # behind a month's end: a day, in which its last day is counted at leisure
MONTHS_MOST = 24  # of grace and protection
NOTICE_MOST = 27 * 24  # hours: what a month decides holds before the next one ends
AT_RISK = "tier_at_risk"
WHY_CHARACTERS = 500

PUBLIC_2022: dict[str, Any] = {  # the table in force from 18 August 2022; days, grace and notice are ours
    "grace_months": 1,
    "protected_months": 1,
    "notice_hours": 72,
    "trader_volume": "0",
    "alert_days": 7,
    "rows": [
        {
            "level": level,
            "spot_volume": spot,
            "spot_traders": spot_traders,
            "contract_volume": contract,
            "contract_traders": contract_traders,
            "active_days": days,
            "new_clients": 0,
        }
        for level, spot, spot_traders, contract, contract_traders, days in (
            (1, "10000", 5, "100000", 5, 0),
            (2, "1000000", 10, "5000000", 10, 0),
            (3, "10000000", 20, "50000000", 20, 10),
            (4, "50000000", 50, "200000000", 100, 15),
        )
    ],
}


# -- the rules --------------------------------------------------------------------------------------------------------


def read_rules(asset: Asset, rules: Mapping[str, Any], version: int = 0, first_month: int = 0) -> Rules:
    """Rules as the host wrote them.

    Args:
        asset: that is paid out, in which volumes are told.

    Raises:
        BadInput: an amount that is none, or finer than the asset.
        Declined: `bad_rules` with what is wrong.
    """
    rungs: list[Rung] = []
    for row in rules["rows"]:
        rung = _rung(asset, row)
        if not 0 < rung.level < TIERS or (rungs and rung.level <= rungs[-1].level):
            raise Declined("bad_rules", f"tier {rung.level}: tiers ascend from 1 to {TIERS - 1}")
        rungs.append(rung)
    _must_rise(rungs)
    found = Rules(
        version=version,
        first_month=first_month,
        rungs=tuple(rungs),
        grace_months=int(rules["grace_months"]),
        protected_months=int(rules["protected_months"]),
        notice_hours=int(rules["notice_hours"]),
        trader_volume=_volume(asset, rules.get("trader_volume") or "0", "trader_volume"),
        alert_days=int(rules["alert_days"]),
    )
    for name in ("grace_months", "protected_months"):
        if not 0 <= getattr(found, name) <= MONTHS_MOST:
            raise Declined("bad_rules", f"{name} of {getattr(found, name)} is not 0 to {MONTHS_MOST}")
    if not CLOSED_AFTER_HOURS < found.notice_hours <= NOTICE_MOST:
        least = CLOSED_AFTER_HOURS + 1
        raise Declined("bad_rules", f"notice_hours of {found.notice_hours} is not {least} to {NOTICE_MOST}")
    if not 0 <= found.alert_days <= 31:
        raise Declined("bad_rules", f"alert_days of {found.alert_days} is not 0 to 31")
    return found


def _rung(asset: Asset, row: Mapping[str, Any]) -> Rung:
    level = int(row["level"])
    asked = []
    for kind in ("spot", "contract"):
        volume, traders = row.get(f"{kind}_volume") or "", int(row.get(f"{kind}_traders") or 0)
        if not volume and traders:
            raise Declined("bad_rules", f"tier {level}: {kind} asks for traders and no volume; leave both out")
        if traders < 0:
            raise Declined("bad_rules", f"tier {level}: {traders} {kind} traders are fewer than none")
        asked.append(Asked(_volume(asset, volume, f"{kind}_volume"), traders) if volume else None)
    days, fresh = int(row.get("active_days") or 0), int(row.get("new_clients") or 0)
    if not 0 <= days <= 28:
        raise Declined("bad_rules", f"tier {level}: {days} active days are not 0 to 28, which every month has")
    if fresh < 0:
        raise Declined("bad_rules", f"tier {level}: {fresh} new clients are fewer than none")
    if asked == [None, None]:
        raise Declined("bad_rules", f"tier {level} asks for neither spot nor contracts: nobody could reach it")
    return Rung(level, asked[0], asked[1], days, fresh)


def _volume(asset: Asset, text: str, what: str) -> int:
    try:
        amount = asset.parse(str(text))
    except BadInput as error:
        why = f"{what} {str(text)[:40]!r}: {error}; give {asset.name} with at most {asset.scale} decimals"
        raise BadInput(why) from None
    if amount < 0:
        raise Declined("bad_rules", f"{what} {text} is below zero")
    return amount


def _must_rise(rungs: Sequence[Rung]) -> None:
    """A higher tier that asks for less of anything is a slip of the pen."""
    for below, rung in pairwise(rungs):
        pairs = [(below.active_days, rung.active_days), (below.new_clients, rung.new_clients)]
        for was, now in ((below.spot, rung.spot), (below.contract, rung.contract)):
            if was is not None and now is not None:
                pairs += [(was.volume, now.volume), (was.traders, now.traders)]
            elif was is None and now is not None:
                raise Declined("bad_rules", f"tier {rung.level} is to be reached by what tier {below.level} is not")
        if any(now < was for was, now in pairs):
            raise Declined("bad_rules", f"tier {rung.level} asks for less of something than tier {below.level}")


def told_rules(asset: Asset, rules: Rules) -> dict[str, Any]:
    """As `read_rules` takes them."""
    rows = []
    for rung in rules.rungs:
        row: dict[str, Any] = {"level": rung.level, "active_days": rung.active_days, "new_clients": rung.new_clients}
        for kind, asked in (("spot", rung.spot), ("contract", rung.contract)):
            row[f"{kind}_volume"] = "" if asked is None else asset.format(asked.volume)
            row[f"{kind}_traders"] = 0 if asked is None else asked.traders
        rows.append(row)
    names = ("grace_months", "protected_months", "notice_hours", "alert_days")
    return {name: getattr(rules, name) for name in names} | {
        "trader_volume": asset.format(rules.trader_volume),
        "rows": rows,
    }


def rules_difference(asset: Asset, before: Rules | None, after: Rules) -> list[str]:
    """What new rules change, in words."""
    old = told_rules(asset, before) if before is not None else {"rows": []}
    new = told_rules(asset, after)
    lines = [
        f"{name.replace('_', ' ')}: {new[name]} instead of {old.get(name, 'nothing')}"
        for name in new
        if name != "rows" and new[name] != old.get(name)
    ]
    rows = [{row["level"]: row for row in one["rows"]} for one in (old, new)]
    for level in sorted({*rows[0], *rows[1]}):
        was, now = rows[0].get(level), rows[1].get(level)
        if was is None or now is None:
            lines.append(f"tier {level}: {'new' if was is None else 'no more'}")
        for name in now or {}:
            if now is not None and now[name] != (was or {}).get(name) and name != "level":
                before_it = (was or {}).get(name) or "nothing"
                lines.append(f"tier {level}, {name.replace('_', ' ')}: {now[name] or 'nothing'} instead of {before_it}")
    return lines


def agree_rules(
    connection: Connection, asset: Asset, program: str, rules: Mapping[str, Any], approval: int, hour: int, now_ns: int
) -> int:
    """A version, in force from the month behind the current one on; in a transaction that holds the program's clock.

    Args:
        approval: by which it was decided; there is one version of each.
        hour: the first that may be agreed for.

    Returns:
        the first month that is judged by it.
    """
    read_rules(asset, rules)
    newest = select(func.max(tier_rules.c.first_month)).where(tier_rules.c.program == program)
    month = max(month_of_day((hour - 1) // 24) + 1, int(connection.execute(newest).scalar() or 0))
    written = text_of(dict(rules))
    row = {
        "program": program,
        "first_month": month,
        "rules": written,
        "hash": hash_of(written),
        "approval": approval,
        "made_ns": now_ns,
    }
    connection.execute(insert(tier_rules).values(**row))
    return month


def month_of_approval(connection: Connection, program: str, approval: int) -> int | None:
    """The first month of the rules that an approval has made."""
    mine = (tier_rules.c.program == program) & (tier_rules.c.approval == approval)
    found = connection.execute(select(tier_rules.c.first_month).where(mine)).scalar()
    return None if found is None else int(found)


def rules_versions(connection: Connection, asset: Asset, program: str) -> list[Rules]:
    """All, newest first.

    Raises:
        BrokenInvariant: one is not what its hash says.
    """
    chosen = select(tier_rules).where(tier_rules.c.program == program).order_by(tier_rules.c.version.desc())
    return [
        read_rules(asset, read(row.rules, row.hash, f"tier rules {row.version}"), row.version, row.first_month)
        for row in connection.execute(chosen)
    ]


def rules_for(connection: Connection, asset: Asset, program: str, month: int) -> Rules | None:
    """What a month is judged by; None before the first version."""
    found = [one for one in rules_versions(connection, asset, program) if one.first_month <= month]
    return max(found, key=lambda one: (one.first_month, one.version)) if found else None


# -- a month ----------------------------------------------------------------------------------------------------------


def close_day(connection: Connection, program: Program, venue: Venue, day: int) -> bool:
    """A day has ended: with the first of a month, the month before it is reviewed. In the caller's transaction.

    Args:
        venue: as the day's last command has left it.

    Returns:
        whether a month was reviewed.
    """
    month = month_of_day(day)
    counted = counting.counted_before(connection, program.name)
    if day != first_day(month) or counted is None or counted > day:
        return False
    _close_month(connection, program, venue, month - 1, (day + 1) * 24 * HOUR_NS)
    return True


def _close_month(connection: Connection, program: Program, venue: Venue, month: int, now_ns: int) -> None:
    """BT-13: what is not counted of it by then is counted now."""
    counting.count_up_to(connection, program, venue, first_day(month + 1))
    asset = venue.assets[program.payout_asset]
    rules = rules_for(connection, asset, program.name, month)
    tree = sub_brokers.with_roots(program.tree(first_hour(month + 1) - 1), venue)
    facts = facts_of(connection, program.name, venue, tree, month, rules)
    standings, default = standings_before(connection, program.name, month), program.tiers.default_at(now_ns // HOUR_NS)
    rows = []
    for broker in sorted(_roots(tree)):
        mine = facts.get(broker, Facts())
        before = standings.get(broker, Standing(default))
        if rules is None:
            if mine == Facts():
                continue
            outcome = Outcome(Word.NONE, before.level, before)
        else:
            outcome = review(rules, before, mine)
        notice = CLOSED_AFTER_HOURS + 1 if rules is None else rules.notice_hours
        row = asdict(mine) | {"program": program.name, "month": month, "broker": broker}
        row |= {"version": 0 if rules is None else rules.version, "before": before.level, "earned": outcome.earned}
        row |= {"level": outcome.after.level, "misses": outcome.after.misses, "reviews": outcome.after.reviews}
        rows.append(row | {"outcome": outcome.word.value, "from_hour": first_hour(month + 1) + notice})
    if rows:
        execute_many(connection, insert(tier_months), rows)
    for row in rows:
        if row["outcome"] not in (Word.NONE, Word.KEPT):
            names = ("before", "level", "earned", "misses", "from_hour")
            details = {"month": told(month)} | {name: row[name] for name in names}
            tell(connection, program.name, int(row["broker"]), f"tier_{row['outcome']}", told(month), now_ns, details)


def _roots(tree: Tree) -> Iterable[int]:
    return (broker for broker, place in tree.nodes.items() if not place.parent)


def facts_of(
    connection: Connection, program: str, venue: Venue, tree: Tree, month: int, rules: Rules | None
) -> dict[int, Facts]:
    """BT-10 to BT-12: what each root has done with those below it in the counted days of a month.

    Whoever a broker's commission is paid to is no trader of that broker, nor of one above or below it.
    """
    root = {broker: sub_brokers.root_of(tree, broker) for broker in tree.nodes}
    own: dict[int, set[int]] = defaultdict(set)
    for code in list(venue.codes.values()):
        own[root.get(code.id, code.id)].add(venue.accounts[code.payout_account].person)
    least = rules.trader_volume if rules is not None else 0
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    clients = broker_clients.c
    mine = (clients.program == program) & (clients.month == month)
    for row in connection.execute(select(broker_clients).where(mine)):
        at = root.get(row.broker, row.broker)
        if row.person not in own[at]:
            some = sums[at, row.person]
            for place, more in enumerate((row.spot_sides, row.spot_volume, row.contract_sides, row.contract_volume)):
                some[place] += more
    found: dict[int, dict[str, int]] = defaultdict(lambda: asdict(Facts()))
    for (broker, _), (spot_sides, spot, contract_sides, contract) in sums.items():
        one = found[broker]
        one["spot_volume"] += spot
        one["contract_volume"] += contract
        one["spot_traders"] += spot_sides > 0 and spot >= least
        one["contract_traders"] += contract_sides > 0 and contract >= least
    begin, end = first_day(month), first_day(month + 1)
    for broker, days in _active_days(connection, program, root, own, begin, end).items():
        if broker in found:
            found[broker]["active_days"] = days
    firsts = broker_firsts.c
    new = (firsts.program == program) & (firsts.day >= begin) & (firsts.day < end)
    for row in connection.execute(select(broker_firsts).where(new)):
        at = root.get(row.broker, row.broker)
        if row.person not in own[at] and at in found:
            found[at]["new_clients"] += 1
    return {broker: Facts(**one) for broker, one in found.items()}


def _active_days(
    connection: Connection, program: str, root: Mapping[int, int], own: Mapping[int, set[int]], begin: int, end: int
) -> dict[int, int]:
    """On how many days something that counts came by a root's codes, of others than those who are paid for it."""
    table = broker_days.c
    mine = (table.program == program) & (table.day >= begin) & (table.day < end) & (table.sides > 0)
    days: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(table.broker, table.day, table.alone).where(mine)):
        at = root.get(row.broker, row.broker)
        if row.alone not in own.get(at, ()):
            days[at].add(row.day)
    return {broker: len(found) for broker, found in days.items()}


def standings_before(connection: Connection, program: str, month: int) -> dict[int, Standing]:
    """What the reviews before a month have left each broker with."""
    table = tier_months.c
    mine = (table.program == program) & (table.month < month) & (table.version != 0)
    chosen = select(tier_months).where(mine).order_by(table.month)
    return {row.broker: Standing(row.level, row.misses, row.reviews) for row in connection.execute(chosen)}


# -- what a broker is at ----------------------------------------------------------------------------------------------


def levels_of(connection: Connection, program: str, settings: Sequence[Fixed]) -> Tiers:
    """What everybody is and has been at.

    Args:
        settings: all there have been.
    """
    default, defaults = settings[0].default_level, tuple((one.from_hour, one.default_level) for one in settings[1:])
    table = tier_months.c
    mine = (table.program == program) & (table.version != 0)
    reviewed = [
        Reviewed(row.broker, row.from_hour, row.level)
        for row in connection.execute(select(table.broker, table.from_hour, table.level).where(mine))
    ]
    return Tiers(default, changes(reviewed, by_hand(connection, program), default, defaults), defaults)


def by_hand(connection: Connection, program: str) -> list[ByHand]:
    """In the order in which it was decided."""
    chosen = select(tiers_by_hand).where(tiers_by_hand.c.program == program).order_by(tiers_by_hand.c.number)
    return [ByHand(row.broker, row.from_hour, row.until_hour, row.level) for row in connection.execute(chosen)]


def hand_rows(connection: Connection, program: str) -> list[Row[Any]]:
    """The same with who has decided it and why, newest first."""
    chosen = select(tiers_by_hand).where(tiers_by_hand.c.program == program)
    return list(connection.execute(chosen.order_by(tiers_by_hand.c.number.desc())))


def must_be_settable(
    venue: Venue, tree: Tree, broker: int, level: int, from_hour: int, until_hour: int, why: str
) -> None:
    """
    Raises:
        Declined: `no_such_broker`, `not_a_root`, `bad_tier`, `bad_end`, `bad_reason`.
    """
    if broker not in venue.codes:
        raise Declined("no_such_broker", f"there is no broker {broker}")
    if sub_brokers.root_of(tree, broker) != broker:
        raise Declined("not_a_root", f"broker {broker} is a sub-broker: its root has the tier")
    if not 0 <= level < TIERS:
        raise Declined("bad_tier", f"tier {level} is not 0 to {TIERS - 1}")
    if until_hour <= from_hour:
        raise Declined("bad_end", f"a tier that is set by hand has an end: hour {until_hour} is not behind {from_hour}")
    if not why.strip() or len(why) > WHY_CHARACTERS:
        raise Declined("bad_reason", f"say why in 1 to {WHY_CHARACTERS} characters: the broker reads it")


def hand_of_approval(connection: Connection, approval: int) -> ByHand | None:
    """What an approval has set."""
    row = connection.execute(select(tiers_by_hand).where(tiers_by_hand.c.approval == approval)).first()
    return None if row is None else ByHand(row.broker, row.from_hour, row.until_hour, row.level)


def set_by_hand(connection: Connection, program: str, hand: ByHand, why: str, approval: int, now_ns: int) -> None:
    """BT-9; in a transaction that holds the program's clock.

    Args:
        approval: by which it was decided; there is one row of each.
        now_ns: engine time.
    """
    row = {
        "program": program,
        "broker": hand.broker,
        "level": hand.level,
        "from_hour": hand.from_hour,
        "until_hour": hand.until_hour,
        "why": why,
        "approval": approval,
        "made_ns": now_ns,
    }
    connection.execute(insert(tiers_by_hand).values(**row))
    details = {"level": hand.level, "from_hour": hand.from_hour, "until_hour": hand.until_hour, "why": why}
    tell(connection, program, hand.broker, "tier_set", str(approval), now_ns, details)


def history(connection: Connection, program: str, broker: int) -> list[Row[Any]]:
    """A broker's months, newest first."""
    table = tier_months.c
    mine = (table.program == program) & (table.broker == broker)
    return list(connection.execute(select(tier_months).where(mine).order_by(table.month.desc())))


def reviews_of(connection: Connection, program: str, month: int) -> list[Row[Any]]:
    """Everybody's in a month."""
    table = tier_months.c
    mine = (table.program == program) & (table.month == month)
    return list(connection.execute(select(tier_months).where(mine).order_by(table.broker)))


@dataclass(frozen=True, slots=True)
class Now:
    """Where a broker stands in the month that goes on."""

    month: int
    level: int  # in force
    by_hand_until: int | None  # hour
    coming: tuple[tuple[int, int], ...]  # what is decided and not in force yet: from which hour, level
    standing: Standing  # what the reviews have left
    facts: Facts  # of the days that are counted
    rules: Rules | None  # None: the month is not reviewed
    preview: Preview | None


def now_of(connection: Connection, program: Program, venue: Venue, broker: int, hour: int) -> Now:
    """BT-8: shown before anything of it takes effect.

    Args:
        broker: a root.
        hour: now, by engine time.
    """
    return all_now(connection, program, venue, hour, [broker])[broker]


def all_now(
    connection: Connection, program: Program, venue: Venue, hour: int, brokers: Sequence[int] | None = None
) -> dict[int, Now]:
    """The same of several, or of all roots."""
    month, asset = month_of_day(hour // 24), venue.assets[program.payout_asset]
    rules = rules_for(connection, asset, program.name, month)
    tree = sub_brokers.with_roots(program.tree(hour), venue)
    facts = facts_of(connection, program.name, venue, tree, month, rules)
    standings, default = standings_before(connection, program.name, month), program.tiers.default_at(hour)
    hands = by_hand(connection, program.name)
    found = {}
    for broker in sorted(_roots(tree)) if brokers is None else brokers:
        standing, mine = standings.get(broker, Standing(default)), facts.get(broker, Facts())
        hand = next((one for one in reversed(hands) if one.broker == broker and one.covers(hour)), None)
        found[broker] = Now(
            month=month,
            level=program.tiers.level(broker, hour),
            by_hand_until=None if hand is None else hand.until_hour,
            coming=tuple((at, level) for at, whose, level in program.tiers.changes if whose == broker and at > hour),
            standing=standing,
            facts=mine,
            rules=rules,
            preview=None if rules is None else preview(rules, standing, mine),
        )
    return found


# -- notices ----------------------------------------------------------------------------------------------------------


def tell(
    connection: Connection, program: str, broker: int, kind: str, subject: str, now_ns: int, details: Mapping[str, Any]
) -> None:
    """What a broker is told of, once for each subject."""
    table = broker_notices.c
    mine = (table.program == program) & (table.broker == broker) & (table.kind == kind) & (table.subject == subject)
    if connection.execute(select(table.notice).where(mine)).first() is None:
        row = {"program": program, "broker": broker, "kind": kind, "subject": subject, "time_ns": now_ns}
        connection.execute(insert(broker_notices).values(**row, details=text_of(dict(details))))


def notices(connection: Connection, program: str, broker: int, before: int = 2**62, most: int = 100) -> list[Row[Any]]:
    """Newest first."""
    table = broker_notices.c
    mine = (table.program == program) & (table.broker == broker) & (table.notice < before)
    return list(connection.execute(select(broker_notices).where(mine).order_by(table.notice.desc()).limit(most)))


def warn(connection: Connection, program: Program, venue: Venue, day: int) -> int:
    """BT-8: near the end of a month, whose tier is at risk after a counted day; each once a month. How many.

    First of all in a transaction.
    """
    in_turn(connection, program.name)
    month = month_of_day(day)
    rules = rules_for(connection, venue.assets[program.payout_asset], program.name, month)
    if rules is None or first_day(month + 1) - (day + 1) > rules.alert_days:
        return 0
    count = 0
    for broker, now in all_now(connection, program, venue, day * 24 + 23).items():
        if now.preview is not None and now.preview.at_risk:
            details = {"month": told(month), "level": now.standing.level, "earned": now.preview.outcome.earned}
            details |= {"would_be": now.preview.outcome.word.value, "would_be_at": now.preview.outcome.after.level}
            tell(connection, program.name, broker, AT_RISK, told(month), (day + 1) * 24 * HOUR_NS, details)
            count += 1
    return count
