"""The REST side as an OpenAPI 3.1 document, from the table of routes and what its handlers state."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from commonbook.gateway.okx_v5 import codes
from commonbook.gateway.okx_v5.absent import BY_PATH, reason
from commonbook.gateway.okx_v5.app import MAKES_KEYS, NOT_BY_TOKEN, PREFIX, ROUTES, SESSION_COOKIE, Route
from commonbook.gateway.okx_v5.budget import BY_ORDER, ROUTE_LIMITS
from commonbook.gateway.okx_v5.codes import DENIALS, REFUSALS, Code
from commonbook.gateway.okx_v5.shapes import SHAPES
from commonbook.gateway.okx_v5.statement import (
    LISTED,
    ONE_INSTRUMENT,
    Kind,
    Parameter,
    Schema,
    Statement,
    bound_in,
    statement_of,
)
from commonbook.settings import GatewaySettings, Settings

Document = dict[str, Any]
RouteName = tuple[str, str]  # method, and path below the prefix

DECIMAL_PATTERN = r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
SIGNATURE = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")
TAGS = {
    "public": "The venue and its instruments",
    "market": "Market data",
    "trade": "Orders and fills",
    "account": "The trading account",
    "asset": "Funding",
    "users": "Sub-accounts, keys and web sessions",
    "broker": "Brokers",
    "system": "The venue's state",
    "support": "Announcements",
}
_INTRODUCTION = """
Every answer is a JSON object with `code`, `msg` and `data`: `0` is success, any other code a refusal with empty `data`
and the reason in `msg`; `1` and `2` mean that all or some of the rows of order entry were refused, each with its own
`sCode`. Numbers are decimal text, times milliseconds since 1970.

`""`, `null`, `[]` and `{}` are read as absent on every parameter, numbers and booleans may be JSON values or text, and
parameters that are not named here are passed over.

