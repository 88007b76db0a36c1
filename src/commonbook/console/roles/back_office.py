"""The back office: ledger, clearing, history, settlement."""

import asyncio
from typing import Any

from commonbook.console import chores
from commonbook.console.leftovers import remove_left
from commonbook.console.processes import Life, Place, child_main, core_of
from commonbook.exchange import BackOffice
from commonbook.keeping import Keeping
from commonbook.settings import database_url


async def back_office(options: dict[str, Any], lifeline: Life) -> None:
    """Ledger, clearing, history; pays what is due and audits. Serves once it has caught up with the core."""
    place = Place.of(options)
    is_simulated = "live" in options
    client = await core_of(options["core_pid"], place.core_socket)  # another exchange's tables are not ours to write
    remove_left(place.data_dir)
    office = BackOffice.open(place.data_dir, database_url(place.settings, place.data_dir), place.settings)
    keeping = Keeping(office, client, place.data_dir, is_simulated)
    serves = asyncio.Event()

    async def caught_up() -> None:
        await lifeline.ready()
        serves.set()

    try:
        beside = chores.do_chores(chores.Place(place.data_dir, office, client), serves, is_simulated)
        await lifeline.until_stopped(chores.until_one_ends(keeping.run(caught_up), beside))
    finally:
        client.close()
        office.close()


def main() -> None:
    child_main(back_office)
