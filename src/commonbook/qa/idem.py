"""Suite `idem`, I10: an idempotency key, or the client id of an order that lives, has one effect.

Of each deposit, withdrawal, transfer or resting order 2 to 64 copies are sent, each until it has an answer, while
nothing, the connections, the core's process or the machine's power fails in the middle. However many answers were
lost, exactly one copy has had its effect. Most trials run on the core itself in virtual time (`sim`); the others place
orders through the OKX door of a serving exchange with real connections and kill -9 (`idem_door`).
"""

import asyncio
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from commonbook.qa import idem_door
from commonbook.qa.plain import Command, command, encode
from commonbook.qa.sim import Simulation, World, empty
from commonbook.qa.suite import Result
from commonbook.qa.workload import BTC, USDT
from commonbook.records import COMMAND, Attribution, CommandKind, EventKind, OrderType, Records, Side
from commonbook.settings import CoreSettings
from commonbook.storage.database import open_database

REAL_SHARE = 0.05
REAL_MOST = 1_000
TRIALS_A_CORE = 25
COPIES = (2, 2, 3, 4, 8, 16, 64)
WAYS = ("parallel", "reconnect", "killed", "power_cut")
THINGS = ("deposit", "withdrawal", "transfer", "order")


def run(build: Any, seed: int, trials: int, limit: float = 0.0) -> Result:
    """`trials` trials from `seed` on, one in twenty against a serving exchange.

    Args:
        build: the module that has Engine and MemoryJournal: the product's own, or one with planted bugs.
    """
    result = Result("idem", seed, limit=limit)
    real = min(round(trials * REAL_SHARE), REAL_MOST)
    on_the_core(build, trials - real, result, limit * 0.7)
    if result.passed:
        idem_door.run(seed, real, result)
    return result


def on_the_core(build: Any, trials: int, result: Result, limit: float = 0.0) -> None:
    """The trials in virtual time."""
    database = open_database("sqlite://")
    try:
        with tempfile.TemporaryDirectory() as folder, structlog.testing.capture_logs():
            while result.goes_on(trials) and not (limit and result.age() > limit):
                empty(database)
                one = Simulation(build, result.seed + result.seeds, Path(folder), database)
                one.world = replace(one.world, **_surroundings(one.world))
                story = _Copies(min(TRIALS_A_CORE, trials - result.trials), result)
                one.play(story.acts)
                if one.failure:
                    result.failure = f"seed {one.seed}, {story.what}: {one.failure}"
                result.seeds += 1
    finally:
        database.dispose()


def _surroundings(world: World) -> dict[str, Any]:
    """Quick restarts, and a core that takes all there is; what else the seed made of it stays."""
    return {"restart_s": 0.05, "core": CoreSettings(), "gateways": 1, "sync_s": min(world.sync_s, 0.02)}


class _Copies:
    """The story of one core: thing after thing, each sent many times."""

    def __init__(self, trials: int, result: Result) -> None:
        self.what = "the venue"
        self._trials, self._result = trials, result

    async def acts(self, sim: Simulation) -> None:
        await sim.set_up()
        pick = random.Random(f"{sim.seed}-copies")
        for number in range(self._trials):
            thing, way, copies = pick.choice(THINGS), pick.choice(WAYS), pick.choice(COPIES)
            mark = b"once-%d" % number
            self.what = f"trial {number}, {copies} copies of one {thing}, {way}"
            one = _thing(sim, thing, mark, pick)
            records = _records(one)
            failing = asyncio.ensure_future(_fail(sim, way, pick))
            answers = await asyncio.gather(*(sim.send_until_known(records) for _ in range(copies)))
            await failing
            told = sum(EventKind.REFUSED not in answer.events["kind"] for answer in answers)
            effects = sim.effects[(b"order " if thing == "order" else b"key ") + mark]
            if effects != 1 or told > 1:
                return sim.violation(f"{effects} effects, {told} copies were told of one")
            self._result.trials += 1
            self._result.checks += copies
            self._result.events[way] += 1
            self._result.events[f"{thing}_on_the_core"] += 1
            if thing == "order":
                cancel = command(CommandKind.CANCEL, account=one["account"], client_id=mark)
                await sim.send_until_known(_records(cancel))
        return None


async def _fail(sim: Simulation, way: str, pick: random.Random) -> None:
    """Once, twice or three times, while the copies are on their way."""
    for _ in range(pick.randint(1, 3)):
        await asyncio.sleep(pick.uniform(0, 2 * (sim.network.delay_s + sim.world.sync_s)))
        if way == "reconnect":
            sim.network.cut_all()
        elif way != "parallel":
            sim.die(way)


def _records(one: Command) -> Records:
    return np.frombuffer(encode([{**one, "sequence": 0, "time_ns": 0}]), COMMAND)


def _thing(sim: Simulation, thing: str, mark: bytes, pick: random.Random) -> Command:
    account, other = pick.sample(sim.workload.accounts, 2)
    if thing == "order":
        return command(
            CommandKind.ORDER,
            account=account,
            instrument=1,
            side=int(Side.BUY),
            order_type=int(OrderType.POST_ONLY),
            price_ticks=1,
            quantity_lots=1,
            attribution=int(Attribution.NO_TAG),
            client_id=mark,
        )
    fields = {"account": account, "asset": pick.choice((USDT, BTC)), "amount": 1, "key": mark}
    kind = {
        "deposit": CommandKind.DEPOSIT,
        "withdrawal": CommandKind.WITHDRAWAL,
        "transfer": CommandKind.TRANSFER,
    }[thing]
    return command(kind, **fields, to_account=other if thing == "transfer" else 0)
