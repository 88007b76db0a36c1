"""The flows that engines are measured on: each from one seed, the same operations for us and for a peer.

    single    one instrument; 51 % orders near a wandering price, 44 % cancels, 5 % immediate-or-cancel; 5,000 resting
    multi100  the same over 100 instruments by Zipf's law, 100,000 accounts, 50,000 resting
    sweep     1,000 levels in random order, then one order takes them all; again and again
    onelevel  20,000 orders at one price, canceled in random order; again and again
    deep      a million resting orders, then orders and cancels among them
    crash     the price halves while takers sell into the book, then walks 13,000 to 3,300 and back

Makers and takers are different persons, so that nobody meets an order of its own.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from commonbook._engine import Engine
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.records import (
    EVENT,
    Attribution,
    Channel,
    CommandKind,
    EventKind,
    FillRole,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    of_kind,
)

MAKERS_OF_SINGLE, RESTING = 500, 5_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One step: a new order, an immediate-or-cancel order, or (`side` None) a cancel of `order`."""

    order: int
    side: Side | None = None
    quantity: int = 0
    price: int = 0
    immediate: bool = False
    book: int = 1


@dataclass(slots=True)
class Flow:
    """`setup` and `warm_steps` prepare books; `steps` are what is measured, `operations` the same for a peer."""

    name: str
    setup: Records
    warm: list[Operation] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    steps: Records = field(default_factory=lambda: commands(CommandKind.TIME, 0))
    warm_steps: Records = field(default_factory=lambda: commands(CommandKind.TIME, 0))


def single(seed: int, operations: int) -> Flow:
    """One busy book."""
    return played("single", seed, operations, books=1, accounts=2 * MAKERS_OF_SINGLE, resting=RESTING)


def multi100(seed: int, operations: int) -> Flow:
    """A hundred books, the first the busiest."""
    return played("multi100", seed, operations, books=100, accounts=100_000, resting=50_000)


def crash(seed: int, operations: int) -> Flow:
    """The price halves in the first half of the flow, and walks 13,000 to 3,300 and back in the second."""

    def middle(done: float) -> int:
        if done < 0.5:
            return round(100_000 * (1 - done))
        part = (done - 0.5) * 2
        return round(50_000 * (1 - 0.746 * (1 - abs(2 * part - 1))))

    return played("crash", seed, operations, 1, 2 * MAKERS_OF_SINGLE, RESTING, middle, takes=0.15)


def played(
    name: str,
    seed: int,
    operations: int,
    books: int,
    accounts: int,
    resting: int,
    middle: Callable[[float], int] | None = None,
    takes: float = 0.05,
) -> Flow:
    """A flow made by playing it, so that each cancel names a live order."""
    flow = Flow(name, venue(books, accounts))
    player = _Player(seed, flow.setup, books, accounts, resting, middle, takes)
    flow.warm = [player.add() for _ in range(resting)]
    flow.operations = [player.step(number / operations) for number in range(operations)]
    made = np.concatenate(player.made)
    flow.warm_steps, flow.steps = made[:resting], made[resting:]
    return flow


class _Player:
    def __init__(
        self,
        seed: int,
        setup: Records,
        books: int,
        accounts: int,
        resting: int,
        middle: Callable[[float], int] | None,
        takes: float,
    ) -> None:
        self.random = random.Random(seed)
        self.engine = Engine()
        self.engine.apply(setup.tobytes())
        self.sequence = len(setup)
        self.resting, self.middle, self.takes = resting, middle, takes
        self.middles = [100_000] * books
        self.weights = [1 / (1 + book) for book in range(books)]
        self.accounts_each = accounts // books
        self.live: list[int] = []
        self.places: dict[int, int] = {}  # order -> its place in `live`
        self.owners: dict[int, tuple[int, int]] = {}  # order -> account, book
        self.made: list[Records] = []

    def step(self, done: float) -> Operation:
        if self.middle is not None:
            self.middles[0] = self.middle(done)
        draw = self.random.random()
        if draw < self.takes:
            return self.take()
        if not self.live:
            return self.add()  # the takers have emptied the book
        busy = len(self.live) > self.resting
        return self.cancel() if draw < self.takes + (0.48 if busy else 0.40) else self.add()

    def add(self) -> Operation:
        book = self._book()
        if self.middle is None:
            self.middles[book] += self.random.choice((-1, 0, 0, 1))
        middle = self.middles[book]
        side = self.random.choice((Side.BUY, Side.SELL))
        bids, asks = self.engine.depth(book + 1, 1)
        distance = 1 + int(self.random.expovariate(0.02))
        if side == Side.BUY:
            price = min(middle - distance, asks[0][0] - 1 if asks else middle)
        else:
            price = max(middle + distance, bids[0][0] + 1 if bids else middle)
        order = self._order(book, side, self.random.randrange(1, 101), max(price, 1), OrderType.LIMIT, maker=True)
        self.places[order.order] = len(self.live)
        self.live.append(order.order)
        return order

    def take(self) -> Operation:
        book = self._book()
        bids, asks = self.engine.depth(book + 1, 1)
        if not bids or not asks:
            return self.add()
        falling = self.middle is not None and self.middles[0] < bids[0][0]
        side = Side.SELL if falling else self.random.choice((Side.BUY, Side.SELL))
        price = asks[0][0] + 5 if side == Side.BUY else max(1, bids[0][0] - (500 if falling else 5))
        quantity = self.random.randrange(1, 3_001 if falling else 151)
        return self._order(book, side, quantity, price, OrderType.IOC, maker=False)

    def cancel(self) -> Operation:
        order = self.random.choice(self.live)
        account, book = self.owners[order]
        command = commands(CommandKind.CANCEL)
        command["account"], command["instrument"], command["order"] = account, book + 1, order
        self._apply(command)
        self._gone(order)
        return Operation(order, book=book + 1)

    def _book(self) -> int:
        if len(self.weights) == 1:
            return 0
        return self.random.choices(range(len(self.weights)), self.weights)[0]

    def _order(self, book: int, side: Side, quantity: int, price: int, kind: OrderType, maker: bool) -> Operation:
        half = self.accounts_each // 2
        account = FIRST_ACCOUNT + book * self.accounts_each + self.random.randrange(half) + (0 if maker else half)
        command = commands(CommandKind.ORDER)
        command["account"], command["instrument"], command["side"] = account, book + 1, side
        command["order_type"], command["channel"], command["attribution"] = kind, Channel.API, Attribution.NO_TAG
        command["price_ticks"], command["quantity_lots"] = price, quantity
        order = self._apply(command)
        self.owners[order] = account, book
        return Operation(order, side, quantity, price, kind == OrderType.IOC, book + 1)

    def _apply(self, command: Records) -> int:
        self.sequence += 1
        command["sequence"] = self.sequence
        events = self.engine.apply(command.tobytes()).view(EVENT)
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


