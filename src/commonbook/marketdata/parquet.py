"""Parquet files by DuckDB. Nobody but who touches a file loads this module: see `archive.py`.

Parquet ends its integers at 64 bits, and DuckDB writes its own 128-bit integers as floats. So an amount is
DECIMAL(38, 0) in a file, which holds every amount that there is, and HUGEINT in a query.
"""

import glob
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from commonbook.errors import OutsideFailure
from commonbook.marketdata.bars import MINUTE_NS
from commonbook.marketdata.history import Candle
from commonbook.whole_file import draft_of, put_whole

Columns = dict[str, str]  # name to type

AMOUNT = "DECIMAL(38, 0)"
TIME = "TIMESTAMP_NS"
TRADE_COLUMNS: Columns = {
    "instrument": "INTEGER",
    "trade": "BIGINT",
    "time_ns": "BIGINT",
    "price_ticks": "BIGINT",
    "quantity_lots": "BIGINT",
    "taker_side": "TINYINT",
}
CANDLE_COLUMNS: Columns = {
    "instrument": "INTEGER",
    "minute": "BIGINT",
    "open_ticks": "BIGINT",
    "high_ticks": "BIGINT",
    "low_ticks": "BIGINT",
    "close_ticks": "BIGINT",
    "lots": AMOUNT,
    "notional": AMOUNT,
}
_LOW = 2**64 - 1
_STEPS = (
    "SELECT minute // {step} AS place, arg_min(open_ticks, minute), max(high_ticks), min(low_ticks),"
    " arg_max(close_ticks, minute), {sums} FROM {{files}}"
    " WHERE minute >= ? AND minute < ? GROUP BY place ORDER BY place DESC"
)
# With how many were added and the largest of them, which say whether the sum may have passed 128 bits: DuckDB sometimes
# wraps it without a word. Such a sum is made of two parts, which takes longer.
_SUMS = "sum(lots)::HUGEINT, sum(notional)::HUGEINT, count(*), max(lots)::HUGEINT, max(notional)::HUGEINT"
_PART = 10**19
_CONFIG: dict[str, Any] = {
    "threads": 2,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_reader = duckdb.connect(":memory:", config=_CONFIG | {"temp_directory": ""})


class SumTooLarge(Exception):
    """A sum of amounts passes 128 bits."""


def write(path: Path, columns: Columns, parts: Iterable[Sequence[Sequence[Any]]]) -> None:
    """A Parquet file, whole or not at all.

    Args:
        path: in a folder that is there.
        parts: rows in the order of the columns, some at a time. A DECIMAL is given as an integer in units of its
            scale, a TIMESTAMP_NS as nanoseconds since 1970.

    Raises:
        OutsideFailure: it cannot be written.
    """
    draft = draft_of(path)
    spill = draft.with_suffix(".spill")
    names = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    given = ", ".join(_value(place, kind) for place, kind in enumerate(columns.values()))
    try:
        with duckdb.connect(":memory:", config=_CONFIG | {"temp_directory": str(spill)}) as connection:
            connection.execute(f"CREATE TABLE rows ({names})")
            for rows in parts:
                if rows:
                    connection.register("part", _arrays(columns, rows))
                    connection.execute(f"INSERT INTO rows SELECT {given} FROM part")
                    connection.unregister("part")
            target = str(draft).replace("'", "''")
            connection.execute(f"COPY rows TO '{target}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
        put_whole(draft, path)
    except duckdb.Error as error:
        raise OutsideFailure(f"{path} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _arrays(columns: Columns, rows: Sequence[Sequence[Any]]) -> dict[str, NDArray[Any]]:
    """Rows by column, a DECIMAL as two columns of 64 bits.

    Only arrays of numbers and of text are fast: for each other object, also in a list as a parameter, DuckDB looks
    whether it is one of pandas, which costs 0.1 ms where pandas is not installed.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for place, (kind, values) in enumerate(zip(columns.values(), zip(*rows, strict=True), strict=True)):
        if kind.startswith("DECIMAL"):
            arrays[f"c{place}"] = np.array([value & _LOW for value in values], dtype=np.uint64)
            arrays[f"high{place}"] = np.array([value >> 64 for value in values], dtype=np.int64)
        else:
            arrays[f"c{place}"] = np.array(values, dtype=None if kind == "VARCHAR" else np.int64)
    return arrays


def _value(place: int, kind: str) -> str:
    """How a column of `_arrays` becomes what the file holds."""
    if kind == TIME:
        return f"make_timestamp_ns(c{place})"
    matched = re.fullmatch(r"DECIMAL\(38, (\d+)\)", kind)
    if not matched:
        return f"CAST(c{place} AS {kind})"
    scale = int(matched[1])
    units = f"(high{place}::HUGEINT * {_LOW + 1} + c{place}::HUGEINT)"
    if scale == 0:
        return f"CAST({units} AS {kind})"
    whole, part = (f"({units} {operator} {10**scale})" for operator in ("//", "%"))
    step = f"CAST('0.{'1'.zfill(scale)}' AS DECIMAL(18, {scale}))"
    return f"CAST({whole} AS {kind}) + CAST(CAST({part} AS DECIMAL(18, 0)) * {step} AS {kind})"


def read_trades(
    files: Sequence[Path], bounds: Sequence[tuple[str, str, int]], limit: int, oldest_first: bool
) -> list[dict[str, Any]]:
    """The newest (or oldest) trades within bounds, as rows of the table `trades`."""
    where = " AND ".join(["true", *(f"{column} {operator} ?" for column, operator, _ in bounds)])
    order = "ASC" if oldest_first else "DESC"
    rows = _rows(
        f"SELECT {', '.join(TRADE_COLUMNS)} FROM {{files}} WHERE {where} ORDER BY trade {order} LIMIT ?",
        files,
        [*(value for _, _, value in bounds), limit],
    )
    return [dict(zip(TRADE_COLUMNS, row, strict=True)) for row in rows]


def read_candles(files: Sequence[Path], step: int, above: int | None, below: int | None) -> list[Candle]:
    """Candles added up to steps of so many minutes, newest first."""
    bounds = [above or 0, 2**62 if below is None else below]
    try:
        rows = _rows(_STEPS.format(step=step, sums=_SUMS), files, bounds)
        too_large = any(count * max(lots, notional) >= 2**127 for *_, count, lots, notional in rows)
    except SumTooLarge:
        too_large = True
    if too_large:
        halves = (f"sum({name}::HUGEINT // {_PART}), sum({name}::HUGEINT % {_PART})" for name in ("lots", "notional"))
        rows = [
            (*row[:5], row[5] * _PART + row[6], row[7] * _PART + row[8])
            for row in _rows(_STEPS.format(step=step, sums=", ".join(halves)), files, bounds)
        ]
    return [
        Candle(
            start_ns=row[0] * step * MINUTE_NS,
            open_ticks=row[1],
            high_ticks=row[2],
            low_ticks=row[3],
            close_ticks=row[4],
            lots=int(row[5]),
            notional=int(row[6]),
        )
        for row in rows
    ]


def _rows(query: str, files: Sequence[Path], values: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows of a query, in which {files} stands for the files."""
    names = (glob.escape(str(file)).replace("'", "''") for file in files)  # a folder's name may look like a pattern
    told = ", ".join(f"'{name}'" for name in names)
    try:
        with _reader.cursor() as cursor:
            return cursor.execute(query.replace("{files}", f"read_parquet([{told}])"), values).fetchall()
    except duckdb.OutOfRangeException:
        raise SumTooLarge from None
    except duckdb.Error as error:
        lost = [file for file in files if not file.exists()]
        what = f"{lost[0]} is missing" if lost else f"market data in {files[0].parent} cannot be read: {error}"
        raise OutsideFailure(
            f"{what}; restore it from the backup, or stop and write it anew: commonbook rebuild-market DIR"
        ) from error
