"""The lines that take back or add to what earlier ones have said, kept by the hour in which they stand. Rule CO-2."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, func, insert, select

from commonbook.broker.alerts import COMMISSION_CORRECTED, TRADE_BUSTED
from commonbook.broker.model import Program
from commonbook.broker.reversing import BUST, CORRECTION, Because, Reversal
from commonbook.broker.tiers import tell
from commonbook.instrument.venue import Venue
from commonbook.records import FillRole
from commonbook.storage.tables.corrections import busts, busts_agreed, corrections_agreed, reversals
from commonbook.table_file import utc
from commonbook.units import HOUR_NS

UNTOLD = Because(0, "the tables do not tell", "host", "unknown")  # of a command that no act has sent
NOTICE = {BUST: TRADE_BUSTED, CORRECTION: COMMISSION_CORRECTED}

_NAMES = [one.name for one in fields(Reversal)]


def keep(connection: Connection, program: str, found: Iterable[Reversal]) -> None:
    rows = [{"program": program} | asdict(one) for one in found]
    if rows:
        connection.execute(insert(reversals), rows)


def reversals_in(
    connection: Connection, program: str, hour: int, codes: Collection[int] | None = None
) -> list[Reversal]:
    """Of an hour, in the order of their commands.

    Args:
        codes: only what came under these, or corrects these; None: all.
    """
    found = _read(connection, (reversals.c.program == program) & (reversals.c.hour == hour))
    return [one for one in found if codes is None or one.code in codes]


def reversals_between(connection: Connection, program: str, first: int, behind: int) -> list[Reversal]:
    """Of the hours from the first to before the one behind the last."""
    within = (reversals.c.hour >= first) & (reversals.c.hour < behind)
    return _read(connection, (reversals.c.program == program) & within)


def reversals_of_fill(connection: Connection, program: str, sequence: int, index: int) -> list[Reversal]:
    mine = (reversals.c.program == program) & (reversals.c.fill_sequence == sequence)
    return _read(connection, mine & (reversals.c.fill_index == index))


def reversals_behind(
    connection: Connection, program: str, sequence: int, last: int, from_hour: int = 0
) -> list[Reversal]:
    """Of commands behind a sequence, up to another.

    Args:
        from_hour: earlier ones are not looked through; what is known by hours is found by them.
    """
    within = (reversals.c.sequence > sequence) & (reversals.c.sequence <= last)
    if from_hour:
        within &= reversals.c.hour >= from_hour
    return _read(connection, (reversals.c.program == program) & within)


def taken_back_behind(connection: Connection, program: str, hour: int) -> int:
    """What was taken back in later hours than one of what earlier hours pay, in units of the payout asset.

    A fill that was busted in its own hour is not in it: that hour pays nothing of it.
    """
    mine = (reversals.c.program == program) & (reversals.c.hour > hour)
    mine &= (reversals.c.kind != BUST) | (reversals.c.of_hour < reversals.c.hour)
    return sum(max(-int(one), 0) for one in connection.execute(select(reversals.c.paid).where(mine)).scalars())


def first_reversed_hour(connection: Connection, program: str, behind: int) -> int | None:
    """The first hour behind one in which something was taken back or added."""
    mine = (reversals.c.program == program) & (reversals.c.hour > behind)
    found: int | None = connection.execute(select(func.min(reversals.c.hour)).where(mine)).scalar()
    return found


def reversed_hours(connection: Connection, program: str, before: int) -> set[int]:
    """The hours before one in which something was taken back or added."""
    mine = (reversals.c.program == program) & (reversals.c.hour < before)
    return set(connection.execute(select(reversals.c.hour).where(mine).distinct()).scalars())


def because_of_line(connection: Connection, line: Reversal) -> Because:
    """Who has agreed on a line, and why."""
    if line.kind == BUST:
        return because_of(connection, line.fill_sequence, line.fill_index)
    mine = corrections_agreed.c.correction == line.number
    row = connection.execute(select(corrections_agreed).where(mine)).first()
    return UNTOLD if row is None else Because(line.number, row.reason, row.asked_by, row.approved_by)


def because_of(connection: Connection, sequence: int, index: int) -> Because:
    """Who has agreed on the bust of a fill, and why."""
    mine = (busts_agreed.c.sequence == sequence) & (busts_agreed.c.event_index == index)
    row = connection.execute(select(busts_agreed).where(mine)).first()
    return UNTOLD if row is None else Because(row.number, row.reason, row.asked_by, row.approved_by)


def busted_at(connection: Connection, fill: str) -> bool:
    """Whether a fill was busted."""
    sequence, _, index = fill.partition("-")
    mine = (busts.c.sequence == int(sequence)) & (busts.c.event_index == int(index))
    return connection.execute(select(busts.c.at_sequence).where(mine)).first() is not None


def tell_of(
    connection: Connection,
    program: Program,
    venue: Venue,
    found: Iterable[Reversal],
    because: Because,
    months: Mapping[str, Any],
) -> None:
    """A notice to each broker that has a line of it, once (CO-3); each is told what is its own and nothing else.

    Args:
        months: what a bust has changed of counted days, by code.
    """
    asset = venue.assets[program.payout_asset]
    for one in found:
        if not one.broker:
            continue
        about = f"{one.fill_sequence}-{one.fill_index} {FillRole(one.role).name.lower()}" if one.role else ""
        details = {
            "hour": utc(one.hour * HOUR_NS),
            "fill": about,
            "paid": asset.format(one.paid),
            "asset": asset.name,
            "reason": because.reason,
            "number": str(because.number),
        }
        own = months.get("brokers", {}).get(venue.codes[one.broker].code)
        if own:
            details |= {f"day_{name}": value for name, value in own.items()}
            details["month_reviewed"] = "yes" if months["reviewed"] else "no"
        subject = about if one.kind == BUST else str(because.number)
        tell(connection, program.name, one.broker, NOTICE[one.kind], subject, one.time_ns, details)


def _read(connection: Connection, where: object) -> list[Reversal]:
    chosen = select(*(reversals.c[name] for name in _NAMES)).where(where)  # type: ignore[arg-type]
    rows = connection.execute(chosen.order_by(reversals.c.hour, reversals.c.reversal))
    return [Reversal(*row) for row in rows]
