"""Suite `sim`, I22: a whole exchange in one process and virtual time, from one seed, with everything that can go wrong.

    gateways ──▶ network ──▶ core ──▶ sequencer ──▶ engine
                 late, in      │          └──▶ journal on a disk in memory
                 pieces, cut   └──▶ network ──▶ back office ──▶ database

The core, its socket protocol, the sequencer, the engine, the journal's writer and the judgement of its start, the
stream and the back office are the product's own; loop, network and disk are simulated. Configuration, workload and
faults come from the seed: connections that are cut, late or answered twice, a core that is killed, a power cut in the
middle of a write, a sync that fails, a back office that dies at its commit.

Whatever happens: what somebody was told is what is there after every start; no command is there twice, no idempotency
key has two effects; every event is the referee's; money is conserved in engine and ledger; the back office is never
ahead of the disk; and 10 virtual seconds after the faults end everybody is served and everything is posted.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import event as database_event

from commonbook.errors import CoreUnavailable, JournalDamaged
from commonbook.exchange import BackOffice
from commonbook.matching.client import CoreBusy, CoreClient
from commonbook.matching.core import Core
from commonbook.matching.sequencer import Sequencer, each_answer, join
from commonbook.matching.stream import follow
from commonbook.qa.plain import Command, decode_balances, decode_commands, decode_events, encode
from commonbook.qa.referee import Referee
from commonbook.qa.suite import Result
from commonbook.qa.virtual import Network, VirtualLoop
from commonbook.qa.workload import SECOND, Workload
from commonbook.records import COMMAND, EVENT, Batch, CommandKind, EventKind, Records, Refusal, without_known
from commonbook.settings import CoreSettings, JournalSettings, Settings
from commonbook.storage.database import open_database
from commonbook.storage.tables import metadata

BEGAN_NS = 1_700_000_000 * SECOND
PROGRESS_S = 10.0  # after the faults end
SETTINGS = JournalSettings(snapshot_every=10**12)
# What may be sent again when it is not known whether it was taken: it carries a key, or says only how things shall be.
REPEATABLE = {CommandKind.DEPOSIT, CommandKind.WITHDRAWAL, CommandKind.TRANSFER, CommandKind.SPLIT}
FAULTS = ("killed", "power_cut", "failed_sync", "all_cut", "office_dies", "snapshot", "slow_network")


@dataclass(frozen=True, slots=True)
class World:
    """What the seed makes of configuration and surroundings."""

    core: CoreSettings
    segment_bytes: int
    step_bytes: int
    gateways: int
    submissions: int
    pause_s: float  # a gateway's, on average, between two submissions
    delay_s: float
    cuts: float
    sync_s: float
    fault_every_s: float
    restart_s: float
    follows: bool  # a back office follows the stream; else it takes in everything at the end

    @classmethod
    def of(cls, pick: random.Random) -> "World":
        return cls(
            CoreSettings(
                batch_commands=pick.choice((1, 4, 4_096)),
                inbox_commands=pick.choice((8, 200_000)),
                waited_for=pick.choice((0, 64)),
                tick_ms=pick.choice((50, 1_000)),
                follower_buffer_bytes=pick.choice((4_096, 256 * 1024 * 1024)),
            ),
            segment_bytes=pick.choice((8_192, 65_536)),
            step_bytes=pick.choice((512, 4_096)),
            gateways=pick.randint(1, 4),
            submissions=pick.randint(15, 40),
            pause_s=pick.choice((0.01, 0.1)),
            delay_s=pick.choice((0.001, 0.05, 0.3)),
            cuts=pick.choice((0.0, 0.01, 0.05)),
            sync_s=pick.choice((0.001, 0.02, 0.1)),
            fault_every_s=pick.choice((0.2, 0.5, 2.0)),
            restart_s=pick.choice((0.01, 1.0)),
            follows=pick.random() < 0.4,
        )


Acts = Callable[["Simulation"], Coroutine[Any, Any, None]]


class OfficeDies(Exception):
    """The back office ends at a commit that has not happened."""


def run(build: Any, seed: int, seeds: int, limit: float = 0.0) -> Result:
    """`seeds` simulations from `seed` on.

    Args:
        build: the module that has Engine and MemoryJournal: the product's own, or one with planted bugs.
    """
    result = Result("sim", seed, limit=limit)
    database = open_database("sqlite://")
    try:
        with tempfile.TemporaryDirectory() as folder, structlog.testing.capture_logs():
            while result.goes_on(seeds):
                empty(database)
                one = Simulation(build, seed + result.trials, Path(folder), database)
                one.play()
                result.failure = one.failure and f"seed {one.seed}, at {one.loop.time():.3f} s: {one.failure}"
                result.trials += 1
                result.seeds += 1
                result.checks += one.checks
                result.events += one.seen + one.network.seen
                result.refusals += one.refusals
    finally:
        database.dispose()
    return result


def empty(database: Database) -> None:
    """As after its migration, for the next simulation."""
    with database.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())


@dataclass
class Simulation:
    """One seed. `failure` is the first thing that must not be, or empty."""

    build: Any
    seed: int
    folder: Path
    database: Database
    failure: str = ""
    checks: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.world = World.of(self.random)
        self.network = Network(self.seed, self.world.delay_s, self.world.cuts)
        self.loop = VirtualLoop(self.network, self._sync_time)
        self.socket = self.folder / "core.sock"
        self.journal = self.build.MemoryJournal(self.seed, self.world.segment_bytes, self.world.step_bytes)
        self.referee = Referee()
        self.workload = Workload(self.seed, self.referee)
        self.market = self.workload.market()
        self.told: dict[int, bytes] = {}  # sequence -> the events that became durable with it
        self.snapshot: tuple[int, bytes] = (0, b"")
        self.engine = self.build.Engine()
        self.core: Core | None = None
        self.crash_as = ""  # the fault that the core's end is to be
        self.dies = asyncio.Event()
        self.over = asyncio.Event()
        self.left = self.world.submissions
        self.marks = 0
        self.sent_once: Counter[bytes] = Counter()
        self.effects: Counter[bytes] = Counter()  # by `key KEY` or `order CLIENT_ID`
        self.office_position = 0
        self.office_is_to_die = False

    def _sync_time(self) -> float:
        return self.random.uniform(0, self.world.sync_s)

    def clock(self) -> int:
        return BEGAN_NS + round(self.loop.time() * SECOND)

    def violation(self, what: str) -> None:
        self.failure = self.failure or what
        self.over.set()

    def play(self, acts: "Acts | None" = None) -> None:
        """From the first start to the last check; what happens between is `acts`, else everything that can."""
        self.loop.set_exception_handler(
            lambda _, told: self.violation(f"{told.get('message')}: {told.get('exception')}")
        )
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._story(acts or Simulation._acts))
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            self.loop.close()
        if not self.failure:
            self._last_checks()

    async def _story(self, acts: "Acts") -> None:
        asyncio.ensure_future(self._core()).add_done_callback(self._ended)
        story = asyncio.ensure_future(acts(self))
        over = asyncio.ensure_future(self.over.wait())
        await asyncio.wait({story, over}, return_when=asyncio.FIRST_COMPLETED)
        if story.done() and not story.cancelled() and story.exception() is not None:
            self.violation(f"{type(story.exception()).__name__}: {story.exception()}")
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _acts(self) -> None:
        if self.world.follows:
            asyncio.ensure_future(self._office()).add_done_callback(self._ended)
        await self.set_up()
        faults = asyncio.ensure_future(self._faults())
        await asyncio.gather(*(self._gateway(number) for number in range(self.world.gateways)))
        faults.cancel()
        self.network.cuts, self.network.delay_s = 0.0, 0.01
        self.journal.fail_at(0)
        self.office_is_to_die = False
        try:
            await asyncio.wait_for(self._all_is_served(), PROGRESS_S)
        except TimeoutError:
            position, durable = self.office_position, self.journal.durable()
            self.violation(f"{PROGRESS_S:.0f} s after the last fault: durable {durable}, back office {position}")

    def _ended(self, task: asyncio.Future[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.violation(f"{type(task.exception()).__name__}: {task.exception()}")

    def die(self, fault: str) -> None:
        """The core ends: `killed`, or in a `power_cut`."""
        self.crash_as = fault
        self.dies.set()

    # --- the core ----------------------------------------------------------------------------------------------

    async def _core(self) -> None:
        """Starts, serves until something ends it, and starts again."""
        while True:
            journal = _Watched(self, self._start())
            sequencer = Sequencer(self.folder, journal, journal, SETTINGS)  # type: ignore[arg-type]
            self.core = Core(sequencer, self.world.core, self.clock)
            self.dies.clear()
            serving = asyncio.ensure_future(self.core.run(self.socket, _nothing))
            dying = asyncio.ensure_future(self.dies.wait())
            await asyncio.wait({serving, dying}, return_when=asyncio.FIRST_COMPLETED)
            self.network.server_dies(str(self.socket))
            self.core = None
            for task in (serving, dying):
                task.cancel()
            (ended, _) = await asyncio.gather(serving, dying, return_exceptions=True)
            if not isinstance(ended, asyncio.CancelledError | self.build.JournalFailed):
                return self.violation(f"the core ended: {type(ended).__name__}: {ended}")
            self.journal.crash(self.crash_as == "power_cut")
            self.crash_as = ""
            await asyncio.sleep(self.random.uniform(0, self.world.restart_s))

    def _start(self) -> Any:
        """The engine that a start rebuilds; all that somebody was told must be in it."""
        try:
            frames = self.journal.start()
        except JournalDamaged as damage:
            self.violation(f"a start refuses what a crash left: {damage}")
            raise
        last = self.journal.last_sequence()
        if last < self.referee.sequence:
            self.violation(f"the journal ends at {last}, {self.referee.sequence} was acknowledged")
        known, state = self.snapshot
        engine = self.build.Engine.restore(state) if known else self.build.Engine()
        for batch in _applied(engine, frames):
            self._compare(batch)
        self.seen["starts"] += 1
        self.engine = engine
        return engine

    def durable(self, batch: Batch) -> None:
        """A batch that anybody may see from now on."""
        self._compare(batch)
        self.checks += 1
        if self.checks % 8 == 0:
            self._compare_state()

    def _compare(self, batch: Batch) -> None:
        """With what was told before, and with the referee where it is new."""
        for command, events in zip(batch.commands, each_answer(batch), strict=True):
            sequence, told = int(command["sequence"]), events.tobytes()
            if sequence <= self.referee.sequence:
                if self.told[sequence] != told:
                    return self.violation(f"sequence {sequence} had other events when it was acknowledged")
                continue
            one = decode_commands(command.tobytes())[0]
            if self.referee.apply(one) != decode_events(told):
                return self.violation(f"command {sequence}: the referee has other events")
            self.told[sequence] = told
            self._count(one, events)
        return None

    def _count(self, command: Command, events: Records) -> None:
        if command["kind"] == CommandKind.ORDER and command["client_id"].startswith(b"s-"):
            self.sent_once[command["client_id"]] += 1
        kinds = events["kind"].tolist()
        if command["kind"] in REPEATABLE and EventKind.BALANCE in kinds:
            self.effects[b"key " + command["key"]] += 1
        if command["kind"] == CommandKind.ORDER and EventKind.ACCEPTED in kinds:
            self.effects[b"order " + command["client_id"]] += 1
        for kind, reason in zip(kinds, events["reason"].tolist(), strict=True):
            self.seen[EventKind(kind).name] += 1
            if kind == EventKind.REFUSED:
                self.refusals[Refusal(reason).name] += 1

    def _compare_state(self) -> None:
        if decode_balances(self.engine.balances()) != self.referee.balances():
            self.violation(f"balances at sequence {self.referee.sequence} are not the referee's")
        for asset, available, held, supply in self.engine.audit():
            if available + held != supply:
                self.violation(f"asset {asset}: accounts have {available + held}, the supply is {supply}")

    # --- who sends ---------------------------------------------------------------------------------------------

    async def _connect(self) -> CoreClient:
        while True:
            try:
                return await CoreClient.connect(self.socket, 60)
            except CoreUnavailable:
                await asyncio.sleep(0.1)

    async def set_up(self) -> None:
        """The venue, sent until it is there: all of it may be sent again."""
        venue = [{**one, "sequence": 0, "time_ns": 0} for one in self.workload.venue()]
        records = np.frombuffer(encode(venue), COMMAND)
        size = min(len(records), self.world.core.inbox_commands)
        for at in range(0, len(records), size):
            await self.send_until_known(records[at : at + size])

    async def send_until_known(self, records: Records) -> Batch:
        while True:
            client = await self._connect()
            try:
                answer = await client.submit_batch(records)
                self._answered(answer)
                return answer
            except CoreUnavailable:
                self.seen["sent_again"] += 1
                await asyncio.sleep(0.01)
            finally:
                client.close()

    async def _gateway(self, number: int) -> None:
        pick = random.Random(f"{self.seed}-gateway-{number}")
        while self.left > 0:
            client = await self._connect()
            try:
                while self.left > 0:
                    await asyncio.sleep(pick.expovariate(1 / self.world.pause_s))
                    self.left -= 1
                    await self._submit(client, self._draw(pick), pick)
            except CoreBusy:
                self.seen["busy"] += 1
            except CoreUnavailable:
                self.seen["outcome_unknown"] += 1
            finally:
                client.close()

    async def _submit(self, client: CoreClient, records: Records, pick: random.Random) -> None:
        if set(records["kind"].tolist()) <= REPEATABLE:
            copies = pick.choice((1, 1, 2, 3))
            self.seen["sent_twice"] += copies > 1
            await asyncio.gather(*(self.send_until_known(records) for _ in range(copies)))
        else:
            self._answered(await client.submit_batch(records))

    def _draw(self, pick: random.Random) -> Records:
        self.workload.time_ns, self.workload.sequence = self.clock(), self.referee.sequence
        drawn = [next(self.market) for _ in range(pick.choice((1, 1, 2, 6)))]
        if pick.random() < 0.5:  # so that some submissions are all of a kind that may be repeated
            drawn = [one for one in drawn if one["kind"] in REPEATABLE] or drawn
        for one in drawn:
            if one["kind"] == CommandKind.ORDER and not one["client_id"]:
                self.marks += 1
                one["client_id"] = b"s-%d" % self.marks
        return np.frombuffer(encode(drawn), COMMAND)[: self.world.core.inbox_commands]

    def _answered(self, batch: Batch) -> None:
        """What a gateway is told must be durable, and just that."""
        self.checks += 1
        for command, events in zip(batch.commands, each_answer(batch), strict=True):
            if self.told.get(int(command["sequence"])) != events.tobytes():
                self.violation(f"a gateway was told of sequence {command['sequence']} what is not durable")

    # --- the back office ---------------------------------------------------------------------------------------

    async def _office(self) -> None:
        database_event.listen(self.database, "commit", self._at_commit)
        try:
            while True:
                office = BackOffice(self.folder, self.database, Settings())
                client = await self._connect()
                try:
                    async for batch in follow(client, self.folder, office.position, self._passed):
                        office.project(batch)
                        self.office_position = office.position
                        if office.position > self.referee.sequence:
                            self.violation(
                                f"the back office is at {office.position}, {self.referee.sequence} is durable"
                            )
                except CoreUnavailable:
                    self.seen["office_cut"] += 1
                except OfficeDies:
                    self.seen["office_died"] += 1
                finally:
                    client.close()
                await asyncio.sleep(self.random.uniform(0, 0.1))
        finally:
            database_event.remove(self.database, "commit", self._at_commit)

    def _at_commit(self, _: Any) -> None:
        if self.office_is_to_die:
            self.office_is_to_die = False
            raise OfficeDies

    def _passed(self, _: Path, after: int, upto: int) -> Iterator[Batch]:
        """What the journal's files hold, as a reader beside the writer finds it."""
        for batch in _applied(self.build.Engine(), self.journal.frames(), upto):
            fresh = without_known(batch, after)
            if len(fresh.commands):
                yield fresh

    # --- faults and their end ----------------------------------------------------------------------------------

    async def _faults(self) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(1 / self.world.fault_every_s))
            fault = self.random.choice(FAULTS)
            self.seen[fault] += 1
            if fault in ("killed", "power_cut"):
                self.die(fault)
            elif fault == "failed_sync":
                self.journal.fail_at(self.random.randint(1, 4))
            elif fault == "all_cut":
                self.network.cut_all()
            elif fault == "office_dies":
                self.office_is_to_die = True
            elif fault == "slow_network":
                self.network.delay_s = self.random.choice((0.001, self.world.delay_s, 1.0))
            elif self.core is not None and not self.core.in_flight:
                self.snapshot = (self.engine.sequence(), self.engine.snapshot())

    async def _all_is_served(self) -> None:
        """A command of each gateway is answered, and the back office has all of it."""
        time = np.zeros(1, COMMAND)
        time["kind"] = CommandKind.TIME
        for _ in range(self.world.gateways):
            await self.send_until_known(time)
        asked_for = self.journal.durable()  # ticks go on
        while self.world.follows and self.office_position < asked_for:
            await asyncio.sleep(0.05)
        while self.core is None or self.core.in_flight:  # a tick is under way: the engine is ahead of what is known
            await asyncio.sleep(0.001)

    def _last_checks(self) -> None:
        self._compare_state()
        batches = list(_applied(self.build.Engine(), self.journal.frames()))
        for batch in batches:
            self._compare(batch)
        self._look_for_twice()
        office = BackOffice(self.folder, self.database, Settings())
        fresh = [fresh for batch in batches if len((fresh := without_known(batch, office.position)).commands)]
        if fresh:
            office.project(join(fresh))
        differs = office.difference(self.engine.balances())
        if differs:
            self.violation(f"ledger and engine differ: {dict(list(differs.items())[:3])}")

    def _look_for_twice(self) -> None:
        twice = [mark for mark, count in self.sent_once.items() if count > 1]
        if twice:
            self.violation(f"order {twice[0].decode()} was sent once and is there {self.sent_once[twice[0]]} times")
        for key, count in self.effects.items():
            if count > 1 and key.startswith(b"key "):  # a client id may be used again once its order has ended
                self.violation(f"idempotency {key.decode(errors='replace')} had {count} effects")


