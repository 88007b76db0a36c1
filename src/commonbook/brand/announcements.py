"""What a brand tells: announcements, banners, notice texts and campaign pages, in its languages, at stable addresses.

Rules AN-1 to AN-6 of docs/rules/announcements.md.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.storage.tables.autonomy import announcement_texts, announcements
from commonbook.terms.rules import canonical, language

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"
TITLE_CHARACTERS = 200
BODY_CHARACTERS = 100_000
PAGE = 20  # of a list, as OKX has it
HORIZON_NS = 10 * 366 * 86_400 * 10**9  # a time further off is a slip
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLUG_MOST = 64


class Form(StrEnum):
    ANNOUNCEMENT = "announcement"  # in the list, newest first
    NOTICE = "notice"  # in the list, too: what everybody should know
    BANNER = "banner"  # at the head of every page
    CAMPAIGN = "campaign"  # a page of its own that is led to from elsewhere


LISTED = (Form.ANNOUNCEMENT, Form.NOTICE)

# OKX's types, by which its clients ask, with what they are called.
TOPICS = {
    "announcements-latest-announcements": "Latest announcements",
    "announcements-new-listings": "New listings",
    "announcements-delistings": "Delistings",
    "announcements-trading-updates": "Trading updates",
    "announcements-deposit-withdrawal-suspension-resumption": "Deposit/withdrawal suspension/resumption",
    "announcements-product-updates": "Product updates",
    "announcements-web3": "Web3",
    "announcements-api": "API",
    "announcements-events": "Events",
    "announcements-others": "Others",
}


@dataclass(frozen=True, slots=True)
class Announcement:
    id: int
    brand: int
    slug: str
    form: Form
    topic: str
    state: str
    version: int
    shown_version: int  # 0: none
    published_ns: int  # wall clock; shown from then on
    event_ns: int  # when what it tells of happens; 0: not told
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Told:
    """A text in one language."""

    title: str
    body: str  # Markdown


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement as somebody sees it."""

    announcement: Announcement
    language: str
    told: Told


# -- writing ----------------------------------------------------------------------------------------------------------


