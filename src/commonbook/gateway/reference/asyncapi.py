"""The WebSocket side as an AsyncAPI 3.0 document, from the table of channels and the codes."""

from typing import Any

from commonbook.gateway.okx_v5.budget import OPERATIONS
from commonbook.gateway.okx_v5.lane import REQUEST_CHARACTERS
from commonbook.gateway.okx_v5.shapes import SHAPES
from commonbook.gateway.okx_v5.statement import Schema, bound_in
from commonbook.gateway.okx_v5.ws import codes
from commonbook.gateway.okx_v5.ws.channels import CANDLES, CHANNELS, EXCLUSIVE, Channel
from commonbook.gateway.okx_v5.ws.connection import BATCHES, SINGLE, Url
from commonbook.gateway.okx_v5.ws.frames import StreamCode
from commonbook.gateway.reference.openapi import stated, value_schema
from commonbook.marketdata.bars import BARS
from commonbook.settings import Settings

Document = dict[str, Any]
PATH = "/ws/v5"
_INTRODUCTION = """
Requests and pushes are JSON texts. The text `ping`, which is no JSON, is answered `pong`. Each arg of a subscription is
acknowledged on its own before anything is pushed; a refusal is an `error` event with its code, and the connection goes
on. Private channels and orders need a `login` first.
""".strip()
_TEXT: Schema = {"type": "string"}
URL_NAMES = {Url.PUBLIC: "Market data.", Url.PRIVATE: "The account's own, and orders.", Url.BUSINESS: "Bars and more."}
CLOSES = {
    codes.TOO_LARGE: "a message was longer than it may be",
    codes.LOGIN_REFUSED: "the login was refused; the error event before it says why",
    codes.IDLE: "nothing went over the connection for too long",
    codes.SLOW: "too much was left unread",
    codes.TOO_OFTEN[0]: "too many new connections in a second from this address",
    codes.KEY_CHANGED: "the API key was changed or revoked, or the session has ended",
    codes.STOPPING: "the exchange stops; connect again",
    codes.BROKEN: "a channel broke; connect again",
    codes.NOT_NOW: "the service is not available; try again later",
}


def asyncapi(settings: Settings, title: str, version: str) -> Document:
    """The document; arguments as of `openapi`."""
    channels = {url.value: _address(url, settings) for url in Url}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{title} WebSocket API", "version": version, "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "{host}",
                "protocol": "ws",
                "variables": {"host": {"default": "localhost", "description": "The host and the port of REST."}},
            }
        },
        "channels": channels,
        "operations": _operations(),
        "components": {
            "schemas": SHAPES | {"Arg": _any_arg()},
            "messages": _shared_messages(settings),
        },
        "x-channels": {name: channel_facts(name, channel, settings) for name, channel in all_channels().items()},
        "x-codes": [{"code": one.number, "says": one.text.strip()} for one in all_codes()],
        "x-close-codes": [{"code": number, "says": why} for number, why in sorted(CLOSES.items())],
    }


# Operations over a connection, and the routes that are the same over REST.
OPS = OPERATIONS | {"mass-cancel": ("POST", "/trade/mass-cancel")}


def _ops_at(url: Url) -> list[str]:
    return {Url.PRIVATE: list(OPS), Url.BUSINESS: ["mass-cancel"]}.get(url, [])


def all_channels() -> dict[str, Channel]:
    """By name; every length of candles is one."""
    return CHANNELS | {f"{name}{bar}": channel for name, channel in CANDLES.items() for bar in BARS}


def channel_facts(name: str, channel: Channel, settings: Settings) -> Document:
    facts: Document = {
        "url": channel.url.value,
        "says": channel.says,
        "private": channel.private or channel.of_broker,
        "arg": arg_schema(name, channel),
        "pushes": channel.shape,
    }
    if channel.needs_level:
        facts["fromLevel"] = settings.streams.deep_books_from_level
    if channel.of_broker:
        facts["forBrokers"] = True
    if name in EXCLUSIVE:
        facts["onlyOneOf"] = list(EXCLUSIVE)
    return facts


