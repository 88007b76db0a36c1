"""The public book by price level, kept up by LEVEL events from a depth on."""

from bisect import insort
from collections.abc import Iterable

from commonbook.records import Batch, EventKind, Side, of_kind

Level = tuple[int, int, int]  # price_ticks, lots, orders


class PublicBook:
    """Both sides of one instrument. `sequence` is the newest command it includes."""

    def __init__(self, sequence: int, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        self.sequence = sequence
        self._levels: dict[Side, dict[int, tuple[int, int]]] = {
            Side.BUY: {price: (lots, orders) for price, lots, orders in bids},
            Side.SELL: {price: (lots, orders) for price, lots, orders in asks},
        }
        self._prices = {side: sorted(levels) for side, levels in self._levels.items()}

    def change(self, side: Side, price: int, lots: int, orders: int) -> None:
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
    """The books of all instruments, fed by batches."""

    def __init__(self) -> None:
        self.books: dict[int, PublicBook] = {}

    def begin(self, instrument: int, sequence: int, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """A depth as of a sequence; later batches change it."""
        self.books[instrument] = PublicBook(sequence, bids, asks)

    def apply(self, batch: Batch) -> None:
        rows = of_kind(batch.events, EventKind.LEVEL)
        names = ("sequence", "instrument", "side", "price_ticks", "total_lots", "orders")
        for sequence, instrument, side, price, lots, orders in zip(*(rows[n].tolist() for n in names), strict=True):
            book = self.books.get(instrument)
            if book is None:
                book = self.books[instrument] = PublicBook(0, (), ())
            if sequence > book.sequence:
                book.change(Side(side), price, lots, orders)
        for book in self.books.values():
            book.sequence = max(book.sequence, batch.last)
