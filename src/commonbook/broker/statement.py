"""Statements: one file per broker and hour that anybody can check with nothing but this module and the file.

A statement is JSON lines, canonical (sorted keys, no spaces, numbers as decimal strings): a header with the terms, a
line per fill side with its inputs and decision, and a footer with the total, what is paid of it, the hash of each line
before it and the root of their Merkle tree. leaf = SHA-256(00 || line), node = SHA-256(01 || left || right), an odd
node moves up. Only the standard library is used here, so that the file can be read far away from any exchange.
Rules B-20 to B-24.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "commonbook-statement-1"
EARNED = "EARNED"
_RATE_ONE = 100_000_000
_HOUR_NS = 3_600_000_000_000
_SCALE_MAX = 36

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


def payout(total: int, brought_forward: int, minimum: int) -> tuple[int, int]:
    """(paid, carried forward) of an hour: all that is due, or, below the minimum payout, nothing yet (B-15)."""
    due = total + brought_forward
    return (due, 0) if due >= minimum else (0, due)


def footer(texts: Sequence[str]) -> Line:
    """The last line; all of it follows from the lines before it, of which the first is the header."""
    header = json.loads(texts[0])
    total = sum(int(json.loads(text)["paid"]) for text in texts[1:])
    paid, carried = payout(total, int(header["brought_forward"]), int(header["minimum_payout"]))
    leaves = [leaf_hash(text) for text in texts]
    return {
        "carried_forward": str(carried),
        "count": str(len(texts) - 1),
        "kind": "footer",
        "leaves": leaves,
        "paid": str(paid),
        "root": merkle_root(leaves),
        "total": str(total),
    }


def header_text(terms: Line) -> str:
    """The first line."""
    return canonical(terms | {"format": FORMAT, "kind": "header"})


def statement_text(texts: Sequence[str]) -> str:
    """A whole statement from all its lines but the footer."""
    return "\n".join([*texts, canonical(footer(texts))]) + "\n"


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
    """Check form, hashes and root, recompute each line from its inputs, and the footer from the lines (B-23)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return _wrong(None, f"cannot be read: {error}")
    parts = content.split(b"\n")
    for number, part in enumerate(parts, 1):
        if not part.isascii():
            return _wrong(number, "the line is not ASCII")
    texts = [part.decode("ascii") for part in parts]
    if len(texts) < 3 or texts.pop() != "":
        return _wrong(len(parts), "the file is cut short")
    last = len(texts)
    try:
        end = json.loads(texts[-1])
        leaves, root = [str(leaf) for leaf in end["leaves"]], str(end["root"])
        stated_root = merkle_root(leaves)
    except (ValueError, KeyError, TypeError, RecursionError):
        return _wrong(last, "the footer cannot be read")
    found = [leaf_hash(text) for text in texts[:-1]]
    if stated_root != root or len(found) != len(leaves) or (found != leaves and merkle_root(found) == root):
        return _wrong(last, "the footer's hashes do not fit the lines and the root")
    for number, (ours, theirs) in enumerate(zip(found, leaves, strict=True), 1):
        if ours != theirs:
            return _wrong(number, "the line does not have the hash that the footer states")
    return _recompute(texts)


def _recompute(texts: Sequence[str]) -> Verification:
    """What the hashes cannot tell: whether the lines follow from their inputs and the footer from the lines."""
    header: Line = {}
    seen: set[tuple[str, str]] = set()
    for number, text in enumerate(texts[:-1], 1):
        try:
            line = json.loads(text)
            if canonical(line) != text:
                return _wrong(number, "the line is not in canonical form")
            if number == 1:
                header = line
                why = _check_header(header)
            else:
                side = (str(line["fill"]), str(line["role"]))
                why = "the fill side is there twice" if side in seen else check_line(line, header)
                seen.add(side)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return _wrong(number, f"the line cannot be read: {error!r}")
        if why:
            return _wrong(number, why)
    last = len(texts)
    end = footer(texts[:-1])
    if canonical(end) != texts[-1]:
        return _wrong(last, f"the footer should say total {end['total']}, paid {end['paid']}, count {end['count']}")
    return Verification(True, None, "", int(end["total"]), int(end["count"]), str(end["root"]))


