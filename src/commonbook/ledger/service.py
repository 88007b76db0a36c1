"""Posting entries and keeping balances; comparing them with the engine's.

An entry is one row, its postings in it. Balances are kept in memory, and in rows of their own: those of the venue's
names and of brands' own accounts with each batch, as the desks read them; those of users, and what is owed to brokers,
clients and affiliates, some batches together, as there are so many. What is between is in the entries: whoever begins,
or reads these balances, adds up what the rows do not have yet (L-9).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from commonbook.errors import OutsideFailure, Unbalanced
from commonbook.instrument.accounts import BRANDS_OWN
from commonbook.ledger.balances import Balances, add, by_table, moved, put
from commonbook.ledger.model import (
    CUSTODY,
    KEPT_LATER,
    LINE,
    USERS,
    VENUE_NAMES,
    VENUES,
    Entry,
    Lines,
    available,
    held,
    lines_together,
    named,
    netted,
)
from commonbook.records import BALANCE_ROW, VENUE_ACCOUNTS, Records, amounts
from commonbook.storage.database import advance, insert_many, position, upsert_many
from commonbook.storage.schema import ledger_balances, ledger_entries

KEPT = "ledger balances"  # the position that says up to which entry users' rows are kept
TOGETHER = 1_000_000  # postings behind which users' rows are brought up to date,
ROWS = 100_000  # or as many rows that are behind
_READ = 20_000  # entries at a time: one by one, most of the time would go into making columns of four postings

_Move = tuple[
    int, int, list[int], list[int], list[int]
]  # form, asset, numbers of the names, by how much, and what is then


class Ledger:
    """The balances in memory, every change of them in the database. One writer."""

    def __init__(self, connection: Connection) -> None:
        self._kept = position(connection, KEPT)
        self.pending = unkept(connection)  # by how much users' rows are behind
        self.balances = stored(connection, self.pending)
        self.venue: dict[int, int] = defaultdict(int)  # per asset what the venue's own accounts have together
        for form, asset, table in self.balances.tables():
            if form in VENUES:
                self.venue[asset] += sum(table.values())
        self._next_entry = int(connection.execute(select(func.max(ledger_entries.c.entry))).scalar() or 0) + 1
        self._behind = behind(connection)

    def post(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Append entries and move the balances, in the caller's transaction.

        Raises:
            Unbalanced: an entry does not sum to zero, or a user's balance would fall below zero.
        """
        heads, lines = [], []
        for entry in entries:
            lines.append(entry.check())
            heads.append(
                {
                    "entry": self._next_entry,
                    "kind": entry.kind,
                    "sequence": entry.sequence,
                    "event_index": entry.index,
                    "last_sequence": entry.last_sequence,
                    "time_ns": entry.time_ns,
                    "lines": lines[-1].bytes(),
                }
            )
            self._next_entry += 1
        if not heads:
            return
        insert_many(connection, ledger_entries, heads)
        self._move(connection, left_of(lines_together(lines)))

    def _move(self, connection: Connection, moved: Lines) -> None:
        moves = [self._moved(*each) for each in by_table(moved)]  # all of them are allowed before one is made
        for form, asset, numbers, by, after in moves:
            put(self.balances.table(form, asset), numbers, after)
            if form in VENUES:
                self.venue[asset] += sum(by)
        later = _kept_later(moved)
        for form, asset, numbers, by in by_table(moved.at(later)):
            add(self.pending.table(form, asset), numbers, by)
        self._write(connection, [(one.account, one.asset) for one in moved.at(~later)])
        self._behind += len(moved.form)
        if self._behind >= TOGETHER or len(self.pending) >= ROWS:
            self.keep(connection)

    def _moved(self, form: int, asset: int, numbers: list[int], by: list[int]) -> _Move:
        after = moved(self.balances.table(form, asset), numbers, by)
        if form in USERS and min(after) < 0:
            number, amount = next(pair for pair in zip(numbers, after, strict=True) if pair[1] < 0)
            raise Unbalanced(f"{named(form, number)} would have {amount} of asset {asset}")
        return form, asset, numbers, by, after

    def keep(self, connection: Connection) -> None:
        """Bring users' rows up to date, in the caller's transaction."""
        self._write(connection, self.pending)
        self.pending, self._behind = Balances(), 0
        advance(connection, KEPT, self._kept, self._next_entry - 1)
        self._kept = self._next_entry - 1

    def _write(self, connection: Connection, keys: Iterable[tuple[str, int]]) -> None:
        rows = [{"account": key[0], "asset": key[1], "amount": self.balances.get(key, 0)} for key in keys]
        if rows:
            upsert_many(connection, ledger_balances, rows)


