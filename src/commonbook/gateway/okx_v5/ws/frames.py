"""What is written to a client, as bytes: acks, errors, answers and pushes."""

from typing import Any, NamedTuple

import msgspec

from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.lane import Carried

PONG = b"pong"
_encode = msgspec.json.Encoder().encode


class StreamCode(NamedTuple):
    number: str
    text: str


class StreamRefused(Exception):
    """A request that is answered with an error event."""

    def __init__(self, code: StreamCode, detail: str = "") -> None:
        super().__init__(code.number)
        self.code = code
        self.text = f"{code.text}{detail}"


def event(name: str, connection: str, request: str, **fields: Any) -> bytes:
    """`{"id"?, "event", ..., "connId"}`."""
    named = {"id": request} if request else {}
    return _encode(named | {"event": name} | fields | {"connId": connection})


def error(refused: StreamRefused, connection: str, request: str = "") -> bytes:
    return event("error", connection, request, code=refused.code.number, msg=refused.text)


def push(arg: Body, data: list[Any], action: str = "") -> bytes:
    """What a channel tells. Encoded once for all who listen."""
    return _encode({"arg": arg} | ({"action": action} if action else {}) | {"data": data})


def answer(request: str, op: str, code: str, message: str, data: list[Body], came_us: int, went_us: int) -> bytes:
    """Of an order operation; no `event` and no `arg`, as clients tell answers from pushes by that."""
    body = {"id": request, "op": op, "code": code, "msg": message, "data": data}
    return _encode(body | {"inTime": str(came_us), "outTime": str(went_us)})


def carried(request: str, op: str, done: Carried, came_us: int, went_us: int) -> bytes:
    """The same of rows that are written already; the request's id is letters and digits."""
    head = b'{"id":"%b","op":"%b","code":"%b","msg":"","data":' % (request.encode(), op.encode(), done.code)
    return head + done.rows + b',"inTime":"%d","outTime":"%d"}' % (came_us, went_us)
