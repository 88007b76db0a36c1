"""What is pushed over WebSocket, where it is not what REST answers."""

from commonbook.gateway.okx_v5.shapes.fields import (
    EXEC_TYPE,
    INSTRUMENT_NAME,
    SIDE,
    always,
    array,
    decimal,
    decimal_or_empty,
    each,
    empty,
    integer,
    milliseconds,
    number,
    number_or_empty,
    object_of,
    one_of,
    ref,
    signed,
    text,
)
from commonbook.gateway.okx_v5.shapes.market import LEVEL4, TOLD_AT, TRADE_FIELDS
from commonbook.gateway.okx_v5.shapes.orders import ORDER_FIELDS

_BOOK_PUSH = {
    "asks": array(LEVEL4),
    "bids": array(LEVEL4),
    **TOLD_AT,
    "seqId": integer("the engine's newest sequence"),
}
BOOK_CHANGES = object_of(
    "A snapshot, or what changes it; a size of 0 means the level is gone.",
    **_BOOK_PUSH,
    checksum=always(0),
    prevSeqId=integer("the `seqId` told before on this channel; -1 in a snapshot"),
)
BOOK_BEST = object_of("The best levels, whole.", **_BOOK_PUSH, **INSTRUMENT_NAME)
TRADE_PUSH = object_of(
    "A trade, or several of one taker at one price.", **TRADE_FIELDS, seqId=integer("the engine's sequence")
)
ORDER_PUSH = object_of(
    "An order, and the one fill or change that this push is about.",
    **(
        ORDER_FIELDS
        | {"avgPx": decimal("average price; 0 with no fill"), "fillPx": decimal_or_empty("price of this push's fill")}
        | {
            "execType": one_of("T", "M", "", what=EXEC_TYPE),
            "fillFee": signed("fee of this push's fill, below zero: charged"),
            "fillFeeCcy": text("the quote currency, or empty"),
            "amendResult": one_of("", "0", what="0: this push is about an amendment"),
        }
        | each("fillPnl code", always("0"))
        | empty(
            "fillNotionalUsd reqId fillPxUsd fillPxVol fillFwdPx fillMarkPx fillMarkVol fillIdxPx notionalUsd lastPx"
            " amendSource msg"
        )
    ),
)
FILL_PUSH = object_of(
    "The account's own side of a trade.",
    **INSTRUMENT_NAME,
    fillSz=decimal("size, in base"),
    fillPx=decimal("price"),
    side=SIDE,
    ts=milliseconds("when it was traded"),
    ordId=number("the order"),
    clOrdId=text("the client's name of it"),
    tradeId=number("the trade"),
    execType=one_of("T", "M", what=EXEC_TYPE),
    count=always("1"),
)
BRAND_PUSH = object_of(
    "What a brand is made of.",
    version=number("of its look, names and texts; another one with each change"),
    fees=array(
        object_of(
            "Of a VIP level; one that is not named has what the next lower one has.",
            level=text("`Lv1` without a level, else `VIP1` and so on"),
            maker=signed("of what makes; below zero: charged"),
            taker=signed("of what takes; below zero: charged"),
        )
    ),
    ts=milliseconds("when it was told"),
)
_TIME_NS = number("engine time, in nanoseconds since 1970")
BROKER_ACCRUAL = object_of(
    "What a broker has earned in an hour so far, of one product, way and asset, or what was taken back or corrected in"
    " it: the rows of an hour are together what its statement says.",
    hour=text("when it began, UTC"),
    product=one_of("spot", "futures", "options", "", what="of a correction empty"),
    way=one_of(
        *("own", "tree", "bust", "correction"),
        what="`own`: under its own code, `tree`: under a code below it, `bust`: taken back with busted trades,"
        " each amount below what it was, `correction`: credited more or less, in `paid` alone",
    ),
    fee_asset=text("of the next amounts"),
    lines=integer("lines of its statement: sides of fills in which it has a part, or what reverses or corrects"),
    earning=integer("of them, those that earn"),
    notional=signed("what was traded; below zero: taken back, as each amount of a bust"),
    fees=signed("what its clients were charged; below zero: they were paid rebates"),
    base=signed("what commission is a share of"),
    pool=signed("gross: with what goes to those below and to clients; 0 for a sub-broker"),
    commission=signed("net: its own part"),
    payout_asset=text("of `paid`"),
    paid=signed("its own part in the payout asset; of all rows of an hour together the total of its statement"),
)
BROKER_ORDER = object_of(
    "One event of an order that carries the broker's code; what its kind does not have is empty.",
    event=one_of("accepted", "fill", "amended", "canceled", "refused"),
    time_ns=_TIME_NS,
    order=number_or_empty("the order; empty when it was refused"),
    client=text("the client, as the broker's lines have it"),
    code=text("the broker's code"),
    instrument=text("as lines have it"),
    side=SIDE,
    type=one_of("limit", "market", "post_only", "ioc", "fok", ""),
    price=decimal_or_empty("the limit, or of the fill"),
    quantity=decimal_or_empty("ordered, filled, or the total after an amendment, in base"),
    quote_amount=decimal_or_empty("of an order that is sized by what it spends"),
    fill=text("as lines name it"),
    role=one_of("taker", "maker", ""),
    fee=text("of the fill; above zero: charged", pattern=r"^(-?[0-9]+(\.[0-9]+)?)?$"),
    fee_asset=text("of the fee"),
    left=decimal_or_empty("what was not filled when it ended"),
    reason=text("why it was canceled or refused"),
)
BROKER_NOTICE = object_of(
    "A notice, as `GET /broker/v1/notices` has it.",
    notice=integer("its number"),
    kind=text("what it is about"),
    subject=text("of which it is told once"),
    time_ns=_TIME_NS,
    details={"type": "object", "description": "what its kind has to say"},
)
BROKER_PUSH = object_of(
    "News of a broker; a snapshot at the subscription, then what is new.",
    kind=one_of("accrual", "orders", "alerts"),
    seqId=integer("the engine's newest sequence in what is told; of alerts the number of the newest"),
    prevSeqId=integer("the `seqId` told before of this kind on this connection; -1 in a snapshot"),
    rows=array({"anyOf": [ref("BrokerAccrual"), ref("BrokerOrder"), ref("BrokerNotice")]}),
)
CASH_PUSH = object_of(
    "The cash of what has moved, and by which trades.",
    pTime=milliseconds("when it was told"),
    eventType=one_of("snapshot", "filled", "transferred"),
    balData=array(
        object_of("One currency.", ccy=text(), cashBal=decimal("all there is of it"), uTime=milliseconds("of"))
    ),
    posData=always([]),
    trades=array(object_of("A trade.", **INSTRUMENT_NAME, tradeId=number("the trade"))),
)
