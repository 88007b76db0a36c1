"""A closed day of the journal, replayed once: the shared book, and beside it each brand's orders alone. Rule LQ-4.

Memory is that of the engines and of the orders that live; the journal is read a frame at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from commonbook._engine import Engine, JournalReader, list_snapshots, load_engine
from commonbook.errors import BadInput
from commonbook.instrument.fills import fills
from commonbook.instrument.venue import Venue
from commonbook.liquidity.alone import Alone
from commonbook.liquidity.depth import Watch
from commonbook.liquidity.orders import Orders
from commonbook.matching.recovery import from_state
from commonbook.matching.sequencer import each_answer
from commonbook.records import (
    COMMAND,
    EVENT,
    ORDER_ROW,
    Batch,
    CommandKind,
    EventKind,
    Records,
    SizeIn,
    causes,
    of_kind,
)

DAY_NS = 86_400 * 1_000_000_000

Progress = Callable[[int], None]  # told the newest sequence now and then


@dataclass(slots=True)
class Traded:
    """A brand's sides of fills of one instrument. Amounts are quote ledger units."""

    sides: int = 0
    notional: int = 0
    sides_with_others: int = 0
    notional_with_others: int = 0

    @property
    def share_e8(self) -> int | None:
        """With other brands of all, by notional, rounded down (LQ-3)."""
        return self.notional_with_others * 100_000_000 // self.notional if self.notional else None


@dataclass(slots=True)
class OfBrand:
    """What a day was to one brand."""

    brand: int
    alone: Alone
    orders: Orders = field(default_factory=Orders)  # on the shared book
    traded: dict[int, Traded] = field(default_factory=dict)  # by instrument


@dataclass(slots=True)
class Day:
    """A day replayed."""

    number: int  # days since 1970, UTC
    first: int  # sequence of its first command
    last: int
    watches: dict[int, Watch]  # the shared book, by instrument
    brands: dict[int, OfBrand]


def replay_day(
    data_dir: Path, venue: Venue, brands: Iterable[int], day: int, progress: Progress = lambda sequence: None
) -> Day:
    """Replay a day for some brands.

    Args:
        venue: as it is now; of a brand's accounts only whose they are is asked.

    Raises:
        BadInput: the day is not over by engine time, or the journal has nothing of it.
        JournalDamaged: what is left of the journal does not reach back to it.
    """
    start_ns, end_ns = day * DAY_NS, (day + 1) * DAY_NS
    engine = engine_before(data_dir, start_ns)
    shared = _Shared(engine, venue, start_ns)
    found = {brand: OfBrand(brand, Alone(brand, venue, start_ns)) for brand in brands}
    first = last = 0
    for run in runs(data_dir, engine.sequence()):
        time_ns = int(run["time_ns"][0])
        if time_ns >= end_ns:
            break
        if time_ns < start_ns:
            engine.apply(np.ascontiguousarray(run).view(np.uint8))
            continue
        if not first:
            first = int(run["sequence"][0])
            shared.begin(found.values())
        last = int(run["sequence"][-1])
        shared.follow(run, found.values())
        progress(last)
    else:
        raise BadInput(f"{name_of(day)} is not over yet by engine time; it is a closed day once it is")
    if not first and engine.sequence() == 0:
        raise BadInput(f"the journal begins after {name_of(day)}")
    if not first:
        shared.begin(found.values())
    for watch in shared.watches.values():
        watch.until(end_ns)
    for one in found.values():
        one.alone.finish(end_ns)
    return Day(day, first, last, shared.watches, found)


def name_of(day: int) -> str:
    """As 2026-11-27."""
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def engine_before(data_dir: Path, start_ns: int) -> Engine:
    """The engine of the newest whole snapshot from before a time; an empty one when there is none."""
    for at in reversed(list_snapshots(str(data_dir))):
        stored = load_engine(str(data_dir), at)
        if stored is not None and stored[1].time_ns() < start_ns:
            return from_state(data_dir, stored, "no whole snapshot from before the day")
    return from_state(data_dir, None, "no whole snapshot from before the day")


def runs(data_dir: Path, after: int) -> Iterator[Records]:
    """The journal's commands behind a sequence, those of one frame and one engine time together."""
    for payload in JournalReader(str(data_dir), after):
        records = np.frombuffer(payload, COMMAND)
        records = records[records["sequence"] > after]
        if len(records):
            bounds = np.flatnonzero(np.diff(records["time_ns"])) + 1
            yield from np.split(records, bounds)


@dataclass(slots=True)
class _Shared:
    engine: Engine
    venue: Venue
    start_ns: int
    watches: dict[int, Watch] = field(default_factory=dict)

    def begin(self, brands: Iterable[OfBrand]) -> None:
        """The day begins as the one before it has left the books."""
        setup = np.frombuffer(self.engine.setup(), COMMAND)
        resting = np.frombuffer(self.engine.open_orders(), ORDER_ROW)
        for instrument in set(resting["instrument"].tolist()):
            self._watch(instrument).look(self.engine, self.start_ns)
        for one in brands:
            one.alone.begin(setup, resting)

    def _watch(self, instrument: int) -> Watch:
        found = self.watches.get(instrument)
        if found is None:
            found = self.watches[instrument] = Watch(self.venue.instruments[instrument], self.start_ns)
        return found

    def follow(self, run: Records, brands: Iterable[OfBrand]) -> None:
        run = np.ascontiguousarray(run)
        batch = Batch(run, np.frombuffer(self.engine.apply(run.view(np.uint8)), EVENT))
        time_ns = int(run["time_ns"][0])
        answers = each_answer(batch)
        for one in brands:
            self._entered(one, batch, time_ns)
            one.alone.follow(batch, answers)
        by_number = {one.brand: one for one in brands}
        for fill in fills(batch, self.venue):
            for side, other in zip(fill.sides, reversed(fill.sides), strict=True):
                mine = by_number.get(side.brand)
                if mine is not None:
                    traded = mine.traded.setdefault(fill.instrument.id, Traded())
                    traded.sides += 1
                    traded.notional += fill.notional
                    if other.brand != side.brand:
                        traded.sides_with_others += 1
                        traded.notional_with_others += fill.notional
                    mine.orders.filled(side.order, fill.quantity_lots, time_ns)
        for event in of_kind(batch.events, EventKind.AMENDED):
            for one in brands:
                one.orders.amended(int(event["order"]), int(event["quantity_lots"]))
        for event in of_kind(batch.events, EventKind.CANCELED):
            for one in brands:
                one.orders.ended(int(event["order"]))
        for instrument in set(of_kind(batch.events, EventKind.LEVEL)["instrument"].tolist()):
            self._watch(instrument).look(self.engine, time_ns)

    def _entered(self, one: OfBrand, batch: Batch, time_ns: int) -> None:
        accepted = of_kind(batch.events, EventKind.ACCEPTED)
        accepted = accepted[accepted["brand"] == one.brand]
        if not len(accepted):
            return
        for event, order in zip(accepted, causes(batch, accepted, CommandKind.ORDER), strict=True):
            lots = 0 if int(order["size_in"]) == SizeIn.QUOTE else int(order["quantity_lots"])
            one.orders.entered(int(event["sequence"]), int(event["instrument"]), time_ns, lots)
