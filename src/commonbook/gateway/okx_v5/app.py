"""The door itself: a raw ASGI application, one table of routes, one envelope on every path.

Nothing is parsed before it is proved: the signature is checked over the raw target and the raw body.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog

from commonbook.brand.hosts import brand_of_host
from commonbook.gateway.okx_v5 import account, public, trade
from commonbook.gateway.okx_v5.codes import (
    BAD_JSON,
    DENIALS,
    EMPTY_BODY,
    INTERNAL,
    NO_SUCH_PATH,
    PARAMETER,
    TOO_LARGE,
    WRONG_ENVIRONMENT,
    WRONG_METHOD,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.identity.model import Credential, Denial, Permission
from commonbook.identity.service import Request, timestamp_ms

log = structlog.get_logger()

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[[Door, Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    handler: Handler
    permission: Permission | None  # None: public
    timed: bool = False  # order entry tells when it came in and went out


PREFIX = "/api/v5"
READ, TRADE = Permission.READ, Permission.TRADE
ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/public/time"): Route(public.server_time, None),
    ("GET", "/public/instruments"): Route(public.instruments, None),
    ("GET", "/system/status"): Route(public.system_status, None),
    ("GET", "/market/ticker"): Route(public.ticker, None),
    ("GET", "/market/tickers"): Route(public.tickers, None),
    ("GET", "/market/books"): Route(public.books, None),
    ("GET", "/market/books-full"): Route(public.books_full, None),
    ("GET", "/public/price-limit"): Route(public.price_limit, None),
    ("GET", "/market/trades"): Route(public.trades, None),
    ("GET", "/market/history-trades"): Route(public.history_trades, None),
    ("GET", "/market/candles"): Route(public.candles, None),
    ("GET", "/market/history-candles"): Route(public.candles, None),
    ("GET", "/account/balance"): Route(account.balance, READ),
    ("GET", "/account/config"): Route(account.config, READ),
    ("GET", "/account/trade-fee"): Route(account.trade_fee, READ),
    ("GET", "/account/bills"): Route(account.bills, READ),
    ("GET", "/account/bills-archive"): Route(account.bills, READ),
    ("GET", "/account/instruments"): Route(public.instruments, READ),
    ("GET", "/account/max-size"): Route(account.max_size, READ),
    ("GET", "/account/max-avail-size"): Route(account.max_avail_size, READ),
    ("GET", "/account/positions"): Route(account.positions, READ),
    ("GET", "/asset/currencies"): Route(account.currencies, READ),
    ("GET", "/asset/balances"): Route(account.funding_balances, READ),
    ("POST", "/trade/order"): Route(trade.place, TRADE, True),
    ("POST", "/trade/batch-orders"): Route(trade.place_batch, TRADE, True),
    ("POST", "/trade/cancel-order"): Route(trade.cancel, TRADE, True),
    ("POST", "/trade/cancel-batch-orders"): Route(trade.cancel_batch, TRADE, True),
    ("POST", "/trade/amend-order"): Route(trade.amend, TRADE, True),
    ("POST", "/trade/amend-batch-orders"): Route(trade.amend_batch, TRADE, True),
    ("POST", "/trade/cancel-all-after"): Route(trade.cancel_all_after, TRADE),
    ("GET", "/trade/order"): Route(trade.order, READ),
    ("GET", "/trade/orders-pending"): Route(trade.pending, READ),
    ("GET", "/trade/orders-history"): Route(trade.order_history, READ),
    ("GET", "/trade/orders-history-archive"): Route(trade.order_history, READ),
    ("GET", "/trade/fills"): Route(trade.fills, READ),
    ("GET", "/trade/fills-history"): Route(trade.fill_history, READ),
}
_PATHS = {path for _, path in ROUTES}


class OkxApp:
    """The ASGI application over one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000, "reason": "no stream at this address"})
            case "lifespan":
                await _lifespan(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        came_us = time.time_ns() // 1000
        try:
            route = find_route(scope)
            body = await read_body(receive, self._door.settings.body_bytes)
            reply = await self._handle(route, scope, body)
            envelope = {"code": reply.code, "data": reply.data, "msg": ""}
            if route.timed:
                envelope |= {"inTime": str(came_us), "outTime": str(time.time_ns() // 1000)}
            await answer(send, 200, envelope)
        except Refused as refused:
            await _answer_code(send, refused.code, refused.text)
        except Exception:
            log.exception("gateway.broken", path=scope["path"])
            await _answer_code(send, INTERNAL, INTERNAL.text)

    async def _handle(self, route: Route, scope: Scope, body: bytes) -> trade.Reply:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        credential = None if route.permission is None else self._prove(route.permission, scope, headers, body)
        call = Call(
            query=decode_query(scope["query_string"]) if scope["method"] == "GET" else {},
            body=decode_body(body) if scope["method"] == "POST" else None,
            credential=credential,
            brand=brand_of_host(self._door.venue, headers.get("host", "")),
            received_ms=time.time_ns() // 1_000_000,
            expires=headers.get("exptime", ""),
        )
        outcome = await route.handler(self._door, call)
        return outcome if isinstance(outcome, trade.Reply) else trade.Reply("0", outcome)

    def _prove(self, permission: Permission, scope: Scope, headers: dict[str, str], body: bytes) -> Credential:
        query = scope["query_string"]
        client = scope.get("client")
        request = Request(
            key=headers.get("ok-access-key", ""),
            signature=headers.get("ok-access-sign", ""),
            timestamp=headers.get("ok-access-timestamp", ""),
            passphrase=headers.get("ok-access-passphrase", ""),
            method=scope["method"],
            target=scope["raw_path"] + (b"?" + query if query else b""),
            body=body,
            client_ip=client[0] if client else "",
            read_time=timestamp_ms,
        )
        found = self._door.authenticator.authenticate(request, permission, time.time_ns() // 1_000_000)
        if isinstance(found, Denial):
            raise Refused(DENIALS[found])
        if found.account not in self._door.venue.accounts:
            raise Refused(DENIALS[Denial.UNKNOWN_KEY])
        if headers.get("x-simulated-trading") == "1":
            raise Refused(WRONG_ENVIRONMENT)  # who means to play must not trade in earnest
        return found


def find_route(scope: Scope) -> Route:
    """Raises Refused for a path that is not there and for a method that the path does not know."""
    path = scope["path"].removeprefix(PREFIX) if scope["path"].startswith(PREFIX + "/") else ""
    route = ROUTES.get((scope["method"], path))
    if route is None:
        raise Refused(WRONG_METHOD if path in _PATHS else NO_SUCH_PATH)
    return route


async def read_body(receive: Receive, most: int) -> bytes:
    parts = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise Refused(TOO_LARGE)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def decode_query(query: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise Refused(PARAMETER, "the query cannot be read") from None
    return dict(pairs)


# A JSON number with a point stays the text it was: no digit of a price is lost on its way through a float.
_JSON = msgspec.json.Decoder(float_hook=str)


def decode_body(body: bytes) -> Any:
    if not body.strip():
        raise Refused(EMPTY_BODY)
    try:
        return _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(BAD_JSON) from None


async def answer(send: Send, status: int, envelope: dict[str, Any]) -> None:
    content = msgspec.json.encode(envelope)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _answer_code(send: Send, code: Code, message: str) -> None:
    await answer(send, code.status, {"code": code.number, "data": [], "msg": message})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
