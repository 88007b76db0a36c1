"""A brand's statements, releases, treasury, invoices, volume and books. Q-12 to Q-25, V-4 to V-6."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.administration import roles
from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May, Role
from commonbook.clearing import billing, export, release, terms
from commonbook.clearing.export import Detail
from commonbook.clearing.keys import invoice_key
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts, administration
from commonbook.gateway.desk import clearing as tell
from commonbook.gateway.desk.administration import ApprovalTold
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import accounts_of, nobody
from commonbook.instrument.accounts import treasury_account
from commonbook.people import directory
from commonbook.records import FEE_POOL_ACCOUNT
from commonbook.units import RateE8

LINES = "application/jsonl"


class TreasuryTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To the account of one of the brand's owners."""

    account: str
    asset: str
    amount: str


@get("/clearing/owed", needs=May.MONEY)
async def owed(asked: Asking) -> list[tell.OwedTold]:
    """What the brand is owed in each asset, and what its treasury has."""
    return await asked.desk.read(lambda connection: tell.owed(asked, connection, asked.brand))


@get("/clearing/terms", needs=May.MONEY)
async def terms_in_force(asked: Asking) -> tell.TermsTold:
    """The host's share, the token holders' and the schedule of releases, as they are today."""
    return await asked.desk.read(lambda connection: tell.terms_told(asked.desk, connection, asked.brand))


@get("/clearing/statements", needs=May.MONEY)
async def statements(
    asked: Asking, asset: FromQuery[str] = "", before: FromQuery[str] = ""
) -> list[tell.StatementTold]:
    """Newest first, 100 a page; `before` a date."""
    number = tell.asset_named(asked.desk, asset).id if asset else 0
    day = tell.day_of(before) if before else tell.LAST_DAY
    venue = asked.desk.venue
    return await asked.desk.read(lambda connection: tell.statements(venue, connection, asked.brand, number, day))


@get("/clearing/statements/{asset:str}/{date:str}", needs=May.MONEY, media_type=LINES)
async def statement(asked: Asking, asset: FromPath[str], date: FromPath[str]) -> Response[bytes]:
    """The file: JSON lines, which anybody can check without us: `verify-clearing` of the host's software."""
    which, day = tell.asset_named(asked.desk, asset), tell.day_of(date)
    found = await asked.desk.read(
        lambda connection: tell.statement_file(asked.desk, connection, asked.brand, which, day)
    )
    return Response(found, media_type=LINES)


@get("/clearing/releases", needs=May.MONEY)
async def releases(asked: Asking) -> list[tell.ReleaseTold]:
    """Newest first."""
    return await asked.desk.read(lambda connection: tell.releases_of(asked.desk.venue, connection, asked.brand))


@get("/clearing/holds", needs=May.MONEY)
async def holds(asked: Asking) -> list[tell.HoldTold]:
    """What was kept back, and what still is; newest first."""
    return await asked.desk.read(lambda connection: tell.holds_of(asked.desk.venue, connection, asked.brand))


@get("/clearing/adjustments", needs=May.MONEY)
async def adjustments(asked: Asking) -> list[tell.AdjustmentTold]:
    """Corrections, and what they correct; newest first."""
    return await asked.desk.read(lambda connection: tell.adjustments_of(asked.desk.venue, connection, asked.brand))


@get("/clearing/checks", needs=May.MONEY)
async def checks(asked: Asking, before: FromQuery[str] = "") -> list[tell.CheckTold]:
    """The daily reconciliation, newest first, 100 a page; `before` a date."""
    day = tell.day_of(before) if before else tell.LAST_DAY
    return await asked.desk.read(lambda connection: tell.checks(asked.desk.venue, connection, asked.brand, day))


@get("/clearing/volume", needs=May.LOOK)
async def volume(asked: Asking, first: FromQuery[str], last: FromQuery[str]) -> list[tell.VolumeTold]:
    """The three measures by instrument over the days from `first` to `last`, and what of them is filtered."""
    venue = asked.desk.venue
    return await asked.desk.read(lambda connection: tell.volumes(venue, connection, first, last, asked.brand))


@get("/clearing/invoices", needs=May.MONEY)
async def invoices(asked: Asking) -> list[tell.InvoiceTold]:
    """Newest first."""
    return await asked.desk.read(lambda connection: tell.invoices_of(asked.desk.venue, connection, asked.brand))


@get("/clearing/invoices/{number:int}", needs=May.MONEY, media_type=LINES)
async def invoice(asked: Asking, number: FromPath[int]) -> Response[bytes]:
    """The document: JSON lines, which anybody can check without us: `verify-invoice` of the host's software."""
    text = await asked.desk.read(lambda connection: billing.text_of(connection, asked.brand, number))
    return Response(text.encode("ascii"), media_type=LINES)


