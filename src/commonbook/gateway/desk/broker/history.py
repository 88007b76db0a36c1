"""A broker's lines: pages, sums, a file of them, and why each earned what it did. Rules BL-1 to BL-6."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from sqlalchemy import Connection

from commonbook.broker import history
from commonbook.broker.exporting import HOURS_A_DAY, ClientNames, write_lines
from commonbook.broker.history import By, Place, Span, Wanted
from commonbook.broker.standing import explain
from commonbook.broker.telling import told_to
from commonbook.broker.why import Party
from commonbook.clearing.terms import load as clearing_terms
from commonbook.errors import BadInput, Declined
from commonbook.exchange import STATEMENTS
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.broker.who import broker_of, hour_now, program
from commonbook.gateway.desk.needs import Needs
from commonbook.table_file import Format
from commonbook.units import RateE8

PAGE_MOST = 1_000
PIECE = 1 << 20  # bytes of a file that are sent at once
MEDIA = {Format.CSV: "text/csv", Format.JSON: "application/json", Format.PARQUET: "application/vnd.apache.parquet"}
_WRITING: set[int] = set()  # brokers whose file this process writes just now


class LinesTold(msgspec.Struct, frozen=True):
    """Lines as the JSON export has them. `next` asks for what is behind them; empty: nothing is."""

    broker: str
    code: str
    lines: list[dict[str, Any]]
    next: str


class SumTold(msgspec.Struct, frozen=True):
    """Amounts are in `fee_asset`, `paid` in `payout_asset`."""

    key: str  # an order, an account, an instrument, or when the hour or day began
    client: str  # with an account: what the live channel calls it (BL-12); else empty
    fee_asset: str
    lines: int
    earning: int
    notional: str
    base: str
    commission: str
    payout_asset: str
    paid: str
    states: dict[str, int]


class SumsTold(msgspec.Struct, frozen=True):
    broker: str
    by: By
    sums: list[SumTold]
    next: str


# -- what is asked for -------------------------------------------------------------------------------------------------


def span_of(desk: Desk, first: str, last: str, days_most: int) -> Span:
    """
    Args:
        first, last: dates, or times of which the hour is meant, both included; empty: of the last day and the hour now.

    Raises:
        BadInput: they are none, or too far apart.
    """
    until = hour_now(desk) if not last else hour_read(last, is_last=True)
    since = max(until - HOURS_A_DAY + 1, 0) if not first else hour_read(first)
    span = Span(since, until + 1)
    span.must_be_within(days_most)
    return span


def hour_read(text: str, is_last: bool = False) -> int:
    """2026-03-01 is the day's first hour, or its last; 2026-03-01T05:00:00Z the hour that the moment is in.

    Raises:
        BadInput: it is neither, or before 1970.
    """
    try:
        if len(text) == len("2026-03-01"):
            days = (date.fromisoformat(text) - date(1970, 1, 1)).days
            hour = days * HOURS_A_DAY + (HOURS_A_DAY - 1 if is_last else 0)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            hour = int(moment.timestamp()) // 3_600
    except (ValueError, OverflowError):
        raise BadInput(f"{text[:40]!r} is no time: write 2026-03-01 or 2026-03-01T05:00:00Z, in UTC") from None
    if hour < 0:
        raise BadInput(f"{text[:40]!r} is before 1970")
    return hour


def wanted_of(desk: Desk, order: str, account: str, instrument: str) -> Wanted:
    """
    Raises:
        BadInput: a number is none.
        Declined: `no_such_instrument`.
    """
    number = 0
    if instrument:
        found = [one.id for one in desk.venue.instruments.values() if one.name == instrument]
        if not found:
            raise Declined("no_such_instrument", f"there is no instrument {instrument[:40]}")
        number = found[0]
    return Wanted(_number(order, "order"), _number(account, "account"), number)


def _number(text: str, what: str) -> int:
    if not text:
        return 0
    if text.isascii() and text.isdigit() and len(text) < 19 and int(text):
        return int(text)
    raise BadInput(f"{what} {text[:40]!r} is no number of one")


def client_names(desk: Desk, broker: int) -> ClientNames:
    """What a broker is told of its clients' accounts."""
    return partial(desk.seal.client_name, broker)


def limit_of(limit: int) -> int:
    if 0 < limit <= PAGE_MOST:
        return limit
    raise BadInput(f"a page of {limit}; it has 1 to {PAGE_MOST}")


# -- routes ------------------------------------------------------------------------------------------------------------


