"""A brand's export: each set as JSON Lines and as CSV, in one folder with a manifest. Rules LV-1, LV-3 and LV-5.

All of it is of one moment: what the back office knows at one sequence. The folder is written beside its place and put
there whole.
"""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, select

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.instrument import store as instrument_store
from commonbook.leaving import consent
from commonbook.leaving.sets import SETS, Row, Scope, Set, scope_of
from commonbook.people.directory import CLOSED
from commonbook.storage.database import BACK_OFFICE, position, snapshot
from commonbook.storage.tables.people import users
from commonbook.whole_file import make_folder

MANIFEST = "MANIFEST.json"
FORMAT = 1
TELL_EVERY = 5_000  # rows

Progress = Callable[[int, int, int], None]  # files done, of so many, rows done


def write_export(
    database: Engine, seal: Seal, brand: int, out: Path, progress: Progress = lambda done, files, rows: None
) -> dict[str, Any]:
    """Write a brand's export into a folder that is not there yet; gives the manifest.

    Raises:
        BadInput: the folder is there, or there is no such brand.
    """
    if out.exists():
        raise BadInput(f"{out} is there already; choose another folder")
    draft = out.with_name(f"{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft)
    with snapshot(database) as connection:
        venue = instrument_store.load(connection)
        if brand not in venue.brands:
            raise BadInput(f"there is no brand {brand}; there are: {', '.join(map(str, sorted(venue.brands)))}")
        scope = scope_of(connection, venue, seal, brand, consent.current(connection, brand))
        files: dict[str, Any] = {}
        rows_done = 0
        for number, one in enumerate(SETS):
            written = _write_set(scope, one, draft, _telling(progress, 2 * number, rows_done))
            files |= written
            rows_done += next(iter(written.values()))["rows"]
        chosen = select(users.c.user_id).where(users.c.brand == brand, users.c.state != CLOSED)
        everybody = len(connection.execute(chosen).all())
        manifest = {
            "format": FORMAT,
            "brand": str(brand),
            "name": venue.brands[brand].name,
            "sequence": str(position(connection, BACK_OFFICE)),
            "users": len(scope.consents),
            "users_without_consent": everybody - len(scope.consents),
            "accounts": len(scope.accounts),
            "accounts_told_in_sums": len(scope.withheld),
            "files": files,
        }
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    draft.rename(out)
    progress(2 * len(SETS), 2 * len(SETS), rows_done)
    return manifest


def _telling(progress: Progress, files: int, rows: int) -> Callable[[int], None]:
    return lambda more: progress(files, 2 * len(SETS), rows + more)


@dataclass
class _File:
    """A file and what the manifest says of it."""

    file: IO[bytes]
    sum: Any = field(default_factory=hashlib.sha256)
    bytes: int = 0

    def write(self, text: str) -> None:
        content = text.encode()
        self.file.write(content)
        self.sum.update(content)
        self.bytes += len(content)


def _write_set(scope: Scope, one: Set, folder: Path, told: Callable[[int], None]) -> dict[str, Any]:
    names = (f"{one.name}.jsonl", f"{one.name}.csv")
    rows = 0
    with (folder / names[0]).open("wb") as first, (folder / names[1]).open("wb") as second:
        lines, table = _File(first), _File(second)
        table.write(csv_line(one.columns))
        for row in one.rows(scope):
            lines.write(json_line(row, one.columns))
            table.write(csv_line(tuple(row[name] for name in one.columns)))
            rows += 1
            if rows % TELL_EVERY == 0:
                told(rows)
    told(rows)
    return {
        name: {"sha256": file.sum.hexdigest(), "rows": rows, "bytes": file.bytes}
        for name, file in zip(names, (lines, table), strict=True)
    }


def json_line(row: Row, columns: tuple[str, ...]) -> str:
    """One spelling for each row: the columns in their order, no spaces."""
    ordered = {name: row[name] for name in columns}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False) + "\n"


def csv_line(values: tuple[str, ...]) -> str:
    """As RFC 4180 has it, but that lines end in a line feed alone."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
