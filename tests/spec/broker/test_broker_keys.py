"""Brokers' keys, the sub-accounts they keep, what they are told. docs/rules/broker-keys.md, BK-1 to BK-10."""

import csv
import hashlib
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.broker.clients import (
    HERE,
    PASSPHRASE,
    SECOND_CODE,
    Key,
    agree,
    asks_from,
    attributions,
    client,
    error,
    host_key,
    keeps_clients,
    key_for,
    second_broker,
)
from spec.house import House
from spec.small_exchange import BROKER, CODE, HOUR, MAKER, PAYOUT, SOUTH, TAKER, one, trade_records
from sqlalchemy import update

from commonbook.administration.roles import HOST, Role
from commonbook.broker import consents, report_files, reports
from commonbook.broker.consenting import TEXT_VERSION, How
from commonbook.broker.reports import paid_by_day, statements_between
from commonbook.broker.rules import attribution
from commonbook.brokerage.upkeep import Upkeep
from commonbook.errors import Declined, OutsideFailure
from commonbook.gateway.okx_v5 import broker_subaccounts
from commonbook.gateway.records.checks import Stamp, stamp
from commonbook.identity.associations import NOWHERE
from commonbook.identity.model import Permission
from commonbook.identity.service import NEVER_NS, keys_of
from commonbook.identity.uses import IDLE_NS
from commonbook.instrument.accounts import number_of, subaccount
from commonbook.instrument.model import Rates
from commonbook.records import Attribution, CommandKind, FeeScope, as_commands, commands
from commonbook.storage.schema import api_keys

KEYS = "/account/v1/keys"
NEW_KEY = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["read_only", "trade"], "ip_list": []}
SECRET = "Secret-42-x"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


# -- held keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "asked", "held"),
    [((HERE,), None, True), ((HERE,), False, False), ((HERE,), True, True), ((), None, False), ((), False, False)],
)
def test_bk1_a_key_is_held_when_its_broker_has_addresses_unless_told_otherwise(
    house: House, addresses: tuple[str, ...], asked: bool | None, held: bool
) -> None:
    asks_from(house, *addresses)
    user = client(house)
    key = key_for(user, held=asked)
    (told,) = user.get(KEYS).json()
    assert (told["brokers"], told["held_by"]) == ([CODE], CODE if held else "")
    found = house.authenticator.find(key.api_key)
    assert found is not None
    assert found.holder == (BROKER if held else 0)


def test_bk1_a_broker_without_addresses_can_hold_no_key(house: House) -> None:
    user, key = client(house), host_key(house, TAKER)
    body = NEW_KEY | {"broker": {"code": CODE, "text_version": TEXT_VERSION, "held": True}}
    assert error(user.post(KEYS, body)) == "no_addresses"
    assert error(agree(user, keys=[key.api_key], held=True)) == "no_addresses"
    assert [one["api_key"] for one in user.get(KEYS).json()] == [key.api_key]


def test_bk1_a_held_key_is_of_one_broker_alone(house: House) -> None:
    second_broker(house)
    asks_from(house, HERE)
    asks_from(house, HERE, broker=2)
    user = client(house)
    held = key_for(user)
    assert error(agree(user, SECOND_CODE, keys=[held.api_key])) == "key_held"
    shared = host_key(house, TAKER)
    agree(user, keys=[shared.api_key])
    assert error(agree(user, SECOND_CODE, keys=[shared.api_key], held=True)) == "key_held"
    assert agree(user, keys=[shared.api_key], held=True).status_code == 200  # its own may come to hold it


def test_bk1_what_is_held_stays_so_whatever_else_is_agreed(house: House) -> None:
    """Else a new cap would give whoever has the secret all addresses, and withdrawing where the key had that."""
    asks_from(house, HERE)
    user, key = client(house), host_key(house, TAKER, Permission.READ, Permission.WITHDRAW)
    assert agree(user, keys=[key.api_key], held=True).status_code == 200
    assert error(agree(user, cap="5", keys=[key.api_key])) == "key_held"
    assert agree(user, cap="5", keys=[key.api_key], held=True).status_code == 200
    found = house.authenticator.find(key.api_key)
    assert found is not None
    assert (found.holder, found.permissions) == (BROKER, frozenset({Permission.READ}))


def test_bk4_a_key_that_has_lapsed_does_not_come_back_by_being_held(house: House) -> None:
    asks_from(house, HERE)
    user, key = client(house), host_key(house, TAKER)
    of_key = api_keys.c.api_key == key.api_key
    idle = {"ip_list": "", "created_ns": time.time_ns() - IDLE_NS}
    house.write(lambda connection: connection.execute(update(api_keys).where(of_key).values(**idle)))
    assert error(agree(user, keys=[key.api_key], held=True)) == "no_such_key"
    house.second_passes()
    assert house.authenticator.find(key.api_key) is None


def test_bk2_a_held_key_works_from_the_brokers_addresses_alone(house: House) -> None:
    asks_from(house, HERE)
    user = client(house)
    key = key_for(user)
    assert key.get("/account/balance")["code"] == "0"
    asks_from(house, "192.0.2.9")
    assert key.get("/account/balance")["code"] == "50110"
    asks_from(house)
    assert key.get("/account/balance")["code"] == "50110"
    asks_from(house, "192.0.2.9", HERE)
    assert key.get("/account/balance")["code"] == "0"


