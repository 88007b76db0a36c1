"""The back office at work: every durable batch is taken in, what is due is paid, and the auditor looks on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from commonbook.clearing.auditor import Auditor, Difference, cancel_only, keep_alarms, unknown_of
from commonbook.clearing.reconciliation import Outside, asset_name
from commonbook.exchange import BackOffice
from commonbook.matching.client import CoreClient
from commonbook.matching.stream import follow
from commonbook.records import Batch, Records

log = structlog.get_logger()


class Keeping:
    """One back office on a running core."""

    def __init__(self, office: BackOffice, client: CoreClient, data_dir: Path, is_simulated: bool = False) -> None:
        self.office = office
        self._is_simulated = is_simulated  # what brands plan, they plan for the live venue
        self.auditor = Auditor(office.ledger, office.venue, office.settings.clearing.audit_every_ms)
        self._client = client
        self._data_dir = data_dir
        self._clearing_due = asyncio.Event()

    async def run(self, caught_up: Callable[[], Awaitable[None]]) -> None:
        """Until the core goes. `caught_up` is called once all is taken in that was durable when we began.

        Raises:
            CoreUnavailable: the core has gone.
        """
        loop = asyncio.get_running_loop()
        caught_up_at, told = int((await self._client.state())["sequence"]), False

        def submit(commands: Records) -> Batch:
            return asyncio.run_coroutine_threadsafe(self._client.submit_batch(commands), loop).result()

        if self.office.position >= caught_up_at:
            told = True
            await caught_up()
        clearing = asyncio.ensure_future(self._clear(submit))
        try:
            async for batch in follow(
                self._client, self._data_dir, self.office.position, together=self.auditor.may_pass
            ):
                await self._audit()
                await asyncio.to_thread(self._take_in, batch, submit, told)
                self.auditor.took(batch)
                if not told and self.office.position >= caught_up_at:
                    told = True
                    await caught_up()
                await self._audit()
                if told:
                    self.auditor.ask_if_due(self._client)
                if self.office.clearing_is_due:
                    self._clearing_due.set()
                if clearing.done():
                    clearing.result()  # it ends by a failure only
        finally:
            clearing.cancel()
            await asyncio.gather(clearing, return_exceptions=True)

    async def _clear(self, submit: Callable[[Records], Batch]) -> None:
        """Beside what is taken in: to close a busy day takes a while, and whoever reads history waits for nobody."""
        while True:
            await self._clearing_due.wait()
            self._clearing_due.clear()
            await asyncio.to_thread(self.office.clear_due, submit, self._outside)

    def _take_in(self, batch: Batch, submit: Callable[[Records], Batch], caught_up: bool) -> None:
        self.office.project(batch)
        self.office.settle_due(submit)
        if caught_up and not self._is_simulated:
            self.office.do_due(submit)

    def _outside(self, since_ns: int) -> Outside | None:
        """Ledger and engine were equal in everything after a time; None until a round has shown it."""
        if self.auditor.clean_since_ns < since_ns:
            return None
        return Outside(self.auditor.clean_at, ())

    async def _audit(self) -> None:
        if not self.auditor.is_answered(self.office.position):
            return
        differences = await asyncio.to_thread(self._compare)
        if differences:
            await self._stop(differences)

    def _compare(self) -> list[Difference]:
        with self.office.database.connect() as connection:
            found = self.auditor.compare(connection)
            return unknown_of(connection, found) if found else []

    async def _stop(self, differences: list[Difference]) -> None:
        """Ledger and engine disagree: no more trading until somebody has looked. Cancels go on (Q-24)."""
        await self._client.submit_batch(cancel_only())
        for one in differences:
            log.error(
                "audit.mismatch",
                asset=asset_name(self.office.venue, one.asset),
                sequence=one.sequence,
                name=one.name,
                ledger=str(one.ledger),
                engine=str(one.engine),
                then="the venue is cancel-only",
            )
        await asyncio.to_thread(keep_alarms, self.office.database, differences, self.auditor.time_ns)
