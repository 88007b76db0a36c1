"""A proof that one fill side stands in a signed hour, checked with nothing but its file and the host's public key.

A proof has the line, the header of its statement, the way of both to the statement's root, the way of that root to the
root of the hour, and the signed hour without the roots of the others. Each hash on the way stands there as well, so
that what was altered can be named. Rules BP-4 to BP-7.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonbook.broker.hours import check_signature, read_hour
from commonbook.broker.merkle import RIGHT, Step, climb, digest, way
from commonbook.broker.statement import FORMAT as STATEMENT_FORMAT
from commonbook.broker.statement import Line, canonical, check_line, hour_leaf, leaf_hash, verify_statement
from commonbook.errors import BadInput, Mismatch

FORMAT = "commonbook-proof-1"
FORMAT_PART, FILE = "format", "file"
LINE, LINE_HASH, LINE_WAY = "line", "line_hash", "line_way"
HEADER, HEADER_HASH, HEADER_WAY = "header", "header_hash", "header_way"
ROOT, ROOT_WAY = "statement_root", "statement_way"
SIGNED, SIGNED_HASH, SIGNATURE = "signed_hour", "signed_hour_hash", "signature"
PARTS = (
    *(FORMAT_PART, HEADER, HEADER_HASH, HEADER_WAY, LINE, LINE_HASH, LINE_WAY),
    *(SIGNATURE, SIGNED, SIGNED_HASH, ROOT, ROOT_WAY),
)
ROLES = ("taker", "maker")


def prove(statement: Path, hour: Path, fill: str, role: str = "") -> str:
    """The proof of one fill side of a statement, from two files.

    Args:
        hour: the signed hour of the statement.
        fill: as the statement's lines name it, such as 1042-1.
        role: taker or maker; needed where both sides of the fill stand in the statement.

    Raises:
        BadInput: there is no such line, or there are two, or a file cannot be read.
        Mismatch: the statement is not right, or is none of the hour's.
    """
    checked = verify_statement(statement)
    if not checked.ok:
        raise Mismatch(f"{statement.name}, line {checked.line}: {checked.why}")
    try:
        of_hour = hour.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise BadInput(f"{hour} cannot be read: {error}") from None
    signed = read_hour(of_hour)
    if checked.root not in signed.roots:
        raise Mismatch(f"{hour.name} has no statement with the root {checked.root} of {statement.name}")
    texts = statement.read_text(encoding="ascii").split("\n")[:-2]
    place = _place(texts, fill, role, statement)
    leaves = [leaf_hash(text) for text in texts]
    told = json.loads(of_hour)
    return proof_text(
        {
            FORMAT_PART: FORMAT,
            HEADER: json.loads(texts[0]),
            HEADER_HASH: leaves[0],
            HEADER_WAY: way(leaves, 0),
            LINE: json.loads(texts[place]),
            LINE_HASH: leaves[place],
            LINE_WAY: way(leaves, place),
            ROOT: checked.root,
            ROOT_WAY: way([hour_leaf(root) for root in signed.roots], signed.roots.index(checked.root)),
            SIGNATURE: told["signature"],
            SIGNED: told["signed"],
            SIGNED_HASH: leaf_hash(canonical(told["signed"])),
        }
    )


def proof_text(parts: dict[str, Any]) -> str:
    """The file: JSON in one form, ASCII, sorted keys, two spaces for each depth."""
    return json.dumps(parts, sort_keys=True, indent=2, ensure_ascii=True) + "\n"


def _place(texts: list[str], fill: str, role: str, statement: Path) -> int:
    """Of the line among all, the header's being 0."""
    if role and role not in ROLES:
        raise BadInput(f"there is no role {role!r}; it is taker or maker")
    found = []
    for place, text in enumerate(texts[1:], 1):
        if f'"fill":"{fill}"' in text:
            line = json.loads(text)
            if line.get("fill") == fill and role in ("", line["role"]):
                found.append(place)
    if not found:
        sought = f"the {role}'s side of fill {fill}" if role else f"fill {fill}"
        raise BadInput(f"{statement.name} has no line for {sought}; its lines name them, as in 1042-1")
    if len(found) > 1:
        raise BadInput(f"both sides of fill {fill} stand in {statement.name}: say which, taker or maker")
    return found[0]


@dataclass(frozen=True, slots=True)
class Proved:
    """The outcome: the part of the proof that is wrong and why; or neither, and what is proved."""

    ok: bool
    part: str  # one of PARTS, or file
    why: str
    program: str = ""
    hour: int = 0
    broker: str = ""
    fill: str = ""
    role: str = ""
    reason: str = ""
    paid: int = 0  # units of the payout asset, of what is the broker's own
    root: str = ""  # of the hour


