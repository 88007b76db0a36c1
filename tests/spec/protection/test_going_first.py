"""P-13 of docs/rules/protection.md, on the core's own socket."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from commonbook.matching.client import CoreBusy, CoreClient
from commonbook.matching.core import Core
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, CommandKind, KillScope, Records, TradingStatus, commands
from commonbook.settings import CoreSettings, JournalSettings


def kill() -> Records:
    command = commands(CommandKind.KILL)
    command["scope"], command["active"] = KillScope.VENUE, 1
    return command


def halt() -> Records:
    command = commands(CommandKind.STATUS)
    command["status"] = TradingStatus.HALTED
    return command


@pytest.mark.parametrize("stop", [kill(), halt()], ids=["switch", "status"])
def test_p13_what_stops_goes_before_all_that_waits_and_into_a_full_inbox(tmp_path: Path, stop: Records) -> None:
    order = commands(CommandKind.ORDER).view(COMMAND)

    async def sequences() -> tuple[int, list[int]]:
        core = Core(Sequencer.open(tmp_path, JournalSettings()), CoreSettings(inbox_commands=8))
        serving = asyncio.ensure_future(core.run(tmp_path / "core.sock", lambda: asyncio.sleep(0)))
        trader, host = [await CoreClient.connect(tmp_path / "core.sock", 5) for _ in range(2)]
        waiting = [asyncio.ensure_future(trader.submit_batch(np.repeat(order, 4))) for _ in range(2)]
        too_many = asyncio.ensure_future(trader.submit_batch(order))
        stopped = await host.submit_batch(stop.view(COMMAND))
        orders = [(await one).first for one in waiting]
        with pytest.raises(CoreBusy):
            await too_many
        trader.close()
        host.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        core.sequencer.close()
        return stopped.first, orders

    assert asyncio.run(sequences()) == (1, [2, 6])