@pytest.mark.parametrize(("own", "works"), [((HERE, "192.0.2.1"), True), (("192.0.2.1",), False), ((), True)])
def test_bk2_of_a_list_of_its_own_the_brokers_addresses_count(house: House, own: tuple[str, ...], works: bool) -> None:
    asks_from(house, HERE, "192.0.2.7")
    key = key_for(client(house), ip_list=own)
    assert key.get("/account/balance")["code"] == ("0" if works else "50110")
    found = house.authenticator.find(key.api_key)
    assert found is not None
    assert found.ip_list == ((HERE,) if own and works else NOWHERE if own else (HERE, "192.0.2.7"))


@pytest.mark.parametrize("wrong", ["withdraw", "manage"])
def test_bk3_no_held_key_is_made_that_withdraws_or_manages(house: House, wrong: str) -> None:
    asks_from(house, HERE)
    user = house.person(SOUTH, Role.OWNER, account=TAKER)
    for_broker = {"code": CODE, "text_version": TEXT_VERSION}
    body = NEW_KEY | {"permissions": ["trade", wrong]}
    assert error(user.post(KEYS, body | {"broker": for_broker})) == "not_for_brokers"
    own = {"broker": for_broker | {"held": False}}  # in the owner's own hands it may
    assert user.post(KEYS, body | own).status_code == 201


def test_bk3_a_held_key_is_not_given_withdrawing_later(house: House) -> None:
    asks_from(house, HERE)
    user = client(house)
    key = key_for(user)
    path = f"{KEYS}/{key.api_key}"
    change = {"permissions": ["trade", "withdraw"], "label": "more"}
    assert error(user.ask("PATCH", path, change, {})) == "not_for_brokers"
    (told,) = user.get(KEYS).json()
    assert (told["permissions"], told["label"]) == (["read_only", "trade"], "bot")
    assert user.ask("PATCH", path, {"permissions": ["read_only"]}, {}).status_code == 200


def test_bk3_a_key_loses_withdrawing_while_it_is_held(house: House) -> None:
    asks_from(house, HERE)
    key = host_key(house, TAKER, Permission.READ, Permission.WITHDRAW)
    before = house.authenticator.find(key.api_key)
    assert before is not None
    agree(client(house), keys=[key.api_key], held=True)
    found = house.authenticator.find(key.api_key)
    assert found is not None
    assert found.permissions == {Permission.READ}
    assert key.post("/asset/withdrawal", {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "a"})["code"] == "50120"
    assert not house.authenticator.is_current(before)  # connections from before it was held are cut


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/subaccount/create-subaccount", {"subAcct": "trader1", "label": "desk"}),
        ("/users/subaccount/set-transfer-out", {"subAcct": "trader1"}),
        ("/users/subaccount/apikey", {"subAcct": "trader1", "label": "bot", "passphrase": SECRET}),
        ("/users/subaccount/modify-apikey", {"subAcct": "trader1", "apiKey": "x"}),
        ("/users/subaccount/delete-apikey", {"subAcct": "trader1", "apiKey": "x"}),
    ],
)
def test_bk3_with_a_held_key_nobody_manages_keys_or_sub_accounts(house: House, path: str, body: dict[str, str]) -> None:
    asks_from(house, HERE)
    answer = key_for(client(house)).post(path, body)
    assert answer["code"] == "50030"
    assert "broker holds" in answer["msg"]


def test_bk4_a_held_key_does_not_lapse(house: House) -> None:
    asks_from(house, HERE)
    user = client(house)
    key_for(user, held=False)
    held = key_for(user)
    lapses = {one["api_key"]: one["lapses_ns"] for one in user.get(KEYS).json()}
    assert lapses.pop(held.api_key) == ""
    assert all(lapses.values())
    assert house.authenticator.find(held.api_key) is not None
    assert house.authenticator._known[held.api_key].lapses_ns == NEVER_NS


def test_bk4_a_masters_broker_earns_on_its_sub_accounts_too(house: House) -> None:
    key = key_for(client(house), held=False)
    sub = kept_key(house, key, "/users/subaccount", "trader1")
    assert sub.order(tag=CODE)["sCode"] == "51008"  # nothing is in it yet
    assert sub.order(tag=CODE)["brokerCode"] == CODE


# -- sub-accounts that a broker keeps -----------------------------------------------------------------------------


def broker_key(house: House) -> Key:
    return host_key(house, PAYOUT)


def kept_key(house: House, key: Key, family: str, name: str, create: str = "create-subaccount") -> Key:
    """A sub-account and a key of it, by one family of calls or another."""
    made = key.post(f"{family}/{create}", {"subAcct": name, "label": "client"})
    assert made["code"] == "0", made
    keys = f"{family}/apikey" if family.startswith("/users") else f"{family}/subaccount/apikey"
    asked = {"subAcct": name, "label": "bot", "passphrase": SECRET, "perm": "read_only,trade", "ip": HERE}
    told = key.post(keys, asked)
    assert told["code"] == "0", told
    return Key(house, told["data"][0]["apiKey"], told["data"][0]["secretKey"], key.brand, SECRET)


