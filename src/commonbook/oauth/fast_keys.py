"""Fast API keys: an API key that a broker's client makes for a user who has agreed to that. Rule O-13.

Such a key signs requests as any other does, reads and trades, and is associated with the broker. It lives until it is
deleted by the client or taken back by the user.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from commonbook.broker import consents
from commonbook.identity.model import Bearer, NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.storage.schema import api_keys
from commonbook.storage.tables.oauth import oauth_grants, oauth_keys


@dataclass(frozen=True, slots=True)
class FastKey:
    api_key: str
    client_id: str
    created_ns: int


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What the client asks for."""

    label: str
    passphrase: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    is_bound: bool  # to the addresses of the client


def make(
    connection: Connection,
    seal: Seal,
    bearer: Bearer,
    credential: int,
    account: int,
    brand: int,
    wish: KeyWish,
) -> NewKey | None:
    """A new key of the account, associated with the broker; None when the user has one of this broker.

    One that is bound to the client's addresses is held by the broker (BK-1), if the broker has named its own.

    Args:
        bearer: of the token that asks.
        credential: the token's, which is its grant's.
    """
    broker, user = bearer.broker, bearer.user
    revoked = select(api_keys.c.api_key).where(api_keys.c.user_id == user, api_keys.c.revoked)
    earlier = and_(oauth_keys.c.user_id == user, oauth_keys.c.broker == broker, oauth_keys.c.api_key.in_(revoked))
    # What the user has revoked among the API keys makes room. It comes first, so that SQLite locks before the look.
    connection.execute(update(oauth_keys).where(earlier).values(live=False))
    if _live_of(connection, user, broker):
        return None
    permissions, addresses, brokers = wish.permissions, wish.ip_list, frozenset({broker})
    held = wish.is_bound and bool(consents.addresses_of(connection, broker))
    made = create_key(
        *(connection, seal, account, brand, permissions, wish.label, addresses, brokers, wish.passphrase, user),
        held=held,
    )
    row = {
        "api_key": made.api_key,
        "client_id": bearer.client,
        "grant_credential": credential,
        "broker": broker,
        "user_id": user,
        "account": account,
        "bound": wish.is_bound,
        "live": True,
    }
    connection.execute(insert(oauth_keys).values(**row))
    return made


def made_since(connection: Connection, user: int, since_ns: int) -> int:
    """How many of a user's were made, for whichever broker; no other is made before the transaction has ended, where
    there is one already."""
    mine = oauth_keys.c.user_id == user
    connection.execute(update(oauth_keys).where(mine).values(user_id=user))  # a write locks
    chosen = select(func.count()).select_from(oauth_keys.join(api_keys, api_keys.c.api_key == oauth_keys.c.api_key))
    return int(connection.execute(chosen.where(mine, api_keys.c.created_ns > since_ns)).scalar_one())


def delete_of(connection: Connection, user: int, broker: int) -> bool:
    """The one key that a user has of a broker; False when there is none."""
    return _revoke(connection, and_(oauth_keys.c.user_id == user, oauth_keys.c.broker == broker)) > 0


def revoke(connection: Connection, client_id: str, user: int | None = None) -> int:
    """Those that a client has made, for a user or for all; gives how many."""
    which = oauth_keys.c.client_id == client_id
    return _revoke(connection, which if user is None else and_(which, oauth_keys.c.user_id == user))


def revoke_of(connection: Connection, account: int, broker: int) -> int:
    """Those that a broker's clients have made for an account; gives how many."""
    return _revoke(connection, and_(oauth_keys.c.account == account, oauth_keys.c.broker == broker))


def revoke_of_grant(connection: Connection, grant_id: int) -> int:
    """Those that were made with the token of one grant; gives how many."""
    mine = select(oauth_grants.c.credential).where(oauth_grants.c.grant_id == grant_id).scalar_subquery()
    return _revoke(connection, oauth_keys.c.grant_credential == mine)


def bind_anew(connection: Connection, client_id: str, addresses: tuple[str, ...]) -> None:
    """Keys that are bound to a client's addresses work from those that it has now."""
    bound = select(oauth_keys.c.api_key)
    bound = bound.where(oauth_keys.c.client_id == client_id, oauth_keys.c.bound, oauth_keys.c.live)
    connection.execute(update(api_keys).where(api_keys.c.api_key.in_(bound)).values(ip_list=",".join(addresses)))


def of_user(connection: Connection, user: int) -> list[FastKey]:
    """Those that work; one for each broker at the most."""
    chosen = select(oauth_keys.c.api_key, oauth_keys.c.client_id, api_keys.c.created_ns)
    chosen = chosen.join(api_keys, api_keys.c.api_key == oauth_keys.c.api_key)
    chosen = chosen.where(oauth_keys.c.user_id == user, oauth_keys.c.live, api_keys.c.revoked.is_(False))
    return [FastKey(*row) for row in connection.execute(chosen.order_by(api_keys.c.created_ns))]


def _live_of(connection: Connection, user: int, broker: int) -> bool:
    chosen = select(oauth_keys.c.api_key).join(api_keys, api_keys.c.api_key == oauth_keys.c.api_key)
    mine = and_(oauth_keys.c.user_id == user, oauth_keys.c.broker == broker, oauth_keys.c.live)
    return connection.execute(chosen.where(mine, api_keys.c.revoked.is_(False))).first() is not None


def _revoke(connection: Connection, which: ColumnElement[bool]) -> int:
    """Also those that the user has revoked among the API keys already: they are not counted twice."""
    keys = select(oauth_keys.c.api_key).where(which, oauth_keys.c.live)
    working = and_(api_keys.c.api_key.in_(keys), api_keys.c.revoked.is_(False))
    count = int(connection.execute(update(api_keys).where(working).values(revoked=True)).rowcount)
    connection.execute(update(oauth_keys).where(which, oauth_keys.c.live).values(live=False))
    return count
