"""Texts and versions by themselves. docs/rules/terms.md, T-1 to T-6."""

import hashlib
from pathlib import Path

import pytest

from commonbook.errors import BadInput, Declined
from commonbook.terms import rules
from commonbook.terms.model import Audience, Kind, Line, Version

NOW, TOMORROW = 1_000, 2_000
TERMS = Line(1, "*", Audience.TRADER, Kind.TERMS)
GERMAN = Line(1, "DE", Audience.TRADER, Kind.TERMS)


def version(number: int, material: bool = False, effective_ns: int = NOW, line: Line = TERMS) -> Version:
    return Version(number + (100 if line is GERMAN else 0), line, number, effective_ns, material, 7, 1)


@pytest.mark.parametrize("text", ["risk", "risk\r\n", "risk\r", "\nrisk  ", "\n\nrisk \n\n\n"])
def test_t1_one_text_has_one_hash_however_it_is_spelled(text: str) -> None:
    assert rules.canonical(text) == "risk\n"
    assert rules.hash_of(rules.canonical(text)) == hashlib.sha256(b"risk\n").hexdigest()
    page = (Path(__file__).parents[3] / "docs" / "rules" / "terms.md").read_text()
    assert rules.hash_of("risk\n") in page


def test_t1_composed_and_decomposed_letters_are_one_text_and_another_word_is_another() -> None:
    composed, decomposed = rules.canonical("Gebühr"), rules.canonical("Gebu\u0308hr")
    assert rules.hash_of(composed) == rules.hash_of(decomposed)
    assert rules.hash_of(composed) != rules.hash_of(rules.canonical("Gebuhr"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("a\x00b", "U\\+0000"),
        ("a\x1b[31m", "U\\+001B"),
        ("a" * 400_001, "400001 characters"),
    ],
)
def test_t1_a_text_that_cannot_be_kept_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        rules.canonical(text)


@pytest.mark.parametrize(
    ("brand", "role", "allowed"),
    [
        (1, Audience.TRADER, True),
        (1, Audience.STAFF, True),
        (1, Audience.PARTNER, False),
        (1, Audience.BROKER, False),
        (0, Audience.TRADER, False),
        (0, Audience.STAFF, True),
        (0, Audience.PARTNER, True),
        (0, Audience.BROKER, True),
    ],
)
def test_t3_a_brand_writes_for_traders_and_staff_and_the_host_for_partners_and_brokers(
    brand: int, role: Audience, allowed: bool
) -> None:
    if allowed:
        rules.may_publish(brand, role)
    else:
        with pytest.raises(Declined) as declined:
            rules.may_publish(brand, role)
        assert declined.value.code == "not_your_text"
    assert rules.writer_of(1, role) == (0 if role in (Audience.PARTNER, Audience.BROKER) else 1)


def test_t4_a_country_has_its_own_texts_once_one_is_in_force() -> None:
    everywhere, later = version(1), version(1, effective_ns=TOMORROW, line=GERMAN)

    def line(where: str, now_ns: int, *versions: Version) -> list[Version]:
        return rules.lines_for(versions, 1, where, [Audience.TRADER], now_ns).get((Audience.TRADER, Kind.TERMS), [])

    assert line("*", NOW, everywhere, later) == [everywhere]
    assert line("FR", NOW, everywhere, later) == [everywhere]
    assert line("DE", NOW, everywhere, later) == [everywhere]
    assert line("DE", TOMORROW, everywhere, later) == [later]
    assert line("DE", NOW, later) == []
    assert rules.lines_for([everywhere], 2, "*", [Audience.TRADER], NOW) == {}


@pytest.mark.parametrize(
    ("line", "accepted", "now_ns", "due"),
    [
        ([version(1)], [], NOW, 1),
        ([version(1), version(2)], [1], NOW, None),
        ([version(1), version(2)], [], NOW, 2),
        ([version(1), version(2), version(3, material=True)], [2], NOW, 3),
        ([version(1), version(2, material=True), version(3)], [2], NOW, None),
        ([version(1), version(2, True, TOMORROW)], [1], NOW, None),
        ([version(1), version(2, True, TOMORROW)], [1], TOMORROW, 2),
        ([version(1), version(2, True, TOMORROW)], [1, 2], TOMORROW, None),
        ([version(1, effective_ns=TOMORROW)], [], NOW, None),
        ([], [], NOW, None),
    ],
)
def test_t5_a_material_change_is_asked_for_and_an_editorial_one_is_not(
    line: list[Version], accepted: list[int], now_ns: int, due: int | None
) -> None:
    found = rules.must_accept(line, dict.fromkeys(accepted, 1), now_ns)
    assert (found.number if found else None) == due


def test_t6_of_an_address_the_network_alone_is_kept() -> None:
    assert rules.address_prefix("203.0.113.77") == "203.0.113.0/24"
    assert rules.address_prefix("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/48"
    assert rules.address_prefix("") == ""


@pytest.mark.parametrize("text", ["de", "DEU", "D1", "", "**"])
def test_t4_what_is_no_country_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="country"):
        rules.country(text)


@pytest.mark.parametrize("text", ["EN", "e", "english", "en_GB", "en-", "en-<script>"])
def test_t2_what_is_no_language_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="language"):
        rules.language(text)