def funded(key: Key, name: str, amount: str = "1000") -> None:
    move = {"ccy": "USDT", "amt": amount, "from": "18", "to": "18", "type": "1", "subAcct": name}
    answer = key.post("/asset/transfer", move)
    assert answer["code"] == "0", answer


def fund_broker(house: House) -> None:
    house.send(_gift(house, PAYOUT))


def _gift(house: House, account: int) -> Any:
    transfer = one(CommandKind.TRANSFER, account=TAKER, to_account=account, asset=1, key=b"gift")
    transfer["amount"] = (100_000 * 10**8, 0)
    return transfer


@pytest.mark.parametrize("family", ["/broker/dma", "/broker/nd"])
@pytest.mark.parametrize("tag", ["", "SOMELIBRARY", CODE])
def test_bk5_every_order_of_a_kept_sub_account_is_the_brokers(house: House, family: str, tag: str) -> None:
    keeps_clients(house)
    fund_broker(house)
    key = broker_key(house)
    sub = kept_key(house, key, family, "client1")
    funded(key, "client1")
    placed = sub.order(tag=tag)
    assert (placed["sCode"], placed["tag"], placed["brokerCode"]) == ("0", tag, CODE)
    asked = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "tag": tag}
    rows = sub.post("/trade/batch-orders", [asked | {"px": "1"}, asked | {"px": 1}])["data"]
    assert [row["brokerCode"] for row in rows] == [CODE, CODE]
    assert attributions(house) == [(BROKER, Attribution.BROKER)] * 3


def test_bk5_nor_are_they_once_the_grant_is_taken_back(house: House) -> None:
    keeps_clients(house)
    fund_broker(house)
    key = broker_key(house)
    sub = kept_key(house, key, "/broker/dma", "client1")
    funded(key, "client1")
    assert sub.order()["brokerCode"] == CODE
    keeps_clients(house, most=0)
    house.second_passes()
    assert sub.order()["brokerCode"] == ""
    assert key.get("/broker/nd/info")["code"] == "50030"
    assert attributions(house) == [(BROKER, Attribution.BROKER), (0, Attribution.NO_TAG)]


def test_bk5_at_the_record_door_as_well(house: House) -> None:
    def attribute(tag: str) -> tuple[int, Attribution]:
        return attribution(house.door.venue, frozenset(), tag, BROKER)

    frame = commands(CommandKind.ORDER, 3)
    frame["tag"] = [b"", b"SOMELIBRARY", CODE.encode()]
    cancel = commands(CommandKind.CANCEL)
    records = as_commands(frame, cancel)
    assert stamp(records, Stamp(subaccount(PAYOUT, 1), 77, attribute)) == 1
    stamped = records[:3].view(frame.dtype)
    assert stamped["broker"].tolist() == [BROKER] * 3
    assert stamped["attribution"].tolist() == [Attribution.BROKER] * 3
    assert attribution(house.door.venue, frozenset({BROKER}), CODE, 99) == (0, Attribution.CODE_INACTIVE)


def test_bk5_the_brokers_own_orders_are_not_and_nobodys_are_while_it_is_not_active(house: House) -> None:
    keeps_clients(house)
    fund_broker(house)
    key = broker_key(house)
    sub = kept_key(house, key, "/broker/dma", "client1")
    funded(key, "client1")
    assert key.order(tag=CODE)["brokerCode"] == ""
    house.send(one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode()))
    assert sub.order()["brokerCode"] == ""
    assert attributions(house) == [(0, Attribution.NOT_ASSOCIATED), (0, Attribution.CODE_INACTIVE)]


def test_bk5_a_kept_sub_account_earns_though_its_person_is_the_brokers(house: House) -> None:
    keeps_clients(house)
    broker_key(house).post("/broker/dma/create-subaccount", {"subAcct": "client1", "label": "one"})
    sub = subaccount(PAYOUT, 1)
    found = house.read(lambda connection: consents.clients_of(connection, house.door.venue, [(sub, BROKER)]))
    assert found[sub, BROKER].is_own_person is False
    assert found[sub, BROKER].consents == ()


def test_bk6_a_sub_account_is_opened_listed_and_closed_by_the_brokers_keys(house: House) -> None:
    keeps_clients(house, most=3)
    fund_broker(house)
    key = broker_key(house)
    made = key.post("/broker/nd/create-subaccount", {"subAcct": "client1", "label": "one", "pwd": "x", "acctLv": "1"})
    assert made["data"][0]["uid"] == str(subaccount(PAYOUT, 1))
    assert made["data"][0]["acctLv"] == "1"
    sub = kept_key(house, key, "/broker/dma", "client2")
    (page,) = key.get("/broker/dma/subaccount-info?limit=1")["data"]
    assert (page["page"], page["totalPage"], page["details"][0]["subAcct"]) == ("1", "2", "client1")
    (page,) = key.get("/broker/nd/subaccount-info?subAcct=client2")["data"]
    assert [one["label"] for one in page["details"]] == ["client"]
    (info,) = key.get("/broker/nd/info")["data"]
    assert (info["subAcctQty"], info["maxSubAcctQty"]) == ("2", "3")
    (listed, _) = key.get("/users/subaccount/list")["data"]
    assert listed["ifDma"] is True
    funded(key, "client2")
    close = {"subAcct": "client2"}
    assert key.post("/broker/nd/delete-subaccount", close)["code"] == "59000"
    assert sub.get("/account/balance")["code"] == "0"  # nothing of it was done
    back = {"ccy": "USDT", "amt": "1000", "from": "18", "to": "18", "type": "2", "subAcct": "client2"}
    assert key.post("/asset/transfer", back)["code"] == "0"
    assert key.post("/broker/nd/delete-subaccount", close)["data"] == [close]
    house.second_passes()
    assert sub.get("/account/balance")["code"] == "50111"
    assert key.post("/broker/nd/delete-subaccount", close)["code"] == "59510"
    assert key.get("/broker/nd/info")["data"][0]["subAcctQty"] == "1"
    again = key.post("/broker/dma/create-subaccount", {"subAcct": "client2", "label": "again"})
    assert again["code"] == "59601"  # the name is not given again


