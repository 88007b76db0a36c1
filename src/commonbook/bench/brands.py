"""`commonbook bench brands`: what a thousand brands cost beside one.

    order rate   two engines with the same accounts and the same commands in the same order; all accounts are of one
                 brand, or shared out among all, each brand with fees at eight levels and some closed listings
    memory       what an engine needs more for a thousand brands, each with eight levels and a hundred closed listings

Both engines play a little each in turns, so that a noisy moment is one for both, and the clock is the thread's own: it
stands still while the machine is with another program. Each round plays the same once more on engines of its own, as
two of the very same kind differ by a hundredth for where their memory happens to lie.

What lies between making a brand and its first page, more than an engine's work, has its place as one more of PARTS.
"""

import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from commonbook._engine import Engine
from commonbook.bench import growth, steady
from commonbook.bench.brand_page import brand_page_figure
from commonbook.bench.engine import BATCH, SEED, batches
from commonbook.bench.harness import ROUNDS, Figure, Report, report, timed, uncollected
from commonbook.bench.steady import Size
from commonbook.bench.venue import listing
from commonbook.errors import Mismatch
from commonbook.records import (
    ACCEPTED,
    COMMAND,
    EVENT,
    FILL_SIDE,
    CommandKind,
    EventKind,
    FeeScope,
    ListingMode,
    Records,
    as_commands,
    commands,
)

Tell = Callable[[str], None]
LEVELS = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. Accounts are shared out among brands as among books, so that a brand trades in one book."""

    brands: int
    size: Size
    closed: int  # listings of each brand, none of them of the book in which it trades
    rounds: int
    steps: int  # commands of each engine a round, and as many before
    turn: int  # of these at a time
    listings: int  # closed ones of each brand, where memory is measured


FULL = Scale(1_000, Size(100, 20_000, 20_000), 10, ROUNDS, 400_000, BATCH, 100)
QUICK = Scale(20, Size(4, 80, 200), 2, 1, 1_000, 500, 5)


def run(tell: Tell, environment: Mapping[str, str]) -> Report:
    measured = run_at(FULL, tell)
    tell("from `brand create` to a page")
    return report([*measured.figures, brand_page_figure(environment)])


def run_at(scale: Scale, tell: Tell) -> Report:
    return report([figure for part in PARTS for figure in part(scale, tell)])


# -- the rate of orders ----------------------------------------------------------------------------------------------


def order_rate(scale: Scale, tell: Tell) -> list[Figure]:
    """Commands a second of both, best of the rounds, and how they stand to each other."""
    many = scale.brands
    tell(f"order rate: {scale.size.accounts:,} accounts of one brand, and of {many:,}")
    steps = made_steps(scale)
    check_same({brands: opened(scale, brands) for brands in (1, many)}, steps)
    best: dict[int, list[float]] = {}
    with uncollected():
        for number in range(scale.rounds):
            first_and_last = (1, many) if number % 2 else (many, 1)
            engines = {brands: opened(scale, brands) for brands in first_and_last}
            play_in_turns(engines, steps[: scale.steps], scale.turn)  # an account's first order looks its rates up
            taken = play_in_turns(engines, steps[scale.steps :], scale.turn)
            best = {brands: list(map(min, best.get(brands, taken[brands]), taken[brands])) for brands in (1, many)}
    rates = {brands: scale.steps / sum(seconds) for brands, seconds in best.items()}
    covers = (
        f"processor time in Engine.apply of {scale.steps:,} commands in batches of {BATCH:,}, in turns of "
        f"{scale.turn:,}, the best of {scale.rounds} rounds for each turn: of ten commands four are cancels, four "
        "orders that rest, two orders that trade; without the making of commands, the set-up, as many commands before, "
        "journal and socket"
    )
    return [
        *(Figure(f"brands_order_rate_{brands}", rate, "commands/s", covers=covers) for brands, rate in rates.items()),
        Figure(f"brands_order_rate_{many}_to_1", rates[many] / rates[1], "ratio", line=0.99, covers=covers),
    ]


def opened(scale: Scale, brands: int) -> Engine:
    """An engine in which everything is ready and rests; the same sequences whatever the number of brands."""
    engine = Engine()
    venue, *people = steady.opening(scale.size)
    settings = host_commands(scale, brands, len(venue))
    for part in people:
        is_account = np.flatnonzero(part["kind"] == CommandKind.ACCOUNT)
        rows = part.view(commands(CommandKind.ACCOUNT, 0).dtype)
        places = rows["account"][is_account] - rows["account"][0] + (rows["sequence"][0] - len(venue) - 1) // 2
        rows["brand"][is_account] = 1 + places.astype(np.int64) * brands // scale.size.accounts
        rows["level"][is_account] = places % LEVELS
    behind = len(settings)
    resting = as_commands(steady.resting(scale.size, SEED))
    for part in (venue, settings, *(later(part, behind) for part in (*people, resting))):
        for batch in batches(part, BATCH):
            events = engine.apply(batch).view(EVENT)
            if (events["kind"] == EventKind.REFUSED).any():
                raise Mismatch(f"with {brands} brands a command of the set-up is refused")
    return engine


def host_commands(scale: Scale, brands: int, after: int) -> Records:
    """What the host says of the brands: as many commands for one as for all, of which the rest do nothing."""
    parts = [one_brand(number, scale.closed, scale.size.books, home(scale, number)) for number in range(scale.brands)]
    for part in parts[brands:]:
        part["kind"] = CommandKind.TIME
    if brands == 1:
        parts[0]["kind"][1 + LEVELS :] = CommandKind.TIME  # it lists everything
    settings = np.concatenate(parts)
    settings["sequence"] = after + 1 + np.arange(len(settings))
    return settings


def home(scale: Scale, number: int) -> int:
    """The book in which the accounts of a brand trade, both counted from 0."""
    return number * scale.size.books // scale.brands


def one_brand(number: int, closed: int, books: int, home: int) -> Records:
    """A brand, its fees at each level, and the listings that it closes, which begin behind its home."""
    brand, fees, listings = commands(CommandKind.BRAND), commands(CommandKind.FEES, LEVELS), closings(closed)
    brand["brand"] = fees["brand"] = listings["brand"] = number + 1
    brand["name"] = b"brand-%d" % number if number else b"one"  # the first is there already
    fees["scope"], fees["level"] = FeeScope.BRAND, np.arange(LEVELS)
    fees["maker_rate_e8"] = 80_000 - 2_000 * np.arange(LEVELS)
    fees["taker_rate_e8"] = 100_000 - 2_000 * np.arange(LEVELS)
    listings["instrument"] = (home + 1 + np.arange(closed)) % books + 1
    return as_commands(brand, fees, listings)


def closings(count: int) -> Records:
    records = commands(CommandKind.LISTING, count)
    records["mode"] = ListingMode.CLOSED
    return records


def made_steps(scale: Scale) -> Records:
    """What is played in each round, behind the set-up: as much before the clock runs as when it does."""
    steps = steady.steps(scale.size, SEED, 2 * scale.steps, steady.resting(scale.size, SEED))
    return later(steps, scale.brands * (1 + LEVELS + scale.closed))


def later(part: Records, behind: int) -> Records:
    """The same commands behind so many others; an order's number is that of its command."""
    part["sequence"] += behind
    cancels = np.flatnonzero(part["kind"] == CommandKind.CANCEL)
    part.view(commands(CommandKind.CANCEL, 0).dtype)["order"][cancels] += behind
    return part


