"""Tags that name a broker which the order's credential is not associated with. Rule CN-8.

Such an order earns nobody anything (B-2). Many of them in a day mean that somebody tries, or that a library puts its
own code on its users' orders: either way somebody should look.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from commonbook.broker.reports import DAY_NS
from commonbook.records import Attribution
from commonbook.storage.schema import orders

TAGS_MOST = 100  # that are told


@dataclass(frozen=True, slots=True)
class Spoofed:
    tag: str
    orders: int
    accounts: int
    is_alarm: bool


def of_day(connection: Connection, now_ns: int, most: int) -> list[Spoofed]:
    """Of the 24 hours before a time, by how often; more than `most` orders are an alarm."""
    within = orders.c.created_ns.between(now_ns - DAY_NS + 1, now_ns)
    unbound = orders.c.attribution == int(Attribution.NOT_ASSOCIATED)
    counted = func.count().label("orders")
    chosen = select(orders.c.tag, counted, func.count(orders.c.account.distinct()).label("accounts"))
    chosen = chosen.where(unbound, within).group_by(orders.c.tag).order_by(counted.desc(), orders.c.tag)
    rows = connection.execute(chosen.limit(TAGS_MOST))
    return [Spoofed(row.tag, row.orders, row.accounts, row.orders > most) for row in rows]
