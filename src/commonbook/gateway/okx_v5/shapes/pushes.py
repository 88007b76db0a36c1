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
    object_of,
    one_of,
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
