"""What was stopped before a restart is stopped after it: docs/rules/protection.md, P-9, against journal and processes.

The engine's own snapshot is tried in tests/spec/protection; here is what a restart really does.
"""

import asyncio
from pathlib import Path

import httpx
import pytest
from integration.okx_client import OkxClient
from integration.serving import Server

from commonbook.console.audit import audit_folder
from commonbook.gateway.okx_v5.codes import REFUSALS
from commonbook.matching.client import CoreClient
from commonbook.matching.sequencer import Sequencer
from commonbook.records import (
    COMMAND,
    ORDER,
    CommandKind,
    EventKind,
    KillScope,
    Records,
    Refusal,
    TradingStatus,
    as_commands,
    commands,
)
from commonbook.settings import JournalSettings
from commonbook.simulator.demo_market import BTC_USDT, standing_book, venue_commands


def status(word: TradingStatus, instrument: int = 0) -> Records:
    command = commands(CommandKind.STATUS)
    command["status"], command["instrument"] = word, instrument
    return command


def switch(scope: KillScope, target: int, active: int = 1) -> Records:
    command = commands(CommandKind.KILL)
    command["scope"], command["target"], command["active"] = scope, target, active
    return command


def reference(ticks: int) -> Records:
    command = commands(CommandKind.REFERENCE)
    command["instrument"], command["reference_ticks"] = BTC_USDT, ticks
    return command


def order(**fields: int) -> Records:
    one = standing_book()[:1].view(ORDER).copy()
    for name, value in fields.items():
        one[name] = value
    return one


def refusal(sequencer: Sequencer, one: Records) -> Refusal | None:
    """Why an order is refused, or nothing."""
    events = sequencer.commit(one.view(COMMAND), sequencer.engine.time_ns() + 1).events
    reasons = events["reason"][events["kind"] == EventKind.REFUSED]
    return Refusal(int(reasons[0])) if len(reasons) else None


@pytest.mark.parametrize("snapshot", [False, True], ids=["journal alone", "snapshot and tail"])
def test_p9_status_switches_and_band_survive_a_restart(tmp_path: Path, snapshot: bool) -> None:
    settings = JournalSettings()
    first = Sequencer.open(tmp_path, settings)
    first.commit(venue_commands().view(COMMAND), 1)
    protecting = as_commands(
        status(TradingStatus.HALTED, BTC_USDT),
        status(TradingStatus.CANCEL_ONLY),
        switch(KillScope.CREDENTIAL, 7),
        reference(1_000),
    )
    first.commit(protecting.view(COMMAND), 2)
    if snapshot:
        first.snapshot()
        first.commit(commands(CommandKind.TIME).view(COMMAND), 3)
    state = first.engine.state_hash()
    first.close()

    second = Sequencer.open(tmp_path, settings)
    assert second.engine.state_hash() == state
    found = [refusal(second, order())]
    assert refusal(second, status(TradingStatus.LIVE, BTC_USDT)) is None
    found.append(refusal(second, order()))
    assert refusal(second, status(TradingStatus.LIVE)) is None
    found += [refusal(second, order(credential=7)), refusal(second, order(price_ticks=2_000))]
    assert found == [Refusal.HALTED, Refusal.CANCEL_ONLY, Refusal.KILLED, Refusal.PRICE_ABOVE_BAND]
    assert refusal(second, order(price_ticks=1_000)) is None
    second.close()


def test_p9_a_halt_and_a_switch_survive_kill_9_and_the_door_tells_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data_dir = tmp_path_factory.mktemp("p9") / "data"  # short, as the socket lies in it
    server = Server(data_dir)
    aurora = int(server.account("aurora")["account"])
    send(data_dir, switch(KillScope.ACCOUNT, aurora))
    assert told(server) == [REFUSALS[Refusal.KILLED].text, ""]
    send(data_dir, status(TradingStatus.HALTED, BTC_USDT))
    send(data_dir, reference(80_000))
    server = again(server)
    assert told(server) == [REFUSALS[Refusal.HALTED].text] * 2
    limit = httpx.get(server.ready["rest"] + "/api/v5/public/price-limit?instId=BTC-USDT", timeout=60).json()["data"][0]
    assert (limit["enabled"], limit["buyLmt"], limit["sellLmt"]) == (True, "88000", "72000")  # 10 % around it
    send(data_dir, status(TradingStatus.CANCEL_ONLY, BTC_USDT))
    server = again(server)
    assert told(server) == [REFUSALS[Refusal.CANCEL_ONLY].text] * 2
    send(data_dir, status(TradingStatus.LIVE, BTC_USDT))
    server = again(server)
    assert told(server) == [REFUSALS[Refusal.KILLED].text, ""]
    send(data_dir, switch(KillScope.ACCOUNT, aurora, active=0))
    server = again(server)
    assert told(server) == ["", ""]
    server.close()
    found = audit_folder(data_dir)
    assert found.ok, found.problems


def again(server: Server) -> Server:
    """kill -9, and a new start on the same folder."""
    server.kill()
    return Server(server.data_dir)


def send(data_dir: Path, command: Records) -> None:
    """One command of the host, straight to the core."""

    async def submit() -> Records:
        client = await CoreClient.connect(data_dir / "core.sock", 5)
        events = (await client.submit(command))[0]
        client.close()
        return events

    assert EventKind.CONFIG in asyncio.run(submit())["kind"]


def told(server: Server) -> list[str]:
    """What the door says to an order of each brand's account; nothing when it is taken."""
    answers = []
    for brand in ("aurora", "borealis"):
        client = OkxClient(server.ready["rest"], server.account(brand))
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "75000", "sz": "0.01"}
        answers.append(client.post("/api/v5/trade/order", order)["data"][0]["sMsg"])
        client.close()
    return answers
