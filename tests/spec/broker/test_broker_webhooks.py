"""A broker's own programs are told. Rules: docs/rules/broker-live.md, BL-7 to BL-9."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace
from spec.broker.busting import bust, correct, newest_fill
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, HOUR, HOUSE, MAKER, NORTH, PAYOUT, SOUTH, TAKER, one, order, units
from spec.webhook.receiver import Receiver
from sqlalchemy import insert, select

from commonbook.broker import tiers
from commonbook.broker.agreed import API
from commonbook.broker.corrections import Correction
from commonbook.console.house_chores import told_of_pause
from commonbook.oauth import grants
from commonbook.records import CommandKind, Side
from commonbook.settings import BrokerSettings, WebhookSettings
from commonbook.storage.tables.broker import settlement_hours
from commonbook.storage.tables.oauth import oauth_grants
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints
from commonbook.webhook import brokers, rules
from commonbook.webhook.delivery import Deliveries

HOOKS, ALL = "/broker/v1/webhooks", ["settlement", "tier", "grant"]
OTHER, OTHER_PAYOUT = 7, 2_003
HERE = replace(
    SETTINGS,
    broker=BrokerSettings(settlement_grace_s=60),
    webhooks=WebhookSettings(loopback_allowed=True, answer_ms=2_000),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, HERE) as found:
        found.at(0, 1)
        yield found


@pytest.fixture
def root(house: House) -> Person:
    return house.trader(PAYOUT)


@pytest.fixture
def other(house: House) -> Person:
    house.send(one(CommandKind.ACCOUNT, account=OTHER_PAYOUT, person=OTHER_PAYOUT, brand=SOUTH))
    house.send(one(CommandKind.BROKER_CODE, broker=OTHER, active=1, payout_account=OTHER_PAYOUT, code=b"OTHER"))
    return house.trader(OTHER_PAYOUT)


def add(person: Person, url: str = "https://hook.example.com/", events: list[str] = ALL) -> dict[str, Any]:
    answer = person.post(HOOKS, {"url": url, "events": events})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def settle(house: House, hour: int, notional: str = "1000") -> None:
    """A trade in an hour, which is then settled."""
    house.at(hour, 1)
    taker = order(TAKER, Side.BUY, notional, broker=BROKER)
    taker["tag"] = b"NORTHSTAR"
    house.send(order(MAKER, Side.SELL, notional), taker)
    house.at(hour + 2, 1)
    house.small.exchange.back_office.settle_due(lambda commands: house.send(commands))


def gather(house: House) -> int:
    return brokers.gather(house.small.exchange.back_office.database, house.door.venue)


def deliver(house: House) -> None:
    database = house.small.exchange.back_office.database
    asyncio.run(Deliveries(database, house.seal, HERE.webhooks, told_of_pause).until_told())


def events(person: Person, endpoint: str) -> list[dict[str, Any]]:
    """Oldest first."""
    told = person.get(f"{HOOKS}/{endpoint}/deliveries").json()
    return [json.loads(row["body"]) for row in reversed(told)]


def grant(house: House, broker: int = BROKER, user: int = 5) -> int:
    row = {"credential": time.time_ns(), "client_id": "c" * 8, "broker": broker, "user_id": user, "account": TAKER}
    row |= {"brand": SOUTH, "scope": "read_only trade", "terminal": "", "cap_e8": 0, "simulated": False}
    row |= {"state": "live", "why": "", "created_ns": time.time_ns(), "ended_ns": 0}
    made = insert(oauth_grants).values(**row).returning(oauth_grants.c.grant_id)
    return int(house.write(lambda connection: connection.execute(made).scalar_one()))


def warn(house: House, subject: str = "2025-11", broker: int = BROKER) -> None:
    house.write(lambda c: tiers.tell(c, API, broker, tiers.AT_RISK, subject, house.now_ns, {"level": 3}))


# -- events ----------------------------------------------------------------------------------------------------------


def test_bl7_a_settled_hour_is_told_with_what_was_paid_and_where_the_statement_is(house: House, root: Person) -> None:
    settle(house, 1)  # before the first endpoint: not told
    endpoint = add(root)["endpoint"]["id"]
    settle(house, 4)
    assert gather(house) == 1
    (told,) = events(root, endpoint)
    statement = house.small.exchange.back_office.statements / told["data"]["statement"]
    footer = json.loads(statement.read_text().splitlines()[-1])
    assert (told["kind"], told["broker"], "brand" in told) == ("settlement", str(BROKER), False)
    assert told["data"] | {"root": "", "payment": "", "statement": ""} == {
        "hour": str(HOUR + 4),
        "state": "published",
        "asset": "USDT",
        "paid": "0.35",
        "carried": "0",
        "lines": 1,
        "statement": "",
        "root": "",
        "payment": "",
    }
    assert told["data"]["root"] == footer["root"]
    assert told["data"]["payment"] == f"settle:{API}:{BROKER}:1:{HOUR + 4}"


def test_bl7_a_busted_trade_and_a_corrected_commission_are_told_as_alerts(house: House, root: Person) -> None:
    # CO-3: both are alerts, in so many words as the notice has.
    endpoint = add(root, events=["alert"])["endpoint"]["id"]
    house.at(1, 1)
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000", broker=BROKER))
    fill = newest_fill(house.small)
    correct(house.small, Correction(BROKER, units("-0.05"), "fill", f"{fill} taker", "ticket-1"), 1)
    bust(house.small, fill, 1, 30)
    gather(house)
    told = [event for event in events(root, endpoint) if event["kind"] == "alert"]
    assert [event["data"]["notice"] for event in told] == ["commission_corrected", "trade_busted"]
    assert [event["data"]["details"]["paid"] for event in told] == ["-0.05", "-0.35"]


def test_bl7_tiers_and_grants_are_told_to_the_broker_that_they_are_of(
    house: House, root: Person, other: Person
) -> None:
    mine, theirs = add(root)["endpoint"]["id"], add(other)["endpoint"]["id"]
    number = grant(house)
    gather(house)
    house.write(lambda connection: grants.end(connection, "revoked", "user", grant_id=number))
    warn(house)
    gather(house)
    begun, tier, ended = events(root, mine)
    assert (begun["id"], begun["data"]["what"], begun["data"]["account"]) == (
        f"grant-{number}-begun",
        "begun",
        str(TAKER),
    )
    assert (ended["id"], ended["data"]["what"], ended["data"]["why"]) == (f"grant-{number}-revoked", "revoked", "user")
    assert (tier["kind"], tier["data"]) == (
        "tier",
        {"notice": "tier_at_risk", "subject": "2025-11", "details": {"level": 3}},
    )
    assert events(other, theirs) == []


def test_bl7_an_endpoint_is_told_of_what_it_was_asked_for_and_brands_of_none_of_it(house: House, root: Person) -> None:
    endpoint = add(root, events=["tier"])["endpoint"]["id"]
    grant(house)
    warn(house)
    gather(house)
    assert [told["kind"] for told in events(root, endpoint)] == ["tier"]
    answer = root.post(HOOKS, {"url": "https://hook.example.com/", "events": ["trade"]})
    assert "choose at least one of: settlement, tier, grant, alert" in answer.json()["error"]["message"]
    owner = house.owner(SOUTH)
    answer = owner.post("/partner/v1/webhooks", {"url": "https://hook.example.com/", "events": ["grant"]})
    assert answer.status_code == 400
    assert "settlement" not in answer.json()["error"]["message"]


def test_bl7_anothers_endpoint_is_as_one_that_is_not_there(house: House, root: Person, other: Person) -> None:
    endpoint = add(root)["endpoint"]["id"]
    assert [row["id"] for row in root.get(HOOKS).json()] == [endpoint]
    assert other.get(HOOKS).json() == house.owner(SOUTH).get("/partner/v1/webhooks").json() == []
    north = house.owner(NORTH)
    for path in ("/pause", "/resume", "/secret", "/test", "/deliveries/1/resend"):
        for number in (endpoint, "999"):
            assert code_of(other.post(f"{HOOKS}/{number}{path}")) == "no_such_endpoint"
        assert code_of(north.post(f"/partner/v1/webhooks/{endpoint}{path}")) == "no_such_endpoint"
    assert code_of(other.delete(f"{HOOKS}/{endpoint}")) == "no_such_endpoint"
    assert code_of(other.post(f"{HOOKS}/{endpoint}", {"events": ["tier"]})) == "no_such_endpoint"
    assert code_of(other.get(f"{HOOKS}/{endpoint}/deliveries")) == "no_such_endpoint"
    assert code_of(house.trader(HOUSE).get(HOOKS)) == "not_a_broker"


def test_bl7_a_broker_changes_pauses_resumes_and_removes_its_endpoint(house: House, root: Person) -> None:
    made = add(root)
    path = f"{HOOKS}/{made['endpoint']['id']}"
    assert root.post(path, {"events": ["grant"]}).json()["events"] == ["grant"]
    assert root.post(f"{path}/pause").json()["state"] == "paused"
    assert root.post(f"{path}/resume").json()["state"] == "live"
    assert root.post(f"{path}/secret").json()["secret"] != made["secret"]
    sent = root.post(f"{path}/test").json()
    assert root.post(f"{path}/deliveries/{sent['id']}/resend").json()["event"] == sent["event"]
    assert root.delete(path).json() == {"removed": made["endpoint"]["id"]}
    assert root.get(HOOKS).json() == []


def test_bl7_a_delivery_is_signed_and_tried_again(house: House, root: Person) -> None:
    answers = iter([500, 200])
    with Receiver(lambda _: next(answers)) as receiver:
        made = add(root, receiver.url)
        warn(house)
        gather(house)
        deliver(house)
        house.write(lambda connection: connection.execute(webhook_endpoints.update().values(next_try_ns=0)))
        deliver(house)
    first, second = receiver.received
    assert (first.body, first.event) == (second.body, second.event)
    signature = second.headers["commonbook-signature"]
    assert rules.is_signed(signature, made["secret"], second.body, int(time.time()))
    assert [row["state"] for row in root.get(f"{HOOKS}/{made['endpoint']['id']}/deliveries").json()] == ["delivered"]


# -- once ------------------------------------------------------------------------------------------------------------


def test_bl8_nothing_is_told_twice_and_nothing_is_lost_by_a_crash(house: House, root: Person) -> None:
    endpoint = add(root)["endpoint"]["id"]
    number = grant(house)
    warn(house)
    settle(house, 1)

    class Cut(Exception):
        pass

    with mock.patch.object(brokers, "_row", side_effect=Cut), pytest.raises(Cut):
        gather(house)
    assert house.read(lambda connection: connection.execute(select(webhook_deliveries)).all()) == []
    assert gather(house) == 3
    assert [gather(house), gather(house)] == [0, 0]
    house.write(lambda connection: grants.end(connection, "revoked", "user", grant_id=number))
    assert [gather(house), gather(house)] == [1, 0]
    house.write(lambda connection: grants.end(connection, "revoked", "user", grant_id=grant(house)))
    assert [gather(house), gather(house)] == [2, 0]
    ids = [told["id"] for told in events(root, endpoint)]
    assert len(ids) == len(set(ids)) == 6


def test_bl8_while_an_hour_waits_to_be_paid_those_behind_it_wait_to_be_told(house: House, root: Person) -> None:
    endpoint = add(root, events=["settlement"])["endpoint"]["id"]
    settle(house, 1)
    hours = settlement_hours
    house.write(lambda connection: connection.execute(hours.update().values(state="computed")))
    gather(house)
    assert events(root, endpoint) == []
    house.write(lambda connection: connection.execute(hours.update().values(state="published")))
    gather(house)
    assert [told["data"]["hour"] for told in events(root, endpoint)] == [str(HOUR + 1)]


def test_bl9_a_paused_endpoint_is_told_as_a_notice_and_not_by_webhook(house: House, root: Person) -> None:
    impatient = replace(HERE.webhooks, given_up_s=0)
    with Receiver(lambda _: 500) as receiver:
        endpoint = add(root, receiver.url)["endpoint"]["id"]
        warn(house)
        gather(house)
        database = house.small.exchange.back_office.database
        asyncio.run(Deliveries(database, house.seal, impatient, told_of_pause).until_told())
    (newest, _) = root.get("/broker/v1/notices").json()
    assert (newest["kind"], newest["details"]["endpoint"], newest["details"]["url"]) == (
        "webhook_paused",
        endpoint,
        receiver.url,
    )
    assert gather(house) == 0
    assert root.get(HOOKS).json()[0]["state"] == "paused"
