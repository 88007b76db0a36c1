"""What the back office does beside following the stream: each chore in its own time, none in the way of another.

A chore that fails for something outside is told in the log and tried again at its next turn; it is written so that this
does no harm. A bug is not gone over: it ends the process.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from commonbook.errors import Declined, OutsideFailure
from commonbook.exchange import BackOffice
from commonbook.matching.client import CoreClient
from commonbook.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """What a chore may use."""

    data_dir: Path
    office: BackOffice
    core: CoreClient

    @property
    def settings(self) -> Settings:
        return self.office.settings


@dataclass(frozen=True, slots=True)
class Chore:
    name: str
    every_s: Callable[[Settings], float]
    work: Callable[[Place], Awaitable[None]]


async def move_closed_days(place: Place) -> None:
    """One by one, and not within a start."""
    while await asyncio.to_thread(place.office.move_closed_day):
        pass


async def count_closed_days(place: Place) -> None:
    """BT-13: one by one."""
    while await asyncio.to_thread(place.office.count_closed_day):
        pass


COUNT_CLOSED_DAYS = Chore("brokers.count_closed_days", lambda settings: 10.0, count_closed_days)
MOVE_CLOSED_DAYS = Chore("market.move_closed_days", lambda settings: 10.0, move_closed_days)


async def do_chores(place: Place, serves: asyncio.Event, is_simulated: bool) -> None:
    """All that are the venue's, for ever. The simulated one has people and brands of nobody's.

    What the others stand on is loaded once the back office serves: a start does not wait for it.
    """
    chores: tuple[Chore, ...] = (MOVE_CLOSED_DAYS, COUNT_CLOSED_DAYS)
    await serves.wait()
    if not is_simulated:
        house = await asyncio.to_thread(importlib.import_module, "commonbook.console.house_chores")
        chores += house.CHORES
    await until_one_ends(*(_again_and_again(chore, place) for chore in chores))


async def until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """All beside each other; ends, and fails, as the first of them does, and ends the others."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(chore: Chore, place: Place) -> None:
    while True:
        await asyncio.sleep(chore.every_s(place.settings))
        try:
            await chore.work(place)
        except (OutsideFailure, Declined, OSError) as failure:
            log.error("chore.failed", chore=chore.name, why=str(failure))
