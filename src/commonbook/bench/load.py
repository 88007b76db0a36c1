"""A load from outside: many connections of one process, each with one request on its way, over HTTP or WebSocket.

Plain sockets and epoll, and everything that is sent is made before the clock starts: on two cores the load must cost as
little as it can, for what it takes is not there for the server.
"""

import base64
import hashlib
import hmac
import json
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from commonbook.errors import Mismatch
from commonbook.identity.model import NewKey

PATIENCE_S = 30.0
READ = 256 * 1024
HEAD_END, LENGTH = b"\r\n\r\n", b"content-length: "
LARGE, HUGE = 126, 127  # lengths of a WebSocket frame that stand for longer ones

Take = Callable[[bytes], None]


@dataclass
class Pipe:
    """One connection. `take` is called with each whole answer."""

    socket: socket.socket
    is_web_socket: bool = False
    buffer: bytearray = field(default_factory=bytearray)
    sent_ns: int = 0

    @classmethod
    def open(cls, port: int) -> Self:
        connected = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connected)

    @classmethod
    def upgraded(cls, port: int, path: str) -> Self:
        """A WebSocket connection, its handshake done."""
        pipe = cls.open(port)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        pipe.socket.sendall(head.encode())
        while HEAD_END not in pipe.buffer:
            pipe.buffer += _some(pipe.socket)
        status = bytes(pipe.buffer.partition(b"\r\n")[0])
        if b" 101 " not in status:
            raise Mismatch(f"no upgrade at {path}: {status.decode()}")
        del pipe.buffer[: pipe.buffer.index(HEAD_END) + 4]
        pipe.is_web_socket = True
        return pipe

    def send(self, request: bytes) -> None:
        self.sent_ns = time.perf_counter_ns()
        self.socket.sendall(request)

    def ask(self, request: bytes) -> bytes:
        """Send, and wait for one answer."""
        self.send(request)
        return self.wait()

    def wait(self) -> bytes:
        while (answer := self.next()) is None:
            self.buffer += _some(self.socket)
        return answer

    def arrived(self) -> None:
        """Take in what the kernel has."""
        self.buffer += _some(self.socket)

    def next(self) -> bytes | None:
        """The body of the next whole answer; None when it is not there yet."""
        return self._frame() if self.is_web_socket else self._body()

    def _body(self) -> bytes | None:
        buffer = self.buffer
        end = buffer.find(HEAD_END)
        if end < 0:
            return None
        at = buffer.index(LENGTH) + len(LENGTH)
        size = int(buffer[at : buffer.index(b"\r", at)])
        start = end + len(HEAD_END)
        if len(buffer) < start + size:
            return None
        body = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return body

    def _frame(self) -> bytes | None:
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size == LARGE:
            start = 4
            size = int.from_bytes(buffer[2:4], "big")
        elif size == HUGE:
            start = 10
            size = int.from_bytes(buffer[2:10], "big")
        if len(buffer) < start + size:
            return None
        content = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return content

    def close(self) -> None:
        self.socket.close()


def _some(connected: socket.socket) -> bytes:
    data = connected.recv(READ)
    if not data:
        raise Mismatch("the server closed the connection")
    return data


def play(
    pipes: Sequence[Pipe], requests: Sequence[Sequence[bytes]], take: Take, at_once: int = 1 << 30
) -> tuple[float, NDArray[np.int64]]:
    """All connections in turns send their requests, each when its one before is answered, at most so many at once.

    Returns:
        Seconds from the first request to the last answer, and what each took in nanoseconds.
    """
    by_number = {pipe.socket.fileno(): (pipe, iter(mine)) for pipe, mine in zip(pipes, requests, strict=True)}
    resting = deque(by_number)  # connections with nothing on its way
    left, under_way = all_of(requests), 0
    taken = []
    with select.epoll() as poll:
        for number in by_number:
            poll.register(number, select.EPOLLIN)
        began = time.perf_counter()
        while left or under_way:
            while left and resting and under_way < at_once:
                pipe, mine = by_number[resting.popleft()]
                request = next(mine, None)
                if request is not None:
                    pipe.send(request)
                    left, under_way = left - 1, under_way + 1
            ready = poll.poll(PATIENCE_S)
            if not ready:
                raise Mismatch(f"no answer for {PATIENCE_S:g} s with {under_way} requests on their way")
            for number, _ in ready:
                pipe, _ = by_number[number]
                pipe.arrived()
                while (answer := pipe.next()) is not None:
                    taken.append(time.perf_counter_ns() - pipe.sent_ns)
                    take(answer)
                    under_way -= 1
                    resting.append(number)
        seconds = time.perf_counter() - began
    return seconds, np.array(taken, np.int64)


