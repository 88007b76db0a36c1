"""Moving an application: the rules are asked, the step is kept, the log is written, in one transaction. Rule PA-8."""

import time
from typing import Any

from sqlalchemy import Connection, update

from commonbook.administration.log import HOST_ACTOR, user_actor, write
from commonbook.administration.roles import HOST
from commonbook.errors import Declined
from commonbook.partnership import applications, brands, phases, slots
from commonbook.partnership.model import Application, Facts, State, Terms, Who
from commonbook.partnership.rules import COUNTED, ENDED, must_move
from commonbook.storage.tables import partnership as tables

BACK_OFFICE = "back-office"  # the actor in the log of what follows by itself
LINK = "applicant"  # the actor of whoever has the link


def hold(connection: Connection, number: int) -> Application:
    """An application, to be moved in this transaction: whoever else moves one of its phase waits until it has ended."""
    slots.lock(connection, applications.find(connection, number).phase)
    return applications.find(connection, number)


def move(
    connection: Connection,
    application: Application,
    after: State,
    who: Who,
    facts: Facts,
    actor: str,
    cause: str = "",
    now_ns: int | None = None,
    **values: Any,
) -> Application:
    """Move an application on.

    Args:
        application: of `hold`, so that the facts stay what they are.
        actor: as the log names who does it: `user_actor(...)`, LINK or BACK_OFFICE.
        cause: names the act; once it has moved the application, nothing happens when it comes again.
        values: columns that change with the state.

    Raises:
        Declined: as `rules.must_move` says; `moved_meanwhile`.
    """
    if cause and applications.step_of(connection, application.id, cause) is not None:
        return applications.find(connection, application.id)
    must_move(application.state, after, who, facts)
    moment = time.time_ns() if now_ns is None else now_ns
    values = {"state": after.value, "changed_ns": moment} | values
    if after in ENDED:
        values["held_account"] = None
    before = application.state
    where = (tables.applications.c.application == application.id) & (tables.applications.c.state == before.value)
    if connection.execute(update(tables.applications).where(where).values(**values)).rowcount != 1:
        raise Declined("moved_meanwhile", f"application {application.reference} is not {before} any more: look again")
    if after in ENDED or (after not in COUNTED and before in COUNTED):
        slots.leave(connection, application.phase, application.id)
    applications.add_step(connection, application.id, moment, before, after, who, facts.reason, cause)
    told = {"from": before.value, "role": who.value} | ({"reason": facts.reason} if facts.reason else {})
    act, subject = f"partnership {after}", f"application:{application.id}"
    write(connection, HOST, actor, act, subject, moment, **told)
    found = applications.find(connection, application.id)
    brands.follow(connection, found)
    if found.brand:
        write(connection, found.brand, _as_the_brand_sees(actor, who, found), act, subject, moment, **told)
    return found


def log_refused(connection: Connection, application: Application, after: State, actor: str, code: str) -> None:
    """A move that was asked for and not made, with its code."""
    subject = f"application:{application.id}"
    write(connection, HOST, actor, "partnership refused", subject, None, to=after.value, code=code)


def terms_of(connection: Connection, application: Application) -> Terms:
    """What binds an application: the terms it was submitted under; before, those in force."""
    if application.phase_version:
        return phases.of_version(connection, application.phase, application.phase_version)
    return phases.current(connection, application.phase)


def actor_of(user: int) -> str:
    return user_actor(user) if user else LINK


def _as_the_brand_sees(actor: str, who: Who, application: Application) -> str:
    """A brand's log names its own users, and the host's people as the host (AD-7)."""
    if who in (Who.SCREENING, Who.HOST):
        return HOST_ACTOR
    if who is Who.PARTNER and actor != user_actor(application.owner):
        return LINK  # the applicant's user is another brand's
    return actor
