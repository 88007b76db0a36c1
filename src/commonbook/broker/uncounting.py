"""What a month has counted of a busted fill: it counts no more, or, where the month was reviewed, is told. Rule CO-7.

A day that is not counted yet is counted without it. One that is counted is set to what it would have been: volume and
sides of the code, its clients and their active days, and who was new. A reviewed month stays what it was decided by.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, select, update

from commonbook.broker import accrual, counting
from commonbook.broker.counting import Counted, without_busted
from commonbook.broker.model import Program
from commonbook.broker.months import first_day, month_of_day
from commonbook.broker.sides import Sides
from commonbook.instrument.venue import Venue
from commonbook.storage.database import upsert_many
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.program import broker_clients, broker_days, broker_firsts

DAY_NS = 86_400 * 10**9
_NAMES = ("sides", "spot_volume", "contract_volume", "clients", "new_clients", "commission")
Difference = dict[int, dict[str, int]]  # by broker: what its day has less; below zero


def is_reviewed(day: int, now_day: int) -> bool:
    """Whether the month of a day was reviewed, as a day is entered: that is with the second day of the next one."""
    return now_day > first_day(month_of_day(day) + 1)


def accounts_of(venue: Venue, traders: Collection[int]) -> list[int]:
    """All accounts of the persons who have traded: what they do counts together (BT-11)."""
    persons = {venue.accounts[one].person for one in traders}
    return [number for number, one in venue.accounts.items() if one.person in persons]


def take_back(
    connection: Connection,
    program: Program,
    venue: Venue,
    day: int,
    accounts: Sequence[int],
    before: Counted,
    now_day: int,
) -> Difference:
    """Bring a day that is counted to what it is without what was busted meanwhile; where its month was reviewed, only
    tell.

    Args:
        accounts: of the persons whose fill was busted.
        before: what they had done on the day before that.
        now_day: by engine time.

    Returns:
        what each broker has less, for the day of the fill.
    """
    after = counting.count(connection, program, venue, day, accounts)
    found = _difference(program.name, day, before, after)
    counted = counting.counted_before(connection, program.name)
    if is_reviewed(day, now_day) or counted is None:
        return found
    fresh = _firsts(connection, program.name, venue, day, counted, before, after)
    for (of_day, broker), more in fresh.items():
        _add(connection, program.name, of_day, broker, {"new_clients": more})
        if of_day == day:
            found.setdefault(broker, dict.fromkeys(_NAMES, 0))["new_clients"] += more
    for broker, less in found.items():
        values = {name: value for name, value in less.items() if name != "new_clients"}
        row = _add(connection, program.name, day, broker, values)
        if row["clients"] <= 1:  # who is left alone, or nobody: that is asked of the whole day
            _count_anew(connection, program, venue, day, broker)
    _clients(connection, program.name, month_of_day(day), before, after)
    return found


def _count_anew(connection: Connection, program: Program, venue: Venue, day: int, broker: int) -> None:
    whole = counting.count(connection, program, venue, day)
    rows = {row["broker"]: row for row in counting.days(program.name, day, whole, {})}
    table = broker_days.c
    mine = (table.program == program.name) & (table.day == day) & (table.broker == broker)
    if broker in rows:
        connection.execute(update(broker_days).where(mine).values(alone=rows[broker]["alone"]))
    else:  # as where a day is counted without it from the first
        connection.execute(delete(broker_days).where(mine))


def _difference(program: str, day: int, before: Counted, after: Counted) -> Difference:
    were, are = (
        {row["broker"]: row for row in counting.days(program, day, counted, {})} for counted in (before, after)
    )
    found: Difference = {}
    for broker, row in were.items():
        is_now = are.get(broker, {})
        less = {name: int(is_now.get(name, 0)) - int(row[name]) for name in _NAMES}
        if any(less.values()):
            found[broker] = less
    return found


def _add(connection: Connection, program: str, day: int, broker: int, more: Mapping[str, int]) -> dict[str, Any]:
    """The row as it is then."""
    table = broker_days.c
    mine = (table.program == program) & (table.day == day) & (table.broker == broker)
    row = connection.execute(select(broker_days).where(mine)).mappings().first()
    empty = {"program": program, "day": day, "broker": broker, "alone": 0} | dict.fromkeys(_NAMES, 0)
    values: dict[str, Any] = dict(row) if row is not None else empty
    values |= {name: values[name] + change for name, change in more.items()}
    upsert_many(connection, broker_days, [values])
    return values


def _clients(connection: Connection, program: str, month: int, before: Counted, after: Counted) -> None:
    """Each person's sums in the month, and its active days; who has none left has not traded."""
    table = broker_clients.c
    names = ("spot_sides", "spot_volume", "contract_sides", "contract_volume")
    for (broker, person), sums in before.clients.items():
        now = after.clients.get((broker, person))
        less = {name: (getattr(now, name) if now is not None else 0) - getattr(sums, name) for name in names}
        if not any(less.values()):
            continue
        mine = (table.program == program) & (table.month == month)
        mine &= (table.broker == broker) & (table.person == person)
        row = connection.execute(select(broker_clients).where(mine)).mappings().one()
        days = row["days"] - (now is None)
        if not days:
            connection.execute(delete(broker_clients).where(mine))
            continue
        values = {name: row[name] + less[name] for name in names}
        connection.execute(update(broker_clients).where(mine).values(days=days, **values))


def _firsts(
    connection: Connection, program: str, venue: Venue, day: int, counted: int, before: Counted, after: Counted
) -> dict[tuple[int, int], int]:
    """Who was new with what is busted: new with their next side that counts, or not yet. Changes by day and broker."""
    changes: dict[tuple[int, int], int] = {}
    table = broker_firsts.c
    for person, broker in before.firsts.items():
        mine = (table.program == program) & (table.person == person)
        row = connection.execute(select(broker_firsts).where(mine)).first()
        is_theirs = row is not None and row.day == day and row.broker == broker
        if not is_theirs or after.firsts.get(person) == broker:
            continue
        changes[day, broker] = changes.get((day, broker), 0) - 1
        if person in after.firsts:
            place = (day, after.firsts[person])
        else:
            place = _next_first(connection, program, venue, person, day + 1) or (counted, 0)
        if place[0] >= counted:
            connection.execute(delete(broker_firsts).where(mine))
            continue
        changes[place] = changes.get(place, 0) + 1
        connection.execute(update(broker_firsts).where(mine).values(day=place[0], broker=place[1]))
    return changes


def _next_first(connection: Connection, program: str, venue: Venue, person: int, day: int) -> tuple[int, int] | None:
    """Day and broker of a person's first side that counts, from a day on."""
    accounts = np.array([number for number, one in venue.accounts.items() if one.person == person], np.int64)
    where = (accrual_blocks.c.program == program, accrual_blocks.c.hour >= day * 24)
    for block in accrual.blocks(connection, *where):
        sides: Sides = without_busted(connection, block)
        is_theirs = np.isin(sides["account"], accounts) & (sides["failed"] == 0) & (sides["broker"] != 0)
        found = sides[is_theirs & (sides["time_ns"] >= day * DAY_NS)]
        if len(found):
            return int(found["time_ns"][0]) // DAY_NS, int(found["broker"][0])
    return None
