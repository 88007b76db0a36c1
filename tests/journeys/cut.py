"""A wire to the exchange that a test can cut: a relay of TCP on loopback."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Wire:
    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self.is_cut = False
        self._ended = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_relay, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        """Nothing comes through, and what is open is lost."""
        self.is_cut = True
        for one in self._open:
            _close(one)
        self._open.clear()

    def mend(self) -> None:
        self.is_cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._thread.join(5)


def _relay(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    _close(other)
    _close(one)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # gone already
        one.shutdown(socket.SHUT_RDWR)
    one.close()
