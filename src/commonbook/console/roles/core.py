"""The core: sequencer, journal, engine."""

from typing import Any

from commonbook.console.processes import Life, Place, child_main
from commonbook.matching.ahead import take_ahead
from commonbook.matching.core import Core
from commonbook.matching.disk import DiskWatch
from commonbook.matching.recovery import must_reach
from commonbook.matching.sequencer import Sequencer


async def core(options: dict[str, Any], lifeline: Life) -> None:
    """Sequencer, journal, engine. Leaves a snapshot behind when it is asked to stop."""
    place = Place.of(options)
    sequencer = Sequencer.open(place.data_dir, place.settings.journal)
    try:
        must_reach(sequencer.engine.sequence(), options["taken_in"], "the back office")
        take_ahead(place.settings.core.memory_ahead_mib)
        serving = Core(sequencer, place.settings.core, disk=DiskWatch(place.data_dir, place.settings.disk))
        await lifeline.until_stopped(serving.run(place.core_socket, lifeline.ready))
        sequencer.snapshot()
    finally:
        sequencer.close()


def main() -> None:
    child_main(core)


if __name__ == "__main__":
    main()
