"""Busted trades: a fill that two of the host's people have declared void, and what follows from it in the books.

A bust is two commands of one submission, a unit of the quote asset to the account between and back, whose keys name the
fill: the first busts the taker's side, the second the maker's. The engine accepts a key once, so a fill is busted once
(CO-9); a command with such a key that moves anything else is not the bust's, and busts nothing. All that follows is
derived here from the journal, whoever sends it and however often; what the traders have exchanged goes back by
`covering`. Rules CO-1 to CO-6 of docs/rules/corrections.md.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from commonbook.broker import counting, uncounting
from commonbook.broker.model import Program
from commonbook.broker.noticing import in_turn
from commonbook.broker.reversals import because_of, keep, tell_of
from commonbook.broker.reversing import Because, postings_of, reversals_of, split_of_side
from commonbook.broker.sides import Sides
from commonbook.broker.standing import Found, sides_of_fill
from commonbook.broker.versions import text_of
from commonbook.clearing.keys import TRANSFER, bust_key
from commonbook.clearing.model import DAY_NS, Terms
from commonbook.clearing.postings import Move
from commonbook.clearing.release import account_of
from commonbook.clearing.sheets import Sheets
from commonbook.errors import Declined
from commonbook.instrument.accounts import passing_account
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import Entry, Posting
from commonbook.ledger.service import Ledger
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    FUNDS,
    Batch,
    CommandKind,
    EventKind,
    FillRole,
    Records,
    Side,
    amount,
    as_commands,
    commands,
    words,
)
from commonbook.storage.database import insert_new
from commonbook.storage.schema import fills
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.corrections import busts, busts_agreed

ACT = "bust_trade"  # what the approval is called
ENTRY = "bust"
_MARKS = {"t": FillRole.TAKER, "m": FillRole.MAKER}
_KEY = re.compile(r"bust:([0-9a-z]{1,13}):([0-9a-z]{1,6}):([tm]|[src][tm]?\d{1,6}[bsxy]?)")


@dataclass(frozen=True, slots=True)
class Busted:
    """A fill that is busted, or is to be."""

    sequence: int
    index: int
    instrument: int
    quote: int
    base: int
    brand: int  # the taker's
    buyer: int
    seller: int
    taker: int
    maker: int
    lots: int
    price_ticks: int
    taker_fee: int
    maker_fee: int
    time_ns: int

    @property
    def fill(self) -> str:
        return f"{self.sequence}-{self.index}"


def to_bust(connection: Connection, program: Program, venue: Venue, fill: str) -> Busted:
    """The fill that is to be busted.

    Raises:
        BadInput: what names no fill.
        Declined: `already_busted`; `no_such_fill`; `fill_too_old`: what was accrued of its time is not kept; or
            `asset_closed`: what was exchanged is no more, as its asset was split.
    """
    try:
        taker, maker = sides_of_fill(connection, program.name, fill)
    except Declined:
        oldest = connection.execute(select(func.min(accrual_blocks.c.first_sequence))).scalar()
        if oldest is not None and int(fill.partition("-")[0]) < oldest:
            text = f"fill {fill} is older than what is kept, which begins with sequence {oldest}: it stays as it is"
            raise Declined("fill_too_old", text, oldest=str(oldest)) from None
        raise
    found = _busted(connection, venue, taker.side, maker.side)
    mine = (busts.c.sequence == found.sequence) & (busts.c.event_index == found.index)
    row = connection.execute(select(busts.c.at_sequence).where(mine)).first()
    if row is not None:
        raise Declined("already_busted", f"fill {fill} was busted with sequence {row.at_sequence}: it is once only")
    for asset in (found.base, found.quote):
        if asset in venue.splits:
            text = f"{venue.assets[asset].name}, which was exchanged, has been split: correct it by transfers"
            raise Declined("asset_closed", text)
    return found


def _busted(connection: Connection, venue: Venue, taker: Sides, maker: Sides) -> Busted:
    one, other = taker[0], maker[0]
    instrument = venue.instruments[int(one["instrument"])]
    sequence, index = int(one["sequence"]), int(one["index"])
    # An order's fills are few, and looked up by it: history has no index of its own by sequence.
    mine = (fills.c.order_id == int(one["order"])) & (fills.c.sequence == sequence) & (fills.c.event_index == index)
    side = connection.execute(select(fills.c.side).where(mine & (fills.c.role == "taker"))).scalar_one()
    accounts = (int(one["account"]), int(other["account"]))
    buyer, seller = accounts if int(side) == Side.BUY else accounts[::-1]
    return Busted(
        sequence=sequence,
        index=index,
        instrument=instrument.id,
        quote=instrument.quote.id,
        base=instrument.base.id,
        brand=int(one["brand"]),
        buyer=buyer,
        seller=seller,
        taker=accounts[0],
        maker=accounts[1],
        lots=int(one["quantity_lots"]),
        price_ticks=int(one["price_ticks"]),
        taker_fee=amount(one["taker_fee"]),
        maker_fee=amount(one["maker_fee"]),
        time_ns=int(one["time_ns"]),
    )


def facts_of(venue: Venue, found: Busted) -> dict[str, str]:
    """What the second pair of eyes must see (CO-14)."""
    instrument = venue.instruments[found.instrument]
    return {
        "instrument": instrument.name,
        "price": instrument.format_price(found.price_ticks),
        "quantity": instrument.format_quantity(found.lots),
        "buyer": str(found.buyer),
        "seller": str(found.seller),
        "taker_fee": instrument.quote.format(found.taker_fee),
        "maker_fee": instrument.quote.format(found.maker_fee),
    }


def would_take_back(connection: Connection, program: Program, venue: Venue, terms: Terms, fill: str) -> list[Posting]:
    """What each name of the books would have more, or less, by the bust of a fill; both sides together (CO-4).

    Raises:
        BadInput, Declined: as `sides_of_fill`.
    """
    sums: dict[tuple[str, int], int] = {}
    for found in sides_of_fill(connection, program.name, fill):
        for one in postings_of(found.side, program, venue, terms):
            place = (one.account, one.asset)
            sums[place] = sums.get(place, 0) + one.amount
    return [Posting(*place, amount) for place, amount in sums.items() if amount]


def agree(connection: Connection, fill: Busted, because: Because) -> None:
    """Write down why a fill is busted, before it is; the same act again changes nothing.

    Raises:
        Declined: `already_busted`: another act has agreed on it.
    """
    keys = {"sequence": fill.sequence, "event_index": fill.index}
    told = {"number": because.number, "reason": because.reason}
    told |= {"asked_by": because.asked_by, "approved_by": because.approved_by}
    if insert_new(connection, busts_agreed, keys | told):
        return
    if because_of(connection, fill.sequence, fill.index).number != because.number:
        raise Declined("already_busted", f"fill {fill.fill} is busted by another act: it is once only")


def is_done(connection: Connection, sequence: int, index: int, number: int) -> bool:
    """Whether an act's bust was taken in already: it was carried out before, and its end was not told."""
    mine = (busts.c.sequence == sequence) & (busts.c.event_index == index)
    is_there = connection.execute(select(busts.c.at_sequence).where(mine)).first() is not None
    return is_there and because_of(connection, sequence, index).number == number