def verify_proof(path: Path, key: str) -> Proved:
    """Check a proof's hashes, its signature, and that its line follows from its inputs and the header's terms.

    Args:
        key: the host's public key in hexadecimal, known from elsewhere.
    """
    try:
        text = path.read_text(encoding="ascii")
        parts = json.loads(text)
        if proof_text(parts) != text:
            return _wrong(FILE, "the file is not in its one form")
    except (OSError, ValueError, RecursionError) as error:
        return _wrong(FILE, f"cannot be read: {error}")
    if not isinstance(parts, dict) or sorted(parts) != sorted(PARTS):
        return _wrong(FILE, "the file has other parts than a proof")
    for name, why in _faults(parts, key):
        return _wrong(name, why)
    line, header = parts[LINE], parts[HEADER]
    return Proved(
        ok=True,
        part="",
        why="",
        program=header["program"],
        hour=int(header["hour"]),
        broker=header["broker"],
        fill=line["fill"],
        role=line["role"],
        reason=line["reason"],
        paid=int(line["your"]["paid"]),
        root=parts[SIGNED]["root"],
    )


def _faults(parts: dict[str, Any], key: str) -> Iterator[tuple[str, str]]:
    """(part, what is wrong with it), the most certain first."""
    if parts[FORMAT_PART] != FORMAT:
        yield FORMAT_PART, f"the proof is of another format than {FORMAT}"
    yield from _signed_faults(parts, key)
    yield from _hash_faults(parts)
    yield from _content_faults(parts[LINE], parts[HEADER], parts[SIGNED])


def _signed_faults(parts: dict[str, Any], key: str) -> Iterator[tuple[str, str]]:
    """Of the signed hour, its hash and its signature, the one that the other two speak against."""
    is_hash_right = leaf_hash(canonical(parts[SIGNED])) == parts[SIGNED_HASH]
    try:
        check_signature(parts[SIGNED], parts[SIGNATURE], key)
    except Mismatch as wrong:
        names_the_key = isinstance(parts[SIGNED], dict) and parts[SIGNED].get("key") == key
        yield (SIGNATURE if is_hash_right and names_the_key else SIGNED), str(wrong)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield SIGNATURE if is_hash_right else SIGNED, f"the signed hour cannot be read: {error}"
    if not is_hash_right:
        yield SIGNED_HASH, "it is not the hash of the signed hour"


def _hash_faults(parts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Of the hashes that do not agree, the one that the others speak against."""
    root = parts[ROOT]
    ends = [_end(parts, of, way_of) for of, way_of in ((LINE, LINE_WAY), (HEADER, HEADER_WAY))]
    if _hour_reached(root, parts[ROOT_WAY]) != parts[SIGNED]["root"]:
        if root in ends:
            yield ROOT_WAY, "the way from the statement's root does not lead to the root of the hour"
        else:
            yield ROOT, "neither the line nor the header leads to the statement's root"
    for name, hash_name, way_name in ((LINE, LINE_HASH, LINE_WAY), (HEADER, HEADER_HASH, HEADER_WAY)):
        found, stated = leaf_hash(canonical(parts[name])), parts[hash_name]
        if found != stated:
            if _end(parts, name, way_name) == root:
                yield hash_name, f"it is not the hash of the {name}"
            else:
                yield name, f"its hash is {found} and should be {stated}"
        elif _end(parts, name, way_name) != root:
            yield way_name, f"the way from the {name} does not lead to the statement's root"
    if any(side != RIGHT for side, _ in parts[HEADER_WAY]):
        yield HEADER_WAY, "the header is not the first line of its statement"


def _end(parts: dict[str, Any], name: str, way_name: str) -> str:
    return _reached(leaf_hash(canonical(parts[name])), parts[way_name])


def _hour_reached(root: Any, steps: Any) -> str:
    """Where a way leads to from a statement's root; nowhere when it is none."""
    try:
        digest(root)
        return _reached(hour_leaf(root), steps)
    except (ValueError, TypeError, AttributeError):
        return ""


def _reached(leaf: Any, steps: Any) -> str:
    """Where a way leads to; nowhere when it is none."""
    try:
        return climb(leaf, [_step(one) for one in steps])
    except (ValueError, TypeError, AttributeError):
        return ""


def _step(one: Any) -> Step:
    side, other = one
    digest(other)
    return side, other


def _content_faults(line: Line, header: Line, signed: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What hashes cannot tell: whether the line follows from its inputs, and the header is this hour's."""
    try:
        if header["format"] != STATEMENT_FORMAT or header["kind"] != "header":
            yield HEADER, f"the header is of another format than {STATEMENT_FORMAT}"
        if (header["program"], header["hour"]) != (signed["program"], signed["hour"]):
            yield HEADER, "the header is of another hour than the one that is signed"
        if line["kind"] != "fill":
            yield LINE, "the line is none of a fill side"
        why = check_line(line, header)
        if why:
            yield LINE, why
        int(line["your"]["paid"])
    except (ValueError, KeyError, TypeError) as error:
        yield LINE, f"the line cannot be read: {error!r}"


def _wrong(part: str, why: str) -> Proved:
    return Proved(False, part, why)
