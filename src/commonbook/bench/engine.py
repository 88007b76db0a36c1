"""`commonbook bench engine`: commands a second through counter, fees and book, beside a published book alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from commonbook._engine import Engine
from commonbook.bench import peer
from commonbook.bench.flow import INSTRUMENT, Flow, single
from commonbook.bench.harness import ROUNDS, Figure, Report, best_of, report, timed
from commonbook.errors import Mismatch
from commonbook.records import EVENT, Records
from commonbook.settings import cache_folder

SEED = 20_261_124
OPERATIONS = 300_000
BATCH = 1_024


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """Both books play the same flow in turns; first it is checked that they come to the same book."""
    tell(f"making {OPERATIONS:,} operations")
    flow = single(SEED, OPERATIONS)
    tell(f"fetching and building the peer, {peer.PACKAGE}")
    book_class = peer.load_book_class(cache_folder(environment, Path.home()), environment)
    tell("checking that both come to the same book")
    check_same_book(flow, book_class)
    tell(f"measuring, {ROUNDS} rounds in turns")
    best = best_of(
        ROUNDS,
        {
            "batch": lambda: play_engine(flow, BATCH),
            "single": lambda: play_engine(flow, 1),
            "peer": lambda: play_peer(flow, book_class),
        },
    )
    rate = {name: OPERATIONS / seconds for name, seconds in best.items()}
    return report(
        [
            Figure("engine_batch_1024", rate["batch"], "commands/s"),
            Figure("engine_batch_1", rate["single"], "commands/s"),
            Figure("peer_limit_order_book_2_0_0", rate["peer"], "commands/s"),
            Figure("batch_vs_peer_single", rate["batch"] / rate["peer"], "ratio", line=5.0),
        ]
    )


def play_engine(flow: Flow, size: int) -> float:
    """Seconds for the flow in batches: command arrays in, event arrays out."""
    engine = warm_engine(flow)
    batches = [flow.steps[start : start + size] for start in range(0, len(flow.steps), size)]
    return timed(lambda: apply_all(engine, batches))


def apply_all(engine: Engine, batches: list[Records]) -> int:
    """How many events came of it."""
    return sum(len(np.frombuffer(engine.apply(batch.view(np.uint8)), EVENT)) for batch in batches)


def play_peer(flow: Flow, book_class: Any) -> float:
    book = book_class()
    peer.play(book, flow.warm)
    return timed(lambda: peer.play(book, flow.operations))


def warm_engine(flow: Flow) -> Engine:
    engine = Engine()
    engine.apply(flow.setup.tobytes())
    engine.apply(flow.warm_steps.tobytes())
    return engine


def check_same_book(flow: Flow, book_class: Any) -> None:
    """After every tenth part of the flow both have the same orders, lots and best prices.

    Raises:
        Mismatch: they do not; a comparison of speed would mean nothing.
    """
    engine, book = warm_engine(flow), book_class()
    peer.play(book, flow.warm)
    tenth = len(flow.operations) // 10
    for start in range(0, len(flow.operations), tenth):
        engine.apply(flow.steps[start : start + tenth].tobytes())
        peer.play(book, flow.operations[start : start + tenth])
        bids, asks = engine.depth(INSTRUMENT, 1_000_000)
        ours = (bids[0][0], asks[0][0], sum(level[1] for level in bids), sum(level[1] for level in asks))
        theirs = (book.best_buy(), book.best_sell(), book.volume_buy(), book.volume_sell())
        orders = sum(level[2] for level in (*bids, *asks))
        if ours != theirs or orders != book.count():
            raise Mismatch(f"after {start + tenth} operations: best prices and lots are {ours}, the peer's {theirs}")
