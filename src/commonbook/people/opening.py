"""A user's trading account: its number is taken here, then the core opens it, then the user has it. Rule PE-2.

Whoever is cut off between these steps does them again: the number stays, and the core opens an account once.
"""

from sqlalchemy import Connection, func, insert, select, update

from commonbook.errors import BrokenInvariant
from commonbook.instrument.accounts import FIRST_MADE
from commonbook.people import directory
from commonbook.storage.tables.people import account_openings

FIRST_ACCOUNT = 1 << 32  # accounts of whoever signs up count from here; the host opens those below by its own command


def reserve(connection: Connection, user: int) -> int:
    """The user's account number; taken now if there is none yet.

    Raises:
        IntegrityError: another user took the same number just now: try again.
        BrokenInvariant: no number is left.
    """
    mine = account_openings.c.user_id == user
    # The update comes first, and holds the database where a transaction only begins with a writing statement.
    if connection.execute(update(account_openings).where(mine).values(user_id=user)).rowcount == 1:
        return int(connection.execute(select(account_openings.c.account).where(mine)).scalar_one())
    account = _next(connection)
    connection.execute(insert(account_openings).values(account=account, user_id=user, opened=False))
    return account


def reserve_another(connection: Connection, user: int) -> int:
    """The number was given to somebody else by the host: take the next one."""
    account = _next(connection)
    mine = account_openings.c.user_id == user
    connection.execute(update(account_openings).where(mine).values(account=account))
    return account


def opened(connection: Connection, user: int, account: int) -> None:
    """The core has the account; the user has it from now on."""
    connection.execute(update(account_openings).where(account_openings.c.user_id == user).values(opened=True))
    directory.change(connection, user, account=account, state=directory.ACTIVE)


def _next(connection: Connection) -> int:
    newest = connection.execute(select(func.max(account_openings.c.account))).scalar()
    account = FIRST_ACCOUNT if newest is None else int(newest) + 1
    if account >= FIRST_MADE:
        raise BrokenInvariant(f"no account number is left below {FIRST_MADE}")
    return account
