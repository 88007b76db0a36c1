"""What came by each code on a day: volume, persons, who of them is new, commission. Rules BT-10 to BT-12.

A closed day is counted once, from the sides of its fills: beside the stream, by whoever comes to it first, and at the
latest when its month is closed. What is counted follows from the journal alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, insert, select, update

from commonbook.broker import accrual
from commonbook.broker.deciding import paying_of
from commonbook.broker.dividing import USER, divided
from commonbook.broker.model import Program
from commonbook.broker.months import month_of_day
from commonbook.broker.sides import Sides
from commonbook.columns import Units, grouped, product, spread, sums_by
from commonbook.instrument.venue import Venue
from commonbook.storage.database import execute_many, upsert_many
from commonbook.storage.tables.autonomy import engine_days
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.corrections import busts
from commonbook.storage.tables.program import broker_clients, broker_days, broker_firsts, program_clocks

TOGETHER = 400  # keys of one query


class BustedMeanwhile(Exception):
    """A fill was busted between counting a day and writing it down: it is counted once more."""


@dataclass
class Sums:
    """Of one person under one code."""

    spot_sides: int = 0
    spot_volume: int = 0
    contract_sides: int = 0
    contract_volume: int = 0

    def take(self, is_spot: bool, sides: int, volume: int) -> None:
        if is_spot:
            self.spot_sides, self.spot_volume = self.spot_sides + sides, self.spot_volume + volume
        else:
            self.contract_sides, self.contract_volume = self.contract_sides + sides, self.contract_volume + volume


@dataclass
class Counted:
    """A day."""

    clients: dict[tuple[int, int], Sums] = field(default_factory=lambda: defaultdict(Sums))  # broker, person
    firsts: dict[int, int] = field(default_factory=dict)  # person to the broker of their first side that counts
    commission: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by who has it; payout asset

    def take(self, sides: Sides, program: Program, venue: Venue) -> None:
        """Some sides in the order of their fills."""
        sides = sides[sides["broker"] != 0]
        parts = divided(sides, program, venue).parts
        brokers = np.flatnonzero(parts.beneficiary != USER)
        whose, place = np.unique(parts.beneficiary[brokers], return_inverse=True)
        paid = sums_by(place, parts.paid[brokers], len(whose))
        for broker, amount in zip(whose.tolist(), paid, strict=True):
            self.commission[broker] += amount
        self._take_clients(sides[sides["failed"] == 0], program, venue)

    def _take_clients(self, sides: Sides, program: Program, venue: Venue) -> None:
        if not len(sides):
            return
        accounts, place = np.unique(sides["account"], return_inverse=True)
        persons = np.array([venue.accounts[one].person for one in accounts.tolist()], np.int64)[place]
        codes = sides["broker"].astype(np.int64)
        _, first = np.unique(persons, return_index=True)
        for at in np.sort(first).tolist():
            self.firsts.setdefault(int(persons[at]), int(codes[at]))
        keys = {"broker": codes, "person": persons, "is_spot": are_spot(sides)}
        values: dict[str, Units] = {"sides": np.ones(len(sides), np.int64), "volume": volumes(sides, program, venue)}
        for key, sums in grouped(keys, values):
            self.clients[key["broker"], key["person"]].take(bool(key["is_spot"]), sums["sides"], sums["volume"])


def are_spot(sides: Sides) -> NDArray[np.int64]:
    """1 for spot, 0 for contracts: futures and options. All that is traded today is spot."""
    return np.ones(len(sides), np.int64)


def volumes(sides: Sides, program: Program, venue: Venue) -> Units:
    """BT-10: each side's notional in the payout asset, at the index price in force at its fill, rounded down."""
    numbers, at = np.unique(sides["instrument"], return_inverse=True)
    units = spread([venue.instruments[one].minor_per_tick_lot for one in numbers.tolist()], at)
    notional = product(product(sides["price_ticks"].astype(np.int64), sides["quantity_lots"].astype(np.int64)), units)
    return paying_of(sides, program, venue).in_payout(notional)


def counted_before(connection: Connection, program: str) -> int | None:
    """Every day before this one is counted; None where the program has not begun."""
    found = connection.execute(select(program_clocks.c.counted_before).where(program_clocks.c.program == program))
    return found.scalar()


