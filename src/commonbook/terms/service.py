"""Publishing texts, accepting them, and who may order. Rules T-1 to T-8 of docs/rules/terms.md."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from commonbook.errors import Declined, Mismatch
from commonbook.instrument.accounts import master_of
from commonbook.storage.tables.people import users
from commonbook.storage.tables.terms import (
    terms_acceptances,
    terms_countries,
    terms_languages,
    terms_texts,
    terms_versions,
)
from commonbook.terms import rules
from commonbook.terms.model import EVERYWHERE, Acceptance, Audience, Kind, Line, Text, Version

TOGETHER = 500  # rows in one query


# -- publishing -----------------------------------------------------------------------------------------------------


def publish(
    connection: Connection,
    line: Line,
    texts: Mapping[str, str],
    author: int,
    is_material: bool,
    effective_ns: int = 0,
) -> Version:
    """A new version of a line; it is in force from its effective time on (T-2).

    Args:
        texts: by language, at least one.
        effective_ns: wall clock; 0: at once.

    Raises:
        BadInput: a text, a language or a country that is none.
        Declined: `not_your_text`, `no_text`, `effective_in_the_past`, `effective_before_the_last`.
    """
    rules.may_publish(line.brand, line.role)
    rules.country(line.country)
    now_ns = time.time_ns()
    canonical = {rules.language(language): rules.canonical(text) for language, text in texts.items()}
    if not canonical:
        raise Declined("no_text", "a version needs its text in one language at least")
    if effective_ns and effective_ns < now_ns:
        raise Declined("effective_in_the_past", "a text holds from now on or from a later time: leave the time out")
    effective_ns = effective_ns or now_ns
    before = versions_of(connection, line)
    if before and before[-1].effective_ns > effective_ns:
        last = before[-1]
        raise Declined(
            "effective_before_the_last",
            f"version {last.number} is to hold from {last.effective_ns} ns on: withdraw it, or choose a later time",
            effective_ns=str(last.effective_ns),
        )
    row = {
        "brand": line.brand,
        "country": line.country,
        "role": line.role.value,
        "kind": line.kind.value,
        "number": (before[-1].number if before else 0) + 1,
        "effective_ns": effective_ns,
        "is_material": is_material or not before,
        "author": author,
        "published_ns": now_ns,
    }
    made = connection.execute(insert(terms_versions).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    for language, text in canonical.items():
        keep_text(connection, text)
        told = {"version": number, "language": language, "hash": rules.hash_of(text)}
        connection.execute(insert(terms_languages).values(**told))
    return find(connection, number)


def keep_text(connection: Connection, text: str) -> None:
    """Keep a canonical text under its hash, for whoever reads it by `read_text`."""
    hashed = rules.hash_of(text)
    if connection.execute(select(terms_texts.c.hash).where(terms_texts.c.hash == hashed)).first() is None:
        connection.execute(insert(terms_texts).values(hash=hashed, text=text))


def withdraw(connection: Connection, version: Version) -> None:
    """Take back a version that is not in force yet.

    Raises:
        Declined: `in_force`.
    """
    where = (terms_versions.c.version == version.id) & (terms_versions.c.effective_ns > time.time_ns())
    if connection.execute(delete(terms_versions).where(where)).rowcount != 1:
        raise Declined("in_force", f"version {version.id} is in force: publish another in its place")
    connection.execute(delete(terms_languages).where(terms_languages.c.version == version.id))
    connection.execute(delete(terms_acceptances).where(terms_acceptances.c.version == version.id))


# -- reading --------------------------------------------------------------------------------------------------------


def find(connection: Connection, number: int, brand: int | None = None) -> Version:
    """
    Args:
        brand: another brand's version is as one that is not there; None asks of any brand.

    Raises:
        Declined: `no_such_version`.
    """
    row = connection.execute(select(terms_versions).where(terms_versions.c.version == number)).first()
    if row is None or (brand is not None and row.brand != brand):
        raise Declined("no_such_version", f"there is no version {number}")
    return _version(row)


def versions_of(connection: Connection, line: Line) -> list[Version]:
    """Oldest first."""
    table = terms_versions.c
    where = (
        (table.brand == line.brand)
        & (table.country == line.country)
        & (table.role == line.role.value)
        & (table.kind == line.kind.value)
    )
    found = connection.execute(select(terms_versions).where(where).order_by(table.number))
    return [_version(row) for row in found]


def all_versions(
    connection: Connection, brands: Iterable[int] | None = None, role: Audience | None = None
) -> list[Version]:
    chosen = select(terms_versions)
    if brands is not None:
        chosen = chosen.where(terms_versions.c.brand.in_(sorted(set(brands))))
    if role is not None:
        chosen = chosen.where(terms_versions.c.role == role.value)
    return [_version(row) for row in connection.execute(chosen.order_by(terms_versions.c.version))]


def texts_of(connection: Connection, version: int) -> list[Text]:
    """A version's languages, by their tags."""
    chosen = select(terms_languages).where(terms_languages.c.version == version).order_by(terms_languages.c.language)
    return [Text(row.version, row.language, row.hash) for row in connection.execute(chosen)]


