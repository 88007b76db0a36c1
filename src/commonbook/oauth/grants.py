"""What users have granted: codes, grants and tokens. Rules O-5 to O-8, O-14 and O-15.

A grant is one yes of a user, and the family of all tokens that came of it: when it ends, all of them have no force.
Of codes and tokens hashes alone are kept.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from commonbook.broker import consents
from commonbook.identity.sessions import hash_of
from commonbook.identity.standing import Standings
from commonbook.identity.tokens import ACCESS, FIRST_CREDENTIAL, LIVE, REFRESH, REVOKED
from commonbook.oauth import fast_keys
from commonbook.oauth.model import Code, Fault
from commonbook.oauth.rules import Wrong
from commonbook.storage.tables.oauth import oauth_codes, oauth_grants, oauth_tokens
from commonbook.units import RateE8

SECOND_NS = 1_000_000_000
KEPT_NS = 24 * 3_600 * SECOND_NS  # what is over is remembered so long, to be told apart from what never was
USER, CLIENT, REUSE, DISABLED = "user", "client", "reuse", "disabled"  # by whom, or by what, a grant was ended


@dataclass(frozen=True, slots=True)
class Grant:
    """A yes that is in force."""

    id: int
    client_id: str
    user: int
    account: int
    scope: str
    terminal: str


# -- codes ------------------------------------------------------------------------------------------------------------


def issue_code(connection: Connection, code: Code) -> str:
    """What stands for a user's yes until the client fetches the tokens."""
    now_ns = time.time_ns()
    connection.execute(delete(oauth_codes).where(oauth_codes.c.expires_ns <= now_ns - KEPT_NS))
    made = secrets.token_urlsafe(32)
    row = {
        "code_hash": hash_of(made),
        "client_id": code.client_id,
        "user_id": code.user,
        "account": code.account,
        "brand": code.brand,
        "redirect": code.redirect,
        "scope": code.scope,
        "challenge": code.challenge,
        "terminal": code.terminal,
        "cap_e8": int(code.cap_e8),
        "simulated": code.simulated,
        "expires_ns": code.expires_ns,
        "used_ns": 0,
        "grant_id": 0,
    }
    connection.execute(insert(oauth_codes).values(**row))
    return made


def take_code(connection: Connection, client_id: str, code: str) -> Code:
    """A code that its client shows for the first time; from now on it is used, whatever becomes of the request.

    One that is shown again ends what came of it, a Fast API key included: one of the two who had it has stolen it
    (O-6).

    Raises:
        Wrong: there is none, or it is over.
    """
    now_ns, mine = time.time_ns(), (oauth_codes.c.code_hash == hash_of(code)) & (oauth_codes.c.client_id == client_id)
    taken = connection.execute(update(oauth_codes).where(mine, oauth_codes.c.used_ns == 0).values(used_ns=now_ns))
    row = connection.execute(select(oauth_codes).where(mine)).first()
    if row is None:
        raise Wrong(Fault.NO_SUCH_CODE, "this client was given no such code")
    if taken.rowcount != 1:
        end(connection, REVOKED, REUSE, grant_id=row.grant_id)
        fast_keys.revoke_of_grant(connection, row.grant_id)
        raise Wrong(Fault.CODE_OVER, "the code was used before: whatever came of it is revoked")
    if row.expires_ns <= now_ns:
        raise Wrong(Fault.CODE_OVER, "the code has expired: ask the user again")
    return Code(
        row.client_id,
        row.user_id,
        row.account,
        row.brand,
        row.redirect,
        row.scope,
        row.challenge,
        row.terminal,
        RateE8(row.cap_e8),
        row.expires_ns,
        row.simulated,
    )


def spend_codes(connection: Connection, which: ColumnElement[bool]) -> int:
    """Codes that no client has fetched anything with yet: what they stand for was taken back; gives how many."""
    unused = and_(which, oauth_codes.c.used_ns == 0)
    return int(connection.execute(update(oauth_codes).where(unused).values(used_ns=time.time_ns())).rowcount)


# -- grants -----------------------------------------------------------------------------------------------------------


def begin(connection: Connection, code: Code, broker: int, shown: str) -> Grant:
    """The grant that a code stands for.

    Args:
        shown: the code as the client showed it, which remembers what came of it.

    Raises:
        Wrong: the user is locked.
    """
    _must_not_be_barred(connection, code.user, code.account)
    highest = connection.execute(select(func.max(oauth_grants.c.credential))).scalar()
    row = {
        "credential": int(highest or FIRST_CREDENTIAL) + 1,
        "client_id": code.client_id,
        "broker": broker,
        "user_id": code.user,
        "account": code.account,
        "brand": code.brand,
        "scope": code.scope,
        "terminal": code.terminal,
        "cap_e8": int(code.cap_e8),
        "simulated": code.simulated,
        "state": LIVE,
        "why": "",
        "created_ns": time.time_ns(),
        "ended_ns": 0,
    }
    made = connection.execute(insert(oauth_grants).values(**row).returning(oauth_grants.c.grant_id)).scalar_one()
    mine = oauth_codes.c.code_hash == hash_of(shown)
    connection.execute(update(oauth_codes).where(mine).values(grant_id=made))
    return Grant(int(made), code.client_id, code.user, code.account, code.scope, code.terminal)


