"""The shapes of what is answered and pushed: every field of every object, as JSON Schema.

Everything is text (W-1): `decimal`, `milliseconds` and `number` say how the text reads. What a spot venue has nothing
to say of is always "" or "0" and stands here so, so that a field that begins to say something changes the document.
"""

from typing import Any

from commonbook.gateway.okx_v5.statement import Schema

DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
POSITIVE = r"^[0-9]+(\.[0-9]+)?$"


def text(what: str = "", **more: Any) -> Schema:
    return {"type": "string"} | ({"description": what} if what else {}) | more


def decimal(what: str) -> Schema:
    """At least zero, without an exponent."""
    return text(what, pattern=POSITIVE)


def signed(what: str) -> Schema:
    return text(what, pattern=DECIMAL)


def decimal_or_empty(what: str) -> Schema:
    return text(what, pattern=r"^([0-9]+(\.[0-9]+)?)?$")


def number(what: str) -> Schema:
    return text(what, pattern="^[0-9]+$")


def number_or_empty(what: str) -> Schema:
    return text(what, pattern="^[0-9]*$")


def milliseconds(what: str) -> Schema:
    return text(f"{what}, in milliseconds since 1970", pattern="^[0-9]+$")


def milliseconds_or_empty(what: str) -> Schema:
    return text(f"{what}, in milliseconds since 1970", pattern="^[0-9]*$")


def one_of(*values: str, what: str = "") -> Schema:
    return text(what, enum=list(values))


def boolean(what: str) -> Schema:
    return {"type": "boolean", "description": what}


def integer(what: str) -> Schema:
    return {"type": "integer", "description": what}


def always(value: Any, what: str = "") -> Schema:
    return {"const": value} | ({"description": what} if what else {})


def array(items: Schema, what: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": what} if what else {})


def tuple_of(*items: Schema, what: str = "") -> Schema:
    """A list with so many items, each of its own kind."""
    bounds = {"minItems": len(items), "maxItems": len(items)}
    return {"type": "array", "prefixItems": list(items), **bounds} | ({"description": what} if what else {})


def object_of(what: str, **fields: Schema) -> Schema:
    """Exactly these fields, all of them."""
    return {
        "type": "object",
        "description": what,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def each(names: str, schema: Schema) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), schema)


def empty(names: str) -> dict[str, Schema]:
    """Fields that a spot venue has nothing to say of."""
    return each(names, always(""))


def zero(names: str) -> dict[str, Schema]:
    return each(names, always("0"))


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_INSTRUMENT_NAME = {"instId": text("the instrument")}
_SPOT = {"instType": always("SPOT")}
_SIDE = one_of("buy", "sell")
_EXEC_TYPE = "`T` took, `M` made"
_S_CODE = {"sCode": text("`0`, or why not"), "sMsg": text("the same in words; empty when it was done")}

