"""What a gateway sees of brokers' clients and tokens, told to the broker when it is too much. Rules BL-17 and BL-18.

Once a second, beside the requests: of the credentials that brokers earn on and that were used just now, how much of
their limit is taken; and how many of a broker's tokens were refused in this hour. A gateway counts its own.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from commonbook.broker import alerts
from commonbook.broker.alerts import LIMITS_NEAR, TOKEN_ERRORS
from commonbook.gateway.okx_v5.budget import ORDERS_WINDOW_MS
from commonbook.gateway.okx_v5.door import Door
from commonbook.units import HOUR_NS

LOOK_EVERY_S = 1.0

log = structlog.get_logger()


class Alert(NamedTuple):
    broker: int
    kind: str
    cause: str
    details: dict[str, Any]


class Warner:
    """One per gateway. Only the event loop touches it; SQL runs in threads."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._hour = -1
        self._errors: Counter[tuple[int, str]] = Counter()  # of this hour, by broker and what was wrong
        self._told: set[tuple[int, str, str]] = set()  # in this hour

    async def keep(self) -> None:
        """Runs until it is cancelled. A database that refuses is told, and the next second tries again."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except SQLAlchemyError as failure:
                log.warning("gateway.brokers_not_warned", why=type(failure).__name__)

    async def look(self) -> None:
        now_ns = self._door.time_ns or time.time_ns()
        if now_ns // HOUR_NS != self._hour:
            self._hour = now_ns // HOUR_NS
            self._errors.clear()
            self._told.clear()
        found = [one for one in (*self._limits(), *self._tokens()) if one[:3] not in self._told]
        if not found:
            return

        def write(connection: Connection) -> None:
            for one in found:
                alerts.warn(connection, one.broker, one.kind, one.cause, now_ns, one.details)

        await self._door.write(write)
        self._told |= {one[:3] for one in found}

    def _limits(self) -> Iterator[Alert]:
        """BL-17: clients that have taken most of what they may place and amend."""
        share, seal = self._door.broker.alert_limit_percent, self._door.authenticator.seal
        for credential in self._door.authenticator.of_brokers():
            most, left = self._door.budget.account_orders(credential.account)
            if (most - left) * 100 < most * share:
                continue
            for broker in sorted({*credential.brokers, credential.owner, credential.holder} - {0}):
                details = {"client": seal.client_name(broker, credential.account), "used": most - left, "most": most}
                yield Alert(broker, LIMITS_NEAR, "orders", details | {"window_ms": ORDERS_WINDOW_MS})

    def _tokens(self) -> Iterator[Alert]:
        """BL-18: tokens of its clients that were refused, by what was wrong."""
        self._errors += self._door.authenticator.take_token_errors()
        for (broker, error), count in sorted(self._errors.items()):
            if count >= self._door.broker.alert_token_errors:
                yield Alert(broker, TOKEN_ERRORS, error, {"error": error, "count": count})
