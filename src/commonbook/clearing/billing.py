"""Billing brands by the month, and what was paid of it. Rules Q-20 to Q-22."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from commonbook.clearing.document import Line
from commonbook.clearing.invoice import LEAST, MOST, credit_lines, invoice_page, invoice_text, is_missed
from commonbook.clearing.model import ANY_BRAND
from commonbook.clearing.terms import agree
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
from commonbook.storage.database import insert_new
from commonbook.storage.tables.clearing import (
    clearing_statements,
    invoice_payments,
    invoices,
    service_measures,
    service_prices,
    service_targets,
    service_uses,
)
from commonbook.units import RATE_ONE
from commonbook.whole_file import make_folder, put_whole

SET_OFF, TRANSFER = "set_off", "transfer"
BEGUN, PAID = "begun", "paid"


@dataclass(frozen=True, slots=True)
class Invoice:
    brand: int
    number: int
    month: int
    asset: int
    services: int
    credits: int
    due: int
    paid: int
    root: str

    @property
    def name(self) -> str:
        return f"{self.brand}-{self.number:06d}"


def month_of(day: int) -> int:
    date = datetime.fromtimestamp(day * 86_400, UTC)
    return date.year * 12 + date.month - 1


def month_text(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def read_month(text: str) -> int:
    """
    Raises:
        BadInput: no month as `2026-11`.
    """
    year, dash, month = text.partition("-")
    if not (dash and len(text) == 7 and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        raise BadInput(f"month {text[:20]!r} is not written as 2026-11")
    return int(year) * 12 + int(month) - 1


def days_of(month: int) -> range:
    first, end = (datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC).timestamp() // 86_400 for at in (month, month + 1))
    return range(int(first), int(end))


def bill_month(database: Engine, venue: Venue, asset: int, month: int, folder: Path) -> list[Invoice]:
    """Each brand's invoice of a month whose days are all closed; gives the new ones, others stay as they are."""
    with database.connect() as connection:
        brands = _brands_of(connection, month)
        known = {brand for brand in brands if invoice_of_month(connection, brand, month) is not None}
    found = [_invoice(database, venue, brand, asset, month) for brand in brands]
    for one in found:
        _publish(database, venue, one, folder)
    return [one for one in found if one.brand not in known]


def bill_closed_months(database: Engine, venue: Venue, asset: int, closed_upto: int, folder: Path) -> list[Invoice]:
    """The invoices of all months that are closed to their last day and not billed yet."""
    with database.connect() as connection:
        first = connection.execute(select(func.min(clearing_statements.c.day))).scalar()
        newest = connection.execute(select(func.max(invoices.c.month))).scalar()
    if first is None:
        return []
    month, made = max(month_of(int(first)), int(newest or 0)), []
    while days_of(month).stop - 1 <= closed_upto:
        made += bill_month(database, venue, asset, month, folder)
        month += 1
    return made


def _brands_of(connection: Connection, month: int) -> list[int]:
    days = days_of(month)
    within = clearing_statements.c.day.between(days.start, days.stop - 1)
    cleared = connection.execute(select(clearing_statements.c.brand).where(within).distinct()).scalars()
    served = connection.execute(select(service_uses.c.brand).where(service_uses.c.month == month).distinct()).scalars()
    return sorted({*cleared, *served})


def _invoice(database: Engine, venue: Venue, brand: int, asset: int, month: int) -> Invoice:
    """The invoice; whoever takes a number first has it, and another tries the next."""
    while True:
        with database.begin() as connection:
            found = invoice_of_month(connection, brand, month)
            if found is not None:
                return found
            newest = connection.execute(
                select(invoices).where(invoices.c.brand == brand).order_by(invoices.c.number.desc()).limit(1)
            ).first()
            number = newest.number + 1 if newest else 1
            header = {
                "asset": venue.assets[asset].name,
                "brand": str(brand),
                "month": month_text(month),
                "number": str(number),
                "previous_root": newest.root if newest else "",
                "scale": str(venue.assets[asset].scale),
            }
            lines = _lines(connection, venue, brand, month)
            text, footer = invoice_text(header, lines)
            row = {"brand": brand, "number": number, "month": month, "asset": asset, "text": text, "parts": 0}
            sums = {name: int(footer[name]) for name in ("services", "credits", "due")}
            insert_new(connection, invoices, row | sums | {"root": footer["root"]})


