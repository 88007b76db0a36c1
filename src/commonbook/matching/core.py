"""The core process: the sequencer behind a Unix socket.

One loop takes whatever has arrived, up to a limit, makes it durable together (group commit, without any timer) and
publishes it. While one batch is being synced the next one gathers, so the load itself chooses the batch size.
A follower that cannot keep up is cut: it catches up from the journal, and nobody else waits for it.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import structlog

from commonbook.errors import BadInput
from commonbook.framing import Buffer, Outlet, widen
from commonbook.matching.disk import DiskWatch, is_venue_status
from commonbook.matching.protocol import FrameKind, FrameReader, batch_frame, decode_submission, encode_frame
from commonbook.matching.pulse import Pulse
from commonbook.matching.sequencer import Clock, Sequencer, part_of
from commonbook.records import COMMAND, Batch, CommandKind, Records, commands
from commonbook.settings import CoreSettings

log = structlog.get_logger()

STOPS = (CommandKind.KILL, CommandKind.STATUS)


@dataclass
class _Submission:
    connection: "_Connection"
    correlation: int
    commands: Records


class Core:
    """Owns the sequencer and the connections; `run` serves until cancelled."""

    def __init__(
        self, sequencer: Sequencer, settings: CoreSettings, clock: Clock = time.time_ns, disk: DiskWatch | None = None
    ) -> None:
        self.sequencer = sequencer
        self.settings = settings
        self.clock = clock
        self.disk = disk
        self.own: list[Records] = []  # commands of the core itself, before all others of the next batch
        self.inbox: deque[_Submission] = deque()
        self.stops: deque[_Submission] = deque()  # switches and statuses: ahead of all that waits (P-13)
        self.waiting = 0  # commands in the inbox
        self._arrival: asyncio.Future[None] | None = None
        self.connections: set[_Connection] = set()
        self.published = sequencer.engine.sequence()
        self.in_flight = False  # the engine is ahead of the disk: questions wait
        self.questions: list[tuple[_Connection, int, dict[str, Any]]] = []
        self.claimed: _Connection | None = None  # the record door's, which bounds its own submissions
        self.pulse = Pulse()

    async def run(self, socket_path: Path, ready: Callable[[], Awaitable[None]]) -> None:
        """Serve the socket. Raises what broke the journal or the engine; the process must then end."""
        loop = asyncio.get_running_loop()
        socket_path.unlink(missing_ok=True)
        server = await loop.create_unix_server(lambda: _Connection(self), str(socket_path))
        socket_path.chmod(0o600)
        try:
            await ready()
            while True:
                await self._next_arrival()
                self._look_at_the_disk()
                begun_ns = time.monotonic_ns()
                batch, taken = self._begin()
                if len(batch.commands) <= self.settings.waited_for:
                    self.sequencer.finish(batch)
                else:
                    await loop.run_in_executor(None, self.sequencer.finish, batch)
                took_ns = time.monotonic_ns() - begun_ns
                self._publish(batch, taken)
                if taken:
                    orders = int(np.count_nonzero(batch.commands["kind"] == CommandKind.ORDER))
                    self.pulse.note(time.time_ns(), took_ns, len(batch.commands), orders)
                self.sequencer.snapshot_if_due()
        finally:
            server.close()
            for connection in list(self.connections):
                connection.close()

    async def _next_arrival(self) -> None:
        """Wait for a submission; an idle core gives itself a tick, so that engine time goes on."""
        if self.inbox or self.own or self.stops:
            await asyncio.sleep(0)  # what the kernel has meanwhile
            return
        loop = asyncio.get_running_loop()
        self._arrival = loop.create_future()
        tick = loop.call_later(self.settings.tick_ms / 1000, self.arrived)
        await self._arrival
        tick.cancel()

    def arrived(self) -> None:
        """Something has come in, or the tick is due."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _begin(self) -> tuple[Batch, list[_Submission]]:
        taken: list[_Submission] = [*self.stops]
        self.stops.clear()
        count = 0
        while self.inbox and (not taken or count + len(self.inbox[0].commands) <= self.settings.batch_commands):
            submission = self.inbox.popleft()
            taken.append(submission)
            count += len(submission.commands)
        self.waiting -= count  # what stops was never counted
        own, self.own = self.own, []
        given = [*(part.view(COMMAND) for part in own), *(s.commands for s in taken)]
        batch = np.concatenate(given) if given else commands(CommandKind.TIME)
        if self.disk is not None and self.disk.holds and taken and is_venue_status(batch[sum(map(len, own)) :]):
            self.disk.release()  # an operator has set the venue's status: it is theirs now
        self.in_flight = True
        return self.sequencer.begin(batch, self.clock()), taken

    def _look_at_the_disk(self) -> None:
        if self.disk is not None:
            due = self.disk.look(time.monotonic_ns(), self.sequencer.engine.venue_status())
            if due is not None:
                self.own.append(due)

    def _publish(self, batch: Batch, taken: list[_Submission]) -> None:
        self.published = batch.last
        frame = batch_frame(FrameKind.BATCH, 0, batch)
        for connection in list(self.connections):
            if connection.follows:
                connection.send(*frame)
        first = batch.last + 1 - sum(len(submission.commands) for submission in taken)  # behind the core's own
        for submission in taken:
            count = len(submission.commands)
            if not submission.correlation:  # the sender reads the answer from the stream
                first += count
                continue
            answer = part_of(batch, first, count)
            submission.connection.send(*batch_frame(FrameKind.RESULT, submission.correlation, answer))
            first += count
        self.in_flight = False
        questions, self.questions = self.questions, []
        for asker, correlation, question in questions:
            self.ask(asker, correlation, question)

    def ask(self, asker: "_Connection", correlation: int, question: dict[str, Any]) -> None:
        """Answer now, or after the batch in flight is durable: nothing that a crash could undo is ever told."""
        if self.in_flight and question.get("ask") not in ("published", "pulse"):
            self.questions.append((asker, correlation, question))
            return
        answer = msgspec.msgpack.encode(self._answer(question))
        asker.send(encode_frame(FrameKind.ANSWER, correlation, answer))

    def claim(self, connection: "_Connection") -> None:
        """One record door at a time. What an earlier one has sent and is not under way is dropped, never done later:
        whoever claims reads from the journal what was done, and all the rest was not."""
        earlier, self.claimed = self.claimed, connection
        if earlier is not None and earlier is not connection:
            dropped = [submission for submission in self.inbox if submission.connection is earlier]
            self.inbox = deque(submission for submission in self.inbox if submission.connection is not earlier)
            self.waiting -= sum(len(submission.commands) for submission in dropped)
            earlier.cut()

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        engine = self.sequencer.engine
        match question.get("ask"):
            case "balances":
                return {"sequence": engine.sequence(), "rows": engine.balances(int(question["account"]))}
            case "balances of":
                rows = b"".join(engine.balances(int(account)) for account in question["accounts"])
                return {"sequence": engine.sequence(), "rows": rows}
            case "orders":
                return {"sequence": engine.sequence(), "rows": engine.open_orders(int(question["account"]))}
            case "depth":
                bids, asks = engine.depth(int(question["instrument"]), int(question["levels"]))
                return {"sequence": engine.sequence(), "bids": bids, "asks": asks}
            case "setup":
                return {"sequence": engine.sequence(), "commands": engine.setup()}
            case "claim":
                return {"sequence": engine.sequence()}
            case "published":
                return {"sequence": self.published, "pid": os.getpid()}
            case "pulse":
                told = self.pulse.told(time.time_ns())
                waiting = {"waiting": self.waiting, "connections": len(self.connections)}
                return told | waiting | {"sequence": self.published, "pid": os.getpid()}
            case "state":
                known = {"sequence": engine.sequence(), "time_ns": engine.time_ns()}
                return known | {"state_hash": engine.state_hash()}
            case other:
                return {"error": f"no such question: {other!r}"}


