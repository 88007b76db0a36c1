"""Suite `conserve`, I1 and I2: money is neither made nor lost, and nothing is ever below zero.

Worlds of random commands (`blocks`) go through the engine and, as durable batches do, through clearing into a ledger
with a database of its own. Each 1,000 commands, per asset:

    what all accounts have available and held  =  the engine's supply  =  what was paid in less what was paid out
    the ledger's accounts                      =  the engine's, name by name; all of the ledger sums to zero
    what an account holds                      =  what its live orders must hold; nothing below zero anywhere

Paid in and out is counted here from the events, as a wallet outside would. There is no wallet in the product yet.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from commonbook.brand.days import parts
from commonbook.broker import accrual
from commonbook.broker.consents import clients_of
from commonbook.clearing import service as clearing
from commonbook.clearing.columns import claim_columns
from commonbook.clearing.model import Terms
from commonbook.errors import BrokenInvariant, Unbalanced
from commonbook.exchange import BackOffice
from commonbook.ledger.model import CUSTODY
from commonbook.ledger.service import difference
from commonbook.qa.blocks import Blocks, free_funds
from commonbook.qa.suite import Result
from commonbook.records import BALANCE_ROW, EVENT, Batch, CommandKind, EventKind, Records, Refusal, amounts, of_kind
from commonbook.settings import Settings
from commonbook.units import RateE8

BLOCK = 1_000  # commands from one check to the next
WORLD = 100_000  # commands of one venue


class Audited(Protocol):
    """The part of the engine that this suite drives; a build with planted bugs has it too."""

    def apply(self, commands: bytes) -> NDArray[np.uint8]: ...
    def balances(self) -> bytes: ...
    def audit(self) -> list[tuple[int, int, int, int]]: ...


class Books:
    """Venue, claims and ledger as the back office has them, without history and statements, on a database in memory."""

    def __init__(self) -> None:
        self._office = BackOffice.open(Path(), "sqlite://", Settings())
        self.ledger = self._office.ledger

    def project(self, batch: Batch) -> None:
        venue, program = self._office.venue, self._office.program()
        venue.apply(batch)
        terms = Terms(RateE8(self._office.settings.clearing.host_share_e8))
        for _, part in parts(batch):
            with self._office.database.begin() as connection:
                claims = claim_columns([])
                if program is not None:
                    claims = accrual.accrue(part, program, venue, claims, partial(clients_of, connection, venue)).claims
                clearing.project(part, venue, self.ledger, connection, claims, terms)

    def close(self) -> None:
        self._office.close()


def run(make_engine: Callable[[], Audited], seed: int, commands: int, limit: float = 0.0) -> Result:
    """`commands` commands from one seed, or up to the first difference."""
    result = Result("conserve", seed, limit=limit)
    while result.goes_on(commands):
        _world(make_engine(), seed + result.seeds, min(WORLD, commands - result.trials), result)
        result.seeds += 1
    return result


def _world(engine: Audited, seed: int, commands: int, result: Result) -> None:
    blocks, paid = Blocks(seed), defaultdict[int, int](int)
    books = Books()
    try:
        batch, done = blocks.venue(), 0
        while True:
            failure = _one(engine, books, batch, paid, result)
            done += len(batch)
            if failure:
                result.failure = f"seed {seed}, commands {batch['sequence'][0]} to {batch['sequence'][-1]}: {failure}"
            if done >= commands or failure or result.is_late():
                break
            free = free_funds(np.frombuffer(engine.balances(), BALANCE_ROW))
            batch = blocks.block(min(BLOCK, commands - done), free)
    finally:
        books.close()
    result.trials += done


def _one(engine: Audited, books: Books, commands: Records, paid: dict[int, int], result: Result) -> str:
    try:
        events = np.frombuffer(engine.apply(commands.tobytes()).tobytes(), EVENT)
        totals = engine.audit()
        books.project(Batch(commands, events))
    except (RuntimeError, BrokenInvariant, Unbalanced) as fault:
        return str(fault)
    _count(events, paid, result)
    result.checks += 1
    custody = {asset: -amount for (name, asset), amount in books.ledger.balances.items() if name == CUSTODY}
    for asset, available, held, supply in totals:
        four = (available + held, supply, paid[asset], custody.get(asset, 0))
        if len(set(four)) > 1:
            told = "engine's accounts {}, its supply {}, paid in less paid out {}, the ledger's custody {}".format(
                *four
            )
            return f"asset {asset}: {told}"
    differs = difference(books.ledger.balances, np.frombuffer(engine.balances(), BALANCE_ROW))
    return f"ledger and engine differ: {dict(list(differs.items())[:3])}" if differs else ""


def _count(events: Records, paid: dict[int, int], result: Result) -> None:
    moved = of_kind(events, EventKind.BALANCE)
    moved = moved[np.isin(moved["command_kind"], (CommandKind.DEPOSIT, CommandKind.WITHDRAWAL, CommandKind.SPLIT))]
    for asset, delta in zip(moved["asset"].tolist(), amounts(moved["available_delta"]), strict=True):
        paid[asset] += delta
    for kind, count in zip(*np.unique(events["kind"], return_counts=True), strict=True):
        result.events[EventKind(kind).name] += int(count)
    refused = events["reason"][events["kind"] == EventKind.REFUSED]
    for reason, count in zip(*np.unique(refused, return_counts=True), strict=True):
        result.refusals[Refusal(reason).name] += int(count)
