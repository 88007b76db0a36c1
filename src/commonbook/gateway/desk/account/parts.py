"""What the routes of this desk share."""

import asyncio
import re
import time
from collections.abc import Awaitable
from typing import TypeVar

from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asked
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.notice.mail import Letterhead
from commonbook.notice.texts import nearest
from commonbook.people.passkeys import Site
from commonbook.people.telling import moment as moment

Answer = TypeVar("Answer")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


async def evenly(asked: Asked, work: Awaitable[Answer]) -> Answer:
    """What must not tell who has a user here takes as long in any case, however it ends."""
    until = time.monotonic() + asked.desk.settings.people.answer_ms / 1000
    try:
        return await work
    finally:
        await asyncio.sleep(max(0.0, until - time.monotonic()))


def paper(asked: Asked, brand: int) -> Letterhead:
    return letterhead(asked.desk.settings.mail, asked.desk.hosts, brand)


def site_of(asked: Asked) -> Site:
    return Site.of(asked.host)


def by_session(asked: Asked) -> str:
    """The session's token; what protects a user is changed in a browser, never by a key.

    Raises:
        Declined: `session_needed`.
    """
    if not asked.token:
        raise Declined("session_needed", "this is for a browser that is signed in, not for a key")
    return asked.token


def plain(text: str, what: str) -> str:
    """A name out of a path, as we give names.

    Raises:
        BadInput: it is none.
    """
    if not _NAME.fullmatch(text):
        raise BadInput(f"{what} {text[:64]!r} is none")
    return text


def language_of(asked: Asked, wanted: str) -> str:
    """A language that mails can be in: the one wanted, else the browser's.

    Raises:
        BadInput: it is no language.
    """
    if wanted and (len(wanted) > 16 or not _LANGUAGE.fullmatch(wanted)):
        raise BadInput(f"language {wanted[:32]!r} is none; write for example en, es or zh-Hans")
    return nearest(wanted or asked.language)


def country_of(wanted: str) -> str:
    """
    Raises:
        BadInput: it is neither two capital letters nor nothing.
    """
    if wanted and not _COUNTRY.fullmatch(wanted):
        raise BadInput(f"country {wanted[:32]!r} is none; write two capital letters, for example DE")
    return wanted