# -- flows that need no playing ---------------------------------------------------------------------------------------


def sweep(seed: int, operations: int, levels: int = 1_000) -> Flow:
    """`levels` orders in random order, then one that takes them all; as often as the operations allow."""
    generator = np.random.default_rng(seed)
    flow = Flow("sweep", venue(1, 1_000))
    first = len(flow.setup) + 1
    rounds = operations // (levels + 1)
    parts = []
    for number in range(rounds):
        at = first + number * (levels + 1)
        orders = _orders(at, generator.permutation(levels) + 100_000, Side.SELL, generator, levels)
        taker = _orders(at + levels, np.array([200_000]), Side.BUY, generator, 1, OrderType.IOC)
        taker["quantity_lots"], taker["account"] = orders["quantity_lots"].sum(), FIRST_ACCOUNT + 500
        parts += [orders, taker]
    return _made(flow, parts)


def onelevel(seed: int, operations: int, queue: int = 20_000) -> Flow:
    """A queue at one price, canceled in random order; as often as the operations allow."""
    generator = np.random.default_rng(seed)
    flow = Flow("onelevel", venue(1, 1_000))
    at, parts = len(flow.setup) + 1, []
    for _ in range(max(1, operations // (2 * queue))):
        orders = _orders(at, np.full(queue, 100_000), Side.SELL, generator, queue)
        parts += [orders, _cancels(at + queue, orders[generator.permutation(queue)])]
        at += 2 * queue
    return _made(flow, parts)


def deep(seed: int, operations: int, resting: int = 1_000_000) -> Flow:
    """A book that is deep already; then one order comes and one goes, in turns."""
    generator = np.random.default_rng(seed)
    flow = Flow("deep", venue(1, 1_000))
    at = len(flow.setup) + 1
    warm = _orders(at, 100_000 + generator.integers(0, 20_000, resting), Side.SELL, generator, resting)
    pairs = operations // 2
    orders = _orders(at + resting, 100_000 + generator.integers(0, 20_000, pairs), Side.SELL, generator, pairs)
    orders["sequence"] = at + resting + 2 * np.arange(pairs)
    cancels = _cancels(at + resting, warm[generator.permutation(resting)[:pairs]])
    cancels["sequence"] = orders["sequence"] + 1
    both = as_commands(orders, cancels)
    made = _made(flow, [both[np.argsort(both["sequence"], kind="stable")]])
    made.warm_steps = as_commands(warm)
    made.warm = _operations(made.warm_steps)
    return made


def _orders(
    first: int,
    prices: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    side: Side,
    generator: np.random.Generator,
    count: int,
    kind: OrderType = OrderType.LIMIT,
) -> Records:
    orders = commands(CommandKind.ORDER, count)
    orders["sequence"] = np.arange(first, first + count)
    orders["account"] = FIRST_ACCOUNT + generator.integers(0, 500, count)
    orders["instrument"], orders["side"], orders["order_type"] = 1, side, kind
    orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
    orders["price_ticks"], orders["quantity_lots"] = prices, generator.integers(1, 101, count)
    return orders


def _cancels(first: int, orders: Records) -> Records:
    cancels = commands(CommandKind.CANCEL, len(orders))
    cancels["sequence"] = np.arange(first, first + len(orders))
    cancels["account"], cancels["instrument"], cancels["order"] = orders["account"], 1, orders["sequence"]
    return cancels


def _made(flow: Flow, parts: list[Records]) -> Flow:
    flow.steps = as_commands(*parts)
    flow.operations = _operations(flow.steps)
    return flow


def _operations(steps: Records) -> list[Operation]:
    """The same steps in a peer's words."""
    names = ("kind", "sequence", "side", "quantity_lots", "price_ticks", "order_type")
    orders = steps.view(commands(CommandKind.ORDER, 0).dtype)
    canceled = steps.view(commands(CommandKind.CANCEL, 0).dtype)["order"].tolist()
    rows = zip(*(orders[name].tolist() for name in names), canceled, strict=True)
    return [
        Operation(order)
        if kind == CommandKind.CANCEL
        else Operation(sequence, Side(side), quantity, price, order_type == OrderType.IOC)
        for kind, sequence, side, quantity, price, order_type, order in rows
    ]
