"""A broker and its clients in a house: users who agree and refuse, and signed requests from an address of choice."""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from spec.house import House, Person
from spec.small_exchange import BROKER, CODE, MAKER, NORTH, SOUTH, TAKER, one

from commonbook.broker import consents
from commonbook.broker.consenting import TEXT_VERSION
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import create_key
from commonbook.records import CommandKind
from commonbook.storage.schema import orders

PASSPHRASE = "Broker-42-key"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.9"  # an in-process request comes from the first
SECOND_BROKER, SECOND_CODE, SECOND_PAYOUT = 2, "OTHERBROKER", 1_005
BTC = "BTC-USDT"


@dataclass
class Key:
    """An API key, and signed requests with it."""

    house: House
    api_key: str
    secret: str
    brand: int
    passphrase: str = PASSPHRASE

    def get(self, path: str) -> dict[str, Any]:
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = self.response(method, path, body).json()
        return answer

    def response(self, method: str, path: str, body: Any = None) -> httpx.Response:
        target = f"/api/v5{path}"
        ms = time.time_ns() // 10**6
        moment = f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"
        content = "" if body is None else json.dumps(body)
        signed = hmac.digest(self.secret.encode(), f"{moment}{method}{target}{content}".encode(), "sha256")
        headers = {
            "ok-access-key": self.api_key,
            "ok-access-sign": base64.b64encode(signed).decode(),
            "ok-access-timestamp": moment,
            "ok-access-passphrase": self.passphrase,
        }
        return self.house.ask(method, target, body, self.brand, headers)

    def order(self, **fields: Any) -> dict[str, Any]:
        """An order's row in the answer: a buy that rests at 1, unless told otherwise."""
        asked = {"instId": BTC, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "1"} | fields
        row: dict[str, Any] = self.post("/trade/order", asked)["data"][0]
        return row


def host_key(house: House, account: int, *permissions: Permission, brokers: frozenset[int] = frozenset()) -> Key:
    """A key that the host has made."""
    brand = house.door.venue.accounts[account].brand
    granted = frozenset(permissions or (Permission.READ, Permission.TRADE))
    made: NewKey = house.write(
        lambda connection: create_key(
            connection, house.seal, account, brand, granted, "key", (HERE,), brokers, passphrase=PASSPHRASE
        )
    )
    return Key(house, made.api_key, made.api_secret, brand)


def client(house: House, account: int = TAKER) -> Person:
    """A user with the account, whose factor was shown just now."""
    return house.person(NORTH if account == MAKER else SOUTH, account=account)


def asks_from(house: House, *addresses: str, broker: int = BROKER) -> None:
    """The broker's servers ask from these addresses."""
    house.write(lambda connection: consents.set_addresses(connection, broker, addresses))
    house.second_passes()


def keeps_clients(house: House, most: int = 5, broker: int = BROKER) -> None:
    house.write(lambda connection: consents.set_form(connection, broker, most > 0, most))


def key_for(person: Person, code: str = CODE, held: bool | None = None, **fields: Any) -> Key:
    """A key that the user makes for a broker."""
    for_broker: dict[str, Any] = {"code": code, "text_version": TEXT_VERSION}
    if held is not None:
        for_broker["held"] = held
    for_broker |= {name: fields.pop(name) for name in ("cap",) if name in fields}
    body = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only", "trade"], "ip_list": []}
    answer = person.post("/account/v1/keys", body | {"broker": for_broker} | fields)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    person.house.second_passes()
    return Key(person.house, told["api_key"], told["api_secret"], person.brand)


def agree(person: Person, code: str = CODE, **fields: Any) -> httpx.Response:
    body = {"text_version": TEXT_VERSION} | fields
    answer = person.post(f"/account/v1/brokers/{code}/consent", body)
    person.house.second_passes()
    return answer


def second_broker(house: House) -> None:
    """Another broker, whose payout account is of a person of its own."""
    account = one(CommandKind.ACCOUNT, account=SECOND_PAYOUT, person=SECOND_PAYOUT, brand=SOUTH)
    house.send(account)
    house.send(
        one(
            CommandKind.BROKER_CODE,
            broker=SECOND_BROKER,
            active=1,
            payout_account=SECOND_PAYOUT,
            code=SECOND_CODE.encode(),
        )
    )


def attributions(house: House) -> list[tuple[int, int]]:
    """Effective broker and attribution of all orders, as the core has taken them, in order."""
    rows = house.small.rows(orders, "order_id")
    return [(row["broker"], row["attribution"]) for row in rows]


def error(answer: httpx.Response) -> str:
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"]["code"])
