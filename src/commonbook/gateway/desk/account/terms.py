"""A user's terms: what holds, what is to come, and accepting it. Rules T-4 to T-7."""

import time
from typing import Any

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from commonbook.administration.roles import Role
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.people import directory
from commonbook.terms import service
from commonbook.terms.model import EVERYWHERE, Acceptance, Audience, Kind, Version
from commonbook.terms.service import Held


class HeldText(msgspec.Struct, frozen=True):
    kind: Kind
    role: Audience
    number: int
    language: str
    hash: str
    text: str
    effective_ns: str
    is_in_force: bool
    is_material: bool
    accepted_ns: str  # "" while it is not
    is_due: bool  # it must be accepted; as a trader, before the next order


class AcceptedText(msgspec.Struct, frozen=True):
    kind: Kind
    role: Audience
    number: int
    language: str
    hash: str
    effective_ns: str
    accepted_ns: str


class OwnTexts(msgspec.Struct, frozen=True):
    country: str
    may_order: bool
    texts: list[HeldText]
    accepted: list[AcceptedText]  # ever, the newest first


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hashes: list[str]


def told(connection: Any, one: Held, language: str) -> HeldText:
    text = service.in_language(service.texts_of(connection, one.version.id), language)
    return HeldText(
        kind=one.version.line.kind,
        role=one.version.line.role,
        number=one.version.number,
        language=text.language,
        hash=text.hash,
        text=service.read_text(connection, text.hash),
        effective_ns=str(one.version.effective_ns),
        is_in_force=one.is_in_force,
        is_material=one.version.is_material,
        accepted_ns=str(one.accepted_ns or ""),
        is_due=one.is_due,
    )


def _past(version: Version, one: Acceptance) -> AcceptedText:
    return AcceptedText(
        kind=version.line.kind,
        role=version.line.role,
        number=version.number,
        language=one.language,
        hash=one.hash,
        effective_ns=str(version.effective_ns),
        accepted_ns=str(one.accepted_ns),
    )


def _roles(asked: Asked, account: int) -> list[Audience]:
    """As what the user is asked to accept."""
    found = [Audience.TRADER] if account else []
    found += [Audience.STAFF] if asked.roles else []
    found += [Audience.PARTNER] if Role.OWNER in asked.roles and asked.brand else []
    paid = {code.payout_account for code in asked.desk.venue.codes.values()}
    return found + ([Audience.BROKER] if account in paid else [])


def _own(connection: Any, asked: Asked) -> OwnTexts:
    user = directory.find(connection, asked.user)
    now_ns = time.time_ns()
    country = service.country_of(connection, user.id)
    held = service.held(connection, user.id, user.brand, country, _roles(asked, user.account), now_ns)
    told_texts = [told(connection, one, asked.language or user.language) for one in held]
    waits = any(one.is_due and one.role is Audience.TRADER for one in told_texts)
    accepted = [_past(version, one) for version, one in service.acceptances_of(connection, user.id)]
    return OwnTexts(country, not waits, told_texts, accepted)


@get("/terms", needs=Needs.USER)
async def own_texts(asked: Asking) -> OwnTexts:
    """The texts that hold for you, and those to come."""
    return await asked.desk.read(lambda connection: _own(connection, asked))


@post("/terms/accept", needs=Needs.USER, status_code=200)
async def accept_texts(asked: Asking, data: JSONBody[Accepted]) -> OwnTexts:
    """Accept texts by their hashes. Orders are taken within a second after the last that was due."""
    credential = asked.credential.id if asked.credential is not None else 0

    def work(connection: Any) -> OwnTexts:
        user = directory.find(connection, asked.user)
        roles = _roles(asked, user.account)
        service.accept(connection, user.id, user.brand, roles, data.hashes, asked.address, credential)
        return _own(connection, asked)

    return await asked.desk.write(work)


@put("/terms/country/{country:str}", needs=Needs.USER, status_code=200)
async def tell_country(asked: Asking, country: FromPath[str]) -> OwnTexts:
    """Say where you live, once: it decides whose texts hold. A mistake is put right by the brand's compliance."""

    def work(connection: Any) -> OwnTexts:
        known = service.country_of(connection, asked.user)
        if known not in (EVERYWHERE, country):
            raise Declined("country_known", f"your country is {known}: ask the support to have it put right")
        service.set_country(connection, asked.user, country)
        return _own(connection, asked)

    return await asked.desk.write(work)


ROUTES = [own_texts, accept_texts, tell_country]
