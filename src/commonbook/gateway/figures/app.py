"""The routes of /public/v1: a raw ASGI application in front of the OKX v5 door. Rules G-1 to G-4."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import structlog

from commonbook.gateway.figures import forms
from commonbook.gateway.figures.forms import Market
from commonbook.gateway.figures.parts import BrandVolumes, Part, Volume, brand_parts, host_parts, since_ns
from commonbook.gateway.limits import Claim, Limit, Limits
from commonbook.gateway.okx_v5.app import Receive, Scope, Send, decode_query
from commonbook.gateway.okx_v5.codec import whole
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.instrument.model import Brand, Instrument
from commonbook.settings import LimitSettings

log = structlog.get_logger()

PREFIX = "/public/v1/"
PER_ADDRESS = Limit(20, 2_000)
DEEPEST = 5_000  # levels of a side
TRADES_MOST = 10_000
LIMIT_USUAL = 500
Query = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Wrong(Exception):
    """A request that is answered with a status and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class FiguresApp:
    """Serves its own paths, and hands every other request to the next application."""

    def __init__(self, door: Door, limits: LimitSettings, following: App) -> None:
        self._door = door
        self._following = following
        self._limit = Limit(PER_ADDRESS.most * limits.scale, PER_ADDRESS.window_ms)
        self._limits = Limits()
        self._volumes = BrandVolumes(door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._following(scope, receive, send)
            return
        try:
            await _answer(send, 200, await self._handle(scope))
        except Wrong as wrong:
            await _answer(send, wrong.status, {"error": str(wrong)})
        except Refused as refused:
            await _answer(send, refused.code.status if refused.code.status != 200 else 400, {"error": refused.text})
        except Exception:
            log.exception("figures.broken", path=scope["path"])
            await _answer(send, 500, {"error": "Something went wrong; please try again later."})

    async def _handle(self, scope: Scope) -> Any:
        if scope["method"] != "GET":
            raise Wrong(405, "Only GET is known here.")
        address = str(scope["client"][0]) if scope.get("client") else ""
        if self._limits.spend([Claim(address, self._limit)], time.monotonic_ns() // 10**6) is not None:
            raise Wrong(429, "Too many requests; once a minute for each pair is plenty.")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        brand = self._door.hosts.brand_of(headers.get("host", ""))
        query = decode_query(scope["query_string"])
        name, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
        match name, rest:
            case "summary", "":
                return [forms.summary(one) for one in await self._markets(brand)]
            case "ticker", "":
                return {one.name: forms.ticker(one) for one in await self._markets(brand)}
            case "tickers", "":
                return [forms.gecko_ticker(one) for one in await self._markets(brand)]
            case "assets", "":
                return self._assets(brand)
            case "pairs", "":
                return [forms.pair(one) for one in self._listed(brand)]
            case "orderbook", _:
                return self._book(self._instrument(brand, rest or query.get("ticker_id", "")), query)
            case "trades", _ if rest:
                instrument = self._instrument(brand, rest)
                return [forms.trade(instrument, part) for part in await self._parts(brand, instrument, query)]
            case "historical_trades", "":
                return await self._historical(brand, self._instrument(brand, query.get("ticker_id", "")), query)
        raise Wrong(404, "There is nothing at this path.")

    def _listed(self, brand: Brand | None) -> list[Instrument]:
        """What a brand lists; of an address that is no brand's everything (LI-1)."""
        venue = self._door.venue if brand is None else self._door.listed_by(brand.id)
        return list(venue.instruments.values())

    def _instrument(self, brand: Brand | None, name: str) -> Instrument:
        for instrument in self._listed(brand):
            if name in (forms.pair_name(instrument), instrument.name):
                return instrument
        raise Wrong(404, "There is no such pair.")

    async def _markets(self, brand: Brand | None) -> list[Market]:
        now_ns = time.time_ns()
        return [await self._market(one, brand, now_ns) for one in self._listed(brand)]

    async def _market(self, instrument: Instrument, brand: Brand | None, now_ns: int) -> Market:
        door = self._door
        day = await door.read(partial(door.market.day_figures, instrument=instrument.id, now_ns=now_ns))
        whole_book = Volume(day.lots * instrument.lot_minor, day.notional)
        volume = whole_book if brand is None else await self._volumes.of(brand.id, instrument.id)
        return Market(instrument, day, door.book(instrument.id), volume, door.venue.status(instrument.id))

    def _assets(self, brand: Brand | None) -> dict[str, Any]:
        """The fees are those of the brand's customers without a level; host-wide the least that a brand may charge."""
        venue = self._door.venue
        rates = venue.floor if brand is None else venue.schedules.get((brand.id, 0), venue.floor)
        return {one.name: forms.asset(one, rates) for one in venue.assets.values()}

    def _book(self, instrument: Instrument, query: Query) -> dict[str, Any]:
        """`depth` counts the levels of both sides together; 0 and none are all."""
        depth = whole(query, "depth", 0, 2 * DEEPEST) or 2 * DEEPEST
        levels = 1 if query.get("level") == "1" else max(depth // 2, 1)
        return forms.book(instrument, self._door.book(instrument.id), levels, time.time_ns() // 10**6)

    async def _historical(self, brand: Brand | None, instrument: Instrument, query: Query) -> dict[str, Any]:
        limit = whole(query, "limit", 0, TRADES_MOST, LIMIT_USUAL) or TRADES_MOST
        kinds = ("buy", "sell") if query.get("type", "") == "" else (query["type"],)
        if not set(kinds) <= {"buy", "sell"}:
            raise Wrong(400, "type is buy or sell")
        told = [forms.gecko_trade(instrument, part) for part in await self._parts(brand, instrument, query)]
        return {kind: [one for one in told if one["type"] == kind][:limit] for kind in kinds}

    async def _parts(self, brand: Brand | None, instrument: Instrument, query: Query) -> list[Part]:
        """Of the last 24 hours; `start_time` and `end_time`, in milliseconds and inclusive, choose among them."""
        begin_ms, end_ms = (whole(query, name, 0, 2**43) for name in ("start_time", "end_time"))
        begin = max(since_ns(time.time_ns()), (begin_ms or 0) * 10**6)
        window = (begin, 2**63 - 1 if end_ms is None else (end_ms + 1) * 10**6)
        find = partial(host_parts, self._door) if brand is None else partial(brand_parts, self._door.venue, brand.id)
        return await self._door.read(lambda connection: find(connection, instrument, TRADES_MOST, window))


async def _answer(send: Send, status: int, content: Any) -> None:
    body = msgspec.json.encode(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
