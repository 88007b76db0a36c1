"""The short way of orders between JSON and records, for bodies written as nearly all clients write them.

Reading, packing and answering are compiled (`crates/codec`). A body that is not plain in every field is left to the
long way in `trade.py`, which alone knows what to say of it: for whatever is taken here both ways make the same records
and the same answers.
"""

import time
from typing import NamedTuple

import msgspec

from commonbook._engine import OrderCodec, TakenOrders, order_message
from commonbook.broker.rules import attribution
from commonbook.gateway.okx_v5.codec import DEFAULT_SELF_TRADE, ORDER_TYPES, SELF_TRADES, SIDES
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.trade import CHANNELS, SINGLE, refusals_of
from commonbook.identity.model import Credential
from commonbook.instrument.venue import Venue
from commonbook.matching.gathering import Numbered
from commonbook.records import OrderType
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

    def answer(self, taken: TakenOrders, numbered: Numbered) -> tuple[bytes, int]:
        """The answer's rows as JSON, and how many of them tell of a failure."""
        return self._codec.answer(taken, numbered.first, numbered.events, time.time_ns() // 1_000_000)

    async def carry(self, door: Door, operation: str, taken: TakenOrders, credential: Credential) -> Carried:
        """Carry out what `read` has taken.

        Raises:
            Refused: there are terms to accept first, the brand has ended trading, the budget is spent, or the core
                cannot take it.
        """
        door.must_have_accepted(operation, credential)
        door.must_be_trading(operation, credential.brand)
        door.budget.orders(operation, credential.account, taken.instruments)
        attributed = [attribution(door.venue, credential.brokers, tag) for tag in taken.tags]
        numbered = await door.submit_records(taken.records(attributed), credential.account)
        rows, failed = self.answer(taken, numbered)
        return Carried(_ALL if not failed else _NONE if failed == numbered.commands else _SOME, rows)


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
