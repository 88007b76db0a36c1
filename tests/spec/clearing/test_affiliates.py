"""A brand agrees affiliates at its own desk. Q-8 of docs/rules/clearing.md.

The venue lets claims take 40 % of a fee at most. Engine time is behind the wall's, so that days are counted from today.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House
from spec.small_exchange import MAKER, NORTH, SOUTH, TAKER, one

from commonbook.administration.roles import Role
from commonbook.clearing import terms
from commonbook.clearing.closing import day_text
from commonbook.clearing.model import DAY_NS
from commonbook.records import CommandKind
from commonbook.units import RateE8

PATH = "/partner/v1/fees/affiliates"
AFFILIATE = 3_001  # another client of south


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as made:
        made.send(one(CommandKind.ACCOUNT, account=AFFILIATE, person=AFFILIATE, brand=SOUTH))
        yield made


def asked(house: House, **changed: str) -> dict[str, Any]:
    tomorrow = day_text(max(house.now_ns, time.time_ns()) // DAY_NS + 1)
    return {"account": str(TAKER), "affiliate": str(AFFILIATE), "rate": "0.3", "first_date": tomorrow} | changed


def test_q8_an_affiliate_is_agreed_by_two_and_in_force_from_its_day(house: House) -> None:
    first, second = house.owner(SOUTH), house.person(SOUTH, Role.FINANCE)
    approval = first.post(PATH, asked(house)).json()
    assert first.get(PATH).json() == []
    assert house.approve(approval, first).json()["error"]["code"] == "own_request"
    assert house.approve(approval, second).json()["state"] == "done"
    tomorrow = asked(house)["first_date"]
    told = {"account": str(TAKER), "affiliate": str(AFFILIATE), "rate": "0.3", "first_date": tomorrow}
    assert second.get(PATH).json() == [told]
    assert house.owner(NORTH).get(PATH).json() == []
    begins = (max(house.now_ns, time.time_ns()) // DAY_NS + 1) * DAY_NS
    found = house.read(lambda connection: terms.load(connection, RateE8(0)))
    agreed = found.affiliate(SOUTH, TAKER, begins)
    assert agreed is not None
    assert (agreed.beneficiary, agreed.rate_e8) == (AFFILIATE, 30_000_000)
    assert found.affiliate(SOUTH, TAKER, begins - 1) is None


def test_q8_a_rate_of_nothing_ends_it(house: House) -> None:
    first, second = house.owner(SOUTH), house.person(SOUTH, Role.FINANCE)
    later = day_text(max(house.now_ns, time.time_ns()) // DAY_NS + 3)
    for body in (asked(house), asked(house, rate="0", first_date=later)):
        assert house.approve(first.post(PATH, body).json(), second).json()["state"] == "done"
    found = house.read(lambda connection: terms.load(connection, RateE8(0)))
    begins = (max(house.now_ns, time.time_ns()) // DAY_NS + 1) * DAY_NS
    assert found.affiliate(SOUTH, TAKER, begins + DAY_NS) is not None
    assert found.affiliate(SOUTH, TAKER, begins + 2 * DAY_NS) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"account": str(MAKER)}, "no_such_account"),  # of north
        ({"affiliate": "99"}, "no_such_account"),
        ({"affiliate": str(TAKER)}, "own_affiliate"),
        ({"rate": "0.40000001"}, "refused_claim_too_high"),
        ({"rate": "-0.1"}, "bad_request"),
        ({"rate": "1.5"}, "bad_request"),
        ({"first_date": "2020-01-01"}, "too_late"),
    ],
)
def test_q8_what_cannot_be_agreed_is_refused_when_it_is_asked(house: House, changed: dict[str, str], code: str) -> None:
    assert house.owner(SOUTH).post(PATH, asked(house, **changed)).json()["error"]["code"] == code


def test_q8_who_may_not_speak_of_fees_sees_and_asks_nothing(house: House) -> None:
    support = house.person(SOUTH, Role.SUPPORT)
    assert support.get(PATH).json()["error"]["code"] == "not_permitted"
    assert support.post(PATH, asked(house)).json()["error"]["code"] == "not_permitted"
