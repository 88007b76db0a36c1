"""Clearing as the host sees it: every brand's statements, what is agreed, holds, corrections, bills, checks."""

import re
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection, delete, select, update

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import Parties
from commonbook.administration.log import write_by_host
from commonbook.administration.roles import May
from commonbook.clearing import billing, closing, release, terms
from commonbook.clearing.keys import adjustment_keys, income_key
from commonbook.clearing.model import DAY_NS, Source
from commonbook.clearing.schedule import Period, Schedule
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts, administration
from commonbook.gateway.desk import clearing as tell
from commonbook.gateway.desk.administration import ApprovalTold
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.parties import brand_of, nobody
from commonbook.instrument.accounts import passing_account
from commonbook.instrument.model import Asset
from commonbook.records import FEE_POOL_ACCOUNT
from commonbook.storage.database import insert_new
from commonbook.storage.tables.clearing import adjustments as adjustments_table
from commonbook.storage.tables.clearing import audit_alarms
from commonbook.storage.tables.clearing import holds as holds_table
from commonbook.units import parse_units

FILL_ID = re.compile(r"\d{1,19}-\d{1,10}")
REASON_MOST, FILLS_MOST = 200, 1_000


class CostShareAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    source: Source
    first_date: str  # in force from its beginning on
    rate_e8: int


class HoldersAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    first_date: str
    rate_e8: int
    bound: bool  # whether there are holders to be paid


class ScheduleAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    first_date: str
    period: Period
    on_day: int = 0  # weekly: 1 Monday to 7 Sunday; monthly: 1 to 28
    delay_days: int = 1
    asset: str = ""  # empty: all that have no schedule of their own
    minimum: str = "0"


class HoldAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    asset: str
    date: str  # whose statement is disputed
    amount: str
    reason: str
    fills: list[str] = []


class AdjustmentAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    asset: str
    date: str  # whose statement is corrected
    amount: str  # below zero: to the brand's cost
    reason: str


class IncomeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    source: Source
    account: str  # who pays
    asset: str
    amount: str
    reference: str


class PriceAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    service: str
    first_month: str
    price: str
    brand: str = "0"  # 0: every brand without a price of its own


class UseAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    brand: str
    month: str
    service: str
    quantity: int


class TargetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    measure: str  # availability_e8, p99_us
    first_month: str
    target: int
    credit_e8: int
    brand: str = "0"


class MeasureAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    month: str
    measure: str
    measured: int


# -- what is told -----------------------------------------------------------------------------------------------------


@get("/clearing/{brand:int}/owed", needs=May.MONEY)
async def owed(asked: Asking, brand: FromPath[int]) -> list[tell.OwedTold]:
    whose = tell.brand_known(asked.desk, brand)
    return await asked.desk.read(lambda connection: tell.owed(asked, connection, whose))


@get("/clearing/{brand:int}/statements", needs=May.MONEY)
async def statements(
    asked: Asking, brand: FromPath[int], asset: FromQuery[str] = "", before: FromQuery[str] = ""
) -> list[tell.StatementTold]:
    """Newest first, 100 a page; `before` a date."""
    whose, venue = tell.brand_known(asked.desk, brand), asked.desk.venue
    number = tell.asset_named(asked.desk, asset).id if asset else 0
    day = tell.day_of(before) if before else tell.LAST_DAY
    return await asked.desk.read(lambda connection: tell.statements(venue, connection, whose, number, day))


@get("/clearing/{brand:int}/statements/{asset:str}/{date:str}", needs=May.MONEY, media_type="application/jsonl")
async def statement(asked: Asking, brand: FromPath[int], asset: FromPath[str], date: FromPath[str]) -> Response[bytes]:
    """The file, as the brand has it."""
    whose, which = tell.brand_known(asked.desk, brand), tell.asset_named(asked.desk, asset)
    day = tell.day_of(date)
    found = await asked.desk.read(lambda connection: tell.statement_file(asked.desk, connection, whose, which, day))
    return Response(found, media_type="application/jsonl")


@get("/clearing/{brand:int}/releases", needs=May.MONEY)
async def releases(asked: Asking, brand: FromPath[int]) -> list[tell.ReleaseTold]:
    whose, venue = tell.brand_known(asked.desk, brand), asked.desk.venue
    return await asked.desk.read(lambda connection: tell.releases_of(venue, connection, whose))


@get("/clearing/{brand:int}/holds", needs=May.MONEY)
async def holds(asked: Asking, brand: FromPath[int]) -> list[tell.HoldTold]:
    whose, venue = tell.brand_known(asked.desk, brand), asked.desk.venue
    return await asked.desk.read(lambda connection: tell.holds_of(venue, connection, whose))


