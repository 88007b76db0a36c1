"""Paying brokers by the hour: collect, freeze, compute, pay, publish. Rules B-10 to B-16 of docs/rules/broker.md.

Every step may be repeated after a crash. The payment's idempotency key names program, broker, asset and hour, and the
engine accepts a key once; a second attempt is refused as a duplicate, which says that the first one has paid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from commonbook.broker.model import Program
from commonbook.broker.statement import leaf_hash, merkle_root, statement_text
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
        row = _computed(connection, program, broker, hour, position, minimum)
    if row["state"] == COMPUTED and _pay(row, venue, submit):
        with database.begin() as connection:
            _mark(connection, row, PAID)
        row["state"] = PAID
    statement = None
    if row["state"] in (PAID, CARRIED):
        with database.connect() as connection:
            statement = publish(connection, program, venue, broker, hour, folder)
    if row["state"] == PAID:
        with database.begin() as connection:
            _mark(connection, row, PUBLISHED)
        row["state"] = PUBLISHED
    return Payout(broker, hour, row["amount"], row["lines"], row["root"], row["state"], statement)


def payment_key(program: str, broker: int, asset: int, hour: int) -> str:
    """At most 32 ASCII characters (B-12)."""
    return f"settle:{program}:{broker}:{asset}:{hour}"


def _computed(
    connection: Connection, program: Program, broker: int, hour: int, position: int, minimum: int
) -> dict[str, Any]:
    """The hour's row; made, with what it pays frozen, when it is not there."""
    where = (
        (settlements.c.program == program.name)
        & (settlements.c.broker == broker)
        & (settlements.c.asset == program.payout_asset)
    )
    found = connection.execute(select(settlements).where(where, settlements.c.hour == hour)).mappings().first()
    if found:
        return dict(found)
    lines = _lines(connection, program, broker, hour)
    accrued = sum(row.amount_paid for row in lines)
    carried_rows = connection.execute(
        select(settlements).where(where, settlements.c.state == CARRIED, settlements.c.hour < hour)
    ).all()
    # An hour's carried amount includes what it was itself carried, so only the newest counts (B-15).
    carried = max(carried_rows, key=lambda one: one.hour).carried if carried_rows else 0
    newer_paid = connection.execute(
        select(settlements.c.hour).where(where, settlements.c.state != CARRIED).order_by(settlements.c.hour.desc())
    ).scalar()
    if carried_rows and newer_paid is not None and newer_paid > max(one.hour for one in carried_rows):
        carried = 0
    total = accrued + carried
    pays = total >= minimum
    row = {
        "program": program.name,
        "broker": broker,
        "asset": program.payout_asset,
        "hour": hour,
        "last_sequence": position,
        "amount": total if pays else 0,
        "carried": 0 if pays else total,
        "lines": len(lines),
        "root": merkle_root([leaf_hash(line.line) for line in lines]),
        "state": COMPUTED if pays else CARRIED,
        "key": payment_key(program.name, broker, program.payout_asset, hour),
    }
    connection.execute(insert(settlements).values(**row))
    return row


def _lines(connection: Connection, program: Program, broker: int, hour: int) -> list[Any]:
    chosen = select(accruals).where(
        accruals.c.program == program.name, accruals.c.broker == broker, accruals.c.hour == hour
    )
    return list(connection.execute(chosen.order_by(accruals.c.accrual)))


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


def publish(connection: Connection, program: Program, venue: Venue, broker: int, hour: int, folder: Path) -> Path:
    """Write the hour's statement; the same bytes however often."""
    folder.mkdir(parents=True, exist_ok=True)
    code = venue.codes[broker].code
    start = datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y-%m-%dT%H")
    path = folder / f"{code}-{start}.jsonl"
    texts = [row.line for row in _lines(connection, program, broker, hour)]
    draft = path.with_suffix(".draft")
    draft.write_text(statement_text(_header(program, venue, broker, hour), texts), encoding="ascii")
    draft.replace(path)
    return path


def _header(program: Program, venue: Venue, broker: int, hour: int) -> dict[str, Any]:
    return {
        "broker": venue.codes[broker].code,
        "commission_decimals": str(program.commission_decimals),
        "discount": program.discount.value,
        "excluded_from_level": str(program.excluded_from_level),
        "hour": str(hour),
        "level": str(program.broker_levels.get(broker, program.default_level)),
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
