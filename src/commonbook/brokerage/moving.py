"""Moving an application: the rules are asked, the step is kept, the registry follows, in one transaction. Rule BE-5."""

import time
from typing import Any

from sqlalchemy import Connection

from commonbook.administration.log import user_actor, write
from commonbook.administration.roles import HOST
from commonbook.brand import notices
from commonbook.broker import consents
from commonbook.brokerage import applications, places, registry
from commonbook.brokerage.model import Application, Facts, State, Who
from commonbook.brokerage.rules import ENDED, MACHINE, STANDINGS

BACK_OFFICE = "back-office"  # the actor in the log of what follows by itself
TOLD_TO_HOST = (State.SUBMITTED, State.REVIEW, State.LAPSED, State.CLOSED)


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
        application: of `applications.hold`, so that the facts stay what they are.
        actor: as the log names who does it.
        cause: names the act; once it has moved the application, nothing happens when it comes again.
        values: columns that change with the state.

    Raises:
        Declined: as `Machine.must_move` says.
    """
    if applications.TIMELINE.has(connection, application.id, cause):
        return applications.find(connection, application.id)
    MACHINE.must_move(application.state, after, who, facts)
    moment = time.time_ns() if now_ns is None else now_ns
    before, number = application.state, application.id
    if after in ENDED:
        values["open_user"] = None
        given = registry.by_number(connection, application.broker) if application.broker else None
        applications.release_codes(connection, number, but="" if given is None else given.code)
    applications.change(connection, number, state=after.value, changed_ns=moment, **values)
    applications.TIMELINE.add(connection, number, moment, before, after, who, facts.reason, cause)
    told = {"from": before.value, "role": who.value} | ({"reason": facts.reason} if facts.reason else {})
    write(connection, HOST, actor, f"broker {after}", f"broker application:{number}", moment, **told)
    found = applications.find(connection, number)
    if found.broker:
        registry.follow(connection, found, STANDINGS[after], moment)
        _let_act(connection, found, before)
    if after in TOLD_TO_HOST:
        steps = len(applications.TIMELINE.steps(connection, number))
        about: dict[str, Any] = {"reference": found.reference, "title": found.integration.title, "state": after.value}
        notices.tell(connection, HOST, "broker_moved", f"{found.reference}:{steps}", moment, **about)
    return found


def _let_act(connection: Connection, application: Application, before: State) -> None:
    """What a broker may do with what it has of users follows its state."""
    match application.state:
        case State.INTEGRATION:
            places.follow(connection, application)
        case State.LIVE if before is State.CONTRACT:
            places.go_live(connection, application)
        case State.LIVE if before is State.SUSPENDED:
            consents.resume(connection, application.broker)
        case State.SUSPENDED:
            consents.suspend(connection, application.broker)
        case state if state in ENDED:
            places.leave(connection, application.broker)
        case _:
            pass


def log_refused(connection: Connection, application: Application, after: State, actor: str, code: str) -> None:
    """A move that was asked for and not made, with its code."""
    subject = f"broker application:{application.id}"
    write(connection, HOST, actor, "broker refused", subject, None, to=after.value, code=code)


def actor_of(user: int) -> str:
    return user_actor(user)
