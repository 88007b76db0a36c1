"""The ASGI application in front of the others: a brand's own pages, and what proves its domains to authorities.

Every other path goes on to the application behind, under whatever host.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from commonbook.brand import challenges, proof, store
from commonbook.brand.domains import host_of
from commonbook.brand.listings import Names, names_at
from commonbook.brand.model import State
from commonbook.gateway.front.page import Row, page, style
from commonbook.gateway.front.texts import language_of
from commonbook.gateway.okx_v5.app import Receive, Scope, Send
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.instrument.model import Brand, Instrument
from commonbook.settings import Settings

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
PLAIN = "/plain"  # the first page for a browser without scripts, wherever the web app has the address
THEME, LOGO = "/brand/theme.css", "/brand/logo-"
PRICES_FOR_S = 1.0
NO_PRICE = "-"
NOT_FOUND = b'<!doctype html>\n<html lang="en">\n<title>Not found</title>\n<h1>Not found</h1>\n</html>\n'
STATUS = {State.SUSPENDED: 503, State.CLOSED: 410}

_SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"host, accept-language"),
]
_PAGE_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none';"
    b" frame-ancestors 'none'",
)
_FILE_POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_ASK_AGAIN = (b"cache-control", b"no-cache")
_HTML = (b"content-type", b"text/html; charset=utf-8")

log = structlog.get_logger()


class WithFront:
    """A brand's pages, and behind them the next application."""

    def __init__(self, door: Door, settings: Settings, behind: App) -> None:
        self._door = door
        self._settings = settings
        self._behind = behind
        self._proofs = proof.path_of(settings.brand, "")
        self._prices = Prices(door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_ours = path in ("/", PLAIN, THEME) or path.startswith((LOGO, challenges.PATH, self._proofs))
        if scope["type"] != "http" or not is_ours or scope["method"] not in ("GET", "HEAD"):
            await self._behind(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        try:
            status, more, body = await self._answer(path, host, headers)
        except Exception:
            log.exception("front.broken", path=path)
            status, more, body = 500, [_HTML], NOT_FOUND.replace(b"Not found", b"Something went wrong")
        tag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        if status == 200 and tag in headers.get(b"if-none-match", b""):
            status, body = 304, b""
        length = (b"content-length", str(len(body)).encode())
        told = [*_SAFE, *more, (b"etag", tag), *([] if status == 304 else [length])]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, path: str, host: str, headers: dict[bytes, bytes]) -> tuple[int, Headers, bytes]:
        if path.startswith(challenges.PATH):
            token = path.removeprefix(challenges.PATH)
            return _text(await asyncio.to_thread(challenges.answer_of, self._door.database, host_of(host), token))
        if path.startswith(self._proofs):
            return _text(self._proof(host_of(host), path.removeprefix(self._proofs)))
        brand = self._door.hosts.brand_of(host)
        if brand is None:
            return 404, [_HTML, _PAGE_POLICY], NOT_FOUND
        if path == THEME:
            sheet = style(self._door.hosts.document(brand.id), self._settings.brand.fonts)
            return 200, [(b"content-type", b"text/css; charset=utf-8"), _ASK_AGAIN], sheet.encode()
        if path.startswith(LOGO):
            return await self._logo(brand, path.removeprefix(LOGO))
        return await self._page(brand, headers.get(b"accept-language", b"").decode("latin-1"))

    def _proof(self, host: str, token: str) -> str | None:
        """A domain that is proved goes on being proved by leading to us; one that is not proves nothing here."""
        domain = self._door.hosts.snapshot.domains.get(host)
        return token if domain is not None and domain.token == token else None

    async def _logo(self, brand: Brand, hashed: str) -> tuple[int, Headers, bytes]:
        found = await asyncio.to_thread(self._read_logo, brand.id, hashed)
        if found is None:
            return 404, [_HTML, _PAGE_POLICY], NOT_FOUND
        kind, content = found
        return 200, [(b"content-type", kind.encode()), _FILE_POLICY, _FOR_EVER], content

    def _read_logo(self, brand: int, hashed: str) -> tuple[str, bytes] | None:
        with self._door.database.connect() as connection:
            return store.file(connection, brand, hashed)

    async def _page(self, brand: Brand, accepted: str) -> tuple[int, Headers, bytes]:
        document = self._door.hosts.document(brand.id)
        language = language_of(document, accepted)
        is_open = document.state not in STATUS
        rows = await self._prices.of(brand.id) if is_open else []
        text = page(document, language, rows, self._settings.host.name)
        more = [_HTML, _PAGE_POLICY, _ASK_AGAIN, (b"content-language", language.encode())]
        return STATUS.get(document.state, 200), more, text.encode()


class Prices:
    """Last prices of all instruments, read once a second for all brands."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._rows: list[tuple[int, Row]] = []
        self._until = 0.0
        self._reading = asyncio.Lock()

    async def of(self, brand: int) -> list[Row]:
        """Of the instruments that a brand lists."""
        venue = self._door.venue
        return [row for instrument, row in await self._rows_of_all() if venue.is_listed(brand, instrument)]

    async def _rows_of_all(self) -> list[tuple[int, Row]]:
        """Names and prices in the order of listing; without a price where there is none, or none to be had."""
        async with self._reading:
            if time.monotonic() >= self._until:
                called = await self._called()
                self._rows = [
                    (one.id, (one.name, await self._last(one.id), people_name(one, called)))
                    for one in list(self._door.venue.instruments.values())
                ]
                self._until = time.monotonic() + PRICES_FOR_S
        return self._rows

    async def _called(self) -> Names:
        """LI-8: by asset; nothing where it is not to be had."""
        try:
            return await self._door.read(names_at)
        except Refused:
            return {}

    async def _last(self, instrument: int) -> str:
        door = self._door
        try:
            day = await door.read(partial(door.market.day_figures, instrument=instrument, now_ns=time.time_ns()))
        except Refused:
            return NO_PRICE
        return (
            NO_PRICE if day.last is None else door.venue.instruments[instrument].format_price(day.last["price_ticks"])
        )


def people_name(instrument: Instrument, called: Names) -> str:
    """How people call a pair, where one of its tokens is called otherwise than in the journal; else nothing."""
    both = (instrument.base, instrument.quote)
    if not any(asset.id in called for asset in both):
        return ""
    return " / ".join(called.get(asset.id, asset.name) for asset in both)


def _text(content: str | None) -> tuple[int, Headers, bytes]:
    if content is None:
        return 404, [_HTML, _PAGE_POLICY], NOT_FOUND
    return 200, [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")], content.encode()
