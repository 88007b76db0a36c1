"""What each event makes of an order, as accounts see it. History writes these rows; private streams push them.

A row has the columns of the `orders` table. `filled`, `amended` and `canceled` change it for one event, in engine
order; `settle_state` then says what the order has become.
"""

from typing import Any

import numpy as np

from commonbook.instrument.fills import Fill, FillSide
from commonbook.records import Batch, CancelReason, CommandKind, Records, SizeIn, amounts, causes

Row = dict[str, Any]
LIVE, PARTIALLY_FILLED, FILLED, CANCELED = "live", "partially_filled", "filled", "canceled"


def new_orders(batch: Batch, accepted: Records) -> dict[int, Row]:
    """The orders of some ACCEPTED events of a batch, as they were taken in and before anything met them, by id."""
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


def filled(row: Row, fill: Fill, side: FillSide) -> None:
    row["filled_lots"] += fill.quantity_lots
    row["filled_notional"] += fill.notional
    row["fee"] += side.fee
    row["last_trade"], row["last_price_ticks"], row["last_lots"] = fill.trade, fill.price_ticks, fill.quantity_lots
    row["last_fill_ns"] = row["updated_ns"] = fill.time_ns


def amended(row: Row, price_ticks: int, quantity_lots: int, time_ns: int) -> None:
    row["price_ticks"], row["quantity_lots"] = price_ticks, quantity_lots
    row["updated_ns"] = max(row["updated_ns"], time_ns)


def canceled(row: Row, reason: int, time_ns: int) -> None:
    row["cancel_reason"], row["updated_ns"] = reason, time_ns
    row["state"] = FILLED if reason == CancelReason.QUOTE_SPENT else CANCELED


def settle_state(row: Row) -> None:
    """What the sizes say, unless an end has been told: quote-sized orders always end by an event."""
    if row["state"] in (LIVE, PARTIALLY_FILLED) and row["filled_lots"]:
        complete = row["quantity_lots"] and row["filled_lots"] == row["quantity_lots"]
        row["state"] = FILLED if complete else PARTIALLY_FILLED
