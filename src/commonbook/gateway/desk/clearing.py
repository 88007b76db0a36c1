"""What both desks tell of clearing: a brand's own at its desk, everybody's at the host's. Q-12 to Q-25.

Amounts are decimal strings of whole coins, days dates, ids strings.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Table, select

from commonbook.clearing import billing, closing, reconciliation, release, terms, volume
from commonbook.clearing.billing import Invoice, month_text
from commonbook.clearing.closing import day_text
from commonbook.clearing.model import DAY_NS, Source
from commonbook.clearing.schedule import Period, Schedule, in_force, newest_release_day
from commonbook.errors import BadInput, Declined
from commonbook.exchange import CLEARING
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.instrument.accounts import treasury_account
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import available, brand_revenue, token_holders
from commonbook.records import Records
from commonbook.storage.schema import ledger_balances
from commonbook.storage.tables.clearing import (
    adjustments,
    audit_alarms,
    clearing_statements,
    holds,
    releases,
    service_measures,
    service_prices,
    service_targets,
    service_uses,
)
from commonbook.units import RateE8, parse_units

PAGE = 100
DAYS_AT_ONCE = 366
FIRST_DAY, LAST_DAY = 0, 2**20


class OwedTold(msgspec.Struct, frozen=True):
    """What a brand is owed in an asset, and what its treasury has."""

    brand: str
    asset: str
    owed: str
    held: str  # of it, because somebody disputes it
    token_holders: str  # what their pool has
    treasury: str
    next_release: str  # the date, if the schedule stays as it is


class StatementTold(msgspec.Struct, frozen=True):
    brand: str
    asset: str
    date: str
    state: str
    opening: str
    closing: str
    totals: dict[str, str]
    lines: int
    root: str
    released_on: str


class ReleaseTold(msgspec.Struct, frozen=True):
    brand: str
    asset: str
    date: str
    upto: str  # the newest day whose income is in it
    payable: str
    held: str
    set_off: str
    amount: str
    carried: str
    state: str


class HoldTold(msgspec.Struct, frozen=True):
    id: str
    brand: str
    asset: str
    date: str
    amount: str
    reason: str
    fills: list[str]
    lifted_by: str  # the approval; empty: it holds


class AdjustmentTold(msgspec.Struct, frozen=True):
    id: str
    brand: str
    asset: str
    amount: str
    date: str
    root: str
    reason: str


class InvoiceTold(msgspec.Struct, frozen=True):
    brand: str
    number: int
    name: str
    month: str
    asset: str
    services: str
    credits: str
    due: str
    paid: str
    root: str


class CheckTold(msgspec.Struct, frozen=True):
    """A day's reconciliation."""

    date: str
    state: str
    sequence: str
    problems: list[str]
    liabilities: dict[str, dict[str, str]]  # brand to asset to what its customers have
    journal_hash: str


class VolumeTold(msgspec.Struct, frozen=True):
    brand: str
    instrument: str
    quote_asset: str
    fills: int
    internal_fills: int
    internal_ratio_e8: str
    side_volume: str
    attributed_volume: str
    book_volume: str  # of the whole instrument
    filtered_fills: int
    filtered_volume: str  # attributed; of round trips, on the days that are closed


class TermsTold(msgspec.Struct, frozen=True):
    """Today's."""

    cost_shares_e8: dict[str, str]  # by source
    token_holders_e8: str
    release_period: str
    release_on_day: int
    release_delay_days: int
    release_minimums: dict[str, str]  # by asset, where there is one


class PriceTold(msgspec.Struct, frozen=True):
    brand: str  # 0: every brand without a price of its own
    service: str
    first_month: str
    price: str


class UseTold(msgspec.Struct, frozen=True):
    brand: str
    month: str
    service: str
    quantity: int


class TargetTold(msgspec.Struct, frozen=True):
    brand: str  # 0: every brand without a target of its own
    measure: str
    first_month: str
    target: int
    credit_e8: int


class MeasureTold(msgspec.Struct, frozen=True):
    month: str
    measure: str
    measured: int


class BilledTold(msgspec.Struct, frozen=True):
    """What invoices are made from."""

    asset: str  # that is billed in
    prices: list[PriceTold]
    uses: list[UseTold]
    targets: list[TargetTold]
    measures: list[MeasureTold]


