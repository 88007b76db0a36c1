"""Settled hours of all brokers at the host's desk."""

import msgspec
from litestar import get
from litestar.params import FromQuery

from commonbook.administration.roles import May
from commonbook.broker import overview
from commonbook.gateway.desk.asked import Asking, Desk

PAGE = 48  # hours


class PartTold(msgspec.Struct, frozen=True):
    broker: str  # its code; empty: a client who gets a part of its fees back
    account: str  # the client's; empty: the broker's own
    asset: str
    amount: str
    carried: str  # to the next hour, below the minimum payout
    lines: int
    root: str  # of the statement
    state: str  # computed, paid, published, carried


class SettledHour(msgspec.Struct, frozen=True):
    hour: str  # hours since 1970
    state: str  # computed, paid, published
    root: str
    last_sequence: str  # what was frozen ends here
    parts: list[PartTold]


@get("/broker-hours", needs=May.MONEY)
async def broker_hours(
    asked: Asking, program: FromQuery[str] = "api", before: FromQuery[int] = 2**62
) -> list[SettledHour]:
    """Settled hours of a program, newest first, 48 a page, with what each broker had; `before` an hour since 1970."""
    found = await asked.desk.read(lambda connection: overview.hours(connection, program[:8], PAGE, min(before, 2**62)))
    return [
        SettledHour(
            str(one.hour), one.state, one.root, str(one.last_sequence), [_part(asked.desk, row) for row in one.rows]
        )
        for one in found
    ]


def _part(desk: Desk, row: overview.Row) -> PartTold:
    asset = desk.venue.assets[row.asset]
    code = desk.venue.codes[row.broker].code if row.broker in desk.venue.codes else ""
    return PartTold(
        broker=code,
        account=str(row.account or ""),
        asset=asset.name,
        amount=asset.format(row.amount),
        carried=asset.format(row.carried),
        lines=row.lines,
        root=row.root,
        state=row.state,
    )


ROUTES = [broker_hours]
