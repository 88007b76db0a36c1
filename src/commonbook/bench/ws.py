"""`commonbook bench ws`: orders over WebSocket, twenty a message, and the round trip of one, beside an echo.

The same processes as in `commonbook bench rest`, and the same venue. Each account has a connection of its own, logged
in before the clock starts.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.journal import sync_times
from commonbook.bench.load import Accepted, Pipe, all_of, compact, dealt, frame, login, orders, percentile, play, turns
from commonbook.bench.overload import SECONDS, overload, p99
from commonbook.bench.rest import BOOKS, MIDDLE, ROUNDS, ROWS, SEED, SETTINGS
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.errors import Mismatch
from commonbook.gateway.rig import WEB, Rig, prepare
from commonbook.settings import Settings, StreamSettings

ACCOUNTS = 2_000
MESSAGES = 12_000
TRIPS = 3_000
LINE = 100_000
SYNCS = 200
AT_ONCE = 64  # messages on their way
OVER = 5
OPEN = Settings(
    journal=SETTINGS.journal,
    core=SETTINGS.core,
    streams=StreamSettings(connects_per_second=1 << 20, idle_ms=600_000),  # one address is all clients here
)


class Trip(NamedTuple):
    """Microseconds."""

    p50: float
    p99: float


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """Best of the rounds, in turns."""
    best, cost = 0.0, 0.0
    echo, order = Trip(1e9, 1e9), Trip(1e9, 1e9)
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        tell(f"a venue of {ACCOUNTS:,} accounts with a key each")
        keys = prepare(Path(folder), venue(BOOKS, ACCOUNTS), range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS), OPEN)
        syncs = sync_times(Path(folder), SYNCS)
        with Rig(Path(folder), OPEN, roles=WEB) as rig:
            pipes = []
            for key in keys:
                pipe = Pipe.upgraded(rig.ports["gateway"], "/ws/v5/private")
                answer = pipe.ask(login(key))
                if b'"event":"login"' not in answer:
                    raise Mismatch(f"no login: {answer!r}")
                pipes.append(pipe)
            tell(f"{len(pipes):,} connections are logged in")
            echoes = [Pipe.upgraded(rig.ports["bare"], "/ws/v5/public")]
            for number in range(ROUNDS):
                seed = SEED + number
                rate, cpu_us = batches(rig, pipes, made(seed, MESSAGES, ROWS, len(pipes)))
                tell(f"round {number + 1}, batches: {rate:,.0f} orders/s, {cpu_us:.1f} us of processor an order")
                if rate > best:
                    best, cost = rate, cpu_us
                singles = made(seed + 100, TRIPS, 1, len(pipes))
                echo = min(echo, trip(echoes, [[one for part in singles for one in part]]))
                order = min(order, trip(pipes, singles))
                tell(f"round {number + 1}, round trip: {order.p50:,.0f} us, of an echo {echo.p50:,.0f} us")
                syncs += sync_times(Path(folder), SYNCS)
            offered = OVER * max(best, LINE)
            tell(f"overload: {offered:,.0f} orders/s are offered for {SECONDS:g} s")
            count = int(offered / ROWS * SECONDS * 1.2)
            seen = overload(
                rig,
                pipes,
                repeated(made(SEED + 500, 4 * len(pipes), ROWS, len(pipes), named=False), count),
                ROWS,
                offered,
            )
            for pipe in pipes + echoes:
                pipe.close()
    sync_us = float(np.median(syncs)) / 1e3
    return report(
        [
            Figure("ws_batch", best, "orders/s", line=LINE),
            Figure("ws_batch_cpu", cost, "us/order", better="lower"),
            Figure("sync_p50", sync_us, "us", better="lower"),
            Figure("ws_echo_p50", echo.p50, "us", better="lower"),
            Figure("ws_echo_p99", echo.p99, "us", better="lower"),
            Figure("ws_order_p50", order.p50, "us", line=3 * echo.p50 + sync_us, better="lower"),
            Figure("ws_order_p99", order.p99, "us", line=10 * echo.p99 + sync_us, better="lower"),
            Figure("overload_offered", (seen.offered - seen.unread) / SECONDS, "orders/s"),
            Figure("overload_taken", seen.taken / SECONDS, "orders/s"),
            Figure("overload_refused", (seen.busy + seen.limited) / SECONDS, "messages/s"),
            Figure("overload_cancel_p99", p99(seen.cancel_ms), "ms", line=250.0, better="lower"),
            Figure("overload_kill_p99", p99(seen.kill_ms), "ms", line=250.0, better="lower"),
            Figure("overload_memory", seen.memory_after / seen.memory_early, "ratio", line=1.1, better="lower"),
            Figure("overload_memory_of_buffers", seen.memory_early / seen.memory_idle, "ratio", better="lower"),
        ]
    )


def made(seed: int, count: int, rows: int, pipes: int, named: bool = True) -> list[list[bytes]]:
    """Messages of each connection; its account trades in its own book. Orders without names may be sent again."""
    parts = dealt(range(count), pipes)
    each = pipes // BOOKS
    books = [
        iter(orders(seed + book, (count // BOOKS + pipes) * rows, f"C{book}-USDT", MIDDLE)) for book in range(BOOKS)
    ]
    operation = "batch-orders" if rows > 1 else "order"
    messages = []
    for place, numbers in enumerate(parts):
        book = books[min(place // each, BOOKS - 1)]
        mine = []
        for number in numbers:
            names = [f"w{seed}x{rows}n{number}x{row}" if named else "" for row in range(rows)]
            args = [next(book) | {"clOrdId": name} for name in names]
            mine.append(frame(compact({"id": f"m{number}", "op": operation, "args": args})))
        messages.append(mine)
    return messages


def repeated(messages: list[list[bytes]], count: int) -> list[list[bytes]]:
    """The same messages over and over, `count` in all."""
    each = -(-count // len(messages))
    return [(mine * -(-each // len(mine)))[:each] for mine in messages]


def batches(rig: Rig, pipes: list[Pipe], messages: list[list[bytes]]) -> tuple[float, float]:
    """Orders taken a second, and processor time of the gateway for each in microseconds.

    Raises:
        Mismatch: an order was refused, for another reason than that the gateway was late.
    """
    accepted = Accepted()
    before = rig.cpu_seconds("gateway")
    seconds, _ = play(pipes, messages, accepted, AT_ONCE)
    spent = rig.cpu_seconds("gateway") - before
    accepted.must_be(all_of(messages) * ROWS, ROWS)
    return accepted.count / seconds, spent / accepted.count * 1e6


def trip(pipes: list[Pipe], messages: list[list[bytes]]) -> Trip:
    """One message on its way at a time, over the connections in turns."""
    taken = turns(pipes, messages)
    return Trip(percentile(taken, 50), percentile(taken, 99))