Private routes are signed: `OK-ACCESS-SIGN` is the base64 of the HMAC-SHA256, keyed with the API key's secret, of
`OK-ACCESS-TIMESTAMP` + method + path with its query + body. A timestamp is ISO 8601 in UTC with milliseconds, good for
30 seconds; a signed POST works once.
""".strip()


def openapi(settings: Settings, title: str, version: str) -> Document:
    """The document.

    Args:
        settings: bounds and limits are these.
        title: whose API it is; the brand's name, never the host's.

    Raises:
        LookupError: a route whose handler states nothing.
    """
    paths: dict[str, Any] = defaultdict(dict)
    for name in ROUTES:
        paths[PREFIX + name[1]][name[0].lower()] = _operation(name, settings)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title} REST API", "version": version, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": what} for name, what in TAGS.items()],
        "paths": dict(paths),
        "components": {
            "schemas": {"Refusal": _refusal()} | SHAPES,
            "responses": _refused_responses(),
            "securitySchemes": _security_schemes(),
        },
        "x-codes": [code_object(code) for code in all_codes()],
    }


def operation_id(name: RouteName) -> str:
    """`getMarketTicker`"""
    words = name[1].replace("-", "/").replace("_", "/").split("/")
    return name[0].lower() + "".join(word[:1].upper() + word[1:] for word in words if word)


def stated(name: RouteName) -> Statement:
    found = statement_of(ROUTES[name].handler)
    if found is None:
        raise LookupError(f"the handler of {' '.join(name)} states nothing: see gateway/okx_v5/statement.py")
    return found


def why_absent(name: RouteName) -> str:
    """Why what a route is about is not to be had; "" if it is."""
    told = stated(name).absent
    return reason(name[1]) if told == BY_PATH else told


def summary(name: RouteName) -> str:
    """One line; of a route that only says that there is nothing, what there is nothing of."""
    told = stated(name)
    if told.absent == BY_PATH or told.summary == "Refused.":
        about = " ".join(name[1].split("/")[2:]).replace("-", " ").replace("_", " ")
        return f"{about[:1].upper()}{about[1:]}: {'none' if name[0] == 'GET' else 'refused'}."
    return told.summary


def _operation(name: RouteName, settings: Settings) -> Document:
    route, told = ROUTES[name], stated(name)
    method, path = name
    operation: Document = {
        "operationId": operation_id(name),
        "tags": [path.split("/")[1]],
        "summary": summary(name),
        "description": _description(name),
        "x-permission": str(route.permission or ""),
        "x-rate-limit": _rate_limit(name, settings),
        "x-compatibility": {
            "verdict": str(told.verdict),
            **{key: why for key, why in _compared(name) if why},
        },
        "x-codes": _numbers(possible_codes(name)),
    }
    if told.in_rows or told.row_codes:
        operation["x-row-codes"] = _numbers(possible_row_codes(name))
    if told.one_of:
        operation["x-one-of"] = [list(group) for group in told.one_of]
    if told.deprecated:
        operation |= {"deprecated": True, "x-deprecated": told.deprecated}
    if route.permission is not None:
        operation["security"] = _security(name)
    parameters = [_parameter(one, "header", settings.gateway) for one in told.headers]
    if method == "GET":
        parameters += [_parameter(one, "query", settings.gateway) for one in told.parameters]
    else:
        operation["requestBody"] = _body(told, settings.gateway)
    if parameters:
        operation["parameters"] = parameters
    operation["responses"] = _responses(name, route, told)
    if told.links:
        operation["responses"]["200"]["links"] = {
            link.name: {"operationId": operation_id(link.route)}
            | ({"parameters": link.gives} if link.route[0] == "GET" else {"requestBody": link.gives})
            for link in told.links
        }
    return operation


def _security(name: RouteName) -> list[Document]:
    """Each of the ways in which a request is proved."""
    signed: list[Document] = [{header: [] for header in SIGNATURE}, {"session": [], "csrf": []}]
    if name in MAKES_KEYS:
        return [{"token": []}]
    return signed if name in NOT_BY_TOKEN else [*signed, {"token": []}]


def _description(name: RouteName) -> str:
    told = stated(name)
    parts = [why for _, why in _compared(name) if why]
    parts += [f"Of {' or '.join(f'`{one}`' for one in group)} one is required." for group in told.one_of]
    return "\n\n".join(_sentence(part) for part in parts)


def _compared(name: RouteName) -> Iterator[tuple[str, str]]:
    told = stated(name)
    yield "absent", why_absent(name)
    yield "differs", told.differs
    yield "stricter", told.stricter


def _sentence(text: str) -> str:
    first = text.partition(" ")[0]
    begun = text[:1].upper() + text[1:] if first.islower() else text  # a parameter's name stays as it is
    return begun + ("" if text.endswith(".") else ".")


def _rate_limit(name: RouteName, settings: Settings) -> Document:
    limit = ROUTE_LIMITS[name]
    if name in BY_ORDER:
        by = "orders of an account and instrument"
    else:
        by = "requests of an address" if ROUTES[name].permission is None else "requests of an account"
    return {"most": limit.most * settings.limits.scale, "windowMs": limit.window_ms, "by": by}


# -- parameters -----------------------------------------------------------------------------------------------------


def value_schema(one: Parameter, settings: GatewaySettings) -> Schema:
    """Of one value, as the JSON value that says it most plainly."""
    low, high = bound_in(one.low, settings), bound_in(one.high, settings)
    if one.is_refused:
        return {"type": "string", "maxLength": 0}
    if one.is_ignored:
        return {}
    if one.is_open:
        return {"type": "string"}
    match one.kind:
        case Kind.WORD:
            return {"type": "string", "enum": list(one.values)}
        case Kind.WORDS:
            each = "|".join(one.values)
            return {"type": "string", "pattern": f"^({each})(,({each}))*$"}
        case Kind.WHOLE:
            return {"type": "integer", "minimum": low, "maximum": high}
        case Kind.DECIMAL:
            return {"type": "string", "pattern": DECIMAL_PATTERN, "maxLength": 80}
        case Kind.FLAG:
            return {"type": "boolean"}
        case Kind.NAME:
            return {"type": "string", "pattern": f"^[A-Za-z0-9]{{{max(low, 1)},{high}}}$"}
        case Kind.PRINTED:
            return {"type": "string", "pattern": f"^[ -~]{{1,{high}}}$"}
        case Kind.ANY:
            return {}
        case Kind.TEXT:
            return {"type": "string", "minLength": 1} if one.is_required else {"type": "string"}


def _parameter(one: Parameter, place: str, settings: GatewaySettings) -> Document:
    told: Document = {"name": one.name, "in": place, "required": one.is_required}
    return told | _about(one) | {"schema": value_schema(one, settings)} | _example(one)


def _about(one: Parameter) -> Document:
    about: Document = {}
    told = "; ".join(part for part in (one.what, ", ".join(one.values) if one.is_open else "") if part)
    if told:
        about["description"] = _sentence(told)
    if one.further:
        about["x-further"] = one.further
    if one.is_ignored:
        about["x-ignored"] = True
    if one.is_refused:
        about["x-refused"] = True
    return about


def _example(one: Parameter) -> Document:
    if not one.example:
        return {}
    value: Any = one.example
    if one.kind is Kind.WHOLE:
        value = int(one.example)
    if one.kind is Kind.FLAG:
        value = one.example == "true"
    return {"example": value}


def _body(told: Statement, settings: GatewaySettings) -> Document:
    fields: Document = {}
    for one in told.parameters:
        example = _example(one)
        shown = {"examples": [example["example"]]} if example else {}
        fields[one.name] = value_schema(one, settings) | _about(one) | shown
    row: Schema = {"type": "object", "properties": fields}
    required = [one.name for one in told.parameters if one.is_required]
    if required:
        row["required"] = required
    if told.one_of:
        row["allOf"] = [{"anyOf": [{"required": [name]} for name in group]} for group in told.one_of]
    if told.rows:
        row = {"type": "array", "minItems": 1, "maxItems": bound_in(told.rows, settings), "items": row}
    content: Document = {"schema": row}
    example = {one.name: _example(one)["example"] for one in told.parameters if _example(one) and _usual(one, told)}
    content["example"] = [example] if told.rows else example
    return {"required": True, "content": {"application/json": content}}


def _usual(one: Parameter, told: Statement) -> bool:
    """Whether a request that is an example has it: what is required, and the first of each group."""
    return one.is_required or any(one.name == group[0] for group in told.one_of) or one.is_usual


# -- answers --------------------------------------------------------------------------------------------------------


def _responses(name: RouteName, route: Route, told: Statement) -> Document:
    by_status: dict[int, list[Code]] = defaultdict(list)
    for code in possible_codes(name):
        by_status[code.status].append(code)
    answers: Document = {"200": _answer(route, told, by_status.pop(200, []))}
    for status, known in sorted(by_status.items()):
        answers[str(status)] = {"$ref": f"#/components/responses/{_response_name(status, known)}"}
    return answers


def _response_name(status: int, known: Iterable[Code]) -> str:
    """Routes that may be refused alike share the words for it."""
    return "-".join([f"Status{status}", *_numbers(known)])


def _refused_responses() -> Document:
    found: Document = {}
    for name in ROUTES:
        by_status: dict[int, list[Code]] = defaultdict(list)
        for code in possible_codes(name):
            by_status[code.status].append(code)
        for status, known in by_status.items():
            if status != 200:
                found.setdefault(_response_name(status, known), _refused(known))
    return found


def _refused(known: list[Code]) -> Document:
    refusal = {"$ref": "#/components/schemas/Refusal"}
    schema = {"allOf": [refusal, {"properties": {"code": {"enum": _numbers(known)}}}]}
    return {
        "description": " ".join(dict.fromkeys(f"{code.number}: {code.text.strip().rstrip(':')}" for code in known)),
        "content": {"application/json": {"schema": schema}},
    }


def _answer(route: Route, told: Statement, refusals: Iterable[Code]) -> Document:
    numbers = {"0"} | ({"1", "2"} if told.in_rows or told.row_codes else set()) | {code.number for code in refusals}
    data: Schema = {"type": "array"}
    data |= {"items": {"$ref": f"#/components/schemas/{told.answers}"}} if told.answers else {"maxItems": 0}
    fields: Document = {"code": {"type": "string", "enum": sorted(numbers)}, "msg": {"type": "string"}, "data": data}
    required = ["code", "msg", "data"]
    if route.timed:
        microseconds = {"type": "string", "pattern": "^[0-9]+$"}
        fields |= {
            "inTime": microseconds | {"description": "when the request came in, in microseconds"},
            "outTime": microseconds | {"description": "when the answer went out, in microseconds"},
        }
    schema = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    what = SHAPES[told.answers]["description"] if told.answers else "An empty list."
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _refusal() -> Schema:
    return {
        "type": "object",
        "description": "Why not.",
        "properties": {
            "code": {"type": "string", "pattern": "^[0-9]{5}$"},
            "msg": {"type": "string", "minLength": 1, "description": "the same in words"},
            "data": {"type": "array", "maxItems": 0},
        },
        "required": ["code", "msg", "data"],
        "additionalProperties": False,
    }


def _security_schemes() -> Document:
    what = {
        "OK-ACCESS-KEY": "the API key",
        "OK-ACCESS-SIGN": "base64 of the HMAC-SHA256 of timestamp, method, path with query, and body",
        "OK-ACCESS-TIMESTAMP": "when it was signed, ISO 8601 in UTC with milliseconds",
        "OK-ACCESS-PASSPHRASE": "the passphrase that the key was made with",
    }
    schemes: Document = {
        name: {"type": "apiKey", "in": "header", "name": name, "description": what[name]} for name in SIGNATURE
    }
    schemes["session"] = {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "a web session, instead of a signature",
    }
    schemes["csrf"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "beside the session's cookie, on every POST",
    }
    schemes["token"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "an access token that a user has granted to a broker's client, on a device with TERMID",
    }
    return schemes


# -- codes ----------------------------------------------------------------------------------------------------------

_ALWAYS = (codes.TOO_LARGE, codes.TOO_FAST, codes.UNAVAILABLE, codes.INTERNAL)
_OF_A_BODY = (codes.EMPTY_BODY, codes.BAD_JSON, codes.PARAMETER)
_PRIVATE = (*dict.fromkeys(DENIALS.values()), codes.WRONG_ENVIRONMENT, codes.BAD_AUTHORIZATION)


def possible_codes(name: RouteName) -> list[Code]:
    """What may stand at the top of a refusal, in the order of numbers."""
    route, told = ROUTES[name], stated(name)
    found: set[Code] = {*_ALWAYS, *told.codes}
    if route.permission is not None:
        found |= set(_PRIVATE)
    if name[0] == "POST":
        found |= set(_OF_A_BODY)
    else:
        found.add(codes.PARAMETER)  # a query that cannot be read
    if told.rows:
        found.add(codes.TOO_MANY)
    if not told.in_rows:
        found |= set(_of_parameters(told))
    return sorted(found)


def possible_row_codes(name: RouteName) -> list[Code]:
    """What may stand in the `sCode` of a row."""
    told = stated(name)
    return sorted({*told.row_codes, *(_of_parameters(told) if told.in_rows else ())})


def _of_parameters(told: Statement) -> Iterator[Code]:
    """What follows from what is asked for."""
    for one in told.parameters:
        if one.is_required:
            yield codes.MISSING
        if one.is_refused:
            yield codes.NOT_AVAILABLE
        if not one.is_ignored:
            yield codes.PARAMETER
        if one.further == LISTED:
            yield codes.NO_INSTRUMENT
    for group in told.one_of:
        match group:
            case _ if group == ONE_INSTRUMENT:
                yield codes.MISSING
            case ("ordId", _):
                yield codes.ORDER_ID_REQUIRED
            case _:
                yield codes.EITHER


def _numbers(known: Iterable[Code]) -> list[str]:
    return sorted({code.number for code in known})


def code_object(code: Code) -> Document:
    return {"code": code.number, "status": code.status, "says": code.text.strip()}


def all_codes() -> list[Code]:
    """Every code of the door, in the order of numbers."""
    named = {one for one in vars(codes).values() if isinstance(one, Code)}
    return sorted(named | set(DENIALS.values()) | set(REFUSALS.values()))
