"""The table of channels: at which URL each is asked for, what must be said, and the feed that tells it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from commonbook.gateway.okx_v5.codec import Body, instrument_of, text
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.index import pair_named
from commonbook.gateway.okx_v5.public import INSTRUMENT_TYPES, bar_named
from commonbook.gateway.okx_v5.ws.books import Best, BestOne, Changes, FastChanges, FastChanges50
from commonbook.gateway.okx_v5.ws.candles import Candles, IndexCandles
from commonbook.gateway.okx_v5.ws.codes import (
    BAD_ARGS,
    LEVEL_TOO_LOW,
    MOVED_TO_BUSINESS,
    NO_SUCH_CHANNEL,
    NOT_ON_BUSINESS,
)
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.gateway.okx_v5.ws.feed import Feed
from commonbook.gateway.okx_v5.ws.frames import StreamRefused
from commonbook.gateway.okx_v5.ws.index import IndexTickers
from commonbook.gateway.okx_v5.ws.market import AllTrades, Instruments, PriceLimits, Tickers, Trades
from commonbook.gateway.okx_v5.ws.private import Account, BalanceAndPosition, Fills, Orders, Positions
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.settings import StreamSettings

SPOT_OR_ANY = ("SPOT", "ANY")
Asked = Callable[[Door, Body], Topic]  # what an arg asks for; raises Refused


@dataclass(frozen=True, slots=True)
class Channel:
    url: Url
    asked: Asked
    feed: type[Feed]
    private: bool = False
    needs_level: bool = False  # of VIP: books that are told each 10 ms
    detail: str = ""  # the name of a topic's detail in an arg

    def feed_of(self, topic: Topic) -> type[Feed]:
        """Of a type that is not listed there is nothing to tell."""
        listed = self.detail != "instType" or topic.detail in SPOT_OR_ANY
        return self.feed if listed else Feed

    def arg(self, door: Door, topic: Topic) -> Body:
        """The arg that pushes carry, whoever asked and however it was spelled."""
        said = {"channel": topic.channel}
        if self.detail and topic.detail:
            said[self.detail] = topic.detail
        if topic.instrument:
            said["instId"] = door.venue.instruments[topic.instrument].name
        if topic.index_name:
            said["instId"] = topic.index_name
        return said | ({"uid": str(topic.account)} if topic.account else {})


def _nothing(door: Door, arg: Body) -> Topic:
    return Topic(text(arg, "channel"))


def _one_instrument(door: Door, arg: Body) -> Topic:
    return Topic(text(arg, "channel"), instrument=instrument_of(arg, door.venue).id)


def _one_type(door: Door, arg: Body) -> Topic:
    return Topic(text(arg, "channel"), detail=_type_of(arg, ()))


def _some_orders(door: Door, arg: Body) -> Topic:
    """Of an instrument, or of all; of a type that is not listed there is nothing to tell."""
    kind = _type_of(arg, ("ANY",))
    instrument = instrument_of(arg, door.venue).id if text(arg, "instId") or text(arg, "instIdCode") else 0
    return Topic(text(arg, "channel"), instrument=instrument, detail=kind)


def _maybe_instrument(door: Door, arg: Body) -> Topic:
    instrument = instrument_of(arg, door.venue).id if text(arg, "instId") or text(arg, "instIdCode") else 0
    return Topic(text(arg, "channel"), instrument=instrument)


def _maybe_currency(door: Door, arg: Body) -> Topic:
    return Topic(text(arg, "channel"), detail=text(arg, "ccy"))


def _type_of(arg: Body, more: tuple[str, ...]) -> str:
    kind = text(arg, "instType")
    if kind not in INSTRUMENT_TYPES and kind not in more:
        raise StreamRefused(BAD_ARGS, "instType")
    return kind


def _bar(door: Door, arg: Body) -> Topic:
    bar = bar_named(text(arg, "channel").removeprefix("candle"))
    return Topic(text(arg, "channel"), instrument=instrument_of(arg, door.venue).id, detail=bar)


def _index(door: Door, arg: Body) -> Topic:
    return Topic(text(arg, "channel"), index_name=_index_named(door, arg))


def _index_bar(door: Door, arg: Body) -> Topic:
    bar = bar_named(text(arg, "channel").removeprefix("index-candle"))
    return Topic(text(arg, "channel"), detail=bar, index_name=_index_named(door, arg))


def _index_named(door: Door, arg: Body) -> str:
    name = text(arg, "instId")
    pair_named(door, name)
    return name


def _not_listed(door: Door, arg: Body) -> Topic:
    """Of contracts: whatever is named, there is nothing to tell, and all who ask share that."""
    if not any(text(arg, name) for name in ("instId", "instType", "instFamily", "uly")):
        raise StreamRefused(BAD_ARGS, "instId")
    return Topic(text(arg, "channel"))


def _bar_not_listed(door: Door, arg: Body) -> Topic:
    bar_named(text(arg, "channel").removeprefix("mark-price-candle"))
    return _not_listed(door, arg)


PUBLIC, PRIVATE, BUSINESS = Url.PUBLIC, Url.PRIVATE, Url.BUSINESS
CHANNELS: dict[str, Channel] = {
    "tickers": Channel(PUBLIC, _one_instrument, Tickers),
    "trades": Channel(PUBLIC, _one_instrument, Trades),
    "books": Channel(PUBLIC, _one_instrument, Changes),
    "books5": Channel(PUBLIC, _one_instrument, Best),
    "bbo-tbt": Channel(PUBLIC, _one_instrument, BestOne),
    "books-l2-tbt": Channel(PUBLIC, _one_instrument, FastChanges, needs_level=True),
    "books50-l2-tbt": Channel(PUBLIC, _one_instrument, FastChanges50, needs_level=True),
    "instruments": Channel(PUBLIC, _one_type, Instruments, detail="instType"),
    "status": Channel(PUBLIC, _nothing, Feed),
    "price-limit": Channel(PUBLIC, _one_instrument, PriceLimits),
    "index-tickers": Channel(PUBLIC, _index, IndexTickers),
    "mark-price": Channel(PUBLIC, _not_listed, Feed),
    "funding-rate": Channel(PUBLIC, _not_listed, Feed),
    "open-interest": Channel(PUBLIC, _not_listed, Feed),
    "estimated-price": Channel(PUBLIC, _not_listed, Feed),
    "opt-summary": Channel(PUBLIC, _not_listed, Feed),
    "option-trades": Channel(PUBLIC, _not_listed, Feed),
    "liquidation-orders": Channel(PUBLIC, _one_type, Feed, detail="instType"),
    "trades-all": Channel(BUSINESS, _one_instrument, AllTrades),
    "account": Channel(PRIVATE, _maybe_currency, Account, private=True, detail="ccy"),
    "balance_and_position": Channel(PRIVATE, _nothing, BalanceAndPosition, private=True),
    "positions": Channel(PRIVATE, _some_orders, Positions, private=True, detail="instType"),
    "orders": Channel(PRIVATE, _some_orders, Orders, private=True, detail="instType"),
    "fills": Channel(PRIVATE, _maybe_instrument, Fills, private=True),
    "account-greeks": Channel(PRIVATE, _maybe_currency, Feed, private=True, detail="ccy"),
    "liquidation-warning": Channel(PRIVATE, _some_orders, Feed, private=True, detail="instType"),
    "orders-algo": Channel(BUSINESS, _some_orders, Feed, private=True, detail="instType"),
    "algo-advance": Channel(BUSINESS, _some_orders, Feed, private=True, detail="instType"),
    "deposit-info": Channel(BUSINESS, _maybe_currency, Feed, private=True, detail="ccy"),
    "withdrawal-info": Channel(BUSINESS, _maybe_currency, Feed, private=True, detail="ccy"),
}
_CANDLES = {
    "candle": Channel(BUSINESS, _bar, Candles),
    "index-candle": Channel(BUSINESS, _index_bar, IndexCandles),
    "mark-price-candle": Channel(BUSINESS, _bar_not_listed, Feed),
}
_CANDLE_NAME = re.compile(r"((?:index-|mark-price-)?candle)\d+[mHDWM](?i:utc)?")
# Of these books a connection has one for an instrument.
EXCLUSIVE = ("books", "books-l2-tbt", "books50-l2-tbt")


def read(door: Door, settings: StreamSettings, connection: Connection, arg: Body) -> tuple[Channel, Topic]:
    """What an arg of a subscription asks for.

    Raises:
        StreamRefused: there is no such thing, not at this URL, or not for this account.
    """
    try:
        name = text(arg, "channel")
        channel = CHANNELS.get(name) or _candles(name)
        if channel is None:
            raise StreamRefused(NO_SUCH_CHANNEL, _described(arg))
        if channel.url is not connection.url:
            raise _elsewhere(channel, connection.url, name, arg)
        topic = channel.asked(door, arg)
    except Refused:
        raise StreamRefused(NO_SUCH_CHANNEL, _described(arg)) from None
    account = connection.account if channel.private or channel.needs_level else 0
    if channel.needs_level and door.venue.accounts[account].level < settings.deep_books_from_level:
        raise StreamRefused(LEVEL_TOO_LOW, name)
    if channel.private:
        topic = topic._replace(account=account)
    return channel, topic


def _candles(name: str) -> Channel | None:
    matched = _CANDLE_NAME.fullmatch(name)
    return _CANDLES[matched[1]] if matched else None


def _elsewhere(channel: Channel, here: Url, name: str, arg: Body) -> StreamRefused:
    if channel.url is Url.BUSINESS:
        return StreamRefused(MOVED_TO_BUSINESS, name)
    if here is Url.BUSINESS:
        return StreamRefused(NOT_ON_BUSINESS, name)
    return StreamRefused(NO_SUCH_CHANNEL, _described(arg))


def _described(arg: Body) -> str:
    told = ",".join(f"{name}:{value}" for name, value in arg.items() if isinstance(value, str))
    return f"{told[:200]} doesn't exist. Please use the correct URL, channel and parameters referring to API document."
