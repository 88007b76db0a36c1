"""A brand's fee schedules at their dates: planned in the database, brought into force by sequenced commands.

One writer: the back office sends what is due by engine time, and only what the venue does not have yet, so that doing
it again after a crash changes nothing. Rules SC-1 to SC-7 of docs/rules/schedules.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update

from commonbook.brand.notices import tell
from commonbook.errors import BadInput, Declined
from commonbook.instrument.model import Rates
from commonbook.instrument.venue import Venue
from commonbook.records import (
    FEES,
    Batch,
    CommandKind,
    FeeScope,
    Records,
    Refusal,
    commands,
    refusal_of,
)
from commonbook.storage.tables.autonomy import fee_history, fee_plan_rates, fee_plans
from commonbook.units import RATE_ONE, RateE8, floor_share, format_units, parse_units

LEVELS = 10  # VIP 0 to 9
SCHEDULE, PROMOTION = "schedule", "promotion"
WAITING, BEGINNING, RUNNING, DONE, REFUSED, WITHDRAWN = (
    "waiting",
    "beginning",
    "running",
    "done",
    "refused",
    "withdrawn",
)
NAME_CHARACTERS = 64
HORIZON_NS = 10 * 366 * 86_400 * 10**9  # a date further off is a slip
Levels = dict[int, Rates]
Submit = Callable[[Records], Batch]


# -- rules ------------------------------------------------------------------------------------------------------------


def read_rate(text: str, what: str) -> int:
    """A rate as a fraction: "0.001" is ten basis points, below zero a rebate; in hundred-millionths.

    Raises:
        BadInput: no decimal, finer than 10^-8, or 100 % and more.
    """
    try:
        rate = parse_units(text, 8)
    except BadInput as error:
        raise BadInput(
            f"{what} {text[:32]!r}: {error}; give a fraction, for example 0.001 for ten basis points"
        ) from None
    if abs(rate) >= RATE_ONE:
        raise BadInput(f"{what} {text[:32]!r} is 100 % or more")
    return rate


def write_rate(rate_e8: int) -> str:
    return format_units(rate_e8, 8)


def schedule_of(venue: Venue, brand: int) -> Levels:
    """What is in force at a brand, by VIP level."""
    return {level: rates for (whose, level), rates in sorted(venue.schedules.items()) if whose == brand}


def must_be_allowed(venue: Venue, brand: int, wanted: Mapping[int, Rates]) -> None:
    """SC-1: what the engine would refuse is refused before it is planned.

    Raises:
        Declined: `no_levels`, `no_such_level`, `refused_fee_below_floor`, `refused_rebate_too_high`.
    """
    if not wanted:
        raise Declined("no_levels", "give the rates of one VIP level at least")
    floor = venue.floor
    for level, rates in sorted(wanted.items()):
        if not 0 <= level < LEVELS:
            raise Declined("no_such_level", f"there is no VIP level {level}: they are 0 to {LEVELS - 1}", level=level)
        if rates.taker_e8 < 0:
            raise BadInput(f"level {level}: a taker's rate is not below zero")
        if rates.maker_e8 < floor.maker_e8 or rates.taker_e8 < floor.taker_e8:
            raise Declined(
                "refused_fee_below_floor",
                f"level {level}: maker {write_rate(rates.maker_e8)} and taker {write_rate(rates.taker_e8)} must be at"
                f" least the floor, maker {write_rate(floor.maker_e8)} and taker {write_rate(floor.taker_e8)}",
                level=level,
                floor_maker=write_rate(floor.maker_e8),
                floor_taker=write_rate(floor.taker_e8),
            )
    after = venue.schedules | {(brand, level): rates for level, rates in wanted.items()}
    highest = highest_rebate_e8(venue, [*after.values(), *venue.overrides.values()])
    every = [*after.values(), *venue.overrides.values()]
    if any(-rates.maker_e8 > highest for rates in every if not rates.subsidised):
        raise Declined(
            "refused_rebate_too_high",
            f"a rebate may be {write_rate(highest)} at most: what the lowest taker fee leaves after the claims on it",
            highest_rebate=write_rate(highest),
        )


def highest_rebate_e8(venue: Venue, every: list[Rates]) -> int:
    """F-5: what the lowest taker rate leaves after the highest claims."""
    lowest = min((rates.taker_e8 for rates in every), default=venue.floor.taker_e8)
    return int(floor_share(lowest, RateE8(RATE_ONE - venue.highest_claim_e8)))


def steps(before: Mapping[int, Rates], after: Mapping[int, Rates]) -> list[tuple[int, Rates]]:
    """SC-2: the commands from one schedule to another, each of which the engine takes when it takes the last.

    First whatever rises, then whatever falls or is new: in between every rate is at least as high as it will be at the
    end, so no rebate is ever higher, and no taker's rate that pays for it lower, than in the end.
    """
    rising: list[tuple[int, Rates]] = []
    falling: list[tuple[int, Rates]] = []
    for level in sorted(after):
        wanted, now = after[level], before.get(level)
        if now == wanted:
            continue
        if now is None:  # a rate more can but lower what the lowest is
            falling.append((level, wanted))
            continue
        high = Rates(max(now.maker_e8, wanted.maker_e8), max(now.taker_e8, wanted.taker_e8), wanted.subsidised)
        if high not in (now, wanted):
            rising.append((level, high))
        (rising if high == wanted else falling).append((level, wanted))
    return rising + falling


def fee_commands(brand: int, changes: list[tuple[int, Rates]]) -> Records:
    """FEES records of a brand, in their order."""
    records = commands(CommandKind.FEES, len(changes))
    records["scope"], records["brand"] = FeeScope.BRAND, brand
    for record, (level, rates) in zip(records, changes, strict=True):
        record["level"] = level
        record["maker_rate_e8"], record["taker_rate_e8"] = rates.maker_e8, rates.taker_e8
        record["subsidised"] = rates.subsidised
    return records


def not_below_floor(venue: Venue, wanted: Mapping[int, Rates]) -> Levels:
    """SC-4: what comes back at a promotion's end, raised to a floor that has risen meanwhile."""
    floor = venue.floor
    return {
        level: Rates(max(one.maker_e8, floor.maker_e8), max(one.taker_e8, floor.taker_e8), one.subsidised)
        for level, one in wanted.items()
    }