def test_bk6_what_comes_in_while_it_is_closed_opens_it_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keeps_clients(house, most=3)
    key = broker_key(house)
    sub, answers, keys = kept_key(house, key, "/broker/dma", "client1"), [True, False], list[int]()

    async def looked(door: Any, one: Any) -> bool:
        keys.append(len(house.read(lambda connection: keys_of(connection, one.account))))
        return answers.pop(0)

    monkeypatch.setattr(broker_subaccounts, "_is_empty", looked)
    assert key.post("/broker/nd/delete-subaccount", {"subAcct": "client1"})["code"] == "59000"
    assert keys == [1, 0]  # whoever is cut off in between leaves no key of a closed one
    house.second_passes()
    assert sub.get("/account/balance")["code"] == "50111"
    assert key.get("/broker/nd/info")["data"][0]["subAcctQty"] == "1"


def test_bk6_there_are_no_more_than_were_granted(house: House) -> None:
    keeps_clients(house, most=1)
    key = broker_key(house)
    key.post("/broker/dma/create-subaccount", {"subAcct": "client1", "label": "one"})
    assert key.post("/broker/dma/create-subaccount", {"subAcct": "client2", "label": "two"})["code"] == "59603"


def test_bk6_keys_are_listed_changed_and_revoked(house: House) -> None:
    keeps_clients(house)
    key = broker_key(house)
    sub = kept_key(house, key, "/broker/nd", "client1")
    (told,) = key.get("/broker/nd/subaccount/apikey?subAcct=client1")["data"]
    assert (told["apiKey"], told["perm"]) == (sub.api_key, "read_only,trade")
    change = {"subAcct": "client1", "apiKey": sub.api_key, "perm": "read_only", "label": "slow"}
    assert key.post("/broker/nd/subaccount/modify-apikey", change)["data"][0]["perm"] == "read_only"
    gone = {"subAcct": "client1", "apiKey": sub.api_key}
    assert key.post("/broker/nd/subaccount/delete-apikey", gone)["data"] == [{"subAcct": "client1"}]
    assert key.get("/broker/dma/subaccount/apikey?subAcct=client1")["data"] == []
    assert key.post("/broker/nd/subaccount/delete-apikey", gone)["code"] == "59506"


def test_bk6_an_ordinary_sub_account_is_none_of_these(house: House) -> None:
    keeps_clients(house)
    key = broker_key(house)
    key.post("/users/subaccount/create-subaccount", {"subAcct": "ordinary", "label": "own"})
    assert key.get("/broker/dma/subaccount/apikey?subAcct=ordinary")["code"] == "59510"
    assert key.get("/broker/dma/subaccount-info")["data"][0]["details"] == []
    assert key.post("/broker/dma/create-subaccount", {"subAcct": "ordinary", "label": "x"})["code"] == "59601"


RATES: list[tuple[dict[str, str], str, str]] = [
    ({"chgType": "absolute", "chgTaker": "2.5"}, "0.00125", "0.0002"),
    ({"chgType": "absolute", "chgTaker": "0.1bp", "chgMaker": "1000"}, "0.00101", "0.1002"),
    ({"chgType": "percentage", "chgTaker": "50%"}, "0.0015", "0.0002"),
    ({"chgType": "percentage", "chgTaker": "0", "chgMaker": "10000"}, "0.001", "0.0202"),
]


@pytest.mark.parametrize(("change", "taker", "maker"), RATES)
def test_bk6_a_broker_charges_more_than_it_pays_itself(
    house: House, change: dict[str, str], taker: str, maker: str
) -> None:
    keeps_clients(house)
    key = broker_key(house)
    key.post("/broker/dma/create-subaccount", {"subAcct": "client1", "label": "one"})
    body = {"subAcct": "client1", "instType": "SPOT", "effDate": ""} | change
    (told,) = key.post("/broker/nd/set-subaccount-fee-rate", body)["data"]
    assert (told["subAcct"], told["chgType"]) == ("client1", change["chgType"])
    (page,) = key.get("/broker/dma/subaccount-trade-fee")["data"]
    fees = page["details"][0]["feeRates"]
    assert [one["type"] for one in fees] == ["1", "2"]
    assert {(_plain(one["taker"]), _plain(one["maker"])) for one in fees} == {(f"-{taker}", f"-{maker}")}


