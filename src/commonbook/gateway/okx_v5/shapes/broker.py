"""What brokers are told: of their clients, of what they were paid for, and of the sub-accounts they keep."""

from commonbook.gateway.okx_v5.shapes.fields import (
    always,
    array,
    boolean,
    decimal,
    milliseconds,
    number,
    object_of,
    one_of,
    signed,
    text,
)

IF_REBATE = object_of(
    "Whether a client's orders earn.",
    type=one_of("0", "1", "3", "4", what="0: yes, 1: the broker is not active, 3: the VIP level, 4: see `reason`"),
    reason=text("why not, as statements have it; empty: they do"),
    brokerCode=text("the broker's code"),
    affiliated=boolean("whether an affiliate has a part as well"),
    clientRebateRatio=decimal("what the broker gives the client back, as a part of the net fee"),
    lastRebate=always("", "there is no monthly cap"),
)
FILE_ASKED = object_of(
    "A file that is there or is being made.",
    result=one_of("true", "false", what="whether it is there"),
    ts=milliseconds("when it was asked for"),
)
FILE = object_of(
    "A file of what was paid, or traded.",
    fileHref=text("where it is, for a while: 2 hours, of dma 9; empty: it is being made"),
    beginTime=milliseconds("from"),
    endTime=milliseconds("up to"),
    cTime=milliseconds("when it was asked for"),
    ts=milliseconds("when this link was made"),
    state=one_of("finished", "ongoing"),
    sha256=text("of the file; empty: it is being made"),
)
_PAGE = {"page": number("this page"), "totalPage": number("pages there are")}
REBATE_DAILY = object_of(
    "What was paid on sub-accounts' orders.",
    totalRebate=signed("of all pages together"),
    **_PAGE,
    details=array(
        object_of(
            "One sub-account's day.",
            subAcct=text("the sub-account"),
            rebate=signed("what was paid"),
            ts=milliseconds("when the day began"),
        )
    ),
)
INFO = object_of(
    "How many sub-accounts there are.",
    subAcctQty=number("open ones"),
    maxSubAcctQty=number("the most that there may be"),
    level=number("the broker's own VIP level"),
    ts=milliseconds("when this was so"),
)
_NAME = {"subAcct": text("its name"), "uid": number("its account")}
SUBACCOUNT_MADE = object_of(
    "A new sub-account.", label=text("its label"), acctLv=always("1"), ts=milliseconds("when it was opened"), **_NAME
)
SUBACCOUNT_NAMED = object_of("A sub-account.", subAcct=text("its name"))
_FIRST_LEVEL = {"firstLvSubAcct": text("its name"), "subAcctLv": always("1")}
SUBACCOUNTS = object_of(
    "A page of sub-accounts.",
    **_PAGE,
    details=array(
        object_of(
            "A sub-account of a client.",
            **_NAME,
            label=text("its label"),
            acctLv=always("1"),
            enable=always(True),
            frozenFunc=always([]),
            canTransOut=boolean("whether it may transfer to another sub-account"),
            **_FIRST_LEVEL,
            ts=milliseconds("when it was opened"),
        )
    ),
)
FEES = object_of(
    "A page of fee rates.",
    **_PAGE,
    details=array(
        object_of(
            "A sub-account's rates.",
            **_NAME,
            **_FIRST_LEVEL,
            ts=milliseconds("when it was opened"),
            feeRates=array(
                object_of(
                    "Of one type.",
                    type=one_of("1", "2", what="1: pairs in USDT, 2: others"),
                    maker=signed("of what made; below zero: charged"),
                    taker=signed("of what took; below zero: charged"),
                )
            ),
        )
    ),
)
FEE_SET = object_of(
    "What is so from now on.",
    subAcct=text("the sub-account"),
    instType=always("SPOT"),
    chgType=one_of("absolute", "percentage"),
    chgTaker=text("as it was sent"),
    chgMaker=text("as it was sent"),
    effDate=text("today", pattern="^[0-9]{8}$"),
)
LEVEL_SET = object_of("What is so.", subAcct=text("the sub-account"), acctLv=always("1"))
