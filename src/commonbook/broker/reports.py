"""What a broker was paid for, order by order and day by day, read from its own published statements. BK-8 and BK-9.

Nothing is decided here: every figure is summed from lines that the broker can check without us (B-23), so a report
tells what was paid, and what is not settled yet is not in it. Statements are read one after the other, a line at a
time, and only what is summed of them: an hour may have millions of lines, and a report thousands of hours.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from commonbook.broker.publishing import path_of
from commonbook.broker.rules import commission, converted
from commonbook.broker.settlement import CARRIED, PUBLISHED
from commonbook.errors import OutsideFailure
from commonbook.storage.tables.broker import settlements
from commonbook.units import HOUR_NS, RateE8

STATEMENTS = "statements"  # the folder of them in a data folder
HOURS_OF_DAY = 24
DAY_NS = HOURS_OF_DAY * HOUR_NS
USER = "user"  # whoever traded, among those whom something was given
REMEMBERED = 5_000  # statements whose sums by account are kept in memory; they never change
Wanted = Callable[[int, int], bool]  # account, engine time of the fill


def everybody(account: int, time_ns: int) -> bool:
    return True


class Header(msgspec.Struct, frozen=True):
    """What is needed of a statement's first line."""

    broker: str
    commission_decimals: str
    payout_asset: str
    payout_scale: str


class Yours(msgspec.Struct, frozen=True):
    paid: str
    given: list[tuple[str, str]] = []  # of a root: the codes below and "user", each with its points of the base


class Line(msgspec.Struct, frozen=True):
    """What is needed of a fill side's line."""

    account: str
    affiliated: bool
    base: str
    excluded_by: list[str]
    index_price_e8: str
    instrument: str
    level: str
    maker_fee: str
    notional: str
    order: str
    quote_asset: str
    quote_scale: str
    role: str
    taker_fee: str
    time_ns: str
    your: Yours


class PaidLine(msgspec.Struct, frozen=True):
    """What is needed of a line where only the payment counts."""

    account: str
    time_ns: str
    your: Yours


class TakenBack(msgspec.Struct, frozen=True):
    """What is needed of a line that takes another back, or corrects (CO-2)."""

    time_ns: str
    of: dict[str, str]
    your: Yours
    original: Line | None = None  # of a bust


_REVERSAL = b'{"approved_by":'  # so such a line begins, and none of a fill does
_TAKEN_BACK = msgspec.json.Decoder(TakenBack)
_HEADER = msgspec.json.Decoder(Header)
_LINE = msgspec.json.Decoder(Line)
_PAID_LINE = msgspec.json.Decoder(PaidLine)


@dataclass
class OrderRow:
    """One order's part of what was paid in an hour; amounts in units of the payout asset."""

    code: str  # whose statement it is
    level: int
    instrument: str
    order: int
    scale: int  # of the payout asset
    volume: int = 0
    fee: int = 0  # above zero: charged
    net_fee: int = 0  # without what other claims, vouchers and a maker's rebate take of it
    settlement_fee: int = 0  # of it what no exclusion keeps from earning
    broker_part: int = 0
    sub_part: int = 0
    user_part: int = 0
    affiliated: bool = False
    time_ns: int = 0  # of the last fill


def statements_between(
    connection: Connection, folder: Path, broker: int, first_hour: int, last_hour: int
) -> list[Path]:
    """A broker's published statements of some hours, both ends included, in order.

    Raises:
        OutsideFailure: one that was published is not there.
    """
    within = settlements.c.hour.between(first_hour, last_hour) & (settlements.c.broker == broker)
    chosen = select(settlements.c.hour, settlements.c.header).where(
        within, settlements.c.account == 0, settlements.c.state.in_((PUBLISHED, CARRIED))
    )
    found = []
    for row in connection.execute(chosen.order_by(settlements.c.hour)):
        path = path_of(folder, json.loads(row.header)["broker"], row.hour)
        if not path.exists():
            raise OutsideFailure(f"the statement {path.name} was published and is not in {folder}: bring it back")
        found.append(path)
    return found


def newest_statement(connection: Connection, folder: Path, broker: int) -> Path | None:
    """The newest that is published."""
    mine = (settlements.c.broker == broker) & (settlements.c.account == 0)
    mine &= settlements.c.state.in_((PUBLISHED, CARRIED))
    hour = connection.execute(
        select(settlements.c.hour).where(mine).order_by(settlements.c.hour.desc()).limit(1)
    ).scalar()
    return None if hour is None else statements_between(connection, folder, broker, hour, hour)[0]


