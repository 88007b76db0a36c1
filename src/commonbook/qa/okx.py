"""A client of the OKX v5 door for suites: requests and WebSockets by hand, so that anything may be sent.

It knows no more than the reference says, and shares no code with the door.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from commonbook.errors import OutsideFailure

API = "/api/v5"
PATIENCE_S = 30.0
TEXT, CLOSE = 1, 8
_signed_ms = 0


@dataclass(frozen=True, slots=True)
class Key:
    api_key: str
    secret: str
    passphrase: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def code(self) -> str:
        code: str = self.envelope["code"]
        return code

    @property
    def data(self) -> list[Any]:
        data: list[Any] = self.envelope["data"]
        return data


def stamp() -> str:
    """The next millisecond that nothing was signed in, as a signature works once."""
    global _signed_ms
    while (now_ms := time.time_ns() // 1_000_000) <= _signed_ms:
        time.sleep(0.000_2)
    _signed_ms = now_ms
    return time_text(now_ms)


def time_text(now_ms: int) -> str:
    """Milliseconds since 1970 as the header has them."""
    moment = datetime.fromtimestamp(now_ms // 1_000, UTC) + timedelta(milliseconds=now_ms % 1_000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def signature(secret: str, *parts: str) -> str:
    digest = hmac.new(secret.encode(), "".join(parts).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def proof(key: Key, method: str, target: str, body: str, when: str = "") -> dict[str, str]:
    """The headers that prove a request."""
    when = when or stamp()
    return {
        "OK-ACCESS-KEY": key.api_key,
        "OK-ACCESS-SIGN": signature(key.secret, when, method, target, body),
        "OK-ACCESS-TIMESTAMP": when,
        "OK-ACCESS-PASSPHRASE": key.passphrase,
    }


def login(key: Key) -> str:
    """The message that logs a WebSocket in."""
    when = str(int(time.time()))
    sign = signature(key.secret, when, "GET", "/users/self/verify")
    arg = {"apiKey": key.api_key, "passphrase": key.passphrase, "timestamp": when, "sign": sign}
    return json.dumps({"op": "login", "args": [arg]})


class _Connected:
    """A TCP connection that is closed at the end of its block."""

    def __init__(self, url: str, source: str = "", receive_buffer: int = 0) -> None:
        host, _, port = url.partition("://")[2].partition(":")
        self.socket = socket.socket()
        if receive_buffer:  # before it is connected, so that the other side knows
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_S)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = host
        self._rest = b""

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _more(self) -> None:
        part = self.socket.recv(1 << 20)
        if not part:
            raise OutsideFailure("the connection was closed")
        self._rest += part

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head


class Rest(_Connected):
    """One kept connection; opened anew when the server has closed it meanwhile."""

    def __init__(self, url: str, source: str = "") -> None:
        super().__init__(url, source)
        self._url, self._source = url, source

    def ask(self, method: str, target: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        """One request and its answer.

        Raises:
            OutsideFailure, OSError: the server is gone.
        """
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body.encode())}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode())

    def raw(self, request: bytes) -> Answer:
        """Any bytes, and the answer to them."""
        try:
            return self._once(request)
        except (OutsideFailure, ConnectionError):
            self.close()  # it had been idle for too long: nothing of the request was read
            super().__init__(self._url, self._source)
            return self._once(request)

    def signed(self, key: Key, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request that is proved; a body is sent as JSON."""
        text = "" if body is None else json.dumps(body)
        return self.ask(method, API + path, text, proof(key, method, API + path, text) | headers)

    def _once(self, request: bytes) -> Answer:
        self.socket.sendall(request)
        head = self._head()
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return Answer(int(head.split(b" ")[1]), self._take(size).decode())


class Socket(_Connected):
    """One WebSocket. Messages are texts; `ended` is why it was closed, when it was."""

    def __init__(self, url: str, path: str = "public", source: str = "", receive_buffer: int = 0) -> None:
        super().__init__(url, source, receive_buffer)
        self.ended = 0
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET /ws/v5/{path} HTTP/1.1", f"Host: {self.host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        if b" 101 " not in self._head():
            raise OutsideFailure("the server did not upgrade")

    def send(self, *messages: str | bytes) -> None:
        """Text frames, all at once."""
        self.socket.sendall(b"".join(map(frame, messages)))

    def receive(self, seconds: float = PATIENCE_S) -> str:
        """The next message; "" once the connection is closed.

        Raises:
            TimeoutError: none came.
        """
        self.socket.settimeout(seconds)
        try:
            kind, payload = self._frame()
        except (OutsideFailure, ConnectionError):
            self.ended = self.ended or 1006
            return ""
        finally:
            self.socket.settimeout(PATIENCE_S)
        if kind == CLOSE:
            self.ended = int.from_bytes(payload[:2], "big")
            return ""
        return payload.decode()

    def all_that_comes(self, quiet_s: float) -> list[str]:
        """Messages until none has come for so long."""
        found = []
        with contextlib.suppress(TimeoutError):
            while message := self.receive(quiet_s):
                found.append(message)
        return found

    def _frame(self) -> tuple[int, bytes]:
        """Taken from what has come only once it is whole, so that a pause in its middle loses nothing."""
        while True:
            content = self._rest
            size, start = (content[1] if len(content) > 1 else 0), 2
            if size in (126, 127):
                start = 4 if size == 126 else 10
                size = int.from_bytes(content[2:start], "big")
            if len(content) >= start and len(content) >= start + size:
                self._rest = content[start + size :]
                return content[0] & 15, content[start : start + size]
            self._more()


def frame(message: str | bytes) -> bytes:
    """A masked text frame, with a mask that changes nothing."""
    payload = message if isinstance(message, bytes) else message.encode()
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    else:
        length = bytes([0xFE]) + size.to_bytes(2, "big") if size < 65_536 else bytes([0xFF]) + size.to_bytes(8, "big")
    return bytes([0x80 | TEXT]) + length + bytes(4) + payload
