"""The sessions of suite `feed` that go over real sockets to a serving exchange; the truth is what REST tells."""

import json
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from commonbook.errors import OutsideFailure
from commonbook.qa.feed_client import CHANNELS, BookClient
from commonbook.qa.okx import Key, Rest, Socket, login
from commonbook.qa.people import FIRST_BRAND, SECOND_BRAND, Person, key_of, open_tables, prepare
from commonbook.qa.serving import UNLIMITED, Server
from commonbook.qa.suite import Result

TOGETHER = 20  # sessions
ROUNDS = 25  # of trading, while they listen
MIDDLE = 78_300
PATIENCE_S = 30.0
SMALL_BUFFER = 4_096  # bytes that the kernel keeps for a reader
FIRST, SECOND, LISTENER = 6_001, 6_002, 6_003
PEOPLE = (Person(FIRST, FIRST_BRAND), Person(SECOND, SECOND_BRAND), Person(LISTENER, FIRST_BRAND, level=7))
SETTINGS = UNLIMITED + "requests_per_hour = 1_000_000\n"


def run(seed: int, sessions: int, result: Result) -> None:
    """So many sessions; a failure goes into the result."""
    pick = random.Random(f"{seed}-feed-door")
    with tempfile.TemporaryDirectory(prefix="commonbook-feed-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        prepare(data_dir, PEOPLE)
        (Path(folder) / "settings.toml").write_text(SETTINGS)
        server = stack.enter_context(Server(data_dir, "--settings", str(Path(folder) / "settings.toml")))
        tables = open_tables(data_dir)
        stack.callback(tables.dispose)
        with tables.begin() as connection:
            keys = [key_of(connection, data_dir, one.account, one.brand) for one in PEOPLE]
        rest = stack.enter_context(Rest(server.ready["rest"]))
        done = 0
        while done < sessions and result.passed and not result.is_late():
            count = min(TOGETHER, sessions - done)
            failure = _group(server.ready["ws"], rest, keys, count, pick, result)
            result.failure = failure and f"seed {seed}, over sockets from session {done} on: {failure}"
            done += count
            result.trials += count


def _group(url: str, rest: Rest, keys: list[Key], count: int, pick: random.Random, result: Result) -> str:
    """Sessions that listen together while two accounts trade."""
    sessions = [_Session(url, keys[2], pick, result) for _ in range(count)]
    try:
        for _ in range(ROUNDS):
            _trade(rest, pick.choice(keys[:2]), pick)
            for session in sessions:
                if failure := session.step():
                    return failure
        for session in sessions:
            if failure := session.settle(rest):
                return failure
    finally:
        for session in sessions:
            session.close()
    return ""


def _trade(rest: Rest, key: Key, pick: random.Random) -> None:
    """Twenty orders about the middle, some of which trade; half of the rest is canceled again."""
    orders = []
    for _ in range(20):
        side = pick.choice(("buy", "sell"))
        away = pick.choice((-2, 5, 40, 600)) * pick.random()
        price = MIDDLE + round(away if side == "sell" else -away)
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": side, "ordType": pick.choice(("limit", "ioc"))}
        orders.append(order | {"px": str(price), "sz": f"0.{pick.randrange(1, 10_000):04}"})
    rows = rest.signed(key, "POST", "/trade/batch-orders", orders).data
    names = [{"instId": "BTC-USDT", "ordId": row["ordId"]} for row in rows if row["sCode"] == "0"]
    if names:
        rest.signed(key, "POST", "/trade/cancel-batch-orders", pick.sample(names, (len(names) + 1) // 2))


class _Session:
    """One client over one connection after the other."""

    def __init__(self, url: str, key: Key, pick: random.Random, result: Result) -> None:
        self._url, self._key, self._result = url, key, result
        self._pick = random.Random(pick.getrandbits(60))
        self._channel = self._pick.choice(list(CHANNELS))
        self._appetite = self._pick.choice((0.1, 0.5, 1.0))
        self._loses = self._pick.choice((0.0, 0.05))
        self._leaves = self._pick.choice((0.0, 0.05))
        self._connect()

    def step(self) -> str:
        if self._pick.random() < self._leaves:
            self.close()
            self._result.events["left_over_sockets"] += 1
            self._connect()
        return self._read() if self._pick.random() < self._appetite else ""

    def settle(self, rest: Rest) -> str:
        """Nobody trades any more: it comes to have the book of REST."""
        self._loses = 0.0
        if self._client.lost:
            self._subscribe_anew()
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if failure := self._read(0.02):
                return failure
            levels = CHANNELS[self._channel]
            told = rest.ask("GET", f"/api/v5/market/books?instId=BTC-USDT&sz={levels}").data[0]
            truth = {side: told[side] for side in ("bids", "asks")}
            self._result.checks += 1
            if self._client.is_whole and self._client.book() == truth:
                return ""
            if time.monotonic() > deadline:
                found = self._client.book()
                return f"{self._channel}: it has {found['bids'][:3]}, {found['asks'][:3]}, REST tells {truth}"[:1_000]

    def close(self) -> None:
        self._socket.close()

    def _connect(self) -> None:
        buffer = self._pick.choice((0, SMALL_BUFFER))
        self._socket = Socket(self._url, "public", receive_buffer=buffer)
        self._socket.send(login(self._key))
        self._client = BookClient(self._channel)
        self._result.events["connected_over_sockets"] += 1
        self._ask("subscribe")

    def _read(self, quiet_s: float = 0.001) -> str:
        """Take in what has come."""
        for text in self._socket.all_that_comes(quiet_s):
            message = json.loads(text)
            if message.get("event") == "error":
                return f"{self._channel}: {message}"
            if "data" not in message:
                continue
            self._result.checks += 1
            if self._pick.random() < self._loses and self._client.may_lose(message):
                self._client.lost = True
                self._result.events["message_lost"] += 1
                continue
            if failure := self._client.take(message):
                return f"{self._channel}: {failure}"
            if self._client.has_gap:
                self._result.events["gap_found"] += 1
                self._subscribe_anew()
                break  # what came behind it is of the past
        return f"{self._channel}: closed with {self._socket.ended}" if self._socket.ended else ""

    def _subscribe_anew(self) -> None:
        self._ask("unsubscribe")
        while True:
            message: dict[str, Any] = json.loads(self._socket.receive() or "{}")
            if message.get("event") == "unsubscribe":
                break
            if not message:
                raise OutsideFailure(f"closed with {self._socket.ended} while it unsubscribed")
        self._client = BookClient(self._channel)
        self._result.events["resynchronised"] += 1
        self._ask("subscribe")

    def _ask(self, op: str) -> None:
        self._socket.send(json.dumps({"op": op, "args": [{"channel": self._channel, "instId": "BTC-USDT"}]}))
