"""Orders, fills and bills, written from the stream in the caller's transaction."""

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from commonbook.counter.progress import amended, canceled, filled, new_orders, settle_state
from commonbook.instrument.accounts import relation
from commonbook.instrument.fills import Fill
from commonbook.instrument.splits import pieces, split_of
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import available, held
from commonbook.ledger.service import Ledger
from commonbook.records import (
    FUNDS,
    Batch,
    CommandKind,
    EventKind,
    Side,
    amounts,
    of_kind,
)
from commonbook.storage.database import execute_many, insert_many
from commonbook.storage.schema import bills, orders
from commonbook.storage.schema import fills as fills_table


def project(batch: Batch, fills: list[Fill], venue: Venue, ledger: Ledger, connection: Connection) -> None:
    """Write what a batch means to accounts. Called after the ledger has moved, so that bills can tell balances."""
    touched = new_orders(batch, of_kind(batch.events, EventKind.ACCEPTED))
    known = set(touched)
    touched |= _load(connection, _touched_before(batch, fills) - known)
    _apply_events(batch, fills, touched)
    _store(connection, touched, known)
    _store_fills(connection, fills, touched)
    # Of a split each account has one change of either asset, so that a piece is told by itself.
    for part in [batch] if split_of(batch) is None else pieces(batch):
        _store_bills(connection, part, fills, ledger)


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
            filled(rows[side.order], fill, side)
    changes = of_kind(batch.events, EventKind.AMENDED)
    for order, sequence, price, quantity in zip(
        *(changes[name].tolist() for name in ("order", "sequence", "price_ticks", "quantity_lots")), strict=True
    ):
        amended(rows[order], price, quantity, int(times[sequence - first]))
    ends = of_kind(batch.events, EventKind.CANCELED)
    stamps = times[(ends["sequence"] - first).astype("int64")].tolist() if len(ends) else []
    for order, reason, stamp in zip(ends["order"].tolist(), ends["reason"].tolist(), stamps, strict=True):
        canceled(rows[order], reason, stamp)
    for row in rows.values():
        settle_state(row)


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
        insert_many(connection, orders, inserted)
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
        insert_many(connection, fills_table, lines)


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
        insert_many(connection, bills, lines)


def _funds_changes(batch: Batch) -> list[dict[str, Any]]:
    rows = of_kind(batch.events, EventKind.BALANCE)
    deltas = amounts(rows["available_delta"])
    changes = []
    for row, delta in zip(rows, deltas, strict=True):
        kind = CommandKind(int(row["command_kind"])).name.lower()
        sequence = int(row["sequence"])
        if kind == "transfer":
            kind = _transfer_kind(batch, sequence, delta)
        if kind == "split":
            kind = SPLIT_IN if delta > 0 else SPLIT_OUT
        time_ns = int(batch.commands["time_ns"][sequence - batch.first])
        place = (sequence, int(row["index"]), time_ns)
        changes.append(_change(place, int(row["account"]), int(row["asset"]), kind, delta))
    return changes


# What a transfer is to an account, by the account at its other end; in and out are of anybody else's, as the host's.
TRANSFERS = (
    *("from_trading", "from_funding", "from_stake", "from_master", "from_sub", "transfer_in"),
    *("to_trading", "to_funding", "to_stake", "to_master", "to_sub", "transfer_out"),
)


# What a split is to an account: the old asset goes, the new one comes.
SPLIT_IN, SPLIT_OUT = "split_in", "split_out"


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
