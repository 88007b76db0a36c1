"""Webhooks: where the brand's own programs are told, and what became of it. Rules: docs/rules/webhooks.md."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.roles import May
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.webhook import endpoints
from commonbook.webhook.model import Delivery, Endpoint, EventKind

PAGE = 100


class EndpointTold(msgspec.Struct, frozen=True):
    id: str
    url: str
    events: list[EventKind]
    state: str
    failures: int
    failing_since_ns: str  # "" while it is not
    next_try_ns: str  # "" for at once


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    events: Annotated[list[EventKind], msgspec.Meta(min_length=1, max_length=16)]


class ChangedEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    url: str | None = None
    events: Annotated[list[EventKind], msgspec.Meta(min_length=1, max_length=16)] | None = None


class EndpointWithSecret(msgspec.Struct, frozen=True):
    """The secret is told this once."""

    endpoint: EndpointTold
    secret: str


class DeliveryTold(msgspec.Struct, frozen=True):
    id: str
    event: str
    kind: str
    state: str
    tries: int
    status: int
    why: str
    made_ns: str
    tried_ns: str
    body: str


class Removed(msgspec.Struct, frozen=True):
    removed: str


def endpoint_told(one: Endpoint) -> EndpointTold:
    since, after = (str(value or "") for value in (one.failing_since_ns, one.next_try_ns))
    return EndpointTold(str(one.id), one.url, list(one.kinds), one.state, one.failures, since, after)


def delivery_told(one: Delivery) -> DeliveryTold:
    return DeliveryTold(
        id=str(one.id),
        event=one.event,
        kind=one.kind,
        state=one.state,
        tries=one.tries,
        status=one.status,
        why=one.why,
        made_ns=str(one.made_ns),
        tried_ns=str(one.tried_ns or ""),
        body=one.body,
    )


def subject(number: int) -> str:
    return f"webhook:{number}"


@get("/webhooks", needs=May.MARKETS)
async def all_webhooks(asked: Asking) -> list[EndpointTold]:
    """The brand's endpoints."""
    return [
        endpoint_told(one)
        for one in await asked.desk.read(lambda connection: endpoints.all_of(connection, asked.brand))
    ]


@post("/webhooks", needs=May.MARKETS, fresh=True, status_code=200)
async def add_webhook(asked: Asking, data: JSONBody[NewEndpoint]) -> EndpointWithSecret:
    """A new endpoint; its secret is told this once."""
    desk = asked.desk

    def add(connection: Any) -> tuple[Endpoint, str]:
        made, secret = endpoints.add(
            connection, desk.seal, asked.brand, data.url, data.events, asked.user, desk.settings.webhooks
        )
        asked.log(connection, "add webhook", subject(made.id), url=data.url, events=" ".join(made.kinds))
        return made, secret

    made, secret = await desk.write(add)
    return EndpointWithSecret(endpoint_told(made), secret)


@post("/webhooks/{endpoint:int}", needs=May.MARKETS, fresh=True, status_code=200)
async def change_webhook(asked: Asking, endpoint: FromPath[int], data: JSONBody[ChangedEndpoint]) -> EndpointTold:
    """Another address, or other events; what waits is sent to the new address."""
    settings = asked.desk.settings.webhooks

    def change(connection: Any) -> Endpoint:
        found = endpoints.change(connection, asked.brand, endpoint, settings, data.url, data.events)
        asked.log(connection, "change webhook", subject(endpoint), url=found.url, events=" ".join(found.kinds))
        return found

    return endpoint_told(await asked.desk.write(change))


@delete("/webhooks/{endpoint:int}", needs=May.MARKETS, status_code=200)
async def remove_webhook(asked: Asking, endpoint: FromPath[int]) -> Removed:
    """Nothing is sent there any more, what waits included."""

    def remove(connection: Any) -> None:
        endpoints.remove(connection, asked.brand, endpoint)
        asked.log(connection, "remove webhook", subject(endpoint))

    await asked.desk.write(remove)
    return Removed(str(endpoint))


@post("/webhooks/{endpoint:int}/pause", needs=May.MARKETS, status_code=200)
async def pause_webhook(asked: Asking, endpoint: FromPath[int]) -> EndpointTold:
    """Events gather and nothing is sent."""
    return await _set(asked, endpoint, "pause webhook", endpoints.pause)


@post("/webhooks/{endpoint:int}/resume", needs=May.MARKETS, status_code=200)
async def resume_webhook(asked: Asking, endpoint: FromPath[int]) -> EndpointTold:
    """What has gathered is sent from now on, oldest first."""
    return await _set(asked, endpoint, "resume webhook", endpoints.resume)


async def _set(asked: Asked, endpoint: int, act: str, change: Any) -> EndpointTold:
    def work(connection: Any) -> Endpoint:
        found: Endpoint = change(connection, asked.brand, endpoint)
        asked.log(connection, act, subject(endpoint))
        return found

    return endpoint_told(await asked.desk.write(work))


@post("/webhooks/{endpoint:int}/secret", needs=May.MARKETS, fresh=True, status_code=200)
async def rotate_webhook_secret(asked: Asking, endpoint: FromPath[int]) -> EndpointWithSecret:
    """A new secret, told this once; the one before it signs beside it for a day, a setting."""
    desk = asked.desk

    def rotate(connection: Any) -> tuple[Endpoint, str]:
        asked.log(connection, "rotate webhook secret", subject(endpoint))
        secret = endpoints.rotate(connection, desk.seal, asked.brand, endpoint, desk.settings.webhooks)
        return endpoints.find(connection, asked.brand, endpoint), secret

    found, secret = await desk.write(rotate)
    return EndpointWithSecret(endpoint_told(found), secret)


@post("/webhooks/{endpoint:int}/test", needs=May.MARKETS, status_code=200)
async def test_webhook(asked: Asking, endpoint: FromPath[int]) -> DeliveryTold:
    """An event that means nothing, behind all that waits."""

    def send(connection: Any) -> Delivery:
        asked.log(connection, "test webhook", subject(endpoint))
        return endpoints.send_test(connection, endpoints.find(connection, asked.brand, endpoint))

    return delivery_told(await asked.desk.write(send))


@get("/webhooks/{endpoint:int}/deliveries", needs=May.MARKETS)
async def webhook_deliveries(
    asked: Asking, endpoint: FromPath[int], before: FromQuery[int] = 2**62
) -> list[DeliveryTold]:
    """What was sent and what waits, newest first; 100 a page, `before` an id."""

    def find(connection: Any) -> list[Delivery]:
        number = endpoints.find(connection, asked.brand, endpoint).id
        return endpoints.deliveries(connection, number, PAGE, before)

    return [delivery_told(one) for one in await asked.desk.read(find)]


@post("/webhooks/{endpoint:int}/deliveries/{delivery:int}/resend", needs=May.MARKETS, status_code=200)
async def resend_webhook(asked: Asking, endpoint: FromPath[int], delivery: FromPath[int]) -> DeliveryTold:
    """The same event once more, under the same id, behind all that waits."""

    def send(connection: Any) -> Delivery:
        number = endpoints.find(connection, asked.brand, endpoint).id
        asked.log(connection, "resend webhook", subject(endpoint), delivery=str(delivery))
        return endpoints.resend(connection, number, delivery)

    return delivery_told(await asked.desk.write(send))


ROUTES = [
    *(all_webhooks, add_webhook, change_webhook, remove_webhook, pause_webhook, resume_webhook),
    *(rotate_webhook_secret, test_webhook, webhook_deliveries, resend_webhook),
]