def begin_of_counting(connection: Connection, program: str, day: int) -> int:
    """The first day to be counted by a program that begins: that of its oldest fill."""
    oldest = select(func.min(accrual_blocks.c.hour)).where(accrual_blocks.c.program == program)
    hour = connection.execute(oldest).scalar()
    return day if hour is None else min(day, int(hour) // 24)


def count(
    connection: Connection, program: Program, venue: Venue, day: int, accounts: Sequence[int] | None = None
) -> Counted:
    """A day that is over, from the sides that are kept of it.

    Args:
        accounts: what these alone have done; None: all.
    """
    found = Counted()
    for sides in _sides_of(connection, program.name, day):
        some = sides if accounts is None else sides[np.isin(sides["account"], accounts)]
        if len(some):
            found.take(without_busted(connection, some), program, venue)
    return found


def without_busted(connection: Connection, sides: Sides) -> Sides:
    """What is busted counts for nothing (CO-7)."""
    if not len(sides):
        return sides
    within = busts.c.sequence.between(int(sides["sequence"].min()), int(sides["sequence"].max()))
    for sequence, index in connection.execute(select(busts.c.sequence, busts.c.event_index).where(within)):
        sides = sides[(sides["sequence"] != sequence) | (sides["index"] != index)]
    return sides


def busted_so_far(connection: Connection) -> int:
    """How many fills were busted."""
    return int(connection.execute(select(func.count()).select_from(busts)).scalar_one())


def _sides_of(connection: Connection, program: str, day: int) -> Iterator[Sides]:
    """A day's sides are those of its range of sequences: batches are cut where days end."""
    chosen = select(engine_days.c.first_sequence).order_by(engine_days.c.day).limit(1)
    first = connection.execute(chosen.where(engine_days.c.day == day)).scalar()
    if first is None:
        return
    mine = (accrual_blocks.c.program == program) & (accrual_blocks.c.last_sequence >= first)
    behind = connection.execute(chosen.where(engine_days.c.day > day)).scalar()
    if behind is not None:
        mine &= accrual_blocks.c.first_sequence < behind
    yield from accrual.blocks(connection, mine)


def keep(connection: Connection, program: str, day: int, found: Counted, known: int | None = None) -> bool:
    """Write a day down, in the caller's transaction; False where another has, or the one before it is not yet.

    Args:
        known: so many fills were busted when it was counted; None where it was counted in the same transaction.

    Raises:
        BustedMeanwhile: there are more by now; the caller's transaction is to be given up.
    """
    clock = program_clocks.c
    mine = (clock.program == program) & (clock.counted_before == day)
    # The update comes first: it holds the row, so that of two that have counted the same day one waits for the other.
    if connection.execute(update(program_clocks).where(mine).values(counted_before=day + 1)).rowcount != 1:
        return False
    if known is not None and busted_so_far(connection) != known:
        raise BustedMeanwhile
    fresh = _keep_firsts(connection, program, day, found.firsts)
    _keep_clients(connection, program, month_of_day(day), found.clients)
    rows = days(program, day, found, fresh)
    if rows:
        execute_many(connection, insert(broker_days), rows)
    return True


def count_up_to(connection: Connection, program: Program, venue: Venue, before: int) -> None:
    """Count in the caller's transaction what is not counted yet of the days before one."""
    day = counted_before(connection, program.name)
    while day is not None and day < before:
        keep(connection, program.name, day, count(connection, program, venue, day))
        day += 1


def count_one(database: Engine, program: Program, venue: Venue, today: int) -> int | None:
    """Count the oldest day that is over and not counted yet, for what comes of it at leisure; None for none.

    May run in a thread of its own beside the stream: a day that is over does not change.
    """
    with database.connect() as connection:
        day = counted_before(connection, program.name)
        if day is None or day >= today:
            return None
        known = busted_so_far(connection)
        found = count(connection, program, venue, day)
    with suppress(BustedMeanwhile), database.begin() as connection:
        keep(connection, program.name, day, found, known)
    return day


def _keep_firsts(connection: Connection, program: str, day: int, firsts: dict[int, int]) -> dict[int, int]:
    """BT-12: who has never had a paid trade in the program before; gives them back by broker, how many."""
    known: set[int] = set()
    table = broker_firsts.c
    for part in _parts(sorted(firsts)):
        chosen = select(table.person).where((table.program == program) & table.person.in_(part))
        known |= set(connection.execute(chosen).scalars())
    rows = [
        {"program": program, "person": person, "broker": broker, "day": day}
        for person, broker in sorted(firsts.items())
        if person not in known
    ]
    if rows:
        execute_many(connection, insert(broker_firsts), rows)
    fresh: dict[int, int] = defaultdict(int)
    for row in rows:
        fresh[int(str(row["broker"]))] += 1
    return fresh


def _keep_clients(connection: Connection, program: str, month: int, clients: dict[tuple[int, int], Sums]) -> None:
    table = broker_clients.c
    before: dict[tuple[int, int], Any] = {}
    for part in _parts(sorted({broker for broker, _ in clients})):
        mine = (table.program == program) & (table.month == month) & table.broker.in_(part)
        for row in connection.execute(select(broker_clients).where(mine)):
            before[row.broker, row.person] = row
    rows = []
    for (broker, person), sums in sorted(clients.items()):
        was = before.get((broker, person))
        names = ("spot_sides", "spot_volume", "contract_sides", "contract_volume")
        values = {name: getattr(sums, name) + (getattr(was, name) if was is not None else 0) for name in names}
        keys = {"program": program, "month": month, "broker": broker, "person": person}
        rows.append(keys | {"days": 1 + (was.days if was is not None else 0)} | values)
    if rows:
        upsert_many(connection, broker_clients, rows)


def days(program: str, day: int, found: Counted, fresh: dict[int, int]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    zeros = ("sides", "spot_volume", "contract_volume", "clients", "alone")
    for broker in sorted({*(broker for broker, _ in found.clients), *found.commission}):
        told = {"new_clients": fresh.get(broker, 0), "commission": found.commission.get(broker, 0)}
        rows[broker] = {"program": program, "day": day, "broker": broker} | dict.fromkeys(zeros, 0) | told
    for (broker, person), sums in found.clients.items():
        row = rows[broker]
        row["alone"] = 0 if row["clients"] else person
        row["sides"] += sums.spot_sides + sums.contract_sides
        row["spot_volume"] += sums.spot_volume
        row["contract_volume"] += sums.contract_volume
        row["clients"] += 1
    return list(rows.values())


def _parts(values: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), TOGETHER):
        yield values[start : start + TOGETHER]