def in_language(texts: list[Text], wanted: str) -> Text:
    """The text in a language, else in the language without its region, else in English, else the first."""
    tags = (wanted, wanted.partition("-")[0], "en")
    return next((one for tag in tags for one in texts if one.language == tag), texts[0])


def read_text(connection: Connection, hashed: str, brand: int | None = None) -> str:
    """
    Args:
        brand: a text that neither it nor the host has published is as one that is not there; None asks of any.

    Raises:
        Declined: `no_such_text`.
        Mismatch: what is kept is not what its name says.
    """
    chosen = select(terms_texts.c.text).where(terms_texts.c.hash == hashed)
    if brand is not None:
        published = select(terms_languages.c.hash).join(
            terms_versions, terms_versions.c.version == terms_languages.c.version
        )
        chosen = chosen.where(terms_texts.c.hash.in_(published.where(terms_versions.c.brand.in_((brand, rules.HOST)))))
    text: str | None = connection.execute(chosen).scalar()
    if text is None:
        raise Declined("no_such_text", f"there is no text {hashed[:64]}")
    if rules.hash_of(text) != hashed:
        raise Mismatch(f"text {hashed} has been changed: restore it from a backup")
    return text


def country_of(connection: Connection, user: int) -> str:
    found: str | None = connection.execute(
        select(terms_countries.c.country).where(terms_countries.c.user_id == user)
    ).scalar()
    return found or EVERYWHERE


def set_country(connection: Connection, user: int, country: str) -> None:
    """Whose country's texts hold for a user (T-4)."""
    rules.country(country)
    where = terms_countries.c.user_id == user
    if connection.execute(update(terms_countries).where(where).values(country=country)).rowcount == 0:
        connection.execute(insert(terms_countries).values(user_id=user, country=country))


def first_country(connection: Connection, user: int, country: str) -> None:
    """The country that a user tells, where none is known yet; another one is put right by compliance (T-4)."""
    if country_of(connection, user) == EVERYWHERE:
        set_country(connection, user, country)


def accepted_by(connection: Connection, user: int) -> dict[int, int]:
    """Versions that a user has accepted, and when."""
    chosen = select(terms_acceptances.c.version, terms_acceptances.c.accepted_ns)
    rows = connection.execute(chosen.where(terms_acceptances.c.user_id == user))
    return {row.version: row.accepted_ns for row in rows}


def acceptances_of(connection: Connection, user: int) -> list[tuple[Version, Acceptance]]:
    """What a user has accepted, also where another version holds by now; the newest first."""
    mine = terms_acceptances.c
    chosen = (
        select(
            terms_versions,
            mine.user_id,
            mine.language,
            mine.hash,
            mine.accepted_ns,
            mine.address_prefix,
            mine.credential,
        )
        .join(terms_acceptances, terms_versions.c.version == mine.version)
        .where(mine.user_id == user)
        .order_by(mine.accepted_ns.desc(), mine.version.desc())
    )
    return [(_version(row), _acceptance(row)) for row in connection.execute(chosen)]


def acceptances(connection: Connection, version: int) -> int:
    """How many users have accepted a version."""
    chosen = select(func.count()).select_from(terms_acceptances).where(terms_acceptances.c.version == version)
    return int(connection.execute(chosen).scalar_one())


@dataclass(frozen=True, slots=True)
class Held:
    """A text that holds for a user, or will: of one role and kind."""

    version: Version
    is_in_force: bool
    accepted_ns: int  # 0: not
    is_due: bool  # it is in force and must be accepted


