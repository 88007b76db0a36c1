"""The part of suite `limits` at a serving exchange: bursts over several connections, timed from outside.

A request that was let in was counted between the moment it was sent and the moment it was answered. So all that were
sent and answered within one window were counted within it, however slow the machine is, and are at most the limit and
one more.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from commonbook.errors import OutsideFailure
from commonbook.gateway.limits import Limit
from commonbook.gateway.okx_v5.budget import BY_ORDER, OPERATIONS, ORDERS_WINDOW_MS, PUBLIC, ROUTE_LIMITS
from commonbook.qa.okx import API, Key, Rest, Socket, login
from commonbook.qa.people import Person, key_of, open_tables, prepare
from commonbook.qa.serving import Server
from commonbook.qa.suite import Result
from commonbook.settings import LimitSettings, StreamSettings

FIRST_ACCOUNT = 7_001
REFUSED = {"50011", "50061"}
BATCH = 20
HOUR_MS = 3_600_000
UNKNOWN = "X-Y"  # names no instrument; is counted all the same
Ask = Callable[[], str]  # one request; the code of its answer


def run(seed: int, rounds: int, result: Result) -> None:
    """So many rounds; a failure goes into the result."""
    pick = random.Random(f"{seed}-limits-door")
    accounts = rounds * (len(OPERATIONS) + len(set(ROUTE_LIMITS.values())) + 3)
    people = [Person(FIRST_ACCOUNT + place) for place in range(accounts)]
    with tempfile.TemporaryDirectory(prefix="commonbook-limits-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        prepare(data_dir, people)
        (Path(folder) / "settings.toml").write_text("")  # the limits as they are
        server = stack.enter_context(Server(data_dir, "--settings", str(Path(folder) / "settings.toml")))
        tables = open_tables(data_dir)
        stack.callback(tables.dispose)
        with tables.begin() as connection:
            keys = iter([key_of(connection, data_dir, one.account) for one in people])
        door = _Door(server, keys, pick, result)
        for number in range(rounds):
            for trial in door.trials():
                if failure := trial():
                    result.failure = f"seed {seed}, round {number} at the door: {failure}"
                    return
                if result.is_late():
                    return


@dataclass(frozen=True, slots=True)
class _Burst:
    """What was let in: when it was sent and answered, and how much it was."""

    sent: float
    answered: float
    size: int


class _Door:
    def __init__(self, server: Server, keys: Iterator[Key], pick: random.Random, result: Result) -> None:
        self._server, self._keys, self._pick, self._result = server, keys, pick, result
        self._addresses = (f"127.77.{place // 250}.{place % 250 + 1}" for place in count())

    def trials(self) -> Iterator[Callable[[], str]]:
        for operation in OPERATIONS:
            yield partial(self._operation, operation)
        by_limit: dict[Limit, list[tuple[str, str]]] = {}
        for route, limit in ROUTE_LIMITS.items():
            if route not in BY_ORDER:
                by_limit.setdefault(limit, []).append(route)
        for routes in by_limit.values():
            yield partial(self._route, *self._pick.choice(routes))
        yield self._all_orders
        yield self._connections
        yield self._subscriptions

    # -- order entry ----------------------------------------------------------------------------------------------

    def _operation(self, operation: str) -> str:
        """One operation over REST and WebSocket in turn; then a cancel, which has a budget of its own."""
        limit = ROUTE_LIMITS[OPERATIONS[operation]]
        with self._hands() as hands:
            size = BATCH if "batch" in operation else 1
            asks = cycle([lambda: hands.over_rest(operation, size), lambda: hands.over_socket(operation, size)])
            failure = self._burst(operation, asks, limit.most // size + 10, limit, size)
            if not failure and "cancel" not in operation:
                for cancel in ("cancel-order", "batch-cancel-orders"):
                    if hands.over_rest(cancel, 1) in REFUSED or hands.over_socket(cancel, 1) in REFUSED:
                        return f"{cancel} is refused because of {operation}"
            return failure

    def _all_orders(self) -> str:
        """New and changed orders of an account together, of all instruments."""
        limit = Limit(LimitSettings().account_orders, ORDERS_WINDOW_MS)
        with self._hands() as hands:
            asks = cycle(
                [
                    lambda: hands.over_rest("batch-orders", BATCH, UNKNOWN),
                    lambda: hands.over_socket("batch-amend-orders", BATCH),
                    lambda: hands.over_rest("batch-amend-orders", BATCH, UNKNOWN),
                    lambda: hands.over_socket("batch-orders", BATCH),
                ]
            )
            return self._burst("all orders", asks, limit.most // BATCH + 10, limit, BATCH)

    def _hands(self) -> "_Hands":
        return _Hands(self._server, next(self._keys), next(self._addresses), next(self._addresses))

    # -- other routes ---------------------------------------------------------------------------------------------

    def _route(self, method: str, path: str) -> str:
        """A public route from one address, a private one by one account from two, over two connections."""
        limit = ROUTE_LIMITS[method, path]
        key, one, other = next(self._keys), next(self._addresses), next(self._addresses)
        is_public = path.startswith(PUBLIC) or path == "/asset/exchange-list"
        url = self._server.ready["rest"]
        with Rest(url, one) as first, Rest(url, one if is_public else other) as second:
            body: dict[str, str] | None = {} if method == "POST" else None

            def ask(rest: Rest) -> str:
                return (rest.ask(method, API + path) if is_public else rest.signed(key, method, path, body)).code

            asks = cycle([lambda: ask(first), lambda: ask(second)])
            return self._burst(f"{method} {path}", asks, limit.most + 5, limit)

    # -- connections and what they ask for ------------------------------------------------------------------------

    def _connections(self) -> str:
        limit = Limit(StreamSettings().connects_per_second, 1_000)
        address = next(self._addresses)
        with ExitStack() as stack:

            def ask() -> str:
                socket = stack.enter_context(Socket(self._server.ready["ws"], "public", address))
                socket.send("ping")
                return "50011" if socket.receive() != "pong" else "0"

            return self._burst("new connections", cycle([ask]), limit.most + 8, limit)

    def _subscriptions(self) -> str:
        """Logins, subscriptions and their ends, of one connection."""
        limit = Limit(StreamSettings().requests_per_hour, HOUR_MS)
        with Socket(self._server.ready["ws"], "public", next(self._addresses)) as socket:

            def ask(op: str) -> str:
                socket.send(json.dumps({"op": op, "args": [{"channel": "status"}]}))
                return "50011" if json.loads(socket.receive()).get("code") == "60014" else "0"

            asks = cycle([lambda: ask("subscribe"), lambda: ask("unsubscribe")])
            return self._burst("subscriptions", asks, limit.most + 20, limit)

    # -- what was let in ------------------------------------------------------------------------------------------

    def _burst(self, what: str, asks: Iterator[Ask], requests: int, limit: Limit, size: int = 1) -> str:
        """Empty, or how more was let in than may be, or less."""
        taken: list[_Burst] = []
        was_refused = False
        for ask in islice(asks, requests):
            sent = time.monotonic()
            code = ask()
            self._result.trials += 1
            if code in REFUSED:
                was_refused = True
                self._result.events["refused_at_the_door"] += 1
                if not taken or sum(one.size for one in taken) + size <= limit.most:
                    return f"{what}: refused after {sum(one.size for one in taken)} of {limit}"
            else:
                taken.append(_Burst(sent, time.monotonic(), size))
                self._result.events["taken_at_the_door"] += 1
        window_s = limit.window_ms / 1_000
        most = max(
            sum(one.size for one in taken if one.sent >= first.sent and one.answered < first.sent + window_s)
            for first in taken
        )
        self._result.checks += 1
        self._result.events["bursts_with_a_refusal"] += was_refused
        return "" if most <= limit.most + 1 else f"{what}: {most} were let in within {limit}"


class _Hands:
    """One account over REST and over WebSocket, from an address each."""

    def __init__(self, server: Server, key: Key, one: str, other: str) -> None:
        self._key = key
        self._names = count()
        self._open = ExitStack()
        self._rest = self._open.enter_context(Rest(server.ready["rest"], one))
        self._socket = self._open.enter_context(Socket(server.ready["ws"], "private", other))
        self._socket.send(login(key))
        if '"code":"0"' not in self._socket.receive():
            raise OutsideFailure("the login of a suite was refused")

    def __enter__(self) -> "_Hands":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def over_rest(self, operation: str, size: int, instrument: str = "BTC-USDT") -> str:
        _, path = OPERATIONS[operation]
        rows = self._rows(size, instrument)
        return self._rest.signed(self._key, "POST", path, rows if "batch" in operation else rows[0]).code

    def over_socket(self, operation: str, size: int, instrument: str = "BTC-USDT") -> str:
        name = f"r{next(self._names)}"
        self._socket.send(json.dumps({"id": name, "op": operation, "args": self._rows(size, instrument)}))
        while f'"id":"{name}"' not in (message := self._socket.receive()):
            if self._socket.ended:
                raise OutsideFailure(f"closed with {self._socket.ended}")
        code: str = json.loads(message)["code"]
        return code

    def _rows(self, size: int, instrument: str) -> list[dict[str, Any]]:
        """Rows that are counted and have no effect: of an order that is not there, or far from the market."""
        row = {"instId": instrument, "ordId": "9000000000000000000", "newSz": "1", "tdMode": "cash", "side": "buy"}
        return [row | {"ordType": "limit", "px": "1", "sz": "1"}] * size
