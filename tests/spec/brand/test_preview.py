"""A draft of a brand, looked at before it is said: BR-16."""

from collections.abc import Iterator
from typing import Any

import pytest
from spec.house import House
from spec.small_exchange import NORTH

from commonbook.administration.roles import Role
from commonbook.brand.colours import PAIRS, contrast


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("preview")) as found:
        yield found


def draft(house: House, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = house.owner(NORTH).get("/partner/v1/brand").json()["document"]
    return document | changes


def seen(house: House, **changes: Any) -> dict[str, Any]:
    answer = house.person(NORTH, Role.MARKETING).post(
        "/partner/v1/brand/preview", {"document": draft(house, **changes)}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_br16_a_draft_that_can_be_said_has_no_fault_and_two_looks(house: House) -> None:
    told = seen(house)
    assert told["faults"] == []
    assert all(one["is_readable"] for one in told["pairs"])
    assert [(one["text"], one["behind"]) for one in told["pairs"]] == list(PAIRS)
    assert (told["is_dark"], told["light"]["background"]) == (False, "#ffffff")
    for look in (told["light"], told["dark"]):
        assert all(contrast(look[text], look[behind]) >= 4.5 for text, behind in PAIRS)


def test_br16_a_text_that_cannot_be_read_is_told_with_a_colour_that_can(house: House) -> None:
    colours = draft(house)["colours"] | {"accent": "#ffcc00"}
    told = seen(house, colours=colours)
    pair = next(one for one in told["pairs"] if (one["text"], one["behind"]) == ("accent", "background"))
    assert (pair["is_readable"], pair["contrast"], pair["least"]) == (False, "1.51", "4.5")
    assert all(contrast(pair["nearest"], colours[behind]) >= 4.5 for behind in ("background", "surface"))
    assert "colours.accent" in {one["field"] for one in told["faults"]}
    # What is told there is what publishing would say.
    body = {"based_on": 0, "document": draft(house, colours=colours)}
    refused = house.owner(NORTH).put("/partner/v1/brand", body).json()["error"]
    assert (refused["code"], "colours.accent" in refused["values"]) == ("invalid_brand", True)


def test_br16_nothing_is_kept_and_what_is_no_colour_is_a_fault(house: House) -> None:
    told = seen(house, title="Another", colours=draft(house)["colours"] | {"accent": "blue"})
    assert [one["field"] for one in told["faults"]] == ["colours.accent"]
    assert told["pairs"] == []
    assert house.owner(NORTH).get("/partner/v1/brand").json()["document"]["title"] == "north"


def test_br16_what_only_the_host_changes_is_a_fault(house: House) -> None:
    assert [one["field"] for one in seen(house, state="closed")["faults"]] == ["state"]


def test_br16_a_text_that_the_app_could_not_say_is_told(house: House) -> None:
    texts = {
        "sign-in": {"en": "Come in"},
        "loading": {"en": "{ $who"},
        "account.of-nobody": {"en": "{ is taken as it is }"},
        "close": {"en": "Close { $door }"},
    }
    told = seen(house, texts=texts)
    assert {one["field"] for one in told["faults"]} == {"texts.loading.en", "texts.close.en"}
    assert "$door" in next(one["why"] for one in told["faults"] if one["field"] == "texts.close.en")


def test_br16_every_text_is_told_with_the_brands_own_beside_it(house: House) -> None:
    owner = house.owner(NORTH)
    before = owner.get("/partner/v1/brand").json()
    changed = before["document"] | {"texts": {"sign-in": {"en": "Come in"}, "front.tagline": {"en": "North wind"}}}
    said = owner.put("/partner/v1/brand", {"based_on": before["version"], "document": changed})
    assert said.status_code == 200, said.text
    lines = {one["key"]: one for one in owner.get("/partner/v1/brand/texts?language=en").json()}
    assert (lines["sign-in"]["ours"], lines["sign-in"]["own"], lines["sign-in"]["area"]) == (
        "Sign in",
        "Come in",
        "shell",
    )
    assert (lines["front.tagline"]["own"], lines["front.tagline"]["area"]) == ("North wind", "front")
    assert owner.get("/partner/v1/brand/texts?language=de").status_code == 400


def test_br16_a_desk_tells_who_asks_and_what_they_may(house: House) -> None:
    told = house.person(NORTH, Role.FINANCE).get("/partner/v1/desk").json()
    assert (told["name"], told["roles"], told["brand"]) == ("north", ["finance"], str(NORTH))
    assert {"fees", "money"} <= set(told["may"])
    assert "brand" not in told["may"]
    assert "system" in told["fonts"]
