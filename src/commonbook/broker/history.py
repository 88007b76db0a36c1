"""A broker's lines, a page at a time, and their sums. Rules BL-1 to BL-4.

A line is a line of the export (BP-14), and so of the statement of its hour. Blocks are read as they were accrued, hour
by hour; only those sides are divided in which the broker can have a part.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any, Self

import numpy as np
from sqlalchemy import Connection, select

from commonbook.broker.accrual import blocks
from commonbook.broker.deciding import in_hours
from commonbook.broker.exporting import (
    HOURS_A_DAY,
    ClientNames,
    Reversed,
    Scales,
    columns,
    own_lines,
    reversed_rows,
    states_of,
)
from commonbook.broker.model import EARNING, Program, is_root
from commonbook.broker.reversals import reversals_between
from commonbook.broker.sides import Sides
from commonbook.broker.standing import ACCRUED
from commonbook.errors import BadInput
from commonbook.instrument.venue import Venue
from commonbook.records import FillRole
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.table_file import Column, Row, as_objects, utc
from commonbook.units import HOUR_NS, format_units

LOOKED_MOST = 500_000  # sides that one page looks at; what is behind them is on the next one
TOGETHER = 50_000  # sides that are divided at once, about
_NUMBER_MOST = 2**62
_ROLES = {one.name.lower(): one for one in FillRole}


@dataclass(frozen=True, slots=True)
class Span:
    """Hours since 1970, with which lines are settled: from the first to before the one behind the last."""

    first: int
    behind: int

    def must_be_within(self, days_most: int) -> None:
        """
        Raises:
            BadInput: it holds no hour, or more than are answered at once.
        """
        if not 0 <= self.first < self.behind:
            raise BadInput("the first hour is behind the last: nothing lies between them")
        if self.behind - self.first > days_most * HOURS_A_DAY:
            hours = self.behind - self.first
            raise BadInput(f"{hours} hours are more than the {days_most} days that are answered at once; ask for fewer")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the lines; 0 for any."""

    order: int = 0
    account: int = 0
    instrument: int = 0

    def among(self, sides: Sides) -> Sides:
        for name in ("order", "account", "instrument"):
            if getattr(self, name):
                sides = sides[sides[name] == getattr(self, name)]
        return sides

    def has(self, one: Reversed) -> bool:
        """Whether a reversal is among them: a bust as the line that it takes back, a correction by its client."""
        if len(one.side):
            return bool(len(self.among(one.side)))
        return not self.order and not self.instrument and self.account in (0, one.of.client)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a line stands among all: in the order of the hours, and in an hour in that of the fills."""

    hour: int
    sequence: int
    index: int
    role: int  # FillRole

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Raises:
            BadInput: no page has ended so.
        """
        *numbers, role = text.split("-")
        is_whole = len(numbers) == 3 and role in _ROLES
        if is_whole and all(one.isascii() and one.isdigit() and len(one) < 20 for one in numbers):
            hour, sequence, index = map(int, numbers)
            if max(hour, sequence, index) < _NUMBER_MOST:
                return cls(hour, sequence, index, _ROLES[role])
        raise BadInput(f"{text[:60]!r} is the end of no page; give `next` as a page before has told it")

    @property
    def text(self) -> str:
        return f"{self.hour}-{self.sequence}-{self.index}-{FillRole(self.role).name.lower()}"


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[dict[str, Any]]
    next: str  # where the page behind begins; empty: there is none


@dataclass(frozen=True, slots=True)
class _Part:
    """Sides that were looked at together, all of one hour."""

    hour: int
    sides: Sides  # in which the broker can have a part
    looked: int
    last: Place  # of what was looked at


def page(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    span: Span,
    wanted: Wanted,
    after: Place | None,
    most: int,
) -> Page:
    """Lines in order, of those behind a place. It may have fewer than `most`, and another behind it all the same."""
    scales = Scales.of(venue)
    told, states = _columns(program, venue, broker, scales), states_of(connection, program, broker, *_ends(span))
    reversed_ones = _reversed(connection, program, venue, broker, client_of, span, wanted, scales)
    waiting = deque((place, row) for place, row in reversed_ones if after is None or place > after)
    rows: list[Row] = []
    looked = 0

    def take(placed: list[tuple[Place, Row]]) -> str:
        """Where the page ends; empty while it has room."""
        for place, row in placed:
            rows.append((place.hour * HOUR_NS, states.get(place.hour, ACCRUED), *row))
            if len(rows) == most:
                return place.text
        return ""

    for part in _parts(connection, program, broker, span, wanted, after):
        lines = own_lines(part.sides, program, venue, broker, client_of, scales)
        placed = [(_place_of(part.hour, row), row) for row in lines]
        placed = [one for one in placed if after is None or one[0] > after]
        while waiting and waiting[0][0] <= part.last:
            placed.append(waiting.popleft())
        if end := take(sorted(placed, key=itemgetter(0))):
            return Page(list(as_objects(told, rows)), end)
        looked += part.looked
        if looked >= LOOKED_MOST:
            return Page(list(as_objects(told, rows)), part.last.text)
    end = take(list(waiting))
    return Page(list(as_objects(told, rows)), end)


