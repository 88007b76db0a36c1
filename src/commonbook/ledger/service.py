"""Posting entries and keeping balances; comparing them with the engine's."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from commonbook.errors import Unbalanced
from commonbook.ledger.model import CUSTODY, VENUE_NAMES, Entry, available, held
from commonbook.records import BALANCE_ROW, VENUE_ACCOUNTS, Records, amounts
from commonbook.storage.database import execute_many
from commonbook.storage.schema import ledger_balances, ledger_entries, postings


class Ledger:
    """The balances in memory, every change of them in the database. One writer."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(ledger_balances))
        self.balances: dict[tuple[str, int], int] = {(row.account, row.asset): row.amount for row in rows}
        self.venue: dict[int, int] = defaultdict(int)  # per asset what the venue's own accounts have together
        for (name, asset), amount in self.balances.items():
            if name.startswith(VENUE_NAMES):
                self.venue[asset] += amount
        self._next_entry = int(connection.execute(select(func.max(ledger_entries.c.entry))).scalar() or 0) + 1

    def post(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Append entries and move the balances, in the caller's transaction.

        Raises:
            Unbalanced: an entry does not sum to zero, or a user's balance would fall below zero.
        """
        heads, lines = [], []
        moved: dict[tuple[str, int], int] = defaultdict(int)
        for entry in entries:
            entry.check()
            number = self._next_entry
            self._next_entry += 1
            heads.append(
                {
                    "entry": number,
                    "kind": entry.kind,
                    "sequence": entry.sequence,
                    "event_index": entry.index,
                    "last_sequence": entry.last_sequence,
                    "time_ns": entry.time_ns,
                }
            )
            for posting in entry.postings:
                if posting.amount:
                    lines.append(
                        {
                            "entry": number,
                            "account": posting.account,
                            "asset": posting.asset,
                            "amount": posting.amount,
                        }
                    )
                    moved[posting.account, posting.asset] += posting.amount
        if heads:
            execute_many(connection, insert(ledger_entries), heads)
        if lines:
            execute_many(connection, insert(postings), lines)
        self._move(connection, moved)

    def _move(self, connection: Connection, moved: dict[tuple[str, int], int]) -> None:
        changed: list[tuple[str, int, int]] = []
        for key, delta in moved.items():
            if not delta:
                continue
            after = self.balances.get(key, 0) + delta
            if after < 0 and key[0].startswith("user:"):
                raise Unbalanced(f"{key[0]} would have {after} of asset {key[1]}")
            self.balances[key] = after
            if key[0].startswith(VENUE_NAMES):
                self.venue[key[1]] += delta
            changed.append((*key, after))
        if not changed:
            return
        # Replacing rows is the one upsert that both databases spell alike.
        by_asset: dict[int, list[str]] = defaultdict(list)
        for name, asset, _ in changed:
            by_asset[asset].append(name)
        for asset, names in by_asset.items():
            for start in range(0, len(names), 500):
                part = names[start : start + 500]
                where = (ledger_balances.c.asset == asset) & ledger_balances.c.account.in_(part)
                connection.execute(delete(ledger_balances).where(where))
        rows = [{"account": name, "asset": asset, "amount": after} for name, asset, after in changed]
        execute_many(connection, insert(ledger_balances), rows)


def difference(balances: dict[tuple[str, int], int], engine_rows: Records) -> dict[str, int]:
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
