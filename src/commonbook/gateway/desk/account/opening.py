"""Opening a user's trading account. Rule PE-2."""

from functools import partial

from commonbook.errors import BrokenInvariant, Declined
from commonbook.gateway.desk.asked import RACES, Desk
from commonbook.people import directory, opening
from commonbook.people.directory import User
from commonbook.records import CommandKind, Refusal, commands

TAKEN = f"refused_{Refusal.DUPLICATE_ID.name.lower()}"


async def open_account(desk: Desk, user: User) -> User:
    """The user with a trading account. Safe to do again: the number stays, and the core opens an account once.

    Raises:
        Declined: the core has refused it.
        CoreUnavailable: whether it was opened is not known; do it again.
    """
    account = await desk.write_racing(lambda connection: opening.reserve(connection, user.id))
    for _ in range(RACES):
        record = commands(CommandKind.ACCOUNT)
        record["account"], record["person"], record["brand"] = account, user.person, user.brand
        try:
            await desk.command(record, account)
        except Declined as declined:
            if declined.code != TAKEN:
                raise
            account = await desk.write_racing(lambda connection: opening.reserve_another(connection, user.id))
            continue
        await desk.write(partial(opening.opened, user=user.id, account=account))
        return await desk.read(lambda connection: directory.find(connection, user.id))
    raise BrokenInvariant(f"account numbers from {opening.FIRST_ACCOUNT} are taken by others than users")
