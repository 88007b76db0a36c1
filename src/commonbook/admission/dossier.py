"""What an applicant tells, sealed under a key of the application's own.

Without the key, which the host may destroy, all of it is noise, in every copy and backup.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Table, delete, func, insert, select

from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal


@dataclass(frozen=True, slots=True)
class Attachment:
    number: int
    kind: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Dossiers:
    """Those of one program."""

    keys: Table
    attachments: Table
    bound_to: str  # the program: the key of one opens nothing of another

    def begin(self, connection: Connection, seal: Seal, number: int) -> None:
        """The key of a new application."""
        key = seal.seal(os.urandom(32), f"{self.bound_to}:{number}")
        connection.execute(insert(self.keys).values(application=number, sealed_key=key))

    def sealed(self, connection: Connection, seal: Seal, number: int, told: dict[str, str], what: str) -> str:
        """Anything of an application as text that its own key opens.

        Raises:
            Declined: `erased`.
        """
        return self._must_have_seal(connection, seal, number).seal(json.dumps(told).encode(), f"{what}:{number}")

    def unsealed(self, connection: Connection, seal: Seal, number: int, text: str, what: str) -> dict[str, str]:
        """Nothing once it has been erased."""
        own = self._own_seal(connection, seal, number)
        if own is None or not text:
            return {}
        try:
            found: dict[str, str] = json.loads(own.unseal(text, f"{what}:{number}"))
        except InvalidTag:
            return {}
        return found

    def attach(self, connection: Connection, seal: Seal, number: int, kind: str, name: str, content: bytes) -> int:
        """Keep a file; its number among those of the application.

        Raises:
            Declined: `erased`.
        """
        own = self._must_have_seal(connection, seal, number)
        highest = connection.execute(
            select(func.max(self.attachments.c.number)).where(self.attachments.c.application == number)
        ).scalar()
        place = int(highest or 0) + 1
        row = {
            "application": number,
            "number": place,
            "kind": kind,
            "size": len(content),
            "name": own.seal(name.encode(), f"name:{number}:{place}"),
            "content": own.seal(content, f"attachment:{number}:{place}"),
        }
        connection.execute(insert(self.attachments).values(**row))
        return place

    def attached(self, connection: Connection, seal: Seal, number: int) -> list[Attachment]:
        """In their order; none once they have been erased."""
        own = self._own_seal(connection, seal, number)
        if own is None:
            return []
        table = self.attachments
        chosen = select(table).where(table.c.application == number).order_by(table.c.number)
        return [
            Attachment(
                row.number,
                row.kind,
                own.unseal(row.name, f"name:{number}:{row.number}").decode(),
                own.unseal(row.content, f"attachment:{number}:{row.number}"),
            )
            for row in connection.execute(chosen)
        ]

    def erase(self, connection: Connection, number: int) -> None:
        """Destroy the key, and the files with it."""
        connection.execute(delete(self.keys).where(self.keys.c.application == number))
        connection.execute(delete(self.attachments).where(self.attachments.c.application == number))

    def _own_seal(self, connection: Connection, seal: Seal, number: int) -> Seal | None:
        """The application's key; None once it has been erased."""
        chosen = select(self.keys.c.sealed_key).where(self.keys.c.application == number)
        kept = connection.execute(chosen).scalar()
        return None if kept is None else Seal(seal.unseal(kept, f"{self.bound_to}:{number}"))

    def _must_have_seal(self, connection: Connection, seal: Seal, number: int) -> Seal:
        own = self._own_seal(connection, seal, number)
        if own is None:
            raise Declined("erased", f"what was told in application {number} was erased")
        return own


def must_be_text(name: str, value: str, longest: int) -> str:
    """What was told, without space around it.

    Raises:
        BadInput: it is too long, or has control characters in it.
    """
    text = value.strip()
    if len(text) > longest:
        raise BadInput(f"{name} has {len(text):,} characters; at most {longest:,}")
    if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in text):
        raise BadInput(f"{name} has control characters in it")
    return text


def must_be_asked_for(names: Iterable[str], asked_for: Iterable[str]) -> None:
    """
    Raises:
        BadInput: a name that is none of them.
    """
    known = list(asked_for)
    for name in names:
        if name not in known:
            raise BadInput(f"{name!r} is not asked for; tell {', '.join(known)}")