@get("/history/fills", needs=Needs.USER)
async def fills(
    asked: Asking,
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    order: FromQuery[str] = "",
    account: FromQuery[str] = "",
    instrument: FromQuery[str] = "",
    after: FromQuery[str] = "",
    limit: FromQuery[int] = 100,
) -> LinesTold:
    """This broker's lines of the hours from `first` to `last`, oldest first; `after` is the `next` of the page before.

    A page may have fewer lines than `limit`, or none, and another one behind it: go on while `next` is not empty."""
    desk = asked.desk
    span = span_of(desk, first, last, desk.settings.broker.export_days)
    wanted, most = wanted_of(desk, order, account, instrument), limit_of(limit)
    place = Place.read(after) if after else None

    def find(connection: Connection) -> LinesTold:
        broker = broker_of(connection, asked)
        made = program(connection, desk)
        found = history.page(
            connection, made, desk.venue, broker, client_names(desk, broker), span, wanted, place, most
        )
        return LinesTold(str(broker), _code(desk, broker), found.lines, found.next)

    return await desk.read(find)


@get("/history/sums/{by:str}", needs=Needs.USER)
async def sums(
    asked: Asking,
    by: FromPath[str],
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    order: FromQuery[str] = "",
    account: FromQuery[str] = "",
    instrument: FromQuery[str] = "",
    after: FromQuery[str] = "",
    limit: FromQuery[int] = 100,
) -> SumsTold:
    """The same lines summed by `order`, `client`, `instrument`, `hour` or `day`, in the order of these; what was
    charged in different assets is summed apart."""
    desk = asked.desk
    if by not in list(By):
        raise BadInput(f"lines are not summed by {by[:16]!r}; it is one of {', '.join(By)}")
    span = span_of(desk, first, last, desk.settings.broker.sums_days)
    wanted, most, kind = wanted_of(desk, order, account, instrument), limit_of(limit), By(by)

    def find(connection: Connection) -> SumsTold:
        broker = broker_of(connection, asked)
        made = program(connection, desk)
        found = history.sums(
            connection, made, desk.venue, broker, client_names(desk, broker), span, wanted, kind, after, most
        )
        told = [SumTold(**{name: getattr(one, name) for name in SumTold.__struct_fields__}) for one in found.sums]
        return SumsTold(str(broker), kind, told, found.next)

    return await desk.read(find)


@get("/history/fills/{fill:str}/why", needs=Needs.USER)
async def why(asked: Asking, fill: FromPath[str], role: FromQuery[str] = "") -> list[dict[str, Any]]:
    """Rules, predicates, rate, amounts and rounding of a fill's sides in which this broker has a part, and where each
    part stands."""
    desk = asked.desk

    def find(connection: Connection) -> list[dict[str, Any]]:
        broker = broker_of(connection, asked)
        made = program(connection, desk)
        terms = clearing_terms(connection, RateE8(desk.settings.clearing.host_share_e8))
        found = explain(connection, made, desk.venue, terms, desk.data_dir / STATEMENTS, fill, role)
        return told_to(found, broker, Party.BROKER, Party.SUB_BROKER)

    return await desk.read(find)


@get("/history/export/{form:str}", needs=Needs.USER)
async def export(asked: Asking, form: FromPath[str], first: FromQuery[str], last: FromQuery[str]) -> Stream:
    """All lines of the hours from `first` to `last` as one file: `csv`, `json` or `parquet`; one at a time."""
    desk = asked.desk
    if form not in list(Format):
        raise BadInput(f"there is no format {form[:16]!r}; it is one of {', '.join(Format)}")
    span = span_of(desk, first, last, desk.settings.broker.export_days)
    broker = await desk.read(lambda connection: broker_of(connection, asked))
    if broker in _WRITING:
        raise Declined("export_running", "a file is being written for you already: ask again when it is there")
    _WRITING.add(broker)
    try:
        file = await asyncio.to_thread(_written, asked, broker, span, Format(form))
    finally:
        _WRITING.discard(broker)
    name = f"{_code(desk, broker)}-{span.first}-{span.behind - 1}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(pieces(file), media_type=MEDIA[Format(form)], headers=headers)


def _written(asked: Asked, broker: int, span: Span, form: Format) -> BinaryIO:
    """Open, and in no folder any more: nothing is left of it once it is closed."""
    desk = asked.desk
    days = desk.settings.broker.export_days
    with tempfile.TemporaryDirectory(prefix="broker-lines-") as folder:
        path = Path(folder) / f"lines.{form}"
        with desk.database.connect() as connection:
            made = program(connection, desk)
            names = client_names(desk, broker)
            write_lines(connection, made, desk.venue, broker, names, span.first, span.behind, days, path, form)
        return path.open("rb")


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Of a file, which is closed behind the last."""
    with file:
        while piece := file.read(PIECE):
            yield piece


def _code(desk: Desk, broker: int) -> str:
    known = desk.venue.codes.get(broker)
    return "" if known is None else known.code


ROUTES = [fills, sums, why, export]
