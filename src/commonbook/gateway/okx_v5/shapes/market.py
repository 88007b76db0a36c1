"""The venue's instruments, and market data."""

from commonbook.gateway.okx_v5.shapes.fields import (
    INSTRUMENT_NAME,
    SPOT,
    always,
    array,
    boolean,
    decimal,
    decimal_or_empty,
    each,
    empty,
    integer,
    milliseconds,
    milliseconds_or_empty,
    number,
    object_of,
    one_of,
    text,
    tuple_of,
)

INSTRUMENT = object_of(
    "A pair that is listed.",
    **SPOT,
    **INSTRUMENT_NAME,
    instIdCode=integer("the instrument, as an integer"),
    baseCcy=text("what is bought and sold"),
    quoteCcy=text("what is paid with; fees are in it"),
    listTime=milliseconds_or_empty("when it was listed"),
    contTdSwTime=milliseconds_or_empty("when continuous trading began"),
    tickSz=decimal("the price step"),
    lotSz=decimal("the size step, in base"),
    minSz=decimal("the smallest order, in base"),
    **each(
        "maxLmtSz maxMktSz maxLmtAmt maxMktAmt maxTwapSz maxIcebergSz maxTriggerSz maxStopSz",
        decimal("the largest that can be represented, which is no limit of risk"),
    ),
    state=one_of("live", "suspend", what="whether orders are taken"),
    ruleType=always("normal"),
    category=always("1"),
    groupId=always("1"),
    instCategory=always("1"),
    futureSettlement=always(False),
    tradeQuoteCcyList=array(text(), "the quote currency"),
    upcChg=always([]),
    **empty(
        "uly instFamily settleCcy ctVal ctMult ctValCcy ctType optType stk expTime openType auctionEndTime"
        " preMktSwTime lever alias initPxLmtPct floatPxLmtPct maxPxLmtPct"
    ),
)
TICKER = object_of(
    "The newest figures of an instrument; a price is empty where there is none.",
    **SPOT,
    **INSTRUMENT_NAME,
    last=decimal_or_empty("price of the last trade, however old"),
    lastSz=decimal_or_empty("its size"),
    askPx=decimal_or_empty("the best offer"),
    askSz=decimal_or_empty("what is offered there"),
    bidPx=decimal_or_empty("the best bid"),
    bidSz=decimal_or_empty("what is bid for there"),
    open24h=decimal_or_empty("the price 24 hours ago"),
    high24h=decimal_or_empty("the highest of 24 hours"),
    low24h=decimal_or_empty("the lowest of 24 hours"),
    vol24h=decimal("volume of 24 hours, in base"),
    volCcy24h=decimal("volume of 24 hours, in quote"),
    sodUtc0=decimal_or_empty("the price at which the UTC day began"),
    sodUtc8=decimal_or_empty("the price at which the UTC+8 day began"),
    ts=milliseconds("when this was so"),
)
LEVEL4 = tuple_of(decimal("price"), decimal("size"), always("0"), number("orders"), what="price, size, 0, orders")
_LEVEL3 = tuple_of(decimal("price"), decimal("size"), number("orders"), what="price, size, orders")
TOLD_AT = {"ts": milliseconds("when this was so")}
BOOK = object_of(
    "The best levels of a book, best first.",
    asks=array(LEVEL4, "offers"),
    bids=array(LEVEL4, "bids"),
    seqId=integer("the engine's newest sequence in it"),
    **TOLD_AT,
)
BOOK_FULL = object_of("A deep book, best first.", asks=array(_LEVEL3), bids=array(_LEVEL3), **TOLD_AT)
PRICE_LIMIT = object_of(
    "The band that prices must be in; empty where the instrument has none.",
    **SPOT,
    **INSTRUMENT_NAME,
    buyLmt=decimal_or_empty("the highest price of a buy"),
    sellLmt=decimal_or_empty("the lowest price of a sell"),
    enabled=boolean("whether there is a band"),
    **TOLD_AT,
)
TRADE_FIELDS = {
    **INSTRUMENT_NAME,
    "tradeId": number("the trade; later ones have higher numbers"),
    "px": decimal("price"),
    "sz": decimal("size, in base"),
    "side": one_of("buy", "sell", what="of the taker"),
    "count": number("how many fills of one taker at one price it stands for"),
    "source": always("0"),
    "ts": milliseconds("when it was made"),
}
TRADE = object_of("A trade.", **TRADE_FIELDS)
_START = milliseconds("the bar's start")
_PRICES = tuple(decimal(name) for name in ("open", "high", "low", "close"))
_CONFIRM = one_of("0", "1", what="1: the bar is over")
CANDLE = tuple_of(
    _START,
    *_PRICES,
    decimal("volume in base"),
    decimal("volume in quote"),
    decimal("volume in quote"),
    _CONFIRM,
    what="start, open, high, low, close, volume in base, in quote, in quote again, whether it is over",
)
INDEX_CANDLE = tuple_of(_START, *_PRICES, _CONFIRM, what="start, open, high, low, close, whether it is over")
INDEX_TICKER = object_of(
    "An index price, its 24 hours and its day.",
    instId=text("asset and quote asset, `BTC-USDT`"),
    idxPx=decimal("the newest price"),
    **each("open24h high24h low24h sodUtc0 sodUtc8", decimal("of 24 hours, or of the day")),
    ts=milliseconds("when the newest price was set"),
)
PLATFORM_VOLUME = object_of(
    "What was traded on the venue in 24 hours.",
    volUsd=decimal("in USDT"),
    volCny=always(""),
    ts=milliseconds("when this was so"),
)
EXCHANGE_RATE = object_of("The dollar in yuan.", usdCny=decimal("the index price of USD in CNY"))
TIME = object_of("The server's clock.", ts=milliseconds("now"))
NO_UNDERLYING = {"type": "array", "maxItems": 0, "description": "an empty list"}
ANNOUNCEMENTS = object_of(
    "A page of what the brand of this address has published, newest first.",
    totalPage=number("how many pages there are"),
    details=array(
        object_of(
            "One of them.",
            annType=text("what it is about, as in the list of types"),
            title=text("in the language of Accept-Language, where it is told in that"),
            url=text("where it is to be read"),
            pTime=milliseconds("when it was published"),
            businessPTime=milliseconds_or_empty("when what it tells of happens"),
        ),
        "20 at the most",
    ),
)
ANNOUNCEMENT_TYPE = object_of(
    "A type of announcements.", annType=text("by which it is asked for"), annTypeDesc=text("what it is called")
)
