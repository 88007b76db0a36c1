"""What a broker would have earned under other rules, asked at its desk. Rule: docs/rules/broker-proofs.md, BP-15."""

from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from spec.broker.test_history import Lines, house  # noqa: F401  the same hours
from spec.house import Person

from commonbook.gateway.desk.broker import what_if

PATH, FIRST_HOUR = "/broker/v1/what-if", {"first": "2025-11-24T17:00:00Z", "last": "2025-11-24T17:00:00Z"}
WHOLE = {"first": "2025-11-24", "last": "2025-11-26"}


def asked(person: Person, **rules: Any) -> dict[str, Any]:
    answer = person.post(PATH, rules)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def changes(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["who"]: (one["before"], one["after"]) for one in told["changes"]}


def code_of(answer: Any) -> str:
    code: str = answer.json()["error"]["code"]
    return code


def test_bp15_the_example_of_the_rulebook(house: Lines) -> None:  # noqa: F811
    told = asked(house.root, **FIRST_HOUR, rate="40")
    assert told["code"] == "NORTHSTAR"
    assert changes(told) == {"NORTHSTAR": ("0.43333333", "0.5"), "ADA": ("0.03333333", "0.03333333")}
    assert (told["hours"], told["sides"]) == (1, 2)


def test_bp15_the_same_rules_give_what_the_lines_say_and_nothing_of_others(house: Lines) -> None:  # noqa: F811
    told = asked(house.root, **WHOLE)
    assert told["gain"] == "0"
    assert {one["who"] for one in told["changes"]} == {"NORTHSTAR", "ADA"}  # and not OTHER, which traded as well
    lines = house.root.get("/broker/v1/history/fills?first=2025-11-24&last=2025-11-26").json()["lines"]
    assert changes(told)["NORTHSTAR"][0] == str(sum((Decimal(one["paid"]) for one in lines), Decimal()).normalize())
    parts = [sum(Decimal(one[name]) for one in told["changes"]) for name in ("before", "after", "gain")]
    assert parts == [Decimal(told[name]) for name in ("before", "after", "gain")]


def test_bp15_points_of_a_sub_broker_move_between_the_two(house: Lines) -> None:  # noqa: F811
    told = asked(house.root, **FIRST_HOUR, pools={"ADA": "20"})
    assert told["gain"] == "0"
    assert changes(told) == {"ADA": ("0.03333333", "0.06666666"), "NORTHSTAR": ("0.43333333", "0.4")}


def test_bp15_a_level_from_which_nothing_is_earned(house: Lines) -> None:  # noqa: F811
    assert changes(asked(house.root, **FIRST_HOUR, excluded_from_level=0))["NORTHSTAR"][1] == "0"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"pools": {"OTHER": "5"}}, "no_such_sub_broker"),
        ({"pools": {"ADA": "99"}}, "more_than_the_pool"),
        ({"rate": "101"}, "bad_request"),
        ({"tier": 11}, "bad_request"),
        ({"first": "2025-10-01", "last": "2025-11-24"}, "bad_request"),
        ({"tree": {}}, "bad_request"),
    ],
)
def test_bp15_what_no_broker_could_have_is_refused(house: Lines, rules: dict[str, Any], code: str) -> None:  # noqa: F811
    answer = house.root.post(PATH, FIRST_HOUR | rules)
    assert answer.status_code >= 400
    assert code_of(answer) == code


def test_bp15_who_has_no_rate_is_refused_and_so_is_who_is_no_broker(house: Lines) -> None:  # noqa: F811
    assert code_of(house.ada.post(PATH, FIRST_HOUR)) == "sub_broker"
    assert code_of(house.trader().post(PATH, FIRST_HOUR)) == "not_a_broker"


def test_bp15_too_many_fills_are_refused_with_both_numbers(house: Lines) -> None:  # noqa: F811
    with mock.patch.object(what_if, "SIDES_MOST", 3):
        answer = house.root.post(PATH, WHOLE)
    assert answer.json()["error"]["code"] == "too_many_fills"
    assert answer.json()["error"]["values"]["most"] == 3
