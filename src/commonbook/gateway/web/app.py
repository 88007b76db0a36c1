"""The ASGI application of the web app, before a brand's other pages: its page at each place, its files, texts and look.

Nothing here acts: who is signed in is not asked. Every other path goes on to the application behind.
"""

import asyncio
import hashlib
import html
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog
from babel import Locale

from commonbook.brand.hosts import Hosts
from commonbook.brand.model import Document, State
from commonbook.gateway.desk.app import DESKS
from commonbook.gateway.front.page import logo_path
from commonbook.gateway.front.texts import language_of
from commonbook.gateway.limits import Claim, Limit, Limits
from commonbook.gateway.okx_v5.app import Gone, Receive, Scope, Send, read_body
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.web import violations
from commonbook.gateway.web.built import Built
from commonbook.gateway.web.look import sheet
from commonbook.gateway.web.places import first_of, is_place
from commonbook.gateway.web.texts import languages, spoken, texts_of
from commonbook.gateway.web.violations import Violation
from commonbook.settings import Settings

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
ROOT, TEXTS, REPORT, ICON = "/web/", "/web/texts/", "/web/report", "/web/icon.svg"
BRAND = "/web/brand.json"  # what the page says of it, for a page that is open when it changes
SHOWN = frozenset({State.LIVE, State.SANDBOX, State.OFFBOARDING})  # of others the plain page says what is the matter
REPORT_BYTES = 16_384
NAMELESS = "Operator"  # a host that has not said how it is called
REPORTS = Limit(20, 60_000)  # of one address
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none';"
    # What comes as a string becomes markup or a script by these two makers alone: the framework's and lib/trusted.ts.
    " require-trusted-types-for 'script'; trusted-types svelte-trusted-html server-made;"
    f" report-uri {REPORT}"  # and no report-to, by which a browser tells minutes later, or never
)
_SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_OF_READER: Headers = [(b"cache-control", b"no-cache"), (b"vary", b"host, accept-language")]
_PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), display-capture=()",
    ),
    *_OF_READER,
]
_NO_NAME = "Exchange"  # of the host's own address, where the settings name no host
_CSS, _PLAIN = b"text/css; charset=utf-8", b"text/plain; charset=utf-8"
_JSON = b"application/manifest+json"
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_ASK_AGAIN: Headers = [(b"cache-control", b"no-cache"), (b"vary", b"host")]

log = structlog.get_logger()


class BrandTold(msgspec.Struct, frozen=True):
    """What the app knows of the brand whose address it is at; names as the app has them."""

    version: str  # of its document, "0" without one
    title: str
    logo: str
    support: str
    languages: list[str]
    language: str
    rightToLeft: list[str]
    signUp: bool
    isHost: bool


