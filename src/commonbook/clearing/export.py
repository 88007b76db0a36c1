"""A month of a brand's books for its accountants: every entry that touched its revenue or its treasury. Rule Q-25.

Each book begins with its opening and ends with its closing and a check, which is opening + entries - closing: zero.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from commonbook.clearing.billing import days_of, invoices_of, month_text
from commonbook.clearing.closing import day_text
from commonbook.clearing.lines import claims_of, fill_lines, fills_of_day
from commonbook.clearing.model import DAY_NS, Terms
from commonbook.clearing.sheets import owed_before
from commonbook.errors import BadInput
from commonbook.instrument.accounts import treasury_account
from commonbook.instrument.venue import Venue
from commonbook.storage.schema import bills, transfers
from commonbook.storage.tables.clearing import clearing_statements, revenue_days, revenue_moves
from commonbook.units import format_units

REVENUE, TREASURY, STATEMENT, INVOICE = "revenue", "treasury", "statement", "invoice"
OPENING, CLOSING, CHECK = "opening", "closing", "check"
FIRST_OF_FORMULA = "=+-@\t\r"


class Detail(StrEnum):
    DAY = "day"  # trading as one entry for each day
    FILL = "fill"  # and as one for each fill side


@dataclass(frozen=True, slots=True)
class Row:
    book: str
    asset: str
    date: str
    time_ns: str
    kind: str
    source: str
    reference: str
    amount: str


@dataclass(frozen=True, slots=True)
class _Entry:
    asset: int
    time_ns: int
    kind: str
    source: str
    reference: str
    amount: int


def export_rows(
    connection: Connection, venue: Venue, terms: Terms, brand: int, month: int, detail: Detail
) -> Iterator[Row]:
    """All rows of a brand's month, book by book."""
    days = days_of(month)
    opening = {asset: owed_before(connection, brand, asset, days.start) for asset in _assets_owed(connection, brand)}
    closing = {asset: owed_before(connection, brand, asset, days.stop) for asset in opening}
    revenue = sorted(_revenue(connection, venue, terms, brand, days, detail), key=lambda one: one.time_ns)
    yield from _book(venue, REVENUE, days, opening, revenue, closing)
    account = treasury_account(brand)
    had = {asset: _treasury_at(connection, account, asset, days.start * DAY_NS) for asset in venue.assets}
    has = {asset: _treasury_at(connection, account, asset, days.stop * DAY_NS) for asset in venue.assets}
    yield from _book(venue, TREASURY, days, had, list(_treasury(connection, account, days)), has)
    mine = (clearing_statements.c.brand == brand) & clearing_statements.c.day.between(days.start, days.stop - 1)
    for row in connection.execute(
        select(clearing_statements).where(mine).order_by(clearing_statements.c.day, clearing_statements.c.asset)
    ):
        asset = venue.assets[row.asset]
        amount = format_units(row.closing, asset.scale)
        yield Row(STATEMENT, asset.name, day_text(row.day), "", row.state, "", row.root, amount)
    for one in invoices_of(connection, brand):
        if one.month == month:
            asset = venue.assets[one.asset]
            amount = format_units(one.due, asset.scale)
            state = "paid" if one.paid == one.due else "due"
            yield Row(INVOICE, asset.name, month_text(month), "", state, "", one.name, amount)


def _assets_owed(connection: Connection, brand: int) -> list[int]:
    chosen = select(revenue_days.c.asset).where(revenue_days.c.brand == brand).distinct()
    return sorted(connection.execute(chosen).scalars())