def _lines(connection: Connection, venue: Venue, brand: int, month: int) -> list[Line]:
    days = days_of(month)
    chosen = select(clearing_statements).where(
        clearing_statements.c.brand == brand, clearing_statements.c.day.between(days.start, days.stop - 1)
    )
    lines: list[Line] = []
    for row in connection.execute(chosen.order_by(clearing_statements.c.day, clearing_statements.c.asset)):
        share = int(json.loads(row.totals)["cost_share"])
        if share:
            place = {"asset": venue.assets[row.asset].name, "day": str(row.day)}
            lines.append({"amount": str(share), "kind": "cost_share", "root": row.root} | place)
    services = [_service(connection, brand, month, row) for row in _uses(connection, brand, month)]
    total = sum(int(line["amount"]) for line in services)
    return [*lines, *services, *credit_lines(total, _missed(connection, brand, month))]


def _uses(connection: Connection, brand: int, month: int) -> list[Any]:
    mine = (service_uses.c.brand == brand) & (service_uses.c.month == month)
    return list(connection.execute(select(service_uses).where(mine).order_by(service_uses.c.service)))


def _service(connection: Connection, brand: int, month: int, use: Any) -> Line:
    price = price_of(connection, brand, month, use.service)
    return {
        "amount": str(use.quantity * price),
        "kind": "service",
        "price": str(price),
        "quantity": str(use.quantity),
        "service": use.service,
    }


def price_of(connection: Connection, brand: int, month: int, service: str) -> int:
    """The price in force in a month: the brand's own, else everybody's.

    Raises:
        Declined: `no_such_price`.
    """
    for whose in (brand, ANY_BRAND):
        mine = (service_prices.c.brand == whose) & (service_prices.c.service == service)
        chosen = select(service_prices.c.price).where(mine, service_prices.c.effective_month <= month)
        found = connection.execute(chosen.order_by(service_prices.c.effective_month.desc()).limit(1)).scalar()
        if found is not None:
            return int(found)
    raise Declined("no_such_price", f"service {service} has no price in {month_text(month)}: set one first")


def _missed(connection: Connection, brand: int, month: int) -> list[Line]:
    """The measures that missed the brand's target, in the order of their names."""
    measured = {
        row.measure: row.measured
        for row in connection.execute(select(service_measures).where(service_measures.c.month == month))
    }
    missed: list[Line] = []
    for measure in sorted((*LEAST, *MOST)):
        target = _target(connection, brand, month, measure)
        if target is None or measure not in measured:
            continue
        if is_missed(measure, target.target, measured[measure]):
            facts = {"target": target.target, "measured": measured[measure], "credit_e8": target.credit_e8}
            missed.append({"measure": measure} | {name: str(value) for name, value in facts.items()})
    return missed


def _target(connection: Connection, brand: int, month: int, measure: str) -> Any:
    for whose in (brand, ANY_BRAND):
        mine = (service_targets.c.brand == whose) & (service_targets.c.measure == measure)
        chosen = select(service_targets).where(mine, service_targets.c.effective_month <= month)
        found = connection.execute(chosen.order_by(service_targets.c.effective_month.desc()).limit(1)).first()
        if found is not None:
            return found
    return None


def invoice_path(folder: Path, invoice: Invoice) -> Path:
    return folder / str(invoice.brand) / f"invoice-{invoice.name}.jsonl"


def _publish(database: Engine, venue: Venue, invoice: Invoice, folder: Path) -> None:
    """The document and its page; the same bytes however often."""
    path = invoice_path(folder, invoice)
    if path.exists() and path.with_suffix(".html").exists():
        return
    with database.connect() as connection:
        text = text_of(connection, invoice.brand, invoice.number)
    make_folder(path.parent)
    _put(path, text)
    _put(path.with_suffix(".html"), page_of(venue, text))


def page_of(venue: Venue, text: str) -> str:
    return invoice_page(text, {asset.name: asset.scale for asset in venue.assets.values()})


