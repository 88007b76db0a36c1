"""Moving applications from a desk: the move in the database, then the commands that follow from it.

A process may die between the two: what is to be stopped or paid stands in the tables, and the back office sends it as
well (`partnership.upkeep`). Every command may come twice and has its effect once.
"""

import time
from functools import partial
from typing import Any

from sqlalchemy import Connection

from commonbook.administration import approvals
from commonbook.administration.log import write
from commonbook.administration.roles import HOST
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.gateway.desk.program.told import facts_now
from commonbook.instrument.accounts import stake_account
from commonbook.partnership import applications, moving, phases, slots, stake
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.facts import SECOND_NS
from commonbook.partnership.letters import letterhead_of, notify_state
from commonbook.partnership.model import Application, State, Terms, Who
from commonbook.partnership.rules import must_be_whole
from commonbook.partnership.slots import Slot
from commonbook.partnership.upkeep import note_stopped, stop_command

ATTEMPTS = 100  # to lock a stake while others take one slot after the other


async def move(
    desk: Desk,
    application: Application,
    after: State,
    who: Who,
    actor: str,
    reason: str = "",
    cause: str = "",
    **values: Any,
) -> Application:
    """Move an application on, by the facts as they are now.

    Raises:
        Declined: as `moving.move` says; it is in the log with its code.
    """

    def work(connection: Connection) -> Application:
        found = moving.hold(connection, application.id)
        facts = facts_now(desk, connection, found, reason)
        moved = moving.move(connection, found, after, who, facts, actor, cause, **values)
        notify_state(connection, desk.seal, letterhead_of(desk.settings), moved, reason)
        return moved

    try:
        moved = await desk.write(work)
    except Declined as declined:
        code = declined.code
        await desk.write(lambda connection: moving.log_refused(connection, application, after, actor, code))
        raise
    return await settle_stop(desk, moved)


async def settle_stop(desk: Desk, application: Application) -> Application:
    """Have the live venue stop the application's brand, or let it trade, where that is still to be done."""
    if not application.stop_pending:
        return application
    await desk.command(stop_command(application), 0)
    await desk.write(lambda connection: note_stopped(connection, application))
    return await desk.read(lambda connection: applications.find(connection, application.id))


async def submit(asked: Asked, application: Application) -> Application:
    """The applicant submits a draft; the terms that are in force now bind from here on."""
    desk = asked.desk
    terms = await desk.read(lambda connection: phases.current(connection, application.phase))
    actor = actor_of(asked)
    return await move(desk, application, State.SUBMITTED, Who.APPLICANT, actor, phase_version=terms.version)


