"""The funding account, transfers, sub-accounts and their keys."""

from commonbook.gateway.okx_v5.shapes.fields import (
    always,
    boolean,
    decimal,
    each,
    empty,
    milliseconds,
    number,
    object_of,
    one_of,
    signed,
    text,
    zero,
)

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
SIMULATED_FUNDS = object_of(
    "Test funds that were given.",
    ccy=text("the currency"),
    amt=decimal("the amount"),
    clientId=text("the client's name of it"),
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
    ifDma=boolean("whether a broker keeps it for a client"),
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
FAST_KEY_MADE = object_of(
    "A new Fast API key; its secret is told this once.",
    label=text("the key's name"),
    apiKey=text("the key"),
    secretKey=text("the secret that requests are signed with"),
    passphrase=text("as it was given"),
    perm=text("what it may do, with commas between"),
    bindApp=boolean("whether it works from the addresses of the broker's client alone"),
)
FAST_KEY_DELETED = object_of("There is none any more.", ts=milliseconds("when it was deleted"))
TICKET = object_of("For the login of one WebSocket.", ticket=text("send it once"), expTime=milliseconds("good until"))
