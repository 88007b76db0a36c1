"""A broker's lines as a table for other programs: CSV, JSON or Parquet, exact. Rule BP-14.

What the statements say, with hours that are not settled yet beside them, each amount a decimal of whole units. It is
read some blocks at a time, so that memory grows neither with the time that is asked for nor with what an hour has.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from commonbook.broker.accrual import blocks_of_hour, in_parts
from commonbook.broker.deciding import reason_of
from commonbook.broker.dividing import divided
from commonbook.broker.model import BIT, Program, is_root
from commonbook.broker.reversals import reversals_between
from commonbook.broker.reversing import BUST, Reversal
from commonbook.broker.sides import SIDE, Sides
from commonbook.broker.standing import ACCRUED, sides_of_fill
from commonbook.columns import units_of
from commonbook.errors import BadInput
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole
from commonbook.storage.tables.broker import accrual_blocks, settlements
from commonbook.table_file import Column, Format, Kind, Row, write_table
from commonbook.units import HOUR_NS

HOURS_A_DAY = 24
TOGETHER = 50_000  # sides that are in memory at once, about
_PER_CENT_DECIMALS = 6
_PRICE_DECIMALS = 8
_FEES = ("taker_fee", "maker_fee", "discount", "claimed", "base")
_WHOLE = ("time_ns", "trade", "order", "account", "level")
_INDEX = ("index_price_e8", "index_sequence")
BUSTED, CORRECTED = "BUSTED", "CORRECTED"  # what such rows have for a reason
_TAKEN_BACK = (
    *("notional", "taker_fee", "maker_fee", "discount", "claimed"),
    *("base", "pool", "commission", "paid"),
)
Progress = Callable[[int, int], None]  # sides done, sides in all
ClientNames = Callable[[int], str]  # of an account, what the broker is told as its client (BL-12)


@dataclass(frozen=True, slots=True)
class Scales:
    """Decimals of the columns: the largest that the venue has."""

    price: int
    quantity: int
    quote: int

    @classmethod
    def of(cls, venue: Venue) -> "Scales":
        there = venue.instruments.values()
        return cls(
            max((one.tick_scale for one in there), default=0),
            max((one.lot_scale for one in there), default=0),
            max((one.quote.scale for one in there), default=0),
        )


def write_lines(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    first: int,
    behind: int,
    days_most: int,
    path: Path,
    form: Format,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write the lines of the hours from `first` to before `behind`; gives how many there were.

    Args:
        first, behind: hours since 1970, with which the lines are settled.
        days_most: of one file.

    Raises:
        BadInput: the hours are none, or more than one file may have.
    """
    if not first < behind:
        raise BadInput("the first hour is not before the one behind the last; nothing lies between them")
    if behind - first > days_most * HOURS_A_DAY:
        hours = behind - first
        raise BadInput(f"{hours} hours are more than the {days_most} days of one file; ask for a shorter time at once")
    scales, as_root = Scales.of(venue), is_root(program, broker)
    rows = _rows(connection, program, venue, broker, client_of, first, behind, scales, progress)
    return write_table(path, form, columns(scales, venue.assets[program.payout_asset].scale, as_root), rows)


def columns(scales: Scales, payout_scale: int, is_root: bool) -> list[Column]:
    """What each row has. A sub-broker is told its own points, and nothing of the pool above it."""
    return [
        Column("hour", Kind.TIME),
        Column("state", Kind.TEXT),
        Column("fill", Kind.TEXT),
        Column("role", Kind.TEXT),
        Column("time", Kind.TIME),
        *(Column(name, Kind.WHOLE) for name in ("trade", "order", "account", "level")),
        *(Column(name, Kind.TEXT) for name in ("client", "code", "attribution", "channel", "affiliated", "subsidised")),
        Column("instrument", Kind.TEXT),
        Column("price", Kind.DECIMAL, scales.price),
        Column("quantity", Kind.DECIMAL, scales.quantity),
        Column("notional", Kind.DECIMAL, scales.quote),
        Column("fee_asset", Kind.TEXT),
        *(Column(name, Kind.DECIMAL, scales.quote) for name in _FEES),
        Column("reason", Kind.TEXT),
        Column("excluded_by", Kind.TEXT),
        Column("index_price", Kind.DECIMAL, _PRICE_DECIMALS),
        Column("index_sequence", Kind.WHOLE),
        Column("rate" if is_root else "points", Kind.DECIMAL, _PER_CENT_DECIMALS),
        *([Column("pool", Kind.DECIMAL, scales.quote)] if is_root else []),
        Column("commission", Kind.DECIMAL, scales.quote),
        Column("paid", Kind.DECIMAL, payout_scale),
    ]


