"""Documents that prove themselves: lines of canonical JSON, a footer with the hash of each, and their Merkle root.

leaf = SHA-256(00 || line), node = SHA-256(01 || left || right), an odd node moves up, as in the brokers' statements.
This module, `statement.py` and `invoice.py` import nothing but Python's standard library, so that a file can be checked
far away from any exchange (Q-14).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def canonical(line: Line) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def leaf_hash(text: str) -> bytes:
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def merkle_root(leaves: Sequence[bytes]) -> str:
    """The root over leaf hashes, in hexadecimal; of nothing, the hash of nothing."""
    row = list(leaves)
    if not row:
        return hashlib.sha256(b"").hexdigest()
    while len(row) > 1:
        paired = [hashlib.sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = paired + (row[-1:] if len(row) % 2 else [])
    return row[0].hex()


def sealed(totals: Line, leaves: Sequence[bytes]) -> Line:
    """The footer: what the lines sum to, and their hashes."""
    hashes = {"count": str(len(leaves) - 1), "leaves": [leaf.hex() for leaf in leaves], "root": merkle_root(leaves)}
    return totals | hashes | {"kind": "footer"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: the first line that is wrong, counted from 1, and why; or neither."""

    file: str
    ok: bool
    line: int | None = None
    why: str = ""
    header: Line = field(default_factory=dict)
    totals: Line = field(default_factory=dict)
    root: str = ""
    count: int = 0


def opened(path: Path) -> tuple[list[str], Line] | Checked:
    """The lines but the footer, and the footer, of a file whose form, hashes and root are right; else what is wrong."""
    name = path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        return Checked(name, False, None, f"cannot be read: {error}")
    parts = content.split(b"\n")
    for number, part in enumerate(parts, 1):
        if not part.isascii():
            return Checked(name, False, number, "the line is not ASCII")
    texts = [part.decode("ascii") for part in parts]
    if len(texts) < 3 or texts.pop() != "":
        return Checked(name, False, len(parts), "the file is cut short")
    try:
        end: Line = json.loads(texts[-1])
        leaves, root = [bytes.fromhex(leaf) for leaf in end["leaves"]], str(end["root"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Checked(name, False, len(texts), "the footer cannot be read")
    found = [leaf_hash(text) for text in texts[:-1]]
    if merkle_root(leaves) != root or len(found) != len(leaves):
        return Checked(name, False, len(texts), "the footer's hashes do not fit the lines and the root")
    for number, (ours, theirs) in enumerate(zip(found, leaves, strict=True), 1):
        if ours != theirs:
            return Checked(name, False, number, "the line does not have the hash that the footer states")
    if canonical(end) != texts[-1]:
        return Checked(name, False, len(texts), "the footer is not in canonical form")
    return texts[:-1], end


def read_line(text: str) -> Line:
    """
    Raises:
        ValueError: no JSON object in canonical form.
    """
    line = json.loads(text)
    if not isinstance(line, dict) or canonical(line) != text:
        raise ValueError("the line is not in canonical form")
    return line
