"""What an account may ask of its own past. Every query is bound to the account: a foreign id finds nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, desc, func, select
from sqlalchemy import Table as Sql

from commonbook.counter.progress import CANCELED, FILLED, LIVE, PARTIALLY_FILLED
from commonbook.storage.schema import bills, fills, orders

Row = dict[str, Any]
OPEN_STATES = (LIVE, PARTIALLY_FILLED)
CLOSED_STATES = (FILLED, CANCELED)


@dataclass(frozen=True, slots=True)
class Page:
    """A window on a list that is told newest first.

    after: only rows with smaller ids; before: only rows with larger ones; begin_ns, end_ns: only rows in that time.
    """

    after: int | None = None
    before: int | None = None
    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int = 100

    def since(self, earliest_ns: int) -> "Page":
        """The same page without what is older."""
        return replace(self, begin_ns=max(self.begin_ns or 0, earliest_ns))


def order(
    connection: Connection, account: int, instrument: int, order_id: int | None, client_id: str | None
) -> Row | None:
    """One order of an instrument by id, else the newest with that client id."""
    where = orders.c.order_id == order_id if order_id is not None else orders.c.client_id == client_id
    mine = (orders.c.account == account) & (orders.c.instrument == instrument)
    chosen = select(orders).where(mine, where).order_by(desc(orders.c.order_id)).limit(1)
    found = connection.execute(chosen).mappings().first()
    return dict(found) if found else None


def all_open_orders(connection: Connection, account: int) -> list[Row]:
    """Every live order of an account, oldest first."""
    where = (orders.c.account == account) & orders.c.state.in_(OPEN_STATES)
    return _rows(connection, select(orders).where(where).order_by(orders.c.order_id))


def order_list(
    connection: Connection,
    account: int,
    states: tuple[str, ...],
    page: Page,
    instrument: int | None = None,
    order_types: tuple[int, ...] = (),
    touched_since_ns: int = 0,
) -> list[Row]:
    """Orders in one of the states; none that nothing has happened to since a time."""
    where = [orders.c.account == account, orders.c.state.in_(states)]
    if instrument is not None:
        where.append(orders.c.instrument == instrument)
    if order_types:
        where.append(orders.c.order_type.in_(order_types))
    if touched_since_ns:
        where.append(orders.c.updated_ns >= touched_since_ns)
    where += window(orders.c.order_id, orders.c.created_ns, page)
    return _newest(connection, orders, orders.c.order_id, where, page.limit)


def fill_list(
    connection: Connection,
    account: int,
    page: Page,
    instrument: int | None = None,
    order_id: int | None = None,
    side: int | None = None,
) -> list[Row]:
    """Own sides of fills, each with the `broker` of its order, 0 for none; `page` counts by bill id (`fill`)."""
    where = [fills.c.account == account]
    if instrument is not None:
        where.append(fills.c.instrument == instrument)
    if order_id is not None:
        where.append(fills.c.order_id == order_id)
    if side is not None:
        where.append(fills.c.side == side)
    where += window(fills.c.fill, fills.c.time_ns, replace(page, begin_ns=None))
    told = select(fills, func.coalesce(orders.c.broker, 0).label("broker"))
    told = told.outerjoin(orders, orders.c.order_id == fills.c.order_id).where(and_(*where))
    return _begun(_rows(connection, told.order_by(desc(fills.c.fill)).limit(page.limit)), page)


def fills_between(
    connection: Connection, account: int, from_ns: int, to_ns: int, instrument: int | None = None
) -> Iterator[Row]:
    """All own sides of fills from `from_ns` on and before `to_ns`, oldest first, read some at a time."""
    where = [fills.c.account == account, fills.c.time_ns >= from_ns, fills.c.time_ns < to_ns]
    if instrument is not None:
        where.append(fills.c.instrument == instrument)
    chosen = select(fills).where(*where).order_by(fills.c.fill).execution_options(yield_per=10_000)
    with connection.execute(chosen) as rows:
        for row in rows.mappings():
            yield dict(row)


def bill_list(
    connection: Connection,
    account: int,
    page: Page,
    asset: int | None = None,
    kinds: tuple[str, ...] = (),
    instrument: int | None = None,
) -> list[Row]:
    """Balance changes, each with the `client_id` and `tag` of the order it came from; None where it came from none."""
    where = [bills.c.account == account]
    if asset is not None:
        where.append(bills.c.asset == asset)
    if kinds:
        where.append(bills.c.kind.in_(kinds))
    if instrument is not None:
        where.append(bills.c.instrument == instrument)
    where += window(bills.c.bill, bills.c.time_ns, replace(page, begin_ns=None))
    named = select(bills, orders.c.client_id, orders.c.tag)
    named = named.outerjoin(orders, orders.c.order_id == bills.c.order_id).where(and_(*where))
    return _begun(_rows(connection, named.order_by(desc(bills.c.bill)).limit(page.limit)), page)


def _begun(rows: list[Row], page: Page) -> list[Row]:
    """Without what is older than the page's begin.

    Where time rises with the number, those are the last of the newest rows. Asked for in SQL, a page that is not full
    would be searched for down to the first row of all.
    """
    return [row for row in rows if row["time_ns"] >= (page.begin_ns or 0)]


def window(number: ColumnElement[int], time: ColumnElement[int], page: Page) -> list[ColumnElement[bool]]:
    """What keeps a list within a page."""
    where = []
    if page.after is not None:
        where.append(number < page.after)
    if page.before is not None:
        where.append(number > page.before)
    if page.begin_ns is not None:
        where.append(time >= page.begin_ns)
    if page.end_ns is not None:
        where.append(time <= page.end_ns)
    return where


def _newest(
    connection: Connection, table: Sql, number: ColumnElement[int], where: list[ColumnElement[bool]], limit: int
) -> list[Row]:
    return _rows(connection, select(table).where(and_(*where)).order_by(desc(number)).limit(limit))


def _rows(connection: Connection, chosen: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