def end(
    connection: Connection,
    state: str,
    why: str,
    grant_id: int | None = None,
    client_id: str | None = None,
    user: int | None = None,
) -> int:
    """End live grants, at once and everywhere within a second; gives how many.

    Args:
        grant_id: this one; or those of `client_id`, of `user`, or of both, and what would become one by a code.
    """
    which = oauth_grants.c.state == LIVE
    if grant_id is None and client_id is None and user is None:
        raise TypeError("whose grants end must be said")
    if grant_id is None:  # codes come first: who fetches tokens at this moment has its code locked
        wanted = ((oauth_codes.c.client_id, client_id), (oauth_codes.c.user_id, user))
        spend_codes(connection, and_(*(column == value for column, value in wanted if value is not None)))
    for column, value in (
        (oauth_grants.c.grant_id, grant_id),
        (oauth_grants.c.client_id, client_id),
        (oauth_grants.c.user_id, user),
    ):
        if value is not None:
            which &= column == value
    ended = update(oauth_grants).where(which).values(state=state, why=why, ended_ns=time.time_ns())
    return int(connection.execute(ended).rowcount)


def hold(connection: Connection, credential: int) -> str:
    """The state of a grant, which stays so until the caller's transaction has ended.

    Args:
        credential: its number in the journal, as its tokens have it.
    """
    mine = oauth_grants.c.credential == credential
    connection.execute(update(oauth_grants).where(mine).values(state=oauth_grants.c.state))  # a write locks
    return str(connection.execute(select(oauth_grants.c.state).where(mine)).scalar() or REVOKED)


def any_of(connection: Connection, client_id: str) -> bool:
    """Whether a client was ever granted anything."""
    mine = select(oauth_grants.c.grant_id).where(oauth_grants.c.client_id == client_id).limit(1)
    return connection.execute(mine).first() is not None


# -- tokens -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A token of either kind, as a client asks of it."""

    kind: str
    grant: Grant
    scope: str
    issued_ns: int
    expires_ns: int
    has_force: bool


def add_token(connection: Connection, kind: str, grant: int, token: str, scope: str, life_s: int) -> None:
    now_ns = time.time_ns()
    connection.execute(delete(oauth_tokens).where(oauth_tokens.c.expires_ns <= now_ns - KEPT_NS))
    row = {
        "token_hash": hash_of(token),
        "kind": kind,
        "grant_id": grant,
        "scope": scope,
        "issued_ns": now_ns,
        "expires_ns": now_ns + life_s * SECOND_NS,
        "live": True,
    }
    connection.execute(insert(oauth_tokens).values(**row))


def refreshable(connection: Connection, client_id: str, token: str) -> Grant:
    """The grant of a refresh token that is good, before it is taken.

    One that was taken before ends its grant: one of the two who had it has stolen it (O-8).

    Raises:
        Wrong: there is none of this client, or it has no force any more.
    """
    found = _row(connection, token)
    if found is None or found.kind != REFRESH or found.client_id != client_id:
        raise Wrong(Fault.WRONG_REFRESH, "this client was given no such refresh token")
    if found.state != LIVE:
        raise Wrong(Fault.REVOKED, "the authorization has ended: ask the user again")
    if not found.live:
        end(connection, REVOKED, REUSE, grant_id=found.grant_id)
        raise Wrong(Fault.REVOKED, "the refresh token was used before: the authorization is revoked")
    if found.expires_ns <= time.time_ns():
        raise Wrong(Fault.EXPIRED, "the refresh token has expired: ask the user again")
    _must_not_be_barred(connection, found.user_id, found.account)
    return _grant(found)


def take_refresh(connection: Connection, grant: Grant, token: str) -> None:
    """Only one request has a refresh token; with it the older access token dies.

    Raises:
        Wrong: another has taken it meanwhile, which ends the grant.
    """
    mine = (oauth_tokens.c.token_hash == hash_of(token)) & oauth_tokens.c.live
    if connection.execute(update(oauth_tokens).where(mine).values(live=False)).rowcount != 1:
        end(connection, REVOKED, REUSE, grant_id=grant.id)
        raise Wrong(Fault.REVOKED, "the refresh token was used before: the authorization is revoked")
    older = (oauth_tokens.c.grant_id == grant.id) & (oauth_tokens.c.kind == ACCESS) & oauth_tokens.c.live
    connection.execute(update(oauth_tokens).where(older).values(live=False))


def find_token(connection: Connection, client_id: str, token: str) -> Found | None:
    """A token of a client, with force or without; another client's is as one that is not there."""
    row = _row(connection, token)
    if row is None or row.client_id != client_id:
        return None
    has_force = row.live and row.state == LIVE and row.expires_ns > time.time_ns()
    has_force = has_force and not _is_barred(connection, row.user_id, row.account)
    has_force = has_force and not consents.is_suspended(connection, row.broker)
    return Found(row.kind, _grant(row), row.token_scope, row.issued_ns, row.expires_ns, has_force)


def _row(connection: Connection, token: str) -> Row[Any] | None:
    """Of the two tables together."""
    chosen = select(oauth_grants, oauth_tokens.c.kind, oauth_tokens.c.live, oauth_tokens.c.issued_ns)
    chosen = chosen.add_columns(oauth_tokens.c.expires_ns, oauth_tokens.c.scope.label("token_scope"))
    chosen = chosen.join(oauth_tokens, oauth_tokens.c.grant_id == oauth_grants.c.grant_id)
    return connection.execute(chosen.where(oauth_tokens.c.token_hash == hash_of(token))).first()


def _grant(row: Row[Any]) -> Grant:
    return Grant(row.grant_id, row.client_id, row.user_id, row.account, row.scope, row.terminal)


def _is_barred(connection: Connection, user: int, account: int) -> bool:
    return Standings(connection, [(user, account)]).of(user, account).is_barred


def _must_not_be_barred(connection: Connection, user: int, account: int) -> None:
    if _is_barred(connection, user, account):
        raise Wrong(Fault.FROZEN, "the account is frozen")
