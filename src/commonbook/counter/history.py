"""Orders, fills and bills, written from the stream in the caller's transaction."""

from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, insert, select, update

from commonbook.instrument.accounts import relation
from commonbook.instrument.fills import Fill, FillSide
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import available, held
from commonbook.ledger.service import Ledger
from commonbook.records import (
    FUNDS,
    Batch,
    CancelReason,
    CommandKind,
    EventKind,
    Side,
    SizeIn,
    amounts,
    causes,
    of_kind,
)
from commonbook.storage.database import execute_many
from commonbook.storage.schema import bills, orders
from commonbook.storage.schema import fills as fills_table

LIVE, PARTIALLY_FILLED, FILLED, CANCELED = "live", "partially_filled", "filled", "canceled"


def project(batch: Batch, fills: list[Fill], venue: Venue, ledger: Ledger, connection: Connection) -> None:
    """Write what a batch means to accounts. Called after the ledger has moved, so that bills can tell balances."""
    touched = _new_orders(batch)
    known = set(touched)
    touched |= _load(connection, _touched_before(batch, fills) - known)
    _apply_events(batch, fills, touched)
    _store(connection, touched, known)
    _store_fills(connection, fills, touched)
    _store_bills(connection, batch, fills, ledger)


def _new_orders(batch: Batch) -> dict[int, dict[str, Any]]:
    accepted = of_kind(batch.events, EventKind.ACCEPTED)
    if not len(accepted):
        return {}
    commands = causes(batch, accepted, CommandKind.ORDER)
    names = ("instrument", "side", "order_type", "self_trade", "size_in", "channel", "price_ticks", "quantity_lots")
    columns = {name: commands[name].tolist() for name in names}
    columns |= {name: accepted[name].tolist() for name in ("account", "broker", "attribution")}
    columns["order_id"] = accepted["sequence"].tolist()
    # An order has one size; what its command carries in the place of the other means nothing and may be anything.
    in_quote = commands["size_in"] == SizeIn.QUOTE
    columns["quantity_lots"] = np.where(in_quote, 0, commands["quantity_lots"]).tolist()
    spent = amounts(commands["quote_amount"])
    columns["quote_amount"] = [amount if by_quote else 0 for amount, by_quote in zip(spent, in_quote, strict=True)]
    columns["client_id"] = [_text(text) for text in commands["client_id"].tolist()]
    columns["tag"] = [_text(text) for text in commands["tag"].tolist()]
    columns["created_ns"] = columns["updated_ns"] = commands["time_ns"].tolist()
    fixed = {
        "state": LIVE,
        "cancel_reason": 0,
        "filled_lots": 0,
        "filled_notional": 0,
        "fee": 0,
        "last_trade": 0,
        "last_price_ticks": 0,
        "last_lots": 0,
        "last_fill_ns": 0,
    }
    keys = list(columns)
    rows = (dict(zip(keys, values, strict=True)) | fixed for values in zip(*columns.values(), strict=True))
    return {row["order_id"]: row for row in rows}


def _text(given: bytes) -> str:
    """What a client wrote, as a database takes it: no zeros inside, which PostgreSQL refuses."""
    return given.decode("ascii", "replace").replace("\0", "\ufffd")


def _touched_before(batch: Batch, fills: list[Fill]) -> set[int]:
    ids = {side.order for fill in fills for side in fill.sides}
    for kind in (EventKind.CANCELED, EventKind.AMENDED):
        ids.update(of_kind(batch.events, kind)["order"].tolist())
    return ids


