"""Erasing a person's data at a brand. Rule PE-15.

What stays are numbers: the user's, the person's, the account's with its history in the ledger and the journal, and the
keyed hash by which the person is known again.
"""

from sqlalchemy import Connection, delete, or_, select, update

from commonbook.administration import roles
from commonbook.identity.sealing import Seal
from commonbook.notice import mail
from commonbook.people import devices as signed_in
from commonbook.people import directory, throttle
from commonbook.people.directory import User
from commonbook.people.throttle import Parties
from commonbook.storage.schema import api_keys, subaccounts, web_sessions
from commonbook.storage.tables.inbox import inbox_notices, inboxes, price_alerts
from commonbook.storage.tables.people import challenges, devices, passkeys, recoveries, recovery_codes, totps

OWN = (challenges, totps, recovery_codes, passkeys, devices, recoveries, inbox_notices, inboxes, price_alerts)


def erase(connection: Connection, seal: Seal, parties: Parties, user: User) -> None:
    """All at once, in the caller's transaction. The user's key goes, and with it what lies in copies and backups.

    Raises:
        Declined: `last_owner`.
    """
    for role in roles.roles_of(connection, user.id, user.brand):
        roles.take_back(connection, user.id, user.brand, role)
    address = directory.personal(connection, seal, user.id).get("email", "")
    signed_in.end_all(connection, user.id)
    connection.execute(update(web_sessions).where(web_sessions.c.user_id == user.id).values(device=""))
    revoke_keys(connection, user)
    for table in OWN:
        connection.execute(delete(table).where(table.c.user_id == user.id))
    if address:
        mail.forget(connection, seal, user.id, address)
        normalized = directory.normalized(address)
        for party in (parties.login(user.brand, normalized), parties.mails(user.brand, normalized)):
            throttle.forget(connection, party)
    directory.erase(connection, user.id)


def revoke_keys(connection: Connection, user: User) -> None:
    """The user's own, the account's, and those of its sub-accounts; their names and addresses are forgotten."""
    theirs = api_keys.c.user_id == user.id
    if user.account:
        subs = select(subaccounts.c.account).where(subaccounts.c.master == user.account)
        theirs = or_(theirs, api_keys.c.account == user.account, api_keys.c.account.in_(subs))
        connection.execute(update(subaccounts).where(subaccounts.c.master == user.account).values(label=""))
    connection.execute(update(api_keys).where(theirs).values(revoked=True, label="", ip_list=""))
