"""What brands are owed, day by day: kept up with the ledger in the transaction of what changes it (Q-10)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, insert, select, tuple_

from commonbook.clearing.columns import KINDS, ClaimColumns, Split
from commonbook.clearing.keys import ADJUSTMENT, INCOME, RELEASE, SET_OFF
from commonbook.clearing.model import AFFILIATE, DAY_NS, Source
from commonbook.clearing.postings import Move
from commonbook.columns import grouped, total_by
from commonbook.instrument.fill_columns import FillColumns
from commonbook.storage.database import upsert_many
from commonbook.storage.tables.clearing import revenue_days, revenue_moves

_ITEMS = {RELEASE: "released", SET_OFF: "set_off", ADJUSTMENT: "adjustments"}
OWED = ("trading", *(one.value for one in Source if one is not Source.TRADING), "transfers")
PAID = ("adjustments", "released", "set_off")


@dataclass
class Sheet:
    """A brand's day in an asset; ledger units. From `trading` on each field is a change of what the brand is owed."""

    fees: int = 0
    rebates: int = 0
    affiliates: int = 0
    commissions: int = 0
    cost_share: int = 0
    holders: int = 0
    subsidy: int = 0
    trading: int = 0
    withdrawal: int = 0
    listing: int = 0
    other: int = 0
    transfers: int = 0
    adjustments: int = 0
    released: int = 0
    set_off: int = 0

    @property
    def change(self) -> int:
        """Of what the brand is owed."""
        return sum(getattr(self, name) for name in (*OWED, *PAID))


ITEMS = tuple(one.name for one in fields(Sheet))
Place = tuple[int, int, int]  # brand, asset, day
Counts = dict[str, int]
TOGETHER = 5_000  # rows that are looked up and written at once


class Sheets:
    """The changes of a batch."""

    def __init__(self) -> None:
        self._days: dict[Place, Sheet] = defaultdict(Sheet)

    def count_fills(self, fills: FillColumns, claims: ClaimColumns, splits: tuple[Split, Split]) -> None:
        days = fills.time_ns // DAY_NS
        nothing = np.zeros(len(fills), np.int64)
        for role, (side, split) in enumerate(zip(fills.sides, splits, strict=True)):
            affiliates = claims.of(role) & (claims.kind == KINDS.index(AFFILIATE))
            of_affiliates = total_by(claims.fill[affiliates], claims.amount[affiliates], len(fills))
            items = {
                "fees": np.maximum(side.fee, 0),
                "rebates": np.maximum(-fills.maker.fee, 0) if role == 0 else nothing,
                "affiliates": of_affiliates,
                "commissions": split.claims - of_affiliates,
                "cost_share": split.host,
                "holders": split.holders,
                "subsidy": split.subsidy,
                "trading": split.brand,
            }
            for key, sums in grouped({"brand": side.brand, "asset": fills.quote, "day": days}, items):
                sheet = self._days[key["brand"], key["asset"], key["day"]]
                for name, amount in sums.items():
                    setattr(sheet, name, getattr(sheet, name) + amount)

    def count_moves(self, moves: Sequence[Move]) -> None:
        for move in moves:
            sheet = self._days[move.brand, move.asset, move.day]
            item = move.source if move.kind == INCOME else _ITEMS.get(move.kind, "transfers")
            setattr(sheet, item, getattr(sheet, item) + move.amount)
            sheet.cost_share += move.cost_share

    def store(self, connection: Connection, moves: Sequence[Move]) -> None:
        rows = (
            ({"brand": brand, "asset": asset, "day": day}, {name: getattr(sheet, name) for name in ITEMS})
            for (brand, asset, day), sheet in self._days.items()
        )
        add_up(connection, revenue_days, rows)
        for move in moves:
            row = {one.name: getattr(move, one.name) for one in fields(move)}
            connection.execute(insert(revenue_moves).values(day=move.day, **row))


def add_up(connection: Connection, table: Table, rows: Iterable[tuple[Counts, Counts]]) -> None:
    """Add to the counts of rows; a row is made when it is not there. One writer.

    Args:
        rows: of each its keys, no two the same, and what is added to it.
    """
    waiting = list(rows)
    names, chosen = _by_keys(table)

    def key_of(row: Mapping[str, Any] | RowMapping) -> tuple[int, ...]:
        return tuple(row[name] for name in names)

    for start in range(0, len(waiting), TOGETHER):
        some = waiting[start : start + TOGETHER]
        found = connection.execute(chosen, {"keys": [key_of(keys) for keys, _ in some]})
        there = {key_of(row): dict(row) for row in found.mappings()}
        before: list[Counts] = [there.get(key_of(keys), {}) for keys, _ in some]
        after = [
            {**keys, **{name: old.get(name, 0) + value for name, value in added.items()}}
            for (keys, added), old in zip(some, before, strict=True)
        ]
        upsert_many(connection, table, after)


@cache
def _by_keys(table: Table) -> tuple[list[str], Select[Any]]:
    """The names of a table's keys, and what asks for its rows with some `keys`."""
    names = [column.name for column in table.primary_key.columns]
    mine = tuple_(*(table.c[name] for name in names)).in_(bindparam("keys", expanding=True))
    return names, select(table).where(mine)


def sheet_of(row: Any) -> Sheet:
    return Sheet(**{name: row[name] for name in ITEMS})


def sheets_of_day(connection: Connection, day: int) -> dict[tuple[int, int], Sheet]:
    """Each brand's and asset's that something happened in."""
    rows = connection.execute(select(revenue_days).where(revenue_days.c.day == day)).mappings()
    return {(row["brand"], row["asset"]): sheet_of(row) for row in rows}


def owed_before(connection: Connection, brand: int, asset: int, day: int) -> int:
    """What a brand was owed when a day began, by its sheets."""
    mine = (revenue_days.c.brand == brand) & (revenue_days.c.asset == asset)
    rows = connection.execute(select(revenue_days).where(mine & (revenue_days.c.day < day))).mappings()
    return sum(sheet_of(row).change for row in rows)


def taken_after(connection: Connection, brand: int, asset: int, day: int) -> int:
    """What was released, set off and corrected to the brand's cost on the days behind one; at most 0."""
    mine = (revenue_days.c.brand == brand) & (revenue_days.c.asset == asset)
    rows = connection.execute(select(revenue_days).where(mine & (revenue_days.c.day > day))).mappings()
    return sum(row["released"] + row["set_off"] + min(row["adjustments"], 0) + min(row["transfers"], 0) for row in rows)


def move_with_key(connection: Connection, key: bytes) -> Any:
    """The change that a transfer with this key has made; None before it has."""
    return connection.execute(select(revenue_moves).where(revenue_moves.c.key == key.hex())).first()
