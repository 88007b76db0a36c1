"""Orders, fills, and what became of requests about them."""

from commonbook.gateway.okx_v5.shapes.fields import (
    EXEC_TYPE,
    INSTRUMENT_NAME,
    S_CODE,
    SIDE,
    SPOT,
    always,
    decimal,
    decimal_or_empty,
    each,
    empty,
    integer,
    milliseconds,
    milliseconds_or_empty,
    number,
    number_or_empty,
    object_of,
    one_of,
    signed,
    text,
    zero,
)

_ORDER_NAMES = {"ordId": text("the order; empty: refused"), "clOrdId": text("as it was sent")}
PLACED = object_of(
    "What became of one order.",
    **_ORDER_NAMES,
    tag=text("as it was sent"),
    ts=milliseconds("when it was answered"),
    **S_CODE,
    subCode=always(""),
)
CANCELED = object_of("What became of one cancel.", **_ORDER_NAMES, ts=milliseconds("when it was answered"), **S_CODE)
AMENDED = object_of(
    "What became of one amendment.",
    **_ORDER_NAMES,
    reqId=text("as it was sent"),
    ts=milliseconds("when it was answered"),
    **S_CODE,
    subCode=always(""),
)
CANCEL_AFTER = object_of(
    "The account's timer.",
    triggerTime=milliseconds("when it acts; 0: it is cleared"),
    tag=text("which orders; empty: all"),
    ts=milliseconds("when it was set"),
)
ORDER_FIELDS = {
    **SPOT,
    **INSTRUMENT_NAME,
    "instIdCode": integer("the instrument, as an integer"),
    "ordId": number("the order"),
    "clOrdId": text("the client's name of it"),
    "tag": text("its tag"),
    "px": decimal_or_empty("its price; empty: a market order"),
    "sz": decimal("its size, in base; in quote where `tgtCcy` says so"),
    "ordType": one_of("limit", "market", "post_only", "ioc", "fok"),
    "side": SIDE,
    "posSide": always("net"),
    "tdMode": always("cash"),
    "tgtCcy": one_of("base_ccy", "quote_ccy", "", what="of a market order: what `sz` is in"),
    "accFillSz": decimal("filled so far, in base"),
    "fillPx": decimal_or_empty("price of the last fill"),
    "fillSz": decimal("size of the last fill"),
    "tradeId": number_or_empty("the last trade"),
    "fillTime": milliseconds_or_empty("when the last fill was"),
    "avgPx": decimal_or_empty("average price, to four decimals behind the tick's"),
    "state": one_of("live", "partially_filled", "filled", "canceled"),
    "stpMode": one_of("cancel_maker", "cancel_taker", "cancel_both"),
    "fee": signed("what was charged, below zero"),
    "feeCcy": text("the quote currency"),
    "rebate": signed("what was paid to the account, above zero"),
    "rebateCcy": text("the quote currency"),
    "category": always("normal"),
    "cancelSource": text("why it ended: 1 the user, 13 fok, 14 ioc, 20 timer, 31 post_only, 32 self-trade, 0 the host"),
    "attachAlgoOrds": always([]),
    "linkedAlgoOrd": always({"algoId": ""}),
    "tradeQuoteCcy": text("the quote currency"),
    "cTime": milliseconds("when it was taken"),
    "uTime": milliseconds("when something last happened to it"),
    **zero("pnl"),
    **each("reduceOnly isTpLimit", always("false")),
    **empty(
        "pxUsd pxVol pxType ccy lever stpId source cancelSourceReason quickMgnType algoId algoClOrdId attachAlgoClOrdId"
        " tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx"
    ),
}
ORDER = object_of("An order.", **ORDER_FIELDS)
FILL = object_of(
    "The account's own side of a trade.",
    **SPOT,
    **INSTRUMENT_NAME,
    tradeId=number("the trade"),
    ordId=number("the order"),
    clOrdId=text("the client's name of it"),
    billId=number("the fill; pages go by it"),
    subType=one_of("1", "2", what="1: bought, 2: sold"),
    tag=text("the order's tag"),
    fillPx=decimal("price"),
    fillSz=decimal("size, in base"),
    side=SIDE,
    posSide=always("net"),
    execType=one_of("T", "M", what=EXEC_TYPE),
    feeCcy=text("the quote currency"),
    fee=signed("below zero: charged, above: paid"),
    ts=milliseconds("when it was traded"),
    fillTime=milliseconds("when it was traded"),
    tradeQuoteCcy=text("the quote currency"),
    fillPnl=always("0"),
    **empty("fillIdxPx fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx feeRate"),
)
ALGO_ROW = object_of(
    "An algo order that is not there.",
    algoId=text("as it was sent"),
    algoClOrdId=text("as it was sent"),
    reqId=text("as it was sent"),
    **S_CODE,
)
SETTING_SO = {
    "type": "object",
    "description": "The setting, as it is.",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"type": ["string", "boolean"]},
}
