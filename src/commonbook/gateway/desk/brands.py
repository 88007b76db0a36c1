"""What a brand's team and the host's people do with a brand's document alike, and the forms it is told in."""

from typing import Any

import msgspec

from commonbook.administration.log import user_actor
from commonbook.brand import service, store
from commonbook.brand.model import Document, Version
from commonbook.brand.service import Author
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked
from commonbook.instrument.model import Brand

PAGE = 100


class VersionTold(msgspec.Struct, frozen=True):
    """A state of a brand's document. Version 0 is of a brand that nobody has described."""

    brand: str
    version: int
    document: Document
    hash: str
    time_ns: str
    author: str
    note: str


class VersionLine(msgspec.Struct, frozen=True):
    version: int
    hash: str
    time_ns: str
    author: str
    note: str


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole document as it shall be, and the version that it was changed from."""

    based_on: int
    document: dict[str, Any]
    note: str = ""


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Back to what an older version said, as a new one."""

    based_on: int
    to: int
    note: str = ""


def told(one: Version) -> VersionTold:
    return VersionTold(str(one.brand), one.version, one.document, one.hash, str(one.time_ns), one.author, one.note)


def line(one: Version) -> VersionLine:
    return VersionLine(one.version, one.hash, str(one.time_ns), one.author, one.note)


def author(asked: Asked) -> Author:
    return Author(user_actor(asked.user), asked.brand)


def brand_numbered(asked: Asked, number: int) -> Brand:
    """
    Raises:
        Declined: `no_such_brand`.
    """
    found = asked.desk.venue.brands.get(number)
    if found is None:
        raise Declined("no_such_brand", f"there is no brand {number}")
    return found


async def current(asked: Asked, brand: Brand) -> Version:
    return await asked.desk.read(lambda connection: service.current(connection, brand))


async def versions(asked: Asked, brand: Brand, before: int) -> list[VersionLine]:
    found = await asked.desk.read(lambda connection: store.versions(connection, brand.id, PAGE, before))
    return [line(one) for one in found]


async def change(asked: Asked, brand: Brand, data: Change) -> VersionTold:
    desk, who, document = asked.desk, author(asked), service.read(data.document)
    made = await desk.write(
        lambda connection: service.change(connection, desk.settings, brand, data.based_on, document, who, data.note)
    )
    await look_again(asked)
    return told(made)


async def undo(asked: Asked, brand: Brand, data: Undo) -> VersionTold:
    desk, who = asked.desk, author(asked)
    made = await desk.write(
        lambda connection: service.undo(connection, desk.settings, brand, data.based_on, data.to, who, data.note)
    )
    await look_again(asked)
    return told(made)


async def look_again(asked: Asked) -> None:
    """This process knows at once what it has changed; the others know it within a second."""
    await asked.desk.hosts.look_now(asked.desk.database)
