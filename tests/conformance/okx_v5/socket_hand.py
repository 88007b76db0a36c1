"""A hand over WebSocket: logs in, subscribes, sends orders, and looks at every message that comes."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from conformance.okx_v5.wire import Hand, Running
from websockets.sync.client import connect

PATIENCE_S = 60.0


class SocketHand:
    """One connection. `messages` are all that came, in order."""

    def __init__(self, running: Running, url: str = "public", headers: dict[str, str] | None = None) -> None:
        address = f"{running.server.ready['ws']}/ws/v5/{url}"
        self._open = ExitStack()
        opened = connect(address, additional_headers=headers, compression="deflate", max_size=None, max_queue=None)
        self._socket = self._open.enter_context(opened)
        self.messages: list[dict[str, Any]] = []
        self._asked = 0

    def send(self, message: Any) -> None:
        self._socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def receive(self, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """The next message.

        Raises:
            TimeoutError: none came.
        """
        found: dict[str, Any] = json.loads(self.receive_text(seconds))
        self.messages.append(found)
        return found

    def receive_text(self, seconds: float = PATIENCE_S) -> str:
        return str(self._socket.recv(timeout=seconds))

    def until(self, is_it: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE_S) -> dict[str, Any]:
        """The next message that is so; the others are kept in `messages`."""
        deadline = time.monotonic() + seconds
        while not is_it(found := self.receive(deadline - time.monotonic())):
            pass
        return found

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False

    def send_pieces(self, pieces: list[str]) -> None:
        """One message in several frames."""
        self._socket.send(iter(pieces))

    def pings(self) -> bool:
        """Whether a ping of the protocol is answered."""
        return self._socket.ping().wait(PATIENCE_S)

    def extensions(self) -> list[str]:
        """What was agreed upon."""
        return [extension.name for extension in self._socket.protocol.extensions]

    def drain(self, seconds: float = 0.3) -> None:
        """Take in all that comes, until nothing has come for so long."""
        while not self.quiet(seconds):
            pass

    # -- requests -----------------------------------------------------------------------------------------------------

    def login(
        self,
        hand: Hand,
        late_s: float = 0,
        decimals: str = "",
        as_number: bool = False,
        changed: dict[str, str | None] | None = None,
    ) -> dict[str, Any]:
        """The answer; `changed` replaces fields after the signing."""
        self.send(login_message(hand, late_s, decimals, as_number, changed))
        return self.receive()

    def subscribe(self, channel: str, **arg: Any) -> dict[str, Any]:
        """The acknowledgement, or the error."""
        self.send({"op": "subscribe", "args": [{"channel": channel} | arg]})
        return self.until(lambda message: message.get("event") in ("subscribe", "error"))

    def unsubscribe(self, channel: str, **arg: Any) -> dict[str, Any]:
        self.send({"op": "unsubscribe", "args": [{"channel": channel} | arg]})
        return self.until(lambda message: message.get("event") in ("unsubscribe", "error"))

    def push(self, channel: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """The next push of a channel."""
        return self.until(
            lambda message: "data" in message and message.get("arg", {}).get("channel") == channel, seconds
        )

    def order(self, op: str, *args: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The answer to an order operation."""
        self._asked += 1
        request = str(self._asked)
        self.send({"id": request, "op": op, "args": list(args)} | more)
        return self.until(lambda message: message.get("id") == request)

    def closed(self, seconds: float = PATIENCE_S) -> tuple[int, str]:
        """Read to the end: the close code and why."""
        deadline = time.monotonic() + seconds
        while self._socket.close_code is None and time.monotonic() < deadline:
            try:
                self.receive(0.2)
            except TimeoutError:
                continue
            except Exception:
                break
        return self._socket.close_code or 0, self._socket.close_reason or ""

    def leave(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def login_message(
    hand: Hand,
    late_s: float = 0,
    decimals: str = "",
    as_number: bool = False,
    changed: dict[str, str | None] | None = None,
) -> dict[str, Any]:
    stamp = str(int(time.time() - late_s)) + decimals
    message = f"{stamp}GET/users/self/verify".encode()
    sign = base64.b64encode(hmac.new(hand.key["api_secret"].encode(), message, hashlib.sha256).digest()).decode()
    arg = {
        "apiKey": hand.key["api_key"],
        "passphrase": hand.key["api_passphrase"],
        "timestamp": int(stamp) if as_number else stamp,
        "sign": sign,
    }
    return {"op": "login", "args": [arg | (changed or {})]}


class RawSocket:
    """A WebSocket by hand: any bytes go out, and what comes is read when it is asked for."""

    def __init__(self, running: Running, url: str = "public", receive_buffer: int = 0) -> None:
        host, _, port = running.server.ready["ws"].removeprefix("ws://").partition(":")
        self.socket = socket.socket()
        self.has_ended = False  # as far as was read
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect((host, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        head = f"GET /ws/v5/{url} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.socket.sendall(f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        found = b""
        while b"\r\n\r\n" not in found:
            found += self.socket.recv(1)
        assert b" 101 " in found

    def write(self, *messages: str | bytes) -> None:
        """Text frames, all at once."""
        self.socket.sendall(b"".join(map(text_frame, messages)))

    def read_until(self, words: bytes) -> bytes:
        """What comes until these words have come, or the connection has ended."""
        found = bytearray()
        while words not in found and (part := self.socket.recv(1 << 20)):
            found += part
        return bytes(found)

    def read_all(self, quiet_s: float) -> bytes:
        """What comes until nothing has come for so long, or the connection has ended."""
        self.socket.settimeout(quiet_s)
        found = bytearray()
        with contextlib.suppress(TimeoutError, BlockingIOError, ConnectionError):
            while part := self.socket.recv(1 << 20):
                found += part
            self.has_ended = True
        self.socket.settimeout(60)
        return bytes(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()


def text_frame(message: str | bytes) -> bytes:
    """A masked text frame, with a mask that changes nothing."""
    payload = message if isinstance(message, bytes) else message.encode()
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + size.to_bytes(2, "big")
    if size >= 65_536:
        length = bytes([0xFF]) + size.to_bytes(8, "big")
    return b"\x81" + length + bytes(4) + payload


def frames(content: bytes) -> list[tuple[int, bytes]]:
    """Kind and payload of each whole frame from the server, none of which is masked."""
    found = []
    at = 0
    while at + 2 <= len(content):
        size, start = content[at + 1], at + 2
        if size == 126:
            size, start = int.from_bytes(content[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            size, start = int.from_bytes(content[at + 2 : at + 10], "big"), at + 10
        if start + size > len(content):
            break
        found.append((content[at] & 15, content[start : start + size]))
        at = start + size
    return found