def test_bk6_a_rate_rises_with_the_brokers_own(house: House) -> None:
    """Else a good month would be frozen in as many sub-accounts as one likes."""
    keeps_clients(house)
    key = broker_key(house)
    for name in ("client1", "client2"):
        key.post("/broker/dma/create-subaccount", {"subAcct": name, "label": "one"})
    body = {"instType": "SPOT", "chgType": "absolute", "chgTaker": "1", "chgMaker": "1"}
    key.post("/broker/nd/set-subaccount-fee-rate", body | {"subAcct": "client1"})
    office, submit = house.small.exchange.back_office, house.small.exchange.submit
    upkeep = Upkeep(office.database, lambda: house.seal, house.settings.brokerage)
    (before,) = office.venue.overrides.values()

    def look() -> list[Rates]:
        upkeep.look(office.venue, house.now_ns, submit, lambda _: pytest.fail("nobody is written to"))
        return [rates for account, rates in office.venue.overrides.items() if number_of(account)]

    assert look() == [before]
    maker, taker = before.maker_e8 - 5_000, before.taker_e8 + 50_000
    own = one(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=PAYOUT, maker_rate_e8=maker, taker_rate_e8=taker)
    house.send(own)
    assert look() == [Rates(before.maker_e8, taker, False)]
    assert look() == [Rates(before.maker_e8, taker, False)]


def _plain(rate: str) -> str:
    return rate.rstrip("0").rstrip(".")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"chgTaker": "1000.1"}, "51000"),
        ({"chgTaker": "-1"}, "51000"),
        ({"chgTaker": "0.05"}, "51000"),
        ({"chgTaker": "much"}, "51000"),
        ({"chgTaker": ""}, "50015"),
        ({"chgType": "percentage", "chgTaker": "10001"}, "51000"),
        ({"chgType": "percentage", "chgTaker": "0.5"}, "51000"),
        ({"chgType": "twice"}, "51000"),
        ({"instType": "SWAP"}, "51000"),
        ({"effDate": "20200101"}, "51000"),
        ({"subAcct": "nobody"}, "59510"),
    ],
)
def test_bk6_a_rate_that_cannot_be_is_refused_and_changes_nothing(
    house: House, wrong: dict[str, str], code: str
) -> None:
    keeps_clients(house)
    key = broker_key(house)
    key.post("/broker/dma/create-subaccount", {"subAcct": "client1", "label": "one"})
    body = {"subAcct": "client1", "instType": "SPOT", "chgType": "absolute", "chgTaker": "1"} | wrong
    assert key.post("/broker/nd/set-subaccount-fee-rate", body)["code"] == code
    assert house.door.venue.overrides == {}


def test_bk6_what_there_is_one_way_of(house: House) -> None:
    keeps_clients(house)
    key = broker_key(house)
    key.post("/broker/dma/create-subaccount", {"subAcct": "client1", "label": "one"})
    named = {"subAcct": "client1"}
    assert key.post("/broker/nd/set-subaccount-level", named | {"acctLv": "1"})["data"] == [named | {"acctLv": "1"}]
    assert key.post("/broker/nd/set-subaccount-level", named | {"acctLv": "2"})["code"] == "51010"
    assert key.post("/broker/nd/set-subaccount-assets", named | {"ccy": "BTC"})["code"] == "50062"
    assert key.post("/broker/nd/report-subaccount-ip", named)["code"] == "50062"
    for method, path in (
        ("POST", "/asset/broker/nd/subaccount-deposit-address"),
        ("POST", "/asset/broker/nd/modify-subaccount-deposit-address"),
    ):
        assert key.ask(method, path, named | {"ccy": "USDT"})["code"] == "50062"
    address = "/asset/broker/nd/subaccount-deposit-address?subAcct=client1&ccy=USDT"
    assert key.get(address)["code"] == "50062"
    for path in ("subaccount-deposit-history", "subaccount-withdrawal-history"):
        assert key.get(f"/asset/broker/nd/{path}?subAcct=client1")["data"] == []
        assert key.get(f"/asset/broker/nd/{path}?subAcct=nobody")["code"] == "59510"
    wrong = {"subAcct": "client9", "label": "x", "acctLv": "3"}
    assert key.post("/broker/nd/create-subaccount", wrong)["code"] == "51010"
    assert key.post("/broker/nd/create-subaccount", {"subAcct": "client9"})["code"] == "50014"


# -- who is a broker ----------------------------------------------------------------------------------------------


def test_bk7_everybody_else_is_told_50030(house: House) -> None:
    other = host_key(house, TAKER)
    asked = [
        ("GET", "/broker/fd/if-rebate?apiKey=x", None),
        ("POST", "/broker/fd/rebate-per-orders", {"begin": "20251124", "end": "20251124"}),
        ("GET", "/broker/nd/rebate-daily", None),
        ("GET", "/broker/nd/info", None),
        ("POST", "/broker/dma/create-subaccount", {"subAcct": "client1", "label": "x"}),
        ("GET", "/broker/dma/subaccount-info", None),
    ]
    assert {other.ask(*one)["code"] for one in asked} == {"50030"}
    # A broker that was not granted sub-accounts, about those.
    assert [broker_key(house).ask(*one)["code"] for one in asked[3:]] == ["50030"] * 3


def test_bk7_a_sub_account_of_the_broker_is_not_the_broker(house: House) -> None:
    sub = kept_key(house, broker_key(house), "/users/subaccount", "ordinary")
    assert sub.get("/broker/fd/if-rebate?apiKey=x")["code"] == "59500"


