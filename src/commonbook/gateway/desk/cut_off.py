"""Acts that were approved and cut off by a crash, brought to their end by the first gateway. Rule AD-4.

What was approved before the gateways were started, nobody carries out any more: it is done at once. Anything else that
is approved may be another gateway's work at this moment: it is done when a minute later it still is.
"""

import asyncio
import importlib
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from commonbook.administration import approvals
from commonbook.administration.approvals import Approval
from commonbook.gateway.desk.late import LateDesks

LOOK_EVERY_S = 60.0

log = structlog.get_logger()


class CutOff:
    """One per host: its first gateway's. The desks are loaded when there is something to be done."""

    def __init__(self, database: Engine, desks: LateDesks, started_ns: int) -> None:
        self._database = database
        self._desks = desks
        self._started_ns = started_ns
        self._seen: frozenset[int] = frozenset()

    async def keep(self) -> None:
        """Runs until it is cancelled. A database that refuses is told, and the next look tries again."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as failure:
                log.warning("gateway.cut_off_not_looked_for", why=type(failure).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> list[Approval]:
        """Carry out what nobody else does; what came of each."""
        found = await asyncio.to_thread(self._find)
        due = [one for one in found if one.decided_ns < self._started_ns or one.id in self._seen]
        self._seen = frozenset(one.id for one in found)
        if not due:
            return []
        desk = await self._desks.desk()
        acts: Any = importlib.import_module("commonbook.gateway.desk.acts")
        done: list[Approval] = await acts.carry_out_left(desk, due)
        return done

    def _find(self) -> list[Approval]:
        with self._database.connect() as connection:
            return approvals.cut_off(connection)
