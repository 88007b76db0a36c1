"""The outbox: a mail is written in the transaction of what it tells of, and delivered later. Rules PE-13 and PE-14.

At rest a mail is sealed under the host's master key: codes are in it.
"""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.notice.texts import text
from commonbook.storage.tables.notices import mails

WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name a mail is."""

    brand: int
    name: str
    from_address: str
    base_url: str = ""  # of the brand's pages; "": there are none to link to

    def link(self, path: str, secret: str) -> str:
        """Where a browser goes with a secret, which a fragment keeps out of logs; "" without pages."""
        return f"{self.base_url.rstrip('/')}/{path}#{secret}" if self.base_url else ""


@dataclass(frozen=True, slots=True)
class Mail:
    id: int
    name: str
    brand: int
    user: int
    kind: str
    state: str
    tries: int
    created_ns: int
    sender: str
    sender_address: str
    to: str
    subject: str
    body: str


def write(
    connection: Connection,
    seal: Seal,
    letterhead: Letterhead,
    to: str,
    language: str,
    kind: str,
    user: int = 0,
    word: str = "",
    **values: Any,
) -> None:
    """Put a mail into the outbox.

    Args:
        kind: which text.
        user: whose it is; 0 for somebody who is no user.
        word: the user's own, which every mail to them carries.
        values: what the text names.
    """
    made = text(language, kind, letterhead.name, word, **values)
    content = {
        "sender": letterhead.name,
        "sender_address": letterhead.from_address,
        "to": to,
        "subject": made.subject,
        "body": made.body,
    }
    name, now_ns = str(uuid.uuid4()), time.time_ns()
    row = {
        "name": name,
        "brand": letterhead.brand,
        "user_id": user,
        "to_hash": _to_hash(seal, to),
        "kind": kind,
        "sealed": seal.seal(json.dumps(content).encode(), f"mail:{name}"),
        "state": WAITING,
        "tries": 0,
        "created_ns": now_ns,
        "next_ns": now_ns,
        "sent_ns": 0,
    }
    connection.execute(insert(mails).values(**row))


def forget(connection: Connection, seal: Seal, user: int, address: str) -> None:
    """All that was ever written to a user, and to the address that was the user's last."""
    theirs = or_(mails.c.user_id == user, mails.c.to_hash == _to_hash(seal, address))
    connection.execute(delete(mails).where(theirs))


def forget_older(connection: Connection, before_ns: int) -> int:
    """All that was written before a time; how many there were."""
    return connection.execute(delete(mails).where(mails.c.created_ns < before_ns)).rowcount


def _to_hash(seal: Seal, address: str) -> str:
    return seal.blinded("mail", address.strip().casefold())


def find(connection: Connection, seal: Seal, number: int) -> Mail:
    """
    Raises:
        BadInput: there is no such mail.
    """
    row = connection.execute(select(mails).where(mails.c.mail == number)).first()
    if row is None:
        raise BadInput(f"there is no mail {number}; see `commonbook mail list`")
    return opened(row, seal)


def newest(connection: Connection, seal: Seal, most: int) -> list[Mail]:
    """Newest first."""
    chosen = select(mails).order_by(mails.c.mail.desc()).limit(most)
    return [opened(row, seal) for row in connection.execute(chosen)]


def opened(row: Row[Any], seal: Seal) -> Mail:
    content = json.loads(seal.unseal(row.sealed, f"mail:{row.name}"))
    return Mail(
        id=row.mail,
        name=row.name,
        brand=row.brand,
        user=row.user_id,
        kind=row.kind,
        state=row.state,
        tries=row.tries,
        created_ns=row.created_ns,
        **content,
    )
