"""What users are told: by mail, in their language, with their word, in their brand's name; and at its own pages.

Rules PE-13 and IN-1.
"""

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from commonbook.identity.sealing import Seal
from commonbook.notice import inbox
from commonbook.notice.mail import Letterhead, write
from commonbook.people import directory


def tell(connection: Connection, seal: Seal, letterhead: Letterhead, user: int, kind: str, **values: Any) -> None:
    """A mail to a user, and what it says in the user's inbox, in the transaction of what it tells of."""
    known = directory.find(connection, user)
    personal = directory.personal(connection, seal, user)
    if "email" not in personal:
        return  # erased: nobody is left to be told
    inbox.tell_as_mailed(connection, directory.own_seal(connection, seal, user), user, kind, values)
    word = personal.get("word", "")
    write(connection, seal, letterhead, personal["email"], known.language, kind, user, word, **values)


def moment(time_ns: int | None = None) -> str:
    """A time as mails write it."""
    seconds = (time.time_ns() if time_ns is None else time_ns) // 1_000_000_000
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