class AlarmTold(msgspec.Struct, frozen=True):
    id: str
    sequence: str
    asset: str
    name: str
    ledger: str
    engine: str
    time_ns: str
    cleared_by: str


# -- what was asked with ----------------------------------------------------------------------------------------------


def asset_named(desk: Desk, name: str) -> Asset:
    """
    Raises:
        Declined: `no_such_asset`.
    """
    found = desk.venue.asset_named(name)
    if found is None:
        raise Declined("no_such_asset", f"there is no asset {name[:16]!r}")
    return found


def amount_above_zero(asset: Asset, text: str) -> int:
    """
    Raises:
        BadInput: no amount of this asset above zero.
    """
    amount = parse_units(text, asset.scale)
    if amount <= 0:
        raise BadInput(f"amount {text[:40]!r} is not above zero")
    return amount


def day_of(text: str) -> int:
    """Days since 1970.

    Raises:
        BadInput: no date as `2026-11-27`.
    """
    try:
        if len(text) != 10:
            raise ValueError
        day = (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        raise BadInput(f"date {text[:20]!r} is not written as 2026-11-27") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"date {text} is out of range")
    return day


def brand_known(desk: Desk, brand: int) -> int:
    """
    Raises:
        Declined: `no_such_brand`.
    """
    if brand not in desk.venue.brands:
        raise Declined("no_such_brand", f"there is no brand {brand}")
    return brand


async def command_once(desk: Desk, commands: Records, *accounts: int) -> None:
    """Have commands sequenced; what had its effect at an earlier attempt is well.

    Raises:
        Declined: as `Desk.command`.
    """
    try:
        await desk.command(commands, *accounts)
    except Declined as declined:
        if declined.code != "refused_duplicate_key":
            raise


# -- what is told -----------------------------------------------------------------------------------------------------


def owed(asked: Asked, connection: Connection, brand: int) -> list[OwedTold]:
    venue, today = asked.desk.venue, asked.desk.engine_time_ns // DAY_NS
    names = (brand_revenue(brand), available(treasury_account(brand)), token_holders(brand))
    balances = {
        (row.account, row.asset): row.amount
        for row in connection.execute(select(ledger_balances).where(ledger_balances.c.account.in_(names)))
    }
    agreed, default = release.schedules(connection), default_schedule(asked.desk)
    told = []
    for number in sorted({asset for _, asset in balances}):
        asset = venue.assets[number]
        revenue, treasury, holders = (balances.get((name, number), 0) for name in names)
        row = newest_release_day(agreed, default, brand, number, today)
        done = release.release_of(connection, brand, number, row[0]) if row else None
        ahead = today if row and done is None and row[0] == today else _next_day(agreed, default, brand, number, today)
        held = release.held_of(connection, brand, number)
        told.append(
            OwedTold(
                brand=str(brand),
                asset=asset.name,
                owed=asset.format(revenue),
                held=asset.format(held),
                token_holders=asset.format(holders),
                treasury=asset.format(treasury),
                next_release=day_text(ahead) if ahead else "",
            )
        )
    return told


def _next_day(agreed: list[Schedule], default: Schedule, brand: int, asset: int, today: int) -> int | None:
    days = range(today + 1, today + DAYS_AT_ONCE)
    return next((day for day in days if in_force(agreed, default, brand, asset, day).is_release_day(day)), None)


def default_schedule(desk: Desk) -> Schedule:
    return Schedule(0, 0, 0, Period.DAILY, 0, desk.settings.clearing.release_delay_days, 0)


def statements(venue: Venue, connection: Connection, brand: int, asset: int, before: int) -> list[StatementTold]:
    """Newest first, PAGE at most; of all assets when it is 0."""
    chosen = select(clearing_statements).where(clearing_statements.c.brand == brand, clearing_statements.c.day < before)
    if asset:
        chosen = chosen.where(clearing_statements.c.asset == asset)
    newest = chosen.order_by(clearing_statements.c.day.desc(), clearing_statements.c.asset).limit(PAGE)
    return [_statement(venue, row) for row in connection.execute(newest)]


