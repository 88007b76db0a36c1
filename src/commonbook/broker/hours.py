"""Signed hours: the root over all statements of an hour, signed by the host, each with the hash of the one before it.

A signed hour is one line of canonical JSON: what is signed, the signature (Ed25519), and the roots of the statements,
from which anybody can work out the root that is signed. Whoever kept any one of them finds out when an hour before it
is written anew. Rules BP-1 to BP-3.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonbook.broker.merkle import digest
from commonbook.broker.statement import canonical, hour_root
from commonbook.errors import BadInput, Mismatch

FORMAT = "commonbook-hour-1"
KEY_FILE = "signing-key.txt"  # the public part, beside the hours
_HOUR_S = 3_600
_SIGNED = ("format", "hour", "key", "number", "previous", "program", "root", "statements")
_SIGNATURE_DIGITS = 128


class Signer(Protocol):
    """The host's signing key."""

    @property
    def public(self) -> str: ...  # hexadecimal

    def sign(self, message: bytes) -> str: ...  # hexadecimal


@dataclass(frozen=True, slots=True)
class SignedHour:
    """An hour whose signature is right."""

    program: str
    hour: int  # hours since 1970
    number: int  # of the program's signed hours, counted from 1 without gaps
    root: str
    roots: tuple[str, ...]  # of the statements, in the order of the brokers
    previous: str  # link of the signed hour before; of the first one, the hash of nothing
    key: str
    link: str  # what the next one names: the hash over what is signed, and the signature


def first_link() -> str:
    """What the first signed hour names as the one before it."""
    return hashlib.sha256(b"").hexdigest()


def sign_hour(signer: Signer, program: str, hour: int, number: int, roots: Sequence[str], previous: str) -> str:
    """The line of one hour, without its end."""
    signed = {
        "format": FORMAT,
        "hour": str(hour),
        "key": signer.public,
        "number": str(number),
        "previous": previous,
        "program": program,
        "root": hour_root(roots),
        "statements": str(len(roots)),
    }
    signature = signer.sign(canonical(signed).encode())
    return canonical({"roots": list(roots), "signature": signature, "signed": signed})


def read_hour(text: str, key: str = "") -> SignedHour:
    """Check a signed hour: its form, its signature, and its root from the roots of the statements.

    Args:
        text: the line, with its end or without.
        key: the public key that must have signed it, where it is known from elsewhere.

    Raises:
        Mismatch: says what is wrong.
    """
    line = text.removesuffix("\n")
    try:
        told = json.loads(line)
        if canonical(told) != line or sorted(told) != ["roots", "signature", "signed"]:
            raise Mismatch("this is no signed hour in canonical form")
        roots = [str(root) for root in told["roots"]]
        check_signature(told["signed"], told["signature"], key)
        for root in roots:
            digest(root)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Mismatch(f"this is no signed hour: {error}") from None
    signed = told["signed"]
    if hour_root(roots) != signed["root"] or str(len(roots)) != signed["statements"]:
        raise Mismatch("the roots of the statements do not give the root that is signed")
    return SignedHour(
        program=signed["program"],
        hour=int(signed["hour"]),
        number=int(signed["number"]),
        root=signed["root"],
        roots=tuple(roots),
        previous=signed["previous"],
        key=signed["key"],
        link=_link(signed, told["signature"]),
    )


def check_signature(signed: dict[str, Any], signature: str, key: str = "") -> None:
    """Whether this was signed by the key that it names, and that is the one which is asked for.

    Raises:
        Mismatch: says what is wrong.
        ValueError, KeyError, TypeError: it is no signed hour at all.
    """
    if tuple(sorted(signed)) != _SIGNED or signed["format"] != FORMAT:
        raise Mismatch(f"what is signed is of another format than {FORMAT}")
    for name in _SIGNED:
        if not isinstance(signed[name], str):
            raise Mismatch(f"{name} is no text")
    digest(signed["root"])
    digest(signed["previous"])
    if key and signed["key"] != key:
        raise Mismatch(f"it names the key {signed['key']}, which is not {key}")
    raw = bytes.fromhex(signature)
    if raw.hex() != signature or len(signature) != _SIGNATURE_DIGITS:
        raise Mismatch("the signature is not 128 small hexadecimal digits")
    try:
        Ed25519PublicKey.from_public_bytes(digest(signed["key"])).verify(raw, canonical(signed).encode())
    except InvalidSignature:
        raise Mismatch(f"it is not signed by {signed['key']}") from None


def _link(signed: dict[str, Any], signature: str) -> str:
    return hashlib.sha256(canonical({"signature": signature, "signed": signed}).encode()).hexdigest()


def check_chain(hours: Iterable[SignedHour]) -> None:
    """Hold the signed hours of one program, in their order, against each other.

    Raises:
        Mismatch: names the number at which they do not follow one another.
    """
    before: SignedHour | None = None
    for one in hours:
        if before is None:
            if one.number == 1 and one.previous != first_link():
                raise Mismatch(f"signed hour 1 of {one.program} names one before it")
        elif one.number != before.number + 1:
            raise Mismatch(f"behind signed hour {before.number} of {one.program} comes {one.number}: some are missing")
        elif one.previous != before.link:
            raise Mismatch(
                f"signed hour {one.number} of {one.program} follows another hour {before.number} than this one"
            )
        elif one.hour <= before.hour:
            raise Mismatch(f"signed hour {one.number} of {one.program} is of an hour before that of {before.number}")
        before = one


def path_of_hour(folder: Path, program: str, hour: int) -> Path:
    """Where a signed hour lies: beside the statements."""
    start = datetime.fromtimestamp(hour * _HOUR_S, UTC).strftime("%Y-%m-%dT%H")
    return folder / f"hour-{program}-{start}.json"


def read_key(path: Path) -> str:
    """A public key as it is published: 64 hexadecimal digits in a text file.

    Raises:
        BadInput: it is none.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        digest(text)
    except (OSError, ValueError):
        raise BadInput(f"{path} is no public key of 64 hexadecimal digits; take {KEY_FILE} of the host") from None
    return text