@get("/clearing/{brand:int}/adjustments", needs=May.MONEY)
async def adjustments(asked: Asking, brand: FromPath[int]) -> list[tell.AdjustmentTold]:
    whose, venue = tell.brand_known(asked.desk, brand), asked.desk.venue
    return await asked.desk.read(lambda connection: tell.adjustments_of(venue, connection, whose))


@get("/clearing/{brand:int}/terms", needs=May.MONEY)
async def terms_in_force(asked: Asking, brand: FromPath[int]) -> tell.TermsTold:
    """Cost shares, the token holders' share and the schedule of releases, as they are today."""
    whose = tell.brand_known(asked.desk, brand)
    return await asked.desk.read(lambda connection: tell.terms_told(asked.desk, connection, whose))


@get("/clearing/billed", needs=May.MONEY)
async def billed(asked: Asking) -> tell.BilledTold:
    """Prices, uses, targets and measures, of which invoices are made; newest month first."""
    return await asked.desk.read(lambda connection: tell.billed(asked.desk, connection))


@get("/clearing/invoices", needs=May.MONEY)
async def invoices(asked: Asking) -> list[tell.InvoiceTold]:
    """Of all brands."""
    return await asked.desk.read(lambda connection: tell.invoices_of(asked.desk.venue, connection))


@get("/clearing/checks", needs=May.MONEY)
async def checks(asked: Asking, before: FromQuery[str] = "") -> list[tell.CheckTold]:
    """The daily reconciliation with all that was found, newest first."""
    day = tell.day_of(before) if before else tell.LAST_DAY
    return await asked.desk.read(lambda connection: tell.checks(asked.desk.venue, connection, None, day))


@get("/clearing/volume", needs=May.LOOK)
async def volume(asked: Asking, first: FromQuery[str], last: FromQuery[str]) -> list[tell.VolumeTold]:
    """Of all brands; the attributed volumes of an instrument sum to its book's."""
    return await asked.desk.read(lambda connection: tell.volumes(asked.desk.venue, connection, first, last, None))


@get("/clearing/alarms", needs=May.MONEY)
async def alarms(asked: Asking) -> list[tell.AlarmTold]:
    """What the auditor has found while the exchange ran, newest first."""
    return await asked.desk.read(lambda connection: tell.alarms(asked.desk.venue, connection))


# -- what needs four eyes ---------------------------------------------------------------------------------------------


async def _ask(asked: Asked, kind: str, **payload: Any) -> ApprovalTold:
    return administration.told(await acts.ask_for(asked, kind, payload))


def _brand(desk: Desk, text: str) -> int:
    return tell.brand_known(desk, administration.number(text, "brand"))


def _done(connection: Connection, approval: Approval, brand: int, act: str, /, **details: Any) -> None:
    """Logged with the host and the brand, as the one who approved it did it."""
    write_by_host(connection, brand, approval.decided_by, act, f"approval:{approval.id}", **details)


@post("/clearing/cost-shares", needs=May.FEES, fresh=True, status_code=202)
async def ask_cost_share(asked: Asking, data: JSONBody[CostShareAsked]) -> ApprovalTold:
    """Ask for another cost share of a brand's income from a source, from a day on that has not begun."""
    brand, day = _brand(asked.desk, data.brand), tell.day_of(data.first_date)
    terms.must_be_share(data.rate_e8)
    terms.must_be_ahead(day, asked.desk.now_ns)
    facts = {"brand": str(brand), "source": data.source.value, "first_date": data.first_date}
    return await _ask(asked, "cost_share", **facts, rate_e8=data.rate_e8)


