"""Timestamps ahead of our clock, remembered across a restart (I-4).

After a restart the used signatures are not known any more, so what was signed before the start is refused. A client
whose clock is ahead of ours has used timestamps from behind the start, too: before the first of them is taken, a
horizon beyond it is written down for its key, and after a restart nothing that the key signed up to there is taken.
"""

import json
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.whole_file import write_whole

STEM = "horizons"
STEP_MS = 5_000  # so far beyond a timestamp the horizon is set: at most one write a key in this time


class Horizons:
    """Credential to the newest timestamp it may have used, for those that were ever ahead of our clock."""

    def __init__(self, path: Path, started_ms: int) -> None:
        """
        Args:
            path: where this process writes. What others wrote beside it, under names that begin alike, counts as well.
        """
        self._path = path
        self._before: dict[int, int] = {}
        for written in sorted(path.parent.glob(f"{STEM}*.json")):
            for name, until in _read(written).items():
                if until >= started_ms:
                    self._before[int(name)] = max(until, self._before.get(int(name), 0))
        self._now = dict(self._before)

    def may_have_been_used(self, credential: int, sent_ms: int) -> bool:
        """A run before this one may have taken a request of this key with this timestamp."""
        return sent_ms <= self._before.get(credential, -1)

    def cover(self, credential: int, sent_ms: int) -> None:
        """Make sure that the next run knows that this timestamp may have been used; durable on return."""
        if sent_ms <= self._now.get(credential, -1):
            return
        self._now[credential] = sent_ms + STEP_MS
        write_whole(self._path, json.dumps(self._now).encode())


def path_of(data_dir: Path, gateway: int) -> Path:
    """Where a gateway writes its horizons; they are numbered from 0."""
    return data_dir / "keys" / (f"{STEM}-{gateway}.json" if gateway else f"{STEM}.json")


def _read(path: Path) -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads(path.read_text())
    except ValueError as failure:
        raise OutsideFailure(f"{path} cannot be read: {failure}; remove it a minute after the last stop") from None
    return found