def bust_commands(fill: Busted) -> Records:
    """What busts a fill: one submission, which may be sent again and has one effect."""
    between = passing_account(fill.brand)
    marks = []
    for kind, what in ((CommandKind.DEPOSIT, "t"), (CommandKind.WITHDRAWAL, "m")):
        record = commands(kind)
        record["account"], record["asset"], record["amount"] = between, fill.quote, words(1)
        record["key"] = bust_key(fill.sequence, fill.index, what)
        marks.append(record)
    return as_commands(account_of(fill.brand, between), *marks)


def read_key(key: str) -> tuple[int, int, str] | None:
    """Sequence and index of the fill, and what the command is of its bust; None for a key of anything else."""
    found = _KEY.fullmatch(key)
    return (int(found[1], 36), int(found[2], 36), found[3]) if found else None


def funds_with(batch: Batch, prefix: bytes) -> list[Any]:
    """The accepted deposits, withdrawals and transfers of a batch whose key begins so, in order."""
    kinds = batch.commands["kind"]
    places = np.flatnonzero((kinds >= CommandKind.DEPOSIT) & (kinds <= CommandKind.TRANSFER))
    rows = batch.commands[places].view(FUNDS)
    mine = [row for row in rows if row["key"].startswith(prefix)]
    if not mine:
        return []
    refused = set(batch.events["sequence"][batch.events["kind"] == EventKind.REFUSED].tolist())
    return [row for row in mine if int(row["sequence"]) not in refused]


