"""Telling: each endpoint by a task of its own, one event behind the other. Rules WH-5, WH-7 and WH-8.

A delivery is marked after it was answered, so that a crash between the two tells it once more, under the same name. An
endpoint that is slow, or does not answer, keeps its own events waiting and nobody else's.
"""

import asyncio
import time
from collections.abc import Callable

import httpx
import structlog
from sqlalchemy import Connection, Engine, exists, select, update

from commonbook.administration import log as acts
from commonbook.errors import OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.settings import WebhookSettings
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints
from commonbook.webhook import endpoints, outbound, rules
from commonbook.webhook.model import DELIVERED, LIVE, PAUSED, WAITING, Delivery, Endpoint, Secrets

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
TOGETHER = 100  # deliveries that are read at once; each is marked for itself
SIGNATURE, EVENT = "commonbook-signature", "commonbook-event"
ACTOR = "webhooks"

log = structlog.get_logger()
Told = Callable[[Connection, Endpoint, str], None]  # of an endpoint that was paused, and why


def told_in_the_log(connection: Connection, endpoint: Endpoint, why: str) -> None:
    """The brand's own log says it (WH-7)."""
    acts.write(connection, endpoint.brand, ACTOR, "pause webhook", f"webhook:{endpoint.id}", why=why)


