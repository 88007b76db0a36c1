"""Paying brokers by the hour: collect, freeze, compute, pay, publish. Rules B-10 to B-16 of docs/rules/broker.md.

An hour of a program is settled for all its brokers together. Every step may be repeated after a crash. A payment's
idempotency key names program, beneficiary, asset and hour, and the engine accepts a key once; a second attempt is
refused as a duplicate, which says that the first one has paid.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, and_, func, insert, select, update

from commonbook.broker import sharing_out
from commonbook.broker.accrual import blocks_of_hour
from commonbook.broker.model import Program
from commonbook.broker.publishing import Drafts, header, path_of, statements_of
from commonbook.broker.reversals import first_reversed_hour, reversals_in, reversed_hours
from commonbook.broker.sharing_out import Hour
from commonbook.broker.statement import hour_root, payout, stated_root
from commonbook.clearing.keys import KEY_MOST, base36
from commonbook.errors import BrokenInvariant
from commonbook.instrument.venue import Venue
from commonbook.records import FEE_POOL_ACCOUNT, Batch, CommandKind, EventKind, Records, Refusal, commands, words
from commonbook.storage.database import execute_many, upsert_many
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours, settlements, settlements_carried
from commonbook.units import HOUR_NS
from commonbook.whole_file import draft_of, make_folder, put_all_durable

COMPUTED, PAID, PUBLISHED, CARRIED = "computed", "paid", "published", "carried"
TOGETHER = 1_000  # payments in one batch of commands
Submit = Callable[[Records], Batch]


@dataclass(frozen=True, slots=True)
class Payout:
    """A settled hour of one broker, or of a client who gets a part of its fees back."""

    broker: int
    account: int  # of the client; 0: the broker's own
    hour: int  # hours since 1970
    amount: int  # payout asset
    lines: int
    root: str
    state: str
    statement: Path | None


@dataclass(frozen=True)
class Settling:
    """What every step needs."""

    database: Engine
    program: Program
    venue: Venue
    folder: Path  # where statements lie
    minimum: int  # a smaller amount is carried to the next hour (B-15)


def due_hours(connection: Connection, program: str, now_ns: int, grace_s: int) -> list[int]:
    """The hours in which something was accrued, that are over for `grace_s` by engine time and not finished (B-10)."""
    last = (now_ns - grace_s * 1_000_000_000) // HOUR_NS  # hours before this one are due
    mine = (accrual_blocks.c.program == program) & (accrual_blocks.c.hour < last)
    hours = set(connection.execute(select(accrual_blocks.c.hour).where(mine).distinct()).scalars())
    hours |= reversed_hours(connection, program, last)
    finished = (settlement_hours.c.program == program) & (settlement_hours.c.state == PUBLISHED)
    return sorted(hours - set(connection.execute(select(settlement_hours.c.hour).where(finished)).scalars()))


def oldest_unpaid(connection: Connection, program: str) -> int | None:
    """The first hour of which something may still be paid: it goes on, waits, or could not be paid whole."""
    mine = settlement_hours.c.program == program
    newest = connection.execute(select(func.max(settlement_hours.c.hour)).where(mine)).scalar()
    behind = -1 if newest is None else int(newest)
    fresh = (accrual_blocks.c.program == program) & (accrual_blocks.c.hour > behind)
    waits = select(func.min(settlement_hours.c.hour)).where(mine & (settlement_hours.c.state != PUBLISHED))
    found = [connection.execute(one).scalar() for one in (waits, select(func.min(accrual_blocks.c.hour)).where(fresh))]
    found.append(first_reversed_hour(connection, program, behind))
    return min((int(one) for one in found if one is not None), default=None)


def settle(settling: Settling, hour: int, position: int, submit: Submit) -> list[Payout]:
    """Bring an hour to its end, from wherever an earlier run left it.

    Args:
        position: every fill up to this sequence is accrued; recorded as the frozen range.
    """
    make_folder(settling.folder)
    if not _is_computed(settling, hour):
        with settling.database.begin() as connection:
            compute(connection, settling, hour, position)
    refused = _pay(settling, hour, submit)
    with settling.database.begin() as connection:
        _advance(connection, settling, hour, COMPUTED, PAID, refused)
    _publish(settling, hour)
    with settling.database.begin() as connection:
        _advance(connection, settling, hour, PAID, PUBLISHED, [])
        if not refused:
            mine = _where(settlement_hours, settling, hour)
            connection.execute(update(settlement_hours).where(mine).values(state=PUBLISHED))
        return [_told(settling, row) for row in _rows(connection, settling, hour)]


def payment_key(program: str, broker: int, account: int, asset: int, hour: int) -> str:
    """Names program, beneficiary, asset and hour in at most 32 ASCII characters (B-12)."""
    key = f"settle:{program}:{broker}:{asset}:{hour}"
    if not broker:
        key = f"settle:{program}:u{base36(account)}:{base36(asset)}:{base36(hour)}"
    if len(key) > KEY_MOST:
        raise BrokenInvariant(f"the key {key} of a payment is longer than {KEY_MOST}")
    return key


def compute(connection: Connection, settling: Settling, hour: int, position: int) -> None:
    """Collect an hour's sides and freeze what it pays (B-11); the statements are left as drafts, durable before it."""
    program = settling.program
    carried = _carried(connection, program, "broker", sorted(settling.venue.codes))
    written = sharing_out.write(
        connection, Hour(program, settling.venue, hour, settling.folder, settling.minimum, carried)
    )
    rows = [
        _row(program, told.broker, 0, hour, told.paid, told.carried)
        | {"lines": told.lines, "header": told.header, "root": told.root}
        for told in written.statements
    ]
    rows += _clients(connection, program, settling.minimum, hour, written.clients)
    if rows:
        execute_many(connection, insert(settlements), rows)
        names = [column.name for column in settlements_carried.primary_key.columns]
        newest = [{name: row[name] for name in names} | {"amount": row["carried"]} for row in rows]
        upsert_many(connection, settlements_carried, newest)
    roots = [row["root"] for row in sorted(rows, key=lambda row: int(row["broker"])) if row["broker"]]
    told = {"program": program.name, "hour": hour, "last_sequence": position, "state": COMPUTED}
    connection.execute(insert(settlement_hours).values(**told, root=hour_root(roots)))