async def leave(desk: Desk, application: Application, who: Who, actor: str, cause: str = "") -> Application:
    """Offboarding begins; a brand that is live, or was, has the contract's notice period.

    It ends at a whole second: the brand's document tells it as a number, and a browser, which has 53 bits for one, must
    be able to send back what it was told.
    """
    notice = await desk.read(lambda connection: CONTRACTS.notice_ns(connection, application.id))
    was_live = application.state in (State.LIVE, State.SUSPENDED)
    ends_s = -(-(time.time_ns() + notice) // SECOND_NS) if was_live and notice else time.time_ns() // SECOND_NS
    return await move(desk, application, State.OFFBOARDING, who, actor, cause=cause, notice_ends_ns=ends_s * SECOND_NS)


# -- the stake --------------------------------------------------------------------------------------------------------


async def lock_stake(desk: Desk, application: Application, amount: int) -> Application:
    """Lock the whole stake, and have the application's slot with it. Asked again, or by many, it is locked once.

    Args:
        amount: ledger units: all of the stake, so that nobody pledges what they do not know.

    Raises:
        Declined: `quota_full`, `stake_too_small`, `stake_too_large`, `insufficient_funds`, `not_claimed`,
            `wrong_state`.

    Source: docs/rules/partnership.md, PA-13 and PA-14.
    """
    for _ in range(ATTEMPTS):
        found, terms, slot = await desk.write(lambda connection: _reserve(desk, connection, application.id, amount))
        if slot is None:
            return found
        commands = stake.lock_commands(desk.venue, found, terms, slot)
        try:
            await desk.command(commands, found.account, stake_account(found.account))
        except Declined as declined:
            # History that has come as far as the refusal knows whose the key is, if it is anybody's.
            now = await desk.door.read(lambda connection: applications.find(connection, application.id), found.account)
            await desk.write(partial(slots.let_go, slot=slot, application=application.id))
            if now.state is not State.DEPOSIT_PENDING:
                continue
            if declined.code == "refused_insufficient_funds":
                text = (
                    f"account {found.account} has less than the stake of {terms.stake} units of {terms.asset} available"
                )
                raise Declined("insufficient_funds", f"{text}: move it to the trading account first") from None
            if declined.code != "refused_duplicate_key":
                raise
        else:
            await desk.door.read(lambda connection: None, found.account)
    raise Declined("moved_meanwhile", "many stakes are being locked just now: try again in a minute")


def _reserve(desk: Desk, connection: Connection, number: int, amount: int) -> tuple[Application, Terms, Slot | None]:
    """The application, its terms, and a slot for its stake; none when it has its stake already."""
    found = moving.hold(connection, number)  # waits for a stake that is being projected
    terms = moving.terms_of(connection, found)
    if stake.counted_stake(connection, number) is not None:
        return found, terms, None
    if found.state is not State.DEPOSIT_PENDING:
        raise Declined("wrong_state", f"application {found.reference} is {found.state}: no stake is awaited")
    if not found.account:
        raise Declined("not_claimed", "a user with a trading account must claim it: sign in and use the link")
    must_be_whole(amount, terms)
    quota = phases.current(connection, found.phase).quota
    patience_ns = desk.settings.partnership.reservation_s * SECOND_NS
    slot = slots.reserve(connection, found.phase, number, quota, patience_ns)
    return found, terms, None if slot.locked else slot


async def return_stake(
    desk: Desk, application: Application, obligations: list[tuple[int, int, str]], actor: str
) -> Application:
    """Decide what becomes of the stake, stop the brand, pay, and close. May be done again from wherever it was left.

    Args:
        obligations: (account, ledger units, reason) of each; the rest goes back to the partner.

    Raises:
        Declined: `wrong_state`, `notice_running`, `obligations_above_stake`, `settled` otherwise, `no_such_account`.
    """

    def decide(connection: Connection) -> Application:
        found = moving.hold(connection, application.id)
        if found.state is State.CLOSED:
            return found
        if found.state is not State.OFFBOARDING:
            raise Declined("wrong_state", f"application {found.reference} is {found.state}: its stake stays")
        if found.notice_ends_ns > time.time_ns():
            raise Declined("notice_running", f"the notice period ends at {found.notice_ends_ns}")
        row = stake.counted_stake(connection, found.id)
        if row is not None and row.state == stake.LOCKED:
            stake.settle(connection, row, obligations)
        elif row is not None and _decided(connection, row) != sorted(obligations):
            raise Declined("settled", "what becomes of this stake was decided otherwise before")
        if found.brand and not found.stopped:
            applications.change(connection, found.id, stopped=True, stop_pending=True)
        return applications.find(connection, found.id)

    for account, _, _ in obligations:
        if account not in desk.venue.accounts or account == stake_account(application.account):
            raise Declined("no_such_account", f"there is no account {account} to be paid")
    found = await settle_stop(desk, await desk.write(decide))
    await pay_stakes(desk, found)
    return await close(desk, found, actor)


def _decided(connection: Connection, row: Any) -> list[tuple[int, int, str]]:
    return sorted((one.account, one.amount, one.reason) for one in stake.payments_of(connection, row) if one.number)


async def pay_stakes(desk: Desk, application: Application) -> None:
    """Send every payment that is still due of an application's stakes."""
    for row in await desk.read(lambda connection: stake.to_be_returned(connection, application.id)):
        transfers = await desk.read(partial(stake.return_commands, stake=row))
        for transfer in transfers if transfers is not None else []:
            try:
                await desk.command(transfer.reshape(1), row.account, stake_account(row.account))
            except Declined as declined:
                if declined.code != "refused_duplicate_key":
                    raise
        await desk.door.read(lambda connection: None, row.account)  # history knows of it from here on


async def close(desk: Desk, application: Application, actor: str) -> Application:
    """Close what is over; where something is still awaited, the back office does it later."""
    try:
        return await move(desk, application, State.CLOSED, Who.SYSTEM, actor)
    except Declined:
        return await desk.read(lambda connection: applications.find(connection, application.id))


# -- the contract -----------------------------------------------------------------------------------------------------


async def accept_contract(
    desk: Desk,
    application: Application,
    version: int,
    text_hash: str,
    actor: str,
    partner: int = 0,
    approval: int = 0,
) -> Application:
    """One side accepts; when both have, an application that awaited it is contracted.

    Args:
        partner: the user who accepts for the partner; else `approval` is the host's four eyes.
    """

    def work(connection: Connection) -> Application:
        found = moving.hold(connection, application.id)
        if stake.counted_stake(connection, found.id) is None or found.state in (State.OFFBOARDING, State.CLOSED):
            raise Declined("wrong_state", f"application {found.reference} is {found.state}: no contract is awaited")
        CONTRACTS.accept(connection, found.id, version, text_hash, None, partner, approval)
        facts = facts_now(desk, connection, found)
        if found.state is State.DEPOSIT_LOCKED and facts.partner_accepted and facts.host_accepted:
            found = moving.move(connection, found, State.CONTRACTED, Who.PARTNER if partner else Who.HOST, facts, actor)
            notify_state(connection, desk.seal, letterhead_of(desk.settings), found)
        told = {"version": version, "hash": text_hash, "side": "partner" if partner else "host"}
        write(connection, HOST, actor, "partnership contract", f"application:{found.id}", None, **told)
        return found

    return await desk.write(work)


def actor_of(asked: Asked) -> str:
    return moving.actor_of(asked.credential.user if asked.credential is not None else 0)


def actor_of_approval(approval: approvals.Approval) -> str:
    return moving.actor_of(approval.decided_by)
