"""What share of the base a broker has: a table over product, role, client level, affiliation and tier. Rule B-5.

A table is a list of rows, each for a range of cases; the first row that a case lies in says its rate. So people write
such tables, and so it stands in a statement's header. For a million fills it is spread out once into an array.
A schedule is a table with its versions; a negotiated one is another schedule, and a broker is under one of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.errors import Declined
from commonbook.units import HOUR_NS, RATE_ONE, RateE8, format_units

LEVELS = 10  # client (VIP) levels 0 to 9, of which a program excludes the upper ones (B-4)
TIERS = 10  # levels of brokers, 0 to 9


class Product(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"  # perpetual ones as well
    OPTIONS = "options"


PRODUCTS = tuple(Product)
ROLES = ("taker", "maker")
NO_RATES = np.zeros((TIERS, len(PRODUCTS), len(ROLES), LEVELS, 2), np.int64)  # of a table without rows


@dataclass(frozen=True, slots=True)
class RateRow:
    """Cases and their rate. None stands for all; both ends of a range belong to it."""

    tier: int
    rate_e8: RateE8
    affiliated: bool | None = None
    product: Product | None = None
    role: str | None = None
    level_from: int = 0
    level_to: int = LEVELS - 1

    def told(self) -> dict[str, Any]:
        """As a statement's header says it."""
        return {
            "affiliated": self.affiliated,
            "level_from": str(self.level_from),
            "level_to": str(self.level_to),
            "product": self.product.value if self.product else None,
            "rate_e8": str(self.rate_e8),
            "role": self.role,
            "tier": str(self.tier),
        }

    def place(self) -> tuple[slice, ...]:
        """Which cells of the array it is for."""
        return (
            slice(self.tier, self.tier + 1),
            _one_or_all(None if self.product is None else PRODUCTS.index(self.product)),
            _one_or_all(None if self.role is None else ROLES.index(self.role)),
            slice(self.level_from, self.level_to + 1),
            _one_or_all(None if self.affiliated is None else int(self.affiliated)),
        )


def _one_or_all(index: int | None) -> slice:
    return slice(None) if index is None else slice(index, index + 1)


@dataclass(frozen=True, eq=False)
class RateTable:
    """A version of a schedule, in force from a time on until the next one is."""

    version: int
    effective_ns: int
    rows: tuple[RateRow, ...]

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """The rate of each case: tier, product, role, client level, affiliated."""
        found = NO_RATES.copy()
        for row in reversed(self.rows):
            found[row.place()] = row.rate_e8
        return found

    def rate(self, tier: int, product: Product, role: str, level: int, affiliated: bool) -> RateE8:
        """Of one case; 0 where no row is for it."""
        at = (tier, PRODUCTS.index(product), ROLES.index(role), min(level, LEVELS - 1), int(affiliated))
        return RateE8(int(self.cells[at]))

    @property
    def highest(self) -> RateE8:
        return RateE8(int(self.cells.max()))


def checked(rows: Sequence[RateRow]) -> None:
    """What a table may not say.

    Raises:
        Declined: `bad_rate`, `bad_tier` or `bad_level`, with the value.
    """
    for number, row in enumerate(rows, 1):
        if not 0 <= row.rate_e8 <= RATE_ONE:
            raise Declined("bad_rate", f"row {number}: a rate of {percent(row.rate_e8)} is not between 0 % and 100 %")
        if not 0 <= row.tier < TIERS:
            raise Declined("bad_tier", f"row {number}: tier {row.tier} is not 0 to {TIERS - 1}")
        if not 0 <= row.level_from <= row.level_to < LEVELS:
            raise Declined("bad_level", f"row {number}: levels {row.level_from} to {row.level_to} are no range")


def in_force(tables: Iterable[RateTable], time_ns: int) -> RateTable | None:
    """The version whose time has come last; of two with the same time the higher number."""
    begun = [table for table in tables if table.effective_ns <= time_ns]
    return max(begun, key=lambda one: (one.effective_ns, one.version)) if begun else None


