"""`commonbook bench fairness`: what one brand's orders wait while another brand sends ten times its share.

The processes are those of `commonbook bench ws`. A small brand sends one order at a time, at a steady pace whatever
comes back, and each is timed from the moment at which it was due. Beside it a large brand sends batches of twenty: its
share of what the gateway is built for, ten times that, or, so that the mechanism is seen and not the machine, the small
brand's own people send the ten times themselves. The runs take turns, so that all see the same machine. L-10.
"""

import select
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.load import READ, Pipe, login
from commonbook.bench.overload import Line, Seen
from commonbook.bench.rest import BOOKS, ROWS, SEED
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.bench.ws import LINE, OPEN, made, repeated
from commonbook.errors import Mismatch
from commonbook.gateway.rig import WEB, Rig, prepare
from commonbook.records import ACCOUNT, CommandKind, FeeScope, Records, as_commands, commands

LARGE, SMALL = 1, 2  # brands
BRANDS = 10  # share the gateway's line among them
SHARE = LINE // BRANDS  # orders a second
TIMES = 10
ACCOUNTS = 1_000
OF_SMALL = 20  # of the first hundred of each book's accounts, which are timed
SECONDS = 5.0
PACE = 400.0  # orders a second of the small brand
ROUNDS = 5
TOGETHER = 50
SILENCE = 50  # looks at which nothing has come


class Beside(StrEnum):
    """Who sends beside the small brand's orders."""

    SHARE = "share"  # the large brand, its share
    FLOOD = "flood"  # the large brand, ten times that
    OWN = "own"  # the small brand's own people, ten times the share


@dataclass
class Waits:
    """Of the small brand's timed orders, in microseconds from when each was due."""

    taken: list[float] = field(default_factory=list)
    refused: int = 0


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    waits = {beside: Waits() for beside in Beside}
    offered = {beside: Seen() for beside in Beside}
    ratios = []
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        tell(f"a venue of {ACCOUNTS:,} accounts at two brands")
        accounts = range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS)
        keys = prepare(Path(folder), two_brands(), accounts, OPEN, brand_of)
        with Rig(Path(folder), OPEN, roles=WEB) as rig:
            pipes = []
            for key in keys:
                pipe = Pipe.upgraded(rig.ports["gateway"], "/ws/v5/private")
                answer = pipe.ask(login(key))
                if b'"event":"login"' not in answer:
                    raise Mismatch(f"no login: {answer!r}")
                pipes.append(pipe)
            for number in range(ROUNDS):
                p99 = {}
                for turn, beside in enumerate(Beside):
                    rate = SHARE * (1 if beside is Beside.SHARE else TIMES)
                    before = len(waits[beside].taken)
                    _play(pipes, beside, rate, SEED + 100 * number + 10 * turn, waits[beside], offered[beside])
                    p99[beside] = float(np.percentile(waits[beside].taken[before:], 99))
                ratios.append(p99[Beside.FLOOD] / p99[Beside.SHARE])
                told = ", ".join(f"{beside} {wait:,.0f}" for beside, wait in p99.items())
                tell(f"round {number + 1}, p99 in us: {told}")
            for pipe in pipes:
                pipe.close()
    figures = [
        Figure(f"fairness_p{share}_{beside}", float(np.percentile(waits[beside].taken, share)), "us", better="lower")
        for beside in Beside
        for share in (50, 99)
    ]
    return report(
        [
            *figures,
            Figure("fairness_p99_ratio", float(np.median(ratios)), "ratio", line=1.2, better="lower"),
            Figure("fairness_small_refused", waits[Beside.FLOOD].refused, "orders", line=0, better="lower"),
            *(
                Figure(f"fairness_taken_{beside}", offered[beside].taken / (SECONDS * ROUNDS), "orders/s")
                for beside in Beside
            ),
        ]
    )


def brand_of(account: int) -> int:
    """Half of each book's accounts are the small brand's."""
    return SMALL if _place(account) < ACCOUNTS // BOOKS // 2 else LARGE


