"""The benches' frame: what a figure says of itself, and that a comparison is one. No speed is tested by the clock."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from commonbook._engine import hand_over
from commonbook.bench import brands, growth, journal, offered, one_more_brand, pauses, plot, recovery, steady
from commonbook.bench import flow as flows
from commonbook.bench.engine import check_same_books, check_same_fills
from commonbook.bench.flow import Flow, Operation, single
from commonbook.bench.harness import Chart, Figure, Report, best_of, report
from commonbook.bench.load import Accepted
from commonbook.bench.two_cores import Hands, at_most
from commonbook.console.memory import HUGE_PAGES, VARIABLE
from commonbook.errors import BadInput, Mismatch, OutsideFailure
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, Batch, CommandKind, Records, Side, as_commands, commands


class PlainBook:
    """A book with the calls that the published peer has, as plainly as can be: it needs no fetching."""

    def __init__(self) -> None:
        self.resting: dict[int, list[int]] = {}  # order: side, quantity, price; insertion is time

    def limit_buy(self, order: int, quantity: int, price: int) -> None:
        self._enter(order, Side.BUY, quantity, price)

    def limit_sell(self, order: int, quantity: int, price: int) -> None:
        self._enter(order, Side.SELL, quantity, price)

    def _enter(self, order: int, side: Side, quantity: int, price: int) -> None:
        sign = 1 if side is Side.BUY else -1
        others = [(sign * row[2], number) for number, row in self.resting.items() if row[0] != side]
        for key, number in sorted(others):
            if quantity == 0 or key > sign * price:
                break
            taken = min(quantity, self.resting[number][1])
            quantity -= taken
            self.resting[number][1] -= taken
            if not self.resting[number][1]:
                del self.resting[number]
        if quantity:
            self.resting[order] = [side, quantity, price]

    def cancel(self, order: int) -> None:
        del self.resting[order]

    def has(self, order: int) -> bool:
        return order in self.resting

    def _of(self, side: Side) -> list[list[int]]:
        return [row for row in self.resting.values() if row[0] == side]

    def best_buy(self) -> int:
        return max(row[2] for row in self._of(Side.BUY))

    def best_sell(self) -> int:
        return min(row[2] for row in self._of(Side.SELL))

    def volume_buy(self) -> int:
        return sum(row[1] for row in self._of(Side.BUY))

    def volume_sell(self) -> int:
        return sum(row[1] for row in self._of(Side.SELL))

    def count(self) -> int:
        return len(self.resting)


class Forgetful(PlainBook):
    """Loses one cancel: no longer the same book."""

    def cancel(self, order: int) -> None:
        if order % 97:
            super().cancel(order)


@pytest.fixture(scope="module")
def flow() -> Flow:
    return single(7, 2_000)


def test_the_engine_and_its_peer_come_to_the_same_book(flow: Flow) -> None:
    check_same_books(flow, PlainBook)


def test_they_come_to_the_same_books_when_there_are_several_and_when_one_order_takes_a_thousand_levels() -> None:
    check_same_books(flows.played("several", 7, 1_000, books=5, accounts=100, resting=300), PlainBook)
    check_same_books(flows.sweep(7, 2_002), PlainBook)


SMALL: dict[str, Callable[[], Flow]] = {
    "single": lambda: single(7, 2_000),
    "crash": lambda: flows.crash(7, 2_000),
    "crash to nothing": lambda: flows.played("crash to nothing", 7, 2_000, 1, 100, 20, lambda done: 90, takes=0.9),
    "sweep": lambda: flows.sweep(7, 2_000, levels=99),
    "onelevel": lambda: flows.onelevel(7, 2_000, queue=500),
    "deep": lambda: flows.deep(7, 2_000, resting=5_000),
}


@pytest.mark.parametrize("name", SMALL)
def test_the_engine_and_the_bare_floor_come_to_the_same_fills(name: str) -> None:
    made = SMALL[name]()
    assert made.name == name
    assert 1_900 <= len(made.steps) == len(made.operations)
    assert 0 <= check_same_fills(made) <= 1


def test_two_cores_can_win_what_the_books_cost_less_the_messages_and_the_waiting() -> None:
    free = Hands(streamed=0, waited=0)
    assert at_most(engine=1e7, floor=2e7, trading=0, hands=free) == 2.0  # 100 ns become 50 and 50
    assert at_most(engine=1e7, floor=2.5e7, trading=0, hands=Hands(30, 150)) == pytest.approx(100 / 90)
    assert at_most(engine=1e7, floor=2.5e7, trading=0.1, hands=Hands(30, 150)) == pytest.approx(100 / 106)


def test_messages_between_two_threads_are_answered_one_by_one() -> None:
    assert hand_over(1_000, 1) > 0
    assert hand_over(1_000, 255) > 0
    for messages, ahead in ((0, 1), (1, 0), (1, 256)):
        with pytest.raises(ValueError, match=f"{messages} messages, {ahead} ahead"):
            hand_over(messages, ahead)


def test_a_peer_that_comes_to_another_book_is_not_measured(flow: Flow) -> None:
    with pytest.raises(Mismatch, match=r"after \d+ operations"):
        check_same_books(flow, Forgetful)


def test_the_flow_is_the_same_from_the_same_seed_and_has_the_mix_it_says(flow: Flow) -> None:
    again = single(7, 2_000)
    assert flow.steps.tobytes() == again.steps.tobytes()
    takes = sum(one.immediate for one in flow.operations)
    cancels = sum(one.side is None for one in flow.operations)
    assert 0.03 < takes / 2_000 < 0.07
    assert 0.38 < cancels / 2_000 < 0.52
    assert isinstance(flow.operations[0], Operation)


def test_a_figure_says_whether_its_line_is_met() -> None:
    assert Figure("ratio", 5.2, "ratio", line=5.0).met is True
    assert Figure("ratio", 4.9, "ratio", line=5.0).met is False
    assert Figure("pause", 0.9, "ms", line=1.0, better="lower").met is True
    assert Figure("rate", 1.0, "commands/s").met is None


def test_a_report_names_machine_and_commit() -> None:
    made: Report = report([Figure("ratio", 5.2, "ratio", line=5.0)])
    told = json.loads(json.dumps(made.as_json()))
    assert told["figures"] == [
        {"name": "ratio", "value": 5.2, "unit": "ratio", "line": 5.0, "better": "higher", "met": True}
    ]
    assert {"processor", "cores", "system", "python"} <= set(told["machine"])
    assert told["commit"]


def test_the_best_of_several_rounds_is_taken_in_turns() -> None:
    order: list[str] = []
    seconds = {"a": iter([3.0, 1.0, 2.0]), "b": iter([5.0, 6.0, 4.0])}

    def run(name: str) -> float:
        order.append(name)
        return next(seconds[name])

    assert best_of(3, {"a": lambda: run("a"), "b": lambda: run("b")}) == {"a": 1.0, "b": 4.0}
    assert order == ["a", "b"] * 3


def test_an_unknown_bench_is_refused_with_what_there_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "commonbook.console.main", "bench", "nothing"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    there = "brands, brokers, door, engine, fairness, fanout, growth, journal, recovery, rest, settlement, ws"
    assert f"no bench 'nothing'; there is: {there}" in done.stderr


# -- journal ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """An environment whose cache folder is the test's."""
    return {"XDG_CACHE_HOME": str(tmp_path)}


