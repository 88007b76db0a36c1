"""Busting trades and correcting brokers' commissions at the host's desk, each decided by four eyes. CO-1 to CO-12."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody
from sqlalchemy import Connection, RowMapping, delete, select

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import Parties
from commonbook.administration.log import user_actor, write
from commonbook.administration.roles import HOST, May
from commonbook.broker import busts, corrections, covering
from commonbook.broker.agreed import API
from commonbook.broker.busts import Busted
from commonbook.broker.corrections import Correction
from commonbook.broker.reversals import because_of, reversals_of_fill
from commonbook.broker.reversing import Because
from commonbook.broker.standing import sides_of_fill
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk import clearing as tell
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.broker.who import hour_now, payout_asset, program, told_hour
from commonbook.instrument.accounts import passing_account
from commonbook.storage.tables.corrections import busts as busts_table
from commonbook.storage.tables.corrections import busts_agreed, corrections_agreed
from commonbook.storage.tables.corrections import reversals as reversals_table
from commonbook.units import parse_units

PAGE = 100


class BustAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fill: str  # sequence and index, such as 1042-1
    reason: str


class CorrectionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a broker is credited more, or less, for a fill, an hour or a client: one of these three."""

    code: str
    amount: str  # of the asset that commission is paid in; below zero: it is taken back
    reason: str
    key: str  # of your own: whoever asks twice with one means one correction
    fill: str = ""  # such as 1042-1
    role: str = ""  # of the fill: taker, maker
    hour: int = 0  # hours since 1970, settled
    client: str = ""  # an account


class ReversedLine(msgspec.Struct, frozen=True):
    """What one broker, or the client, has less."""

    code: str  # empty: the client's
    account: str
    role: str
    hour: str  # in whose statements it stands
    commission: str
    paid: str


class BustTold(msgspec.Struct, frozen=True):
    fill: str
    sequence: str  # of the command
    time_ns: str
    instrument: str
    reason: str
    asked_by: str
    approved_by: str
    buyer: str
    seller: str
    base_open: str  # that the buyer has still to give back to the seller
    quote_open: str  # that the seller has still to give back to the buyer
    taker_fee_open: str  # that is still to be refunded; below zero: a rebate that is still owed
    maker_fee_open: str
    whole: bool  # all is back
    months: dict[str, Any]  # what a counted day has less, by code; of a reviewed month what it would have
    lines: list[ReversedLine]


class CorrectionTold(msgspec.Struct, frozen=True):
    number: str
    key: str
    code: str
    amount: str
    about: str
    subject: str
    reason: str
    asked_by: str
    approved_by: str
    booked: bool
    hour: str  # in whose statement it stands; empty: it is not booked


# -- busts ------------------------------------------------------------------------------------------------------------


@get("/busts", needs=May.LOOK)
async def all_busts(asked: Asking, before: FromQuery[int] = 2**62) -> list[BustTold]:
    """Busted trades, newest first, with what has still to go back."""

    def read(connection: Connection) -> list[BustTold]:
        chosen = select(busts_table).where(busts_table.c.at_sequence < before)
        rows = connection.execute(chosen.order_by(busts_table.c.at_sequence.desc()).limit(PAGE)).mappings().all()
        return [_bust_told(asked.desk, connection, row) for row in rows]

    return await asked.desk.read(read)


@post("/busts", needs=May.MONEY, fresh=True, status_code=202)
async def ask_bust(asked: Asking, data: JSONBody[BustAsked]) -> ApprovalTold:
    """Ask to bust a trade: both sides are void, and what each party had of it goes back."""
    corrections.sound_reason(data.reason)
    desk = asked.desk
    found = await desk.read(lambda one: busts.to_bust(one, program(one, desk), desk.venue, data.fill))
    payload = {"fill": found.fill, "reason": data.reason} | busts.facts_of(desk.venue, found)
    return told(await acts.ask_for(asked, busts.ACT, payload))