def _carried(connection: Connection, program: Program, who: str, some: Sequence[int]) -> dict[int, int]:
    """What each has carried out of its newest hour.

    Args:
        who: `broker` or `account`, which the numbers are of.
    """
    found: dict[int, int] = {}
    table, other = settlements_carried.c, {"broker": "account", "account": "broker"}[who]
    mine = (table.program == program.name) & (table.asset == program.payout_asset) & (table[other] == 0)
    for start in range(0, len(some), TOGETHER):
        chosen = select(table[who], table.amount).where(mine & table[who].in_(some[start : start + TOGETHER]))
        found |= {row[0]: row[1] for row in connection.execute(chosen)}
    return found


def _clients(
    connection: Connection, program: Program, minimum: int, hour: int, totals: dict[int, int]
) -> list[dict[str, Any]]:
    """What clients get back of their fees; they have no statement of their own, their bills tell of it."""
    carried = _carried(connection, program, "account", sorted(totals))
    rows = []
    for account, total in sorted(totals.items()):
        paid, left = payout(total, carried.get(account, 0), minimum)
        rows.append(_row(program, 0, account, hour, paid, left))
    return rows


def _row(program: Program, broker: int, account: int, hour: int, amount: int, carried: int) -> dict[str, Any]:
    return {
        "program": program.name,
        "broker": broker,
        "account": account,
        "asset": program.payout_asset,
        "hour": hour,
        "amount": amount,
        "carried": carried,
        "lines": 0,
        "header": "",
        "root": "",
        "state": COMPUTED,
        "key": payment_key(program.name, broker, account, program.payout_asset, hour),
    }


def _pay(settling: Settling, hour: int, submit: Submit) -> list[str]:
    """Submit what is not paid yet; the keys of what is refused, now and at every earlier attempt (B-18)."""
    with settling.database.connect() as connection:
        due = [row for row in _rows(connection, settling, hour) if row["state"] == COMPUTED and row["amount"]]
    refused = []
    for start in range(0, len(due), TOGETHER):
        part = due[start : start + TOGETHER]
        refused += [part[place]["key"] for place in _refused(submit(transfers(settling.venue, part)))]
    return refused


def transfers(venue: Venue, rows: Iterable[Any]) -> Records:
    """The payments of some settlements, TRANSFER records."""
    due = list(rows)
    found = commands(CommandKind.TRANSFER, len(due))
    found["account"] = FEE_POOL_ACCOUNT
    found["to_account"] = [row["account"] or venue.codes[row["broker"]].payout_account for row in due]
    found["asset"] = [row["asset"] for row in due]
    found["amount"] = [words(row["amount"]) for row in due]
    found["key"] = [row["key"].encode() for row in due]
    return found


def _refused(batch: Batch) -> list[int]:
    """Which of a batch's payments have had no effect, now or before: their places."""
    events = batch.events[batch.events["kind"] == EventKind.REFUSED]
    again = events["reason"] == Refusal.DUPLICATE_KEY
    places: list[int] = (events["sequence"][~again].astype(np.int64) - batch.first).tolist()
    return places


