"""A hand over WebSocket: logs in, subscribes, sends orders, and looks at every message that comes."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from conformance.okx_v5.wire import Hand, Running
from websockets.sync.client import connect

PATIENCE_S = 5.0


class SocketHand:
    """One connection. `messages` are all that came, in order."""

    def __init__(self, running: Running, url: str = "public", headers: dict[str, str] | None = None) -> None:
        address = f"{running.server.ready['ws']}/ws/v5/{url}"
        self._open = ExitStack()
        socket = connect(address, additional_headers=headers, compression="deflate", max_size=None, max_queue=None)
        self._socket = self._open.enter_context(socket)
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
        stamp = str(int(time.time() - late_s)) + decimals
        message = f"{stamp}GET/users/self/verify".encode()
        sign = base64.b64encode(hmac.new(hand.key["api_secret"].encode(), message, hashlib.sha256).digest()).decode()
        arg = {
            "apiKey": hand.key["api_key"],
            "passphrase": hand.key["api_passphrase"],
            "timestamp": int(stamp) if as_number else stamp,
            "sign": sign,
        }
        self.send({"op": "login", "args": [arg | (changed or {})]})
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
