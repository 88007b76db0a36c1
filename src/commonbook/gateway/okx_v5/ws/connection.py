"""One client over WebSocket: it logs in, subscribes, sends orders, and is told what it asked for."""

import asyncio
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

import structlog
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from commonbook._engine import TakenOrders
from commonbook.gateway.okx_v5 import absent, trade
from commonbook.gateway.okx_v5.app import decode_body
from commonbook.gateway.okx_v5.budget import CANCELS
from commonbook.gateway.okx_v5.codec import Body, boolean, text
from commonbook.gateway.okx_v5.codes import DENIALS as REST_DENIALS
from commonbook.gateway.okx_v5.codes import INTERNAL, NOT_PERMITTED, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.lane import REQUEST_CHARACTERS, Lane, Message, message_of
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.codes import (
    BAD_ARGS,
    BAD_OP,
    BAD_REQUEST,
    BROKEN,
    DENIALS,
    IDLE,
    KEY_CHANGED,
    LOGGED_IN_ALREADY,
    LOGIN_FIRST,
    LOGIN_REFUSED,
    OUT_OF_ORDER,
    PACKED,
    SLOW,
    TOO_LARGE,
    TOO_MANY_REQUESTS,
    WRONG_ENVIRONMENT,
    WRONG_OP_HERE,
)
from commonbook.gateway.okx_v5.ws.frames import PONG, StreamRefused
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.identity.model import Credential, CredentialKind, Denial, Permission
from commonbook.identity.service import Request, unix_seconds_ms
from commonbook.settings import StreamSettings

log = structlog.get_logger()

HOUR_S = 3_600.0
# Neither the kernel nor the transport keeps more for a slow reader, so that we know of it while its news are new.
UNSENT_BYTES = 32 * 1024
ON_THEIR_WAY = 2  # orders, and a login, of one connection at a time
REST_S, REST_EACH_S = (
    0.05,
    0.0001,
)  # so long; longer where connections are many, so that we say it 10,000 times a second
LAST_WORDS_S = 2.0  # so long a client that is cut may take to read why


class Switchboard(Protocol):
    """What a connection needs of the hub."""

    door: Door
    lane: Lane
    settings: StreamSettings

    def connected(self, connection: "Connection") -> None: ...
    def disconnected(self, connection: "Connection") -> None: ...
    def subscribe(self, connection: "Connection", arg: Body, request: str) -> None: ...
    def unsubscribe(self, connection: "Connection", arg: Body, request: str) -> None: ...

    connections: set["Connection"]

    def catch_up(self, connection: "Connection") -> None: ...
    async def parts_with_orders(self, connection: "Connection", credential: Credential) -> None: ...


