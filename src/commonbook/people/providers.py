"""By which providers brands' teams sign in, sign-ins that have begun, and whom a provider means. Rules ID-1 to ID-8."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from commonbook.administration import log, roles
from commonbook.administration.roles import Role
from commonbook.errors import BadInput, Declined
from commonbook.identity.provider import Begun, Person, Provider, refused
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import hash_of
from commonbook.people import challenges, directory
from commonbook.people.directory import ACTIVE, PENDING, User
from commonbook.storage.tables.providers import oidc_attempts, oidc_links, oidc_providers

SECOND_NS = 1_000_000_000
GOOD_FOR_S = 600  # from the start to the callback
MAPPED_MOST = 50
ACTOR = "oidc"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun, taken out: nobody ends it a second time."""

    issuer: str
    client: str
    redirect: str
    begun: Begun


def set_up(connection: Connection, seal: Seal, provider: Provider, by: int) -> None:
    """A brand's provider, in place of the one before it; who was linked to that one is not linked to this.

    Raises:
        BadInput: a role that is none, or `owner`, which a provider never gives.
    """
    if bool(provider.role_claim) != bool(provider.role_map) or len(provider.role_map) > MAPPED_MOST:
        raise BadInput(f"a claim and what its values mean go together; {MAPPED_MOST} values at most")
    for value, role in provider.role_map.items():
        if role not in set(Role) - {Role.OWNER}:
            raise BadInput(f"the value {value[:64]!r} cannot stand for {role[:32]!r}: owners are made here, by two")
    before = find(connection, seal, provider.brand)
    if before is not None and before.issuer != provider.issuer:
        connection.execute(delete(oidc_links).where(oidc_links.c.brand == provider.brand))
    connection.execute(delete(oidc_providers).where(oidc_providers.c.brand == provider.brand))
    sealed = seal.seal(provider.secret.encode(), f"oidc:{provider.brand}") if provider.secret else ""
    row = {
        "brand": provider.brand,
        "issuer": provider.issuer,
        "client": provider.client,
        "sealed_secret": sealed,
        "role_claim": provider.role_claim,
        "role_map": json.dumps(dict(provider.role_map), sort_keys=True),
        "changed_by": by,
        "changed_ns": time.time_ns(),
    }
    connection.execute(insert(oidc_providers).values(**row))


def remove(connection: Connection, brand: int) -> None:
    """Nobody signs in by it any more; sign-ins that have begun end nowhere."""
    for table in (oidc_providers, oidc_links, oidc_attempts):
        connection.execute(delete(table).where(table.c.brand == brand))


def find(connection: Connection, seal: Seal, brand: int) -> Provider | None:
    row = connection.execute(select(oidc_providers).where(oidc_providers.c.brand == brand)).first()
    if row is None:
        return None
    secret = seal.unseal(row.sealed_secret, f"oidc:{brand}").decode() if row.sealed_secret else ""
    return Provider(brand, row.issuer, row.client, secret, row.role_claim, json.loads(row.role_map))


def must_find(connection: Connection, seal: Seal, brand: int) -> Provider:
    """
    Raises:
        Declined: `no_such_provider`.
    """
    found = find(connection, seal, brand)
    if found is None:
        raise Declined("no_such_provider", "this brand's team does not sign in by a provider")
    return found


# -- sign-ins ----------------------------------------------------------------------------------------------------------


def begin(connection: Connection, seal: Seal, provider: Provider, browser: str, redirect: str) -> tuple[str, Begun]:
    """A sign-in of one browser: its state, and what the answer must fit (ID-3).

    Args:
        browser: what a cookie of this browser holds.
    """
    now_ns = time.time_ns()
    connection.execute(delete(oidc_attempts).where(oidc_attempts.c.expires_ns <= now_ns))
    state, begun = secrets.token_urlsafe(32), Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    hashed = hash_of(state)
    content = json.dumps({"nonce": begun.nonce, "verifier": begun.verifier}).encode()
    row = {
        "state_hash": hashed,
        "brand": provider.brand,
        "browser_hash": hash_of(browser),
        "issuer": provider.issuer,
        "client": provider.client,
        "sealed": seal.seal(content, f"oidc-attempt:{hashed}"),
        "redirect": redirect,
        "expires_ns": now_ns + GOOD_FOR_S * SECOND_NS,
    }
    connection.execute(insert(oidc_attempts).values(**row))
    return state, begun


