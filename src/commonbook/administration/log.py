"""The log of administrative acts: for each brand a chain of its own. Rules AD-5 to AD-8.

A row is written in the transaction of what it tells of, so that neither is there without the other. Each row's hash
covers the one before it and everything the row says; how many there are and the last hash are signed and kept elsewhere
(`checkpoint`), because a chain that was rewritten from its beginning is in itself as good as the true one.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from commonbook.administration.roles import HOST
from commonbook.errors import Mismatch
from commonbook.storage.tables.administration import audit_heads, audit_log

BEGINNING = "0" * 64  # stands for the hash before the first row
HOST_ACTOR = "host"
WORDS_MOST = 8  # that are looked for together


@dataclass(frozen=True, slots=True)
class Act:
    """One row."""

    brand: int
    number: int
    time_ns: int
    actor: str
    act: str
    subject: str
    details: str  # canonical JSON
    hash: str

    def hash_after(self, before: str) -> str:
        told = [self.brand, self.number, self.time_ns, self.actor, self.act, self.subject, self.details]
        return hashlib.sha256((before + canonical(told)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    brand: int
    count: int
    head: str


def canonical(value: Any) -> str:
    """JSON with one spelling for each value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def user_actor(user: int) -> str:
    return f"user:{user}"


def write(
    connection: Connection,
    brand: int,
    actor: str,
    act: str,
    subject: str = "",
    now_ns: int | None = None,
    /,
    **details: Any,
) -> None:
    """Log an act, in the caller's transaction. Details carry neither secrets nor personal data (AD-6)."""
    moment = time.time_ns() if now_ns is None else now_ns
    _append(connection, brand, moment, actor, act, subject, canonical(details))


def write_by_host(
    connection: Connection, brand: int, user: int, act: str, subject: str = "", /, **details: Any
) -> None:
    """An act of the host on a brand: in the host's log with who did it, and in the brand's own as the host's (AD-7)."""
    moment, told = time.time_ns(), canonical(details)
    _append(connection, HOST, moment, user_actor(user), act, f"brand:{brand} {subject}".strip(), told)
    if brand != HOST:
        _append(connection, brand, moment, HOST_ACTOR, act, subject, told)


def _append(connection: Connection, brand: int, now_ns: int, actor: str, act: str, subject: str, details: str) -> None:
    where = audit_heads.c.brand == brand
    # The update comes first: it holds the row, so that of two writers one waits for the other.
    if connection.execute(update(audit_heads).where(where).values(count=audit_heads.c.count + 1)).rowcount == 0:
        connection.execute(insert(audit_heads).values(brand=brand, count=1, head=BEGINNING))
    head = connection.execute(select(audit_heads).where(where)).one()
    number = int(head._mapping["count"])  # a row has a method of this name, too
    draft = Act(brand, number, now_ns, actor, act, subject[:96], details, "")
    hashed = draft.hash_after(head.head)
    row = {
        "brand": brand,
        "number": draft.number,
        "time_ns": now_ns,
        "actor": actor,
        "act": act,
        "subject": draft.subject,
        "details": details,
        "hash": hashed,
    }
    connection.execute(insert(audit_log).values(**row))
    connection.execute(update(audit_heads).where(where).values(head=hashed))


def acts(connection: Connection, brand: int, after: int = 0, most: int = 2**31) -> Iterator[Act]:
    """A brand's acts behind a number, oldest first."""
    chosen = select(audit_log).where(audit_log.c.brand == brand, audit_log.c.number > after)
    for row in connection.execute(chosen.order_by(audit_log.c.number).limit(most)):
        yield Act(**row._mapping)


def newest(connection: Connection, brand: int, most: int, before: int = 2**62, words: str = "") -> list[Act]:
    """A page of a brand's acts, newest first.

    Args:
        words: each stands in who acted, the act, its subject or its details.
    """
    chosen = select(audit_log).where(audit_log.c.brand == brand, audit_log.c.number < before)
    told = (audit_log.c.actor, audit_log.c.act, audit_log.c.subject, audit_log.c.details)
    for word in words.split()[:WORDS_MOST]:
        chosen = chosen.where(or_(*(column.icontains(word, autoescape=True) for column in told)))
    return [Act(**row._mapping) for row in connection.execute(chosen.order_by(audit_log.c.number.desc()).limit(most))]


def heads(connection: Connection) -> list[Head]:
    """The end of every chain."""
    return [Head(**row._mapping) for row in connection.execute(select(audit_heads).order_by(audit_heads.c.brand))]


def verify(connection: Connection, brand: int) -> dict[int, str]:
    """Walk a brand's chain.

    Returns:
        each number's hash, for comparison with checkpoints.

    Raises:
        Mismatch: a row is changed, gone or one too many; names it.
    """
    before, expected = BEGINNING, 1
    seen: dict[int, str] = {0: BEGINNING}
    for act in acts(connection, brand):
        if act.number != expected:
            raise Mismatch(f"audit log of brand {brand}: number {expected} is missing, {act.number} follows")
        if act.hash != act.hash_after(before):
            raise Mismatch(f"audit log of brand {brand}: number {act.number} is not what its hash says")
        before, expected = act.hash, expected + 1
        seen[act.number] = act.hash
    end = next((one for one in heads(connection) if one.brand == brand), Head(brand, 0, BEGINNING))
    if (end.count, end.head) != (expected - 1, before):
        raise Mismatch(f"audit log of brand {brand}: it ends at {expected - 1}, and was written up to {end.count}")
    return seen
