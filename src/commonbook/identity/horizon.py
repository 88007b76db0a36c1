"""Timestamps ahead of our clock, remembered across a restart (I-4).

After a restart the used signatures are not known any more, so what was signed before the start is refused. A client
whose clock is ahead of ours has used timestamps from behind the start, too: before the first of them is taken, a
horizon beyond it is written down for its key, and after a restart nothing that the key signed up to there is taken.
"""

import json
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.whole_file import write_whole

STEP_MS = 5_000  # so far beyond a timestamp the horizon is set: at most one write a key in this time


class Horizons:
    """Credential to the newest timestamp it may have used, for those that were ever ahead of our clock."""

    def __init__(self, path: Path, started_ms: int) -> None:
        self._path = path
        try:
            found: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        except ValueError as failure:
            raise OutsideFailure(f"{path} cannot be read: {failure}; remove it a minute after the last stop") from None
        self._before = {int(name): until for name, until in found.items() if until >= started_ms}
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
