"""The short way of orders between JSON and records, for bodies written as nearly all clients write them.

Reading, packing and answering are compiled (`crates/codec`). A body that is not plain in every field is left to the
long way in `trade.py`, which alone knows what to say of it: for whatever is taken here both ways make the same records
and the same answers.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from commonbook._engine import OrderCodec, TakenOrders, order_message
from commonbook.broker.rules import attribution
from commonbook.gateway.okx_v5.codec import DEFAULT_SELF_TRADE, ORDER_TYPES, SELF_TRADES, SIDES
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.trade import CHANNELS, SINGLE, code_named, refusals_of
from commonbook.identity.model import Credential
from commonbook.instrument.venue import Venue
from commonbook.matching.gathering import Numbered
from commonbook.records import COMMAND_LAYOUTS, EVENT, CommandKind, EventKind, OrderType, of_kind
from commonbook.settings import GatewaySettings

REQUEST_CHARACTERS = 32  # of a WebSocket request's id
_ALL, _NONE, _SOME = b"0", b"1", b"2"


class Carried(NamedTuple):
    """An answer's rows as JSON, and the envelope's code."""

    code: bytes
    rows: bytes


class Message(NamedTuple):
    """Where the parts of a WebSocket message stand."""

    operation: str
    id: str
    rows: bytes


class Lane:
    """One per gateway process."""

    def __init__(self, settings: GatewaySettings) -> None:
        types = {name: int(kind) for name, kind in ORDER_TYPES.items() if kind is not OrderType.MARKET}
        trades = {name: int(mode) for name, mode in SELF_TRADES.items()}
        trades[""] = trades[DEFAULT_SELF_TRADE]
        self._codec = OrderCodec(
            {name: int(side) for name, side in SIDES.items()},
            types,
            trades,
            settings.client_id_characters,
            settings.tag_characters,
            settings.batch_rows,
        )
        for operation in set(SINGLE.values()):
            for refusal, code in refusals_of(operation).items():
                self._codec.tell(operation, int(refusal), code.number, msgspec.json.encode(code.text)[1:-1].decode())
        self._listed = 0
        self._names: set[str] = set()

    def _list(self, venue: Venue) -> None:
        """Learn of new instruments. A name means the first that has it."""
        self._listed = len(venue.instruments)
        for one in venue.instruments.values():
            if one.name not in self._names:
                self._names.add(one.name)
                self._codec.list(one.name, one.id, one.tick_scale, one.tick_mantissa, one.lot_scale, one.lot_mantissa)

    def read(self, operation: str, body: bytes, credential: Credential, venue: Venue) -> TakenOrders | None:
        """The orders of a body; None when they are for the long way."""
        if len(venue.instruments) != self._listed:
            self._list(venue)
        kind = SINGLE[operation]
        return self._codec.read(
            kind, body, kind == operation, credential.account, int(CHANNELS[credential.kind]), credential.id
        )

    def answer(self, taken: TakenOrders, numbered: Numbered, brokers: Sequence[str] = ()) -> tuple[bytes, int]:
        """The answer's rows as JSON, and how many of them tell of a failure.

        Args:
            brokers: the code of whoever earns on each order, "" where nobody does; none at all: nobody does on any.
        """
        rows, failed = self._codec.answer(taken, numbered.first, numbered.events, time.time_ns() // 1_000_000)
        return _with_brokers(rows, brokers), failed

    async def carry(self, door: Door, operation: str, taken: TakenOrders, credential: Credential) -> Carried:
        """Carry out what `read` has taken.

        Raises:
            Refused: there are terms to accept first, the brand has ended trading, the budget is spent, or the core
                cannot take it.
        """
        door.must_have_accepted(operation, credential)
        door.must_be_trading(operation, credential.brand)
        door.budget.orders(operation, credential.account, taken.instruments)
        now = door.authenticator.associated(credential)
        attributed = [attribution(door.venue, now.brokers, tag, now.owner) for tag in taken.tags]
        records = taken.records(attributed)
        numbered = await door.submit_records(records, credential.account)
        codes: Sequence[str] = ()
        if SINGLE[operation] == "amend-order":
            codes = await amended_codes(door, numbered)
        elif any(broker for broker, _ in attributed):
            codes = effective_codes(door.venue, records, numbered)
        rows, failed = self.answer(taken, numbered, codes)
        return Carried(_ALL if not failed else _NONE if failed == numbered.commands else _SOME, rows)


def effective_codes(venue: Venue, records: NDArray[np.uint8], numbered: Numbered) -> list[str]:
    """The code of whoever earns on each order of a submission, "" where nobody does.

    The core drops a broker that is inactive by now; of an order that it has refused, it is whoever would have earned.
    """
    named = records.view(COMMAND_LAYOUTS[CommandKind.ORDER])["broker"].tolist()
    accepted = of_kind(numbered.events.view(EVENT), EventKind.ACCEPTED)
    took = dict(zip(accepted["sequence"].tolist(), accepted["broker"].tolist(), strict=True))
    return [code_named(venue, took.get(numbered.first + place, broker)) for place, broker in enumerate(named)]


async def amended_codes(door: Door, numbered: Numbered) -> list[str]:
    """The same of orders that were amended, which stay whose they are; of one that was refused it is nobody."""
    amended = of_kind(numbered.events.view(EVENT), EventKind.AMENDED)
    named = dict(zip(amended["sequence"].tolist(), amended["order"].tolist(), strict=True))
    brokers = await door.earning.of(door.database, named.values())
    if not any(brokers.values()):
        return []
    each = range(numbered.first, numbered.first + numbered.commands)
    return [code_named(door.venue, brokers.get(named.get(one, 0), 0)) for one in each]


_ROW_ENDS = b'"subCode":""}'  # of an order and of an amendment; inside a text its quotes would be escaped


def _with_brokers(rows: bytes, brokers: Sequence[str]) -> bytes:
    """The rows with whoever earns on each order; what is a cancel's has no such end."""
    if not any(brokers):
        return rows.replace(_ROW_ENDS, b'"subCode":"","brokerCode":""}')
    *parts, last = rows.split(_ROW_ENDS)
    ends = [b'"subCode":"","brokerCode":%s}' % msgspec.json.encode(code) for code in brokers]
    return b"".join(part + end for part, end in zip(parts, ends, strict=True)) + last


def message_of(content: bytes) -> Message | None:
    """An order message whose operation is one of the short way's; None for any other."""
    parts = order_message(content)
    if parts is None or parts[0] not in SINGLE:
        return None
    operation, name, start, end = parts
    if not name.isalnum() or len(name) > REQUEST_CHARACTERS:
        return None
    if SINGLE[operation] == operation:  # an array of one, too
        start, end = start + 1, end - 1
    return Message(operation, name, content[start:end])