def _rows(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    first: int,
    behind: int,
    scales: Scales,
    progress: Progress,
) -> Iterator[Row]:
    mine = (accrual_blocks.c.program == program.name) & (accrual_blocks.c.hour >= first)
    mine &= accrual_blocks.c.hour < behind
    picked = select(accrual_blocks.c.hour, func.sum(accrual_blocks.c.sides).label("sides")).where(mine)
    hours = {row.hour: int(row.sides) for row in connection.execute(picked.group_by(accrual_blocks.c.hour))}
    states = states_of(connection, program, broker, first, behind)
    done, total = 0, sum(hours.values())
    taken_back: dict[int, list[Row]] = {}
    reversals = reversals_between(connection, program.name, first, behind)
    for one in reversed_rows(connection, program, venue, broker, client_of, scales, reversals):
        taken_back.setdefault(one.of.hour, []).append(one.row)
    for hour in sorted({*hours, *taken_back}):
        state = states.get(hour, ACCRUED)
        for sides in in_parts(blocks_of_hour(connection, program.name, hour), TOGETHER):
            for own in own_lines(sides, program, venue, broker, client_of, scales):
                yield (hour * HOUR_NS, state, *own)
        for own in taken_back.get(hour, ()):
            yield (hour * HOUR_NS, state, *own)
        done += hours.get(hour, 0)
        progress(done, total)


def states_of(connection: Connection, program: Program, broker: int, first: int, behind: int) -> dict[int, str]:
    """How far a broker's hours have come: those that are settled."""
    mine = (settlements.c.program == program.name) & (settlements.c.broker == broker)
    mine &= (settlements.c.hour >= first) & (settlements.c.hour < behind)
    return {
        row.hour: row.state for row in connection.execute(select(settlements.c.hour, settlements.c.state).where(mine))
    }


def own_lines(
    sides: Sides, program: Program, venue: Venue, broker: int, client_of: ClientNames, scales: Scales
) -> Iterator[Row]:
    """A row for each side that the broker has a part in, in the order of the fills; without hour and state."""
    if not len(sides):
        return
    parts = divided(sides, program, venue).parts
    own = np.flatnonzero(parts.beneficiary == broker)
    own = own[np.argsort(parts.side[own], kind="stable")]
    mine = sides[parts.side[own]]
    as_root = is_root(program, broker)
    told = _columns_of(mine, venue, client_of, scales)
    scale = [venue.instruments[one].quote.scale for one in _instruments(mine)]
    yours = zip(
        parts.points_e8[own].tolist(),
        units_of(mine["commission"]).tolist(),
        parts.commission[own].tolist(),
        parts.paid[own].tolist(),
        strict=True,
    )
    for of, row, (points, pool, commission, paid) in zip(scale, zip(*told, strict=True), yours, strict=True):
        pools = (_scaled(pool, of, scales.quote),) if as_root else ()
        yield (*row, points, *pools, _scaled(commission, of, scales.quote), paid)


def _instruments(sides: Sides) -> list[int]:
    found: list[int] = sides["instrument"].tolist()
    return found


