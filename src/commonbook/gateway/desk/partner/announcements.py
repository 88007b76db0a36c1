"""What a brand tells: writing, publishing and withdrawing. Rules AN-1 to AN-5."""

from typing import Any

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.roles import May
from commonbook.brand import announcements, markdown
from commonbook.brand.announcements import Announcement, Form, Told
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asking


class NewText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    body: str  # Markdown


class NewAnnouncement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    texts: dict[str, NewText]  # by language
    form: Form = Form.ANNOUNCEMENT
    topic: str = "announcements-latest-announcements"
    slug: str = ""  # empty: made of the first title
    event_ns: str = "0"  # when what it tells of happens


class NewVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    texts: dict[str, NewText]


class Publishing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at_ns: str = "0"  # 0: at once


class AnnouncementTold(msgspec.Struct, frozen=True):
    id: str
    slug: str
    form: Form
    topic: str
    state: str  # draft, published, withdrawn
    version: int
    shown_version: int
    published_ns: str
    event_ns: str
    titles: dict[str, str]  # of the newest version, by language


class Preview(msgspec.Struct, frozen=True):
    title: str
    body: str
    html: str


def _told(one: Announcement, titles: dict[str, str]) -> AnnouncementTold:
    return AnnouncementTold(
        id=str(one.id),
        slug=one.slug,
        form=one.form,
        topic=one.topic,
        state=one.state,
        version=one.version,
        shown_version=one.shown_version,
        published_ns=str(one.published_ns or ""),
        event_ns=str(one.event_ns or ""),
        titles=titles,
    )


def _with_titles(connection: Any, one: Announcement) -> AnnouncementTold:
    return _told(one, announcements.titles_of(connection, [one])[one.id])


def texts_of(given: dict[str, NewText]) -> dict[str, Told]:
    return {tag: Told(one.title, one.body) for tag, one in given.items()}


@get("/announcements", needs=May.LOOK)
async def all_announcements(asked: Asking, before: FromQuery[int] = 2**62) -> list[AnnouncementTold]:
    """Drafts and withdrawn ones, too; newest first, `before` an id."""

    def query(connection: Any) -> list[AnnouncementTold]:
        found = announcements.all_of(connection, asked.brand, before)
        titles = announcements.titles_of(connection, found)
        return [_told(one, titles[one.id]) for one in found]

    return await asked.desk.read(query)


@post("/announcements", needs=May.TELL, status_code=200)
async def write_announcement(asked: Asking, data: JSONBody[NewAnnouncement]) -> AnnouncementTold:
    """A draft, which nobody sees yet."""
    event_ns = number(data.event_ns, "event_ns")

    def work(connection: Any) -> AnnouncementTold:
        made = announcements.draft(
            connection, asked.brand, data.slug, data.form, data.topic, texts_of(data.texts), event_ns, asked.user
        )
        asked.log(connection, f"draft {made.form}", f"announcement:{made.id}", slug=made.slug)
        return _with_titles(connection, made)

    return await asked.desk.write(work)


@put("/announcements/{announcement:int}", needs=May.TELL, status_code=200)
async def rewrite_announcement(
    asked: Asking, announcement: FromPath[int], data: JSONBody[NewVersion]
) -> AnnouncementTold:
    """A new version, shown once it is published."""

    def work(connection: Any) -> AnnouncementTold:
        before = announcements.find(connection, announcement, asked.brand)
        made = announcements.write(connection, before, texts_of(data.texts), asked.user)
        asked.log(connection, f"rewrite {made.form}", f"announcement:{made.id}", version=made.version)
        return _with_titles(connection, made)

    return await asked.desk.write(work)


@post("/announcements/{announcement:int}/publish", needs=May.TELL, status_code=200)
async def publish_announcement(
    asked: Asking, announcement: FromPath[int], data: JSONBody[Publishing]
) -> AnnouncementTold:
    """Show the newest version, from now or from a time on."""
    at_ns = number(data.at_ns, "at_ns")

    def work(connection: Any) -> AnnouncementTold:
        made = announcements.publish(connection, announcements.find(connection, announcement, asked.brand), at_ns)
        asked.log(connection, f"publish {made.form}", f"announcement:{made.id}", version=made.shown_version)
        return _with_titles(connection, made)

    return await asked.desk.write(work)


@post("/announcements/{announcement:int}/withdraw", needs=May.TELL, status_code=200)
async def withdraw_announcement(asked: Asking, announcement: FromPath[int]) -> AnnouncementTold:
    """Show it no longer."""

    def work(connection: Any) -> AnnouncementTold:
        made = announcements.withdraw(connection, announcements.find(connection, announcement, asked.brand))
        asked.log(connection, f"withdraw {made.form}", f"announcement:{made.id}")
        return _with_titles(connection, made)

    return await asked.desk.write(work)


@get("/announcements/{announcement:int}/versions/{version:int}", needs=May.LOOK)
async def announcement_version(
    asked: Asking, announcement: FromPath[int], version: FromPath[int]
) -> dict[str, Preview]:
    """A version in all its languages, as it was written and as it is shown."""

    def query(connection: Any) -> dict[str, Told]:
        found = announcements.find(connection, announcement, asked.brand)
        return announcements.texts_of(connection, found.id, version)

    texts = await asked.desk.read(query)
    return {tag: Preview(one.title, one.body, markdown.render(one.body)) for tag, one in texts.items()}


ROUTES = [
    all_announcements,
    write_announcement,
    rewrite_announcement,
    publish_announcement,
    withdraw_announcement,
    announcement_version,
]
