"""The rulebook itself: its sessions run, and each rule of these pages is proved by a test that names it."""

import re
from pathlib import Path

import pytest
from spec.session import check

ROOT = Path(__file__).parents[2]
ENGINE = {"K": "matching", "C": "counter", "F": "fees", "R": "refusals", "P": "protection"}
PAGES = ENGINE | {"M": "money", "L": "ledger", "Q": "clearing", "V": "volume", "B": "broker", "H": "history"}
PAGES |= {"AD": "administration", "BR": "brand", "PE": "people"}
PAGES |= {"T": "terms", "SC": "schedules", "VL": "levels", "AN": "announcements", "LI": "listings"}
PAGES |= {"PA": "partnership", "SP": "splits"}
PAGES |= {"BE": "becoming-a-broker", "CN": "consents", "BK": "broker-keys"}
PAGES |= {"BT": "broker-tiers", "SB": "sub-brokers", "BP": "broker-proofs"}
PAGES |= {"BL": "broker-live", "CO": "corrections"}
PAGES |= {"WH": "webhooks", "LQ": "liquidity", "LV": "leaving", "ID": "sign-in-providers"}
PAGES |= {"O": "oauth", "CK": "certification", "HE": "health"}
PAGES |= {"IN": "inbox"}


def page(name: str) -> str:
    return (ROOT / "docs" / "rules" / f"{name}.md").read_text()


SESSIONS = [
    pytest.param(session, id=f"{rule} {number}")
    for name in PAGES.values()
    for rule, body in re.findall(
        r"^\*\*(\w+-\d+)\.\*\*(.*?)(?=^\*\*\w+-\d+\.\*\*|\Z)", page(name), re.DOTALL | re.MULTILINE
    )
    for number, session in enumerate(re.findall(r"^```text\n(.*?)^```", body, re.DOTALL | re.MULTILINE), 1)
]


@pytest.mark.parametrize("session", SESSIONS)
def test_the_sessions_of_the_rulebook_run_as_they_stand_there(session: str) -> None:
    check(session)


@pytest.mark.parametrize("letter", PAGES)
def test_the_rules_of_a_page_are_numbered_from_one_without_gaps(letter: str) -> None:
    numbers = [int(number) for number in re.findall(rf"^\*\*{letter}-(\d+)\.\*\*", page(PAGES[letter]), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("letter", PAGES)
def test_each_rule_is_named_by_a_test(letter: str) -> None:
    tests = "".join(
        path.read_text() for folder in ("spec", "property") for path in (ROOT / "tests" / folder).rglob("test_*.py")
    )
    rules = re.findall(rf"^\*\*({letter}-\d+)\.\*\*", page(PAGES[letter]), re.MULTILINE)
    named = {rule for rule in rules if re.search(rf"test_{rule.replace('-', '').lower()}_|\b{rule}\b", tests)}
    assert named == set(rules)
