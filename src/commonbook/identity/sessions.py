"""Web sessions: what a browser has instead of an API key. Rules I-10 to I-12 and I-15 of docs/rules/identity.md."""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from commonbook.identity.model import Credential, CredentialKind, Denial, Permission
from commonbook.identity.standing import Standings
from commonbook.storage.schema import web_sessions, web_tickets

FIRST_CREDENTIAL = 1 << 31  # sessions count from here, API keys from 1: a kill switch reaches either by its number
PERMISSIONS = frozenset({Permission.READ, Permission.TRADE})
TICKET_S = 30


@dataclass(frozen=True, slots=True)
class NewSession:
    """What is shown once: the cookie's value, and what each request that changes something must carry beside it."""

    token: str
    csrf: str


def open_session(
    connection: Connection,
    account: int,
    brand: int,
    lifetime_s: int,
    user: int = 0,
    proved_ns: int = 0,
    device: str = "",
) -> NewSession:
    """A session of an account, whose owner has been proved by whoever calls this.

    Args:
        account: 0 for the host's own people, who have none.
        user: whose it is, where the owner is known by name and not by the account alone.
        proved_ns: when a second factor was shown; 0 for not at all.
        device: sealed, for the owner to recognise it.
    """
    token = secrets.token_urlsafe(32)
    new = NewSession(token, csrf_of(token))
    highest = connection.execute(select(func.max(web_sessions.c.credential))).scalar()
    now_ns = time.time_ns()
    row = {
        "token_hash": hash_of(new.token),
        "credential": int(highest or FIRST_CREDENTIAL) + 1,
        "account": account,
        "brand": brand,
        "csrf_hash": hash_of(new.csrf),
        "created_ns": now_ns,
        "expires_ns": now_ns + lifetime_s * 1_000_000_000,
        "ended": False,
        "user_id": user,
        "proved_ns": proved_ns,
        "seen_ns": now_ns,
        "device": device,
    }
    connection.execute(insert(web_sessions).values(**row))
    return new


def csrf_of(token: str) -> str:
    """The CSRF token of a session: made from the cookie, so that a page that has lost it can be told it once more, and
    no use to a foreign page, which cannot read the answer."""
    digest = hmac.digest(token.encode(), b"csrf", "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def end_session(connection: Connection, token_hash: str) -> bool:
    """False when there is no such session, or it has ended already."""
    where = (web_sessions.c.token_hash == token_hash) & web_sessions.c.ended.is_(False)
    return connection.execute(update(web_sessions).where(where).values(ended=True)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has been found and may still be good."""

    credential: Credential
    csrf_hash: str
    expires_ns: int
    seen_ns: int = 0


def load_session(connection: Connection, token_hash: str) -> Session | None:
    """A session that has not ended, of a user who is not barred; whether its time is over is for the reader to see."""
    where = (web_sessions.c.token_hash == token_hash) & web_sessions.c.ended.is_(False)
    row = connection.execute(select(web_sessions).where(where)).first()
    if row is None or Standings(connection, [(row.user_id, row.account)]).of(row.user_id, row.account).is_barred:
        return None
    credential = Credential(
        id=row.credential,
        api_key=token_hash,
        account=row.account,
        brand=row.brand,
        label="web",
        permissions=PERMISSIONS,
        ip_list=(),
        secret=b"",
        passphrase_hash="",
        brokers=frozenset(),
        kind=CredentialKind.SESSION,
        user=row.user_id,
        proved_ns=row.proved_ns,
    )
    return Session(credential, row.csrf_hash, row.expires_ns, row.seen_ns)


def admit(
    session: Session | None, csrf: str, changes: bool, permission: Permission | None, now_ns: int
) -> Credential | Denial:
    """I-11: a session that is there and not over; and its CSRF token, when something may be changed."""
    if session is None or session.expires_ns <= now_ns:
        return Denial.NO_SESSION
    if changes and not hmac.compare_digest(hash_of(csrf), session.csrf_hash):
        return Denial.BAD_CSRF
    if permission is not None and permission not in session.credential.permissions:
        return Denial.NOT_PERMITTED
    return session.credential


# -- tickets ----------------------------------------------------------------------------------------------------------


def issue_ticket(connection: Connection, token_hash: str, now_ns: int) -> str:
    """What logs a WebSocket in, once and soon: a browser cannot set headers there, and a cookie alone is anyone's."""
    connection.execute(delete(web_tickets).where(web_tickets.c.expires_ns <= now_ns))
    ticket = secrets.token_urlsafe(32)
    row = {"ticket_hash": hash_of(ticket), "token_hash": token_hash, "expires_ns": now_ns + TICKET_S * 1_000_000_000}
    connection.execute(insert(web_tickets).values(**row))
    return ticket


def redeem_ticket(connection: Connection, ticket: str, now_ns: int) -> str | None:
    """The session's token hash; None for a ticket that is unknown, over or used. Whoever deletes it has it."""
    hashed = hash_of(ticket)
    chosen = select(web_tickets).where(web_tickets.c.ticket_hash == hashed, web_tickets.c.expires_ns > now_ns)
    row = connection.execute(chosen).first()
    taken = connection.execute(delete(web_tickets).where(web_tickets.c.ticket_hash == hashed)).rowcount
    return None if row is None or taken != 1 else str(row.token_hash)


def hash_of(token: str) -> str:
    """Tokens are long and random, so that a plain hash tells nothing of them."""
    return hashlib.sha256(token.encode()).hexdigest()
