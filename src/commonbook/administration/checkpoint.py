"""Signed checkpoints of the audit logs: how many acts each has, and its last hash. Rule AD-8.

They lie in a folder of their own, which belongs on another machine (`audit.checkpoints`); the key signs here and the
public one is told with every checkpoint, so that whoever has an older one knows whether it is still the same.
"""

import json
import time
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from commonbook.administration.log import canonical, heads, verify
from commonbook.errors import Mismatch, OutsideFailure
from commonbook.settings import Settings
from commonbook.whole_file import make_folder, write_once, write_whole

FILE = "checkpoints.jsonl"


class AuditKey:
    """The host's signing key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def open(cls, data_dir: Path) -> "AuditKey":
        """The folder's key; made at the first use.

        Raises:
            OutsideFailure: the key file is there but is no key.
        """
        path = data_dir / "keys" / "audit.key"
        if not path.exists():
            make_folder(path.parent)
            write_once(path, Ed25519PrivateKey.generate().private_bytes_raw())
        raw = path.read_bytes()
        if len(raw) != 32:
            raise OutsideFailure(f"{path} is not a signing key; restore it from the backup")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def public(self) -> str:
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        return self._private.sign(message).hex()


def make(connection: Connection, key: AuditKey, now_ns: int | None = None) -> str:
    """One line: what is signed, and the signature."""
    told = {
        "time_ns": str(time.time_ns() if now_ns is None else now_ns),
        "heads": [{"brand": one.brand, "count": one.count, "head": one.head} for one in heads(connection)],
        "key": key.public,
    }
    return canonical({"checkpoint": told, "signature": key.sign(canonical(told).encode())})


def checkpoint_folder(data_dir: Path, settings: Settings) -> Path:
    kept = settings.administration.checkpoints
    return Path(kept) if kept else data_dir / "audit"


def keep(folder: Path, line: str) -> Path:
    """Add a checkpoint to those that are kept."""
    make_folder(folder)
    path = folder / FILE
    before = path.read_bytes() if path.exists() else b""
    write_whole(path, before + line.encode() + b"\n")
    return path


def read(text: str, key: str = "") -> list[dict[str, Any]]:
    """The checkpoints of a file, each with a right signature.

    Args:
        key: the public key, where it is known from elsewhere; else the first checkpoint's must be that of all.

    Raises:
        Mismatch: a line is no checkpoint, or its signature is wrong.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            record = json.loads(line)
            told, signature = record["checkpoint"], bytes.fromhex(record["signature"])
            key = key or told["key"]
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, canonical(told).encode())
        except (ValueError, KeyError, TypeError, InvalidSignature):
            raise Mismatch(f"checkpoint {number} is not signed by {key or 'anybody'}") from None
        found.append(told)
    return found


def compare(connection: Connection, checkpoints: list[dict[str, Any]]) -> int:
    """Hold the logs against all that was signed.

    Returns:
        how many acts there are, of all brands.

    Raises:
        Mismatch: names the brand and the number.
    """
    brands = {one.brand for one in heads(connection)} | {one["brand"] for told in checkpoints for one in told["heads"]}
    return sum(compare_one(connection, brand, checkpoints)[0] for brand in sorted(brands))


def compare_one(connection: Connection, brand: int, checkpoints: list[dict[str, Any]]) -> tuple[int, str]:
    """The same of one brand's log.

    Returns:
        how many acts it has, and the hash of the last.
    """
    seen = verify(connection, brand)
    for told in checkpoints:
        for one in told["heads"]:
            if one["brand"] == brand and seen.get(one["count"]) != one["head"]:
                raise Mismatch(f"audit log of brand {brand}: number {one['count']} is not what was signed")
    return len(seen) - 1, seen[len(seen) - 1]
