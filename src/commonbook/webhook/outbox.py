"""What happened, kept for the brands that want to be told. Rules WH-4 and WH-5.

An event is written in the transaction of what it tells of, so that neither is there without the other. Its name says
where it comes from: of the stream the command's sequence and the event's index, so that the same happening has the same
name in every delivery. Of a batch nothing is looked at but for brands that have an endpoint.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from commonbook.administration.log import canonical
from commonbook.instrument.fills import Fill
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import (
    ACCOUNT,
    Batch,
    CancelReason,
    CommandKind,
    EventKind,
    OrderType,
    Side,
    SizeIn,
    amounts,
    causes,
    of_kind,
)
from commonbook.storage.database import insert_many
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints, webhook_events
from commonbook.webhook import model
from commonbook.webhook.model import REMOVED, WAITING

Wanted = Mapping[tuple[int, str], list[int]]  # brand and kind of event to the endpoints that are told


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, on its way into the outbox."""

    name: str
    brand: int  # below zero: a broker
    kind: model.EventKind
    time_ns: int
    data: dict[str, Any]

    @property
    def body(self) -> str:
        """Exactly what is sent, in every delivery."""
        whose = {"brand": str(self.brand)} if self.brand >= 0 else {"broker": str(-self.brand)}
        told = {"id": self.name, "kind": self.kind.value, "time_ns": str(self.time_ns)} | whose
        return canonical(told | {"data": self.data})


@dataclass(frozen=True, slots=True)
class Levels:
    """What VIP levels accounts had before a batch that speaks of accounts."""

    before: dict[int, int]

    @classmethod
    def before_batch(cls, batch: Batch, venue: Venue) -> "Levels":
        """To be asked before the venue takes the batch in."""
        rows = batch.commands[batch.commands["kind"] == CommandKind.ACCOUNT].view(ACCOUNT)
        known = (venue.accounts.get(account) for account in rows["account"].tolist())
        return cls({one.id: one.level for one in known if one is not None})


def project(batch: Batch, fills: Iterable[Fill], venue: Venue, levels: Levels, connection: Connection) -> None:
    """Keep what a batch means to brands that have endpoints, in the batch's transaction."""
    wanted = wanted_by(connection)
    if wanted:
        happened = [*_levels(batch, levels, wanted), *_trades(fills, wanted), *_orders(batch, venue, wanted)]
        happened.sort(key=_place)
        keep(connection, happened, wanted)


def tell(
    connection: Connection, brand: int, kind: model.EventKind, name: str, data: dict[str, Any], time_ns: int = 0
) -> None:
    """Tell of something that is not of the stream, in the caller's transaction: a sign-up, a release.

    Args:
        name: the happening's own, the same however often it is told: `sign_up-17`.
        data: strings, numbers of the JSON kind where they count something, and no personal data.
        time_ns: now unless given.

    Raises:
        IntegrityError: this name was told before; whoever may tell twice asks `is_told` first.
    """
    wanted = wanted_by(connection)
    if (brand, kind) in wanted:
        keep(connection, [Happened(name, brand, kind, time_ns or time.time_ns(), data)], wanted)


def is_told(connection: Connection, name: str) -> bool:
    chosen = select(webhook_events.c.name).where(webhook_events.c.name == name)
    return connection.execute(chosen).first() is not None


def wanted_by(connection: Connection) -> Wanted:
    """Which endpoints are told of what. One that is paused still gathers: nothing is lost meanwhile."""
    chosen = select(webhook_endpoints.c.endpoint, webhook_endpoints.c.brand, webhook_endpoints.c.kinds)
    found: dict[tuple[int, str], list[int]] = {}
    rows = connection.execute(chosen.where(webhook_endpoints.c.state != REMOVED).order_by(webhook_endpoints.c.endpoint))
    for endpoint, brand, kinds in rows:
        for kind in kinds.split():
            found.setdefault((brand, kind), []).append(endpoint)
    return found


def keep(connection: Connection, happened: Iterable[Happened], wanted: Wanted) -> None:
    events, deliveries = [], []
    now_ns = time.time_ns()
    for one in happened:
        endpoints = wanted.get((one.brand, one.kind), [])
        if endpoints:
            row = {"name": one.name, "brand": one.brand, "kind": one.kind.value}
            events.append(row | {"made_ns": now_ns, "body": one.body})
            deliveries += [delivery_of(endpoint, one.name, now_ns) for endpoint in endpoints]
    if events:
        insert_many(connection, webhook_events, events)
        insert_many(connection, webhook_deliveries, deliveries)


def delivery_of(endpoint: int, event: str, now_ns: int) -> dict[str, Any]:
    """A row of `webhook_deliveries` that waits."""
    row = {"endpoint": endpoint, "event": event, "state": WAITING, "tries": 0, "status": 0, "why": ""}
    return row | {"made_ns": now_ns, "tried_ns": 0}


# -- what a batch means ------------------------------------------------------------------------------------------------


def _place(one: Happened) -> tuple[int, int]:
    sequence, index, *_ = one.name.split("-")
    return int(sequence), int(index)


def _levels(batch: Batch, levels: Levels, wanted: Wanted) -> Iterator[Happened]:
    if not levels.before:
        return
    before = dict(levels.before)
    taken = set(of_kind(batch.events, EventKind.CONFIG)["sequence"].tolist())
    rows = batch.commands[batch.commands["kind"] == CommandKind.ACCOUNT].view(ACCOUNT)
    names = ("sequence", "time_ns", "account", "brand", "level")
    for sequence, time_ns, account, brand, level in zip(*(rows[name].tolist() for name in names), strict=True):
        old = before.get(account, level)
        if sequence in taken and old != level:
            before[account] = level
            if (brand, model.EventKind.LEVEL) in wanted:
                data = {"account": str(account), "level": level, "level_before": old}
                yield Happened(f"{sequence}-0-level", brand, model.EventKind.LEVEL, time_ns, data)


