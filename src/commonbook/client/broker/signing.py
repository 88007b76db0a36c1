"""Proving who asks: an API key that may manage, made by the broker's user."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

_LOGIN = ("GET", "/users/self/verify")


@dataclass(frozen=True, slots=True)
class Key:
    api_key: str
    api_secret: str = field(repr=False)
    api_passphrase: str = field(repr=False)


class Clock:
    """Milliseconds since 1970, each given once: a signature over something that changes anything works once."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next_ms(self) -> int:
        with self._lock:
            self._last = max(time.time_ns() // 1_000_000, self._last + 1)
            return self._last


def headers(key: Key, method: str, target: str, body: bytes, now_ms: int) -> dict[str, str]:
    """What proves a request.

    Args:
        target: path and query as they are sent.
    """
    moment = datetime.fromtimestamp(now_ms // 1_000, UTC) + timedelta(milliseconds=now_ms % 1_000)
    when = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "OK-ACCESS-KEY": key.api_key,
        "OK-ACCESS-SIGN": _signature(key, when, method, target, body),
        "OK-ACCESS-TIMESTAMP": when,
        "OK-ACCESS-PASSPHRASE": key.api_passphrase,
    }


def login(key: Key, now_s: int) -> dict[str, object]:
    """The message that logs a WebSocket in."""
    sign = _signature(key, str(now_s), *_LOGIN, b"")
    arg = {"apiKey": key.api_key, "passphrase": key.api_passphrase, "timestamp": str(now_s), "sign": sign}
    return {"op": "login", "args": [arg]}


def _signature(key: Key, when: str, method: str, target: str, body: bytes) -> str:
    message = f"{when}{method}{target}".encode() + body
    return base64.b64encode(hmac.digest(key.api_secret.encode(), message, hashlib.sha256)).decode()
