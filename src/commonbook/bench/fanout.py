"""`commonbook bench fanout`: one channel told to a thousand, beside the same server pushing a constant frame.

Orders move the best bid a hundred times a second, and a thousand connections listen to `bbo-tbt`. The delay runs from
the moment before the order is sent to the moment a listener has read what it did: the order itself, its sync, the beat
of the channel and the turn among a thousand are all in it. What the server spends on a frame is compared by processor
time, as the pace is the orders' own.
"""

import re
import select
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.load import READ, Pipe, compact, frame, login
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.bench.ws import OPEN
from commonbook.errors import Mismatch
from commonbook.gateway.rig import PUSH, WEB, Rig, prepare
from commonbook.identity.model import NewKey

LISTENERS = 1_000
SENDERS = 40  # of whom each may place thirty orders a second
UPDATES = 600
EVERY_MS = 10
ROUNDS = 3
FIRST_TICKS = 500_000
GRACE_S = 1.0  # of silence, and all has come
_BID = re.compile(rb'"bids":\[\["([0-9]+)\.([0-9])"')


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """Best of the rounds, in turns."""
    constant = told = 1e9
    delays = np.full(1, 1 << 62, np.int64)
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        accounts = range(FIRST_ACCOUNT, FIRST_ACCOUNT + SENDERS)
        keys = prepare(Path(folder), venue(1, SENDERS), accounts, OPEN)
        with Rig(Path(folder), OPEN, roles=WEB) as rig:
            listeners = [_listener(rig) for _ in range(LISTENERS)]
            crowd = [Pipe.upgraded(rig.ports["bare"], "/ws/v5/public") for _ in range(LISTENERS)]
            senders = [_sender(rig, key) for key in keys]
            tell(f"{LISTENERS:,} listeners")
            for number in range(ROUNDS):
                spent, seen, sample = updates(rig, senders, listeners, FIRST_TICKS + number * UPDATES)
                told = min(told, spent)
                if np.percentile(seen, 99) < np.percentile(delays, 99):
                    delays = seen
                constant = min(constant, pushes(rig, crowd, sample))
                p99_ms = np.percentile(seen, 99) / 1e6
                tell(f"round {number + 1}: {told:.1f} us a frame, constant {constant:.1f}, p99 {p99_ms:.1f} ms")
            for pipe in listeners + crowd + senders:
                pipe.close()
    return report(
        [
            Figure("fanout_listeners", LISTENERS, "connections"),
            Figure("fanout_frame", told, "us/frame", better="lower"),
            Figure("fanout_constant_frame", constant, "us/frame", better="lower"),
            Figure("fanout_vs_constant", constant / told, "ratio", line=0.5),
            Figure("fanout_delay_p50", float(np.percentile(delays, 50)) / 1e6, "ms", better="lower"),
            Figure("fanout_delay_p99", float(np.percentile(delays, 99)) / 1e6, "ms", line=50.0, better="lower"),
        ]
    )


def _listener(rig: Rig) -> Pipe:
    pipe = Pipe.upgraded(rig.ports["gateway"], "/ws/v5/public")
    arg = {"channel": "bbo-tbt", "instId": "C0-USDT"}
    answer = pipe.ask(frame(compact({"op": "subscribe", "args": [arg]})))
    if b'"event":"subscribe"' not in answer:
        raise Mismatch(f"no subscription: {answer!r}")
    return pipe


def _sender(rig: Rig, key: NewKey) -> Pipe:
    pipe = Pipe.upgraded(rig.ports["gateway"], "/ws/v5/private")
    pipe.ask(login(key))
    return pipe


def updates(rig: Rig, senders: list[Pipe], listeners: list[Pipe], first: int) -> tuple[float, NDArray[np.int64], bytes]:
    """Each order outbids the one before: processor time a frame in microseconds, all delays, and a frame's content.

    Raises:
        Mismatch: somebody was not told of the last.
    """
    messages = [_bid(first + number) for number in range(UPDATES)]
    sent: dict[int, int] = {}

    def send(number: int) -> None:
        sent[first + number] = time.perf_counter_ns()
        senders[number % len(senders)].socket.sendall(messages[number])

    before = rig.cpu_seconds("gateway")
    arrivals = _listen(listeners, send)
    spent = rig.cpu_seconds("gateway") - before
    for sender in senders:
        sender.socket.settimeout(0.2)
        while True:
            try:
                sender.arrived()
            except TimeoutError:
                break
        sender.buffer.clear()
    delays, frames, sample = [], 0, b""
    for pipe, chunks in zip(listeners, arrivals, strict=True):
        newest = 0
        for at_ns, data in chunks:
            pipe.buffer += data
            while (content := pipe.next()) is not None:
                frames += 1
                bid = _BID.search(content)
                if bid is not None:
                    newest, sample = int(bid[1]) * 10 + int(bid[2]), content
                    if newest in sent:
                        delays.append(at_ns - sent[newest])
        if newest != first + UPDATES - 1:
            raise Mismatch(f"a listener was told of {newest} last, not of {first + UPDATES - 1}")
    return spent / frames * 1e6, np.array(delays, np.int64), sample


def _bid(ticks: int) -> bytes:
    order = {"instId": "C0-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.00001"}
    order["px"] = f"{ticks // 10}.{ticks % 10}"
    return frame(compact({"id": f"b{ticks}", "op": "order", "args": [order]}))


def pushes(rig: Rig, crowd: list[Pipe], content: bytes) -> float:
    """The same number of constant frames at the same pace: processor time a frame in microseconds."""
    asked = frame(b" ".join((PUSH, b"%d" % UPDATES, b"%d" % EVERY_MS, content)))
    before = rig.cpu_seconds("bare")
    arrivals = _listen(crowd, lambda number: None if number else crowd[0].socket.sendall(asked))
    spent = rig.cpu_seconds("bare") - before
    frames = 0
    for pipe, chunks in zip(crowd, arrivals, strict=True):
        for _, data in chunks:
            pipe.buffer += data
        while pipe.next() is not None:
            frames += 1
    if frames != UPDATES * len(crowd):
        raise Mismatch(f"{frames:,} constant frames came of {UPDATES * len(crowd):,}")
    return spent / frames * 1e6


def _listen(listeners: list[Pipe], send: Callable[[int], None]) -> list[list[tuple[int, bytes]]]:
    """Read what comes while `send` is called every EVERY_MS with a number; when it came and what, of each listener.

    Nothing is looked at here: the load has a core to itself at best.
    """
    places = {pipe.socket.fileno(): place for place, pipe in enumerate(listeners)}
    arrivals: list[list[tuple[int, bytes]]] = [[] for _ in listeners]
    receive = [pipe.socket.recv for pipe in listeners]
    began = time.perf_counter()
    number = 0
    with select.epoll() as poll:
        for descriptor in places:
            poll.register(descriptor, select.EPOLLIN)
        heard = began + UPDATES * EVERY_MS / 1000
        while time.perf_counter() < heard + GRACE_S:
            due = began + number * EVERY_MS / 1000
            if number < UPDATES and time.perf_counter() >= due:
                send(number)
                number += 1
            for descriptor, _ in poll.poll(EVERY_MS / 2_000, 64):
                place = places[descriptor]
                arrivals[place].append((time.perf_counter_ns(), receive[place](READ)))
                heard = max(heard, time.perf_counter())
    return arrivals
