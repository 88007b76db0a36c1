"""Each money field, given a number in more than three hundred spellings: exact, or refused with its code.

W-4 and W-5 of docs/reference/okx-v5.md; M-5. What a number is worth stands in conformance/okx_v5/number_cases.py, and
what a field makes of it is reckoned here with fractions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from conformance.okx_v5.number_cases import ABSENT, NO_JSON, NO_NUMBER, number_cases

from commonbook.gateway.okx_v5.app import decode_body
from commonbook.gateway.okx_v5.codec import Body, amended_price_and_size, order_request
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.transfer import amount_of
from commonbook.instrument.model import Asset, Instrument
from commonbook.units import Lots

CASES = number_cases()
FINEST = Fraction(1, 10**18)  # of a price or a size
QUOTE, BASE = Asset(2, "USDT", 8), Asset(1, "BTC", 8)
PAIRS = {
    "tick 0.1": Instrument(1, "BTC-USDT", BASE, QUOTE, 1, 1, 4, 1, Lots(1), 0),
    "tick 0.05": Instrument(1, "BTC-USDT", BASE, QUOTE, 2, 5, 3, 25, Lots(1), 0),
    "tick 1": Instrument(1, "BTC-USDT", BASE, QUOTE, 0, 1, 0, 1, Lots(1), 0),
    "the demo's": Instrument(1, "BTC-USDT", BASE, QUOTE, 0, 1, 8, 1, Lots(1), 0),
}
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1000", "sz": "1000"}


@dataclass(frozen=True)
class Field:
    """A field: how the codec reads it, and what it must make of a number."""

    read: Callable[[Body, Any], int]
    step: Callable[[Instrument], Fraction]
    below: int  # units
    absent: int | str  # what comes of nothing: a value, or a code
    off_step: str  # code of what is between two steps
    nothing: str  # code of zero and less
    finest: Fraction = FINEST


def venue(pair: Instrument) -> Any:
    return SimpleNamespace(instrument_named=lambda name: pair, instruments={1: pair})


def tick(pair: Instrument) -> Fraction:
    return Fraction(pair.tick_mantissa, 10**pair.tick_scale)


def lot(pair: Instrument) -> Fraction:
    return Fraction(pair.lot_mantissa, 10**pair.lot_scale)


def minor(pair: Instrument) -> Fraction:
    return Fraction(1, 10**8)


def ordered(body: Body, pair: Instrument) -> Any:
    return order_request(ORDER | body, venue(pair), 32, 16)


FIELDS = {
    "px": Field(lambda body, pair: int(ordered(body, pair).price_ticks), tick, 2**63, 0, "51000", "51000"),
    "sz": Field(lambda body, pair: int(ordered(body, pair).quantity_lots), lot, 2**63, "50014", "51121", "51000"),
    "sz of a market buy": Field(
        lambda body, pair: int(ordered(body | {"ordType": "market"}, pair).quote_amount),
        *(minor, 10**38, "50014", "51000", "51000", Fraction(1, 10**8)),
    ),
    "newPx": Field(lambda body, pair: amended_price_and_size(body, pair)[0], tick, 2**63, 0, "51000", "51000"),
    "newSz": Field(lambda body, pair: amended_price_and_size(body, pair)[1], lot, 2**63, 0, "51121", "51000"),
    "amt": Field(
        lambda body, pair: amount_of(body, pair.quote),
        *(minor, 10**38, "50014", "51000", "58114", Fraction(1, 10**8)),
    ),
}


def expected(field: Field, worth: Fraction | str, pair: Instrument) -> int | str:
    if worth == NO_JSON:
        return "50002"
    if worth == ABSENT:
        return field.absent
    if isinstance(worth, str) or abs(worth / field.finest) >= 10**38 or (worth / field.finest).denominator > 1:
        return "51000"
    units = worth / field.step(pair)
    if units.denominator > 1:
        return field.off_step
    if units <= 0:
        return field.nothing
    return int(units) if units < field.below else "51000"


def found(field: Field, name: str, text: str, pair: Instrument) -> int | str:
    try:
        body = decode_body(f'{{"{name.split()[0]}":{text}}}'.encode())
        return field.read(body, pair)
    except Refused as refused:
        return refused.code.number


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", FIELDS)
def test_w5_a_number_is_taken_exactly_or_refused_with_its_code(name: str, pair: str) -> None:
    assert len(CASES) >= 300
    field, instrument = FIELDS[name], PAIRS[pair]
    told = {text: found(field, name, text, instrument) for text in CASES}
    assert told == {text: expected(field, worth, instrument) for text, worth in CASES.items()}
    assert sum(isinstance(one, int) for one in told.values()) > 10, "some are taken"


def test_the_cases_are_of_each_kind() -> None:
    kinds = [worth if isinstance(worth, str) else "a number" for worth in CASES.values()]
    assert {
        kind: kinds.count(kind) >= least
        for kind, least in {"a number": 250, NO_NUMBER: 80, NO_JSON: 25, ABSENT: 4}.items()
    } == dict.fromkeys(("a number", NO_NUMBER, NO_JSON, ABSENT), True)


@pytest.mark.parametrize("name", FIELDS)
def test_a_codec_that_goes_through_a_float_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonbook.instrument.model.parse_units", lambda text, scale: round(float(text) * 10**scale))
    field, pair = FIELDS[name], PAIRS["tick 0.1"]
    exact = {text: worth for text, worth in CASES.items() if isinstance(worth, Fraction) and "." in text}
    assert any(found(field, name, text, pair) != expected(field, worth, pair) for text, worth in exact.items())
