"""One connection to the record door: the challenge, then commands in and events out."""

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Protocol, cast

import numpy as np
import structlog
from numpy.typing import NDArray

from commonbook.client.wire import (
    ANSWER,
    BEFORE_OPENING,
    NOW,
    PROOF_TEXT,
    Answers,
    BusyReason,
    ErrorCode,
    Frame,
    FrameKind,
    FrameReader,
    FrameRefused,
    Opened,
    Opening,
    Option,
    checksum,
    encode,
    encode_busy,
    encode_challenge,
    encode_error,
    events_frame,
    from_client,
)
from commonbook.framing import Buffer, Outlet, widen
from commonbook.gateway.limits import Limit, Window
from commonbook.gateway.records.checks import Attribute, Stamp, stamp
from commonbook.gateway.records.receipts import Key, Memory, Receipts, Taken
from commonbook.identity.model import Credential, Denial, Permission
from commonbook.identity.service import Authenticator
from commonbook.instrument.venue import Venue
from commonbook.records import COMMAND, COMMAND_SIZE, Records
from commonbook.settings import RecordSettings

log = structlog.get_logger()

LOCAL = "127.0.0.1"  # what a client of the Unix socket counts as
LAST_WORDS_S = 2.0  # so long a cut client may take to read why
EVENTS_A_FRAME = 65_536
SILENT_HEARTBEATS = 3
_DENIALS = {
    Denial.UNKNOWN_KEY: (ErrorCode.DENIED, "the key is not known, or the proof is wrong"),
    Denial.BAD_SIGNATURE: (ErrorCode.DENIED, "the key is not known, or the proof is wrong"),
    Denial.IP_NOT_LISTED: (ErrorCode.ADDRESS, "the key is not for this address"),
    Denial.NOT_PERMITTED: (ErrorCode.NOT_PERMITTED, "the key may not trade"),
}


def spend(windows: tuple[Window, Window], new: int, cancels: int, now_ms: int) -> int:
    """Take both counts or neither; 0, or the milliseconds until it may be tried again."""
    counts = tuple(zip(windows, (new, cancels), strict=True))
    full = [window.wait_ms(count, now_ms) for window, count in counts if count > window.left(now_ms)]
    if full:
        return max(full)
    for window, count in counts:
        window.take(count, now_ms)
    return 0


class Doorway(Protocol):
    """What a connection needs of the door (door.py)."""

    venue: Venue
    authenticator: Authenticator
    settings: RecordSettings
    receipts: Receipts
    position: int
    outstanding: int
    connections: set["Connection"]

    def remembered(self, credential: int) -> int: ...
    def open(self, connection: "Connection") -> None: ...
    def lost(self, connection: "Connection") -> None: ...
    def attribute_for(self, credential: Credential) -> Attribute: ...
    def submit(self, connection: "Connection", first: int, taken: Taken, records: Records) -> None: ...
    async def catch_up(self, connection: "Connection", after: int) -> None: ...


