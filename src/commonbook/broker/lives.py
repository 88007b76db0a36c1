"""The life of the orders that carry brokers' codes, event by event, as a batch tells it. Rules BL-12 and BL-13. Pure.

A fill, an acceptance and a refusal say whose an order is. A cancel and an amendment do not: of these the caller finds
out, of the orders that it has not seen coming.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.records import (
    FILL,
    FILL_SIDE,
    Batch,
    CommandKind,
    EventKind,
    FillRole,
    OrderType,
    Records,
    Side,
    SizeIn,
    amount,
    causes,
    of_kind,
)

UNKNOWN = 0  # the broker of an event that does not say it


class What(StrEnum):
    ACCEPTED = "accepted"
    FILL = "fill"
    AMENDED = "amended"
    CANCELED = "canceled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Life:
    """One event of an order. Only what its kind has is set."""

    sequence: int
    event_index: int
    time_ns: int
    what: What
    broker: int  # UNKNOWN: it is that of the order
    account: int
    order: int  # 0: refused, so that it never was one
    instrument: int
    side: Side
    order_type: OrderType | None = None  # ACCEPTED, REFUSED
    price_ticks: int = 0  # 0: none
    quantity_lots: int = 0  # FILL: of it; CANCELED: what was left; AMENDED: the total
    quote_amount: int = 0  # of an order that is sized by what it spends
    fill_index: int = 0  # FILL
    role: FillRole | None = None
    fee: int = 0  # quote units; above zero charged
    is_complete: bool = False  # FILL: nothing is left of the order
    reason: int = 0  # CANCELED: CancelReason; REFUSED: Refusal


@dataclass
class Owners:
    """Whose the live orders are that cancels and amendments name.

    What has come since somebody listens was seen; what was there before is looked up, once.
    """

    since: int = 0  # orders up to this sequence were not seen coming for all who listen
    known: dict[int, int] = field(default_factory=dict)  # order to broker; UNKNOWN: of nobody who listens

    def begin(self, sequence: int) -> None:
        """Somebody begins to listen: of what was of nobody until now, some may be theirs."""
        self.since = max(self.since, sequence)
        self.known = {order: broker for order, broker in self.known.items() if broker != UNKNOWN}

    def may_be_theirs(self, order: int) -> bool:
        """Whether an order is, or may be, of somebody who listens."""
        broker = self.known.get(order)
        return order <= self.since if broker is None else broker != UNKNOWN

    def unseen(self, found: list[Life]) -> list[int]:
        """The orders whose brokers must be looked up before these events can be told."""
        return sorted({one.order for one in found if one.broker == UNKNOWN} - self.known.keys())

    def named(self, found: list[Life]) -> Iterator[tuple[int, Life]]:
        """Each event that is of one who listens, with its broker; in order, and once."""
        for one in found:
            broker = one.broker or self.known.get(one.order, UNKNOWN)
            if one.what is What.CANCELED or (one.what is What.FILL and one.is_complete):
                self.known.pop(one.order, None)
            if broker != UNKNOWN:
                yield broker, one


def lives(batch: Batch, brokers: NDArray[np.int64], owners: Owners) -> list[Life]:
    """What a batch means to orders of some brokers, in engine order.

    With it come the cancels and amendments of orders that may be theirs; `owners` learns which orders have come.

    Args:
        brokers: whose orders are asked for; not empty.
    """
    found = list(_taken_in(batch, brokers))
    owners.known |= {one.order: one.broker for one in found}
    found += [*_refused(batch, brokers), *_filled(batch, brokers), *_amended(batch, owners), *_canceled(batch, owners)]
    found.sort(key=lambda one: (one.sequence, one.event_index))
    return found


def _taken_in(batch: Batch, brokers: NDArray[np.int64]) -> Iterator[Life]:
    accepted = _of(of_kind(batch.events, EventKind.ACCEPTED), brokers)
    asked = causes(batch, accepted, CommandKind.ORDER)
    for event, order in zip(accepted, asked, strict=True):
        sequence = int(event["sequence"])
        yield _ordered(What.ACCEPTED, event, order, int(event["broker"]), order_id=sequence)


def _refused(batch: Batch, brokers: NDArray[np.int64]) -> Iterator[Life]:
    refused = of_kind(batch.events, EventKind.REFUSED)
    refused = refused[refused["command_kind"] == CommandKind.ORDER]
    asked = causes(batch, refused, CommandKind.ORDER)
    mine = np.isin(asked["broker"], brokers)
    for event, order in zip(refused[mine], asked[mine], strict=True):
        yield _ordered(What.REFUSED, event, order, int(order["broker"]), order_id=0, reason=int(event["reason"]))


def _ordered(what: What, event: Any, order: Any, broker: int, order_id: int, reason: int = 0) -> Life:
    """What is said of an order as it was asked for; a refused one may ask for anything."""
    by_quote = int(order["size_in"]) == SizeIn.QUOTE
    kind, side = int(order["order_type"]), int(order["side"])
    return Life(
        sequence=int(event["sequence"]),
        event_index=int(event["index"]),
        time_ns=int(order["time_ns"]),
        what=what,
        broker=broker,
        account=int(event["account"]),
        order=order_id,
        instrument=int(order["instrument"]),
        side=Side(side) if side in list(Side) else Side.BUY,
        order_type=OrderType(kind) if kind in list(OrderType) else None,
        price_ticks=max(int(order["price_ticks"]), 0) if kind != OrderType.MARKET else 0,
        quantity_lots=0 if by_quote else max(int(order["quantity_lots"]), 0),
        quote_amount=max(amount(order["quote_amount"]), 0) if by_quote else 0,
        reason=reason,
    )


def _filled(batch: Batch, brokers: NDArray[np.int64]) -> Iterator[Life]:
    places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
    fills, sides = batch.events.view(FILL), batch.events.view(FILL_SIDE)
    for further in (1, 2):
        for place in places[np.isin(sides[places + further]["broker"], brokers)].tolist():
            fill, side = fills[place], sides[place + further]
            taker_side, role = Side(int(fill["taker_side"])), FillRole(int(side["role"]))
            other_side = Side.SELL if taker_side is Side.BUY else Side.BUY
            yield Life(
                sequence=int(fill["sequence"]),
                event_index=int(side["index"]),
                time_ns=_time(batch, fill),
                what=What.FILL,
                broker=int(side["broker"]),
                account=int(side["account"]),
                order=int(side["order"]),
                instrument=int(fill["instrument"]),
                side=taker_side if role is FillRole.TAKER else other_side,
                price_ticks=int(fill["price_ticks"]),
                quantity_lots=int(fill["quantity_lots"]),
                fill_index=int(fill["index"]),
                role=role,
                fee=amount(side["fee"]),
                is_complete=bool(side["complete"]),
            )


def _amended(batch: Batch, owners: Owners) -> Iterator[Life]:
    amended = _named(of_kind(batch.events, EventKind.AMENDED), owners)
    asked = causes(batch, amended, CommandKind.AMEND)
    for event, command in zip(amended, asked, strict=True):
        yield Life(
            sequence=int(event["sequence"]),
            event_index=int(event["index"]),
            time_ns=int(command["time_ns"]),
            what=What.AMENDED,
            broker=UNKNOWN,
            account=int(command["account"]),
            order=int(event["order"]),
            instrument=int(event["instrument"]),
            side=Side(int(event["side"])),
            price_ticks=int(event["price_ticks"]),
            quantity_lots=int(event["quantity_lots"]),
        )


def _canceled(batch: Batch, owners: Owners) -> Iterator[Life]:
    for event in _named(of_kind(batch.events, EventKind.CANCELED), owners):
        yield Life(
            sequence=int(event["sequence"]),
            event_index=int(event["index"]),
            time_ns=_time(batch, event),
            what=What.CANCELED,
            broker=UNKNOWN,
            account=int(event["account"]),
            order=int(event["order"]),
            instrument=int(event["instrument"]),
            side=Side(int(event["side"])),
            quantity_lots=int(event["remaining_lots"]),
            reason=int(event["reason"]),
        )


def _of(events: Records, brokers: NDArray[np.int64]) -> Records:
    mine: Records = events[np.isin(events["broker"], brokers)]
    return mine


def _named(events: Records, owners: Owners) -> Records:
    mine: Records = events[[owners.may_be_theirs(order) for order in events["order"].tolist()]]
    return mine


def _time(batch: Batch, event: Any) -> int:
    return int(batch.commands["time_ns"][int(event["sequence"]) - batch.first])