def arg_schema(name: str, channel: Channel) -> Schema:
    """What an arg of a subscription says."""
    fields: Document = {"channel": {"const": name}} | dict.fromkeys(channel.arg_names, _TEXT)
    required = ["channel", *(one for one in channel.arg_names if one in channel.required)]
    return {"type": "object", "properties": fields, "required": required}


def push_schema(name: str, channel: Channel) -> Schema:
    """What a channel tells: its arg as everybody has it, and rows."""
    named: Document = {"channel": {"const": name}} | {one: _TEXT for one in channel.arg_names if one != "instIdCode"}
    if channel.private:
        named["uid"] = _TEXT | {"description": "the account"}
    if channel.of_broker:
        named["broker"] = _TEXT | {"description": "whose news they are"}
    rows: Document = {"type": "array"}
    rows |= {"items": {"$ref": f"#/components/schemas/{channel.shape}"}} if channel.shape else {"maxItems": 0}
    fields: Document = {
        "arg": {"type": "object", "properties": named, "required": ["channel"], "additionalProperties": False},
        "data": rows,
    }
    if channel.has_action:
        fields["action"] = {"enum": ["snapshot", "update"]}
    return {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False}


# -- the parts of the document --------------------------------------------------------------------------------------


def _address(url: Url, settings: Settings) -> Document:
    pushes = {
        f"push-{name}": {
            "name": f"push-{name}",
            "summary": channel.says,
            "payload": push_schema(name, channel),
        }
        for name, channel in all_channels().items()
        if channel.url is url and channel.shape
    }
    shared = ("login", "subscribe", "unsubscribe", "ping", "event", "error", "pong")
    orders = (*(f"request-{op}" for op in _ops_at(url)), *(("orderAnswer",) if _ops_at(url) else ()))
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in (*shared, *orders)}
    return {"address": f"{PATH}/{url.value}", "description": URL_NAMES[url], "messages": messages | pushes}


def _operations() -> Document:
    """What the server takes (receive) and what it tells (send), for each address."""
    found: Document = {}
    taken = ("login", "subscribe", "unsubscribe", "ping")
    told = ("event", "error", "pong")
    for url in Url:
        base = {"channel": {"$ref": f"#/channels/{url.value}"}}

        def messages(names: list[str], url: Url = url) -> list[Document]:
            return [{"$ref": f"#/channels/{url.value}/messages/{name}"} for name in names]

        pushes = [f"push-{name}" for name, channel in all_channels().items() if channel.url is url and channel.shape]
        requests = [f"request-{op}" for op in _ops_at(url)]
        answers = ["orderAnswer"] if requests else []
        found[f"{url.value}-take"] = base | {"action": "receive", "messages": messages([*taken, *requests])}
        found[f"{url.value}-tell"] = base | {"action": "send", "messages": messages([*told, *answers, *pushes])}
    return found


