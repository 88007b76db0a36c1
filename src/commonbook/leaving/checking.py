"""Whether an export is complete, and whether its sums are right. Rule LV-6.

What is asked of the folder alone: that each file is the one of the manifest, and none is missing or too many; that both
forms of a set say the same; that each account's bills sum to its balance, and each order's fills to what it says of
them. With the exchange's own tables also: that the balances are the ledger's at the sequence that the manifest names.
"""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from commonbook.errors import Mismatch
from commonbook.instrument import store as instrument_store
from commonbook.leaving.export import FORMAT, MANIFEST
from commonbook.leaving.sets import OTHERS, SETS
from commonbook.ledger.model import Lines, available, brand_revenue, held
from commonbook.storage.database import BACK_OFFICE, position
from commonbook.storage.schema import ledger_entries

READ = 1 << 20


def check(folder: Path, connection: Connection | None = None) -> dict[str, Any]:
    """Check an export.

    Args:
        connection: of the exchange's tables, for the comparison with the ledger.

    Returns:
        the manifest.

    Raises:
        Mismatch: names the file and what is wrong with it.
    """
    manifest = _manifest(folder)
    for name, told in manifest["files"].items():
        _same_file(folder / name, told)
    for one in SETS:
        _same_rows(folder, one.name, one.columns, manifest["files"][f"{one.name}.jsonl"]["rows"])
    _bills_make_the_balances(folder)
    _fills_make_the_orders(folder)
    if connection is not None:
        _ledger_says_so(folder, manifest, connection)
    return manifest


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        files, form = set(manifest["files"]), manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Mismatch(f"{folder / MANIFEST} cannot be read: {error}") from None
    if form != FORMAT:
        raise Mismatch(f"{folder / MANIFEST} is of format {form}; {FORMAT} is known here")
    expected = {f"{one.name}.{end}" for one in SETS for end in ("jsonl", "csv")}
    there = {path.name for path in folder.iterdir()} - {MANIFEST}
    for name in sorted(expected ^ files):
        raise Mismatch(f"{name} is {'missing in' if name in expected else 'too much in'} {MANIFEST}")
    for name in sorted(expected ^ there):
        raise Mismatch(f"{name} is {'missing' if name in expected else 'not in the manifest'}")
    return manifest


def _same_file(path: Path, told: dict[str, Any]) -> None:
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(READ):
            found.update(part)
            size += len(part)
    if (found.hexdigest(), size) != (told["sha256"], told["bytes"]):
        raise Mismatch(f"{path.name} has another content than the manifest says")


def rows_of(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)


def _same_rows(folder: Path, name: str, columns: tuple[str, ...], rows: int) -> None:
    count = 0
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if tuple(table.fieldnames or ()) != columns:
            raise Mismatch(f"{name}.csv has other columns than {', '.join(columns)}")
        for one, other in zip_longest(rows_of(folder, name), table):
            if one != other:
                raise Mismatch(f"{name}: row {count + 1} is not the same in both forms")
            count += 1
    if count != rows:
        raise Mismatch(f"{name} has {count} rows; the manifest says {rows}")


def _bills_make_the_balances(folder: Path) -> None:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows_of(folder, "bills"):
        sums[row["account"], row["asset"]] += Decimal(row["change"])
    told = {
        (row["account"], row["asset"]): Decimal(row["available"]) + Decimal(row["held"])
        for row in rows_of(folder, "balances")
        if row["account"].isdigit()
    }
    for key in sorted({*sums, *told}):
        if sums[key] != told.get(key, 0):
            raise Mismatch(
                f"account {key[0]}: its bills sum to {sums[key]} {key[1]}, its balance is {told.get(key, 0)}"
            )


def _fills_make_the_orders(folder: Path) -> None:
    names = ("quantity", "notional", "fee")
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(names, Decimal(0)))
    for row in rows_of(folder, "fills"):
        for name in names:
            sums[row["order"]][name] += Decimal(row[name])
    for row in rows_of(folder, "orders"):
        found = sums.pop(row["order"], dict.fromkeys(names, Decimal(0)))
        for name, told in zip(names, ("filled", "filled_notional", "fee"), strict=True):
            if found[name] != Decimal(row[told]):
                raise Mismatch(f"order {row['order']}: its fills have a {name} of {found[name]}, it says {row[told]}")
    for order in sums:
        raise Mismatch(f"there are fills of order {order}, which is missing")


def _ledger_says_so(folder: Path, manifest: dict[str, Any], connection: Connection) -> None:
    sequence, brand = int(manifest["sequence"]), int(manifest["brand"])
    if position(connection, BACK_OFFICE) < sequence:
        raise Mismatch(f"the ledger here ends before sequence {sequence}")
    venue = instrument_store.load(connection)
    told = {row["account"] for row in rows_of(folder, "accounts")}
    place_of = {brand_revenue(brand): ("revenue", 0)}
    own = [account.id for account in venue.accounts.values() if account.brand == brand]
    for account in own:
        name = str(account) if str(account) in told else OTHERS
        place_of |= {available(account): (name, 0), held(account): (name, 1)}
    numbers = np.array([brand, *own], np.int64)  # of whatever kind of name: few others are looked at
    ledger: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    entries = select(ledger_entries.c.lines).where(ledger_entries.c.last_sequence <= sequence)
    for (data,) in connection.execute(entries.execution_options(stream_results=True)):
        lines = Lines.read(data)
        for posting in lines.at(np.isin(lines.id, numbers)):
            if posting.account in place_of:
                name, place = place_of[posting.account]
                told_of = venue.assets[posting.asset]
                ledger[name, told_of.name][place] += Decimal(told_of.format(posting.amount))
    found = {
        (row["account"], row["asset"]): [Decimal(row["available"]), Decimal(row["held"])]
        for row in rows_of(folder, "balances")
    }
    nothing = [Decimal(0), Decimal(0)]
    for key in sorted({*ledger, *found}):
        if ledger.get(key, nothing) != found.get(key, nothing):
            says = " and ".join(map(str, ledger.get(key, nothing)))
            raise Mismatch(f"{key[0]}: the ledger at {sequence} has {says} {key[1]}, available and held")