def _book(
    venue: Venue,
    book: str,
    days: range,
    opening: dict[int, int],
    entries: list[_Entry],
    closing: dict[int, int],
) -> Iterator[Row]:
    by_asset: dict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_asset[entry.asset].append(entry)
    for asset in sorted({*opening, *by_asset}):
        before, own, after = opening.get(asset, 0), by_asset[asset], closing.get(asset, 0)
        if not (before or own or after):
            continue
        name, scale = venue.assets[asset].name, venue.assets[asset].scale
        yield Row(book, name, day_text(days.start), "", OPENING, "", "", format_units(before, scale))
        for one in own:
            place = (day_text(one.time_ns // DAY_NS), str(one.time_ns), one.kind, one.source, one.reference)
            yield Row(book, name, *place, format_units(one.amount, scale))
        yield Row(book, name, day_text(days.stop - 1), "", CLOSING, "", "", format_units(after, scale))
        off = before + sum(one.amount for one in own) - after
        yield Row(book, name, day_text(days.stop - 1), "", CHECK, "", "", format_units(off, scale))


def _revenue(
    connection: Connection, venue: Venue, terms: Terms, brand: int, days: range, detail: Detail
) -> Iterator[_Entry]:
    mine = (revenue_moves.c.brand == brand) & revenue_moves.c.day.between(days.start, days.stop - 1)
    for row in connection.execute(select(revenue_moves).where(mine).order_by(revenue_moves.c.sequence)):
        yield _Entry(row.asset, row.time_ns, row.kind, row.source, row.reference, row.amount)
    if detail is Detail.FILL:
        for day in days:
            yield from _fills(connection, venue, terms, brand, day)
        return
    own = (revenue_days.c.brand == brand) & revenue_days.c.day.between(days.start, days.stop - 1)
    for row in connection.execute(select(revenue_days).where(own).order_by(revenue_days.c.day)):
        if row.trading:
            end_ns = (row.day + 1) * DAY_NS - 1
            yield _Entry(row.asset, end_ns, "trading", "trading", day_text(row.day), row.trading)


def _fills(connection: Connection, venue: Venue, terms: Terms, brand: int, day: int) -> Iterator[_Entry]:
    for some in fills_of_day(connection, day):
        claimed = claims_of(connection, some)
        for traded in some:
            for whose, asset, line in fill_lines(traded, claimed, venue, terms):
                if whose == brand and int(line["revenue"]):
                    reference = f"{line['fill']} {line['role']}"
                    yield _Entry(asset, int(line["time_ns"]), "fill", "trading", reference, int(line["revenue"]))


def _treasury_at(connection: Connection, account: int, asset: int, time_ns: int) -> int:
    """What the treasury had when a time came."""
    mine = (bills.c.account == account) & (bills.c.asset == asset) & (bills.c.time_ns < time_ns)
    chosen = select(bills.c.balance).where(mine).order_by(bills.c.bill.desc()).limit(1)
    return int(connection.execute(chosen).scalar() or 0)


def _treasury(connection: Connection, account: int, days: range) -> Iterator[_Entry]:
    within = bills.c.time_ns.between(days.start * DAY_NS, days.stop * DAY_NS - 1)
    chosen = select(bills, transfers.c.key).outerjoin(transfers, transfers.c.sequence == bills.c.sequence)
    for row in connection.execute(chosen.where(bills.c.account == account, within).order_by(bills.c.bill)):
        key = bytes.fromhex(row.key or "").decode("ascii", "replace")
        yield _Entry(row.asset, row.time_ns, row.kind, "", key, row.change)


def as_csv(rows: Iterator[Row]) -> str:
    """A table that opens in a spreadsheet; no cell of it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([one.name for one in fields(Row)])
    for row in rows:
        told = list(astuple(row))
        told[-2] = f"'{told[-2]}" if told[-2][:1] and told[-2][0] in FIRST_OF_FORMULA else told[-2]
        writer.writerow(told)
    return out.getvalue()


def as_json(brand: int, month: int, rows: Iterator[Row]) -> dict[str, Any]:
    told = [asdict(row) for row in rows]
    wrong = [row for row in told if row["kind"] == CHECK and row["amount"] != "0"]
    return {"brand": str(brand), "month": month_text(month), "sums_agree": not wrong, "rows": told}


def must_be_month(month: int) -> None:
    """
    Raises:
        BadInput: before 1970 or in ages to come.
    """
    if not 1970 * 12 <= month < 9000 * 12:
        raise BadInput(f"month {month_text(month)} is out of range")
