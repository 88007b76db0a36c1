"""The table of channels: at which URL each is asked for, what must be said, and the feed that tells it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from commonbook.gateway.okx_v5.codec import Body, instrument_of, text
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.index import pair_named
from commonbook.gateway.okx_v5.public import bar_named
from commonbook.gateway.okx_v5.statement import INSTRUMENT_TYPES
from commonbook.gateway.okx_v5.ws.books import Best, BestOne, Changes, FastChanges, FastChanges50
from commonbook.gateway.okx_v5.ws.broker_feeds import FEEDS as NEWS
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
from commonbook.gateway.okx_v5.ws.market import AllTrades, Brand, Instruments, PriceLimits, Tickers, Trades
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
    says: str = ""  # what is pushed, and when
    shape: str = ""  # of one row of a push, by its name among the shapes; "" where there is nothing to tell
    arg_names: tuple[str, ...] = ()  # beside `channel`, what an arg may say
    required: tuple[str, ...] = ()  # of these
    differs: str = ""  # from OKX's channel of this name
    has_action: bool = False  # pushes say whether they are a snapshot or an update
    of_broker: bool = False  # for whoever may ask at the broker's desk, of that broker
    feeds: Mapping[str, type[Feed]] | None = None  # by the topic's detail, where that decides it

    def feed_of(self, topic: Topic) -> type[Feed]:
        """Of a type that is not listed there is nothing to tell."""
        if self.feeds is not None:
            return self.feeds[topic.detail]
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
        said |= {"broker": str(topic.broker)} if topic.broker else {}
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


def _news(door: Door, arg: Body) -> Topic:
    kind = text(arg, "kind")
    if kind not in NEWS:
        raise StreamRefused(BAD_ARGS, f"kind: one of {', '.join(NEWS)}")
    return Topic(text(arg, "channel"), detail=kind)


def _bar_not_listed(door: Door, arg: Body) -> Topic:
    bar_named(text(arg, "channel").removeprefix("mark-price-candle"))
    return _not_listed(door, arg)


PUBLIC, PRIVATE, BUSINESS = Url.PUBLIC, Url.PRIVATE, Url.BUSINESS
_AN_INSTRUMENT: dict[str, Any] = {"arg_names": ("instId", "instIdCode"), "required": ("instId",)}
_A_TYPE: dict[str, Any] = {"detail": "instType", "arg_names": ("instType",), "required": ("instType",)}
_SOME_ORDERS: dict[str, Any] = {
    "private": True,
    "detail": "instType",
    "arg_names": ("instType", "instId", "instIdCode"),
    "required": ("instType",),
}
_A_CURRENCY: dict[str, Any] = {"private": True, "detail": "ccy", "arg_names": ("ccy",)}
_NOTHING_YET = "nothing: there is none of it here"
_AN_INDEX: dict[str, Any] = {"arg_names": ("instId",), "required": ("instId",)}
_A_CONTRACT: dict[str, Any] = {
    "says": _NOTHING_YET,
    "arg_names": ("instId", "instType", "instFamily", "uly"),
    "required": ("instId",),  # or one of the others
}


def _book(feed: type[Feed], says: str, **more: Any) -> Channel:
    return Channel(PUBLIC, _one_instrument, feed, says=says, **(_AN_INSTRUMENT | more))


def _changes(feed: type[Feed], says: str, **more: Any) -> Channel:
    differs = (
        "seqId is the engine's sequence; checksum is always 0; who reads slowly gets one update for what it missed"
    )
    told = f"{says}: a snapshot, then what changes"
    return _book(feed, told, shape="BookChanges", has_action=True, differs=differs, **more)


CHANNELS: dict[str, Channel] = {
    "tickers": _book(Tickers, "the ticker when something in it has changed, at most every 100 ms", shape="Ticker"),
    "trades": _book(Trades, "trades as they come; those of one taker at one price are one row", shape="TradePush"),
    "books": _changes(Changes, "400 levels, every 100 ms"),
    "books5": _book(Best, "the best 5 levels, whole, when they have changed, every 100 ms", shape="BookBest"),
    "bbo-tbt": _book(BestOne, "the best level, whole, when it has changed, every 10 ms", shape="BookBest"),
    "books-l2-tbt": _changes(FastChanges, "400 levels, every 10 ms", needs_level=True),
    "books50-l2-tbt": _changes(FastChanges50, "50 levels, every 10 ms", needs_level=True),
    "instruments": Channel(
        PUBLIC, _one_type, Instruments, says="all of them, then each that changes", shape="Instrument", **_A_TYPE
    ),
    "status": Channel(PUBLIC, _nothing, Feed, says="nothing while all is well"),
    "brand": Channel(
        PUBLIC,
        _nothing,
        Brand,
        says="the version of the brand whose address this is, and its fees: at the subscription and when they change",
        shape="BrandPush",
        differs="ours: OKX has no such channel",
    ),
    "price-limit": _book(PriceLimits, "the limits, when they have moved", shape="PriceLimit"),
    "index-tickers": Channel(
        PUBLIC,
        _index,
        IndexTickers,
        says="the index price, at the subscription and when it has been set anew",
        shape="IndexTicker",
        **_AN_INDEX,
    ),
    "mark-price": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "funding-rate": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "open-interest": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "estimated-price": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "opt-summary": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "option-trades": Channel(PUBLIC, _not_listed, Feed, **_A_CONTRACT),
    "liquidation-orders": Channel(PUBLIC, _one_type, Feed, says=_NOTHING_YET, **_A_TYPE),
    "trades-all": Channel(
        BUSINESS,
        _one_instrument,
        AllTrades,
        says="trades as they come, one push each",
        shape="TradePush",
        **_AN_INSTRUMENT,
    ),
    "account": Channel(
        PRIVATE,
        _maybe_currency,
        Account,
        says="the balances, at the subscription and when anything has moved",
        differs="told at the subscription and when something moved, not in between",
        shape="Balance",
        **_A_CURRENCY,
    ),
    "balance_and_position": Channel(
        PRIVATE,
        _nothing,
        BalanceAndPosition,
        private=True,
        says="a snapshot, then the cash of what has moved and by which trades",
        shape="CashPush",
    ),
    "positions": Channel(
        PRIVATE, _some_orders, Positions, says="an empty list: a spot account has none", **_SOME_ORDERS
    ),
    "orders": Channel(
        PRIVATE, _some_orders, Orders, says="one push for each event of each order", shape="OrderPush", **_SOME_ORDERS
    ),
    "fills": Channel(
        PRIVATE,
        _maybe_instrument,
        Fills,
        private=True,
        says="one push for each own side of a trade",
        differs="for every account, whatever its level",
        shape="FillPush",
        arg_names=("instId", "instIdCode"),
    ),
    "broker": Channel(
        BUSINESS,
        _news,
        Feed,
        of_broker=True,
        feeds=NEWS,
        detail="kind",
        arg_names=("kind",),
        required=("kind",),
        has_action=True,
        says="of a broker: what it earns as it grows, each event of each order that carries its code, its notices",
        shape="BrokerPush",
        differs="ours: OKX has no such channel",
    ),
    "account-greeks": Channel(PRIVATE, _maybe_currency, Feed, says=_NOTHING_YET, **_A_CURRENCY),
    "liquidation-warning": Channel(PRIVATE, _some_orders, Feed, says=_NOTHING_YET, **_SOME_ORDERS),
    "orders-algo": Channel(BUSINESS, _some_orders, Feed, says=_NOTHING_YET, **_SOME_ORDERS),
    "algo-advance": Channel(BUSINESS, _some_orders, Feed, says=_NOTHING_YET, **_SOME_ORDERS),
    "deposit-info": Channel(BUSINESS, _maybe_currency, Feed, says=_NOTHING_YET, **_A_CURRENCY),
    "withdrawal-info": Channel(BUSINESS, _maybe_currency, Feed, says=_NOTHING_YET, **_A_CURRENCY),
}
CANDLES: dict[str, Channel] = {  # by what stands before the length of a bar
    "candle": Channel(
        BUSINESS,
        _bar,
        Candles,
        says="the open bar when it has changed, and each bar once more when it closes",
        shape="Candle",
        **_AN_INSTRUMENT,
    ),
    "index-candle": Channel(
        BUSINESS,
        _index_bar,
        IndexCandles,
        says="the open bar of the index price when it has changed, and each bar once more when it closes",
        shape="IndexCandle",
        **_AN_INDEX,
    ),
    "mark-price-candle": Channel(BUSINESS, _bar_not_listed, Feed, **_A_CONTRACT),
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
            raise StreamRefused(NO_SUCH_CHANNEL, described(arg))
        if channel.url is not connection.url:
            raise _elsewhere(channel, connection.url, name, arg)
        topic = channel.asked(door, arg)
    except Refused:
        raise StreamRefused(NO_SUCH_CHANNEL, described(arg)) from None
    account = connection.account if channel.private or channel.needs_level or channel.of_broker else 0
    if channel.needs_level and door.venue.accounts[account].level < settings.deep_books_from_level:
        raise StreamRefused(LEVEL_TOO_LOW, name)
    if channel.private:
        topic = topic._replace(account=account)
    if channel.feed in (Instruments, Brand):
        topic = topic._replace(brand=connection.brand)
    return channel, topic


def _candles(name: str) -> Channel | None:
    matched = _CANDLE_NAME.fullmatch(name)
    return CANDLES[matched[1]] if matched else None


def _elsewhere(channel: Channel, here: Url, name: str, arg: Body) -> StreamRefused:
    if channel.url is Url.BUSINESS:
        return StreamRefused(MOVED_TO_BUSINESS, name)
    if here is Url.BUSINESS:
        return StreamRefused(NOT_ON_BUSINESS, name)
    return StreamRefused(NO_SUCH_CHANNEL, described(arg))


def described(arg: Body) -> str:
    told = ",".join(f"{name}:{value}" for name, value in arg.items() if isinstance(value, str))
    return f"{told[:200]} doesn't exist. Please use the correct URL, channel and parameters referring to API document."
