"""`commonbook bench settlement`: an hour of a million fills, a thousand brokers in trees of depth three, settled.

The fills are made by the engine, batch by batch, while the clocks stand. Then what the back office does with a batch:
who gets what of each fee, kept for the hour, and the ledger; and at the end of the hour the statements, their Merkle
roots, the payments and what is marked as paid. All of it with the database in a file, durable as when serving.

Each part has a clock of its own, which of the statements' Merkle roots has what this process has made; the whole is
their sum. History, market data and what else the back office writes of a
fill are not part of it.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from commonbook._engine import Engine
from commonbook.bench.harness import Figure, Report, report, uncollected
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.broker import accrual, publishing, settlement
from commonbook.broker.consents import clients_to_judge
from commonbook.broker.model import PUBLIC, TIERS_2022, Program
from commonbook.broker.rates import Tiers
from commonbook.broker.settlement import Payout, Settling
from commonbook.broker.statement import verify_statement
from commonbook.broker.tree import Node
from commonbook.clearing import service as clearing
from commonbook.clearing.columns import claim_columns
from commonbook.clearing.model import Terms
from commonbook.errors import Mismatch
from commonbook.instrument.venue import Venue
from commonbook.ledger.service import Ledger, difference
from commonbook.records import (
    BALANCE_ROW,
    COMMAND,
    EVENT,
    Attribution,
    Batch,
    Channel,
    CommandKind,
    OrderType,
    Records,
    SelfTrade,
    Side,
    commands,
)
from commonbook.storage.database import open_database
from commonbook.units import HOUR_NS, RateE8

BROKERS, ROOTS, MIDDLE = 1_000, 100, 300  # roots, those right below them; the others are below these
BOOKS, ACCOUNTS = 10, 10_000
TOGETHER = 4_096  # commands in a batch, as the core takes them together
HOUR = 490_000  # 24 November 2025
SEED = 20_261_128
LINE_S = 30.0
PRICE, SPAN = 1_000_000, 500  # ticks
NO_CLAIMS = claim_columns([])  # of affiliates
COVERS = (
    "a million fills, each taker's side by one of 1,000 brokers in 100 trees of depth 3, each maker's without one: "
    "attribution, commission and its parts kept by the hour, claims and fills posted to the ledger in batches as the "
    "core's, statements and their Merkle roots written and durable by two processes (from 200,000 sides on), 1,000 "
    "payments by the engine, all marked as paid; SQLite in a file; without matching, journal, history and market data"
)


@dataclass
class Clocks:
    """Seconds of each part."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - begun

    def on(self, work: Callable[..., Any], part: str, outer: str = "") -> Callable[..., Any]:
        """The same function on a clock of its own, which is taken off the one that it runs within."""

        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return work(*arguments, **named)
            finally:
                taken = time.perf_counter() - begun
                self.seconds[part] += taken
                if outer:
                    self.seconds[outer] -= taken

        return timed


@dataclass(frozen=True, slots=True)
class Scale:
    """Fills of the hours that are settled: the one that is shown, and the two that growth is told from."""

    whole: int
    small: int
    large: int


FULL = Scale(1_000_000, 10_000, 10_000_000)


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    return run_at(FULL, tell)


def run_at(scale: Scale, tell: Callable[[str], None]) -> Report:
    """The same at another scale, whose figures are nobody's to quote."""
    whole = settled(scale.whole, tell)
    small, large = settled(scale.small, tell), settled(scale.large, tell)
    of_small, of_whole, of_large = (
        sum(seconds.values()) / fills * 1e9
        for seconds, fills in ((small, scale.small), (whole, scale.whole), (large, scale.large))
    )
    return report(
        [
            Figure("settlement_1m_fills_s", sum(whole.values()), "s", line=LINE_S, better="lower", covers=COVERS),
            *(Figure(f"settlement_{part}", one, "s", better="lower") for part, one in whole.items()),
            Figure("settlement_growth_10k_to_10m", of_large / of_small, "ratio", line=1.2, better="lower"),
            Figure("settlement_fill_of_10k", of_small, "ns", better="lower"),
            Figure("settlement_fill_of_1m", of_whole, "ns", better="lower"),
            Figure("settlement_fill_of_10m", of_large, "ns", better="lower"),
        ]
    )