class Deliveries:
    """Who delivers. One per database."""

    def __init__(
        self,
        database: Engine,
        seal: Seal,
        settings: WebhookSettings,
        told: Told = told_in_the_log,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._database = database
        self._seal = seal
        self._settings = settings
        self._told = told
        self._transport = transport
        self._serving: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """For ever. What is a bug ends it, for whoever runs it to see."""
        step_s = self._settings.answer_ms / 1000
        async with outbound.client(self._settings.loopback_allowed, step_s, self._transport) as http:
            try:
                while True:
                    await self._look(http)
                    await asyncio.sleep(self._settings.look_every_ms / 1000)
            finally:
                for task in self._serving.values():
                    task.cancel()
                await asyncio.gather(*self._serving.values(), return_exceptions=True)

    async def _look(self, http: httpx.AsyncClient) -> None:
        for number, task in list(self._serving.items()):
            if task.done():
                del self._serving[number]
                task.result()
        for endpoint in await asyncio.to_thread(self._due, time.time_ns()):
            if endpoint.id not in self._serving:
                self._serving[endpoint.id] = asyncio.create_task(self._serve(http, endpoint))

    async def until_told(self) -> None:
        """Deliver until nothing is due; for tests and for the console."""
        step_s = self._settings.answer_ms / 1000
        async with outbound.client(self._settings.loopback_allowed, step_s, self._transport) as http:
            while due := await asyncio.to_thread(self._due, time.time_ns()):
                await asyncio.gather(*(self._serve(http, endpoint) for endpoint in due))

    async def _serve(self, http: httpx.AsyncClient, endpoint: Endpoint) -> None:
        """Tell one endpoint all that waits, until something fails."""
        while True:
            secrets, waiting = await asyncio.to_thread(self._next, endpoint)
            if not waiting:
                return
            for delivery in waiting:
                status, why = await self._send(http, endpoint, secrets, delivery)
                if not await asyncio.to_thread(self._settle, delivery, status, why):
                    return

    async def _send(
        self, http: httpx.AsyncClient, endpoint: Endpoint, secrets: Secrets, delivery: Delivery
    ) -> tuple[int, str]:
        """The answer's status and "", or what went wrong."""
        body = delivery.body.encode()
        headers = {
            "content-type": "application/json",
            SIGNATURE: rules.signature(secrets.all, body, time.time_ns() // SECOND_NS),
            EVENT: delivery.event,
        }
        try:
            request = http.build_request("POST", endpoint.url, content=body, headers=headers)
            answer = await outbound.ask(http, request, self._settings.answer_ms / 1000, 0)
        except OutsideFailure as failure:
            return 0, str(failure)[:200]
        is_taken = 200 <= answer.status < 300
        return answer.status, "" if is_taken else f"answered with {answer.status}; 200 to 299 is wanted"

    # -- in threads ----------------------------------------------------------------------------------------------------

    def _due(self, now_ns: int) -> list[Endpoint]:
        waits = exists().where(
            webhook_deliveries.c.endpoint == webhook_endpoints.c.endpoint, webhook_deliveries.c.state == WAITING
        )
        chosen = select(webhook_endpoints).where(
            webhook_endpoints.c.state == LIVE, webhook_endpoints.c.next_try_ns <= now_ns, waits
        )
        with self._database.connect() as connection:
            return [endpoints.endpoint_of(row) for row in connection.execute(chosen)]

    def _next(self, endpoint: Endpoint) -> tuple[Secrets, list[Delivery]]:
        """Nothing once the endpoint is paused, changed or removed: whoever looks next sees it as it is now."""
        with self._database.connect() as connection:
            row = connection.execute(select(webhook_endpoints).where(webhook_endpoints.c.endpoint == endpoint.id)).one()
            if row.state != LIVE or row.url != endpoint.url:
                return Secrets(""), []
            secrets = endpoints.secrets_of(connection, self._seal, endpoint.id, time.time_ns())
            return secrets, endpoints.first_waiting(connection, endpoint.id, TOGETHER)

    def _settle(self, delivery: Delivery, status: int, why: str) -> bool:
        """Write down what became of a delivery; False when it failed."""
        now_ns = time.time_ns()
        state = WAITING if why else DELIVERED
        tried = {"tries": webhook_deliveries.c.tries + 1, "status": status, "why": why, "tried_ns": now_ns}
        mine = (webhook_deliveries.c.delivery == delivery.id) & (webhook_deliveries.c.state == WAITING)
        with self._database.begin() as connection:
            if connection.execute(update(webhook_deliveries).where(mine).values(state=state, **tried)).rowcount != 1:
                return False  # it was dropped meanwhile
            if why:
                self._failed(connection, delivery, status, why, now_ns)
                return False
            where = (webhook_endpoints.c.endpoint == delivery.endpoint) & (webhook_endpoints.c.failures > 0)
            well = {"failures": 0, "failing_since_ns": 0, "next_try_ns": 0}
            connection.execute(update(webhook_endpoints).where(where).values(**well))
            return True

    def _failed(self, connection: Connection, delivery: Delivery, status: int, why: str, now_ns: int) -> None:
        chosen = select(webhook_endpoints).where(webhook_endpoints.c.endpoint == delivery.endpoint)
        endpoint = endpoints.endpoint_of(connection.execute(chosen).one())
        failures, since_ns = endpoint.failures + 1, endpoint.failing_since_ns or now_ns
        wait_s = rules.delay_s(failures, self._settings.first_retry_s, self._settings.longest_retry_s)
        is_over = now_ns - since_ns >= self._settings.given_up_s * SECOND_NS
        values: dict[str, str | int] = {
            "failures": failures,
            "failing_since_ns": since_ns,
            "next_try_ns": now_ns + wait_s * SECOND_NS,
        }
        where = (webhook_endpoints.c.endpoint == endpoint.id) & (webhook_endpoints.c.state == LIVE)
        values |= {"state": PAUSED} if is_over else {}
        if connection.execute(update(webhook_endpoints).where(where).values(**values)).rowcount == 1 and is_over:
            self._told(connection, endpoint, why)
        # Why names the brand's address: it stands with the delivery, for the brand, and not here.
        log.warning("webhook.failed", endpoint=endpoint.id, failures=failures, paused=is_over, status=status)


async def forget_old(database: Engine, settings: WebhookSettings) -> None:
    """Drop what was kept long enough, a part at a time."""
    before_ns = time.time_ns() - settings.kept_days * DAY_NS

    def forget() -> int:
        with database.begin() as connection:
            return endpoints.forget_old(connection, before_ns)

    while await asyncio.to_thread(forget):
        pass
