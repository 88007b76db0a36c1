"""What was measured by the day and the month, held against what the journal gives: VIP levels (VL-8), makers' quotes
(SC-8), reviews of brokers (BT-13).
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select

from commonbook.brand.ladder import WINDOW_MOST, ladder_for
from commonbook.exchange import BackOffice
from commonbook.settings import Settings, database_url
from commonbook.storage.database import open_database
from commonbook.storage.tables.autonomy import engine_days, level_days, level_tables, maker_hours, volume_days
from commonbook.storage.tables.program import tier_months

SHOWN = 5  # differences of a table that are told one by one
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def take_tables(data: Path, settings: Settings, rebuilt: BackOffice) -> None:
    """Whoever measures the days again needs the host's tables, which are decided and not journaled."""
    stored = open_database(database_url(settings, data))
    try:
        with stored.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(level_tables)).mappings()]
    finally:
        stored.dispose()
    if rows:
        with rebuilt.database.begin() as connection:
            connection.execute(insert(level_tables), rows)


def compare_days(stored: BackOffice, rebuilt: BackOffice) -> list[str]:
    """Where closed days differ; empty is the proof."""
    first, last = _days(stored)
    whole = first == _days(rebuilt)[0]  # else the tables were begun in the middle of the journal
    problems = []
    for table, keys, days in (
        (volume_days, ("day", "master", "quote_asset"), range(first if whole else first + 1, last)),
        (level_days, ("day", "master"), range(first if whole else first + _window(stored, last), last)),
        (maker_hours, ("hour", "account", "instrument", "width_bps"), range(first if whole else last, last)),
    ):
        ours, theirs = (_rows(office, table, keys, days) for office in (stored, rebuilt))
        problems += _differences(table.name, keys, ours, theirs)
    return problems


def compare_months(stored: BackOffice, rebuilt: BackOffice) -> list[str]:
    """Where reviews of brokers differ, of the months that were reviewed here; empty is the proof."""
    keys = ("program", "month", "broker")
    ours, theirs = (_all_rows(office, tier_months, keys) for office in (stored, rebuilt))
    months = {key[:2] for key in ours}  # a table that was begun in the middle of the journal has not all of them
    mine = {key: values for key, values in theirs.items() if key[:2] in months}
    return _differences(tier_months.name, keys, ours, mine)


def _differences(name: str, keys: tuple[str, ...], ours: Rows, theirs: Rows) -> list[str]:
    wrong = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
    problems = []
    for key in wrong[:SHOWN]:
        where = dict(zip(keys, key, strict=True))
        problems.append(f"{name}: {where} has {ours.get(key)}, the journal gives {theirs.get(key)}")
    if len(wrong) > SHOWN:
        problems.append(f"{name}: {len(wrong) - SHOWN} more rows differ")
    return problems


def _days(office: BackOffice) -> tuple[int, int]:
    """The first day that was entered, and the one that is not over."""
    with office.database.connect() as connection:
        chosen = select(func.min(engine_days.c.day), func.max(engine_days.c.day))
        first, last = connection.execute(chosen).one()
    return int(first or 0), int(last or 0)


def _window(office: BackOffice, day: int) -> int:
    """So many days behind the first, a window of volume is whole."""
    with office.database.connect() as connection:
        table = ladder_for(connection, office.venue, day)
    return WINDOW_MOST if table is None else table.days + 1


def _rows(office: BackOffice, table: Table, keys: tuple[str, ...], days: range) -> Rows:
    column = table.c[keys[0]]
    hours = 24 if keys[0] == "hour" else 1
    if not days:
        return {}
    return _all_rows(office, table, keys, column >= days.start * hours, column < days.stop * hours)


def _all_rows(office: BackOffice, table: Table, keys: tuple[str, ...], *where: Any) -> Rows:
    with office.database.connect() as connection:
        return {
            tuple(row[key] for key in keys): tuple(value for name, value in row.items() if name not in keys)
            for row in connection.execute(select(table).where(*where)).mappings()
        }
