"""The public book by price level, kept up by LEVEL events from a depth on."""

from bisect import insort
from collections.abc import Iterable

import numpy as np

from commonbook.records import Batch, EventKind, Records, Side, of_kind

Level = tuple[int, int, int]  # price_ticks, lots, orders


class PublicBook:
    """Both sides of one instrument. `sequence` is the newest command it includes."""

    def __init__(self, sequence: int, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        self.sequence = sequence
        self._levels: dict[int, dict[int, tuple[int, int]]] = {
            Side.BUY: {price: (lots, orders) for price, lots, orders in bids},
            Side.SELL: {price: (lots, orders) for price, lots, orders in asks},
        }
        self._prices = {side: sorted(levels) for side, levels in self._levels.items()}

    def change(self, side: int, price: int, lots: int, orders: int) -> None:
        levels, prices = self._levels[side], self._prices[side]
        if lots == 0:
            if levels.pop(price, None) is not None:
                prices.remove(price)
            return
        if price not in levels:
            insort(prices, price)
        levels[price] = (lots, orders)

    def depth(self, side: Side, levels: int) -> list[Level]:
        """The best levels, best first."""
        prices = self._prices[side]
        chosen = prices[: -levels - 1 : -1] if side is Side.BUY else prices[:levels]
        return [(price, *self._levels[side][price]) for price in chosen]

    def best(self, side: Side) -> Level | None:
        return next(iter(self.depth(side, 1)), None)


class PublicBooks:
    """The books of all instruments, fed by batches.

    What batches bring is only looked at when somebody asks, or when it has become much: of a level that changed a
    hundred times meanwhile the last change counts.
    """

    def __init__(self) -> None:
        self._books: dict[int, PublicBook] = {}
        self._waiting: list[Records] = []
        self._rows = 0
        self._sequence = 0

    def begin(self, instrument: int, sequence: int, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """A depth as of a sequence; later batches change it."""
        self._books[instrument] = PublicBook(sequence, bids, asks)

    def apply(self, batch: Batch) -> None:
        rows = of_kind(batch.events, EventKind.LEVEL)
        self._sequence = batch.last
        if len(rows):
            self._waiting.append(rows)
            self._rows += len(rows)
            if self._rows > WAITING_MOST:
                self._catch_up()

    def book(self, instrument: int) -> PublicBook:
        """An instrument's book as the newest batch left it."""
        self._catch_up()
        book = self._books.get(instrument)
        if book is None:
            book = self._books[instrument] = PublicBook(0, (), ())
        book.sequence = max(book.sequence, self._sequence)
        return book

    def _catch_up(self) -> None:
        if not self._waiting:
            return
        rows = np.concatenate(self._waiting)[::-1]  # the newest first
        self._waiting, self._rows = [], 0
        names = ("instrument", "side", "price_ticks", "sequence", "total_lots", "orders")
        seen: set[tuple[int, int, int]] = set()
        for instrument, side, price, sequence, lots, orders in zip(*(rows[n].tolist() for n in names), strict=True):
            level = (instrument, side, price)
            if level in seen:
                continue
            seen.add(level)
            book = self._books.get(instrument)
            if book is None:
                book = self._books[instrument] = PublicBook(0, (), ())
            if sequence > book.sequence:
                book.change(side, price, lots, orders)


WAITING_MOST = 10_000  # rows
