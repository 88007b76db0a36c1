"""Private feeds: an account's orders, fills and balances. Of orders and fills nothing is left out or joined, ever."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import Connection as Database

from commonbook.counter.happenings import Happening, LiveOrders
from commonbook.counter.progress import Row
from commonbook.counter.queries import all_open_orders
from commonbook.gateway.okx_v5 import account as accounts
from commonbook.gateway.okx_v5.codec import Body, fill_signs, milliseconds, order_object
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.codes import NOT_NOW
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Feed, Loaded
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.instrument.fills import Fill, FillSide
from commonbook.instrument.model import BrokerCode, Instrument
from commonbook.records import EventKind

log = structlog.get_logger()

QUIET_S = 0.02  # balances are told at most this often


class _LiveOrders(Loaded[LiveOrders]):
    """Begun with the orders that are live, and told of each event.

    Whoever subscribes is acknowledged once the orders are there: what is sent after the acknowledgement is told.
    """

    def when_ready(self, begin: Callable[[], None]) -> None:
        if self.state is None:
            self.waiting.append(begin)
        else:
            begin()

    def told_before(self) -> int:
        return self.door.touched.get(self.topic.account, 0)

    async def load(self, sequence: int) -> tuple[LiveOrders, int]:
        def query(database: Database) -> LiveOrders:
            return LiveOrders({row["order_id"]: row for row in all_open_orders(database, self.topic.account)})

        return await self.door.read_at(query, sequence)

    def happened(self, happenings: list[Happening], sequence: int) -> None:
        self.when_loaded(sequence, lambda: self._take(happenings))

    def _take(self, happenings: list[Happening]) -> None:
        for one in happenings:
            if not self.is_news(one.sequence):
                continue
            row = self.state.apply(one) if self.state is not None else None
            if row is not None and self.topic.instrument in (0, row["instrument"]):
                self.tell(row, one, self.door.venue.instruments[row["instrument"]])

    @abstractmethod
    def tell(self, row: Row, one: Happening, instrument: Instrument) -> None: ...


class Orders(_LiveOrders):
    """A push for each event of each order, in engine order: live, each fill, amended, canceled."""

    def tell(self, row: Row, one: Happening, instrument: Instrument) -> None:
        self.send(frames.push(self.arg, [order_push(row, one, instrument, self.door.venue.codes)]))


class Fills(_LiveOrders):
    """A push for each fill of the account."""

    def tell(self, row: Row, one: Happening, instrument: Instrument) -> None:
        if one.fill is not None and one.side is not None:
            self.send(frames.push(self.arg, [fill_push(row, one.fill, one.side)]))


def order_push(row: Row, one: Happening, instrument: Instrument, codes: Mapping[int, BrokerCode]) -> Body:
    """An order, and beside what it is the one fill or change that this push is about."""
    content = order_object(row, instrument, codes)
    blank = {"fillPx": "", "fillSz": "0", "tradeId": "", "fillTime": "", "execType": "", "fillFee": "0"}
    blank |= {"fillFeeCcy": "", "fillNotionalUsd": "", "amendResult": "", "reqId": ""}
    content |= blank
    if one.fill is not None and one.side is not None:
        content |= {
            "fillPx": instrument.format_price(one.fill.price_ticks),
            "fillSz": instrument.format_quantity(one.fill.quantity_lots),
            "tradeId": str(one.fill.trade),
            "fillTime": milliseconds(one.fill.time_ns),
            **fill_signs(one.side, instrument),
        }
    elif one.kind is EventKind.AMENDED:
        content["amendResult"] = "0"
    return content | {
        "avgPx": content["avgPx"] or "0",
        "fillPnl": "0",
        "fillPxUsd": "",
        "fillPxVol": "",
        "fillFwdPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillIdxPx": "",
        "notionalUsd": "",
        "lastPx": "",
        "amendSource": "",
        "code": "0",
        "msg": "",
    }


def fill_push(row: Row, fill: Fill, side: FillSide) -> Body:
    instrument = fill.instrument
    return {
        "instId": instrument.name,
        "fillSz": instrument.format_quantity(fill.quantity_lots),
        "fillPx": instrument.format_price(fill.price_ticks),
        "side": "buy" if side is fill.buyer else "sell",
        "ts": milliseconds(fill.time_ns),
        "ordId": str(side.order),
        "clOrdId": row["client_id"],
        "tradeId": str(fill.trade),
        "execType": fill_signs(side, instrument)["execType"],
        "count": "1",
    }


class _Balances(Feed, ABC):
    """Something that is told whole, from what the engine has now; what happens meanwhile is told together."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self._moved: list[Happening] = []
        self._newcomers: list[Connection] = []
        self._telling: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        super().add(connection)
        self._newcomers.append(connection)
        self._begin()

    def happened(self, happenings: list[Happening], sequence: int) -> None:
        self._moved += happenings
        self._begin()

    def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    def _begin(self) -> None:
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        while True:
            moved, self._moved = self._moved, []
            newcomers, self._newcomers = self._newcomers, []
            if not moved and not newcomers:
                return
            try:
                await self._tell_once(newcomers, moved)
            except Exception as failed:  # whatever it is: who listens is told, and may come again
                log.warning("websocket.not_told", topic=self.topic, why=str(failed))
                for connection in list(self.listeners):
                    connection.close(NOT_NOW, "The service is not available; try again later")
                return
            await asyncio.sleep(QUIET_S)

    @abstractmethod
    async def _tell_once(self, newcomers: list[Connection], moved: list[Happening]) -> None: ...

    async def now(self) -> Body:
        call = Call({"ccy": self.topic.detail}, None, None, None, time.time_ns() // 1_000_000, "", self.topic.account)
        return (await accounts.balance(self.door, call))[0]


class Account(_Balances):
    """The account's balances: at the subscription, and when anything has moved."""

    async def _tell_once(self, newcomers: list[Connection], moved: list[Happening]) -> None:
        content = frames.push(self.arg, [await self.now()])
        for connection in list(self.listeners) if moved else newcomers:
            connection.send(content)


class BalanceAndPosition(_Balances):
    """The cash of what has moved, and by which trades."""

    async def _tell_once(self, newcomers: list[Connection], moved: list[Happening]) -> None:
        told = await self.now()
        if newcomers:
            whole = frames.push(self.arg, [_balance_and_position("snapshot", told["details"], [])])
            for connection in newcomers:
                connection.send(whole)
        fills = [one.fill for one in moved if one.fill is not None]
        trades = [{"instId": fill.instrument.name, "tradeId": str(fill.trade)} for fill in fills]
        assets = {asset.name for fill in fills for asset in (fill.instrument.base, fill.instrument.quote)}
        assets |= {self.door.venue.assets[one.asset].name for one in moved if one.kind is EventKind.BALANCE}
        if assets:
            kind = "filled" if fills else "transferred"
            rows = [row for row in told["details"] if row["ccy"] in assets]
            self.send(frames.push(self.arg, [_balance_and_position(kind, rows, trades)]))


def _balance_and_position(kind: str, rows: list[Body], trades: list[Body]) -> Body:
    return {
        "pTime": str(time.time_ns() // 1_000_000),
        "eventType": kind,
        "balData": [{name: row[name] for name in ("ccy", "cashBal", "uTime")} for row in rows],
        "posData": [],
        "trades": trades,
    }


class Positions(Feed):
    """A spot account has none; who subscribes is told so."""

    def add(self, connection: Connection) -> None:
        super().add(connection)
        connection.send(frames.push(self.arg, []))
