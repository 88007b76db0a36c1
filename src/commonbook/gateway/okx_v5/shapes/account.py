"""An account: balances, configuration, fees, bills, budgets."""

from commonbook.gateway.okx_v5.shapes.fields import (
    EXEC_TYPE,
    INSTRUMENT_NAME,
    SPOT,
    always,
    array,
    decimal,
    decimal_or_empty,
    each,
    empty,
    milliseconds,
    milliseconds_or_empty,
    number,
    number_or_empty,
    object_of,
    one_of,
    ref,
    signed,
    text,
    zero,
)

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
        " rewardBal spotInUseAmt clSpotInUseAmt maxSpotInUse spotIsoBal smtSyncEq spotCopyTradingEq"
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
    **SPOT,
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
    type=one_of("1", "2", "11", what="1: a transfer, 2: a trade, 11: a token split"),
    subType=text("1: bought, 2: sold, 11: came in, 12: went out, 118: came of a split, 119: went into one"),
    balChg=signed("the change, fee included"),
    bal=decimal("the balance after it"),
    sz=decimal("size of the trade, in base; or the amount"),
    px=decimal_or_empty("price of the trade"),
    fee=signed("below zero: charged"),
    ordId=number_or_empty("the order"),
    clOrdId=text("the client's name of the order"),
    tag=text("the order's tag"),
    tradeId=number_or_empty("the trade"),
    execType=one_of("T", "M", "", what=EXEC_TYPE),
    **{"from": one_of("6", "18", "", what="where a transfer came from: 6 funding, 18 trading")},
    to=one_of("6", "18", "", what="where it went"),
    fillTime=milliseconds_or_empty("when it was traded"),
    ts=milliseconds("when it was booked"),
    **zero("pnl interest"),
    **empty("mgnMode posBalChg posBal notes fillIdxPx"),
)
MAX_SIZE = object_of(
    "The largest order each way.",
    **INSTRUMENT_NAME,
    ccy=always(""),
    maxBuy=decimal("in base, at the price asked for or the best offer"),
    maxSell=decimal("in base"),
)
MAX_AVAIL_SIZE = object_of(
    "What is available each way.",
    **INSTRUMENT_NAME,
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
