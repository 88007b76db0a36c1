"""What the routes of orders state of themselves: how an order is asked for, amended, named and looked for."""

from dataclasses import replace
from typing import Any

from commonbook.counter.queries import CLOSED_STATES, OPEN_STATES
from commonbook.gateway.okx_v5.codec import (
    ORDER_TYPES,
    SELF_TRADES,
    SIDES,
    UNAVAILABLE_IN_AMENDMENTS,
    UNAVAILABLE_IN_ORDERS,
)
from commonbook.gateway.okx_v5.codes import (
    AMEND_FUNDS,
    AMEND_UNKNOWN,
    BUSY,
    CANCEL_UNKNOWN,
    EXPIRED_BEFORE,
    EXPIRED_MEANWHILE,
    NO_OPPOSITE,
    NOTHING_TO_AMEND,
    OFF_LOT,
    OFF_TICK,
    REFUSALS,
    TERMS_FIRST,
    TOO_MANY_ORDERS,
    TRADING_ENDED,
)
from commonbook.gateway.okx_v5.statement import (
    FAR_ID,
    INSTRUMENT,
    ONE_INSTRUMENT,
    Setting,
    choice,
    choices,
    decimal,
    echoed,
    flag,
    ignored,
    name_of,
    needed,
    number,
    plain,
    printed,
    unavailable,
)
from commonbook.records import Refusal

_OFF_TICK = "a price of this instrument's: on a tick, and within the band"
_OFF_LOT = "a size of this instrument's: whole lots, and not below the minimum"
_EXPIRY = number(
    "expTime", 0, 2**53, "refused when it comes after this, in milliseconds (50036)", further="a time that is not over"
)
_CLIENT_ID = name_of("clOrdId", Setting.CLIENT_ID, "the client's name of the order", example="mine1")
ONE_ORDER = ("ordId", "clOrdId")
ORDER_NAME = (
    *INSTRUMENT,
    number("ordId", 1, FAR_ID, "the order; preferred to clOrdId", example="1"),
    _CLIENT_ID,
)
NEW_ORDER = (
    *INSTRUMENT,
    needed(choice("tdMode", "cash", what="cash alone")),
    needed(choice("side", *SIDES)),
    needed(choice("ordType", *ORDER_TYPES)),
    needed(
        decimal(
            "sz",
            "size in base; of a market buy in quote, unless tgtCcy says base_ccy",
            example="0.01",
            further=_OFF_LOT,
        )
    ),
    decimal(
        "px",
        "the price; required unless it is a market order (51204)",
        example="70000",
        further=_OFF_TICK,
        is_usual=True,
    ),
    choice(
        "tgtCcy",
        "base_ccy",
        "quote_ccy",
        what="of a market order: what sz is in",
        further="base_ccy where it is a sell",
    ),
    replace(_CLIENT_ID, further="the name of no live order of this account (51016)"),
    printed("tag", Setting.TAG, "echoed; earns as the code of a broker", example="TAG"),
    choice(
        "stpMode",
        *SELF_TRADES,
        what="self-trade prevention; cancel_maker when absent",
        further="cancel_maker or cancel_taker where the type is fok",
    ),
    flag("banAmend", "read, and without effect: no market order is ever cut to what funds allow"),
    plain("tradeQuoteCcy", "the quote currency, or nothing", example="USDT", further="the instrument's quote currency"),
    _EXPIRY,
    *unavailable(*UNAVAILABLE_IN_ORDERS),
    *ignored("ccy", "posSide", "reduceOnly", "pxType", "quickMgnType", "stpId"),
)
AMENDMENT = (
    *ORDER_NAME,
    decimal("newPx", "the new price", example="70001", further=_OFF_TICK),
    decimal("newSz", "the new size, with what is filled", example="0.02", further=_OFF_LOT),
    echoed("reqId", example="r1"),
    choice("cxlOnFail", "false", what="a failed amendment leaves the order as it was; true is 50062"),
    _EXPIRY,
    *unavailable(*UNAVAILABLE_IN_AMENDMENTS),
    *ignored("pxAmendType"),
)
THIS_ORDER = {"instId": "$request.body#/instId", "ordId": "$response.body#/data/0/ordId"}
_HEADERS = (number("expTime", 0, 2**53, "as expTime in the body, for all of it", further="a time that is not over"),)
SUBMIT_CODES = (BUSY, REFUSALS[Refusal.UNKNOWN_ACCOUNT])
_AT_THE_COUNTER = tuple(REFUSALS[one] for one in Refusal)
PLACING: dict[str, Any] = {
    "one_of": (ONE_INSTRUMENT,),
    "answers": "Placed",
    "in_rows": True,
    "headers": _HEADERS,
    "codes": (BUSY, TOO_MANY_ORDERS, TERMS_FIRST, TRADING_ENDED),
    "row_codes": (OFF_TICK, OFF_LOT, NO_OPPOSITE, EXPIRED_BEFORE, EXPIRED_MEANWHILE, *_AT_THE_COUNTER),
    "differs": "spot alone: tdMode is cash; fees are in the quote currency; a market buy sized in base may pay up to"
    " 5 % above the best offer",
    "stricter": "an off-tick price is refused (51000), not rounded: the sender's price is the sender's; a market sell"
    " sized in quote is refused: how much to sell would depend on the book; what asks for a stop is refused (50062)",
}
NOBODYS = "what is gone is told as if it had never been there, so that nobody learns of an order that is not theirs"
CANCELING: dict[str, Any] = {
    "one_of": (ONE_INSTRUMENT, ONE_ORDER),
    "answers": "Canceled",
    "in_rows": True,
    "codes": (BUSY,),
    "row_codes": (CANCEL_UNKNOWN, *_AT_THE_COUNTER),
    "differs": f"{NOBODYS}: 51400, never 51401 or 51402",
}
AMENDING: dict[str, Any] = {
    "one_of": (ONE_INSTRUMENT, ONE_ORDER),
    "answers": "Amended",
    "in_rows": True,
    "headers": _HEADERS,
    "codes": (BUSY, TOO_MANY_ORDERS, TERMS_FIRST, TRADING_ENDED),
    "row_codes": (
        AMEND_UNKNOWN,
        AMEND_FUNDS,
        OFF_TICK,
        OFF_LOT,
        NOTHING_TO_AMEND,
        EXPIRED_BEFORE,
        EXPIRED_MEANWHILE,
        *_AT_THE_COUNTER,
    ),
    "differs": f"{NOBODYS}: 51503, never 51509",
    "stricter": "cxlOnFail is refused (50062): a failed amendment leaves the order as it was",
}
FILTERS = (
    choices("ordType", *ORDER_TYPES, what="of these types; one that never occurs finds nothing", is_open=True),
    choice(
        "state", *OPEN_STATES, *CLOSED_STATES, what="in this state; one that never occurs finds nothing", is_open=True
    ),
    choice("category", "normal", what="any other finds nothing", is_open=True),
)
FILL_FILTERS = (
    number("ordId", 1, FAR_ID, "of this order"),
    number("subType", 0, 2**31, "1: bought, 2: sold; any other finds nothing", example="1"),
)
