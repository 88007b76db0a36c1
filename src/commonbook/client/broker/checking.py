"""Checking what a broker is sent: statements and proofs from files, webhooks from their bytes. Nobody is asked."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonbook.broker.proof import Proved, prove, verify_proof
from commonbook.broker.statement import verify_statement
from commonbook.errors import Mismatch
from commonbook.webhook.rules import is_signed
from commonbook.whole_file import draft_of, put_whole

TOLERANCE_S = 300
SIGNATURE_HEADER = "commonbook-signature"


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that follows from itself; amounts are units of the payout asset."""

    total: int
    lines: int
    root: str


def check_statement(path: Path) -> Checked:
    """Recompute a statement from its own lines and terms (B-23).

    Raises:
        Mismatch: names the line that is wrong, and why.
    """
    found = verify_statement(path)
    if not found.ok:
        where = path.name if found.line is None else f"{path.name}, line {found.line}"
        raise Mismatch(f"{where}: {found.why}")
    return Checked(found.total, found.count, found.root)


def make_proof(statement: Path, signed_hour: Path, fill: str, to: Path, role: str = "") -> Path:
    """Write the proof that one side of a fill stands in a signed hour, from two files (BP-6).

    Raises:
        BadInput: there is no such line, or there are two and no role says which.
        Mismatch: the statement is not right, or none of the hour's.
    """
    draft_of(to).write_text(prove(statement, signed_hour, fill, role), encoding="ascii")
    put_whole(draft_of(to), to)
    return to


def check_proof(path: Path, key: str) -> Proved:
    """Check a proof against the host's public key, in hexadecimal and known from elsewhere (BP-5).

    Raises:
        Mismatch: names the part that is wrong, and why.
    """
    found = verify_proof(path, key)
    if not found.ok:
        raise Mismatch(f"{path.name}: {found.part} is wrong: {found.why}")
    return found


def webhook_event(
    body: bytes, header: str, secrets: Sequence[str], now_s: int | None = None, tolerance_s: int = TOLERANCE_S
) -> dict[str, Any]:
    """The event of a webhook, once its signature is good (WH-6). Its `id` is the same each time it is sent again.

    Args:
        body: as it came, byte by byte.
        header: the signature header.
        secrets: the endpoint's; while one is changed, both.

    Raises:
        Mismatch: the signature is none of these secrets', or too old; answer 400 and do nothing.
    """
    at_s = int(time.time()) if now_s is None else now_s
    if not any(is_signed(header, secret, body, at_s, tolerance_s) for secret in secrets):
        raise Mismatch("the signature is not of this body under this secret, or it is too old")
    found: dict[str, Any] = json.loads(body)
    return found
