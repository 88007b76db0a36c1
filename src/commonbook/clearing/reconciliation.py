"""The daily check: all that is written down of a day must say the same, before anything of it is released (Q-23)."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from commonbook.chain import Place
from commonbook.clearing.closing import day_text
from commonbook.clearing.model import DAY_NS
from commonbook.clearing.sheets import sheet_of
from commonbook.clearing.volume import volume_problems
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import BRAND_REVENUE, USER
from commonbook.ledger.service import stored
from commonbook.storage.database import insert_new
from commonbook.storage.schema import ledger_balances, ledger_entries
from commonbook.storage.tables.clearing import audit_alarms, clearing_statements, reconciliations, revenue_days

WALK_ALL_DAYS = 7
BEFORE, BROKEN, CLEAN, CLOSED = "before", "broken", "clean", "closed"


Liabilities = dict[int, dict[int, int]]  # brand to asset to what its customers have


@dataclass(frozen=True, slots=True)
class Outside:
    """What was compared beyond the database."""

    sequence: int  # at which ledger and engine were compared
    problems: tuple[str, ...]  # of the engine, the journal and the audit logs
    journal_hash: str = ""  # of the newest frame of the journal
    walked: Place | None = None  # how far its closed segments were read


@dataclass(frozen=True, slots=True)
class Reconciliation:
    day: int
    state: str
    sequence: int
    problems: tuple[str, ...]
    liabilities: Liabilities
    journal_hash: str
    walked: Place | None = None


def next_day(connection: Connection) -> int | None:
    """The first day that is not closed; None while nothing has happened yet."""
    newest = connection.execute(
        select(func.max(reconciliations.c.day)).where(reconciliations.c.state.in_((BEFORE, CLOSED)))
    ).scalar()
    if newest is not None:
        return int(newest) + 1
    first = connection.execute(select(ledger_entries.c.time_ns).order_by(ledger_entries.c.entry).limit(1)).scalar()
    return None if first is None else int(first) // DAY_NS


def reconcile(
    connection: Connection, venue: Venue, day: int, outside: Outside, liabilities: Liabilities
) -> Reconciliation:
    """Compare; nothing is written.

    Args:
        connection: one that sees one state (`storage.database.snapshot`).
        liabilities: what customers have (`liabilities_now`), of when ledger and engine were compared: one reading of
            the whole ledger for all days that are closed by it.
    """
    problems = [
        *outside.problems,
        *_alarms(connection, venue),
        *_owed(connection, venue),
        *volume_problems(connection, venue, day),
    ]
    state = BROKEN if problems else CLEAN
    return Reconciliation(
        day, state, outside.sequence, tuple(problems), liabilities, outside.journal_hash, outside.walked
    )


def walked(connection: Connection) -> Place | None:
    """From where the journal is to be read for the next day; None for all of it: at first, and once in WALK_ALL_DAYS.

    A closed segment does not change, but what it lies on may fail: so all of it is read again now and then.
    """
    chosen = select(reconciliations).where(reconciliations.c.state == CLOSED).order_by(reconciliations.c.day.desc())
    row = connection.execute(chosen.limit(1)).first()
    if row is None or not row.walked_sequence or (row.day + 1) % WALK_ALL_DAYS == 0:
        return None
    return Place(row.walked_sequence, row.walked_hash, row.walked_epoch)


def keep(connection: Connection, found: Reconciliation, state: str = "") -> None:
    """Store the outcome; a broken day is checked again, and its row says how it stands now."""
    values: dict[str, Any] = {
        "state": state or found.state,
        "sequence": found.sequence,
        "problems": json.dumps(found.problems),
        "liabilities": json.dumps(
            {
                str(brand): {str(asset): str(amount) for asset, amount in sorted(own.items())}
                for brand, own in found.liabilities.items()
            }
        ),
        "journal_hash": found.journal_hash,
    }
    if found.walked is not None:
        values |= {f"walked_{name}": value for name, value in found.walked._asdict().items()}
    if not insert_new(connection, reconciliations, {"day": found.day} | values):
        connection.execute(update(reconciliations).where(reconciliations.c.day == found.day).values(**values))


def found_of(row: Any) -> Reconciliation:
    liabilities = {
        int(brand): {int(asset): int(amount) for asset, amount in own.items()}
        for brand, own in json.loads(row.liabilities).items()
    }
    return Reconciliation(
        row.day, row.state, row.sequence, tuple(json.loads(row.problems)), liabilities, row.journal_hash
    )


def newest(connection: Connection, most: int, before: int = 2**40) -> list[Reconciliation]:
    chosen = select(reconciliations).where(reconciliations.c.day < before, reconciliations.c.state != BEFORE)
    return [found_of(row) for row in connection.execute(chosen.order_by(reconciliations.c.day.desc()).limit(most))]


def open_alarms(connection: Connection) -> list[Any]:
    return list(
        connection.execute(select(audit_alarms).where(audit_alarms.c.cleared_by == 0).order_by(audit_alarms.c.alarm))
    )


def _alarms(connection: Connection, venue: Venue) -> list[str]:
    return [
        f"alarm {one.alarm}: {one.name} has {one.ledger} of {asset_name(venue, one.asset)} in the ledger and"
        f" {one.engine} in the engine at sequence {one.sequence}"
        for one in open_alarms(connection)
    ]


def _owed(connection: Connection, venue: Venue) -> list[str]:
    """What brands are owed by their days, and by the ledger."""
    by_days: dict[tuple[int, int], int] = defaultdict(int)
    closed: dict[tuple[int, int], int] = {}
    for row in connection.execute(
        select(clearing_statements).where(clearing_statements.c.state != "computed").order_by(clearing_statements.c.day)
    ):
        closed[row.brand, row.asset] = row.day
        by_days[row.brand, row.asset] = row.closing
    for sheet in connection.execute(select(revenue_days)).mappings():
        place = (sheet["brand"], sheet["asset"])
        if sheet["day"] > closed.get(place, -1):
            by_days[place] += sheet_of(sheet).change
    by_ledger = {
        (int(row.account.removeprefix(BRAND_REVENUE)), row.asset): row.amount
        for row in connection.execute(
            select(ledger_balances).where(ledger_balances.c.account.startswith(BRAND_REVENUE))
        )
    }
    return [
        f"brand {brand} is owed {by_days.get((brand, asset), 0)} of {asset_name(venue, asset)} by its days and"
        f" {by_ledger.get((brand, asset), 0)} by the ledger"
        for brand, asset in sorted({*by_days, *by_ledger})
        if by_days.get((brand, asset), 0) != by_ledger.get((brand, asset), 0)
    ]


def liabilities_now(connection: Connection, venue: Venue) -> Liabilities:
    """What the customers of each brand have of each asset, all postings so far included."""
    sums: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (name, asset), amount in stored(connection).items():
        account = venue.accounts.get(int(name.split(":")[1])) if name.startswith(USER) else None
        if account is not None and amount:
            sums[account.brand][asset] += amount
    return {brand: dict(own) for brand, own in sorted(sums.items())}


def asset_name(venue: Venue, asset: int) -> str:
    known = venue.assets.get(asset)
    return f"{known.name} (asset {asset})" if known else f"asset {asset}"


def told(found: Reconciliation) -> str:
    return f"{day_text(found.day)}: {found.state}" + "".join(f"; {one}" for one in found.problems)
