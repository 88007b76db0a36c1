"""Suite `door`, I3 and I10 over the record door: kill -9 of core, door or both while sessions send all they may.

Sessions send orders at a planned rate. Some of the processes are killed and started again; the sessions come back,
are told what they have missed and send again what was not answered. At the end of a folder its journal is replayed:

- every command that was sent stands in it once, at the sequence that was acknowledged;
- every session has been told all events of its account, once each and in order, over all its connections.
"""

import hashlib
import random
import select
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commonbook.client import DoorClosed, RecordClient, Told
from commonbook.errors import OutsideFailure
from commonbook.gateway.records.routing import by_account
from commonbook.gateway.rig import Keeping, Rig, prepare
from commonbook.matching.recovery import replay
from commonbook.qa.suite import Result
from commonbook.records import (
    ORDER,
    CommandKind,
    FeeScope,
    OrderType,
    Records,
    SelfTrade,
    Side,
    as_commands,
    commands,
    words,
)
from commonbook.settings import CoreSettings, JournalSettings, RecordSettings, Settings

RATE = 200_000  # orders a second, of all sessions together
SESSIONS = 4
FRAME = 1_000
AHEAD = 16  # frames of a session that may be unanswered
KILLS_A_FOLDER = 10  # then all is compared, and a new folder begun
SECONDS = (0.3, 1.0)  # from the first answer after a start to the kill
VICTIMS = (("core",), ("records",), ("core", "records"))
FIRST_ACCOUNT = 1_000
MIDDLE = 10_000
PATIENCE_S = 60.0
SETTINGS = Settings(
    journal=JournalSettings(snapshot_every=1_000_000),
    core=CoreSettings(batch_commands=16_384),
    records=RecordSettings(commands_per_second=100_000_000, heartbeat_ms=10_000, checkpoint_every=500_000),
)


def run(seed: int, kills: int, bug: Keeping = Keeping.DURABLE, twice: bool = False, limit: float = 0.0) -> Result:
    """`kills` kills from one seed.

    Args:
        bug: LATE plants one: the core acknowledges what is not durable.
        twice: plants another: a client that comes back sends what was not answered under new sequences.
    """
    result = Result("door", seed, limit=limit)
    rng = random.Random(seed)
    load = _Load()
    while result.goes_on(kills):
        with tempfile.TemporaryDirectory(prefix="commonbook-door-") as folder:
            _one_folder(Path(folder), rng, min(KILLS_A_FOLDER, kills - result.trials), bug, twice, result, load)
        result.seeds += 1
    result.figures = load.figures()
    return result


@dataclass
class _Load:
    """What was sent and answered between starts and kills; the time of starts is not in it."""

    seconds: float = 0.0
    sent: int = 0
    answered: int = 0
    slowest: float = float("inf")

    def figures(self) -> dict[str, float]:
        if not self.seconds:
            return {}
        return {
            "orders_offered_per_second": RATE,
            "orders_sent_per_second": round(self.sent / self.seconds),
            "orders_acknowledged_per_second": round(self.answered / self.seconds),
            "orders_acknowledged_per_second_slowest_run": round(self.slowest),
            "seconds_under_load": round(self.seconds, 1),
        }


@dataclass
class _Session:
    """A client and what it has been told, to be compared with the journal."""

    client: RecordClient
    account: int
    made: int = 0  # orders
    told: int = 0  # the engine sequence up to which it has taken everything in
    events: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    answers: list[tuple[int, int, int]] = field(default_factory=list)  # client sequence, engine sequence, number

    def take(self, told: Told) -> None:
        self.events.update(told.events.view(np.uint8).data)
        self.answers += [(first, engine, count) for _, first, engine, count, _ in told.answers.tolist()]
        self.told = max(self.told, told.sequence)

    @property
    def unanswered(self) -> int:
        return self.client.sent - self.client.answered

    @property
    def heard_out(self) -> bool:
        """Whether all is answered, and all events of what is answered are known."""
        return not self.unanswered and (not self.answers or self.told >= sum(self.answers[-1][1:]) - 1)

    def read(self) -> int:
        """Take in what has arrived; how many frames it was."""
        frames = 0
        while (told := self.client.receive(0.0)) is not None:
            self.take(told)
            frames += 1
        return frames


