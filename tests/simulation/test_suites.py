"""The one door of the suites: `python -m commonbook.qa` (docs/qa.md)."""

import json
import subprocess
import sys
from pathlib import Path

from commonbook.qa.__main__ import SUITES, Suite
from commonbook.qa.suite import Result

PAGE = (Path(__file__).parents[2] / "docs" / "qa.md").read_text()


def suites(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "commonbook.qa", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_several_suites_make_one_report_and_end_in_good_order_when_their_time_is_over(tmp_path: Path) -> None:
    report = tmp_path / "findings.json"
    done = suites("model", "conserve", "--tier", "full", "--seed", "5", "--minutes", "0.02", "--report", str(report))
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    assert json.loads(done.stdout) == found
    assert found["passed"] is True
    assert [(one["suite"], one["tier"], one["seed"], one["failure"]) for one in found["suites"]] == [
        ("model", "full", 5, ""),
        ("conserve", "full", 5, ""),
    ]
    assert all(0 < one["trials"] < SUITES[Suite(one["suite"])].full for one in found["suites"])


def test_a_suite_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = suites("modell")
    assert done.returncode == 2
    assert all(suite in done.stderr for suite in Suite)


def test_a_result_with_a_failure_has_not_passed() -> None:
    result = Result("model", seed=3, failure="seed 3, command 7: differs")
    assert (result.passed, result.as_json()["passed"], result.goes_on(10)) == (False, False, False)


def test_the_page_names_each_suite_with_its_sizes() -> None:
    for suite, entry in SUITES.items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{suite}` |")]
        assert row.endswith(f"| {entry.fast:,} | {entry.full:,} |")
