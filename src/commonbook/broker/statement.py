"""Statements: one file per broker and hour that anybody can check with nothing but this module and the file.

A statement is JSON lines, canonical (sorted keys, no spaces, numbers as decimal strings): a header with the terms, a
line per fill side with its inputs, the decision, and last what of it is this broker's own, and a footer with the total,
what is paid of it, the hash of each line before it and the root of their Merkle tree. leaf = SHA-256(00 || line),
node = SHA-256(01 || left || right), an odd node moves up. Only the standard library is used here, so that the file can
be read far away from any exchange.

Behind the lines of fills stand those of reversals: a busted fill's, which takes back what its own line has said and has
that line in it, and a correction's, which names what it is about (docs/rules/corrections.md).

A line ends in what is the broker's own: of one with a rate of its own, the rate, the pool and what it has given away of
it; of one below, its points of the base. Rules B-20 to B-24.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "commonbook-statement-3"  # the first that is read: those before it were in no release
EARNED, CUT_BY_CONSENT = "EARNED", "CUT_BY_CONSENT"
_OF_CLIENT = ("SELF_REFERRAL", "REFUSED", "CONSENT_ENDED", "MOVED_LATELY")
_ABOUT = ("fill", "hour", "client")
DIGEST = 32  # bytes of a hash
_NO_CAP = -1
_RATE_ONE = 100_000_000
_HOUR_NS = 3_600_000_000_000
_SCALE_MAX = 36
_END = re.compile(rb'"root":"([0-9a-f]{64})","total":"-?\d+"\}\n\Z')
_END_BYTES = 256
_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
_LEVEL_MOST = 9  # a table's last column of client levels is for those above as well

Line = dict[str, Any]


def canonical(line: Line) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def leaf_hash(text: str) -> str:
    return _leaf(text).hex()


def _leaf(text: str) -> bytes:
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over leaf hashes in hexadecimal; of nothing, the hash of nothing."""
    return _root_over(b"".join(map(bytes.fromhex, leaves))).hex()


def hour_root(roots: Sequence[str]) -> str:
    """The root over the roots of an hour's statements, in the order of the brokers; of none, the hash of nothing."""
    return merkle_root([hour_leaf(root) for root in roots])


def hour_leaf(root: str) -> str:
    """What a statement's root is in the hour's tree: SHA-256(02 || root), so that no node of either tree can pass for
    the root of a statement, with the header of one broker's and a line of another's below it.
    """
    return hashlib.sha256(b"\x02" + bytes.fromhex(root)).hexdigest()


def _root_over(row: bytes) -> bytes:
    """
    Args:
        row: digests, one behind the other; nothing is in front of them or between.
    """
    sha256, two = hashlib.sha256, 2 * DIGEST
    if not row:
        return sha256(b"").digest()
    while len(row) > DIGEST:
        above = [sha256(b"\x01" + row[at : at + two]).digest() for at in range(0, len(row) - DIGEST, two)]
        above.append(row[len(above) * two :])  # an odd one moves up
        row = b"".join(above)
    return row


def payout(total: int, brought_forward: int, minimum: int) -> tuple[int, int]:
    """(paid, carried forward) of an hour: all that is due, or, below the minimum payout, nothing yet (B-15)."""
    due = total + brought_forward
    return (due, 0) if due >= minimum else (0, due)


def footer(texts: Sequence[str]) -> Line:
    """The last line; all of it follows from the lines before it, of which the first is the header."""
    header = json.loads(texts[0])
    total = sum(_whole(json.loads(text)["your"]["paid"]) for text in texts[1:])
    return footer_over(leaves_of(text.encode() for text in texts), header, total)