def check_same(engines: dict[int, Engine], steps: Records) -> None:
    """All come to the same events, whose brand apart, and refuse nothing.

    Raises:
        Mismatch: they do not; a comparison of speed would mean nothing.
    """
    for batch in batches(steps, BATCH):
        told = [without_brands(engine.apply(batch).view(EVENT)) for engine in engines.values()]
        if (told[0]["kind"] == EventKind.REFUSED).any() or any(one.tobytes() != told[0].tobytes() for one in told):
            raise Mismatch(f"not the same events with {', '.join(map(str, engines))} brands, or a refusal")


def without_brands(events: Records) -> Records:
    events = events.copy()
    for kind, layout in ((EventKind.ACCEPTED, ACCEPTED), (EventKind.FILL_SIDE, FILL_SIDE)):
        events.view(layout)["brand"][events["kind"] == kind] = 0
    return events


def play_in_turns(engines: dict[int, Engine], steps: Records, turn: int) -> dict[int, list[float]]:
    """Seconds of each for each turn; each begins as often as the other."""
    taken: dict[int, list[float]] = {brands: [] for brands in engines}
    order = list(engines)
    for start in range(0, len(steps), turn):
        parts = batches(steps[start : start + turn], BATCH)
        for brands in order:
            taken[brands].append(timed(partial(growth.apply_all, engines[brands], parts), time.thread_time))
        order.reverse()
    return taken


# -- memory and the making of brands ---------------------------------------------------------------------------------


def memory(scale: Scale, tell: Tell) -> list[Figure]:
    """Bytes of a brand, and the engine's time for its commands."""
    tell(f"memory: {scale.brands:,} brands with {scale.listings} closed listings each")
    books = 2 * scale.listings
    engine, venue = Engine(), listing(books)
    engine.apply(venue.view(np.uint8))
    settings = np.concatenate([one_brand(number, scale.listings, books, number) for number in range(scale.brands)])
    settings["sequence"] = len(venue) + 1 + np.arange(len(settings))
    parts = batches(settings, BATCH)
    before, how = memory_used()
    seconds = timed(partial(growth.apply_all, engine, parts), time.thread_time)
    grown = memory_used()[0] - before
    told = np.frombuffer(engine.setup(), COMMAND)["kind"].tolist()
    there = (told.count(CommandKind.BRAND), told.count(CommandKind.LISTING))
    if there != (scale.brands, scale.brands * scale.listings):
        raise Mismatch(f"{there[0]} brands with {there[1]} closed listings are there, not {scale.brands}")
    each = f"a brand, its fees at {LEVELS} levels and {scale.listings} of {books} listings closed"
    return [
        Figure(
            "brands_bytes_per_brand",
            grown / scale.brands,
            "bytes",
            better="lower",
            covers=f"{how} behind {scale.brands:,} brands less before them, for {each}; of the engine alone",
        ),
        Figure(
            "brands_engine_us_per_brand",
            seconds / scale.brands * 1e6,
            "us",
            better="lower",
            covers=f"processor time in Engine.apply for {each}, mean of {scale.brands:,}; without journal and socket",
        ),
    ]


class _Allocated(ctypes.Structure):
    """What `mallinfo2` of the C library tells."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks"),
            *("fordblks", "keepcost"),
        )
    ]


def memory_used() -> tuple[int, str]:
    """Bytes that this process has allocated, or where the C library does not tell, that are resident; which it is."""
    ask: Any = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return growth.memory_used(), "resident memory"
    ask.restype = _Allocated
    told = ask()
    return int(told.uordblks + told.hblkhd), "allocated memory"


PARTS: tuple[Callable[[Scale, Tell], list[Figure]], ...] = (order_rate, memory)
