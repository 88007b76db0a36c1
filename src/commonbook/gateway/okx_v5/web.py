"""What a web session asks of itself: a ticket for a WebSocket, and its end. Rules I-10 to I-12."""

import time

from commonbook.gateway.okx_v5.codec import Body, object_of
from commonbook.gateway.okx_v5.codes import NOT_PERMITTED, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    states,
)
from commonbook.identity.model import Credential, CredentialKind
from commonbook.identity.sessions import TICKET_S, end_session, issue_ticket


@states(
    "A ticket for the login of one WebSocket; of a web session alone.",
    answers="Ticket",
    codes=(NOT_PERMITTED,),
    is_ours=True,
)
async def ticket(door: Door, call: Call) -> list[Body]:
    """For the `login` of one WebSocket."""
    object_of(call.body)
    session = _session(call)
    now_ns = time.time_ns()
    with door.database.begin() as connection:
        made = issue_ticket(connection, session.api_key, now_ns)
    return [{"ticket": made, "expTime": str(now_ns // 1_000_000 + TICKET_S * 1_000)}]


@states("End the web session.", codes=(NOT_PERMITTED,), is_ours=True)
async def end(door: Door, call: Call) -> list[Body]:
    """Log out: the session and its sockets end within a second."""
    object_of(call.body)
    session = _session(call)
    with door.database.begin() as connection:
        end_session(connection, session.api_key)
    return []


def _session(call: Call) -> Credential:
    if call.credential is None or call.credential.kind is not CredentialKind.SESSION:
        raise Refused(NOT_PERMITTED)
    return call.credential
