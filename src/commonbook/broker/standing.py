"""Where a fill side's parts stand now: what `why` needs from the tables and the statements. Rule BP-10."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from commonbook.broker.accrual import records_of
from commonbook.broker.model import Program
from commonbook.broker.publishing import path_of
from commonbook.broker.reversals import because_of_line, busted_at, reversals_of_fill
from commonbook.broker.settlement import CARRIED, PUBLISHED
from commonbook.broker.sides import Sides
from commonbook.broker.why import Party, Share, Standing, TakenBack, Why, no_such_fill, why
from commonbook.clearing.closing import day_text, statement_of
from commonbook.clearing.model import DAY_NS, Terms
from commonbook.errors import BadInput
from commonbook.instrument.venue import Venue
from commonbook.records import FillRole
from commonbook.storage.tables.broker import accrual_blocks, settlements

ACCRUED, HELD = "accrued", "held"
_SEQUENCE_MOST = 2**62
_INDEX_MOST = 2**31
HeldFor = Callable[[Connection, Why, Share], str]  # why a part is kept back; empty when it is not


def nothing_held(_: Connection, __: Why, ___: Share) -> str:
    """Where no rule keeps anything back."""
    return ""


@dataclass(frozen=True, slots=True)
class Found:
    """A side as it was accrued."""

    program: str
    hour: int  # with which it is settled
    side: Sides  # shape (1,)


def explain(
    connection: Connection,
    program: Program,
    venue: Venue,
    terms: Terms,
    folder: Path,
    fill: str,
    role: str = "",
    held_for: HeldFor = nothing_held,
) -> list[Why]:
    """Why of both sides of a fill, or of one, with where each part stands.

    Args:
        terms: of clearing.
        folder: where the statements lie.
        fill: sequence and index, such as 1042-1.
        role: taker or maker; both when it is empty.

    Raises:
        BadInput: what names no fill.
        Declined: `no_such_fill`.
    """
    explained = []
    for found in sides_of_fill(connection, program.name, fill, role):
        one = why(found.side, program, venue, terms)
        standings = {
            (share.party, share.id): _standing(connection, venue, folder, found, one, share, held_for)
            for share in one.shares
        }
        taken_back = tuple(_taken_back(connection, program, one))
        is_busted = busted_at(connection, one.fill)
        explained.append(replace(one, standings=standings, reversals=taken_back, is_busted=is_busted))
    return explained


def _taken_back(connection: Connection, program: Program, one: Why) -> Iterator[TakenBack]:
    sequence, index = _named(one.fill)
    role = FillRole[one.role.upper()]
    parties = {(share.id, share.party is Party.CLIENT): share.party for share in one.shares if _is_paid(share)}
    for line in reversals_of_fill(connection, program.name, sequence, index):
        party = parties.get((line.broker or line.account, not line.broker))
        if line.role != role or party is None:
            continue
        because = because_of_line(connection, line)
        yield TakenBack(
            kind=line.kind,
            party=party,
            id=line.broker or line.account,
            commission=line.commission,
            paid=line.paid,
            hour=line.hour,
            number=because.number,
            reason=because.reason,
            asked_by=because.asked_by,
            approved_by=because.approved_by,
            sequence=line.sequence,
            time_ns=line.time_ns,
        )


def _is_paid(share: Share) -> bool:
    return share.party in (Party.BROKER, Party.SUB_BROKER, Party.CLIENT)


def sides_of_fill(connection: Connection, program: str, fill: str, role: str = "") -> list[Found]:
    """The sides of a fill that were accrued; the taker's before the maker's."""
    sequence, index = _named(fill)
    roles = {one.name.lower(): one for one in FillRole}
    if role and role not in roles:
        raise BadInput(f"there is no role {role[:16]!r}; it is taker or maker")
    within = (accrual_blocks.c.last_sequence >= sequence) & (accrual_blocks.c.first_sequence <= sequence)
    columns = (accrual_blocks.c.program, accrual_blocks.c.hour, accrual_blocks.c.rows, accrual_blocks.c.format)
    chosen = select(*columns).where(within & (accrual_blocks.c.program == program)).order_by(accrual_blocks.c.block)
    found = []
    for row in connection.execute(chosen):
        sides = records_of(row.rows, row.format)
        mine = (sides["sequence"] == sequence) & (sides["index"] == index)
        if role:
            mine &= sides["role"] == roles[role]
        found += [Found(row.program, row.hour, sides[at : at + 1]) for at in np.flatnonzero(mine).tolist()]
    if not found:
        raise no_such_fill(program, fill)
    return found


def _named(fill: str) -> tuple[int, int]:
    sequence, dash, index = fill.partition("-")
    is_whole = dash and all(part.isascii() and part.isdigit() and len(part) < 20 for part in (sequence, index))
    if is_whole and int(sequence) < _SEQUENCE_MOST and int(index) < _INDEX_MOST:
        return int(sequence), int(index)
    raise BadInput(f"{fill[:40]!r} names no fill; write sequence and index, such as 1042-1")


def _standing(
    connection: Connection, venue: Venue, folder: Path, found: Found, one: Why, share: Share, held_for: HeldFor
) -> Standing:
    if share.party in (Party.BRAND, Party.HOST, Party.HOLDERS):
        return _at_clearing(connection, one)
    if share.party is Party.AFFILIATE:
        return Standing(ACCRUED)
    is_client = share.party is Party.CLIENT
    broker, account = (0, share.id) if is_client else (share.id, 0)
    mine = (settlements.c.program == found.program) & (settlements.c.hour == found.hour)
    mine &= (settlements.c.broker == broker) & (settlements.c.account == account)
    row: Any = connection.execute(select(settlements).where(mine)).mappings().first()
    if row is None:
        held = held_for(connection, one, share)
        return Standing(HELD if held else ACCRUED, held, found.hour)
    standing = Standing(row["state"], "", found.hour, key=row["key"] if row["amount"] else "")
    if is_client or row["state"] not in (PUBLISHED, CARRIED):
        return standing
    path = path_of(folder, venue.codes[share.id].code, found.hour)
    return replace(standing, statement=path.name, line=_line(path, one), root=row["root"])


def _at_clearing(connection: Connection, one: Why) -> Standing:
    """A brand's income is told in the clearing statement of its day and asset; what is the host's, too."""
    row = statement_of(connection, one.brand, one.quote.id, one.time_ns // DAY_NS)
    if row is None:
        return Standing(ACCRUED)
    name = f"{one.quote.name}-{day_text(one.time_ns // DAY_NS)}.jsonl"
    return Standing(row["state"], "", None, name, None, row["root"])


def _line(path: Path, one: Why) -> int | None:
    """The number of the side's line, counted from 1; None where the file is not there."""
    fill, role = f'"fill":"{one.fill}"', f'"role":"{one.role}"'
    for number, text in enumerate(_lines(path), 1):
        if fill in text and role in text:
            return number
    return None


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="ascii") as file:
            yield from file
    except FileNotFoundError:
        return
