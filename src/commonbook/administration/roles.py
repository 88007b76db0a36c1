"""Who may do what at a brand. Rules AD-1 and AD-2 of docs/rules/administration.md."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select

from commonbook.errors import Declined
from commonbook.storage.tables.administration import grants

HOST = 0  # the brand number that stands for the host


class Role(StrEnum):
    OWNER = "owner"
    OPERATIONS = "operations"
    FINANCE = "finance"
    SUPPORT = "support"
    COMPLIANCE = "compliance"
    MARKETING = "marketing"
    READ_ONLY = "read_only"


class May(StrEnum):
    """What a route or an act asks of who calls it."""

    LOOK = "look"  # at what the brand is and does, users apart
    STAFF = "staff"  # give and take roles, offer the contract, close the brand
    BRAND = "brand"  # looks, texts, domains, certificates
    MARKETS = "markets"  # listings, pairs, market makers
    FEES = "fees"  # schedules, promotions, ladders
    MONEY = "money"  # statements, releases, invoices, treasury
    USERS = "users"  # see the brand's users; help them
    RESTRICT = "restrict"  # stop, limit and erase users
    TELL = "tell"  # announcements, campaigns, banners
    LOG = "log"  # read the audit log
    APPROVE = "approve"  # be the second pair of eyes


_EVERYONE = frozenset({May.LOOK})
ALLOWED: dict[Role, frozenset[May]] = {
    Role.OWNER: frozenset(May),
    Role.OPERATIONS: _EVERYONE | {May.BRAND, May.MARKETS, May.TELL, May.USERS, May.LOG, May.APPROVE},
    Role.FINANCE: _EVERYONE | {May.FEES, May.MONEY, May.LOG, May.APPROVE},
    Role.SUPPORT: _EVERYONE | {May.USERS},
    Role.COMPLIANCE: _EVERYONE | {May.USERS, May.RESTRICT, May.LOG, May.APPROVE},
    Role.MARKETING: _EVERYONE | {May.TELL, May.BRAND},
    Role.READ_ONLY: _EVERYONE,
}


@dataclass(frozen=True, slots=True)
class Grant:
    user: int
    brand: int
    role: Role
    granted_by: int
    granted_ns: int


def roles_of(connection: Connection, user: int, brand: int) -> frozenset[Role]:
    chosen = select(grants.c.role).where(grants.c.user_id == user, grants.c.brand == brand)
    return frozenset(Role(one) for one in connection.execute(chosen).scalars())


def allowed(roles: frozenset[Role]) -> frozenset[May]:
    """Everything that any of the roles may."""
    return frozenset().union(*(ALLOWED[role] for role in roles))


def staff_of(connection: Connection, brand: int) -> list[Grant]:
    chosen = select(grants).where(grants.c.brand == brand).order_by(grants.c.user_id, grants.c.role)
    return [
        Grant(row.user_id, row.brand, Role(row.role), row.granted_by, row.granted_ns)
        for row in connection.execute(chosen)
    ]


def grant(connection: Connection, user: int, brand: int, role: Role, granted_by: int, now_ns: int) -> bool:
    """Give a role; False when the user has it already."""
    if role in roles_of(connection, user, brand):
        return False
    row = {"user_id": user, "brand": brand, "role": role.value, "granted_by": granted_by, "granted_ns": now_ns}
    connection.execute(insert(grants).values(**row))
    return True


def take_back(connection: Connection, user: int, brand: int, role: Role) -> bool:
    """Take a role away; False when the user does not have it.

    Raises:
        Declined: `last_owner`: a brand without an owner could never be given one again.
    """
    where = (grants.c.user_id == user) & (grants.c.brand == brand) & (grants.c.role == role.value)
    if role not in roles_of(connection, user, brand):
        return False
    if role is Role.OWNER:
        owners = select(func.count()).select_from(grants)
        owners = owners.where(grants.c.brand == brand, grants.c.role == Role.OWNER.value)
        if connection.execute(owners).scalar_one() == 1:
            raise Declined("last_owner", f"user {user} is the last owner: give the role to another user first")
    connection.execute(delete(grants).where(where))
    return True
