"""Bars: of trades, and of index prices. The open one when it has changed, and each once more when it closes."""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable

from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.index import index_candle_row, pair_named
from commonbook.gateway.okx_v5.public import candle_row
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Loaded
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.instrument.fills import Fill
from commonbook.instrument.model import IndexPrice
from commonbook.marketdata.bars import BARS
from commonbook.marketdata.history import Candle
from commonbook.marketdata.index import index_candle_list


class _Bars(Loaded[list[Candle]]):
    """The newest bar, if there is one; what makes bars comes as a bar of its own each."""

    def __init__(self, door: Door, topic: Topic, arg: Body, start_of: Callable[[int], int]) -> None:
        super().__init__(door, topic, arg)
        self._start_of = start_of
        self._is_touched = self._is_closed = False

    @abstractmethod
    def row(self, bar: Candle, closed: bool) -> list[str]:
        """A bar as it is told."""

    def loaded(self) -> None:
        if self.state:
            self._tell(self.state[0], time.time_ns())

    def add(self, connection: Connection) -> None:
        super().add(connection)
        if self.state:
            connection.send(self._content(self.state[0], time.time_ns()))

    def take(self, news: Iterable[tuple[int, Candle]]) -> None:
        """Bars of one moment each, with their sequences and the moment as their start, in order."""
        bars = self.state
        if bars is None:
            return
        for sequence, moment in news:
            if not self.is_news(sequence):
                continue
            start, time_ns = self._start_of(moment.start_ns), moment.start_ns
            if bars and bars[0].start_ns == start:
                bars[0].add(moment)
                continue
            if bars and not self._is_closed:
                self._tell(bars[0], time_ns)
            moment.start_ns = start
            bars[:] = [moment]
            self._is_closed = False
        self._is_touched = True

    def tick(self, now_ns: int) -> None:
        """A bar closes by the clock; what belongs to it may still come, and then it is told again."""
        bars = self.state
        if not bars:
            return
        closes = self._start_of(now_ns) > bars[0].start_ns
        if self._is_touched or (closes and not self._is_closed):
            self._tell(bars[0], now_ns)
        self._is_touched, self._is_closed = False, closes

    def _tell(self, bar: Candle, now_ns: int) -> None:
        self.send(self._content(bar, now_ns))

    def _content(self, bar: Candle, now_ns: int) -> bytes:
        return frames.push(self.arg, [self.row(bar, bar.start_ns < self._start_of(now_ns))])


class Candles(_Bars):
    """Of an instrument's trades. `detail` names the bar."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        self._instrument = door.venue.instruments[topic.instrument]
        super().__init__(door, topic, arg, BARS[topic.detail].start)

    def told_before(self) -> int:
        return self.door.traded.get(self.topic.instrument, 0)

    async def load(self, sequence: int) -> tuple[list[Candle], int]:
        return await self.door.read_at(
            lambda database: self.door.market.candle_list(
                database, self.topic.instrument, self.topic.detail, None, None, 1
            ),
            sequence,
        )

    def traded(self, fills: list[Fill], sequence: int) -> None:
        self.when_loaded(sequence, lambda: self.take((fill.sequence, _of_fill(fill)) for fill in fills))

    def row(self, bar: Candle, closed: bool) -> list[str]:
        return candle_row(bar, self._instrument, closed)


class IndexCandles(_Bars):
    """Of an index price. `detail` names the bar."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        self._pair = pair_named(door, topic.index_name)
        super().__init__(door, topic, arg, BARS[topic.detail].start)

    def told_before(self) -> int:
        return self.door.venue.prices[self._pair].sequence

    async def load(self, sequence: int) -> tuple[list[Candle], int]:
        return await self.door.read_at(
            lambda database: index_candle_list(database, self._pair, self.topic.detail, None, None, 1),
            sequence,
        )

    def configured(self) -> None:
        prices = self.door.venue.prices_of_batch(self._pair)
        if prices:
            self.when_loaded(prices[-1].sequence, lambda: self.take((one.sequence, _of_price(one)) for one in prices))

    def row(self, bar: Candle, closed: bool) -> list[str]:
        return index_candle_row(bar, closed)


def _of_fill(fill: Fill) -> Candle:
    price = fill.price_ticks
    return Candle(fill.time_ns, price, price, price, price, fill.quantity_lots, fill.notional)


def _of_price(one: IndexPrice) -> Candle:
    return Candle(one.time_ns, one.price_e8, one.price_e8, one.price_e8, one.price_e8, 0, 0)
