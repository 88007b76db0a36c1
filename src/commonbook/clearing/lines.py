"""A day's statement lines, made from the history of fills, the accruals and the terms: not from the ledger, whose sums
they are then compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from commonbook.clearing.claims import Claimed, claims_between
from commonbook.clearing.document import Line
from commonbook.clearing.keys import ADJUSTMENT, INCOME, SET_OFF
from commonbook.clearing.model import AFFILIATE, DAY_NS, Source, Terms
from commonbook.clearing.rules import fee_base, split_base
from commonbook.instrument.fills import Role
from commonbook.instrument.venue import Venue
from commonbook.storage.schema import fills
from commonbook.storage.tables.clearing import adjustments, revenue_moves
from commonbook.units import floor_share

TOGETHER = 400  # fills that are looked up at once


@dataclass(frozen=True, slots=True)
class Traded:
    """A fill as history has it: one row for each side."""

    taker: Row[Any]
    maker: Row[Any]

    @property
    def fill_id(self) -> str:
        return f"{self.taker.sequence}-{self.taker.event_index}"


def fills_of_day(connection: Connection, day: int) -> Iterator[list[Traded]]:
    """The fills of a day in order, some at a time. Rows are numbered in the order of engine time."""
    place, end = _first_row(connection, day * DAY_NS), (day + 1) * DAY_NS
    while True:
        chosen = select(fills).where(fills.c.fill >= place).order_by(fills.c.fill).limit(2 * TOGETHER)
        rows = connection.execute(chosen).all()
        within = [row for row in rows if row.time_ns < end]
        if within:
            yield [Traded(*_by_role(within[at : at + 2])) for at in range(0, len(within), 2)]
        if len(within) < 2 * TOGETHER:
            return
        place = within[-1].fill + 1


def _by_role(pair: list[Row[Any]]) -> list[Row[Any]]:
    return sorted(pair, key=lambda row: row.role != Role.TAKER)


def _first_row(connection: Connection, time_ns: int) -> int:
    """The first row of a time or later, looked for by halves."""
    newest = connection.execute(select(fills.c.fill).order_by(fills.c.fill.desc()).limit(1)).scalar()
    low, high = 1, int(newest or 0) + 1
    while low < high:
        middle = (low + high) // 2
        chosen = select(fills.c.fill, fills.c.time_ns).where(fills.c.fill >= middle).order_by(fills.c.fill).limit(1)
        row = connection.execute(chosen).one()
        if row.time_ns >= time_ns:
            high = middle
        else:
            low = row.fill + 1
    return low


def claims_of(connection: Connection, traded: list[Traded]) -> Claimed:
    """What was claimed of some fills that follow each other, affiliates apart."""
    return claims_between(connection, traded[0].taker.sequence, traded[-1].taker.sequence)


def fill_lines(traded: Traded, claimed: Claimed, venue: Venue, terms: Terms) -> Iterator[tuple[int, int, Line]]:
    """(brand, asset, line) of both sides. Of the other side a line says no more than whether it is the brand's too."""
    brands = [venue.accounts[row.account].brand for row in (traded.taker, traded.maker)]
    instrument = venue.instruments[traded.taker.instrument]
    bases = fee_base(traded.taker.fee, traded.maker.fee)
    counterparty = "internal" if brands[0] == brands[1] else "external"
    for row, brand, base in zip((traded.taker, traded.maker), brands, bases, strict=True):
        claims = list(claimed.get((traded.fill_id, row.role), ()))
        affiliate = terms.affiliate(brand, row.account, row.time_ns)
        if affiliate is not None:
            amount = floor_share(max(base, 0), affiliate.rate_e8)
            claims.insert(0, (AFFILIATE, affiliate.beneficiary, amount))
        rate = terms.cost_share(brand, Source.TRADING, row.time_ns)
        split = split_base(base, [amount for *_, amount in claims], rate, terms.holders_share(brand, row.time_ns))
        line = {
            "account": str(row.account),
            "base": str(base),
            "claims": [
                {"beneficiary": str(beneficiary), "claimed": str(amount), "kind": kind, "paid": str(paid)}
                for (kind, beneficiary, amount), paid in zip(claims, split.claims, strict=True)
            ],
            "cost_share": str(split.host),
            "counterparty": counterparty,
            "fee": str(row.fee),
            "fill": traded.fill_id,
            "holders": str(split.holders),
            "instrument": instrument.name,
            "kind": "fill",
            "notional": str(row.notional),
            "order": str(row.order_id),
            "rebate": str(max(-traded.maker.fee, 0) if row.role == Role.TAKER else 0),
            "revenue": str(split.brand),
            "role": row.role,
            "subsidy": str(split.subsidy),
            "time_ns": str(row.time_ns),
        }
        yield brand, instrument.quote.id, line


def move_lines(connection: Connection, day: int) -> Iterator[tuple[int, int, Line]]:
    """(brand, asset, line) of everything else that changed on a day what brands are owed, in order."""
    corrections = {row.adjustment: row for row in connection.execute(select(adjustments))}
    chosen = select(revenue_moves).where(revenue_moves.c.day == day).order_by(revenue_moves.c.sequence)
    for row in connection.execute(chosen):
        yield row.brand, row.asset, move_line(row, corrections)


def move_line(row: Row[Any], corrections: dict[int, Row[Any]]) -> Line:
    line: Line = {"kind": row.kind, "sequence": str(row.sequence), "time_ns": str(row.time_ns)}
    if row.kind == INCOME:
        gross = row.amount + row.cost_share
        line |= {"amount": str(gross), "cost_share": str(row.cost_share), "revenue": str(row.amount)}
        return line | {"source": row.source, "reference": row.reference}
    line |= {"amount": str(row.amount), "reference": row.reference}
    if row.kind == SET_OFF:
        return line | {"invoice": row.reference.partition(":")[0]}
    if row.kind == ADJUSTMENT and row.reference.isdigit() and int(row.reference) in corrections:
        why = corrections[int(row.reference)]
        line |= {"of_day": str(why.of_day), "of_root": why.of_root, "reason": why.reason}
    return line
