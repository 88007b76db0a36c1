"""What the web pages of a brand's team begin with, and how a draft of the brand would look. Rule BR-16."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody

from commonbook.administration.roles import May, Role
from commonbook.brand import colours, rules, service
from commonbook.brand.colours import LEAST_CONTRAST, PAIRS
from commonbook.brand.model import Colours, Document, Fault
from commonbook.errors import BadInput
from commonbook.gateway.desk import brands
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.front.texts import TEXTS
from commonbook.gateway.web import look, texts

NO_BRANDS = {"partnership", "operator"}  # areas of the host's own address, where no brand's texts are shown
FRONT = "front"  # the area of the plain page's texts, which are written as they are shown


class DeskTold(msgspec.Struct, frozen=True):
    """Who asks, and whose desk it is."""

    brand: str
    name: str
    title: str
    state: str
    roles: list[Role]
    may: list[May]
    has_second_factor: bool
    needs_second_factor: bool  # before they can change anything (PE-16)
    is_fresh: bool  # a second factor was shown lately
    time_ns: str  # engine time, by which days close and fees begin
    fonts: dict[str, str]  # the names to choose from, and what each is in a style sheet
    languages: list[str]  # that the app has texts for


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that is not said yet."""

    document: dict[str, Any]


class PairTold(msgspec.Struct, frozen=True):
    """A text and what is behind it."""

    text: str
    behind: str
    contrast: str  # "4.53"; of 1 to 21
    least: str
    is_readable: bool
    nearest: str  # the nearest colour of the text's that can be read there, and wherever else it stands


class LookTold(msgspec.Struct, frozen=True):
    """How the app would look, and all that keeps the draft from being said."""

    light: Colours
    dark: Colours
    is_dark: bool  # the draft's own colours are the dark ones
    fonts: dict[str, str]
    pairs: list[PairTold]
    faults: list[Fault]


class TextLine(msgspec.Struct, frozen=True):
    """One text of the app in one language."""

    key: str
    area: str
    ours: str
    own: str  # the brand's; empty without one
    why_not: str  # why the brand's is not shown


@get("/desk", needs=May.LOOK)
async def whose_desk(asked: Asking) -> DeskTold:
    """Who asks, what they may do here, and what the pages of the desk choose from."""
    desk, brand = asked.desk, brands.brand_numbered(asked, asked.brand)
    document = (await brands.current(asked, brand)).document
    return DeskTold(
        brand=str(brand.id),
        name=document.name,
        title=document.title,
        state=document.state,
        roles=sorted(asked.roles),
        may=sorted(asked.may),
        has_second_factor=asked.has_second_factor,
        needs_second_factor=desk.settings.people.staff_second_factor and not asked.has_second_factor,
        is_fresh=asked.is_fresh(),
        time_ns=str(desk.engine_time_ns),
        fonts=desk.settings.brand.fonts,
        languages=list(texts.languages()),
    )


@post("/brand/preview", needs=May.BRAND, status_code=200)
async def preview(asked: Asking, data: JSONBody[Draft]) -> LookTold:
    """How a draft would look in light and in dark, and what is wrong with it. Nothing is kept."""
    desk, brand = asked.desk, brands.brand_numbered(asked, asked.brand)
    document, unread = rules.read(data.document)
    if document is None:
        raise BadInput("; ".join(map(str, unread)))
    draft = rules.normal(document)
    faults = await desk.read(lambda connection: service.faults_of(connection, desk.settings, brand, draft))
    fonts, can_be_mixed = desk.settings.brand.fonts, _are_colours(draft.colours)
    light, dark = look.both(draft.colours if can_be_mixed else Colours())
    return LookTold(
        light=light,
        dark=dark,
        is_dark=can_be_mixed and look.is_dark(draft.colours),
        fonts={name: fonts.get(font, "sans-serif") for name, font in msgspec.structs.asdict(draft.fonts).items()},
        pairs=_pairs(draft.colours) if can_be_mixed else [],
        faults=[*faults, *_unsaid(draft)],
    )


@get("/brand/texts", needs=May.LOOK)
async def overridable(asked: Asking, language: FromQuery[str] = "") -> list[TextLine]:
    """Every text of the app that the brand can say in its own words, in one of its languages; in its first unless it
    is said."""
    document = (await brands.current(asked, brands.brand_numbered(asked, asked.brand))).document
    language = language or document.languages[0]
    if language not in document.languages:
        raise BadInput(f"language {language[:16]!r} is none of {', '.join(document.languages)}")
    spoken = texts.nearest(language) or texts.FIRST
    found = [(key, FRONT, text) for key, text in TEXTS.items()]
    for area in sorted(texts.areas() - NO_BRANDS):
        found += [(key, area, text) for key, text in texts.said(spoken, area).items()]
    return [_line(document, language, *one) for one in found]


def _line(document: Document, language: str, key: str, area: str, ours: str) -> TextLine:
    own = document.texts.get(key, {}).get(language, "")
    return TextLine(key, area, ours, own, texts.why_not(key, own, area) if own and area != FRONT else "")


def _unsaid(draft: Document) -> list[Fault]:
    """The brand's own texts that the app could not say."""
    areas = {key: area for area in texts.areas() for key in texts.keys(texts.FIRST, area)}
    return [
        Fault(f"texts.{key}.{language}"[:80], repr(text[:80]), why)
        for key, told in draft.texts.items()
        for language, text in told.items()
        if key in areas and (why := texts.why_not(key, text, areas[key]))
    ]


def _cut(ratio: float) -> str:
    """Two decimals, never rounded up to what would be enough."""
    return f"{int(ratio * 100) / 100:.2f}"


def _are_colours(given: Colours) -> bool:
    return all(colours.is_colour(value) for value in msgspec.structs.asdict(given).values())


def _pairs(given: Colours) -> list[PairTold]:
    told = []
    towards = "#ffffff" if look.is_dark(given) else "#000000"
    for text, behind in PAIRS:
        own, ground = getattr(given, text), getattr(given, behind)
        grounds = tuple(getattr(given, other) for one, other in PAIRS if one == text)
        farthest = max(("#ffffff", "#000000"), key=lambda one: colours.contrast(one, ground))
        nearest = look.readable(own, grounds, farthest if text == "on_accent" else towards)
        ratio = colours.contrast(own, ground)
        told.append(PairTold(text, behind, _cut(ratio), f"{LEAST_CONTRAST:.1f}", ratio >= LEAST_CONTRAST, nearest))
    return told


ROUTES = [whose_desk, preview, overridable]
