"""The pages about speed tell what docs/figures holds: each aim, what was measured, why a missed one is missed.

`COMMONBOOK_WRITE_PROMISES=1` writes their tables anew.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CONCEPTS = ROOT / "docs" / "concepts"
BEGIN, END = "<!-- from docs/figures -->\n", "<!-- end -->\n"
BENCHES = ("engine", "journal", "growth", "recovery", "door")
DOORS = ("rest", "ws", "fanout")
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


AIMS_OF_DOORS = (
    Aim(
        1,
        "a signed order by REST, durable, over 32 connections, against an empty handler of the same server",
        ("rest_single_vs_empty",),
    ),
    Aim(
        2,
        "twenty orders a request by REST and by WebSocket, one gateway process; compiled against Python",
        ("rest_batch", "ws_batch", "rest_compiled_vs_python"),
    ),
    Aim(
        3,
        "an order by WebSocket there and back, durable: the half and 99 of 100, against 3 and 10 echoes and a sync",
        ("ws_order_p50", "ws_order_p99"),
    ),
    Aim(
        4,
        "a channel told to a thousand: against a constant frame; the delay at a hundred updates a second",
        ("fanout_vs_constant", "fanout_delay_p99"),
    ),
    Aim(
        5,
        "five times as many orders as there is room for: cancels, kill switches, memory",
        ("overload_cancel_p99", "overload_kill_p99", "overload_memory"),
    ),
)
AIMS_OF_BRANDS = (
    Aim(1, "orders a second with a thousand brands against one", ("brands_order_rate_1000_to_1",)),
    Aim(2, "from `brand create` to the brand's page", ("brand_create_to_page",)),
    Aim(
        3,
        "the small brand's p99 beside one that sends ten times its share, against its share; refused",
        ("fairness_p99_ratio", "fairness_small_refused"),
    ),
)
AIMS_OF_WEB = (
    Aim(
        1,
        "work of the page's main thread in a sixtieth of a second, 95 of 100 of them, at 1,000 updates a second",
        ("web_frame_p95",),
    ),
    Aim(2, "tasks of 50 ms and more, by the clock, in all the minutes", ("web_tasks_over_50_ms",)),
    Aim(3, "the heap at the end of the minutes against their beginning", ("web_heap_growth",)),
    Aim(4, "the first load without the chart, packed", ("web_first_load",)),
    Aim(
        5, "until book and ticket are drawn: processor four times slower, 10 Mbit/s, 40 ms", ("web_first_load_usable",)
    ),
)
AIMS_OF_BROKERS = (
    Aim(1, "an hour of a million fills and a thousand brokers settled", ("settlement_1m_fills_s",)),
    Aim(2, "what a fill costs among ten million, against one of ten thousand", ("settlement_growth_10k_to_10m",)),
    Aim(
        3,
        "ten brokers at once, a hundred requests a second each: the least answered; refused; orders without their code",
        ("brokers_least_answered", "brokers_refused", "brokers_orders_without_code"),
    ),
)
EPYC, XEON = ROOT / "docs" / "figures", ROOT / "docs" / "figures" / "xeon"


@dataclass(frozen=True, slots=True)
class Page:
    path: Path
    aims: tuple[Aim, ...]
    benches: tuple[str, ...]
    machines: dict[str, Path]


CORE = Page(CONCEPTS / "speed.md", AIMS, BENCHES, {"AMD EPYC": EPYC, "Intel Xeon": XEON})
OF_BRANDS = Page(CONCEPTS / "speed-of-brands.md", AIMS_OF_BRANDS, ("brands", "fairness"), {"Intel Xeon": XEON})
OF_DOORS = Page(CONCEPTS / "speed-of-the-doors.md", AIMS_OF_DOORS, DOORS, {"AMD EPYC": EPYC, "Intel Xeon": XEON})
OF_BROKERS = Page(CONCEPTS / "speed-of-brokers.md", AIMS_OF_BROKERS, ("settlement", "brokers"), {"Intel Xeon": XEON})
OF_WEB = Page(CONCEPTS / "speed-of-the-web.md", AIMS_OF_WEB, ("web",), {"Intel Xeon": XEON})
PAGES = (CORE, OF_DOORS, OF_BRANDS, OF_BROKERS, OF_WEB)
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)


def reports(page: Page, folder: Path) -> dict[str, Any]:
    return {bench: json.loads((folder / f"{bench}.json").read_text()) for bench in page.benches}


def figures(page: Page, folder: Path) -> dict[str, Any]:
    return {figure["name"]: figure for report in reports(page, folder).values() for figure in report["figures"]}


def shown(value: float, unit: str) -> str:
    if unit.endswith("/s") and not unit.startswith("requests"):
        return f"{value / 1e6:,.2f} M {unit}"
    return f"{value:{',.0f' if value >= 1000 else '.3g'}} {unit}".removesuffix(" ratio")


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


def table(page: Page) -> str:
    found = [figures(page, folder) for folder in page.machines.values()]
    rows = [row(aim, name, found) for aim in page.aims for name in aim.figures]
    head = [f"| | aim | figure | line | {' | '.join(page.machines)} |", f"|---:|---|---|---:|{'---:|' * len(found)}"]
    return "\n".join([*head, *rows]) + "\n"


def missed(page: Page) -> set[int]:
    """Aims that are not met on every machine."""
    found = [figures(page, folder) for folder in page.machines.values()]
    return {
        aim.number
        for aim in page.aims
        if not all(one[name]["met"] for name in aim.figures for one in found if name in one)
    }


@by_page
def test_the_table_is_what_was_measured(page: Page) -> None:
    head, _, rest = page.path.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    made = head + BEGIN + table(page) + END + tail
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        page.path.write_text(made)
    assert page.path.read_text() == made, "run this test with COMMONBOOK_WRITE_PROMISES=1"


@by_page
def test_whatever_is_missed_says_why_and_nothing_else_does(page: Page) -> None:
    _, _, reasons = page.path.read_text().partition("## What is missed, and why")
    assert {int(number) for number in re.findall(r"^\*\*(\d+)\.\*\*", reasons, re.MULTILINE)} == missed(page)


@by_page
def test_each_machine_is_named_and_all_its_figures_are_of_it(page: Page) -> None:
    for machine, folder in page.machines.items():
        told = reports(page, folder)
        for bench in page.benches:
            assert told[bench]["machine"]["processor"].replace("(R)", "").startswith(machine)
            assert told[bench]["machine"] == told[page.benches[0]]["machine"]


def test_the_page_of_the_web_says_what_was_measured() -> None:
    """Beside its table: every figure without a line is in its words, too."""
    report = reports(OF_WEB, XEON)["web"]
    found = {name: one["value"] for name, one in figures(OF_WEB, XEON).items()}
    told = " ".join(OF_WEB.path.read_text().split())
    for words in (
        f"{found['web_minutes']:.0f} minutes, in which {found['web_updates']:,.0f} updates a second",
        f"{report['machine']['browser']}",
        f"load average of {report['machine']['load_average']:g}",
        f"Half of the sixtieths took {found['web_frame_p50']:.1f} ms",
        f"99 of 100 at most {found['web_frame_p99']:.1f} ms, the longest {found['web_frame_longest']:.1f} ms",
        f"By the clock 95 of 100 took at most {found['web_frame_p95_clock']:.1f} ms",
        f"longest single task took {found['web_task_longest']:.1f} ms",
        f"The heap went from {found['web_heap_begun']:.2f} to {found['web_heap_ended']:.2f} MB",
    ):
        assert words in told, words
    assert (CONCEPTS / "web.png").exists()


def test_the_readme_says_what_was_measured() -> None:
    found = [figures(CORE, folder) for folder in CORE.machines.values()]
    against = sorted(one["single_vs_peer"]["value"] for one in found)
    durable = [one[f"durable_{flow}"]["value"] / 1e6 for one in found for flow in FLOWS]
    told = " ".join((ROOT / "README.md").read_text().split())
    doors = figures(OF_DOORS, EPYC)
    rest, ws = (round(doors[name]["value"], -3) for name in ("rest_batch", "ws_batch"))
    assert f"takes {rest:,.0f} orders a second by REST and {ws:,.0f} by WebSocket" in told
    assert f"{against[0]:.2f} to {against[-1]:.2f} times as fast on one book" in told
    assert f"{min(durable):.1f} to {max(durable):.1f} million commands a second" in told
