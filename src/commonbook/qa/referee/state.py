"""What the naive exchange knows: everything, in lists and dictionaries."""

from dataclasses import dataclass
from typing import Any

from commonbook.qa.plain import Command, Event
from commonbook.records import FEE_POOL_ACCOUNT, SUBSIDY_ACCOUNT, EventKind, Refusal

RATE_ONE = 100_000_000
LIMIT = 10**38


@dataclass
class Order:
    """One accepted order, resting or on its way through the book."""

    id: int
    account: int
    person: int
    instrument: int
    side: int
    order_type: int
    self_trade: int
    price: int  # ticks; 0 = a market order without a worst price
    quantity: int  # lots in total, what is filled included; 0 when sized in quote
    remaining: int
    by_quote: bool
    budget: int  # quote units left to spend, when sized in quote
    hold: int
    maker_rate: int
    taker_rate: int
    subsidised: int
    level: int
    brand: int
    broker: int
    channel: int
    attribution: int
    credential: int
    client_id: bytes
    tag: bytes
    arrival: int = 0  # place in the queue of its price; given when it comes to rest


class Refused(Exception):
    """The command changes nothing, for this reason."""

    def __init__(self, reason: Refusal) -> None:
        self.reason = reason


class State:
    """Every list and dictionary, and the events of the command in hand."""

    def __init__(self) -> None:
        self.assets: dict[int, tuple[int, bytes]] = {}  # scale, name
        self.instruments: dict[int, dict[str, Any]] = {}
        self.brands: dict[int, bytes] = {}
        self.accounts: dict[int, dict[str, int]] = {
            FEE_POOL_ACCOUNT: {"person": 0, "brand": 0, "level": 0},
            SUBSIDY_ACCOUNT: {"person": 0, "brand": 0, "level": 0},
        }
        self.codes: dict[int, dict[str, Any]] = {}
        self.floor = (0, 0, 0)  # maker, taker, subsidised
        self.highest_claim = 0
        self.schedules: dict[tuple[int, int], tuple[int, int, int]] = {}  # (brand, level) -> maker, taker, subsidised
        self.overrides: dict[int, tuple[int, int, int]] = {}  # account -> the same
        self.statuses: dict[int, int] = {}  # 0 is the venue
        self.limits: dict[int, Command] = {}  # instrument -> its newest LIMITS command
        self.references: dict[int, tuple[int, int]] = {}  # instrument -> reference and premium, in ticks
        self.kills: set[tuple[int, int]] = set()  # scope, target
        self.closed: set[tuple[int, int]] = set()  # brand, instrument
        self.closed_assets: set[int] = set()
        self.last_orders: dict[tuple[int, int], tuple[tuple[int, ...], int]] = {}  # what it was, until when it counts
        self.last_prices: dict[int, int] = {}  # instrument -> price of its newest trade
        self.available: dict[tuple[int, int], int] = {}
        self.held: dict[tuple[int, int], int] = {}
        self.keys: set[bytes] = set()
        self.resting: list[Order] = []
        self.trades: dict[int, int] = {}  # instrument -> trades so far
        self.timers: dict[tuple[int, bytes], int] = {}
        self.arrivals = 0
        self.events: list[Event] = []
        self.touched: set[tuple[int, int, int]] = set()  # instrument, side, price
        self.sequence = 0
        self.time_ns = 0

    def tell(self, kind: EventKind, reason: int = 0, **fields: Any) -> None:
        event = {"sequence": self.sequence, "index": len(self.events), "kind": int(kind), "reason": int(reason)}
        self.events.append({**event, **fields})


def demand(condition: bool, otherwise: Refusal) -> None:
    """Go on only when the condition holds."""
    if not condition:
        raise Refused(otherwise)