def no_word(step: str) -> None:
    """Progress is not looked at."""


def names(made: Report) -> set[str]:
    return {figure.name for figure in made.figures}


def test_the_bench_of_the_journal_has_a_figure_for_every_flow_and_percentile(place: dict[str, str]) -> None:
    made = journal.run_at(journal.QUICK, no_word, place)
    for flow_name in ("single", "sweep"):
        assert {f"durable_{flow_name}", f"in_memory_{flow_name}", f"durable_vs_in_memory_{flow_name}"} <= names(made)
    for percentile in ("p50", "p99", "p99_9"):
        assert {f"acknowledged_{percentile}", f"acknowledged_{percentile}_vs_sync"} <= names(made)
    assert {"sync_64_kib_p50", "highest_rate_kept"} <= names(made)
    assert len(made.charts) == 1
    assert not list((Path(place["XDG_CACHE_HOME"]) / "commonbook").iterdir())  # nothing is left behind


def test_events_that_are_not_those_of_the_engine_are_not_measured(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = journal.durable_batches

    def one_is_missing(sequencer: Sequencer, parts: list[Records]) -> Iterator[Batch]:
        given = right(sequencer, parts)
        next(given)
        return given

    monkeypatch.setattr(journal, "durable_batches", one_is_missing)
    with pytest.raises(Mismatch, match="durable or replayed events"):
        journal.check_same_events(flow, tmp_path)


def test_latency_counts_from_the_planned_time_also_for_what_waited_behind_a_stall(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 2,000 commands are planned within 2 ms; a disk that answers nothing for 50 ms holds up every one of them.
    with journal.warm_sequencer(flow, tmp_path) as sequencer:
        began, durable = time.perf_counter(), sequencer.durable
        monkeypatch.setattr(sequencer, "durable", lambda: durable() if time.perf_counter() > began + 0.05 else 0)
        found = offered.offer(sequencer, flow.steps, 1_000_000)
    assert len(found.told) == 2_000
    assert found.told.min() > 45e6
    # It was neither the loop nor the engine that they waited for, and the loop ran all the time.
    assert (found.waited + found.begun + found.durable == found.told).all()
    where = found.near(50.0)
    assert where["durable"] > 40e6 > where["waited"] + where["begun"]


# -- recovery ---------------------------------------------------------------------------------------------------------


def test_the_bench_of_recovery_has_a_figure_for_replay_and_for_loading(place: dict[str, str]) -> None:
    made = recovery.run_at(recovery.QUICK, no_word, place)
    assert {"replay_single", "in_memory_single", "replay_vs_in_memory_single"} <= names(made)
    assert {"snapshot_load", "snapshot_write", "snapshot_bytes"} <= names(made)


def test_a_start_that_comes_to_another_state_is_not_measured(flow: Flow, tmp_path: Path) -> None:
    recovery.write_journal(flow.setup, tmp_path / "data")
    with pytest.raises(Mismatch, match="in memory it is another"):
        recovery.check_start(tmp_path / "data", "another")
    with pytest.raises(Mismatch, match="is not the state that was written"):
        recovery.check_loaded(tmp_path / "data", "another")


# -- growth -----------------------------------------------------------------------------------------------------------


def test_the_bench_of_growth_has_a_figure_for_every_size_and_pause(place: dict[str, str]) -> None:
    made = growth.run_at(growth.QUICK, no_word, place)
    for what, counts in (("orders", (100, 1_000)), ("accounts", (100, 1_000)), ("books", (2, 10))):
        assert {f"{what}_{count}" for count in counts} | {f"{what}_growth"} <= names(made)
    assert {"accounts_reached", "memory_an_account", "start_with_all_accounts"} <= names(made)
    assert {"pause_cpu_longest", "control_cpu_longest", "pause_wall_p99_99", "control_wall_p99_99"} <= names(made)
    assert [chart.title for chart in made.charts] == [
        f"{what}, all else equal" for what in ("accounts", "orders", "books")
    ]


@pytest.mark.parametrize("size", [steady.Size(1, 100, 50), steady.Size(7, 210, 400)])
def test_steady_steps_are_taken_as_they_are_made_and_leave_as_much_resting(size: steady.Size) -> None:
    made = steady.flow(size, 7, 2_000)
    engine = recovery.play([part.view("u1") for part in (made.setup, made.warm_steps)])
    grown = growth.Grown(size, engine, made.steps, 0)
    growth.check(grown, 1_000)
    growth.check(grown, 1_000)
    with pytest.raises(Mismatch, match="0 fills and 0 refusals in 1000 steps"):
        growth.check(growth.Grown(size, engine, time_passing(engine.sequence(), 1_000), 0), 1_000)


def time_passing(sequence: int, count: int) -> Records:
    made = commands(CommandKind.TIME, count)
    made["sequence"] = range(sequence + 1, sequence + 1 + count)
    return as_commands(made)


def test_with_one_brand_more_the_same_orders_stand_and_pay_by_two_schedules() -> None:
    one, two = one_more_brand.play(1, 1_000), one_more_brand.play(2, 1_000)
    assert one.depth(1, 100) == two.depth(1, 100)
    assert one.sequence() == two.sequence()
    assert one.state_hash() != two.state_hash()


COUNTING = """#!/bin/sh
case "$*" in
  *'"brands": 1, "count": 200'*) echo "==7== Collected : 1000000" >&2;;
  *'"brands": 1, "count": 400'*) echo "==7== Collected : 1200000" >&2;;
  *'"brands": 2, "count": 200'*) echo "==7== Collected : 1000500" >&2;;
  *'"brands": 2, "count": 400'*) echo "==7== Collected : 1204500" >&2;;
  *) exit 9;;
esac
"""


def test_instructions_are_those_of_twice_the_length_less_those_of_once(tmp_path: Path) -> None:
    # (1,200,000 - 1,000,000) / 200 = 1,000 a command with one brand, (1,204,500 - 1,000,500) / 200 = 1,020 with two.
    valgrind = tmp_path / "valgrind"
    valgrind.write_text(COUNTING)
    valgrind.chmod(0o755)
    notes: list[str] = []
    found = growth.brands(200, notes, {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert [(figure.name, figure.value, figure.met) for figure in found] == [
        ("instructions_one_brand", 1_000, None),
        ("instructions_two_brands", 1_020, None),
        ("one_more_brand", 1.02, False),
    ]
    with pytest.raises(OutsideFailure, match="valgrind ended with 9"):
        growth.brands(300, notes, {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert notes == []


def test_without_valgrind_the_figure_is_left_out_and_the_fix_is_named(tmp_path: Path) -> None:
    notes: list[str] = []
    assert growth.brands(200, notes, {"PATH": str(tmp_path)}) == []
    assert "apt install valgrind" in notes[0]


def test_a_growth_in_which_a_command_is_refused_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = pauses.growing

    def unknown_instrument(count: int) -> Records:
        made = right(count)
        made.view(commands(CommandKind.ORDER, 0).dtype)["instrument"][-100] = 9
        return made

    monkeypatch.setattr(pauses, "growing", unknown_instrument)
    with pytest.raises(Mismatch, match="was refused"):
        pauses.run(pauses.QUICK, tmp_path)


def test_the_bench_of_brands_says_of_each_figure_what_was_measured() -> None:
    told = brands.run_at(brands.QUICK, lambda _: None).as_json()["figures"]
    assert [(figure["name"], figure["unit"], figure["line"]) for figure in told] == [
        ("brands_order_rate_1", "commands/s", None),
        ("brands_order_rate_20", "commands/s", None),
        ("brands_order_rate_20_to_1", "ratio", 0.99),
        ("brands_bytes_per_brand", "bytes", None),
        ("brands_engine_us_per_brand", "us", None),
    ]
    assert all(figure["value"] > 0 for figure in told)
    times = [figure["covers"] for figure in told if figure["unit"] != "bytes"]
    assert all(covers.startswith("processor time in Engine.apply ") for covers in times)
    assert "memory behind 20 brands less before them" in told[3]["covers"]


def test_with_many_brands_the_same_accounts_come_to_the_same_while_each_brand_lists_less() -> None:
    one, many = (brands.opened(brands.QUICK, count) for count in (1, 20))
    steps = brands.made_steps(brands.QUICK)
    brands.check_same({1: one, 20: many}, steps)
    assert one.sequence() == many.sequence() == steps["sequence"][-1]
    kinds = [np.frombuffer(engine.setup(), COMMAND)["kind"].tolist() for engine in (one, many)]
    assert [told.count(CommandKind.LISTING) for told in kinds] == [0, 20 * brands.QUICK.closed]


def test_engines_that_do_not_come_to_the_same_are_not_measured() -> None:
    one, many = (brands.opened(brands.QUICK, count) for count in (1, 20))
    closing = brands.one_brand(4, 4, 4, 0)[-4:]  # all of its listings, its own with them
    closing["sequence"] = many.sequence() + 1 + np.arange(4)
    many.apply(closing.view(np.uint8))
    nothing = commands(CommandKind.TIME, 4)
    nothing["sequence"] = closing["sequence"]
    one.apply(nothing.view(np.uint8))
    with pytest.raises(Mismatch, match="not the same events with 1, 20 brands"):
        brands.check_same({1: one, 20: many}, brands.later(brands.made_steps(brands.QUICK), 4))


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_a_report_is_drawn_with_its_curves_and_one_without_curves_with_its_figures(tmp_path: Path) -> None:
    curves = Chart("a", "x", "y", {"one": [(1.0, 2.0), (10.0, 3.0)]}, log_x=True)
    bars = Chart("b", "x", "y", bars={"first": {"one": 1.0, "two": 2.0}, "second": {"two": 3.0}})
    figure = Figure("rate", 1.0, "commands/s")
    for name, charts in (("curves.png", [curves, bars]), ("plain.png", [])):
        plot.check(tmp_path / name)
        plot.draw(report([figure], charts), tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["picture.txt", "nowhere/picture.png"])
def test_what_cannot_be_drawn_is_refused_before_anything_is_measured(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"ends in \.png, \.svg, \.pdf, and its folder must be there"):
        plot.check(tmp_path / name)


def test_without_matplotlib_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    with pytest.raises(BadInput, match="pip install"):
        plot.check(tmp_path / "picture.png")


def test_a_bench_starts_itself_again_in_huge_pages_once(tmp_path: Path) -> None:
    # The bench itself is replaced by a look at the environment.
    program = (
        "import os, sys\n"
        "from commonbook.console.memory import start_again_with_huge_pages\n"
        "print(os.getpid(), os.environ.get('GLIBC_TUNABLES'), flush=True)\n"
        "start_again_with_huge_pages()\n"
        "print('on', *sys.argv[1:])\n"
    )
    (tmp_path / "program.py").write_text(program)
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}

    def lines(**more: str) -> list[str]:
        command = [sys.executable, str(tmp_path / "program.py"), "a b", "c"]
        return subprocess.run(command, env=environment | more, capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )

    first, second, third, _ = lines()
    process = first.split()[0]
    assert (first, second, third) == (f"{process} None", f"{process} {HUGE_PAGES}", "on a b c")
    assert [line.split()[-1] for line in lines(GLIBC_TUNABLES="x=1")[:1]] == ["x=1"]
    assert lines(GLIBC_TUNABLES="x=1")[1] == "on a b c"


TAKEN, BUSY, OTHER = b'{"data":[{"sCode":"0"},{"sCode":"0"}]}', b'{"code":"50013"}', b'{"code":"50011"}'
ROW_REFUSED = b'{"data":[{"sCode":"0"},{"sCode":"51008"}]}'


def accepted(*answers: bytes) -> Accepted:
    found = Accepted()
    for answer in answers:
        found(answer)
    return found


def test_of_the_orders_of_a_bench_a_hundredth_may_meet_a_busy_gateway_and_does_not_count() -> None:
    found = accepted(*[TAKEN] * 99, BUSY)
    found.must_be(200, 2)
    assert (found.count, found.busy) == (198, 1)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([*[TAKEN] * 98, BUSY, BUSY], "4 of 200 orders met a busy gateway"),
        ([*[TAKEN] * 99, OTHER], "198 of 200 orders were taken; the first other: .*50011"),
        ([*[TAKEN] * 99, ROW_REFUSED], "199 of 200 orders were taken; the first other: .*51008"),
        ([TAKEN] * 99, "198 of 200 orders were taken"),
    ],
)
def test_a_bench_whose_orders_were_refused_measures_nothing(answers: list[bytes], why: str) -> None:
    with pytest.raises(Mismatch, match=why):
        accepted(*answers).must_be(200, 2)
