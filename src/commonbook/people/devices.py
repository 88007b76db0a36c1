"""Where a user is signed in, and which browsers have signed it in before. Rule PE-10."""

import json
import time
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import hash_of
from commonbook.people.directory import own_seal
from commonbook.people.rules import place_of
from commonbook.storage.schema import web_sessions
from commonbook.storage.tables.people import devices

AGENT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser calls itself, and the network it came from."""

    agent: str
    place: str

    @classmethod
    def of(cls, agent: str, address: str) -> "Device":
        shown = "".join(one for one in agent if one.isascii() and one.isprintable())
        return cls(shown[:AGENT_CHARACTERS], place_of(address))

    def sealed(self, own: Seal | None) -> str:
        told = json.dumps({"agent": self.agent, "place": self.place})
        return "" if own is None else own.seal(told.encode(), "device")


@dataclass(frozen=True, slots=True)
class SignedIn:
    id: str  # the number of its credential
    device: Device
    created_ns: int
    seen_ns: int
    expires_ns: int
    token_hash: str


def sessions_of(connection: Connection, seal: Seal, user: int, idle_s: int) -> list[SignedIn]:
    """Sessions that are good, the one that was used last first."""
    now_ns = time.time_ns()
    own = own_seal(connection, seal, user)
    chosen = select(web_sessions).where(
        web_sessions.c.user_id == user,
        web_sessions.c.ended.is_(False),
        web_sessions.c.expires_ns > now_ns,
        web_sessions.c.seen_ns > now_ns - idle_s * 1_000_000_000,
    )
    found = []
    for row in connection.execute(chosen.order_by(web_sessions.c.seen_ns.desc())):
        told = {"agent": "", "place": ""}
        if row.device and own is not None:
            told = json.loads(own.unseal(row.device, "device"))
        device = Device(told["agent"], told["place"])
        found.append(SignedIn(str(row.credential), device, row.created_ns, row.seen_ns, row.expires_ns, row.token_hash))
    return found


def end_one(connection: Connection, user: int, session: int) -> bool:
    mine = (web_sessions.c.user_id == user) & (web_sessions.c.credential == session) & web_sessions.c.ended.is_(False)
    return connection.execute(update(web_sessions).where(mine).values(ended=True)).rowcount == 1


def end_all(connection: Connection, user: int, but: str = "") -> int:
    """How many have ended.

    Args:
        but: the hash of the token of the one that stays.
    """
    others = (web_sessions.c.user_id == user) & web_sessions.c.ended.is_(False) & (web_sessions.c.token_hash != but)
    return connection.execute(update(web_sessions).where(others).values(ended=True)).rowcount


def prove(connection: Connection, token: str) -> int:
    """A second factor was shown in a session; when that was."""
    now_ns = time.time_ns()
    mine = web_sessions.c.token_hash == hash_of(token)
    connection.execute(update(web_sessions).where(mine).values(proved_ns=now_ns))
    return now_ns


def is_known(connection: Connection, user: int, device_cookie: str) -> bool:
    if not device_cookie:
        return False
    mine = (devices.c.user_id == user) & (devices.c.device_hash == hash_of(device_cookie))
    return connection.execute(select(devices.c.first_ns).where(mine)).first() is not None


def keep(connection: Connection, user: int, device_cookie: str) -> bool:
    """The browser has signed the user in. Whether it is new, and not the user's first."""
    now_ns = time.time_ns()
    mine = (devices.c.user_id == user) & (devices.c.device_hash == hash_of(device_cookie))
    if connection.execute(update(devices).where(mine).values(seen_ns=now_ns)).rowcount == 1:
        return False
    is_first = connection.execute(select(devices.c.first_ns).where(devices.c.user_id == user)).first() is None
    row = {"user_id": user, "device_hash": hash_of(device_cookie), "first_ns": now_ns, "seen_ns": now_ns}
    connection.execute(insert(devices).values(**row))
    return not is_first
