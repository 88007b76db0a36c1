"""Paying brokers by the hour: collect, freeze, compute, pay, publish. Rules B-10 to B-16 of docs/rules/broker.md.

Every step may be repeated after a crash. The payment's idempotency key names program, broker, asset and hour, and the
engine accepts a key once; a second attempt is refused as a duplicate, which says that the first one has paid.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update

from commonbook.broker.model import Program
from commonbook.broker.statement import footer, header_text, statement_text
from commonbook.instrument.venue import Venue
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    Batch,
    CommandKind,
    EventKind,
    Records,
    Refusal,
    commands,
    words,
)
from commonbook.storage.schema import accruals, settlements
from commonbook.units import HOUR_NS
from commonbook.whole_file import write_whole

COMPUTED, PAID, PUBLISHED, CARRIED = "computed", "paid", "published", "carried"
Submit = Callable[[Records], Batch]


@dataclass(frozen=True, slots=True)
class Payout:
    """A settled hour of one broker."""

    broker: int
    hour: int  # hours since 1970
    amount: int  # payout asset
    lines: int
    root: str
    state: str
    statement: Path | None


def due_hours(connection: Connection, program: Program, now_ns: int, grace_s: int) -> list[tuple[int, int]]:
    """(broker, hour) pairs that have accruals, are over for `grace_s` by engine time, and are not finished (B-10)."""
    last = (now_ns - grace_s * 1_000_000_000) // HOUR_NS  # hours before this one are due
    mine = (accruals.c.program == program.name) & (accruals.c.broker != 0) & (accruals.c.hour < last)
    rows = connection.execute(select(accruals.c.broker, accruals.c.hour).where(mine).distinct())
    finished = select(settlements.c.broker, settlements.c.hour).where(
        settlements.c.program == program.name, settlements.c.state.in_((PUBLISHED, CARRIED))
    )
    done = {(row.broker, row.hour) for row in connection.execute(finished)}
    return sorted(pair for row in rows if (pair := (row.broker, row.hour)) not in done)


def settle(
    database: Engine,
    program: Program,
    venue: Venue,
    broker: int,
    hour: int,
    position: int,
    minimum: int,
    submit: Submit,
    folder: Path,
) -> Payout:
    """Bring one broker's hour to its end, from wherever an earlier run left it.

    Args:
        position: every fill up to this sequence is accrued; recorded as the frozen range.
        minimum: a smaller amount is carried to the broker's next hour.
        folder: where statements lie.
    """
    with database.begin() as connection:
        row = _computed(connection, program, venue, broker, hour, position, minimum)
    if row["state"] == COMPUTED and (not row["amount"] or _pay(row, venue, submit)):
        row["state"] = PAID
        with database.begin() as connection:
            _mark(connection, row, PAID)
    statement = None
    if row["state"] == PAID:
        with database.connect() as connection:
            statement = publish(connection, row, folder)
        row["state"] = CARRIED if row["carried"] else PUBLISHED
        with database.begin() as connection:
            _mark(connection, row, row["state"])
    return Payout(broker, hour, row["amount"], row["lines"], row["root"], row["state"], statement)


def payment_key(program: str, broker: int, asset: int, hour: int) -> str:
    """Names program, beneficiary, asset and hour in at most 32 ASCII characters (B-12)."""
    return f"settle:{program}:{broker}:{asset}:{hour}"


def _computed(
    connection: Connection, program: Program, venue: Venue, broker: int, hour: int, position: int, minimum: int
) -> dict[str, Any]:
    """The hour's row; made, with what it pays frozen, when it is not there (B-11)."""
    found = _row(connection, program, broker, settlements.c.hour == hour)
    if found:
        return found
    before = _row(connection, program, broker, settlements.c.hour < hour)
    header = _header(program, venue, broker, hour, before["carried"] if before else 0, minimum)
    texts = [header_text(header), *_lines(connection, program.name, broker, hour)]
    end = footer(texts)
    row = {
        "program": program.name,
        "broker": broker,
        "asset": program.payout_asset,
        "hour": hour,
        "last_sequence": position,
        "amount": int(end["paid"]),
        "carried": int(end["carried_forward"]),
        "lines": len(texts) - 1,
        "header": texts[0],
        "root": end["root"],
        "state": COMPUTED,
        "key": payment_key(program.name, broker, program.payout_asset, hour),
    }
    connection.execute(insert(settlements).values(**row))
    return row


