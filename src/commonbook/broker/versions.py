"""How a version of anything agreed is kept: canonical text, and its hash."""

import hashlib
import json
from typing import Any

from commonbook.errors import BrokenInvariant


def text_of(value: Any) -> str:
    """JSON with one spelling for each value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, told_hash: str, what: str) -> Any:
    """
    Raises:
        BrokenInvariant: the text is not what its hash says.
    """
    if hash_of(text) != told_hash:
        raise BrokenInvariant(f"{what} is not what its hash says")
    return json.loads(text)
