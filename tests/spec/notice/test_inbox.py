"""What users are told at the exchange's own pages. docs/rules/inbox.md, IN-1 to IN-5."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House, Person
from spec.people.town import BOREALIS, PASSWORD, Town, opened_town
from spec.small_exchange import BTC_USDT, MAKER, NORTH, PAYOUT, SOUTH, TAKER, one, order, trade_records

from commonbook.administration.roles import Role
from commonbook.notice import inbox, price_alerts
from commonbook.notice.inbox import Concern, Mark
from commonbook.records import CommandKind, KillScope, Side

INBOX, ALERTS = "/account/v1/inbox", "/account/v1/price-alerts"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def told(person: Person, concern: Concern | None = None) -> list[dict[str, Any]]:
    notices: list[dict[str, Any]] = person.get(INBOX).json()["notices"]
    return [one for one in notices if concern in (None, one["concern"])]


def unread(person: Person) -> int:
    return int(person.get(f"{INBOX}/unread").json()["unread"])


def traded_at(house: House, ticks: int, notional: str = "1") -> None:
    sale = order(MAKER, Side.SELL, notional, price_ticks=ticks)
    house.send(sale, order(TAKER, Side.BUY, notional, price_ticks=ticks))


# -- what is told with a mail -----------------------------------------------------------------------------------------


def test_in1_what_concerns_security_is_told_with_the_mail_and_without_its_secrets(town: Town) -> None:
    member = town.member()
    member.post("/account/v1/prove", {"password": PASSWORD})
    key = {"label": "Bot", "passphrase": "Suite-42-x", "permissions": ["read_only"], "ip_list": []}
    made = member.post("/account/v1/keys", key)
    again = town.browser()
    again.agent = "Another/1"
    again.login(member.email)
    town.browser().post("/account/v1/recovery", {"email": member.email})

    found = member.get(INBOX)
    assert [one["kind"] for one in found["notices"]] == ["recovery-requested", "new-device", "key-made"]
    by_kind = {one["kind"]: one["details"] for one in found["notices"]}
    assert by_kind["key-made"] == {"label": "Bot", "permissions": "read_only"}
    assert by_kind["new-device"]["device"] == "Another/1"
    assert by_kind["recovery-requested"] == {}
    assert made["api_secret"] not in str(found)
    assert found["unread"] == 3

    member.delete(f"/account/v1/keys/{made['api_key']}")
    assert member.get(INBOX)["notices"][0]["kind"] == "key-revoked"
    assert town.member(BOREALIS).get(INBOX)["notices"] == []


def test_in1_what_is_kept_is_sealed_and_goes_with_the_user(town: Town) -> None:
    member = town.member()
    member.post("/account/v1/prove", {"password": PASSWORD})
    key = {"label": "telltale", "passphrase": "Suite-42-x", "permissions": ["read_only"], "ip_list": []}
    member.post("/account/v1/keys", key)
    mine = "SELECT details FROM inbox_notices WHERE user_id = :user"
    (row,) = town.rows(mine, user=member.user)
    assert "telltale" not in row[0]
    assert member.get(INBOX)["notices"][0]["details"]["label"] == "telltale"
    old = inbox.KEPT_DAYS * 86_400 * 10**9
    town.set("UPDATE inbox_notices SET time_ns = 1 WHERE user_id = :user", user=member.user)
    assert town.write(lambda connection: inbox.forget_older(connection, old)) == 0
    assert town.write(lambda connection: inbox.forget_older(connection, old + 2)) == 1
    assert town.rows(mine, user=member.user) == []


def test_in1_announcements_of_the_brand_are_told_to_its_users(house: House) -> None:
    north, south = house.trader(MAKER), house.trader(TAKER)
    author = house.person(SOUTH, Role.MARKETING)
    texts = {"en": {"title": "New pair", "body": "Soon."}, "es": {"title": "Par nuevo", "body": "Pronto."}}
    made = author.post("/partner/v1/announcements", {"texts": texts, "topic": "announcements-new-listings"}).json()
    assert told(south) == []
    author.post(f"/partner/v1/announcements/{made['id']}/publish", {})
    (found,) = told(south)
    assert (found["concern"], found["details"]["title"], found["is_new"]) == ("brand", "New pair", True)
    assert found["details"]["slug"] == "new-pair"
    in_spanish = south.get(f"{INBOX}?language=es").json()["notices"]
    assert in_spanish[0]["details"]["title"] == "Par nuevo"
    assert told(north) == []


# -- orders -----------------------------------------------------------------------------------------------------------


def test_in2_an_order_that_rested_is_told_once_with_what_is_filled_of_it(house: House) -> None:
    maker, taker = house.trader(MAKER), house.trader(TAKER)
    house.send(order(MAKER, Side.SELL, "2"))
    assert told(maker) == []
    house.send(order(TAKER, Side.BUY, "0.5"))
    house.second = 5
    house.send(order(TAKER, Side.BUY, "0.3"))
    (found,) = told(maker, Concern.ORDERS)
    assert found["kind"] == "order-filled"
    wanted = {"instrument": "BTC-USDT", "side": "sell", "filled": "0.8", "size": "2"}
    assert {name: found["details"][name] for name in wanted} == wanted
    assert float(found["details"]["price"]) == 1
    assert int(found["time_ns"]) == house.now_ns
    assert told(taker, Concern.ORDERS) == []  # it was the taker's own doing


def test_in2_an_order_that_somebody_else_canceled_is_told_and_ones_own_cancel_is_not(house: House) -> None:
    maker = house.trader(MAKER)
    first = house.send(order(MAKER, Side.SELL, "2")).last
    house.send(one(CommandKind.CANCEL, account=MAKER, instrument=BTC_USDT, order=first))
    assert told(maker) == []
    house.send(order(MAKER, Side.SELL, "3"))
    house.send(one(CommandKind.KILL, scope=KillScope.BRAND, target=NORTH, active=True))
    (found,) = told(maker, Concern.ORDERS)
    assert (found["kind"], found["details"]["reason"], found["details"]["left"]) == ("order-canceled", "killed", "3")


# -- how far it was read ----------------------------------------------------------------------------------------------


def test_in3_what_comes_while_somebody_reads_is_still_new(house: House) -> None:
    maker = house.trader(MAKER)
    for second in (1, 2):
        house.second = second
        house.send(*trade_records("1"))
    first = maker.get(INBOX).json()
    assert (first["unread"], unread(maker)) == (2, 2)
    house.second = 3
    house.send(*trade_records("1"))
    assert maker.post(f"{INBOX}/read", {"mark": first["mark"]}).json() == {"unread": 1}
    assert [one["is_new"] for one in told(maker)] == [True, False, False]
    newest = maker.get(INBOX).json()["mark"]
    assert maker.post(f"{INBOX}/read", {"mark": newest}).json() == {"unread": 0}
    assert maker.post(f"{INBOX}/read", {"mark": first["mark"]}).json() == {"unread": 0}  # a mark never goes back
    for wrong in ("", "1.2", "1.2.x", "9" * 30 + ".1.1"):
        assert maker.post(f"{INBOX}/read", {"mark": wrong}).json()["error"]["code"] == "bad_request"


def test_in3_what_is_turned_off_is_neither_told_nor_counted_but_security_always_is(house: House) -> None:
    maker = house.trader(MAKER)
    house.send(*trade_records("1"))
    assert unread(maker) == 1
    assert maker.put(f"{INBOX}/off", {"off": ["orders", "brand"]}).json()["off"] == ["brand", "orders"]
    assert (told(maker), unread(maker)) == ([], 0)
    assert maker.put(f"{INBOX}/off", {"off": ["security"]}).json()["error"]["code"] == "bad_request"
    assert maker.put(f"{INBOX}/off", {"off": []}).json()["unread"] == 1


def test_in3_marks_are_written_and_read_back() -> None:
    mark = Mark(5, 7, -1)
    assert Mark.parse(str(mark)) == mark
    assert mark.later(Mark(4, 9, 3)) == Mark(5, 9, 3)


# -- prices -----------------------------------------------------------------------------------------------------------


def look(house: House) -> int:
    return price_alerts.look(house.door.database, house.door.venue)


def test_in4_a_price_that_has_come_is_told_once(house: House) -> None:
    maker, taker = house.trader(MAKER), house.trader(TAKER)
    traded_at(house, 10)
    up = maker.post(ALERTS, {"instrument": "BTC-USDT", "price": "15"}).json()
    down = maker.post(ALERTS, {"instrument": "BTC-USDT", "price": "5"}).json()
    theirs = taker.post(ALERTS, {"instrument": "BTC-USDT", "price": "15"}).json()
    assert (up["rises"], down["rises"], theirs["rises"]) == (True, False, True)
    assert look(house) == 0
    traded_at(house, 14)
    assert look(house) == 0
    traded_at(house, 17)
    traded_at(house, 14)  # and back, before anybody looked
    assert look(house) == 2
    for person in (maker, taker):
        (found,) = told(person, Concern.ALERTS)
        assert found["kind"] == "alert-rose"
        assert found["details"] == {"instrument": "BTC-USDT", "price": "15", "reached": "17"}
    assert [one["id"] for one in maker.get(ALERTS).json()] == [down["id"]]
    traded_at(house, 20)
    assert look(house) == 0
    traded_at(house, 5)
    assert look(house) == 1
    assert told(maker, Concern.ALERTS)[0]["kind"] == "alert-fell"


def test_in4_what_traded_while_nobody_looked_is_looked_at_afterwards(house: House) -> None:
    maker = house.trader(MAKER)
    traded_at(house, 10)
    maker.post(ALERTS, {"instrument": "BTC-USDT", "price": "12"})
    for ticks in (11, 13, 10):
        traded_at(house, ticks)
    late = maker.post(ALERTS, {"instrument": "BTC-USDT", "price": "13"}).json()  # 13 was before it
    assert look(house) == 1
    assert [one["id"] for one in maker.get(ALERTS).json()] == [late["id"]]
    assert look(house) == 0


def test_in4_a_price_that_cannot_come_is_refused_in_words(house: House) -> None:
    maker = house.trader(MAKER)

    def refused(price: str, instrument: str = "BTC-USDT") -> str:
        return str(maker.post(ALERTS, {"instrument": instrument, "price": price}).json()["error"]["code"])

    assert refused("5") == "no_price_yet"
    traded_at(house, 10)
    assert refused("10") == "price_is_there"
    assert [refused(wrong) for wrong in ("0", "-1", "1.5", "x", "1" + "0" * 30)] == ["bad_request"] * 5
    assert refused("5", "XYZ-USDT") == "no_such_instrument"
    for number in range(price_alerts.MOST):
        assert maker.post(ALERTS, {"instrument": "BTC-USDT", "price": str(20 + number)}).status_code == 201
    assert refused("11") == "too_many_alerts"


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_in5_nobody_takes_away_what_another_waits_for(house: House) -> None:
    maker, taker = house.trader(MAKER), house.trader(TAKER)
    traded_at(house, 10)
    mine = maker.post(ALERTS, {"instrument": "BTC-USDT", "price": "15"}).json()
    assert taker.get(ALERTS).json() == []
    assert taker.delete(f"{ALERTS}/{mine['id']}").json()["error"]["code"] == "no_such_alert"
    assert maker.delete(f"{ALERTS}/{mine['id']}").json() == []


def test_in5_payouts_are_told_to_who_acts_for_the_broker(house: House) -> None:
    broker, maker = house.person(SOUTH, account=PAYOUT), house.trader(MAKER)
    house.send(*trade_records("16000"))
    house.at(2)
    house.small.settle()
    (found,) = told(broker, Concern.PAYOUTS)
    assert (found["kind"], found["details"]["asset"]) == ("payout", "USDT")
    assert float(found["details"]["paid"]) > 0
    assert told(maker, Concern.PAYOUTS) == []
    mark = broker.get(INBOX).json()["mark"]
    assert broker.post(f"{INBOX}/read", {"mark": mark}).json() == {"unread": 0}
