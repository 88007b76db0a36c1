"""Routes about what a spot venue does not have (W-30).

Lists of it are empty, as they would be for an account that never used it; a request to bring it about is refused. So a
program that asks on its way finds an answer it can go on with, and one that relies on it is told.
"""

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
from commonbook.gateway.okx_v5.trade import Reply

ALGO_TYPES = {"conditional", "oco", "trigger", "move_order_stop", "iceberg", "smart_iceberg", "twap", "chase"}
_CANCEL_ROWS = 10


def nothing(*needed: str, one_of: tuple[str, ...] = ()) -> Handler:
    """An empty list, for whoever asks with the parameters that are required."""

    async def answer(door: Door, call: Call) -> list[Body]:
        _demand(call.query, needed, one_of)
        return []

    return answer


def refused(code: Code, detail: str, *needed: str) -> Handler:
    """A refusal, for whoever asks with the parameters that are required."""

    async def answer(door: Door, call: Call) -> list[Body]:
        _demand(object_of(call.body), needed, ())
        raise Refused(code, detail)

    return answer


def not_available(what: str, *needed: str) -> Handler:
    return refused(NOT_AVAILABLE, what, *needed)


def not_in_this_mode(what: str, *needed: str) -> Handler:
    return refused(WRONG_MODE, what, *needed)


def _demand(body: Body, needed: tuple[str, ...], one_of: tuple[str, ...]) -> None:
    for name in needed:
        if name == "instType":
            instrument_type(body)
        required(body, name)
    if one_of and not any(text(body, name) for name in one_of):
        raise Refused(EITHER, " or ".join(one_of))


async def underlying(door: Door, call: Call) -> list[list[str]]:
    """The one answer that is a list in a list."""
    instrument_type(call.query)
    return [[]]


async def close_position(door: Door, call: Call) -> list[Body]:
    _demand(object_of(call.body), ("instId", "mgnMode"), ())
    raise Refused(NO_POSITION)


async def mass_cancel(door: Door, call: Call) -> list[Body]:
    """OKX takes it for options alone: what it would cancel cannot be said of a pair."""
    body = object_of(call.body)
    if required(body, "instType") != "OPTION":
        raise Refused(PARAMETER, "instType")
    required(body, "instFamily")
    raise Refused(WRONG_MODE, "options")


# -- algo orders: there are none ----------------------------------------------------------------------------------


async def pending_algos(door: Door, call: Call) -> list[Body]:
    _algo_types(call.query)
    return []


async def algo_history(door: Door, call: Call) -> list[Body]:
    _algo_types(call.query)
    _demand(call.query, (), ("state", "algoId"))
    if text(call.query, "state") not in ("", "effective", "canceled", "order_failed"):
        raise Refused(PARAMETER, "state")
    return []


def _algo_types(query: Body) -> None:
    if not set(required(query, "ordType").split(",")) <= ALGO_TYPES:
        raise Refused(PARAMETER, "ordType")


async def algo(door: Door, call: Call) -> list[Body]:
    _demand(call.query, (), ("algoId", "algoClOrdId"))
    raise Refused(NO_SUCH_ORDER)


async def cancel_algos(door: Door, call: Call) -> Reply:
    return _unknown(rows_of(call.body, _CANCEL_ROWS), CANCEL_UNKNOWN)


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
