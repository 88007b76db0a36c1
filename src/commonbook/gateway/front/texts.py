"""What the front page says where a brand has no text of its own. A brand overrides each by its key."""

from collections.abc import Mapping

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
        for language in document.languages:
            own = language.lower()
            if weight < 0 and (own == tag or own.partition("-")[0] == tag.partition("-")[0]):
                return language
    return document.languages[0]


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def texts_of(document: Document, language: str) -> dict[str, str]:
    """Every text of the page in a language: the brand's own in it, else its own in its first language, else ours."""
    found = dict(TEXTS)
    for key, told in document.texts.items():
        text = told.get(language, told.get(document.languages[0]))
        if text is not None:
            found[key] = text
    return found
