"""The record door's state: live sessions, the stream that answers them, and what a reconnecting client has missed."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import structlog

from commonbook.broker.rules import attribution
from commonbook.client.wire import ANSWER, Answers, ErrorCode
from commonbook.errors import CoreUnavailable
from commonbook.gateway.records.checks import Attribute
from commonbook.gateway.records.connection import Connection
from commonbook.gateway.records.receipts import HOLD, Key, Memory, Receipts, Taken, frame_of, receipts_of
from commonbook.gateway.records.routing import by_account
from commonbook.identity.model import Credential
from commonbook.identity.service import Authenticator
from commonbook.instrument.venue import Venue
from commonbook.matching.client import CoreClient
from commonbook.matching.holds import write_hold
from commonbook.matching.recovery import replay
from commonbook.records import (
    Attribution,
    Batch,
    CancelScope,
    CommandKind,
    ReceiptPurpose,
    Records,
    as_commands,
    commands,
    without_known,
)
from commonbook.settings import RecordSettings
from commonbook.whole_file import write_whole

log = structlog.get_logger()

CHECKPOINT = "record-door.note"
REPLAYS = 4  # at a time; each goes at the pace of its reader
NOTHING = np.zeros(0, np.uint64)


class RecordDoor:
    """One per exchange. Only the event loop touches it; replays and notes are made in threads."""

    def __init__(
        self, core: CoreClient, data_dir: Path, venue: Venue, authenticator: Authenticator, settings: RecordSettings
    ) -> None:
        self.core = core
        self.venue = venue
        self.authenticator = authenticator
        self.settings = settings
        self.receipts = Receipts(settings.window_commands)
        self.position = 0
        self.outstanding = 0  # commands submitted and not yet seen in the stream
        self.connections: set[Connection] = set()
        self.live: dict[Key, Connection] = {}
        self.stopping = False
        self._data_dir = data_dir
        self._recent: deque[Batch] = deque()
        self._recent_bytes = 0
        self._accounts = NOTHING  # of live sessions, ascending
        self._replaying = asyncio.Semaphore(REPLAYS)
        self._turns: dict[int, asyncio.Lock] = {}  # by account: of each, one replay at a time
        self._noted_at = 0
        self._noting: asyncio.Task[None] | None = None

    # -- the stream ---------------------------------------------------------------------------------------------------

    def follow(self, batch: Batch) -> None:
        """Take in a durable batch, and tell each live session what concerns it."""
        self.venue.apply(batch)
        answers: dict[Key, list[tuple[int, Taken]]] = {}
        for key, first, taken in self.receipts.apply(batch.commands):
            answers.setdefault(key, []).append((first, taken))
            self.outstanding -= taken.size
        self.position = batch.last
        self._keep(batch)
        told = dict(by_account(batch, self._accounts)) if len(self._accounts) else {}
        for key, connection in list(self.live.items()):
            mine = answers.get(key, [])
            connection.answered(mine)
            if connection.catching_up:
                continue
            events = told.get(connection.account, NOTHING)
            if len(events) or mine:
                connection.tell(answer_rows(mine), events, batch.last)
            else:
                connection.told = batch.last
        if self.position - self._noted_at >= self.settings.checkpoint_every:
            self._note(int(batch.commands["time_ns"][-1]))

    def _keep(self, batch: Batch) -> None:
        self._recent.append(batch)
        self._recent_bytes += batch.commands.nbytes + batch.events.nbytes
        while self._recent_bytes > self.settings.recent_bytes and len(self._recent) > 1:
            oldest = self._recent.popleft()
            self._recent_bytes -= oldest.commands.nbytes + oldest.events.nbytes

    def _note(self, time_ns: int) -> None:
        if self._noting is not None and not self._noting.done():
            return
        self._noted_at = self.position
        before = time_ns - self.settings.session_kept_s * 1_000_000_000
        self.receipts.forget(before, self.live.keys())
        sequence, content = self.receipts.sequence, self.receipts.checkpoint()
        self._noting = asyncio.create_task(asyncio.to_thread(self._write_note, sequence, content))

    def _write_note(self, sequence: int, content: bytes) -> None:
        """The note, and then that the journal before it is no longer needed for it."""
        write_whole(self._data_dir / CHECKPOINT, content)
        write_hold(self._data_dir, HOLD, sequence)

    def begin_note(self) -> None:
        """At a start, once the journal is read: whatever becomes of this door, the next finds where to read on."""
        self._write_note(self.receipts.sequence, self.receipts.checkpoint())

    async def catch_up(self, connection: Connection, after: int) -> None:
        """Tell a session what it has missed, at the pace at which it reads; then it is live."""
        position = after
        while connection.is_open:
            for batch in self._recent_after(position):
                await self._retell(connection, batch, position)
                position = batch.last
                break
            else:
                if position >= self.position:
                    connection.told = position
                    connection.catching_up = False
                    return
                async with self._turns.setdefault(connection.account, asyncio.Lock()), self._replaying:
                    position = await self._replay(connection, position)

    def _recent_after(self, position: int) -> Iterator[Batch]:
        """The batches in memory behind a position, when none is missing between."""
        if self._recent and self._recent[0].first <= position + 1:
            yield from (batch for batch in self._recent if batch.last > position)

    async def _replay(self, connection: Connection, after: int) -> int:
        position = after
        batches = replay(self._data_dir, after, self.position)
        while connection.is_open and not any(True for _ in self._recent_after(position)):
            batch = await asyncio.to_thread(next, batches, None)
            if batch is None:
                break
            await self._retell(connection, batch, position)
            position = batch.last
        return position

    async def _retell(self, connection: Connection, batch: Batch, position: int) -> None:
        fresh = without_known(batch, position)
        told = dict(by_account(fresh, np.array([connection.account], np.uint64)))
        rows = receipts_of(fresh.commands)
        own = rows[
            (rows["credential"] == connection.key[0])
            & (rows["session"] == connection.key[1])
            & (rows["purpose"] == ReceiptPurpose.COMMANDS)
        ]
        events = told.get(connection.account, NOTHING)
        if len(events) or len(own):
            await connection.retell(answer_rows([frame_of(row) for row in own]), events, fresh.last)
        else:
            await asyncio.sleep(0)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def remembered(self, credential: int) -> int:
        """How many sessions of a key are remembered."""
        return sum(key[0] == credential for key in self.receipts.sessions)

    def open(self, connection: Connection) -> None:
        """A session has proved itself; another connection of it is cut. Orders stay: the session goes on."""
        earlier = self.live.get(connection.key)
        self.live[connection.key] = connection
        if earlier is not None:
            earlier.refuse(ErrorCode.REPLACED, "the session was opened by another connection")
        self._count_accounts()
        memory, wanted = connection.memory, connection.cancel_on_disconnect
        before = memory.cancel_on_disconnect or (earlier is not None and earlier.cancel_on_disconnect)
        if wanted or before:
            receipt = _receipt(connection.key, memory.account, ReceiptPurpose.OPENED)
            receipt["cancel_on_disconnect"] = wanted
            self.core.post(receipt)

    def lost(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if not connection.is_opened or self.live.get(connection.key) is not connection:
            return
        del self.live[connection.key]
        self._count_accounts()
        memory = connection.memory
        if connection.cancel_on_disconnect and not self.stopping:
            with contextlib.suppress(CoreUnavailable):
                self.cancel_all(connection.key, memory)
        if memory.last == 0 and memory.seen_ns == 0 and not connection.cancel_on_disconnect:
            self.receipts.sessions.pop(connection.key, None)

    def cancel_all(self, key: Key, memory: Memory) -> None:
        """The end of a session that wanted the orders of its key to end with it: rule P-11."""
        receipt = _receipt(key, memory.account, ReceiptPurpose.CLOSED)
        sweep = commands(CommandKind.CANCEL_ALL)
        sweep["scope"], sweep["account"], sweep["credential"] = CancelScope.CREDENTIAL, memory.account, key[0]
        self.core.post(as_commands(receipt, sweep))

    def cancel_for_lost(self) -> None:
        """At a start: sessions that were open when the door before this one ended, and wanted their orders canceled."""
        for key, memory in self.receipts.sessions.items():
            if memory.cancel_on_disconnect:
                self.cancel_all(key, memory)

    def attribute_for(self, credential: Credential) -> Attribute:
        def attribute(tag: str) -> tuple[int, Attribution]:
            now = self.authenticator.associated(credential)
            return attribution(self.venue, now.brokers, tag, now.owner)

        return attribute

    def submit(self, connection: Connection, first: int, taken: Taken, records: Records) -> None:
        """Send a stamped frame to the core; its record 0 becomes the receipt."""
        receipt = _receipt(connection.key, connection.account, ReceiptPurpose.COMMANDS)
        receipt["count"], receipt["first"] = taken.size, first
        receipt["checksum"], receipt["correlation"] = taken.checksum, taken.correlation
        receipt["cancel_on_disconnect"] = connection.cancel_on_disconnect
        records[:1] = as_commands(receipt)
        self.core.post(records)
        self.receipts.submitted(connection.memory, first, taken)
        self.outstanding += taken.size

    def _count_accounts(self) -> None:
        self._accounts = np.array(sorted({one.account for one in self.live.values()}), np.uint64)

    async def stop(self) -> None:
        self.stopping = True
        for connection in list(self.connections):
            connection.refuse(ErrorCode.STOPPING, "the exchange stops")
        if self._noting is not None:
            await self._noting
        if self.receipts.sequence:
            self.begin_note()


def answer_rows(frames: list[tuple[int, Taken]]) -> Answers:
    """ANSWER records of taken frames by their first client sequence."""
    rows = np.zeros(len(frames), ANSWER)
    for row, (first, taken) in zip(rows, frames, strict=True):
        row["correlation"], row["sequence"] = taken.correlation, first
        row["engine_sequence"], row["count"] = taken.engine_sequence, taken.size
    return rows


def _receipt(key: Key, account: int, purpose: ReceiptPurpose) -> Records:
    receipt = commands(CommandKind.RECEIPT)
    receipt["credential"], receipt["session"] = key
    receipt["account"], receipt["purpose"] = account, purpose
    return receipt