INSTRUMENT = object_of(
    "A pair that is listed.",
    **_SPOT,
    **_INSTRUMENT_NAME,
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
    **_SPOT,
    **_INSTRUMENT_NAME,
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
_LEVEL4 = tuple_of(decimal("price"), decimal("size"), always("0"), number("orders"), what="price, size, 0, orders")
_LEVEL3 = tuple_of(decimal("price"), decimal("size"), number("orders"), what="price, size, orders")
_TOLD_AT = {"ts": milliseconds("when this was so")}
BOOK = object_of(
    "The best levels of a book, best first.",
    asks=array(_LEVEL4, "offers"),
    bids=array(_LEVEL4, "bids"),
    seqId=integer("the engine's newest sequence in it"),
    **_TOLD_AT,
)
BOOK_FULL = object_of("A deep book, best first.", asks=array(_LEVEL3), bids=array(_LEVEL3), **_TOLD_AT)
PRICE_LIMIT = object_of(
    "The band that prices must be in; empty where the instrument has none.",
    **_SPOT,
    **_INSTRUMENT_NAME,
    buyLmt=decimal_or_empty("the highest price of a buy"),
    sellLmt=decimal_or_empty("the lowest price of a sell"),
    enabled=boolean("whether there is a band"),
    **_TOLD_AT,
)
_TRADE = {
    **_INSTRUMENT_NAME,
    "tradeId": number("the trade; later ones have higher numbers"),
    "px": decimal("price"),
    "sz": decimal("size, in base"),
    "side": one_of("buy", "sell", what="of the taker"),
    "count": number("how many fills of one taker at one price it stands for"),
    "source": always("0"),
    "ts": milliseconds("when it was made"),
}
TRADE = object_of("A trade.", **_TRADE)
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

# -- an account ---------------------------------------------------------------------------------------------------

_EQUAL = "as `eq` has it"
BALANCE_DETAIL = object_of(
    "One currency of the trading account: `eq` = `availBal` + `frozenBal`.",
    ccy=text("the currency"),
    eq=decimal("all there is of it"),
    cashBal=decimal(_EQUAL),
    spotBal=decimal(_EQUAL),
    availBal=decimal("what no order holds"),
    frozenBal=decimal("what orders hold"),
    ordFrozen=decimal("what orders hold"),
    disEq=decimal("worth at the index price; 0 for what has none"),
    eqUsd=decimal("worth at the index price; 0 for what has none"),
    uTime=milliseconds("when this was so"),
    collateralEnabled=always(False),
    autoLendStatus=always("off"),
    **zero(
        "isoEq liab crossLiab isoLiab uplLiab upl isoUpl interest imr mmr notionalLever twap stgyEq fixedBal borrowFroz"
        " rewardBal spotInUseAmt clSpotInUseAmt maxSpotInUse maxSpotInUseAmt spotIsoBal smtSyncEq spotCopyTradingEq"
    ),
    **empty("availEq maxLoan mgnRatio openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio"),
)
BALANCE = object_of(
    "The trading account.",
    totalEq=decimal("worth of all of it at index prices, whichever details are told"),
    uTime=milliseconds("when this was so"),
    details=array(ref("BalanceDetail"), "a row for each currency that there is something of"),
    **zero("isoEq ordFroz imr mmr borrowFroz upl notionalUsd notionalUsdForBorrow notionalUsdForSwap"),
    **zero("notionalUsdForFutures notionalUsdForOption"),
    **empty("adjEq availEq mgnRatio"),
)
CONFIG = object_of(
    "The account and the key that asks.",
    uid=number("the account"),
    mainUid=number("its master; itself when it is one"),
    acctLv=always("1", "a spot account"),
    posMode=always("net_mode"),
    acctStpMode=always("cancel_maker"),
    autoLoan=always(False),
    ctIsoMode=always("automatic"),
    mgnIsoMode=always("automatic"),
    greeksType=always("PA"),
    feeType=always("1", "fees are in the quote currency"),
    level=text("the fee level: `Lv1`, or `VIP1` and up"),
    label=text("the key's name"),
    perm=text("what the key may do, with commas between"),
    ip=text("from where; empty: from anywhere"),
    kycLv=always("0"),
    roleType=always("0"),
    traderInsts=always([]),
    spotRoleType=always("0"),
    spotTraderInsts=always([]),
    opAuth=always("0"),
    type=one_of("0", "1", what="0: a master, 1: a sub-account"),
    enableSpotBorrow=always(False),
    settleCcyList=always([]),
    **empty("levelTmp settleCcy"),
)
_RATE = signed("as the customer sees it: below zero is charged, above is paid")
TRADE_FEE = object_of(
    "The account's fee rates.",
    **_SPOT,
    level=text("the fee level"),
    **each("maker taker makerU takerU makerUSDC takerUSDC", _RATE),
    category=always("1"),
    ruleType=always("normal"),
    feeGroup=array(object_of("Rates of a group of instruments.", groupId=always("1"), maker=_RATE, taker=_RATE)),
    fiat=always([]),
    ts=milliseconds("when this was so"),
    **empty("delivery exercise settle"),
)
BILL = object_of(
    "A change of one currency's balance in the trading account.",
    billId=number("the bill; later ones have higher numbers"),
    instType=one_of("SPOT", "", what="empty: of no trade"),
    instId=text("the instrument of the trade"),
    ccy=text("the currency"),
    type=one_of("1", "2", what="1: a transfer, 2: a trade"),
    subType=text("1: bought, 2: sold, 11: came in, 12: went out"),
    balChg=signed("the change, fee included"),
    bal=decimal("the balance after it"),
    sz=decimal("size of the trade, in base; or the amount"),
    px=decimal_or_empty("price of the trade"),
    fee=signed("below zero: charged"),
    ordId=number_or_empty("the order"),
    clOrdId=text("the client's name of the order"),
    tag=text("the order's tag"),
    tradeId=number_or_empty("the trade"),
    execType=one_of("T", "M", "", what=_EXEC_TYPE),
    **{"from": one_of("6", "18", "", what="where a transfer came from: 6 funding, 18 trading")},
    to=one_of("6", "18", "", what="where it went"),
    fillTime=milliseconds_or_empty("when it was traded"),
    ts=milliseconds("when it was booked"),
    **zero("pnl interest"),
    **empty("mgnMode posBalChg posBal notes fillIdxPx"),
)
MAX_SIZE = object_of(
    "The largest order each way.",
    **_INSTRUMENT_NAME,
    ccy=always(""),
    maxBuy=decimal("in base, at the price asked for or the best offer"),
    maxSell=decimal("in base"),
)
MAX_AVAIL_SIZE = object_of(
    "What is available each way.",
    **_INSTRUMENT_NAME,
    availBuy=decimal("in quote"),
    availSell=decimal("in base"),
)
WITHDRAWABLE = object_of(
    "What may be moved out of the trading account.",
    ccy=text("the currency"),
    maxWd=decimal("what no order holds"),
    maxWdEx=decimal("the same"),
    **empty("spotOffsetMaxWd spotOffsetMaxWdEx"),
)
POSITION_RISK = object_of(
    "Balances as of one moment, and no position.",
    adjEq=always(""),
    balData=array(
        object_of(
            "One currency.", ccy=text(), eq=decimal("all there is of it"), disEq=decimal("worth at the index price")
        )
    ),
    posData=always([]),
    ts=milliseconds("when this was so"),
)
RATE_LIMIT = object_of(
    "One budget of the account.",
    limit=text("method and path, the operation on orders, or `orders`"),
    instId=text("the instrument that it is of; empty: of all"),
    most=number("so many"),
    windowMs=number("in so many milliseconds"),
    left=number("how many are left now"),
)
ACCOUNT_RATE_LIMIT = object_of(
    "New and amended orders that the account may send in two seconds.",
    accRateLimit=number("so many"),
    nextAccRateLimit=number("the same"),
    ts=milliseconds("when this was so"),
    **empty("fillRatio mainFillRatio"),
)

# -- funding and sub-accounts -------------------------------------------------------------------------------------

CURRENCY = object_of(
    "A currency on one chain. Deposits and withdrawals are closed: there is no custody.",
    ccy=text("the currency"),
    name=text("its name"),
    chain=text("the chain"),
    mainNet=boolean("whether it is the currency's first chain"),
    **each("canDep canWd canInternal needTag", always(False)),
    **each("minDep minWd", decimal("the smallest unit")),
    wdTickSz=number("decimals"),
    **zero("maxWd wdQuota usedWdQuota fee minFee maxFee"),
    **each("minDepArrivalConfirm minWdUnlockConfirm", always("1")),
    **empty("logoLink ctAddr minFeeForCtAddr maxFeeForCtAddr depQuotaFixed usedDepQuotaFixed depQuoteDailyLayer2"),
)
FUNDING_BALANCE = object_of(
    "One currency of the funding account.",
    ccy=text("the currency"),
    bal=decimal("all there is of it"),
    availBal=decimal("the same: nothing holds funds there"),
    frozenBal=always("0"),
)
VALUATION = object_of(
    "What both halves of the account are worth at index prices.",
    totalBal=decimal("altogether"),
    details=object_of(
        "By half.",
        classic=always("0"),
        earn=always("0"),
        funding=decimal("the funding account"),
        trading=decimal("the trading account"),
    ),
    ts=milliseconds("when this was so"),
)
FUNDING_BILL = object_of(
    "A change of the funding account.",
    billId=number("the bill"),
    clientId=text("the client's name of the transfer"),
    ccy=text("the currency"),
    balChg=signed("the change"),
    bal=decimal("the balance after it"),
    type=text(
        "1, 2: deposit, withdrawal by the host; 20, 21: to, from a sub-account; 22, 23: to, from the master;"
        " 130, 131: from, to the trading account"
    ),
    notes=always(""),
    ts=milliseconds("when it was booked"),
)
TRANSFER = object_of(
    "A transfer that is done.",
    transId=number("its number"),
    clientId=text("the client's name of it"),
    ccy=text("the currency"),
    **{"from": one_of("6", "18", what="6: funding, 18: trading")},
    to=one_of("6", "18"),
    amt=decimal("the amount"),
)
TRANSFER_NUMBER = object_of("A transfer that is done.", transId=number("its number"))
TRANSFER_STATE = object_of(
    "A transfer.",
    transId=number("its number"),
    clientId=text("the client's name of it"),
    ccy=text("the currency"),
    amt=decimal("the amount"),
    type=one_of("0", "1", "2", "3", "4", what="as it was asked for"),
    **{"from": one_of("6", "18")},
    to=one_of("6", "18"),
    subAcct=text("the sub-account it was with"),
    state=always("success"),
    **empty("instId toInstId"),
)
TRANSFER_BILL = object_of(
    "A transfer between the master and a sub-account.",
    billId=number("its number"),
    ccy=text("the currency"),
    amt=decimal("the amount"),
    type=one_of("0", "1", what="0: to the sub-account, 1: from it"),
    subAcct=text("the sub-account"),
    ts=milliseconds("when it was done"),
)
SUBACCOUNT_MADE = object_of(
    "A new sub-account.",
    subAcct=text("its name"),
    label=text("its label"),
    uid=number("its account"),
    ts=milliseconds("when it was opened"),
)
SUBACCOUNT = object_of(
    "A sub-account.",
    type=always("1"),
    enable=always(True),
    subAcct=text("its name"),
    uid=number("its account"),
    label=text("its label"),
    mobile=always(""),
    gAuth=always(False),
    frozenFunc=always([]),
    canTransOut=boolean("whether it may transfer to another sub-account"),
    ts=milliseconds("when it was opened"),
    subAcctLv=always("1"),
    firstLvSubAcct=text("its name"),
    ifDma=always(False),
)
TRANSFER_OUT = object_of(
    "What is so from now on.", subAcct=text("the sub-account"), canTransOut=boolean("whether it may")
)
_KEY = {
    "label": text("the key's name"),
    "apiKey": text("the key"),
    "perm": text("what it may do, with commas between"),
    "ip": text("from where; empty: from anywhere"),
    "ts": milliseconds("when it was made"),
}
KEY = object_of("An API key of a sub-account.", **_KEY)
KEY_CHANGED = object_of("The key as it is now.", subAcct=text("the sub-account"), **_KEY)
KEY_MADE = object_of(
    "A new key; its secret is told this once.",
    subAcct=text("the sub-account"),
    secretKey=text("the secret that requests are signed with"),
    passphrase=text("as it was given"),
    **_KEY,
)
KEY_DELETED = object_of("Whose key it was.", subAcct=text("the sub-account"))
TICKET = object_of("For the login of one WebSocket.", ticket=text("send it once"), expTime=milliseconds("good until"))

# -- orders -------------------------------------------------------------------------------------------------------

_ORDER_NAMES = {"ordId": text("the order; empty: refused"), "clOrdId": text("as it was sent")}
PLACED = object_of(
    "What became of one order.",
    **_ORDER_NAMES,
    tag=text("as it was sent"),
    ts=milliseconds("when it was answered"),
    **_S_CODE,
    subCode=always(""),
)
CANCELED = object_of("What became of one cancel.", **_ORDER_NAMES, ts=milliseconds("when it was answered"), **_S_CODE)
AMENDED = object_of(
    "What became of one amendment.",
    **_ORDER_NAMES,
    reqId=text("as it was sent"),
    ts=milliseconds("when it was answered"),
    **_S_CODE,
    subCode=always(""),
)
CANCEL_AFTER = object_of(
    "The account's timer.",
    triggerTime=milliseconds("when it acts; 0: it is cleared"),
    tag=text("which orders; empty: all"),
    ts=milliseconds("when it was set"),
)
_ORDER = {
    **_SPOT,
    **_INSTRUMENT_NAME,
    "instIdCode": integer("the instrument, as an integer"),
    "ordId": number("the order"),
    "clOrdId": text("the client's name of it"),
    "tag": text("its tag"),
    "px": decimal_or_empty("its price; empty: a market order"),
    "sz": decimal("its size, in base; in quote where `tgtCcy` says so"),
    "ordType": one_of("limit", "market", "post_only", "ioc", "fok"),
    "side": _SIDE,
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
ORDER = object_of("An order.", **_ORDER)
FILL = object_of(
    "The account's own side of a trade.",
    **_SPOT,
    **_INSTRUMENT_NAME,
    tradeId=number("the trade"),
    ordId=number("the order"),
    clOrdId=text("the client's name of it"),
    billId=number("the fill; pages go by it"),
    subType=one_of("1", "2", what="1: bought, 2: sold"),
    tag=text("the order's tag"),
    fillPx=decimal("price"),
    fillSz=decimal("size, in base"),
    side=_SIDE,
    posSide=always("net"),
    execType=one_of("T", "M", what=_EXEC_TYPE),
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
    **_S_CODE,
)
SETTING_SO = {
    "type": "object",
    "description": "The setting, as it is.",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"type": ["string", "boolean"]},
}

# -- pushes over WebSocket ----------------------------------------------------------------------------------------

_BOOK_PUSH = {
    "asks": array(_LEVEL4),
    "bids": array(_LEVEL4),
    **_TOLD_AT,
    "seqId": integer("the engine's newest sequence"),
}
BOOK_CHANGES = object_of(
    "A snapshot, or what changes it; a size of 0 means the level is gone.",
    **_BOOK_PUSH,
    checksum=always(0),
    prevSeqId=integer("the `seqId` told before on this channel; -1 in a snapshot"),
)
BOOK_BEST = object_of("The best levels, whole.", **_BOOK_PUSH, **_INSTRUMENT_NAME)
TRADE_PUSH = object_of(
    "A trade, or several of one taker at one price.", **_TRADE, seqId=integer("the engine's sequence")
)
ORDER_PUSH = object_of(
    "An order, and the one fill or change that this push is about.",
    **(
        _ORDER
        | {"avgPx": decimal("average price; 0 with no fill"), "fillPx": decimal_or_empty("price of this push's fill")}
        | {
            "execType": one_of("T", "M", "", what=_EXEC_TYPE),
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
    **_INSTRUMENT_NAME,
    fillSz=decimal("size, in base"),
    fillPx=decimal("price"),
    side=_SIDE,
    ts=milliseconds("when it was traded"),
    ordId=number("the order"),
    clOrdId=text("the client's name of it"),
    tradeId=number("the trade"),
    execType=one_of("T", "M", what=_EXEC_TYPE),
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
    trades=array(object_of("A trade.", **_INSTRUMENT_NAME, tradeId=number("the trade"))),
)

SHAPES: dict[str, Schema] = {
    "Instrument": INSTRUMENT,
    "Ticker": TICKER,
    "Book": BOOK,
    "BookFull": BOOK_FULL,
    "PriceLimit": PRICE_LIMIT,
    "Trade": TRADE,
    "Candle": CANDLE,
    "IndexCandle": INDEX_CANDLE,
    "IndexTicker": INDEX_TICKER,
    "PlatformVolume": PLATFORM_VOLUME,
    "ExchangeRate": EXCHANGE_RATE,
    "Time": TIME,
    "NoUnderlying": NO_UNDERLYING,
    "BalanceDetail": BALANCE_DETAIL,
    "Balance": BALANCE,
    "Config": CONFIG,
    "TradeFee": TRADE_FEE,
    "Bill": BILL,
    "MaxSize": MAX_SIZE,
    "MaxAvailSize": MAX_AVAIL_SIZE,
    "Withdrawable": WITHDRAWABLE,
    "PositionRisk": POSITION_RISK,
    "RateLimit": RATE_LIMIT,
    "AccountRateLimit": ACCOUNT_RATE_LIMIT,
    "Currency": CURRENCY,
    "FundingBalance": FUNDING_BALANCE,
    "Valuation": VALUATION,
    "FundingBill": FUNDING_BILL,
    "Transfer": TRANSFER,
    "TransferNumber": TRANSFER_NUMBER,
    "TransferState": TRANSFER_STATE,
    "TransferBill": TRANSFER_BILL,
    "SubaccountMade": SUBACCOUNT_MADE,
    "Subaccount": SUBACCOUNT,
    "TransferOut": TRANSFER_OUT,
    "Key": KEY,
    "KeyChanged": KEY_CHANGED,
    "KeyMade": KEY_MADE,
    "KeyDeleted": KEY_DELETED,
    "Ticket": TICKET,
    "Placed": PLACED,
    "Canceled": CANCELED,
    "Amended": AMENDED,
    "CancelAfter": CANCEL_AFTER,
    "Order": ORDER,
    "Fill": FILL,
    "AlgoRow": ALGO_ROW,
    "SettingSo": SETTING_SO,
    "BookChanges": BOOK_CHANGES,
    "BookBest": BOOK_BEST,
    "TradePush": TRADE_PUSH,
    "OrderPush": ORDER_PUSH,
    "FillPush": FILL_PUSH,
    "CashPush": CASH_PUSH,
}