def _put(path: Path, text: str) -> None:
    """Several may do so at once, each with a draft of its own."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    draft.write_text(text, encoding="utf-8")
    put_whole(draft, path)


# -- what is data -----------------------------------------------------------------------------------------------------


def set_price(connection: Connection, brand: int, service: str, month: int, price: int) -> None:
    """
    Raises:
        BadInput: below zero, or a name that is none. Declined: `agreed_already`, `billed_already`.
    """
    must_be_name(service)
    if price < 0:
        raise BadInput(f"price {price} of {service} is below zero")
    _must_not_be_billed(connection, brand, month)
    keys = {"brand": brand, "service": service, "effective_month": month}
    agree(connection, service_prices, keys, {"price": price}, f"the price of {service}")


def set_use(connection: Connection, brand: int, month: int, service: str, quantity: int) -> None:
    """How much of a service a brand had in a month; the newest word counts, until the month is billed.

    Raises:
        BadInput: below zero. Declined: `no_such_price`, `billed_already`.
    """
    must_be_name(service)
    if not 0 <= quantity < 2**53:
        raise BadInput(f"quantity {quantity} of {service} is not zero or more")
    _must_not_be_billed(connection, brand, month)
    price_of(connection, brand, month, service)
    row = {"brand": brand, "month": month, "service": service}
    where = (service_uses.c.brand == brand) & (service_uses.c.month == month) & (service_uses.c.service == service)
    if not insert_new(connection, service_uses, row | {"quantity": quantity}):
        connection.execute(update(service_uses).where(where).values(quantity=quantity))


def set_target(connection: Connection, brand: int, measure: str, month: int, target: int, credit_e8: int) -> None:
    """
    Raises:
        BadInput: no such measure, or a value out of range. Declined: `agreed_already`, `billed_already`.
    """
    must_be_measure(measure, target)
    if not 0 <= credit_e8 <= RATE_ONE:
        raise BadInput(f"credit {credit_e8} is not between 0 and {RATE_ONE} hundred-millionths")
    _must_not_be_billed(connection, brand, month)
    keys = {"brand": brand, "measure": measure, "effective_month": month}
    agree(connection, service_targets, keys, {"target": target, "credit_e8": credit_e8}, f"the target of {measure}")


def set_measure(connection: Connection, month: int, measure: str, measured: int) -> None:
    """What was measured in a month; the newest word counts, until the first brand is billed for it.

    Raises:
        BadInput: no such measure, or a value out of range. Declined: `billed_already`.
    """
    must_be_measure(measure, measured)
    _must_not_be_billed(connection, ANY_BRAND, month)
    where = (service_measures.c.month == month) & (service_measures.c.measure == measure)
    row = {"month": month, "measure": measure, "measured": measured}
    if not insert_new(connection, service_measures, row):
        connection.execute(update(service_measures).where(where).values(measured=measured))


def must_be_measure(measure: str, value: int) -> None:
    if measure not in (*LEAST, *MOST):
        raise BadInput(f"measure {measure[:32]!r} is none of {', '.join((*LEAST, *MOST))}")
    if value < 0 or (measure in LEAST and value > RATE_ONE):
        raise BadInput(f"{measure} {value} is out of range")


def must_be_name(service: str) -> None:
    if not (0 < len(service) <= 32 and service.isascii() and service.replace("_", "").isalnum()):
        raise BadInput(f"service {service[:40]!r} is not 1 to 32 letters, digits or underscores")


def _must_not_be_billed(connection: Connection, brand: int, month: int) -> None:
    """What an invoice was made from stays as it was."""
    where = [invoices.c.month >= month] + ([invoices.c.brand == brand] if brand != ANY_BRAND else [])
    if connection.execute(select(func.count()).select_from(invoices).where(*where)).scalar_one():
        raise Declined("billed_already", f"{month_text(month)} is billed: choose a later month")


# -- what was paid ----------------------------------------------------------------------------------------------------


def invoice_of_month(connection: Connection, brand: int, month: int) -> Invoice | None:
    row = connection.execute(select(invoices).where(invoices.c.brand == brand, invoices.c.month == month)).first()
    return None if row is None else _told(connection, row)


def invoices_of(connection: Connection, brand: int | None = None) -> list[Invoice]:
    """Newest first; of all brands for the host."""
    chosen = select(invoices).order_by(invoices.c.brand, invoices.c.number.desc())
    if brand is not None:
        chosen = chosen.where(invoices.c.brand == brand)
    return [_told(connection, row) for row in connection.execute(chosen).all()]


def invoice(connection: Connection, brand: int, number: int) -> Invoice:
    """
    Raises:
        Declined: `no_such_invoice`.
    """
    row = connection.execute(select(invoices).where(invoices.c.brand == brand, invoices.c.number == number)).first()
    if row is None:
        raise Declined("no_such_invoice", f"there is no invoice {number}")
    return _told(connection, row)


def text_of(connection: Connection, brand: int, number: int) -> str:
    invoice(connection, brand, number)
    chosen = select(invoices.c.text).where(invoices.c.brand == brand, invoices.c.number == number)
    return str(connection.execute(chosen).scalar_one())


def asset_of(connection: Connection, brand: int, number: int) -> int:
    return invoice(connection, brand, number).asset


def _told(connection: Connection, row: Any) -> Invoice:
    paid = sum(part.amount for part in payments_of(connection, row.brand, row.number) if part.state == PAID)
    sums = (row.services, row.credits, row.due, paid)
    return Invoice(row.brand, row.number, row.month, row.asset, *sums, row.root)


def payments_of(connection: Connection, brand: int, number: int) -> list[Any]:
    mine = (invoice_payments.c.brand == brand) & (invoice_payments.c.number == number)
    return list(connection.execute(select(invoice_payments).where(mine).order_by(invoice_payments.c.part)))


def due_in_asset(connection: Connection, brand: int, asset: int) -> list[tuple[int, int]]:
    """(number, amount) of what is due in an asset and no payment was begun for, oldest first."""
    chosen = select(invoices).where(invoices.c.brand == brand, invoices.c.asset == asset).order_by(invoices.c.number)
    found = []
    for row in connection.execute(chosen).all():
        left = row.due - sum(part.amount for part in payments_of(connection, brand, row.number))
        if left > 0:
            found.append((row.number, left))
    return found


def begin_set_offs(
    connection: Connection, brand: int, release_day: int, invoiced: list[tuple[int, int]], amount: int
) -> None:
    """Put an amount that a release sets off towards invoices, the oldest first; in the release's own transaction."""
    for number, due in invoiced:
        part = min(due, amount)
        if part:
            begin_payment(connection, brand, number, SET_OFF, release_day, part)
        amount -= part