class WithWeb:
    """The web app, and behind it the next application."""

    def __init__(
        self, hosts: Hosts, settings: Settings, built: Built | None, behind: App, data_dir: Path | None = None
    ) -> None:
        """
        Args:
            built: None: there is no app, and what is behind answers everything.
            data_dir: where violations are kept for the host's desk; None: they are in the log alone.
        """
        self._hosts = hosts
        self._settings = settings
        self._host_name = settings.host.name or NAMELESS
        self._data_dir = data_dir
        self._built = built
        self._behind = behind
        self._limits = Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or self._built is None:
            await self._behind(scope, receive, send)
            return
        if path == REPORT and scope["method"] == "POST":
            await self._reported(scope, receive, send)
            return
        found = self._answer(path, dict(scope["headers"])) if scope["method"] in ("GET", "HEAD") else None
        if found is None:
            await self._behind(scope, receive, send)
            return
        headers, body = found
        tag = next((value for name, value in headers if name == b"etag"), b"")
        if not tag:
            tag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
            headers = [*headers, (b"etag", tag)]
        if tag in dict(scope["headers"]).get(b"if-none-match", b""):
            kept = [one for one in headers if one[0] != b"content-encoding"]
            await send({"type": "http.response.start", "status": 304, "headers": [*_SAFE, *kept]})
            await send({"type": "http.response.body", "body": b""})
            return
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*_SAFE, *headers, length]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, path: str, headers: dict[bytes, bytes]) -> tuple[Headers, bytes] | None:
        """What is the app's; None for all else."""
        built = self._built
        if built is None:
            return None
        if (file := built.files.get(path)) is not None:
            coding, content = file.for_(headers.get(b"accept-encoding", b""))
            told = [(b"content-type", file.kind), _FOR_EVER, (b"etag", file.tag), (b"vary", b"accept-encoding")]
            return [*told, *([(b"content-encoding", coding)] if coding else [])], content
        brand = self._hosts.brand_of(headers.get(b"host", b"").decode("latin-1"))
        document = None if brand is None else self._hosts.document(brand.id)
        newest = None if brand is None else self._hosts.snapshot.versions.get(brand.id)
        version = newest.version if newest is not None else 0
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        if path == BRAND:
            if document is None or document.state not in SHOWN:
                return None
            body = msgspec.json.encode(brand_told(document, accepted, self._host_name, version))
            return [(b"content-type", b"application/json"), *_OF_READER], body
        if path.startswith(ROOT):
            return self._of_brand(path, document)
        is_desk = any(path == one or path.startswith(f"{one}/") for one in DESKS)
        if is_desk or not is_place(path, document is None):
            return None
        if document is not None and document.state not in SHOWN:
            return None
        text = built.page if document is None else built.ahead.get(first_of(path), built.page)
        return _PAGE, page(text, document, accepted, self._host_name, version).encode()

    def _of_brand(self, path: str, document: Document | None) -> tuple[Headers, bytes] | None:
        if path == "/web/theme.css":
            told = sheet(document or Document(name="", title=""), self._settings.brand.fonts)
            return [(b"content-type", _CSS), *_ASK_AGAIN], told.encode()
        if path == "/web/manifest.webmanifest":
            return [(b"content-type", _JSON), *_ASK_AGAIN], manifest(document, self._host_name)
        if path == ICON:
            return [(b"content-type", b"image/svg+xml"), *_ASK_AGAIN], icon(document, self._settings.host.name)
        if path.startswith(TEXTS) and path.endswith(".ftl"):
            language, _, area = path.removeprefix(TEXTS).removesuffix(".ftl").partition("/")
            text = texts_of(document, language, area)
            return None if text is None else ([(b"content-type", _PLAIN), *_ASK_AGAIN], text.encode())
        return None

    async def _reported(self, scope: Scope, receive: Receive, send: Send) -> None:
        """WB-5: what a browser has kept from running is told to the operator: in the log, and at the host's desk."""
        address = str(scope["client"][0]) if scope.get("client") else ""
        try:
            body = await read_body(receive, REPORT_BYTES)
        except (Gone, Refused):
            body = b""
        if self._limits.spend([Claim(address, REPORTS)], time.monotonic_ns() // 10**6) is None:
            host, now_ns = dict(scope["headers"]).get(b"host", b"").decode("latin-1"), str(time.time_ns())
            found = [Violation(at_ns=now_ns, host=host[:200], **one) for one in reports(body)]
            for one in found:
                log.warning("web.policy_violated", host=one.host, what=one.what, rule=one.rule, page=one.page)
            if found:
                await self._keep(found)
        await send({"type": "http.response.start", "status": 204, "headers": _SAFE})
        await send({"type": "http.response.body", "body": b""})

    async def _keep(self, found: list[Violation]) -> None:
        try:
            if self._data_dir is not None:
                await asyncio.to_thread(violations.keep, self._data_dir, found)
        except OSError as failure:  # it is in the log
            log.warning("web.violations_not_kept", why=str(failure))


def page(built: str, document: Document | None, accepted: str, host_name: str, version: int = 0) -> str:
    """The app's page with a brand's name, logo and language in it.

    Args:
        document: None at the host's own address.
    """
    told = brand_told(document, accepted, host_name, version)
    values = {
        "language": told.language,
        "direction": direction_of(told.language),
        "title": told.title,
        "icon": told.logo or ICON,
        "brand": msgspec.json.encode(told).decode(),
    }
    for name, value in values.items():
        built = built.replace(f"[[{name}]]", html.escape(value).replace("[[", "&#91;["))
    return built


def brand_told(document: Document | None, accepted: str, host_name: str, version: int) -> BrandTold:
    """
    Args:
        document: None at the host's own address.
        accepted: the reader's Accept-Language.
    """
    shown = document or Document(name="", title=host_name or _NO_NAME, languages=languages())
    spoken_here = spoken(shown)
    return BrandTold(
        version=str(version),
        title=shown.title,
        logo=logo_path(shown),
        support=shown.support,
        languages=spoken_here,
        language=language_of(msgspec.structs.replace(shown, languages=tuple(spoken_here)), accepted),
        rightToLeft=[one for one in spoken_here if direction_of(one) == "rtl"],
        signUp=document is not None and shown.takes_sign_ups,
        isHost=document is None,
    )


def manifest(document: Document | None, host_name: str) -> bytes:
    """What a phone needs to install the app."""
    shown = document or Document(name="", title=host_name)
    own = [{"src": logo_path(shown), "sizes": "any", "purpose": "any"}] if shown.logo else []
    icon = {"src": ICON, "sizes": "any", "type": "image/svg+xml"}
    told = {
        "id": "/",
        "name": shown.title,
        "short_name": shown.title[:12],
        "start_url": "/trade" if document is not None else "/operator",
        "scope": "/",
        "display": "standalone",
        "background_color": shown.colours.background,
        "theme_color": shown.colours.background,
        "icons": [*own, icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
    }
    return msgspec.json.encode(told)


def icon(document: Document | None, host_name: str) -> bytes:
    """The first letter of the title on the brand's accent: an icon that a phone can cut to shape."""
    shown = document or Document(name="", title=host_name)
    letter = html.escape(shown.title.strip()[:1].upper())
    colours = shown.colours
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">'
        f'<rect width="512" height="512" fill="{colours.accent}"/>'
        f'<text x="256" y="346" font-family="sans-serif" font-size="256" font-weight="700" text-anchor="middle"'
        f' fill="{colours.on_accent}">{letter}</text></svg>'
    ).encode()


def reports(body: bytes) -> list[dict[str, str]]:
    """The facts of violations in either form that browsers send; none where it is no report."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return []
    found = []
    for one in (told if isinstance(told, list) else [told])[:10]:
        inside = one.get("csp-report", one.get("body")) if isinstance(one, dict) else None
        if isinstance(inside, dict):
            names = {
                "what": ("blocked-uri", "blockedURL"),
                "rule": ("effective-directive", "effectiveDirective"),
                "page": ("document-uri", "documentURL"),
            }
            found.append({key: _first(inside, *own)[:200] for key, own in names.items()})
    return found


def direction_of(language: str) -> str:
    return str(Locale.parse(language, sep="-").text_direction)


def _first(told: dict[str, object], *names: str) -> str:
    return next((value for name in names if isinstance(value := told.get(name), str)), "")
