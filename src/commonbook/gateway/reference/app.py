"""Serves the reference: documents at /api/v5/*.json, pages below /docs/api, under the name of the brand that was asked.

It stands before the door: what is not of the reference passes on. A document is made once for each brand, and none of
it is secret. RF-1 to RF-5 of docs/reference/reference.md.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from commonbook.brand.hosts import Hosts
from commonbook.gateway.okx_v5.app import PREFIX, Receive, Scope, Send, answer
from commonbook.gateway.okx_v5.codes import WRONG_METHOD
from commonbook.gateway.reference import pages
from commonbook.gateway.reference.asyncapi import asyncapi
from commonbook.gateway.reference.changes import recorded_changes, version
from commonbook.gateway.reference.compatibility import compatibility
from commonbook.gateway.reference.openapi import Document, openapi
from commonbook.gateway.reference.pages import ROOT, Library
from commonbook.settings import Settings

App = Callable[[Scope, Receive, Send], Awaitable[None]]
NO_BRAND = "Exchange"  # the title of who asks by an address that is no brand's
_SAFE = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none';"
        b" form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"host, accept-encoding"),
    (b"cache-control", b"no-cache"),
)
_FOR_TOOLS = ((b"access-control-allow-origin", b"*"),)  # a document is public, and tools run elsewhere


@dataclass(frozen=True, slots=True)
class Content:
    kind: bytes
    plain: bytes
    packed: bytes
    tag: bytes

    @classmethod
    def of(cls, kind: str, plain: bytes) -> "Content":
        digest = hashlib.sha256(plain).hexdigest()[:32]
        return cls(kind.encode(), plain, gzip.compress(plain, mtime=0), f'W/"{digest}"'.encode())


def documents(settings: Settings, title: str) -> dict[str, Document]:
    """By the name of their files."""
    return {
        "openapi": openapi(settings, title, version()),
        "asyncapi": asyncapi(settings, title, version()),
        "compatibility": compatibility(),
        "api-changes": recorded_changes(),
    }


def contents(settings: Settings, title: str) -> dict[str, Content]:
    """All that is served, by path."""
    made = documents(settings, title)
    found = {
        f"{PREFIX}/{name}.json": Content.of("application/json", msgspec.json.encode(document))
        for name, document in made.items()
    }
    library = Library(title, made["openapi"], made["asyncapi"], made["compatibility"], made["api-changes"])
    for path, (kind, text) in pages.all_pages(library).items():
        found[path] = Content.of(kind, text.encode())
    return found


class WithReference:
    """The ASGI application: the reference, and behind it the door."""

    def __init__(self, behind: App, hosts: Hosts, settings: Settings) -> None:
        self._behind = behind
        self._hosts = hosts
        self._settings = settings
        self._made: dict[str, asyncio.Future[dict[str, Content]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not _is_ours(path):
            await self._behind(scope, receive, send)
            return
        found = (await self._contents(scope)).get(path.rstrip("/") if path != ROOT else path)
        if found is None:
            await self._behind(scope, receive, send)
        elif scope["method"] != "GET":
            refusal = {"code": WRONG_METHOD.number, "data": [], "msg": WRONG_METHOD.text}
            await answer(send, WRONG_METHOD.status, refusal, [(b"allow", b"GET")])
        else:
            await _serve(found, scope, send)

    async def _contents(self, scope: Scope) -> dict[str, Content]:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        brand = self._hosts.brand_of(host)
        title = self._hosts.document(brand.id).title if brand else NO_BRAND
        if title not in self._made:
            making = asyncio.to_thread(contents, self._settings, title)
            self._made[title] = asyncio.ensure_future(making)
        return await asyncio.shield(self._made[title])


def _is_ours(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/") or (path.startswith(f"{PREFIX}/") and path.endswith(".json"))


async def _serve(content: Content, scope: Scope, send: Send) -> None:
    asked = {name: value for name, value in scope["headers"] if name in (b"if-none-match", b"accept-encoding")}
    headers: list[tuple[bytes, bytes]] = [*_SAFE, (b"etag", content.tag)]
    if content.kind == b"application/json":
        headers += _FOR_TOOLS
    if content.tag in asked.get(b"if-none-match", b""):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = content.plain
    if b"gzip" in asked.get(b"accept-encoding", b""):
        body = content.packed
        headers.append((b"content-encoding", b"gzip"))
    headers += [(b"content-type", content.kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
