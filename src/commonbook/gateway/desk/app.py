"""The desks before the door: who asks is proved over the raw request, then the desk's own routes are asked.

A web session is proved by its cookie and, when something may change, its CSRF token; a key by the signature that it
makes for the OKX door as well. A session is good at the address of its own brand only.
"""

import functools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import structlog
from litestar import Litestar, Router, types
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from commonbook.administration.roles import HOST, Role, roles_of
from commonbook.errors import Declined
from commonbook.gateway.desk import account, broker, host, oauth, pages, partner, program
from commonbook.gateway.desk.asked import Asked, Desk
from commonbook.gateway.desk.cookies import DEVICE_COOKIE
from commonbook.gateway.desk.document import document
from commonbook.gateway.desk.needs import Side, must_be_allowed
from commonbook.gateway.desk.problems import HANDLERS, status_of
from commonbook.gateway.limits import Claim, Limit, Limits
from commonbook.gateway.okx_v5.app import TARGET, Gone, Receive, Scope, Send, answer, cookie, read_body, session_cookie
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environments
from commonbook.gateway.okx_v5.oauth import WithTokens
from commonbook.gateway.reference.changes import version
from commonbook.identity.model import Credential, CredentialKind, Denial, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Request as Proof
from commonbook.identity.service import timestamp_ms
from commonbook.identity.sessions import load_session
from commonbook.people.factors import kinds_of
from commonbook.settings import Settings

App = Callable[[Scope, Receive, Send], Awaitable[None]]
PER_ADDRESS = Limit(100, 2_000)
DOCUMENT = "/openapi.json"
NOWHERE = "/-"  # the framework wants a place for its own pages; no request comes there

log = structlog.get_logger()

# Each desk: where it is, whose it is, what it is called, and its routes.
DESKS: dict[str, tuple[Side, str, Sequence[ControllerRouterHandler]]] = {
    "/account/v1": (Side.ANY, "Account API", account.ROUTES),
    "/partner/v1": (Side.BRAND, "Partner API", partner.ROUTES),
    "/host/v1": (Side.HOST, "Host API", host.ROUTES),
    "/program/v1": (Side.ANY, "Program API", program.ROUTES),
    "/broker/v1": (Side.ANY, "Broker API", broker.ROUTES),
    "/account/oauth": (Side.ANY, "OAuth pages", oauth.ROUTES),
    "/a": (Side.ANY, "Pages", pages.ROUTES),
    "/brokers": (Side.ANY, "Broker pages", broker.PAGES),
    "/partners": (Side.ANY, "Program pages", program.PAGES),
}
PAGES = {"/partners"}  # HTML for people. Plain forms carry no CSRF token: they never act for who is signed in
FORMS = {"/account/oauth"}  # HTML for who is signed in: the CSRF token is a field of the form
_HOSTS_OWN = {prefix for prefix, (side, _, _) in DESKS.items() if side is Side.HOST} | PAGES  # at no brand's address


