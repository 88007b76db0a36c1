"""What was handed out and is waited for: codes by mail, logins half done, passkey challenges. Rule PE-4.

Whoever is handed a challenge has its handle, long and random; a code beside it went another way, by mail. Both must
come back in time. Handles are kept as hashes, codes as keyed ones, and each challenge is good once.
"""

import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import hash_of
from commonbook.people.directory import blinded
from commonbook.storage.tables.people import challenges

SIGN_UP, LOGIN, PROVE, NEW_PASSKEY, NEW_EMAIL, INVITATION = (
    "sign_up",
    "login",
    "prove",
    "new_passkey",
    "new_email",
    "invitation",
)
CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Challenge:
    handle_hash: str
    brand: int
    user: int  # 0: nobody yet
    code_hash: str
    payload: dict[str, Any]


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def issue(
    connection: Connection,
    seal: Seal,
    purpose: str,
    brand: int,
    life_s: int,
    user: int = 0,
    payload: dict[str, Any] | None = None,
    code: str = "",
) -> str:
    """Hand out a challenge: its handle, which is not to be had again."""
    now_ns = time.time_ns()
    handle = secrets.token_urlsafe(32)
    hashed = hash_of(handle)
    row = {
        "handle_hash": hashed,
        "purpose": purpose,
        "brand": brand,
        "user_id": user,
        "code_hash": _code_hash(seal, hashed, code) if code else "",
        "sealed": seal.seal(json.dumps(payload or {}).encode(), f"challenge:{hashed}"),
        "tries": 0,
        "expires_ns": now_ns + life_s * 1_000_000_000,
    }
    connection.execute(insert(challenges).values(**row))
    connection.execute(delete(challenges).where(challenges.c.expires_ns <= now_ns))
    return handle


def find(connection: Connection, seal: Seal, purpose: str, brand: int, handle: str) -> Challenge | None:
    """A challenge that is there and not over; another brand's is as one that is not there."""
    hashed = hash_of(handle)
    chosen = select(challenges).where(
        challenges.c.handle_hash == hashed,
        challenges.c.purpose == purpose,
        challenges.c.brand == brand,
        challenges.c.expires_ns > time.time_ns(),
    )
    row = connection.execute(chosen).first()
    if row is None:
        return None
    payload: dict[str, Any] = json.loads(seal.unseal(row.sealed, f"challenge:{hashed}"))
    return Challenge(hashed, row.brand, row.user_id, row.code_hash, payload)


def try_code(connection: Connection, seal: Seal, purpose: str, brand: int, handle: str, code: str, most: int) -> bool:
    """Whether a code is right. The try counts, so this is to be committed whatever comes of it."""
    hashed = hash_of(handle)
    left = (challenges.c.handle_hash == hashed) & (challenges.c.tries < most)
    if connection.execute(update(challenges).where(left).values(tries=challenges.c.tries + 1)).rowcount != 1:
        return False
    found = find(connection, seal, purpose, brand, handle)
    return found is not None and hmac.compare_digest(_code_hash(seal, hashed, code), found.code_hash)


def hold(connection: Connection, handle: str) -> None:
    """Lock it, as the first statement of a transaction that will change something by it."""
    where = challenges.c.handle_hash == hash_of(handle)
    connection.execute(update(challenges).where(where).values(tries=challenges.c.tries))


def belongs_to(connection: Connection, handle: str, user: int) -> None:
    """Whoever it has made; what was cut off here is taken up with the same handle."""
    connection.execute(update(challenges).where(challenges.c.handle_hash == hash_of(handle)).values(user_id=user))


def spend(connection: Connection, handle: str) -> bool:
    """True for one: whoever deletes it has it."""
    return connection.execute(delete(challenges).where(challenges.c.handle_hash == hash_of(handle))).rowcount == 1


def give_up(connection: Connection, user: int, purpose: str) -> None:
    """All of a user's that wait for the same."""
    where = (challenges.c.user_id == user) & (challenges.c.purpose == purpose)
    connection.execute(delete(challenges).where(where))


def _code_hash(seal: Seal, handle_hash: str, code: str) -> str:
    return blinded(seal, f"code:{handle_hash}", code.strip())
