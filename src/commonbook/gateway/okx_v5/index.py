"""Routes about index prices, and the two figures of the whole venue that are told in another currency."""

import time
from functools import partial

from sqlalchemy import Connection

from commonbook.gateway.okx_v5.codec import Body, milliseconds, required, text
from commonbook.gateway.okx_v5.codes import EITHER, NO_INSTRUMENT, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.public import CandleWindow, candle_window
from commonbook.gateway.okx_v5.statement import (
    LIMIT_REFUSED,
    needed,
    plain,
    states,
)
from commonbook.instrument.model import IndexPrice
from commonbook.marketdata.bars import BARS
from commonbook.marketdata.history import Candle
from commonbook.marketdata.index import IndexDay, Pair, index_candle_list, index_day
from commonbook.units import format_units


def pair_named(door: Door, name: str) -> Pair:
    """`BTC-USDT` is the index price of BTC in USDT."""
    for asset, quote in door.venue.prices:
        if name == f"{door.venue.assets[asset].name}-{door.venue.assets[quote].name}":
            return asset, quote
    raise Refused(NO_INSTRUMENT)


@states(
    "Index prices, their 24 hours and their day.",
    plain("instId", "asset and quote asset", example="BTC-USDT", further="an index price of this venue (51001)"),
    plain("quoteCcy", "all in this currency", example="USDT"),
    one_of=(("quoteCcy", "instId"),),
    answers="IndexTicker",
    codes=(NO_INSTRUMENT,),
    differs="an index price is one that the venue was told",
)
async def index_tickers(door: Door, call: Call) -> list[Body]:
    name, quote = text(call.query, "instId"), text(call.query, "quoteCcy")
    if not name and not quote:
        raise Refused(EITHER, "quoteCcy or instId")
    pairs = [pair_named(door, name)] if name else sorted(door.venue.prices)
    chosen = [pair for pair in pairs if not quote or door.venue.assets[pair[1]].name == quote]
    return [await index_ticker(door, pair, door.venue.prices[pair], time.time_ns()) for pair in chosen]


async def index_ticker(door: Door, pair: Pair, newest: IndexPrice, now_ns: int) -> Body:
    """The newest price of an index and its day."""

    def query(connection: Connection) -> IndexDay:
        return index_day(connection, pair, now_ns, newest.price_e8)

    day = await door.read(query)
    prices = {
        "idxPx": newest.price_e8,
        "open24h": day.open_e8,
        "high24h": max(day.high_e8, newest.price_e8),
        "low24h": min(day.low_e8, newest.price_e8),
        "sodUtc0": day.opened_utc0_e8,
        "sodUtc8": day.opened_utc8_e8,
    }
    told: Body = {name: format_units(price, 8) for name, price in prices.items()}
    name = "-".join(door.venue.assets[asset].name for asset in pair)
    return {"instId": name, "ts": milliseconds(newest.time_ns)} | told


@states(
    "Candles of an index price.",
    needed(
        plain("instId", "asset and quote asset", example="BTC-USDT", further="an index price of this venue (51001)")
    ),
    candle_window(100),
    answers="IndexCandle",
    codes=(NO_INSTRUMENT,),
    stricter=LIMIT_REFUSED,
    differs="a bar in which no price was set is left out",
)
async def index_candles(door: Door, call: Call) -> list[list[str]]:
    pair = pair_named(door, required(call.query, "instId"))
    window = CandleWindow.of(call.query, 100)

    def query(connection: Connection) -> list[Candle]:
        return index_candle_list(connection, pair, window.bar, window.after_ns, window.before_ns, window.limit)

    rows = await door.read(query)
    current = BARS[window.bar].start(time.time_ns())
    return [index_candle_row(row, row.start_ns < current) for row in rows]


def index_candle_row(row: Candle, closed: bool) -> list[str]:
    prices = (row.open_ticks, row.high_ticks, row.low_ticks, row.close_ticks)
    start = milliseconds(row.start_ns) or "0"
    return [start, *(format_units(price, 8) for price in prices), "1" if closed else "0"]


@states(
    "The volume of 24 hours of the whole venue.",
    answers="PlatformVolume",
    differs="counted in USDT; empty when a part of it has no price in USDT; volCny is empty",
)
async def platform_volume(door: Door, call: Call) -> list[Body]:
    """What was traded in 24 hours, in USDT as `eqUsd` is; nothing when a part of it has no price in USDT."""
    now_ns = time.time_ns()
    reference = door.venue.asset_named("USDT")
    if reference is None:
        return []
    total_e8 = 0
    for instrument in door.venue.instruments.values():
        day = await door.read(partial(door.market.day_figures, instrument=instrument.id, now_ns=now_ns))
        price_e8 = _price_e8(door, (instrument.quote.id, reference.id))
        if day.notional and price_e8 is None:
            return []
        total_e8 += day.notional * (price_e8 or 0) // 10**instrument.quote.scale
    return [{"volUsd": format_units(total_e8, 8), "volCny": "", "ts": milliseconds(now_ns)}]


def _price_e8(door: Door, pair: Pair) -> int | None:
    if pair[0] == pair[1]:
        return 10**8
    found = door.venue.prices.get(pair)
    return found.price_e8 if found else None


@states("The index price of the dollar in yuan, where there is one.", answers="ExchangeRate")
async def exchange_rate(door: Door, call: Call) -> list[Body]:
    """The index price of the dollar in yuan, on a venue that is told one."""
    dollar, yuan = door.venue.asset_named("USD"), door.venue.asset_named("CNY")
    price_e8 = _price_e8(door, (dollar.id, yuan.id)) if dollar and yuan else None
    return [] if price_e8 is None else [{"usdCny": format_units(price_e8, 8)}]
