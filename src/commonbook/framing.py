"""Streams of bytes as frames and frames as streams of bytes, with as few copies as there can be.

    socket ──▶ Inlet    a payload that is not there at once is read straight into memory of its own, where NumPy may
                        look at it for as long as it likes
    Outlet ──▶ socket   what waits is kept as the buffers that were given, and handed on in pieces

asyncio's own transports keep what waits in one growing array, which is copied whole whenever something is added: with
batches of megabytes that was most of the time of a busy core.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

STAGE = 16 * 1024  # bytes that are read before it is known what they are
PIECE = 1024 * 1024  # handed to a transport at once
JOINED = 64 * 1024  # buffers that are smaller together become one: a copy costs less than another call
KERNEL_BUFFER = 4 * 1024 * 1024  # asked for on either side of a socket

Buffer = bytes | bytearray | memoryview


class Inlet:
    """Cuts a stream into heads of a fixed size and their payloads. Never holds more than one frame beside its stage."""

    def __init__(self, head_size: int, payload_size: Callable[[bytes], int]) -> None:
        """
        Args:
            payload_size: the size of the payload that a head announces; raises when there can be no such frame, before
                anything is allocated for it.
        """
        self._head_size = head_size
        self._payload_size = payload_size
        self._stage = bytearray(STAGE)
        self._end = 0
        self._head = b""
        self._payload: memoryview | None = None  # of the frame that is coming in, with `_filled` bytes there
        self._filled = 0

    def writable(self) -> memoryview:
        """Where the next bytes go; tell `written` how many."""
        if self._payload is not None:
            return self._payload[self._filled :]
        return memoryview(self._stage)[self._end :]

    def written(self, size: int) -> Iterator[tuple[bytes, memoryview]]:
        """Heads and payloads of the frames completed by `size` more bytes; a payload is the taker's own."""
        if self._payload is not None:
            self._filled += size
            if self._filled == len(self._payload):
                payload, self._payload = self._payload, None
                yield self._head, payload
            return
        self._end += size
        start = 0
        while self._end - start >= self._head_size:
            head = bytes(self._stage[start : start + self._head_size])
            length = self._payload_size(head)
            start += self._head_size
            there = min(length, self._end - start)
            payload = np.empty(length, np.uint8).data
            payload[:there] = memoryview(self._stage)[start : start + there]
            start += there
            if there < length:
                self._head, self._payload, self._filled = head, payload, there
                break
            yield head, payload
        rest = self._stage[start : self._end]
        self._stage[: len(rest)] = rest
        self._end = len(rest)

    def feed(self, data: bytes) -> Iterator[tuple[bytes, memoryview]]:
        """As `written`, for bytes that are already somewhere."""
        at = 0
        while at < len(data):
            room = self.writable()
            size = min(len(room), len(data) - at)
            room[:size] = data[at : at + size]
            at += size
            yield from self.written(size)

    @property
    def capacity(self) -> int:
        """Bytes of memory held."""
        return len(self._stage) + (0 if self._payload is None else len(self._payload))


class Outlet:
    """What is to be written to a transport, in order. Its protocol passes `pause_writing` and `resume_writing` on."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting: deque[memoryview] = deque()
        self._bytes = 0
        self._paused = False
        self._closing = False
        transport.set_write_buffer_limits(JOINED)  # paused soon after the kernel takes no more

    def put(self, *buffers: Buffer) -> None:
        """Write buffers that nobody changes any more."""
        if len(buffers) > 1 and sum(map(len, buffers)) <= JOINED:
            buffers = (b"".join(buffers),)
        for buffer in buffers:
            if len(buffer):
                view = memoryview(buffer)
                self._waiting.append(view)
                self._bytes += view.nbytes
        self._flush()

    @property
    def size(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._bytes + self._transport.get_write_buffer_size()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._flush()

    def close(self) -> None:
        """Close once everything is written."""
        self._closing = True
        self._flush()

    def abort(self) -> None:
        self._waiting.clear()
        self._transport.abort()

    def _flush(self) -> None:
        while self._waiting and not self._paused:
            piece = self._waiting.popleft()
            if piece.nbytes > PIECE:
                self._waiting.appendleft(piece[PIECE:])
                piece = piece[:PIECE]
            self._bytes -= piece.nbytes
            self._transport.write(piece)
        if self._closing and not self._waiting:
            self._transport.close()


def widen(connected: socket.socket | None) -> None:
    """Ask the kernel for buffers that take a batch at once; it gives what it may. A transport may have no socket."""
    if connected is None:
        return
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, option, KERNEL_BUFFER)