def turns(pipes: Sequence[Pipe], requests: Sequence[Sequence[bytes]]) -> NDArray[np.int64]:
    """One request on its way at a time: what each took in nanoseconds."""
    taken = []
    for number in range(max(map(len, requests))):
        for pipe, mine in zip(pipes, requests, strict=True):
            if number < len(mine):
                pipe.ask(mine[number])
                taken.append(time.perf_counter_ns() - pipe.sent_ns)
    return np.array(taken, np.int64)


Dealt = TypeVar("Dealt")


def dealt(requests: Sequence[Dealt], pipes: int) -> list[list[Dealt]]:
    """What there is, shared out among connections, in turns."""
    return [list(requests[number::pipes]) for number in range(pipes)]


# -- what is sent ------------------------------------------------------------------------------------------------------


def signed_post(key: NewKey, path: str, body: bytes) -> bytes:
    """A whole request, signed now."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = stamp.encode() + b"POST" + path.encode() + body
    signature = base64.b64encode(hmac.digest(key.api_secret.encode(), message, hashlib.sha256)).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"OK-ACCESS-KEY: {key.api_key}\r\nOK-ACCESS-SIGN: {signature}\r\nOK-ACCESS-TIMESTAMP: {stamp}\r\n"
        f"OK-ACCESS-PASSPHRASE: {key.api_passphrase}\r\n\r\n"
    )
    return head.encode() + body


def frame(message: bytes) -> bytes:
    """A client's text frame. It is masked, as it must be, by zeros: the content stays as it is."""
    size = len(message)
    if size < LARGE:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 0x80 | LARGE, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0x80 | HUGE, size)
    return head + bytes(4) + message


def login(key: NewKey) -> bytes:
    """The frame that proves a key."""
    stamp = f"{time.time():.3f}"
    message = f"{stamp}GET/users/self/verify".encode()
    signature = base64.b64encode(hmac.digest(key.api_secret.encode(), message, hashlib.sha256)).decode()
    arg = {"apiKey": key.api_key, "passphrase": key.api_passphrase, "timestamp": stamp, "sign": signature}
    return frame(json.dumps({"op": "login", "args": [arg]}).encode())


def orders(seed: int, count: int, instrument: str, middle: int) -> list[dict[str, str]]:
    """Orders as clients write them, around a price: 95 % rest until they are met, 5 % are immediate-or-cancel.

    Args:
        middle: in ticks of 0.1; sizes are in lots of 0.00001.
    """
    random = np.random.default_rng(seed)
    buys = random.random(count) < 0.5
    away = np.rint(random.normal(12, 20, count)).astype(np.int64)
    ticks = middle + np.where(buys, -away, away)
    lots = random.integers(1, 101, count)
    ioc = random.random(count) < 0.05
    return [
        {
            "instId": instrument,
            "tdMode": "cash",
            "side": "buy" if buy else "sell",
            "ordType": "ioc" if now else "limit",
            "px": f"{tick // 10}.{tick % 10}",
            "sz": f"0.{lot:05d}",
            "clOrdId": f"load{number:x}",
            "tag": "load",
        }
        for number, (buy, tick, lot, now) in enumerate(
            zip(buys.tolist(), ticks.tolist(), lots.tolist(), ioc.tolist(), strict=True)
        )
    ]


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class Accepted:
    """Counts rows that were carried out and answers that said "busy", and keeps the first that said anything else."""

    def __init__(self) -> None:
        self.count = 0
        self.busy = 0  # answers: nothing of such a message was carried out
        self.first_refusal = b""

    def __call__(self, answer: bytes) -> None:
        done = answer.count(b'"sCode":"0"')
        self.count += done
        if not done and b'"code":"50013"' in answer:
            self.busy += 1
        elif not self.first_refusal and (not done or answer.count(b'"sCode"') != done):
            self.first_refusal = answer

    def must_be(self, count: int, rows: int) -> None:
        """Of the orders that were sent all were taken, but for at most a hundredth that a late gateway refused (L-8).

        Args:
            count: of the orders that were sent.
            rows: in each message.

        Raises:
            Mismatch: more, or others, were refused; what was measured then is the refusing.
        """
        if self.busy * rows * 100 > count:
            raise Mismatch(
                f"{self.busy * rows:,} of {count:,} orders met a busy gateway; run the bench on a quieter machine"
            )
        if self.count + self.busy * rows != count:
            raise Mismatch(f"{self.count:,} of {count:,} orders were taken; the first other: {self.first_refusal!r}")


def percentile(nanoseconds: NDArray[np.int64], share: float) -> float:
    """In microseconds."""
    return float(np.percentile(nanoseconds, share)) / 1e3


def all_of(parts: Iterable[Sequence[bytes]]) -> int:
    return sum(map(len, parts))
