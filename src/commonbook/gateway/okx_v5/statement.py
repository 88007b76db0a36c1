"""What a handler states of itself, beside its code: what it is asked with, what it answers, how it differs from OKX.

The reference documents are made of these statements (`gateway/reference/`). A route whose handler states nothing fails
the checks, and so does a handler that reads a parameter it does not state.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from commonbook.gateway.okx_v5.codes import Code
from commonbook.settings import GatewaySettings

Schema = dict[str, Any]  # JSON Schema 2020-12, of the value as text or as the JSON value that stands for it
Stated = TypeVar("Stated", bound=Callable[..., Any])


class Setting(StrEnum):
    """A bound that the host sets."""

    BATCH_ROWS = "batch_rows"
    PAGE_ROWS = "page_rows"
    CLIENT_ID = "client_id_characters"
    TAG = "tag_characters"
    CANCEL_AFTER_MIN = "cancel_after_s_min"
    CANCEL_AFTER_MAX = "cancel_after_s_max"

    def value_in(self, settings: GatewaySettings) -> int:
        value: int = getattr(settings, self.value)
        return value


Bound = int | Setting


def bound_in(bound: Bound, settings: GatewaySettings) -> int:
    return bound.value_in(settings) if isinstance(bound, Setting) else bound


class Kind(StrEnum):
    """How a value is read."""

    WORD = "one of"  # of an enumeration
    WORDS = "some of, with commas between"
    WHOLE = "whole number"
    DECIMAL = "decimal"
    FLAG = "boolean"
    NAME = "letters and digits"
    PRINTED = "printable ASCII"
    TEXT = "text"
    ANY = "anything"  # echoed where it is text, and never refused


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name of a query, or of an object in a body."""

    name: str
    kind: Kind
    what: str = ""
    values: tuple[str, ...] = ()  # of a WORD
    low: Bound = 0  # of a WHOLE; or the fewest characters
    high: Bound = 0  # of a WHOLE; or the most characters
    is_required: bool = False
    example: str = ""
    is_usual: bool = False  # not required, and yet in every plain request
    further: str = ""  # what must be so beyond all that a schema can say: the venue, or another parameter, decides
    is_open: bool = False  # any other value is taken, too, and finds nothing
    is_ignored: bool = False  # taken, as OKX's clients send it, and without effect here
    is_refused: bool = False  # whoever sends it is refused: what it asks for is not to be had


@dataclass(frozen=True, slots=True)
class Link:
    """What an answer gives to another request: parameters by name, as OpenAPI's runtime expressions."""

    name: str
    route: tuple[str, str]
    gives: dict[str, str]


class Verdict(StrEnum):
    """How a route compares with OKX's of the same path."""

    SAME = "same"
    DIFFERS = "differs"
    ABSENT = "absent"  # the path answers, what it is about is not to be had
    OURS = "ours"  # OKX has none


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a handler states.

    `answers` is the schema of one item of `data`, by its name among the shapes; "" for a list that is always empty.
    """

    summary: str
    parameters: tuple[Parameter, ...] = ()
    rows: Bound = 0  # above 0: the body is an array of up to so many objects
    one_of: tuple[tuple[str, ...], ...] = ()  # of each of these groups one name at least is required
    answers: str = ""
    codes: tuple[Code, ...] = ()  # beside those that follow from the parameters
    row_codes: tuple[Code, ...] = ()  # told in the `sCode` of a row
    in_rows: bool = False  # what follows from the parameters is told in a row as well, and not at the top
    headers: tuple[Parameter, ...] = ()  # beside those of a signature
    differs: str = ""
    stricter: str = ""  # refused here and taken by OKX, on purpose, and why
    absent: str = ""  # why it is not to be had
    is_ours: bool = False
    links: tuple[Link, ...] = ()
    deprecated: str = ""  # since when, and what to use instead

    @property
    def verdict(self) -> Verdict:
        if self.is_ours:
            return Verdict.OURS
        if self.absent:
            return Verdict.ABSENT
        return Verdict.DIFFERS if self.differs or self.stricter else Verdict.SAME


_STATEMENTS: dict[Callable[..., Any], Statement] = {}


def states(summary: str, *parameters: Parameter | tuple[Parameter, ...], **more: Any) -> Callable[[Stated], Stated]:
    """Declare what a handler is asked with; `more` are the other fields of Statement."""
    flat: list[Parameter] = []
    for one in parameters:
        flat += one if isinstance(one, tuple) else (one,)
    statement = Statement(summary, tuple(flat), **more)

    def stated(handler: Stated) -> Stated:
        declare(handler, statement)
        return handler

    return stated


def declare(handler: Callable[..., Any], statement: Statement) -> None:
    """The same of a handler that is made by a function."""
    _STATEMENTS[handler] = statement


def statement_of(handler: Callable[..., Any]) -> Statement | None:
    """None: the handler states nothing, which no route's may."""
    return _STATEMENTS.get(handler)


