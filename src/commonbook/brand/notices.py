"""What a brand's team, and the owner of the account concerned, is told of what happened by itself."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from commonbook.storage.tables.autonomy import notices


@dataclass(frozen=True, slots=True)
class Notice:
    id: int
    brand: int
    account: int
    kind: str
    subject: str
    details: dict[str, Any]
    time_ns: int


def tell(
    connection: Connection, brand: int, kind: str, subject: str, time_ns: int, account: int = 0, **details: Any
) -> bool:
    """Once for each brand, kind and subject; False when it was told before.

    Args:
        account: whose owner is told as well.
        time_ns: engine time.
    """
    where = (notices.c.brand == brand) & (notices.c.kind == kind) & (notices.c.subject == subject)
    if connection.execute(select(notices.c.notice).where(where)).first() is not None:
        return False
    row = {
        "brand": brand,
        "account": account,
        "kind": kind,
        "subject": subject,
        "details": json.dumps(details, sort_keys=True),
        "time_ns": time_ns,
    }
    connection.execute(insert(notices).values(**row))
    return True


def of_brand(connection: Connection, brand: int, before: int = 2**62, most: int = 100) -> list[Notice]:
    """Newest first."""
    chosen = select(notices).where(notices.c.brand == brand, notices.c.notice < before)
    return _found(connection, chosen, most)


def take_for_letters(connection: Connection, most: int) -> list[Notice]:
    """Those of everybody that went by no letter yet, oldest first; for this transaction to write them, and no other.

    Not by their numbers alone: of two that are noticed at once, the lower number may be seen later.
    """
    waiting = select(notices.c.notice).where(~notices.c.has_letters).order_by(notices.c.notice).limit(most)
    mine = notices.c.notice.in_(list(connection.execute(waiting).scalars())) & ~notices.c.has_letters
    taken = connection.execute(update(notices).where(mine).values(has_letters=True).returning(notices)).all()
    return sorted(map(_notice, taken), key=lambda one: one.id)


def of_account(connection: Connection, account: int, before: int = 2**62, most: int = 100) -> list[Notice]:
    """Newest first."""
    chosen = select(notices).where(notices.c.account == account, notices.c.notice < before)
    return _found(connection, chosen, most)


def _found(connection: Connection, chosen: Any, most: int) -> list[Notice]:
    rows = connection.execute(chosen.order_by(notices.c.notice.desc()).limit(most))
    return [_notice(row) for row in rows]


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.notice, row.brand, row.account, row.kind, row.subject, json.loads(row.details), row.time_ns)
