"""What each process of a serving exchange does. Started by the supervisor as `python -m commonbook.console.roles`."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import msgspec

from commonbook.console.processes import START_TIMEOUT_S, Lifeline, child_main
from commonbook.exchange import BackOffice
from commonbook.gateway.server import serve_gateway
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.disk import DiskWatch
from commonbook.matching.recovery import must_reach
from commonbook.matching.sequencer import Sequencer
from commonbook.matching.stream import follow
from commonbook.records import Batch, Records
from commonbook.settings import Settings, database_url
from commonbook.simulator.live import play_live


def _place(options: dict[str, Any]) -> tuple[Path, Path, Settings]:
    return Path(options["data_dir"]), Path(options["core_socket"]), msgspec.convert(options["settings"], Settings)


async def core(options: dict[str, Any], lifeline: Lifeline) -> None:
    """Sequencer, journal, engine. Leaves a snapshot behind when it is asked to stop."""
    data_dir, core_socket, settings = _place(options)
    sequencer = Sequencer.open(data_dir, settings.journal)
    try:
        must_reach(sequencer.engine.sequence(), options["taken_in"], "the back office")
        serving = Core(sequencer, settings.core, disk=DiskWatch(data_dir, settings.disk))
        await lifeline.until_stopped(serving.run(core_socket, lifeline.ready))
        sequencer.snapshot()
    finally:
        sequencer.close()


async def back_office(options: dict[str, Any], lifeline: Lifeline) -> None:
    """Ledger, clearing, history; pays the hours that are due. Serves once it has caught up with the core."""
    data_dir, core_socket, settings = _place(options)
    office = BackOffice.open(data_dir, database_url(settings, data_dir), settings)
    loop = asyncio.get_running_loop()
    client = await CoreClient.connect(core_socket, START_TIMEOUT_S)
    caught_up_at = int((await client.state())["sequence"])

    def submit(commands: Records) -> Batch:
        return asyncio.run_coroutine_threadsafe(client.submit_batch(commands), loop).result()

    async def work() -> None:
        told = False
        if office.position >= caught_up_at:
            told = True
            await lifeline.ready()
        async for batch in follow(client, data_dir, office.position):
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


async def gateway(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The OKX v5 door on the listening socket that the supervisor bound."""
    data_dir, core_socket, settings = _place(options)
    with socket.socket(fileno=options["listen_fd"]) as listener:
        client = await CoreClient.connect(core_socket, START_TIMEOUT_S)
        url = database_url(settings, data_dir)
        await lifeline.until_stopped(serve_gateway(data_dir, url, client, listener, settings, lifeline.ready))


async def market(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The recorded half-hour, over and over, against wall time. Serves once the book has two sides."""
    _, core_socket, _ = _place(options)
    client = await CoreClient.connect(core_socket, START_TIMEOUT_S)
    try:
        await lifeline.until_stopped(play_live(client, Path(options["cache"]), lifeline.ready))
    finally:
        client.close()


if __name__ == "__main__":
    child_main({"core": core, "back-office": back_office, "gateway": gateway, "market": market})
