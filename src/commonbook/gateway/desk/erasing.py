"""Erasing a user: the account is stopped and must be empty, then the data goes. Rule PE-15."""

import numpy as np
from sqlalchemy import Connection

from commonbook.brokerage import applications
from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import moment
from commonbook.gateway.desk.asked import Asked
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.identity.subaccounts import list_of
from commonbook.instrument.accounts import funding_account
from commonbook.instrument.controls import kill_command
from commonbook.notice.mail import write
from commonbook.oauth import held
from commonbook.people import directory, erasure
from commonbook.people.directory import User
from commonbook.records import KillScope, amount


async def erase_user(asked: Asked, user: User, brand: int | None = None) -> None:
    """Erase a user's data, for good.

    The kill switch of each account is turned on first, so that what is found empty stays without orders; it stays on.

    Args:
        brand: of the user, when it is not the brand of who asks.

    Raises:
        Declined: `application_open` of a broker; `not_empty`, `last_owner`: the switches are as they were.
    """
    desk = asked.desk
    await desk.read(lambda connection: applications.must_have_none_open(connection, user.id))
    accounts = await _accounts_of(asked, user)
    await _must_be_empty(asked, accounts)
    stopped = [one for one in accounts if (KillScope.ACCOUNT, one) not in desk.venue.kills]
    await _switch(asked, stopped, True)
    head = letterhead(desk.settings.mail, desk.hosts, user.brand)

    def work(connection: Connection) -> None:
        personal = directory.personal(connection, desk.seal, user.id)
        held.cancel_all(connection, user.id)
        erasure.erase(connection, desk.seal, desk.parties, user)
        asked.log(connection, "erase user", f"user:{user.id}", brand)
        if "email" not in personal:
            return
        word = personal.get("word", "")
        write(connection, desk.seal, head, personal["email"], user.language, "erased", word=word, time=moment())

    try:
        await _must_be_empty(asked, accounts)
        await desk.write(work)
    except Declined:
        await _switch(asked, stopped, False)
        raise


async def _accounts_of(asked: Asked, user: User) -> list[int]:
    """Trading and funding accounts of the user and of its sub-accounts, as far as the core has them."""
    if not user.account:
        return []
    subs = await asked.desk.read(lambda connection: [one.account for one in list_of(connection, user.account)])
    both = [half for one in (user.account, *subs) for half in (one, funding_account(one))]
    return [one for one in both if one in asked.desk.venue.accounts]


async def _must_be_empty(asked: Asked, accounts: list[int]) -> None:
    core = asked.desk.door.core
    for account in accounts:
        if len(await core.orders(account)):
            raise Declined("not_empty", f"account {account} has open orders: cancel them first", account=str(account))
        rows = await core.balances(account)
        for row in rows:
            if amount(row["available"]) or amount(row["held"]):
                asset = asked.desk.venue.assets[int(row["asset"])]
                total = asset.format(amount(row["available"]) + amount(row["held"]))
                text = f"account {account} has {total} {asset.name}: withdraw or sell it first"
                raise Declined("not_empty", text, account=str(account), asset=asset.name, amount=total)


async def _switch(asked: Asked, accounts: list[int], active: bool) -> None:
    if accounts:
        commands = np.concatenate([kill_command(KillScope.ACCOUNT, account, active) for account in accounts])
        await asked.desk.command(commands, *accounts)
