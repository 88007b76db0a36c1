"""What a user's standing allows: nothing to whoever is locked or closed, and no withdrawal for a while after a reset.

It holds for everything that acts for the user: sessions, keys, and keys of the account and its sub-accounts (PE-12).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from commonbook.instrument.accounts import master_of
from commonbook.storage.tables.people import users

BARRED = ("locked", "closed")


@dataclass(frozen=True, slots=True)
class Standing:
    is_barred: bool
    withdrawals_from_ns: int


GOOD = Standing(False, 0)


class Standings:
    """Of those who own some keys or sessions."""

    def __init__(self, connection: Connection, owners: Iterable[tuple[int, int]]) -> None:
        """
        Args:
            owners: user and account of each; 0 for none.
        """
        pairs = list(owners)
        by_user = {user for user, _ in pairs if user}
        by_account = {master_of(account) for _, account in pairs if account}
        self._of_user: dict[int, Standing] = {}
        self._of_account: dict[int, Standing] = {}
        if not by_user and not by_account:
            return
        chosen = select(users.c.user_id, users.c.account, users.c.state, users.c.withdrawals_from_ns)
        chosen = chosen.where(or_(users.c.user_id.in_(by_user), users.c.account.in_(by_account)))
        for row in connection.execute(chosen):
            found = Standing(row.state in BARRED, row.withdrawals_from_ns)
            self._of_user[row.user_id] = found
            if row.account:
                self._of_account[row.account] = found

    def of(self, user: int, account: int) -> Standing:
        """The stricter of the user's own and of the one whose account it is."""
        own = self._of_user.get(user, GOOD)
        account_owner = self._of_account.get(master_of(account), GOOD) if account else GOOD
        later = max(own.withdrawals_from_ns, account_owner.withdrawals_from_ns)
        return Standing(own.is_barred or account_owner.is_barred, later)
