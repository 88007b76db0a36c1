"""A forgotten password: asked for at once, set a day later, and to be stopped in between. Rule PE-9."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from commonbook.errors import Declined
from commonbook.identity.sessions import hash_of
from commonbook.settings import PeopleSettings
from commonbook.storage.tables.people import recoveries, users

OPEN, STOPPED, USED = "open", "stopped", "used"
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class NewRecovery:
    """What is mailed: to set the password once it is time, and to stop that."""

    reset: str
    stop: str
    ready_ns: int


@dataclass(frozen=True, slots=True)
class Recovery:
    id: int
    user: int
    requested_ns: int
    ready_ns: int
    expires_ns: int
    state: str


def ask(connection: Connection, user: int, settings: PeopleSettings) -> NewRecovery:
    """One more way to a new password. Those that are under way go on: nobody sets the clock of another back."""
    now_ns = time.time_ns()
    ready_ns = now_ns + settings.recovery_delay_s * SECOND_NS
    new = NewRecovery(secrets.token_urlsafe(32), secrets.token_urlsafe(32), ready_ns)
    row = {
        "user_id": user,
        "reset_hash": hash_of(new.reset),
        "stop_hash": hash_of(new.stop),
        "requested_ns": now_ns,
        "ready_ns": ready_ns,
        "expires_ns": ready_ns + settings.recovery_open_s * SECOND_NS,
        "state": OPEN,
    }
    connection.execute(recoveries.insert().values(**row))
    return new


def under_way(connection: Connection, user: int) -> list[Recovery]:
    """Oldest first."""
    chosen = select(recoveries).where(
        recoveries.c.user_id == user, recoveries.c.state == OPEN, recoveries.c.expires_ns > time.time_ns()
    )
    return [_recovery(row) for row in connection.execute(chosen.order_by(recoveries.c.recovery))]


def with_reset(connection: Connection, brand: int, reset: str) -> Recovery:
    """One that may be used now.

    Raises:
        Declined: `wrong_code` for one that is not there, is another brand's, was used or stopped or is over;
            `too_early`.
    """
    found = _first(connection, recoveries.c.reset_hash == hash_of(reset), brand)
    now_ns = time.time_ns()
    if found is None or found.state != OPEN or found.expires_ns <= now_ns:
        raise Declined("wrong_code", "this code is unknown, used, stopped or over: ask for a new password again")
    if now_ns < found.ready_ns:
        wait = str((found.ready_ns - now_ns) // SECOND_NS + 1)
        text = f"the password can be set in {wait} s: come back with the same code"
        raise Declined("too_early", text, ready_ns=str(found.ready_ns))
    return found


def use(connection: Connection, recovery: Recovery) -> bool:
    """True for one; all others of the user are stopped with it."""
    mine = (recoveries.c.recovery == recovery.id) & (recoveries.c.state == OPEN)
    if connection.execute(update(recoveries).where(mine).values(state=USED)).rowcount != 1:
        return False
    stop_all(connection, recovery.user)
    return True


def user_of_stop(connection: Connection, brand: int, stop: str) -> int | None:
    found = _first(connection, recoveries.c.stop_hash == hash_of(stop), brand)
    return None if found is None else found.user


def stop_all(connection: Connection, user: int) -> bool:
    """False when none was under way."""
    mine = (recoveries.c.user_id == user) & (recoveries.c.state == OPEN)
    return connection.execute(update(recoveries).where(mine).values(state=STOPPED)).rowcount > 0


def _first(connection: Connection, where: Any, brand: int) -> Recovery | None:
    joined = select(recoveries).join(users, users.c.user_id == recoveries.c.user_id)
    row = connection.execute(joined.where(where, users.c.brand == brand)).first()
    return None if row is None else _recovery(row)


def _recovery(row: Row[Any]) -> Recovery:
    return Recovery(row.recovery, row.user_id, row.requested_ns, row.ready_ns, row.expires_ns, row.state)
