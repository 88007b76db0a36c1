"""What the front page says where a brand has no text of its own. A brand overrides each by its key."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from commonbook.brand.model import Document, State

TEXTS: Mapping[str, str] = {
    "front.tagline": "Trade on a deep, shared market.",
    "front.markets": "Markets",
    "front.instrument": "Instrument",
    "front.last": "Last price",
    "front.none": "Nothing is listed yet.",
    "front.api": "API",
    "front.support": "Support",
    "front.sandbox": "We are not open yet. What you see here is for a look.",
    "front.suspended": "We are closed for a while. Please come back later.",
    "front.offboarding": "We are closing. Nobody can join any more; withdraw what is yours.",
    "front.closed": "We have closed.",
    "front.host": "Operated on the exchange of {host}.",
}
NOTICES = {
    State.SANDBOX: "front.sandbox",
    State.SUSPENDED: "front.suspended",
    State.OFFBOARDING: "front.offboarding",
    State.CLOSED: "front.closed",
}


def language_of(document: Document, accepted: str) -> str:
    """The brand's language that an Accept-Language header likes best; the brand's first when it likes none."""
    wanted: list[tuple[float, int, str]] = []
    for number, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";")
        wanted.append((-_quality(quality), number, tag.strip().lower()))
    for weight, _, tag in sorted(wanted):
        nearness, at = max((_nearness(own, tag), -number) for number, own in enumerate(document.languages))
        if weight < 0 and nearness:
            return document.languages[-at]
    return document.languages[0]


def _nearness(own: str, tag: str) -> int:
    """3: the same; 2: one language in one script, as `zh-TW` and `zh-Hant` are; 1: one language; 0: another."""
    if own.lower() == tag:
        return 3
    if own.lower().partition("-")[0] != tag.partition("-")[0]:
        return 0
    return 2 if _script(own) == _script(tag) else 1


@lru_cache(maxsize=512)
def _script(tag: str) -> str:
    """The script that a tag names, or that its region is known to write in; "" for the usual one of its language."""
    try:
        return Locale.parse(tag, sep="-").script or ""
    except (ValueError, UnknownLocaleError):
        return ""


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def texts_of(document: Document, language: str) -> dict[str, str]:
    """Every text of the front page in a language."""
    return said_in(TEXTS, document, language)


def said_in(ours: Mapping[str, str], document: Document, language: str) -> dict[str, str]:
    """Texts in a language: the brand's own in it, else its own in its first language, else ours."""
    found = dict(ours)
    for key, told in document.texts.items():
        text = told.get(language, told.get(document.languages[0]))
        if text is not None:
            found[key] = text
    return found
