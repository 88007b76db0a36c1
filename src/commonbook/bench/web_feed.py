"""A market for one browser, made of arithmetic: the web app as it is served, and behind it a book that changes so many
times a second. The same at every run, so that pictures and times of the page can be compared.

Nothing here trades; what is measured is the page.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

import uvicorn

from commonbook.brand.hosts import Hosts
from commonbook.gateway.web.app import WithWeb
from commonbook.gateway.web.built import built
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.settings import Settings

PAIR, BRAND = "BTC-USDT", "north"
MIDDLE, LEVELS = 64_000, 200
BEGAN_MS = 1_767_225_600_000  # 2026-01-01 00:00 UTC
MINUTE_MS = 60_000
_BURSTS_A_SECOND = 100
_CANDLES_A_SECOND = 10  # of the open bar, on a connection of their own
_INSTRUMENT = {
    "instType": "SPOT",
    "instId": PAIR,
    "baseCcy": "BTC",
    "quoteCcy": "USDT",
    "tickSz": "1",
    "lotSz": "0.00000001",
    "minSz": "0.00000001",
    "state": "live",
}


class Feed:
    """Serves between enter and exit."""

    def __init__(self, updates_a_second: int) -> None:
        """
        Args:
            updates_a_second: pushes of book, trades and ticker together, beside which the open candle changes, too;
                0: the page stands still.
        """
        self._rate = updates_a_second
        self.sent = 0
        venue = Venue()
        venue.brands[1] = Brand(1, BRAND)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://{BRAND}.localhost:{self._socket.getsockname()[1]}"
        app = WithWeb(Hosts(venue), Settings(), built(), self._behind)
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)

    async def _behind(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._stream(receive, send)
            return
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, body = answer(scope["path"], query)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def _stream(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        wanted: set[str] = set()
        flowing: asyncio.Task[None] | None = None
        moving: asyncio.Task[None] | None = None
        while (told := await receive())["type"] == "websocket.receive":
            if told["text"] == "ping":
                await send({"type": "websocket.send", "text": "pong"})
                continue
            asked = json.loads(told["text"])
            for arg in asked["args"]:
                if asked["op"] != "subscribe":
                    wanted.discard(arg["channel"])
                    continue
                await send({"type": "websocket.send", "text": json.dumps({"event": "subscribe", "arg": arg})})
                if arg["channel"] == "books":
                    await send({"type": "websocket.send", "text": snapshot()})
                wanted.add(arg["channel"])
                if self._rate and arg["channel"].startswith("candle"):
                    if moving is not None:
                        moving.cancel()
                    moving = asyncio.ensure_future(self._move(send, arg))
            if flowing is None and self._rate and "books" in wanted:
                flowing = asyncio.ensure_future(self._flow(send, wanted))
        for one in (flowing, moving):
            if one is not None:
                one.cancel()

    async def _flow(self, send: Any, wanted: set[str]) -> None:
        loop = asyncio.get_running_loop()
        began, told = loop.time(), updates()
        for burst in range(10**9):
            due = int((burst + 1) * self._rate / _BURSTS_A_SECOND)
            while self.sent < due:
                channel, text = next(told)
                if channel in wanted:
                    await send({"type": "websocket.send", "text": text})
                self.sent += 1
            await asyncio.sleep(max(0.0, began + (burst + 1) / _BURSTS_A_SECOND - loop.time()))

    async def _move(self, send: Any, arg: dict[str, str]) -> None:
        """The last bar of those that were told, changing."""
        for number in range(10**9):
            row = candle(299)
            row[4] = str(MIDDLE + number * 7 % 60)
            await send({"type": "websocket.send", "text": json.dumps({"arg": arg, "data": [row]})})
            await asyncio.sleep(1 / _CANDLES_A_SECOND)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """(status, body) of what the page asks by REST."""
    if path == "/account/v1/session":
        return 401, {"error": {"code": "sign_in", "message": "sign in"}}
    rows: list[Any] = []
    if path == "/api/v5/public/instruments":
        rows = [_INSTRUMENT]
    elif path == "/api/v5/market/tickers":
        rows = [ticker(0)]
    elif path == "/api/v5/market/trades":
        rows = [trade(number) for number in range(40, 0, -1)]
    elif path.startswith("/api/v5/market/") and path.endswith("candles") and "after" not in query:
        rows = [candle(number) for number in range(299, -1, -1)]
    return 200, {"code": "0", "msg": "", "data": rows}


def _wave(number: int) -> int:
    """Up and down by some tens, the same every time."""
    return (number * 7_919 % 61) - 30 + (number // 3 % 40)


def candle(number: int) -> list[str]:
    opened, closed = MIDDLE + _wave(number), MIDDLE + _wave(number + 1)
    high, low = max(opened, closed) + number % 9, min(opened, closed) - number % 7
    volume = 1 + number * 31 % 17
    prices = [opened, high, low, closed, volume, volume * closed, volume * closed]
    return [str(BEGAN_MS + number * MINUTE_MS), *(str(one) for one in prices), "1"]


def trade(number: int) -> dict[str, str]:
    side = "buy" if number % 3 else "sell"
    size = f"0.{1 + number * 13 % 97:03d}"
    price = str(MIDDLE + number % 5)
    return {
        "instId": PAIR,
        "tradeId": str(number),
        "px": price,
        "sz": size,
        "side": side,
        "ts": str(BEGAN_MS + number * 1_000),
        "count": "1",
        "source": "0",
        "seqId": str(number),
    }


def ticker(number: int) -> dict[str, str]:
    return {
        "instType": "SPOT",
        "instId": PAIR,
        "last": str(MIDDLE + number % 5),
        "open24h": str(MIDDLE - 640),
        "high24h": str(MIDDLE + 90),
        "low24h": str(MIDDLE - 700),
        "vol24h": "812.5",
        "volCcy24h": "51960300.25",
        "askPx": str(MIDDLE + 1),
        "bidPx": str(MIDDLE - 1),
        "ts": str(BEGAN_MS + number),
    }


def _size(level: int, number: int) -> str:
    return f"{1 + (level * 17 + number * 5) % 9}.{(level * 37 + number) % 100:02d}"


def snapshot() -> str:
    bids = [[str(MIDDLE - 1 - level), _size(level, 0), "0", "1"] for level in range(LEVELS)]
    asks = [[str(MIDDLE + 1 + level), _size(level, 1), "0", "1"] for level in range(LEVELS)]
    row = {"bids": bids, "asks": asks, "ts": str(BEGAN_MS), "checksum": 0, "seqId": 1, "prevSeqId": -1}
    return json.dumps({"arg": {"channel": "books", "instId": PAIR}, "action": "snapshot", "data": [row]})


def updates() -> Iterator[tuple[str, str]]:
    """(channel, push): of ten, seven of the book, two trades and a ticker."""
    sequence = 1
    for number in range(10**12):
        kind = number % 10
        if kind < 7:
            level = number * 31 % 40
            bids = [[str(MIDDLE - 1 - level), _size(level, number), "0", "1"]]
            asks = [[str(MIDDLE + 1 + level), _size(level, number + 3), "0", "1"]]
            row = {"bids": bids, "asks": asks, "ts": str(BEGAN_MS + number), "checksum": 0}
            row |= {"seqId": sequence + 1, "prevSeqId": sequence}
            sequence += 1
            yield "books", _push("books", row, "update")
        elif kind < 9:
            yield "trades", _push("trades", trade(41 + number))
        else:
            yield "tickers", _push("tickers", ticker(number))


def _push(channel: str, row: dict[str, Any], action: str = "") -> str:
    told = {"arg": {"channel": channel, "instId": PAIR}, "data": [row]}
    return json.dumps(told | ({"action": action} if action else {}))