class WithDesks:
    """The ASGI application: the desks, and behind them the next application."""

    def __init__(self, desk: Desk, behind: App) -> None:
        self.desk = desk
        self._behind = behind
        self._apps = {prefix: desk_app(prefix) for prefix in DESKS}
        self._limit = Limit(PER_ADDRESS.most * desk.settings.limits.scale, PER_ADDRESS.window_ms)
        self._limits = Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        prefix = self._prefix_of(scope["path"]) if scope["type"] == "http" else None
        if prefix is None:
            await self._behind(scope, receive, send)
            return
        try:
            body = await read_body(receive, self.desk.settings.gateway.body_bytes)
            asked = await self._asked(scope, body, prefix)
        except Gone:
            return
        except Refused as refused:
            await _say(send, "too_large", refused.text)
        except Declined as declined:
            await _say(send, declined.code, str(declined), **declined.values)
        else:
            if scope["path"].endswith(DOCUMENT) and scope["method"] == "GET" and prefix not in PAGES | FORMS:
                await answer(send, 200, document(self._apps[prefix]))
                return
            await self._apps[prefix](scope | {"asked": asked}, _again(body, receive), send)  # type: ignore[arg-type]

    def _prefix_of(self, path: str) -> str | None:
        return next((one for one in self._apps if path == one or path.startswith(f"{one}/")), None)

    async def _asked(self, scope: Scope, body: bytes, prefix: str) -> Asked:
        """
        Raises:
            Declined: `too_many_requests`; `sign_in` for credentials that are given and not good.
        """
        desk = self.desk
        address = str(scope["client"][0]) if scope.get("client") else ""
        if self._limits.spend([Claim(address, self._limit)], time.monotonic_ns() // 10**6) is not None:
            raise Declined("too_many_requests", "too many requests from this address: wait two seconds")
        headers = dict(scope["headers"])
        _must_be_own_page(scope, headers)
        host, origin = _text(headers, b"host"), _text(headers, b"origin")
        brand = desk.hosts.brand_of(host)
        if brand is not None and self._prefix_of(scope["path"]) in _HOSTS_OWN:
            raise Declined("no_such_path", "There is nothing at this path.")  # nothing here tells that there is a host
        asked = Asked(
            desk,
            brand,
            address,
            language=_text(headers, b"accept-language").partition(",")[0].partition(";")[0].strip(),
            host=host,
            is_secure=scope.get("scheme") == "https" or origin.startswith("https://"),
            agent=_text(headers, b"user-agent"),
            device=cookie(headers, DEVICE_COOKIE),
        )
        key, token = _text(headers, b"ok-access-key"), session_cookie(headers)
        if prefix in PAGES or (not key and not token):
            return asked
        form = body if prefix in FORMS else b""
        if key:
            found = self._by_key(key, scope, headers, body, address)
        else:
            found = self._by_session(token, scope, headers, form)
        if isinstance(found, Denial):
            if not key:
                return replace(
                    asked, denied=found.value
                )  # an old cookie says nothing, and keeps nobody from signing in
            raise Declined("sign_in", f"these credentials are not good: {found.value}", why=found.value)
        if not key and found.brand != (HOST if brand is None else brand.id):
            return asked  # a session of one brand is none at another's address
        known = await desk.read(lambda connection: _known_of(connection, found))
        if known is None:
            return replace(asked, denied=Denial.NO_SESSION.value)
        return replace(
            asked,
            credential=replace(found, proved_ns=known.proved_ns),
            roles=known.roles,
            token="" if key else token,
            has_second_factor=known.has_second_factor,
        )

    def _by_key(
        self, key: str, scope: Scope, headers: dict[bytes, bytes], body: bytes, address: str
    ) -> Credential | Denial:
        proof = Proof(
            key=key,
            signature=_text(headers, b"ok-access-sign"),
            timestamp=_text(headers, b"ok-access-timestamp"),
            passphrase=_text(headers, b"ok-access-passphrase"),
            method=scope["method"],
            target=scope[TARGET],
            body=body,
            client_ip=address,
            read_time=timestamp_ms,
        )
        return self.desk.door.authenticator.authenticate(proof, Permission.MANAGE, time.time_ns() // 10**6)

    def _by_session(self, token: str, scope: Scope, headers: dict[bytes, bytes], form: bytes) -> Credential | Denial:
        changes = scope["method"] not in ("GET", "HEAD")
        csrf = _text(headers, b"x-csrf-token") or dict(parse_qsl(form.decode("latin-1"))).get("csrf", "")
        return self.desk.door.authenticator.session(token, csrf, changes, None)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables say at this moment, of which a gateway otherwise learns within a second."""

    roles: frozenset[Role]
    has_second_factor: bool
    proved_ns: int


def _known_of(connection: Connection, found: Credential) -> _Known | None:
    """None for a session that has just ended."""
    proved_ns = 0
    if found.kind is CredentialKind.SESSION:
        session = load_session(connection, found.api_key)
        if session is None:
            return None
        proved_ns = session.credential.proved_ns
    if not found.user:
        return _Known(frozenset(), False, proved_ns)
    return _Known(roles_of(connection, found.user, found.brand), bool(kinds_of(connection, found.user)), proved_ns)


def _must_be_own_page(scope: Scope, headers: dict[bytes, bytes]) -> None:
    """What changes something comes from a page of the same address, when a browser says where it comes from: not even
    the login page of another brand signs anybody in here.

    Raises:
        Declined: `foreign_page`.
    """
    if scope["method"] in ("GET", "HEAD") or headers.get(b"ok-access-key"):
        return
    origin, site = _text(headers, b"origin"), _text(headers, b"sec-fetch-site")
    is_foreign = bool(origin) and origin.partition("://")[2] != _text(headers, b"host")
    if is_foreign or site not in ("", "same-origin", "none"):
        raise Declined("foreign_page", "this was asked by a page of another address")


def with_desks(
    door: Door, settings: Settings, data_dir: Path, seal: Seal, environments: Environments, behind: App
) -> WithDesks:
    """A gateway's desks before what is behind them."""
    tokens = WithTokens(door.database, settings, behind, door.authenticator.note_token_error)
    return WithDesks(Desk(door, settings, data_dir, seal, environments), tokens)


@functools.cache
def desk_app(prefix: str) -> Litestar:
    """The routes of one desk, with its OpenAPI document at PREFIX/openapi.json unless they are pages.

    It knows nothing of an exchange: each request brings its own with it.
    """
    side, title, routes = DESKS[prefix]
    return Litestar(
        [Router(prefix, route_handlers=routes, opt={"side": side})],
        guards=[must_be_allowed],
        dependencies={"asked": Provide(_asked_of, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        logging_config=None,
        openapi_config=OpenAPIConfig(title=title, version=version(), path=NOWHERE, render_plugins=[JsonRenderPlugin()]),
        opt={"needs": "nobody"},
    )


def _asked_of(scope: types.Scope) -> Asked:
    found: Asked = scope["asked"]  # type: ignore[typeddict-item]
    return found


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that has been read, to be read once more."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> dict[str, Any]:
        return messages.pop() if messages else await receive()

    return next_message


async def _say(send: Send, code: str, message: str, **values: str | int) -> None:
    await answer(send, status_of(code), {"error": {"code": code, "message": message, "values": values}})


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    value = headers.get(name)
    return "" if value is None else value.decode("latin-1")
