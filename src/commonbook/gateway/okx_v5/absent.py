"""Routes about what a spot venue does not have (W-30).

Lists of it are empty, as they would be for an account that never used it; a request to bring it about is refused. So a
program that asks on its way finds an answer it can go on with, and one that relies on it is told.
"""

import re
from typing import Any

from commonbook.gateway.okx_v5.codec import Body, object_of, required, rows_of, text
from commonbook.gateway.okx_v5.codes import (
    AMEND_UNKNOWN,
    CANCEL_UNKNOWN,
    EITHER,
    NO_POSITION,
    NO_SUCH_ORDER,
    NOT_AVAILABLE,
    PARAMETER,
    WRONG_MODE,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door, Handler
from commonbook.gateway.okx_v5.public import instrument_type
from commonbook.gateway.okx_v5.statement import (
    INSTRUMENT_TYPE,
    NO_CUSTODY,
    Parameter,
    Statement,
    choice,
    choices,
    declare,
    echoed,
    ignored,
    needed,
    plain,
    states,
)
from commonbook.gateway.okx_v5.trade import Reply

ALGO_TYPES = ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "smart_iceberg", "twap", "chase")
_CANCEL_ROWS = 10


SPOT_ONLY = "a spot venue has none"
_NO_ALGOS = "there are no algo orders"
_FILES = "no files of history are made: the lists reach back as far"
_LENDING = "nothing is lent and nothing borrowed"
_CONVERT = "nothing is converted beside the book"
BY_PATH = "by path"  # the reason is the first of these that matches the route's path
_REASONS = (
    (r"/asset/convert|/easy-convert|/one-click-repay", _CONVERT),
    (r"/deposit|/withdraw|/non-tradable|/exchange-list", NO_CUSTODY),
    (r"-archive|/monthly-statement|/market-data-history", _FILES),
    (r"/borrow|-borrow-|interest|loan|/leverage|adjust-leverage", _LENDING),
    (r"block-", "there are no block trades"),
    (r"/index-components", "an index price is told to the venue as it is"),
    (r"/economic-calendar|/open-oracle", "not published here"),
    (r"", SPOT_ONLY),
)


def reason(path: str) -> str:
    """Why what a path is about is not to be had."""
    return next(why for pattern, why in _REASONS if re.search(pattern, path))


_ALGO_TYPES = needed(choices("ordType", *ALGO_TYPES, what="of these types"))
_ALGO_NAME = (
    echoed("algoId", example="1"),
    echoed("algoClOrdId"),
    echoed("reqId"),
    *ignored("instId", "cxlOnFail", "newSz"),
)


def _parameters(needed_names: tuple[str, ...], one_of: tuple[str, ...]) -> tuple[Parameter, ...]:
    found = [INSTRUMENT_TYPE if name == "instType" else plain(name, example="1") for name in needed_names]
    return (*(needed(one) for one in found), *(plain(name, example="1") for name in one_of))


def nothing(*demanded: str, one_of: tuple[str, ...] = ()) -> Handler:
    """An empty list, for whoever asks with the parameters that are required."""

    async def answer(door: Door, call: Call) -> list[Body]:
        _demand(call.query, demanded, one_of)
        return []

    groups = (one_of,) if one_of else ()
    declare(answer, Statement("Nothing.", _parameters(demanded, one_of), one_of=groups, absent=BY_PATH))
    return answer


def refused(code: Code, detail: str, *demanded: str) -> Handler:
    """A refusal, for whoever asks with the parameters that are required."""

    async def answer(door: Door, call: Call) -> list[Body]:
        _demand(object_of(call.body), demanded, ())
        raise Refused(code, detail)

    told = f"{code.text}{detail}"
    declare(answer, Statement("Refused.", _parameters(demanded, ()), codes=(code,), absent=told))
    return answer


def not_available(what: str, *demanded: str) -> Handler:
    return refused(NOT_AVAILABLE, what, *demanded)


def not_in_this_mode(what: str, *demanded: str) -> Handler:
    return refused(WRONG_MODE, what, *demanded)


def _demand(body: Body, demanded: tuple[str, ...], one_of: tuple[str, ...]) -> None:
    for name in demanded:
        if name == "instType":
            instrument_type(body)
        required(body, name)
    if one_of and not any(text(body, name) for name in one_of):
        raise Refused(EITHER, " or ".join(one_of))