def leaves_of(lines: Iterable[bytes]) -> bytes:
    """The leaf hash of each line, without its end, one behind the other."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\x00" + line).digest() for line in lines])


def footer_over(leaves: bytes, header: Line, total: int) -> Line:
    """The same where the hashes of all lines before it, one behind the other, and their total are known."""
    paid, carried = payout(total, _whole(header["brought_forward"]), _whole(header["minimum_payout"]))
    return {
        "carried_forward": str(carried),
        "count": str(len(leaves) // DIGEST - 1),
        "kind": "footer",
        "leaves": leaves.hex(" ", DIGEST).split(),
        "paid": str(paid),
        "root": _root_over(leaves).hex(),
        "total": str(total),
    }


def header_text(terms: Line) -> str:
    """The first line."""
    return canonical(terms | {"format": FORMAT, "kind": "header"})


def statement_text(texts: Sequence[str]) -> str:
    """A whole statement from all its lines but the footer."""
    return "\n".join([*texts, canonical(footer(texts))]) + "\n"


def stated_root(path: Path) -> str | None:
    """The root that a statement's footer states; None where there is no statement, or none to its end."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _END_BYTES))
            found = _END.search(file.read())
    except OSError:
        return None
    return found[1].decode() if found else None


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
    taken: set[tuple[str, ...]] = set()
    own = {leaf_hash(text) for text in texts[1:-1]}
    for number, text in enumerate(texts[:-1], 1):
        try:
            line = json.loads(text)
            if canonical(line) != text:
                return _wrong(number, "the line is not in canonical form")
            if number == 1:
                header = line
                why = _check_header(header)
            elif line["kind"] == "fill":
                side = (str(line["fill"]), str(line["role"]))
                why = "the fill side is there twice" if side in seen else check_line(line, header)
                why = why or ("a fill stands behind a reversal" if taken else "")
                seen.add(side)
            else:
                what = _what(line)
                why = "the same is reversed twice" if what in taken else check_reversal(line, header)
                if not why and line["kind"] == "bust" and line["of"]["hour"] == header["hour"]:
                    why = "" if line["of"]["leaf"] in own else "its own statement has no line with that hash"
                taken.add(what)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return _wrong(number, f"the line cannot be read: {error!r}")
        if why:
            return _wrong(number, why)
    last = len(texts)
    end = footer(texts[:-1])
    if canonical(end) != texts[-1]:
        return _wrong(last, f"the footer should say total {end['total']}, paid {end['paid']}, count {end['count']}")
    return Verification(True, None, "", _whole(end["total"]), _whole(end["count"]), str(end["root"]))


def _check_header(header: Line) -> str:
    if header["format"] != FORMAT or header["kind"] != "header":
        return f"the header is of another format than {FORMAT}"
    _whole(header["brought_forward"])  # below zero where more was taken back than earned (CO-8)
    if _whole(header["minimum_payout"]) < 0:
        return "an amount is below zero"
    return ""


def check_line(line: Line, header: Line) -> str:
    """Recompute one line from its inputs and the header's terms; what is wrong, or nothing."""
    hour, of_hour = _whole(header["hour"]), _whole(line["of_hour"] if "of_hour" in line else header["hour"])
    if _whole(line["time_ns"]) // _HOUR_NS != of_hour or of_hour > hour:
        return "the fill is of another hour"
    taker_fee, maker_fee = _whole(line["taker_fee"]), _whole(line["maker_fee"])
    base = taker_fee + min(maker_fee, 0) if line["role"] == "taker" else max(maker_fee, 0)
    conditions = _in_force(header["conditions"], line)
    if conditions is None:
        return "the header has no conditions for the hour of the fill"
    if conditions["discount"] == "cash_part":
        base -= _whole(line["discount"])
    if base != _whole(line["base"]):
        return f"the base should be {base}"
    excluded_by = list(_excluded_by(line, header, conditions, base))
    counted = 0 if excluded_by else base
    reasons = excluded_by[:1] or _earning(line, header, base)
    if line["excluded_by"] != excluded_by or line["reason"] not in reasons:
        return f"the reason should be {' or '.join(reasons)}, excluded by {excluded_by}"
    yours = line["your"]
    if header["tables"] and "rate_e8" not in yours:
        return "the line should have the rate: the header is of one with a rate of its own"
    commission, paid = _root(line, header, counted) if "rate_e8" in yours else _part(line, header, counted)
    if _whole(yours["commission"]) != commission:
        return f"the commission should be {commission}"
    return "" if _whole(yours["paid"]) == paid else f"the payment should be {paid}"


