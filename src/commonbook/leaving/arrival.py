"""A team arrives with the users it has: read, checked, made, and invited to set a password. Rules LV-8 to LV-10.

A file is checked as a whole before anything is written; each of its rows has its own answer. Users are made in small
transactions, so that whoever goes on after a crash makes the rest and nobody twice: a row, its user and what the team
calls it are written together.
"""

import csv
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.leaving import consent
from commonbook.notice.mail import Letterhead
from commonbook.people import challenges, directory
from commonbook.people.directory import PENDING, User
from commonbook.people.telling import tell
from commonbook.settings import ArrivalSettings
from commonbook.storage.tables.leaving import external_ids, import_rows, user_imports

CHECKED, RUNNING, DONE, STOPPED = "checked", "running", "done", "stopped"
ACCEPTED, REFUSED, MADE, MAILED = "accepted", "refused", "made", "mailed"
FIELDS = ("external_id", "email", "language", "country", "name", "consent")
NEEDED = ("external_id", "email", "language", "country")
SAID = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
TOGETHER = 50  # users that are made in one transaction
NAME_MOST = 200
DAY_S = 86_400
MINUTE_NS = 60 * 1_000_000_000
CONSENT_TEXT = "Said by the team that brought the user: the user has consented to the transfer of their data."
_EXTERNAL_ID = re.compile(r"[!-~]{1,64}")

Invite = Callable[[Connection, Seal, User], None]  # mails a user a link to set a password


@dataclass(frozen=True, slots=True)
class Arriving:
    """One row of a file, as it was read."""

    line: int
    external_id: str
    email: str
    language: str
    country: str
    name: str
    consent: bool
    why: str = ""  # it is refused; empty: it is not


@dataclass(frozen=True, slots=True)
class Import:
    id: int
    brand: int
    state: str
    asked_by: int
    asked_ns: int
    content_hash: str
    rows: int
    accepted: int
    refused: int
    done: int
    mailed: int
    mails_a_minute: int


# -- reading -----------------------------------------------------------------------------------------------------------


