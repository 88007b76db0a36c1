"""A user's word on the transfer of their data to where their brand goes. Rule LV-2.

Each word is a row, with the hash of the text that was shown; nothing is changed, and the newest counts.
"""

import hashlib
import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from commonbook.errors import BadInput
from commonbook.storage.tables.leaving import transfer_consents

BY_USER, BY_IMPORT = "user", "import"
TEXT_MOST = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Consent:
    user: int
    given: bool
    text_hash: str
    time_ns: int
    source: str


def record(connection: Connection, user: int, brand: int, given: bool, text: str, source: str = BY_USER) -> Consent:
    """A yes, or a yes taken back.

    Args:
        text: what the user was shown, word for word.

    Raises:
        BadInput: there was no text, or one longer than anybody reads.
    """
    if not text.strip() or len(text) > TEXT_MOST:
        raise BadInput(f"the text that was shown has {len(text):,} characters; 1 to {TEXT_MOST:,} are wanted")
    made = Consent(user, given, hashlib.sha256(text.encode()).hexdigest(), time.time_ns(), source)
    row = {"user_id": user, "brand": brand, "given": given, "text_hash": made.text_hash}
    connection.execute(insert(transfer_consents).values(**row, time_ns=made.time_ns, source=source))
    return made


def of(connection: Connection, user: int) -> Consent | None:
    """The newest word of a user; None before the first."""
    chosen = select(transfer_consents).where(transfer_consents.c.user_id == user)
    row = connection.execute(chosen.order_by(transfer_consents.c.consent.desc()).limit(1)).first()
    return None if row is None else Consent(row.user_id, row.given, row.text_hash, row.time_ns, row.source)


def current(connection: Connection, brand: int) -> dict[int, Consent]:
    """The newest word of each user of a brand who has said one."""
    newest = select(func.max(transfer_consents.c.consent)).where(transfer_consents.c.brand == brand)
    newest = newest.group_by(transfer_consents.c.user_id)
    chosen = select(transfer_consents).where(transfer_consents.c.consent.in_(newest))
    return {
        row.user_id: Consent(row.user_id, row.given, row.text_hash, row.time_ns, row.source)
        for row in connection.execute(chosen)
    }