def if_rebate(key: Key, of: Key, more: str = "") -> dict[str, Any]:
    answer = key.get(f"/broker/fd/if-rebate?apiKey={of.api_key}{more}")
    assert answer["code"] == "0", answer
    found: dict[str, Any] = answer["data"][0]
    return found


def test_bk7_whether_a_client_earns_and_if_not_why(house: House) -> None:
    user, asks = client(house), broker_key(house)
    key = key_for(user)
    told = if_rebate(asks, key)
    assert (told["type"], told["reason"], told["brokerCode"], told["affiliated"]) == ("0", "", CODE, False)
    assert (told["clientRebateRatio"], told["lastRebate"]) == ("0", "")
    user.post("/account/v1/broker-refusals", {"broker": CODE})
    assert (if_rebate(asks, key)["type"], if_rebate(asks, key)["reason"]) == ("4", "REFUSED")
    user.post("/account/v1/broker-refusals/lift", {"broker": CODE})
    house.small.level(TAKER, 6)
    house.door.follow(house.small.tick(0, 1))
    house.door.venue.accounts[TAKER] = house.small.exchange.venue.accounts[TAKER]
    assert (if_rebate(asks, key)["type"], if_rebate(asks, key)["reason"]) == ("3", "VIP_TOO_HIGH")
    house.send(one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode()))
    assert (if_rebate(asks, key)["type"], if_rebate(asks, key)["reason"]) == ("1", "CODE_INACTIVE")


def test_bk7_another_brokers_client_is_as_one_that_is_not_there(house: House) -> None:
    second_broker(house)
    key = key_for(client(house), SECOND_CODE)
    asks = broker_key(house)
    for api_key in (key.api_key, "nothing", host_key(house, MAKER).api_key):
        answer = asks.get(f"/broker/fd/if-rebate?apiKey={api_key}")
        assert (answer["code"], answer["data"]) == ("59506", [])
    assert asks.get("/broker/fd/if-rebate")["code"] == "50014"


# -- files --------------------------------------------------------------------------------------------------------

DAY = "20251124"  # engine time of the house's hour 0 is 16:00 of that day
FD, ND, TRADES = "/broker/fd/rebate-per-orders", "/broker/nd/rebate-per-orders", "/broker/dma/trades"
LINKS = {FD: FD, ND: ND, TRADES: "/broker/dma/rebate-per-orders"}


def paid(house: House, *notionals: str) -> None:
    """Trades of the broker's client in hour 0, settled and published."""
    for notional in notionals:
        house.send(*trade_records(notional))
    settle(house)


def settle(house: House, hour: int = 2) -> None:
    house.door.follow(house.small.tick(hour))
    house.small.settle()


def table(house: House, key: Key, path: str, more: str = "", **asked: str) -> list[dict[str, str]]:
    """A file asked for, made, and opened by its link."""
    days = {"begin": DAY, "end": DAY} | asked
    answer = key.post(path, days)
    assert answer["code"] == "0", answer
    query = "&".join(f"{name}={value}" for name, value in days.items())
    (told,) = key.get(f"{LINKS[path]}?type=false&{query}{more}")["data"]
    assert told["state"] == "finished", told
    content = house.ask("GET", told["fileHref"].partition(".localhost")[2], None, SOUTH)
    assert content.headers["content-type"].startswith("text/csv")
    assert hashlib.sha256(content.content).hexdigest() == told["sha256"]
    return list(csv.DictReader(io.StringIO(content.text)))


def test_bk8_a_file_is_asked_for_made_and_opened_by_a_link_without_a_key(house: House) -> None:
    paid(house, "100000")
    key = broker_key(house)
    asked = key.post(FD, {"begin": DAY, "end": DAY})["data"][0]
    assert asked["result"] == "false"  # it was not there
    (told,) = key.get(f"{FD}?type=true")["data"]
    assert (told["state"], told["beginTime"], told["endTime"]) == ("finished", "1763942400000", "1764028799999")
    path = told["fileHref"].partition(".localhost")[2]
    assert path.startswith("/program/v1/broker-files/")
    assert house.ask("GET", path, None, SOUTH).status_code == 200
    (again,) = key.get(f"{FD}?type=true")["data"]
    assert again["fileHref"] != told["fileHref"]  # each time a link of its own
    assert error(house.ask("GET", f"{path}x", None, SOUTH)) == "no_such_file"


def test_bk8_a_link_ends(house: House) -> None:
    paid(house, "100000")
    key = broker_key(house)
    key.post(FD, {"begin": DAY, "end": DAY})
    report = house.read(lambda connection: report_files.reports_of(connection, BROKER, "fd"))[0]
    now_ns = time.time_ns()
    link = house.write(lambda connection: report_files.make_link(connection, report, now_ns, 10))
    assert house.read(lambda connection: report_files.opened(connection, link, now_ns + 9)) == report
    with pytest.raises(Declined, match="over"):
        house.read(lambda connection: report_files.opened(connection, link, now_ns + 10))
    assert house.read(lambda connection: connection.exec_driver_sql("SELECT link_hash FROM report_links").all()) != []
    assert link not in str(house.small.folder)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"begin": "20251125", "end": DAY}, "51000"),
        ({"begin": "20250528", "end": DAY}, "51000"),
        ({"begin": DAY, "end": "20991231"}, "51000"),
        ({"begin": "2025-11-24", "end": DAY}, "51000"),
        ({"begin": "20251332", "end": DAY}, "51000"),
        ({"begin": "", "end": DAY}, "50014"),
        ({"begin": DAY, "end": DAY, "brokerType": "bank"}, "51000"),
    ],
)
def test_bk8_days_that_cannot_be_are_refused(house: House, wrong: dict[str, str], code: str) -> None:
    assert broker_key(house).post(FD, wrong)["code"] == code
    assert house.read(lambda connection: report_files.reports_of(connection, BROKER, "fd")) == []


