"""Settled hours of all brokers together, as the host looks at them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from commonbook.storage.tables.broker import settlement_hours, settlements


@dataclass(frozen=True, slots=True)
class Row:
    """What one broker, or a client of one, had of an hour in one asset."""

    broker: int  # 0: a client's part
    account: int
    asset: int
    amount: int  # minor units
    carried: int  # of the same, to the next hour
    lines: int
    root: str
    state: str


@dataclass(frozen=True, slots=True)
class Hour:
    hour: int  # since 1970
    state: str  # computed, paid, published
    root: str
    last_sequence: int
    rows: tuple[Row, ...]


def hours(connection: Connection, program: str, most: int, before: int = 2**62) -> list[Hour]:
    """The newest first, each with all that was settled in it."""
    own = settlement_hours.c.program == program
    chosen = select(settlement_hours).where(own, settlement_hours.c.hour < before)
    found = connection.execute(chosen.order_by(settlement_hours.c.hour.desc()).limit(most)).all()
    if not found:
        return []
    inside = settlements.c.hour.between(found[-1].hour, found[0].hour)
    chosen_rows = select(settlements).where(settlements.c.program == program, inside)
    rows: dict[int, list[Row]] = {}
    for one in connection.execute(chosen_rows.order_by(settlements.c.broker, settlements.c.account)):
        row = Row(one.broker, one.account, one.asset, one.amount, one.carried, one.lines, one.root, one.state)
        rows.setdefault(one.hour, []).append(row)
    return [Hour(one.hour, one.state, one.root, one.last_sequence, tuple(rows.get(one.hour, ()))) for one in found]
