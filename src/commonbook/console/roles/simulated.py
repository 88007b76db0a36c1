"""The simulated venue: core, back office, and what keeps it like the live one, in one process.

It is not made for load, so it does not need the processors of three; and a start is shorter by what two would load.
"""

import asyncio
import os
from collections.abc import Awaitable
from typing import Any

from commonbook.console.processes import Life, Lifeline, Place, child_main, core_of, until_set
from commonbook.console.roles.back_office import back_office
from commonbook.console.roles.core import core
from commonbook.settings import database_url
from commonbook.simulated.likeness import Likeness
from commonbook.storage.database import BACK_OFFICE, open_database, position


class Part:
    """The life of one of several works in a process, as a role knows it."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.serves = asyncio.Event()

    async def ready(self) -> None:
        self.serves.set()

    async def until_stopped(self, work: Awaitable[None]) -> None:
        await until_set(self.stopping, work)


async def simulated(options: dict[str, Any], lifeline: Lifeline) -> None:
    """Serves once it has everything that the live venue is set up with. Ends in order: back office, then core."""
    place = Place.of(options)
    database = open_database(database_url(place.settings, place.data_dir))
    with database.connect() as connection:
        options = options | {"taken_in": position(connection, BACK_OFFICE), "core_pid": os.getpid()}
    core_part, office_part, likeness_part = Part(), Part(), Part()
    parts = [
        (core_part, asyncio.ensure_future(core(options, core_part))),
        (office_part, asyncio.ensure_future(back_office(options, office_part))),
        (likeness_part, asyncio.ensure_future(likeness(options, likeness_part))),
    ]

    try:
        await lifeline.until_stopped(_until_one_ends(parts, lifeline))
    finally:
        failures: list[BaseException | None] = []
        for part, task in reversed(parts):
            part.stopping.set()
            failures += await asyncio.gather(task, return_exceptions=True)
        database.dispose()
    for failure in reversed(failures):  # the core's first: what fails behind it, fails for want of it
        if failure is not None:
            raise failure


async def _until_one_ends(parts: list[tuple[Part, asyncio.Task[None]]], lifeline: Life) -> None:
    tasks = [task for _, task in parts]
    for part, _ in parts:
        serves = asyncio.ensure_future(part.serves.wait())
        await asyncio.wait({serves, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        if serves.cancel():  # not yet, so one of them has ended
            return
    await lifeline.ready()
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def likeness(options: dict[str, Any], lifeline: Life) -> None:
    """Keep the venue like the live one, whose core is asked and whose tables are read."""
    place, live = Place.of(options), Place.of(options["live"])
    own = await core_of(options["core_pid"], place.core_socket)
    of_live = await core_of(options["live"]["core_pid"], live.core_socket)
    own_tables = open_database(database_url(place.settings, place.data_dir))
    live_tables = open_database(database_url(live.settings, live.data_dir))
    keeping = Likeness(of_live, live_tables, own, own_tables, place.settings.simulated)
    try:
        await lifeline.until_stopped(keeping.run(lifeline.ready))
    finally:
        for client in (own, of_live):
            client.close()
        for database in (own_tables, live_tables):
            database.dispose()


def main() -> None:
    child_main(simulated)
