"""A broker's report files, to whoever has a link that is still good. Rule BK-8."""

import asyncio
import time

from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from commonbook.broker import report_files
from commonbook.broker.report_files import Report
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.broker.history import pieces
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.okx_v5.door import Door

LINK_CHARACTERS = 64


@get("/broker-files/{link:str}", needs=Needs.NOBODY)
async def broker_file(asked: Asking, link: FromPath[str]) -> Stream:
    """The file as CSV. The link is a secret that was told to the broker alone, and works for some hours."""
    if len(link) > LINK_CHARACTERS:
        raise Declined("no_such_file", "there is no such file")
    door, report = await _opened(asked.desk.door_of(False), asked, link)
    try:
        file = await asyncio.to_thread(report_files.path_of(door.data_dir, report.id).open, "rb")
    except FileNotFoundError:  # it has gone by its age just now
        raise Declined("no_such_file", "there is no such file any more: ask for it again") from None
    name = f"{report.kind.replace(':', '-')}-{report.begin_day}-{report.end_day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(pieces(file), media_type="text/csv", headers=headers)


async def _opened(door: Door, asked: Asked, link: str) -> tuple[Door, Report]:
    """The file and the venue whose it is: the live one's, or the simulated one's."""
    now_ns = max(time.time_ns(), door.time_ns)
    try:
        return door, await door.read(lambda connection: report_files.opened(connection, link, now_ns))
    except Declined:
        environments = asked.desk.environments
        other = None if environments is None else environments.simulated_door
        if other is None or other is door:
            raise
        return await _opened_there(other, link)


async def _opened_there(door: Door, link: str) -> tuple[Door, Report]:
    now_ns = max(time.time_ns(), door.time_ns)
    return door, await door.read(lambda connection: report_files.opened(connection, link, now_ns))


ROUTES = [broker_file]