def check_reversal(line: Line, header: Line) -> str:
    """Whether a line that reverses or corrects another follows from what it names; what is wrong, or nothing (CO-3)."""
    if _whole(line["time_ns"]) // _HOUR_NS != _whole(header["hour"]):
        return "the reversal is of another hour"
    people = (line["asked_by"], line["approved_by"])
    if not all(isinstance(one, str) and one for one in (*people, line["reason"])) or people[0] == people[1]:
        return "it needs a reason, and two who have agreed on it"
    if _whole(line["number"]) < 0 or _whole(line["sequence"]) < 1:
        return "it names no act, or no command"
    commission, paid = _whole(line["your"]["commission"]), _whole(line["your"]["paid"])
    if line["kind"] == "correction":
        about = sorted(line["of"])
        if len(about) != 1 or about[0] not in _ABOUT or not isinstance(line["of"][about[0]], str):
            return f"it should say which {', '.join(_ABOUT)} it is about"
        return "" if commission == 0 and paid != 0 else "a correction is of what is paid, and not of nothing"
    if line["kind"] != "bust":
        return f"there is no kind of line {str(line['kind'])[:16]!r}"
    return _check_bust(line, header, commission, paid)


def _check_bust(line: Line, header: Line, commission: int, paid: int) -> str:
    of, original = line["of"], line["original"]
    stands_in = _whole(of["hour"])
    if leaf_hash(canonical(original)) != of["leaf"]:
        return "the original line does not have the hash that is named"
    if original["kind"] != "fill" or (original["fill"], original["role"]) != (of["fill"], of["role"]):
        return "the original line is of another fill side than the one that is named"
    if stands_in > _whole(header["hour"]):
        return "the original line stands in a later hour"
    why = check_line(original, header | {"hour": of["hour"]})
    if why:
        return f"the original line: {why}"
    yours = original["your"]
    if (commission, paid) != (-_whole(yours["commission"]), -_whole(yours["paid"])):
        return f"it should take back {yours['commission']} and {yours['paid']}"
    return ""


def _what(line: Line) -> tuple[str, ...]:
    """What a reversal takes back: the same never twice."""
    if line["kind"] == "bust":
        return ("bust", str(line["of"]["fill"]), str(line["of"]["role"]))
    return (str(line["kind"]), str(line["number"]))


def _earning(line: Line, header: Line, base: int) -> list[str]:
    """What may be told of a side that nothing excludes: of one below a root either, as its line has not the rate."""
    if "rate_e8" not in line["your"]:
        return [EARNED] if _cap(line) == _NO_CAP else [EARNED, CUT_BY_CONSENT]
    left = _left(line, header, base)
    return [CUT_BY_CONSENT if _capped(line, header, left) < left else EARNED]


def _left(line: Line, header: Line, counted: int) -> int:
    """The pool by the rate in force, or what claims before it have left of the base (B-29)."""
    return min(_share(line, header, counted, _rate(line, header)), max(counted - _whole(line["claimed"]), 0))


def _capped(line: Line, header: Line, amount: int) -> int:
    """An amount, cut to the highest share of the side's own fee that its client has agreed to (CN-4)."""
    cap = _cap(line)
    if cap == _NO_CAP:
        return amount
    own_fee = _whole(line["taker_fee"] if line["role"] == "taker" else line["maker_fee"])
    return min(amount, _share(line, header, max(own_fee, 0), cap))


def _cap(line: Line) -> int:
    cap = _whole(line["cap_e8"])
    if not _NO_CAP <= cap <= _RATE_ONE:
        raise ValueError(f"a cap of {cap} is none")
    return cap


