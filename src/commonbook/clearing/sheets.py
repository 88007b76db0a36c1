"""What brands are owed, day by day: kept up with the ledger in the transaction of what changes it (Q-10)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select, update

from commonbook.clearing.keys import ADJUSTMENT, INCOME, RELEASE, SET_OFF
from commonbook.clearing.model import AFFILIATE, DAY_NS, Claims, Source
from commonbook.clearing.postings import Move
from commonbook.clearing.rules import SideSplit
from commonbook.instrument.fills import Fill, Role
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


class Sheets:
    """The changes of a batch."""

    def __init__(self) -> None:
        self._days: dict[Place, Sheet] = defaultdict(Sheet)

    def count_fill(self, fill: Fill, claims: Claims, splits: dict[Role, SideSplit]) -> None:
        quote, day = fill.instrument.quote.id, fill.time_ns // DAY_NS
        for side in fill.sides:
            sheet, split = self._days[side.brand, quote, day], splits[side.role]
            own = [claim for claim in claims if claim.role is side.role]
            sheet.fees += max(side.fee, 0)
            for claim, paid in zip(own, split.claims, strict=True):
                if claim.kind == AFFILIATE:
                    sheet.affiliates += paid
                else:
                    sheet.commissions += paid
            sheet.cost_share += split.host
            sheet.holders += split.holders
            sheet.subsidy += split.subsidy
            sheet.trading += split.brand
        self._days[fill.taker.brand, quote, day].rebates += max(-fill.maker.fee, 0)

    def count_moves(self, moves: Sequence[Move]) -> None:
        for move in moves:
            sheet = self._days[move.brand, move.asset, move.day]
            item = move.source if move.kind == INCOME else _ITEMS.get(move.kind, "transfers")
            setattr(sheet, item, getattr(sheet, item) + move.amount)
            sheet.cost_share += move.cost_share

    def store(self, connection: Connection, moves: Sequence[Move]) -> None:
        for (brand, asset, day), sheet in self._days.items():
            values = {name: getattr(sheet, name) for name in ITEMS}
            add_up(connection, revenue_days, {"brand": brand, "asset": asset, "day": day}, values)
        for move in moves:
            row = {one.name: getattr(move, one.name) for one in fields(move)}
            connection.execute(insert(revenue_moves).values(day=move.day, **row))


def add_up(connection: Connection, table: Table, keys: dict[str, int], added: dict[str, int]) -> None:
    """Add to a row's counts; the row is made when it is not there. One writer."""
    where = and_(*(table.c[name] == value for name, value in keys.items()))
    row = connection.execute(select(table).where(where)).mappings().first()
    if row:
        values = {name: row[name] + value for name, value in added.items()}
        connection.execute(update(table).where(where).values(**values))
    else:
        connection.execute(insert(table).values(**keys, **added))


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
