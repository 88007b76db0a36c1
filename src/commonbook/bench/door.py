"""`commonbook bench door`: commands a second through the record door, events back, with the journal and without.

Three processes, as when serving: this one holds all the clients, one is the door, one the core. Every client keeps
AHEAD frames of FRAME commands on their way in the mix of the flow `single` (51 % orders that rest, 44 % cancels, 5 %
immediate-or-cancel) and reads every event. The clock runs from the first frame to the last answer. Nothing of it is
prepared but the frames' records: they are encoded, checked, stamped, applied and told inside the time.
"""

import select
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from commonbook._engine import Engine
from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.client import RecordClient
from commonbook.errors import Mismatch
from commonbook.gateway.rig import Keeping, Rig, prepare
from commonbook.identity.model import NewKey
from commonbook.records import CommandKind, EventKind, OrderType, Records, Side, as_commands, commands
from commonbook.settings import CoreSettings, JournalSettings, RecordSettings, Settings

SEED = 20_261_124
COMMANDS = 1_000_000
SESSIONS = 4
FRAME = 8_192
AHEAD = 2  # frames of a session that may be unanswered: more only fall out of the caches
ROUNDS = 3
LINE = 1_000_000
MIDDLE = 100_000
SETTINGS = Settings(
    journal=JournalSettings(snapshot_every=1 << 40),  # the process that writes them would be one more on two cores
    core=CoreSettings(batch_commands=16_384, tick_ms=600_000),  # no tick: without a journal nobody could replay it
    records=RecordSettings(commands_per_second=100_000_000, heartbeat_ms=20_000),
)


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """Best of the rounds, durable and in memory in turns."""
    tell(f"making {COMMANDS:,} commands of {SESSIONS} sessions")
    flows = [mixed(SEED + number, COMMANDS // SESSIONS) for number in range(SESSIONS)]
    best = {"durable": 0.0, "in_memory": 0.0}
    for number in range(ROUNDS):
        for name in best:
            rate = play(flows, in_memory=name == "in_memory")
            tell(f"round {number + 1}, {name}: {rate:,.0f} commands/s")
            best[name] = max(best[name], rate)
    bare = engine_alone(flows)
    return report(
        [
            Figure("door_durable", best["durable"], "commands/s", line=LINE),
            Figure("door_in_memory", best["in_memory"], "commands/s"),
            Figure("door_engine_alone", bare, "commands/s"),
            Figure("door_in_memory_vs_engine", best["in_memory"] / bare, "ratio", line=0.5),
        ]
    )


def mixed(seed: int, count: int) -> Records:
    """One account's commands: orders around a fixed middle, cancels of its oldest by client id, takes."""
    random = np.random.default_rng(seed)
    draw = random.random(count)
    cancel, take = draw < 0.44, draw >= 0.95
    side = random.integers(1, 3, count)
    distance = 1 + random.exponential(50, count).astype(np.int64)
    away = np.where(side == Side.BUY, -distance, distance)
    made = commands(CommandKind.ORDER, count)
    made["side"], made["self_trade"], made["instrument"] = side, 1, 1
    made["order_type"] = np.where(take, OrderType.IOC, OrderType.LIMIT)
    made["price_ticks"] = MIDDLE + np.where(take, np.where(side == Side.BUY, 30, -30), away)
    made["quantity_lots"] = random.integers(1, np.where(take, 151, 101))
    number = np.cumsum(~cancel & ~take)  # orders that may rest, counted
    oldest = np.cumsum(cancel)
    cancel &= oldest < number
    made["client_id"] = np.where(take, b"", number.astype("S32"))
    sweeps = commands(CommandKind.CANCEL, count)
    sweeps["instrument"], sweeps["client_id"] = 1, oldest.astype("S32")
    return np.where(cancel, as_commands(sweeps), as_commands(made))


def play(flows: list[Records], in_memory: bool) -> float:
    """Commands a second of all sessions together."""
    accounts = [FIRST_ACCOUNT + number for number in range(len(flows))]
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        keys = prepare(Path(folder), venue(1, len(flows)), accounts, SETTINGS)
        with Rig(Path(folder), SETTINGS, Keeping.MEMORY if in_memory else Keeping.DURABLE) as rig:
            return drive(rig, keys, flows)


def drive(rig: Rig, keys: list[NewKey], flows: list[Records]) -> float:
    """Keep every session's window full until all is answered.

    Raises:
        Mismatch: a session was not told of every one of its commands.
    """
    clients = [RecordClient.open(rig.socket, key.api_key, key.api_secret) for key in keys]
    given, answered = [0] * len(flows), [0] * len(flows)
    total = sum(len(flow) for flow in flows)
    own = [0] * len(flows)
    began = time.perf_counter()
    while sum(answered) < total:
        select.select(clients, [client for client in clients if client.unsent], [], 1.0)
        for number, (client, flow) in enumerate(zip(clients, flows, strict=True)):
            part = flow[given[number] : given[number] + FRAME]
            while len(part) and given[number] - answered[number] <= (AHEAD - 1) * FRAME:
                client.send(part)
                given[number] += len(part)
                part = flow[given[number] : given[number] + FRAME]
            while (told := client.receive(0.0)) is not None:
                answered[number] += int(told.answers["count"].sum())
                kind = told.events["kind"]
                own[number] += int(np.count_nonzero((kind == EventKind.ACCEPTED) | (kind == EventKind.REFUSED)))
    seconds = time.perf_counter() - began
    for client in clients:
        client.close()
    for number, flow in enumerate(flows):
        orders = np.count_nonzero(flow["kind"] == CommandKind.ORDER)
        if own[number] < orders:
            raise Mismatch(f"session {number} was told of {own[number]} of its {orders} orders")
    return total / seconds


def engine_alone(flows: list[Records]) -> float:
    """The same commands, frame by frame in turns, applied in this process by the engine alone."""
    engine = Engine()
    engine.apply(venue(1, len(flows)).view(np.uint8))
    sequence = engine.sequence()
    parts = []
    for start in range(0, len(flows[0]), FRAME):
        for number, flow in enumerate(flows):
            part = flow[start : start + FRAME].copy()
            part.view(np.uint64).reshape(-1, 16)[:, 3] = FIRST_ACCOUNT + number
            part["sequence"] = np.arange(sequence + 1, sequence + 1 + len(part))
            sequence += len(part)
            orders = part["kind"] == CommandKind.ORDER
            part.view(np.uint8).reshape(-1, 128)[orders, 20:22] = 1  # channel API, no tag
            parts.append(part)
    began = time.perf_counter()
    for part in parts:
        engine.apply(part.view(np.uint8))
    return sum(map(len, parts)) / (time.perf_counter() - began)
