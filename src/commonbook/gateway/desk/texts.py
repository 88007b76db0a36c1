"""Terms at the desks of a brand and of the host: writing them, and how many have accepted. Rules T-1 to T-5."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from commonbook.administration.roles import May
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asking
from commonbook.terms import service
from commonbook.terms.model import EVERYWHERE, Audience, Kind, Line, Version


class NewText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new version of one text, in all its languages."""

    kind: Kind
    role: Audience
    texts: dict[str, str]  # by language
    is_material: bool  # True: who has accepted an earlier version must accept this one, too
    country: str = EVERYWHERE
    effective_ns: str = "0"  # 0: at once


class TextTold(msgspec.Struct, frozen=True):
    version: str
    kind: Kind
    role: Audience
    country: str
    number: int
    effective_ns: str
    is_material: bool
    author: str
    published_ns: str
    hashes: dict[str, str]  # by language
    accepted_by: int  # users


def _told(connection: Any, one: Version) -> TextTold:
    return TextTold(
        version=str(one.id),
        kind=one.line.kind,
        role=one.line.role,
        country=one.line.country,
        number=one.number,
        effective_ns=str(one.effective_ns),
        is_material=one.is_material,
        author=str(one.author),
        published_ns=str(one.published_ns),
        hashes={text.language: text.hash for text in service.texts_of(connection, one.id)},
        accepted_by=service.acceptances(connection, one.id),
    )


@get("/terms", needs=May.LOOK)
async def texts(asked: Asking) -> list[TextTold]:
    """All versions of all texts, oldest first."""

    def query(connection: Any) -> list[TextTold]:
        return [_told(connection, one) for one in service.all_versions(connection, {asked.brand})]

    return await asked.desk.read(query)


@post("/terms", needs=May.BRAND, fresh=True, status_code=200)
async def publish_text(asked: Asking, data: JSONBody[NewText]) -> TextTold:
    """Publish a version. From its effective time on, a material one is asked of everybody whom it concerns."""
    effective_ns = number(data.effective_ns, "effective_ns")

    def work(connection: Any) -> TextTold:
        line = Line(asked.brand, data.country, data.role, data.kind)
        made = service.publish(connection, line, data.texts, asked.user, data.is_material, effective_ns)
        told = _told(connection, made)
        details: dict[str, Any] = {"effective_ns": told.effective_ns, "hashes": told.hashes}
        asked.log(
            connection,
            f"publish {made.line.kind}",
            f"terms:{made.id}",
            None,
            role=made.line.role,
            material=made.is_material,
            **details,
        )
        return told

    return await asked.desk.write(work)


@get("/terms/{version:int}/{language:str}", needs=May.LOOK)
async def one_text(asked: Asking, version: FromPath[int], language: FromPath[str]) -> dict[str, str]:
    """What a version says in a language, or in the one that comes nearest to it."""

    def query(connection: Any) -> dict[str, str]:
        found = service.find(connection, version, asked.brand)
        text = service.in_language(service.texts_of(connection, found.id), language)
        return {"language": text.language, "hash": text.hash, "text": service.read_text(connection, text.hash)}

    return await asked.desk.read(query)


@post("/terms/{version:int}/withdraw", needs=May.BRAND, fresh=True, status_code=200)
async def withdraw_text(asked: Asking, version: FromPath[int]) -> list[TextTold]:
    """Take back a version that is not in force yet."""

    def work(connection: Any) -> list[TextTold]:
        found = service.find(connection, version, asked.brand)
        service.withdraw(connection, found)
        asked.log(connection, f"withdraw {found.line.kind}", f"terms:{found.id}")
        return [_told(connection, one) for one in service.all_versions(connection, {asked.brand})]

    return await asked.desk.write(work)


ROUTES = [texts, publish_text, one_text, withdraw_text]
