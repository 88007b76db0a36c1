"""The back office: ledger, clearing, history, settlement."""

import asyncio
from typing import Any

from commonbook.console.processes import START_TIMEOUT_S, Lifeline, Place, child_main
from commonbook.exchange import BackOffice
from commonbook.matching.client import CoreClient
from commonbook.matching.stream import follow
from commonbook.records import Batch, Records
from commonbook.settings import database_url


async def back_office(options: dict[str, Any], lifeline: Lifeline) -> None:
    """Ledger, clearing, history; pays the hours that are due. Serves once it has caught up with the core."""
    place = Place.of(options)
    office = BackOffice.open(place.data_dir, database_url(place.settings, place.data_dir), place.settings)
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
            if not told and office.position >= caught_up_at:
                told = True
                await lifeline.ready()

    try:
        await lifeline.until_stopped(work())
    finally:
        client.close()
        office.close()


if __name__ == "__main__":
    child_main(back_office)
