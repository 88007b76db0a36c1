"""The live market of the demo: the recorded half-hour, over and over."""

from pathlib import Path
from typing import Any

from commonbook.console.processes import Lifeline, Place, child_main, core_of
from commonbook.simulator.live import play_live


async def market(options: dict[str, Any], lifeline: Lifeline) -> None:
    """The recorded half-hour, over and over, against wall time. Serves once the book has two sides."""
    place = Place.of(options)
    client = await core_of(options["core_pid"], place.core_socket)
    try:
        await lifeline.until_stopped(play_live(client, Path(options["cache"]), lifeline.ready))
    finally:
        client.close()


def main() -> None:
    child_main(market)