def project(
    connection: Connection, batch: Batch, venue: Venue, ledger: Ledger, program: Program | None, terms: Terms
) -> list[Found]:
    """All that the busts of a batch bring about in the books, in the transaction that takes it in.

    Args:
        ledger: has the batch's own entries already.

    Returns:
        the sides that were busted.
    """
    found = []
    rows = funds_with(batch, b"bust:") if program is not None else []
    if rows and program is not None:
        in_turn(connection, program.name)
    for row in rows:
        named = read_key(row["key"].decode("ascii", "replace"))
        if named is None or program is None:
            continue
        sequence, index, what = named
        if what in _MARKS:
            side = _side(connection, program, sequence, index, _MARKS[what], int(row["sequence"]))
            if side is not None and _is_mark(connection, row, side.side, venue):
                _project_side(connection, row, side, venue, ledger, program, terms)
                found.append(side)
        else:
            _project_return(connection, row, sequence, index, what, venue)
    return found


def _side(
    connection: Connection, program: Program, sequence: int, index: int, role: FillRole, before: int
) -> Found | None:
    if sequence >= before:
        return None
    try:
        return sides_of_fill(connection, program.name, f"{sequence}-{index}", role.name.lower())[0]
    except Declined:
        return None  # a command that names no fill busts none


def _is_mark(connection: Connection, row: Any, side: Sides, venue: Venue) -> bool:
    """Whether a command is what `bust_commands` sends for a side; the maker's follows the taker's (CO-9)."""
    one = side[0]
    brand: int | None = int(one["brand"])
    kind = CommandKind.DEPOSIT
    if int(one["role"]) == FillRole.MAKER:
        mine = (busts.c.sequence == int(one["sequence"])) & (busts.c.event_index == int(one["index"]))
        brand, kind = connection.execute(select(busts.c.brand).where(mine)).scalar(), CommandKind.WITHDRAWAL
    if brand is None:
        return False
    quote = venue.instruments[int(one["instrument"])].quote.id
    return int(row["kind"]) == kind and _moves(row) == (passing_account(brand), 0, quote) and amount(row["amount"]) == 1


def _moves(row: Any) -> tuple[int, int, int]:
    """From whom, to whom, and what."""
    return int(row["account"]), int(row["to_account"]), int(row["asset"])


def _project_side(
    connection: Connection, row: Any, found: Found, venue: Venue, ledger: Ledger, program: Program, terms: Terms
) -> None:
    one = found.side[0]
    sequence, time_ns = int(row["sequence"]), int(row["time_ns"])
    postings = postings_of(found.side, program, venue, terms)
    ledger.post(connection, [Entry(ENTRY, sequence, 1, sequence, time_ns, tuple(postings))])
    revenue = split_of_side(one, terms).brand
    if revenue:
        quote = venue.instruments[int(one["instrument"])].quote.id
        reference = f"bust {one['sequence']}-{one['index']}"
        place = (sequence, time_ns, int(one["brand"]), quote, TRANSFER, "", reference)
        moves, sheets = [Move(*place, -revenue, 0, row["key"].hex())], Sheets()
        sheets.count_moves(moves)
        sheets.store(connection, moves)
    if int(one["role"]) == FillRole.TAKER:
        _begin(connection, venue, program, found.side, sequence, time_ns)
    because = because_of(connection, int(one["sequence"]), int(one["index"]))
    lines = reversals_of(found.side, found.hour, program, venue, sequence, time_ns, because)
    keep(connection, program.name, lines)
    tell_of(connection, program, venue, lines, because, months_of(connection, f"{one['sequence']}-{one['index']}"))


def of_account(connection: Connection, account: int) -> list[RowMapping]:
    """The busted fills in which an account had a part, newest first; busts are few."""
    mine = (busts.c.buyer == account) | (busts.c.seller == account)
    return list(connection.execute(select(busts).where(mine).order_by(busts.c.at_sequence.desc())).mappings())


def months_of(connection: Connection, fill: str) -> dict[str, Any]:
    """What a busted fill has changed in the months of its codes: whether the month was reviewed, and by code what its
    day has less. Empty for a day that was not counted yet, and for a fill that is not busted."""
    sequence, _, index = fill.partition("-")
    mine = (busts.c.sequence == int(sequence)) & (busts.c.event_index == int(index))
    text = connection.execute(select(busts.c.months).where(mine)).scalar()
    found: dict[str, Any] = json.loads(text or "{}")
    return found


