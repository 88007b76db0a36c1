"""The flow `single`: a busy book from one seed, the same operations for us and for a peer that knows only a book.

51 % new orders near a wandering price, 44 % cancels of live orders, 5 % marketable immediate-or-cancel orders; about
5,000 resting orders of 500 makers, taken by 500 others, so that no person meets an order of its own.
"""

import random
from dataclasses import dataclass, field

import numpy as np

from commonbook._engine import Engine
from commonbook.records import (
    EVENT,
    Attribution,
    Channel,
    CommandKind,
    EventKind,
    FeeScope,
    FillRole,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    of_kind,
    words,
)

MAKERS = range(1_000, 1_500)
TAKERS = range(1_500, 2_000)
RESTING = 5_000
INSTRUMENT = 1
FUNDS = 10**30


@dataclass(frozen=True, slots=True)
class Operation:
    """One step: a new order, an immediate-or-cancel order, or (`side` None) a cancel of `order`."""

    order: int
    side: Side | None = None
    quantity: int = 0
    price: int = 0
    immediate: bool = False


@dataclass(slots=True)
class Flow:
    """`setup` and `warm` prepare a book; `steps` are what is measured, `operations` the same for a peer."""

    setup: Records
    warm: list[Operation] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    steps: Records = field(default_factory=lambda: commands(CommandKind.TIME, 0))
    warm_steps: Records = field(default_factory=lambda: commands(CommandKind.TIME, 0))


def single(seed: int, operations: int) -> Flow:
    """The flow of one seed. Made by playing it, so that each cancel names a live order."""
    flow = Flow(_venue())
    player = _Player(seed, flow.setup)
    flow.warm = [player.add() for _ in range(RESTING)]
    flow.operations = [player.step() for _ in range(operations)]
    made = np.concatenate(player.made)
    flow.warm_steps, flow.steps = made[:RESTING], made[RESTING:]
    return flow


class _Player:
    def __init__(self, seed: int, setup: Records) -> None:
        self.random = random.Random(seed)
        self.engine = Engine()
        self.engine.apply(setup.tobytes())
        self.sequence = len(setup)
        self.middle = 100_000
        self.live: list[int] = []
        self.places: dict[int, int] = {}  # order -> its place in `live`
        self.owners: dict[int, int] = {}
        self.made: list[Records] = []

    def step(self) -> Operation:
        draw = self.random.random()
        if draw < 0.05:
            return self.take()
        busy = len(self.live) > RESTING
        return self.cancel() if draw < (0.53 if busy else 0.45) else self.add()

    def add(self) -> Operation:
        self.middle += self.random.choice((-1, 0, 0, 1))
        side = self.random.choice((Side.BUY, Side.SELL))
        bids, asks = self.engine.depth(INSTRUMENT, 1)
        distance = 1 + int(self.random.expovariate(0.02))
        if side == Side.BUY:
            price = min(self.middle - distance, asks[0][0] - 1 if asks else self.middle)
        else:
            price = max(self.middle + distance, bids[0][0] + 1 if bids else self.middle)
        order = self._order(side, self.random.randrange(1, 101), price, OrderType.LIMIT, self.random.choice(MAKERS))
        self.places[order.order] = len(self.live)
        self.live.append(order.order)
        return order

    def take(self) -> Operation:
        side = self.random.choice((Side.BUY, Side.SELL))
        bids, asks = self.engine.depth(INSTRUMENT, 1)
        price = asks[0][0] + 5 if side == Side.BUY else bids[0][0] - 5
        return self._order(side, self.random.randrange(1, 151), price, OrderType.IOC, self.random.choice(TAKERS))

    def cancel(self) -> Operation:
        order = self.random.choice(self.live)
        command = commands(CommandKind.CANCEL)
        command["account"], command["instrument"], command["order"] = self.owners[order], INSTRUMENT, order
        self._apply(command)
        self._gone(order)
        return Operation(order)

    def _order(self, side: Side, quantity: int, price: int, kind: OrderType, account: int) -> Operation:
        command = commands(CommandKind.ORDER)
        command["account"], command["instrument"], command["side"] = account, INSTRUMENT, side
        command["order_type"], command["channel"], command["attribution"] = kind, Channel.API, Attribution.NO_TAG
        command["price_ticks"], command["quantity_lots"] = price, quantity
        order = self._apply(command)
        self.owners[order] = account
        return Operation(order, side, quantity, price, immediate=kind == OrderType.IOC)

    def _apply(self, command: Records) -> int:
        self.sequence += 1
        command["sequence"] = self.sequence
        events = np.frombuffer(self.engine.apply(command.tobytes()), EVENT)
        if (events["kind"] == EventKind.REFUSED).any():
            raise RuntimeError(f"the flow's command {self.sequence} was refused, reason {events['reason'][0]}")
        for side in of_kind(events, EventKind.FILL_SIDE):
            if side["role"] == FillRole.MAKER and side["complete"]:
                self._gone(int(side["order"]))
        self.made.append(as_commands(command))
        return self.sequence

    def _gone(self, order: int) -> None:
        place, last = self.places.pop(order), self.live.pop()
        if last != order:
            self.live[place] = last
            self.places[last] = place


def _venue() -> Records:
    """Two assets, one instrument, one brand with fees of 8 and 10 basis points, and everyone's funds."""
    assets = commands(CommandKind.ASSET, 2)
    assets["asset"], assets["scale"], assets["name"] = [1, 2], [8, 8], [b"USDT", b"BTC"]
    instrument = commands(CommandKind.INSTRUMENT)
    instrument["instrument"], instrument["base_asset"], instrument["quote_asset"] = INSTRUMENT, 2, 1
    instrument["tick_mantissa"], instrument["tick_scale"] = 1, 1
    instrument["lot_mantissa"], instrument["lot_scale"] = 1, 5
    instrument["minimum_lots"], instrument["name"] = 1, b"BTC-USDT"
    brand = commands(CommandKind.BRAND)
    brand["brand"], brand["name"] = 1, b"aurora"
    fees = commands(CommandKind.FEES)
    fees["scope"], fees["brand"], fees["maker_rate_e8"], fees["taker_rate_e8"] = FeeScope.BRAND, 1, 80_000, 100_000
    ids = [*MAKERS, *TAKERS]
    accounts = commands(CommandKind.ACCOUNT, len(ids))
    accounts["account"], accounts["person"], accounts["brand"] = ids, ids, 1
    funds = commands(CommandKind.DEPOSIT, 2 * len(ids))
    funds["account"], funds["asset"] = ids * 2, [1] * len(ids) + [2] * len(ids)
    funds["amount"] = np.array([words(FUNDS)] * len(funds), funds.dtype["amount"])
    funds["key"] = [b"fund-%d" % number for number in range(len(funds))]
    setup = as_commands(assets, instrument, brand, fees, accounts, funds)
    setup["sequence"] = np.arange(1, len(setup) + 1)
    return setup
