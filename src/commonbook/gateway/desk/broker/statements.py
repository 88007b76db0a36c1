"""A broker's statements, as they were published. Rule BL-22."""

import json
from pathlib import Path
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from sqlalchemy import Connection, Row, select

from commonbook.broker.agreed import API
from commonbook.broker.publishing import path_of
from commonbook.broker.settlement import CARRIED, PUBLISHED
from commonbook.errors import BadInput, Declined
from commonbook.exchange import STATEMENTS
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.broker.history import pieces
from commonbook.gateway.desk.broker.who import broker_of, told_hour
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.model import Asset
from commonbook.storage.tables.broker import settlements

PAGE = 100
MEDIA = "application/jsonl"
_HOUR_MOST = 2**40


class StatementTold(msgspec.Struct, frozen=True):
    """An hour that is over for good; amounts are in `asset`."""

    hour: int
    time: str
    name: str  # of the file
    state: str  # published, carried
    asset: str
    paid: str
    carried: str  # to the next hour, as it is below the minimum
    lines: int
    root: str
    payment: str  # the key of the transfer; empty: nothing was paid


class StatementsTold(msgspec.Struct, frozen=True):
    broker: str
    statements: list[StatementTold]  # newest first
    next: str  # what is older; empty: nothing is


def _mine(broker: int) -> Any:
    of_broker = (settlements.c.program == API) & (settlements.c.broker == broker) & (settlements.c.account == 0)
    return of_broker & settlements.c.state.in_((PUBLISHED, CARRIED))


def _code(row: Row[Any]) -> str:
    """As the statement was written under it."""
    return str(json.loads(row.header)["broker"])


def hour_number(text: str) -> int:
    """
    Raises:
        BadInput: it is no number of an hour.
    """
    if text.isascii() and text.isdigit() and len(text) < 13 and int(text) < _HOUR_MOST:
        return int(text)
    raise BadInput(f"{text[:20]!r} is no hour: give hours since 1970, as `statements` tells them")


@get("/statements", needs=Needs.USER)
async def all_statements(asked: Asking, before: FromQuery[str] = "") -> StatementsTold:
    """This broker's published statements, newest first; 100 a page, `before` the `next` of the page before."""
    desk = asked.desk
    upto = hour_number(before) if before else _HOUR_MOST

    def find(connection: Connection) -> StatementsTold:
        broker = broker_of(connection, asked)
        chosen = select(settlements).where(_mine(broker), settlements.c.hour < upto)
        rows = connection.execute(chosen.order_by(settlements.c.hour.desc()).limit(PAGE + 1)).all()
        told = [_told(desk.venue.assets[row.asset], row) for row in rows[:PAGE]]
        return StatementsTold(str(broker), told, str(rows[PAGE - 1].hour) if len(rows) > PAGE else "")

    return await desk.read(find)


def _told(asset: Asset, row: Row[Any]) -> StatementTold:
    return StatementTold(
        hour=row.hour,
        time=told_hour(row.hour),
        name=path_of(Path(), _code(row), row.hour).name,
        state=row.state,
        asset=asset.name,
        paid=asset.format(row.amount),
        carried=asset.format(row.carried),
        lines=row.lines,
        root=row.root,
        payment=row.key if row.amount else "",
    )


@get("/statements/{hour:str}", needs=Needs.USER)
async def one_statement(asked: Asking, hour: FromPath[str]) -> Stream:
    """One of them, the file as it was published: `commonbook verify-statement` checks it without anybody's help."""
    desk, number = asked.desk, hour_number(hour)

    def find(connection: Connection) -> str:
        broker = broker_of(connection, asked)
        row = connection.execute(select(settlements).where(_mine(broker), settlements.c.hour == number)).first()
        if row is None:
            raise Declined("no_such_statement", f"no statement of hour {number} is published for you")
        return _code(row)

    path = path_of(desk.data_dir / STATEMENTS, await desk.read(find), number)
    if not path.exists():
        raise Declined("unavailable", f"the statement {path.name} was published and is not here: tell the host")
    headers = {"content-disposition": f'attachment; filename="{path.name}"', "cache-control": "no-store"}
    return Stream(pieces(path.open("rb")), media_type=MEDIA, headers=headers)


ROUTES = [all_statements, one_statement]
