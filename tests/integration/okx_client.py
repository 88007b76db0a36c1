"""A small signed client of the OKX v5 door, written from its documentation alone; the tests' own hands."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import httpx


class OkxClient:
    """Signs and sends. `post` and `get` return the decoded envelope."""

    def __init__(self, base_url: str, account: dict[str, str], timeout_s: float = 10.0) -> None:
        self._account = account
        self._http = httpx.Client(base_url=base_url, timeout=timeout_s)

    def get(self, target: str) -> dict[str, Any]:
        return self._send("GET", target, "")

    def post(self, target: str, body: Any) -> dict[str, Any]:
        return self._send("POST", target, json.dumps(body))

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, target: str, body: str) -> dict[str, Any]:
        headers = signed_headers(self._account, method, target, body)
        answer = self._http.request(method, target, content=body or None, headers=headers)
        decoded: dict[str, Any] = answer.json()
        return decoded


def signed_headers(
    account: dict[str, str], method: str, target: str, body: str, timestamp: str | None = None
) -> dict[str, str]:
    """The headers that prove a request; `timestamp` instead of now."""
    stamp = timestamp or datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{stamp}{method}{target}{body}".encode()
    digest = hmac.new(account["api_secret"].encode(), message, hashlib.sha256).digest()
    return {
        "OK-ACCESS-KEY": account["api_key"],
        "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": account["api_passphrase"],
        "Content-Type": "application/json",
    }
