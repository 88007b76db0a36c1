"""The records that travel: commands into the engine, events out of it.

The same bytes lie in the journal, cross the socket between gateway and core, and enter the Rust engine
(`crates/engine/src/record.rs` declares the same layouts; a test compares sizes and offsets). All numbers are
little-endian, there is no padding, and each field means one thing for one kind of record. The page for people is
docs/reference/records.md.

A command is 128 bytes: sequence, time and kind, then what its kind decides. The first 64 bytes are all that the hot
path reads; the second half holds names. An event is 64 bytes. It carries no time and nothing that the command beside it
says: its `sequence` is that of the command that caused it.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]  # one-dimensional structured arrays of one of the dtypes below

COMMAND_SIZE = 128
EVENT_SIZE = 64
RECORD_FORMAT = 2  # written in every journal segment; a change of any layout raises it


class CommandKind(IntEnum):
    TIME = 1  # nothing but the header's time
    PRICE = 2
    ASSET = 3
    INSTRUMENT = 4
    BRAND = 5
    ACCOUNT = 6
    FEES = 7
    BROKER_CODE = 8
    STATUS = 9  # halt, cancel-only, resume
    LIMITS = 10  # an instrument's price band and its limits against slips of a finger
    REFERENCE = 11  # the reference price of an instrument's band
    KILL = 12  # kill switch: refuse what is new of a scope and cancel what rests, or let it trade again
    LISTING = 13  # whether a brand lists an instrument; closed: refuse what is new of it and cancel what rests
    SPLIT = 14  # every balance of an asset becomes one of another, by a ratio, and the asset is closed
    DEPOSIT = 16
    WITHDRAWAL = 17
    TRANSFER = 18
    ORDER = 32
    CANCEL = 33
    AMEND = 34
    CANCEL_ALL = 35
    CANCEL_ALL_AFTER = 36
    RECEIPT = 48  # what the record door took in; the engine does nothing with it


class EventKind(IntEnum):
    ACCEPTED = 1
    REFUSED = 2
    RESTING = 3
    FILL = 4  # the two events behind it are its sides, the taker's first
    CANCELED = 5
    AMENDED = 6
    BALANCE = 7
    LEVEL = 8
    CONFIG = 9
    TIMER = 10  # a cancel-all-after timer was set, renewed or cleared
    CANCELED_ALL = 11  # closes a cancel-all: how many orders it took
    FILL_SIDE = 12


class Side(IntEnum):
    BUY = 1
    SELL = 2


class FillRole(IntEnum):
    TAKER = 1
    MAKER = 2


class OrderType(IntEnum):
    LIMIT = 1
    MARKET = 2
    POST_ONLY = 3
    IOC = 4
    FOK = 5


class SizeIn(IntEnum):
    BASE = 0  # quantity_lots says how much
    QUOTE = 1  # quote_amount says how much to spend, fees apart; market buys only


class SelfTrade(IntEnum):
    """What happens when an order meets a resting order of the same person; by the taker's mode."""

    CANCEL_MAKER = 1
    CANCEL_TAKER = 2
    CANCEL_BOTH = 3


class Channel(IntEnum):
    HOST = 0  # the host's own commands
    API = 1  # an API key or a token
    WEB = 2  # a browser session


class Attribution(IntEnum):
    """Why an order has, or has not, an effective broker; fixed at entry and carried to each fill."""

    BROKER = 0  # the tag is an active code that this credential is associated with
    NO_TAG = 1
    UNKNOWN_CODE = 2
    NOT_ASSOCIATED = 3  # a code, but not one this credential may use
    CODE_INACTIVE = 4


class ReceiptPurpose(IntEnum):
    """Why the record door wrote a receipt."""

    COMMANDS = 1  # the `count` commands behind it are one frame of a session
    OPENED = 2  # a session was opened: from here on it cancels on disconnect, or does not
    CLOSED = 3  # a session was closed or lost; a cancel-all may stand behind it


class TradingStatus(IntEnum):
    LIVE = 1
    CANCEL_ONLY = 2
    HALTED = 3  # neither orders nor cancels


class FeeScope(IntEnum):
    BRAND = 1  # brand and VIP level
    ACCOUNT = 2  # one account, approved by the host
    VENUE = 3  # the floor under all schedules, and the highest share of a fee that claims may take


