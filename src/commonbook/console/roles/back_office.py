"""The back office: ledger, clearing, history, settlement."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from commonbook.console.chores import chores_at
from commonbook.console.processes import START_TIMEOUT_S, Life, Place, child_main
from commonbook.exchange import BackOffice
from commonbook.matching.client import CoreClient
from commonbook.matching.stream import follow
from commonbook.records import Batch, Records
from commonbook.settings import database_url


async def back_office(options: dict[str, Any], lifeline: Life) -> None:
    """Ledger, clearing, history; pays hours and does what else is due. Serves once it has caught up with the core."""
    place = Place.of(options)
    office = BackOffice.open(place.data_dir, database_url(place.settings, place.data_dir), place.settings)
    is_simulated = "live" in options
    loop = asyncio.get_running_loop()
    client = await CoreClient.connect(place.core_socket, START_TIMEOUT_S)
    caught_up_at = int((await client.state())["sequence"])

    def submit(commands: Records) -> Batch:
        return asyncio.run_coroutine_threadsafe(client.submit_batch(commands), loop).result()

    async def work() -> None:
        told = False
        if office.position >= caught_up_at:
            told = True
            await lifeline.ready()
        async for batch in follow(client, place.data_dir, office.position):
            await asyncio.to_thread(office.project, batch)
            await asyncio.to_thread(office.settle_due, submit)
            if told and not is_simulated:
                await asyncio.to_thread(office.do_due, submit)
            if not told and office.position >= caught_up_at:
                told = True
                await lifeline.ready()

    try:
        chores = chores_at(place.data_dir, office, client, is_simulated=is_simulated)
        await lifeline.until_stopped(_until_one_ends(work(), *chores))
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
