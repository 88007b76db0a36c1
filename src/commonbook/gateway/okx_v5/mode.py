"""What kind of account this is: spot, one position mode, fees in the quote coin (W-31).

A call that sets what is already so is answered as done. One that asks for something else is refused: an account that
silently stayed a spot account would trade otherwise than its owner believes.
"""

import time

from commonbook.gateway.okx_v5.account import balances_of
from commonbook.gateway.okx_v5.codec import Body, boolean, milliseconds, object_of, required, text
from commonbook.gateway.okx_v5.codes import MISSING, PARAMETER, WRONG_MODE, Refused
from commonbook.gateway.okx_v5.door import Call, Door, Handler
from commonbook.gateway.okx_v5.statement import (
    CURRENCIES,
    Statement,
    choice,
    declare,
    flag,
    ignored,
    needed,
    states,
)
from commonbook.units import format_units

_ONE_MODE = "a spot account, once and for all: setting what is so is echoed, anything else is refused (51010)"


def always(name: str, so: str, *others: str) -> Handler:
    """A setting with one possible value here, and others at OKX."""

    async def answer(door: Door, call: Call) -> list[Body]:
        value = required(object_of(call.body), name)
        if value not in (so, *others):
            raise Refused(PARAMETER, name)
        if value != so:
            raise Refused(WRONG_MODE, name)
        return [{name: so}]

    parameter = needed(choice(name, so, *others, what=f"only {so} is so here; others of OKX's are 51010"))
    declare(
        answer,
        Statement(
            "What kind of account this is.", (parameter,), answers="SettingSo", codes=(WRONG_MODE,), differs=_ONE_MODE
        ),
    )
    return answer


@states(
    "Whether to borrow: never.",
    needed(flag("autoLoan", "only false is so here; true is 51010")),
    answers="SettingSo",
    codes=(WRONG_MODE,),
    differs=_ONE_MODE,
)
async def set_auto_loan(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    if not text(body, "autoLoan"):
        raise Refused(MISSING, "autoLoan")
    if boolean(body, "autoLoan", False):
        raise Refused(WRONG_MODE, "autoLoan")
    return [{"autoLoan": False}]


@states("Balances as of one moment, and no position.", ignored("instType"), answers="PositionRisk")
async def position_risk(door: Door, call: Call) -> list[Body]:
    """Balances as of one moment, and no position."""
    found = await balances_of(door, call.account)
    rows = [
        {"ccy": asset.name, "eq": asset.format(free + held), "disEq": format_units(worth, 8)}
        for asset, free, held, worth in found
    ]
    return [{"adjEq": "", "balData": rows, "posData": [], "ts": milliseconds(time.time_ns())}]


@states("What may be moved out of the trading account.", CURRENCIES, answers="Withdrawable")
async def max_withdrawal(door: Door, call: Call) -> list[Body]:
    """What may be moved out of the trading account: all that no order holds."""
    return await withdrawable(door, call.account, call.query)


async def withdrawable(door: Door, account: int, query: Body) -> list[Body]:
    wanted = {name for name in text(query, "ccy").split(",") if name}
    rows = []
    for asset, free, _, _ in await balances_of(door, account):
        if wanted and asset.name not in wanted:
            continue
        most = asset.format(free)
        rows.append({"ccy": asset.name, "maxWd": most, "maxWdEx": most, "spotOffsetMaxWd": "", "spotOffsetMaxWdEx": ""})
    return rows
