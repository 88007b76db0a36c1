"""Books that stay as large as they are while orders come and go: for asking what size costs, and for nothing else.

Of ten steps four are cancels of any resting order, four put another in its place, one offers below all others and one
takes just that. So what rests is known without playing, and any length is made at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.bench.flow import Flow
from commonbook.bench.venue import FIRST_ACCOUNT, FUNDS, QUOTE, listing
from commonbook.records import (
    COMMAND,
    Attribution,
    Channel,
    CommandKind,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    words,
)

CHUNK = 100_000  # accounts that are opened together
BEST = 100_000  # ticks; what rests is above
LEVELS = 2_000
CYCLE = 10

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Size:
    """Accounts are shared out among the books evenly; every other one sells, the rest buy."""

    books: int
    accounts: int
    resting: int

    @property
    def setup(self) -> int:
        """Commands before the first order."""
        return 3 + 2 * self.books + 2 * self.accounts


def opening(size: Size) -> Iterator[Records]:
    """The venue, then all accounts with their funds, in parts."""
    venue = listing(size.books)
    yield venue
    for start in range(0, size.accounts, CHUNK):
        people = accounts_from(size, start, min(CHUNK, size.accounts - start))
        people["sequence"] = len(venue) + 2 * start + 1 + np.arange(len(people))
        yield people


def flow(size: Size, seed: int, count: int) -> Flow:
    """All of it as one flow, for sizes that fit into memory as commands."""
    before = resting(size, seed)
    opened = np.concatenate(list(opening(size)))
    return Flow("steady", opened, steps=steps(size, seed, count, before), warm_steps=as_commands(before))


def accounts_from(size: Size, start: int, count: int) -> Records:
    """Accounts by their place, each followed by its deposit."""
    places = np.arange(start, start + count)
    people = commands(CommandKind.ACCOUNT, count)
    people["account"] = people["person"] = FIRST_ACCOUNT + places
    people["brand"] = 1
    funds = commands(CommandKind.DEPOSIT, count)
    funds["account"] = FIRST_ACCOUNT + places
    book = np.minimum(places // (size.accounts // size.books), size.books - 1)
    funds["asset"] = np.where(places % 2 == 0, 2 + book, QUOTE)
    funds["amount"]["low"], funds["amount"]["high"] = words(FUNDS)
    funds["key"] = np.char.add(b"fund-", places.astype("S20"))
    both = np.empty(2 * count, COMMAND)
    both[0::2], both[1::2] = as_commands(people), as_commands(funds)
    return both


def resting(size: Size, seed: int) -> Records:
    """The orders that rest when the steps begin."""
    random = np.random.default_rng(seed)
    book = random.integers(0, size.books, size.resting)
    prices = BEST + 1 + random.integers(0, LEVELS, size.resting)
    return _orders(size, random, book, Side.SELL, prices, random.integers(1, 101, size.resting), size.setup + 1)


def orders_of_all(size: Size, seed: int) -> Records:
    """One order of each account: sellers above, buyers below, so that all rest."""
    random = np.random.default_rng(seed)
    places = np.arange(size.accounts)
    sells = places % 2 == 0
    away = random.integers(0, LEVELS, size.accounts)
    orders = commands(CommandKind.ORDER, size.accounts)
    orders["account"], orders["instrument"], orders["order_type"] = FIRST_ACCOUNT + places, 1, OrderType.LIMIT
    orders["side"] = np.where(sells, Side.SELL, Side.BUY)
    orders["price_ticks"] = BEST + np.where(sells, 1 + away, -1 - away)
    orders["quantity_lots"] = random.integers(1, 101, size.accounts)
    orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
    return orders


def steps(size: Size, seed: int, count: int, before: Records) -> Records:
    """So many steps, a multiple of CYCLE, behind the resting orders `before`."""
    random = np.random.default_rng(seed + 1)
    cycles = count // CYCLE
    made = np.empty((cycles, CYCLE), COMMAND)
    first = size.setup + size.resting + 1
    places = first + np.arange(cycles * CYCLE).reshape(cycles, CYCLE)
    slots = random.integers(0, size.resting, 4 * cycles)
    book = before["instrument"].astype(np.int64)[slots] - 1
    prices = BEST + 1 + random.integers(0, LEVELS, 4 * cycles)
    orders = _orders(size, random, book, Side.SELL, prices, random.integers(1, 101, 4 * cycles), 0)
    orders["sequence"] = places[:, 1:8:2].reshape(-1)
    gone = _before(slots, before, orders)
    cancels = commands(CommandKind.CANCEL, 4 * cycles)
    cancels["account"], cancels["order"], cancels["instrument"] = gone["account"], gone["sequence"], book + 1
    made[:, 0:8:2] = as_commands(cancels).reshape(cycles, 4)
    made[:, 1:8:2] = as_commands(orders).reshape(cycles, 4)
    book, lots = random.integers(0, size.books, cycles), random.integers(1, 101, cycles)
    made[:, 8] = as_commands(_orders(size, random, book, Side.SELL, np.full(cycles, BEST), lots, 0))
    taking = _orders(size, random, book, Side.BUY, np.full(cycles, BEST), lots, 0)
    taking["order_type"] = OrderType.IOC
    made[:, 9] = as_commands(taking)
    flat = made.reshape(-1)
    flat["sequence"] = places.reshape(-1)
    return flat


def _before(slots: Numbers, warm: Records, orders: Records) -> Records:
    """What each new order replaces: the one put last into its slot, or the one that rested there at the beginning."""
    by_slot = np.argsort(slots, kind="stable")
    found = warm[slots].copy()
    again = np.flatnonzero(slots[by_slot][1:] == slots[by_slot][:-1])
    found[by_slot[again + 1]] = orders[by_slot[again]]
    return found


def _orders(
    size: Size, random: np.random.Generator, book: Numbers, side: Side, prices: Numbers, lots: Numbers, first: int
) -> Records:
    """One order a row, by any account of its book that may send it."""
    each = size.accounts // size.books
    pairs = random.integers(0, each // 2, len(book))
    orders = commands(CommandKind.ORDER, len(book))
    orders["sequence"] = np.arange(first, first + len(book))
    orders["account"] = FIRST_ACCOUNT + book * each + 2 * pairs + ((book * each) % 2 != (side == Side.BUY))
    orders["instrument"], orders["side"], orders["order_type"] = book + 1, side, OrderType.LIMIT
    orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
    orders["price_ticks"], orders["quantity_lots"] = prices, lots
    return orders
