"""docs/promises.md says what tests/promises.py says, and each promise has its setting, rule, test and figure.

`COMMONBOOK_WRITE_PROMISES=1` writes the page anew.
"""

import ast
import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from promises import PROMISES, TUNING, Promise

from commonbook.settings import Settings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "promises.md"
HEAD = """# Promises

Each number that commonbook promises: the setting that holds it (`commonbook serve --settings FILE`, or the environment
variable `COMMONBOOK__SECTION__FIELD`), the rule in `docs/rules/` or `docs/reference/` that says it, the test that shows
it, and for speeds the figure that was measured, with its machine. Made by the tests from `tests/promises.py`.

| promise | number | setting | rule | test | measured |
|---|---:|---|---|---|---|
"""


def figures() -> dict[str, tuple[dict[str, Any], str]]:
    """Measured figures by name, each with the machine it was measured on."""
    found = {}
    for path in sorted((ROOT / "docs" / "figures").glob("*.json")):
        report = json.loads(path.read_text())
        machine = f"{report['machine']['processor']}, {report['machine']['cores']} cores"
        found.update({figure["name"]: (figure, machine) for figure in report["figures"]})
    return found


def row(promise: Promise) -> str:
    measured = ""
    if promise.figure:
        figure, machine = figures()[promise.figure]
        measured = f"{figure['value']:,.2f} {figure['unit']} ({machine})"
    key = f"`{promise.key}`" if re.fullmatch(r"\w+\.\w+", promise.key) else promise.key
    file, _, name = promise.test.partition("::")
    return f"| {promise.what} | {promise.number} | {key} | {promise.rule} | `{name}` in `{file}` | {measured} |"


def page() -> str:
    return HEAD + "\n".join(row(promise) for promise in PROMISES) + "\n"


def numbers(tree: Any, path: str = "") -> list[str]:
    """The paths of all numbers among the settings."""
    if isinstance(tree, dict):
        return [key for name, value in tree.items() for key in numbers(value, f"{path}.{name}".lstrip("."))]
    return [path] if isinstance(tree, int) else []


def test_the_page_says_what_the_list_says() -> None:
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


def test_every_number_among_the_settings_is_a_promise_or_tuning() -> None:
    keys = set(numbers(msgspec.to_builtins(Settings())))
    promised = {promise.key for promise in PROMISES}
    assert keys - promised - TUNING == set()
    assert keys >= TUNING


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.what)
def test_the_test_of_a_promise_exists_and_carries_its_rule(promise: Promise) -> None:
    file, _, name = promise.test.partition("::")
    path = ROOT / "tests" / file
    assert path.exists(), f"{file} is not there"
    functions = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
    assert name in functions, f"{file} has no {name}"


@pytest.mark.parametrize("promise", [one for one in PROMISES if one.rule], ids=lambda promise: promise.what)
def test_the_rule_of_a_promise_is_written(promise: Promise) -> None:
    first = promise.rule.split(" ")[0]
    pages = [
        path.read_text()
        for folder in ("rules", "reference", "concepts")
        for path in (ROOT / "docs" / folder).glob("*.md")
    ]
    assert any(f"**{first}.**" in text for text in pages), f"no page says {first}"


@pytest.mark.parametrize("promise", [one for one in PROMISES if one.figure], ids=lambda promise: promise.what)
def test_a_promised_speed_was_measured_and_met(promise: Promise) -> None:
    figure, _ = figures()[promise.figure]
    assert figure["met"] is True, (
        f"{figure['name']} is {figure['value']} {figure['unit']}, the line is {figure['line']}"
    )
