"""Documents, logos and domains in the database."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from commonbook.brand.model import Document, Version
from commonbook.errors import Declined
from commonbook.storage.tables.brand import brand_changes, brand_domains, brand_files, brand_versions

# -- versions -----------------------------------------------------------------------------------------------------


def canonical(document: Document) -> str:
    """JSON with one spelling for each document."""
    return msgspec.json.encode(document, order="deterministic").decode()


def hash_of(document: Document) -> str:
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def add_version(
    connection: Connection, brand: int, based_on: int, document: Document, author: str, note: str
) -> Version:
    """The next version. Its insert is the lock: of two that are based on the same one, one comes too late (BR-5).

    Raises:
        Declined: `stale_version`.
    """
    row = {
        "brand": brand,
        "version": based_on + 1,
        "document": canonical(document),
        "hash": hash_of(document),
        "time_ns": time.time_ns(),
        "author": author,
        "note": note,
    }
    newest = newest_number(connection, brand)
    try:
        if newest == based_on:
            connection.execute(insert(brand_versions).values(**row))
            return Version(brand, based_on + 1, document, str(row["hash"]), int(str(row["time_ns"])), author, note)
    except IntegrityError:
        newest = based_on + 1
    why = f"version {based_on} is not the newest any more, {newest} is: read it, and make the change to that"
    raise Declined("stale_version", why, based_on=based_on, newest=newest)


def newest_number(connection: Connection, brand: int) -> int:
    """0 for a brand without a document."""
    found = connection.execute(
        select(func.max(brand_versions.c.version)).where(brand_versions.c.brand == brand)
    ).scalar()
    return int(found or 0)


def newest_numbers(connection: Connection) -> dict[int, int]:
    """Of all brands that have a document."""
    chosen = select(brand_versions.c.brand, func.max(brand_versions.c.version)).group_by(brand_versions.c.brand)
    return {int(brand): int(version) for brand, version in connection.execute(chosen)}


def find_version(connection: Connection, brand: int, version: int) -> Version:
    """
    Raises:
        Declined: `no_such_version`.
    """
    where = (brand_versions.c.brand == brand) & (brand_versions.c.version == version)
    row = connection.execute(select(brand_versions).where(where)).first()
    if row is None:
        raise Declined("no_such_version", f"there is no version {version}")
    return _version(row)


def current(connection: Connection, brand: int) -> Version | None:
    """The newest version; None for a brand without a document."""
    chosen = select(brand_versions).where(brand_versions.c.brand == brand).order_by(brand_versions.c.version.desc())
    row = connection.execute(chosen.limit(1)).first()
    return None if row is None else _version(row)


def versions(connection: Connection, brand: int, most: int, before: int = 2**31 - 1) -> list[Version]:
    """A page of a brand's versions, newest first."""
    chosen = select(brand_versions).where(brand_versions.c.brand == brand, brand_versions.c.version < before)
    return [_version(row) for row in connection.execute(chosen.order_by(brand_versions.c.version.desc()).limit(most))]


def _version(row: Row[Any]) -> Version:
    told = msgspec.json.decode(row.document)
    told.pop("listed", None)  # of versions from before the journal alone said what a brand lists (LI-1)
    document = msgspec.convert(told, Document)
    return Version(row.brand, row.version, document, row.hash, row.time_ns, row.author, row.note)


def changes(connection: Connection) -> int:
    """A number that is another one whenever a version, a domain or a certificate has changed."""
    return int(connection.execute(select(brand_changes.c.count)).scalar_one())


# -- files --------------------------------------------------------------------------------------------------------


def keep_file(connection: Connection, brand: int, kind: str, content: bytes) -> str:
    """Its hash, under which a document names it."""
    hashed = hash_of_file(content)
    where = (brand_files.c.brand == brand) & (brand_files.c.hash == hashed)
    if connection.execute(select(brand_files.c.hash).where(where)).first() is None:
        row = {"brand": brand, "hash": hashed, "kind": kind, "content": content, "added_ns": time.time_ns()}
        connection.execute(insert(brand_files).values(**row))
    return hashed


