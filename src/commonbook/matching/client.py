"""The other end of the core's socket: submit commands, ask questions, follow the stream."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from commonbook.errors import BadInput, CoreUnavailable
from commonbook.framing import Buffer, Outlet, widen
from commonbook.matching.protocol import ANSWER_LIMIT, HEADER, Frame, FrameKind, FrameReader, decode_batch, encode_frame
from commonbook.matching.sequencer import each_answer
from commonbook.records import BALANCE_ROW, COMMAND, ORDER_ROW, Batch, Records

Follower = Callable[[Batch], None]
Taker = Callable[[Frame | None], None]  # of an answer; None: the core has gone, and the outcome is not known


class CoreBusy(CoreUnavailable):
    """The core's inbox is full; nothing of the submission was taken."""


class CoreClient(asyncio.BufferedProtocol):
    """A connection to the core.

    `sequence` is the newest sequence this connection has seen become durable. After the core has gone every call
    raises CoreUnavailable, and `gone` is set.
    """

    def __init__(self) -> None:
        self.sequence = 0
        self.gone = asyncio.Event()
        self._reader = FrameReader(ANSWER_LIMIT)
        self._transport: asyncio.Transport | None = None
        self._outlet: Outlet | None = None
        self._pending: dict[int, Taker] = {}
        self._next_correlation = 1
        self._followers: list[Follower] = []
        self._when_gone: list[Callable[[], None]] = []

    @classmethod
    async def connect(cls, socket_path: Path, patience_s: float = 0.0) -> "CoreClient":
        """Connect, waiting up to `patience_s` for a core that is still starting.

        Raises:
            CoreUnavailable: nobody listens there.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while True:
            try:
                _, client = await loop.create_unix_connection(cls, str(socket_path))
            except OSError as error:
                if loop.time() >= deadline:
                    fix = "start it with `commonbook serve`"
                    raise CoreUnavailable(f"no core at {socket_path} ({error.strerror}); {fix}") from None
                await asyncio.sleep(0.02)
            else:
                return client

    async def submit(self, commands: Records) -> list[Records]:
        """Have commands numbered, made durable and applied.

        Args:
            commands: records of any one layout of COMMAND_SIZE, shape (n,), n >= 1.

        Returns:
            For each command the events that it caused, EVENT records, shape (k,), once they are durable.

        Raises:
            CoreBusy: nothing was taken.
            CoreUnavailable: the core has gone; whether the commands took effect is not known.
        """
        return each_answer(await self.submit_batch(commands))

    async def submit_batch(self, commands: Records) -> Batch:
        """As `submit`, with the numbered commands beside their events."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Batch] = loop.create_future()

        def done(answer: Batch | CoreUnavailable) -> None:
            if future.done():  # whoever asked has gone
                return
            if isinstance(answer, CoreUnavailable):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        self.submit_then(commands, done)
        return await future

    def submit_then(self, commands: Records, done: Callable[[Batch | CoreUnavailable], None]) -> None:
        """As `submit_batch`; `done` is called as soon as the answer is there, before any follower hears of the batch.

        Raises:
            CoreUnavailable: the core has gone already; `done` is not called.
        """

        def take(frame: Frame | None) -> None:
            if frame is None:
                done(_gone())
            elif frame.kind is FrameKind.BUSY:
                done(CoreBusy("the core's inbox is full; try again"))
            else:
                batch = decode_batch(frame.payload)
                self.sequence = max(self.sequence, batch.last)
                done(batch)

        data = commands.view(np.uint8)
        correlation = self._expect(take)
        try:
            self._put(HEADER.pack(data.nbytes, FrameKind.SUBMIT, 0, correlation), data.data)
        except CoreUnavailable:
            del self._pending[correlation]
            raise

    def post(self, commands: Records) -> None:
        """Submit without an answer: whoever follows the stream sees what became of the commands.

        Args:
            commands: as in `submit`; not to be changed any more.

        Raises:
            CoreUnavailable: the core has gone.
        """
        data = commands.view(np.uint8)
        self._put(HEADER.pack(data.nbytes, FrameKind.SUBMIT, 0, 0), data.data)

    async def claim(self) -> int:
        """Become the one record door, whose submissions are never refused as too many.

        Returns:
            A sequence: whatever an earlier claimant has submitted is at or before it, or will never be done.
        """
        return int((await self._ask({"ask": "claim"}))["sequence"])

    async def subscribe(self, follower: Follower) -> int:
        """Have every durable batch from now on given to `follower`, in order, on the event loop.

        Returns:
            The newest sequence published before the first batch the follower will see.
        """
        self._followers.append(follower)
        frame = await self._call(FrameKind.SUBSCRIBE, b"")
        sequence = int(msgspec.msgpack.decode(frame.payload)["sequence"])
        self.sequence = max(self.sequence, sequence)
        return sequence

    async def balances(self, account: int) -> Records:
        """The account's balances now: BALANCE_ROW records, shape (assets,)."""
        answer = await self._ask({"ask": "balances", "account": account})
        return np.frombuffer(answer["rows"], BALANCE_ROW)

    def balances_then(self, accounts: list[int], done: Callable[[int, Records], None]) -> None:
        """The balances of some accounts at one sequence: `done` gets it and BALANCE_ROW records as soon as the answer
        is there, before any follower hears of a batch behind that sequence. It is not called when the core goes.

        Raises:
            CoreUnavailable: the core has gone already.
        """

        def take(frame: Frame | None) -> None:
            if frame is not None:
                answer = msgspec.msgpack.decode(frame.payload)
                done(int(answer["sequence"]), np.frombuffer(answer["rows"], BALANCE_ROW))

        question = msgspec.msgpack.encode({"ask": "balances of", "accounts": accounts})
        correlation = self._expect(take)
        try:
            self._put(encode_frame(FrameKind.QUERY, correlation, question))
        except CoreUnavailable:
            del self._pending[correlation]
            raise

    async def orders(self, account: int) -> Records:
        """The account's live orders now: ORDER_ROW records, shape (n,), by order id."""
        answer = await self._ask({"ask": "orders", "account": account})
        return np.frombuffer(answer["rows"], ORDER_ROW)

    async def depth(self, instrument: int, levels: int) -> dict[str, Any]:
        """{"sequence", "bids", "asks"}: levels as [price_ticks, total_lots, orders], best first."""
        return await self._ask({"ask": "depth", "instrument": instrument, "levels": levels})

    async def setup(self) -> tuple[int, Records]:
        """A sequence, and what the venue is set up with after it, COMMAND records: see `_engine.Engine.setup`."""
        answer = await self._ask({"ask": "setup"})
        return int(answer["sequence"]), np.frombuffer(answer["commands"], COMMAND)

    async def published(self) -> int:
        """The newest sequence that anybody has been told of."""
        return int((await self._ask({"ask": "published"}))["sequence"])

    async def process(self) -> int:
        """The id of the core's process; asked of a core of any size at no cost."""
        return int((await self._ask({"ask": "published"}))["pid"])

    async def pulse(self) -> dict[str, Any]:
        """How the core is doing: as `pulse.Pulse.told`, and {"waiting", "connections", "sequence", "pid"}."""
        return await self._ask({"ask": "pulse"})

    async def state(self) -> dict[str, Any]:
        """{"sequence", "time_ns", "state_hash"} of the engine."""
        return await self._ask({"ask": "state"})

    def close(self) -> None:
        if self._outlet is not None:
            self._outlet.close()

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        frame = await self._call(FrameKind.QUERY, msgspec.msgpack.encode(question))
        answer: dict[str, Any] = msgspec.msgpack.decode(frame.payload)
        if "error" in answer:
            raise BadInput(answer["error"])
        return answer

    def _put(self, *buffers: Buffer) -> None:
        if self._outlet is None:
            raise CoreUnavailable("the core has gone")
        self._outlet.put(*buffers)

    def when_gone(self, call: Callable[[], None]) -> None:
        """Have this called once the core goes; at once when it has."""
        if self.gone.is_set():
            call()
        else:
            self._when_gone.append(call)

    def _expect(self, taker: Taker) -> int:
        correlation = self._next_correlation
        self._next_correlation += 1
        self._pending[correlation] = taker
        return correlation

    async def _call(self, kind: FrameKind, payload: bytes) -> Frame:
        future: asyncio.Future[Frame | None] = asyncio.get_running_loop().create_future()

        def take(frame: Frame | None) -> None:
            if not future.done():
                future.set_result(frame)

        correlation = self._expect(take)
        try:
            self._put(encode_frame(kind, correlation, payload))
            frame = await future
        finally:
            self._pending.pop(correlation, None)
        if frame is None:
            raise _gone()
        return frame

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._transport = stream
        self._outlet = Outlet(stream)
        widen(transport.get_extra_info("socket"))

    def pause_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.pause()

    def resume_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = self._outlet = None
        self.gone.set()
        pending, self._pending = self._pending, {}
        for taker in pending.values():
            taker(None)
        for call in self._when_gone:
            call()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.writable()

    def buffer_updated(self, nbytes: int) -> None:
        batches = []
        for frame in self._reader.written(nbytes):
            if frame.kind is FrameKind.BATCH:
                batches.append(decode_batch(frame.payload))
            elif (taker := self._pending.pop(frame.correlation, None)) is not None:
                taker(frame)
        for batch in batches:  # behind the answers, which somebody waits for
            self.sequence = max(self.sequence, batch.last)
            for follower in self._followers:
                follower(batch)


def _gone() -> CoreUnavailable:
    return CoreUnavailable("the core has gone; the outcome is not known")
