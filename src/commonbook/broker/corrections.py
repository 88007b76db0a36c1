"""Corrections of what a broker was credited for a fill, an hour or a client, to the host's cost or for its good.

A correction is booked as those of clearing are: in two transfers of one submission, from one name of the fee pool to
the other, once however often they are sent. The transfers say how much and to whom; why stands in what was agreed.
Rules CO-1 to CO-3 and CO-10 to CO-12 of docs/rules/corrections.md.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from commonbook.broker.accrual import blocks
from commonbook.broker.busts import funds_with
from commonbook.broker.dividing import divided
from commonbook.broker.model import Program
from commonbook.broker.noticing import in_turn
from commonbook.broker.reversals import UNTOLD, keep, tell_of
from commonbook.broker.reversing import CORRECTION, Because, Reversal, correction_line
from commonbook.broker.standing import sides_of_fill
from commonbook.clearing.keys import correction_keys
from commonbook.clearing.release import booking
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
from commonbook.records import FEE_POOL_ACCOUNT, Batch, FillRole, Records, amount
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours
from commonbook.storage.tables.corrections import corrections_agreed, reversals
from commonbook.units import HOUR_NS

ACT = "correct_commission"  # what the approval is called
FILL, HOUR, CLIENT = "fill", "hour", "client"
CLIENT_HOURS = 62 * 24  # of a client's fills what lies within so many hours can be taken back
KEY_MOST, REASON_MOST = 64, 200
_KEY = re.compile(r"correct:(\d{1,10}):(\d{1,12}):b")
_SUBJECTS = {
    FILL: re.compile(r"\d{1,19}-\d{1,10} (taker|maker)"),
    HOUR: re.compile(r"\d{1,10}"),
    CLIENT: re.compile(r"\d{1,19}"),
}


@dataclass(frozen=True, slots=True)
class Correction:
    broker: int
    amount: int  # payout asset; above zero: it is credited more
    about: str  # FILL, HOUR, CLIENT
    subject: str  # "1042-1 taker", an hour since 1970, an account
    key: str  # whoever asks twice with one means one


def sound_reason(reason: str) -> str:
    """
    Raises:
        BadInput: it is none, or too long for a statement.
    """
    if not (len(reason.strip()) > 0 and len(reason) <= REASON_MOST and reason.isprintable()):
        raise BadInput(f"a reason has 1 to {REASON_MOST} characters")
    return reason


def subject_of(fill: str, role: str, hour: int, client: str) -> tuple[str, str]:
    """What a correction is about, and which.

    Raises:
        BadInput: it is about none of the three, or about several.
    """
    subjects = {FILL: f"{fill} {role}" if fill else "", HOUR: str(hour) if hour else "", CLIENT: client}
    found = [(about, subject) for about, subject in subjects.items() if subject]
    if len(found) != 1:
        raise BadInput("say which fill, which hour or which client the correction is about: one of the three")
    return found[0]


def must_be_sound(connection: Connection, program: Program, venue: Venue, wanted: Correction, now_hour: int) -> None:
    """
    Args:
        now_hour: by engine time.

    Raises:
        BadInput: it is none.
        Declined: `no_such_broker`; `no_such_fill`; `hour_not_settled`: there is nothing to correct in an hour that goes
            on; `more_than_credited`: it takes back more than the broker was credited and still has.
    """
    if wanted.broker not in venue.codes:
        raise Declined("no_such_broker", f"there is no broker {wanted.broker}")
    form = _SUBJECTS.get(wanted.about)
    if form is None or not form.fullmatch(wanted.subject):
        text = f"{wanted.about[:16]!r} {wanted.subject[:40]!r} is none of: fill 1042-1 taker, hour 490000, client 1002"
        raise BadInput(text)
    if not wanted.amount:
        raise BadInput("a correction of nothing corrects nothing")
    if not (0 < len(wanted.key) <= KEY_MOST and wanted.key.isascii() and wanted.key.isprintable()):
        raise BadInput(f"a key has 1 to {KEY_MOST} printable ASCII characters")
    credited = credited_for(connection, program, venue, wanted, now_hour)
    if wanted.amount + credited < 0:
        asset = venue.assets[program.payout_asset]
        has, asked = asset.format(max(credited, 0)), asset.format(-wanted.amount)
        text = f"{asked} would be taken back, and {has} is what {wanted.about} {wanted.subject} has brought"
        raise Declined("more_than_credited", text, credited=has)


def credited_for(connection: Connection, program: Program, venue: Venue, wanted: Correction, now_hour: int) -> int:
    """What the broker has of a subject by now: its lines, what was taken back of them, and earlier corrections."""
    mine = (reversals.c.program == program.name) & (reversals.c.broker == wanted.broker)
    if wanted.about == FILL:
        fill, _, role = wanted.subject.partition(" ")
        found = [one.side for one in sides_of_fill(connection, program.name, fill, role)]
        sequence, _, index = fill.partition("-")
        mine &= (reversals.c.fill_sequence == int(sequence)) & (reversals.c.fill_index == int(index))
        mine &= reversals.c.role == FillRole[role.upper()]
    elif wanted.about == HOUR:
        hour = int(wanted.subject)
        settled = (settlement_hours.c.program == program.name) & (settlement_hours.c.hour == hour)
        if connection.execute(select(settlement_hours.c.hour).where(settled)).first() is None:
            raise Declined("hour_not_settled", f"hour {hour} is not settled: there is nothing to correct yet")
        found = list(blocks(connection, accrual_blocks.c.program == program.name, accrual_blocks.c.hour == hour))
        mine &= reversals.c.of_hour == hour
    else:
        account, first = int(wanted.subject), now_hour - CLIENT_HOURS
        where = (accrual_blocks.c.program == program.name, accrual_blocks.c.hour >= first)
        found = [one[one["account"] == account] for one in blocks(connection, *where)]
        mine &= (reversals.c.hour >= first) & (reversals.c.client == account)
    total = 0
    for sides in found:
        parts = divided(sides, program, venue).parts
        total += sum(int(one) for one in parts.paid[parts.beneficiary == wanted.broker])
    return total + sum(int(one) for one in connection.execute(select(reversals.c.paid).where(mine)).scalars())


def agree(connection: Connection, wanted: Correction, because: Because) -> int:
    """Write down a correction before it is booked; gives its number. The same again gives the same.

    Raises:
        Declined: `other_correction`: the key is that of a correction of something else.
    """
    known = find(connection, wanted)
    if known is not None:
        return known
    told = {"broker": wanted.broker, "amount": wanted.amount, "about": wanted.about, "subject": wanted.subject}
    newest = connection.execute(select(func.max(corrections_agreed.c.correction))).scalar()
    number = int(newest or 0) + 1
    row = {"correction": number, "key": wanted.key, "reason": because.reason} | told
    row |= {"asked_by": because.asked_by, "approved_by": because.approved_by}
    connection.execute(insert(corrections_agreed), [row])  # of two at once one has lost, and begins again
    return number


def find(connection: Connection, wanted: Correction) -> int | None:
    """The number of the correction with the same key.

    Raises:
        Declined: `other_correction`: the key is that of a correction of something else.
    """
    mine = corrections_agreed.c.key == wanted.key
    found = connection.execute(select(corrections_agreed).where(mine)).first()
    if found is None:
        return None
    told = {"broker": wanted.broker, "amount": wanted.amount, "about": wanted.about, "subject": wanted.subject}
    if any(getattr(found, name) != value for name, value in told.items()):
        text = f"key {wanted.key[:64]} is that of another correction, number {found.correction}"
        raise Declined("other_correction", text)
    return int(found.correction)


def booking_of(venue: Venue, program: Program, wanted: Correction, number: int) -> Records:
    """What books a correction: one submission, which may be sent again and has one effect or none."""
    of_host, of_broker = correction_keys(wanted.broker, number)
    keys = (of_host, of_broker) if wanted.amount > 0 else (of_broker, of_host)
    brand = venue.accounts[venue.codes[wanted.broker].payout_account].brand
    return booking(brand, program.payout_asset, abs(wanted.amount), *keys)


def project(connection: Connection, batch: Batch, venue: Venue, program: Program | None) -> None:
    """The lines of a batch's corrections, in the transaction that takes it in; the ledger has them already."""
    rows = funds_with(batch, b"correct:") if program is not None else []
    if not rows or program is None:
        return
    in_turn(connection, program.name)
    for row in rows:
        named = _KEY.fullmatch(row["key"].decode("ascii", "replace"))
        if named is None or int(row["asset"]) != program.payout_asset or int(named[1]) not in venue.codes:
            continue
        because, line = _reversal(connection, row, int(named[1]), int(named[2]))
        keep(connection, program.name, [line])
        tell_of(connection, program, venue, [line], because, {})


