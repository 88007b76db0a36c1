"""The state machine and what may be asked for, without tables: BE-2 to BE-5 and BE-10."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from commonbook.admission.machine import Move
from commonbook.brokerage.hosting import MOVES as HOST_MOVES
from commonbook.brokerage.model import Business, Facts, Integration, Models, State, Who
from commonbook.brokerage.rules import (
    ENDED,
    FORWARD,
    MACHINE,
    MOVES,
    NEEDS,
    STANDINGS,
    Condition,
    checked_addresses,
    checked_codes,
    checked_redirects,
    has_lapsed,
    is_to_be_warned,
    missing_of,
)
from commonbook.errors import BadInput, Declined

PAGE = Path(__file__).parents[3] / "docs" / "rules" / "becoming-a-broker.md"
EVERYTHING = Facts(
    has_account=True,
    kyb_passed=True,
    sanctions_clear=True,
    security_passed=True,
    code_opened=True,
    certified=True,
    unattested=(),
    terms_accepted=True,
    broker_accepted=True,
    host_accepted=True,
    contract_in_force=True,
    reason="because",
)
MISSING = {  # facts without one thing, by the code of the condition that asks for it
    Condition.INCOMPLETE: replace(EVERYTHING, missing=("logo",)),
    Condition.NO_ACCOUNT: replace(EVERYTHING, has_account=False),
    Condition.PAID_ALREADY: replace(EVERYTHING, paid_for=("SOUTH",)),
    Condition.CODE_TAKEN: replace(EVERYTHING, taken=("NORTH",)),
    Condition.KYB_MISSING: replace(EVERYTHING, kyb_passed=False),
    Condition.SANCTIONS_MISSING: replace(EVERYTHING, sanctions_clear=False),
    Condition.SECURITY_MISSING: replace(EVERYTHING, security_passed=False),
    Condition.CODE_NOT_OPENED: replace(EVERYTHING, code_opened=False),
    Condition.CERTIFICATE_MISSING: replace(EVERYTHING, certified=False),
    Condition.ATTESTATION_MISSING: replace(EVERYTHING, unattested=("aml_kyc",)),
    Condition.TERMS_NOT_ACCEPTED: replace(EVERYTHING, terms_accepted=False),
    Condition.BROKER_HAS_NOT_ACCEPTED: replace(EVERYTHING, broker_accepted=False),
    Condition.HOST_HAS_NOT_ACCEPTED: replace(EVERYTHING, host_accepted=False),
    Condition.CONTRACT_NOT_IN_FORCE: replace(EVERYTHING, contract_in_force=False),
    Condition.NO_REASON: replace(EVERYTHING, reason=""),
}
DAY = 86_400 * 10**9


def test_be5_the_table_of_the_page_is_the_table_of_the_code() -> None:
    told = re.findall(r"^\| (\w+) \| (\w+) \| ([\w, ]+) \| ?([\w, ]*) ?\|$", PAGE.read_text(), re.MULTILINE)
    rows = [
        (before, after, sorted(who.split(", ")), [one for one in needs.strip().split(", ") if one])
        for before, after, who, needs in told
        if before in set(State)
    ]
    assert rows == [(one.before, one.after, sorted(one.who), list(one.needs)) for one in MOVES]


def test_be5_the_way_of_a_broker_from_draft_to_live() -> None:
    way: list[str] = [State.DRAFT]
    while way[-1] in FORWARD:
        way.append(FORWARD[way[-1]])
    assert way == ["draft", "submitted", "integration", "sandbox", "review", "contract", "live"]
    assert not [one for one in MOVES if one.before in ENDED]  # what is over stays over
    assert set(NEEDS) == set(Condition) == set(MISSING)
    assert set(STANDINGS) == set(State) - {State.DRAFT, State.SUBMITTED}


@pytest.mark.parametrize("before", State)
def test_be5_a_move_that_is_not_in_the_table_is_refused_for_everybody(before: State) -> None:
    for after in State:
        if MACHINE.move(before, after) is None:
            for who in Who:
                with pytest.raises(Declined) as refused:
                    MACHINE.must_move(before, after, who, EVERYTHING)
                assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("move", MOVES, ids=lambda one: f"{one.before}-{one.after}")
def test_be5_only_who_may_moves_and_only_when_everything_is_there(move: Move) -> None:
    for who in Who:
        if who in move.who:
            assert MACHINE.must_move(move.before, move.after, who, EVERYTHING) == move
        else:
            with pytest.raises(Declined) as refused:
                MACHINE.must_move(move.before, move.after, who, EVERYTHING)
            assert refused.value.code == "not_yours_to_move"
    who = next(one for one in Who if one in move.who)
    for need in Condition:
        if need in move.needs:
            with pytest.raises(Declined) as refused:
                MACHINE.must_move(move.before, move.after, who, MISSING[need])
            assert refused.value.code == need
        else:
            assert MACHINE.must_move(move.before, move.after, who, MISSING[need]) == move


def test_be5_of_what_is_missing_the_first_is_told_with_its_values() -> None:
    nothing = Facts(missing=("papers", "logo"), taken=("NORTH",))
    for lacks, code, values in (
        (nothing, "incomplete", {"missing": "papers,logo"}),
        (replace(nothing, missing=(), has_account=True), "code_taken", {"taken": "NORTH"}),
    ):
        with pytest.raises(Declined) as refused:
            MACHINE.must_move(State.DRAFT, State.SUBMITTED, Who.APPLICANT, lacks)
        assert (refused.value.code, refused.value.values) == (code, values)
    with pytest.raises(Declined) as refused:
        MACHINE.must_move(State.LAPSED, State.LIVE, Who.SYSTEM, replace(EVERYTHING, unattested=("aml_kyc",)))
    assert refused.value.values == {"kinds": "aml_kyc"}


def test_be5_the_host_has_a_way_for_each_move_that_is_its_own() -> None:
    """Four eyes exactly where the table says `host`."""
    own = {(one.before, one.after): one.who for one in MOVES if one.who & {Who.SCREENING, Who.HOST}}
    assert set(HOST_MOVES) == set(own)
    assert {key for key, how in HOST_MOVES.items() if how.act} == {key for key, who in own.items() if Who.HOST in who}


# -- what may be asked for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["", "a-b", "seventeenletters1", "a b", "Straße", "\N{DIGIT ONE}\N{ARABIC-INDIC DIGIT ONE}", "okx", "OKX", "a\n"],
)
def test_be2_what_is_no_code_or_is_reserved_is_refused(code: str) -> None:
    with pytest.raises(BadInput):
        checked_codes([code], ("okx",), 5)


def test_be2_codes_are_taken_as_they_are_spelled() -> None:
    assert checked_codes(["Star9", "A", "sixteenletters16"], ("okx",), 3) == ("Star9", "A", "sixteenletters16")
    with pytest.raises(BadInput, match="at most 2"):
        checked_codes(["A", "B", "C"], (), 2)
    with pytest.raises(BadInput, match="the same"):
        checked_codes(["North", "NORTH"], (), 5)


@pytest.mark.parametrize(
    ("url", "with_secret", "without"),
    [
        ("https://app.example.com/back?from=x", True, True),
        ("https://app.example.com", True, True),
        ("https://app.example.com:8443/a/b", True, True),
        ("http://127.0.0.1:9000/back", False, True),
        ("http://[::1]/back", False, True),
        ("http://app.example.com/back", False, False),
        ("http://localhost/back", False, False),
        ("http://127.0.0.1.example.com/", False, False),
        ("https://127.0.0.1/", False, False),
        ("https://app.example.com/back#x", False, False),
        ("https://app.example.com/back#", False, False),
        ("https://*.example.com/", False, False),
        ("https://user@app.example.com/", False, False),
        ("https://app.example.com\\@evil.example/", False, False),
        ("https://app.example.com/a/../b", False, False),
        ("https://app.example.com/a b", False, False),
        ("https://app.example.com:port/", False, False),
        ("https:///back", False, False),
        ("https://./back", False, False),
        ("https://a..example/back", False, False),
        ("https://%61pp.example.com/back", False, False),
        ("https://app_example.com/back", False, False),
        ("https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}ro.example/", False, False),
        ("javascript:alert(1)", False, False),
        ("myapp://back", False, False),
        ("/back", False, False),
        ("", False, False),
        ("https://app.example.com/" + "a" * 489, False, False),
    ],
)
def test_be3_redirect_addresses(url: str, with_secret: bool, without: bool) -> None:
    for is_public_client, taken in ((False, with_secret), (True, without)):
        if taken:
            assert checked_redirects([url], is_public_client, 10) == (url,)
        else:
            with pytest.raises(BadInput):
                checked_redirects([url], is_public_client, 10)


def test_be3_so_many_and_each_once() -> None:
    urls = [f"https://app.example.com/{number}" for number in range(3)]
    for bad in (urls, [urls[0], urls[0]]):
        with pytest.raises(BadInput):
            checked_redirects(bad, False, 2)
    assert checked_addresses(["192.0.2.7", "2001:DB8::0:1"], 2) == ("192.0.2.7", "2001:db8::1")
    for addresses in (
        ["192.0.2.7", "192.0.2.8", "192.0.2.9"],
        ["192.0.2.7", "192.0.2.7"],
        ["2001:db8::1", "2001:DB8:0::1"],
    ):
        with pytest.raises(BadInput):
            checked_addresses(addresses, 2)


@pytest.mark.parametrize(
    "address", ["", "192.0.2.0/24", "192.0.2", "example.com", "0.0.0.0", "::", "224.0.0.1", "ff02::1"]
)
def test_be3_what_is_no_one_server_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        checked_addresses([address], 10)


FULL = Integration(
    title="North",
    models=Models.BOTH,
    business=Business.FINTECH,
    codes=("NORTH",),
    redirect_urls=("https://north.example/",),
    ip_list=("192.0.2.7",),
    requests_per_s=100,
)


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        (FULL, []),
        (replace(FULL, title=""), ["title"]),
        (replace(FULL, business=None, codes=()), ["business", "codes"]),
        (replace(FULL, requests_per_s=0), ["requests_per_s"]),
        (replace(FULL, requests_per_s=99), ["requests_per_s"]),
        (replace(FULL, redirect_urls=()), ["redirect_urls"]),
        (replace(FULL, redirect_urls=(), models=Models.API), []),
        (replace(FULL, ip_list=()), ["ip_list"]),
        (replace(FULL, ip_list=(), models=Models.OAUTH), ["ip_list"]),
        (replace(FULL, ip_list=(), models=Models.OAUTH, is_public_client=True), []),
        (replace(FULL, ip_list=(), is_public_client=True), ["ip_list"]),
    ],
)
def test_be4_what_is_missing_is_named(without: Integration, missing: list[str]) -> None:
    assert missing_of(without, 100) == missing


@pytest.mark.parametrize(
    ("ends", "warned", "now", "warns", "lapses"),
    [
        (90, 0, 59, False, False),
        (90, 0, 60, True, False),
        (90, 60, 89, False, False),
        (90, 60, 90, False, True),
        (90, 0, 95, True, False),  # nobody lapses unwarned
        (90, 88, 90, False, False),
        (90, 88, 94, False, False),
        (90, 88, 95, False, True),
    ],
)
def test_be10_warned_30_days_before_and_lapsed_at_the_end(
    ends: int, warned: int, now: int, warns: bool, lapses: bool
) -> None:
    assert is_to_be_warned(ends * DAY, warned * DAY, now * DAY, 30 * DAY) is warns
    assert has_lapsed(ends * DAY, warned * DAY, now * DAY, 7 * DAY) is lapses