@acts.register("cost_share", May.FEES, brand_of())
async def _agree_cost_share(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, now_ns = approval.payload, desk.now_ns
    brand, day = int(told["brand"]), tell.day_of(told["first_date"])

    def agree(connection: Connection) -> None:
        terms.agree_cost_share(connection, brand, Source(told["source"]), day, told["rate_e8"], now_ns)
        _done(connection, approval, brand, "agree cost share", **told)

    await desk.write(agree)
    return {}


@post("/clearing/token-holders", needs=May.FEES, fresh=True, status_code=202)
async def ask_holders(asked: Asking, data: JSONBody[HoldersAsked]) -> ApprovalTold:
    """Ask for another share of a brand's token holders, from a day on that has not begun."""
    brand, day = _brand(asked.desk, data.brand), tell.day_of(data.first_date)
    terms.must_be_share(data.rate_e8)
    terms.must_be_ahead(day, asked.desk.now_ns)
    facts = {"brand": str(brand), "first_date": data.first_date, "bound": data.bound}
    return await _ask(asked, "token_holders", **facts, rate_e8=data.rate_e8)


@acts.register("token_holders", May.FEES, brand_of())
async def _agree_holders(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, now_ns = approval.payload, desk.now_ns
    brand, day = int(told["brand"]), tell.day_of(told["first_date"])

    def agree(connection: Connection) -> None:
        terms.agree_holders(connection, brand, day, told["rate_e8"], bool(told["bound"]), now_ns)
        _done(connection, approval, brand, "agree token holders", **told)

    await desk.write(agree)
    return {}


@post("/clearing/release-schedules", needs=May.FEES, fresh=True, status_code=202)
async def ask_schedule(asked: Asking, data: JSONBody[ScheduleAsked]) -> ApprovalTold:
    """Ask for another schedule of a brand's releases, from a day on that has not begun."""
    brand = _brand(asked.desk, data.brand)
    told = msgspec.to_builtins(data)
    schedule = _schedule(asked.desk, brand, told)
    schedule.must_be_sound()
    terms.must_be_ahead(schedule.effective_ns // DAY_NS, asked.desk.now_ns)
    return await _ask(asked, "release_schedule", **told | {"brand": str(brand)})


def _schedule(desk: Desk, brand: int, told: dict[str, Any]) -> Schedule:
    asset = tell.asset_named(desk, told["asset"]) if told["asset"] else None
    minimum = parse_units(told["minimum"], asset.scale if asset else 0)
    effective_ns = tell.day_of(told["first_date"]) * DAY_NS
    number = asset.id if asset else 0
    return Schedule(brand, number, effective_ns, Period(told["period"]), told["on_day"], told["delay_days"], minimum)


@acts.register("release_schedule", May.FEES, brand_of())
async def _agree_schedule(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, now_ns, brand = approval.payload, desk.now_ns, int(approval.payload["brand"])

    def agree(connection: Connection) -> None:
        release.agree_schedule(connection, _schedule(desk, brand, told), now_ns)
        _done(connection, approval, brand, "agree release schedule", **told)

    await desk.write(agree)
    return {}


@post("/clearing/holds", needs=May.MONEY, fresh=True, status_code=202)
async def ask_hold(asked: Asking, data: JSONBody[HoldAsked]) -> ApprovalTold:
    """Ask to keep an amount back while a day's statement is disputed."""
    brand, asset = _brand(asked.desk, data.brand), tell.asset_named(asked.desk, data.asset)
    amount, day = tell.amount_above_zero(asset, data.amount), tell.day_of(data.date)
    _must_be_reason(data.reason)
    wrong = [one for one in data.fills if not FILL_ID.fullmatch(one)]
    if wrong or len(data.fills) > FILLS_MOST:
        raise BadInput(f"fills: {wrong[0][:40]!r} is no fill" if wrong else f"more than {FILLS_MOST} fills")
    await asked.desk.read(lambda connection: _statement(connection, brand, asset.id, day))
    facts = {"brand": str(brand), "asset": asset.name, "date": data.date, "amount": asset.format(amount)}
    return await _ask(asked, "hold_release", **facts, reason=data.reason, fills=data.fills)


@acts.register("hold_release", May.MONEY, brand_of())
async def _hold(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, brand = approval.payload, int(approval.payload["brand"])
    asset, day = tell.asset_named(desk, told["asset"]), tell.day_of(told["date"])
    amount, fills = tell.amount_above_zero(asset, told["amount"]), msgspec.json.encode(told["fills"]).decode()

    def keep(connection: Connection) -> None:
        release.hold(connection, approval.id, brand, asset.id, day, amount, told["reason"], fills)
        _done(connection, approval, brand, "hold release", **told)

    await desk.write(keep)
    return {"hold": str(approval.id)}


@post("/clearing/holds/{hold:int}/lift", needs=May.MONEY, fresh=True, status_code=202)
async def ask_lift(asked: Asking, hold: FromPath[int]) -> ApprovalTold:
    """Ask to give free what is kept back; the next release has it."""
    chosen = select(holds_table).where(holds_table.c.hold == hold)
    row = await asked.desk.read(lambda connection: connection.execute(chosen).first())
    if row is None or row.lifted_by:
        raise Declined("no_such_hold", f"there is no hold {hold} that is in force")
    asset = asked.desk.venue.assets[row.asset]
    facts = {"brand": str(row.brand), "asset": asset.name, "date": closing.day_text(row.day)}
    return await _ask(asked, "lift_hold", hold=str(hold), amount=asset.format(row.amount), reason=row.reason, **facts)


def _of_hold(_: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    brand = connection.execute(select(holds_table.c.brand).where(holds_table.c.hold == int(payload["hold"]))).scalar()
    return Parties(brands=frozenset({int(brand or 0)}))


@acts.register("lift_hold", May.MONEY, _of_hold)
async def _lift(desk: Desk, approval: Approval) -> dict[str, Any]:
    hold = int(approval.payload["hold"])

    def lift(connection: Connection) -> None:
        brand = release.lift(connection, hold, approval.id)
        _done(connection, approval, brand, "lift hold", hold=str(hold))

    await desk.write(lift)
    return {}


@post("/clearing/adjustments", needs=May.MONEY, fresh=True, status_code=202)
async def ask_adjustment(asked: Asking, data: JSONBody[AdjustmentAsked]) -> ApprovalTold:
    """Ask for a correction of a closed statement: a new entry in the open day, to the host's cost or the brand's."""
    brand, asset = _brand(asked.desk, data.brand), tell.asset_named(asked.desk, data.asset)
    amount, day = parse_units(data.amount, asset.scale), tell.day_of(data.date)
    if not amount:
        raise BadInput("an adjustment of nothing corrects nothing")
    _must_be_reason(data.reason)
    root = await asked.desk.read(lambda connection: _statement(connection, brand, asset.id, day))
    facts = {"brand": str(brand), "asset": asset.name, "date": data.date, "amount": asset.format(amount)}
    return await _ask(asked, "adjustment", **facts, reason=data.reason, root=root)


@acts.register("adjustment", May.MONEY, brand_of())
async def _adjust(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, brand = approval.payload, int(approval.payload["brand"])
    asset, number = tell.asset_named(desk, told["asset"]), approval.id
    amount = parse_units(told["amount"], asset.scale)
    row = {"adjustment": number, "brand": brand, "asset": asset.id, "amount": amount, "reason": told["reason"]}
    row |= {"of_day": tell.day_of(told["date"]), "of_root": told["root"]}
    await desk.write(lambda connection: insert_new(connection, adjustments_table, row))
    of_host, of_brand = adjustment_keys(brand, number)
    keys = (of_host, of_brand) if amount > 0 else (of_brand, of_host)
    try:
        sent = release.booking(brand, asset.id, abs(amount), *keys)
        await tell.command_once(desk, sent, passing_account(brand))
    except Declined:
        gone = delete(adjustments_table).where(adjustments_table.c.adjustment == number)
        await desk.write(lambda connection: connection.execute(gone))
        raise
    await desk.write(lambda connection: _done(connection, approval, brand, "adjust", **told))
    return {"adjustment": str(number)}


@post("/clearing/income", needs=May.MONEY, fresh=True, status_code=202)
async def ask_income(asked: Asking, data: JSONBody[IncomeAsked]) -> ApprovalTold:
    """Ask to take an income of a brand, as a listing fee, from the account of whoever owes it."""
    brand, asset = _brand(asked.desk, data.brand), tell.asset_named(asked.desk, data.asset)
    amount, account = tell.amount_above_zero(asset, data.amount), administration.number(data.account, "account")
    if account not in asked.desk.venue.accounts:
        raise Declined("no_such_account", f"there is no account {account}")
    income_key(data.source, brand, data.reference)
    facts = {"brand": str(brand), "asset": asset.name, "amount": asset.format(amount), "account": str(account)}
    return await _ask(asked, "income", **facts, source=data.source.value, reference=data.reference)


def _of_income(_: Desk, __: Connection, payload: dict[str, Any]) -> Parties:
    return Parties(accounts=frozenset({int(payload["account"])}), brands=frozenset({int(payload["brand"])}))


@acts.register("income", May.MONEY, _of_income)
async def _income(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, brand, account = approval.payload, int(approval.payload["brand"]), int(approval.payload["account"])
    asset = tell.asset_named(desk, told["asset"])
    key = income_key(Source(told["source"]), brand, told["reference"])
    amount = tell.amount_above_zero(asset, told["amount"])
    sent = release.transfer(account, FEE_POOL_ACCOUNT, asset.id, amount, key)
    await tell.command_once(desk, sent, account)
    facts = {name: told[name] for name in ("brand", "asset", "amount", "source", "reference")}
    await desk.write(lambda connection: _done(connection, approval, brand, "take income", **facts))
    return {"key": key.decode()}


@post("/clearing/alarms/{alarm:int}/clear", needs=May.MONEY, fresh=True, status_code=202)
async def ask_clear(asked: Asking, alarm: FromPath[int]) -> ApprovalTold:
    """Ask to put an alarm away whose cause was found and mended. The venue's status is another act."""
    return await _ask(asked, "clear_alarm", alarm=str(alarm))


@acts.register("clear_alarm", May.MONEY, nobody)
async def _clear(desk: Desk, approval: Approval) -> dict[str, Any]:
    alarm = int(approval.payload["alarm"])

    def clear(connection: Connection) -> None:
        where = (audit_alarms.c.alarm == alarm) & audit_alarms.c.cleared_by.in_((0, approval.id))
        if connection.execute(update(audit_alarms).where(where).values(cleared_by=approval.id)).rowcount != 1:
            raise Declined("no_such_alarm", f"there is no alarm {alarm} that stands")

    await desk.write(clear)
    return {}


def _statement(connection: Connection, brand: int, asset: int, day: int) -> str:
    """The root of a closed statement.

    Raises:
        Declined: `no_such_statement`.
    """
    found = closing.statement_of(connection, brand, asset, day)
    if found is None or found["state"] == closing.COMPUTED:
        raise Declined("no_such_statement", f"there is no statement of brand {brand} for {closing.day_text(day)}")
    return str(found["root"])


def _must_be_reason(reason: str) -> None:
    if not (len(reason.strip()) > 0 and len(reason) <= REASON_MOST and reason.isprintable()):
        raise BadInput(f"a reason has 1 to {REASON_MOST} characters")


# -- what is billed ---------------------------------------------------------------------------------------------------


def _billed_in(desk: Desk) -> Asset:
    return tell.asset_named(desk, desk.settings.clearing.bill_asset)


def _any_brand(desk: Desk, text: str) -> int:
    return 0 if text == "0" else _brand(desk, text)


@post("/clearing/prices", needs=May.FEES, fresh=True, status_code=200)
async def set_price(asked: Asking, data: JSONBody[PriceAsked]) -> dict[str, str]:
    """The price of one of a service, from a month on that is not billed."""
    brand, month = _any_brand(asked.desk, data.brand), billing.read_month(data.first_month)
    price = parse_units(data.price, _billed_in(asked.desk).scale)

    def keep(connection: Connection) -> None:
        billing.set_price(connection, brand, data.service, month, price)
        _log(asked, connection, brand, "set price", data)

    await asked.desk.write(keep)
    return {"service": data.service}


@post("/clearing/uses", needs=May.MONEY, status_code=200)
async def set_use(asked: Asking, data: JSONBody[UseAsked]) -> dict[str, str]:
    """How much of a service a brand had in a month that is not billed."""
    brand, month = _brand(asked.desk, data.brand), billing.read_month(data.month)

    def keep(connection: Connection) -> None:
        billing.set_use(connection, brand, month, data.service, data.quantity)
        _log(asked, connection, brand, "set use", data)

    await asked.desk.write(keep)
    return {"service": data.service}


@post("/clearing/targets", needs=May.FEES, fresh=True, status_code=200)
async def set_target(asked: Asking, data: JSONBody[TargetAsked]) -> dict[str, str]:
    """What is promised of a measure, and what is credited in a month in which it is missed."""
    brand, month = _any_brand(asked.desk, data.brand), billing.read_month(data.first_month)

    def keep(connection: Connection) -> None:
        billing.set_target(connection, brand, data.measure, month, data.target, data.credit_e8)
        _log(asked, connection, brand, "set target", data)

    await asked.desk.write(keep)
    return {"measure": data.measure}


@post("/clearing/measures", needs=May.MONEY, status_code=200)
async def set_measure(asked: Asking, data: JSONBody[MeasureAsked]) -> dict[str, str]:
    """What was measured in a month that is not billed."""
    month = billing.read_month(data.month)

    def keep(connection: Connection) -> None:
        billing.set_measure(connection, month, data.measure, data.measured)
        _log(asked, connection, 0, "set measure", data)

    await asked.desk.write(keep)
    return {"measure": data.measure}


def _log(asked: Asked, connection: Connection, brand: int, act: str, data: msgspec.Struct) -> None:
    details = {name: value for name, value in msgspec.to_builtins(data).items() if name != "brand"}
    if brand:
        asked.log(connection, act, f"brand:{brand}", brand, **details)
    else:
        asked.log(connection, act, "every brand", **details)


ROUTES = [
    *(owed, statements, statement, releases, holds, adjustments, terms_in_force, billed),
    *(invoices, checks, volume, alarms),
    *(ask_cost_share, ask_holders, ask_schedule, ask_hold, ask_lift, ask_adjustment, ask_income, ask_clear),
    *(set_price, set_use, set_target, set_measure),
]
