"""Certificates: what a run of the conformance kit has found of a broker, signed by the host. Rule BE-6.

Whoever runs the kit files its report by `file_report`; there is no other way to have one.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, insert, select

from commonbook.administration.log import write
from commonbook.administration.roles import HOST
from commonbook.admission.contracts import DAY_NS
from commonbook.brokerage import registry
from commonbook.errors import BadInput, Declined
from commonbook.storage.tables.brokerage import certificates as table

REPORT_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Certificate:
    number: int
    broker: int
    passed: bool
    report: str
    report_hash: str
    signature: str
    signed_by: str  # a public key
    made_ns: int
    expires_ns: int

    def counts(self, now_ns: int) -> bool:
        return self.passed and self.made_ns <= now_ns < self.expires_ns


def file_report(
    connection: Connection,
    broker: int,
    report: str,
    passed: bool,
    signature: str,
    signed_by: str,
    actor: str,
    days: int,
    made_ns: int | None = None,
) -> Certificate:
    """Keep a report, once; with an entry in the host's log.

    Args:
        report: the text that was signed.
        signature: Ed25519 of its UTF-8, in hexadecimal.
        signed_by: the host's public key, in hexadecimal; the caller's own, never one that came with the report.
        actor: as the log names who has run the kit.
        days: so long it counts, when it has passed.

    Raises:
        BadInput: it is too long, or the signature is not of this report and key.
        Declined: `no_such_broker`.
    """
    if not 0 < len(report) <= REPORT_CHARACTERS:
        raise BadInput(f"the report has {len(report):,} characters; 1 to {REPORT_CHARACTERS:,}")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed_by)).verify(bytes.fromhex(signature), report.encode())
    except (ValueError, InvalidSignature):
        raise BadInput(f"the report is not signed by {signed_by[:64]}: run the kit again") from None
    registry.must_be_numbered(connection, broker)
    hashed = hashlib.sha256(report.encode()).hexdigest()
    moment = time.time_ns() if made_ns is None else made_ns
    row: dict[str, Any] = {
        "broker": broker,
        "passed": passed,
        "report": report,
        "report_hash": hashed,
        "signature": signature,
        "signed_by": signed_by,
        "made_ns": moment,
        "expires_ns": moment + days * DAY_NS,
    }
    if not any(one.report_hash == hashed for one in of_broker(connection, broker)):
        connection.execute(insert(table).values(**row))
        write(connection, HOST, actor, "broker certificate", f"broker:{broker}", None, hash=hashed, passed=passed)
    return next(one for one in of_broker(connection, broker) if one.report_hash == hashed)


def of_broker(connection: Connection, broker: int) -> list[Certificate]:
    """Newest first."""
    chosen = select(table).where(table.c.broker == broker).order_by(table.c.certificate.desc())
    return [_certificate(row) for row in connection.execute(chosen)]


def find(connection: Connection, broker: int, number: int) -> Certificate:
    """
    Raises:
        Declined: `no_such_certificate`.
    """
    found = next((one for one in of_broker(connection, broker) if one.number == number), None)
    if found is None:
        raise Declined("no_such_certificate", f"broker {broker} has no certificate {number}")
    return found


def counts(connection: Connection, broker: int, now_ns: int) -> bool:
    """Whether a broker has one that has passed and not expired."""
    return bool(broker) and any(one.counts(now_ns) for one in of_broker(connection, broker))


def _certificate(row: Row[Any]) -> Certificate:
    return Certificate(
        number=row.certificate,
        broker=row.broker,
        passed=row.passed,
        report=row.report,
        report_hash=row.report_hash,
        signature=row.signature,
        signed_by=row.signed_by,
        made_ns=row.made_ns,
        expires_ns=row.expires_ns,
    )
