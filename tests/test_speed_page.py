"""docs/concepts/speed.md shows every measured figure as docs/figures/*.json has it, and says why a line is missed.

`COMMONBOOK_WRITE_PROMISES=1` writes its tables anew.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "concepts" / "speed.md"
BEGINS, ENDS = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass(frozen=True, slots=True)
class Aim:
    """What is measured, and the figures that say whether it is reached; a `*` stands for any flow."""

    says: str
    figures: tuple[str, ...]


AIMS = (
    Aim("batches of 1,024 from Python with counter, fees and protection, against the fastest published book",
        ("single_vs_peer", "multi100_vs_peer", "sweep_vs_peer")),
    Aim("the bare floor itself against that book", ("floor_vs_peer_single",)),
    Aim("the core with everything on against the floor", ("single_vs_floor", "multi100_vs_floor")),
    Aim("durable against in memory, and a million a second durable on every flow",
        ("durable_vs_in_memory_*", "durable_*")),
    Aim("durable acknowledgement at a million a second offered, in units of one sync",
        ("acknowledged_p50_vs_sync", "acknowledged_p99_vs_sync", "acknowledged_p99_9_vs_sync")),
    Aim("the record door run by Python, durable; without the journal against the engine alone",
        ("door_durable", "door_in_memory_vs_engine")),
    Aim("the worst flow against single", ("worst_vs_single",)),
    Aim("cost of a command as the state grows", ("*_growth",)),
    Aim("one more brand, in instructions a command", ("one_more_brand",)),
    Aim("the longest pause of a batch of 64 while the state grows and a snapshot is written", ("pause_cpu_longest",)),
    Aim("replay against in memory; loading a snapshot", ("replay_vs_in_memory_*", "snapshot_load")),
    Aim("two cores, books on one, balances with their single writer on the other: what it could give at most",
        ("two_cores_at_most_*",)),
)  # fmt: skip


def measured() -> dict[str, dict[str, Any]]:
    """Every figure by its name, with its machine."""
    found = {}
    for path in sorted((ROOT / "docs" / "figures").glob("*.json")):
        report = json.loads(path.read_text())
        machine = report["machine"]
        for figure in report["figures"]:
            found[figure["name"]] = figure | {"machine": f"{machine['processor']}, {machine['cores']} cores"}
    return found


def chosen(pattern: str, figures: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures with a line that a name or pattern stands for."""
    wanted = re.compile(re.escape(pattern).replace(r"\*", r"\w+"))
    found = [figure for name, figure in figures.items() if wanted.fullmatch(name) and figure["line"] is not None]
    assert found, f"no figure with a line is named {pattern}"
    return found


def tables() -> str:
    figures = measured()
    lines = ["| | figure | measured | at least | met |", "|---:|---|---:|---:|---|"]
    for number, aim in enumerate(AIMS, 1):
        lines.append(f"| **{number}** | {aim.says} | | | |")
        seen = set()
        for pattern in aim.figures:
            for figure in chosen(pattern, figures):
                if figure["name"] in seen:
                    continue
                seen.add(figure["name"])
                line = f"{figure['line']:,g}" if figure["better"] == "higher" else f"at most {figure['line']:,g}"
                met = "yes" if figure["met"] else "no"
                lines.append(f"| | `{figure['name']}` | {said(figure)} | {line} | {met} |")
    return "\n".join(lines)


def said(figure: dict[str, Any]) -> str:
    value, unit = figure["value"], figure["unit"]
    if value >= 1e6:
        return f"{value / 1e6:,.2f} M {unit}"
    return f"{value:,.3f}" if unit == "ratio" else f"{value:,.2f} {unit}"


def test_the_page_shows_the_figures_as_they_were_measured() -> None:
    text = PAGE.read_text()
    before, rest = text.split(BEGINS)
    _, behind = rest.split(ENDS)
    wanted = f"{before}{BEGINS}\n{tables()}\n{ENDS}{behind}"
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(wanted)
    assert PAGE.read_text() == wanted, "COMMONBOOK_WRITE_PROMISES=1 pytest tests/test_speed_page.py writes it anew"


@pytest.mark.parametrize("number", range(1, len(AIMS) + 1))
def test_a_missed_line_has_its_reason(number: int) -> None:
    figures = measured()
    missed = [f for pattern in AIMS[number - 1].figures for f in chosen(pattern, figures) if not f["met"]]
    if missed:
        reasons = PAGE.read_text().split("## What is missed, and why")[1]
        assert f"**{number}.**" in reasons, f"{', '.join(f['name'] for f in missed)} missed and not explained"
