"""The program's pages for people: HTML without script, in every language that has its texts. Rule PA-24.

What is told in their texts are the values of the terms and of the venue as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from commonbook.partnership.applications import FIELDS
from commonbook.partnership.words import LANGUAGES, TEXTS, say

FORM = (*FIELDS, "brand_name")
LONG_FIELDS = ("team", "plan")
PROVIDES = ("matching", "counter", "wallets", "clearing", "support", "compliance", "maintenance")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of the program, as texts."""

    host: str
    instruments: int
    brands: int
    intake_address: str
    phase: str = ""  # the name of the one that is open; "" for none
    quota: int = 0
    taken: int = 0
    left: int = 0
    stake: str = ""
    asset: str = ""
    holders: str = ""  # per cent; "" where nothing is agreed
    host_holders: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    asked: str
    answers: tuple[str, ...]
    points: tuple[str, ...] = ()
    code: str = ""
    answer_codes: tuple[str, ...] = ()
    point_codes: tuple[str, ...] = ()


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEXTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, language: str, values: Mapping[str, Any], common: Mapping[str, Any]) -> str:
    def said(key: str, **more: Any) -> str:
        return say(language, key, **(dict(common) | more))

    shared = {"language": language, "say": said, "fields": FORM, "long_fields": LONG_FIELDS}
    return _templates().get_template(template).render(shared | dict(values))


def style() -> str:
    return (TEXTS / "style.css").read_text(encoding="utf-8")


def questions(language: str, told: Told) -> list[Question]:
    """The ten questions that everybody asks, answered by what is in force."""
    values = values_of(told)

    def text(key: str) -> str:
        return say(language, key, **values)

    return [
        Question(text(code), tuple(map(text, answers)), tuple(map(text, points)), code, answers, points)
        for code, answers, points in asked_now(told)
    ]


def asked_now(told: Told) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Of each question the keys of it, of its answers, and of their points."""
    is_open = "" if told.phase else "-closed"
    apply = (f"answer-apply{is_open}", *(("answer-apply-mail",) if told.intake_address and told.phase else ()))
    return [
        ("question-program", (f"answer-program{is_open}",), ()),
        ("question-provides", ("answer-provides",), tuple(f"provides-{one}" for one in PROVIDES)),
        *(
            (f"question-{one}", (f"answer-{one}",), ())
            for one in ("listing", "control", "custody", "liquidity", "volume")
        ),
        ("question-stake", (f"answer-stake{is_open}",), ()),
        (
            f"question-holders{'' if told.asset else '-closed'}",
            ("answer-holders" if told.holders else "answer-holders-none",),
            (),
        ),
        ("question-apply", apply, ()),
    ]


def partners(language: str, told: Told, text_characters: int, given: Mapping[str, str], problem: str = "") -> str:
    """The page of the program, with the form to apply.

    Args:
        given: what was filled in before, when it is shown again for a problem.
    """
    values = {
        "questions": questions(language, told),
        "languages": [(one, say(one, "language-name")) for one in LANGUAGES],
        "phase": told.phase,
        "given": given,
        "problem": problem,
        "text_characters": text_characters,
    }
    return _render("partners.html", language, values, values_of(told))


def received(language: str, reference: str, link: str, path: str) -> str:
    """What an applicant sees once: the reference and the link."""
    return _render("received.html", language, {"reference": reference, "link": link, "path": path}, {})


def mine(
    language: str,
    application: Any,
    steps: Sequence[Mapping[str, str]],
    of: Sequence[str],
    path: str,
    may_withdraw: bool,
    text_characters: int,
    given: Mapping[str, str],
    problem: str = "",
) -> str:
    """An application for whoever has its link.

    Args:
        application: as it is told: `reference`, `state`, `brand_name`, `awaits`.
        steps: `time`, `state`, `role` and `reason` of each.
        of: the roles of whom the next step is awaited.
    """
    values = {
        "application": application,
        "next": application.awaits,
        "of": ", ".join(say(language, f"role-{one}") for one in of),
        "steps": steps,
        "path": path,
        "may_withdraw": may_withdraw,
        "given": given,
        "problem": problem,
        "text_characters": text_characters,
    }
    return _render("mine.html", language, values, {})


def values_of(told: Told) -> dict[str, Any]:
    """What the texts speak of."""
    return {
        "host": told.host,
        "instruments": told.instruments,
        "brands": told.brands,
        "address": told.intake_address,
        "phase": told.phase,
        "quota": str(told.quota),
        "taken": str(told.taken),
        "left": str(told.left),
        "stake": told.stake,
        "asset": told.asset,
        "holders": told.holders,
        "host_holders": told.host_holders,
    }