def _columns_of(sides: Sides, venue: Venue, client_of: ClientNames, scales: Scales) -> list[list[Any]]:
    """All columns but what is the broker's own."""
    traded = [venue.instruments[number] for number in _instruments(sides)]
    failed = sides["failed"].tolist()
    plain: dict[str, list[int]] = {name: sides[name].tolist() for name in ("sequence", "index", *_WHOLE, *_INDEX)}
    ticks, lots = sides["price_ticks"].tolist(), sides["quantity_lots"].tolist()
    return [
        [f"{sequence}-{index}" for sequence, index in zip(plain["sequence"], plain["index"], strict=True)],
        _names(sides["role"], lambda one: FillRole(one).name.lower()),
        *(plain[name] for name in _WHOLE),
        _names(sides["account"], client_of),
        _names(sides["broker"], lambda one: venue.codes[one].code),
        _names(sides["attribution"], lambda one: Attribution(one).name),
        _names(sides["channel"], lambda one: Channel(one).name),
        *(_names(sides[name], lambda one: "yes" if one else "no") for name in ("affiliated", "subsidised")),
        [one.name for one in traded],
        [_price(one, at, scales) for one, at in zip(traded, ticks, strict=True)],
        [_quantity(one, of, scales) for one, of in zip(traded, lots, strict=True)],
        [
            _scaled(at * of * one.minor_per_tick_lot, one.quote.scale, scales.quote)
            for one, at, of in zip(traded, ticks, lots, strict=True)
        ],
        [one.quote.name for one in traded],
        *(_amounts(sides, name, traded, scales) for name in _FEES),
        [reason_of(*one).value for one in zip(failed, sides["cut"].tolist(), strict=True)],
        [" ".join(reason.value for reason, bit in BIT.items() if bits & bit) for bits in failed],
        *(plain[name] for name in _INDEX),
    ]


def _names(column: NDArray[Any], name: Callable[[int], str]) -> list[str]:
    known = {one: name(one) for one in set(column.tolist())}
    return [known[one] for one in column.tolist()]


def _amounts(sides: Sides, name: str, traded: list[Instrument], scales: Scales) -> list[int]:
    amounts = units_of(sides[name]).tolist()
    return [_scaled(one, of.quote.scale, scales.quote) for one, of in zip(amounts, traded, strict=True)]


def _price(of: Instrument, ticks: int, scales: Scales) -> int:
    return _scaled(ticks * of.tick_mantissa, of.tick_scale, scales.price)


def _quantity(of: Instrument, lots: int, scales: Scales) -> int:
    return _scaled(lots * of.lot_mantissa, of.lot_scale, scales.quantity)


def _scaled(units: int, scale: int, to_scale: int) -> int:
    return int(units * 10 ** (to_scale - scale))


@dataclass(frozen=True, slots=True)
class Reversed:
    of: Reversal
    row: Row  # as `own_lines` has them: without hour and state
    side: Sides  # shape (1,) of a bust; else (0,)


def reversed_rows(
    connection: Connection,
    program: Program,
    venue: Venue,
    broker: int,
    client_of: ClientNames,
    scales: Scales,
    found: Iterable[Reversal],
) -> Iterator[Reversed]:
    """The broker's own among some reversals, in their order."""
    there = columns(scales, venue.assets[program.payout_asset].scale, is_root(program, broker))[2:]
    place_of = {one.name: place for place, one in enumerate(there)}
    for one in found:
        if one.broker != broker:
            continue
        role = FillRole(one.role).name.lower() if one.role else ""
        if one.kind == BUST:
            fill = f"{one.fill_sequence}-{one.fill_index}"
            side = sides_of_fill(connection, program.name, fill, role)[0].side
            row = list(next(iter(own_lines(side, program, venue, broker, client_of, scales))))
            for name in _TAKEN_BACK:
                if name in place_of:
                    row[place_of[name]] = -row[place_of[name]]
            row[place_of["time"]], row[place_of["reason"]] = one.time_ns, BUSTED
            yield Reversed(one, tuple(row), side)
            continue
        row = ["" if column.kind is Kind.TEXT else 0 for column in there]
        told = {
            "fill": f"{one.fill_sequence}-{one.fill_index}" if one.role else "",
            "role": role,
            "time": one.time_ns,
            "account": one.client,
            "client": client_of(one.client) if one.client else "",
            "code": venue.codes[broker].code,
            "fee_asset": venue.assets[program.payout_asset].name,
            "reason": CORRECTED,
            "paid": one.paid,
        }
        for name, value in told.items():
            row[place_of[name]] = value
        yield Reversed(one, tuple(row), np.zeros(0, SIDE))