def hash_of_file(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def file(connection: Connection, brand: int, hashed: str) -> tuple[str, bytes] | None:
    """Kind and content of a brand's own file."""
    where = (brand_files.c.brand == brand) & (brand_files.c.hash == hashed)
    row = connection.execute(select(brand_files.c.kind, brand_files.c.content).where(where)).first()
    return None if row is None else (row.kind, bytes(row.content))


def files_of(connection: Connection, brand: int) -> frozenset[str]:
    found = connection.execute(select(brand_files.c.hash).where(brand_files.c.brand == brand)).scalars()
    return frozenset(found)


# -- domains ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain as a brand has it."""

    domain: str
    brand: int
    token: str
    claimed_ns: int
    is_proved: bool
    method: str
    proved_ns: int
    checked_ns: int
    tried_ns: int
    missed_ns: int
    why: str
    acme_tried_ns: int
    acme_why: str


def keep_domains(connection: Connection, brand: int, domains: Iterable[str]) -> None:
    """What a document names is claimed, each with a token to prove it by; what it does not name is let go."""
    wanted = set(domains)
    there = {one.domain for one in domains_of(connection, brand)}
    gone = (brand_domains.c.brand == brand) & brand_domains.c.domain.in_(there - wanted)
    if there - wanted:
        connection.execute(delete(brand_domains).where(gone))
    for domain in sorted(wanted - there):
        row = {"domain": domain, "brand": brand, "token": secrets.token_hex(24), "claimed_ns": time.time_ns()}
        connection.execute(insert(brand_domains).values(**row))


def domains_of(connection: Connection, brand: int) -> list[Domain]:
    chosen = select(brand_domains).where(brand_domains.c.brand == brand).order_by(brand_domains.c.domain)
    return [_domain(row) for row in connection.execute(chosen)]


def proved_domains(connection: Connection) -> list[Domain]:
    """All that are served, of all brands."""
    chosen = select(brand_domains).where(brand_domains.c.proved.is_not(None)).order_by(brand_domains.c.domain)
    return [_domain(row) for row in connection.execute(chosen)]


def others_domains(connection: Connection, brand: int) -> frozenset[str]:
    """What other brands have proved."""
    chosen = select(brand_domains.c.domain).where(brand_domains.c.brand != brand, brand_domains.c.proved.is_not(None))
    return frozenset(connection.execute(chosen).scalars())


def find_domain(connection: Connection, brand: int, domain: str) -> Domain:
    """
    Raises:
        Declined: `no_such_domain`.
    """
    row = connection.execute(select(brand_domains).where(_mine(brand, domain))).first()
    if row is None:
        raise Declined("no_such_domain", f"the brand names no domain {domain[:80]!r}: put it into its document first")
    return _domain(row)


def due_domains(connection: Connection, claimed_before: int, proved_before: int, missed_before: int) -> list[Domain]:
    """Domains to be looked at: claims, proved ones, and those whose proof is missing, last looked at before a time."""
    table = brand_domains.c
    claims = table.proved.is_(None) & (table.tried_ns < claimed_before)
    proved = table.proved.is_not(None) & (table.missed_ns == 0) & (table.tried_ns < proved_before)
    missed = table.proved.is_not(None) & (table.missed_ns > 0) & (table.tried_ns < missed_before)
    chosen = select(brand_domains).where(or_(claims, proved, missed)).order_by(table.tried_ns)
    return [_domain(row) for row in connection.execute(chosen)]


def note_proved(connection: Connection, one: Domain, method: str, now_ns: int) -> None:
    """
    Raises:
        Declined: `domain_taken`: another brand has proved it.
    """
    values: dict[str, Any] = {"proved": one.domain, "method": method, "checked_ns": now_ns, "tried_ns": now_ns}
    values |= {"missed_ns": 0, "why": ""} | ({} if one.is_proved else {"proved_ns": now_ns})
    taken = Declined("domain_taken", f"{one.domain} is taken")
    others = (brand_domains.c.proved == one.domain) & (brand_domains.c.brand != one.brand)
    if connection.execute(select(brand_domains.c.brand).where(others)).first() is not None:
        raise taken
    try:
        connection.execute(update(brand_domains).where(_mine(one.brand, one.domain)).values(**values))
    except IntegrityError:
        raise taken from None


def note_missing(connection: Connection, one: Domain, why: str, now_ns: int, has_lapsed: bool) -> None:
    """The proof was not found. Whoever had it has it on until it lapses; then it is a claim again."""
    values: dict[str, Any] = {"tried_ns": now_ns, "why": why[:500]}
    if has_lapsed:
        values |= {"proved": None, "missed_ns": 0, "proved_ns": 0}
    elif one.is_proved:
        values |= {"missed_ns": one.missed_ns or now_ns}
    connection.execute(update(brand_domains).where(_mine(one.brand, one.domain)).values(**values))


def note_certificate(connection: Connection, one: Domain, why: str, now_ns: int) -> None:
    """When a certificate was last asked for, and why there is none."""
    values = {"acme_tried_ns": now_ns, "acme_why": why[:500]}
    connection.execute(update(brand_domains).where(_mine(one.brand, one.domain)).values(**values))


def _mine(brand: int, domain: str) -> Any:
    return (brand_domains.c.brand == brand) & (brand_domains.c.domain == domain)


def _domain(row: Row[Any]) -> Domain:
    values = dict(row._mapping)
    return Domain(is_proved=values.pop("proved") is not None, **values)
