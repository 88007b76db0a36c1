"""Mail that is to be sent: a row now, in the transaction of what it tells of; whoever sends mail takes it from here.

A row carries what kind of letter it is and what it tells, sealed under the application's key. The address is the
application's own and is read when the letter is sent, so that an erased application gets none.
"""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from commonbook.identity.sealing import Seal
from commonbook.partnership import applications
from commonbook.partnership.model import Application
from commonbook.storage.tables.partnership import mails

RECEIPT, STATE, CONTRACT_ENDS, BRAND_OPENED = "receipt", "state", "contract_ends", "brand_opened"


@dataclass(frozen=True, slots=True)
class Letter:
    id: int
    application: int
    kind: str
    language: str
    to: str
    told: dict[str, str]


def notify(connection: Connection, seal: Seal, application: Application, kind: str, **told: str) -> None:
    """Have a letter sent to the contact of an application; nothing where its data has been erased."""
    if applications.own_seal(connection, seal, application.id) is None:
        return
    told = {"reference": application.reference, "state": application.state.value} | told
    row = {
        "application": application.id,
        "kind": kind,
        "language": application.language,
        "told": applications.sealed(connection, seal, application.id, told, "mail"),
        "created_ns": time.time_ns(),
        "sent_ns": 0,
    }
    connection.execute(insert(mails).values(**row))


def unsent(connection: Connection, seal: Seal, most: int) -> list[Letter]:
    """Letters that wait, oldest first; those of erased applications are passed over."""
    rows = connection.execute(select(mails).where(mails.c.sent_ns == 0).order_by(mails.c.mail).limit(most)).all()
    letters = []
    for row in rows:
        to = applications.personal(connection, seal, row.application).get("email", "")
        told = applications.unsealed(connection, seal, row.application, row.told, "mail")
        if to and told:
            letters.append(Letter(row.mail, row.application, row.kind, row.language, to, told))
    return letters


def note_sent(connection: Connection, letter: int) -> None:
    connection.execute(update(mails).where(mails.c.mail == letter).values(sent_ns=time.time_ns()))