def _shared_messages(settings: Settings) -> Document:
    identity = {"type": "string", "pattern": f"^[A-Za-z0-9]{{1,{REQUEST_CHARACTERS}}}$"}
    connection = {"connId": {"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "the connection"}}
    args = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Arg"}}

    def message(name: str, summary: str, fields: Document, required: list[str]) -> Document:
        payload = {"type": "object", "properties": fields, "required": required}
        return {"name": name, "summary": summary, "payload": payload}

    def asked(op: str) -> Document:
        return {"op": {"const": op}, "args": args, "id": identity}

    found = {
        "login": message(
            "login",
            "By an API key (`apiKey`, `passphrase`, `timestamp`, `sign`), or by a `ticket` of a web session.",
            {"op": {"const": "login"}, "args": {"type": "array", "minItems": 1, "items": _login_arg()}},
            ["op", "args"],
        ),
        "subscribe": message("subscribe", "Listen to channels.", asked("subscribe"), ["op", "args"]),
        "unsubscribe": message("unsubscribe", "Listen no more.", asked("unsubscribe"), ["op", "args"]),
        "ping": _plain("ping", "The text `ping`, no JSON."),
        "pong": _plain("pong", "The answer to it."),
        "event": message(
            "event",
            "An acknowledgement.",
            {
                "event": {"enum": ["login", "subscribe", "unsubscribe", "channel-conn-count"]},
                "arg": {"type": "object", "description": "as it was sent"},
                "code": {"const": "0"},
                "msg": {"const": ""},
                "channel": _TEXT,
                "connCount": {"type": "string", "pattern": "^[0-9]+$", "description": "connections on the channel"},
                "id": identity,
            }
            | connection,
            ["event", "connId"],
        ),
        "error": message(
            "error",
            "A refusal.",
            {
                "event": {"const": "error"},
                "code": {"enum": sorted({one.number for one in all_codes()})},
                "msg": _TEXT,
                "id": identity,
            }
            | connection,
            ["event", "code", "msg", "connId"],
        ),
        "orderAnswer": _order_answer(identity),
    }
    return found | {f"request-{op}": _order_request(op, identity, settings) for op in OPS}


def _plain(name: str, summary: str) -> Document:
    return {"name": name, "summary": summary, "contentType": "text/plain", "payload": {"const": name}}


def _any_arg() -> Schema:
    names = sorted({one for channel in all_channels().values() for one in channel.arg_names})
    return {
        "type": "object",
        "properties": {"channel": {"enum": list(all_channels())}} | dict.fromkeys(names, _TEXT),
        "required": ["channel"],
    }


def _login_arg() -> Schema:
    key = ("apiKey", "passphrase", "timestamp", "sign")
    parts: Schema = {"type": "boolean", "description": "cancel the orders of this key when the connection ends"}
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": dict.fromkeys(key, _TEXT) | {"cancelOnDisconnect": parts},
                "required": list(key),
            },
            {"type": "object", "properties": {"ticket": _TEXT}, "required": ["ticket"]},
        ]
    }


def _order_request(op: str, identity: Schema, settings: Settings) -> Document:
    told = stated(OPS[op])
    row: Document = {
        "type": "object",
        "properties": {one.name: value_schema(one, settings.gateway) for one in told.parameters},
    }
    if required := [one.name for one in told.parameters if one.is_required]:
        row["required"] = required
    if told.one_of:
        row["allOf"] = [{"anyOf": [{"required": [name]} for name in group]} for group in told.one_of]
    most = bound_in(told.rows, settings.gateway) if op in BATCHES else 1
    fields = {
        "id": identity,
        "op": {"const": op},
        "args": {"type": "array", "minItems": 1, "maxItems": most, "items": row},
        "expTime": {"type": ["string", "integer"], "description": "of all of it, in milliseconds"},
    }
    payload = {"type": "object", "properties": fields, "required": ["id", "op", "args"]}
    return {"name": f"request-{op}", "summary": told.summary, "payload": payload}


def _order_answer(identity: Schema) -> Document:
    shapes = sorted({stated(OPS[op]).answers for op in (*SINGLE, *BATCHES)} - {""})
    microseconds = {"type": "string", "pattern": "^[0-9]+$"}
    fields = {
        "id": identity,
        "op": {"enum": list(OPS)},
        "code": _TEXT,
        "msg": _TEXT,
        "data": {"type": "array", "items": {"anyOf": [{"$ref": f"#/components/schemas/{one}"} for one in shapes]}},
        "inTime": microseconds,
        "outTime": microseconds,
    }
    payload = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {"name": "orderAnswer", "summary": "What became of an operation on orders.", "payload": payload}


def all_codes() -> list[StreamCode]:
    """Every code of an error event, in the order of numbers."""
    named = {one for one in vars(codes).values() if isinstance(one, StreamCode)}
    return sorted(named | set(codes.DENIALS.values()))
