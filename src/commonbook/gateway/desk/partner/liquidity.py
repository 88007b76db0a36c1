"""What the shared book is worth to the brand, day by day. Rules: docs/rules/liquidity.md."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from commonbook.administration.roles import May
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.liquidity import report
from commonbook.liquidity.day import name_of
from commonbook.liquidity.picture import svg


@get("/liquidity", needs=May.LOOK)
async def liquidity_days(asked: Asking) -> list[str]:
    """The closed days that there is a report of, newest first."""
    return await asyncio.to_thread(report.kept_days, asked.desk.data_dir, asked.brand)


@get("/liquidity/{day:str}", needs=May.LOOK)
async def liquidity_of_day(asked: Asking, day: FromPath[str]) -> dict[str, Any]:
    """Depth and spread by hour, fills, and waits: on the shared book, and with the brand's own orders alone."""
    return await _kept(asked, day)


@get("/liquidity/{day:str}/picture", needs=May.LOOK, media_type="image/svg+xml")
async def liquidity_picture(asked: Asking, day: FromPath[str]) -> Response[str]:
    """The depth of each hour as a picture."""
    return Response(svg(await _kept(asked, day)), media_type="image/svg+xml")


async def _kept(asked: Asked, day: str) -> dict[str, Any]:
    number = report.day_named(day)
    found = await asyncio.to_thread(report.kept, asked.desk.data_dir, asked.brand, number)
    if found is None:
        raise Declined("no_such_report", f"there is no report of {name_of(number)}; GET /liquidity lists them")
    return found


ROUTES = [liquidity_days, liquidity_of_day, liquidity_picture]
