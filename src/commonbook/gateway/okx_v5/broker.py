"""What a broker asks about its clients and what it was paid for: fd, and the files of fd, nd and dma. BK-7 to BK-9.

A broker is whoever owns the account that its code pays to. Everybody else is told 50030, whatever they ask.
"""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from commonbook.broker import conditions, consents, report_files
from commonbook.broker.agreed import API
from commonbook.broker.consenting import How, judged
from commonbook.broker.report_files import Report
from commonbook.broker.reports import (
    DAY_NS,
    HOURS_OF_DAY,
    STATEMENTS,
    OrderRow,
    Wanted,
    client_points,
    everybody,
    newest_statement,
    orders_of,
    paid_by_day,
    statements_between,
)
from commonbook.brokerage import registry
from commonbook.counter.queries import fills_between
from commonbook.gateway.okx_v5.account import level_name
from commonbook.gateway.okx_v5.codec import NS_PER_MS, Body, milliseconds, object_of, required, text, whole
from commonbook.gateway.okx_v5.codes import (
    BROKERS_ONLY,
    HELD_BY_BROKER,
    MASTER_ONLY,
    MISSING,
    NO_SUCH_KEY,
    ONE_BROKER_TYPE,
    PARAMETER,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import choice, needed, number, plain, states
from commonbook.gateway.okx_v5.transfer import demand_master, demand_own_hands
from commonbook.identity import subaccounts
from commonbook.identity.subaccounts import SubAccount
from commonbook.instrument.accounts import master_of
from commonbook.instrument.model import BrokerCode
from commonbook.records import Side
from commonbook.units import HOUR_NS, format_units

log = structlog.get_logger()

Table = tuple[tuple[str, ...], Iterable[tuple[str, ...]]]
FD, ND, DMA = "fd", "nd", "dma"
LINK_LIVES_NS = {FD: 2 * HOUR_NS, ND: 2 * HOUR_NS, DMA: 9 * HOUR_NS}
FILES = "/program/v1/broker-files"
BROKER_CODES = (BROKERS_ONLY, HELD_BY_BROKER, MASTER_ONLY)
BROKERS_OWN = "asked by a broker (50030)"
EARNS, EXPIRED, LEVEL_TOO_HIGH, OTHERWISE = "0", "1", "3", "4"
_FD_COLUMNS = (
    *("brokerCode", "level", "instId", "ordId", "spotTradeAmt", "derivativeTradeAmt", "fee", "netFee"),
    *("settlementFee", "brokerRebate", "suBrokerRebate", "userRebate", "affiliated", "ts"),
)
_DMA_COLUMNS = (
    *("subAcct", "subAcctLv", "firstLvSubAcct", "instId", "ordId", "tradeId", "amt", "fee", "execType", "ts"),
    "ccy",
)
_BROKER_TYPE = choice(
    "brokerType", "api", "oauth", what="the clients that came by this way; required of whoever has both (50044)"
)
_DAYS_FURTHER = f"a day that is not in the future, and at most {report_files.DAYS_MOST} of them"
BEGIN = plain("begin", "from this day on, UTC, as YYYYMMDD", example="20260101", further=_DAYS_FURTHER)
END = plain("end", "up to this day, which is in it, UTC, as YYYYMMDD", example="20260131", further=_DAYS_FURTHER)
_ALL_OR_ONE = needed(choice("type", "true", "false", what="true: all files; false: that of `begin` and `end`"))
_MADE = "the file is made at once and not within hours; it holds what was settled when it was asked for"


async def the_broker(door: Door, call: Call) -> BrokerCode:
    """Whose account it is that asks.

    Raises:
        Refused: 50030, it is no broker's.
    """
    demand_own_hands(call)
    account = demand_master(call)
    found = await door.read(lambda connection: registry.code_of(connection, door.venue, account))
    if found is None:
        raise Refused(BROKERS_ONLY)
    return found


def now_ns(door: Door) -> int:
    """The newest of the wall's time and the engine's."""
    return max(time.time_ns(), door.time_ns)


# -- one client ---------------------------------------------------------------------------------------------------


@states(
    "Whether a client's orders earn a commission, and if not, why.",
    needed(plain("apiKey", "a client's key", example="a-key", further="one associated with this broker (59506)")),
    _BROKER_TYPE,
    answers="IfRebate",
    codes=(*BROKER_CODES, NO_SUCH_KEY, ONE_BROKER_TYPE),
    differs="type 2 is never told, and lastRebate is empty: there is no monthly cap; 4 is a client who has refused the"
    " broker, taken back the consent, moved to it lately, or is its own person: `reason` says which",
)
async def if_rebate(door: Door, call: Call) -> list[Body]:
    broker = await the_broker(door, call)
    api_key = required(call.query, "apiKey")
    time_now = now_ns(door)

    def query(connection: Connection) -> Body:
        _way_of(connection, broker, text(call.query, "brokerType"))
        account = consents.is_associated(connection, api_key, broker.id)
        if account is None:
            raise Refused(NO_SUCH_KEY)
        owner = door.venue.accounts.get(account)
        level = 0 if owner is None else owner.level
        client = consents.clients_of(connection, door.venue, [(account, broker.id)])[account, broker.id]
        why = judged(client, time_now)
        if not broker.active:
            kind, reason = EXPIRED, "CODE_INACTIVE"
        elif level >= conditions.in_force(connection, API, time_now // HOUR_NS, door.broker).excluded_from_level:
            kind, reason = LEVEL_TOO_HIGH, "VIP_TOO_HIGH"
        else:
            kind, reason = (EARNS, "") if why is None else (OTHERWISE, why.value)
        brand = 0 if owner is None else owner.brand
        newest = newest_statement(connection, door.data_dir / STATEMENTS, broker.id)
        return {
            "type": kind,
            "reason": reason,
            "brokerCode": broker.code,
            "affiliated": consents.is_affiliated(connection, brand, account, time_now),
            "clientRebateRatio": format_units(client_points(newest), 8),
            "lastRebate": "",
        }

    return [await door.read(query)]


def _payout_scale(door: Door) -> int:
    asset = door.venue.asset_named(door.broker.payout_asset)
    return 8 if asset is None else asset.scale


def _way_of(connection: Connection, broker: BrokerCode, asked: str) -> Wanted:
    """Which clients a broker type means: by what they had said yes when it was filled.

    Raises:
        Refused: 50044, clients came by both ways, and none was chosen; 51000, it is no type.
    """
    if asked not in ("", "api", "oauth"):
        raise Refused(PARAMETER, "brokerType")
    said = consents.consents_with(connection, broker.id)
    came = {one.how is How.OAUTH for those in said.values() for one in those}
    if not asked:
        if len(came) > 1:
            raise Refused(ONE_BROKER_TYPE, "brokerType is api or oauth")
        return everybody

    def came_so(account: int, time_ns: int) -> bool:
        before = [one for one in said.get(master_of(account), ()) if one.given_ns <= time_ns]
        return bool(before and before[0].how is How.OAUTH) == (asked == "oauth")

    return came_so


# -- files --------------------------------------------------------------------------------------------------------


@states(
    "Ask for the file of what was paid, order by order.",
    needed(BEGIN),
    needed(END),
    _BROKER_TYPE,
    answers="FileAsked",
    codes=(*BROKER_CODES, ONE_BROKER_TYPE),
    differs=_MADE,
)
async def ask_fd(door: Door, call: Call) -> list[Body]:
    asked = text(object_of(call.body), "brokerType")
    return await _ask(door, call, _fd_kind(asked))


@states(
    "The files of what was paid, order by order.",
    _ALL_OR_ONE,
    BEGIN,
    END,
    _BROKER_TYPE,
    answers="File",
    codes=(*BROKER_CODES, MISSING),
    differs=_MADE,
)
async def files_fd(door: Door, call: Call) -> list[Body]:
    return await _files(door, call, _fd_kind(text(call.query, "brokerType")))


@states(
    "Ask for the file of what was paid on the orders of sub-accounts.",
    needed(BEGIN),
    needed(END),
    answers="FileAsked",
    codes=BROKER_CODES,
    differs=_MADE,
)
async def ask_nd(door: Door, call: Call) -> list[Body]:
    return await _ask(door, call, ND)


@states(
    "The files of what was paid on the orders of sub-accounts.",
    _ALL_OR_ONE,
    BEGIN,
    END,
    answers="File",
    codes=(*BROKER_CODES, MISSING),
    differs=_MADE,
)
async def files_nd(door: Door, call: Call) -> list[Body]:
    return await _files(door, call, ND)


@states(
    "Ask for the file of the trades of sub-accounts.",
    needed(BEGIN),
    needed(END),
    answers="FileAsked",
    codes=BROKER_CODES,
    differs=f"{_MADE}; amounts are in the quote currency, which `ccy` names",
)
async def ask_dma(door: Door, call: Call) -> list[Body]:
    return await _ask(door, call, DMA)


@states(
    "The files of the trades of sub-accounts.",
    _ALL_OR_ONE,
    BEGIN,
    END,
    answers="File",
    codes=(*BROKER_CODES, MISSING),
    differs=_MADE,
)
async def files_dma(door: Door, call: Call) -> list[Body]:
    return await _files(door, call, DMA)


def _fd_kind(broker_type: str) -> str:
    if broker_type not in ("", "api", "oauth"):
        raise Refused(PARAMETER, "brokerType")
    return f"{FD}:{broker_type}" if broker_type else FD


async def _ask(door: Door, call: Call, kind: str) -> list[Body]:
    """Begin a file, unless it is there or is being made."""
    body = object_of(call.body)
    broker = await the_broker(door, call)
    begin, end = (day_of(body, name) for name in ("begin", "end"))
    time_now = now_ns(door)
    _must_be_days(begin, end, time_now)

    def work(connection: Connection) -> tuple[Report, bool, list[int]]:
        if kind == FD:
            _way_of(connection, broker, "")
        old = report_files.forget(connection, broker.id, time_now)
        return *report_files.ask(connection, broker.id, kind, begin, end, time_now), old

    report, is_new, old = await door.write(work)
    for one in old:
        report_files.path_of(door.data_dir, one).unlink(missing_ok=True)
    if is_new:
        _make(door, broker, report)
    return [{"result": "true" if report.is_made else "false", "ts": milliseconds(report.asked_ns)}]


async def _files(door: Door, call: Call, kind: str) -> list[Body]:
    """A broker's files, each with a link of its own; what nobody is making any more is begun again."""
    broker, query = await the_broker(door, call), call.query
    match required(query, "type"):
        case "true":
            days = None
        case "false":
            days = day_of(query, "begin"), day_of(query, "end")
        case _:
            raise Refused(PARAMETER, "type")
    time_now = now_ns(door)
    lives_ns = LINK_LIVES_NS[kind.partition(":")[0]]

    def work(connection: Connection) -> tuple[list[Body], list[Report]]:
        found = report_files.reports_of(connection, broker.id, kind, days)
        again = [report_files.begin_again(connection, one, time_now) for one in found if not one.is_made]
        left = [one for one in again if one is not None]
        rows = []
        for one in found:
            link = report_files.make_link(connection, one, time_now, lives_ns) if one.is_made else ""
            rows.append(_file(call, one, link, time_now))
        return rows, left

    rows, left = await door.write(work)
    for one in left:
        _make(door, broker, one)
    return rows


def _file(call: Call, report: Report, link: str, time_ns: int) -> Body:
    return {
        "fileHref": f"{call.address}{FILES}/{link}" if link else "",
        "beginTime": milliseconds(report.begin_day * DAY_NS),
        "endTime": milliseconds((report.end_day + 1) * DAY_NS - NS_PER_MS),
        "cTime": milliseconds(report.asked_ns),
        "ts": milliseconds(time_ns),
        "state": "finished" if report.is_made else "ongoing",
        "sha256": report.sha256,
    }


def _make(door: Door, broker: BrokerCode, report: Report) -> None:
    """Make a file in a thread, beside the requests."""
    asyncio.get_running_loop().run_in_executor(None, partial(make_file, door, broker, report))


def make_file(door: Door, broker: BrokerCode, report: Report) -> None:
    """Blocking. Whatever keeps it from being made is logged, and it is as if it had never been asked for."""
    try:
        with door.database.connect() as connection:
            columns, lines = _content(door, connection, broker, report)
            draft = report_files.write(door.data_dir, report, columns, lines)
        with door.database.begin() as connection:
            report_files.finish(connection, door.data_dir, report, draft)
    except Exception:
        log.exception("broker.no_report", broker=broker.id, report=report.id)
        with door.database.begin() as connection:
            report_files.drop(connection, report)


def _content(door: Door, connection: Connection, broker: BrokerCode, report: Report) -> Table:
    """A file's columns and its rows, which are made as they are read."""
    kind, _, way = report.kind.partition(":")
    kept = {one.account: one for one in subaccounts.of_broker(connection, broker.id)}
    if kind == DMA:
        return _DMA_COLUMNS, _trades(door, connection, kept.values(), report)
    by_way = _way_of(connection, broker, way) if way else everybody

    def wanted(account: int, time_ns: int) -> bool:
        return (account in kept) == (kind == ND) and by_way(account, time_ns)

    first, last = report.begin_day * HOURS_OF_DAY, (report.end_day + 1) * HOURS_OF_DAY - 1
    paths = statements_between(connection, door.data_dir / STATEMENTS, broker.id, first, last)
    return _FD_COLUMNS, (_fd_row(one) for one in orders_of(paths, wanted))


def _fd_row(one: OrderRow) -> tuple[str, ...]:
    def told(amount: int) -> str:
        return format_units(amount, one.scale)

    return (
        *(one.code, level_name(one.level), one.instrument, str(one.order), told(one.volume), "0"),
        *(told(one.fee), told(one.net_fee), told(one.settlement_fee)),
        *(told(one.broker_part), told(one.sub_part), told(one.user_part)),
        *("true" if one.affiliated else "false", milliseconds(one.time_ns)),
    )


def _trades(
    door: Door, connection: Connection, kept: Iterable[SubAccount], report: Report
) -> Iterable[tuple[str, ...]]:
    begin_ns, end_ns = report.begin_day * DAY_NS, (report.end_day + 1) * DAY_NS
    for sub in kept:
        for row in fills_between(connection, sub.account, begin_ns, end_ns):
            instrument = door.venue.instruments[row["instrument"]]
            notional = row["price_ticks"] * row["quantity_lots"] * instrument.minor_per_tick_lot
            side = -1 if row["side"] == Side.SELL else 1
            yield (
                *(sub.name, "1", sub.name, instrument.name, str(row["order_id"]), str(row["trade"])),
                *(instrument.quote.format(side * notional), instrument.quote.format(-row["fee"])),
                *("T" if row["role"] == "taker" else "M", milliseconds(row["time_ns"]), instrument.quote.name),
            )


# -- by the day ---------------------------------------------------------------------------------------------------


@states(
    "What was paid on the orders of sub-accounts, by the day.",
    plain("subAcct", "of this sub-account alone", example="trader1"),
    BEGIN,
    END,
    number("page", 1, 2**31, "the page; the first when absent", example="1"),
    number("limit", 1, 100, "rows of a page; 100 when absent", example="10"),
    answers="RebateDaily",
    codes=BROKER_CODES,
    differs="the last 30 days when begin and end are absent",
)
async def rebate_daily(door: Door, call: Call) -> list[Body]:
    broker, query, time_now = await the_broker(door, call), call.query, now_ns(door)
    today = time_now // DAY_NS
    end = day_of(query, "end") if text(query, "end") else today
    begin = day_of(query, "begin") if text(query, "begin") else end - 29
    _must_be_days(begin, end, time_now)
    name = text(query, "subAcct")

    def read(connection: Connection) -> tuple[dict[tuple[int, int], int], dict[int, str]]:
        names = {one.account: one.name for one in subaccounts.of_broker(connection, broker.id)}
        chosen = frozenset(account for account, one in names.items() if name in ("", one))
        first, last = begin * HOURS_OF_DAY, (end + 1) * HOURS_OF_DAY - 1
        paths = statements_between(connection, door.data_dir / STATEMENTS, broker.id, first, last)
        return paid_by_day(paths, chosen), names

    found, names = await door.read(read)
    scale = _payout_scale(door)
    rows = [
        {"subAcct": names[account], "rebate": format_units(paid, scale), "ts": milliseconds(day * DAY_NS)}
        for (day, account), paid in sorted(found.items(), key=lambda one: (-one[0][0], one[0][1]))
    ]
    return [{"totalRebate": format_units(sum(found.values()), scale)} | paged(query, rows)]


def paged(query: Body, rows: list[Body]) -> Body:
    """One page of some rows, as OKX's brokers have them."""
    page, limit = whole(query, "page", 1, 2**31, 1) or 1, whole(query, "limit", 1, 100, 100) or 100
    pages = max(-(-len(rows) // limit), 1)
    details = rows[(page - 1) * limit : page * limit]
    return {"page": str(page), "totalPage": str(pages), "details": details}


def day_of(body: Body, name: str) -> int:
    """A day of YYYYMMDD, UTC, in days since 1970."""
    value = required(body, name)
    try:
        if len(value) != 8 or not (value.isascii() and value.isdigit()):
            raise ValueError
        return (datetime.strptime(value, "%Y%m%d") - datetime(1970, 1, 1)) // timedelta(days=1)
    except ValueError:
        raise Refused(PARAMETER, name) from None


def _must_be_days(begin: int, end: int, time_ns: int) -> None:
    why = report_files.day_range(begin, end, time_ns // DAY_NS)
    if why:
        raise Refused(PARAMETER, why)
