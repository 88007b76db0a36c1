"""The token endpoints: OKX's paths and codes, and at the same time what the RFCs want. Rules O-6 to O-8 and O-14.

A body is JSON, as OKX has it, or a form, as every OAuth library has it. A success is the bare object; a refusal carries
the RFC's `error` and `error_description` beside OKX's `code` and `msg`. Answers are never kept by anybody.
"""

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from commonbook.gateway.limits import Claim, Limit, Limits
from commonbook.gateway.okx_v5.app import App, Gone, Receive, Scope, Send, answer, decode_body, read_body
from commonbook.gateway.okx_v5.codes import INTERNAL, TOO_FAST, UNAVAILABLE, WRONG_METHOD, Code, Refused
from commonbook.oauth import clients
from commonbook.oauth.model import Fault
from commonbook.oauth.protocol import Answer, Request
from commonbook.oauth.server import Server
from commonbook.settings import Settings
from commonbook.storage.database import lost_race

WINDOW_MS = 2_000
BODY_BYTES = 16 * 1024
RACES = 20
PREFIXES = ("/v5/users/oauth", "/api/v5/users/oauth")  # clients try the one, and then the other
TOKEN, REVOKE, INTROSPECT = "/token", "/revoke", "/introspect"
PATHS = frozenset(prefix + path for prefix in PREFIXES for path in (TOKEN, REVOKE, INTROSPECT))
KEY_PATHS = ("/apikey", "/delete-apikey")  # of the door's table of routes, where they have the longer prefix
METADATA = "/.well-known/oauth-authorization-server"
AUTHORIZE = "/account/oauth/authorize"

# How each fault is told.
CODES: dict[Fault, Code] = {
    Fault.REVOKED: Code("53003", "The authorization was revoked.", 400),
    Fault.EXPIRED: Code("53002", "The token has expired.", 400),
    Fault.CANCELED: Code("53001", "The user has canceled the authorization.", 400),
    Fault.FROZEN: Code("53004", "The account is frozen.", 400),
    Fault.WRONG_REFRESH: Code("53005", "The refresh token is wrong.", 400),
    Fault.WRONG_TERMINAL: Code("53006", "The device is another.", 401),
    Fault.NOT_AUTHORIZED: Code("53009", "The authorization has failed.", 400),
    Fault.NO_SUCH_CODE: Code("53009", "The authorization has failed.", 400),
    Fault.BAD_PARAMETER: Code("53010", "A parameter is wrong.", 400),
    Fault.MISSING_PARAMETER: Code("53011", "A parameter is empty.", 400),
    Fault.CODE_OVER: Code("53012", "The code is over.", 400),
    Fault.OUT_OF_SCOPE: Code("53013", "The client may not do that.", 400),
    Fault.WRONG_ADDRESS: Code("53014", "The address is not on the list of the broker's client.", 400),
    Fault.WRONG_REDIRECT: Code("53016", "The redirect address is not the registered one.", 400),
    Fault.NO_FAST_API: Code("53017", "Fast API is not enabled for this broker.", 400),
    Fault.WRONG_SITE: Code("53018", "This site is not authorized.", 400),
}
_DOING: dict[str, Callable[[Server, Request], Answer]] = {
    TOKEN: Server.token,
    REVOKE: Server.revoke,
    INTROSPECT: Server.introspect,
}
_NOT_KEPT = [(b"cache-control", b"no-store"), (b"pragma", b"no-cache")]
Note = Callable[[int, str], None]
log = structlog.get_logger()