class KillScope(IntEnum):
    """Of whom, or of what, a kill switch stops the orders."""

    CREDENTIAL = 1  # an API key, a token or a session
    ACCOUNT = 2
    PERSON = 3  # all accounts of a person, at every brand
    BROKER = 4  # orders that name this effective broker
    BRAND = 5
    INSTRUMENT = 6
    VENUE = 7  # everything; its target is 0


class ListingMode(IntEnum):
    """Whether a brand lists an instrument; until it is said, every brand lists every one."""

    OPEN = 1
    CLOSED = 2


class CancelScope(IntEnum):
    """Which orders a cancel-all takes."""

    ACCOUNT = 0  # all of the account's
    CREDENTIAL = 1  # those that the command's credential sent: its session has ended


class Refusal(IntEnum):
    """Why a command changed nothing. Checked in the order of docs/rules/refusals.md; the first that applies is told."""

    MALFORMED = 1  # unknown kind, an enum value out of range, a negative size
    DUPLICATE_ID = 2  # configuration: this id or name exists and differs
    UNKNOWN_ASSET = 3
    UNKNOWN_INSTRUMENT = 4
    UNKNOWN_BRAND = 5
    UNKNOWN_ACCOUNT = 6
    UNKNOWN_BROKER = 7
    BAD_SCALE = 8  # tick x lot is not a whole number of quote units, or a scale is out of range
    FEE_BELOW_FLOOR = 9
    REBATE_TOO_HIGH = 10
    HALTED = 11
    CANCEL_ONLY = 12
    BAD_PRICE = 13  # a limit order without a price above zero, or no worst price where one is needed
    BAD_SIZE = 14
    BELOW_MINIMUM = 15
    OVERFLOW = 16  # an amount of 10^38 or more would come about
    DUPLICATE_CLIENT_ID = 17
    INSUFFICIENT_FUNDS = 18
    UNKNOWN_ORDER = 19  # absent, another account's or already gone: all answer alike
    NOTHING_TO_AMEND = 20
    AMEND_BELOW_FILLED = 21  # the new size is not above what is filled
    DUPLICATE_KEY = 22  # this idempotency key has had its effect
    BAD_AMOUNT = 23
    SELF_TRADE_MODE = 24  # cancel_both does not go with fill-or-kill
    SAME_ACCOUNT = 25
    SYSTEM_ACCOUNT = 26  # orders and deposits are not for the venue's own accounts
    KILLED = 27  # a kill switch that names the order is on
    PRICE_ABOVE_BAND = 28  # of a buy
    PRICE_BELOW_BAND = 29  # of a sell
    PRICE_TOO_FAR = 30  # from the best opposite, or the last, price
    SIZE_ABOVE_LIMIT = 31
    NOTIONAL_ABOVE_LIMIT = 32
    DUPLICATE_ORDER = 33  # the same as the account's last one, a moment ago
    NOT_LISTED = 34  # the account's brand does not list the instrument
    ASSET_CLOSED = 35  # it was split: nothing of it comes in, goes out or is traded any more
    ASSET_IN_USE = 36  # there is something of the asset that a split would make
    NOT_HALTED = 37  # an instrument of an asset that is to be split
    ORDERS_REST = 38  # in an instrument of an asset that is to be split
    CLAIMS_OPEN = 39  # the fee pool or the subsidy account has something of an asset that is to be split


class CancelReason(IntEnum):
    USER = 1
    FOK_UNFILLABLE = 2
    IOC_REMAINDER = 3  # also the rest of a market order
    POST_ONLY_WOULD_CROSS = 4
    SELF_TRADE = 5
    CANCEL_ALL_AFTER = 6
    KILLED = 7
    QUOTE_SPENT = 8  # closes a quote-sized order as filled: what is left does not buy one more lot
    DISCONNECTED = 9  # the session that sent it has ended
    DELISTED = 10  # the account's brand no longer lists the instrument


