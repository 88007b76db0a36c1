"""Whoever earns on each live order, as the gateway knows it: an amendment says it, and its event does not. CN-8.

Most orders are nobody's, and cost nothing here. An order is there from its acceptance to a while past its end, by the
stream; one from before the stream began is looked up in history when it is amended for the first time.
"""

import asyncio
import time
from collections.abc import Iterable

from sqlalchemy import Engine, select

from commonbook.records import Batch, EventKind, of_kind
from commonbook.storage.database import among, many
from commonbook.storage.schema import orders

ENDED_MOST, OLD_MOST = 4_096, 65_536
PATIENCE_S = 0.25  # an order that was accepted a moment ago is on its way to us


class Earning:
    """One per gateway and venue. Only the event loop touches it; SQL runs in a thread."""

    def __init__(self) -> None:
        self.began = 0  # orders up to this sequence are in history, and those behind it come by the stream
        self.position = 0
        self._brokers: dict[int, int] = {}  # by order
        self._ended: dict[int, int] = {}  # the newest of those that have ended, the oldest first
        self._old: dict[int, int] = {}  # from history, 0 for nobody

    def follow(self, batch: Batch) -> None:
        accepted = of_kind(batch.events, EventKind.ACCEPTED)
        earned = accepted[accepted["broker"] != 0]
        self._brokers.update(zip(earned["sequence"].tolist(), earned["broker"].tolist(), strict=True))
        self.position = batch.last
        if not self._brokers:
            return
        sides = of_kind(batch.events, EventKind.FILL_SIDE)
        for ended in (of_kind(batch.events, EventKind.CANCELED), sides[sides["complete"] == 1]):
            for order in ended["order"].tolist():
                self._end(order)

    def _end(self, order: int) -> None:
        """It is known for a while more: an amendment may have filled it, and be answered behind that."""
        broker = self._brokers.pop(order, 0)
        if broker:
            self._ended[order] = broker
            if len(self._ended) > ENDED_MOST:
                del self._ended[next(iter(self._ended))]

    async def of(self, database: Engine, wanted: Iterable[int]) -> dict[int, int]:
        """The broker of each of some orders, 0 for none; an order's number is the sequence of its command."""
        numbers = list(wanted)
        old = [one for one in numbers if one <= self.began and one not in self._old]
        if old:
            if len(self._old) > OLD_MOST:
                self._old.clear()
            self._old |= dict.fromkeys(old, 0) | await asyncio.to_thread(_in_history, database, old)
        until = time.monotonic() + PATIENCE_S
        while max(numbers, default=0) > max(self.position, self.began) and time.monotonic() < until:
            await asyncio.sleep(0.002)
        return {one: self._brokers.get(one) or self._ended.get(one) or self._old.get(one, 0) for one in numbers}


def _in_history(database: Engine, numbers: list[int]) -> dict[int, int]:
    with database.connect() as connection:
        mine = among(connection.dialect, orders.c.order_id, "orders")
        chosen = select(orders.c.order_id, orders.c.broker).where(mine)
        return {row.order_id: row.broker for row in connection.execute(chosen, {"orders": many(connection, numbers)})}
