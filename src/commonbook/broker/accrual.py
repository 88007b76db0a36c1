"""From a batch's fills to what brokers earn of them, kept by the hour. Rules B-1 to B-9, B-14 and B-19.

A batch's sides are kept together as one block of SIDE records: a row for each would cost more than all the deciding.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, insert, select

from commonbook.broker.consenting import Client
from commonbook.broker.deciding import decide
from commonbook.broker.dividing import USER, divided
from commonbook.broker.judging import judge, pairs_of
from commonbook.broker.model import Program
from commonbook.broker.sides import SIDE, Sides, price, sides_of
from commonbook.clearing.columns import KINDS, ClaimColumns, claims_together
from commonbook.clearing.model import BROKER_COMMISSION, CLIENT_REBATE
from commonbook.columns import total_by, words_of
from commonbook.errors import OutsideFailure
from commonbook.instrument.venue import Venue
from commonbook.records import Batch
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours
from commonbook.units import HOUR_NS

FORMAT = 2  # of the records in a block: SIDE; those of format 1 were in no release
# What clients have said, by account and broker, of the pairs that are asked for: `consents.clients_of`.
ClientsOf = Callable[[Iterable[tuple[int, int]]], Mapping[tuple[int, int], Client]]


@dataclass(frozen=True, slots=True)
class Accrued:
    """A batch's sides, decided, and what of each fee is claimed for it, with what was claimed before."""

    sides: Sides
    claims: ClaimColumns


def accrue(batch: Batch, program: Program, venue: Venue, before: ClaimColumns, clients_of: ClientsOf) -> Accrued:
    """Decide the sides of the newest batch, at the index prices in force when they happened.

    Args:
        before: the claims that come before a broker's: those of affiliates (Q-2).
        clients_of: asked once, for all sides that have a broker.
    """
    sides = sides_of(batch)
    price(sides, venue, program.payout_asset)
    places = 2 * before.fill + before.of_maker
    sides["affiliated"][places] = True
    if len(places):
        sides["claimed"] = words_of(total_by(places, before.amount, len(sides)))
    if (sides["broker"] != 0).any():
        sides["withheld"], sides["cap_e8"] = judge(sides, clients_of(pairs_of(sides)))
    decide(sides, program, venue)
    return Accrued(sides, claims_together(before, _claims(sides, program, venue)))


def _claims(sides: Sides, program: Program, venue: Venue) -> ClaimColumns:
    """What the brokers on the path and the client have of each side."""
    parts = divided(sides, program, venue).parts
    # A root's rest may be of the payout asset alone, where a conversion has left a unit (B-6).
    some = np.flatnonzero((parts.commission != 0) | (parts.paid != 0))
    side, is_user = parts.side[some], parts.beneficiary[some] == USER
    kinds = (KINDS.index(CLIENT_REBATE), KINDS.index(BROKER_COMMISSION))
    return ClaimColumns(
        fill=side // 2,
        of_maker=side % 2 == 1,
        kind=np.where(is_user, *kinds).astype(np.uint8),
        beneficiary=np.where(is_user, sides["account"][side], parts.beneficiary[some]),
        amount=parts.commission[some],
        paid_asset=np.full(len(some), program.payout_asset, np.int64),
        paid=parts.paid[some],
    )


def store(connection: Connection, sides: Sides, program: str) -> None:
    """Keep a batch's sides by the hour; what comes after an hour was settled goes to the next open one (B-14)."""
    if not len(sides):
        return
    newest = connection.execute(
        select(func.max(settlement_hours.c.hour)).where(settlement_hours.c.program == program)
    ).scalar()
    hours = sides["time_ns"] // HOUR_NS
    if newest is not None:
        hours = np.maximum(hours, int(newest) + 1)
    in_turn = np.unique(hours).tolist()
    for hour in in_turn:
        mine = sides[hours == hour] if len(in_turn) > 1 else sides
        row = {"program": program, "hour": hour, "format": FORMAT, "sides": len(mine), "rows": mine.tobytes()}
        row |= {"first_sequence": int(mine["sequence"][0]), "last_sequence": int(mine["sequence"][-1])}
        connection.execute(insert(accrual_blocks).values(**row))


def blocks(connection: Connection, *where: object) -> Iterator[Sides]:
    """Blocks in the order of their fills.

    Raises:
        OutsideFailure: a block is of a format that this release does not read.
    """
    chosen = select(accrual_blocks.c.rows, accrual_blocks.c.format).where(*where)  # type: ignore[arg-type]
    in_turn = chosen.order_by(accrual_blocks.c.block).execution_options(stream_results=True)
    for rows, number in connection.execute(in_turn):
        yield records_of(rows, number)


def records_of(rows: bytes, number: int) -> Sides:
    """The sides of a block.

    Raises:
        OutsideFailure: it is of a format that this release does not read.
    """
    if number == FORMAT:
        return np.frombuffer(rows, SIDE)
    raise OutsideFailure(
        f"accruals of format {number}: this release reads format {FORMAT}; use the one that wrote them"
    )


def blocks_of_hour(connection: Connection, program: str, hour: int) -> Iterator[Sides]:
    """All that is settled with an hour and has a broker, block by block."""
    mine = (accrual_blocks.c.program == program) & (accrual_blocks.c.hour == hour)
    for one in blocks(connection, mine):
        if (one["broker"] != 0).any():
            yield one[one["broker"] != 0]


def in_parts(found: Iterable[Sides], least: int) -> Iterator[Sides]:
    """Blocks, at least so many sides of them as one: what is done for each part is worth its while."""
    some: list[Sides] = []
    count = 0
    for block in found:
        some.append(block)
        count += len(block)
        if count >= least:
            yield np.concatenate(some)
            some, count = [], 0
    if some:
        yield np.concatenate(some)


def sides_of_hour(connection: Connection, program: str, hour: int) -> Sides:
    """All of an hour together, as one block."""
    mine = (accrual_blocks.c.program == program) & (accrual_blocks.c.hour == hour)
    most = connection.execute(select(func.sum(accrual_blocks.c.sides)).where(mine)).scalar()
    found, count = np.empty(int(most or 0), SIDE), 0  # what is not filled takes no memory
    for one in blocks_of_hour(connection, program, hour):
        found[count : count + len(one)] = one
        count += len(one)
    return found[:count]


def sides_between(connection: Connection, first: int, last: int) -> Sides:
    """The sides of all programs whose fills are within a range of sequences, both ends included."""
    within = (accrual_blocks.c.last_sequence >= first) & (accrual_blocks.c.first_sequence <= last)
    found = [one[(one["sequence"] >= first) & (one["sequence"] <= last)] for one in blocks(connection, within)]
    return np.concatenate(found) if found else np.zeros(0, SIDE)
