"""How a desk says no: one form on every path.

{"error": {"code": "quota_full", "message": "...", "values": {"quota": 100}}}
"""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from commonbook.errors import BadInput, CoreUnavailable, Declined
from commonbook.gateway.okx_v5.codes import Refused

log = structlog.get_logger()

STATUSES = {
    "sign_in": 401,
    "wrong_login": 401,
    "foreign_page": 403,
    "session_needed": 403,
    "not_permitted": 403,
    "wrong_desk": 403,
    "second_factor_needed": 403,
    "too_many_requests": 429,
    "too_large": 413,
    "unavailable": 503,
    "invalid_brand": 400,
}
HTTP_CODES = {400: "bad_request", 404: "no_such_path", 405: "wrong_method", 413: "too_large", 415: "bad_request"}


class Problem(msgspec.Struct, frozen=True):
    """Why, in a word for programs and a sentence for people."""

    code: str
    message: str
    values: dict[str, Any] = {}


class Problems(msgspec.Struct, frozen=True):
    error: Problem


def status_of(code: str) -> int:
    return STATUSES.get(code, 404 if code.startswith("no_such_") else 409)


def problem(status: int, code: str, message: str, values: dict[str, Any] | None = None) -> Response[Problems]:
    return Response(Problems(Problem(code, message, values or {})), status_code=status, media_type="application/json")


def _declined(_: Request[Any, Any, Any], failure: Declined) -> Response[Problems]:
    return problem(status_of(failure.code), failure.code, str(failure), dict(failure.values))


def _bad_input(_: Request[Any, Any, Any], failure: BadInput) -> Response[Problems]:
    return problem(400, "bad_request", str(failure))


def _refused(_: Request[Any, Any, Any], failure: Refused) -> Response[Problems]:
    return problem(503, "unavailable", failure.text)


def _unavailable(_: Request[Any, Any, Any], failure: CoreUnavailable) -> Response[Problems]:
    """Where the core is and how it is started is nobody's here."""
    log.error("desk.no_core", why=str(failure))
    return problem(503, "unavailable", "The exchange does not answer just now. Please try again later.")


def _validation(_: Request[Any, Any, Any], failure: ValidationException) -> Response[Problems]:
    parts = failure.extra if isinstance(failure.extra, list) else []
    told = [f"{one.get('key', 'body')}: {one.get('message')}" for one in parts if isinstance(one, dict)]
    return problem(400, "bad_request", "; ".join(told) or "the request cannot be read")


def _http(_: Request[Any, Any, Any], failure: HTTPException) -> Response[Problems]:
    code = HTTP_CODES.get(failure.status_code, "bad_request")
    return problem(failure.status_code, code, str(failure.detail))


def _broken(request: Request[Any, Any, Any], failure: Exception) -> Response[Problems]:
    log.error("desk.broken", path=request.scope["path"], exc_info=failure)
    return problem(500, "internal", "Something went wrong here; nothing tells that it was done. Please try again.")


HANDLERS: dict[Any, Any] = {
    Declined: _declined,
    BadInput: _bad_input,
    Refused: _refused,
    CoreUnavailable: _unavailable,
    ValidationException: _validation,
    HTTPException: _http,
    Exception: _broken,
}
