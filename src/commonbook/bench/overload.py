"""Five times as many orders over WebSocket as there is room for: what is refused, what still gets through, and when.

The load does not wait for answers. Meanwhile somebody cancels, over a connection like the others, and an operator
switches an account off and on again by the core's own socket.
"""

import asyncio
import select
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from commonbook.bench.load import READ, Pipe, compact, frame
from commonbook.bench.venue import FIRST_ACCOUNT
from commonbook.errors import Mismatch
from commonbook.gateway.rig import Rig
from commonbook.matching.client import CoreClient
from commonbook.records import COMMAND, CommandKind, KillScope, commands

SECONDS = 10.0
CANCEL_EVERY_S = 0.02
KILL_EVERY_S = 0.05
UNSENT_MOST = 64  # messages a connection may have waiting here before we drop new ones: the socket takes no more
CODES = (b'"sCode":"0"', b'"code":"50013"', b'"code":"50011"')
TOGETHER = 100  # messages between two looks at what has come: a load that cannot keep up offers less
EARLY = 0.3  # of the time
PAGE = 4096


@dataclass
class Seen:
    """What came of it."""

    offered: int = 0  # orders
    unread: int = 0  # of them, that the gateway's socket did not take in time
    taken: int = 0
    busy: int = 0  # messages
    limited: int = 0
    cancel_ms: list[float] = field(default_factory=list)
    kill_ms: list[float] = field(default_factory=list)
    memory_idle: int = 0  # bytes, before
    memory_early: int = 0  # once every connection has its buffers
    memory_after: int = 0


def overload(rig: Rig, pipes: list[Pipe], messages: list[list[bytes]], rows: int, rate: float) -> Seen:
    """Offer `rate` orders a second, in turns over all connections but the last, which cancels.

    Raises:
        Mismatch: the gateway closed a connection, or nothing was refused or nothing taken.
    """
    seen = Seen(memory_idle=_memory(rig))
    stopping = threading.Event()
    killer = threading.Thread(target=_switch, args=(rig.data_dir, seen, stopping))
    killer.start()
    try:
        _offer(rig, pipes[:-1], pipes[-1], messages, rows, rate, seen)
    finally:
        stopping.set()
        killer.join()
    seen.memory_after = _memory(rig)
    if not seen.taken or not seen.busy + seen.limited:
        raise Mismatch(f"{seen.taken:,} orders were taken and {seen.busy + seen.limited:,} messages refused")
    return seen


def _offer(
    rig: Rig, pipes: list[Pipe], canceler: Pipe, messages: list[list[bytes]], rows: int, rate: float, seen: Seen
) -> None:
    lines = [Line(pipe, iter(mine)) for pipe, mine in zip(pipes, messages[:-1], strict=True)]
    by_number = {line.pipe.socket.fileno(): line for line in lines}
    for pipe in [*pipes, canceler]:
        pipe.socket.setblocking(False)
    with select.epoll() as poll:
        for number in [*by_number, canceler.socket.fileno()]:
            poll.register(number, select.EPOLLIN)
        began = time.perf_counter()
        next_cancel, asked, sent, turn = began, 0.0, 0, 0
        while (now := time.perf_counter()) - began < SECONDS:
            if not seen.memory_early and now - began > SECONDS * EARLY:
                seen.memory_early = _memory(rig)
            due = int((now - began) * rate / rows)
            for _ in range(min(due - sent, TOGETHER)):
                lines[turn % len(lines)].offer(rows, seen)
                sent, turn = sent + 1, turn + 1
            if not asked and now >= next_cancel:
                canceler.socket.send(_CANCEL)
                asked, next_cancel = now, next_cancel + CANCEL_EVERY_S
            for number, _ in poll.poll(0.001, 256):
                line = by_number.get(number)
                if line is not None:
                    line.read(seen)
                elif b'"sCode":"51400"' in canceler.socket.recv(READ):
                    seen.cancel_ms.append((time.perf_counter() - asked) * 1e3)
                    asked = 0.0
    for pipe in [*pipes, canceler]:
        pipe.socket.setblocking(True)


_CANCEL = frame(compact({"id": "c1", "op": "cancel-order", "args": [{"instId": "C0-USDT", "clOrdId": "nothing"}]}))


class Line:
    """One connection that sends whether it is answered or not."""

    def __init__(self, pipe: Pipe, messages: Iterator[bytes]) -> None:
        self.pipe = pipe
        self._messages = messages
        self._unsent: deque[bytes] = deque()
        self._has_begun = False  # the first of them is on its way in part

    def offer(self, rows: int, seen: Seen) -> None:
        message = next(self._messages, None)
        if message is None:
            raise Mismatch("the load has come to its end before the time")
        seen.offered += rows
        if len(self._unsent) >= UNSENT_MOST:
            seen.unread += rows
            return
        self._unsent.append(message)
        self._flush()

    def _flush(self) -> None:
        while self._unsent:
            try:
                size = self.pipe.socket.send(self._unsent[0])
            except BlockingIOError:
                return
            self._has_begun = size < len(self._unsent[0])
            if self._has_begun:
                self._unsent[0] = self._unsent[0][size:]
                return
            self._unsent.popleft()

    def give_up(self) -> bool:
        """Send no more than what has been begun; True once that is on its way."""
        while len(self._unsent) > self._has_begun:
            self._unsent.pop()
        self._flush()
        return not self._unsent

    def read(self, seen: Seen) -> None:
        """Codes are counted where they stand; one that is cut in two by the end of a read is not."""
        data = self.pipe.socket.recv(READ)
        if not data:
            raise Mismatch("the gateway closed a connection under load")
        taken, busy, limited = (data.count(code) for code in CODES)
        seen.taken, seen.busy, seen.limited = seen.taken + taken, seen.busy + busy, seen.limited + limited
        self._flush()


def _switch(data_dir: Path, seen: Seen, stopping: threading.Event) -> None:
    """Switch an account off and on, until it is told to stop."""

    async def run() -> None:
        client = await CoreClient.connect(data_dir / "core.sock")
        active = 1
        while not stopping.is_set():
            kill = commands(CommandKind.KILL)
            kill["scope"], kill["target"], kill["active"] = KillScope.ACCOUNT, FIRST_ACCOUNT, active
            began = time.perf_counter()
            await client.submit(kill.view(COMMAND))
            seen.kill_ms.append((time.perf_counter() - began) * 1e3)
            active = 1 - active
            await asyncio.sleep(KILL_EVERY_S)
        client.close()

    asyncio.run(run())


def _memory(rig: Rig) -> int:
    """Bytes of memory the gateway holds."""
    fields = Path(f"/proc/{rig.processes['gateway'].pid}/statm").read_text().split()
    return int(fields[1]) * PAGE


def p99(milliseconds: list[float]) -> float:
    return float(np.percentile(milliseconds, 99))
