"""The program's page for people: HTML without script, in every language that has its texts. Rule BE-1.

What is told in its texts are the values of the settings and of the venue as they are now.
"""

from dataclasses import asdict, dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from commonbook.brokerage.model import Business
from commonbook.brokerage.words import LANGUAGES, TEXTS, say

COMPARED = ("security", "privacy", "speed", "control", "use", "attribution", "addresses", "ending")
POINTS: dict[str, tuple[str, ...]] = {  # each question, and the points of its answer
    "program": (),
    "who": tuple(f"business-{one}" for one in Business),
    "models": (),
    "needs": tuple(f"needs-{one}" for one in ("company", "capacity", "security", "compliance")),
    "way": tuple(f"way-{one}" for one in ("prepare", "apply", "integrate", "test", "review", "contract", "live")),
    "rate": (),
    "paid": (),
    "excluded": tuple(f"excluded-{one}" for one in ("level", "channel", "discount", "consent")),
    "minimum": (),
    "check": (),
    "users": (),
    "ends": (),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of the program."""

    exchange: str
    asset: str  # in which brokers are paid
    minimum: str  # of it, decimal
    excluded_level: int
    requests: int
    attestation_days: int
    warning_days: int


@dataclass(frozen=True, slots=True)
class Compared:
    name: str
    feature: str
    api: str
    oauth: str


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    asked: str
    answer: str
    points: tuple[str, ...] = ()
    point_codes: tuple[str, ...] = ()


def comparison(language: str) -> list[Compared]:
    """The two models, row by row."""
    return [
        Compared(one, *(say(language, f"compare-{one}{column}") for column in ("", "-api", "-oauth")))
        for one in COMPARED
    ]


def questions(language: str, told: Told) -> list[Question]:
    """What everybody asks, answered by what is in force."""
    values = values_of(told)
    return [
        Question(
            name,
            say(language, f"question-{name}", **values),
            say(language, f"answer-{name}", **values),
            tuple(say(language, point, **values) for point in points),
            points,
        )
        for name, points in POINTS.items()
    ]


def page(language: str, told: Told) -> str:
    values = values_of(told)

    def said(key: str) -> str:
        return say(language, key, **values)

    return (
        _templates()
        .get_template("brokers.html")
        .render(
            language=language,
            say=said,
            languages=[(one, say(one, "language-name")) for one in LANGUAGES],
            rows=comparison(language),
            questions=questions(language, told),
        )
    )


def style() -> str:
    return (TEXTS / "style.css").read_text(encoding="utf-8")


def values_of(told: Told) -> dict[str, str]:
    """What the texts speak of. Numbers as words: none of them is grouped or rounded."""
    return {name: str(value) for name, value in asdict(told).items()}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEXTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