def draft(
    connection: Connection,
    brand: int,
    slug: str,
    form: Form,
    topic: str,
    texts: Mapping[str, Told],
    event_ns: int,
    author: int,
) -> Announcement:
    """A new one, which nobody sees yet.

    Args:
        slug: its address for ever; empty: made of its first title.

    Raises:
        BadInput: a text or a language that is none.
        Declined: `no_text`, `bad_slug`, `slug_taken`, `no_such_topic`.
    """
    checked = _checked(texts)
    slug = slug or slug_of(next(iter(checked.values())).title)
    if not _SLUG.fullmatch(slug) or len(slug) > _SLUG_MOST:
        raise Declined("bad_slug", f"address {slug[:80]!r}: give small letters and digits with single hyphens between")
    if topic not in TOPICS:
        raise Declined("no_such_topic", f"there is no topic {topic[:64]!r}", topics=", ".join(TOPICS))
    mine = (announcements.c.brand == brand) & (announcements.c.slug == slug)
    if connection.execute(select(announcements.c.announcement).where(mine)).first() is not None:
        raise Declined("slug_taken", f"there is something at /a/{slug} already, or was: give another address")
    row = {
        "brand": brand,
        "slug": slug,
        "form": form.value,
        "topic": topic,
        "state": DRAFT,
        "version": 1,
        "shown_version": 0,
        "published_ns": 0,
        "event_ns": event_ns,
        "changed_ns": time.time_ns(),
    }
    made = connection.execute(insert(announcements).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    _keep(connection, number, 1, checked, author)
    return find(connection, number, brand)


def slug_of(title: str) -> str:
    """An address out of a title."""
    words = re.findall(r"[a-z0-9]+", title.casefold())
    return "-".join(words)[:_SLUG_MOST].strip("-")


def free_slug(connection: Connection, brand: int, wanted: str) -> str:
    """An address that nothing has: the one that is wanted, else with a number behind it."""
    stem = wanted[: _SLUG_MOST - 6].strip("-")
    taken = set(connection.execute(select(announcements.c.slug).where(announcements.c.brand == brand)).scalars())
    return next(slug for place in range(1, 100_000) if (slug := stem if place == 1 else f"{stem}-{place}") not in taken)


def write(connection: Connection, one: Announcement, texts: Mapping[str, Told], author: int) -> Announcement:
    """A new version; what is shown stays until it is published."""
    checked = _checked(texts)
    values = {"version": announcements.c.version + 1, "changed_ns": time.time_ns()}
    _update(connection, one, **values)
    found = find(connection, one.id, one.brand)
    _keep(connection, one.id, found.version, checked, author)
    return found


def publish(connection: Connection, one: Announcement, at_ns: int = 0) -> Announcement:
    """Show the newest version, from now on or from a later time on. One that was shown keeps its first time.

    Raises:
        Declined: `publish_in_the_past`, `publish_too_far`.
    """
    now_ns = time.time_ns()
    if at_ns and at_ns < now_ns:
        raise Declined("publish_in_the_past", "give a time to come, or 0 for at once")
    if at_ns > now_ns + HORIZON_NS:
        raise Declined("publish_too_far", "this is more than ten years off: times are nanoseconds since 1970")
    is_shown = one.state == PUBLISHED and one.published_ns <= now_ns
    published_ns = one.published_ns if is_shown else at_ns or now_ns
    _update(connection, one, state=PUBLISHED, shown_version=one.version, published_ns=published_ns, changed_ns=now_ns)
    return find(connection, one.id, one.brand)


def withdraw(connection: Connection, one: Announcement) -> Announcement:
    """Show it no longer; its address stays taken.

    Raises:
        Declined: `not_published`.
    """
    if one.state != PUBLISHED:
        raise Declined("not_published", f"announcement {one.id} is {one.state}")
    _update(connection, one, state=WITHDRAWN, changed_ns=time.time_ns())
    return find(connection, one.id, one.brand)


def _update(connection: Connection, one: Announcement, **values: Any) -> None:
    connection.execute(update(announcements).where(announcements.c.announcement == one.id).values(**values))


def _checked(texts: Mapping[str, Told]) -> dict[str, Told]:
    if not texts:
        raise Declined("no_text", "give the text in one language at least")
    found = {}
    for tag, one in texts.items():
        title = one.title.strip()
        if not title or len(title) > TITLE_CHARACTERS or not title.isprintable():
            raise BadInput(f"{tag[:16]}: a title is one line of 1 to {TITLE_CHARACTERS} characters")
        if len(one.body) > BODY_CHARACTERS:
            raise BadInput(f"{tag[:16]}: the text has {len(one.body)} characters; the most is {BODY_CHARACTERS}")
        found[language(tag)] = Told(title, canonical(one.body))
    return found


def _keep(connection: Connection, number: int, version: int, texts: Mapping[str, Told], author: int) -> None:
    rows = [
        {
            "announcement": number,
            "version": version,
            "language": tag,
            "title": one.title,
            "body": one.body,
            "author": author,
            "written_ns": time.time_ns(),
        }
        for tag, one in texts.items()
    ]
    connection.execute(insert(announcement_texts), rows)


# -- reading ----------------------------------------------------------------------------------------------------------


def find(connection: Connection, number: int, brand: int) -> Announcement:
    """
    Raises:
        Declined: `no_such_announcement`, also of another brand's.
    """
    row = connection.execute(
        select(announcements).where(announcements.c.announcement == number, announcements.c.brand == brand)
    ).first()
    if row is None:
        raise Declined("no_such_announcement", f"there is no announcement {number}")
    return _announcement(row)


def all_of(connection: Connection, brand: int, before: int = 2**62, most: int = 100) -> list[Announcement]:
    """Drafts and withdrawn ones, too; newest first."""
    chosen = select(announcements).where(announcements.c.brand == brand, announcements.c.announcement < before)
    rows = connection.execute(chosen.order_by(announcements.c.announcement.desc()).limit(most))
    return [_announcement(row) for row in rows]


def texts_of(connection: Connection, number: int, version: int) -> dict[str, Told]:
    """By language."""
    mine = (announcement_texts.c.announcement == number) & (announcement_texts.c.version == version)
    rows = connection.execute(select(announcement_texts).where(mine).order_by(announcement_texts.c.language))
    return {row.language: Told(row.title, row.body) for row in rows}


def titles_of(connection: Connection, found: Sequence[Announcement]) -> dict[int, dict[str, str]]:
    """The titles of the newest version of each, by language; by the announcement's id."""
    titles: dict[int, dict[str, str]] = {one.id: {} for one in found}
    newest = (announcement_texts.c.announcement == announcements.c.announcement) & (
        announcement_texts.c.version == announcements.c.version
    )
    chosen = select(announcement_texts.c.announcement, announcement_texts.c.language, announcement_texts.c.title)
    chosen = chosen.join(announcements, newest).where(announcement_texts.c.announcement.in_(titles))
    for row in connection.execute(chosen.order_by(announcement_texts.c.language)):
        titles[row.announcement][row.language] = row.title
    return titles


def shown(
    connection: Connection,
    brand: int,
    wanted: str,
    now_ns: int,
    forms: tuple[Form, ...] = LISTED,
    topic: str = "",
    page: int = 1,
) -> tuple[list[Shown], int]:
    """A page of what is published, newest first, in a language, and how many pages there are."""
    table = announcements.c
    where: list[ColumnElement[bool]] = [
        table.brand == brand,
        table.state == PUBLISHED,
        table.published_ns <= now_ns,
        table.form.in_([form.value for form in forms]),
    ]
    where += [table.topic == topic] if topic else []
    count = int(connection.execute(select(func.count()).select_from(announcements).where(*where)).scalar_one())
    chosen = select(announcements).where(*where).order_by(table.published_ns.desc(), table.announcement.desc())
    rows = connection.execute(chosen.limit(PAGE).offset((page - 1) * PAGE)).all()
    return [_shown(connection, _announcement(row), wanted) for row in rows], -(-count // PAGE)


def at_address(connection: Connection, brand: int, slug: str, wanted: str, now_ns: int) -> Shown:
    """What is shown at an address.

    Raises:
        Declined: `no_such_announcement`: nothing is, or not yet; `withdrawn`: it was.
    """
    mine = (announcements.c.brand == brand) & (announcements.c.slug == slug)
    row = connection.execute(select(announcements).where(mine)).first()
    if row is None or row.state == DRAFT or row.published_ns > now_ns:
        raise Declined("no_such_announcement", f"there is nothing at {slug[:_SLUG_MOST]!r}")
    if row.state == WITHDRAWN:
        raise Declined("withdrawn", f"what was at {slug!r} has been withdrawn")
    return _shown(connection, _announcement(row), wanted)


def _shown(connection: Connection, one: Announcement, wanted: str) -> Shown:
    texts = texts_of(connection, one.id, one.shown_version)
    tags = (wanted, wanted.partition("-")[0], "en", next(iter(texts)))
    chosen = next(tag for tag in tags if tag in texts)
    return Shown(one, chosen, texts[chosen])


def _announcement(row: Row[Any]) -> Announcement:
    return Announcement(
        id=row.announcement,
        brand=row.brand,
        slug=row.slug,
        form=Form(row.form),
        topic=row.topic,
        state=row.state,
        version=row.version,
        shown_version=row.shown_version,
        published_ns=row.published_ns,
        event_ns=row.event_ns,
        changed_ns=row.changed_ns,
    )
