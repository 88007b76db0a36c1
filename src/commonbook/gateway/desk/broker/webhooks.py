"""Webhooks of a broker: where its own programs are told, and what became of it. Rules BL-7 to BL-9."""

from collections.abc import Callable
from typing import Any

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.broker.who import broker_of
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.partner.webhooks import (
    PAGE,
    ChangedEndpoint,
    DeliveryTold,
    EndpointTold,
    EndpointWithSecret,
    NewEndpoint,
    Removed,
    delivery_told,
    endpoint_told,
    subject,
)
from commonbook.webhook import brokers, endpoints
from commonbook.webhook.model import Delivery, Endpoint, owner_of_broker


def owner_of(connection: Connection, asked: Asked) -> int:
    """What stands for the broker who asks.

    Raises:
        Declined: `not_a_broker`.
    """
    return owner_of_broker(broker_of(connection, asked))


@get("/webhooks", needs=Needs.USER)
async def all_webhooks(asked: Asking) -> list[EndpointTold]:
    """The broker's endpoints."""
    found = await asked.desk.read(lambda connection: endpoints.all_of(connection, owner_of(connection, asked)))
    return [endpoint_told(one) for one in found]


@post("/webhooks", needs=Needs.USER, fresh=True, status_code=200)
async def add_webhook(asked: Asking, data: JSONBody[NewEndpoint]) -> EndpointWithSecret:
    """A new endpoint, for `settlement`, `tier`, `grant` and `alert`; its secret is told this once."""
    desk = asked.desk

    def add(connection: Connection) -> tuple[Endpoint, str]:
        broker = broker_of(connection, asked)
        made = brokers.add(connection, desk.seal, broker, data.url, data.events, asked.user, desk.settings.webhooks)
        kinds = " ".join(made[0].kinds)
        asked.log(connection, "add webhook", subject(made[0].id), url=data.url, events=kinds, broker=str(broker))
        return made

    made, secret = await desk.write_racing(add)
    return EndpointWithSecret(endpoint_told(made), secret)


@post("/webhooks/{endpoint:int}", needs=Needs.USER, fresh=True, status_code=200)
async def change_webhook(asked: Asking, endpoint: FromPath[int], data: JSONBody[ChangedEndpoint]) -> EndpointTold:
    """Another address, or other events; what waits is sent to the new address."""
    settings = asked.desk.settings.webhooks

    def change(connection: Connection) -> Endpoint:
        owner = owner_of(connection, asked)
        found = endpoints.change(connection, owner, endpoint, settings, data.url, data.events)
        asked.log(connection, "change webhook", subject(endpoint), url=found.url, events=" ".join(found.kinds))
        return found

    return endpoint_told(await asked.desk.write(change))


@delete("/webhooks/{endpoint:int}", needs=Needs.USER, status_code=200)
async def remove_webhook(asked: Asking, endpoint: FromPath[int]) -> Removed:
    """Nothing is sent there any more, what waits included."""

    def remove(connection: Connection) -> None:
        endpoints.remove(connection, owner_of(connection, asked), endpoint)
        asked.log(connection, "remove webhook", subject(endpoint))

    await asked.desk.write(remove)
    return Removed(str(endpoint))


@post("/webhooks/{endpoint:int}/pause", needs=Needs.USER, status_code=200)
async def pause_webhook(asked: Asking, endpoint: FromPath[int]) -> EndpointTold:
    """Events gather and nothing is sent."""
    return await _set(asked, endpoint, "pause webhook", endpoints.pause)


@post("/webhooks/{endpoint:int}/resume", needs=Needs.USER, status_code=200)
async def resume_webhook(asked: Asking, endpoint: FromPath[int]) -> EndpointTold:
    """What has gathered is sent from now on, oldest first."""
    return await _set(asked, endpoint, "resume webhook", endpoints.resume)


async def _set(asked: Asked, endpoint: int, act: str, change: Callable[[Connection, int, int], Any]) -> EndpointTold:
    def work(connection: Connection) -> Endpoint:
        found: Endpoint = change(connection, owner_of(connection, asked), endpoint)
        asked.log(connection, act, subject(endpoint))
        return found

    return endpoint_told(await asked.desk.write(work))


@post("/webhooks/{endpoint:int}/secret", needs=Needs.USER, fresh=True, status_code=200)
async def rotate_webhook_secret(asked: Asking, endpoint: FromPath[int]) -> EndpointWithSecret:
    """A new secret, told this once; the one before it signs beside it for a day, a setting."""
    desk = asked.desk

    def rotate(connection: Connection) -> tuple[Endpoint, str]:
        owner = owner_of(connection, asked)
        secret = endpoints.rotate(connection, desk.seal, owner, endpoint, desk.settings.webhooks)
        asked.log(connection, "rotate webhook secret", subject(endpoint))
        return endpoints.find(connection, owner, endpoint), secret

    found, secret = await desk.write(rotate)
    return EndpointWithSecret(endpoint_told(found), secret)


@post("/webhooks/{endpoint:int}/test", needs=Needs.USER, status_code=200)
async def test_webhook(asked: Asking, endpoint: FromPath[int]) -> DeliveryTold:
    """An event that means nothing, behind all that waits."""

    def send(connection: Connection) -> Delivery:
        found = endpoints.find(connection, owner_of(connection, asked), endpoint)
        asked.log(connection, "test webhook", subject(endpoint))
        return endpoints.send_test(connection, found)

    return delivery_told(await asked.desk.write(send))


@get("/webhooks/{endpoint:int}/deliveries", needs=Needs.USER)
async def webhook_deliveries(
    asked: Asking, endpoint: FromPath[int], before: FromQuery[int] = 2**62
) -> list[DeliveryTold]:
    """What was sent and what waits, newest first; 100 a page, `before` an id."""

    def find(connection: Connection) -> list[Delivery]:
        number = endpoints.find(connection, owner_of(connection, asked), endpoint).id
        return endpoints.deliveries(connection, number, PAGE, before)

    return [delivery_told(one) for one in await asked.desk.read(find)]


@post("/webhooks/{endpoint:int}/deliveries/{delivery:int}/resend", needs=Needs.USER, status_code=200)
async def resend_webhook(asked: Asking, endpoint: FromPath[int], delivery: FromPath[int]) -> DeliveryTold:
    """The same event once more, under the same id, behind all that waits."""

    def send(connection: Connection) -> Delivery:
        number = endpoints.find(connection, owner_of(connection, asked), endpoint).id
        asked.log(connection, "resend webhook", subject(endpoint), delivery=str(delivery))
        return endpoints.resend(connection, number, delivery)

    return delivery_told(await asked.desk.write(send))


ROUTES = [
    *(all_webhooks, add_webhook, change_webhook, remove_webhook, pause_webhook, resume_webhook),
    *(rotate_webhook_secret, test_webhook, webhook_deliveries, resend_webhook),
]