def _begin(connection: Connection, venue: Venue, program: Program, taker: Sides, sequence: int, time_ns: int) -> None:
    maker = sides_of_fill(connection, program.name, f"{taker['sequence'][0]}-{taker['index'][0]}", "maker")[0].side
    fill = _busted(connection, venue, taker, maker)
    day, now_day = fill.time_ns // DAY_NS, time_ns // DAY_NS
    is_counted = (counting.counted_before(connection, program.name) or 0) > day
    accounts = uncounting.accounts_of(venue, (fill.taker, fill.maker)) if is_counted else []
    before = counting.count(connection, program, venue, day, accounts) if is_counted else None
    row = {
        "sequence": fill.sequence,
        "event_index": fill.index,
        "at_sequence": sequence,
        "time_ns": time_ns,
        "fill_ns": fill.time_ns,
        "instrument": fill.instrument,
        "brand": fill.brand,
        "buyer": fill.buyer,
        "seller": fill.seller,
        "taker": fill.taker,
        "maker": fill.maker,
        "lots": fill.lots,
        "price_ticks": fill.price_ticks,
        "taker_fee": fill.taker_fee,
        "maker_fee": fill.maker_fee,
        "lots_returned": 0,
        "taker_returned": 0,
        "maker_returned": 0,
        "attempts": 0,
        "is_whole": False,
        "months": "{}",
    }
    connection.execute(insert(busts), [row])
    if before is not None:
        less = uncounting.take_back(connection, program, venue, day, accounts, before, now_day)
        months = {"reviewed": uncounting.is_reviewed(day, now_day), "brokers": _months_told(venue, program, less)}
        mine = (busts.c.sequence == fill.sequence) & (busts.c.event_index == fill.index)
        connection.execute(update(busts).where(mine).values(months=text_of(months)))


def _months_told(venue: Venue, program: Program, less: uncounting.Difference) -> dict[str, dict[str, str]]:
    """By code what its day has less."""
    asset = venue.assets[program.payout_asset]
    amounts = ("spot_volume", "contract_volume", "commission")
    return {
        venue.codes[broker].code: {
            name: asset.format(value) if name in amounts else str(value) for name, value in values.items()
        }
        for broker, values in sorted(less.items())
    }


def _project_return(connection: Connection, row: Any, sequence: int, index: int, what: str, venue: Venue) -> None:
    """What has gone back of a busted fill, as the journal tells it."""
    mine = (busts.c.sequence == sequence) & (busts.c.event_index == index)
    bust = connection.execute(select(busts).where(mine)).mappings().first()
    if bust is None:
        return
    is_own = int(row["kind"]) == CommandKind.TRANSFER and _moves(row) == _way_of(bust, what, venue)
    values = dict(bust) | {"attempts": max(bust["attempts"], int(re.sub(r"\D", "", what)))}
    moved = amount(row["amount"]) if is_own else 0  # a key that was another's is used up, and nothing has gone back
    if what[0] == "s" and what[-1] == "x":
        values["lots_returned"] += moved // venue.instruments[bust["instrument"]].lot_minor
    elif what[0] in "rc":
        name = "taker_returned" if what[1] == "t" else "maker_returned"
        values[name] += moved if what[0] == "r" else -moved
    values["is_whole"] = (
        values["lots_returned"] == bust["lots"]
        and values["taker_returned"] == bust["taker_fee"]
        and values["maker_returned"] == bust["maker_fee"]
    )
    connection.execute(update(busts).where(mine).values(**values))


def _way_of(bust: RowMapping, what: str, venue: Venue) -> tuple[int, int, int]:
    """From whom, to whom and what goes back with a key: a fee, a rebate, or the base to who has sold it."""
    instrument = venue.instruments[bust["instrument"]]
    trader = bust["taker" if what[1] == "t" else "maker"]
    match what[0]:
        case "r":
            return FEE_POOL_ACCOUNT, trader, instrument.quote.id
        case "c":
            return trader, FEE_POOL_ACCOUNT, instrument.quote.id
        case _:
            return passing_account(bust["brand"]), bust["seller"], instrument.base.id
