"""A user's own API keys. Rule PE-11."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, desc, or_, select

from commonbook.identity.model import Permission
from commonbook.identity.service import NEVER_NS, change_where, lapses_ns
from commonbook.people.directory import User
from commonbook.storage.schema import api_keys, key_brokers
from commonbook.storage.tables.people import key_uses


@dataclass(frozen=True, slots=True)
class UsersKey:
    api_key: str
    label: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    created_ns: int
    used_ns: int  # 0: never
    lapses_ns: int  # 0: never
    brokers: tuple[int, ...]  # whose codes it is associated with
    holder: int  # the broker that has it; 0: the user


def list_of(connection: Connection, user: User, now_ns: int) -> list[UsersKey]:
    """Keys that work: those the user has made, and those the host has made for the user's account. Newest first."""
    chosen = select(api_keys, key_uses.c.used_ns).outerjoin(key_uses, key_uses.c.api_key == api_keys.c.api_key)
    rows = connection.execute(chosen.where(_mine(user)).order_by(desc(api_keys.c.credential))).all()
    brokers: dict[str, list[int]] = {}
    holders: dict[str, int] = {}
    of_keys = select(key_brokers).where(key_brokers.c.api_key.in_({row.api_key for row in rows}))
    for one in connection.execute(of_keys.order_by(key_brokers.c.broker)):
        brokers.setdefault(one.api_key, []).append(one.broker)
        if one.held:
            holders[one.api_key] = one.broker
    found = []
    for row in rows:
        used_ns, holder = int(row.used_ns or 0), holders.get(row.api_key, 0)
        until_ns = lapses_ns(row, used_ns, holder != 0)
        if until_ns > now_ns:
            found.append(
                UsersKey(
                    api_key=row.api_key,
                    label=row.label,
                    permissions=frozenset(Permission(one) for one in row.permissions.split(",") if one),
                    ip_list=tuple(one for one in row.ip_list.split(",") if one),
                    created_ns=row.created_ns,
                    used_ns=used_ns,
                    lapses_ns=0 if until_ns == NEVER_NS else until_ns,
                    brokers=tuple(brokers.get(row.api_key, ())),
                    holder=holder,
                )
            )
    return found


def change(
    connection: Connection,
    user: User,
    api_key: str,
    label: str | None = None,
    permissions: frozenset[Permission] | None = None,
    ip_list: tuple[str, ...] | None = None,
    revoked: bool = False,
) -> bool:
    """Change what is given, or revoke it; False when the user has no such key that works."""
    where = and_(api_keys.c.api_key == api_key, _mine(user))
    return change_where(connection, where, label, permissions, ip_list, revoked)


def _mine(user: User) -> ColumnElement[bool]:
    made = api_keys.c.user_id == user.id
    if user.account:
        made = or_(made, and_(api_keys.c.account == user.account, api_keys.c.user_id == 0))
    return and_(made, api_keys.c.revoked.is_(False))
