"""The program's pages: plain HTML and forms, which work without script and without a login."""

import time
from datetime import UTC, datetime
from typing import Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from sqlalchemy import Connection

from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.problems import status_of
from commonbook.gateway.desk.program import moves
from commonbook.gateway.desk.program.applications import Changes, Draft, begin, edit
from commonbook.gateway.desk.program.told import coins, percent, told, trading_brands
from commonbook.partnership import applications, pages, phases, slots
from commonbook.partnership.model import Application, State, Who
from commonbook.partnership.rules import TABLE
from commonbook.partnership.words import language_of

SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "vary": "accept-language",
}


class Filled(Draft, frozen=True, forbid_unknown_fields=True):
    """The form of an application as a browser sends it."""

    action: Literal["save", "submit", "withdraw"] = "save"


Form = URLEncodedBody[Filled]


@get("/", needs=Needs.NOBODY, include_in_schema=False)
async def partners(asked: Asking, lang: FromQuery[str] = "") -> Response[str]:
    """The ten questions and the form."""
    return await _partners(asked, lang, {})


async def _partners(
    asked: Asked, lang: str, given: dict[str, str], problem: str = "", status: int = 200
) -> Response[str]:
    program = await asked.desk.read(lambda connection: program_told(asked.desk, connection))
    longest = asked.desk.settings.partnership.text_characters
    return _html(pages.partners(_language(asked, lang), program, longest, given, problem), status)


def program_told(desk: Desk, connection: Connection) -> pages.Told:
    """What is in force now, as the page says it."""
    settings = desk.settings.partnership
    instruments, brands = len(desk.venue.instruments), trading_brands(desk.venue)
    terms = phases.open_now(connection, time.time_ns())
    if terms is None:
        return pages.Told(settings.host_name, instruments, brands, settings.intake_address)
    taken = slots.taken(connection, terms.phase)
    agreed = bool(terms.holders_share_e8 and terms.host_holders_share_e8)
    return pages.Told(
        host=settings.host_name,
        instruments=instruments,
        brands=brands,
        intake_address=settings.intake_address,
        phase=terms.name,
        quota=terms.quota,
        taken=taken,
        left=max(0, terms.quota - taken),
        stake=_grouped(coins(desk, terms.asset, terms.stake)),
        asset=terms.asset,
        holders=percent(terms.holders_share_e8) if agreed else "",
        host_holders=percent(terms.host_holders_share_e8) if agreed else "",
    )


@post("/", needs=Needs.NOBODY, include_in_schema=False)
async def apply(asked: Asking, data: Form, lang: FromQuery[str] = "") -> Response[str]:
    """Begin an application; the page with its link is shown once."""
    language = _language(asked, lang)
    try:
        new = await begin(asked, _draft(data), language)
    except (BadInput, Declined) as why:
        return await _partners(asked, lang, msgspec.to_builtins(data), str(why), _status(why))
    path = f"/partners/mine/{new.secret}?lang={language}"
    return _html(pages.received(language, new.reference, f"{new.link}?lang={language}", path), 201)


@get("/mine/{secret:str}", needs=Needs.NOBODY, include_in_schema=False)
async def mine(asked: Asking, secret: FromPath[str], lang: FromQuery[str] = "") -> Response[str]:
    """An application, by its link."""
    return await _mine(asked, secret, lang)


@post("/mine/{secret:str}", needs=Needs.NOBODY, include_in_schema=False)
async def act(asked: Asking, secret: FromPath[str], data: Form, lang: FromQuery[str] = "") -> Response[str]:
    """Change a draft, hand it in, or take an application back."""
    try:
        found = await _with_link(asked, secret)
        if data.action == "withdraw":
            await moves.move(asked.desk, found, State.WITHDRAWN, Who.APPLICANT, moves.actor_of(asked))
        else:
            changes = Changes(**{name: getattr(data, name) for name in pages.FORM})
            found = await edit(asked, found, changes)
            if data.action == "submit":
                await moves.submit(asked, found)
    except (BadInput, Declined) as why:
        return await _mine(asked, secret, lang, msgspec.to_builtins(data), str(why), _status(why))
    return await _mine(asked, secret, lang)


async def _mine(
    asked: Asked,
    secret: str,
    lang: str,
    given: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response[str]:
    desk = asked.desk
    try:
        found = await _with_link(asked, secret)
    except Declined as why:
        return await _partners(asked, lang, {}, str(why), status_of(why.code))
    seen = await desk.read(lambda connection: told(desk, connection, found, True))
    steps = [
        {"time": _minute(int(step.time_ns)), "state": step.after, "role": step.role, "reason": step.reason}
        for step in seen.timeline
    ]
    page = pages.mine(
        _language(asked, lang or found.language),
        seen,
        steps,
        [] if seen.awaits is None else seen.awaits.of,
        f"/partners/mine/{secret}",
        (found.state, State.WITHDRAWN) in TABLE,
        desk.settings.partnership.text_characters,
        given or seen.told | {"brand_name": seen.brand_name},
        problem,
    )
    return _html(page, status)


@get("/style.css", needs=Needs.NOBODY, include_in_schema=False)
async def style(asked: Asking) -> Response[str]:
    return Response(pages.style(), media_type="text/css", headers={"x-content-type-options": "nosniff"})


async def _with_link(asked: Asked, secret: str) -> Application:
    """An application that nobody has claimed: once it is a user's, the link is of no use any more.

    Raises:
        Declined: `no_such_application`.
    """
    found = await asked.desk.read(lambda connection: applications.with_secret(connection, secret[:100]))
    if found.user:
        raise Declined("no_such_application", "this application is a user's by now: sign in to see it")
    return found


def _draft(data: Filled) -> Draft:
    return Draft(**{name: getattr(data, name) for name in pages.FORM})


def _language(asked: Asked, lang: str) -> str:
    return language_of(lang, asked.language)


def _status(why: BadInput | Declined) -> int:
    return status_of(why.code) if isinstance(why, Declined) else 400


def _html(page: str, status: int = 200) -> Response[str]:
    return Response(page, status_code=status, media_type="text/html", headers=SAFE)


def _minute(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d %H:%M} UTC"


def _grouped(decimal: str) -> str:
    """Whole coins with a thin space between thousands, as they are read in every language."""
    whole, dot, part = decimal.partition(".")
    return f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") + dot + part


ROUTES = [partners, apply, mine, act, style]