def held(
    connection: Connection, user: int, brand: int, country: str, roles: Iterable[Audience], now_ns: int
) -> list[Held]:
    """The texts for a user: for each role and kind the one in force, and those to come."""
    accepted = accepted_by(connection, user) if user else {}
    found = []
    wanted = list(roles)
    versions = all_versions(connection, {brand, rules.HOST})
    lines = rules.lines_for(versions, brand, country, wanted, now_ns)
    first_own = rules.first_of_country(versions, brand, country, wanted, lines.values())
    for line in lines.values():
        now, due = rules.in_force(line, now_ns), rules.must_accept(line, accepted, now_ns)
        for one in line:
            if one is now or one.effective_ns > now_ns:
                found.append(Held(one, one is now, accepted.get(one.id, 0), one is due))
    return found + [Held(one, False, accepted.get(one.id, 0), False) for one in first_own if one.effective_ns > now_ns]


# -- accepting ------------------------------------------------------------------------------------------------------


def accept(
    connection: Connection,
    user: int,
    brand: int,
    roles: Iterable[Audience],
    hashes: Iterable[str],
    address: str,
    credential: int,
) -> int:
    """A user accepts texts by their hashes: of what is in force for them, or is to come (T-6).

    Returns:
        how many versions were accepted; one that was before keeps its first acceptance.

    Raises:
        Declined: `no_such_text`: it is none of those that hold for this user. Nothing is accepted then.
    """
    now_ns = time.time_ns()
    offered: dict[str, list[Text]] = {}
    for one in held(connection, user, brand, country_of(connection, user), roles, now_ns):
        for text in texts_of(connection, one.version.id):
            offered.setdefault(text.hash, []).append(text)
    chosen = []
    for hashed in hashes:
        if hashed not in offered:
            raise Declined("no_such_text", f"no text {hashed[:64]} holds for you: read them at GET /account/v1/terms")
        chosen += offered[hashed]
    before = accepted_by(connection, user)
    new = {text.version: text for text in chosen if text.version not in before}
    for text in new.values():
        row = {
            "user_id": user,
            "version": text.version,
            "language": text.language,
            "hash": text.hash,
            "accepted_ns": now_ns,
            "address_prefix": rules.address_prefix(address),
            "credential": credential,
        }
        connection.execute(insert(terms_acceptances).values(**row))
    return len(new)


# -- who may order --------------------------------------------------------------------------------------------------


def who_may_order(connection: Connection, accounts: Iterable[int], now_ns: int) -> tuple[dict[int, bool], int | None]:
    """Of accounts, whether their orders are taken (T-7), and when that may change by the clock alone.

    An account is its user's with all its sub-accounts; one without a user needs no acceptance.
    """
    asked = list(accounts)
    versions = all_versions(connection, role=Audience.TRADER)
    masters = sorted({master_of(account) for account in asked} - {0})
    waits = _waiting(connection, masters, versions, now_ns) if versions else set()
    return {account: master_of(account) not in waits for account in asked}, rules.next_change_ns(versions, now_ns)


def _waiting(connection: Connection, masters: list[int], versions: list[Version], now_ns: int) -> set[int]:
    """The masters whose user has something to accept."""
    waits = set()
    for start in range(0, len(masters), TOGETHER):
        some = masters[start : start + TOGETHER]
        chosen = select(users.c.user_id, users.c.brand, users.c.account, terms_countries.c.country)
        chosen = chosen.outerjoin(terms_countries, terms_countries.c.user_id == users.c.user_id)
        people = connection.execute(chosen.where(users.c.account.in_(some))).all()
        accepted: dict[int, dict[int, int]] = {}
        ids = [one.user_id for one in people]
        for row in connection.execute(select(terms_acceptances).where(terms_acceptances.c.user_id.in_(ids))):
            accepted.setdefault(row.user_id, {})[row.version] = row.accepted_ns
        for one in people:
            lines = rules.lines_for(versions, one.brand, one.country or EVERYWHERE, (Audience.TRADER,), now_ns)
            have = accepted.get(one.user_id, {})
            if any(rules.must_accept(line, have, now_ns) for line in lines.values()):
                waits.add(one.account)
    return waits


def _version(row: object) -> Version:
    one = row._mapping  # type: ignore[attr-defined]
    line = Line(one["brand"], one["country"], Audience(one["role"]), Kind(one["kind"]))
    return Version(
        id=one["version"],
        line=line,
        number=one["number"],
        effective_ns=one["effective_ns"],
        is_material=one["is_material"],
        author=one["author"],
        published_ns=one["published_ns"],
    )


def _acceptance(row: object) -> Acceptance:
    one = row._mapping  # type: ignore[attr-defined]
    return Acceptance(
        user=one["user_id"],
        version=one["version"],
        language=one["language"],
        hash=one["hash"],
        accepted_ns=one["accepted_ns"],
        address_prefix=one["address_prefix"],
        credential=one["credential"],
    )