class _Watched:
    """Journal and engine of a sequencer; tells the simulation what becomes durable."""

    def __init__(self, simulation: Simulation, engine: Any) -> None:
        self._simulation, self._journal, self._engine = simulation, simulation.journal, engine
        self._begun: list[Batch] = []

    def append(self, payload: bytes) -> None:
        self._journal.append(payload)

    def apply(self, payload: bytes) -> Any:
        events = self._engine.apply(payload)
        self._begun.append(Batch(np.frombuffer(payload, COMMAND), np.frombuffer(events, EVENT)))
        return events

    def wait_durable(self, sequence: int) -> None:
        self._journal.wait_durable(sequence)
        while self._begun and self._begun[0].last <= sequence:
            self._simulation.durable(self._begun.pop(0))

    def durable(self) -> int:
        return int(self._journal.durable())

    def sequence(self) -> int:
        return int(self._engine.sequence())

    def time_ns(self) -> int:
        return int(self._engine.time_ns())

    def venue_status(self) -> int:
        return int(self._engine.venue_status())


async def _nothing() -> None:
    """Nobody waits to be told that it serves."""


def _applied(engine: Any, frames: list[bytes], upto: int = 2**63) -> Iterator[Batch]:
    """Frames applied to an engine, from where it is."""
    for frame in frames:
        commands = np.frombuffer(frame, COMMAND)
        chosen = commands[(commands["sequence"] > engine.sequence()) & (commands["sequence"] <= upto)]
        if len(chosen):
            yield Batch(chosen, np.frombuffer(engine.apply(chosen.tobytes()), EVENT))
