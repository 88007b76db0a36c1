"""Statements: one file per broker and hour that anybody can check with nothing but this module and the file.

A statement is JSON lines, canonical (sorted keys, no spaces, numbers as decimal strings): a header with the terms, a
line per fill side with its inputs and decision, and a footer with the total, the hash of each line before it and the
root of their Merkle tree. leaf = SHA-256(00 || line), node = SHA-256(01 || left || right), an odd node moves up.
Only the standard library is used here, so that the file can be read far away from any exchange. Rules B-20 to B-24.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "commonbook-statement-1"
_RATE_ONE = 100_000_000
_HOUR_NS = 3_600_000_000_000

Line = dict[str, Any]


def canonical(line: Line) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def leaf_hash(text: str) -> str:
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over leaf hashes in hexadecimal; of nothing, the hash of nothing."""
    row = [bytes.fromhex(leaf) for leaf in leaves]
    if not row:
        return hashlib.sha256(b"").hexdigest()
    while len(row) > 1:
        paired = [hashlib.sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = paired + (row[-1:] if len(row) % 2 else [])
    return row[0].hex()


def footer(texts: Sequence[str], total: int) -> Line:
    """The last line, over all lines before it."""
    leaves = [leaf_hash(text) for text in texts]
    return {
        "count": str(len(texts) - 1),
        "kind": "footer",
        "leaves": leaves,
        "root": merkle_root(leaves),
        "total": str(total),
    }


def statement_text(header: Line, lines: Sequence[str]) -> str:
    """A whole statement from its header and its canonical lines."""
    texts = [canonical(header | {"format": FORMAT, "kind": "header"}), *lines]
    total = sum(int(json.loads(line)["paid"]) for line in lines)
    return "\n".join([*texts, canonical(footer(texts, total))]) + "\n"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: the first line that is wrong, counted from 1, and why; or neither."""

    ok: bool
    line: int | None
    why: str
    total: int
    count: int
    root: str


def verify_statement(path: Path) -> Verification:
    """Check form, hashes, root, total, and recompute each line's commission from its inputs."""
    try:
        texts = path.read_text(encoding="ascii").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        return _wrong(None, f"cannot be read: {error}")
    if len(texts) < 3 or texts[-1] != "":
        return _wrong(len(texts), "the file is cut short")
    texts = texts[:-1]
    last = len(texts)
    try:
        end = json.loads(texts[-1])
        leaves, root = [str(leaf) for leaf in end["leaves"]], str(end["root"])
        stated_root = merkle_root(leaves)
        total, count = int(end["total"]), int(end["count"])
    except (ValueError, KeyError, TypeError):
        return _wrong(last, "the footer cannot be read")
    found = [leaf_hash(text) for text in texts[:-1]]
    if found != leaves:
        if stated_root != root or merkle_root(found) == root or len(found) != len(leaves):
            return _wrong(last, "the footer's hashes do not fit the lines and the root")
        line = next(i for i, (a, b) in enumerate(zip(found, leaves, strict=True), 1) if a != b)
        return _wrong(line, "the line does not have the hash that the footer states")
    if stated_root != root:
        return _wrong(last, "the root does not fit the lines")
    return _recompute(texts, total, count, root)


def _recompute(texts: Sequence[str], total: int, count: int, root: str) -> Verification:
    paid = 0
    header: Line = {}
    for number, text in enumerate(texts[:-1], 1):
        try:
            line = json.loads(text)
            if canonical(line) != text:
                return _wrong(number, "the line is not in canonical form")
            if number == 1:
                header = line
                if header["format"] != FORMAT or header["kind"] != "header":
                    return _wrong(number, "the header is of another format")
                continue
            why = check_line(line, header)
            paid += int(line["paid"])
        except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
            return _wrong(number, f"the line cannot be read: {error!r}")
        if why:
            return _wrong(number, why)
    last = len(texts)
    if canonical(json.loads(texts[-1])) != texts[-1]:
        return _wrong(last, "the footer is not in canonical form")
    if paid != total or count != last - 2:
        return _wrong(last, f"the lines pay {paid} in {last - 2} lines, the footer says {total} in {count}")
    return Verification(True, None, "", total, count, root)


def check_line(line: Line, header: Line) -> str:
    """Recompute one line from its inputs and the header's terms; what is wrong, or nothing."""
    if int(line["time_ns"]) // _HOUR_NS != int(line["of_hour"] if "of_hour" in line else header["hour"]):
        return "the fill is of another hour"
    taker_fee, maker_fee = int(line["taker_fee"]), int(line["maker_fee"])
    base = taker_fee + min(maker_fee, 0) if line["role"] == "taker" else max(maker_fee, 0)
    if base != int(line["base"]):
        return f"the base should be {base}"
    expected = _commission(line, header, base)
    if int(line["commission"]) != expected:
        return f"the commission should be {expected}"
    paid = expected
    if line["quote_asset"] != header["payout_asset"]:
        scales = int(header["payout_scale"]), int(line["quote_scale"])
        paid = expected * int(line["index_price_e8"]) * 10 ** scales[0] // (_RATE_ONE * 10 ** scales[1])
    return "" if int(line["paid"]) == paid else f"the payment should be {paid}"


def _commission(line: Line, header: Line, base: int) -> int:
    if line["reason"] != "EARNED":
        return 0
    rate = _rate(line, header)
    grain = 10 ** max(0, int(line["quote_scale"]) - int(header["commission_decimals"]))
    return int(max(base, 0) * rate // _RATE_ONE // grain * grain)


def _rate(line: Line, header: Line) -> int:
    """The rate by the header's tier tables; the line must state the same."""
    in_force = [table for table in header["tables"] if int(table["effective_ns"]) <= int(line["time_ns"])]
    table = max(in_force, key=lambda one: int(one["effective_ns"]))
    tier = next(one for one in table["tiers"] if one["level"] == header["level"])
    rate = int(tier["affiliated_e8"] if line["affiliated"] else tier["unaffiliated_e8"])
    if rate != int(line["rate_e8"]):
        raise ValueError(f"the rate should be {rate}")
    return rate


def _wrong(line: int | None, why: str) -> Verification:
    return Verification(False, line, why, 0, 0, "")
