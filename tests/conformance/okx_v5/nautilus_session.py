"""Runs in nautilus_trader's environment: the first line configures its OKX clients, each further line is a call.

`["http.request_instruments", {arguments}]` calls its REST client. `["private.open", {}]` connects one of its WebSocket
clients, `["private.submit_order", {arguments}]` calls it; `["private.seen", {"kind": ..., "count": ...}]` waits until
so many messages of a kind have come, and tells them.
"""

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

from nautilus_trader.core import nautilus_pyo3 as nautilus  # type: ignore[import-not-found]
from nautilus_trader.core.data import Data  # type: ignore[import-not-found]
from nautilus_trader.model.data import capsule_to_data  # type: ignore[import-not-found]

PATIENCE_S = 60.0
URLS = ("public", "private", "business")

# Of which kind an argument is, by its name.
KINDS: dict[str, Callable[[Any], Any]] = {
    "account_id": nautilus.AccountId,
    "instrument_id": nautilus.InstrumentId.from_str,
    "instrument_type": lambda name: getattr(nautilus.OKXInstrumentType, name),
    "bar_type": nautilus.BarType.from_str,
    "start": dt.datetime.fromisoformat,
    "end": dt.datetime.fromisoformat,
    "trader_id": nautilus.TraderId,
    "strategy_id": nautilus.StrategyId,
    "client_order_id": nautilus.ClientOrderId,
    "new_client_order_id": nautilus.ClientOrderId,
    "venue_order_id": nautilus.VenueOrderId,
    "order_side": lambda name: getattr(nautilus.OrderSide, name),
    "order_type": lambda name: getattr(nautilus.OrderType, name),
    "time_in_force": lambda name: getattr(nautilus.TimeInForce, name),
    "trigger_type": lambda name: getattr(nautilus.TriggerType, name),
    "td_mode": lambda name: getattr(nautilus.OKXTradeMode, name),
    "position_mode": lambda name: getattr(nautilus.OKXPositionMode, name),
    "vip_level": lambda name: getattr(nautilus.OKXVipLevel, name),
    "quantity": nautilus.Quantity.from_str,
    "price": nautilus.Price.from_str,
    "trigger_price": nautilus.Price.from_str,
}


class Session:
    def __init__(self, config: dict[str, Any]) -> None:
        key = config["credentials"]
        proof = {"api_key": key["apiKey"], "api_secret": key["secret"], "api_passphrase": key["password"]}
        self.http = nautilus.OKXHttpClient(**proof, base_url=config["rest"], max_retries=1)
        self.account = nautilus.AccountId("OKX-001")
        self.sockets = {}
        for url in URLS:
            known = {} if url == "public" and not config.get("login") else proof
            self.sockets[url] = nautilus.OKXWebSocketClient(
                url=f"{config['ws']}/ws/v5/{url}", **known, account_id=self.account, heartbeat=20
            )
        self.instruments: list[Any] = []
        self.messages: dict[str, list[Any]] = {url: [] for url in URLS}
        self.news = asyncio.Event()

    async def call(self, called: str, arguments: dict[str, Any]) -> Any:
        part, _, method = called.partition(".")
        if method == "methods":
            target = self.http if part == "http" else self.sockets[part]
            return [name for name in dir(target) if not name.startswith("_")]
        if method == "open":
            return await self.open(part)
        if method == "all":
            return [f"{kind_of(one)} {plain(one)}" for one in self.messages[part]]
        if method == "seen":
            return await asyncio.wait_for(self.seen(part, **arguments), PATIENCE_S)
        target = self.http if part == "http" else self.sockets[part]
        found = getattr(target, method)(**{name: self.made(name, value) for name, value in arguments.items()})
        if asyncio.isfuture(found) or asyncio.iscoroutine(found) or hasattr(found, "__await__"):
            found = await found
        if method == "request_instruments":
            self.instruments = found
            for one in found:
                self.http.add_instrument(one)
        return plain(found)

    def made(self, name: str, value: Any) -> Any:
        if name in ("cancels", "orders"):
            return [tuple(self.made(part, inner) for part, inner in order.items()) for order in value]
        return KINDS[name](value) if name in KINDS and value is not None else value

    async def open(self, url: str) -> None:
        loop = asyncio.get_running_loop()

        def take(message: Any) -> None:
            whole = capsule_to_data(message) if nautilus.is_pycapsule(message) else message
            self.messages[url].append(whole)
            loop.call_soon_threadsafe(self.news.set)

        await self.sockets[url].connect(self.instruments, take)
        await self.sockets[url].wait_until_active(PATIENCE_S)

    async def seen(self, url: str, kind: str, count: int) -> list[Any]:
        while len(found := [one for one in self.messages[url] if kind_of(one) == kind]) < count:
            self.news.clear()
            await self.news.wait()
        return [plain(one) for one in found]


def kind_of(message: Any) -> str:
    return type(message).__name__


def plain(value: Any) -> Any:
    """What JSON can say of it."""
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Data):
        return {"kind": kind_of(value)} | plain(type(value).to_dict(value))
    if hasattr(value, "to_dict"):
        return {"kind": kind_of(value)} | plain(value.to_dict())
    return repr(value)


async def main() -> None:
    loop = asyncio.get_running_loop()
    session = Session(json.loads(sys.stdin.readline()))
    answers, sys.stdout = sys.stdout, sys.stderr  # what a client prints is no answer
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        called, arguments = json.loads(line)
        try:
            answer = {"result": await session.call(called, arguments)}
        except Exception as error:  # whatever the client raises is told
            answer = {"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
