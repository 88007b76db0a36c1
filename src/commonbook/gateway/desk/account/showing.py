"""Showing a second factor, at login and again later. Rules PE-5 to PE-8."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import moment, paper, site_of
from commonbook.gateway.desk.asked import Asked
from commonbook.people import directory, factors, passkeys, throttle
from commonbook.people.telling import tell


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the three."""

    code: str = ""
    recovery_code: str = ""
    passkey: dict[str, Any] | None = None


async def show(asked: Asked, user: int, shown: Shown, challenge: str) -> None:
    """Returns when it is right.

    Args:
        challenge: what a passkey had to sign, spent already; "" for none.

    Raises:
        Declined: `wrong_factor`, also for a try that comes too early.
    """
    desk, party = asked.desk, asked.desk.parties.second_factor(user)
    in_time = await desk.write_racing(lambda connection: throttle.enter(connection, party, time.time_ns()))
    if not in_time or not await desk.write(lambda connection: _is_right(connection, asked, user, shown, challenge)):
        raise Declined("wrong_factor", "the second factor is wrong or used, or there were too many tries: wait a bit")
    await desk.write(lambda connection: throttle.forget(connection, party))


def _is_right(connection: Connection, asked: Asked, user: int, shown: Shown, challenge: str) -> bool:
    seal = asked.desk.seal
    if shown.passkey is not None:
        return bool(challenge) and passkeys.is_right(connection, user, site_of(asked), challenge, shown.passkey)
    if shown.recovery_code:
        if not factors.use_recovery_code(connection, seal, user, shown.recovery_code):
            return False
        head = paper(asked, directory.find(connection, user).brand)
        left = str(factors.codes_left(connection, user))
        tell(connection, seal, head, user, "recovery-code-used", left=left, time=moment())
        return True
    return factors.totp_is_right(connection, seal, user, shown.code)
