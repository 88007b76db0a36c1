"""OKX's spelling, both ways: the only module that knows names like `clOrdId`, signs of fees and decimal strings.

Clients send "", null and [] for what they leave out, numbers as numbers or strings, booleans as words; all of it is
read the same. OKX writes a charged fee below zero and we above, so signs turn here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonbook.errors import BadInput
from commonbook.gateway.okx_v5.codes import (
    CANCEL_SOURCES,
    MISSING,
    NO_INSTRUMENT,
    NOT_AVAILABLE,
    OFF_LOT,
    OFF_TICK,
    ORDER_ID_REQUIRED,
    PARAMETER,
    TOO_MANY,
    Refused,
)
from commonbook.instrument.fills import FillSide, Role
from commonbook.instrument.model import BrokerCode, Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import CancelReason, OrderType, SelfTrade, Side, SizeIn, TradingStatus
from commonbook.units import AMOUNT_LIMIT, format_units

Body = dict[str, Any]

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
ORDER_TYPES = {
    "limit": OrderType.LIMIT,
    "market": OrderType.MARKET,
    "post_only": OrderType.POST_ONLY,
    "ioc": OrderType.IOC,
    "fok": OrderType.FOK,
}
SELF_TRADES = {
    "cancel_maker": SelfTrade.CANCEL_MAKER,
    "cancel_taker": SelfTrade.CANCEL_TAKER,
    "cancel_both": SelfTrade.CANCEL_BOTH,
}
DEFAULT_SELF_TRADE = "cancel_maker"
_SIDE_NAMES = {side: name for name, side in SIDES.items()}
_TYPE_NAMES = {kind: name for name, kind in ORDER_TYPES.items()}
_SELF_TRADE_NAMES = {mode: name for name, mode in SELF_TRADES.items()}
STATUS_NAMES = {
    TradingStatus.LIVE: "live",
    TradingStatus.CANCEL_ONLY: "suspend",
    TradingStatus.HALTED: "suspend",
}
NS_PER_MS = 1_000_000


def text(body: Body, name: str) -> str:
    """A field as a string; "" when it is absent, empty, null or []."""
    value = body.get(name)
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value)
    raise Refused(PARAMETER, name)


def required(body: Body, name: str) -> str:
    value = text(body, name)
    if not value:
        raise Refused(MISSING, name)
    return value


def whole(body: Body, name: str, low: int, high: int, default: int | None = None) -> int | None:
    """A whole number between two bounds, or the default when it is absent."""
    value = text(body, name)
    if not value:
        return default
    if not value.isascii() or not value.removeprefix("-").isdigit() or len(value) > 20 or not low <= int(value) <= high:
        raise Refused(PARAMETER, name)
    return int(value)


def boolean(body: Body, name: str, default: bool) -> bool:
    """`true`, `"true"` and `"True"`, and the same of false."""
    value = text(body, name).lower()
    if value not in ("", "true", "false"):
        raise Refused(PARAMETER, name)
    return value == "true" if value else default


def object_of(body: Any) -> Body:
    """A body that must be an object."""
    if not isinstance(body, dict):
        raise Refused(PARAMETER, "an object is expected")
    return body


def rows_of(body: Any, most: int) -> list[Body]:
    """A body that must be an array of objects, of `most` at the most."""
    if not isinstance(body, list) or not body or not all(isinstance(row, dict) for row in body):
        raise Refused(PARAMETER, "an array of objects is expected")
    if len(body) > most:
        raise Refused(TOO_MANY, str(most))
    return body


def filtered_instrument(query: Body, venue: Venue) -> Instrument | None:
    """The instrument that a list is filtered by; None where all are wanted."""
    return instrument_of(query, venue) if text(query, "instId") or text(query, "instIdCode") else None


def instrument_of(body: Body, venue: Venue) -> Instrument:
    """By `instId`, else by the integer `instIdCode`."""
    name = text(body, "instId")
    if name:
        found = venue.instrument_named(name)
    else:
        code = text(body, "instIdCode")
        if not code:
            raise Refused(MISSING, "instId")
        found = venue.instruments.get(int(code)) if code.isascii() and code.isdigit() and len(code) < 10 else None
    if found is None:
        raise Refused(NO_INSTRUMENT)
    return found


def alphanumeric(body: Body, name: str, longest: int) -> str:
    value = text(body, name)
    if value and (len(value) > longest or not (value.isascii() and value.isalnum())):
        raise Refused(PARAMETER, name)
    return value


def printable(body: Body, name: str, longest: int) -> str:
    """A field that is echoed and never interpreted."""
    value = text(body, name)
    if len(value) > longest or not value.isascii() or not value.isprintable():
        raise Refused(PARAMETER, name)
    return value


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as asked for, in our units."""

    instrument: Instrument
    side: Side
    order_type: OrderType
    self_trade: SelfTrade
    price_ticks: int
    quantity_lots: int
    size_in: SizeIn
    quote_amount: int
    client_id: str
    tag: str