class _Connection(asyncio.BufferedProtocol):
    """One gateway or follower."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._reader = FrameReader()
        self._outlet: Outlet | None = None
        self.follows = False
        self._cut = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._outlet = Outlet(stream)
        widen(transport.get_extra_info("socket"))
        self._core.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._core.connections.discard(self)
        self._outlet = None

    def pause_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.pause()

    def resume_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.resume()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.writable()

    def buffer_updated(self, nbytes: int) -> None:
        if self._cut:
            return
        try:
            for frame in self._reader.written(nbytes):
                self._take(frame.kind, frame.correlation, frame.payload)
        except (BadInput, msgspec.DecodeError, KeyError, TypeError) as error:
            log.warning("core.connection_refused", why=str(error))
            self.close()

    def _take(self, kind: FrameKind, correlation: int, payload: memoryview) -> None:
        core = self._core
        match kind:
            case FrameKind.SUBMIT:
                submitted = decode_submission(payload)
                if (
                    self is not core.claimed
                    and submitted["kind"][0] in STOPS
                    and np.isin(submitted["kind"], STOPS).all()
                ):
                    core.stops.append(_Submission(self, correlation, submitted))
                    core.arrived()
                    return
                if self is not core.claimed and core.waiting + len(submitted) > core.settings.inbox_commands:
                    self.send(encode_frame(FrameKind.BUSY, correlation))
                    return
                core.inbox.append(_Submission(self, correlation, submitted))
                core.waiting += len(submitted)
                core.arrived()
            case FrameKind.QUERY:
                question = msgspec.msgpack.decode(payload, type=dict[str, Any])
                if question.get("ask") == "claim":
                    core.claim(self)
                core.ask(self, correlation, question)
            case FrameKind.SUBSCRIBE:
                self.follows = True
                welcome = msgspec.msgpack.encode({"sequence": core.published})
                self.send(encode_frame(FrameKind.WELCOME, correlation, welcome))
            case FrameKind.RESULT | FrameKind.BUSY | FrameKind.ANSWER | FrameKind.WELCOME | FrameKind.BATCH:
                raise BadInput(f"{kind.name} is for the core to send")

    def send(self, *buffers: Buffer) -> None:
        if self._outlet is None or self._cut:
            return
        if self._outlet.size > self._core.settings.follower_buffer_bytes:
            log.warning("core.follower_cut", buffered=self._outlet.size)
            self._outlet.abort()
            return
        self._outlet.put(*buffers)

    def cut(self) -> None:
        """Nothing that comes from here is taken any more."""
        self._cut = True
        if self._outlet is not None:
            self._outlet.abort()

    def close(self) -> None:
        self._cut = True
        if self._outlet is not None:
            self._outlet.close()
