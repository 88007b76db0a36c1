"""What a broker's client asks the simulated venue, seen beside it while the broker is watched. Rule CK-10.

In front of the OKX v5 door and behind everything else; connections over WebSocket tell of their logins and orders
(`okx_v5/witness.py`). While nobody is watched a request costs one comparison more.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from commonbook.brokerage import observing
from commonbook.brokerage.conformance import Row, Seen
from commonbook.brokerage.observing import REQUESTS_MOST, Watch, file_of, line_of
from commonbook.gateway.okx_v5.app import PREFIX, ROUTES, App, Headers, Receive, Scope, Send, bearer_of
from commonbook.gateway.okx_v5.budget import BY_ORDER, OPERATIONS
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environments, asks_for_simulated
from commonbook.identity.model import Credential
from commonbook.instrument.accounts import master_of

LOOK_EVERY_S = 0.5
NAMES = frozenset({"clOrdId", "reqId"})  # what a client gives anew each time it asks for the same
DIGEST_CHARACTERS = 16
LOGIN = "login"  # over WebSocket: what stands where a request has its route

log = structlog.get_logger()


class _Placed(msgspec.Struct):
    ordId: str = ""
    sCode: str = ""
    brokerCode: str = ""


class _Envelope(msgspec.Struct):
    code: str = ""


class _Orders(msgspec.Struct):
    code: str = ""
    data: list[_Placed] = []


_envelope = msgspec.json.Decoder(_Envelope)
_orders = msgspec.json.Decoder(_Orders)


class WatchedApp:
    """Hands every request on as it came, and writes down what a watched broker was answered."""

    def __init__(self, environments: Environments, folder: Path, following: App) -> None:
        """
        Args:
            folder: where watches are, and where what is seen goes.
        """
        self._environments = environments
        self._folder = folder
        self._following = following
        self._gateway = str(os.getpid())
        self._watches: dict[str, Watch] = {}
        self._lines: dict[str, list[bytes]] = {}  # by watch: seen and not written yet
        self._kept: dict[str, int] = {}  # by watch: how many were

    async def keep(self) -> None:
        """Look for watches, and write down what was seen. Runs until it is cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except OSError as failure:
                log.warning("gateway.watch_not_written", why=str(failure))
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        found = {one.name: one for one in observing.watches(self._folder, time.time_ns() // 1_000_000)}
        before, self._watches = self._watches, found
        for watch in (before | found).values():
            self._write(watch)
        for name in before.keys() - found.keys():
            self._lines.pop(name, None)
            self._kept.pop(name, None)

    def _write(self, watch: Watch) -> None:
        lines = self._lines.setdefault(watch.name, [])
        size = len(lines)  # more may come behind while these are written
        if not size:
            return
        path = file_of(self._folder, watch, self._gateway)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(b"".join(lines[:size]))
        del lines[:size]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._watches or scope["type"] != "http":
            await self._following(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        door = self._environments.simulated_door if asks_for_simulated(headers) else None
        whose = None if door is None else self._whose(door, headers)
        if whose is None:
            await self._following(scope, receive, send)
            return
        watch, credential = whose
        came_ns, asked, told = time.time_ns(), Heard(receive), Said(send)
        await self._following(scope, asked, told)
        if told.content:  # whoever has left in the middle was answered nothing
            self._note(watch, seen_of(scope, credential, came_ns, time.time_ns(), asked.body, told.content))

    def _whose(self, door: Door, headers: Headers) -> tuple[Watch, Credential] | None:
        credential = _named(door, headers)
        watch = None if credential is None else self._watch_of(credential)
        return None if credential is None or watch is None else (watch, credential)

    def _watch_of(self, credential: Credential) -> Watch | None:
        brokers = {credential.holder, credential.owner, *credential.brokers}
        if credential.bearer is not None:
            brokers.add(credential.bearer.broker)
        master = master_of(credential.account)
        for watch in self._watches.values():
            if watch.broker in brokers or master_of(watch.payout_account) == master:
                return watch
        return None

    # -- over WebSocket, of the simulated venue's connections ---------------------------------------------------------

    def login(self, names: dict[str, Any], came_ns: int, code: str) -> None:
        door = self._environments.simulated_door if self._watches else None
        credential = None if door is None else _named_by(door, names)
        watch = None if credential is None else self._watch_of(credential)
        if credential is not None and watch is not None:
            at = (came_ns // 1_000_000, time.time_ns() // 1_000_000)
            self._note(watch, Seen(*at, _digest(credential.api_key), credential.account, LOGIN, code))

    def orders(
        self, credential: Credential, operation: str, asked: bytes | list[Any], came_ns: int, told: bytes
    ) -> None:
        """As what the same would be over REST."""
        watch = self._watch_of(credential) if self._watches and operation in OPERATIONS else None
        if watch is not None:
            rows = _asked(asked) if isinstance(asked, bytes) else [_unnamed(one) for one in asked]
            self._note(watch, _seen(OPERATIONS[operation], credential, came_ns, time.time_ns(), rows, told))

    def _note(self, watch: Watch, one: Seen) -> None:
        kept = self._kept[watch.name] = self._kept.get(watch.name, 0) + 1
        if kept <= REQUESTS_MOST:
            self._lines.setdefault(watch.name, []).append(line_of(one))
        elif kept == REQUESTS_MOST + 1:
            log.warning("gateway.watch_is_full", watch=watch.name, requests=REQUESTS_MOST)


def _named(door: Door, headers: Headers) -> Credential | None:
    """The key or token that a request names, whether it proves it or not."""
    api_key = headers.get(b"ok-access-key", b"").decode("latin-1")
    if api_key:
        return door.authenticator.find(api_key)
    try:
        token = bearer_of(headers)
    except Refused:
        return None
    known = door.authenticator.tokens.named(token) if token else None
    return None if known is None else known.credential


def _named_by(door: Door, names: dict[str, Any]) -> Credential | None:
    """The same of a login."""
    api_key, token = names.get("apiKey"), names.get("accessToken")
    if token and isinstance(token, str):
        known = door.authenticator.tokens.named(token)
        return None if known is None else known.credential
    return door.authenticator.find(api_key) if api_key and isinstance(api_key, str) else None


class Heard:
    """What comes in, kept as it passes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.body = b""

    async def __call__(self) -> dict[str, Any]:
        message = await self._receive()
        self.body += message.get("body", b"")  # the door reads no more than it takes
        return message


class Said:
    """What goes out, kept as it passes."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self.content = b""

    async def __call__(self, message: dict[str, Any]) -> None:
        self.content += message.get("body", b"")
        await self._send(message)


def seen_of(scope: Scope, credential: Credential, came_ns: int, went_ns: int, body: bytes, content: bytes) -> Seen:
    """One request as it is written down."""
    asked = (
        _asked(body) if scope["method"] == "POST" else [f"{scope['path']}?{scope['query_string'].decode('latin-1')}"]
    )
    return _seen((scope["method"], scope["path"].removeprefix(PREFIX)), credential, came_ns, went_ns, asked, content)


def _seen(
    name: tuple[str, str], credential: Credential, came_ns: int, went_ns: int, asked: list[Any], content: bytes
) -> Seen:
    code, placed = _answered(content, name in BY_ORDER)
    rows: tuple[Row, ...] = ()
    if placed and len(placed) == len(asked):
        rows = tuple(
            Row(_digest(one), row.sCode, int(row.ordId) if row.ordId.isdecimal() else 0, row.brokerCode)
            for one, row in zip(asked, placed, strict=True)
        )
    return Seen(
        at_ms=came_ns // 1_000_000,
        answered_ms=went_ns // 1_000_000,
        key=_digest(credential.api_key),
        account=credential.account,
        route=f"{name[0]} {name[1]}" if name in ROUTES else "",
        code=code,
        digest=_digest(asked),
        rows=rows,
    )


def _answered(content: bytes, is_about_orders: bool) -> tuple[str, list[_Placed]]:
    """The envelope's code, and of orders what each row says."""
    try:
        if is_about_orders:
            found = _orders.decode(content)
            return found.code, found.data
        return _envelope.decode(content).code, []
    except msgspec.DecodeError:
        return "", []


def _asked(body: bytes) -> list[Any]:
    """What a body asks for, row by row, without the names that are given anew."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return [body.decode("latin-1")]
    rows = told if isinstance(told, list) else [told]
    return [_unnamed(row) for row in rows]


def _unnamed(row: Any) -> Any:
    return {name: value for name, value in row.items() if name not in NAMES} if isinstance(row, dict) else row


def _digest(what: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).hexdigest()[:DIGEST_CHARACTERS]