def _row(connection: Connection, program: Program, broker: int, hours: ColumnElement[bool]) -> dict[str, Any] | None:
    """The newest of a broker's settlements in some hours."""
    chosen = select(settlements).where(
        settlements.c.program == program.name,
        settlements.c.broker == broker,
        settlements.c.asset == program.payout_asset,
        hours,
    )
    found = connection.execute(chosen.order_by(settlements.c.hour.desc()).limit(1)).mappings().first()
    return dict(found) if found else None


def _lines(connection: Connection, program: str, broker: int, hour: int) -> list[str]:
    chosen = select(accruals.c.line).where(
        accruals.c.program == program, accruals.c.broker == broker, accruals.c.hour == hour
    )
    return list(connection.execute(chosen.order_by(accruals.c.accrual)).scalars())


def _pay(row: dict[str, Any], venue: Venue, submit: Submit) -> bool:
    """Submit the transfer. True when it has had its effect, now or at an earlier attempt."""
    transfer = commands(CommandKind.TRANSFER)
    transfer["account"] = FEE_POOL_ACCOUNT
    transfer["to_account"] = venue.codes[row["broker"]].payout_account
    transfer["asset"] = row["asset"]
    transfer["amount"] = words(row["amount"])
    transfer["key"] = row["key"].encode()
    events = submit(transfer).events
    refused = events[events["kind"] == EventKind.REFUSED]
    return not len(refused) or int(refused["reason"][0]) == Refusal.DUPLICATE_KEY


def _mark(connection: Connection, row: dict[str, Any], state: str) -> None:
    where = (
        (settlements.c.program == row["program"])
        & (settlements.c.broker == row["broker"])
        & (settlements.c.asset == row["asset"])
        & (settlements.c.hour == row["hour"])
    )
    connection.execute(update(settlements).where(where).values(state=state))


def publish(connection: Connection, row: dict[str, Any], folder: Path) -> Path:
    """Write a settled hour's statement under the terms that were frozen; the same bytes however often (B-16)."""
    folder.mkdir(parents=True, exist_ok=True)
    start = datetime.fromtimestamp(row["hour"] * 3600, UTC).strftime("%Y-%m-%dT%H")
    path = folder / f"{json.loads(row['header'])['broker']}-{start}.jsonl"
    lines = _lines(connection, row["program"], row["broker"], row["hour"])
    write_whole(path, statement_text([row["header"], *lines]).encode("ascii"))
    return path


def _header(
    program: Program, venue: Venue, broker: int, hour: int, brought_forward: int, minimum: int
) -> dict[str, Any]:
    return {
        "broker": venue.codes[broker].code,
        "brought_forward": str(brought_forward),
        "commission_decimals": str(program.commission_decimals),
        "discount": program.discount.value,
        "excluded_from_level": str(program.excluded_from_level),
        "hour": str(hour),
        "level": str(program.broker_levels.get(broker, program.default_level)),
        "minimum_payout": str(minimum),
        "negative": program.negative.value,
        "payout_asset": venue.assets[program.payout_asset].name,
        "payout_scale": str(program.payout_scale),
        "program": program.name,
        "tables": [
            {
                "effective_ns": str(table.effective_ns),
                "tiers": [
                    {
                        "affiliated_e8": str(tier.affiliated_e8),
                        "level": str(tier.level),
                        "unaffiliated_e8": str(tier.unaffiliated_e8),
                    }
                    for tier in table.tiers
                ],
            }
            for table in program.tables
        ],
    }
