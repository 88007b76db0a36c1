"""What a brand tells, for anybody. Rules AN-2 to AN-5."""

import time
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from commonbook.administration.roles import HOST
from commonbook.brand import announcements, markdown
from commonbook.brand.announcements import LISTED, TOPICS, Form, Shown
from commonbook.errors import BadInput
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs

PAGES_MOST = 100_000


class ShownTold(msgspec.Struct, frozen=True):
    slug: str
    form: Form
    topic: str
    language: str
    title: str
    html: str  # safe to show: made of the author's Markdown, without HTML of the author's
    published_ns: str
    event_ns: str


class PageTold(msgspec.Struct, frozen=True):
    page: int
    pages: int
    announcements: list[ShownTold]


def told(one: Shown) -> ShownTold:
    return ShownTold(
        slug=one.announcement.slug,
        form=one.announcement.form,
        topic=one.announcement.topic,
        language=one.language,
        title=one.told.title,
        html=markdown.render(one.told.body),
        published_ns=str(one.announcement.published_ns),
        event_ns=str(one.announcement.event_ns or ""),
    )


def brand_asked(asked: Asked) -> int:
    return HOST if asked.brand_of_host is None else asked.brand_of_host.id


@get("/announcements", needs=Needs.NOBODY)
async def public_announcements(
    asked: Asking, form: FromQuery[str] = "", topic: FromQuery[str] = "", page: FromQuery[int] = 1
) -> PageTold:
    """What the brand of this address has published, newest first, 20 a page, in the language that is asked for."""
    forms = LISTED if not form else tuple(one for one in Form if one == form)
    if not forms or (topic and topic not in TOPICS) or not 0 < page <= PAGES_MOST:
        raise BadInput(f"form {form[:16]!r}, topic {topic[:64]!r} or page {page} is none")

    def query(connection: Any) -> PageTold:
        now_ns, brand = time.time_ns(), brand_asked(asked)
        rows, pages = announcements.shown(connection, brand, asked.language, now_ns, forms, topic, page)
        return PageTold(page, pages, [told(one) for one in rows])

    return await asked.desk.read(query)


@get("/announcements/{slug:str}", needs=Needs.NOBODY)
async def public_announcement(asked: Asking, slug: FromPath[str]) -> ShownTold:
    """What is published at an address."""

    def query(connection: Any) -> ShownTold:
        return told(announcements.at_address(connection, brand_asked(asked), slug, asked.language, time.time_ns()))

    return await asked.desk.read(query)


ROUTES = [public_announcements, public_announcement]