# Accounts of the venue itself in the engine; users' ids start at FIRST_USER_ACCOUNT.
FEE_POOL_ACCOUNT = 1  # fees collected and not yet paid out
SUBSIDY_ACCOUNT = 2  # what the host set aside for rebates above the fee collected
ROUNDING_ACCOUNT = 3  # what the floors of splits leave; there since the first split
VENUE_ACCOUNTS = (FEE_POOL_ACCOUNT, SUBSIDY_ACCOUNT, ROUNDING_ACCOUNT)
FIRST_USER_ACCOUNT = 1_000

AMOUNT = np.dtype([("low", "<u8"), ("high", "<i8")])  # a signed 128-bit amount in two words


def _layout(size: int, *fields: tuple[str, Any]) -> np.dtype[np.void]:
    """A packed dtype of exactly `size` bytes; what the fields leave is reserved and zero."""
    packed = np.dtype(list(fields))
    if packed.itemsize > size:
        raise TypeError(f"layout of {packed.itemsize} bytes exceeds {size}")
    if packed.itemsize < size:
        packed = np.dtype([*fields, ("reserved_tail", f"V{size - packed.itemsize}")])
    return packed


_COMMAND_HEADER: tuple[tuple[str, Any], ...] = (
    ("sequence", "<u8"),  # given by the sequencer, from 1, without gaps
    ("time_ns", "<i8"),  # engine time, never falling
    ("kind", "u1"),
)


def _command(*fields: tuple[str, Any]) -> np.dtype[np.void]:
    return _layout(COMMAND_SIZE, *_COMMAND_HEADER, *fields)


