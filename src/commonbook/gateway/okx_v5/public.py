"""Routes that need no key: time, instruments, tickers, books, trades, candles."""

import re
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    Body,
    filtered_instrument,
    instrument_object,
    instrument_of,
    milliseconds,
    required,
    text,
    whole,
)
from commonbook.gateway.okx_v5.codes import PARAMETER, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    FAR_MS,
    INSTRUMENT,
    INSTRUMENT_TYPE,
    INSTRUMENT_TYPES,
    LIMIT_REFUSED,
    ONE_INSTRUMENT,
    Parameter,
    choice,
    ignored,
    needed,
    number,
    states,
)
from commonbook.instrument.model import Instrument
from commonbook.marketdata.bars import BARS
from commonbook.marketdata.book import PublicBook
from commonbook.marketdata.history import Candle
from commonbook.marketdata.queries import DayFigures
from commonbook.records import Side


def _levels(most: int, usual: int) -> Parameter:
    return number("sz", 1, most, f"levels of each side; {usual} when absent", example="5")


def candle_window(most: int) -> tuple[Parameter, ...]:
    return (
        choice("bar", *BARS, what="the length of a bar; 1m when absent"),
        number("after", 0, FAR_MS, "bars that begin before this, in milliseconds"),
        number("before", 0, FAR_MS, "bars that begin after this, in milliseconds"),
        number("limit", 1, most, "bars at the most; 100 when absent", example="10"),
    )