def test_bk8_180_days_are_the_most(house: House) -> None:
    assert broker_key(house).post(FD, {"begin": "20250529", "end": DAY})["code"] == "0"
    assert report_files.day_range(0, 179, 200) == ""
    assert report_files.day_range(0, 180, 200) == "at most 180 days"


def test_bk8_a_file_of_settled_days_is_the_same_when_it_is_asked_for_again(house: House) -> None:
    paid(house, "100000")
    key = broker_key(house)
    assert [key.post(FD, {"begin": DAY, "end": DAY})["data"][0]["result"] for _ in range(2)] == ["false", "true"]
    with house.door.database.begin() as connection:
        (made,) = report_files.reports_of(connection, BROKER, "fd")
        early = (made.end_day + 1) * reports.DAY_NS  # before its last hour was settled
        connection.exec_driver_sql(f"UPDATE broker_reports SET asked_ns = {early}")
        _, is_new = report_files.ask(connection, BROKER, "fd", made.begin_day, made.end_day, early + 1)
    assert is_new


def test_bk8_a_file_that_nobody_is_making_any_more_is_begun_again(house: House) -> None:
    paid(house, "100000")
    key = broker_key(house)
    days = HOUR // 24
    now_ns = time.time_ns()
    old = now_ns - report_files.LEFT_NS
    for asked_ns, states in ((now_ns, ["ongoing", "ongoing"]), (old, ["ongoing", "finished"])):
        with house.door.database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM broker_reports")
            report_files.ask(connection, BROKER, "fd", days, days, asked_ns)
        told = [key.get(f"{FD}?type=true")["data"][0] for _ in range(2)]
        assert [one["state"] for one in told] == states
        assert told[0]["fileHref"] == ""


def test_bk8_a_file_that_cannot_be_made_is_as_one_that_was_not_asked_for(house: House) -> None:
    paid(house, "100000")
    (statement,) = house.small.statements().values()
    statement.unlink()
    key = broker_key(house)
    key.post(FD, {"begin": DAY, "end": DAY})
    assert key.get(f"{FD}?type=true")["data"] == []
    assert list((house.folder / report_files.FOLDER).glob("*")) == []
    with pytest.raises(OutsideFailure, match="bring it back"):
        house.read(lambda connection: statements_between(connection, house.folder / "statements", BROKER, HOUR, HOUR))


def test_bk8_a_file_is_kept_for_30_days(house: House) -> None:
    paid(house, "100000")
    key = broker_key(house)
    key.post(FD, {"begin": DAY, "end": DAY})
    folder = house.folder / report_files.FOLDER
    assert len(list(folder.iterdir())) == 1
    with house.door.database.begin() as connection:
        old = time.time_ns() - report_files.KEPT_NS
        connection.exec_driver_sql(f"UPDATE broker_reports SET asked_ns = {old}")
    key.post(ND, {"begin": DAY, "end": DAY})
    assert key.get(f"{FD}?type=true")["data"] == []
    assert len(list(folder.iterdir())) == 1  # the newer one


def test_bk8_a_broker_sees_its_own_files_alone(house: House) -> None:
    paid(house, "100000")
    second_broker(house)
    broker_key(house).post(FD, {"begin": DAY, "end": DAY})
    other = host_key(house, 1_005)
    assert other.get(f"{FD}?type=true")["data"] == []
    assert table(house, other, FD) == []


def test_bk9_an_orders_row_is_summed_from_the_statements(house: House) -> None:
    paid(house, "100000", "50000")
    first, second = table(house, broker_key(house), FD)
    expected = {
        "brokerCode": CODE,
        "level": "Lv1",
        "instId": "BTC-USDT",
        "spotTradeAmt": "100000",
        "derivativeTradeAmt": "0",
        "fee": "100",
        "netFee": "100",
        "settlementFee": "100",
        "brokerRebate": "35",
        "suBrokerRebate": "0",
        "userRebate": "0",
        "affiliated": "false",
    }
    assert {name: first[name] for name in expected} == expected
    assert (second["fee"], second["brokerRebate"]) == ("50", "17.5")
    assert int(first["ordId"]) < int(second["ordId"])
    assert first["ts"] == str(HOUR * 3_600_000)


def test_bk9_what_an_exclusion_keeps_from_earning_is_no_settlement_fee(house: House) -> None:
    house.small.level(TAKER, 6)
    paid(house, "100000")
    (row,) = table(house, broker_key(house), FD)
    assert (row["level"], row["netFee"], row["settlementFee"]) == ("VIP6", "100", "0")
    assert row["brokerRebate"] == "0"


