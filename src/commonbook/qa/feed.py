"""Suite `feed`, I17: a snapshot and what changes are the book, and a gap never goes unnoticed.

One trial is a session: a client that listens to one channel of books, reads quickly, slowly or not at all for a while,
loses a message now and then, is cut and comes back. Each message must be the book at the sequence that it tells, and at
each checkpoint what the client has must be the engine's own book. Who has lost a message must find a gap in the next;
who has lost none must never find one.

Most sessions are in one process: the product's engine, door, hub and connections, and a wire that holds back what is
not read (here); the others go over real sockets to a serving exchange (`feed_door`).
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from picows import WSMsgType

from commonbook.gateway.okx_v5.budget import Budget
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.gateway.okx_v5.ws.hub import Hub
from commonbook.gateway.okx_v5.ws.parting import Partings
from commonbook.identity.model import Credential, Permission
from commonbook.instrument.venue import Venue
from commonbook.qa import feed_door
from commonbook.qa.feed_client import CHANNELS, BookClient, as_told
from commonbook.qa.suite import Result
from commonbook.records import (
    COMMAND,
    EVENT,
    Attribution,
    Batch,
    CommandKind,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
)
from commonbook.settings import GatewaySettings, LimitSettings, StreamSettings
from commonbook.simulator.demo_market import BTC_USDT, HOUSE, MARKET_MAKER, MID_TICKS, venue_commands

REAL_SHARE = 0.05
REAL_MOST = 1_000
TOGETHER = 20  # sessions of one world
STEPS = 150  # of a world: a batch, and what the clients do meanwhile
CHECK_EVERY = 30  # steps from one checkpoint to the next
BATCH = (1, 3, 10, 40)  # commands
UNSENT_SHARE = 64  # of the connection's own limit: a wire of 512 bytes, so that readers are slow often
TRADERS = np.array((MARKET_MAKER, HOUSE))  # of different persons, and as rich as need be
DEEP = 3_000  # orders in a book that is deeper than any channel tells
WIDE_TICKS = 1_800
TURNS = 10  # of the hub, in which each feed has had its turn
NS_PER_TURN = 10_000_000


def run(make_engine: Callable[[], Any], seed: int, sessions: int, limit: float = 0.0) -> Result:
    """`sessions` sessions from one seed, one in twenty over real sockets."""
    result = Result("feed", seed, limit=limit)
    real = min(round(sessions * REAL_SHARE), REAL_MOST)
    in_process(make_engine, sessions - real, result)
    if result.passed and real:
        feed_door.run(seed, real, result)
    return result


def in_process(make_engine: Callable[[], Any], sessions: int, result: Result) -> None:
    """The sessions that go over no network."""
    while result.goes_on(sessions):
        seed = result.seed + result.seeds
        world = _World(make_engine(), seed, min(TOGETHER, sessions - result.trials), result)
        failure = asyncio.run(world.play())
        result.failure = failure and f"seed {seed}, {failure}"
        result.seeds += 1
        result.trials += len(world.sessions)


class _World:
    """One exchange without its network, and the clients that listen to it."""

    def __init__(self, engine: Any, seed: int, sessions: int, result: Result) -> None:
        self.engine, self.result = engine, result
        self.pick = random.Random(f"{seed}-feed")
        self.market = _Market(seed)
        nothing: Any = None  # no books need the core, the tables or the history
        settings = StreamSettings(connects_per_second=10**9, requests_per_hour=10**9, deep_books_from_level=0)
        self.door = Door(nothing, nothing, Venue(), nothing, GatewaySettings(), Budget(LimitSettings()), nothing)
        partings = Partings(self.door, Path("partings.json"))  # where nobody asks for it nothing is written
        self.hub = Hub(self.door, Lane(self.door.settings), settings, partings)
        self.truth: dict[int, dict[str, list[list[str]]]] = {}  # sequence -> the book, as deep as is told
        self.turn = 0
        self.now_ns = 1_700_000_000 * 10**9
        self.sessions = [_Session(self, number) for number in range(sessions)]

    async def play(self) -> str:
        """Empty, or what must not be."""
        self._take(self.market.venue())
        self.door.books.begin(BTC_USDT, self.door.position, (), ())
        self._take(self.market.orders(self.pick.choice((0, 60, DEEP))))
        for step in range(STEPS):
            self._take(self.market.block(self.pick.choice(BATCH)))
            for _ in range(self.pick.choice((0, 1, 1, 3, 12))):
                self._turn()
            for session in self.sessions:
                if failure := session.step():
                    return f"step {step}, {failure}"
            if step % CHECK_EVERY == CHECK_EVERY - 1 and (failure := self._checkpoint()):
                return f"checkpoint after step {step}, {failure}"
        return ""

    def _take(self, commands: Records) -> None:
        """A durable batch, as the door and the hub take it in."""
        events = np.frombuffer(self.engine.apply(commands.tobytes()).tobytes(), EVENT)
        batch = Batch(commands, events)
        self.door.follow(batch)
        bids, asks = self.engine.depth(BTC_USDT, max(CHANNELS.values()))
        pair = self.door.venue.instruments[BTC_USDT]
        told = {"bids": bids, "asks": asks}
        self.truth[batch.last] = {
            side: as_told(rows, pair.format_price, pair.format_quantity) for side, rows in told.items()
        }
        for side, rows in told.items():
            name = f"levels_of_{side}_most"
            self.result.figures[name] = max(self.result.figures.get(name, 0), len(rows))
        self.hub.follow(batch)

    def _turn(self) -> None:
        self.turn += 1
        self.now_ns += NS_PER_TURN
        self.hub.tick(self.turn, self.now_ns)

    def _checkpoint(self) -> str:
        """Everybody reads all there is, and has the book."""
        for _ in range(TURNS):
            self._turn()
        for session in self.sessions:
            if failure := session.catch_up():
                return failure
        return ""


class _Market:
    """Commands that make a book deep, thin it out, sweep it and move it."""

    def __init__(self, seed: int) -> None:
        self._pick = np.random.default_rng(seed)
        self._sequence, self._time_ns = 0, 1_700_000_000 * 10**9
        self._middle = MID_TICKS
        self._placed: list[tuple[int, int]] = []  # order and account

    def venue(self) -> Records:
        return self._numbered(venue_commands())

    def orders(self, count: int) -> Records:
        """Limit orders on both sides; at least one."""
        pick, count = self._pick, max(1, count)
        orders = commands(CommandKind.ORDER, count)
        orders["account"], orders["instrument"] = pick.choice(TRADERS, count), BTC_USDT
        orders["side"] = side = pick.choice(np.array(Side), count)
        orders["order_type"], orders["quantity_lots"] = OrderType.LIMIT, pick.integers(1, 50, count) * 1_000
        away = pick.choice((3, 60, WIDE_TICKS), count) * pick.random(count)
        orders["attribution"], orders["credential"] = Attribution.NO_TAG, 1
        orders["price_ticks"] = self._middle + np.where(side == Side.BUY, -1, 1) * (away.astype(np.int64) - 1)
        numbered = self._numbered(orders.view(COMMAND))
        self._placed += zip(numbered["sequence"].tolist(), orders["account"].tolist(), strict=True)
        return numbered

    def block(self, count: int) -> Records:
        pick = self._pick
        self._middle = int(np.clip(self._middle + pick.integers(-4, 5), MID_TICKS - 500, MID_TICKS + 500))
        match pick.choice(5, p=(0.5, 0.3, 0.1, 0.09, 0.01)):
            case 0:
                return self.orders(count)
            case 1:
                return self._named(CommandKind.CANCEL, count)
            case 2:
                return self._named(CommandKind.AMEND, count)
            case 3:  # takes many levels at once
                sweep = commands(CommandKind.ORDER)
                sweep["account"], sweep["instrument"], sweep["side"] = (
                    pick.choice(TRADERS),
                    BTC_USDT,
                    pick.choice(np.array(Side)),
                )
                sweep["order_type"], sweep["quantity_lots"] = OrderType.IOC, pick.integers(1, 3_000_000)
                sweep["attribution"], sweep["credential"] = Attribution.NO_TAG, 1
                sweep["price_ticks"] = self._middle + (200 if sweep["side"][0] == Side.BUY else -200)
                return self._numbered(sweep.view(COMMAND))
            case _:  # half the book goes
                every = commands(CommandKind.CANCEL_ALL)
                every["account"] = pick.choice(TRADERS)
                return self._numbered(as_commands(every))

    def _named(self, kind: CommandKind, count: int) -> Records:
        pick = self._pick
        some = [self._placed[place] for place in pick.integers(0, len(self._placed), count)]
        records = commands(kind, count)
        records["instrument"] = BTC_USDT
        records["order"], records["account"] = zip(*some, strict=True)
        if kind is CommandKind.AMEND:
            records["quantity_lots"] = pick.integers(1, 60, count) * 1_000
            records["price_ticks"] = np.where(pick.random(count) < 0.5, 0, self._middle + pick.integers(-90, 90, count))
        return self._numbered(records.view(COMMAND))

    def _numbered(self, records: Records) -> Records:
        numbered = records.copy()
        numbered["sequence"] = np.arange(self._sequence + 1, self._sequence + 1 + len(records))
        self._sequence += len(records)
        self._time_ns += 1_000_000
        numbered["time_ns"] = self._time_ns
        return numbered


@dataclass
class _Wire:
    """What a connection writes to: it holds what its reader has not read, and says when that is too much."""

    connection: Connection
    seen: Counter[str]
    unread: list[bytes] = field(default_factory=list)
    size: int = 0
    high: int = 0
    is_paused: bool = False
    is_open: bool = True

    # what the connection calls, of a transport and its socket

    @property
    def underlying_transport(self) -> "_Wire":
        return self

    def get_extra_info(self, name: str) -> Any:
        return ("10.0.0.1", 1) if name == "peername" else self

    def setsockopt(self, *_: int) -> None:
        pass

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high // UNSENT_SHARE

    def get_write_buffer_size(self) -> int:
        return self.size

    def send(self, kind: WSMsgType, content: bytes) -> None:
        if kind is WSMsgType.CLOSE:
            self.is_open = False
            return
        self.unread.append(bytes(content))
        self.size += len(content)
        if self.size > self.high and not self.is_paused:
            self.is_paused = True
            self.seen["held_back"] += 1
            self.connection.pause_writing()

    def pause_reading(self) -> None:
        """What is sent meanwhile waits in the connection."""

    def resume_reading(self) -> None:
        """The same."""

    def disconnect(self, graceful: bool = True) -> None:
        self.is_open = False

    # what the client does

    def read(self) -> bytes:
        """The oldest message; the connection hears when there is room again."""
        content = self.unread.pop(0)
        self.size -= len(content)
        if self.is_paused and self.size <= self.high // 4:
            self.is_paused = False
            self.connection.resume_writing()
        return content


@dataclass(frozen=True, slots=True)
class _Frame:
    """A whole text message, as a connection is given one."""

    content: bytes
    msg_type: WSMsgType = WSMsgType.TEXT
    fin: bool = True
    rsv1: bool = False

    def get_payload_as_bytes(self) -> bytes:
        return self.content


class _Session:
    """One client, and what it does: how eagerly it reads, and what goes wrong with it."""

    def __init__(self, world: _World, number: int) -> None:
        self.world, self.number = world, number
        self.pick = random.Random(f"{world.pick.getrandbits(60)}-{number}")
        self.channel = self.pick.choice(list(CHANNELS))
        self.appetite = self.pick.choice((0.02, 0.2, 1.0))
        self.loses = self.pick.choice((0.0, 0.0, 0.02, 0.1))
        self.leaves = self.pick.choice((0.0, 0.01, 0.05))
        self.wire: _Wire | None = None
        self.client = BookClient(self.channel)

    def step(self) -> str:
        if self.wire is None:
            self._connect()
        elif self.pick.random() < self.leaves:
            self._leave()
            return ""
        if self.pick.random() < self.appetite:
            return self._read(self.pick.choice((1, 3, 1_000)))
        return ""

    def catch_up(self) -> str:
        """Read all, lose nothing, and compare with the engine's book of now."""
        if self.wire is None:
            self._connect()
        self.loses, loses = 0.0, self.loses
        failure = self._read(10**9)
        if not failure and self.client.lost:  # what was lost last is noticed with the next change; ask anew for now
            self._subscribe_anew()
            failure = self._read(10**9)
        self.loses = loses
        return failure or self._compare(max(self.world.truth), "the engine's book")

    def _read(self, most: int) -> str:
        """Take in up to so many messages."""
        wire = self.wire
        while wire is not None and wire.unread and most > 0:
            most -= 1
            message = json.loads(wire.read())
            if message.get("event") == "error":
                return f"{self}: {message}"
            if "data" not in message:
                continue
            self.world.result.checks += 1
            if self.pick.random() < self.loses and self.client.may_lose(message):
                self.client.lost = True
                self.world.result.events["message_lost"] += 1
                continue
            failure = self.client.take(message)
            if failure:
                return f"{self}: {failure}"
            if self.client.has_gap:
                self.world.result.events["gap_found"] += 1
                self._subscribe_anew()
            elif failure := self._compare(self.client.sequence, "the book at its sequence"):
                return failure
        if wire is not None and not wire.is_open:
            return f"{self}: it was closed"
        return ""

    def _compare(self, sequence: int, with_what: str) -> str:
        self.world.result.checks += 1
        if not self.client.is_whole:
            return f"{self}: it has no book"
        whole = self.world.truth[sequence]
        levels = CHANNELS[self.channel]
        truth = {side: rows[:levels] for side, rows in whole.items()}
        found = self.client.book()
        if found == truth:
            return ""
        side = next(side for side in truth if truth[side] != found[side])
        return f"{self}: at {sequence} the {side} are {found[side][:3]}, {with_what} has {truth[side][:3]}"

    # -- its connection -------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.world.result.events["connected"] += 1
        connection = Connection(self.world.hub, Url.PUBLIC)
        account = next(iter(self.world.door.venue.accounts))
        connection.credential = Credential(
            1, "key", account, 1, "", frozenset(Permission), (), b"", "", frozenset()
        )  # fmt: skip
        self.wire = _Wire(connection, self.world.result.events)
        transport: Any = self.wire
        connection.on_ws_connected(transport)
        self._ask("subscribe")

    def _leave(self) -> None:
        wire: Any = self.wire
        self.world.result.events["left"] += 1
        wire.connection.on_ws_disconnected(wire)
        self.wire, self.client = None, BookClient(self.channel)

    def _subscribe_anew(self) -> None:
        """What clients do that have found a gap. What was under way before the acknowledgement is of the past."""
        self._ask("unsubscribe")
        wire = self.wire
        while wire is not None and wire.unread:
            wire.read()
        self.client = BookClient(self.channel)
        self.world.result.events["resynchronised"] += 1
        self._ask("subscribe")

    def _ask(self, op: str) -> None:
        pair = self.world.door.venue.instruments[BTC_USDT].name
        arg = {"channel": self.channel, "instId": pair}
        wire: Any = self.wire
        frame: Any = _Frame(json.dumps({"op": op, "args": [arg]}).encode())
        wire.connection.on_ws_frame(wire, frame)

    def __str__(self) -> str:
        return f"session {self.number}, {self.channel}"
