"""Mails to users: in their language, with their word, in their brand's name. Rule PE-13."""

from typing import Any

from sqlalchemy import Connection

from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead, write
from commonbook.people import directory


def tell(connection: Connection, seal: Seal, letterhead: Letterhead, user: int, kind: str, **values: Any) -> None:
    """A mail to a user, in the transaction of what it tells of."""
    known = directory.find(connection, user)
    personal = directory.personal(connection, seal, user)
    if "email" not in personal:
        return  # erased: nobody is left to be told
    word = personal.get("word", "")
    write(connection, seal, letterhead, personal["email"], known.language, kind, user, word, **values)
