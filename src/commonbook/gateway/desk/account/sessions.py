"""Where a user is signed in. Rule PE-10."""

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import by_session
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.identity.sessions import hash_of
from commonbook.people import devices


class SessionTold(msgspec.Struct, frozen=True):
    id: str
    device: str  # what the browser calls itself
    place: str  # the network it came from: /24, or /48 of the newer kind
    created_ns: str
    seen_ns: str  # about when it was last used
    current: bool


class Ended(msgspec.Struct, frozen=True):
    ended: int


@get("/sessions", needs=Needs.USER)
async def all_sessions(asked: Asking) -> list[SessionTold]:
    """The one that was used last first."""
    desk, mine = asked.desk, hash_of(asked.token) if asked.token else ""
    idle_s = desk.settings.people.session_idle_s
    found = await desk.read(lambda connection: devices.sessions_of(connection, desk.seal, asked.user, idle_s))
    return [
        SessionTold(
            one.id,
            one.device.agent,
            one.device.place,
            str(one.created_ns),
            str(one.seen_ns),
            one.token_hash == mine,
        )
        for one in found
    ]


@delete("/sessions/{session:str}", needs=Needs.USER, status_code=200)
async def end_one(asked: Asking, session: FromPath[str]) -> Ended:
    """End one, at once; on open sockets within a second or two."""
    by_session(asked)
    which = number(session, "session")
    if not await asked.desk.write(lambda connection: devices.end_one(connection, asked.user, which)):
        raise Declined("no_such_session", f"there is no session {session}")
    return Ended(1)


@delete("/sessions", needs=Needs.USER, status_code=200)
async def end_others(asked: Asking) -> Ended:
    """End all but this one."""
    mine = hash_of(by_session(asked))
    return Ended(await asked.desk.write(lambda connection: devices.end_all(connection, asked.user, mine)))


ROUTES = [all_sessions, end_one, end_others]