@states(
    "Underlyings of derivatives: there are none.", needed(INSTRUMENT_TYPE), answers="NoUnderlying", absent=SPOT_ONLY
)
async def underlying(door: Door, call: Call) -> list[list[str]]:
    """The one answer that is a list in a list."""
    instrument_type(call.query)
    return [[]]


@states(
    "Close a position: there is none.",
    needed(plain("instId", "the instrument", example="BTC-USDT-SWAP")),
    needed(plain("mgnMode", "the margin mode", example="cross")),
    ignored("posSide", "ccy", "autoCxl", "clOrdId", "tag"),
    codes=(NO_POSITION,),
    absent=SPOT_ONLY,
)
async def close_position(door: Door, call: Call) -> list[Body]:
    _demand(object_of(call.body), ("instId", "mgnMode"), ())
    raise Refused(NO_POSITION)


@states(
    "Cancel all orders of a family of options.",
    needed(choice("instType", "OPTION", what="OPTION alone, as at OKX")),
    needed(plain("instFamily", "the family", example="BTC-USD")),
    ignored("lockInterval"),
    codes=(WRONG_MODE,),
    absent=SPOT_ONLY,
)
async def mass_cancel(door: Door, call: Call) -> list[Body]:
    """OKX takes it for options alone: what it would cancel cannot be said of a pair."""
    body = object_of(call.body)
    if required(body, "instType") != "OPTION":
        raise Refused(PARAMETER, "instType")
    required(body, "instFamily")
    raise Refused(WRONG_MODE, "options")


# -- algo orders: there are none ----------------------------------------------------------------------------------


@states(
    "Live algo orders: there are none.",
    _ALGO_TYPES,
    ignored("algoId", "instType", "instId", "after", "before", "limit", "algoClOrdId"),
    absent=_NO_ALGOS,
)
async def pending_algos(door: Door, call: Call) -> list[Body]:
    _algo_types(call.query)
    return []


@states(
    "Algo orders that ended: there are none.",
    _ALGO_TYPES,
    choice("state", "effective", "canceled", "order_failed", what="how they ended"),
    plain("algoId", "one of them"),
    ignored("instType", "instId", "after", "before", "limit"),
    one_of=(("state", "algoId"),),
    absent=_NO_ALGOS,
)
async def algo_history(door: Door, call: Call) -> list[Body]:
    _algo_types(call.query)
    _demand(call.query, (), ("state", "algoId"))
    if text(call.query, "state") not in ("", "effective", "canceled", "order_failed"):
        raise Refused(PARAMETER, "state")
    return []


def _algo_types(query: Body) -> None:
    if not set(required(query, "ordType").split(",")) <= set(ALGO_TYPES):
        raise Refused(PARAMETER, "ordType")


@states(
    "An algo order: there is none.",
    plain("algoId", "by id", example="1"),
    plain("algoClOrdId", "by the client's name"),
    one_of=(("algoId", "algoClOrdId"),),
    codes=(NO_SUCH_ORDER,),
    absent=_NO_ALGOS,
)
async def algo(door: Door, call: Call) -> list[Body]:
    _demand(call.query, (), ("algoId", "algoClOrdId"))
    raise Refused(NO_SUCH_ORDER)


@states(
    "Cancel algo orders: each is one that is not there.",
    _ALGO_NAME,
    rows=_CANCEL_ROWS,
    answers="AlgoRow",
    row_codes=(CANCEL_UNKNOWN,),
    absent=_NO_ALGOS,
)
async def cancel_algos(door: Door, call: Call) -> Reply:
    return _unknown(rows_of(call.body, _CANCEL_ROWS), CANCEL_UNKNOWN)


@states(
    "Amend an algo order: it is not there.", _ALGO_NAME, answers="AlgoRow", row_codes=(AMEND_UNKNOWN,), absent=_NO_ALGOS
)
async def amend_algo(door: Door, call: Call) -> Reply:
    return _unknown([object_of(call.body)], AMEND_UNKNOWN)


def _unknown(rows: list[Body], code: Code) -> Reply:
    """Each row is about an order that is not there."""
    return Reply("1", [_named(row) | {"sCode": code.number, "sMsg": code.text} for row in rows])


def _named(row: Body) -> dict[str, Any]:
    told = {}
    for name in ("algoId", "algoClOrdId", "reqId"):
        try:
            told[name] = text(row, name)
        except Refused:
            told[name] = ""
    return told
