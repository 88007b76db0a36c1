"""Inviting people to a brand's team or the host's. Rule PE-16."""

import time

from sqlalchemy import Connection

from commonbook.administration import roles
from commonbook.administration.roles import Role
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead
from commonbook.people import challenges, directory
from commonbook.people.directory import User
from commonbook.people.telling import tell
from commonbook.settings import PeopleSettings

DAY_S = 86_400


def invite(
    connection: Connection,
    seal: Seal,
    settings: PeopleSettings,
    letterhead: Letterhead,
    email: str,
    role: Role,
    by: int,
    language: str = "en",
) -> tuple[User, str]:
    """Give somebody a role: a user who is there has it at once, anybody else once they have set a password.

    Args:
        by: the user who invites; 0 for the host's command.

    Returns:
        the user, and the code that was mailed; "" for a user who needs none.

    Raises:
        BadInput: the address is none.
    """
    brand = letterhead.brand
    found = directory.with_email(connection, seal, brand, email)
    user = found or directory.add(connection, seal, brand, email, "", language)
    roles.grant(connection, user.id, brand, role, by, time.time_ns())
    if user.state != directory.PENDING or directory.password_hash(connection, user.id):
        tell(connection, seal, letterhead, user.id, "role-given", role=role.value)
        return user, ""
    challenges.give_up(connection, user.id, challenges.INVITATION)
    code = challenges.issue(connection, seal, challenges.INVITATION, brand, settings.invitation_s, user.id)
    days, link = str(max(settings.invitation_s // DAY_S, 1)), letterhead.link("invitation", code)
    tell(connection, seal, letterhead, user.id, "invitation", role=role.value, code=code, link=link, days=days)
    return user, code
