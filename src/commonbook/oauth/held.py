"""What clients have of a user, and taking it back. Rules O-15 and O-18.

To grant something at the live venue is to agree to the client's broker (CN-1): grant and consent end each other.
"""

import time

from sqlalchemy import Connection, and_, case, func, select, update

from commonbook.broker import consents
from commonbook.broker.consenting import How
from commonbook.identity.tokens import CANCELED, LIVE, scopes_in
from commonbook.instrument.accounts import master_of
from commonbook.oauth import clients, fast_keys, grants
from commonbook.oauth.model import Held, Scope
from commonbook.people import directory
from commonbook.storage.tables.oauth import oauth_clients, oauth_codes, oauth_grants, oauth_tokens
from commonbook.units import RateE8


def held_of(connection: Connection, user: int, now_ns: int) -> list[Held]:
    """What clients have of a user, the newest first: grants that are in force, and keys that were made with one."""
    renewed = func.max(case((oauth_tokens.c.live, oauth_tokens.c.issued_ns), else_=0))
    alive = func.max(case((oauth_tokens.c.live, oauth_tokens.c.expires_ns), else_=0))
    chosen = (
        select(oauth_grants, renewed.label("issued_ns"))
        .join(oauth_tokens, oauth_tokens.c.grant_id == oauth_grants.c.grant_id)
        .where(oauth_grants.c.user_id == user, oauth_grants.c.state == LIVE)
        .group_by(*oauth_grants.c)
        .having(alive > now_ns)
        .order_by(oauth_grants.c.grant_id)
    )
    rows = connection.execute(chosen).all()
    keys = fast_keys.of_user(connection, user)
    found = []
    for client_id in {row.client_id: None for row in rows} | {key.client_id: None for key in keys}:
        mine = [row for row in rows if row.client_id == client_id]
        made = [key for key in keys if key.client_id == client_id]
        found.append(
            Held(
                client=clients.must_find(connection, client_id),
                scopes=frozenset(Scope(one) for row in mine for one in scopes_in(row.scope)),
                terminals=tuple(row.terminal for row in mine if row.terminal),
                simulated=all(row.simulated for row in mine) and not made,
                cap_e8=RateE8(max((int(row.cap_e8) for row in mine), default=0)),
                since_ns=min([row.created_ns for row in mine] + [key.created_ns for key in made]),
                refreshed_ns=max((int(row.issued_ns) for row in mine), default=0),
                api_key=made[0].api_key if made else "",
            )
        )
    return sorted(found, key=lambda one: -one.since_ns)


def cancel(connection: Connection, user: int, client_id: str, now_ns: int) -> bool:
    """The user takes back all that a client has, the key it has made included; False when it has nothing.

    A consent that was given with it ends as well, unless the broker has something else of the user.

    Args:
        now_ns: engine time, as consents have it.
    """
    mine = and_(oauth_codes.c.client_id == client_id, oauth_codes.c.user_id == user)
    taken = grants.spend_codes(connection, mine)
    taken += grants.end(connection, CANCELED, grants.USER, client_id=client_id, user=user)
    taken += fast_keys.revoke(connection, client_id, user)  # behind the grants: who makes one just now holds its grant
    if not taken:
        return False
    broker = clients.must_find(connection, client_id).broker
    account = directory.find(connection, user).account
    held = held_of(connection, user, time.time_ns())
    if any(one.client.broker == broker and not one.simulated for one in held):
        return True
    by_oauth = any(
        one.broker == broker and one.how is How.OAUTH for one in consents.standing_consents(connection, account)
    )
    if by_oauth and not consents.keys_with(connection, account, broker):
        consents.withdraw(connection, account, broker, now_ns)
    return True


def end_with(connection: Connection, account: int, broker: int) -> int:
    """An account agrees to a broker no more: what the broker's clients have of it ends; gives how much that was."""
    master = master_of(account)
    theirs = select(oauth_clients.c.client_id).where(oauth_clients.c.broker == broker)
    codes = and_(oauth_codes.c.account == master, oauth_codes.c.client_id.in_(theirs))
    spent = grants.spend_codes(connection, and_(codes, oauth_codes.c.simulated.is_(False)))
    mine = and_(oauth_grants.c.account == master, oauth_grants.c.broker == broker, oauth_grants.c.state == LIVE)
    values = {"state": CANCELED, "why": grants.USER, "ended_ns": time.time_ns()}
    ended = connection.execute(update(oauth_grants).where(mine, oauth_grants.c.simulated.is_(False)).values(**values))
    return spent + int(ended.rowcount) + fast_keys.revoke_of(connection, master, broker)


def cancel_all(connection: Connection, user: int) -> None:
    """Of a user who goes."""
    grants.end(connection, CANCELED, grants.USER, user=user)
    for one in fast_keys.of_user(connection, user):
        fast_keys.revoke(connection, one.client_id, user)
