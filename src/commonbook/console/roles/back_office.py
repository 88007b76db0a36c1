"""The back office: ledger, clearing, history, settlement."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from commonbook.console.processes import START_TIMEOUT_S, Life, Place, child_main
from commonbook.errors import OutsideFailure
from commonbook.exchange import BackOffice
from commonbook.keeping import Keeping
from commonbook.matching.client import CoreClient
from commonbook.settings import database_url

MOVE_EVERY_S = 10.0


async def back_office(options: dict[str, Any], lifeline: Life) -> None:
    """Ledger, clearing, history; pays what is due and audits. Serves once it has caught up with the core."""
    place = Place.of(options)
    office = BackOffice.open(place.data_dir, database_url(place.settings, place.data_dir), place.settings)
    client = await CoreClient.connect(place.core_socket, START_TIMEOUT_S)
    keeping = Keeping(office, client, place.data_dir)
    try:
        await lifeline.until_stopped(_until_one_ends(keeping.run(lifeline.ready), _move_closed_days(office)))
    finally:
        client.close()
        office.close()


async def _until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _move_closed_days(office: BackOffice) -> None:
    """Closed days go into files beside the work, one by one, and not within a start; a disk that refuses is told, and
    tried again later."""
    while True:
        await asyncio.sleep(MOVE_EVERY_S)
        try:
            while await asyncio.to_thread(office.move_closed_day):
                pass
        except (OutsideFailure, OSError) as failure:
            structlog.get_logger().error("market.not_moved", why=str(failure))


if __name__ == "__main__":
    child_main(back_office)
