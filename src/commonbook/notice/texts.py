"""The words of all mails, by language and kind, as Fluent has them: `texts/LANGUAGE.ftl`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from commonbook.errors import BrokenInvariant

FOLDER = Path(__file__).parent / "texts"
FALLBACK = "en"
FRAME = "mail"  # the message that every mail's text is put into


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


def languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.ftl")))


def nearest(asked: str) -> str:
    """The language that comes nearest to one: itself, one that begins alike, or English."""
    known = languages()
    if asked in known:
        return asked
    first = asked.split("-")[0].casefold()
    return next((one for one in known if one.split("-")[0].casefold() == first), FALLBACK)


def text(language: str, kind: str, brand: str, word: str, **values: Any) -> Text:
    """A mail's subject and body.

    Args:
        brand: who writes.
        word: the reader's own, which tells true mails from false ones; "" when there is none.

    Raises:
        BrokenInvariant: a text is missing or cannot be put together.
    """
    bundle = _bundle(nearest(language))
    told = {"brand": brand, "word": word, "has-word": "yes" if word else "no"} | values
    subject = _formatted(bundle, kind, "subject", told)
    inside = _formatted(bundle, kind, "", told)
    return Text(subject, _formatted(bundle, FRAME, "", told | {"text": inside}))


def _formatted(bundle: FluentBundle, kind: str, attribute: str, values: dict[str, Any]) -> str:
    message = bundle.get_message(kind) if bundle.has_message(kind) else None
    pattern = None if message is None else message.attributes.get(attribute) if attribute else message.value
    if pattern is None:
        raise BrokenInvariant(f"no text {kind}{attribute and '.'}{attribute}")
    made, errors = bundle.format_pattern(pattern, {name.replace("_", "-"): value for name, value in values.items()})
    if errors:
        raise BrokenInvariant(f"text {kind}: {errors[0]}")
    return str(made)


@cache
def _bundle(language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle
