"""Suite `model`: the engine against the naive referee, event by event (invariants I8, I9).

Each world is a fresh venue from one seed. Commands go one by one into the referee and in batches of random size into
the engine; every event, and after each batch every balance and every book, must be the same. Now and then the engine
goes on from its own snapshot, which must know everything that matters.
"""

import random
from collections.abc import Callable
from itertools import islice
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from commonbook.qa.plain import Command, Event, decode_balances, decode_events, encode
from commonbook.qa.referee import Referee
from commonbook.qa.suite import Result
from commonbook.qa.workload import INSTRUMENTS, Workload
from commonbook.records import EventKind

WORLD = 4_000  # commands of one venue
RESTARTS = 0.25  # of the batches that a snapshot is taken behind
Level = tuple[int, int, int]


class EngineLike(Protocol):
    """The part of the engine that the suites drive; a build with planted bugs has it too."""

    def apply(self, commands: bytes) -> NDArray[np.uint8]: ...
    def balances(self) -> bytes: ...
    def depth(self, instrument: int, levels: int) -> tuple[list[Level], list[Level]]: ...
    def state_hash(self) -> str: ...
    def snapshot(self) -> bytes: ...
    @classmethod
    def restore(cls, state: bytes) -> Self: ...


def run(make_engine: Callable[[], EngineLike], seed: int, commands: int, limit: float = 0.0) -> Result:
    """At least `commands` commands from `seed` on, or up to the first disagreement."""
    result = Result("model", seed, limit=limit)
    while result.goes_on(commands):
        run_world(make_engine(), seed + result.seeds, min(WORLD, commands - result.trials), result)
        result.seeds += 1
    return result


def run_world(engine: EngineLike, seed: int, commands: int, result: Result) -> None:
    """One venue; the first disagreement ends it and is told in `result.failure`."""
    referee = Referee()
    stream = iter(Workload(seed, referee))
    sizes, restarts = random.Random(~seed), random.Random(seed)
    done = 0
    while done < commands and result.passed:
        batch: list[Command] = []
        expected: list[Event] = []
        for command in islice(stream, sizes.choice((1, 7, 64, 256, 1_024))):
            batch.append(command)
            expected.extend(referee.apply(command))
        done += len(batch)
        _count(expected, result)
        result.failure = _compare(engine, referee, batch, expected, seed)
        result.checks += 1
        if result.passed and restarts.random() < RESTARTS:
            engine = type(engine).restore(engine.snapshot())
    result.trials += done


def _compare(engine: EngineLike, referee: Referee, batch: list[Command], expected: list[Event], seed: int) -> str:
    """Empty, or one line: the seed, the command and the first thing on which the two disagree."""
    where = f"seed {seed}, commands {batch[0]['sequence']} to {batch[-1]['sequence']}"
    try:
        told = decode_events(engine.apply(encode(batch)).tobytes())
    except RuntimeError as fault:
        return f"{where}: the engine stopped: {fault}"
    for ours, theirs in zip(expected, told, strict=False):
        if ours != theirs:
            return f"seed {seed}, command {ours['sequence']}: " + difference(batch, ours, theirs)
    if len(expected) != len(told):
        longer = expected if len(expected) > len(told) else told
        extra = longer[min(len(expected), len(told))]
        return (
            f"seed {seed}, command {extra['sequence']}: {len(expected)} events expected, {len(told)} told, e.g. {extra}"
        )
    balances = decode_balances(engine.balances())
    if balances != referee.balances():
        keys = sorted(balances.items() ^ referee.balances().items())
        return f"{where}: balances differ at {keys[:4]}"
    for instrument in INSTRUMENTS:
        bids, asks = engine.depth(instrument, 10_000)
        if ([*map(tuple, bids)], [*map(tuple, asks)]) != referee.depth(instrument):
            return f"{where}: the books of instrument {instrument} differ"
        if bids and asks and bids[0][0] >= asks[0][0]:
            return f"{where}: the book of instrument {instrument} is crossed at rest"
    return ""


def difference(batch: list[Command], ours: Event, theirs: Event) -> str:
    """The command and the fields that differ, on one line."""
    command = next(one for one in batch if one["sequence"] == min(ours["sequence"], theirs["sequence"]))
    given = {name: value for name, value in command.items() if value}
    if ours["kind"] != theirs["kind"]:
        return (
            f"{given}: expected {EventKind(ours['kind']).name} {ours}, told {EventKind(theirs['kind']).name} {theirs}"
        )
    fields = {name: (value, theirs.get(name)) for name, value in ours.items() if value != theirs.get(name)}
    return f"{given}: {EventKind(ours['kind']).name} expected/told {fields}"


def _count(events: list[Event], result: Result) -> None:
    for event in events:
        result.events[EventKind(event["kind"]).name] += 1
        if event["kind"] == EventKind.REFUSED:
            result.saw_refusal(event["reason"])
