"""Closing a day: a statement for each brand and asset that something happened in (Q-12).

The lines are made from history, their sums compared with the day's sheet, which the ledger was posted with; the root is
frozen, then the file takes its place. Every step may be repeated, by several at once: what is frozen first counts, and
all others come to the same or stop.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from commonbook.clearing.document import Line, canonical, leaf_hash, sealed
from commonbook.clearing.lines import claims_of, fill_lines, fills_of_day, move_lines
from commonbook.clearing.model import DAY_NS, Source, Terms
from commonbook.clearing.sheets import ITEMS, Sheet, owed_before, sheets_of_day
from commonbook.clearing.statement import Totals, header_text
from commonbook.clearing.wash import Pairs
from commonbook.errors import BrokenInvariant, Mismatch
from commonbook.instrument.venue import Venue
from commonbook.storage.database import insert_new, snapshot
from commonbook.storage.tables.clearing import clearing_statements, filtered_days
from commonbook.whole_file import make_folder, put_whole

COMPUTED, CLOSED, RELEASED, HELD = "computed", "closed", "released", "held"
_FLUSH = 2_000  # lines of one statement that wait in memory for the disk


@dataclass
class _Draft:
    """One statement while it is written."""

    path: Path
    becomes: Path
    totals: Totals
    leaves: list[bytes] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.leaves.append(leaf_hash(text))
        self.waiting.append(text)
        if len(self.waiting) >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.writelines(f"{text}\n" for text in self.waiting)
        self.waiting.clear()

    def end(self) -> Line:
        footer = sealed(self.totals.told(), self.leaves)
        self.waiting.append(canonical(footer))
        self.flush()
        return footer


def day_text(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def statement_path(folder: Path, venue: Venue, brand: int, asset: int, day: int) -> Path:
    name = venue.assets[asset].name
    return folder / str(brand) / f"{name if name.isalnum() and name.isascii() else asset}-{day_text(day)}.jsonl"


def close_day(
    database: Engine, venue: Venue, terms: Terms, day: int, last_sequence: int, folder: Path
) -> list[tuple[int, int]]:
    """Bring a day's statements to `closed`, from wherever an earlier run left them.

    Args:
        last_sequence: all of the day is at or before it, and taken in.
        folder: where statements lie, a folder for each brand.

    Returns:
        brand and asset of each that was closed now.

    Raises:
        Mismatch: what follows from the fills is not what the ledger was posted with; names brand, asset and item.
    """
    with snapshot(database) as connection:
        sheets = sheets_of_day(connection, day)
        left = {place: sheet for place, sheet in sheets.items() if not is_closed(connection, *place, day)}
        if not left:
            return []
        drafts = {place: _begin(connection, venue, terms, day, place, folder) for place in sorted(left)}
        try:
            filtered = _write(connection, venue, terms, day, drafts)
            for place, draft in drafts.items():
                _close(database, place, day, last_sequence, draft, left[place])
        finally:
            for draft in drafts.values():
                draft.path.unlink(missing_ok=True)
    with database.begin() as connection:
        for row in filtered:
            insert_new(connection, filtered_days, row)
    return sorted(drafts)


def _close(
    database: Engine, place: tuple[int, int], day: int, last_sequence: int, draft: "_Draft", sheet: Sheet
) -> None:
    brand, asset = place
    footer = draft.end()
    wrong = draft.totals.is_day({name: getattr(sheet, name) for name in ITEMS})
    if wrong:
        raise Mismatch(f"clearing of brand {brand}, asset {asset}, day {day_text(day)}: {'; '.join(wrong)}")
    _freeze(database, brand, asset, day, last_sequence, footer)
    put_whole(draft.path, draft.becomes)
    with database.begin() as connection:
        mine = (clearing_statements.c.brand == brand) & (clearing_statements.c.asset == asset)
        where = mine & (clearing_statements.c.day == day) & (clearing_statements.c.state == COMPUTED)
        connection.execute(update(clearing_statements).where(where).values(state=CLOSED))


def is_closed(connection: Connection, brand: int, asset: int, day: int) -> bool:
    row = statement_of(connection, brand, asset, day)
    return row is not None and row["state"] != COMPUTED


def statement_of(connection: Connection, brand: int, asset: int, day: int) -> dict[str, Any] | None:
    mine = (clearing_statements.c.brand == brand) & (clearing_statements.c.asset == asset)
    chosen = select(clearing_statements).where(mine, clearing_statements.c.day == day)
    found = connection.execute(chosen).mappings().first()
    return dict(found) if found else None


def statement_before(connection: Connection, brand: int, asset: int, day: int) -> dict[str, Any] | None:
    """The newest one of an earlier day."""
    mine = (clearing_statements.c.brand == brand) & (clearing_statements.c.asset == asset)
    newest = connection.execute(
        select(func.max(clearing_statements.c.day)).where(mine, clearing_statements.c.day < day)
    ).scalar()
    return None if newest is None else statement_of(connection, brand, asset, int(newest))


def _write(
    connection: Connection, venue: Venue, terms: Terms, day: int, drafts: dict[tuple[int, int], _Draft]
) -> list[dict[str, int]]:
    """All statements of a day in one pass over its fills; gives what of its volume is filtered."""
    pairs = Pairs(day)
    for some in fills_of_day(connection, day):
        claimed = claims_of(connection, some)
        for traded in some:
            pairs.count(traded)
            for brand, asset, line in fill_lines(traded, claimed, venue, terms):
                _add(drafts, brand, asset, line)
    for brand, asset, line in move_lines(connection, day):
        _add(drafts, brand, asset, line)
    return pairs.filtered(connection, venue)


def _add(drafts: dict[tuple[int, int], _Draft], brand: int, asset: int, line: Line) -> None:
    draft = drafts.get((brand, asset))  # none: its statement is closed already
    if draft is not None:
        draft.totals.add(line)
        draft.add(canonical(line))


def _begin(
    connection: Connection, venue: Venue, terms: Terms, day: int, place: tuple[int, int], folder: Path
) -> _Draft:
    brand, asset = place
    before = statement_before(connection, brand, asset, day)
    opening = before["closing"] if before else owed_before(connection, brand, asset, day)
    start = day * DAY_NS
    header = {
        "asset": venue.assets[asset].name,
        "brand": str(brand),
        "cost_shares": [
            {"effective_ns": str(start), "rate_e8": str(terms.cost_share(brand, source, start)), "source": source.value}
            for source in Source
        ],
        "date": day_text(day),
        "day": str(day),
        "holders": [
            {
                "effective_ns": str(start),
                "rate_e8": str(terms.holders_share(brand, start)),
                "source": Source.TRADING.value,
            }
        ],
        "opening": str(opening),
        "previous_day": str(before["day"]) if before else "",
        "previous_root": before["root"] if before else "",
        "scale": str(venue.assets[asset].scale),
    }
    path = statement_path(folder, venue, brand, asset, day)
    make_folder(path.parent)
    draft = _Draft(path.with_suffix(f".{secrets.token_hex(4)}.draft"), path, Totals(header))
    draft.add(header_text(header))
    return draft


def _freeze(database: Engine, brand: int, asset: int, day: int, last_sequence: int, footer: Line) -> None:
    """
    Raises:
        BrokenInvariant: the day was frozen with another content.
    """
    totals = {name: value for name, value in footer.items() if name not in ("leaves", "kind")}
    row = {
        "brand": brand,
        "asset": asset,
        "day": day,
        "opening": int(footer["opening"]),
        "closing": int(footer["closing"]),
        "totals": canonical(totals),
        "lines": int(footer["count"]),
        "root": footer["root"],
        "last_sequence": last_sequence,
        "state": COMPUTED,
        "release_day": 0,
    }
    with database.begin() as connection:
        insert_new(connection, clearing_statements, row)
        stored = statement_of(connection, brand, asset, day)
    if stored is None or stored["root"] != footer["root"]:
        raise BrokenInvariant(
            f"clearing of brand {brand}, asset {asset}, day {day_text(day)} was frozen with other lines"
        )