@states("The server's time.", answers="Time")
async def server_time(door: Door, call: Call) -> list[Body]:
    return [{"ts": str(time.time_ns() // NS_PER_MS)}]


@states("Planned maintenance; empty: none is under way.", ignored("state"))
async def system_status(door: Door, call: Call) -> list[Body]:
    """Nothing is planned and nothing is under way: whoever reads this has been served."""
    return []


@states(
    "The pairs that are listed.",
    needed(INSTRUMENT_TYPE),
    INSTRUMENT,
    ignored("uly", "instFamily"),
    answers="Instrument",
)
async def instruments(door: Door, call: Call) -> list[Body]:
    if instrument_type(call.query) != "SPOT":
        return []
    wanted = filtered_instrument(call.query, door.listed(call))
    listed = door.listed(call).instruments.values() if wanted is None else [wanted]
    brand = door.brand_asked(call)
    return [instrument_object(one, door.venue.status_for(brand, one.id)) for one in listed]


def instrument_type(query: Body) -> str:
    """The required `instType`; types that are not listed yet have empty lists, unknown ones are refused."""
    value = required(query, "instType")
    if value not in INSTRUMENT_TYPES:
        raise Refused(PARAMETER, "instType")
    return value


@states("The newest figures of one instrument.", INSTRUMENT, one_of=(ONE_INSTRUMENT,), answers="Ticker")
async def ticker(door: Door, call: Call) -> list[Body]:
    return [await _ticker(door, instrument_of(call.query, door.listed(call)))]


@states(
    "The newest figures of all instruments.", needed(INSTRUMENT_TYPE), ignored("uly", "instFamily"), answers="Ticker"
)
async def tickers(door: Door, call: Call) -> list[Body]:
    if instrument_type(call.query) != "SPOT":
        return []
    return [await _ticker(door, one) for one in list(door.listed(call).instruments.values())]


async def _ticker(door: Door, instrument: Instrument) -> Body:
    now_ns = time.time_ns()

    def query(connection: Connection) -> DayFigures:
        return door.market.day_figures(connection, instrument.id, now_ns)

    return ticker_object(instrument, await door.read(query), door.book(instrument.id), now_ns)


def ticker_object(instrument: Instrument, day: DayFigures, book: PublicBook, now_ns: int) -> Body:
    bid, ask = book.best(Side.BUY), book.best(Side.SELL)

    def price(ticks: int | None) -> str:
        return "" if ticks is None else instrument.format_price(ticks)

    return {
        "instType": "SPOT",
        "instId": instrument.name,
        "last": price(day.last["price_ticks"] if day.last else None),
        "lastSz": instrument.format_quantity(day.last["quantity_lots"]) if day.last else "",
        "askPx": price(ask[0] if ask else None),
        "askSz": instrument.format_quantity(ask[1]) if ask else "",
        "bidPx": price(bid[0] if bid else None),
        "bidSz": instrument.format_quantity(bid[1]) if bid else "",
        "open24h": price(day.open_ticks),
        "high24h": price(day.high_ticks),
        "low24h": price(day.low_ticks),
        "vol24h": instrument.format_quantity(day.lots),
        "volCcy24h": instrument.quote.format(day.notional),
        "sodUtc0": price(day.opened_utc0),
        "sodUtc8": price(day.opened_utc8),
        "ts": milliseconds(now_ns),
    }


@states(
    "The best levels of a book.",
    INSTRUMENT,
    _levels(400, 1),
    one_of=(ONE_INSTRUMENT,),
    answers="Book",
    stricter=LIMIT_REFUSED,
)
async def books(door: Door, call: Call) -> list[Body]:
    return [_book(door, call, 400, 4)]


@states(
    "25 levels of a book.",
    INSTRUMENT,
    _levels(25, 25),
    one_of=(ONE_INSTRUMENT,),
    answers="Book",
    stricter=LIMIT_REFUSED,
)
async def books_lite(door: Door, call: Call) -> list[Body]:
    return [_book(door, call, 25, 4, 25)]


@states(
    "A deep book.", INSTRUMENT, _levels(5_000, 1), one_of=(ONE_INSTRUMENT,), answers="BookFull", stricter=LIMIT_REFUSED
)
async def books_full(door: Door, call: Call) -> list[Body]:
    return [_book(door, call, 5_000, 3)]


def _book(door: Door, call: Call, most: int, fields: int, usual: int = 1) -> Body:
    instrument = instrument_of(call.query, door.listed(call))
    levels = whole(call.query, "sz", 1, most, usual) or usual
    book = door.book(instrument.id)

    def side(which: Side) -> list[list[str]]:
        rows = (
            (instrument.format_price(price), instrument.format_quantity(lots), str(orders))
            for price, lots, orders in book.depth(which, levels)
        )
        return [[price, size, "0", count] if fields == 4 else [price, size, count] for price, size, count in rows]

    answer: Body = {"asks": side(Side.SELL), "bids": side(Side.BUY), "ts": milliseconds(time.time_ns())}
    return answer | ({"seqId": book.sequence} if fields == 4 else {})


@states("The band that prices must be in.", INSTRUMENT, one_of=(ONE_INSTRUMENT,), answers="PriceLimit")
async def price_limit(door: Door, call: Call) -> list[Body]:
    """The highest price of a buy and the lowest of a sell; empty where the instrument has no band."""
    instrument = instrument_of(call.query, door.listed(call))
    return [price_limit_object(instrument, door.venue.price_band(instrument.id), time.time_ns())]


def price_limit_object(instrument: Instrument, band: tuple[int, int] | None, now_ns: int) -> Body:
    upper, lower = (instrument.format_price(ticks) for ticks in band) if band else ("", "")
    return {
        "instType": "SPOT",
        "instId": instrument.name,
        "buyLmt": upper,
        "sellLmt": lower,
        "ts": milliseconds(now_ns),
        "enabled": band is not None,
    }


@states(
    "The newest trades.",
    INSTRUMENT,
    number("limit", 1, 500, "rows at the most; 100 when absent", example="10"),
    one_of=(ONE_INSTRUMENT,),
    answers="Trade",
    stricter=LIMIT_REFUSED,
)
async def trades(door: Door, call: Call) -> list[Body]:
    instrument = instrument_of(call.query, door.listed(call))
    limit = whole(call.query, "limit", 1, 500, 100) or 100
    rows = await door.read(lambda connection: door.market.trade_list(connection, instrument.id, limit))
    return [_trade(row, instrument) for row in rows]


@states(
    "Trades, back to the first.",
    INSTRUMENT,
    choice("type", "1", "2", what="what after and before are: 1, also when absent, trade ids, 2 milliseconds"),
    number("after", 0, FAR_MS, "older than this, exclusive"),
    number("before", 0, FAR_MS, "newer than this, exclusive"),
    number("limit", 1, 100, "rows at the most; 100 when absent", example="10"),
    one_of=(ONE_INSTRUMENT,),
    answers="Trade",
    stricter=LIMIT_REFUSED,
    differs="reaches back to the first trade; OKX to three months",
)
async def history_trades(door: Door, call: Call) -> list[Body]:
    instrument = instrument_of(call.query, door.listed(call))
    limit = whole(call.query, "limit", 1, 100, 100) or 100
    by = text(call.query, "type") or "1"
    if by not in ("1", "2"):
        raise Refused(PARAMETER, "type")
    after = whole(call.query, "after", 0, FAR_MS)
    before = whole(call.query, "before", 0, FAR_MS)
    if by == "1":
        rows = await door.read(
            lambda connection: door.market.trade_list(connection, instrument.id, limit, after, before)
        )
    else:
        after_ns, before_ns = _nanoseconds(after), _nanoseconds(before)
        rows = await door.read(
            lambda connection: door.market.trades_by_time(connection, instrument.id, limit, after_ns, before_ns)
        )
    return [_trade(row, instrument) for row in rows]


def _nanoseconds(ms: int | None) -> int | None:
    return None if ms is None else min(ms, 2**43) * NS_PER_MS


def _trade(row: dict[str, Any], instrument: Instrument) -> Body:
    return {
        "instId": instrument.name,
        "tradeId": str(row["trade"]),
        "px": instrument.format_price(row["price_ticks"]),
        "sz": instrument.format_quantity(row["quantity_lots"]),
        "side": "buy" if row["taker_side"] == Side.BUY else "sell",
        "count": "1",
        "source": "0",
        "ts": milliseconds(row["time_ns"]),
    }


@dataclass(frozen=True, slots=True)
class CandleWindow:
    """Which bars are asked for; both bounds are exclusive."""

    bar: str
    after_ns: int | None
    before_ns: int | None
    limit: int

    @classmethod
    def of(cls, query: Body, most: int) -> "CandleWindow":
        return cls(
            bar=bar_named(text(query, "bar") or "1m"),
            limit=whole(query, "limit", 1, most, 100) or 100,
            after_ns=_nanoseconds(whole(query, "after", 0, FAR_MS)),
            before_ns=_nanoseconds(whole(query, "before", 0, FAR_MS)),
        )


@states(
    "Candles, back to the first trade.",
    INSTRUMENT,
    candle_window(300),
    one_of=(ONE_INSTRUMENT,),
    answers="Candle",
    stricter=LIMIT_REFUSED,
    differs="bars of one second are not told; a bar without a trade is left out; both volumes in quote are the same",
)
async def candles(door: Door, call: Call) -> list[list[str]]:
    instrument = instrument_of(call.query, door.listed(call))
    window = CandleWindow.of(call.query, 300)

    def query(connection: Connection) -> list[Candle]:
        return door.market.candle_list(
            connection, instrument.id, window.bar, window.after_ns, window.before_ns, window.limit
        )

    rows = await door.read(query)
    current = BARS[window.bar].start(time.time_ns())
    return [candle_row(row, instrument, row.start_ns < current) for row in rows]


def bar_named(name: str) -> str:
    """OKX's name of a bar; only the suffix utc may be in any case, as 1m is not 1M."""
    matched = re.fullmatch(r"([0-9]+[mHDWM])(utc)?", name, re.IGNORECASE)
    bar = f"{matched[1]}{(matched[2] or '').lower()}" if matched else ""
    if bar not in BARS:
        raise Refused(PARAMETER, "bar")
    return bar


def candle_row(row: Candle, instrument: Instrument, closed: bool) -> list[str]:
    prices = [row.open_ticks, row.high_ticks, row.low_ticks, row.close_ticks]
    quote = instrument.quote.format(row.notional)
    return [
        milliseconds(row.start_ns) or "0",
        *(instrument.format_price(ticks) for ticks in prices),
        instrument.format_quantity(row.lots),
        quote,
        quote,
        "1" if closed else "0",
    ]