def orders_of(paths: Iterable[Path], wanted: Wanted = everybody) -> Iterator[OrderRow]:
    """The orders of each statement, in the order of their first fills there; an hour at a time is in memory."""
    for path in paths:
        yield from _orders_of_hour(path, wanted)


def _orders_of_hour(path: Path, wanted: Wanted) -> Iterable[OrderRow]:
    found: dict[tuple[str, str], OrderRow] = {}
    with path.open("rb") as file:
        header = _HEADER.decode(next(file))
        scale = int(header.payout_scale)
        for line, time_ns, sign in _counted(_without_footer(file)):
            if not wanted(int(line.account), time_ns):
                continue
            name = (line.account, line.order)
            if name not in found:
                found[name] = OrderRow(header.broker, int(line.level), line.instrument, int(line.order), scale)
            _add(found[name], line, header, sign)
            found[name].time_ns = max(found[name].time_ns, time_ns)
    return found.values()


def _counted(lines: Iterable[bytes]) -> Iterator[tuple[Line, int, int]]:
    """(line, engine time, 1 or, of what a bust takes back, -1); what a correction is about is no order (CO-13)."""
    for text in lines:
        if not text.startswith(_REVERSAL):
            line = _LINE.decode(text)
            yield line, int(line.time_ns), 1
            continue
        back = _TAKEN_BACK.decode(text)
        if back.original is not None:
            yield back.original, int(back.time_ns), -1


def _without_footer(lines: Iterator[bytes]) -> Iterator[bytes]:
    """All but the last."""
    held = next(lines, None)
    for line in lines:
        if held is not None:
            yield held
        held = line


def _add(row: OrderRow, line: Line, header: Header, sign: int) -> None:
    convert = _converter(line, header)

    def in_payout(amount: int) -> int:
        return sign * convert(amount)

    base, counted = int(line.base), 0 if line.excluded_by else int(line.base)
    row.volume += in_payout(int(line.notional))
    row.fee += in_payout(int(line.taker_fee if line.role == "taker" else line.maker_fee))
    row.net_fee += in_payout(base)
    row.settlement_fee += in_payout(counted)
    row.broker_part += sign * int(line.your.paid)
    for who, points in line.your.given:
        part = commission(counted, RateE8(int(points)), int(line.quote_scale), int(header.commission_decimals))
        if who == USER:
            row.user_part += in_payout(part)
        else:
            row.sub_part += in_payout(part)
    row.affiliated |= line.affiliated


def _converter(line: Line, header: Header) -> Callable[[int], int]:
    """Amounts of a line in the payout asset, rounded towards zero (B-6)."""
    if line.quote_asset == header.payout_asset:
        return lambda amount: amount
    price, scale, to = int(line.index_price_e8), int(line.quote_scale), int(header.payout_scale)

    def convert(amount: int) -> int:
        size = converted(abs(amount), price, scale, to)
        return size if amount >= 0 else -size

    return convert


def paid_by_day(paths: Iterable[Path], accounts: frozenset[int]) -> dict[tuple[int, int], int]:
    """What was paid on some accounts' orders by day of engine time: (day since 1970, account) to payout units."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for path in paths:
        for (day, account), paid in _paid_in(path).items():
            if account in accounts:
                found[day, account] += paid
    return dict(found)


@lru_cache(maxsize=REMEMBERED)
def _paid_in(path: Path) -> dict[tuple[int, int], int]:
    """By day and account. A published statement never changes."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    with path.open("rb") as file:
        next(file)
        for text in _without_footer(file):
            if text.startswith(_REVERSAL):
                back = _TAKEN_BACK.decode(text)
                account = back.original.account if back.original is not None else back.of.get("client", "0")
                found[int(back.time_ns) // DAY_NS, int(account)] += int(back.your.paid)
                continue
            line = _PAID_LINE.decode(text)
            found[int(line.time_ns) // DAY_NS, int(line.account)] += int(line.your.paid)
    return dict(found)


def client_points(newest: Path | None) -> int:
    """What a broker gives back to its clients, points of the base, by its newest statement; the same for all (B-8)."""
    if newest is None:
        return 0
    with newest.open("rb") as file:
        next(file)
        first = next((line for line, _, _ in _counted(_without_footer(file))), None)
    given = [] if first is None else first.your.given
    return next((int(points) for who, points in given if who == USER), 0)
