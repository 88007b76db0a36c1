"""A table as a file for others, CSV, JSON or Parquet: whole or not at all, every number exact."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from commonbook.errors import BadInput
from commonbook.marketdata.archive import PARQUET
from commonbook.units import AMOUNT_LIMIT, format_units
from commonbook.whole_file import draft_of, put_whole

_ROWS_AT_ONCE = 20_000


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"  # an array with an object on each line
    PARQUET = "parquet"


class Kind(StrEnum):
    TEXT = "VARCHAR"
    WHOLE = "BIGINT"
    TIME = "TIMESTAMP_NS"  # nanoseconds since 1970, UTC
    DECIMAL = "DECIMAL"  # given as a whole number of units of its scale


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    scale: int = 0  # decimals of a DECIMAL

    @property
    def in_parquet(self) -> str:
        return f"DECIMAL(38, {self.scale})" if self.kind is Kind.DECIMAL else self.kind


Row = Sequence[Any]


def write_table(path: Path, form: Format, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write all rows and tell how many there were.

    Raises:
        BadInput: a decimal has more digits than Parquet can hold beside the decimals of its column.
        OutsideFailure, OSError: the file cannot be written; there is none then, or the one that was there before.
    """
    if form is Format.CSV:
        return _write_csv(path, columns, rows)
    if form is Format.JSON:
        return _write_json(path, columns, rows)
    count = 0

    def parts() -> Iterator[Sequence[Row]]:
        nonlocal count
        left = iter(rows)
        while part := list(islice(left, _ROWS_AT_ONCE)):
            _must_fit(columns, part)
            count += len(part)
            yield part

    import_module(PARQUET).write(path, {one.name: one.in_parquet for one in columns}, parts())
    return count


def _must_fit(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    for place, column in enumerate(columns):
        if column.kind is not Kind.DECIMAL:
            continue
        for row in rows:
            if abs(row[place]) >= AMOUNT_LIMIT:
                raise BadInput(
                    f"{column.name} {format_units(row[place], column.scale)} does not fit into {column.in_parquet};"
                    " export one instrument alone (--instrument NAME), or --format csv"
                )


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    with _draft(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(column.name for column in columns)
        count = 0
        for told in _as_text(columns, rows, (Kind.TIME, Kind.DECIMAL)):
            writer.writerow(told)
            count += 1
    return count


def _write_json(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    with _draft(path) as file:
        count = 0
        for told in as_objects(columns, rows):
            file.write("[\n" if not count else ",\n")
            json.dump(told, file, separators=(",", ":"))
            count += 1
        file.write("\n]\n" if count else "[]\n")
    return count


def as_objects(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Rows as a JSON file has them: every number is a decimal string, as the API writes it."""
    names = [column.name for column in columns]
    for told in _as_text(columns, rows, (Kind.TIME, Kind.DECIMAL, Kind.WHOLE)):
        yield dict(zip(names, told, strict=True))


@contextmanager
def _draft(path: Path) -> Iterator[TextIO]:
    """A file that takes its place once it is written, or not at all."""
    draft = draft_of(path)
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            yield file
        put_whole(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _as_text(columns: Sequence[Column], rows: Iterable[Row], kinds: Sequence[Kind]) -> Iterator[list[Any]]:
    """The rows with their columns of some kinds as text."""
    shown = [(place, _shown(column)) for place, column in enumerate(columns) if column.kind in kinds]
    for row in rows:
        told = list(row)
        for place, show in shown:
            told[place] = show(told[place])
        yield told


def _shown(column: Column) -> Callable[[int], str]:
    if column.kind is Kind.TIME:
        return utc
    return str if column.kind is Kind.WHOLE else lambda units: format_units(units, column.scale)


def utc(time_ns: int) -> str:
    """A time to the nanosecond, as ISO 8601 writes it."""
    seconds, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
