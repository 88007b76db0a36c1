"""Suite `audit`, I19: the online auditor finds each planted mismatch within 5 s, stops trading, and names where it is.

In each trial a core and a back office with its auditor serve under load, in one process, on a real disk and with the
real clock. Then one thing is spoiled: a posting of the ledger, a balance in the engine's own state, a batch that is
taken in and posted nowhere. The venue must be cancel-only within 5 s: orders are refused, cancels taken; and an alarm
must name the asset, and a sequence behind the damage. One trial in four spoils nothing, under heavier load: nothing may
be stopped, and all must have been compared more than once.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from commonbook.clearing.reconciliation import open_alarms
from commonbook.errors import BrokenInvariant
from commonbook.exchange import BackOffice
from commonbook.keeping import Keeping
from commonbook.ledger.model import Entry, Posting, available, brand_revenue
from commonbook.matching.client import CoreBusy, CoreClient
from commonbook.matching.core import Core
from commonbook.matching.sequencer import Sequencer
from commonbook.qa.suite import Result
from commonbook.records import (
    COMMAND,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    OrderType,
    Records,
    Refusal,
    Side,
    TradingStatus,
    as_commands,
    commands,
    refusal_of,
    words,
)
from commonbook.settings import CoreSettings, JournalSettings, Settings, database_url
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND
from commonbook.simulator.demo_market import (
    BTC,
    BTC_USDT,
    KEY_ACCOUNTS,
    MID_TICKS,
    USDT,
    venue_commands,
)
from commonbook.storage.database import BACK_OFFICE, advance, upsert_many
from commonbook.storage.schema import ledger_balances

FOUND_S = 5.0  # promised
CONTROL_SHARE = 0.25
CONTROL_S = 2.0
AHEAD = 500  # commands that the core may be ahead of the back office
BURST = 40  # orders of one submission of the load
SETTINGS = JournalSettings(snapshot_every=10**12)
BUYER, SELLER = KEY_ACCOUNTS[FIRST_BRAND][0], KEY_ACCOUNTS[SECOND_BRAND][0]
IDLE = KEY_ACCOUNTS[FIRST_BRAND][1]  # nothing of it moves
ODD = 123_456_789_012_345_677  # an amount that nothing else has: found again in the engine's own state


@dataclass
class Served:
    """One exchange under load."""

    core: Core
    office: BackOffice
    keeping: Keeping
    client: CoreClient


@dataclass(frozen=True, slots=True)
class Planted:
    """What was spoiled: the sequence behind which, and the assets in which it shows."""

    sequence: int
    assets: frozenset[int]


Plant = Callable[[Served], Coroutine[Any, Any, Planted]]


def run(build: Any, seed: int, trials: int, limit: float = 0.0) -> Result:
    """`trials` trials from one seed.

    Args:
        build: the module that has Engine: the product's own, or one with planted bugs.
    """
    result = Result("audit", seed, limit=limit)
    pick = random.Random(seed)
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="qa") as folder, structlog.testing.capture_logs():
        while result.goes_on(trials):
            is_control = result.trials % round(1 / CONTROL_SHARE) == 0
            kind = "" if is_control else list(PLANTS)[result.seeds % len(PLANTS)]
            result.seeds += int(not is_control)
            why = asyncio.run(_trial(build, Path(folder) / str(result.trials), kind, pick, seconds, result))
            result.trials += 1
            result.events[kind or "nothing planted"] += 1
            if why:
                result.failure = f"seed {seed}, trial {result.trials}, {kind or 'nothing planted'}: {why}"
    if seconds:
        result.figures["found_s_most"] = round(max(seconds), 2)
        result.figures["found_s_p50"] = round(sorted(seconds)[len(seconds) // 2], 2)
    return result


async def _trial(build: Any, folder: Path, kind: str, pick: random.Random, seconds: list[float], result: Result) -> str:
    """Serve, spoil, look; empty, or what is wrong."""
    folder.mkdir()
    journal = build.Journal.open(str(folder), SETTINGS.segment_bytes)
    core = Core(Sequencer(folder, journal, build.Engine(), SETTINGS), CoreSettings(tick_ms=100))
    office = BackOffice.open(folder, database_url(Settings(), folder), Settings())
    tasks = [asyncio.ensure_future(core.run(folder / "core.sock", _nothing))]
    clients = []
    try:
        clients = [await CoreClient.connect(folder / "core.sock", 10) for _ in range(2)]
        await clients[1].submit_batch(venue_commands().view(COMMAND))
        keeping = Keeping(office, clients[0], folder)
        served = Served(core, office, keeping, clients[1])
        tasks.append(asyncio.ensure_future(keeping.run(_nothing)))
        tasks.append(asyncio.ensure_future(_load(served, pick, pick.choice((0.0, 0.02)) if kind else 0.0)))
        while available(IDLE) not in {name for name, _ in office.ledger.balances}:
            await asyncio.sleep(0.01)
        await asyncio.sleep(pick.uniform(0.05, 0.3))
        why = await (_spoiled(served, kind, seconds, result) if kind else _control(served, result))
        return why or next((str(task.exception()) for task in tasks if task.done()), "")
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in clients:
            client.close()
        office.close()
        core.sequencer.close()


async def _spoiled(served: Served, kind: str, seconds: list[float], result: Result) -> str:
    planted = await PLANTS[kind](served)
    began = time.monotonic()
    while served.core.sequencer.engine.venue_status() != TradingStatus.CANCEL_ONLY:
        if time.monotonic() - began > FOUND_S:
            return f"trading goes on {FOUND_S} s behind the damage at sequence {planted.sequence}"
        await asyncio.sleep(0.01)
    seconds.append(time.monotonic() - began)
    refusals = [refusal_of(events) for events in await served.client.submit(_order(BUYER, Side.BUY, 1, 1))]
    if refusals != [Refusal.CANCEL_ONLY]:
        return f"an order is answered {refusals}"
    while not (alarms := _alarms(served.office)):
        if time.monotonic() - began > FOUND_S:
            return "there is no alarm"
        await asyncio.sleep(0.01)
    result.checks += served.keeping.auditor.compared
    named = {(one.asset, one.sequence) for one in alarms}
    if not {asset for asset, _ in named} & planted.assets:
        return f"the alarms are of assets {sorted(asset for asset, _ in named)} instead of {sorted(planted.assets)}"
    if min(sequence for _, sequence in named) < planted.sequence:
        return f"the alarms are of sequences {sorted(sequence for _, sequence in named)}, before {planted.sequence}"
    return ""


async def _control(served: Served, result: Result) -> str:
    """Load, and nothing wrong: the venue stays live, and everything is compared more than once."""
    ends = time.monotonic() + CONTROL_S
    auditor = served.keeping.auditor
    while time.monotonic() < ends or (auditor.clean_at == 0 and time.monotonic() < ends + FOUND_S):
        await asyncio.sleep(0.05)
    result.checks += auditor.compared
    alarms = _alarms(served.office)
    if alarms:
        return f"a false alarm: {alarms[0]._mapping}"
    if served.core.sequencer.engine.venue_status() != TradingStatus.LIVE:
        return "the venue is not live"
    if not auditor.clean_at:
        return f"no round was ended in {auditor.compared} comparisons"
    return ""


def _alarms(office: BackOffice) -> list[Any]:
    with office.database.connect() as connection:
        return open_alarms(connection)


async def _load(served: Served, pick: random.Random, pause_s: float) -> None:
    """Orders that cross and some that rest, for ever, as many as the back office can take in: one that is behind by
    minutes finds what is wrong minutes later."""
    while True:
        parts = []
        for _ in range(BURST // 2):
            price, lots = MID_TICKS + pick.randint(-5, 5), pick.randint(1, 10**5)
            parts += [_order(SELLER, Side.SELL, price, lots), _order(BUYER, Side.BUY, price, lots)]
        cancel = commands(CommandKind.CANCEL_ALL)
        cancel["account"] = pick.choice((BUYER, SELLER))
        with suppress(CoreBusy):
            await served.client.submit(as_commands(*parts, cancel))
        await asyncio.sleep(pause_s)
        while served.client.sequence - served.office.position > AHEAD:
            await asyncio.sleep(0.002)


def _order(account: int, side: Side, price: int, lots: int) -> Records:
    record = commands(CommandKind.ORDER)
    record["account"], record["side"], record["instrument"] = account, side, BTC_USDT
    record["order_type"], record["channel"] = OrderType.LIMIT, Channel.API
    record["attribution"], record["price_ticks"], record["quantity_lots"] = Attribution.NO_TAG, price, lots
    return record


def _deposit(account: int, asset: int, amount: int, key: str) -> Records:
    record = commands(CommandKind.DEPOSIT)
    record["account"], record["asset"], record["amount"], record["key"] = account, asset, words(amount), key.encode()
    return record


# --- what is spoiled --------------------------------------------------------------------------------------------------


async def _next_entry(served: Served, spoil: Callable[[Entry], list[Entry]]) -> Planted:
    """Spoil the next entry of a fill that the ledger is given."""
    ledger = served.office.ledger
    spoiled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    loop, post = asyncio.get_running_loop(), ledger.post

    def worse(connection: Any, entries: Any) -> None:
        given = list(entries)
        place = next((at for at, one in enumerate(given) if one.kind == "fill"), None)
        if place is not None:
            ledger.post = post  # type: ignore[method-assign]
            loop.call_soon_threadsafe(spoiled.set_result, given[place].sequence)
            given[place : place + 1] = spoil(given[place])
        post(connection, given)

    ledger.post = worse  # type: ignore[method-assign]
    return Planted(await spoiled, frozenset({USDT}))


async def posting_altered(served: Served) -> Planted:
    """A part of a fill's payment comes to another account."""

    def spoil(entry: Entry) -> list[Entry]:
        extra = (Posting(available(SELLER), USDT, -1), Posting(available(IDLE), USDT, 1))
        return [replace(entry, postings=(*entry.postings, *extra))]

    return await _next_entry(served, spoil)