def _check_header(header: Line) -> str:
    if header["format"] != FORMAT or header["kind"] != "header":
        return "the header is of another format"
    if min(int(header["brought_forward"]), int(header["minimum_payout"])) < 0:
        return "an amount is below zero"
    return ""


def check_line(line: Line, header: Line) -> str:
    """Recompute one line from its inputs and the header's terms; what is wrong, or nothing."""
    hour, of_hour = int(header["hour"]), int(line["of_hour"] if "of_hour" in line else header["hour"])
    if int(line["time_ns"]) // _HOUR_NS != of_hour or of_hour > hour:
        return "the fill is of another hour"
    taker_fee, maker_fee = int(line["taker_fee"]), int(line["maker_fee"])
    base = taker_fee + min(maker_fee, 0) if line["role"] == "taker" else max(maker_fee, 0)
    if header["discount"] == "cash_part":
        base -= int(line["discount"])
    if base != int(line["base"]):
        return f"the base should be {base}"
    excluded_by = list(_excluded_by(line, header, base))
    if line["excluded_by"] != excluded_by or line["reason"] != (excluded_by or [EARNED])[0]:
        return f"the reason should be {(excluded_by or [EARNED])[0]}, excluded by {excluded_by}"
    commission = 0 if excluded_by else _commission(line, header, base)
    if int(line["commission"]) != commission:
        return f"the commission should be {commission}"
    paid = commission
    if line["quote_asset"] != header["payout_asset"]:
        price = int(line["index_price_e8"])
        paid = commission * price * _power(header["payout_scale"]) // (_RATE_ONE * _power(line["quote_scale"]))
    return "" if int(line["paid"]) == paid else f"the payment should be {paid}"


def _excluded_by(line: Line, header: Line, base: int) -> Iterable[str]:
    """The exclusions that apply, in the fixed order (B-4)."""
    if line["attribution"] != "BROKER":
        yield line["attribution"]
    if line["channel"] != "API":
        yield "NON_API"
    if int(line["level"]) >= int(header["excluded_from_level"]):
        yield "VIP_TOO_HIGH"
    if int(line["discount"]) and header["discount"] == "exclude_fill":
        yield "FEE_DISCOUNT"
    if line["subsidised"]:
        yield "SUBSIDISED"
    if base <= 0:
        yield "NO_NET_FEE"
    if line["quote_asset"] != header["payout_asset"] and not int(line["index_price_e8"]):
        yield "NO_INDEX_PRICE"


def _commission(line: Line, header: Line, base: int) -> int:
    grain = _power(max(0, int(line["quote_scale"]) - int(header["commission_decimals"])))
    return base * _rate(line, header) // _RATE_ONE // grain * grain


def _rate(line: Line, header: Line) -> int:
    """The rate by the header's tier tables; the line must state the same."""
    rate = 0
    in_force = [table for table in header["tables"] if int(table["effective_ns"]) <= int(line["time_ns"])]
    if in_force:
        table = max(in_force, key=lambda one: int(one["effective_ns"]))
        tiers = [tier for tier in table["tiers"] if tier["level"] == header["level"]]
        if not tiers:
            raise ValueError(f"no tier for level {header['level']}")
        rate = int(tiers[0]["affiliated_e8"] if line["affiliated"] else tiers[0]["unaffiliated_e8"])
    if rate != int(line["rate_e8"]):
        raise ValueError(f"the rate should be {rate}")
    return rate


def _power(scale: str | int) -> int:
    if not 0 <= int(scale) <= _SCALE_MAX:
        raise ValueError(f"scale {scale} is out of range")
    power: int = 10 ** int(scale)
    return power


def _wrong(line: int | None, why: str) -> Verification:
    return Verification(False, line, why, 0, 0, "")
