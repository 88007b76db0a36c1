"""Acts that need four eyes: what each is called, which role asks and approves, whom it is about, and how it is carried
out. AD-3, AD-4, AD-9.

A module that has such an act registers it. Carrying out is safe to repeat: what moves money goes by `approval.key`, so
an act that was approved while the process died is carried out by the first gateway (`cut_off`), with one effect.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from commonbook.administration import approvals
from commonbook.administration.approvals import APPROVED, DONE, FAILED, WITHDRAWN, Approval
from commonbook.administration.interest import must_be_two, must_not_be_party
from commonbook.administration.roles import May
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.gateway.desk.parties import (
    NameParties,
    must_have_no_part,
    persons_of,
    persons_of_user,
)

CarryOut = Callable[[Desk, Approval], Awaitable[dict[str, Any]]]
PASSING = ("unavailable", "no_such_venue")  # what speaks against an act just now, and no rule

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Act:
    kind: str
    needs: May  # of who asks; who approves needs APPROVE beside it
    parties: NameParties  # whom it is about: they do not decide it
    party_asks: bool  # whether one of them may ask for it
    carry_out: CarryOut


ACTS: dict[str, Act] = {}


def register(kind: str, needs: May, parties: NameParties, party_asks: bool = False) -> Callable[[CarryOut], CarryOut]:
    """Registers the function below it."""

    def keep(carry_out: CarryOut) -> CarryOut:
        ACTS[kind] = Act(kind, needs, parties, party_asks, carry_out)
        return carry_out

    return keep


async def ask_for(asked: Asked, kind: str, payload: dict[str, Any], brand: int | None = None) -> Approval:
    """Ask for an act; it waits for another user.

    Args:
        brand: at which it is asked and decided; the user's own unless given.

    Raises:
        Declined: `not_permitted`, `own_interest`.
    """
    asked.require(ACTS[kind].needs)
    if not ACTS[kind].party_asks:
        await must_have_no_part(asked, ACTS[kind].parties, payload)
    hours = asked.desk.settings.administration.approval_hours
    where = asked.brand if brand is None else brand
    return await asked.desk.write(lambda connection: approvals.ask(connection, where, kind, payload, asked.user, hours))


async def decide(asked: Asked, number: int, payload_hash: str, yes: bool) -> Approval:
    """
    Raises:
        Declined: as `approvals.decide` says, and `not_permitted`, `own_interest`.
    """
    desk = asked.desk
    found = await desk.read(lambda connection: approvals.find(connection, number, asked.brand))
    if yes:
        asked.require(May.APPROVE)
        asked.require(ACTS[found.kind].needs)

    def work(connection: Connection) -> Approval:
        decided = approvals.decide(connection, number, asked.brand, asked.user, payload_hash, yes)
        if decided.state != WITHDRAWN:
            own = persons_of_user(desk, connection, asked.user)
            if yes:
                must_be_two(persons_of_user(desk, connection, found.requested_by), own)
            parties = ACTS[found.kind].parties(desk, connection, found.payload)
            must_not_be_party(own, persons_of(desk, connection, parties))
        return decided

    decided = await desk.write(work)
    return await carry_out(desk, decided) if decided.state == APPROVED else decided


async def carry_out(desk: Desk, approved: Approval) -> Approval:
    """Do what was approved. What a rule speaks against has failed, and says so; it is told once what came of it.

    Raises:
        Declined: one of PASSING: it stays approved, and is done later.
    """
    try:
        state, outcome = DONE, await ACTS[approved.kind].carry_out(desk, approved)
    except Declined as declined:
        if declined.code in PASSING:
            raise
        state, outcome = FAILED, {"code": declined.code, "message": str(declined)}
    except BadInput as bad:
        state, outcome = FAILED, {"code": "bad_request", "message": str(bad)}
    try:
        return await desk.write(lambda connection: approvals.finish(connection, approved.id, state, outcome))
    except Declined:  # somebody else has found it approved as well, and was faster
        return await desk.read(lambda connection: approvals.find(connection, approved.id))


async def carry_out_left(desk: Desk, left: Iterable[Approval]) -> list[Approval]:
    """Acts that were approved and cut off, one after the other; what cannot be done now keeps none of the others."""
    done = []
    for one in left:
        try:
            done.append(await carry_out(desk, one))
        except Exception as failure:
            log.exception("desk.act_not_carried_out", approval=one.id, kind=one.kind, why=str(failure))
    return done
