"""Suite `limits`, S6: at no moment has a client been let have more than its limit, however it asks.

One trial is a request. In one process the product's budgets are asked at random moments, for every route and operation,
and each answer is compared with a plain list of what was taken: never more than the limit in any window, never refused
while there is room, and what is refused costs nothing. At a serving exchange with its limits as they are, requests go
over several connections, REST and WebSocket together, as quickly as they can: those that must have fallen into one
window, by when they were sent and answered, are at most the limit and one more.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from commonbook.gateway.okx_v5.budget import BY_ORDER, OPERATIONS, ORDERS, PUBLIC, ROUTE_LIMITS, Budget
from commonbook.gateway.okx_v5.codes import TOO_FAST, TOO_MANY_ORDERS, Refused
from commonbook.qa import limits_door
from commonbook.qa.suite import Result
from commonbook.settings import LimitSettings

REQUESTS = 20_000  # of one world
ACCOUNTS, ADDRESSES, INSTRUMENTS = (1, 2, 3), ("10.0.0.1", "10.0.0.2"), (0, 1, 2)
ACCOUNT_ORDERS = (40, 400)  # in two seconds, so that both limits of an order are met
PAUSES_MS = (*[0] * 60, *[1] * 20, 10, 10, 100, 1_000, 5_000, 10_000_000)


def run(seed: int, requests: int, limit: float = 0.0) -> Result:
    """`requests` requests from one seed in one process, and one round or ten at a serving exchange."""
    result = Result("limits", seed, limit=limit)
    in_process(requests, result)
    if result.passed:
        limits_door.run(seed, rounds=1 if requests <= 1_000_000 else 10, result=result)
    return result


def in_process(requests: int, result: Result) -> None:
    while result.goes_on(requests):
        seed = result.seed + result.seeds
        world = _World(seed)
        for number in range(min(REQUESTS, requests - result.trials)):
            failure = world.request(result.events)
            result.trials += 1
            if failure:
                result.failure = f"seed {seed}, request {number}: {failure}"
                break
        result.checks += world.checks
        result.seeds += 1


@dataclass
class _Taken:
    """What was taken of one limit, one by one."""

    most: int
    window_ms: int
    when: deque[tuple[int, int]] = field(default_factory=deque)

    def room(self, now_ms: int) -> int:
        return self.most - sum(count for at, count in self.when if at > now_ms - self.window_ms)

    def take(self, now_ms: int, count: int) -> None:
        self.when.append((now_ms, count))
        while self.when[0][0] <= now_ms - self.window_ms:
            self.when.popleft()


class _World:
    """A budget at a clock of its own, and what it has let through."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(f"{seed}-limits")
        self.settings = LimitSettings(self.pick.choice((1, 1, 3)), self.pick.choice(ACCOUNT_ORDERS))
        self.now_ms = 10**9
        self.checks = 0
        self._budget = Budget(self.settings, now_ms=lambda: self.now_ms)
        self._taken: dict[Hashable, _Taken] = {}
        self._routes = [route for route in ROUTE_LIMITS if route not in BY_ORDER]
        self._usual = self.pick.sample(self._routes, 4)  # are asked for most of the time

    def request(self, seen: Counter[str]) -> str:
        """Empty, or what must not be."""
        self.now_ms += self.pick.choice(PAUSES_MS)
        ask, wanted = self._orders() if self.pick.random() < 0.6 else self._route()
        rooms = {key: taken.room(self.now_ms) for key, (taken, _) in wanted.items()}
        full = [key for key, (_, count) in wanted.items() if count > rooms[key]]
        self.checks += len(wanted)
        try:
            ask()
        except Refused as refused:
            seen["refused"] += 1
            if not full:
                return f"{list(wanted)} is refused while there is room for {list(rooms.values())}"
            told = TOO_MANY_ORDERS if full == [self._account_key(wanted)] else TOO_FAST
            return "" if refused.code == told else f"{full} is full and {refused.code.number} is told"
        seen["taken"] += 1
        if full:
            return f"{full} has no room and {list(wanted)} is taken"
        for taken, count in wanted.values():
            taken.take(self.now_ms, count)
        return ""

    def _route(self) -> tuple[Callable[[], None], dict[Hashable, tuple[_Taken, int]]]:
        method, path = self.pick.choice(self._usual if self.pick.random() < 0.9 else self._routes)
        account, address = self.pick.choice(ACCOUNTS), self.pick.choice(ADDRESSES)
        account = 0 if path.startswith(PUBLIC) else account
        most, window_ms = ROUTE_LIMITS[method, path]
        taken = self._of((method, path, account or address), most * self.settings.scale, window_ms)
        return lambda: self._budget.request((method, path), account, address), {(path, account or address): (taken, 1)}

    def _orders(self) -> tuple[Callable[[], None], dict[Hashable, tuple[_Taken, int]]]:
        operation, account = self.pick.choice(list(OPERATIONS)), self.pick.choice(ACCOUNTS)
        count = self.pick.choice((1, 2, 20)) if "batch" in operation else 1
        instruments = [self.pick.choice(INSTRUMENTS) for _ in range(count)]
        most, window_ms = ROUTE_LIMITS[OPERATIONS[operation]]
        wanted: dict[Hashable, tuple[_Taken, int]] = {}
        for instrument, orders in Counter(instruments).items():
            key = (operation, account, instrument)
            wanted[key] = (self._of(key, most * self.settings.scale, window_ms), orders)
        if operation not in ("cancel-order", "batch-cancel-orders"):
            key_of_all = (ORDERS, account)
            wanted[key_of_all] = (
                self._of(key_of_all, self.settings.account_orders * self.settings.scale, 2_000),
                count,
            )
        return lambda: self._budget.orders(operation, account, instruments), wanted

    def _account_key(self, wanted: dict[Hashable, tuple[_Taken, int]]) -> Hashable:
        return next((key for key in wanted if isinstance(key, tuple) and key[0] == ORDERS), None)

    def _of(self, key: Hashable, most: int, window_ms: int) -> _Taken:
        return self._taken.setdefault(key, _Taken(most, window_ms))