def within_hour(tables: Sequence[RateTable], hour: int) -> Iterator[tuple[int, int, RateTable]]:
    """(from, to before, table) for each version that is in force for some of an hour, in order of engine time."""
    begin, end = hour * HOUR_NS, (hour + 1) * HOUR_NS
    turns = sorted({begin, *(table.effective_ns for table in tables if begin < table.effective_ns < end)})
    for start, stop in zip(turns, [*turns[1:], end], strict=True):
        table = in_force(tables, start)
        if table is not None:
            yield start, stop, table


def difference(before: RateTable | None, after: RateTable) -> list[str]:
    """What changes from one version to the next, in words; cases with the same change together.

    Returns:
        Lines such as "tier 3, spot, taker, clients at level 0 to 5, with an affiliate: 10 % instead of 7.5 %".
    """
    old = np.zeros_like(after.cells) if before is None else before.cells
    changed = np.argwhere(old != after.cells)
    cases = [tuple(int(index) for index in case) for case in changed]
    groups: dict[tuple[int, int, int], set[tuple[int, ...]]] = {}
    for tier, *case in cases:
        at = (tier, *case)
        groups.setdefault((tier, int(old[at]), int(after.cells[at])), set()).add(tuple(case))
    return [
        f"tier {tier}{_where(box)}: {percent(now)} instead of {percent(was)}"
        for (tier, was, now), found in sorted(groups.items())
        for box in _boxes(found)
    ]


_Box = tuple[tuple[int, ...], ...]  # for product, role, client level, affiliated: the indices that it is for


def _boxes(cases: set[tuple[int, ...]]) -> Iterator[_Box]:
    """Cases as few boxes, each all combinations of some values: grown one axis at a time, the first that fit."""
    left = set(cases)
    while left:
        box: list[list[int]] = [[index] for index in min(left)]
        for axis, length in enumerate((len(PRODUCTS), len(ROLES), LEVELS, 2)):
            for index in range(box[axis][-1] + 1, length):
                more = [*box[:axis], [index], *box[axis + 1 :]]
                if not _all_of(more) <= left:
                    break
                box[axis].append(index)
        left -= _all_of(box)
        yield tuple(tuple(axis) for axis in box)


def _all_of(box: Sequence[Sequence[int]]) -> set[tuple[int, ...]]:
    products, roles, levels, affiliated = box
    return {(a, b, c, d) for a in products for b in roles for c in levels for d in affiliated}


def _where(box: _Box) -> str:
    products, roles, levels, affiliated = box
    parts = []
    if len(products) < len(PRODUCTS):
        parts.append(" and ".join(PRODUCTS[index].value for index in products))
    if len(roles) < len(ROLES):
        parts.append(ROLES[roles[0]])
    if len(levels) < LEVELS:
        told = f"level {levels[0]}" if len(levels) == 1 else f"level {levels[0]} to {levels[-1]}"
        parts.append(f"clients at {told}")
    if len(affiliated) < 2:
        parts.append("with an affiliate" if affiliated[0] else "without an affiliate")
    return "".join(f", {part}" for part in parts)


def percent(rate_e8: int) -> str:
    return f"{format_units(rate_e8, 6)} %"


@dataclass(frozen=True)
class Tiers:
    """The levels that brokers have been at, hours at which each began."""

    default: int
    changes: tuple[tuple[int, int, int], ...] = ()  # hour, broker, level; in order of hours
    defaults: tuple[tuple[int, int], ...] = ()  # another default from an hour on, in order

    def level(self, broker: int, hour: int) -> int:
        found = [level for begun, level in self._of_broker.get(broker, ()) if begun <= hour]
        return found[-1] if found else self.default_at(hour)

    def default_at(self, hour: int) -> int:
        """Of whoever has no level of its own."""
        found = [level for begun, level in self.defaults if begun <= hour]
        return found[-1] if found else self.default

    @cached_property
    def _of_broker(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for begun, broker, level in self.changes:
            found.setdefault(broker, []).append((begun, level))
        return found
