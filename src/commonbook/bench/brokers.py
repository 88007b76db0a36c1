"""`commonbook bench brokers`: ten brokers at once, each with a hundred requests a second of five users, half a minute.

The exchange is served whole, as a host starts it: core, gateway, back office, and the simulated venue beside them. Each
user has a key that is associated with a broker, and stays within the published limits: orders under the broker's code,
cancels, questions about an order, about all that rest, about the balance. Requests are sent when they are due, whatever
has been answered; a wait runs from that moment.
"""

import base64
import hashlib
import hmac
import select
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import func
from sqlalchemy import select as select_rows

from commonbook.bench.harness import Figure, Report, report
from commonbook.bench.load import PATIENCE_S, Pipe, compact, orders, percentile, signed_post
from commonbook.bench.rest import BOOKS, MIDDLE, SEED
from commonbook.bench.served import serving
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.errors import Mismatch
from commonbook.exchange import Exchange
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.records import CommandKind, Records, as_commands, commands
from commonbook.settings import Settings, database_url
from commonbook.storage.database import open_database
from commonbook.storage.schema import orders as orders_table

BROKERS, USERS = 10, 5  # users of each
LINE = 100  # requests a second of each broker
OFFERED = 105  # so that one answer that is late does not decide
SECONDS, WARM_UP_S = 30, 3
ACCOUNTS = BROKERS * USERS
PATTERN = "OCGOCOCGOPOCOCGOCGOB"  # what a user does in turn: order, cancel, get, pending, balance
TOO_MUCH = (b'"code":"50011"', b'"code":"50061"', b'"code":"50013"')  # for pace; the gateway is busy
API = "/api/v5"


def run(tell: Callable[[str], None], environment: Mapping[str, str]) -> Report:
    """One run: what is offered is no more than what must be held."""
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data = Path(folder) / "data"
        tell(f"a venue with {BROKERS} brokers and {ACCOUNTS} users")
        users = prepared(data)
        with serving(data, environment) as address:
            offer(users, int(address.rpartition(":")[2]), WARM_UP_S)
            for user in users:
                user.forget()
            tell(f"{BROKERS} brokers send {OFFERED} requests a second each for {SECONDS} s")
            seconds = offer(users, int(address.rpartition(":")[2]), SECONDS)
            taken = sum(user.placed for user in users)
            behind_s = until_known(data, sum(user.ever_placed for user in users))
        lost = without_broker(data)
    waits = np.array([wait for user in users for wait in user.waits], np.int64)
    answered = [sum(len(user.waits) for user in users if user.broker == broker) for broker in range(1, BROKERS + 1)]
    tell(f"{sum(answered):,} requests were answered, {taken:,} of them orders that were taken")
    return report(
        [
            Figure("brokers_least_answered", min(answered) / seconds, "requests/s", line=LINE),
            Figure("brokers_refused", sum(user.refused for user in users), "requests", line=0, better="lower"),
            Figure("brokers_orders_without_code", lost, "orders", line=0, better="lower"),
            Figure("brokers_wait_p50", percentile(waits, 50) / 1e3, "ms", better="lower"),
            Figure("brokers_wait_p99", percentile(waits, 99) / 1e3, "ms", better="lower"),
            Figure("brokers_history_behind", behind_s, "s", better="lower"),
        ]
    )


@dataclass
class User:
    """One user of a broker: a key, and what it sends next."""

    broker: int  # from 1
    key: NewKey
    instrument: str
    script: Iterator[dict[str, str]]
    waits: list[int] = field(default_factory=list)  # nanoseconds
    refused: int = 0
    placed: int = 0
    ever_placed: int = 0
    _turn: int = 0
    _names: deque[str] = field(default_factory=lambda: deque(maxlen=50))  # of its newest orders
    _due: deque[int] = field(default_factory=deque)  # when each request on its way was due

    def forget(self) -> None:
        """What was counted while all got warm."""
        self.waits, self.refused, self.placed = [], 0, 0

    def send(self, pipe: Pipe, due_ns: int) -> None:
        self._due.append(due_ns)
        pipe.send(self._next())

    def take(self, answer: bytes, now_ns: int) -> None:
        """
        Raises:
            Mismatch: the answer is none that such a request may have.
        """
        wait = now_ns - self._due.popleft()
        if any(code in answer for code in TOO_MUCH):
            self.refused += 1
            return
        if b'"code":"0"' not in answer and b'"code":"1"' not in answer and b'"code":"51603"' not in answer:
            raise Mismatch(f"a request of broker {self.broker} was answered {answer[:200]!r}")
        self.waits.append(wait)
        done = answer.startswith(b'{"code":"0"') and b'"sCode":"0"' in answer and b'"brokerCode"' in answer
        self.placed += done
        self.ever_placed += done

    @property
    def on_its_way(self) -> int:
        return len(self._due)

    def _next(self) -> bytes:
        kind = PATTERN[self._turn % len(PATTERN)]
        self._turn += 1
        name = self._names[0] if self._names else "none"
        match kind:
            case "O":
                self._names.append(f"b{self.broker}u{self.key.api_key[:6]}n{self._turn}")
                body = next(self.script) | {"clOrdId": self._names[-1], "tag": code_of(self.broker)}
                return signed_post(self.key, f"{API}/trade/order", compact(body))
            case "C":
                body = {"instId": self.instrument, "clOrdId": name}
                return signed_post(self.key, f"{API}/trade/cancel-order", compact(body))
            case "G":
                return signed_get(self.key, f"{API}/trade/order?instId={self.instrument}&clOrdId={name}")
            case "P":
                return signed_get(self.key, f"{API}/trade/orders-pending?instType=SPOT")
            case _:
                return signed_get(self.key, f"{API}/account/balance")