# -- planning ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule or a promotion; times are engine nanoseconds."""

    id: int
    brand: int
    kind: str
    name: str
    begin_ns: int  # 0: as soon as it can be
    end_ns: int  # of a promotion
    state: str
    why: str
    author: int
    asked_ns: int
    begun_sequence: int
    ended_sequence: int
    rates: Levels
    after: Levels  # of a running promotion: what comes back


def plan_schedule(
    connection: Connection, venue: Venue, brand: int, wanted: Levels, begin_ns: int, now_ns: int, author: int
) -> Plan:
    """Rates of some levels, the others staying as they are, from a time on.

    Args:
        begin_ns: 0: at once.

    Raises:
        Declined: as `must_be_allowed`, and `begin_in_the_past`, `begin_too_far`.
    """
    must_be_allowed(venue, brand, wanted)
    _check_begin(begin_ns, now_ns)
    return _keep(connection, brand, SCHEDULE, "", begin_ns, 0, wanted, now_ns, author)


def plan_promotion(
    connection: Connection,
    venue: Venue,
    brand: int,
    name: str,
    wanted: Levels,
    begin_ns: int,
    end_ns: int,
    now_ns: int,
    author: int,
) -> Plan:
    """Rates of levels that the brand's schedule has, from a time to another; then the schedule comes back (SC-4).

    Raises:
        Declined: as `plan_schedule`, and `level_without_schedule`, `no_name`, `end_before_begin`, `promotions_overlap`.
    """
    must_be_allowed(venue, brand, wanted)
    _check_begin(begin_ns, now_ns)
    has = schedule_of(venue, brand)
    if missing := sorted(set(wanted) - set(has)):
        raise Declined(
            "level_without_schedule", f"level {missing[0]} has no rates to come back to: set its schedule first"
        )
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise Declined("no_name", f"a promotion needs a name of 1 to {NAME_CHARACTERS} characters")
    begins = begin_ns or now_ns
    if end_ns <= begins:
        raise Declined("end_before_begin", "a promotion ends after its begin: give a later end_ns")
    for other in plans(connection, brand):
        is_ahead = other.kind == PROMOTION and other.state in (WAITING, BEGINNING, RUNNING)
        if is_ahead and (other.begin_ns or other.asked_ns) < end_ns and begins < other.end_ns:
            raise Declined("promotions_overlap", f"promotion {other.name!r} has some of this time", plan=str(other.id))
    return _keep(connection, brand, PROMOTION, name, begin_ns, end_ns, wanted, now_ns, author)