def begin_payment(connection: Connection, brand: int, number: int, way: str, reference: int, most: int = 0) -> Any:
    """Begin to pay what is due of an invoice, or `most` of it; once for a reference. What is begun is due no more.

    Raises:
        Declined: `no_such_invoice`, `nothing_due`.
    """
    mine = (invoices.c.brand == brand) & (invoices.c.number == number)
    # The update comes first: it holds the invoice, so that of two payments one waits for the other.
    if connection.execute(update(invoices).where(mine).values(parts=invoices.c.parts + 1)).rowcount == 0:
        raise Declined("no_such_invoice", f"there is no invoice {number}")
    row, begun = connection.execute(select(invoices).where(mine)).one(), payments_of(connection, brand, number)
    for one in begun:
        if (one.way, one.reference) == (way, reference):
            return one
    due = row.due - sum(one.amount for one in begun)
    if due <= 0:
        raise Declined("nothing_due", f"invoice {number} is paid, or its payment was begun")
    values = {"way": way, "reference": reference, "amount": min(due, most or due), "state": BEGUN}
    connection.execute(insert(invoice_payments).values(brand=brand, number=number, part=row.parts, **values))
    return payments_of(connection, brand, number)[-1]


def give_up_payment(connection: Connection, brand: int, number: int, part: int) -> None:
    """A payment that was refused: what it was for is due again."""
    connection.execute(delete(invoice_payments).where(*_part(brand, number, part), invoice_payments.c.state == BEGUN))


def mark_paid(connection: Connection, brand: int, number: int, part: int) -> None:
    connection.execute(update(invoice_payments).where(*_part(brand, number, part)).values(state=PAID))


def _part(brand: int, number: int, part: int) -> tuple[Any, ...]:
    table = invoice_payments.c
    return (table.brand == brand, table.number == number, table.part == part)


def set_offs_of(connection: Connection, brand: int, asset: int, release_day: int) -> list[dict[str, Any]]:
    """The payments that a release carries."""
    mine = (invoice_payments.c.brand == brand) & (invoice_payments.c.reference == release_day)
    chosen = select(invoice_payments).where(mine, invoice_payments.c.way == SET_OFF).order_by(invoice_payments.c.number)
    rows = [dict(row) for row in connection.execute(chosen).mappings()]
    return [row for row in rows if asset_of(connection, brand, row["number"]) == asset]
