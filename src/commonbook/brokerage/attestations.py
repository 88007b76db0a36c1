"""What a broker swears, for a time: how it keeps to the rules on money laundering, and on data. Rule BE-9.

The statement is a text of ours; whoever makes it names it by its hash, so that nobody swears what they have not read.
"""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from commonbook.admission.contracts import DAY_NS
from commonbook.brokerage.model import AttestationKind
from commonbook.brokerage.words import LANGUAGES, say
from commonbook.errors import Declined
from commonbook.storage.tables.brokerage import attestations as table
from commonbook.terms.rules import canonical, hash_of
from commonbook.terms.service import keep_text


@dataclass(frozen=True, slots=True)
class Attestation:
    number: int
    kind: AttestationKind
    hash: str
    user: int
    made_ns: int
    ends_ns: int
    noticed_ns: int


def statement(kind: AttestationKind, language: str) -> str:
    return canonical(say(language, f"attest-{kind.value.replace('_', '-')}"))


def make(
    connection: Connection,
    application: int,
    kind: AttestationKind,
    text_hash: str,
    user: int,
    days: int,
    now_ns: int | None = None,
) -> Attestation:
    """A statement, which counts for so many days; the newest of a kind counts.

    Args:
        text_hash: of the statement in any language that we have it in.

    Raises:
        Declined: `other_statement`.
    """
    moment = time.time_ns() if now_ns is None else now_ns
    texts = {hash_of(text): text for text in (statement(kind, language) for language in LANGUAGES)}
    if text_hash not in texts:
        raise Declined("other_statement", "this is not the statement as it is now: read it at /broker/v1/attestations")
    keep_text(connection, texts[text_hash])
    row: dict[str, Any] = {
        "application": application,
        "kind": kind.value,
        "hash": text_hash,
        "user_id": user,
        "made_ns": moment,
        "ends_ns": moment + days * DAY_NS,
        "noticed_ns": 0,
    }
    connection.execute(insert(table).values(**row))
    made = latest(connection, application, kind)
    if made is None:
        raise Declined("unavailable", "the attestation was not kept: try again")
    return made


def of_application(connection: Connection, application: int) -> list[Attestation]:
    """Newest first."""
    chosen = select(table).where(table.c.application == application).order_by(table.c.attestation.desc())
    return [_attestation(row) for row in connection.execute(chosen)]


def latest(connection: Connection, application: int, kind: AttestationKind) -> Attestation | None:
    return next((one for one in of_application(connection, application) if one.kind is kind), None)


def not_in_force(connection: Connection, application: int, now_ns: int) -> tuple[AttestationKind, ...]:
    """Kinds of which nothing counts at a moment."""
    newest = {one.kind: one for one in reversed(of_application(connection, application))}
    return tuple(kind for kind in AttestationKind if kind not in newest or newest[kind].ends_ns <= now_ns)


def note_notice(connection: Connection, number: int, now_ns: int) -> None:
    connection.execute(update(table).where(table.c.attestation == number).values(noticed_ns=now_ns))


def _attestation(row: Row[Any]) -> Attestation:
    return Attestation(
        number=row.attestation,
        kind=AttestationKind(row.kind),
        hash=row.hash,
        user=row.user_id,
        made_ns=row.made_ns,
        ends_ns=row.ends_ns,
        noticed_ns=row.noticed_ns,
    )
