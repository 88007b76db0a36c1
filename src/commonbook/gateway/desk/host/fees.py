"""Fees and levels at the host's desk: makers' rates and the table of VIP levels, each decided by four eyes.

Rules SC-10, SC-11 and VL-6.
"""

import time
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import Parties
from commonbook.administration.roles import May
from commonbook.brand import ladder, makers
from commonbook.brand.days import DAY_NS
from commonbook.brand.makers import MakerTerms
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.parties import nobody
from commonbook.gateway.desk.partner.fees import MakerTold, maker_told
from commonbook.instrument.model import Rates


class Granted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subsidised: bool = False  # the host pays what the rebate exceeds the fee by


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a level asks for; what is left out is not asked for."""

    level: int
    any_of: bool  # one of them will do; else all
    volume: str = ""
    assets: str = ""
    token: str = ""


class NewTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    valuation: str  # an asset, in which volume and assets are told
    rows: list[Row]
    days: int = 30  # that the volume is summed over
    token: str = ""


@get("/fees/makers", needs=May.LOOK)
async def all_makers(asked: Asking) -> list[MakerTold]:
    """Market makers of all brands, newest first."""
    found = await asked.desk.read(makers.all_of)
    return [maker_told(asked.desk.venue, one) for one in found]


@post("/fees/makers/{maker:int}/grant", needs=May.FEES, fresh=True, status_code=200)
async def grant_maker(asked: Asking, maker: FromPath[int], data: JSONBody[Granted]) -> ApprovalTold:
    """Say yes to a brand's proposal; another user of the host must say it, too."""
    terms = await asked.desk.read(lambda connection: makers.find(connection, maker))
    if terms.state != makers.PROPOSED:
        raise Declined("not_proposed", f"maker {maker} is {terms.state}")
    payload = {
        "maker": maker,
        "of_brand": terms.brand,
        "account": str(terms.account),
        "maker_e8": terms.rates.maker_e8,
        "taker_e8": terms.rates.taker_e8,
        "subsidised": data.subsidised,
        "spread_bps": terms.spread_bps,
        "presence_e8": terms.presence_e8,
        "instruments": list(terms.instruments),
    }
    return told(await acts.ask_for(asked, "maker_rates", payload))


def _of_maker(_: Desk, __: Connection, payload: dict[str, Any]) -> Parties:
    return Parties(accounts=frozenset({int(payload["account"])}), brands=frozenset({payload["of_brand"]}))


@acts.register("maker_rates", May.FEES, _of_maker)
async def _give_rates(desk: Desk, approval: Approval) -> dict[str, Any]:
    """The command first, then the row: after a crash between them the same rates are set once more."""
    terms = await desk.read(lambda connection: makers.find(connection, approval.payload["maker"]))
    if terms.state not in (makers.PROPOSED, makers.ACTIVE):
        raise Declined("not_proposed", f"maker {terms.id} is {terms.state}")
    payload = approval.payload
    rates = Rates(payload["maker_e8"], payload["taker_e8"], payload["subsidised"])
    answers = await desk.command(makers.rates_command(terms.account, rates), terms.account)
    sequence, time_ns = int(answers[0]["sequence"][-1]), desk.engine_time_ns
    await desk.write(lambda connection: makers.grant(connection, terms, rates, sequence, time_ns))
    return {"sequence": str(sequence)}


@post("/fees/makers/{maker:int}/refuse", needs=May.FEES, status_code=200)
async def refuse_maker(asked: Asking, maker: FromPath[int]) -> MakerTold:
    """Say no to a brand's proposal."""

    return await _to_maker(asked, maker, "refuse maker", makers.refuse)


@post("/fees/makers/{maker:int}/end", needs=May.FEES, fresh=True, status_code=200)
async def end_maker(asked: Asking, maker: FromPath[int]) -> MakerTold:
    """Take a maker's rates away; the schedule's hold from about a second on."""

    return await _to_maker(asked, maker, "end maker", makers.take_away)


async def _to_maker(asked: Asked, maker: int, act: str, do: Callable[[Connection, MakerTerms], None]) -> MakerTold:
    def work(connection: Connection) -> MakerTerms:
        terms = makers.find(connection, maker)
        do(connection, terms)
        asked.log(connection, act, f"maker:{maker}", terms.brand)
        return makers.find(connection, maker)

    return maker_told(asked.desk.venue, await asked.desk.write(work))


@get("/levels", needs=May.LOOK)
async def level_tables(asked: Asking) -> list[dict[str, Any]]:
    """All versions of the table of VIP levels, newest first."""
    return await asked.desk.read(ladder.tables)


@post("/levels", needs=May.FEES, fresh=True, status_code=200)
async def change_levels(asked: Asking, data: JSONBody[NewTable]) -> ApprovalTold:
    """A new table of VIP levels; another user of the host must say yes. It judges days from tomorrow's on."""
    table = msgspec.to_builtins(data)
    ladder.read_table(asked.desk.venue, table)
    return told(await acts.ask_for(asked, "level_table", {"table": table}))


@acts.register("level_table", May.FEES, nobody)
async def _keep_table(desk: Desk, approval: Approval) -> dict[str, Any]:
    today = desk.engine_time_ns // DAY_NS
    table = approval.payload["table"]

    def work(connection: Any) -> int:
        return ladder.keep_table(connection, desk.venue, table, approval.id, today, time.time_ns())

    return {"first_day": await desk.write(work)}


ROUTES = [all_makers, grant_maker, refuse_maker, end_maker, level_tables, change_levels]
