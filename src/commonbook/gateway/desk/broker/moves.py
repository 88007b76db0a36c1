"""Moving applications from a desk: the move in the database, then the command that follows from it.

A process may die between the two: what the core is to be told stands in the registry, and the back office tells it as
well (`brokerage.upkeep`). A command may come twice and has its effect once.
"""

from functools import partial
from typing import Any

from sqlalchemy import Connection

from commonbook.administration.log import write
from commonbook.administration.roles import HOST
from commonbook.brokerage import applications, codes, moving, registry
from commonbook.brokerage.codes import code_command
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.facts import trading_account
from commonbook.brokerage.letters import notify_state
from commonbook.brokerage.model import Application, State, Who
from commonbook.brokerage.rules import ENDED, MACHINE
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Desk
from commonbook.gateway.desk.broker.told import facts_now
from commonbook.gateway.desk.letterhead import letterhead

ATTEMPTS = 20  # to find a number while others take them
SIGNED = (State.CONTRACT, State.LIVE, State.LAPSED, State.SUSPENDED)  # where a contract is accepted


async def move(
    desk: Desk,
    application: Application,
    after: State,
    who: Who,
    actor: str,
    reason: str = "",
    cause: str = "",
) -> Application:
    """Move an application on, by the facts as they are now, and have the core know of it.

    Raises:
        Declined: as `moving.move` says; it is in the log with its code.
    """

    def work(connection: Connection) -> Application:
        found = applications.hold(connection, application.id)
        facts = facts_now(desk, connection, found, reason)
        values: dict[str, Any] = {}
        if after is State.SUBMITTED:
            values["account"] = trading_account(connection, desk.venue, found.user)
        moved = moving.move(connection, found, after, who, facts, actor, cause, **values)
        if after is State.SUBMITTED:
            applications.reserve_codes(connection, moved)
        if after is State.INTEGRATION:
            given = registry.must_be_numbered(connection, moved.broker)
            applications.release_codes(connection, moved.id, but=given.code)
        if moved.state is not found.state:
            head = letterhead(desk.settings.mail, desk.hosts, moved.brand)
            notify_state(connection, desk.seal, head, moved, reason)
        return moved

    try:
        moved = await desk.write_racing(work)
    except Declined as declined:
        await _log_refused(desk, application, after, actor, declined.code)
        raise
    return await tell_core(desk, moved)


async def must_move(desk: Desk, application: Application, after: State, who: Who, actor: str, reason: str = "") -> None:
    """Whether a move could be made now, before others are asked about it or the core is.

    Raises:
        Declined: as `Machine.must_move` says; it is in the log with its code.
    """
    facts = await desk.read(lambda connection: facts_now(desk, connection, application, reason))
    try:
        MACHINE.must_move(application.state, after, who, facts)
    except Declined as declined:
        await _log_refused(desk, application, after, actor, declined.code)
        raise


async def _log_refused(desk: Desk, application: Application, after: State, actor: str, code: str) -> None:
    await desk.write(lambda connection: moving.log_refused(connection, application, after, actor, code))


async def let_in(desk: Desk, application: Application, actor: str) -> Application:
    """From submitted to integration: the broker has its number and its code from here on; its code earns nothing yet.

    The number is written down before the command is sent, so that who died between the two finds it again.

    Raises:
        Declined: as `move` says; `code_taken`.
    """
    await must_move(desk, application, State.INTEGRATION, Who.SCREENING, actor)
    for _ in range(ATTEMPTS):
        broker = await desk.write_racing(lambda connection: codes.choose(connection, desk.venue, application))
        try:
            await desk.command(code_command(broker), broker.payout_account)
        except Declined as declined:
            if declined.code != "refused_duplicate_id":
                raise
            await desk.write(lambda connection: codes.choose_anew(connection, application))  # somebody was faster
            continue
        await desk.write(partial(registry.note_told, broker=broker))
        return await move(desk, application, State.INTEGRATION, Who.SCREENING, actor)
    raise Declined("unavailable", "many brokers are being opened just now: try again")


async def tell_core(desk: Desk, application: Application) -> Application:
    """Have the core say of the code what the registry says, where that is still to be done."""
    if not application.broker:
        return application
    broker = await desk.read(lambda connection: registry.must_be_numbered(connection, application.broker))
    if broker.is_pending:
        await desk.command(code_command(broker), broker.payout_account)
        await desk.write(lambda connection: registry.note_told(connection, broker))
    return application


async def accept_contract(
    desk: Desk,
    application: Application,
    version: int,
    text_hash: str,
    actor: str,
    user: int = 0,
    approval: int = 0,
) -> Application:
    """One side accepts.

    Args:
        user: who accepts for the broker; else `approval` is the host's four eyes.

    Raises:
        Declined: `wrong_state`; as `Contracts.accept` says.
    """

    def work(connection: Connection) -> Application:
        found = applications.hold(connection, application.id)
        if found.state not in SIGNED:
            raise Declined(
                "wrong_state",
                f"application {found.reference} is {found.state}: no contract is awaited",
                state=found.state,
            )
        CONTRACTS.accept(connection, found.id, version, text_hash, None, user, approval)
        told = {"version": version, "hash": text_hash, "side": "broker" if user else "host"}
        write(connection, HOST, actor, "broker contract", f"broker application:{found.id}", None, **told)
        return found

    return await comes_back(desk, await desk.write(work))


async def comes_back(desk: Desk, application: Application) -> Application:
    """A broker that had lapsed is live again once everything is there (BE-10); else nothing."""
    if application.state is not State.LAPSED:
        return application
    try:
        return await move_quietly(desk, application)
    except Declined:
        return application


async def move_quietly(desk: Desk, application: Application) -> Application:
    def work(connection: Connection) -> Application:
        found = applications.hold(connection, application.id)
        facts = facts_now(desk, connection, found)
        moved = moving.move(connection, found, State.LIVE, Who.SYSTEM, facts, moving.BACK_OFFICE)
        notify_state(connection, desk.seal, letterhead(desk.settings.mail, desk.hosts, moved.brand), moved)
        return moved

    return await tell_core(desk, await desk.write(work))


def must_not_be_over(application: Application) -> None:
    """
    Raises:
        Declined: `wrong_state`.
    """
    if application.state in ENDED:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}")
