"""From fills to accrued commission: one row per fill side, earning or not, with all that the decision was made from."""

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from commonbook.broker.model import RULE_VERSION, Decision, Facts, Program
from commonbook.broker.rules import converted, decide
from commonbook.broker.statement import canonical
from commonbook.clearing.model import Claim
from commonbook.instrument.fills import Fill, FillSide, Role
from commonbook.instrument.model import IndexPrice
from commonbook.instrument.venue import Venue
from commonbook.storage.schema import accruals, settlements
from commonbook.units import RATE_ONE

COMMISSION = "broker_commission"
SAME_ASSET = IndexPrice(RATE_ONE, 0, 0)


@dataclass(frozen=True, slots=True)
class Accrued:
    """One side of a fill, decided: its claim on the fee and its row."""

    claim: Claim | None
    row: dict[str, Any]


def accrue(fill: Fill, program: Program, venue: Venue, affiliated: Container[Role] = ()) -> list[Accrued]:
    """Decide both sides of a fill, at the index price in force when it happened.

    Args:
        affiliated: the sides whose user has an affiliate.
    """
    return [_accrue_side(fill, side, program, venue, side.role in affiliated) for side in fill.sides]


def _accrue_side(fill: Fill, side: FillSide, program: Program, venue: Venue, affiliated: bool) -> Accrued:
    quote = fill.instrument.quote
    price = index_price(venue, quote.id, program.payout_asset, fill.sequence)
    rebate_subsidised = fill.maker.subsidised and fill.maker.fee < 0
    facts = Facts(
        role=side.role.value,
        broker=side.broker,
        attribution=side.attribution,
        channel=side.channel,
        level=side.level,
        taker_fee=fill.taker.fee,
        maker_fee=fill.maker.fee,
        subsidised=rebate_subsidised,
        discount=0,
        affiliated=affiliated,
        priced=price is not None,
        time_ns=fill.time_ns,
    )
    decision = decide(facts, program, quote.scale)
    paid = decision.commission
    if quote.id != program.payout_asset and price is not None:
        paid = converted(decision.commission, price.price_e8, quote.scale, program.payout_scale)
    claim = None
    if decision.commission:
        claim = Claim(COMMISSION, side.broker, side.role, decision.commission, program.payout_asset, paid)
    line = _line(fill, side, facts, decision, price, paid)
    row = {
        "fill_id": fill.fill_id,
        "role": side.role.value,
        "program": program.name,
        "broker": side.broker,
        "hour": fill.hour,
        "reason": decision.reason.value,
        "amount_quote": decision.commission,
        "quote_asset": quote.id,
        "amount_paid": paid,
        "line": canonical(line),
    }
    return Accrued(claim, row)


def index_price(venue: Venue, asset: int, payout_asset: int, sequence: int) -> IndexPrice | None:
    """The price in force at a fill: whole payout units for one whole unit of the asset, and the command that set it."""
    return SAME_ASSET if asset == payout_asset else venue.price_at((asset, payout_asset), sequence)


def _line(
    fill: Fill, side: FillSide, facts: Facts, decision: Decision, price: IndexPrice | None, paid: int
) -> dict[str, Any]:
    instrument = fill.instrument
    return {
        "account": str(side.account),
        "affiliated": facts.affiliated,
        "attribution": side.attribution.name,
        "base": str(decision.base),
        "channel": side.channel.name,
        "commission": str(decision.commission),
        "discount": str(facts.discount),
        "excluded_by": [reason.value for reason in decision.failed],
        "fill": fill.fill_id,
        "index_price_e8": str(price.price_e8 if price else 0),
        "index_sequence": str(price.sequence if price else 0),
        "instrument": instrument.name,
        "kind": "fill",
        "level": str(side.level),
        "maker_fee": str(fill.maker.fee),
        "notional": str(fill.notional),
        "order": str(side.order),
        "paid": str(paid),
        "price": instrument.format_price(fill.price_ticks),
        "quantity": instrument.format_quantity(fill.quantity_lots),
        "quote_asset": instrument.quote.name,
        "quote_scale": str(instrument.quote.scale),
        "rate_e8": str(decision.rate_e8),
        "reason": decision.reason.value,
        "role": side.role.value,
        "rule_version": RULE_VERSION,
        "subsidised": facts.subsidised,
        "taker_fee": str(fill.taker.fee),
        "time_ns": str(fill.time_ns),
        "trade": str(fill.trade),
    }


def store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep accrued rows; what comes after an hour was settled goes to the next open one (B-14)."""
    if not rows:
        return
    open_hours = {who: _open_hour(connection, *who) for who in {(row["program"], row["broker"]) for row in rows}}
    connection.execute(
        insert(accruals), [_in_open_hour(row, open_hours[row["program"], row["broker"]]) for row in rows]
    )


def _open_hour(connection: Connection, program: str, broker: int) -> int:
    """The first hour behind all that are settled; they are settled in order, so that nothing carried is passed by."""
    chosen = select(func.max(settlements.c.hour)).where(settlements.c.program == program)
    newest = connection.execute(chosen.where(settlements.c.broker == broker)).scalar()
    return 0 if newest is None else int(newest) + 1


def _in_open_hour(row: dict[str, Any], open_hour: int) -> dict[str, Any]:
    if row["hour"] >= open_hour:
        return row
    line = json.loads(row["line"]) | {"of_hour": str(row["hour"])}
    return row | {"hour": open_hour, "line": canonical(line)}