def _trades(fills: Iterable[Fill], wanted: Wanted) -> Iterator[Happened]:
    for fill in fills:
        for offset, (side, other) in enumerate(zip(fill.sides, reversed(fill.sides), strict=True), 1):
            if (side.brand, model.EventKind.TRADE) not in wanted:
                continue
            instrument = fill.instrument
            data = {
                "trade": str(fill.trade),
                "order": str(side.order),
                "account": str(side.account),
                "instrument": instrument.name,
                "side": side.side.name.lower(),
                "role": side.role.value,
                "price": instrument.format_price(fill.price_ticks),
                "quantity": instrument.format_quantity(fill.quantity_lots),
                "notional": instrument.quote.format(fill.notional),
                "fee": instrument.quote.format(side.fee),
                "currency": instrument.quote.name,
                "counterparty": "internal" if other.brand == side.brand else "external",
            }
            name = f"{fill.sequence}-{fill.index + offset}-trade"
            yield Happened(name, side.brand, model.EventKind.TRADE, fill.time_ns, data)


def _orders(batch: Batch, venue: Venue, wanted: Wanted) -> Iterator[Happened]:
    """Every change of an order, each for itself."""
    brands = {brand for brand, kind in wanted if kind == model.EventKind.ORDER}
    if not brands:
        return
    first, times = batch.first, batch.commands["time_ns"]

    def happened(sequence: int, index: int, brand: int, data: dict[str, Any]) -> Happened:
        time_ns = int(times[sequence - first])
        return Happened(f"{sequence}-{index}-order", brand, model.EventKind.ORDER, time_ns, data)

    accepted = of_kind(batch.events, EventKind.ACCEPTED)
    orders = causes(batch, accepted, CommandKind.ORDER)
    spent = amounts(orders["quote_amount"])
    for event, order, quote in zip(accepted, orders, spent, strict=True):
        brand = int(event["brand"])
        if brand in brands:
            told = _accepted(venue.instruments[int(event["instrument"])], event, order, quote)
            yield happened(int(event["sequence"]), int(event["index"]), brand, told)
    amended = of_kind(batch.events, EventKind.AMENDED)
    for event, command in zip(amended, causes(batch, amended, CommandKind.AMEND), strict=True):
        brand, account = _brand_of(venue, command)
        if brand in brands:
            instrument = venue.instruments[int(event["instrument"])]
            told = _of(instrument, int(event["order"]), account, "amended") | {
                "price": instrument.format_price(int(event["price_ticks"])),
                "quantity": instrument.format_quantity(int(event["quantity_lots"])),
            }
            yield happened(int(event["sequence"]), int(event["index"]), brand, told)
    sides = of_kind(batch.events, EventKind.FILL_SIDE)
    places = {}
    for event in of_kind(batch.events, EventKind.FILL):
        places[int(event["sequence"]), int(event["index"])] = int(event["instrument"])
    for event in sides[sides["complete"] == 1]:
        brand = int(event["brand"])
        if brand in brands:
            sequence, index = int(event["sequence"]), int(event["index"])
            number = next(places[sequence, index - back] for back in (1, 2) if (sequence, index - back) in places)
            instrument = venue.instruments[number]
            yield happened(
                sequence, index, brand, _of(instrument, int(event["order"]), int(event["account"]), "filled")
            )
    for event in of_kind(batch.events, EventKind.CANCELED):
        brand, account = _brand_of(venue, event)
        if brand in brands:
            instrument, reason = venue.instruments[int(event["instrument"])], CancelReason(int(event["reason"]))
            is_spent = reason is CancelReason.QUOTE_SPENT
            told = _of(instrument, int(event["order"]), account, "filled" if is_spent else "canceled")
            if not is_spent:
                told |= {"remaining": instrument.format_quantity(int(event["remaining_lots"]))}
                told |= {"reason": reason.name.lower()}
            yield happened(int(event["sequence"]), int(event["index"]), brand, told)


def _accepted(instrument: Instrument, event: Any, order: Any, quote: int) -> dict[str, Any]:
    in_quote = order["size_in"] == SizeIn.QUOTE
    size = instrument.quote.format(quote) if in_quote else instrument.format_quantity(int(order["quantity_lots"]))
    return _of(instrument, int(event["sequence"]), int(event["account"]), "accepted") | {
        "side": Side(int(event["side"])).name.lower(),
        "type": OrderType(int(order["order_type"])).name.lower(),
        "price": instrument.format_price(int(order["price_ticks"])),
        "quantity": size,
        "quantity_in": (instrument.quote if in_quote else instrument.base).name,
        "client_id": _text(order["client_id"]),
        "tag": _text(order["tag"]),
    }


def _of(instrument: Instrument, order: int, account: int, what: str) -> dict[str, Any]:
    return {"order": str(order), "account": str(account), "instrument": instrument.name, "what": what}


def _brand_of(venue: Venue, row: Any) -> tuple[int, int]:
    account = int(row["account"])
    found = venue.accounts.get(account)
    return (0 if found is None else found.brand), account


def _text(given: bytes) -> str:
    return given.decode("ascii", "replace").replace("\0", "\ufffd")
