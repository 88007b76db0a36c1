"""The live channel as an iterator that goes on over broken connections.

A connection that ends is made again, a little later each time until one holds. What begins after it is a snapshot: of
accrual and alerts it is all there is to know; of orders it says from which sequence on they are told, and what was
missed is in the history by its fills. A gap is never passed over: the connection is made again.
"""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from commonbook.client.broker.signing import Key, login
from commonbook.errors import OutsideFailure

CHANNEL, PATH = "broker", "/ws/v5/business"
KINDS = ("accrual", "orders", "alerts")
PING_EVERY_S = 15.0
SILENT_S = 40.0  # nothing came for so long, though it was asked: the connection is dead
WAIT_S, WAIT_MOST_S = 0.5, 15.0
WAITING_MOST = 1_000  # messages that are not taken yet, before the exchange is left to wait
FOR_GOOD = {"60005", "60007", "60009", "60024", "60027", "60029", "50101"}  # of a key that is not good, or no broker's


class LiveRefused(OutsideFailure):
    """The exchange has said no for good: the key is not good, may not manage, or is no broker's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass(frozen=True, slots=True)
class News:
    """What came; `rows` are as docs/reference has them, all numbers in them decimal texts or counts."""

    rows: tuple[dict[str, Any], ...]
    sequence: int
    is_snapshot: bool  # it begins anew here
    missed_after: int | None  # of a snapshot behind a broken connection: the newest sequence that was told before


class Accrued(News):
    """What was earned, taken back and corrected in the hours that have changed, whole each time (BL-11)."""


class Lived(News):
    """Events of orders."""


class Alerted(News):
    """Notices."""


_NEWS: dict[str, type[News]] = {"accrual": Accrued, "orders": Lived, "alerts": Alerted}


async def listen(
    base: str, key: Key, kinds: Sequence[str] = KINDS, tls: ssl.SSLContext | None = None
) -> AsyncIterator[News]:
    """Everything that the broker is told, for ever; leave it by `break` or by cancelling.

    Args:
        base: the brand's address, as https://brand.example or wss://brand.example.
        key: that may manage, of the broker's user.
        kinds: of `accrual`, `orders` and `alerts`.

    Raises:
        LiveRefused: it makes no sense to ask again.
        ValueError: there is no such kind.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"there is no kind {unknown or 'at all'}; it is of {', '.join(KINDS)}")
    told: dict[str, int] = {}
    wait_s = WAIT_S
    while True:
        before = dict(told)
        try:
            async with _Line(_address(base), tls) as line:
                async for news in _one_connection(line, key, kinds, told, before):
                    wait_s = WAIT_S
                    yield news
        except (OSError, TimeoutError, WSError, _Broken):
            pass
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, WAIT_MOST_S)


def _address(base: str) -> str:
    scheme, _, rest = base.partition("://")
    return f"{'wss' if scheme in ('https', 'wss') else 'ws'}://{rest.rstrip('/')}{PATH}"


async def _one_connection(
    line: "_Line", key: Key, kinds: Sequence[str], told: dict[str, int], before: dict[str, int]
) -> AsyncIterator[News]:
    line.send(json.dumps(login(key, int(time.time()))))
    began = set[str]()
    while True:
        message = await line.next()
        match message.get("event"):
            case "login":
                args = [{"channel": CHANNEL, "kind": kind} for kind in kinds]
                line.send(json.dumps({"op": "subscribe", "args": args}))
            case "error":
                if message["code"] in FOR_GOOD:
                    raise LiveRefused(message["code"], message["msg"])
                raise _Broken(message["msg"])
            case "unsubscribe":  # it is not the broker's any more, or so it seems: asking again tells
                raise _Broken("ended by the exchange")
            case None if "data" in message:
                yield _read(message, began, told, before)


def _read(message: dict[str, Any], began: set[str], told: dict[str, int], before: dict[str, int]) -> News:
    """
    Raises:
        _Broken: something is missing before it.
    """
    (content,) = message["data"]
    kind, is_snapshot = content["kind"], message["action"] == "snapshot"
    if not is_snapshot and (kind not in began or content["prevSeqId"] != told[kind]):
        raise _Broken(f"an update of {kind} follows {content['prevSeqId']}, what came before was {told.get(kind)}")
    began.add(kind)
    told[kind] = content["seqId"]
    missed_after = before.get(kind) if is_snapshot else None
    return _NEWS[kind](tuple(content["rows"]), content["seqId"], is_snapshot, missed_after)


class _Broken(Exception):
    """The connection is of no further use."""


class _Listener(WSListener):
    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.heard = time.monotonic()
        self.transport: WSTransport | None = None
        self.is_paused = False
        self._parts: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard = time.monotonic()
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                self.messages.put_nowait(b"".join(self._parts))
                self._parts.clear()
                if self.messages.qsize() >= WAITING_MOST and not self.is_paused:
                    self.is_paused = True
                    transport.underlying_transport.pause_reading()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        self.messages.put_nowait(None)


class _Line:
    """One connection, from its opening to its end; it is pinged while it is quiet."""

    def __init__(self, address: str, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._tls = tls
        self._listener = _Listener()
        self._pinging: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "_Line":
        await ws_connect(lambda: self._listener, self._address, ssl_context=self._tls)
        self._pinging = asyncio.ensure_future(self._ping())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pinging is not None:
            self._pinging.cancel()
        if self._listener.transport is not None:
            self._listener.transport.disconnect()

    def send(self, text: str) -> None:
        if self._listener.transport is None:
            raise _Broken("the connection has ended")
        self._listener.transport.send(WSMsgType.TEXT, text.encode())

    async def next(self) -> dict[str, Any]:
        """
        Raises:
            _Broken: the connection has ended.
        """
        while True:
            message = await self._listener.messages.get()
            if message is None:
                raise _Broken("the connection has ended")
            if self._listener.is_paused and self._listener.messages.qsize() < WAITING_MOST // 2:
                self._listener.is_paused = False
                if self._listener.transport is not None:
                    self._listener.transport.underlying_transport.resume_reading()
            if message != b"pong":
                found: dict[str, Any] = json.loads(message)
                return found

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            transport = self._listener.transport
            if transport is None:
                return
            if time.monotonic() - self._listener.heard > SILENT_S and not self._listener.is_paused:
                transport.disconnect()
                return
            transport.send(WSMsgType.TEXT, b"ping")
