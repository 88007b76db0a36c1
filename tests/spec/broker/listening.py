"""A hub in the test's own process, beside a house: who listens is a connection without a socket."""

import asyncio
import functools
import json
import time
from collections.abc import Callable
from typing import Any

import jsonschema_rs
from spec.house import House, Person
from spec.small_exchange import SOUTH, one

from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection, Url
from commonbook.gateway.okx_v5.ws.frames import StreamRefused
from commonbook.gateway.okx_v5.ws.hub import Hub
from commonbook.gateway.okx_v5.ws.parting import Partings
from commonbook.gateway.reference.app import documents
from commonbook.identity.model import Credential
from commonbook.records import Batch, CommandKind, Records
from commonbook.settings import Settings

PATIENCE_S = 20.0


class Listener(Connection):
    """What it is sent, it keeps."""

    def __init__(self, hub: Hub, credential: Credential | None) -> None:
        super().__init__(hub, Url.BUSINESS)
        self.hub = hub
        self.credential = credential
        self.messages: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        hub.connections.add(self)

    def send(self, content: bytes) -> None:
        if self.is_open:
            self.messages.append(json.loads(content))

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self._closing = True
        self.hub.disconnected(self)

    def subscribe(self, kind: str) -> None:
        try:
            self.hub.subscribe(self, {"channel": "broker", "kind": kind}, "")
        except StreamRefused as refused:
            self.send(frames.error(refused, self.id))

    def pushes(self, kind: str) -> list[dict[str, Any]]:
        told = [(message["action"], message["data"][0]) for message in self.messages if "data" in message]
        return [one | {"action": action} for action, one in told if one["kind"] == kind]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for push in self.pushes(kind) for row in push["rows"]]

    def event(self, name: str) -> dict[str, Any] | None:
        return next((message for message in self.messages if message.get("event") == name), None)


class Listening:
    """The house with a hub that hears of every batch."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.hub = Hub(
            house.door,
            Lane(house.settings.gateway),
            house.settings.streams,
            Partings(house.door, house.folder / "partings.json"),
        )

    def listener(self, person: Person) -> Listener:
        found = self.house.authenticator.session(person.session.token, person.session.csrf, False, None)
        assert isinstance(found, Credential)
        return Listener(self.hub, found)

    async def send(self, *parts: Records) -> Batch:
        batch = self.house.send(*parts)
        self.hub.follow(batch)
        await asyncio.sleep(0)
        return batch

    async def until(self, is_so: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        """The hub's turns, until something is so."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "it did not come"
            self.hub.brokers.tick(time.monotonic())
            await asyncio.sleep(0.01)

    async def quiet(self, seconds: float = 0.7) -> None:
        """The hub's turns for a while."""
        ends = time.monotonic() + seconds
        await self.until(lambda: time.monotonic() >= ends)


def with_sub_broker(here: Listening, root: Person) -> tuple[Person, int]:
    """ADA has 10 points of NORTHSTAR's 35 and is active from the next hour on."""
    house = here.house
    house.send(one(CommandKind.ACCOUNT, account=2_001, person=2_001, brand=SOUTH))
    ada = house.trader(2_001)
    token = root.post("/broker/v1/sub-brokers/invitations", {"pool": "10", "users": "0"}).json()["token"]
    joined = ada.post("/broker/v1/invitations/accept", {"token": token, "code": "ADA"}).json()
    house.at(1, 1)
    return ada, int(joined["broker"])


@functools.cache
def _document() -> jsonschema_rs.Draft202012Validator:
    found = documents(Settings(), "aurora")["asyncapi"]
    schema = dict(found["channels"]["business"]["messages"]["push-broker"]["payload"])
    return jsonschema_rs.Draft202012Validator(schema | {"components": found["components"]})


def must_fit_the_document(listener: Listener) -> None:
    """Every push is what the AsyncAPI document says, and follows the one before it."""
    check, told = _document(), dict[str, int]()
    for message in listener.messages:
        if "data" not in message:
            continue
        check.validate(message)
        (content,) = message["data"]
        before = -1 if message["action"] == "snapshot" else told[content["kind"]]
        assert content["prevSeqId"] == before
        assert content["seqId"] > before
        told[content["kind"]] = content["seqId"]