def settled(fills: int, tell: Callable[[str], None]) -> dict[str, float]:
    """Seconds of each part, of an hour with so many fills.

    Raises:
        Mismatch: the ledger is not the engine's, a statement does not verify, or not everything was paid.
    """
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder, ExitStack() as stack:
        hour, clocks = Hour(Path(folder)), Clocks()
        for name in ("leaves_of", "footer_over"):
            hashing = clocks.on(getattr(publishing, name), "merkle_roots", "statements")
            stack.enter_context(mock.patch.object(publishing, name, hashing))
        stack.enter_context(uncollected())
        for batch in hour.batches(fills):
            hour.take_in(batch, clocks)
        payouts = hour.settle(clocks)
        tell(f"{fills:,} fills: " + ", ".join(f"{part} {one:.2f} s" for part, one in clocks.seconds.items()))
        hour.check(payouts)
        return dict(clocks.seconds)


class Hour:
    """An engine, and of a back office what settles brokers."""

    def __init__(self, folder: Path) -> None:
        self.engine = Engine()
        self.venue = Venue()
        self.database = open_database(f"sqlite:///{folder / 'backoffice.db'}")
        with self.database.connect() as connection:
            self.ledger = Ledger(connection)
        self.folder = folder / "statements"
        self.terms = Terms(RateE8(20_000_000))
        self._sequence = 0
        self._time_ns = HOUR * HOUR_NS - 10**9
        self.program = Program(
            name="api",
            schedules={PUBLIC: (TIERS_2022,)},
            tiers=Tiers(3),
            excluded_from_level=6,
            payout_asset=1,
            payout_scale=8,
            commission_decimals=8,
            nodes=tuple(places()),
        )
        self._take_in_setup(venue(BOOKS, ACCOUNTS), codes())

    def _take_in_setup(self, *parts: Records) -> None:
        idle = Clocks()
        for records in parts:
            batch = self._apply(records.view(COMMAND), 0)
            self.venue.apply(batch)
            self.take_in(batch, idle)

    def _apply(self, records: Records, step_ns: int) -> Batch:
        """Number and stamp commands and have the engine carry them out."""
        numbered = records.copy()
        numbered["sequence"] = np.arange(self._sequence + 1, self._sequence + 1 + len(numbered))
        numbered["time_ns"] = self._time_ns + np.arange(1, len(numbered) + 1) * step_ns
        self._sequence, self._time_ns = int(numbered["sequence"][-1]), int(numbered["time_ns"][-1])
        return Batch(numbered, self.engine.apply(numbered.view(np.uint8)).view(EVENT))

    def batches(self, fills: int) -> Iterator[Batch]:
        """Pairs of orders, a maker's and the taker's that fills it, shared out over the hour."""
        random = np.random.default_rng(SEED)
        self._time_ns = HOUR * HOUR_NS
        step_ns = HOUR_NS // (2 * fills + 2)
        for start in range(0, fills, TOGETHER // 2):
            yield self._apply(pairs(random, min(TOGETHER // 2, fills - start)), step_ns)

    def take_in(self, batch: Batch, clocks: Clocks) -> None:
        """As the back office does."""
        with self.database.begin() as connection:
            with clocks.of("commission"):
                accrued = accrual.accrue(
                    batch, self.program, self.venue, NO_CLAIMS, partial(clients_to_judge, connection, self.venue)
                )
                accrual.store(connection, accrued.sides, self.program.name)
            with clocks.of("ledger"):
                clearing.project(batch, self.venue, self.ledger, connection, accrued.claims, self.terms)
            begun = time.perf_counter()
        clocks.seconds["ledger"] += time.perf_counter() - begun

    def settle(self, clocks: Clocks) -> list[Payout]:
        """The hour is over. What pays it comes back as a batch, as from the core, and is taken in as well."""

        def submit(records: Records) -> Batch:
            begun = time.perf_counter()
            batch = self._apply(records.view(COMMAND), 0)
            clocks.seconds["payments"] -= time.perf_counter() - begun  # the engine's own time is not the back office's
            paid.append(batch)
            return batch

        paid: list[Batch] = []
        settling = Settling(self.database, self.program, self.venue, self.folder, 1)
        computing = clocks.on(settlement.compute, "statements", "payments")
        with mock.patch.object(settlement, "compute", computing), clocks.of("payments"):
            payouts = settlement.settle(settling, HOUR, self._sequence, submit)
        for batch in paid:
            self.take_in(batch, clocks)
        return payouts

    def check(self, payouts: list[Payout]) -> None:
        """Raises Mismatch: the ledger is not the engine's, a statement does not verify, or not everything was paid."""
        off = difference(self.ledger.balances, np.frombuffer(self.engine.balances(), BALANCE_ROW))
        if off:
            raise Mismatch(f"ledger and engine differ: {dict(list(off.items())[:3])}")
        owed = {name: amount for (name, _), amount in self.ledger.balances.items() if "_payable:" in name and amount}
        if owed or any(one.state != settlement.PUBLISHED for one in payouts):
            raise Mismatch(f"{len(owed)} are still owed something")
        for one in payouts[:: max(1, len(payouts) // 20)]:
            if one.statement is None:
                continue
            told = verify_statement(one.statement)
            if not told.ok or told.root != one.root or told.total != one.amount:
                raise Mismatch(f"{one.statement.name}, line {told.line}: {told.why}")


def places() -> Iterator[Node]:
    """Each broker's place: roots, then those right below them, then those below these."""
    for broker in range(1, BROKERS + 1):
        if broker <= ROOTS:
            yield Node(broker, 0, 0, RateE8(0), RateE8(0))
        elif broker <= ROOTS + MIDDLE:
            yield Node(broker, 0, 1 + (broker - ROOTS - 1) % ROOTS, RateE8(15_000_000), RateE8(0))
        else:
            above = ROOTS + 1 + (broker - ROOTS - MIDDLE - 1) % MIDDLE
            yield Node(broker, 0, above, RateE8(5_000_000), RateE8(0))


def codes() -> Records:
    found = commands(CommandKind.BROKER_CODE, BROKERS)
    found["broker"], found["active"] = np.arange(1, BROKERS + 1), 1
    found["payout_account"] = FIRST_ACCOUNT + np.arange(BROKERS)
    found["code"] = [b"B%d" % broker for broker in range(1, BROKERS + 1)]
    return found


def pairs(random: np.random.Generator, count: int) -> Records:
    """A maker's order and behind it the taker's that fills it whole."""
    found = commands(CommandKind.ORDER, 2 * count)
    book = random.integers(0, BOOKS, count)
    people = random.integers(0, ACCOUNTS // BOOKS, (2, count))
    people[1] = np.where(people[0] == people[1], (people[1] + 1) % (ACCOUNTS // BOOKS), people[1])
    price, lots = PRICE + random.integers(-SPAN, SPAN, count), random.integers(1, 10_000, count)
    taker_sells = random.integers(0, 2, count)
    for start in (0, 1):
        rows = found[start::2]
        rows["account"] = FIRST_ACCOUNT + book * (ACCOUNTS // BOOKS) + people[start]
        rows["instrument"], rows["price_ticks"], rows["quantity_lots"] = 1 + book, price, lots
        rows["side"] = np.where(taker_sells == start, Side.BUY, Side.SELL)
        rows["order_type"], rows["channel"] = (OrderType.LIMIT, OrderType.IOC)[start], Channel.API
        rows["self_trade"] = SelfTrade.CANCEL_MAKER
    makers, takers = found[0::2], found[1::2]
    makers["attribution"] = Attribution.NO_TAG
    takers["broker"] = random.integers(1, BROKERS + 1, count)
    return found