def _load(connection: Connection, ids: set[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        for row in connection.execute(select(orders).where(orders.c.order_id.in_(part))).mappings():
            found[row["order_id"]] = dict(row)
    return found


def _apply_events(batch: Batch, fills: list[Fill], rows: dict[int, dict[str, Any]]) -> None:
    first, times = batch.first, batch.commands["time_ns"]
    for fill in fills:
        for side in fill.sides:
            _filled(rows[side.order], fill, side)
    amended = of_kind(batch.events, EventKind.AMENDED)
    for order, sequence, price, quantity in zip(
        *(amended[name].tolist() for name in ("order", "sequence", "price_ticks", "quantity_lots")), strict=True
    ):
        row = rows[order]
        row["price_ticks"], row["quantity_lots"] = price, quantity
        row["updated_ns"] = max(row["updated_ns"], int(times[sequence - first]))
    canceled = of_kind(batch.events, EventKind.CANCELED)
    stamps = times[(canceled["sequence"] - first).astype("int64")].tolist() if len(canceled) else []
    for order, reason, stamp in zip(canceled["order"].tolist(), canceled["reason"].tolist(), stamps, strict=True):
        row = rows[order]
        row["cancel_reason"], row["updated_ns"] = reason, stamp
        row["state"] = FILLED if reason == CancelReason.QUOTE_SPENT else CANCELED
    for row in rows.values():
        _settle_state(row)


def _filled(row: dict[str, Any], fill: Fill, side: FillSide) -> None:
    row["filled_lots"] += fill.quantity_lots
    row["filled_notional"] += fill.notional
    row["fee"] += side.fee
    row["last_trade"], row["last_price_ticks"], row["last_lots"] = fill.trade, fill.price_ticks, fill.quantity_lots
    row["last_fill_ns"] = row["updated_ns"] = fill.time_ns


def _settle_state(row: dict[str, Any]) -> None:
    """What the sizes say, unless an end has been told: quote-sized orders always end by an event."""
    if row["state"] in (LIVE, PARTIALLY_FILLED) and row["filled_lots"]:
        complete = row["quantity_lots"] and row["filled_lots"] == row["quantity_lots"]
        row["state"] = FILLED if complete else PARTIALLY_FILLED


_CHANGING = (
    "price_ticks",
    "quantity_lots",
    "state",
    "cancel_reason",
    "filled_lots",
    "filled_notional",
    "fee",
    "last_trade",
    "last_price_ticks",
    "last_lots",
    "last_fill_ns",
    "updated_ns",
)
_UPDATE = (
    update(orders)
    .where(orders.c.order_id == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


def _store(connection: Connection, rows: dict[int, dict[str, Any]], new: set[int]) -> None:
    inserted = [row for order, row in rows.items() if order in new]
    if inserted:
        execute_many(connection, insert(orders), inserted)
    changed = [
        {"wanted": order} | {f"new_{name}": row[name] for name in _CHANGING}
        for order, row in rows.items()
        if order not in new
    ]
    if changed:
        execute_many(connection, _UPDATE, changed)


def _store_fills(connection: Connection, fills: list[Fill], rows: dict[int, dict[str, Any]]) -> None:
    lines = [
        {
            "sequence": fill.sequence,
            "event_index": fill.index,
            "time_ns": fill.time_ns,
            "trade": fill.trade,
            "instrument": fill.instrument.id,
            "order_id": side.order,
            "account": side.account,
            "side": side.side,
            "role": side.role,
            "price_ticks": fill.price_ticks,
            "quantity_lots": fill.quantity_lots,
            "notional": fill.notional,
            "fee": side.fee,
            "client_id": rows[side.order]["client_id"],
            "tag": rows[side.order]["tag"],
        }
        for fill in fills
        for side in fill.sides
    ]
    if lines:
        execute_many(connection, insert(fills_table), lines)


def _store_bills(connection: Connection, batch: Batch, fills: list[Fill], ledger: Ledger) -> None:
    """Balance changes with the balance after each, worked back from what the ledger now says."""
    changes = _funds_changes(batch) + [change for fill in fills for change in _fill_changes(fill)]
    changes.sort(key=lambda change: (change["sequence"], change["event_index"]))
    after: dict[tuple[int, int], int] = {}
    for change in reversed(changes):
        key = (change["account"], change["asset"])
        if key not in after:
            names = (available(key[0]), held(key[0]))
            after[key] = sum(ledger.balances.get((name, key[1]), 0) for name in names)
        change["balance"] = after[key]
        after[key] -= change["change"]
    if changes:
        lines = [{name: value for name, value in change.items() if name != "event_index"} for change in changes]
        execute_many(connection, insert(bills), lines)


def _funds_changes(batch: Batch) -> list[dict[str, Any]]:
    rows = of_kind(batch.events, EventKind.BALANCE)
    deltas = amounts(rows["available_delta"])
    changes = []
    for row, delta in zip(rows, deltas, strict=True):
        kind = CommandKind(int(row["command_kind"])).name.lower()
        sequence = int(row["sequence"])
        if kind == "transfer":
            kind = _transfer_kind(batch, sequence, delta)
        time_ns = int(batch.commands["time_ns"][sequence - batch.first])
        place = (sequence, int(row["index"]), time_ns)
        changes.append(_change(place, int(row["account"]), int(row["asset"]), kind, delta))
    return changes


# What a transfer is to an account, by the account at its other end; in and out are of anybody else's, as the host's.
TRANSFERS = (
    *("from_trading", "from_funding", "from_master", "from_sub", "transfer_in"),
    *("to_trading", "to_funding", "to_master", "to_sub", "transfer_out"),
)


def _transfer_kind(batch: Batch, sequence: int, delta: int) -> str:
    command = batch.commands[sequence - batch.first : sequence - batch.first + 1].view(FUNDS)[0]
    payer, payee = int(command["account"]), int(command["to_account"])
    other = relation(payee, payer) if delta > 0 else relation(payer, payee)
    if not other:
        return "transfer_in" if delta > 0 else "transfer_out"
    return f"from_{other}" if delta > 0 else f"to_{other}"


def _fill_changes(fill: Fill) -> list[dict[str, Any]]:
    base, quote = fill.instrument.base.id, fill.instrument.quote.id
    quantity = fill.quantity_lots * fill.instrument.lot_minor
    changes = []
    for side in fill.sides:
        sign = 1 if side.side is Side.BUY else -1
        trade = {
            "order_id": side.order,
            "trade": fill.trade,
            "instrument": fill.instrument.id,
            "price_ticks": fill.price_ticks,
            "quantity_lots": fill.quantity_lots,
            "role": side.role.value,
        }
        kind = side.side.name.lower()
        place = (fill.sequence, fill.index, fill.time_ns)
        changes.append(_change(place, side.account, base, kind, sign * quantity) | trade)
        paid = -sign * fill.notional - side.fee
        changes.append(_change(place, side.account, quote, kind, paid) | trade | {"fee": side.fee})
    return changes


def _change(place: tuple[int, int, int], account: int, asset: int, kind: str, change: int) -> dict[str, Any]:
    return {
        "sequence": place[0],
        "event_index": place[1],
        "time_ns": place[2],
        "account": account,
        "asset": asset,
        "kind": kind,
        "change": change,
        "fee": 0,
        "order_id": 0,
        "trade": 0,
        "instrument": 0,
        "price_ticks": 0,
        "quantity_lots": 0,
        "role": "",
    }