def _reversal(connection: Connection, row: Any, broker: int, number: int) -> tuple[Because, Reversal]:
    mine = corrections_agreed.c.correction == number
    told = connection.execute(select(corrections_agreed).where(mine)).first()
    sequence, time_ns = int(row["sequence"]), int(row["time_ns"])
    hour = time_ns // HOUR_NS
    paid = amount(row["amount"]) * (-1 if int(row["account"]) == FEE_POOL_ACCOUNT else 1)
    because, about, subject = UNTOLD, HOUR, str(hour)
    if told is not None:
        because = Because(number, told.reason, told.asked_by, told.approved_by)
        about, subject = told.about, told.subject
    fill, _, role = subject.partition(" ") if about == FILL else ("0-0", "", "")
    place = [int(one) for one in fill.split("-")]
    return because, Reversal(
        kind=CORRECTION,
        number=number,
        hour=hour,
        sequence=sequence,
        time_ns=time_ns,
        code=broker,
        broker=broker,
        account=0,
        of_hour=int(subject) if about == HOUR else hour,
        fill_sequence=place[0],
        fill_index=place[1],
        role=int(FillRole[role.upper()]) if role else 0,
        commission=0,
        paid=paid,
        client=int(subject) if about == CLIENT else 0,
        text=correction_line(about, subject, paid, sequence, time_ns, because),
    )
