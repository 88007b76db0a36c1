"""The recorded rows as our commands. The rules, D-1 to D-7, are in docs/concepts/real-market.md.

Rows stay in file order and engine time is the exchange's own stamp (D-1). `changed` is nothing: it is the effect of a
trade (D-2). `deleted` is a cancel, and refused when the order no longer rests (D-4). `created` is a new order (D-5):
post-only (D-6), unless it is the taker of a real trade (D-7). Played on an empty book this gives the exchange's own
tape, trade by trade.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from commonbook.errors import BadInput
from commonbook.records import CANCEL, COMMAND, ORDER, CommandKind, OrderType, Records, Side, SizeIn
from commonbook.simulator.capture import Capture
from commonbook.units import parse_units

LOT_SCALE = 8
CENT_MINOR = 10**6  # a cent in units of 10^-8
NO_LIMIT = 999_999_999  # the price of a market buy in the capture
# D-3: stale orders of the opening snapshot, with no later row but the closing synthetic delete.
STALE = frozenset({"2002347642003458", "2002347646152704"})
MILLISECOND_NS = 1_000_000

# One real trade: buy order, sell order, price in ticks, amount in lots.
TapeRow = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose a recorded order becomes."""

    account: int
    broker: int = 0
    attribution: int = 1
    tag: bytes = b""
    channel: int = 1


SenderOf = Callable[[int, bool], Sender]  # (number of the order in the file, whether it is a taker) -> sender


@dataclass
class Market:
    """The translated market."""

    commands: Records  # COMMAND, shape (n,); sequences not yet given
    capture_ids: dict[bytes, int]  # client id to the capture's order id
    tape: list[TapeRow]
    skipped: int = 0  # bids at price 0 of the opening snapshot
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def tape(capture: Capture) -> list[TapeRow]:
    """The real trades in order."""
    return [
        (int(buy), int(sell), parse_units(price, 0), parse_units(amount, LOT_SCALE))
        for _, _, _, price, amount, buy, sell, _ in capture.trades
    ]


def translate(capture: Capture, sender_of: SenderOf, instrument: int, shift_ms: int = 0, prefix: str = "") -> Market:
    """All rows as commands.

    Args:
        sender_of: gives each order its account and broker.
        instrument: with tick 1 and lot 10^-8.
        shift_ms: added to the exchange's time.
        prefix: put before the capture's id to make the client id.
    """
    budgets = _taker_budgets(capture)
    market = Market(np.zeros(0, COMMAND), {}, tape(capture))
    owners: dict[str, Sender] = {}
    places: list[tuple[int, str, Sender, int]] = []  # milliseconds, capture id, owner, number of its order or -1
    wanted: list[_Wanted] = []
    for capture_id, _, exchange_ms, price_text, volume_text, action, direction in capture.orders:
        market.rows[action] += 1
        if action == "changed" or capture_id in STALE:
            continue
        if action == "deleted":
            known = owners.get(capture_id)
            if known is None:
                market.rows["deleted_only"] += 1
                continue
            places.append((int(exchange_ms), capture_id, known, -1))
        elif action == "created":
            price, lots = _price(price_text), parse_units(volume_text, LOT_SCALE)
            side = Side.BUY if direction == "bid" else Side.SELL
            if side is Side.BUY and price == 0:
                market.skipped += 1
                continue
            owner = owners[capture_id] = sender_of(len(owners), capture_id in budgets)
            places.append((int(exchange_ms), capture_id, owner, len(wanted)))
            wanted.append(_wanted(side, price, lots, budgets.get(capture_id)))
        else:
            raise BadInput(f"action {action!r} of order {capture_id} is not known")
    market.commands = _records(places, wanted, instrument, shift_ms, prefix)
    market.capture_ids = {f"{prefix}{one[1]}".encode(): int(one[1]) for one in places if one[3] >= 0}
    return market


def _taker_budgets(capture: Capture) -> dict[str, int]:
    """For each taker of real trades what they cost together, in units of 10^-8."""
    budgets: dict[str, int] = defaultdict(int)
    for _, _, _, price, amount, buy, sell, side in capture.trades:
        taker = buy if side == "buy" else sell
        budgets[taker] += parse_units(price, 0) * parse_units(amount, LOT_SCALE)
    return dict(budgets)


# side, order type, price in ticks, lots, quote amount, SizeIn
_Wanted = tuple[int, int, int, int, int, int]


def _wanted(side: Side, price: int, lots: int, budget: int | None) -> _Wanted:
    """What a created row asks for; `budget` is None for all but takers of real trades."""
    if budget is None:
        return side, OrderType.POST_ONLY, price, lots, 0, SizeIn.BASE
    if side is Side.SELL and price == 0:
        return side, OrderType.MARKET, 0, lots, 0, SizeIn.BASE
    if side is Side.BUY and price == NO_LIMIT and lots == 0:
        return side, OrderType.MARKET, 0, 0, -(-budget // CENT_MINOR) * CENT_MINOR, SizeIn.QUOTE
    return side, OrderType.LIMIT, price, lots, 0, SizeIn.BASE


def _records(
    places: list[tuple[int, str, Sender, int]], wanted: list[_Wanted], instrument: int, shift_ms: int, prefix: str
) -> Records:
    records = np.zeros(len(places), COMMAND)
    records["time_ns"] = (np.array([one[0] for one in places]) + shift_ms) * MILLISECOND_NS
    number = np.array([one[3] for one in places])
    names = np.array([f"{prefix}{one[1]}".encode() for one in places], "S32")
    accounts = np.array([one[2].account for one in places], np.uint64)

    at = number >= 0
    orders = np.zeros(int(at.sum()), ORDER)
    orders["kind"], orders["instrument"] = CommandKind.ORDER, instrument
    orders["client_id"], orders["account"] = names[at], accounts[at]
    owners = [one[2] for one in places if one[3] >= 0]
    for name in ("broker", "attribution", "tag", "channel"):
        orders[name] = [getattr(owner, name) for owner in owners]
    columns = list(zip(*wanted, strict=True))
    for name, column in zip(("side", "order_type", "price_ticks", "quantity_lots"), columns, strict=False):
        orders[name] = column
    orders["quote_amount"]["low"], orders["size_in"] = columns[4], columns[5]

    cancels = np.zeros(len(places) - len(orders), CANCEL)
    cancels["kind"], cancels["instrument"] = CommandKind.CANCEL, instrument
    cancels["client_id"], cancels["account"] = names[~at], accounts[~at]
    times = records["time_ns"].copy()
    records[at], records[~at] = orders.view(COMMAND), cancels.view(COMMAND)
    records["time_ns"] = times
    return records


@lru_cache(maxsize=100_000)
def _price(text: str) -> int:
    return parse_units(text, 0)