@get("/clearing/invoices/{number:int}/page", needs=May.MONEY, media_type="text/html")
async def invoice_page(asked: Asking, number: FromPath[int]) -> Response[bytes]:
    """The same for people."""
    text = await asked.desk.read(lambda connection: billing.text_of(connection, asked.brand, number))
    page = billing.page_of(asked.desk.venue, text)
    return Response(page.encode(), media_type="text/html; charset=utf-8")


@get("/clearing/export", needs=May.MONEY)
async def export_month(
    asked: Asking, month: FromQuery[str], detail: FromQuery[Detail] = Detail.DAY, form: FromQuery[str] = "json"
) -> Response[Any]:
    """A month of the brand's books: `month` as 2026-11, `detail` day or fill, `form` json or csv."""
    desk, brand, which = asked.desk, asked.brand, billing.read_month(month)
    export.must_be_month(which)

    def make(connection: Connection) -> Any:
        in_force = terms.load(connection, RateE8(desk.settings.clearing.host_share_e8))
        rows = export.export_rows(connection, desk.venue, in_force, brand, which, detail)
        return export.as_csv(rows) if form == "csv" else export.as_json(brand, which, rows)

    if form not in ("csv", "json"):
        raise BadInput(f"form {form[:10]!r} is none of csv, json")
    made = await desk.read(make)
    if form == "json":
        return Response(made, media_type="application/json")
    name = f"attachment; filename=clearing-{brand}-{month}.csv"
    return Response(made.encode(), media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


@post("/clearing/treasury-transfers", needs=May.MONEY, fresh=True, status_code=202)
async def transfer_treasury(asked: Asking, data: JSONBody[TreasuryTransfer]) -> ApprovalTold:
    """Ask for a payment from the treasury to an owner's account; another user's yes sends it."""
    asset = tell.asset_named(asked.desk, data.asset)
    amount = tell.amount_above_zero(asset, data.amount)
    account = administration.number(data.account, "account")
    await asked.desk.read(lambda connection: _must_be_owners(connection, asked.brand, account))
    payload = {"account": str(account), "asset": asset.name, "amount": asset.format(amount)}
    return administration.told(await acts.ask_for(asked, "treasury_transfer", payload))


@acts.register("treasury_transfer", May.MONEY, accounts_of("account"), party_asks=True)
async def _transfer_treasury(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, treasury = approval.payload, treasury_account(approval.brand)
    asset, account = tell.asset_named(desk, told["asset"]), int(told["account"])
    await desk.read(lambda connection: _must_be_owners(connection, approval.brand, account))
    amount = tell.amount_above_zero(asset, told["amount"])
    sent = release.transfer(treasury, account, asset.id, amount, approval.key.encode())
    await tell.command_once(desk, sent, treasury, account)
    return {"account": str(account), "key": approval.key}


def _must_be_owners(connection: Connection, brand: int, account: int) -> None:
    """
    Raises:
        Declined: `no_such_account`: it is none of an owner of this brand.
    """
    owners = [one.user for one in roles.staff_of(connection, brand) if one.role is Role.OWNER]
    accounts = {directory.find(connection, user).account for user in owners} - {0}
    if account not in accounts:
        raise Declined("no_such_account", f"account {account} is none of an owner of this brand")


@post("/clearing/invoices/{number:int}/pay", needs=May.MONEY, fresh=True, status_code=202)
async def pay_invoice(asked: Asking, number: FromPath[int]) -> ApprovalTold:
    """Ask to pay what is due of an invoice from the treasury; another user's yes sends it."""
    found = await asked.desk.read(lambda connection: billing.invoice(connection, asked.brand, number))
    if found.paid >= found.due:
        raise Declined("nothing_due", f"invoice {number} is paid")
    return administration.told(await acts.ask_for(asked, "pay_invoice", {"number": number, "due": str(found.due)}))


@acts.register("pay_invoice", May.MONEY, nobody)
async def _pay_invoice(desk: Desk, approval: Approval) -> dict[str, Any]:
    brand, number = approval.brand, int(approval.payload["number"])
    part = await desk.write(
        lambda connection: billing.begin_payment(connection, brand, number, billing.TRANSFER, approval.id)
    )
    asset = await desk.read(lambda connection: billing.asset_of(connection, brand, number))
    treasury, key = treasury_account(brand), invoice_key(brand, number, part.part)
    try:
        sent = release.transfer(treasury, FEE_POOL_ACCOUNT, asset, part.amount, key)
        await tell.command_once(desk, sent, treasury)
    except Declined:
        await desk.write(lambda connection: billing.give_up_payment(connection, brand, number, part.part))
        raise
    await desk.write(lambda connection: billing.mark_paid(connection, brand, number, part.part))
    return {"paid": desk.venue.assets[asset].format(part.amount), "key": key.decode()}


ROUTES = [
    *(owed, terms_in_force, statements, statement, releases, holds, adjustments, checks, volume),
    *(invoices, invoice, invoice_page, export_month, transfer_treasury, pay_invoice),
]
