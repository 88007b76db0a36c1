"""docs/concepts/speed.md tells what docs/figures holds: each aim, what was measured, and why a missed one is missed.

`COMMONBOOK_WRITE_PROMISES=1` writes the table anew.
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
BEGIN, END = "<!-- from docs/figures -->\n", "<!-- end -->\n"
BENCHES = ("engine", "journal", "growth", "recovery", "door")
FLOWS = ("single", "multi100", "sweep", "onelevel", "deep", "crash")


@dataclass(frozen=True, slots=True)
class Aim:
    """A row of the table. `figures` are names in docs/figures, each with its line."""

    number: int
    what: str
    figures: tuple[str, ...]


AIMS = (
    Aim(
        1,
        "batches of 1,024 from Python, everything on, against the fastest published Python book",
        ("single_vs_peer", "multi100_vs_peer", "sweep_vs_peer"),
    ),
    Aim(2, "the bare floor against the same, so that it is no straw man", ("floor_vs_peer_single",)),
    Aim(3, "everything on against the bare floor", ("single_vs_floor", "multi100_vs_floor")),
    Aim(
        4,
        "durable against in memory, and in commands a second",
        tuple(f"{what}_{flow}" for flow in FLOWS for what in ("durable_vs_in_memory", "durable")),
    ),
    Aim(
        5,
        "durable acknowledgement at 1 M/s offered, in syncs of 64 KiB (S)",
        ("acknowledged_p50_vs_sync", "acknowledged_p99_vs_sync", "acknowledged_p99_9_vs_sync"),
    ),
    Aim(
        6,
        "the record door from Python, durable; and in memory against the engine alone",
        ("door_durable", "door_in_memory_vs_engine"),
    ),
    Aim(7, "the worst flow against `single`", ("worst_vs_single",)),
    Aim(8, "growth of a command's time: orders, accounts, books", ("orders_growth", "accounts_growth", "books_growth")),
    Aim(9, "one more brand, in instructions a command", ("one_more_brand",)),
    Aim(10, "the longest batch of 64, CPU time, while the state grows tenfold", ("pause_cpu_longest",)),
    Aim(
        11,
        "replay against in memory; loading a snapshot",
        ("replay_vs_in_memory_single", "replay_vs_in_memory_multi100", "snapshot_load"),
    ),
    Aim(
        12,
        "two cores against one: the most it could be",
        ("two_cores_at_most_single", "two_cores_at_most_multi100"),
    ),
)


MACHINES = {"AMD EPYC": ROOT / "docs" / "figures", "Intel Xeon": ROOT / "docs" / "figures" / "xeon"}


def reports(folder: Path) -> dict[str, Any]:
    return {bench: json.loads((folder / f"{bench}.json").read_text()) for bench in BENCHES}


def figures(folder: Path) -> dict[str, Any]:
    return {figure["name"]: figure for report in reports(folder).values() for figure in report["figures"]}


def shown(value: float, unit: str) -> str:
    if unit.endswith("/s"):
        return f"{value / 1e6:,.2f} M {unit}"
    return f"{value:,.3g} {unit}".removesuffix(" ratio")


def measured(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "not measured"
    value = shown(figure["value"], figure["unit"])
    return value if figure["met"] else f"**{value}**"


def row(aim: Aim, name: str, found: list[dict[str, Any]]) -> str:
    figure = found[0][name]
    line = f"{'at least' if figure['better'] == 'higher' else 'at most'} {shown(figure['line'], figure['unit'])}"
    values = " | ".join(measured(one.get(name)) for one in found)
    return f"| {aim.number} | {aim.what} | `{name}` | {line} | {values} |"


def table() -> str:
    found = [figures(folder) for folder in MACHINES.values()]
    rows = [row(aim, name, found) for aim in AIMS for name in aim.figures]
    head = [f"| | aim | figure | line | {' | '.join(MACHINES)} |", "|---:|---|---|---:|---:|---:|"]
    return "\n".join([*head, *rows]) + "\n"


def missed() -> set[int]:
    """Aims that are not met on every machine."""
    found = [figures(folder) for folder in MACHINES.values()]
    return {
        aim.number for aim in AIMS if not all(one[name]["met"] for name in aim.figures for one in found if name in one)
    }


def test_the_table_is_what_was_measured() -> None:
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    made = head + BEGIN + table() + END + tail
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made, "run this test with COMMONBOOK_WRITE_PROMISES=1"


def test_whatever_is_missed_says_why_and_nothing_else_does() -> None:
    _, _, reasons = PAGE.read_text().partition("## What is missed, and why")
    assert {int(number) for number in re.findall(r"^\*\*(\d+)\.\*\*", reasons, re.MULTILINE)} == missed()


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("machine", MACHINES)
def test_each_machine_is_named_and_all_its_figures_are_of_it(machine: str, bench: str) -> None:
    told = reports(MACHINES[machine])
    assert told[bench]["machine"]["processor"].replace("(R)", "").startswith(machine)
    assert told[bench]["machine"] == told["engine"]["machine"]


def test_the_readme_says_what_was_measured() -> None:
    found = [figures(folder) for folder in MACHINES.values()]
    against = sorted(one["single_vs_peer"]["value"] for one in found)
    durable = [one[f"durable_{flow}"]["value"] / 1e6 for one in found for flow in FLOWS]
    told = " ".join((ROOT / "README.md").read_text().split())
    assert f"{int(against[0])} to {int(against[-1])} times as fast on one book" in told
    assert f"{min(durable):.1f} to {max(durable):.1f} million commands a second" in told