def order_request(body: Body, venue: Venue, client_id_longest: int, tag_longest: int) -> OrderRequest:
    """One order of a place or batch request.

    Raises:
        Refused: with the code and the name of the parameter.
    """
    instrument = instrument_of(body, venue)
    _refuse_unavailable(body, UNAVAILABLE_IN_ORDERS)
    if text(body, "tradeQuoteCcy") not in ("", instrument.quote.name):
        raise Refused(PARAMETER, "tradeQuoteCcy")
    mode = required(body, "tdMode")
    side = SIDES.get(required(body, "side"))
    order_type = ORDER_TYPES.get(required(body, "ordType"))
    self_trade = SELF_TRADES.get(text(body, "stpMode") or DEFAULT_SELF_TRADE)
    for value, name in ((side, "side"), (order_type, "ordType"), (self_trade, "stpMode")):
        if value is None:
            raise Refused(PARAMETER, name)
    if mode != "cash":
        raise Refused(PARAMETER, "tdMode")
    if side is None or order_type is None or self_trade is None:
        raise Refused(PARAMETER)
    boolean(body, "banAmend", False)  # no market order is ever cut to what funds allow, so either is already so
    target = text(body, "tgtCcy")
    if target not in ("", "base_ccy", "quote_ccy"):
        raise Refused(PARAMETER, "tgtCcy")
    market_buy = order_type is OrderType.MARKET and side is Side.BUY
    in_quote = order_type is OrderType.MARKET and (target == "quote_ccy" or (market_buy and not target))
    if in_quote and side is Side.SELL:
        raise Refused(PARAMETER, "tgtCcy")
    size = required(body, "sz")
    return OrderRequest(
        instrument=instrument,
        side=side,
        order_type=order_type,
        self_trade=self_trade,
        price_ticks=0 if order_type is OrderType.MARKET else price_in_ticks(body, "px", instrument),
        quantity_lots=0 if in_quote else _size(size, "sz", instrument),
        size_in=SizeIn.QUOTE if in_quote else SizeIn.BASE,
        quote_amount=_quote(size, instrument) if in_quote else 0,
        client_id=alphanumeric(body, "clOrdId", client_id_longest),
        tag=printable(body, "tag", tag_longest),
    )


