"""What gateways have seen of a broker that is watched: files beside the simulated venue, one line a request. CK-10.

Whoever watches writes down a watch; every gateway looks for watches once a second, and adds what it sees of that
broker to a file of its own. No body, no key and no secret stands there: of what was asked for only its hash.
"""

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from commonbook.brokerage.conformance import Seen
from commonbook.errors import BadInput
from commonbook.whole_file import make_folder, write_whole

FOLDER = "conformance"  # in the simulated venue's data folder
REQUESTS_MOST = 2_000_000  # that one gateway keeps of a watch
_WATCH, _SEEN = ".watch", ".seen"


class Watch(msgspec.Struct, frozen=True):
    name: str  # of its files
    code: str
    broker: int
    payout_account: int
    until_ms: int


_watch = msgspec.json.Decoder(Watch)
_seen = msgspec.json.Decoder(Seen)
_encoder = msgspec.json.Encoder()


def begin(folder: Path, code: str, broker: int, payout_account: int, now_ms: int, until_ms: int) -> Watch:
    """From within a second on every gateway sees what this broker asks the simulated venue.

    Raises:
        BadInput: it is being watched already.
    """
    make_folder(folder)
    now = [one for one in watches(folder, now_ms) if one.broker == broker]
    if now:
        raise BadInput(
            f"{code} is being watched already: wait for its end, or take {now[0].name}{_WATCH} out of {folder}"
        )
    watch = Watch(f"{code}-{secrets.token_hex(8)}", code, broker, payout_account, until_ms)
    write_whole(folder / (watch.name + _WATCH), _encoder.encode(watch))
    return watch


def end(folder: Path, watch: Watch) -> None:
    """Nobody looks any more. What was seen stays."""
    (folder / (watch.name + _WATCH)).unlink(missing_ok=True)


def watches(folder: Path, now_ms: int = 0) -> list[Watch]:
    """Those that are not over."""
    found = []
    for path in sorted(folder.glob(f"*{_WATCH}")):
        try:
            found.append(_watch.decode(path.read_bytes()))
        except (FileNotFoundError, msgspec.DecodeError):
            continue  # it has ended in the meantime, or is no watch
    return [one for one in found if one.until_ms > now_ms]


def file_of(folder: Path, watch: Watch, gateway: str) -> Path:
    return folder / f"{watch.name}-{gateway}{_SEEN}"


def line_of(one: Seen) -> bytes:
    return _encoder.encode(one) + b"\n"


class Reading:
    """All that every gateway has seen of a watch so far; each look reads on where the one before has ended."""

    def __init__(self, folder: Path, watch: Watch) -> None:
        self._folder = folder
        self._watch = watch
        self._read: dict[Path, int] = {}  # bytes
        self.seen: list[Seen] = []  # in the order in which they came

    def look(self) -> None:
        """
        Raises:
            BadInput: a line is none of ours.
        """
        more: list[Seen] = []
        for path in sorted(self._folder.glob(f"{self._watch.name}-*{_SEEN}")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                whole, newline, _ = file.read().rpartition(b"\n")  # the last line may still be being written
            self._read[path] = self._read.get(path, 0) + len(whole) + len(newline)
            try:
                more += map(_seen.decode, whole.splitlines())
            except msgspec.DecodeError as error:
                raise BadInput(f"{path} holds a line that no gateway has written: {error}") from None
        if more:
            self.seen = sorted([*self.seen, *more], key=_moment)


def _moment(one: Seen) -> int:
    return one.at_ms


def hash_of(seen: Iterable[Seen]) -> str:
    """SHA-256 over the lines, in their order: what the report says that it was judged by."""
    found = hashlib.sha256()
    for one in seen:
        found.update(line_of(one))
    return found.hexdigest()
