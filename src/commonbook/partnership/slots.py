"""The slots of a phase: which stake has which. Rules PA-12 and PA-13.

Whoever takes or frees a slot counts the phase's row up first and so waits for whoever is at it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from commonbook.errors import Declined
from commonbook.partnership.rules import lowest_free, stake_key
from commonbook.storage.tables.partnership import phases, slots


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot as it is reserved for one application, or has its stake."""

    phase: int
    slot: int
    generation: int
    locked: bool = False

    @property
    def key(self) -> bytes:
        return stake_key(self.phase, self.slot, self.generation)


def reserve(
    connection: Connection, phase: int, application: int, quota: int, patience_ns: int, now_ns: int | None = None
) -> Slot:
    """The application's slot: the one it has, else the lowest free one.

    Args:
        patience_ns: a reservation this old whose stake has not come may be another's. The key stays the same, so that
            the core gives the slot to the first of both.

    Raises:
        Declined: `quota_full`.
    """
    moment = time.time_ns() if now_ns is None else now_ns
    lock(connection, phase)
    found = list(_rows(connection, phase))
    own = next((row for row in found if row.application == application), None)
    if own is not None:
        if not own.locked:
            _set(connection, phase, own.slot, asking=own.asking + 1, reserved_ns=moment)
        return Slot(phase, own.slot, own.generation, own.locked)
    taken = frozenset(row.slot for row in found if _is_taken(row, moment - patience_ns))
    slot = lowest_free(taken, quota)
    if slot is None:
        locked = sum(row.locked for row in found)
        wait = "" if locked >= quota else "; another stake is on its way for the last one: try again in a minute"
        raise Declined("quota_full", f"all {quota} places of phase {phase} are taken{wait}", quota=quota, taken=locked)
    row = next((row for row in found if row.slot == slot), None)
    values = {"application": application, "asking": 1, "reserved_ns": moment}
    if row is None:
        connection.execute(insert(slots).values(phase=phase, slot=slot, generation=0, locked=False, **values))
    else:
        _set(connection, phase, slot, **values)
    return Slot(phase, slot, 0 if row is None else row.generation)


def let_go(connection: Connection, slot: Slot, application: int) -> None:
    """One request for it is over without a stake; the last one frees it."""
    lock(connection, slot.phase)
    row = _row(connection, slot.phase, slot.slot)
    if row is None or row.application != application or row.locked:
        return
    asking = max(row.asking - 1, 0)
    _set(connection, slot.phase, slot.slot, asking=asking, **({} if asking else {"application": None}))


def give(connection: Connection, phase: int, slot: int, generation: int, application: int) -> bool:
    """The stake has come: the core has decided, whatever was reserved. False when another stake has, or had, the slot
    under this generation."""
    row = _row(connection, phase, slot)
    if row is not None and (row.locked or row.generation > generation):
        return False
    leave(connection, phase, application)
    values: dict[str, Any] = {"application": application, "generation": generation, "locked": True, "asking": 0}
    if row is None:
        connection.execute(insert(slots).values(phase=phase, slot=slot, reserved_ns=0, **values))
    else:
        _set(connection, phase, slot, **values)
    return True


def pass_key(connection: Connection, phase: int, slot: int, generation: int) -> None:
    """The key of a generation has had another effect than a stake that has the slot: the next one takes its place."""
    row = _row(connection, phase, slot)
    if row is None:
        values = {"generation": generation + 1, "application": None, "locked": False, "asking": 0, "reserved_ns": 0}
        connection.execute(insert(slots).values(phase=phase, slot=slot, **values))
    elif not row.locked and row.generation <= generation:
        _set(connection, phase, slot, generation=generation + 1, application=None, asking=0)


def leave(connection: Connection, phase: int, application: int) -> None:
    """Free what an application has. A slot whose key has had its effect goes on under its next generation."""
    where = (slots.c.phase == phase) & (slots.c.application == application)
    row = connection.execute(select(slots).where(where)).first()
    if row is not None:
        generation = row.generation + (1 if row.locked else 0)
        _set(connection, phase, row.slot, generation=generation, application=None, locked=False, asking=0)


def under_way(connection: Connection, application: int, since_ns: int) -> bool:
    """Whether a request for the application's stake may still be on its way."""
    chosen = select(slots.c.slot).where(
        slots.c.application == application, slots.c.locked.is_(False), slots.c.reserved_ns > since_ns
    )
    return connection.execute(chosen).first() is not None


def taken(connection: Connection, phase: int) -> int:
    """How many slots have a stake."""
    chosen = select(func.count()).select_from(slots).where(slots.c.phase == phase, slots.c.locked.is_(True))
    return int(connection.execute(chosen).scalar_one())


def slot_of(connection: Connection, application: int) -> Slot | None:
    row = connection.execute(select(slots).where(slots.c.application == application)).first()
    return None if row is None else Slot(row.phase, row.slot, row.generation, row.locked)


def lock(connection: Connection, phase: int) -> None:
    connection.execute(update(phases).where(phases.c.phase == phase).values(asked=phases.c.asked + 1))


def is_known(connection: Connection, phase: int) -> bool:
    """Whether there is such a phase."""
    return connection.execute(select(phases.c.phase).where(phases.c.phase == phase)).first() is not None


def lock_all(connection: Connection) -> None:
    connection.execute(update(phases).values(asked=phases.c.asked + 1))


def _rows(connection: Connection, phase: int) -> Iterator[Row[Any]]:
    yield from connection.execute(select(slots).where(slots.c.phase == phase).order_by(slots.c.slot))


def _row(connection: Connection, phase: int, slot: int) -> Row[Any] | None:
    return connection.execute(select(slots).where(slots.c.phase == phase, slots.c.slot == slot)).first()


def _set(connection: Connection, phase: int, slot: int, **values: Any) -> None:
    where = (slots.c.phase == phase) & (slots.c.slot == slot)
    connection.execute(update(slots).where(where).values(**values))


def _is_taken(row: Row[Any], since_ns: int) -> bool:
    return row.application is not None and (row.locked or row.reserved_ns > since_ns)