class Url(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    BUSINESS = "business"


Handler = Callable[[Door, Call], Awaitable[trade.Reply]]


async def _mass_cancel(door: Door, call: Call) -> trade.Reply:
    door.budget.request(("POST", "/trade/mass-cancel"), call.account, "")
    return trade.Reply("0", await absent.mass_cancel(door, call))


# Operations and what they are over REST; the single ones take an array of one.
SINGLE: dict[str, Handler] = {
    "order": trade.place,
    "cancel-order": trade.cancel,
    "amend-order": trade.amend,
    "mass-cancel": _mass_cancel,
}
BATCHES: dict[str, Handler] = {
    "batch-orders": trade.place_batch,
    "batch-cancel-orders": trade.cancel_batch,
    "batch-amend-orders": trade.amend_batch,
}


class Connection(WSListener):
    """From the upgrade to the close. Nothing private is told or taken before the login."""

    def __init__(self, hub: Switchboard, url: Url, brand: int = 0) -> None:
        """
        Args:
            brand: of the address that was asked; 0 where it is no brand's.
        """
        self._hub = hub
        self._door = hub.door
        self.url = url
        self.id = os.urandom(4).hex()
        self.address = ""
        self._brand_of_host = brand
        self.credential: Credential | None = None
        self.topics: set[Topic] = set()
        self.slow = False  # it does not read as fast as we write; conflated channels wait for it
        self.heard = time.monotonic()  # when something last went in or out
        self._transport: WSTransport | None = None
        self._closing = False
        self._is_logging_in = False
        self._parts: list[bytes] = []
        self._held: deque[bytes] = deque()  # messages that wait for those before them
        self._is_paused = False  # nothing is read
        self._is_resting = False  # it was told that we are busy
        self._waits = False  # for its brand's turn
        self._requests: deque[float] = deque()
        self.working: set[asyncio.Task[None]] = set()  # orders that are on their way, and a login

    # -- the transport ------------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        connected = transport.underlying_transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        transport.underlying_transport.set_write_buffer_limits(high=UNSENT_BYTES)
        peer = transport.underlying_transport.get_extra_info("peername")
        self.address = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self._hub.connected(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._closing = True
        self._hub.disconnected(self)

    def pause_writing(self) -> None:
        self.slow = True

    def resume_writing(self) -> None:
        self.slow = False
        self._hub.catch_up(self)
        self._go_on()

    @property
    def is_open(self) -> bool:
        return not self._closing

    def send(self, content: bytes) -> None:
        """Write, or cut who has not read for too long."""
        transport = self._transport
        if transport is None or self._closing:
            return
        if self.slow and transport.underlying_transport.get_write_buffer_size() > self._hub.settings.buffer_bytes:
            self.close(SLOW, "The buffer is full: read faster, or ask for less")
            return
        self.heard = time.monotonic()
        transport.send(WSMsgType.TEXT, content)

    def close(self, code: int, reason: str) -> None:
        """Say why, and end: the last frame of a connection."""
        transport = self._transport
        if transport is None or self._closing:
            return
        self._closing = True
        log.info("websocket.closed", connection=self.id, code=code, why=reason)
        transport.send(WSMsgType.CLOSE, struct.pack("!H", code) + reason.encode()[:120])
        asyncio.get_running_loop().call_later(LAST_WORDS_S, transport.disconnect, False)
        self._hub.disconnected(self)

    # -- what comes in ------------------------------------------------------------------------------------------------

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard = time.monotonic()
        if self._closing:
            return
        if frame.rsv1:
            self.close(*PACKED)
            return
        match frame.msg_type:
            case WSMsgType.PING:
                transport.send_pong(frame.get_payload_as_bytes())
            case WSMsgType.CLOSE:
                self._closing = True
                transport.send_close(frame.get_close_code())
                transport.disconnect()
            case WSMsgType.TEXT | WSMsgType.BINARY | WSMsgType.CONTINUATION:
                if (frame.msg_type == WSMsgType.CONTINUATION) != bool(self._parts):
                    self.close(*OUT_OF_ORDER)
                    return
                self._parts.append(frame.get_payload_as_bytes())
                if sum(map(len, self._parts)) > self._hub.settings.message_bytes:
                    self.close(TOO_LARGE, f"A message may have {self._hub.settings.message_bytes} bytes")
                elif frame.fin:
                    message = b"".join(self._parts)
                    self._parts.clear()
                    self._arrived(message)

    def _arrived(self, message: bytes) -> None:
        """One connection has so many orders on their way; what it sends meanwhile waits, first here, then with it.

        Else who sends without end would have the loop to itself, and nobody's cancel would be read.
        """
        if self._held or self._has_enough() or not self._has_turn(message):
            self._held.append(message)
            self._read(False)
        else:
            self._message(message)

    def _has_enough(self) -> bool:
        """Who does not read the answers is not asked for more, either."""
        return self.slow or self._is_resting or len(self.working) >= ON_THEIR_WAY

    def _has_turn(self, message: bytes) -> bool:
        """Whether its brand has room for one more; if not, we are told when to ask again (L-10). Cancels never wait."""
        credential = self.credential
        if credential is None or self._door.turns.may_begin(credential.brand):
            return True
        short = message_of(message)
        if short is not None and short.operation in CANCELS:
            return True
        if not self._waits:
            self._waits = True
            self._door.turns.wait(credential.brand, self._turn_has_come)
        return False

    def _turn_has_come(self) -> None:
        self._waits = False
        self._go_on()

    def _ended(self, size: int, brand: int, done: asyncio.Task[None]) -> None:
        self.working.discard(done)
        if size:
            self._door.turns.ended(brand, size)
        self._go_on()

    def _go_on(self) -> None:
        """What was held back has its turn."""
        while self._held and not self._has_enough() and not self._closing and self._has_turn(self._held[0]):
            self._message(self._held.popleft())
        if not self._held:
            self._read(True)

    def _rest(self) -> None:
        """Who was told that we are busy is not read for a moment: to say it is work, too."""
        if not self._is_resting:
            self._is_resting = True
            rest_s = max(REST_S, REST_EACH_S * len(self._hub.connections))
            asyncio.get_running_loop().call_later(rest_s, self._rested)

    def _rested(self) -> None:
        self._is_resting = False
        self._go_on()

    def _read(self, on: bool) -> None:
        """Read on, or leave what comes with the sender."""
        if self._transport is None or self._closing or on != self._is_paused:
            return
        self._is_paused = not on
        stream = self._transport.underlying_transport
        (stream.resume_reading if on else stream.pause_reading)()

    def _message(self, message: bytes) -> None:
        """What it asks for; a fault of ours ends the connection at once, rather than leave it unread."""
        try:
            self._understood(message)
        except Exception:
            log.exception("websocket.broken", connection=self.id)
            self.close(BROKEN, "Something is broken here; connect again")

    def _understood(self, message: bytes) -> None:
        if message == b"ping":
            self.send(PONG)
            return
        if self._carries(message):
            return
        request = ""
        try:
            body = _request(message)
            request = _request_id(body)
            self._do(body, request, len(message))
        except StreamRefused as refused:
            self.send(frames.error(refused, self.id, request))

    def _do(self, body: Body, request: str, size: int) -> None:
        op = body.get("op")
        args = body.get("args")
        if not isinstance(op, str):
            raise StreamRefused(BAD_OP, str(op)[:64])
        if op in SINGLE or op in BATCHES:
            self._order(op, body, request, size)
            return
        if op not in ("login", "subscribe", "unsubscribe"):
            raise StreamRefused(BAD_OP, op[:64])
        if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
            raise StreamRefused(BAD_ARGS, "an array of objects is expected")
        self._count_request()
        if op == "login":
            self._login(args[0])
            return
        for arg in args:
            try:
                if op == "subscribe":
                    self._hub.subscribe(self, arg, request)
                else:
                    self._hub.unsubscribe(self, arg, request)
            except StreamRefused as refused:
                self.send(frames.error(refused, self.id, request))

    def _count_request(self) -> None:
        """Logins, subscriptions and their ends of the last hour."""
        now = time.monotonic()
        while self._requests and self._requests[0] < now - HOUR_S:
            self._requests.popleft()
        if len(self._requests) >= self._hub.settings.requests_per_hour:
            raise StreamRefused(TOO_MANY_REQUESTS)
        self._requests.append(now)

    # -- login --------------------------------------------------------------------------------------------------------

    def _login(self, arg: Body) -> None:
        if self.credential is not None or self._is_logging_in:
            raise StreamRefused(LOGGED_IN_ALREADY)
        try:
            parts_with_orders = boolean(arg, "cancelOnDisconnect", False)
            found = self._prove(arg)
        except Refused as refused:
            raise StreamRefused(BAD_ARGS, refused.text) from None
        if isinstance(found, Credential) and found.account not in self._door.venue.accounts:
            found = Denial.UNKNOWN_KEY
        if isinstance(found, Denial):
            names = (str(arg.get("apiKey", "")), "", str(arg.get("accessToken", "")))
            elsewhere = self._door.is_elsewhere(found, *names)
            refusal = StreamRefused(WRONG_ENVIRONMENT if elsewhere else DENIALS[found])
            if self._door.witness is not None:
                self._door.witness.login(arg, time.time_ns(), REST_DENIALS[found].number)
            self.send(frames.error(refusal, self.id))
            self.close(LOGIN_REFUSED, refusal.text)
            return
        if self._door.witness is not None:
            self._door.witness.login(arg, time.time_ns(), "0")
        if not parts_with_orders:
            self._logged_in(found)
        elif found.kind is not CredentialKind.API_KEY:
            raise StreamRefused(BAD_ARGS, "cancelOnDisconnect is for API keys")
        else:
            self._is_logging_in = True
            self._begin(self._log_in_to_part(found))

    async def _log_in_to_part(self, found: Credential) -> None:
        """The acknowledgement says that the orders will go with the connection, so that must be durable before."""
        try:
            await self._hub.parts_with_orders(self, found)
        except OSError:
            log.exception("websocket.not_noted", connection=self.id)
            self.close(BROKEN, "The login could not be noted; connect again")
        else:
            self._logged_in(found)

    def _logged_in(self, found: Credential) -> None:
        self.credential = found
        self._is_logging_in = False
        self.send(frames.event("login", self.id, "", code="0", msg=""))

    def _prove(self, arg: Body) -> Credential | Denial:
        """By a ticket of a web session, by an access token, else by an API key."""
        if ticket := text(arg, "ticket"):
            return self._door.authenticator.by_ticket(ticket)
        if token := text(arg, "accessToken"):
            found = self._door.authenticator.by_token(token, self.address, text(arg, "termId"), None)
            if isinstance(found, Credential) and found.bearer is not None and found.bearer.makes_keys:
                return Denial.OUT_OF_SCOPE
            return found
        request = Request(
            key=text(arg, "apiKey"),
            signature=text(arg, "sign"),
            timestamp=text(arg, "timestamp"),
            passphrase=text(arg, "passphrase"),
            method="GET",
            target=b"/users/self/verify",
            body=b"",
            client_ip=self.address,
            read_time=unix_seconds_ms,
        )
        return self._door.authenticator.authenticate(request, None, time.time_ns() // 1_000_000)

    @property
    def account(self) -> int:
        """Raises StreamRefused before the login."""
        if self.credential is None:
            raise StreamRefused(LOGIN_FIRST)
        return self.credential.account

    @property
    def brand(self) -> int:
        """Whose listings are shown: those of the key's brand, before a login those of the address's."""
        return self._brand_of_host if self.credential is None else self.credential.brand

    @property
    def reads_its_account(self) -> bool:
        """Of a token what its scopes say (O-11); a key that has logged in is told of its account."""
        is_token = self.credential is not None and self.credential.bearer is not None
        return not is_token or (self.credential is not None and Permission.READ in self.credential.permissions)

    def look_after(self, now: float) -> None:
        """Called twice a second: who is silent is cut, and so is who has lost the key."""
        if now - self.heard > self._hub.settings.idle_ms / 1000:
            self.close(IDLE, "Nothing was sent or received for too long")
        elif self.credential is not None and not self._door.authenticator.is_current(self.credential):
            self.end_of_credential()

    def end_of_credential(self) -> None:
        """Who was let in by what is in force no more must come again with something else."""
        self.close(KEY_CHANGED, "The API key was changed or revoked, or the session or the token has ended")

    # -- orders -------------------------------------------------------------------------------------------------------

    def _carries(self, message: bytes) -> bool:
        """Whether it is an order for the short way, which is then begun; all else goes the long way."""
        credential = self.credential
        if credential is None or self.url is not Url.PRIVATE or Permission.TRADE not in credential.permissions:
            return False
        short = message_of(message)
        if short is None:
            return False
        try:
            self._door.must_be_on_time(short.operation, credential.brand, len(message))
        except Refused as busy:
            self._refuse(short, busy)
            self._rest()
            return True
        taken = self._hub.lane.read(short.operation, short.rows, credential, self._door.venue)
        if taken is None:
            return False
        self._begin(self._carry(short, taken, credential), credential.brand, len(message))
        return True

    async def _carry(self, short: Message, taken: TakenOrders, credential: Credential) -> None:
        came_us = time.time_ns() // 1000
        try:
            done = await self._hub.lane.carry(self._door, short.operation, taken, credential)
        except Refused as refused:
            self._refuse(short, refused)
        except Exception:
            log.exception("websocket.broken", op=short.operation)
            self._refuse(short, Refused(INTERNAL))
        else:
            told = frames.carried(short.id, short.operation, done, came_us, time.time_ns() // 1000)
            self._answered(short.operation, short.rows, credential, came_us, told)

    def _refuse(self, short: Message, refused: Refused) -> None:
        now_us = time.time_ns() // 1000
        told = frames.answer(short.id, short.operation, refused.code.number, refused.text, [], now_us, now_us)
        self._answered(short.operation, short.rows, self.credential, now_us, told)

    def _answered(
        self, operation: str, asked: bytes | list[Any], credential: Credential | None, came_us: int, told: bytes
    ) -> None:
        self.send(told)
        if self._door.witness is not None and credential is not None:
            self._door.witness.orders(credential, operation, asked, came_us * 1000, told)

    def _begin(self, work: Coroutine[Any, Any, None], brand: int = 0, size: int = 0) -> None:
        """Args: size: bytes of an order message, which count for its brand."""
        if size:
            self._door.turns.began(brand, size)
        task = asyncio.ensure_future(work)
        self.working.add(task)
        task.add_done_callback(partial(self._ended, size, brand))

    def _order(self, op: str, body: Body, request: str, size: int) -> None:
        if not request:
            raise StreamRefused(BAD_ARGS, "id")
        if self.url is not Url.PRIVATE and not (op == "mass-cancel" and self.url is Url.BUSINESS):
            raise StreamRefused(WRONG_OP_HERE, op)
        credential = self.credential
        if credential is None:
            raise StreamRefused(LOGIN_FIRST)
        self._begin(self._handle(op, body, request, credential, size), credential.brand, size)

    async def _handle(self, op: str, body: Body, request: str, credential: Credential, size: int) -> None:
        came_us = time.time_ns() // 1000
        code, message = "0", ""
        data: list[Body] = []
        try:
            if Permission.TRADE not in credential.permissions:
                raise Refused(NOT_PERMITTED)
            self._door.must_be_on_time(op, credential.brand, size)
            args = body.get("args")
            if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
                raise StreamRefused(BAD_ARGS, "an array of objects is expected")
            if op in SINGLE and len(args) > 1:
                raise StreamRefused(BAD_ARGS, "one object is expected")
            call = Call({}, args[0] if op in SINGLE else args, credential, None, came_us // 1000, _expiry(body))
            reply = await (SINGLE.get(op) or BATCHES[op])(self._door, call)
            code, data = reply.code, reply.data
        except Refused as refused:
            code, message = refused.code.number, refused.text
        except StreamRefused as refused:
            code, message = refused.code.number, refused.text
        except Exception:
            log.exception("websocket.broken", op=op)
            code, message = INTERNAL.number, INTERNAL.text
        told = frames.answer(request, op, code, message, data, came_us, time.time_ns() // 1000)
        asked = body.get("args")
        self._answered(op, asked if isinstance(asked, list) else [asked], credential, came_us, told)


def _request(message: bytes) -> Body:
    try:
        body = decode_body(message)
    except Refused:
        body = None
    if not isinstance(body, dict):
        raise StreamRefused(BAD_REQUEST, message[:200].decode("utf-8", "replace"))
    return body


def _request_id(body: Body) -> str:
    """The client's own name of a request; echoed, so it must be short and plain."""
    try:
        request = text(body, "id")
    except Refused:
        request = "?"
    if request and (len(request) > REQUEST_CHARACTERS or not (request.isascii() and request.isalnum())):
        raise StreamRefused(BAD_ARGS, "id")
    return request


def _expiry(body: Body) -> str:
    return text(body, "expTime")
