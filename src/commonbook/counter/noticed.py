"""What happened to an account's orders while its owner was not looking: filled at rest, or canceled by somebody else.

Both look back a fixed number of rows, so that an account with millions of orders costs no more than one with a few.
Rule IN-2.
"""

from typing import Any

from sqlalchemy import Connection, select

from commonbook.counter.progress import CANCELED
from commonbook.records import CancelReason
from commonbook.storage.schema import fills, orders

Row = dict[str, Any]
FILLS_LOOKED_AT = 300
ORDERS_LOOKED_AT = 500
# Not by the user, and not by what the order itself had asked for.
BY_OTHERS = (CancelReason.CANCEL_ALL_AFTER, CancelReason.KILLED, CancelReason.DISCONNECTED, CancelReason.DELISTED)


def filled_at_rest(connection: Connection, account: int, most: int) -> list[tuple[Row, int]]:
    """Orders that somebody has met, newest first, with the time of the newest fill."""
    newest = (
        select(fills.c.order_id, fills.c.role, fills.c.time_ns)
        .where(fills.c.account == account)
        .order_by(fills.c.fill.desc())
        .limit(FILLS_LOOKED_AT)
    )
    times: dict[int, int] = {}
    for row in connection.execute(newest):
        if row.role == "maker":
            times.setdefault(row.order_id, row.time_ns)
    wanted = list(times)[:most]
    found = connection.execute(select(orders).where(orders.c.order_id.in_(wanted))).mappings()
    by_id = {row["order_id"]: dict(row) for row in found}
    return [(by_id[one], times[one]) for one in wanted if one in by_id]


def canceled_by_others(connection: Connection, account: int, most: int) -> list[Row]:
    """Newest orders first."""
    newest = select(orders).where(orders.c.account == account).order_by(orders.c.order_id.desc())
    rows = connection.execute(newest.limit(ORDERS_LOOKED_AT)).mappings()
    return [dict(row) for row in rows if row["state"] == CANCELED and row["cancel_reason"] in BY_OTHERS][:most]