class WithTokens:
    """The token endpoints, and behind them the next application."""

    def __init__(
        self, database: Engine, settings: Settings, behind: App, note: Note = lambda broker, what: None
    ) -> None:
        """
        Args:
            note: is told of each refusal whose client is known: its broker, and what was wrong.
        """
        self._database = database
        self._settings = settings.oauth
        self._behind = behind
        self._limit = Limit(settings.oauth.requests * settings.limits.scale, WINDOW_MS)
        self._limits = Limits()
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not is_ours(path):
            await self._behind(scope, receive, send)
        elif path not in PATHS and path != METADATA:
            await self._behind(scope | {"path": "/api" + path}, receive, send)
        else:
            await self._answer(scope, receive, send, path)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        try:
            told = await self._told(scope, receive, path)
        except Gone:
            return
        except Refused as refused:
            word = "temporarily_unavailable" if refused.code in (TOO_FAST, UNAVAILABLE) else "invalid_request"
            allow = [(b"allow", b"GET" if path == METADATA else b"POST")] if refused.code is WRONG_METHOD else []
            await answer(send, refused.code.status, _refusal(refused.code, word, refused.text), [*_NOT_KEPT, *allow])
        except Exception:
            log.exception("oauth.broken", path=path)
            await answer(send, INTERNAL.status, _refusal(INTERNAL, "server_error", INTERNAL.text), _NOT_KEPT)
        else:
            body = dict(told.body)
            if told.fault is not None:
                code = CODES[told.fault]
                body |= _refusal(code, body["error"], f"{code.text} {body.get('error_description', '')}".strip())
            more = [(name.lower().encode(), value.encode()) for name, value in told.headers]
            kept = [one for one in more if one[0] == b"www-authenticate"]
            await answer(send, told.status, body, [*_NOT_KEPT, *kept])

    async def _told(self, scope: Scope, receive: Receive, path: str) -> Answer:
        address = str(scope["client"][0]) if scope.get("client") else ""
        if self._limits.spend([Claim(address, self._limit)], time.monotonic_ns() // 10**6) is not None:
            raise Refused(TOO_FAST)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        issuer = issuer_of(headers.get("host", ""), scope.get("scheme") == "https")
        if path == METADATA:
            if scope["method"] != "GET":
                raise Refused(WRONG_METHOD)
            return Answer(200, metadata(issuer), [])
        if scope["method"] != "POST":
            raise Refused(WRONG_METHOD)
        body = await read_body(receive, BODY_BYTES)
        request = Request(
            _fields(body, headers.get("content-type", "")),
            {"Authorization": headers["authorization"]} if "authorization" in headers else {},
            address=address,
            terminal=headers.get("termid", ""),
        )
        found, broker = await asyncio.to_thread(self._asked, path, request, issuer)
        if broker and found.fault is not None:
            self._note(broker, found.fault.value)
        return found

    def _asked(self, path: str, request: Request, issuer: str) -> tuple[Answer, int]:
        """The answer; and of a refusal the broker whose client asked, or said that it was it. 0: nobody's."""
        for _ in range(RACES):
            try:
                with self._database.begin() as connection:
                    found = _DOING["/" + path.rpartition("/")[2]](Server(connection, self._settings, issuer), request)
                    if found.fault is None:
                        return found, 0
                    client = clients.find(connection, client_named(request))
                    return found, 0 if client is None else client.broker
            except DBAPIError as failure:
                if not lost_race(failure):
                    raise
                continue  # another has taken the number of the new grant at this moment: nothing of ours was done
        raise Refused(UNAVAILABLE)


def is_ours(path: str) -> bool:
    """Whether a path is one of the endpoints, or the shorter name of a route about Fast API keys."""
    return path in PATHS or path == METADATA or path in {PREFIXES[0] + one for one in KEY_PATHS}


def client_named(request: Request) -> str:
    """The client that a request says it is from, proved or not; "" for none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    named = next((value for name, value in request.fields if name == "client_id"), "")
    if scheme.lower() == "basic":
        try:
            named = unquote(base64.b64decode(given, validate=True).decode("ascii").partition(":")[0])
        except ValueError:
            return ""
    return named if named.isascii() and named.isprintable() else ""


def issuer_of(host: str, is_secure: bool) -> str:
    """Who answers, as a client knows us: the address that was asked.

    Where TLS ends before us we see none of it; only on this machine is there an address without.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    is_here = name in ("localhost", "127.0.0.1", "[::1]") or name.endswith(".localhost")
    return f"{'http' if is_here and not is_secure else 'https'}://{host}"


def metadata(issuer: str) -> dict[str, Any]:
    """RFC 8414: what a client library can be told instead of being configured."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + PREFIXES[0] + TOKEN,
        "revocation_endpoint": issuer + PREFIXES[0] + REVOKE,
        "introspection_endpoint": issuer + PREFIXES[0] + INTROSPECT,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["read_only", "trade", "fast_api"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "authorization_response_iss_parameter_supported": True,
    }


def _fields(body: bytes, kind: str) -> list[tuple[str, str]]:
    """Names and texts; of a form a name may come twice, for the rules to refuse.

    Raises:
        Refused: it is neither an object of texts nor a form.
    """
    if kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        try:
            return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
        except ValueError:
            raise Refused(CODES[Fault.BAD_PARAMETER], " The form cannot be read.") from None
    decoded = decode_body(body)
    if not isinstance(decoded, dict) or not all(isinstance(one, str | None) for one in decoded.values()):
        raise Refused(CODES[Fault.BAD_PARAMETER], " An object of texts is expected.")
    return [(name, value) for name, value in decoded.items() if value]


def _refusal(code: Code, word: str, text: str) -> dict[str, Any]:
    return {"error": word, "error_description": text, "code": code.number, "msg": text, "data": []}