COMMAND = _command()
PRICE = _command(
    ("reserved_0", "V3"), ("asset", "<u4"), ("quote_asset", "<u4"), ("reserved_1", "V4"), ("price_e8", "<i8")
)  # index: whole quote per whole asset
ASSET = _command(("scale", "u1"), ("reserved_0", "V2"), ("asset", "<u4"), ("reserved_1", "V40"), ("name", "S16"))
INSTRUMENT = _command(
    ("tick_scale", "u1"),  # the tick is tick_mantissa x 10^-tick_scale whole quote units
    ("lot_scale", "u1"),
    ("reserved_0", "V1"),
    ("instrument", "<u4"),
    ("base_asset", "<u4"),
    ("quote_asset", "<u4"),
    ("tick_mantissa", "<i8"),
    ("lot_mantissa", "<i8"),
    ("minimum_lots", "<i8"),
    ("reserved_1", "V8"),
    ("name", "S32"),
)
BRAND = _command(("reserved_0", "V3"), ("brand", "<u4"), ("reserved_1", "V40"), ("name", "S32"))
ACCOUNT = _command(
    ("level", "u1"), ("reserved_0", "V2"), ("brand", "<u4"), ("account", "<u8"), ("person", "<u8")
)  # level: VIP 0 to 9; sent again it changes the level
FEES = _command(
    ("level", "u1"),
    ("scope", "u1"),  # FeeScope
    ("subsidised", "u1"),  # 1: the host pays what rebates exceed the fee by; such fills pay no commission
    ("brand", "<u4"),
    ("account", "<u8"),
    ("maker_rate_e8", "<i8"),  # below zero: a rebate
    ("taker_rate_e8", "<i8"),
    ("highest_claim_e8", "<i8"),  # VENUE only
)
BROKER_CODE = _command(
    ("active", "u1"),
    ("reserved_0", "V2"),
    ("broker", "<u4"),
    ("payout_account", "<u8"),
    ("reserved_1", "V32"),
    ("code", "S16"),
)
STATUS = _command(("status", "u1"), ("reserved_0", "V2"), ("instrument", "<u4"))  # instrument 0: the whole venue
LIMITS = _command(  # 0 anywhere: no such limit
    ("reserved_0", "V3"),
    ("instrument", "<u4"),
    ("band_e8", "<u4"),  # how far from its reference the band reaches, the premium apart
    ("band_max_e8", "<u4"),  # how far it reaches with it, at most
    ("largest_lots", "<i8"),
    ("largest_notional", AMOUNT),  # quote units
    ("deviation_e8", "<u4"),  # how far a price may be on the wrong side of the best opposite, or the last, one
    ("duplicate_ms", "<u4"),  # how long the same order of the same account is refused
)
REFERENCE = _command(
    ("reserved_0", "V3"),
    ("instrument", "<u4"),
    ("reference_ticks", "<i8"),  # 0: there is none, and so no band
    ("premium_ticks", "<i8"),  # what the market has paid above it on average; below zero: less than it
)
KILL = _command(
    ("scope", "u1"),  # KillScope
    ("active", "u1"),  # 1: nothing of the scope trades; 0: it may again
    ("reserved_0", "V5"),
    ("target", "<u8"),  # the id of whatever the scope says; VENUE: 0
)
LISTING = _command(
    ("mode", "u1"),  # ListingMode
    ("reserved_0", "V2"),
    ("brand", "<u4"),  # below 65,536
    ("instrument", "<u4"),
)
SPLIT = _command(
    ("reserved_0", "V3"),
    ("asset", "<u4"),
    ("new_asset", "<u4"),
    ("numerator", "<u4"),  # so many new units ...
    ("denominator", "<u4"),  # ... for so many old ones, rounded down for each account
    ("reserved_1", "V28"),
    ("key", "S32"),  # idempotency key, one of those of FUNDS
)
FUNDS = _command(
    ("reserved_0", "V3"),
    ("asset", "<u4"),
    ("account", "<u8"),  # whose balance moves; the payer of a transfer
    ("to_account", "<u8"),  # TRANSFER only
    ("amount", AMOUNT),
    ("reserved_1", "V8"),
    ("key", "S32"),  # idempotency key, unique for ever over these three kinds and SPLIT; compared as raw bytes
)
ORDER = _command(
    ("side", "u1"),
    ("order_type", "u1"),
    ("self_trade", "u1"),
    ("channel", "u1"),
    ("attribution", "u1"),
    ("size_in", "u1"),
    ("reserved_0", "V1"),
    ("account", "<u8"),
    ("price_ticks", "<i8"),  # limit price; MARKET: the worst price, required for a base-sized buy, 0 = none
    ("quantity_lots", "<i8"),
    ("instrument", "<u4"),
    ("broker", "<u4"),  # effective broker, 0 = none
    ("credential", "<u8"),  # whose key or session sent it, below 2^32; 0 = the host
    ("client_id", "S32"),
    ("tag", "S16"),  # as the client sent it; echoed, never interpreted here
    ("quote_amount", AMOUNT),  # SizeIn.QUOTE only
)
CANCEL = _command(  # also AMEND, CANCEL_ALL and CANCEL_ALL_AFTER
    ("scope", "u1"),  # CANCEL_ALL: CancelScope
    ("reserved_0", "V2"),
    ("instrument", "<u4"),  # CANCEL_ALL: 0 = all instruments
    ("account", "<u8"),
    ("order", "<u8"),  # 0: look the order up by client_id
    ("price_ticks", "<i8"),  # AMEND: new limit price, 0 = as it is
    ("quantity_lots", "<i8"),  # AMEND: new total size including what is filled, 0 = as it is
    ("credential", "<u8"),
    ("client_id", "S32"),
    ("tag", "S16"),  # CANCEL_ALL_AFTER: only orders with this tag; empty = all
    ("deadline_ns", "<i8"),  # CANCEL_ALL_AFTER: engine time, 0 = clear the timer
)
RECEIPT = _command(  # stands before the commands of a frame, in the same batch
    ("purpose", "u1"),  # ReceiptPurpose
    ("cancel_on_disconnect", "u1"),  # 1: the session wants the orders of its key canceled when it is lost
    ("reserved_0", "V1"),
    ("count", "<u4"),  # commands of the frame
    ("account", "<u8"),
    ("session", "<u8"),  # chosen by the client, unique for its credential
    ("first", "<u8"),  # client sequence of the first command
    ("checksum", "<u4"),  # CRC-32 (as in zlib) of the frame's records as they were sent
    ("reserved_1", "V4"),
    ("credential", "<u8"),
    ("correlation", "<u8"),  # of the frame
)