def _of_bust(desk: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    """The two who traded, and each broker on the way to the codes of their orders."""
    tree_of = program(connection, desk).tree
    brokers: set[int] = set()
    for found in sides_of_fill(connection, API, str(payload["fill"])):
        path = tree_of(found.hour).path(int(found.side["broker"][0]))
        brokers |= {path.root, *(broker for broker, _ in path.below)}
    return Parties(
        accounts=frozenset({int(payload["buyer"]), int(payload["seller"])}), brokers=frozenset(brokers - {0})
    )


@acts.register(busts.ACT, May.MONEY, _of_bust)
async def _bust(desk: Desk, approval: Approval) -> dict[str, Any]:
    """Repeated, it finds what it has agreed on, and the commands have their effect once."""
    fill, because = str(approval.payload["fill"]), _because(approval)
    sequence, _, index = fill.partition("-")
    mine = (busts_agreed.c.sequence == int(sequence)) & (busts_agreed.c.event_index == int(index))

    def agree(connection: Connection) -> Busted | None:
        if busts.is_done(connection, int(sequence), int(index), approval.id):
            return None
        found = busts.to_bust(connection, program(connection, desk), desk.venue, fill)
        busts.agree(connection, found, because)
        return found

    found = await desk.write(agree)
    if found is not None:
        try:
            await tell.command_once(desk, busts.bust_commands(found), passing_account(found.brand))
        except Declined:
            gone = delete(busts_agreed).where(mine & (busts_agreed.c.number == approval.id))
            await desk.write(lambda connection: connection.execute(gone))
            raise
    await desk.write(lambda connection: _done(connection, approval, "bust trade", fill=fill, reason=because.reason))
    return {"fill": fill}


def _bust_told(desk: Desk, connection: Connection, row: RowMapping) -> BustTold:
    venue, asset = desk.venue, payout_asset(desk)
    instrument = venue.instruments[row["instrument"]]
    sequence, index = int(row["sequence"]), int(row["event_index"])
    because = because_of(connection, sequence, index)
    still = covering.still_open(row, venue)
    lines = [
        ReversedLine(
            code=venue.codes[one.broker].code if one.broker else "",
            account=str(one.account or ""),
            role="taker" if one.role == 1 else "maker",
            hour=told_hour(one.hour),
            commission=instrument.quote.format(one.commission),
            paid=asset.format(one.paid),
        )
        for one in reversals_of_fill(connection, API, sequence, index)
        if one.kind == "bust"
    ]
    return BustTold(
        fill=f"{sequence}-{index}",
        sequence=str(row["at_sequence"]),
        time_ns=str(row["time_ns"]),
        instrument=instrument.name,
        reason=because.reason,
        asked_by=because.asked_by,
        approved_by=because.approved_by,
        buyer=str(row["buyer"]),
        seller=str(row["seller"]),
        base_open=instrument.base.format(still.base),
        quote_open=instrument.quote.format(still.quote),
        taker_fee_open=instrument.quote.format(still.taker),
        maker_fee_open=instrument.quote.format(still.maker),
        whole=bool(row["is_whole"]),
        months=msgspec.json.decode(row["months"]),
        lines=lines,
    )


# -- corrections ------------------------------------------------------------------------------------------------------


@get("/corrections", needs=May.LOOK)
async def all_corrections(asked: Asking) -> list[CorrectionTold]:
    """Corrections of brokers' commissions, newest first."""
    desk = asked.desk

    def read(connection: Connection) -> list[CorrectionTold]:
        newest = select(corrections_agreed).order_by(corrections_agreed.c.correction.desc()).limit(PAGE)
        return [_correction_told(desk, connection, row) for row in connection.execute(newest).mappings().all()]

    return await desk.read(read)


@post("/corrections", needs=May.MONEY, fresh=True, status_code=202)
async def ask_correction(asked: Asking, data: JSONBody[CorrectionAsked]) -> ApprovalTold:
    """Ask to credit a broker more, or less, for a fill, an hour or a client."""
    corrections.sound_reason(data.reason)
    desk = asked.desk
    wanted = _wanted(desk, data)
    await desk.read(lambda one: corrections.must_be_sound(one, program(one, desk), desk.venue, wanted, hour_now(desk)))
    payload = {name: value for name, value in msgspec.to_builtins(data).items() if value}
    return told(await acts.ask_for(asked, corrections.ACT, payload))


def _wanted(desk: Desk, data: CorrectionAsked) -> Correction:
    """
    Raises:
        BadInput: it is about none of the three, or about several.
        Declined: `no_such_broker`.
    """
    about, subject = corrections.subject_of(data.fill, data.role, data.hour, data.client)
    broker = desk.venue.broker_coded(data.code)
    if broker is None:
        raise Declined("no_such_broker", f"there is no broker {data.code[:16]!r}")
    amount = parse_units(data.amount, payout_asset(desk).scale)
    return Correction(broker.id, amount, about, subject, data.key)


def _of_correction(desk: Desk, _: Connection, payload: dict[str, Any]) -> Parties:
    wanted = _wanted(desk, msgspec.convert(payload, CorrectionAsked))
    return Parties(brokers=frozenset({wanted.broker}))


@acts.register(corrections.ACT, May.MONEY, _of_correction)
async def _correct(desk: Desk, approval: Approval) -> dict[str, Any]:
    """Repeated, it finds what it has agreed on under its key, and the transfers have their effect once."""
    wanted = _wanted(desk, msgspec.convert(approval.payload, CorrectionAsked))
    because = _because(approval)

    def agree(connection: Connection) -> tuple[int, bool]:
        number = corrections.find(connection, wanted)
        if number is None:
            corrections.must_be_sound(connection, program(connection, desk), desk.venue, wanted, hour_now(desk))
            return corrections.agree(connection, wanted, because), True
        return number, False

    number, is_new = await desk.write_racing(agree)
    agreed = await desk.read(lambda connection: program(connection, desk))
    sent = corrections.booking_of(desk.venue, agreed, wanted, number)
    brand = desk.venue.accounts[desk.venue.codes[wanted.broker].payout_account].brand
    try:
        await tell.command_once(desk, sent, passing_account(brand))
    except Declined:
        if is_new:
            gone = delete(corrections_agreed).where(corrections_agreed.c.correction == number)
            await desk.write(lambda connection: connection.execute(gone))
        raise
    await desk.write(lambda connection: _done(connection, approval, "correct commission", **approval.payload))
    return {"correction": str(number)}


def _correction_told(desk: Desk, connection: Connection, row: RowMapping) -> CorrectionTold:
    booked = select(reversals_table.c.hour).where(
        (reversals_table.c.kind == "correction") & (reversals_table.c.number == row["correction"])
    )
    hour = connection.execute(booked).scalar()
    names = ("key", "about", "subject", "reason", "asked_by", "approved_by")
    return CorrectionTold(
        number=str(row["correction"]),
        code=desk.venue.codes[row["broker"]].code,
        amount=payout_asset(desk).format(row["amount"]),
        booked=hour is not None,
        hour="" if hour is None else told_hour(int(hour)),
        **{name: row[name] for name in names},
    )


def _because(approval: Approval) -> Because:
    by = (user_actor(approval.requested_by), user_actor(approval.decided_by))
    return Because(approval.id, str(approval.payload["reason"]), *by)


def _done(connection: Connection, approval: Approval, act: str, **details: Any) -> None:
    write(connection, HOST, user_actor(approval.decided_by), act, f"approval:{approval.id}", **details)


ROUTES = [all_busts, ask_bust, all_corrections, ask_correction]