def _kept_later(lines: Lines) -> NDArray[np.bool_]:
    """Which are of users, or owed to somebody; a brand's own accounts are read at its desk, and are as few as the
    venue's."""
    later: NDArray[np.bool_] = np.isin(lines.form, KEPT_LATER) & (lines.id & BRANDS_OWN == 0)
    return later


def left_of(lines: Lines) -> Lines:
    """What postings have moved together, without what came and went."""
    return netted(lines.form, lines.id, lines.asset, lines.amount)


def behind(connection: Connection) -> int:
    """How many postings users' rows do not have yet."""
    upto = position(connection, KEPT)
    size = select(func.sum(func.length(ledger_entries.c.lines))).where(ledger_entries.c.entry > upto)
    return int(connection.execute(size).scalar() or 0) // LINE.itemsize


def unkept(connection: Connection) -> Balances:
    """What users' rows do not have yet: it is in the entries behind the last that they have."""
    upto = position(connection, KEPT)
    chosen = select(ledger_entries.c.lines).where(ledger_entries.c.entry > upto).order_by(ledger_entries.c.entry)
    found = Balances()
    for entries in connection.execute(chosen).partitions(_READ):
        moved = left_of(Lines.read(b"".join(lines for (lines,) in entries)))
        for form, asset, numbers, by in by_table(moved.at(_kept_later(moved))):
            add(found.table(form, asset), numbers, by)
    return found


def stored(connection: Connection, pending: Balances | None = None) -> Balances:
    """All balances as the database has them: the rows, and what is not in rows yet.

    Args:
        pending: the latter, for who has read it already.

    Raises:
        OutsideFailure: a row is of a name that no account of the ledger has.
    """
    found = Balances()
    for row in connection.execute(select(ledger_balances)):
        try:
            found[row.account, row.asset] = row.amount
        except KeyError:
            raise OutsideFailure(
                f"a row of the ledger's balances is of {row.account!r}, which is no account: build the database anew"
            ) from None
    for key, amount in (unkept(connection) if pending is None else pending).items():
        found[key] = found.get(key, 0) + amount
    for key in [key for key, amount in found.items() if not amount]:
        del found[key]
    return found


def difference(balances: Mapping[tuple[str, int], int], engine_rows: Records) -> dict[str, int]:
    """Where ledger and engine disagree: name and asset to ledger minus engine. Empty is the proof (L-5).

    Compares every user's available and held, the fee pool, the subsidy and the rounding
    account against the venue's named accounts, and
    checks that per asset everything sums to zero.

    Args:
        balances: the ledger's, by account name and asset.
        engine_rows: BALANCE_ROW records of all accounts.
    """
    expected: dict[tuple[str, int], int] = defaultdict(int)
    rows = engine_rows.view(BALANCE_ROW)
    columns = (rows["account"].tolist(), rows["asset"].tolist(), amounts(rows["available"]), amounts(rows["held"]))
    for account, asset, free, locked in zip(*columns, strict=True):
        if account in VENUE_ACCOUNTS:
            expected["venue", asset] += free
        else:
            expected[available(account), asset] += free
            expected[held(account), asset] += locked
    found: dict[tuple[str, int], int] = defaultdict(int)
    totals: dict[int, int] = defaultdict(int)
    for (name, asset), amount in balances.items():
        totals[asset] += amount
        if name.startswith(VENUE_NAMES):
            found["venue", asset] += amount
        elif name != CUSTODY:
            found[name, asset] += amount
    wrong = {
        f"{key[0]} of asset {key[1]}": found[key] - expected[key]
        for key in sorted({*found, *expected})
        if found[key] != expected[key]
    }
    return wrong | {f"sum of asset {asset}": total for asset, total in sorted(totals.items()) if total}
