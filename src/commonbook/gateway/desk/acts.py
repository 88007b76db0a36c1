"""Acts that need four eyes: what each is called, which role asks and approves, and how it is carried out. AD-3, AD-4.

A module that has such an act registers it. Carrying out is safe to repeat: what moves money goes by `approval.key`, so
an act that was approved while the process died is carried out by whoever looks next, with one effect.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from commonbook.administration import approvals
from commonbook.administration.approvals import APPROVED, DONE, FAILED, Approval
from commonbook.administration.roles import May
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Desk

CarryOut = Callable[[Desk, Approval], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Act:
    kind: str
    needs: May  # of who asks; who approves needs APPROVE beside it
    carry_out: CarryOut


ACTS: dict[str, Act] = {}


def register(kind: str, needs: May) -> Callable[[CarryOut], CarryOut]:
    """Registers the function below it."""

    def keep(carry_out: CarryOut) -> CarryOut:
        ACTS[kind] = Act(kind, needs, carry_out)
        return carry_out

    return keep


async def ask_for(asked: Asked, kind: str, payload: dict[str, Any], brand: int | None = None) -> Approval:
    """Ask for an act; it waits for another user.

    Args:
        brand: at which it is asked and decided; the user's own unless given.
    """
    asked.require(ACTS[kind].needs)
    hours = asked.desk.settings.administration.approval_hours
    where = asked.brand if brand is None else brand
    return await asked.desk.write(lambda connection: approvals.ask(connection, where, kind, payload, asked.user, hours))


async def decide(asked: Asked, number: int, payload_hash: str, yes: bool) -> Approval:
    """
    Raises:
        Declined: as `approvals.decide` says, and `not_permitted`.
    """
    found = await asked.desk.read(lambda connection: approvals.find(connection, number, asked.brand))
    if yes:
        asked.require(May.APPROVE)
        asked.require(ACTS[found.kind].needs)
    decided = await asked.desk.write(
        lambda connection: approvals.decide(connection, number, asked.brand, asked.user, payload_hash, yes)
    )
    return await carry_out(asked.desk, decided) if decided.state == APPROVED else decided


async def carry_out(desk: Desk, approved: Approval) -> Approval:
    """Do what was approved. What a rule speaks against has failed, and says so."""
    try:
        outcome = await ACTS[approved.kind].carry_out(desk, approved)
    except Declined as declined:
        why = {"code": declined.code, "message": str(declined)}
        return await desk.write(lambda connection: approvals.finish(connection, approved.id, FAILED, why))
    return await desk.write(lambda connection: approvals.finish(connection, approved.id, DONE, outcome))


async def carry_out_left(desk: Desk, brand: int) -> list[Approval]:
    """Acts that were approved and not carried out, because a process died between."""
    left = await desk.read(lambda connection: approvals.waiting(connection, brand, (APPROVED,)))
    return [await carry_out(desk, one) for one in left]
