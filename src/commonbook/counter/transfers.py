"""Transfers between accounts, as the journal has them: written from the stream, and looked up again (A-4).

A transfer's number is the sequence of its command, as an order's is. What its client called it is a name beside it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, desc, insert, or_, select

from commonbook.counter.queries import Page, Row, window
from commonbook.records import FUNDS, Batch, CommandKind, EventKind, amounts, of_kind
from commonbook.storage.database import insert_many
from commonbook.storage.schema import bills, transfer_names, transfers


def project(batch: Batch, connection: Connection) -> None:
    """Keep a batch's transfers."""
    moved = of_kind(batch.events, EventKind.BALANCE)
    paid = moved[(moved["command_kind"] == CommandKind.TRANSFER) & (moved["available_delta"]["high"] < 0)]
    if not len(paid):
        return
    rows = batch.commands[(paid["sequence"] - batch.first).astype("int64")].view(FUNDS)
    columns: dict[str, Any] = {
        name: rows[name].tolist() for name in ("sequence", "time_ns", "asset", "account", "to_account")
    }
    columns["amount"] = amounts(rows["amount"])
    columns["key"] = [key.hex() for key in rows["key"].tolist()]  # a host's key may be any bytes
    lines = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    insert_many(connection, transfers, lines)


def name_transfer(connection: Connection, key: bytes, client_id: str) -> None:
    """Note what a client calls the transfer with a key; the first time alone."""
    if connection.execute(select(transfer_names).where(transfer_names.c.key == key.hex())).first() is None:
        connection.execute(insert(transfer_names).values(key=key.hex(), client_id=client_id))


def name_of(connection: Connection, key: bytes) -> str | None:
    """What was noted of a key."""
    chosen = select(transfer_names.c.client_id).where(transfer_names.c.key == key.hex())
    found: str | None = connection.execute(chosen).scalar()
    return found


def _named() -> Select[Any]:
    return select(transfers, transfer_names.c.client_id).outerjoin(
        transfer_names, transfer_names.c.key == transfers.c.key
    )


def transfer_with_key(connection: Connection, key: bytes) -> Row | None:
    found = connection.execute(_named().where(transfers.c.key == key.hex())).mappings().first()
    return dict(found) if found else None


def transfer_numbered(connection: Connection, sequence: int) -> Row | None:
    found = connection.execute(_named().where(transfers.c.sequence == sequence)).mappings().first()
    return dict(found) if found else None


def transfers_between(
    connection: Connection, mine: list[int], theirs: list[int], page: Page, asset: int | None, came: bool, went: bool
) -> list[Row]:
    """Transfers from `mine` to `theirs` (went) and back (came), newest first; `page` counts by sequence."""
    ways: list[ColumnElement[bool]] = []
    if went:
        ways.append(and_(transfers.c.account.in_(mine), transfers.c.to_account.in_(theirs)))
    if came:
        ways.append(and_(transfers.c.account.in_(theirs), transfers.c.to_account.in_(mine)))
    where = [or_(*ways), *window(transfers.c.sequence, transfers.c.time_ns, page)]
    if asset is not None:
        where.append(transfers.c.asset == asset)
    chosen = _named().where(*where).order_by(desc(transfers.c.sequence)).limit(page.limit)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def funding_bills(
    connection: Connection, account: int, page: Page, asset: int | None, kinds: tuple[str, ...], key: bytes | None
) -> list[Row]:
    """An account's balance changes, each with the `client_id` of its transfer; None where it has none."""
    chosen = select(bills, transfer_names.c.client_id)
    chosen = chosen.outerjoin(transfers, transfers.c.sequence == bills.c.sequence)
    chosen = chosen.outerjoin(transfer_names, transfer_names.c.key == transfers.c.key)
    where = [bills.c.account == account, *window(bills.c.bill, bills.c.time_ns, page)]
    if asset is not None:
        where.append(bills.c.asset == asset)
    if kinds:
        where.append(bills.c.kind.in_(kinds))
    if key is not None:
        where.append(transfers.c.key == key.hex())
    rows = connection.execute(chosen.where(*where).order_by(desc(bills.c.bill)).limit(page.limit))
    return [dict(row) for row in rows.mappings()]