def code_of(broker: int) -> str:
    return f"BROKER{broker}"


def signed_get(key: NewKey, path: str) -> bytes:
    """A whole request, signed now."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = stamp.encode() + b"GET" + path.encode()
    signature = base64.b64encode(hmac.digest(key.api_secret.encode(), message, hashlib.sha256)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOK-ACCESS-KEY: {key.api_key}\r\nOK-ACCESS-SIGN: {signature}\r\n"
        f"OK-ACCESS-TIMESTAMP: {stamp}\r\nOK-ACCESS-PASSPHRASE: {key.api_passphrase}\r\n\r\n"
    ).encode()


def offer(users: list[User], port: int, seconds: int) -> float:
    """Send what is due when it is due, all users in turns; seconds until the last answer was there.

    Raises:
        Mismatch: nothing is answered any more, or an answer is wrong.
    """
    pipes = [Pipe.open(port) for _ in users]
    by_number = {pipe.socket.fileno(): (user, pipe) for user, pipe in zip(users, pipes, strict=True)}
    every_ns = 10**9 // (BROKERS * OFFERED)
    count, sent = seconds * BROKERS * OFFERED, 0
    try:
        with select.epoll() as poll:
            for number in by_number:
                poll.register(number, select.EPOLLIN)
            began = last = time.perf_counter_ns()
            while sent < count or any(user.on_its_way for user in users):
                now = time.perf_counter_ns()
                while sent < count and began + sent * every_ns <= now:
                    place = sent % len(users)
                    users[place].send(pipes[place], began + sent * every_ns)
                    sent += 1
                due_s = max(0.0, (began + sent * every_ns - now) / 1e9) if sent < count else 1.0
                for number, _ in poll.poll(due_s):
                    user, pipe = by_number[number]
                    pipe.arrived()
                    while (answer := pipe.next()) is not None:
                        last = time.perf_counter_ns()
                        user.take(answer, last)
                if time.perf_counter_ns() - max(last, began) > PATIENCE_S * 1e9:
                    raise Mismatch(f"nothing was answered for {PATIENCE_S:g} s")
    finally:
        for pipe in pipes:
            pipe.close()
    return (last - began) / 1e9


# -- the venue ---------------------------------------------------------------------------------------------------------


def prepared(data: Path) -> list[User]:
    """A data folder with the brokers, and each user with a key that is associated with its broker."""
    settings = Settings()
    with Exchange.open(data, settings) as exchange:
        exchange.submit(as_commands(venue(BOOKS, ACCOUNTS), _brokers()))
    seal, database = Seal.open(data), open_database(database_url(settings, data))
    users = []
    with database.begin() as connection:
        for place in range(ACCOUNTS):
            broker, account = place % BROKERS + 1, FIRST_ACCOUNT + place
            associated = frozenset({broker})
            key = create_key(connection, seal, account, 1, frozenset(Permission), "a bench", (), associated)
            instrument = f"C{place * BOOKS // ACCOUNTS}-USDT"  # as the venue has shared out the funds
            script = iter(orders(SEED + place, (SECONDS + WARM_UP_S) * OFFERED, instrument, MIDDLE))
            users.append(User(broker, key, instrument, script))
    database.dispose()
    return users


def _brokers() -> Records:
    """Each with an account of its own that is paid."""
    numbers = np.arange(1, BROKERS + 1)
    paid = FIRST_ACCOUNT + ACCOUNTS + numbers
    accounts, codes = commands(CommandKind.ACCOUNT, BROKERS), commands(CommandKind.BROKER_CODE, BROKERS)
    accounts["account"], accounts["person"], accounts["brand"] = paid, paid, 1
    codes["broker"], codes["payout_account"], codes["active"] = numbers, paid, 1
    codes["code"] = [code_of(number).encode() for number in numbers.tolist()]
    return as_commands(accounts, codes)


def until_known(data: Path, count: int) -> float:
    """Seconds until history has this many orders.

    Raises:
        Mismatch: it has not after a while.
    """
    database, began = open_database(database_url(Settings(), data)), time.perf_counter()
    try:
        while True:
            with database.connect() as connection:
                found = connection.execute(select_rows(func.count()).select_from(orders_table)).scalar_one()
            if found >= count:
                return time.perf_counter() - began
            if time.perf_counter() - began > PATIENCE_S:
                raise Mismatch(f"history has {found:,} of {count:,} orders after {PATIENCE_S:g} s")
            time.sleep(0.01)
    finally:
        database.dispose()


def without_broker(data: Path) -> int:
    """Orders that nobody earns on."""
    database = open_database(database_url(Settings(), data))
    try:
        with database.connect() as connection:
            nobody = select_rows(func.count()).select_from(orders_table).where(orders_table.c.broker == 0)
            return int(connection.execute(nobody).scalar_one())
    finally:
        database.dispose()