def _statement(venue: Venue, row: Any) -> StatementTold:
    asset = venue.assets[row.asset]
    totals = {
        name: asset.format(int(value))
        for name, value in msgspec.json.decode(row.totals).items()
        if name not in ("root", "count", "opening", "closing")
    }
    return StatementTold(
        brand=str(row.brand),
        asset=asset.name,
        date=day_text(row.day),
        state=row.state,
        opening=asset.format(row.opening),
        closing=asset.format(row.closing),
        totals=totals,
        lines=row.lines,
        root=row.root,
        released_on=day_text(row.release_day) if row.release_day else "",
    )


def statement_file(desk: Desk, connection: Connection, brand: int, asset: Asset, day: int) -> bytes:
    """
    Raises:
        Declined: `no_such_statement`.
    """
    path = closing.statement_path(folder(desk), desk.venue, brand, asset.id, day)
    if not closing.is_closed(connection, brand, asset.id, day) or not path.exists():
        raise Declined("no_such_statement", f"there is no statement of {asset.name} for {day_text(day)}")
    return path.read_bytes()


def folder(desk: Desk) -> Path:
    return desk.data_dir / CLEARING


def releases_of(venue: Venue, connection: Connection, brand: int) -> list[ReleaseTold]:
    chosen = select(releases).where(releases.c.brand == brand)
    rows = connection.execute(chosen.order_by(releases.c.day.desc(), releases.c.asset).limit(PAGE))
    told = []
    for row in rows:
        asset = venue.assets[row.asset]
        told.append(
            ReleaseTold(
                brand=str(brand),
                asset=asset.name,
                date=day_text(row.day),
                upto=day_text(row.cutoff),
                payable=asset.format(row.payable),
                held=asset.format(row.held),
                set_off=asset.format(row.set_off),
                amount=asset.format(row.amount),
                carried=asset.format(row.carried),
                state=row.state,
            )
        )
    return told


def holds_of(venue: Venue, connection: Connection, brand: int) -> list[HoldTold]:
    chosen = select(holds).where(holds.c.brand == brand).order_by(holds.c.hold.desc()).limit(PAGE)
    return [
        HoldTold(
            id=str(row.hold),
            brand=str(row.brand),
            asset=venue.assets[row.asset].name,
            date=day_text(row.day),
            amount=venue.assets[row.asset].format(row.amount),
            reason=row.reason,
            fills=msgspec.json.decode(row.fills),
            lifted_by=str(row.lifted_by or ""),
        )
        for row in connection.execute(chosen)
    ]


def adjustments_of(venue: Venue, connection: Connection, brand: int) -> list[AdjustmentTold]:
    chosen = select(adjustments).where(adjustments.c.brand == brand).order_by(adjustments.c.adjustment.desc())
    return [
        AdjustmentTold(
            id=str(row.adjustment),
            brand=str(row.brand),
            asset=venue.assets[row.asset].name,
            amount=venue.assets[row.asset].format(row.amount),
            date=day_text(row.of_day),
            root=row.of_root,
            reason=row.reason,
        )
        for row in connection.execute(chosen.limit(PAGE))
    ]


def invoice_told(venue: Venue, one: Invoice) -> InvoiceTold:
    asset = venue.assets[one.asset]
    return InvoiceTold(
        brand=str(one.brand),
        number=one.number,
        name=one.name,
        month=month_text(one.month),
        asset=asset.name,
        services=asset.format(one.services),
        credits=asset.format(one.credits),
        due=asset.format(one.due),
        paid=asset.format(one.paid),
        root=one.root,
    )


def invoices_of(venue: Venue, connection: Connection, brand: int | None = None) -> list[InvoiceTold]:
    return [invoice_told(venue, one) for one in billing.invoices_of(connection, brand)[:PAGE]]


def checks(venue: Venue, connection: Connection, brand: int | None, before: int) -> list[CheckTold]:
    """A brand is told of its own customers alone, and that there are problems; which they are, the host is told."""
    told = []
    for one in reconciliation.newest(connection, PAGE, before):
        owed_to = {
            str(whose): {venue.assets[asset].name: venue.assets[asset].format(amount) for asset, amount in own.items()}
            for whose, own in one.liabilities.items()
            if brand is None or whose == brand
        }
        problems = list(one.problems)
        if brand is not None:
            problems = ["the host looks into a difference"] if problems else []
        place = (day_text(one.day), one.state, str(one.sequence))
        told.append(CheckTold(*place, problems, owed_to, one.journal_hash))
    return told