# -- the parameters that many routes share ------------------------------------------------------------------------


def choice(name: str, *values: str, what: str = "", **more: Any) -> Parameter:
    return Parameter(name, Kind.WORD, what, values, **({"example": values[0]} | more))


def choices(name: str, *values: str, what: str = "", **more: Any) -> Parameter:
    return Parameter(name, Kind.WORDS, what, values, **({"example": values[0]} | more))


def number(name: str, low: Bound, high: Bound, what: str = "", **more: Any) -> Parameter:
    return Parameter(name, Kind.WHOLE, what, low=low, high=high, **more)


def decimal(name: str, what: str, **more: Any) -> Parameter:
    return Parameter(name, Kind.DECIMAL, what, **more)


def flag(name: str, what: str, **more: Any) -> Parameter:
    return Parameter(name, Kind.FLAG, what, **({"example": "false"} | more))


def name_of(name: str, most: Bound, what: str, **more: Any) -> Parameter:
    return Parameter(name, Kind.NAME, what, high=most, **more)


def printed(name: str, most: Bound, what: str, **more: Any) -> Parameter:
    return Parameter(name, Kind.PRINTED, what, high=most, **more)


def plain(name: str, what: str = "", **more: Any) -> Parameter:
    return Parameter(name, Kind.TEXT, what, **more)


def echoed(name: str, **more: Any) -> Parameter:
    """What is told back as it was sent, whatever it is."""
    return Parameter(name, Kind.ANY, "echoed", **more)


def ignored(*names: str) -> tuple[Parameter, ...]:
    """What OKX's clients send and what changes nothing here."""
    return tuple(Parameter(name, Kind.TEXT, "taken, and without effect here", is_ignored=True) for name in names)


def unavailable(*names: str) -> tuple[Parameter, ...]:
    """What asks for something that is not to be had: 50062, unless it is empty."""
    what = (
        "refused unless empty (50062): asked for and left out, it would leave a client less protected than it believes"
    )
    return tuple(Parameter(name, Kind.TEXT, what, is_refused=True) for name in names)


def needed(parameter: Parameter) -> Parameter:
    return replace(parameter, is_required=True)


FAR_MS = 2**53
FAR_ID = 2**63 - 1
LISTED = "an instrument that is listed (51001)"
INSTRUMENT = (
    plain("instId", "the instrument, by name", example="BTC-USDT", further=LISTED),
    plain("instIdCode", "the instrument, by its integer; `instId` is preferred", further=LISTED),
)
ONE_INSTRUMENT = ("instId", "instIdCode")
INSTRUMENT_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
INSTRUMENT_TYPE = choice(
    "instType",
    *INSTRUMENT_TYPES,
    what="the type of instrument; all but SPOT have empty lists",
)
CURRENCY = plain("ccy", "a currency", example="USDT", further="a currency of this venue")
CURRENCIES = plain("ccy", "currencies, with commas between; all when absent", example="BTC,USDT")
CURRENCY_FILTER = plain("ccy", "of this currency; one that is not here finds nothing", example="USDT")
LIMIT_REFUSED = "a limit out of its bounds is refused, not cut, so that a program does not take a part for the whole"
NO_CUSTODY = "this venue has no custody yet: what the host credits is a bill"
CURRENCY_FILTER = plain("ccy", "of this currency; one that is not here finds nothing", example="USDT")
LIMIT_REFUSED = "a limit out of its bounds is refused, not cut, so that a program does not take a part for the whole"
NO_CUSTODY = "this venue has no custody yet: what the host credits is a bill"
PAGE = (
    number("after", 0, FAR_ID, "older than this id, exclusive"),
    number("before", 0, FAR_ID, "newer than this id, exclusive"),
    number("begin", 0, 2**43, "from this time on, in milliseconds"),
    number("end", 0, 2**43, "up to this time, in milliseconds, inclusive"),
    number("limit", 1, Setting.PAGE_ROWS, "rows at the most; that many when absent", example="10"),
)
