"""The online auditor: while the exchange runs, ledger and engine are held against each other at one sequence. Q-24.

The core is asked for the balances of some accounts; its answer names the sequence it is of, and once the back office
has taken in just so much the two must be equal. What moved is compared first; beside it everybody else's, some at a
time, so that a round through all accounts ends again and again. The rows in the database are compared as well.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sqlalchemy import Connection, Engine, insert, select

from commonbook.instrument.venue import Venue
from commonbook.ledger.model import VENUE_NAMES, available, held
from commonbook.ledger.service import Ledger
from commonbook.records import (
    BALANCE_ROW,
    VENUE_ACCOUNTS,
    Batch,
    CommandKind,
    EventKind,
    Records,
    TradingStatus,
    amounts,
    commands,
    of_kind,
)
from commonbook.storage.schema import ledger_balances
from commonbook.storage.tables.clearing import audit_alarms

MOVED_MOST = 4_000  # accounts of one comparison that have moved
ROUND_MOST = 2_000  # others
ROUND_TURNS = 3  # a round through all begins at most once in so many comparisons: most of an idle exchange stands still
VENUE = "the fee pool, the subsidy and the rounding"
TOGETHER = 400  # names in one query
_MOVED = (EventKind.ACCEPTED, EventKind.CANCELED, EventKind.FILL_SIDE, EventKind.BALANCE)


@dataclass(frozen=True, slots=True)
class Difference:
    """At a sequence, one account in one asset."""

    sequence: int
    asset: int
    name: str
    ledger: int
    engine: int


class Asked(Protocol):
    """The core, asked for balances; `done` gets the sequence and BALANCE_ROW records as soon as the answer is there."""

    def balances_then(self, accounts: list[int], done: Callable[[int, Records], None]) -> None: ...


@dataclass
class _Question:
    accounts: list[int]
    others: list[int]  # of them, those whose turn it is in the round
    is_end_of_round: bool
    sequence: int = 0
    rows: Records | None = None


class Auditor:
    """One per back office; only its loop touches it."""

    def __init__(self, ledger: Ledger, venue: Venue, every_ms: int) -> None:
        self._ledger = ledger
        self._venue = venue
        self._every_s = every_ms / 1000
        self._next_s = 0.0
        self._moved: dict[int, None] = {}  # in the order in which they moved
        self._round: list[int] = []  # who is still to be asked about
        self._is_in_round = False
        self._round_began_ns = 0
        self._next_round_s = 0.0
        self._assets: dict[int, set[int]] = {}  # of which an account may have something
        self._question: _Question | None = None
        self.time_ns = 0  # engine time that was taken in
        self.clean_since_ns = 0  # everything was compared, and equal, at or after this engine time
        self.clean_at = 0  # the sequence at which the newest such round ended
        self.compared = 0  # comparisons

    def took(self, batch: Batch) -> None:
        """A batch was taken in: whom it moved is compared next."""
        self.time_ns = int(batch.commands["time_ns"][-1])
        for kind in _MOVED:
            for account in of_kind(batch.events, kind)["account"].tolist():
                self._moved[account] = None

    def ask_if_due(self, core: Asked) -> None:
        """Ask about some accounts when it is time, and the last question was answered."""
        now_s = time.monotonic()
        if self._question is not None or now_s < self._next_s:
            return
        self._next_s = now_s + self._every_s
        if not self._is_in_round and now_s >= self._next_round_s:
            self._next_round_s = now_s + ROUND_TURNS * self._every_s
            self._begin_round()
        moved = [account for account, _ in zip(self._moved, range(MOVED_MOST), strict=False)]
        others, self._round = self._round[:ROUND_MOST], self._round[ROUND_MOST:]
        if not moved and not self._is_in_round:
            return
        accounts = [*dict.fromkeys((*VENUE_ACCOUNTS, *moved, *others))]
        question = _Question(accounts, others, self._is_in_round and not self._round)
        self._is_in_round = bool(self._round)

        def done(sequence: int, rows: Records) -> None:
            question.sequence, question.rows = sequence, rows

        self._question = question
        core.balances_then(question.accounts, done)

    def is_answered(self, position: int) -> bool:
        """Whether there is something to compare at this sequence."""
        question = self._question
        if question is None or question.rows is None:
            return False
        if question.sequence < position:  # passed by: ask anew
            self._question = None
            self._round = [*question.others, *self._round]  # nobody is left out of a round
            self._is_in_round = question.is_end_of_round or bool(self._round)
            return False
        return question.sequence == position

    def may_pass(self) -> int:
        """Up to which sequence batches may be taken in at once: not beyond the one that is to be compared."""
        question = self._question
        if question is None:
            return 2**63
        return 0 if question.rows is None else question.sequence

    def compare(self, connection: Connection) -> list[Difference]:
        """What differs; called when `is_answered`, with a connection to the ledger's tables as they are now."""
        question, self._question = self._question, None
        if question is None or question.rows is None:
            return []
        for account in question.accounts:
            self._moved.pop(account, None)
        found = [*self._engine(question, question.rows), *self._stored(connection, question)]
        if question.is_end_of_round:
            found += self._whole(question.sequence)
            if not found:
                self.clean_since_ns, self.clean_at = self._round_began_ns, question.sequence
        self.compared += 1
        return found

    def _begin_round(self) -> None:
        self._round_began_ns = self.time_ns
        self._assets = {account: set() for account in self._venue.accounts}
        for name, asset in self._ledger.balances:
            if name.startswith("user:"):
                self._assets.setdefault(int(name.split(":")[1]), set()).add(asset)
        self._round = sorted(self._assets)
        self._is_in_round = True  # with nobody as well: the venue's own accounts, and the sum of the ledger

    def _engine(self, question: _Question, rows: Records) -> Iterable[Difference]:
        columns = (rows["account"].tolist(), rows["asset"].tolist(), amounts(rows["available"]), amounts(rows["held"]))
        engine: dict[tuple[str, int], int] = {}
        system: dict[int, int] = {}
        for account, asset, free, locked in zip(*columns, strict=True):
            if account in VENUE_ACCOUNTS:
                system[asset] = system.get(asset, 0) + free
            else:
                engine[available(account), asset], engine[held(account), asset] = free, locked
                self._assets.setdefault(account, set()).add(asset)
        for account in question.accounts:
            for asset in sorted(self._assets.get(account, ())):
                for name in (available(account), held(account)):
                    ours = self._ledger.balances.get((name, asset), 0)
                    theirs = engine.get((name, asset), 0)
                    if ours != theirs:
                        yield Difference(question.sequence, asset, name, ours, theirs)
        for asset in sorted({*system, *self._ledger.venue}):
            ours, theirs = self._ledger.venue.get(asset, 0), system.get(asset, 0)
            if ours != theirs:
                yield Difference(question.sequence, asset, VENUE, ours, theirs)

    def _stored(self, connection: Connection, question: _Question) -> Iterable[Difference]:
        """The rows in the database, against the balances in memory that they were written from."""
        names = [name for account in question.accounts for name in (available(account), held(account))]
        for start in range(0, len(names), TOGETHER):
            part = names[start : start + TOGETHER]
            stored = {
                (row.account, row.asset): row.amount
                for row in connection.execute(select(ledger_balances).where(ledger_balances.c.account.in_(part)))
            }
            known = {
                (name, asset)
                for name in part
                for asset in self._assets.get(int(name.split(":")[1]), ())
                if (name, asset) in self._ledger.balances
            }
            for name, asset in sorted({*stored, *known}):
                row = stored.get((name, asset), 0) + self._ledger.pending.get((name, asset), 0)
                ours = self._ledger.balances.get((name, asset), 0)
                if row != ours:
                    yield Difference(question.sequence, asset, f"{name}, stored", row, ours)

    def _whole(self, sequence: int) -> Iterable[Difference]:
        """The ledger by itself: per asset all of it sums to zero, and the venue's names to what is kept of them."""
        sums: dict[int, int] = {}
        venue: dict[int, int] = {}
        for (name, asset), amount in self._ledger.balances.items():
            sums[asset] = sums.get(asset, 0) + amount
            if name.startswith(VENUE_NAMES):
                venue[asset] = venue.get(asset, 0) + amount
        for asset, total in sorted(sums.items()):
            if total:
                yield Difference(sequence, asset, "the sum of the ledger", total, 0)
        for asset in sorted({*venue, *self._ledger.venue}):
            ours, kept = venue.get(asset, 0), self._ledger.venue.get(asset, 0)
            if ours != kept:
                yield Difference(sequence, asset, f"{VENUE}, by name", ours, kept)


def balance_rows(raw: bytes) -> Records:
    return np.frombuffer(raw, BALANCE_ROW)


def cancel_only() -> Records:
    """The whole venue: cancels and nothing else."""
    record = commands(CommandKind.STATUS)
    record["status"], record["instrument"] = TradingStatus.CANCEL_ONLY, 0
    return record


def unknown_of(connection: Connection, differences: list[Difference]) -> list[Difference]:
    """Those for which no alarm stands."""
    standing = select(audit_alarms.c.name, audit_alarms.c.asset).where(audit_alarms.c.cleared_by == 0)
    known = {(row.name, row.asset) for row in connection.execute(standing)}
    return [one for one in differences if (one.name, one.asset) not in known]


def keep_alarms(database: Engine, differences: list[Difference], time_ns: int) -> None:
    with database.begin() as connection:
        for one in differences:
            row = {"sequence": one.sequence, "asset": one.asset, "name": one.name, "time_ns": time_ns}
            values = row | {"ledger": one.ledger, "engine": one.engine, "cleared_by": 0}
            connection.execute(insert(audit_alarms).values(**values))
