"""Public feeds beside the books: trades, tickers, instruments, price limits."""

import time
from itertools import groupby

from sqlalchemy import Connection as Database

from commonbook.brand.schedules import LEVELS
from commonbook.gateway.okx_v5.account import level_name, rates_of
from commonbook.gateway.okx_v5.codec import Body, instrument_object, milliseconds
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.public import price_limit_object, ticker_object
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Feed, Loaded
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.instrument.fills import Fill
from commonbook.instrument.model import Instrument
from commonbook.marketdata.day import Day, LastTrade
from commonbook.records import Side


class Trades(Feed):
    """As they come; fills of one taker at one price are one row, with how many they are."""

    def traded(self, fills: list[Fill], sequence: int) -> None:
        met = groupby(fills, key=lambda fill: (fill.sequence, fill.price_ticks))
        self.send(frames.push(self.arg, [trade_row(list(together)) for _, together in met]))


class AllTrades(Feed):
    """One row for each."""

    def traded(self, fills: list[Fill], sequence: int) -> None:
        for fill in fills:
            self.send(frames.push(self.arg, [trade_row([fill])]))


def trade_row(together: list[Fill]) -> Body:
    newest = together[-1]
    instrument = newest.instrument
    return {
        "instId": instrument.name,
        "tradeId": str(newest.trade),
        "px": instrument.format_price(newest.price_ticks),
        "sz": instrument.format_quantity(sum(fill.quantity_lots for fill in together)),
        "side": "buy" if newest.taker.side is Side.BUY else "sell",
        "ts": milliseconds(newest.time_ns),
        "count": str(len(together)),
        "source": "0",
        "seqId": newest.sequence,
    }


class Tickers(Loaded[Day]):
    """When something in it has changed."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._instrument = door.venue.instruments[topic.instrument]
        self._told: Body = {}
        self._is_touched = False

    def told_before(self) -> int:
        return self.door.traded.get(self.topic.instrument, 0)

    async def load(self, sequence: int) -> tuple[Day, int]:
        def query(database: Database) -> Day:
            newest = self.door.market.trade_list(database, self.topic.instrument, 1)
            last = LastTrade(newest[0]["price_ticks"], newest[0]["quantity_lots"]) if newest else None
            return Day(self.door.market.day_minutes(database, self.topic.instrument, time.time_ns()), last)

        return await self.door.read_at(query, sequence)

    def loaded(self) -> None:
        self._is_touched = True
        self.tick(time.time_ns())

    def add(self, connection: Connection) -> None:
        super().add(connection)
        if self.state is not None:
            connection.send(frames.push(self.arg, [self._content(self.state, time.time_ns())]))

    def traded(self, fills: list[Fill], sequence: int) -> None:
        self.when_loaded(sequence, lambda: self._take(fills))

    def _take(self, fills: list[Fill]) -> None:
        for fill in fills:
            if self.state is not None and self.is_news(fill.sequence):
                self.state.add(fill.time_ns, fill.price_ticks, fill.quantity_lots, fill.notional)
        self._is_touched = True

    def touched(self) -> None:
        self._is_touched = True

    def tick(self, now_ns: int) -> None:
        if self.state is None or not self._is_touched:
            return
        self._is_touched = False
        content = self._content(self.state, now_ns)
        if content | {"ts": ""} != self._told:
            self._told = content | {"ts": ""}
            self.send(frames.push(self.arg, [content]))

    def _content(self, day: Day, now_ns: int) -> Body:
        return ticker_object(self._instrument, day.figures(now_ns), self.door.book(self._instrument.id), now_ns)


class Instruments(Feed):
    """All of the type to begin with, then each that has changed."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._told = self._now()

    def _now(self) -> dict[int, Body]:
        if self.topic.detail != "SPOT":
            return {}
        venue = self.door.listed_by(self.topic.brand)
        brand = self.topic.brand
        return {one.id: instrument_object(one, venue.status_for(brand, one.id)) for one in venue.instruments.values()}

    def add(self, connection: Connection) -> None:
        super().add(connection)
        if self._told:
            connection.send(frames.push(self.arg, list(self._told.values())))

    def configured(self) -> None:
        before, self._told = self._told, self._now()
        changed = [content for number, content in self._told.items() if before.get(number) != content]
        if changed:
            self.send(frames.push(self.arg, changed))


class Brand(Feed):
    """What a brand is made of: its version and its fees, to begin with and when either has changed."""

    every = 50

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._told = self._now()

    def _now(self) -> Body:
        newest = self.door.hosts.snapshot.versions.get(self.topic.brand)
        return {"version": str(newest.version if newest is not None else 0), "fees": self._fees()}

    def _fees(self) -> list[Body]:
        """A level that is not named has the rates of the next lower one (F-3)."""
        levels = ((level, self.door.venue.schedules.get((self.topic.brand, level))) for level in range(LEVELS))
        return [{"level": level_name(level), **rates_of(rates)} for level, rates in levels if rates is not None]

    def add(self, connection: Connection) -> None:
        super().add(connection)
        if self.topic.brand:
            connection.send(self._content(time.time_ns()))

    def configured(self) -> None:
        self._tell_changes()

    def tick(self, now_ns: int) -> None:
        """A new version is no command: the gateway finds it in the database (BR-8)."""
        newest = self.door.hosts.snapshot.versions.get(self.topic.brand)
        if newest is not None and str(newest.version) != self._told["version"]:
            self._tell_changes()

    def _tell_changes(self) -> None:
        before, self._told = self._told, self._now()
        if self._told != before and self.topic.brand:
            self.send(self._content(time.time_ns()))

    def _content(self, now_ns: int) -> bytes:
        return frames.push(self.arg, [self._told | {"ts": milliseconds(now_ns)}])


class PriceLimits(Feed):
    """When the limits have moved."""

    every = 20

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._instrument: Instrument = door.venue.instruments[topic.instrument]
        self._told = door.venue.price_band(topic.instrument)

    def add(self, connection: Connection) -> None:
        super().add(connection)
        connection.send(self._content(time.time_ns()))

    def tick(self, now_ns: int) -> None:
        band = self.door.venue.price_band(self._instrument.id)
        if band != self._told:
            self._told = band
            self.send(self._content(now_ns))

    def _content(self, now_ns: int) -> bytes:
        return frames.push(self.arg, [price_limit_object(self._instrument, self._told, now_ns)])
