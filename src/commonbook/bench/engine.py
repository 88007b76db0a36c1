"""`commonbook bench engine`: commands a second through counter, fees and book, on every flow.

Beside it in the same run: the fastest published Python book through its own API, and the bare floor, which is the same
book and matching without accounts, fees and events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonbook._engine import Engine, Floor
from commonbook.bench import flow, peer
from commonbook.bench.flow import Flow
from commonbook.bench.harness import ROUNDS, Chart, Figure, Report, best_of, report, timed
from commonbook.bench.two_cores import Hands, at_most, measure_hands
from commonbook.errors import Mismatch
from commonbook.records import EVENT, FILL, EventKind, Records
from commonbook.settings import cache_folder

SEED = 20_261_124
BATCH = 1_024


@dataclass(frozen=True, slots=True)
class Course:
    """A flow and its length, and whether the peer runs it, too (it has no books by the million and no accounts)."""

    make: Callable[[int, int], Flow]
    operations: int
    with_peer: bool = False


COURSES = (
    Course(flow.single, 1_000_000, with_peer=True),
    Course(flow.multi100, 400_000, with_peer=True),
    Course(flow.sweep, 300_000, with_peer=True),
    Course(flow.onelevel, 400_000),
    Course(flow.deep, 400_000),
    Course(flow.crash, 300_000),
)


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """All take the flows in turns; first it is checked that they come to the same fills and the same books."""
    tell(f"fetching and building the peer, {peer.PACKAGE}")
    book_class = peer.load_book_class(cache_folder(environment, Path.home()), environment)
    rates: dict[str, dict[str, float]] = {}
    for course in COURSES:
        name = course.make.__name__
        tell(f"{name}: making {course.operations:,} operations")
        made = course.make(SEED, course.operations)
        tell(f"{name}: checking that all come to the same")
        trading = check_same_fills(made)
        if course.with_peer:
            check_same_books(made, book_class)
        tell(f"{name}: measuring, {ROUNDS} rounds in turns")
        rates[name] = measure(made, book_class if course.with_peer else None) | {"trading": trading}
    tell("handing messages from core to core")
    return report(figures(rates, measure_hands()), [chart(rates)])


def measure(made: Flow, book_class: Any) -> dict[str, float]:
    """Commands a second of each, best of the rounds."""
    runs = {"engine": lambda: play_engine(made, BATCH), "floor": lambda: play_floor(made, BATCH)}
    if book_class is not None:
        runs["peer"] = lambda: play_peer(made, book_class)
    if made.name == "single":
        runs["one"] = lambda: play_engine(made, 1)
    best = best_of(ROUNDS, runs)
    return {name: len(made.steps) / seconds for name, seconds in best.items()}


def figures(rates: dict[str, dict[str, float]], hands: Hands) -> list[Figure]:
    """Rates as they are, then the ratios that have a line."""
    found = []
    for name, by in rates.items():
        found.append(Figure(f"engine_{name}", by["engine"], "commands/s"))
        found.append(Figure(f"floor_{name}", by["floor"], "commands/s"))
        if "peer" in by:
            found.append(Figure(f"peer_{name}", by["peer"], "commands/s"))
    first = rates["single"]
    found.append(Figure("engine_single_one_a_call", first["one"], "commands/s"))
    found.append(Figure("batch_vs_peer_single", first["engine"] / first["peer"], "ratio", line=5.0))
    for name, line in (("single", 10.0), ("multi100", 6.0), ("sweep", 6.0)):
        found.append(Figure(f"{name}_vs_peer", rates[name]["engine"] / rates[name]["peer"], "ratio", line=line))
    found.append(Figure("floor_vs_peer_single", first["floor"] / first["peer"], "ratio", line=12.0))
    for name, line in (("single", 0.65), ("multi100", 0.5)):
        found.append(Figure(f"{name}_vs_floor", rates[name]["engine"] / rates[name]["floor"], "ratio", line=line))
    found.append(Figure("hand_over", hands.streamed, "ns"))
    found.append(Figure("hand_over_waited", hands.waited, "ns"))
    for name in ("single", "multi100"):
        found.append(Figure(f"trading_{name}", rates[name]["trading"], "ratio"))
        most = at_most(rates[name]["engine"], rates[name]["floor"], rates[name]["trading"], hands)
        found.append(Figure(f"two_cores_at_most_{name}", most, "ratio", line=1.5))
    worst = min(by["engine"] for by in rates.values())
    found.append(Figure("worst_vs_single", worst / first["engine"], "ratio", line=0.25))
    return found


def chart(rates: dict[str, dict[str, float]]) -> Chart:
    """Commands a second of each on every flow."""
    bars = {
        name: {who: rate / 1e6 for who, rate in by.items() if who in ("engine", "floor", "peer")}
        for name, by in rates.items()
    }
    return Chart(f"Batches of {BATCH:,}", "flow", "M commands/s", bars=bars)


def batches(steps: Records, size: int) -> list[Any]:
    """The bytes of the steps, so many commands each."""
    return [steps[start : start + size].view(np.uint8) for start in range(0, len(steps), size)]


def play_engine(made: Flow, size: int) -> float:
    """Seconds for the flow in batches: command arrays in, event arrays out."""
    engine, parts = warm_engine(made), batches(made.steps, size)
    return timed(lambda: [len(engine.apply(part)) for part in parts])


def play_floor(made: Flow, size: int) -> float:
    floor, parts = warm_floor(made), batches(made.steps, size)
    return timed(lambda: [floor.apply(part) for part in parts])


def play_peer(made: Flow, book_class: Any) -> float:
    books = peer.Books(book_class)
    books.play(made.warm)
    return timed(lambda: books.play(made.operations))


def warm_engine(made: Flow) -> Engine:
    engine = Engine()
    engine.apply(made.setup.tobytes())
    if len(made.warm_steps):
        engine.apply(made.warm_steps.tobytes())
    return engine


def warm_floor(made: Flow) -> Floor:
    floor = Floor()
    if len(made.warm_steps):
        floor.apply(made.warm_steps.view(np.uint8))
    return floor


def check_same_fills(made: Flow) -> float:
    """Engine and floor come to the same fills; the share of the commands that traded.

    Raises:
        Mismatch: they do not; a comparison of speed would mean nothing.
    """
    engine, floor = warm_engine(made), warm_floor(made)
    fills = lots = traded = 0
    for part in batches(made.steps, BATCH):
        events = engine.apply(part).view(EVENT)
        if (events["kind"] == EventKind.REFUSED).any():
            raise Mismatch(f"{made.name}: the engine refused a command of the flow")
        told = events[events["kind"] == EventKind.FILL].view(FILL)
        fills, lots = fills + len(told), lots + int(told["quantity_lots"].sum())
        traded += len(np.unique(told["sequence"]))
        if floor.apply(part) != (fills, lots):
            raise Mismatch(f"{made.name}: {fills} fills of {lots} lots, the floor has others")
    return traded / len(made.steps)


def check_same_books(made: Flow, book_class: Any) -> None:
    """After every tenth part of the flow engine and peer have the same orders, lots and best prices in each book.

    Raises:
        Mismatch: they do not; a comparison of speed would mean nothing.
    """
    engine, books = warm_engine(made), peer.Books(book_class)
    books.play(made.warm)
    tenth = len(made.operations) // 10
    for start in range(0, len(made.operations), tenth):
        engine.apply(made.steps[start : start + tenth].tobytes())
        books.play(made.operations[start : start + tenth])
        for number, book in books.by_number.items():
            bids, asks = engine.depth(number, 1_000_000)
            ours = (_best(bids), _best(asks), sum(level[1] for level in bids), sum(level[1] for level in asks))
            theirs = (
                book.best_buy() if bids else 0,
                book.best_sell() if asks else 0,
                book.volume_buy(),
                book.volume_sell(),
            )
            orders = sum(level[2] for level in (*bids, *asks))
            if ours != theirs or orders != book.count():
                where = f"book {number} after {start + tenth} operations"
                raise Mismatch(f"{made.name}, {where}: best prices and lots are {ours}, the peer's {theirs}")


def _best(levels: list[tuple[int, int, int]]) -> int:
    return levels[0][0] if levels else 0