def _reversed(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    span: Span,
    wanted: Wanted,
    scales: Scales,
) -> list[tuple[Place, Row]]:
    """The broker's reversals with their places: among the lines of their hour, at the commands that they came by."""
    found = reversals_between(connection, program.name, *_ends(span))
    rows = reversed_rows(connection, program, venue, broker, client_of, scales, found)
    placed = [
        (Place(one.of.hour, one.of.sequence, 0, one.of.role or FillRole.TAKER), one.row)
        for one in rows
        if wanted.has(one)
    ]
    return sorted(placed, key=itemgetter(0))


def _ends(span: Span) -> tuple[int, int]:
    return span.first, span.behind


def _columns(program: Program, venue: Venue, broker: int, scales: Scales) -> list[Column]:
    return columns(scales, venue.assets[program.payout_asset].scale, is_root(program, broker))


def _place_of(hour: int, row: Row) -> Place:
    """Its fill and its role stand first in a line."""
    sequence, index = str(row[0]).split("-")
    return Place(hour, int(sequence), int(index), _ROLES[row[1]])


def _parts(
    connection: Connection, program: Program, broker: int, span: Span, wanted: Wanted, after: Place | None
) -> Iterator[_Part]:
    mine = (accrual_blocks.c.program == program.name) & (accrual_blocks.c.hour >= span.first)
    mine &= accrual_blocks.c.hour < span.behind
    if after is not None:
        mine &= accrual_blocks.c.hour >= after.hour
    # An order has the sequence of the command that it came with: nothing of it was filled before.
    mine &= accrual_blocks.c.last_sequence >= wanted.order
    hours = connection.execute(select(accrual_blocks.c.hour).where(mine).distinct().order_by(accrual_blocks.c.hour))
    for hour in list(hours.scalars()):
        of_hour = mine & (accrual_blocks.c.hour == hour)
        if after is not None and hour == after.hour:
            of_hour &= accrual_blocks.c.last_sequence >= after.sequence
        yield from _parts_of_hour(connection, program, broker, hour, wanted, after, of_hour)


def _parts_of_hour(
    connection: Connection,
    program: Program,
    broker: int,
    hour: int,
    wanted: Wanted,
    after: Place | None,
    where: Any,
) -> Iterator[_Part]:
    gathered: list[Sides] = []
    looked, last = 0, None
    for block in blocks(connection, where):
        if after is not None and _place(hour, block[-1]) <= after:
            continue  # it was looked at whole
        gathered.append(_under(wanted.among(block), program, broker))
        looked, last = looked + len(block), block[-1]
        if looked >= TOGETHER:
            yield _Part(hour, np.concatenate(gathered), looked, _place(hour, last))
            gathered, looked, last = [], 0, None
    if last is not None:
        yield _Part(hour, np.concatenate(gathered), looked, _place(hour, last))


def _place(hour: int, side: np.void) -> Place:
    return Place(hour, *(int(side[name]) for name in ("sequence", "index", "role")))


def _under(sides: Sides, program: Program, broker: int) -> Sides:
    """Those under the broker's own code, or under a code below it."""
    some = sides[sides["broker"] != 0]
    pairs, place = in_hours(some["broker"], some["time_ns"])
    if not pairs:
        nothing: Sides = some[:0]
        return nothing
    paths = [program.terms(code, hour).path for code, hour in pairs]
    mine = [broker == path.root or any(broker == who for who, _ in path.below) for path in paths]
    found: Sides = some[np.array(mine)[place]]
    return found


# -- sums --------------------------------------------------------------------------------------------------------------


class By(StrEnum):
    ORDER = "order"
    CLIENT = "client"
    INSTRUMENT = "instrument"
    HOUR = "hour"
    DAY = "day"


