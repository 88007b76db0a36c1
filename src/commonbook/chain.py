"""The chain of the journal walked: from its beginning, or from where an earlier walk came to (Q-23)."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from commonbook._engine import JournalScan
from commonbook.errors import JournalDamaged


class Place(NamedTuple):
    """The end of a segment that is closed: nothing before it changes any more."""

    sequence: int  # the last one
    hash: str  # of its frame, hexadecimal
    epoch: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found."""

    newest_hash: str  # of the newest frame; "" where there is none, or the chain is broken
    problems: tuple[str, ...]
    reached: Place | None  # the end of the last closed segment; None where none is closed


def walk(data_dir: Path, after: Place | None = None) -> Walk:
    """Every frame behind a place: its sum, its hash and that it follows the one before.

    Args:
        after: what an earlier walk reached; None for the whole journal.
    """
    if not (data_dir / "journal").is_dir():
        return Walk("", (), None)
    try:
        scan = JournalScan(str(data_dir), after)
        if after is not None and not len(scan):
            return Walk("", (f"journal: it ends before sequence {after.sequence}, up to which it was walked",), None)
        reached = after
        for number, _ in enumerate(scan, 1):
            if number < len(scan):
                reached = Place(*scan.place())
        return Walk(scan.last_hash(), (), reached)
    except JournalDamaged as damaged:
        return Walk("", (f"journal: {damaged}",), None)
