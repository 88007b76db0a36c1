"""The signed hours of the broker program, for anybody. Rule BP-2."""

import json
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from commonbook.broker.signing import signed_hour_text, signed_hours_of
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs

PAGE = 100  # hours in one answer
PROGRAM = "api"
_NUMBER_MOST = 2**62  # of an hour, and of a signed hour's number: what the tables can hold


class HourTold(msgspec.Struct, frozen=True):
    """A signed hour without the roots of its statements."""

    number: str
    hour: str  # hours since 1970
    root: str
    statements: str
    previous: str  # link of the signed hour before
    link: str  # what the next one names
    key: str  # the public part of the key that has signed it, in hexadecimal


class HoursTold(msgspec.Struct, frozen=True):
    program: str
    key: str  # of the newest; empty while nothing is signed
    hours: list[HourTold]  # the newest first


class SignedHourTold(msgspec.Struct, frozen=True):
    """The hour's file as it is; its canonical form is what is signed and chained."""

    roots: list[str]
    signature: str
    signed: dict[str, str]


@get("/signed-hours", needs=Needs.NOBODY)
async def public_signed_hours(
    asked: Asking, program: FromQuery[str] = PROGRAM, before: FromQuery[str] = ""
) -> HoursTold:
    """Up to 100 signed hours, newest first; those with a smaller number than `before`, where it is given."""
    number = _whole("before", before) if before else None
    found = await asked.desk.read(lambda connection: signed_hours_of(connection, program[:8], number, PAGE))
    hours = [
        HourTold(str(one.number), str(one.hour), one.root, str(len(one.roots)), one.previous, one.link, one.key)
        for one in found
    ]
    return HoursTold(program[:8], hours[0].key if hours else "", hours)


@get("/signed-hours/{hour:str}", needs=Needs.NOBODY)
async def public_signed_hour(asked: Asking, hour: FromPath[str], program: FromQuery[str] = PROGRAM) -> SignedHourTold:
    """One signed hour, by its hours since 1970: what is signed, the signature, and the roots of its statements."""

    def query(connection: Any) -> SignedHourTold:
        text = signed_hour_text(connection, program[:8], _whole("hour", hour))
        if text is None:
            raise Declined("no_such_hour", f"no hour {hour[:20]} of {program[:8]} is signed")
        return msgspec.convert(json.loads(text), SignedHourTold)

    return await asked.desk.read(query)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < _NUMBER_MOST):
        raise BadInput(f"{name} {text[:20]!r} is no whole number of hours or hour's number")
    return int(text)


ROUTES = [public_signed_hours, public_signed_hour]