def read(content: str, form: str) -> list[Arriving]:
    """The rows of a file; those that cannot be read are refused, one by one.

    Args:
        form: jsonl or csv.

    Raises:
        BadInput: it is no such file at all.
    """
    if form == "csv":
        return list(_of_csv(content))
    if form == "jsonl":
        return [_of_line(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    raise BadInput(f"a file of users is jsonl or csv, not {form[:16]!r}")


def _of_csv(content: str) -> Iterator[Arriving]:
    table = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        columns = table.fieldnames or ()
        if not set(columns) >= set(NEEDED) or set(columns) - set(FIELDS) or len(set(columns)) < len(columns):
            raise BadInput(f"the first line names the columns: {', '.join(FIELDS)}; the last two may be left out")
        for row in table:
            yield _of_record(table.line_num, row)
    except csv.Error as error:
        raise BadInput(f"line {table.line_num}: {error}") from None


def _of_record(line: int, row: dict[str | Any, str | Any]) -> Arriving:
    if None in row or None in row.values():  # too many values, or too few
        return _unread(line)
    said = SAID.get(row.get("consent", "").strip().casefold())
    return _unread(line) if said is None else _arriving(line, row | {"consent": said})


def _of_line(number: int, line: str) -> Arriving:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return _unread(number)
    if not isinstance(row, dict) or set(row) - set(FIELDS) or not isinstance(row.get("consent", False), bool):
        return _unread(number)
    return _arriving(number, row)


def _arriving(line: int, row: dict[str, Any]) -> Arriving:
    values = {name: row.get(name, "") for name in FIELDS if name != "consent"}
    if not all(isinstance(value, str) for value in values.values()):
        return _unread(line)
    return Arriving(line, **{name: value.strip() for name, value in values.items()}, consent=bool(row.get("consent")))


def _unread(line: int) -> Arriving:
    return Arriving(line, "", "", "", "", "", False, "unreadable")


# -- checking ----------------------------------------------------------------------------------------------------------


def check(
    connection: Connection, seal: Seal, brand: int, rows: Sequence[Arriving], settings: ArrivalSettings
) -> list[Arriving]:
    """Each row with the first reason that speaks against it (LV-8)."""
    known = set(connection.execute(select(external_ids.c.external_id).where(external_ids.c.brand == brand)).scalars())
    seen: set[str] = set()
    addresses: set[str] = set()
    return [_checked(connection, seal, brand, one, settings, known, seen, addresses) for one in rows]


def _checked(
    connection: Connection,
    seal: Seal,
    brand: int,
    one: Arriving,
    settings: ArrivalSettings,
    known: set[str],
    seen: set[str],
    addresses: set[str],
) -> Arriving:
    why = one.why or _wrong_in(one, settings)
    if why:
        return _refused(one, why)
    if one.external_id in known:
        return _refused(one, "already_imported")
    address = directory.normalized(one.email)
    if one.external_id in seen or address in addresses:
        return _refused(one, "duplicate")
    seen.add(one.external_id)
    addresses.add(address)
    if directory.with_email(connection, seal, brand, address) is not None:
        return _refused(one, "already_a_user")
    return one


def _wrong_in(one: Arriving, settings: ArrivalSettings) -> str:
    if not _EXTERNAL_ID.fullmatch(one.external_id):
        return "bad_external_id"
    try:
        directory.normalized(one.email)
    except BadInput:
        return "bad_email"
    if one.country not in _countries():
        return "bad_country"
    if one.country in settings.countries_not_served:
        return "country_not_served"
    if not _is_language(one.language):
        return "bad_language"
    if len(one.name) > NAME_MOST or not (one.name.isprintable() or not one.name):
        return "bad_name"
    return ""


def _refused(one: Arriving, why: str) -> Arriving:
    return Arriving(**(asdict(one) | {"why": why}))


@cache
def _countries() -> frozenset[str]:
    """Codes of ISO 3166: two capital letters."""
    names = map(str, Locale("en").territories)
    return frozenset(code for code in names if len(code) == 2 and code.isalpha()) - {"EU", "EZ", "UN", "ZZ"}


@cache
def _is_language(text: str) -> bool:
    try:
        Locale.parse(text, sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return False
    return len(text) <= 16


# -- importing ---------------------------------------------------------------------------------------------------------


def begin(
    connection: Connection,
    seal: Seal,
    brand: int,
    rows: Sequence[Arriving],
    content: str,
    by: int,
    settings: ArrivalSettings,
) -> Import:
    """Keep a file that was checked; its users are made by whoever looks next.

    The same file again is the import that it was: nobody has to know whether the first request came through.

    Raises:
        BadInput: there is no row in it, or too many.
    """
    if not rows or len(rows) > settings.rows:
        raise BadInput(f"the file has {len(rows):,} rows; 1 to {settings.rows:,} are taken at once")
    hashed = hashlib.sha256(content.encode()).hexdigest()
    before = select(user_imports).where(user_imports.c.brand == brand, user_imports.c.content_hash == hashed)
    found = connection.execute(before.where(user_imports.c.state != STOPPED)).first()
    if found is not None:
        return _import(found)
    refused = sum(1 for one in rows if one.why)
    row = {
        "brand": brand,
        "state": RUNNING,
        "asked_by": by,
        "asked_ns": time.time_ns(),
        "content_hash": hashed,
        "rows": len(rows),
        "accepted": len(rows) - refused,
        "refused": refused,
        "done": 0,
        "mailed": 0,
        "mails_a_minute": settings.mails_a_minute,
        "next_mail_ns": 0,
    }
    made = connection.execute(insert(user_imports).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    connection.execute(insert(import_rows), [_kept(seal, number, one) for one in rows])
    return find(connection, brand, number)


def _kept(seal: Seal, number: int, one: Arriving) -> dict[str, Any]:
    """What is refused is kept without personal data."""
    sealed = "" if one.why else seal.seal(json.dumps(asdict(one)).encode(), f"import:{number}:{one.line}")
    row = {"import_id": number, "line": one.line, "external_id": one.external_id[:64] if not one.why else ""}
    return row | {"state": REFUSED if one.why else ACCEPTED, "why": one.why, "sealed": sealed, "user_id": 0}


def find(connection: Connection, brand: int, number: int) -> Import:
    """
    Raises:
        Declined: `no_such_import`, also for another brand's.
    """
    where = (user_imports.c.import_id == number) & (user_imports.c.brand == brand)
    row = connection.execute(select(user_imports).where(where)).first()
    if row is None:
        raise Declined("no_such_import", f"there is no import {number}")
    return _import(row)


def all_of(connection: Connection, brand: int) -> list[Import]:
    """Newest first."""
    chosen = select(user_imports).where(user_imports.c.brand == brand).order_by(user_imports.c.import_id.desc())
    return [_import(row) for row in connection.execute(chosen)]


def refusals(connection: Connection, number: int, most: int, after: int = 0) -> list[tuple[int, str]]:
    """Lines that were refused, and why."""
    where = (import_rows.c.import_id == number) & (import_rows.c.state == REFUSED) & (import_rows.c.line > after)
    chosen = select(import_rows.c.line, import_rows.c.why).where(where).order_by(import_rows.c.line).limit(most)
    return [(row.line, row.why) for row in connection.execute(chosen)]


def stop(connection: Connection, brand: int, number: int) -> Import:
    """No further user is made and no further mail is sent; who is there stays.

    Raises:
        Declined: `no_such_import`, `not_running`.
    """
    found = find(connection, brand, number)
    where = (user_imports.c.import_id == number) & (user_imports.c.state == RUNNING)
    if connection.execute(update(user_imports).where(where).values(state=STOPPED)).rowcount != 1:
        raise Declined("not_running", f"import {number} is {found.state}")
    return find(connection, brand, number)


def invite(connection: Connection, seal: Seal, letterhead: Letterhead, user: User, good_for_s: int) -> None:
    """Mail a user a link to set a password with, good for so long."""
    code = challenges.issue(connection, seal, challenges.INVITATION, user.brand, good_for_s, user.id)
    days, link = str(max(good_for_s // DAY_S, 1)), letterhead.link("invitation", code)
    tell(connection, seal, letterhead, user.id, "arrival", code=code, link=link, days=days)


def work(database: Engine, seal: Seal, invite: Invite, now_ns: int | None = None) -> bool:
    """Make some users and send the mails that are due; False when there was nothing to do just now."""
    moment = time.time_ns() if now_ns is None else now_ns
    with database.connect() as connection:
        chosen = select(user_imports).where(user_imports.c.state == RUNNING).order_by(user_imports.c.import_id)
        running = list(connection.execute(chosen))
    has_worked = False
    for row in running:
        with database.begin() as connection:
            has_worked |= _make_some(connection, seal, row.import_id, row.brand) > 0
        with database.begin() as connection:
            has_worked |= _mail_some(connection, seal, row.import_id, moment, invite) > 0
        with database.begin() as connection:
            _end_if_done(connection, row.import_id)
    return has_worked


def _rows(connection: Connection, number: int, state: str, most: int) -> list[Row[Any]]:
    where = (import_rows.c.import_id == number) & (import_rows.c.state == state)
    return list(connection.execute(select(import_rows).where(where).order_by(import_rows.c.line).limit(most)))


def _make_some(connection: Connection, seal: Seal, number: int, brand: int) -> int:
    if not _lock(connection, number):
        return 0
    rows = _rows(connection, number, ACCEPTED, TOGETHER)
    made = 0
    for row in rows:
        one = Arriving(**json.loads(seal.unseal(row.sealed, f"import:{number}:{row.line}")))
        taken = select(external_ids).where(external_ids.c.brand == brand)
        if connection.execute(taken.where(external_ids.c.external_id == one.external_id)).first() is not None:
            _set(connection, number, row.line, state=REFUSED, why="already_imported", sealed="", external_id="")
            continue
        if directory.with_email(connection, seal, brand, one.email) is not None:
            _set(connection, number, row.line, state=REFUSED, why="already_a_user", sealed="", external_id="")
            continue
        user = directory.add(
            connection, seal, brand, one.email, "", one.language, PENDING, display_name=one.name, country=one.country
        )
        connection.execute(insert(external_ids).values(brand=brand, external_id=one.external_id, user_id=user.id))
        if one.consent:
            consent.record(connection, user.id, brand, True, CONSENT_TEXT, consent.BY_IMPORT)
        _set(connection, number, row.line, state=MADE, user_id=user.id, sealed="")
        made += 1
    refused = len(rows) - made
    counts = {
        "done": user_imports.c.done + made,
        "accepted": user_imports.c.accepted - refused,
        "refused": user_imports.c.refused + refused,
    }
    connection.execute(update(user_imports).where(user_imports.c.import_id == number).values(**counts))
    return len(rows)


def _mail_some(connection: Connection, seal: Seal, number: int, now_ns: int, invite: Invite) -> int:
    """LV-10: mails keep a distance, so that there are never more than so many in a minute."""
    if not _lock(connection, number):
        return 0
    row = connection.execute(select(user_imports).where(user_imports.c.import_id == number)).one()
    if now_ns < row.next_mail_ns:
        return 0
    rows = _rows(connection, number, MADE, -(-row.mails_a_minute // 60))  # a second's worth, one at least
    for one in rows:
        user = directory.find(connection, one.user_id)
        invite(connection, seal, user)
        _set(connection, number, one.line, state=MAILED)
    if rows:
        next_ns = now_ns + -(-MINUTE_NS * len(rows) // row.mails_a_minute)
        values = {"mailed": user_imports.c.mailed + len(rows), "next_mail_ns": next_ns}
        connection.execute(update(user_imports).where(user_imports.c.import_id == number).values(**values))
    return len(rows)


def _lock(connection: Connection, number: int) -> bool:
    """Of several who work one does; False for an import that was stopped meanwhile."""
    where = (user_imports.c.import_id == number) & (user_imports.c.state == RUNNING)
    return connection.execute(update(user_imports).where(where).values(state=RUNNING)).rowcount == 1


def _set(connection: Connection, number: int, line: int, **values: str | int) -> None:
    where = (import_rows.c.import_id == number) & (import_rows.c.line == line)
    connection.execute(update(import_rows).where(where).values(**values))


def _end_if_done(connection: Connection, number: int) -> None:
    left = select(func.count()).select_from(import_rows)
    left = left.where(import_rows.c.import_id == number, import_rows.c.state.in_((ACCEPTED, MADE)))
    if connection.execute(left).scalar_one() == 0:
        where = (user_imports.c.import_id == number) & (user_imports.c.state == RUNNING)
        connection.execute(update(user_imports).where(where).values(state=DONE))


def _import(row: Row[Any]) -> Import:
    names = Import.__dataclass_fields__
    values = {name: value for name, value in row._mapping.items() if name in names}
    return Import(id=row.import_id, **values)
