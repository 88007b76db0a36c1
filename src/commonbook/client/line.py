"""A connection to the record door: bytes out, frames in, neither waiting for the other. No thread of its own."""

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from commonbook.client.wire import FROM_DOOR, ErrorCode, Frame, FrameReader
from commonbook.errors import OutsideFailure
from commonbook.framing import widen

Address = tuple[str, int] | str | Path  # host and port, or the path of a Unix socket


class DoorClosed(OutsideFailure):
    """The door has closed the connection, or it broke. `code` says why when the door did."""

    def __init__(self, text: str, code: ErrorCode | None = None) -> None:
        super().__init__(text)
        self.code = code


class Line:
    """One connected socket. `spoke` is when something was last written."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        try:
            self._socket = _dial(address, timeout_s)
        except OSError as error:
            raise DoorClosed(f"no record door at {address} ({error.strerror or error})") from None
        self._reader = FrameReader(FROM_DOOR)
        self._outgoing: deque[memoryview] = deque()
        self._is_deaf = False  # the door takes nothing more; what it has said may still be read
        self.spoke = time.monotonic()

    def queue(self, frame: bytes | bytearray) -> None:
        self._outgoing.append(memoryview(frame))

    @property
    def waiting(self) -> int:
        """Frames that are not yet wholly written."""
        return len(self._outgoing)

    def pump(self, timeout_s: float, take: Callable[[Frame], None]) -> bool:
        """Write what can be written, read what has come; False when neither was possible in time.

        Raises:
            DoorClosed: the connection is gone. What came before was taken.
            FrameRefused: what came is not of this protocol.
        """
        writers = [self._socket] if self._outgoing and not self._is_deaf else []
        readable, writable, _ = select.select([self._socket], writers, [], timeout_s)
        try:
            if readable:
                self._read(take)
            if writable and not self._is_deaf:
                self._write()
        except OSError as error:
            raise DoorClosed(f"the connection broke: {error.strerror or error}") from None
        return bool(readable or writable)

    def _read(self, take: Callable[[Frame], None]) -> None:
        size = self._socket.recv_into(self._reader.writable())
        if size == 0:
            raise DoorClosed("the door has closed the connection")
        for frame in self._reader.written(size):
            take(frame)

    def _write(self) -> None:
        self.spoke = time.monotonic()
        while self._outgoing:
            front = self._outgoing[0]
            try:
                sent = self._socket.send(front)
            except BlockingIOError:
                return
            except OSError:
                self._is_deaf = True  # its last words say why; after them comes the end
                return
            if sent == len(front):
                self._outgoing.popleft()
            else:
                self._outgoing[0] = front[sent:]
                return

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


def _dial(address: Address, timeout_s: float) -> socket.socket:
    if isinstance(address, tuple):
        dialed = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
        dialed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target: tuple[str, int] | str = address
    else:
        dialed = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target = str(address)
    try:
        widen(dialed)
        dialed.settimeout(timeout_s)
        dialed.connect(target)
        dialed.setblocking(False)
    except OSError:
        dialed.close()
        raise
    return dialed
