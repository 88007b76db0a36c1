"""Sub-accounts by name: which accounts a master has, and what its own keys of them may do. Rules A-6 to A-9."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, desc, func, insert, select, update

from commonbook.instrument.accounts import number_of, subaccount
from commonbook.storage.schema import subaccounts


@dataclass(frozen=True, slots=True)
class SubAccount:
    account: int
    master: int
    name: str
    label: str
    can_transfer_out: bool
    opened: bool
    created_ns: int
    broker: int = 0  # whose orders here all are: a client of the master's own; 0: an ordinary one
    closed_ns: int = 0  # 0: it is open


class NoRoom(Exception):
    """The master has as many sub-accounts as it may have."""


def reserve(connection: Connection, master: int, name: str, label: str, most: int, broker: int = 0) -> SubAccount:
    """A master's sub-account of a name: the one that is there, else a new one, not opened yet.

    The name is reserved before the engine hears of the account, so that two requests cannot open it twice.

    Args:
        broker: whose orders will all be those in it (BK-5).

    Raises:
        NoRoom: there is none of this name, and the master has `most`.
    """
    found = _first(connection, select(subaccounts).where(subaccounts.c.master == master, subaccounts.c.name == name))
    if found is not None:
        return found
    newest = connection.execute(select(func.max(subaccounts.c.account)).where(subaccounts.c.master == master)).scalar()
    number = number_of(newest) + 1 if newest else 1  # none is ever given up, so the newest number is the count
    if number > most:
        raise NoRoom
    new = SubAccount(subaccount(master, number), master, name, label, False, False, time.time_ns(), broker)
    connection.execute(insert(subaccounts).values(**asdict(new)))
    return new


def mark_opened(connection: Connection, account: int) -> None:
    """The engine has the account."""
    connection.execute(update(subaccounts).where(subaccounts.c.account == account).values(opened=True))


def close(connection: Connection, account: int) -> None:
    """Nothing is to be had of it any more by its name, which is not given again; its history stays."""
    here = (subaccounts.c.account == account) & (subaccounts.c.closed_ns == 0)
    connection.execute(update(subaccounts).where(here).values(closed_ns=time.time_ns(), can_transfer_out=False))


def reopen(connection: Connection, account: int) -> None:
    """As if it had not been closed."""
    connection.execute(update(subaccounts).where(subaccounts.c.account == account).values(closed_ns=0))


def allow_transfer_out(connection: Connection, account: int, may: bool) -> None:
    connection.execute(update(subaccounts).where(subaccounts.c.account == account).values(can_transfer_out=may))


def named(connection: Connection, master: int, name: str) -> SubAccount | None:
    """A master's open sub-account; another master's is as one that is not there."""
    chosen = select(subaccounts).where(subaccounts.c.master == master, subaccounts.c.name == name)
    return _first(connection, chosen.where(subaccounts.c.opened, subaccounts.c.closed_ns == 0))


def with_account(connection: Connection, account: int) -> SubAccount | None:
    return _first(connection, select(subaccounts).where(subaccounts.c.account == account))


def list_of(connection: Connection, master: int) -> list[SubAccount]:
    """A master's open sub-accounts, newest first."""
    chosen = select(subaccounts).where(subaccounts.c.master == master, subaccounts.c.opened)
    chosen = chosen.where(subaccounts.c.closed_ns == 0)
    return [_row(row) for row in connection.execute(chosen.order_by(desc(subaccounts.c.account)))]


def of_broker(connection: Connection, broker: int) -> list[SubAccount]:
    """All sub-accounts that a broker has ever kept for clients of its own, oldest first."""
    chosen = select(subaccounts).where(subaccounts.c.broker == broker, subaccounts.c.opened)
    return [_row(row) for row in connection.execute(chosen.order_by(subaccounts.c.account))]


def _first(connection: Connection, chosen: Select[Any]) -> SubAccount | None:
    row = connection.execute(chosen).first()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> SubAccount:
    return SubAccount(**row._mapping)
