"""What the brand of the Host has published, as OKX tells it. AN-5."""

import time

from sqlalchemy import Connection

from commonbook.brand import announcements as brand_announcements
from commonbook.brand.announcements import TOPICS, Shown
from commonbook.gateway.okx_v5.codec import NS_PER_MS, Body, milliseconds, text, whole
from commonbook.gateway.okx_v5.codes import PARAMETER, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import choice, number, states

PAGES_MOST = 100_000


@states(
    "What the brand of this address has published, newest first.",
    choice("annType", *TOPICS, what="of this type alone"),
    number("page", 1, PAGES_MOST, "of 20; the first when absent", example="1"),
    answers="Announcements",
    codes=(PARAMETER,),
)
async def announcements(door: Door, call: Call) -> list[Body]:
    """In the language of Accept-Language, where it is told in that; of an address that is no brand's the host's."""
    topic = text(call.query, "annType")
    if topic and topic not in TOPICS:
        raise Refused(PARAMETER, "annType")
    page = whole(call.query, "page", 1, PAGES_MOST, 1) or 1
    brand = 0 if call.brand is None else call.brand.id

    def query(connection: Connection) -> tuple[list[Shown], int]:
        return brand_announcements.shown(connection, brand, call.language, time.time_ns(), topic=topic, page=page)

    rows, pages = await door.read(query)
    details = [
        {
            "annType": row.announcement.topic,
            "title": row.told.title,
            "url": f"{call.address}/a/{row.announcement.slug}",
            "pTime": str(row.announcement.published_ns // NS_PER_MS),
            "businessPTime": milliseconds(row.announcement.event_ns),
        }
        for row in rows
    ]
    return [{"details": details, "totalPage": str(pages)}]


@states("The types of what is published.", answers="AnnouncementType")
async def announcement_types(door: Door, call: Call) -> list[Body]:
    return [{"annType": topic, "annTypeDesc": name} for topic, name in TOPICS.items()]
