"""What several gateways of one host agree on: how much of each limit is taken, and which signatures were used.

A file that all of them have mapped into memory, under a lock that the system gives back when its holder dies. It is
made anew by whoever starts the gateways and lives as long as they do, so one of them may go and come again meanwhile.
Two tables of fixed size, looked up by a hash of 128 bits:

    windows     hash, the newest step, when all of it is out of the window, and what was taken in each of the last
                STEPS + 1 steps
    signatures  hash, and the time from which on it is of no use to anybody

A window slides in STEPS steps here, and the oldest is counted whole: what is taken in any window is at most the limit,
and what is out of the window is given back a step later than it could be.
"""

import fcntl
import mmap
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from commonbook.errors import OutsideFailure
from commonbook.gateway.limits import Claim, Limit

WORD = 8
STEPS = 32
HEAD = 4
WINDOW = HEAD + STEPS + 1  # words of a row
SIGNATURE = 3
WINDOWS = 1 << 16
SIGNATURES = 1 << 21
PROBES = 32  # rows in which a hash may lie
_SIGNATURES_AT = WINDOWS * WINDOW
SIZE = (_SIGNATURES_AT + SIGNATURES * SIGNATURE) * WORD  # of the file; what is never touched takes no memory
KNOWN_MOST = 100_000  # keys whose names one gateway remembers


def make_shared(path: Path) -> None:
    """An empty file for the gateways of one start."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(SIZE)
    path.chmod(0o600)


class Shared:
    """One gateway's view of the file."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            OutsideFailure: the file is not there or is not one of ours.
        """
        size = path.stat().st_size if path.exists() else 0
        if size != SIZE:
            raise OutsideFailure(f"{path} has {size} bytes instead of {SIZE}; start the exchange again")
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), SIZE)
        self.words = memoryview(self._map).cast("Q")

    @contextmanager
    def locked(self) -> Iterator[memoryview]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield self.words
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self.words.release()
        self._map.close()
        self._file.close()


class SharedLimits:
    """The same as `limits.Limits`, of all gateways together."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._known: dict[Hashable, tuple[int, int, Limit]] = {}  # keys this gateway has met, and their hashes

    def spend(self, claims: Sequence[Claim], now_ms: int) -> Claim | None:
        """Take all of it or nothing; the claim for which there is no room."""
        hashes = [self._hash(claim.key, claim.limit) for claim in claims]
        with self._shared.locked() as words:
            rows = []
            for claim, (low, high, limit) in zip(claims, hashes, strict=True):
                step = now_ms * STEPS // limit.window_ms
                row = _row(words, low, high, now_ms)
                if row is None or _taken(words, row, step) + claim.count > limit.most:
                    return claim
                rows.append((row, step, limit.window_ms, claim.count))
            for row, step, window_ms, count in rows:
                _move(words, row, step)
                words[row + HEAD + step % (STEPS + 1)] += count
                words[row + 3] = now_ms + window_ms + window_ms // STEPS + 1
        return None

    def left(self, key: Hashable, limit: Limit, now_ms: int) -> int:
        low, high, _ = self._hash(key, limit)
        step = now_ms * STEPS // limit.window_ms
        with self._shared.locked() as words:
            row = _row(words, low, high, now_ms)
            return limit.most - (_taken(words, row, step) if row is not None else 0)

    def known(self) -> list[tuple[Hashable, Limit]]:
        """The windows that this gateway has counted in."""
        return [(key, limit) for key, (_, _, limit) in self._known.items()]

    def _hash(self, key: Hashable, limit: Limit) -> tuple[int, int, Limit]:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= KNOWN_MOST:
                self._known.clear()
            known = self._known[key] = (*_hash_of(repr(key).encode()), limit)
        return known


class SharedUses:
    """The same as `identity.uses.Uses`, of all gateways together."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def is_first(self, signature: str, until_ms: int, now_ms: int) -> bool:
        """Whether it was never used; from now on it was. Once the table is full no more are taken."""
        low, high = _hash_of(signature.encode())
        with self._shared.locked() as words:
            place = None
            for probe in range(PROBES):
                row = _SIGNATURES_AT + (low + probe) % SIGNATURES * SIGNATURE
                if words[row] == low and words[row + 1] == high:
                    if words[row + 2] >= now_ms:
                        return False
                    place = row
                    break
                if place is None and words[row + 2] < now_ms:
                    place = row
            if place is None:
                return False
            words[place], words[place + 1], words[place + 2] = low, high, until_ms
        return True


def _hash_of(name: bytes) -> tuple[int, int]:
    digest = blake2b(name, digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1  # never an empty row's


def _row(words: memoryview, low: int, high: int, now_ms: int) -> int | None:
    """Where a window's row begins: its own, else one whose window has passed; None when there is none."""
    free = None
    for probe in range(PROBES):
        row = (low + probe) % WINDOWS * WINDOW
        if words[row] == low and words[row + 1] == high:
            return row
        if free is None and words[row + 3] < now_ms:
            free = row
    if free is not None:
        words[free], words[free + 1] = low, high
        for place in range(free + 2, free + WINDOW):
            words[place] = 0
    return free


def _taken(words: memoryview, row: int, step: int) -> int:
    """What was taken in the window that ends in a step."""
    passed = step - words[row + 2]
    if passed > STEPS:
        return 0
    newest = words[row + 2]
    return sum(words[row + HEAD + (newest - back) % (STEPS + 1)] for back in range(STEPS + 1 - max(passed, 0)))


def _move(words: memoryview, row: int, step: int) -> None:
    """Let the window end in a step: what has left it is forgotten."""
    passed = step - words[row + 2]
    if passed <= 0:
        return
    for back in range(min(passed, STEPS + 1)):
        words[row + HEAD + (step - back) % (STEPS + 1)] = 0
    words[row + 2] = step