# Asked for and silently left out, each of these would leave a client less protected than it believes to be.
UNAVAILABLE_IN_ORDERS = (
    *("attachAlgoOrds", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx", "slippagePct", "pxUsd", "pxVol"),
)
UNAVAILABLE_IN_AMENDMENTS = (
    *("attachAlgoOrds", "newTpTriggerPx", "newTpOrdPx", "newSlTriggerPx", "newSlOrdPx", "newPxUsd", "newPxVol"),
)


def _refuse_unavailable(body: Body, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name) not in (None, "", [], {}):
            raise Refused(NOT_AVAILABLE, name)


@dataclass(frozen=True, slots=True)
class OrderName:
    """Which order: by id, else by client id."""

    instrument: Instrument
    order: int
    client_id: str


def order_name(body: Body, venue: Venue, client_id_longest: int) -> OrderName:
    instrument = instrument_of(body, venue)
    order = text(body, "ordId")
    client_id = alphanumeric(body, "clOrdId", client_id_longest)
    if not order and not client_id:
        raise Refused(ORDER_ID_REQUIRED)
    if order and not (order.isascii() and order.isdigit() and len(order) <= 19 and 0 < int(order) < 2**63):
        raise Refused(PARAMETER, "ordId")
    return OrderName(instrument, int(order) if order else 0, "" if order else client_id)


def amended_price_and_size(body: Body, instrument: Instrument) -> tuple[int, int]:
    """New price in ticks and new total size in lots; 0 for what stays."""
    _refuse_unavailable(body, UNAVAILABLE_IN_AMENDMENTS)
    if text(body, "cxlOnFail").lower() not in ("", "false"):
        raise Refused(NOT_AVAILABLE, "cxlOnFail")
    price = price_in_ticks(body, "newPx", instrument)
    size = text(body, "newSz")
    return price, _size(size, "newSz", instrument) if size else 0


def price_in_ticks(body: Body, name: str, instrument: Instrument) -> int:
    """A price above zero and on a tick; 0 when it is absent, which the counter refuses where it needs one."""
    value = text(body, name)
    if not value:
        return 0
    try:
        ticks = instrument.price_in_ticks(value)
    except BadInput:
        raise Refused(PARAMETER, name) from None
    if ticks is None:
        raise Refused(OFF_TICK)
    if not 0 < ticks < 2**63:
        raise Refused(PARAMETER, name)
    return ticks


def _size(value: str, name: str, instrument: Instrument) -> int:
    try:
        lots = instrument.quantity_in_lots(value)
    except BadInput:
        raise Refused(PARAMETER, name) from None
    if lots is None:
        raise Refused(OFF_LOT)
    if not 0 < lots < 2**63:
        raise Refused(PARAMETER, name)
    return lots


def _quote(value: str, instrument: Instrument) -> int:
    try:
        minor = instrument.quote.parse(value)
    except BadInput:
        raise Refused(PARAMETER, "sz") from None
    if not 0 < minor < AMOUNT_LIMIT:
        raise Refused(PARAMETER, "sz")
    return minor


# -- answers ----------------------------------------------------------------------------------------------------------


def milliseconds(time_ns: int) -> str:
    return str(time_ns // NS_PER_MS) if time_ns else ""


def instrument_object(instrument: Instrument, status: TradingStatus) -> Body:
    size_limit = instrument.format_quantity(10**15)
    return {
        "instType": "SPOT",
        "instId": instrument.name,
        "instIdCode": instrument.id,
        "uly": "",
        "instFamily": "",
        "baseCcy": instrument.base.name,
        "quoteCcy": instrument.quote.name,
        "settleCcy": "",
        "ctVal": "",
        "ctMult": "",
        "ctValCcy": "",
        "ctType": "",
        "optType": "",
        "stk": "",
        "listTime": milliseconds(instrument.listed_ns),
        "contTdSwTime": milliseconds(instrument.listed_ns),
        "expTime": "",
        "openType": "",
        "auctionEndTime": "",
        "preMktSwTime": "",
        "lever": "",
        "tickSz": instrument.format_price(1),
        "lotSz": instrument.format_quantity(1),
        "minSz": instrument.format_quantity(instrument.minimum_lots),
        "maxLmtSz": size_limit,
        "maxMktSz": size_limit,
        "maxLmtAmt": size_limit,
        "maxMktAmt": size_limit,
        "maxTwapSz": size_limit,
        "maxIcebergSz": size_limit,
        "maxTriggerSz": size_limit,
        "maxStopSz": size_limit,
        "state": STATUS_NAMES[status],
        "ruleType": "normal",
        "category": "1",
        "groupId": "1",
        "alias": "",
        "futureSettlement": False,
        "tradeQuoteCcyList": [instrument.quote.name],
        "instCategory": "1",
        "upcChg": [],
        "initPxLmtPct": "",
        "floatPxLmtPct": "",
        "maxPxLmtPct": "",
    }


def average_price(instrument: Instrument, notional: int, lots: int) -> str:
    """Notional over quantity, to four decimals beyond the tick's, rounded half up; "" with no fill."""
    if not lots:
        return ""
    scale = instrument.tick_scale + 4
    numerator = notional * instrument.tick_mantissa * 10_000
    denominator = lots * instrument.minor_per_tick_lot
    return format_units((2 * numerator + denominator) // (2 * denominator), scale)


def order_object(row: Body, instrument: Instrument, codes: Mapping[int, BrokerCode]) -> Body:
    """An order of history, or a live one, as §4.5 of OKX's reference names its fields.

    Args:
        codes: the venue's brokers, of which one may earn on the order.
    """
    quote = instrument.quote
    size_in, order_type = SizeIn(row["size_in"]), OrderType(row["order_type"])
    in_quote = size_in is SizeIn.QUOTE
    market = order_type is OrderType.MARKET
    canceled = row["state"] == "canceled"
    filled = row["filled_lots"] > 0
    fee = row["fee"]
    return {
        "instType": "SPOT",
        "instId": instrument.name,
        "instIdCode": instrument.id,
        "ordId": str(row["order_id"]),
        "clOrdId": row["client_id"],
        "tag": row["tag"],
        "brokerCode": codes[row["broker"]].code if row["broker"] else "",
        "px": "" if market else instrument.format_price(row["price_ticks"]),
        "pxUsd": "",
        "pxVol": "",
        "pxType": "",
        "sz": quote.format(row["quote_amount"]) if in_quote else instrument.format_quantity(row["quantity_lots"]),
        "ordType": _TYPE_NAMES[order_type],
        "side": _SIDE_NAMES[Side(row["side"])],
        "posSide": "net",
        "tdMode": "cash",
        "ccy": "",
        "tgtCcy": ("quote_ccy" if in_quote else "base_ccy") if market else "",
        "accFillSz": instrument.format_quantity(row["filled_lots"]),
        "fillPx": instrument.format_price(row["last_price_ticks"]) if filled else "",
        "fillSz": instrument.format_quantity(row["last_lots"]) if filled else "0",
        "tradeId": str(row["last_trade"]) if filled else "",
        "fillTime": milliseconds(row["last_fill_ns"]),
        "avgPx": average_price(instrument, row["filled_notional"], row["filled_lots"]),
        "state": row["state"],
        "lever": "",
        "stpId": "",
        "stpMode": _SELF_TRADE_NAMES[SelfTrade(row["self_trade"] or SelfTrade.CANCEL_MAKER)],
        "fee": quote.format(-max(fee, 0)),
        "feeCcy": quote.name,
        "rebate": quote.format(max(-fee, 0)),
        "rebateCcy": quote.name,
        "pnl": "0",
        "source": "",
        "category": "normal",
        "reduceOnly": "false",
        "cancelSource": CANCEL_SOURCES[CancelReason(row["cancel_reason"])] if canceled else "",
        "cancelSourceReason": "",
        "quickMgnType": "",
        "algoId": "",
        "algoClOrdId": "",
        "attachAlgoClOrdId": "",
        "attachAlgoOrds": [],
        "linkedAlgoOrd": {"algoId": ""},
        "isTpLimit": "false",
        "tpTriggerPx": "",
        "tpTriggerPxType": "",
        "tpOrdPx": "",
        "slTriggerPx": "",
        "slTriggerPxType": "",
        "slOrdPx": "",
        "tradeQuoteCcy": quote.name,
        "cTime": milliseconds(row["created_ns"]),
        "uTime": milliseconds(row["updated_ns"]),
    }


def fill_object(row: Body, instrument: Instrument, codes: Mapping[int, BrokerCode]) -> Body:
    """An own side of a trade.

    Args:
        codes: the venue's brokers, of which one may earn on the order.
    """
    quote = instrument.quote
    return {
        "instType": "SPOT",
        "instId": instrument.name,
        "tradeId": str(row["trade"]),
        "ordId": str(row["order_id"]),
        "clOrdId": row["client_id"],
        "billId": str(row["fill"]),
        "subType": "1" if row["side"] == Side.BUY else "2",
        "tag": row["tag"],
        "brokerCode": codes[row["broker"]].code if row["broker"] else "",
        "fillPx": instrument.format_price(row["price_ticks"]),
        "fillSz": instrument.format_quantity(row["quantity_lots"]),
        "fillIdxPx": "",
        "fillPnl": "0",
        "fillPxVol": "",
        "fillPxUsd": "",
        "fillMarkVol": "",
        "fillFwdPx": "",
        "fillMarkPx": "",
        "side": _SIDE_NAMES[Side(row["side"])],
        "posSide": "net",
        "execType": "T" if row["role"] == "taker" else "M",
        "feeCcy": quote.name,
        "fee": quote.format(-row["fee"]),
        "feeRate": "",
        "ts": milliseconds(row["time_ns"]),
        "fillTime": milliseconds(row["time_ns"]),
        "tradeQuoteCcy": quote.name,
    }


def fill_signs(side: FillSide, instrument: Instrument) -> Body:
    """Whether the account took or made, and its fee: below zero what it paid."""
    return {
        "execType": "T" if side.role is Role.TAKER else "M",
        "fillFee": instrument.quote.format(-side.fee),
        "fillFeeCcy": instrument.quote.name,
    }