_KEYS = {By.ORDER: "order", By.CLIENT: "account", By.INSTRUMENT: "instrument"}
_SUMMED = ("notional", "base", "commission", "paid")
Key = tuple[int | str, str]  # what is summed by, and the asset of the fees


@dataclass(frozen=True, slots=True)
class Sum:
    """What lines of one kind are together."""

    key: str  # an order, an account, a name, or when it began
    client: str  # of an account, what the broker is told as its client; else empty
    fee_asset: str
    lines: int
    earning: int  # of them
    notional: str  # this and the next two in the asset of the fees
    base: str
    commission: str
    payout_asset: str
    paid: str
    states: dict[str, int]  # lines by how far their hours have come


@dataclass(frozen=True, slots=True)
class Sums:
    sums: list[Sum]
    next: str


def sums(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    span: Span,
    wanted: Wanted,
    by: By,
    after: str,
    most: int,
) -> Sums:
    """Lines summed, in the order of what they are summed by; of two assets the sums are apart.

    Raises:
        BadInput: `after` is the end of no page.
    """
    behind = _key_read(by, after) if after else None
    scales = Scales.of(venue)
    place_of = {one.name: place for place, one in enumerate(_columns(program, venue, broker, scales))}
    states = states_of(connection, program, broker, *_ends(span))
    found: dict[Key, _Adding] = {}
    for part in _parts(connection, program, broker, span, wanted, None):
        state, hour = states.get(part.hour, ACCRUED), _begins(by, part.hour)
        for row in own_lines(part.sides, program, venue, broker, client_of, scales):
            line = (0, "", *row)  # as the columns have it
            key = hour if by in (By.HOUR, By.DAY) else line[place_of[_KEYS[by]]]
            adding = found.setdefault((key, line[place_of["fee_asset"]]), _Adding([0] * len(_SUMMED), {}))
            adding.add([line[place_of[name]] for name in _SUMMED], line[place_of["reason"]] in EARNING, state)
    for place, row in _reversed(connection, program, venue, broker, client_of, span, wanted, scales):
        line = (0, "", *row)
        key = _begins(by, place.hour) if by in (By.HOUR, By.DAY) else line[place_of[_KEYS[by]]]
        adding = found.setdefault((key, line[place_of["fee_asset"]]), _Adding([0] * len(_SUMMED), {}))
        amounts = [line[place_of[name]] for name in _SUMMED]
        adding.add(amounts, line[place_of["reason"]] in EARNING, states.get(place.hour, ACCRUED))
    keys = sorted(key for key in found if behind is None or key > behind)
    told = [_told(by, key, found[key], venue, program, client_of, scales) for key in keys[:most]]
    return Sums(told, _key_text(by, keys[most - 1]) if len(keys) > most else "")


@dataclass(slots=True)
class _Adding:
    amounts: list[int]
    states: dict[str, int]
    lines: int = 0
    earning: int = 0

    def add(self, amounts: list[int], earns: bool, state: str) -> None:
        self.amounts = [one + other for one, other in zip(self.amounts, amounts, strict=True)]
        self.states[state] = self.states.get(state, 0) + 1
        self.lines += 1
        self.earning += earns


def _begins(by: By, hour: int) -> int:
    """The first hour of what is summed."""
    return hour // HOURS_A_DAY * HOURS_A_DAY if by is By.DAY else hour


def _key_text(by: By, key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _key_read(by: By, text: str) -> Key:
    key, _, asset = text.partition(":")
    if by is By.INSTRUMENT:
        return key, asset
    if asset and key.isascii() and key.isdigit() and len(key) < 20:
        return int(key), asset
    raise BadInput(f"{text[:60]!r} is the end of no page; give `next` as a page before has told it")


def _told(by: By, key: Key, of: _Adding, venue: Venue, program: Program, client_of: ClientNames, scales: Scales) -> Sum:
    payout = venue.assets[program.payout_asset]
    notional, base, commission = (format_units(one, scales.quote) for one in of.amounts[:3])
    shown = utc(int(key[0]) * HOUR_NS) if by in (By.HOUR, By.DAY) else str(key[0])
    return Sum(
        key=shown,
        client=client_of(int(key[0])) if by is By.CLIENT else "",
        fee_asset=key[1],
        lines=of.lines,
        earning=of.earning,
        notional=notional,
        base=base,
        commission=commission,
        payout_asset=payout.name,
        paid=payout.format(of.amounts[3]),
        states=dict(sorted(of.states.items())),
    )