def _hear_out(sessions: list[_Session]) -> None:
    """Take in what comes until all is answered; of all sessions in turns, as one that is not read sends no heartbeats.

    Raises:
        DoorClosed: nothing came for too long.
    """
    deadline = time.monotonic() + PATIENCE_S
    while waiting := [session for session in sessions if not session.heard_out]:
        _wait([session.client for session in sessions], 0.05)
        if sum([session.read() for session in sessions]):
            deadline = time.monotonic() + PATIENCE_S
        elif time.monotonic() > deadline:
            unanswered = sum(session.unanswered for session in waiting)
            raise DoorClosed(f"{unanswered} commands have no answer in {PATIENCE_S:g} s")


def _wait(clients: list[RecordClient], seconds: float) -> None:
    """Until something has come for one of them, or one may go on writing."""
    select.select(clients, [client for client in clients if client.unsent], [], seconds)


def _one_folder(
    data_dir: Path, rng: random.Random, kills: int, bug: Keeping, twice: bool, result: Result, load: _Load
) -> None:
    accounts = [FIRST_ACCOUNT + number for number in range(SESSIONS)]
    keys = prepare(data_dir, _venue(accounts), accounts, SETTINGS)
    with ExitStack() as stack:
        try:
            rig = stack.enter_context(Rig(data_dir, SETTINGS, bug))
            sessions = []
            for key, account in zip(keys, accounts, strict=True):
                client = RecordClient.open(rig.socket, key.api_key, key.api_secret, events_after=0)
                stack.callback(client.abandon)
                sessions.append(_Session(client, account))
            for _ in range(kills):
                _trade(sessions, rng.uniform(*SECONDS), load)
                _kill(rig, rng.choice(VICTIMS), sessions, twice, result)
                if result.is_late():
                    break
            _hear_out(sessions)
            for session in sessions:  # whose question is answered has been told all that lies before it
                question = commands(CommandKind.CANCEL)
                question["instrument"], question["client_id"] = 1, b"nobody's"
                session.client.send(question)
            _hear_out(sessions)
            found = _compare(data_dir, sessions, result)
        except (DoorClosed, OutsideFailure) as closed:
            found = str(closed)
    if found:
        result.failure = f"seed {result.seed}, kill {result.trials}: {found}"


def _kill(rig: Rig, victims: tuple[str, ...], sessions: list[_Session], twice: bool, result: Result) -> None:
    """Kill, start again what is gone, and have the sessions come back."""
    rig.kill(*victims)
    result.trials += 1
    result.events["killed_" + "_and_".join(victims)] += 1
    rig.start()
    result.events["resent_commands"] += sum(one.unanswered for one in sessions)
    for session in sessions:
        _come_back(session, twice)


def _trade(sessions: list[_Session], seconds: float, load: _Load) -> None:
    """Send at the planned rate for so long after the first answer."""
    clients = [session.client for session in sessions]
    began = answering = time.monotonic()
    before = [client.answered for client in clients]
    sent = answered = 0
    first = False
    while not first or time.monotonic() < answering + seconds:
        _wait(clients, 0.002)
        due = (time.monotonic() - began) * RATE
        for session in sorted(sessions, key=lambda one: one.made):  # when not all may send, none is left out
            if sent < due and session.unanswered <= (AHEAD - 1) * FRAME:
                session.client.send(_orders(session, FRAME))
                sent += FRAME
            session.read()
        answered = sum(client.answered - known for client, known in zip(clients, before, strict=True))
        if answered and not first:
            first, answering = True, time.monotonic()
    lasted = time.monotonic() - began
    load.seconds += lasted
    load.sent += sent
    load.answered += answered
    load.slowest = min(load.slowest, answered / lasted)


def _come_back(session: _Session, twice: bool) -> None:
    client = session.client
    with suppress(DoorClosed):
        while True:
            session.read()  # what had arrived before the line broke
    known, unanswered = client.answered, session.unanswered
    if twice:
        client._unanswered.clear()
    client.reconnect()
    if client.facts.last < known:
        raise DoorClosed(f"client sequence {known} was answered, the door knows only {client.facts.last}")
    if twice and unanswered:
        client.sent = client.answered = client.facts.last
        session.made -= unanswered
        client.send(_orders(session, unanswered))