# Rows the engine answers questions with.
BALANCE_ROW = np.dtype(
    [("account", "<u8"), ("asset", "<u4"), ("reserved_0", "V4"), ("available", AMOUNT), ("held", AMOUNT)]
)
ORDER_ROW = np.dtype(
    [
        ("order", "<u8"),
        ("account", "<u8"),
        ("instrument", "<u4"),
        ("side", "u1"),
        ("order_type", "u1"),
        ("reserved_0", "V2"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("remaining_lots", "<i8"),
        ("hold", AMOUNT),
        ("client_id", "S32"),
    ]
)

COMMAND_LAYOUTS: dict[CommandKind, np.dtype[np.void]] = {
    CommandKind.TIME: COMMAND,
    CommandKind.PRICE: PRICE,
    CommandKind.ASSET: ASSET,
    CommandKind.INSTRUMENT: INSTRUMENT,
    CommandKind.BRAND: BRAND,
    CommandKind.ACCOUNT: ACCOUNT,
    CommandKind.FEES: FEES,
    CommandKind.BROKER_CODE: BROKER_CODE,
    CommandKind.STATUS: STATUS,
    CommandKind.LIMITS: LIMITS,
    CommandKind.REFERENCE: REFERENCE,
    CommandKind.KILL: KILL,
    CommandKind.LISTING: LISTING,
    CommandKind.SPLIT: SPLIT,
    CommandKind.DEPOSIT: FUNDS,
    CommandKind.WITHDRAWAL: FUNDS,
    CommandKind.TRANSFER: FUNDS,
    CommandKind.ORDER: ORDER,
    CommandKind.CANCEL: CANCEL,
    CommandKind.AMEND: CANCEL,
    CommandKind.CANCEL_ALL: CANCEL,
    CommandKind.CANCEL_ALL_AFTER: CANCEL,
    CommandKind.RECEIPT: RECEIPT,
}

_EVENT_HEADER: tuple[tuple[str, Any], ...] = (
    ("sequence", "<u8"),  # of the command that caused it
    ("index", "<u4"),  # 0, 1, 2 ... within that command
    ("kind", "u1"),
    ("reason", "u1"),  # REFUSED: Refusal; CANCELED: CancelReason; else 0
    ("reserved_header", "V2"),
)


def _event(*fields: tuple[str, Any]) -> np.dtype[np.void]:
    return _layout(EVENT_SIZE, *_EVENT_HEADER, *fields)


EVENT = _event()
ACCEPTED = _event(  # an order's id is the sequence of its command
    ("account", "<u8"),
    ("hold", AMOUNT),  # moved from available to held: quote of a buy, base of a sell
    ("instrument", "<u4"),
    ("brand", "<u4"),
    ("broker", "<u4"),  # effective: 0 when the code is not active
    ("maker_rate_e8", "<i4"),
    ("taker_rate_e8", "<i4"),
    ("level", "u1"),
    ("attribution", "u1"),
    ("subsidised", "u1"),
    ("side", "u1"),
)
REFUSED = _event(("account", "<u8"), ("order", "<u8"), ("command_kind", "u1"))
RESTING = _event(
    ("order", "<u8"),
    ("account", "<u8"),
    ("price_ticks", "<i8"),
    ("remaining_lots", "<i8"),
    ("instrument", "<u4"),
    ("side", "u1"),
)
FILL = _event(
    ("trade", "<u8"),  # counts from 1 per instrument
    ("price_ticks", "<i8"),
    ("quantity_lots", "<i8"),
    ("buyer_released", AMOUNT),  # moved from the buyer's held to available by this fill; -1 when a unit was topped up
    ("instrument", "<u4"),
    ("taker_side", "u1"),
)
FILL_SIDE = _event(
    ("order", "<u8"),
    ("account", "<u8"),
    ("fee", AMOUNT),  # quote units; above zero charged, below zero paid as a rebate
    ("brand", "<u4"),
    ("broker", "<u4"),
    ("level", "u1"),
    ("channel", "u1"),
    ("attribution", "u1"),
    ("subsidised", "u1"),
    ("role", "u1"),  # FillRole
    ("complete", "u1"),  # 1: nothing is left of the order; always 0 for a quote-sized order, whose end is an event
)
CANCELED = _event(
    ("order", "<u8"),
    ("account", "<u8"),
    ("released", AMOUNT),  # moved from held to available
    ("remaining_lots", "<i8"),  # what was not filled; 0 for a quote-sized order
    ("instrument", "<u4"),
    ("side", "u1"),
)
AMENDED = _event(
    ("order", "<u8"),
    ("hold_delta", AMOUNT),  # above zero: moved from available to held
    ("price_ticks", "<i8"),
    ("quantity_lots", "<i8"),  # total, including what is filled
    ("instrument", "<u4"),
    ("side", "u1"),
    ("kept_priority", "u1"),
)
BALANCE = _event(  # deposits, withdrawals, both ends of a transfer; of a split the old asset, then the new one
    ("account", "<u8"),
    ("available_delta", AMOUNT),
    ("available", AMOUNT),  # after
    ("asset", "<u4"),
    ("command_kind", "u1"),
)
LEVEL = _event(
    ("price_ticks", "<i8"),
    ("total_lots", "<i8"),  # after the command; 0: the level is gone
    ("orders", "<u4"),
    ("instrument", "<u4"),
    ("side", "u1"),
)
CONFIG = _event(("command_kind", "u1"))
TIMER = _event(("account", "<u8"), ("deadline_ns", "<i8"), ("tag", "S16"))
CANCELED_ALL = _event(("account", "<u8"), ("orders", "<u4"))

EVENT_LAYOUTS: dict[EventKind, np.dtype[np.void]] = {
    EventKind.ACCEPTED: ACCEPTED,
    EventKind.REFUSED: REFUSED,
    EventKind.RESTING: RESTING,
    EventKind.FILL: FILL,
    EventKind.CANCELED: CANCELED,
    EventKind.AMENDED: AMENDED,
    EventKind.BALANCE: BALANCE,
    EventKind.LEVEL: LEVEL,
    EventKind.CONFIG: CONFIG,
    EventKind.TIMER: TIMER,
    EventKind.CANCELED_ALL: CANCELED_ALL,
    EventKind.FILL_SIDE: FILL_SIDE,
}


def amount(words: Any) -> int:
    """One AMOUNT as a Python integer."""
    return int(words["high"]) << 64 | int(words["low"])


def words(units: int) -> tuple[int, int]:
    """A Python integer as the two words (low, high) of an AMOUNT."""
    return units & 0xFFFF_FFFF_FFFF_FFFF, units >> 64


def amounts(column: NDArray[np.void]) -> list[int]:
    """A column of AMOUNT as Python integers."""
    return [high << 64 | low for low, high in zip(column["low"].tolist(), column["high"].tolist(), strict=True)]


def refusal_of(events: Records) -> Refusal | None:
    """Why a command was refused, of the events that it caused; None when it was carried out."""
    refused = events[events["kind"] == EventKind.REFUSED]
    return Refusal(int(refused["reason"][0])) if len(refused) else None


def commands(kind: CommandKind, count: int = 1) -> Records:
    """`count` zeroed commands of one kind in that kind's layout, ready to be filled in."""
    records = np.zeros(count, COMMAND_LAYOUTS[kind])
    records["kind"] = kind
    return records


class Batch(NamedTuple):
    """What the core made durable together: numbered commands and every event that followed from them."""

    commands: Records  # COMMAND, contiguous sequences
    events: Records  # EVENT, ordered by (sequence, index)

    @property
    def first(self) -> int:
        return int(self.commands["sequence"][0])

    @property
    def last(self) -> int:
        return int(self.commands["sequence"][-1])


def causes(batch: Batch, events: Records, kind: CommandKind) -> Records:
    """The commands of one kind that caused these events of a batch, one for each, in that kind's layout."""
    chosen: Records = batch.commands[(events["sequence"] - batch.first).astype(np.int64)]
    return chosen.view(COMMAND_LAYOUTS[kind])


def without_known(batch: Batch, position: int) -> Batch:
    """The part of a batch behind a position; the batch itself when all of it is."""
    if batch.first > position:
        return batch
    return Batch(
        batch.commands[batch.commands["sequence"] > position], batch.events[batch.events["sequence"] > position]
    )


def as_commands(*parts: Records) -> Records:
    """Command arrays of any kinds as one array of COMMAND, in the order given."""
    return np.concatenate([part.view(COMMAND) for part in parts])


def of_kind(events: Records, kind: EventKind) -> Records:
    """The events of one kind, in that kind's layout; a copy, in order."""
    chosen: Records = events[events["kind"] == kind].view(EVENT_LAYOUTS[kind])
    return chosen
