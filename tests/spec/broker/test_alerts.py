"""What a broker is warned of. Rules: docs/rules/broker-live.md, BL-17 to BL-21."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace
from spec.house import SETTINGS, House, Person
from spec.oauth.rig import registered, user
from spec.small_exchange import BROKER, CODE, HOUR, MAKER, PAYOUT, SOUTH, TAKER, order

from commonbook.broker import alerts
from commonbook.broker.alerts import Share, rises
from commonbook.gateway.limits import Claim
from commonbook.gateway.warning import Warner
from commonbook.identity.model import Permission
from commonbook.identity.service import create_key
from commonbook.records import Attribution, Channel, Side
from commonbook.settings import BrokerSettings, LimitSettings, WebhookSettings
from commonbook.units import RATE_ONE
from commonbook.webhook import brokers as webhooks

LINES, ERRORS = 4, 3
HERE = replace(
    SETTINGS,
    broker=BrokerSettings(alert_lines=LINES, alert_token_errors=ERRORS),
    limits=LimitSettings(),
    webhooks=WebhookSettings(loopback_allowed=True),
)
POINT = RATE_ONE // 100


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, HERE) as found:
        found.at(0, 1)
        yield found


@pytest.fixture
def root(house: House) -> Person:
    return house.trader(PAYOUT)


def told(person: Person, kind: str = "") -> list[dict[str, Any]]:
    """Notices, oldest first."""
    found: list[dict[str, Any]] = person.get("/broker/v1/notices").json()
    return [one for one in reversed(found) if kind in ("", one["kind"])]


def look(house: House) -> int:
    """As the back office does it."""
    return house.small.exchange.back_office.warn_brokers()


def tagged(house: House, account: int = TAKER, tag: str = CODE) -> None:
    """An order with a code that its credential is not associated with."""
    bid = order(account, Side.BUY, "1", attribution=Attribution.NOT_ASSOCIATED)
    bid["tag"] = tag.encode()
    house.send(bid)


def trade(house: House, times: int, **taker: Any) -> None:
    for _ in range(times):
        house.send(order(MAKER, Side.SELL, "1"), order(TAKER, Side.BUY, "1", broker=BROKER, **taker))


# -- requests near a limit -------------------------------------------------------------------------------------------


def test_bl17_a_client_near_its_limit_is_told_to_its_broker_once_an_hour_and_by_its_name_alone(
    house: House, root: Person
) -> None:
    made = house.write(
        lambda connection: create_key(
            *(connection, house.seal, TAKER, SOUTH, frozenset({Permission.TRADE}), "bot"), brokers=frozenset({BROKER})
        )
    )
    house.second_passes()
    warner = Warner(house.door)
    assert house.authenticator.find(made.api_key) is not None
    most, _ = house.door.budget.account_orders(TAKER)
    house.door.budget._limits.spend([_claim(house, most * 80 // 100 - 1)], house.door.budget._now_ms())
    asyncio.run(warner.look())
    assert told(root) == []
    house.door.budget._limits.spend([_claim(house, 1)], house.door.budget._now_ms())
    for _ in range(3):
        asyncio.run(warner.look())
    asyncio.run(Warner(house.door).look())  # another gateway sees the same
    (one,) = told(root)
    assert (one["kind"], one["subject"]) == ("limits_near", f"orders:{HOUR}")
    used = most * 80 // 100
    wanted = {"client": house.seal.client_name(BROKER, TAKER), "used": used, "most": most, "window_ms": 2_000}
    assert one["details"] == wanted
    house.at(1, 1)
    asyncio.run(warner.look())
    assert [one["subject"] for one in told(root)] == [f"orders:{HOUR}", f"orders:{HOUR + 1}"]


def _claim(house: House, count: int) -> Any:
    return Claim(("orders", TAKER), house.door.budget._orders, count)


def test_bl17_who_has_no_broker_is_nobodys_alert(house: House, root: Person) -> None:
    made = house.write(
        lambda connection: create_key(connection, house.seal, TAKER, SOUTH, frozenset({Permission.TRADE}), "own")
    )
    house.second_passes()
    assert house.authenticator.find(made.api_key) is not None
    most, _ = house.door.budget.account_orders(TAKER)
    house.door.budget._limits.spend([_claim(house, most)], house.door.budget._now_ms())
    asyncio.run(Warner(house.door).look())
    assert told(root) == []
    assert house.authenticator.of_brokers() == []


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_bl18_tokens_that_are_refused_are_told_by_what_was_wrong(house: House, root: Person) -> None:
    app, person, warner = registered(house), user(house), Warner(house.door)
    tokens = app.granted(person)
    elsewhere = app.at("192.0.2.99")
    for _ in range(ERRORS - 1):
        assert elsewhere.code_of(tokens["access_token"]) == "53014"
    asyncio.run(warner.look())
    assert told(root) == []
    assert elsewhere.code_of(tokens["access_token"]) == "53014"
    for number in range(ERRORS):
        assert app.exchange(f"none{number}").status_code == 400
    for _ in range(2):
        asyncio.run(warner.look())
    assert [(one["kind"], one["details"]["error"]) for one in told(root)] == [
        ("token_errors", "no_such_code"),
        ("token_errors", "wrong_address"),
    ]
    assert {one["details"]["count"] for one in told(root)} == {ERRORS}


def test_bl18_what_is_nobodys_token_is_nobodys_alert(house: House, root: Person) -> None:
    app, warner = registered(house), Warner(house.door)
    for _ in range(ERRORS):
        assert app.code_of("no-such-token") == "53000"
        assert app.exchange("x", client_id="nobody").status_code >= 400
    asyncio.run(warner.look())
    assert told(root) == []


def test_bl18_counts_begin_anew_with_each_hour(house: House, root: Person) -> None:
    warner = Warner(house.door)
    for _ in range(ERRORS - 1):
        house.authenticator.note_token_error(BROKER, "token_expired")
    asyncio.run(warner.look())
    house.at(1, 1)
    house.authenticator.note_token_error(BROKER, "token_expired")
    asyncio.run(warner.look())
    assert told(root) == []


# -- tags ------------------------------------------------------------------------------------------------------------


def test_bl19_a_tag_without_an_association_is_told_to_whose_code_it_is(house: House, root: Person) -> None:
    tagged(house)  # before the first look
    assert look(house) == 0
    tagged(house)
    tagged(house, MAKER)
    tagged(house, tag="NOBODY")
    assert [look(house), look(house)] == [1, 0]
    (one,) = told(root)
    assert (one["kind"], one["subject"]) == ("tag_not_associated", f"tag:{HOUR}")
    assert one["details"] == {"code": CODE, "orders": 2, "accounts": 2}
    tagged(house)
    assert look(house) == 0  # in this hour it was told
    house.at(1, 1)
    tagged(house)
    assert look(house) == 1


# -- exclusions ------------------------------------------------------------------------------------------------------


def share(lines: int, excluded: int) -> Share:
    return Share(lines, excluded)


@pytest.mark.parametrize(
    ("now", "before", "warned"),
    [
        (share(100, 20), share(100, 10), True),  # 20 % and 10 %
        (share(100, 19), share(100, 10), False),
        (share(49, 49), share(100, 0), False),  # too few to say
        (share(50, 50), share(50, 0), True),
        (share(100, 100), share(49, 0), False),
        (share(100, 10), share(100, 20), False),
    ],
)
def test_bl20_ten_points_more_of_fifty_lines_are_a_rise(now: Share, before: Share, warned: bool) -> None:
    assert rises(now, before, 50, 10 * POINT) is warned


def test_bl20_a_share_that_earns_nothing_and_rises_is_told_once_the_hour_is_over(house: House, root: Person) -> None:
    house.at(1, 1)
    trade(house, 5)
    house.at(2, 1)
    assert look(house) == 0
    trade(house, 3)
    trade(house, 2, channel=Channel.WEB)
    assert look(house) == 0  # the hour is not over
    house.at(3, 1)
    assert [look(house), look(house)] == [1, 0]
    (one,) = told(root)
    assert (one["kind"], one["subject"]) == ("exclusions_rise", f"exclusions:{HOUR + 3}")
    assert one["details"] == {
        "hour": HOUR + 2,
        "lines": 5,
        "excluded": 2,
        "reasons": {"NON_API": 2},
        "share": "40",
        "share_before": "0",
    }
    trade(house, 3)
    trade(house, 2, channel=Channel.WEB)  # 40 % again, of 20 % before
    house.at(4, 1)
    assert look(house) == 1
    assert told(root)[-1]["details"]["share_before"] == "20"


def test_bl20_hours_are_counted_in_pieces_and_the_same(house: House) -> None:
    house.at(1, 1)
    trade(house, 3)
    trade(house, 2, channel=Channel.WEB)
    watch = alerts.Watch(HERE.broker)
    with mock.patch.object(alerts, "TOGETHER", 1), house.door.database.connect() as connection:
        found = watch._read(connection, HOUR + 1)
    assert found == {BROKER: Share(5, 2, Counter({"NON_API": 2}))}


# -- where they are told ---------------------------------------------------------------------------------------------


def test_bl21_an_alert_is_a_notice_and_a_webhook_of_its_own_kind_once_for_each_cause_and_hour(
    house: House, root: Person
) -> None:
    hook = root.post("/broker/v1/webhooks", {"url": "https://hook.example.com/", "events": ["alert"]}).json()
    endpoint = hook["endpoint"]["id"]

    def warn(kind: str, cause: str, hour: int) -> bool:
        now_ns = (HOUR + hour) * 3_600 * 10**9
        return house.write(lambda connection: alerts.warn(connection, BROKER, kind, cause, now_ns, {"count": 1}))

    assert [warn("token_errors", "token_expired", hour) for hour in (1, 1, 2)] == [True, False, True]
    assert warn("token_errors", "wrong_address", 1)
    database = house.small.exchange.back_office.database
    assert webhooks.gather(database, house.door.venue) == 3
    rows = root.get(f"/broker/v1/webhooks/{endpoint}/deliveries").json()
    bodies = [json.loads(row["body"]) for row in reversed(rows)]
    assert {body["kind"] for body in bodies} == {"alert"}
    assert [body["data"]["subject"] for body in bodies] == [one["subject"] for one in told(root)]
    assert bodies[0]["data"]["notice"] == "token_errors"
    assert bodies[0]["id"].startswith("alert-")