def volumes(venue: Venue, connection: Connection, first: str, last: str, brand: int | None) -> list[VolumeTold]:
    """Of the days from the first to the last.

    Raises:
        BadInput: they are none, or too many.
    """
    from_day, upto_day = day_of(first), day_of(last)
    if not 0 <= upto_day - from_day < DAYS_AT_ONCE:
        raise BadInput(f"{first} to {last} is not 1 to {DAYS_AT_ONCE} days")
    hours = (from_day * volume.DAY_HOURS, (upto_day + 1) * volume.DAY_HOURS)
    books = volume.books(connection, *hours)
    told = []
    for one in volume.volumes(connection, *hours, brand):
        instrument = venue.instruments[one.instrument]
        quote = instrument.quote
        told.append(
            VolumeTold(
                brand=str(one.brand),
                instrument=instrument.name,
                quote_asset=quote.name,
                fills=one.fills,
                internal_fills=one.internal_fills,
                internal_ratio_e8=str(one.internal_ratio_e8),
                side_volume=quote.format(one.side_volume),
                attributed_volume=quote.format(one.attributed_volume),
                book_volume=quote.format(books[one.instrument]),
                filtered_fills=one.filtered_fills,
                filtered_volume=quote.format(one.filtered_volume),
            )
        )
    return told


def terms_told(desk: Desk, connection: Connection, brand: int) -> TermsTold:
    now_ns = desk.engine_time_ns
    today = now_ns // DAY_NS
    agreed = terms.load(connection, RateE8(desk.settings.clearing.host_share_e8))
    schedules, default = release.schedules(connection), default_schedule(desk)
    schedule = in_force(schedules, default, brand, 0, today)
    minimums = {
        asset.name: asset.format(own.minimum)
        for asset in desk.venue.assets.values()
        if (own := in_force(schedules, default, brand, asset.id, today)).minimum
    }
    return TermsTold(
        cost_shares_e8={source.value: str(agreed.cost_share(brand, source, now_ns)) for source in Source},
        token_holders_e8=str(agreed.holders_share(brand, now_ns)),
        release_period=schedule.period.value,
        release_on_day=schedule.on_day,
        release_delay_days=schedule.delay_days,
        release_minimums=minimums,
    )


def billed(desk: Desk, connection: Connection) -> BilledTold:
    """Newest month first, a page of each."""
    asset = asset_named(desk, desk.settings.clearing.bill_asset)

    def newest(table: Table, month: str) -> Iterator[RowMapping]:
        order = (table.c[month].desc(), *(one for one in table.primary_key if one.name != month))
        yield from connection.execute(select(table).order_by(*order).limit(PAGE)).mappings()

    first = "effective_month"
    return BilledTold(
        asset=asset.name,
        prices=[
            PriceTold(str(one["brand"]), one["service"], month_text(one[first]), asset.format(one["price"]))
            for one in newest(service_prices, first)
        ],
        uses=[
            UseTold(str(one["brand"]), month_text(one["month"]), one["service"], one["quantity"])
            for one in newest(service_uses, "month")
        ],
        targets=[
            TargetTold(str(one["brand"]), one["measure"], month_text(one[first]), one["target"], one["credit_e8"])
            for one in newest(service_targets, first)
        ],
        measures=[
            MeasureTold(month_text(one["month"]), one["measure"], one["measured"])
            for one in newest(service_measures, "month")
        ],
    )


def alarms(venue: Venue, connection: Connection) -> list[AlarmTold]:
    chosen = select(audit_alarms).order_by(audit_alarms.c.alarm.desc()).limit(PAGE)
    return [
        AlarmTold(
            id=str(row.alarm),
            sequence=str(row.sequence),
            asset=reconciliation.asset_name(venue, row.asset),
            name=row.name,
            ledger=str(row.ledger),
            engine=str(row.engine),
            time_ns=str(row.time_ns),
            cleared_by=str(row.cleared_by or ""),
        )
        for row in connection.execute(chosen)
    ]
