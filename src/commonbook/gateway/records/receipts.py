"""What each session has had taken in: from the receipts of the durable stream, so that any later door knows it, too."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from commonbook._engine import JournalReader, journal_begins
from commonbook.errors import JournalDamaged
from commonbook.matching.holds import has_hold
from commonbook.records import COMMAND, RECEIPT, CommandKind, ReceiptPurpose, Records

HOLD = "record-door"
Key = tuple[int, int]  # credential and session


class Taken(NamedTuple):
    """A frame that was taken. `engine_sequence` is of its first command, 0 while the frame is under way."""

    size: int  # commands
    checksum: int
    correlation: int
    engine_sequence: int


@dataclass(slots=True)
class Memory:
    """One session: its newest client sequence, the frames that a resend may still be about, by their first sequence."""

    account: int
    last: int = 0
    durable: int = 0  # the newest client sequence that the stream has told
    taken: dict[int, Taken] = field(default_factory=dict)
    cancel_on_disconnect: bool = False  # as the newest receipt says; what an open connection wants is its own
    seen_ns: int = 0  # engine time of the newest receipt

    def take(self, first: int, frame: Taken, kept: int) -> None:
        """Note a frame; frames further back than `kept` commands are forgotten."""
        self.taken[first] = frame
        self.last = max(self.last, first + frame.size - 1)
        while (oldest := next(iter(self.taken))) + self.taken[oldest].size + kept <= self.last:
            del self.taken[oldest]

    def acknowledged(self, upto: int) -> None:
        """The client knows everything up to an engine sequence, and sends something new: no resend is about that."""
        while self.taken:
            oldest = next(iter(self.taken))
            frame = self.taken[oldest]
            if not frame.engine_sequence or frame.engine_sequence + frame.size - 1 > upto:
                return
            del self.taken[oldest]


class _Note(msgspec.Struct, array_like=True):
    credential: int
    session: int
    account: int
    last: int
    cancel_on_disconnect: bool
    seen_ns: int
    taken: list[tuple[int, int, int, int, int]]


class _Checkpoint(msgspec.Struct):
    sequence: int
    sessions: list[_Note]


class Receipts:
    """The sessions as the stream up to `sequence` tells them, and what is under way."""

    def __init__(self, kept_commands: int) -> None:
        self.sequence = 0
        self.sessions: dict[Key, Memory] = {}
        self._kept = kept_commands

    def of(self, key: Key, account: int) -> Memory:
        found = self.sessions.get(key)
        if found is None:
            found = self.sessions[key] = Memory(account)
        return found

    def submitted(self, memory: Memory, first: int, frame: Taken) -> None:
        memory.take(first, frame, self._kept)

    def apply(self, commands: Records) -> list[tuple[Key, int, Taken]]:
        """Take in numbered commands behind `sequence`; the frames among them, with their first client sequence."""
        found: list[tuple[Key, int, Taken]] = []
        for row in receipts_of(commands):
            if row["sequence"] <= self.sequence:
                continue
            key = (int(row["credential"]), int(row["session"]))
            memory = self.of(key, int(row["account"]))
            memory.seen_ns = int(row["time_ns"])
            match ReceiptPurpose(int(row["purpose"])):
                case ReceiptPurpose.COMMANDS:
                    first, taken = frame_of(row)
                    memory.take(first, taken, self._kept)
                    memory.durable = max(memory.durable, first + taken.size - 1)
                    found.append((key, first, taken))
                case ReceiptPurpose.OPENED:
                    memory.cancel_on_disconnect = bool(row["cancel_on_disconnect"])
                case ReceiptPurpose.CLOSED:
                    memory.cancel_on_disconnect = False
        self.sequence = max(self.sequence, int(commands["sequence"][-1]))
        return found

    def read_journal(self, data_dir: Path, upto: int) -> None:
        """Take in what the journal holds up to a durable sequence. No engine is needed for it."""
        if self.sequence >= upto:
            return
        given_up = journal_begins(str(data_dir)) - 1
        if given_up > self.sequence and has_hold(data_dir, HOLD):
            raise JournalDamaged(
                f"the record door has noted its sessions up to sequence {self.sequence}, and the journal begins behind "
                f"{given_up}: what was taken between is not known; restore record-door.note from a copy"
            )
        self.sequence = max(self.sequence, given_up)  # no door was there yet
        for payload in JournalReader(str(data_dir), self.sequence):
            commands = np.frombuffer(payload, COMMAND)
            if commands["sequence"][-1] > upto:
                commands = commands[commands["sequence"] <= upto]
            if len(commands):
                self.apply(commands)
            if self.sequence >= upto:
                return

    def forget(self, before_ns: int, but: Collection[Key]) -> None:
        """Sessions without a receipt since an engine time, but for those that are open."""
        old = [key for key, one in self.sessions.items() if 0 < one.seen_ns < before_ns and key not in but]
        for key in old:
            del self.sessions[key]

    def checkpoint(self) -> bytes:
        """What is durable of all this; frames under way are not."""
        notes = [
            _Note(
                *key,
                memory.account,
                memory.durable,
                memory.cancel_on_disconnect,
                memory.seen_ns,
                [(first, *one) for first, one in memory.taken.items() if one.engine_sequence],
            )
            for key, memory in self.sessions.items()
            if memory.seen_ns
        ]
        return msgspec.msgpack.encode(_Checkpoint(self.sequence, notes))

    def load(self, path: Path) -> None:
        """Begin with a checkpoint; without one, or with one that cannot be read, with nothing."""
        try:
            found = msgspec.msgpack.decode(path.read_bytes(), type=_Checkpoint)
        except (OSError, msgspec.DecodeError):
            return
        self.sequence = found.sequence
        for note in found.sessions:
            taken = {first: Taken(*rest) for first, *rest in note.taken}
            memory = Memory(note.account, note.last, note.last, taken, note.cancel_on_disconnect, note.seen_ns)
            self.sessions[note.credential, note.session] = memory


def receipts_of(commands: Records) -> Records:
    """The receipts among commands, in their layout."""
    chosen: Records = commands[commands["kind"] == CommandKind.RECEIPT].view(RECEIPT)
    return chosen


def frame_of(row: np.void) -> tuple[int, Taken]:
    """First client sequence and frame of a COMMANDS receipt; its commands stand right behind it."""
    return int(row["first"]), Taken(
        int(row["count"]), int(row["checksum"]), int(row["correlation"]), int(row["sequence"]) + 1
    )
