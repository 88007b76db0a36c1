"""The back office: ledger, clearing, history, settlement."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from commonbook.console.chores import chores_at
from commonbook.console.processes import START_TIMEOUT_S, Life, Place, child_main
from commonbook.exchange import BackOffice
from commonbook.keeping import Keeping
from commonbook.matching.client import CoreClient
from commonbook.settings import database_url


async def back_office(options: dict[str, Any], lifeline: Life) -> None:
    """Ledger, clearing, history; pays what is due and audits. Serves once it has caught up with the core."""
    place = Place.of(options)
    office = BackOffice.open(place.data_dir, database_url(place.settings, place.data_dir), place.settings)
    is_simulated = "live" in options
    client = await CoreClient.connect(place.core_socket, START_TIMEOUT_S)
    keeping = Keeping(office, client, place.data_dir, is_simulated)
    try:
        chores = chores_at(place.data_dir, office, client, is_simulated=is_simulated)
        await lifeline.until_stopped(_until_one_ends(keeping.run(lifeline.ready), *chores))
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


if __name__ == "__main__":
    child_main(back_office)
