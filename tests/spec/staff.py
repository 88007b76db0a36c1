"""Staff as the tests need them: a user with roles and a second factor in force."""

import time

import pyotp
from sqlalchemy import Connection

from commonbook.administration import roles
from commonbook.administration.roles import Role
from commonbook.identity.sealing import Seal
from commonbook.people import directory, factors


def staff_member(connection: Connection, seal: Seal, brand: int, *held: Role, email: str = "", account: int = 0) -> int:
    """A new user of a brand with these roles and an authenticator app; the user's number."""
    name = email or f"{time.time_ns()}@example.com"
    user = directory.add(connection, seal, brand, name, "", state=directory.ACTIVE, account=account).id
    with_second_factor(connection, seal, user)
    for role in held:
        roles.grant(connection, user, brand, role, 0, 1)
    return user


def with_second_factor(connection: Connection, seal: Seal, user: int) -> str:
    """An authenticator app that is set up; its secret."""
    secret = factors.begin_totp(connection, seal, user)
    assert factors.totp_is_right(connection, seal, user, pyotp.TOTP(secret).now(), active=False)
    return secret
