"""docs/reference/okx-v5.md and the door say the same, and every rule of the page is proved by a test that names it."""

import re
from pathlib import Path

from commonbook.gateway.okx_v5 import codes
from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.gateway.okx_v5.codes import DENIALS, REFUSALS, Code
from commonbook.records import Refusal

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PAGE = (ROOT / "docs" / "reference" / "okx-v5.md").read_text()
RULES = re.findall(r"^\*\*W-(\d+)\.\*\*", PAGE, re.MULTILINE)


def rows(columns: int) -> list[tuple[str, ...]]:
    """The rows of the page's tables of so many columns."""
    found = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line[:1] == "|"
    ]
    return [row for row in found if len(row) == columns and not row[0].startswith("---")]


def test_the_rules_are_numbered_without_gaps() -> None:
    assert sorted(int(number) for number in RULES) == list(range(1, len(RULES) + 1))


def test_each_rule_is_named_by_a_test() -> None:
    tests = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    assert {number for number in RULES if f"def test_w{number}_" not in tests} == set()
    assert {number for number in re.findall(r"def test_w(\d+)_", tests) if number not in RULES} == set()


def test_each_rule_of_websocket_and_of_limits_is_named_by_a_test() -> None:
    root = HERE.parents[2]
    folders = (HERE, root / "tests" / "spec" / "gateway", root / "tests" / "spec" / "broker")
    tests = "".join(path.read_text() for folder in folders for path in folder.glob("test_*.py"))
    for page, rule, name in (("reference/okx-v5-websocket.md", "WS", "ws"), ("rules/limits.md", "L", "l")):
        told = re.findall(rf"^\*\*{rule}-(\d+)\.\*\*", (root / "docs" / page).read_text(), re.MULTILINE)
        assert sorted(map(int, told)) == list(range(1, len(told) + 1))
        assert {number for number in told if f"def test_{name}{number}_" not in tests} == set()
        assert {number for number in re.findall(rf"def test_{name}(\d+)_", tests) if number not in told} == set()


def test_each_rule_of_simulated_trading_is_named_by_a_test() -> None:
    paths = [HERE / "test_okx_simulated.py", ROOT / "tests" / "integration" / "test_simulated.py"]
    named = set(re.findall(r"_s(\d+)_", "".join(path.read_text() for path in paths)))
    rules = re.findall(r"^\*\*S-(\d+)\.\*\*", (ROOT / "docs" / "rules" / "simulated.md").read_text(), re.MULTILINE)
    assert [int(rule) for rule in rules] == list(range(1, len(rules) + 1))
    assert named == set(rules)


def test_each_rule_of_identity_is_named_by_a_test() -> None:
    spec = ROOT / "tests" / "spec"
    folders = (HERE, HERE.parent / "records", spec / "identity", spec / "people")
    tests = "".join(path.read_text() for folder in folders for path in folder.glob("test_*.py"))
    rules = re.findall(r"^\*\*I-(\d+)\.\*\*", (ROOT / "docs" / "rules" / "identity.md").read_text(), re.MULTILINE)
    assert [int(rule) for rule in rules] == list(range(1, len(rules) + 1))
    assert {rule for rule in rules if not re.search(rf"test_i{rule}_|\bI-{rule}\b", tests)} == set()


def test_each_rule_of_accounts_is_named_by_a_test() -> None:
    folders = (HERE, ROOT / "tests" / "spec" / "identity")
    tests = "".join(path.read_text() for folder in folders for path in folder.glob("test_*.py"))
    rules = re.findall(r"^\*\*A-(\d+)\.\*\*", (ROOT / "docs" / "rules" / "accounts.md").read_text(), re.MULTILINE)
    assert [int(rule) for rule in rules] == list(range(1, len(rules) + 1))
    assert {rule for rule in rules if f"def test_a{rule}_" not in tests} == set()


def test_the_page_has_every_route_with_the_permission_it_needs() -> None:
    told = {tuple(row[0].split()): row[1] for row in rows(4) if row[0] != "method and path"}
    assert told == {route: found.permission or "" for route, found in ROUTES.items()}


def test_the_page_has_every_code_with_its_status_and_text() -> None:
    known = {one for one in vars(codes).values() if isinstance(one, Code)} | {*DENIALS.values(), *REFUSALS.values()}
    told = sorted(row for row in rows(3) if row[0] != "code")
    assert told == sorted((one.number, str(one.status), one.text.strip()) for one in known)


def test_the_page_has_every_refusal_with_its_code() -> None:
    told = {row[0]: row[1] for row in rows(2) if row[0] != "refusal"}
    assert told == {refusal.name: REFUSALS[refusal].number for refusal in Refusal}


def test_the_line_that_a_ccxt_program_changes_is_the_one_the_tests_change() -> None:
    line = 'exchange.urls["api"]["rest"] = '
    assert line in PAGE
    assert (HERE / "ccxt_session.py").read_text().count("exchange.urls") == 1
    assert line in (HERE / "ccxt_session.py").read_text()