def test_bk9_fills_of_one_order_are_one_row(house: House) -> None:
    half = trade_records("50000")
    house.send(half[0])
    house.send(*trade_records("100000")[1:])
    house.send(*trade_records("50000")[:1])  # the rest of the buy is met by another sell
    settle(house)
    rows = table(house, broker_key(house), FD)
    assert [row["spotTradeAmt"] for row in rows] == ["100000"]


def test_bk9_clients_with_accounts_and_sub_accounts_are_apart(house: House) -> None:
    keeps_clients(house)
    fund_broker(house)
    key = broker_key(house)
    sub = kept_key(house, key, "/broker/dma", "client1")
    funded(key, "client1", "5000")
    house.send(*trade_records("1000"))
    house.send(trade_records("2000")[0])
    assert sub.order(sz="2000")["sCode"] == "0"
    settle(house)
    (own,), (kept,) = table(house, key, FD), table(house, key, ND)
    assert (own["brokerRebate"], kept["brokerRebate"]) == ("0.35", "0.7")
    (traded,) = table(house, key, TRADES)
    assert (traded["subAcct"], traded["instId"], traded["amt"]) == ("client1", "BTC-USDT", "2000")
    assert (traded["fee"], traded["execType"], traded["ccy"]) == ("-2", "T", "USDT")
    (daily,) = key.get(f"/broker/nd/rebate-daily?begin={DAY}&end={DAY}")["data"]
    assert (daily["totalRebate"], daily["page"], daily["totalPage"]) == ("0.7", "1", "1")
    assert daily["details"] == [{"subAcct": "client1", "rebate": "0.7", "ts": "1763942400000"}]
    (nothing,) = key.get(f"/broker/nd/rebate-daily?begin={DAY}&end={DAY}&subAcct=client2")["data"]
    assert nothing["details"] == []
    whole = house.read(
        lambda connection: paid_by_day(
            statements_between(connection, house.folder / "statements", BROKER, HOUR, HOUR),
            frozenset({TAKER, subaccount(PAYOUT, 1)}),
        )
    )
    assert sum(whole.values()) == 105_000_000  # all that was paid, 1.05


def test_bk9_a_broker_whose_clients_came_by_both_ways_must_choose(house: House) -> None:
    with house.door.database.begin() as connection:
        consents.give(connection, house.door.venue, TAKER, BROKER, How.OAUTH, 1, 72)
    paid(house, "100000")
    key = broker_key(house)
    assert len(table(house, key, FD)) == 1  # they came by one way
    with house.door.database.begin() as connection:
        consents.give(connection, house.door.venue, MAKER, BROKER, How.PAGE, 1, 72)
    for asked in ({"begin": DAY, "end": DAY}, {"begin": DAY, "end": DAY, "brokerType": ""}):
        assert key.post(FD, asked)["code"] == "50044"
    assert [row["brokerRebate"] for row in table(house, key, FD, brokerType="oauth")] == ["35"]
    assert table(house, key, FD, brokerType="api") == []
    user_key = host_key(house, TAKER, brokers=frozenset({BROKER}))
    assert key.get(f"/broker/fd/if-rebate?apiKey={user_key.api_key}")["code"] == "50044"
    assert if_rebate(key, user_key, "&brokerType=oauth")["type"] == "0"


# -- the host -----------------------------------------------------------------------------------------------------


def test_bk10_two_of_the_host_set_a_brokers_terms(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    terms = {"addresses": ["2001:DB8::1", "192.0.2.7"], "non_disclosed": True, "subaccounts_most": 7}
    asked = first.post(f"/host/v1/brokers/{CODE}", terms)
    assert asked.status_code == 200, asked.text
    assert first.get("/host/v1/brokers").json()[0]["addresses"] == []  # one alone changes nothing
    assert error(house.approve(asked.json(), first)) == "own_request"
    assert house.approve(asked.json(), second).status_code == 200
    (told,) = first.get("/host/v1/brokers").json()
    assert told == {
        "broker": CODE,
        "active": True,
        "payout_account": str(PAYOUT),
        "addresses": ["192.0.2.7", "2001:db8::1"],
        "non_disclosed": True,
        "subaccounts_most": 7,
        "number": str(BROKER),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"addresses": ["nowhere"]},
        {"addresses": ["192.0.2.7"] * 101},
        {"non_disclosed": True},
        {"subaccounts_most": 1},
        {"non_disclosed": True, "subaccounts_most": 1 << 20},
    ],
)
def test_bk10_terms_that_cannot_be_are_refused(house: House, wrong: dict[str, Any]) -> None:
    body = {"addresses": [], "non_disclosed": False, "subaccounts_most": 0} | wrong
    assert error(house.owner(HOST).post(f"/host/v1/brokers/{CODE}", body)) == "bad_request"
    assert error(house.owner(HOST).post("/host/v1/brokers/NOBODY", body | {"addresses": []})) in (
        "no_such_broker",
        "bad_request",
    )


def test_a_key_of_a_broker_that_withdraws_is_nobodys(house: House) -> None:
    asks_from(house, HERE)
    key_for(client(house))
    with house.door.database.begin() as connection:
        assert consents.withdraw(connection, TAKER, BROKER, 1)
        assert not consents.withdraw(connection, TAKER, BROKER, 2)
        rows = connection.execute(api_keys.select()).all()
    assert [row.revoked for row in rows] == [True]
