"""Four eyes: an act is asked for by one user and decided by another. Rules AD-3 and AD-4.

What is approved is the whole payload, by its hash; it is carried out once, by whoever finds it approved. An approval's
number stands in idempotency keys that the journal keeps for ever, so that no number comes again: not even where the
tables were lost, or an older copy of them was put back.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from commonbook.administration.log import canonical, user_actor, write
from commonbook.errors import Declined
from commonbook.storage.database import insert_new
from commonbook.storage.tables.administration import approvals
from commonbook.units import HOUR_NS

SECOND_NS = 1_000_000_000
OPEN, REFUSED, WITHDRAWN, APPROVED, DONE, FAILED = "open", "refused", "withdrawn", "approved", "done", "failed"


@dataclass(frozen=True, slots=True)
class Approval:
    id: int
    brand: int
    kind: str
    payload: dict[str, Any]
    payload_hash: str
    requested_by: int
    requested_ns: int
    expires_ns: int
    state: str
    decided_by: int
    decided_ns: int
    outcome: dict[str, Any]

    @property
    def key(self) -> str:
        """Names the act in idempotency keys, so that its effect comes once however often it is carried out."""
        return f"approval:{self.id}"


def ask(connection: Connection, brand: int, kind: str, payload: dict[str, Any], user: int, open_hours: int) -> Approval:
    """An act that waits for another user's yes."""
    now_ns = time.time_ns()
    text = canonical(payload)
    row = {
        "brand": brand,
        "kind": kind,
        "payload": text,
        "payload_hash": hashlib.sha256(text.encode()).hexdigest(),
        "requested_by": user,
        "requested_ns": now_ns,
        "expires_ns": now_ns + open_hours * HOUR_NS,
        "state": OPEN,
        "decided_by": 0,
        "decided_ns": 0,
        "outcome": "{}",
    }
    number = _free_number(connection, now_ns)
    while not insert_new(connection, approvals, row | {"approval": number}):  # another was as fast
        number = _free_number(connection, now_ns)
    write(connection, brand, user_actor(user), f"ask {kind}", f"approval:{number}", now_ns, payload=payload)
    return find(connection, number)


def _free_number(connection: Connection, now_ns: int) -> int:
    """Behind all that are there, and behind all that ever were: those were asked for no faster than one a second."""
    highest = connection.execute(select(func.max(approvals.c.approval))).scalar()
    return max(int(highest or 0) + 1, now_ns // SECOND_NS)


def find(connection: Connection, number: int, brand: int | None = None) -> Approval:
    """
    Args:
        brand: another brand's approval is as one that is not there; None asks of any brand.

    Raises:
        Declined: `no_such_approval`.
    """
    row = connection.execute(select(approvals).where(approvals.c.approval == number)).first()
    if row is None or (brand is not None and row.brand != brand):
        raise Declined("no_such_approval", f"there is no approval {number}")
    return _approval(row)


def waiting(connection: Connection, brand: int, states: tuple[str, ...] = (OPEN, APPROVED)) -> list[Approval]:
    """Newest first."""
    chosen = select(approvals).where(approvals.c.brand == brand, approvals.c.state.in_(states))
    return [_approval(row) for row in connection.execute(chosen.order_by(approvals.c.approval.desc()))]


def cut_off(connection: Connection) -> list[Approval]:
    """What was approved and is not carried out, of all brands; what was approved first comes first."""
    chosen = select(approvals).where(approvals.c.state == APPROVED)
    return [_approval(row) for row in connection.execute(chosen.order_by(approvals.c.decided_ns, approvals.c.approval))]


def decide(connection: Connection, number: int, brand: int, user: int, payload_hash: str, yes: bool) -> Approval:
    """Another user's yes or no; the one who asked may take it back.

    Args:
        payload_hash: of what the user has seen: nobody approves what was changed behind their back.

    Raises:
        Declined: `no_such_approval`, `other_payload`, `own_request`, `not_open`, `expired`.
    """
    found = find(connection, number, brand)
    if found.payload_hash != payload_hash:
        raise Declined("other_payload", f"approval {number} is about {found.payload_hash}: read it again")
    if yes and user == found.requested_by:
        raise Declined("own_request", "who asks for an act cannot approve it: another user with the role must")
    now_ns = time.time_ns()
    if found.state != OPEN:
        raise Declined("not_open", f"approval {number} is {found.state}")
    if now_ns >= found.expires_ns:
        raise Declined("expired", f"approval {number} has waited too long: ask anew")
    state = APPROVED if yes else WITHDRAWN if user == found.requested_by else REFUSED
    _move(connection, number, OPEN, state=state, decided_by=user, decided_ns=now_ns)
    write(connection, brand, user_actor(user), f"{state} {found.kind}", f"approval:{number}", now_ns)
    return find(connection, number)


def finish(connection: Connection, number: int, state: str, outcome: dict[str, Any]) -> Approval:
    """What came of an approved act; told once."""
    found = find(connection, number)
    _move(connection, number, APPROVED, state=state, outcome=canonical(outcome))
    write(connection, found.brand, user_actor(found.decided_by), f"{state} {found.kind}", f"approval:{number}")
    return find(connection, number)


def _move(connection: Connection, number: int, before: str, **values: Any) -> None:
    where = (approvals.c.approval == number) & (approvals.c.state == before)
    if connection.execute(update(approvals).where(where).values(**values)).rowcount != 1:
        raise Declined("not_open", f"approval {number} was decided meanwhile")


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        id=row.approval,
        brand=row.brand,
        kind=row.kind,
        payload=json.loads(row.payload),
        payload_hash=row.payload_hash,
        requested_by=row.requested_by,
        requested_ns=row.requested_ns,
        expires_ns=row.expires_ns,
        state=row.state,
        decided_by=row.decided_by,
        decided_ns=row.decided_ns,
        outcome=json.loads(row.outcome),
    )
