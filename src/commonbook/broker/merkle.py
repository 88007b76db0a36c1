"""The way from one leaf of a Merkle tree to its root, for whoever has the leaf and not the others. Rule BP-4.

The tree is that of a statement (B-22): node = SHA-256(01 || left || right), a node without a neighbour moves up.
"""

import hashlib
from collections.abc import Sequence

LEFT, RIGHT = "left", "right"
STEPS_MOST = 64  # of a way; a tree of more leaves than anybody has
Step = tuple[str, str]  # on which side the other node stands, and its hash in hexadecimal


def way(leaves: Sequence[str], place: int) -> list[Step]:
    """The nodes beside the way up, lowest first. Where a node moves up alone there is no step.

    Args:
        leaves: hashes in hexadecimal.
        place: of the leaf, from 0.
    """
    row = [bytes.fromhex(leaf) for leaf in leaves]
    found: list[Step] = []
    while len(row) > 1:
        beside = place ^ 1
        if beside < len(row):
            found.append((RIGHT if beside > place else LEFT, row[beside].hex()))
        paired = [_node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + (row[-1:] if len(row) % 2 else [])
        place //= 2
    return found


def climb(leaf: str, steps: Sequence[Step]) -> str:
    """The root that a way leads to from a leaf.

    Raises:
        ValueError: a step is none, or there are more than any tree has.
    """
    if len(steps) > STEPS_MOST:
        raise ValueError(f"{len(steps)} steps are more than the {STEPS_MOST} of any tree")
    at = digest(leaf)
    for side, other in steps:
        if side not in (LEFT, RIGHT):
            raise ValueError(f"a step goes to the {side!r}; it is left or right")
        at = _node(digest(other), at) if side == LEFT else _node(at, digest(other))
    return at.hex()


def digest(text: str) -> bytes:
    """The 32 bytes of a hash that is written as 64 small hexadecimal digits, and in no other way."""
    found = bytes.fromhex(text)
    if found.hex() != text or len(found) != 32:
        raise ValueError(f"{text[:80]!r} is no hash of 64 small hexadecimal digits")
    return found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
