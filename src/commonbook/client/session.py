"""A session at the record door: send commands, read what became of them, come back after a broken line.

    with RecordClient.open(("127.0.0.1", 7001), api_key, secret) as client:
        first, events = client.call(orders)       # ORDER records in; their own events out, once they are durable
        for told in client.stream(5.0):           # fills of what rests, cancels: everything of the account
            ...

A frame is kept until it is answered. `reconnect` sends what was not answered again, which has its effect once.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from commonbook.client.line import Address, DoorClosed, Line
from commonbook.client.wire import (
    NOW,
    Answers,
    BusyReason,
    Frame,
    FrameKind,
    Opened,
    Opening,
    Option,
    commands_frame,
    decode_busy,
    decode_challenge,
    decode_error,
    decode_events,
    encode,
)
from commonbook.records import EVENT, Records


class Told(NamedTuple):
    """One EVENTS frame. `sequence` is the engine sequence up to which this session now knows everything."""

    sequence: int
    answers: Answers  # ANSWER: which of our frames are answered, and their engine sequences
    events: Records  # EVENT, in engine order


@dataclass(slots=True)
class _Sent:
    count: int
    frame: bytearray
    correlation: int


class RecordClient:
    """One session, over one connection at a time; for one thread.

    `facts` is what the door told at the opening, `told` the engine sequence up to which everything is known, `sent` the
    newest client sequence given out, `answered` the newest that is answered.
    """

    def __init__(self, address: Address, api_key: str, secret: str, session: int, cancel_on_disconnect: bool) -> None:
        self.session = session
        self.told = 0
        self.sent = 0
        self.answered = 0
        self.busy: dict[BusyReason, int] = dict.fromkeys(BusyReason, 0)  # how often the door could not take a frame
        self.facts = Opened(session, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._address = address
        self._api_key = api_key
        self._secret = secret.encode()
        self._cancel_on_disconnect = cancel_on_disconnect
        self._line: Line | None = None
        self._failure: DoorClosed | None = None
        self._opened: bytes | None = None
        self._asked = Opening(api_key, session, NOW, Option(0))
        self._unanswered: dict[int, _Sent] = {}  # by first client sequence, ascending
        self._held: set[int] = set()  # of these, not taken for now: sent again at `_retry_at`
        self._retry_at = 0.0
        self._arrived: deque[Told] = deque()
        self._next_correlation = 1

    @classmethod
    def open(
        cls,
        address: Address,
        api_key: str,
        secret: str,
        *,
        session: int | None = None,
        resume: bool = False,
        events_after: int = NOW,
        cancel_on_disconnect: bool = False,
        timeout_s: float = 10.0,
    ) -> Self:
        """Prove the key and open a session.

        Args:
            address: host and port, or the path of the Unix socket.
            session: above 0; None makes a new one.
            resume: the door may know this session; `facts.last` is then what it has taken.
            events_after: tell every event of the account behind this engine sequence; by default only new ones.
            cancel_on_disconnect: the account's orders that this key sent go when the session is lost or closed.

        Raises:
            DoorClosed: the door refused it, with the code why.
        """
        chosen = session if session is not None else int.from_bytes(os.urandom(8), "little") >> 1 | 1
        client = cls(address, api_key, secret, chosen, cancel_on_disconnect)
        client._connect(Option.RESUME if resume else Option(0), events_after, timeout_s)
        client.sent = client.answered = client.facts.last
        return client

    def reconnect(self, timeout_s: float = 10.0) -> None:
        """Open the session anew, be told what was missed, and send again what was not answered."""
        self.abandon()
        self._held.clear()  # nothing may be sent before the opening
        self._connect(Option.RESUME, self.told, timeout_s)
        for sent in self._unanswered.values():
            self._queue(sent.frame)

    # -- commands -----------------------------------------------------------------------------------------------------

    def send(self, commands: Records, timeout_s: float = 30.0) -> int:
        """Send commands in frames as long as the door takes, waiting while the session's window is full.

        Args:
            commands: records of any one layout of COMMAND_SIZE, shape (n,), n >= 1.

        Returns:
            The client sequence of the first; the others follow by one.
        """
        first = self.sent + 1
        most = min(self.facts.frame_commands, self.facts.window_commands)
        for start in range(0, len(commands), most):
            part = commands[start : start + most]
            size = len(part)
            self._until(lambda size=size: self.room >= size, timeout_s)  # type: ignore[misc]
            sequence, correlation = self.sent + 1, self._next_correlation
            frame = commands_frame(part, correlation, sequence, self.told)
            self._next_correlation += 1
            self.sent += size
            self._unanswered[sequence] = _Sent(size, frame, correlation)
            if self._held:
                self._held.add(sequence)
            else:
                self._queue(frame)
            self._until(lambda: self._line is None or self._line.waiting < 2, timeout_s)
        return first

    def call(self, commands: Records, timeout_s: float = 30.0) -> tuple[int, Records]:
        """Send commands and wait until everything that came of them is known.

        Returns:
            The engine sequence of the first, and the commands' own events, EVENT, shape (k,). Command i has the first's
            sequence plus i, unless there are more commands than go into a frame; an order's sequence is its id. What
            else was told meanwhile stays for `receive`.
        """
        first = self.send(commands, timeout_s)
        last = first + len(commands) - 1
        spans: list[tuple[int, int]] = []
        own: list[Records] = []
        kept: list[Told] = []
        covered = known = 0
        deadline = time.monotonic() + timeout_s
        # An answer may come before the events, and both in one read: what has arrived is taken first.
        while covered < len(commands) or (known < spans[-1][1] and (self._arrived or self.told < spans[-1][1])):
            told = self.receive(deadline - time.monotonic())
            if told is None:
                raise DoorClosed(f"no answer in {timeout_s:g} s")
            known = max(known, told.sequence)
            for row in told.answers[(told.answers["sequence"] >= first) & (told.answers["sequence"] <= last)]:
                spans.append((int(row["engine_sequence"]), int(row["engine_sequence"] + row["count"] - 1)))
                covered += int(row["count"])
            kept.append(told)
        for number, told in enumerate(kept):
            mine = np.zeros(len(told.events), np.bool_)
            for low, high in spans:
                mine |= (told.events["sequence"] >= low) & (told.events["sequence"] <= high)
            own.append(told.events[mine])
            kept[number] = told._replace(answers=told.answers[:0], events=told.events[~mine])
        self._arrived.extendleft(told for told in reversed(kept) if len(told.events))
        return spans[0][0], np.concatenate(own) if own else np.zeros(0, EVENT)

    @property
    def room(self) -> int:
        """How many more commands may be sent before an answer comes."""
        return self.facts.window_commands - (self.sent - self.answered)

    @property
    def unsent(self) -> bool:
        """Whether a frame is not yet wholly written; `receive` goes on writing it."""
        return self._line is not None and self._line.waiting > 0

    def fileno(self) -> int:
        """Of the connection, for a select over several clients; readable when the door has sent something.

        Raises:
            DoorClosed: there is no connection.
        """
        self._check()
        if self._line is None:
            raise DoorClosed("the connection is closed")
        return self._line.fileno()

    # -- events -------------------------------------------------------------------------------------------------------

    def receive(self, timeout_s: float) -> Told | None:
        """The next EVENTS frame; None when none came in time.

        Raises:
            DoorClosed: once everything that came before was received.
        """
        deadline = time.monotonic() + timeout_s
        while not self._arrived:
            self._check()
            left = deadline - time.monotonic()
            if not self._pump(max(0.0, left)) and left <= 0:
                return None
        return self._arrived.popleft()

    def stream(self, quiet_s: float) -> Iterator[Told]:
        """Every EVENTS frame, until none has come for a while."""
        while (told := self.receive(quiet_s)) is not None:
            yield told

    def close(self) -> None:
        """Tell the door that the session ends here."""
        if self._line is not None and self._failure is None:
            self._queue(encode(FrameKind.CLOSE))
            with contextlib.suppress(DoorClosed):
                self._until(lambda: self._line is None or not self._line.waiting, 2.0)
        self.abandon()

    def abandon(self) -> None:
        """Break the connection without a word."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the connection -----------------------------------------------------------------------------------------------

    def _connect(self, option: Option, events_after: int, timeout_s: float) -> None:
        self._failure = self._opened = None
        if self._cancel_on_disconnect:
            option |= Option.CANCEL_ON_DISCONNECT
        self._asked = Opening(self._api_key, self.session, events_after, option)
        self._line = Line(self._address, timeout_s)
        try:
            self._until(lambda: self._opened is not None, timeout_s)
        except DoorClosed:
            self.abandon()
            raise
        self.facts = Opened.decode(self._opened or b"")
        if events_after == NOW:
            self.told = self.facts.position
        elif not self.told:
            self.told = events_after

    def _until(self, done: Callable[[], bool], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not done():
            self._check()
            left = deadline - time.monotonic()
            if not self._pump(max(0.0, left)) and left <= 0:
                raise DoorClosed(f"the door did not answer in {timeout_s:g} s")

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._line is None:
            raise DoorClosed("the connection is closed")

    def _pump(self, timeout_s: float) -> bool:
        line = self._line
        if line is None:
            return False
        now = time.monotonic()
        beat_s = self.facts.heartbeat_ms / 1000
        if beat_s and now - line.spoke >= beat_s and not line.waiting and self._opened is not None:
            line.queue(encode(FrameKind.HEARTBEAT, sequence=self.sent, acked=self.told))
        wait_s = min(timeout_s, beat_s / 2 or timeout_s)
        if self._held:
            if now >= self._retry_at:
                self._send_held()
            else:
                wait_s = min(wait_s, self._retry_at - now)
        try:
            return line.pump(wait_s, self._take)
        except DoorClosed as closed:
            self._failure = self._failure or closed
            return True

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case FrameKind.EVENTS:
                answers, events = decode_events(frame.payload)
                self.told = max(self.told, frame.sequence)
                for _, sequence, _, count, _ in answers.tolist():
                    self._answered(sequence, count)
                self._arrived.append(Told(frame.sequence, answers, events))
            case FrameKind.HEARTBEAT:
                self.told = max(self.told, frame.sequence)
            case FrameKind.BUSY:
                self._not_taken(frame)
            case FrameKind.CHALLENGE:
                nonce = decode_challenge(bytes(frame.payload))
                self._queue(encode(FrameKind.OPEN, self._asked.encode(nonce, self._secret)))
            case FrameKind.OPENED:
                self._opened = bytes(frame.payload)
            case FrameKind.ERROR:
                code, text = decode_error(frame.payload)
                self._failure = DoorClosed(f"{code.name}: {text}", code)
            case FrameKind.OPEN | FrameKind.COMMANDS | FrameKind.CLOSE:
                raise DoorClosed(f"{frame.kind.name} is for a client to send")

    def _answered(self, sequence: int, count: int) -> None:
        self._unanswered.pop(sequence, None)
        self._held.discard(sequence)
        self.answered = max(self.answered, sequence + count - 1)

    def _not_taken(self, frame: Frame) -> None:
        """Keep the frame for later. All behind it were refused with it, or will be."""
        reason, retry_ms = decode_busy(frame.payload)
        self.busy[reason] += 1
        if frame.sequence in self._unanswered:
            if not self._held:
                self._retry_at = time.monotonic() + retry_ms / 1000
            self._held.add(frame.sequence)

    def _send_held(self) -> None:
        for sequence in sorted(self._held):
            self._queue(self._unanswered[sequence].frame)
        self._held.clear()

    def _queue(self, frame: bytes | bytearray) -> None:
        if self._line is not None:
            self._line.queue(frame)
