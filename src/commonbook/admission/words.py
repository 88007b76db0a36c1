"""The texts of a program's pages and letters: `texts/LANGUAGE.ftl`; each language has every key."""

from functools import cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from commonbook.errors import BrokenInvariant

LANGUAGES = ("en", "zh-Hans", "es")  # the first is told to whoever speaks none of them


def language_of(wanted: str, accepted: str) -> str:
    """The language of a page: the one that was chosen, else the first that the browser accepts, else the first.

    Args:
        accepted: an Accept-Language header, or its first entry.
    """
    tags = [wanted, *(one.partition(";")[0].strip() for one in accepted.split(","))]
    for tag in tags:
        for language in LANGUAGES:
            if tag and (tag.lower() == language.lower() or tag.lower().split("-")[0] == language.split("-")[0]):
                return language
    return LANGUAGES[0]


def say(texts: Path, language: str, key: str, **values: Any) -> str:
    """A text of a language.

    Args:
        texts: the folder of a program's texts.

    Raises:
        BrokenInvariant: there is none of that key, or a value of it is not given.
    """
    bundle = _bundle(texts, language)
    message = bundle.get_message(key) if bundle.has_message(key) else None
    if message is None or message.value is None:
        raise BrokenInvariant(f"texts of {language} have no {key}")
    text, errors = bundle.format_pattern(message.value, values)
    if errors:
        raise BrokenInvariant(f"text {key} of {language}: {errors[0]}")
    return str(text)


def keys(texts: Path, language: str) -> frozenset[str]:
    """Every key that a language has a text for."""
    return frozenset(_bundle(texts, language)._messages)


@cache
def _bundle(texts: Path, language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((texts / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle
