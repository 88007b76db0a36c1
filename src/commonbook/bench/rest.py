"""`commonbook bench rest`: orders by signed HTTP, one and twenty a request, durable before they are acknowledged.

Four processes: this one is the load, then the core, the gateway, and the gateway's server with nothing behind it. All
limits are on, so the orders come from a thousand accounts. The back office, which follows behind and which no
acknowledgement waits for, is not part of it. A request is made and signed before the clock starts.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.lanes import compiled_vs_python
from commonbook.bench.load import Accepted, Pipe, all_of, compact, dealt, orders, percentile, play, signed_post
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.gateway.rig import WEB, Rig, prepare
from commonbook.identity.model import NewKey
from commonbook.settings import CoreSettings, JournalSettings, Settings

SEED = 20_261_127
ACCOUNTS = 1_000
CONNECTIONS = 32
SINGLES = 20_000
BATCHES = 12_000
ROWS = 20
ROUNDS = 5
LINE = 100_000
MIDDLE = 1_000_000
BOOKS = 10
SETTINGS = Settings(
    journal=JournalSettings(snapshot_every=1 << 40),  # the process that writes them would be one more on two cores
    core=CoreSettings(tick_ms=600_000),
)
ORDER, BATCH = "/api/v5/trade/order", "/api/v5/trade/batch-orders"


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """Best of the rounds, the empty handler, single orders and batches in turns."""
    best = {"empty": 0.0, "single": 0.0, "batch": 0.0}
    cost: dict[str, float] = {}
    waits = {name: np.zeros(0, np.int64) for name in best}
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        tell(f"a venue of {ACCOUNTS:,} accounts with a key each")
        keys = prepare(Path(folder), venue(BOOKS, ACCOUNTS), range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS), SETTINGS)
        with Rig(Path(folder), SETTINGS, roles=WEB) as rig:
            for number in range(ROUNDS):
                for name in best:
                    rows = ROWS if name == "batch" else 1
                    count = BATCHES if name == "batch" else SINGLES
                    requests = made(keys, SEED + number, count, rows)
                    rate, cpu_us, taken, busy = rounds(rig, "bare" if name == "empty" else "gateway", requests, rows)
                    cost_us = f"{cpu_us:.1f} us of processor an order"
                    tell(f"round {number + 1}, {name}: {rate:,.0f} orders/s, {cost_us}, {busy:,} times busy")
                    if rate > best[name]:
                        best[name], cost[name], waits[name] = rate, cpu_us, taken
    return report(
        [
            Figure("rest_empty", best["empty"], "requests/s"),
            Figure("rest_single", best["single"], "orders/s"),
            Figure("rest_single_vs_empty", best["single"] / best["empty"], "ratio", line=0.6),
            Figure("rest_single_p50", percentile(waits["single"], 50), "us", better="lower"),
            Figure("rest_single_p99", percentile(waits["single"], 99), "us", better="lower"),
            Figure("rest_batch", best["batch"], "orders/s", line=LINE),
            Figure("rest_compiled_vs_python", compiled_vs_python(SEED), "ratio", line=3.0),
            Figure("rest_empty_cpu", cost["empty"], "us/request", better="lower"),
            Figure("rest_single_cpu", cost["single"], "us/order", better="lower"),
            Figure("rest_batch_cpu", cost["batch"], "us/order", better="lower"),
        ]
    )


def made(keys: list[NewKey], seed: int, count: int, rows: int) -> list[bytes]:
    """Requests of the accounts in turns, each signed by its key."""
    each = len(keys) // BOOKS
    books = [orders(seed + book, -(-count * rows // BOOKS), f"C{book}-USDT", MIDDLE) for book in range(BOOKS)]
    taken = [0] * BOOKS
    requests = []
    for number in range(count):
        place = (number * 7919) % len(keys)  # a walk over all of them
        book = min(place // each, BOOKS - 1)
        mine = books[book][taken[book] : taken[book] + rows] or books[book][:rows]
        taken[book] += rows
        body = compact([one | {"clOrdId": f"r{seed}x{rows}n{number}x{row}"} for row, one in enumerate(mine)])
        requests.append(signed_post(keys[place], BATCH if rows > 1 else ORDER, body if rows > 1 else body[1:-1]))
    return requests


def rounds(rig: Rig, role: str, requests: list[bytes], rows: int) -> tuple[float, float, np.ndarray, int]:
    """Orders taken a second, processor time of the server for each in microseconds, what each request took, and how
    many were answered "busy": a gateway that is given no processor for a while says so (L-8).

    Raises:
        Mismatch: an order was refused for another reason.
    """
    pipes = [Pipe.open(rig.ports[role]) for _ in range(CONNECTIONS)]
    parts = dealt(requests, CONNECTIONS)
    accepted = Accepted()
    before = rig.cpu_seconds(role)
    try:
        seconds, taken = play(pipes, parts, accepted if role == "gateway" else lambda answer: None)
    finally:
        for pipe in pipes:
            pipe.close()
    spent = rig.cpu_seconds(role) - before
    total = all_of(parts) * rows
    if role == "gateway":
        accepted.must_be(total, rows)
        total = accepted.count
    return total / seconds, spent / total * 1e6, taken, accepted.busy
