"""The host's controls at its desk: one asks, another approves. P-16 of docs/rules/protection.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House, Person
from spec.small_exchange import BTC_USDT, NORTH, TAKER, one

from commonbook.administration.roles import HOST, Role
from commonbook.records import CommandKind, TradingStatus


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def instrument(person: Person, name: str = "BTC-USDT") -> dict[str, Any]:
    told = person.get("/host/v1/control").json()
    found: dict[str, Any] = next(row for row in told["instruments"] if row["instrument"] == name)
    return found


def test_p16_an_instrument_is_halted_and_resumed_by_two_people(house: House) -> None:
    first, second = house.person(HOST, Role.OPERATIONS), house.person(HOST, Role.OPERATIONS)
    asked = first.post("/host/v1/control/status", {"instrument": "BTC-USDT", "status": "halted"})
    assert asked.status_code == 202, asked.text
    assert asked.json()["payload"] == {"instrument": "BTC-USDT", "before": "live", "after": "halted"}
    assert instrument(first)["status"] == "live"
    assert house.approve(asked.json(), first).json()["error"]["code"] == "own_request"
    done = house.approve(asked.json(), second).json()
    assert (done["state"], done["outcome"]["status"]) == ("done", "halted")
    assert instrument(first)["in_force"] == "halted"
    acts = [(row["actor"], row["act"]) for row in first.get("/host/v1/log").json()[:3]]
    assert acts == [
        (f"user:{second.user}", "done trading_status"),
        (f"user:{second.user}", "approved trading_status"),
        (f"user:{first.user}", "ask trading_status"),
    ]
    again = first.post("/host/v1/control/status", {"instrument": "BTC-USDT", "status": "halted"})
    assert again.json()["error"]["code"] == "already_so"
    asked = second.post("/host/v1/control/status", {"instrument": "BTC-USDT", "status": "live"})
    assert house.approve(asked.json(), first).json()["state"] == "done"
    assert instrument(first)["in_force"] == "live"


def test_p16_what_has_changed_meanwhile_is_not_overwritten(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    asked = first.post("/host/v1/control/status", {"status": "halted"}).json()
    house.send(one(CommandKind.STATUS, status=TradingStatus.CANCEL_ONLY))
    done = house.approve(asked, second).json()
    assert (done["state"], done["outcome"]["code"]) == ("failed", "changed_meanwhile")
    assert first.get("/host/v1/control").json()["status"] == "cancel-only"


def test_p16_a_switch_is_turned_on_and_off_by_each_name(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    trader = house.trader(TAKER)
    for scope, target, shown in (
        ("brand", "north", {"scope": "brand", "target": "north"}),
        ("broker", "NORTHSTAR", {"scope": "broker", "target": "NORTHSTAR"}),
        ("instrument", "BTC-USDT", {"scope": "instrument", "target": "BTC-USDT"}),
        ("account", str(TAKER), {"scope": "account", "target": str(TAKER)}),
        ("user", str(trader.user), {"scope": "person", "target": str(house.door.venue.accounts[TAKER].person)}),
        ("venue", "", {"scope": "venue", "target": ""}),
    ):
        asked = first.post("/host/v1/control/kill", {"scope": scope, "target": target})
        assert asked.status_code == 202, (scope, asked.text)
        assert house.approve(asked.json(), second).json()["state"] == "done"
        assert first.get("/host/v1/control").json()["switches"] == [shown]
        assert first.post("/host/v1/control/kill", {"scope": scope, "target": target}).status_code == 409
        asked = second.post("/host/v1/control/kill", {"scope": scope, "target": target, "active": False})
        assert house.approve(asked.json(), first).json()["state"] == "done"
        assert first.get("/host/v1/control").json()["switches"] == []


def test_p16_what_is_not_there_cannot_be_stopped(house: House) -> None:
    person = house.owner(HOST)
    for scope, target, code in (
        ("brand", "nobody", "bad_request"),
        ("key", "no-such-key", "no_such_key"),
        ("user", str(person.user), "no_trading_account"),
        ("account", "77", "no_such_account"),
        ("venue", "north", "bad_request"),
    ):
        told = person.post("/host/v1/control/kill", {"scope": scope, "target": target}).json()
        assert told["error"]["code"] == code, scope
    assert person.post("/host/v1/control/status", {"instrument": "X", "status": "halted"}).status_code == 400


def test_p16_a_band_and_its_reference_are_set_and_taken_away(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    wanted = {"instrument": "BTC-USDT", "band": "5", "band_max": "10.0", "reference": "1", "deviation": "2.5"}
    asked = first.post("/host/v1/control/limits", wanted)
    assert asked.status_code == 202, asked.text
    assert asked.json()["payload"]["before"]["band"] == "none"
    assert house.approve(asked.json(), second).json()["state"] == "done"
    found = instrument(first)
    assert (found["band_percent"], found["band_max_percent"], found["deviation_percent"]) == ("5", "10", "2.5")
    assert found["reference"] == "1"
    assert first.post("/host/v1/control/limits", {"instrument": "BTC-USDT"}).status_code == 400
    assert first.post("/host/v1/control/limits", {"instrument": "BTC-USDT", "band": "0.00000001"}).status_code == 400
    asked = second.post("/host/v1/control/limits", {"instrument": "BTC-USDT", "band": "none", "reference": "none"})
    assert house.approve(asked.json(), first).json()["state"] == "done"
    assert (instrument(first)["band_percent"], instrument(first)["reference"]) == ("", "")


def test_p16_an_act_that_was_cut_off_is_carried_out_with_one_effect(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    asked = first.post("/host/v1/control/status", {"instrument": "BTC-USDT", "status": "halted"}).json()
    house.send(one(CommandKind.STATUS, instrument=BTC_USDT, status=TradingStatus.HALTED))
    sequence = house.door.position
    assert house.approve(asked, second).json()["state"] == "done"
    assert house.door.position == sequence


def test_ad5_the_log_is_searched_and_its_chain_walked(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    asked = first.post("/host/v1/control/status", {"instrument": "BTC-USDT", "status": "halted"}).json()
    house.approve(asked, second)
    found = first.get("/host/v1/log?search=halted+ask").json()
    assert [row["act"] for row in found] == ["ask trading_status"]
    assert first.get("/host/v1/log?search=100%25").json() == []
    told = first.get("/host/v1/log/verify").json()
    assert (told["whole"], told["acts"], told["head"]) == (True, 3, first.get("/host/v1/log").json()[0]["hash"])
    house.write(lambda connection: connection.exec_driver_sql("UPDATE audit_log SET actor = 'x' WHERE number = 2"))
    told = first.get("/host/v1/log/verify").json()
    assert (told["whole"], "number 2" in told["why"]) == (False, True)


def test_settled_hours_of_all_brokers_are_told(house: House) -> None:
    house.small.trade("10000")
    house.at(3)
    house.small.settle()
    finance = house.person(HOST, Role.FINANCE)
    told = finance.get("/host/v1/broker-hours").json()
    assert [one["hour"] for one in told] == sorted((one["hour"] for one in told), reverse=True)
    assert any(part["broker"] == "NORTHSTAR" and part["amount"] for one in told for part in one["parts"])
    assert house.person(NORTH, Role.OWNER).get("/host/v1/broker-hours").status_code == 404