async def revenue_altered(served: Served) -> Planted:
    """A unit of a user is a brand's revenue."""

    def spoil(entry: Entry) -> list[Entry]:
        extra = (Posting(available(SELLER), USDT, -1), Posting(brand_revenue(FIRST_BRAND), USDT, 1))
        return [replace(entry, postings=(*entry.postings, *extra))]

    return await _next_entry(served, spoil)


async def entry_doubled(served: Served) -> Planted:
    """An entry is posted twice; what that would overdraw is moved to where there is enough."""

    def spoil(entry: Entry) -> list[Entry]:
        again = tuple(
            replace(one, account=one.account.replace(":held", ":available")) if one.account.startswith("user:") else one
            for one in entry.postings
        )
        return [entry, replace(entry, postings=again)]

    planted = await _next_entry(served, spoil)
    return replace(planted, assets=frozenset({BTC, USDT}))


async def entry_lost(served: Served) -> Planted:
    """An entry is not posted."""
    planted = await _next_entry(served, lambda _: [])
    return replace(planted, assets=frozenset({BTC, USDT}))


async def wrong_asset(served: Served) -> Planted:
    """A unit is booked in another asset."""

    def spoil(entry: Entry) -> list[Entry]:
        extra = (Posting(available(SELLER), BTC, -1), Posting(available(IDLE), BTC, 1))
        return [replace(entry, postings=(*entry.postings, *extra))]

    planted = await _next_entry(served, spoil)
    return replace(planted, assets=frozenset({BTC}))