class Connection(asyncio.BufferedProtocol):
    """A client, from its first byte to its last. Nothing is trusted before the proof."""

    def __init__(self, door: Doorway, windows: dict[int, tuple[Window, Window]]) -> None:
        self._door = door
        self._settings: RecordSettings = door.settings
        self._windows = windows
        self._reader = FrameReader(BEFORE_OPENING)
        self._transport: asyncio.Transport | None = None
        self._outlet: Outlet | None = None
        self._nonce = os.urandom(32)
        self._stamp: Stamp | None = None
        self._drained = asyncio.Event()
        self._drained.set()
        self._catching: asyncio.Task[None] | None = None
        self._ended = False
        self.credential: Credential | None = None
        self.address = LOCAL
        self.memory = Memory(0)
        self.key: Key = (0, 0)
        self.account = 0
        self.unanswered = 0
        self.told = 0  # the engine sequence up to which this session knows
        self.answered_last = 0  # the newest client sequence that is answered
        self.catching_up = True
        self.cancel_on_disconnect = False  # as this connection's opening said
        self.began = self.heard = self.spoke = time.monotonic()

    # -- the transport ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._transport = stream
        self._outlet = Outlet(stream)
        widen(transport.get_extra_info("socket"))
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if isinstance(peer, tuple) else LOCAL
        if len(self._door.connections) >= self._settings.connections:
            self.refuse(ErrorCode.TOO_MANY, "the door has no room for another connection")
            return
        self._door.connections.add(self)
        self._write(encode(FrameKind.CHALLENGE, encode_challenge(self._nonce)))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.writable()

    def buffer_updated(self, nbytes: int) -> None:
        if self._ended:
            self._reader = FrameReader(BEFORE_OPENING)  # what still comes is not read
            return
        self.heard = time.monotonic()
        try:
            for frame in self._reader.written(nbytes):
                self._take(frame)
                if self._ended:
                    return
        except FrameRefused as refused:
            self.refuse(refused.code, str(refused))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = self._outlet = None
        self._ended = True
        self._drained.set()
        if self._catching is not None:
            self._catching.cancel()
        self._door.lost(self)

    def pause_writing(self) -> None:
        self._drained.clear()
        if self._outlet is not None:
            self._outlet.pause()

    def resume_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.resume()
            if not self._outlet.size:
                self._drained.set()

    async def drain(self) -> None:
        """Wait until the client has read most of what it was sent; for one that does not, at most the silence limit."""
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(self._drained.wait(), SILENT_HEARTBEATS * self._settings.heartbeat_ms / 1000)
        except TimeoutError:
            self.refuse(ErrorCode.SLOW, "events are not read")

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._ended

    @property
    def is_opened(self) -> bool:
        return self.credential is not None

    # -- frames -------------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case FrameKind.OPEN:
                self._open(bytes(frame.payload))
            case FrameKind.COMMANDS:
                self._commands(frame)
            case FrameKind.CLOSE:
                self._end()
            case _:
                pass  # a heartbeat: that it came is all it says

    def _open(self, payload: bytes) -> None:
        door, settings = self._door, self._settings
        opening, facts, given = Opening.decode(payload)
        message = PROOF_TEXT + self._nonce + facts
        found = door.authenticator.prove(opening.api_key, self.address, message, given, Permission.TRADE)
        if isinstance(found, Denial):
            raise FrameRefused(*_DENIALS[found])
        account = door.venue.accounts.get(found.account)
        if account is None:
            raise FrameRefused(*_DENIALS[Denial.UNKNOWN_KEY])
        key = (found.id, opening.session)
        known = door.receipts.sessions.get(key)
        if known is not None and known.last and Option.RESUME not in opening.options:
            raise FrameRefused(ErrorCode.SESSION_KNOWN, f"session {opening.session} has had {known.last} commands")
        if known is None and door.remembered(found.id) >= settings.sessions_per_key:
            raise FrameRefused(ErrorCode.TOO_MANY, "the key has no room for another session")
        if opening.events_after not in range(door.position + 1) and opening.events_after != NOW:
            raise FrameRefused(ErrorCode.AHEAD, f"the newest sequence is {door.position}")
        self.credential, self.key, self.account = found, key, found.account
        self.memory = door.receipts.of(key, found.account)
        self.cancel_on_disconnect = Option.CANCEL_ON_DISCONNECT in opening.options
        self.unanswered = sum(one.size for one in self.memory.taken.values() if not one.engine_sequence)
        self._stamp = Stamp(found.account, found.id, door.attribute_for(found))
        self._reader.lengths = from_client(settings.longest_frame)
        after = door.position if opening.events_after == NOW else opening.events_after
        self.told = after
        door.open(self)
        opened = Opened(
            opening.session,
            found.account,
            found.id,
            self.memory.last,
            door.position,
            account.brand,
            settings.window_commands,
            settings.longest_frame,
            settings.commands_per_second,
            settings.heartbeat_ms,
        )
        self._write(encode(FrameKind.OPENED, opened.encode(), sequence=after))
        self.answered_last = self.memory.durable
        self._catching = asyncio.ensure_future(self._catch_up(after))

    async def _catch_up(self, after: int) -> None:
        """Be told what was missed. Whoever cannot be told is cut, and not left to wait."""
        try:
            await self._door.catch_up(self, after)
        except Exception as failed:  # whatever it is: nobody is left to wait for what does not come
            log.warning("records.not_replayed", credential=self.key[0], after=after, why=str(failed))
            self.refuse(ErrorCode.GONE, f"events behind {after} can no longer be told")

    def _commands(self, frame: Frame) -> None:
        """Take a whole frame, or say why nothing of it was taken."""
        door, settings, memory = self._door, self._settings, self.memory
        count, first = len(frame.payload) // COMMAND_SIZE, frame.sequence
        if first == 0 or first + count > 2**63:
            raise FrameRefused(ErrorCode.MALFORMED, f"client sequences count from 1, not from {first}")
        taken = Taken(count, checksum(frame.payload), frame.correlation, 0)
        if first <= memory.last:
            self._again(first, taken)
            return
        if first > memory.last + 1:
            self._busy(frame, BusyReason.GAP, 1)
            return
        if self.unanswered + count > settings.window_commands:
            self._busy(frame, BusyReason.WINDOW, 1)
            return
        if door.outstanding + count > settings.outstanding_commands:
            self._busy(frame, BusyReason.DOOR, 5)
            return
        records = np.empty(count + 1, COMMAND)
        records.view(np.uint8)[COMMAND_SIZE:] = np.frombuffer(frame.payload, np.uint8)
        if self._stamp is None:
            raise TypeError("commands before the opening")
        cancels = stamp(records[1:], self._stamp)
        if count > cancels and self.credential is not None and not door.authenticator.may_order(self.credential):
            raise FrameRefused(ErrorCode.TERMS, "the terms in force are to be accepted first; cancels are taken")
        wait_ms = self._spend(count - cancels, cancels)
        if wait_ms:
            self._busy(frame, BusyReason.RATE, wait_ms)
            return
        door.submit(self, first, taken, records)
        memory.acknowledged(frame.acknowledged)
        self.unanswered += count

    def _again(self, first: int, again: Taken) -> None:
        """A resend of what was taken: its first answer once more, or none yet when it is under way."""
        known = self.memory.taken.get(first)
        if known is None and first < min(self.memory.taken, default=self.memory.last + 1):
            raise FrameRefused(ErrorCode.TOO_OLD, f"client sequence {first} was taken long ago, or its answer is known")
        if known is None or (known.size, known.checksum) != (again.size, again.checksum):
            raise FrameRefused(ErrorCode.RESEND_DIFFERS, f"client sequence {first} was taken with other commands")
        # An answer comes with its events: while those are still to be told, its receipt, just before them, is, too.
        untold = self.catching_up and known.engine_sequence - 1 > self.told
        if known.engine_sequence and not untold:
            row = np.zeros(1, ANSWER)
            row["correlation"], row["sequence"] = again.correlation, first
            row["engine_sequence"], row["count"] = known.engine_sequence, known.size
            self._write(*events_frame(row, np.zeros(0, np.uint8), self.told, self.answered_last))

    def _spend(self, new: int, cancels: int) -> int:
        """Take room in the second; else the milliseconds to wait. Cancels have a budget of their own."""
        limit = Limit(self._settings.commands_per_second, 1_000)
        windows = self._windows.setdefault(self.key[0], (Window(limit), Window(limit)))
        return spend(windows, new, cancels, time.monotonic_ns() // 1_000_000)

    def _busy(self, frame: Frame, reason: BusyReason, retry_ms: int) -> None:
        self._write(encode(FrameKind.BUSY, encode_busy(reason, retry_ms), frame.correlation, frame.sequence))

    # -- telling ------------------------------------------------------------------------------------------------------

    def answered(self, frames: list[tuple[int, Taken]]) -> None:
        """Frames of this session were seen in the stream: they are no longer under way."""
        self.unanswered -= sum(taken.size for _, taken in frames)

    def tell(self, answers: Answers, events: NDArray[np.uint64], sequence: int) -> None:
        """Everything of a batch that concerns this session.

        Args:
            events: as words, shape (k, 8), in engine order.
        """
        for piece in _pieces(answers, events, sequence):
            self._send_events(*piece)
        self.told = sequence

    async def retell(self, answers: Answers, events: NDArray[np.uint64], sequence: int) -> None:
        """The same at the pace at which the client reads."""
        for piece in _pieces(answers, events, sequence):
            self._send_events(*piece)
            await self.drain()
        self.told = sequence

    def _send_events(self, answers: Answers, events: NDArray[np.uint64], sequence: int) -> None:
        if not self.is_open:
            return
        if len(answers):
            self.answered_last = max(self.answered_last, int((answers["sequence"] + answers["count"]).max()) - 1)
        flat = events.reshape(-1).view(np.uint8)
        self._write(*events_frame(answers, flat, sequence, self.answered_last))

    def beat(self, now: float) -> None:
        """Called a few times a heartbeat: say that we are there, and cut who is not."""
        interval = self._settings.heartbeat_ms / 1000
        if not self.is_opened:
            if now - self.began > self._settings.opening_ms / 1000:
                self.refuse(ErrorCode.SILENT, "the opening takes too long")
        elif now - self.heard > SILENT_HEARTBEATS * interval:
            self.refuse(ErrorCode.SILENT, f"nothing came for {SILENT_HEARTBEATS} heartbeats")
        elif now - self.spoke >= interval:
            told = 0 if self.catching_up else self.told
            self._write(encode(FrameKind.HEARTBEAT, sequence=told, acked=self.answered_last))

    def check_key(self) -> None:
        """A revoked or changed key ends its open sessions."""
        if self.credential is None or not self.is_open:
            return
        now = self._door.authenticator.find(self.credential.api_key)
        if now is None or Permission.TRADE not in now.permissions or (now.ip_list and self.address not in now.ip_list):
            self.refuse(ErrorCode.REVOKED, "the key was revoked or changed")

    def _write(self, *buffers: Buffer) -> None:
        outlet = self._outlet
        if outlet is None or self._ended:
            return
        if outlet.size > self._settings.buffer_bytes:  # one more frame always goes, however long a command made it
            self.refuse(ErrorCode.SLOW, "events are not read")
            return
        self.spoke = time.monotonic()
        outlet.put(*buffers)

    def refuse(self, code: ErrorCode, text: str) -> None:
        """Say why, and close: the last frame of a connection."""
        if self._ended or self._outlet is None:
            return
        log.warning("records.refused", code=code.name, why=text, credential=self.key[0])
        self._outlet.put(encode_error(code, text))
        self._end()

    def _end(self) -> None:
        """Nothing more is taken; what was written may still be read, for a little while."""
        self._ended = True
        outlet = self._outlet
        if outlet is not None:
            outlet.close()
            asyncio.get_running_loop().call_later(LAST_WORDS_S, outlet.abort)


def _pieces(
    answers: Answers, events: NDArray[np.uint64], sequence: int
) -> Iterator[tuple[Answers, NDArray[np.uint64], int]]:
    """Parts of about EVENTS_A_FRAME, each with its engine sequence, the answers with the last; events of one command
    stay together."""
    start = 0
    while len(events) - start > EVENTS_A_FRAME:
        sequences = events[:, 0]
        end = int(np.searchsorted(sequences, sequences[start + EVENTS_A_FRAME], side="left"))
        if end <= start:
            end = int(np.searchsorted(sequences, sequences[start], side="right"))
        if end == len(events):
            break
        yield answers[:0], events[start:end], int(sequences[end - 1])
        start = end
    yield answers, events[start:], sequence