def _root(line: Line, header: Line, counted: int) -> tuple[int, int]:
    """What is left to a root: the pool without what it has given away (B-8)."""
    yours = line["your"]
    if _whole(yours["rate_e8"]) != (rate := _rate(line, header)):
        raise ValueError(f"the rate should be {rate}")
    pool = _capped(line, header, _left(line, header, counted))
    if _whole(yours["pool"]) != pool:
        raise ValueError(f"the pool should be {pool}")
    points = [_whole(one) for _, one in yours["given"]]
    if min(points, default=0) < 0 or sum(points) > rate:
        raise ValueError(f"points of {points} are given away at a rate of {rate}")
    parts = [_share(line, header, counted, one) for one in points]
    return pool - sum(parts), _paid(line, header, pool) - sum(_paid(line, header, part) for part in parts)


def _part(line: Line, header: Line, counted: int) -> tuple[int, int]:
    """What one below a root has: its points of the base."""
    points = _whole(line["your"]["points_e8"])
    if not 0 <= points <= _RATE_ONE:
        raise ValueError(f"a sub-broker has no {points} points")
    part = _share(line, header, counted, points)
    if part > _capped(line, header, part):
        raise ValueError(f"a part of {part} is more than the client's cap leaves of all")
    return part, _paid(line, header, part)


def _share(line: Line, header: Line, base: int, rate_e8: int) -> int:
    grain = _power(max(0, _whole(line["quote_scale"]) - _whole(header["commission_decimals"])))
    return base * rate_e8 // _RATE_ONE // grain * grain


def _paid(line: Line, header: Line, amount: int) -> int:
    if line["quote_asset"] == header["payout_asset"]:
        return amount
    price = _whole(line["index_price_e8"])
    return amount * price * _power(_whole(header["payout_scale"])) // (_RATE_ONE * _power(_whole(line["quote_scale"])))


def _excluded_by(line: Line, header: Line, conditions: Line, base: int) -> Iterable[str]:
    """The exclusions that apply, in the fixed order (B-4)."""
    if line["attribution"] != "BROKER":
        yield line["attribution"]
    if withheld := line["withheld"]:
        if withheld not in _OF_CLIENT:
            raise ValueError(f"nothing is withheld for {withheld!r}")
        yield withheld
    if line["channel"] != "API":
        yield "NON_API"
    if _whole(line["level"]) >= _whole(conditions["excluded_from_level"]):
        yield "VIP_TOO_HIGH"
    if _whole(line["discount"]) and conditions["discount"] == "exclude_fill":
        yield "FEE_DISCOUNT"
    if line["subsidised"]:
        yield "SUBSIDISED"
    if base <= 0:
        yield "NO_NET_FEE"
    if line["quote_asset"] != header["payout_asset"] and not _whole(line["index_price_e8"]):
        yield "NO_INDEX_PRICE"


def _rate(line: Line, header: Line) -> int:
    """The rate by the table in force, of which the first row counts that the case lies in (B-5)."""
    table = _in_force(header["tables"], line)
    if table is None:
        return 0
    return next((_whole(row["rate_e8"]) for row in table["rows"] if _is_for(row, line, table)), 0)


def _in_force(terms: Iterable[Line], line: Line) -> Line | None:
    """Of terms with their times, those at the time of a line's fill."""
    time_ns = _whole(line["time_ns"])
    return next((one for one in terms if _whole(one["from_ns"]) <= time_ns < _whole(one["to_ns"])), None)


def _is_for(row: Line, line: Line, table: Line) -> bool:
    return (
        row["tier"] == table["tier"]
        and row["product"] in (None, line["product"])
        and row["role"] in (None, line["role"])
        and row["affiliated"] in (None, line["affiliated"])
        and _whole(row["level_from"]) <= min(_whole(line["level"]), _LEVEL_MOST) <= _whole(row["level_to"])
    )


def _power(scale: int) -> int:
    if not 0 <= scale <= _SCALE_MAX:
        raise ValueError(f"scale {scale} is out of range")
    power: int = 10**scale
    return power


def _whole(text: Any) -> int:
    """A number as lines have it: a decimal string, and in no other way."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise ValueError(f"{str(text)[:40]!r} is no number in the form of a statement")
    return int(text)


def _wrong(line: int | None, why: str) -> Verification:
    return Verification(False, line, why, 0, 0, "")