def _publish(settling: Settling, hour: int) -> None:
    """Statements take their place; those whose draft is lost are written again (B-16)."""
    with settling.database.connect() as connection:
        rows = [row for row in _rows(connection, settling, hour) if row["broker"]]
        due = {
            row["broker"]: path_of(settling.folder, _code(settling, row), hour) for row in rows if row["state"] == PAID
        }
        roots = {row["broker"]: row["root"] for row in rows}
        left = {broker: path for broker, path in due.items() if stated_root(path) != roots[broker]}
        lost = {broker for broker, path in left.items() if stated_root(draft_of(path)) != roots[broker]}
        if lost:
            _write_again(connection, settling, hour, {row["broker"]: row["header"] for row in rows}, lost)
    for broker in lost:
        if stated_root(draft_of(left[broker])) != roots[broker]:
            raise BrokenInvariant(f"{left[broker].name}: what is accrued no longer gives the root that was frozen")
    put_all_durable((draft_of(path), path) for path in left.values())


def _write_again(
    connection: Connection, settling: Settling, hour: int, headers: dict[int, str], lost: set[int]
) -> None:
    """Some drafts of an hour anew, under the terms that were frozen with it."""
    program, venue = settling.program, settling.venue
    with Drafts(settling.folder, hour) as drafts:

        def take(broker: int, lines: Sequence[bytes]) -> None:
            if broker in lost:
                drafts.write(venue.codes[broker].code, lines)

        read = partial(blocks_of_hour, connection, program.name, hour)
        taken_back = reversals_in(connection, program.name, hour)
        for _ in statements_of(
            read, program, venue, hour, lambda broker, _: headers[broker], take, reversals=taken_back
        ):
            pass


def lines_of_hour(connection: Connection, program: Program, venue: Venue, hour: int) -> dict[str, list[str]]:
    """The lines of each broker's statement of an hour, by its code."""
    found: dict[str, list[str]] = {}

    def take(broker: int, lines: Sequence[bytes]) -> None:
        found.setdefault(venue.codes[broker].code, []).extend(line.decode("ascii") for line in lines)

    def header_of(broker: int, hours: list[int]) -> str:
        return header(program, venue, broker, hour, hours, 0, 0)

    read = partial(blocks_of_hour, connection, program.name, hour)
    taken_back = reversals_in(connection, program.name, hour)
    for _ in statements_of(read, program, venue, hour, header_of, take, reversals=taken_back):
        pass
    return {code: lines[1:-1] for code, lines in found.items()}


def _code(settling: Settling, row: Any) -> str:
    return settling.venue.codes[row["broker"]].code


def _where(table: Table, settling: Settling, hour: int) -> Any:
    return and_(table.c.program == settling.program.name, table.c.hour == hour)


def _is_computed(settling: Settling, hour: int) -> bool:
    with settling.database.connect() as connection:
        chosen = select(settlement_hours.c.state).where(_where(settlement_hours, settling, hour))
        return connection.execute(chosen).scalar() is not None


def _rows(connection: Connection, settling: Settling, hour: int) -> list[Any]:
    chosen = select(settlements).where(_where(settlements, settling, hour))
    return list(connection.execute(chosen.order_by(settlements.c.broker, settlements.c.account)).mappings())


def _advance(
    connection: Connection, settling: Settling, hour: int, before: str, after: str, without: list[str]
) -> None:
    """All of an hour that are in one state come to the next, but for some keys; whose amount is carried, says so."""
    mine = _where(settlements, settling, hour) & (settlements.c.state == before)
    if without:
        keys = set(connection.execute(select(settlements.c.key).where(mine)).scalars()) - set(without)
        paid = sorted(keys)
        for start in range(0, len(paid), TOGETHER):
            some = settlements.c.key.in_(paid[start : start + TOGETHER])
            connection.execute(update(settlements).where(mine & some).values(state=after))
        return
    if after == PUBLISHED:
        connection.execute(update(settlements).where(mine & (settlements.c.carried != 0)).values(state=CARRIED))
    connection.execute(update(settlements).where(mine).values(state=after))


def _told(settling: Settling, row: Any) -> Payout:
    statement = None
    if row["broker"] and row["state"] in (PUBLISHED, CARRIED):
        statement = path_of(settling.folder, _code(settling, row), row["hour"])
    named = {name: row[name] for name in ("broker", "account", "hour", "amount", "lines", "root", "state")}
    return Payout(**named, statement=statement)