async def batch_lost(served: Served) -> Planted:
    """A batch is passed over as if it had been taken in."""
    office, project = served.office, served.office.project
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[int] = loop.create_future()

    def worse(batch: Batch) -> None:
        if not (batch.commands["kind"] == CommandKind.DEPOSIT).any():
            project(batch)
            return
        with office.database.begin() as connection:
            advance(connection, BACK_OFFICE, office.position, batch.last)
        office.position = batch.last
        loop.call_soon_threadsafe(lost.set_result, batch.last)

    load = served.client
    office.project = worse  # type: ignore[method-assign]
    await load.submit(_deposit(IDLE, BTC, 5, "lost"))
    sequence = await lost
    office.project = project  # type: ignore[method-assign]
    return Planted(sequence, frozenset({BTC, USDT}))  # orders of the same batch are lost as well


async def engine_altered(served: Served) -> Planted:
    """A balance of the engine's own state is one unit more; of an account that nothing moves."""
    await served.client.submit(_deposit(IDLE, BTC, ODD - 100 * 10**8, "odd"))
    core = served.core
    while core.in_flight:
        await asyncio.sleep(0)
    state = core.sequencer.engine.snapshot()
    told, bent = (amount.to_bytes(16, "little", signed=True) for amount in (ODD, ODD + 1))
    if state.count(told) != 1:
        raise BrokenInvariant(f"the odd balance stands {state.count(told)} times in the engine's state")
    core.sequencer.engine = type(core.sequencer.engine).restore(state.replace(told, bent))
    return Planted(core.sequencer.engine.sequence(), frozenset({BTC}))


async def balance_altered(served: Served) -> Planted:
    """A balance in the back office's memory is one unit less; of an account that nothing moves."""
    served.office.ledger.balances[available(IDLE), USDT] -= 1
    return Planted(served.office.position, frozenset({USDT}))


async def pool_altered(served: Served) -> Planted:
    """What a brand has earned is one unit less than was posted."""
    name = brand_revenue(FIRST_BRAND)
    while not served.office.ledger.balances.get((name, USDT)):
        await asyncio.sleep(0.01)
    served.office.ledger.balances[name, USDT] -= 1
    return Planted(served.office.position, frozenset({USDT}))


async def row_altered(served: Served) -> Planted:
    """Somebody edits a balance in the database."""
    row = {"account": available(IDLE), "asset": BTC, "amount": 7}

    def edit() -> None:
        with served.office.database.begin() as connection:
            upsert_many(connection, ledger_balances, [row])

    await asyncio.to_thread(edit)
    return Planted(served.office.position, frozenset({BTC}))


PLANTS: dict[str, Plant] = {
    one.__name__: one
    for one in (
        posting_altered,
        engine_altered,
        entry_doubled,
        batch_lost,
        wrong_asset,
        revenue_altered,
        entry_lost,
        balance_altered,
        pool_altered,
        row_altered,
    )
}


async def _nothing() -> None:
    pass