def _place(account: int) -> int:
    """Which of its book's accounts it is."""
    return (account - FIRST_ACCOUNT) % (ACCOUNTS // BOOKS)


def two_brands() -> Records:
    setup = venue(BOOKS, ACCOUNTS)
    people = np.flatnonzero(setup["kind"] == CommandKind.ACCOUNT)
    rows = setup.view(ACCOUNT)
    rows["brand"][people] = [brand_of(account) for account in rows["account"][people].tolist()]
    brand, fees = commands(CommandKind.BRAND), commands(CommandKind.FEES)
    brand["brand"], brand["name"] = SMALL, b"small"
    fees["scope"], fees["brand"], fees["maker_rate_e8"], fees["taker_rate_e8"] = FeeScope.BRAND, SMALL, 80_000, 100_000
    return as_commands(brand, fees, setup)


def _play(pipes: Sequence[Pipe], beside: Beside, rate: float, seed: int, waits: Waits, seen: Seen) -> None:
    """One run.

    Raises:
        Mismatch: the gateway closed a connection, or the load has come to its end.
    """
    places = range(len(pipes))
    is_timed = [_place(FIRST_ACCOUNT + place) < OF_SMALL // 2 for place in places]
    sender = SMALL if beside is Beside.OWN else LARGE
    loud = [place for place in places if not is_timed[place] and brand_of(FIRST_ACCOUNT + place) == sender]
    batches = repeated(made(seed, 4 * len(pipes), ROWS, len(pipes), named=False), int(rate / ROWS * SECONDS * 1.5) * 4)
    singles = made(seed + 5, int(PACE * SECONDS * 2) * len(pipes) // max(sum(is_timed), 1), 1, len(pipes))
    lines = {pipes[place].socket.fileno(): Line(pipes[place], iter(batches[place])) for place in loud}
    timed = {pipes[p].socket.fileno(): _Timed(pipes[p], iter(singles[p])) for p in places if is_timed[p]}
    for pipe in pipes:
        pipe.socket.setblocking(False)
    turns, idle = list(lines.values()), list(timed.values())
    with select.epoll() as poll:
        for number in [*lines, *timed]:
            poll.register(number, select.EPOLLIN)
        began, sent, asked = time.perf_counter(), 0, 0
        end = began + SECONDS
        while (now := time.perf_counter()) < end:
            for _ in range(min(int((now - began) * rate / ROWS) - sent, TOGETHER)):
                turns[sent % len(turns)].offer(ROWS, seen)
                sent += 1
            while asked < int((now - began) * PACE) and idle:
                idle.pop().ask(began + asked / PACE)
                asked += 1
            _read(poll, lines, timed, idle, waits, seen, 0.0005)
        quiet = 0
        while quiet < SILENCE:  # until all that was sent is answered
            is_sent = sum(line.give_up() for line in turns) == len(turns)
            heard = _read(poll, lines, timed, idle, waits, seen, 0.1)
            quiet = quiet + 1 if is_sent and not heard else 0
    if len(idle) < len(timed):
        raise Mismatch(f"{len(timed) - len(idle)} timed orders were not answered")
    for pipe in pipes:
        pipe.socket.setblocking(True)


def _read(
    poll: select.epoll,
    lines: Mapping[int, Line],
    timed: Mapping[int, "_Timed"],
    idle: list["_Timed"],
    waits: Waits,
    seen: Seen,
    wait_s: float,
) -> int:
    """How many connections something has come over."""
    ready = poll.poll(wait_s, 512)
    for number, _ in ready:
        line = lines.get(number)
        if line is not None:
            line.read(seen)
        elif timed[number].read(waits):
            idle.insert(0, timed[number])
    return len(ready)


@dataclass
class _Timed:
    """A connection of the small brand: one order at a time."""

    pipe: Pipe
    messages: Iterator[bytes]
    due: float = 0.0

    def ask(self, due: float) -> None:
        message = next(self.messages, None)
        if message is None:
            raise Mismatch("the timed orders have come to their end before the time")
        self.due = due
        self.pipe.socket.send(message)

    def read(self, waits: Waits) -> bool:
        """Whether the answer is whole."""
        data = self.pipe.socket.recv(READ)
        if not data:
            raise Mismatch("the gateway closed a connection under load")
        self.pipe.buffer += data
        answer = self.pipe.next()
        if answer is None:
            return False
        if b'"sCode":"0"' in answer:
            waits.taken.append((time.perf_counter() - self.due) * 1e6)
        else:
            waits.refused += 1
        return True