def take(connection: Connection, seal: Seal, brand: int, state: str, browser: str) -> Attempt:
    """The sign-in that an answer is to, by the browser that began it; whoever takes it has it, once (ID-4).

    Raises:
        Declined: `not_signed_in`.
    """
    hashed = hash_of(state)
    where = (oidc_attempts.c.state_hash == hashed) & (oidc_attempts.c.brand == brand)
    where &= oidc_attempts.c.browser_hash == hash_of(browser)
    row = connection.execute(select(oidc_attempts).where(where, oidc_attempts.c.expires_ns > time.time_ns())).first()
    if connection.execute(delete(oidc_attempts).where(where)).rowcount != 1 or row is None:
        raise Declined("not_signed_in", "this sign-in is over, was ended before, or was begun in another browser")
    told = json.loads(seal.unseal(row.sealed, f"oidc-attempt:{hashed}"))
    return Attempt(row.issuer, row.client, row.redirect, Begun(told["nonce"], told["verifier"]))


def user_of(connection: Connection, seal: Seal, provider: Provider, person: Person) -> User:
    """The member of the brand's team whom a provider means; nobody is made a member by it (ID-7, ID-8).

    Raises:
        Declined: `not_signed_in`.
    """
    brand = provider.brand
    subject = hashlib.sha256(json.dumps([provider.issuer, person.subject]).encode()).hexdigest()
    where = (oidc_links.c.brand == brand) & (oidc_links.c.subject_hash == subject)
    linked = connection.execute(select(oidc_links.c.user_id).where(where)).scalar()
    user = directory.find(connection, int(linked)) if linked is not None else _invited(connection, seal, brand, person)
    held = roles.roles_of(connection, user.id, brand)
    if user.brand != brand or not held or user.state not in (ACTIVE, PENDING):
        raise refused("whom it is about is not in this brand's team: an owner invites people")
    if linked is None:
        row = {"brand": brand, "subject_hash": subject, "user_id": user.id, "linked_ns": time.time_ns()}
        connection.execute(insert(oidc_links).values(**row))
        log.write(connection, brand, ACTOR, "link user", f"user:{user.id}")
    if user.state == PENDING:
        challenges.give_up(connection, user.id, challenges.INVITATION)
        directory.change(connection, user.id, state=ACTIVE)
    if provider.role_claim:
        _keep_roles(connection, provider, person, user.id, held)
    return directory.find(connection, user.id)


def _invited(connection: Connection, seal: Seal, brand: int, person: Person) -> User:
    try:
        user = directory.with_email(connection, seal, brand, person.email)
    except BadInput:
        user = None
    if user is None:
        raise refused("whom it is about is not in this brand's team: an owner invites people")
    others = select(oidc_links.c.subject_hash).where(oidc_links.c.brand == brand, oidc_links.c.user_id == user.id)
    if connection.execute(others).first() is not None:
        raise refused("this user is linked to somebody else at the provider")
    return user


def _keep_roles(connection: Connection, provider: Provider, person: Person, user: int, held: frozenset[Role]) -> None:
    """The roles that the claim can give are as it says now; an owner's and all others stay as they are.

    Raises:
        Declined: `not_signed_in`: nothing would be left.
    """
    brand = provider.brand
    decided = {Role(role) for role in provider.role_map.values()}
    wanted = {Role(role) for role in person.roles}
    if not (held - decided) | wanted:
        raise refused("it gives no role")
    for role in sorted(wanted - held):
        roles.grant(connection, user, brand, role, 0, time.time_ns())
        log.write(connection, brand, ACTOR, "give role", f"user:{user}", role=role)
    for role in sorted((held & decided) - wanted):
        roles.take_back(connection, user, brand, role)
        log.write(connection, brand, ACTOR, "take role", f"user:{user}", role=role)
