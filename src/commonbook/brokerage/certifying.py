"""From what was seen to a signed certificate: the run, its report, the signature. CK-11 and CK-12."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.log import canonical
from commonbook.broker.reports import STATEMENTS, orders_of, statements_between
from commonbook.brokerage import certificates
from commonbook.brokerage.certificates import Certificate
from commonbook.brokerage.conformance import DONE, Count, Kept, Run, Seen, Verdict
from commonbook.brokerage.observing import hash_of
from commonbook.errors import BadInput, Mismatch
from commonbook.storage.schema import fills, orders
from commonbook.storage.tables.broker import settlements
from commonbook.units import HOUR_NS, parse_units

KIT = "commonbook-conformance-1"
COUNT_BYTES = 10_000_000
HOUR = "%Y-%m-%dT%H"
_TOGETHER = 500  # orders in one query


class CountFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A broker's own count of an hour."""

    hour: str  # as in a statement's name: 2026-11-28T13, UTC
    fills: int
    paid: str  # decimals of the payout asset
    orders: dict[str, str]  # an order's id to what was paid for it


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose run it is."""

    broker: int
    code: str
    plan_per_s: int


# -- what the run is judged by ----------------------------------------------------------------------------------------


def read_count(path: Path, scale: int) -> Count:
    """
    Args:
        scale: decimals of the payout asset.

    Raises:
        BadInput: names what is wrong with the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > COUNT_BYTES:
        raise BadInput(f"{path} has {len(content):,} bytes; at most {COUNT_BYTES:,}")
    try:
        told = msgspec.json.decode(content, type=CountFile)
        hour = int(datetime.strptime(told.hour, HOUR).replace(tzinfo=UTC).timestamp()) // 3600
        paid = {int(order): parse_units(amount, scale) for order, amount in told.orders.items()}
        if len(paid) != len(told.orders):
            raise BadInput("an order is named twice")
        return Count(hour, told.fills, parse_units(told.paid, scale), paid)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadInput(f"{path} is no count of an hour: {error}") from None


def count_of(connection: Connection, folder: Path, broker: int, hour: int) -> Count | None:
    """An hour as the broker's published statement has it; None before there is one.

    Args:
        connection: of the simulated venue.
        folder: its data folder.
    """
    paths = statements_between(connection, folder / STATEMENTS, broker, hour, hour)
    if not paths:
        return None
    mine = (settlements.c.broker == broker) & (settlements.c.account == 0) & (settlements.c.hour == hour)
    lines = connection.execute(select(func.sum(settlements.c.lines)).where(mine)).scalar()
    paid: dict[int, int] = {}
    for row in orders_of(paths):
        paid[row.order] = paid.get(row.order, 0) + row.broker_part
    return Count(hour, int(lines or 0), sum(paid.values()), paid)


def kept_orders(connection: Connection, seen: Sequence[Seen], codes: Mapping[int, str]) -> dict[int, Kept]:
    """What the simulated venue's history says of the orders that were placed.

    Args:
        codes: of every broker, by its number.
    """
    numbers = sorted({row.order for one in seen for row in one.rows if row.code == DONE and row.order})
    found = {}
    for some in (numbers[first : first + _TOGETHER] for first in range(0, len(numbers), _TOGETHER)):
        counted = select(fills.c.order_id, func.count().label("fills")).where(fills.c.order_id.in_(some))
        filled = {row.order_id: row.fills for row in connection.execute(counted.group_by(fills.c.order_id))}
        for row in connection.execute(select(orders.c.order_id, orders.c.broker).where(orders.c.order_id.in_(some))):
            found[row.order_id] = Kept(row.order_id, codes.get(row.broker, ""), filled.get(row.order_id, 0))
    return found


# -- what is signed ---------------------------------------------------------------------------------------------------


def report_of(run: Run, subject: Subject, verdicts: Sequence[Verdict], began_ms: int, ended_ms: int) -> str:
    """CK-11: the text that is signed. The same run makes the same text, byte for byte."""
    return canonical(
        {
            "kit": KIT,
            "venue": "simulated",
            "broker": str(subject.broker),
            "code": subject.code,
            "plan_per_s": run.plan_per_s,
            "began_ms": str(began_ms),
            "ended_ms": str(ended_ms),
            "requests": len(run.seen),
            "observations": hash_of(run.seen),
            "counted": None if run.own is None else _hour_named(run.own.hour),
            "bars": asdict(run.bars),
            "passed": has_passed(verdicts),
            "steps": list(_steps(verdicts)),
        }
    )


def _hour_named(hour: int) -> str:
    return datetime.fromtimestamp(hour * (HOUR_NS // 10**9), UTC).strftime(HOUR)


def _steps(verdicts: Sequence[Verdict]) -> Iterator[dict[str, Any]]:
    for one in verdicts:
        minutes = f"{one.tenths // 10}.{one.tenths % 10}"
        yield {"step": one.step.value, "passed": one.passed, "why": one.why, "minutes": minutes}


def has_passed(verdicts: Sequence[Verdict]) -> bool:
    return bool(verdicts) and all(one.passed for one in verdicts)


def signed(report: str, key: AuditKey) -> str:
    """The file that goes to the broker: the report as it was signed, the signature, and the key."""
    return canonical({"report": report, "signature": key.sign(report.encode()), "key": key.public})


def read_signed(text: str, key: str) -> dict[str, Any]:
    """What a signed report says.

    Args:
        key: the host's public key, known from elsewhere, in hexadecimal.

    Raises:
        Mismatch: it is not signed by it.
    """
    try:
        told = json.loads(text)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(told["signature"]), told["report"].encode()
        )
        report: dict[str, Any] = json.loads(told["report"])
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        raise Mismatch(f"the report is not signed by {key[:64]}") from None
    return report


def file(
    connection: Connection, subject: Subject, report: str, passed: bool, key: AuditKey, actor: str, days: int
) -> Certificate:
    """CK-12: keep it as the broker's certificate; with an entry in the host's log.

    Args:
        connection: of the live venue.
        days: so long it counts.
    """
    signature = key.sign(report.encode())
    return certificates.file_report(
        connection, subject.broker, report, passed, signature, key.public, actor, days, time.time_ns()
    )