def _orders(session: _Session, count: int) -> Records:
    """Limit orders about a fixed middle that often cross, each with the next number as its client id."""
    random_ = np.random.default_rng(session.account * 1_000_003 + session.made)
    numbers = np.arange(session.made + 1, session.made + count + 1)
    session.made += count
    made = commands(CommandKind.ORDER, count)
    made["side"] = random_.integers(1, 3, count)
    made["order_type"] = np.where(random_.random(count) < 0.5, OrderType.IOC, OrderType.LIMIT)
    made["self_trade"], made["instrument"] = SelfTrade.CANCEL_MAKER, 1
    away = random_.integers(0, 20, count)
    made["price_ticks"] = MIDDLE + np.where(made["side"] == Side.BUY, 5 - away, away - 5)
    made["quantity_lots"] = random_.integers(1, 100, count)
    made["client_id"] = numbers.astype("S12")
    return made


def _compare(data_dir: Path, sessions: list[_Session], result: Result) -> str:
    """The journal, replayed, against what the sessions have sent and were told."""
    accounts = np.array([session.account for session in sessions], np.uint64)
    events = {session.account: hashlib.sha256() for session in sessions}
    places: dict[int, list[NDArray[np.uint64]]] = {session.account: [] for session in sessions}
    numbers: dict[int, list[NDArray[np.int64]]] = {session.account: [] for session in sessions}
    for batch in replay(data_dir, 0, from_nothing=True):
        for account, told in by_account(batch, accounts):
            events[account].update(told.reshape(-1).view(np.uint8).data)
        orders = batch.commands[batch.commands["kind"] == CommandKind.ORDER].view(ORDER)
        for session in sessions:
            own = orders[orders["account"] == session.account]
            places[session.account].append(own["sequence"])
            numbers[session.account].append(own["client_id"].astype("S12").astype(np.int64))
    for session in sessions:
        found, at = np.concatenate(numbers[session.account]), np.concatenate(places[session.account])
        result.checks += len(found)
        again = len(found) - len(np.unique(found))
        if again:
            return f"{again} orders of account {session.account} stand twice in the journal"
        if len(found) != session.made or not np.array_equal(found, np.arange(1, session.made + 1)):
            return f"account {session.account} has sent {session.made} orders, the journal holds {len(found)}"
        for first, engine, count in session.answers:
            if first <= session.made and not np.array_equal(
                at[first - 1 : first - 1 + count], np.arange(engine, engine + count)
            ):
                return f"client sequence {first} of account {session.account} was answered with sequence {engine}"
        if events[session.account].digest() != session.events.digest():
            return f"account {session.account} was not told every event once and in order"
    return ""


def _venue(accounts: list[int]) -> Records:
    """One instrument, one brand; everybody has plenty of both assets."""
    assets = commands(CommandKind.ASSET, 2)
    assets["asset"], assets["scale"], assets["name"] = [1, 2], 8, [b"USDT", b"BTC"]
    instrument = commands(CommandKind.INSTRUMENT)
    instrument["instrument"], instrument["base_asset"], instrument["quote_asset"] = 1, 2, 1
    instrument["tick_mantissa"], instrument["tick_scale"] = 1, 1
    instrument["lot_mantissa"], instrument["lot_scale"] = 1, 5
    instrument["minimum_lots"], instrument["name"] = 1, b"BTC-USDT"
    brand = commands(CommandKind.BRAND)
    brand["brand"], brand["name"] = 1, b"one"
    fees = commands(CommandKind.FEES)
    fees["scope"], fees["brand"], fees["maker_rate_e8"], fees["taker_rate_e8"] = FeeScope.BRAND, 1, 80_000, 100_000
    people = commands(CommandKind.ACCOUNT, len(accounts))
    people["account"], people["person"], people["brand"] = accounts, accounts, 1
    funds = commands(CommandKind.DEPOSIT, 2 * len(accounts))
    funds["account"], funds["asset"] = np.repeat(accounts, 2), np.tile([1, 2], len(accounts))
    funds["amount"]["low"], funds["amount"]["high"] = words(10**30)
    funds["key"] = [b"fund-%d" % number for number in range(2 * len(accounts))]
    return as_commands(assets, instrument, brand, fees, people, funds)