def _check_begin(begin_ns: int, now_ns: int) -> None:
    if begin_ns and begin_ns < now_ns:
        raise Declined("begin_in_the_past", "give a time to come, or 0 for at once", now_ns=str(now_ns))
    if begin_ns > now_ns + HORIZON_NS:
        raise Declined("begin_too_far", "this is more than ten years off: times are nanoseconds since 1970")


def _keep(
    connection: Connection,
    brand: int,
    kind: str,
    name: str,
    begin_ns: int,
    end_ns: int,
    wanted: Levels,
    now_ns: int,
    author: int,
) -> Plan:
    row = {
        "brand": brand,
        "kind": kind,
        "name": name,
        "begin_ns": begin_ns,
        "end_ns": end_ns,
        "state": WAITING,
        "why": "",
        "author": author,
        "asked_ns": now_ns,
        "begun_sequence": 0,
        "ended_sequence": 0,
    }
    made = connection.execute(insert(fee_plans).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    rows = [
        {
            "plan": number,
            "level": level,
            "maker_e8": rates.maker_e8,
            "taker_e8": rates.taker_e8,
            "after_maker_e8": 0,
            "after_taker_e8": 0,
        }
        for level, rates in wanted.items()
    ]
    connection.execute(insert(fee_plan_rates), rows)
    return find(connection, number, brand)


def withdraw(connection: Connection, plan: Plan) -> None:
    """Take back what has not begun.

    Raises:
        Declined: `has_begun`.
    """
    where = (fee_plans.c.plan == plan.id) & (fee_plans.c.state == WAITING)
    if connection.execute(update(fee_plans).where(where).values(state=WITHDRAWN)).rowcount != 1:
        raise Declined("has_begun", f"plan {plan.id} is {find(connection, plan.id, plan.brand).state}")


def end_early(connection: Connection, plan: Plan, now_ns: int) -> None:
    """A running promotion ends as soon as it can.

    Raises:
        Declined: `not_running`.
    """
    where = (fee_plans.c.plan == plan.id) & (fee_plans.c.state == RUNNING)
    if connection.execute(update(fee_plans).where(where).values(end_ns=now_ns)).rowcount != 1:
        raise Declined("not_running", f"plan {plan.id} is {find(connection, plan.id, plan.brand).state}")


def find(connection: Connection, number: int, brand: int) -> Plan:
    """
    Raises:
        Declined: `no_such_plan`, also of another brand's.
    """
    row = connection.execute(select(fee_plans).where(fee_plans.c.plan == number, fee_plans.c.brand == brand)).first()
    if row is None:
        raise Declined("no_such_plan", f"there is no plan {number}")
    return _plan(connection, row)


def plans(connection: Connection, brand: int, most: int = 1_000) -> list[Plan]:
    """Newest first."""
    chosen = select(fee_plans).where(fee_plans.c.brand == brand).order_by(fee_plans.c.plan.desc()).limit(most)
    return [_plan(connection, row) for row in connection.execute(chosen).all()]


def _plan(connection: Connection, row: Row[Any]) -> Plan:
    rates = connection.execute(select(fee_plan_rates).where(fee_plan_rates.c.plan == row.plan)).all()
    return Plan(
        id=row.plan,
        brand=row.brand,
        kind=row.kind,
        name=row.name,
        begin_ns=row.begin_ns,
        end_ns=row.end_ns,
        state=row.state,
        why=row.why,
        author=row.author,
        asked_ns=row.asked_ns,
        begun_sequence=row.begun_sequence,
        ended_sequence=row.ended_sequence,
        rates={one.level: Rates(one.maker_e8, one.taker_e8, False) for one in rates},
        after={one.level: Rates(one.after_maker_e8, one.after_taker_e8, False) for one in rates},
    )


# -- bringing into force ----------------------------------------------------------------------------------------------


def due(connection: Connection, now_ns: int) -> list[Plan]:
    """What is to begin or to end by engine time, in the order of its times (SC-3)."""
    table = fee_plans.c
    begins = table.state.in_((WAITING, BEGINNING)) & (table.begin_ns <= now_ns)
    ends = (table.state == RUNNING) & (table.end_ns <= now_ns)
    found = [_plan(connection, row) for row in connection.execute(select(fee_plans).where(or_(begins, ends))).all()]
    return sorted(found, key=lambda one: (one.end_ns if one.state == RUNNING else one.begin_ns or one.asked_ns, one.id))


def carry_out(database: Engine, venue: Venue, plan: Plan, now_ns: int, submit: Submit) -> bool:
    """Bring one due plan forward; may be done again after a crash anywhere.

    Args:
        venue: as the newest durable command has left it.

    Returns:
        False for a promotion that the engine does not let end now.
    """
    if plan.state == RUNNING:
        return _end(database, venue, plan, now_ns, submit)
    if plan.kind == SCHEDULE:
        _begin_schedule(database, venue, plan, now_ns, submit)
    elif plan.end_ns <= now_ns:
        _mark(database, plan, state=DONE, why="over_before_it_began")
    else:
        _begin_promotion(database, venue, plan, now_ns, submit)
    return True


def _begin_schedule(database: Engine, venue: Venue, plan: Plan, now_ns: int, submit: Submit) -> None:
    """Levels that a promotion has just now get what the schedule says when it ends (SC-4)."""
    with database.connect() as connection:
        running = [one for one in plans(connection, plan.brand) if one.state in (BEGINNING, RUNNING)]
    promoted = {level: one for one in running for level in one.rates}
    at_once = {level: rates for level, rates in plan.rates.items() if level not in promoted}
    sequence, refusal = _bring(venue, plan.brand, at_once, submit)
    if refusal is not None:
        _refused(database, plan, refusal, now_ns)
        return
    with database.begin() as connection:
        for level, one in promoted.items():
            if level in plan.rates:
                _set_after(connection, one.id, level, plan.rates[level])
        _values(connection, plan, state=DONE, begun_sequence=sequence)
        tell(connection, plan.brand, "schedule_begun", str(plan.id), now_ns, levels=_levels_of(plan))


def _begin_promotion(database: Engine, venue: Venue, plan: Plan, now_ns: int, submit: Submit) -> None:
    """What comes back is written down before anything is sent: afterwards the venue has forgotten it."""
    if plan.state == WAITING:
        has = schedule_of(venue, plan.brand)
        with database.begin() as connection:
            for level in plan.rates:
                _set_after(connection, plan.id, level, has[level])
            _values(connection, plan, state=BEGINNING)
    sequence, refusal = _bring(venue, plan.brand, plan.rates, submit)
    if refusal is not None:
        _refused(database, plan, refusal, now_ns)
        return
    with database.begin() as connection:
        _values(connection, plan, state=RUNNING, begun_sequence=sequence)
        levels = _levels_of(plan)
        tell(connection, plan.brand, "promotion_begun", str(plan.id), now_ns, name=plan.name, levels=levels)


def _levels_of(plan: Plan) -> str:
    return ", ".join(str(level) for level in sorted(plan.rates))


def _end(database: Engine, venue: Venue, plan: Plan, now_ns: int, submit: Submit) -> bool:
    """What is refused is told once, and tried again once a minute."""
    sequence, refusal = _bring(venue, plan.brand, not_below_floor(venue, plan.after), submit)
    if refusal is None:
        _mark(database, plan, state=DONE, ended_sequence=sequence, why="")
    elif not plan.why:
        with database.begin() as connection:
            why = refusal.name.lower()
            tell(connection, plan.brand, "promotion_not_ended", str(plan.id), now_ns, name=plan.name, why=why)
            _values(connection, plan, why=refusal.name.lower())
    return refusal is None


def _bring(venue: Venue, brand: int, wanted: Levels, submit: Submit) -> tuple[int, Refusal | None]:
    """Send what the venue does not have; all of it or nothing.

    Returns:
        the sequence of the last command, 0 for none; and why the engine refused one.
    """
    before = schedule_of(venue, brand)
    changes = steps(before, wanted)
    if not changes:
        return 0, None
    batch = submit(fee_commands(brand, changes))
    answers = [batch.events[batch.events["sequence"] == sequence] for sequence in batch.commands["sequence"]]
    refusals = [refusal_of(events) for events in answers]
    refusal = next((one for one in refusals if one is not None), None)
    if refusal is not None and any(one is None for one in refusals):
        back = {level: before[level] for level, _ in changes if level in before}
        now = before | {level: rates for (level, rates), one in zip(changes, refusals, strict=True) if one is None}
        if undo := steps(now, back):
            submit(fee_commands(brand, undo))
    return batch.last, refusal


def _refused(database: Engine, plan: Plan, refusal: Refusal, now_ns: int) -> None:
    why = refusal.name.lower()
    with database.begin() as connection:
        tell(connection, plan.brand, "fees_refused", str(plan.id), now_ns, kind_of_plan=plan.kind, why=why)
        _values(connection, plan, state=REFUSED, why=why)


def _mark(database: Engine, plan: Plan, **values: Any) -> None:
    with database.begin() as connection:
        _values(connection, plan, **values)


def _values(connection: Connection, plan: Plan, **values: Any) -> None:
    connection.execute(update(fee_plans).where(fee_plans.c.plan == plan.id).values(**values))


def _set_after(connection: Connection, plan: int, level: int, rates: Rates) -> None:
    where = (fee_plan_rates.c.plan == plan) & (fee_plan_rates.c.level == level)
    after = {"after_maker_e8": rates.maker_e8, "after_taker_e8": rates.taker_e8}
    connection.execute(update(fee_plan_rates).where(where).values(**after))


# -- history ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RatesFrom:
    """Rates and the sequence from which on they were in force."""

    sequence: int
    time_ns: int
    scope: FeeScope
    brand: int
    account: int
    level: int
    rates: Rates


def project(accepted: Records, venue: Venue, connection: Connection) -> None:
    """Keep the rates that a batch's accepted configuration has set (SC-5).

    Args:
        accepted: COMMAND records, in order.
        venue: has taken them in.
    """
    rows = accepted[accepted["kind"] == CommandKind.FEES].view(FEES)
    if not len(rows):
        return
    lines = []
    for row in rows:
        scope, account = FeeScope(int(row["scope"])), int(row["account"])
        brand = venue.accounts[account].brand if scope is FeeScope.ACCOUNT else int(row["brand"])
        lines.append(
            {
                "sequence": int(row["sequence"]),
                "time_ns": int(row["time_ns"]),
                "scope": int(scope),
                "brand": 0 if scope is FeeScope.VENUE else brand,
                "account": account if scope is FeeScope.ACCOUNT else 0,
                "level": int(row["level"]) if scope is FeeScope.BRAND else 0,
                "maker_e8": int(row["maker_rate_e8"]),
                "taker_e8": int(row["taker_rate_e8"]),
                "subsidised": bool(row["subsidised"]),
            }
        )
    connection.execute(insert(fee_history), lines)


def history(connection: Connection, brand: int, before: int = 2**62, most: int = 100) -> list[RatesFrom]:
    """What a brand's rates were, and the venue's floor, newest first."""
    table = fee_history.c
    chosen = select(fee_history).where(table.brand.in_((0, brand)), table.sequence < before)
    rows = connection.execute(chosen.order_by(table.sequence.desc()).limit(most))
    return [_rates_from(row) for row in rows]


def in_force_at(connection: Connection, brand: int, sequence: int) -> Levels:
    """A brand's schedule as an order of that sequence found it."""
    table = fee_history.c
    mine = (table.brand == brand) & (table.scope == int(FeeScope.BRAND)) & (table.sequence < sequence)
    found: Levels = {}
    for row in connection.execute(select(fee_history).where(mine).order_by(table.sequence)):
        found[row.level] = Rates(row.maker_e8, row.taker_e8, row.subsidised)
    return dict(sorted(found.items()))


def _rates_from(row: Row[Any]) -> RatesFrom:
    rates = Rates(row.maker_e8, row.taker_e8, row.subsidised)
    return RatesFrom(row.sequence, row.time_ns, FeeScope(row.scope), row.brand, row.account, row.level, rates)
