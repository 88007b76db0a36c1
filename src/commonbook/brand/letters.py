"""Letters of what happened by itself: each notice goes by mail to the staff whose concern it is. Rule PE-13.

A notice is written where it happens, by whoever has neither seals nor addresses; the letters follow from the notices,
in their order, and the transaction that puts them into the outbox marks the notice: each is written once.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from commonbook.administration.roles import May, allowed, roles_of, staff_of
from commonbook.brand import notices
from commonbook.brand.notices import Notice
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead
from commonbook.people import directory
from commonbook.people.telling import tell
from commonbook.storage.tables.people import users

MOST = 100  # notices of one transaction
OLDEST_NS = 7 * 86_400 * 10**9  # what is older is no news: it is read at the desk

LETTERS: dict[str, tuple[str, May]] = {  # each kind of notice: its text, and what one may who is told of it
    "webhook_paused": ("webhook-paused", May.BRAND),
    "maker_granted": ("maker-granted", May.MARKETS),
    "maker_day_failed": ("maker-day-failed", May.MARKETS),
    "maker_rate_lost": ("maker-rate-lost", May.MARKETS),
    "delisted": ("pair-delisted", May.MARKETS),
    "schedule_begun": ("schedule-begun", May.FEES),
    "promotion_begun": ("promotion-begun", May.FEES),
    "promotion_not_ended": ("promotion-not-ended", May.FEES),
    "fees_refused": ("fees-refused", May.FEES),
    "stake_locked": ("stake-locked", May.STAFF),
    "broker_moved": ("broker-moved", May.RESTRICT),
}


def write_due(connection: Connection, seal: Seal, letterhead_of: Callable[[int], Letterhead], now_ns: int) -> int:
    """Put the letters of the notices that are new into the outbox; how many notices there were."""
    found = notices.take_for_letters(connection, MOST)
    for notice in found:
        if notice.time_ns > now_ns - OLDEST_NS:
            _write(connection, seal, letterhead_of(notice.brand), notice)
    return len(found)


def _write(connection: Connection, seal: Seal, letterhead: Letterhead, notice: Notice) -> None:
    values = {name: str(value) for name, value in notice.details.items()}
    values |= {"account": str(notice.account), "subject": notice.subject}
    if "day" in notice.details:
        values["day"] = f"{datetime.fromtimestamp(notice.details['day'] * 86_400, UTC):%Y-%m-%d}"
    kind, may = LETTERS[notice.kind]
    for user in sorted(_readers(connection, notice, may)):
        tell(connection, seal, letterhead, user, kind, **values)


def _readers(connection: Connection, notice: Notice, may: May) -> set[int]:
    """The staff who may do something about it, and who owns the account that it is about."""
    staff = {one.user for one in staff_of(connection, notice.brand)}
    found = {user for user in staff if may in allowed(roles_of(connection, user, notice.brand))}
    if notice.account:
        owners = select(users.c.user_id).where(users.c.account == notice.account, users.c.brand == notice.brand)
        found |= set(connection.execute(owners).scalars())
    return {user for user in found if directory.find(connection, user).state == directory.ACTIVE}
