"""Who may earn on whom. Rules: docs/rules/consents.md, CN-1 to CN-11."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from spec.broker.clients import (
    SECOND_BROKER,
    SECOND_CODE,
    Key,
    agree,
    asks_from,
    attributions,
    client,
    error,
    host_key,
    key_for,
    second_broker,
)
from spec.house import House, Person
from spec.small_exchange import BROKER, CODE, MAKER, NORTH, PAYOUT, SOUTH, TAKER, one, units

from commonbook.broker import consents, spoofing
from commonbook.broker.consenting import (
    PROGRAMS,
    Client,
    ClientReason,
    Consent,
    How,
    Refusal,
    cap_of,
    cap_text,
    capped,
    consent_text,
    earns_from_ns,
    in_force,
    is_own_person,
    judged,
    refuses,
)
from commonbook.errors import BadInput, Declined
from commonbook.gateway.okx_v5 import trade_history
from commonbook.instrument.accounts import subaccount
from commonbook.records import Attribution, CommandKind
from commonbook.storage.tables.broker_clients import broker_consents
from commonbook.units import HOUR_NS

MOVING_HOURS = 72
MOVING_NS = MOVING_HOURS * HOUR_NS
BROKERS = "/account/v1/brokers"
DAY_NS = 24 * HOUR_NS
REFUSED = (Refusal(1, TAKER, 0, 7, 1, 0),)
ROW = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1", "sz": "1", "tag": CODE}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def consent(given_ns: int = 0, ended_ns: int = 0, broker: int = BROKER, earns_from: int = 0, cap: int = -1) -> Consent:
    return Consent(1, TAKER, broker, 7, How.PAGE, "2026-1", cap, given_ns, earns_from or given_ns, ended_ns, False)


# -- yes ----------------------------------------------------------------------------------------------------------


def test_cn1_a_consent_is_a_row_with_its_times_and_rows_only_ever_end(house: House) -> None:
    house.at(1)
    user = client(house)
    told = agree(user, cap="20").json()
    assert (told["broker"], told["cap"], told["how"], told["ended_ns"]) == (CODE, "20", "page", "")
    assert told["given_ns"] == told["earns_from_ns"] == str(house.now_ns)
    house.at(2)
    user.post(f"{BROKERS}/{CODE}/withdraw")
    (row,) = house.small.rows(broker_consents, "consent")
    assert (row["account"], row["broker"], row["user_id"], row["how"]) == (TAKER, BROKER, user.user, "page")
    assert (row["cap_e8"], row["ended_ns"], row["was_replaced"]) == (20_000_000, house.now_ns, False)
    history = user.get(f"{BROKERS}/history").json()
    assert [one["ended_ns"] for one in history["consents"]] == [str(house.now_ns)]


def test_cn1_a_consent_takes_a_browser_and_a_factor_shown_lately_and_is_logged(house: House) -> None:
    late = house.person(SOUTH, account=TAKER, lately=False)
    assert error(agree(late)) == "second_factor_needed"
    assert error(house.ask("POST", f"{BROKERS}/{CODE}/consent", {"text_version": "2026-1"}, SOUTH)) == "sign_in"
    agree(client(house), cap="1.5")
    with house.door.database.connect() as connection:
        acts = connection.exec_driver_sql("SELECT act, subject, details FROM audit_log").all()
    assert [(row.act, row.subject) for row in acts] == [("agree with broker", f"broker:{CODE}")]
    assert '"cap":"1.5"' in acts[0].details


def test_cn1_what_a_master_says_holds_for_its_sub_accounts(house: House) -> None:
    with house.door.database.begin() as connection:
        said = consents.give(connection, house.door.venue, subaccount(TAKER, 3), BROKER, How.PAGE, house.now_ns, 72)
        assert said.account == TAKER
        assert consents.standing_consents(connection, subaccount(TAKER, 1)) == [said]


def test_cn2_nobody_agrees_to_a_text_that_was_not_shown(house: House) -> None:
    user = client(house)
    shown = user.get(f"{BROKERS}/{CODE}/text").json()
    assert (shown["broker"], shown["text"]) == (CODE, consent_text(CODE))
    assert CODE in shown["text"]
    assert "{cap} per cent of each fee" in shown["text_with_cap"]
    assert error(agree(user, text_version="2025-9")) == "bad_request"
    assert agree(user, text_version=shown["text_version"]).status_code == 200


def test_cn2_the_text_says_the_cap_in_words() -> None:
    assert "at the most what its program pays" in consent_text(CODE)
    assert "at the most 12.5 per cent of each fee" in consent_text(CODE, cap_of("12.5"))


def test_cn3_a_new_consent_takes_the_place_of_the_earlier_one(house: House) -> None:
    user = client(house)
    agree(user)
    house.at(5)
    agree(user, cap="10")
    newest, before = house.read(lambda connection: consents.consents_of(connection, TAKER))
    assert (before.cap_e8, before.ended_ns, before.was_replaced) == (PROGRAMS, house.now_ns, True)
    assert (newest.cap_e8, newest.ended_ns) == (10_000_000, 0)
    assert newest.earns_from_ns == before.earns_from_ns  # what has begun to earn goes on


@pytest.mark.parametrize(("text", "cap"), [("", PROGRAMS), ("0", 0), ("0.000001", 1), ("100", 100_000_000)])
def test_cn3_a_cap_is_a_percentage_of_the_fee(text: str, cap: int) -> None:
    assert cap_of(text) == cap
    assert cap_text(cap) == text


@pytest.mark.parametrize("wrong", ["-1", "100.000001", "0.0000001", "ten", "1e3"])
def test_cn3_what_is_no_percentage_is_refused(house: House, wrong: str) -> None:
    with pytest.raises(BadInput):
        cap_of(wrong)
    assert error(agree(client(house), cap=wrong)) == "bad_request"
    assert house.small.rows(broker_consents, "consent") == []


@pytest.mark.parametrize(
    ("commission", "cap", "left"),
    [
        ("14", "20", "9"),
        ("14", "50", "14"),
        ("14", "0", "0"),
        ("14", "", "14"),
        ("8.99999999", "20", "8.99999999"),
        ("14", "0.000001", "0.00000045"),
    ],
)
def test_cn4_a_commission_above_the_cap_is_cut_to_it(commission: str, cap: str, left: str) -> None:
    # Line 1 of the worked example: a fee of 45.00 of which 40.00 are net, and 35 % of them 14.00.
    assert capped(units(commission), units("45"), cap_of(cap), 8, 8) == units(left)


def test_cn4_the_cut_is_rounded_down_at_the_decimals_of_commissions_and_a_rebate_has_no_fee() -> None:
    assert capped(10**18, 3_333_333_333_333_333_333, cap_of("10"), 18, 8) == 333_333_330_000_000_000
    assert capped(units("1"), units("-5"), cap_of("50"), 8, 8) == 0


# -- whose keys ---------------------------------------------------------------------------------------------------


def test_cn5_a_key_becomes_a_brokers_when_it_is_made(house: House) -> None:
    key = key_for(client(house), cap="30")
    assert key.order(tag=CODE)["brokerCode"] == CODE
    (said,) = house.read(lambda connection: consents.standing_consents(connection, TAKER))
    assert (said.how, said.cap_e8, said.broker) == (How.KEY, 30_000_000, BROKER)


def test_cn5_a_key_becomes_a_brokers_later(house: House) -> None:
    user, key = client(house), host_key(house, TAKER)
    assert key.order(tag=CODE)["brokerCode"] == ""
    agree(user, keys=[key.api_key])
    assert key.order(tag=CODE)["brokerCode"] == CODE
    assert attributions(house) == [(0, Attribution.NOT_ASSOCIATED), (BROKER, Attribution.BROKER)]
    (told,) = user.get(BROKERS).json()["brokers"]
    assert (told["broker"], told["consent"]["how"], told["refused"]) == (CODE, "key", False)
    assert told["keys"] == [{"api_key": key.api_key, "held": False}]


def test_cn5_another_users_key_is_as_one_that_is_not_there(house: House) -> None:
    other = host_key(house, MAKER)
    assert error(agree(client(house), keys=[other.api_key])) == "no_such_key"
    assert house.small.rows(broker_consents, "consent") == []  # all of it or nothing


def test_cn5_the_tag_says_which_of_several_brokers_earns(house: House) -> None:
    second_broker(house)
    user, key = client(house), host_key(house, TAKER)
    agree(user, keys=[key.api_key])
    agree(user, SECOND_CODE, keys=[key.api_key])
    told = [key.order(tag=tag)["brokerCode"] for tag in (CODE, SECOND_CODE, "SOMELIBRARY", "")]
    assert told == [CODE, SECOND_CODE, "", ""]


def test_cn5_nobody_comes_to_a_broker_that_is_not_there_or_not_active(house: House) -> None:
    user = client(house)
    assert error(agree(user, "NOBODY")) == "no_such_broker"
    inactive(house)
    assert error(agree(user)) == "broker_inactive"


def inactive(house: House) -> None:
    house.send(one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode()))


# -- no -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [CODE, ""])
def test_cn6_a_refusal_takes_the_broker_off_all_orders_within_a_second(house: House, refused: str) -> None:
    user = client(house)
    key = key_for(user)
    before = house.authenticator.find(key.api_key)
    told = user.post("/account/v1/broker-refusals", {"broker": refused}).json()
    assert [(one["broker"], one["lifted_ns"]) for one in told["refusals"]] == [(refused, "")]
    assert told["brokers"][0]["refused"] is True
    house.second_passes()
    assert key.order(tag=CODE) | {"ordId": "", "ts": ""} == {
        "ordId": "",
        "clOrdId": "",
        "tag": CODE,  # told back as it was sent
        "ts": "",
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
        "brokerCode": "",
    }
    assert before is not None
    assert house.authenticator.is_current(before)  # a connection that is open stays open
    assert error(agree(user)) == "broker_refused"
    user.post("/account/v1/broker-refusals/lift", {"broker": refused})
    house.second_passes()
    assert key.order(tag=CODE)["brokerCode"] == CODE


def test_cn6_a_refusal_holds_for_sub_accounts_and_for_batches_on_either_way(house: House) -> None:
    user = client(house)
    key = key_for(user)
    long = ROW | {"attachAlgoOrds": [], "px": 1}  # left to the long way by its JSON number
    sub = house_subaccount(house, key, "trader1")
    for way in (ROW, long):
        assert [one["brokerCode"] for one in key.post("/trade/batch-orders", [way, way])["data"]] == [CODE, CODE]
    assert sub.order(tag=CODE)["brokerCode"] == CODE
    user.post("/account/v1/broker-refusals", {"broker": CODE})
    house.second_passes()
    for way in (ROW, long):
        assert [one["brokerCode"] for one in key.post("/trade/batch-orders", [way, way])["data"]] == ["", ""]
    assert sub.order(tag=CODE)["brokerCode"] == ""
    assert attributions(house)[-5:] == [(0, Attribution.NOT_ASSOCIATED)] * 5


def house_subaccount(house: House, key: Key, name: str) -> Key:
    """A sub-account with some funds and a key, by its master's key."""
    key.post("/users/subaccount/create-subaccount", {"subAcct": name, "label": "desk"})
    move = {"ccy": "USDT", "amt": "1000", "from": "18", "to": "18", "type": "1", "subAcct": name}
    assert key.post("/asset/transfer", move)["code"] == "0"
    asked = {"subAcct": name, "label": "bot", "passphrase": "Secret-42-x", "perm": "read_only,trade", "ip": "127.0.0.1"}
    told = key.post("/users/subaccount/apikey", asked)["data"][0]
    return Key(house, told["apiKey"], told["secretKey"], key.brand, "Secret-42-x")


def test_cn6_refusing_takes_no_factor_and_lifting_does(house: House) -> None:
    late = house.person(SOUTH, account=TAKER, lately=False)
    assert late.post("/account/v1/broker-refusals", {"broker": CODE}).status_code == 200
    assert error(late.post("/account/v1/broker-refusals/lift", {"broker": CODE})) == "second_factor_needed"
    assert error(client(house).post("/account/v1/broker-refusals/lift", {})) == "no_such_refusal"


def test_cn6_a_broker_that_is_not_active_can_be_refused_and_one_that_is_not_there_cannot(house: House) -> None:
    user = client(house)
    assert error(user.post("/account/v1/broker-refusals", {"broker": "NOBODY"})) == "no_such_broker"
    inactive(house)
    assert user.post("/account/v1/broker-refusals", {"broker": CODE}).status_code == 200


def test_cn6_a_refusal_is_judged_by_its_times() -> None:
    stood = [Refusal(1, TAKER, 0, 7, 10, 20), Refusal(2, TAKER, SECOND_BROKER, 7, 15, 0)]
    assert [refuses(stood, BROKER, now) for now in (9, 10, 19, 20)] == [False, True, True, False]
    assert [refuses(stood, SECOND_BROKER, now) for now in (9, 14, 20, 10**9)] == [False, True, True, True]


def test_cn7_a_withdrawn_consent_ends_with_its_keys_in_one_step(house: House) -> None:
    user, own = client(house), host_key(house, TAKER)
    asks_from(house, "127.0.0.1")
    held = key_for(user)
    agree(user, keys=[own.api_key])
    assert [one.order(tag=CODE)["brokerCode"] for one in (held, own)] == [CODE, CODE]
    house.at(3)
    left = user.post(f"{BROKERS}/{CODE}/withdraw").json()
    assert left["brokers"] == []
    house.second_passes()
    assert held.get("/account/balance")["code"] == "50111"  # as one that was revoked
    assert own.order(tag=CODE)["brokerCode"] == ""
    (asked,) = [one for one in user.get("/account/v1/keys").json() if one["api_key"] == own.api_key]
    assert (asked["brokers"], asked["held_by"]) == ([], "")
    assert error(user.post(f"{BROKERS}/{CODE}/withdraw")) == "no_such_consent"


def test_cn7_what_is_filled_behind_the_end_of_a_consent_earns_nothing() -> None:
    ended = Client(BROKER, False, (), (consent(given_ns=100, ended_ns=200),))
    assert [judged(ended, now) for now in (100, 199, 200)] == [None, None, ClientReason.CONSENT_ENDED]
    again = Client(BROKER, False, (), (consent(given_ns=300), consent(given_ns=100, ended_ns=200)))
    assert [judged(again, now) for now in (199, 250, 300)] == [None, ClientReason.CONSENT_ENDED, None]


# -- seen ---------------------------------------------------------------------------------------------------------


def test_cn8_the_broker_that_earns_is_told_beside_the_tag(house: House) -> None:
    key = key_for(client(house))
    placed = key.order(tag=CODE, clOrdId="mine1")
    assert (placed["tag"], placed["brokerCode"]) == (CODE, CODE)
    small = key.order(tag=CODE, sz="0.000000001")  # far below the smallest: brokers ask so whether the tag arrives
    assert small["sCode"] != "0"
    assert small["tag"] == CODE
    amended = key.post("/trade/amend-order", {"instId": "BTC-USDT", "clOrdId": "mine1", "newSz": "2"})
    assert (amended["data"][0]["sCode"], amended["data"][0]["brokerCode"]) == ("0", CODE)
    other = key.order(tag="", clOrdId="mine2")
    sizes = [{"instId": "BTC-USDT", "clOrdId": name, "newSz": size} for name, size in (("mine2", "2"), ("mine1", "3"))]
    rows = key.post("/trade/amend-batch-orders", [*sizes, sizes[0] | {"clOrdId": "nobodys"}])["data"]
    assert [(row["sCode"] == "0", row["brokerCode"]) for row in rows] == [(True, ""), (True, CODE), (False, "")]
    assert rows[0]["ordId"] == other["ordId"]
    long = {"instId": "BTC-USDT", "clOrdId": "mine1", "newSz": 2, "newPx": ""}  # read the long way: a number is no text
    assert key.post("/trade/amend-order", long)["data"][0]["brokerCode"] == CODE
    key.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "mine2"})
    (told,) = key.get(f"/trade/order?instId=BTC-USDT&ordId={placed['ordId']}")["data"]
    assert (told["tag"], told["brokerCode"], told["sz"]) == (CODE, CODE, "2")
    (pending,) = key.get("/trade/orders-pending")["data"]
    assert (pending["tag"], pending["brokerCode"]) == (CODE, CODE)


def test_cn8_fills_and_the_orders_of_the_past_tell_the_broker_as_well(house: House) -> None:
    key, maker = key_for(client(house)), house.trader(MAKER)
    ask = {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "limit", "px": "2", "sz": "3"}
    assert maker.post("/api/v5/trade/order", ask).json()["code"] == "0"
    for tag in (CODE, ""):
        assert key.order(tag=tag, px="2", sz="1")["sCode"] == "0"
    long = 10**12  # the house's day is long ago
    with mock.patch.multiple(trade_history, THREE_DAYS_MS=long, WEEK_MS=long, THREE_MONTHS_MS=long):
        _must_tell_the_broker(key, maker)


def _must_tell_the_broker(key: Any, maker: Person) -> None:
    for path in ("/trade/fills", "/trade/fills-history?instType=SPOT", "/trade/orders-history?instType=SPOT"):
        told = key.get(path)["data"]
        assert [(one["tag"], one["brokerCode"]) for one in told] == [("", ""), (CODE, CODE)], path
    made = maker.get("/api/v5/trade/fills").json()["data"]
    assert [one["brokerCode"] for one in made] == ["", ""]  # whose the other side is, is nobody's business


def test_cn8_the_core_has_the_last_word_on_a_broker_that_is_not_active_any_more(house: House) -> None:
    key = key_for(client(house))
    codes = dict(house.door.venue.codes)
    inactive(house)
    house.door.venue.codes.update(codes)  # a gateway to which the change is still on its way
    asked = {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": "1",
        "sz": "1",
        "tag": CODE,
    }
    rows = key.post("/trade/batch-orders", [asked, asked | {"px": 1}])["data"] + [key.order(tag=CODE)]
    assert [one["brokerCode"] for one in rows] == ["", "", ""]
    assert attributions(house) == [(0, Attribution.CODE_INACTIVE)] * 3


@pytest.mark.parametrize(("count", "alarms"), [(50, False), (51, True)])
def test_cn8_a_tag_that_is_not_the_credentials_earns_nothing_and_is_counted(
    house: House, count: int, alarms: bool
) -> None:
    key = host_key(house, TAKER)
    for start in range(0, count, 20):
        answer = key.post("/trade/batch-orders", [ROW] * min(20, count - start))
        assert answer["code"] == "0"  # it does not fail the order
    assert set(attributions(house)) == {(0, Attribution.NOT_ASSOCIATED)}
    (told,) = house.owner(0).get("/host/v1/brokers/spoofed").json()
    assert told == {"tag": CODE, "orders": count, "accounts": 1, "alarm": alarms}
    later = house.read(lambda connection: spoofing.of_day(connection, house.now_ns + DAY_NS + 1, 50))
    assert later == []


# -- who earns at all -----------------------------------------------------------------------------------------------


def test_cn9_a_broker_does_not_earn_on_its_own_person(house: House) -> None:
    # PAYOUT is of the broker's person, and so is another account of that person at another brand.
    house.send(one(CommandKind.ACCOUNT, account=2_001, person=PAYOUT, brand=NORTH))
    venue = house.door.venue
    assert [is_own_person(venue, BROKER, one) for one in (PAYOUT, 2_001, subaccount(PAYOUT, 1), TAKER, 9_999)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert is_own_person(venue, 77, PAYOUT) is False
    for account, brand in ((PAYOUT, SOUTH), (2_001, NORTH)):
        assert error(agree(house.person(brand, account=account))) == "self_referral"
    assert house.small.rows(broker_consents, "consent") == []
    assert judged(Client(BROKER, True, REFUSED, (consent(),)), 5) is ClientReason.SELF_REFERRAL


def test_cn9_a_client_in_a_brokers_sub_account_is_not_the_brokers_person(house: House) -> None:
    sub = subaccount(PAYOUT, 1)
    assert is_own_person(house.door.venue, BROKER, sub, is_non_disclosed=True) is False
    assert is_own_person(house.door.venue, BROKER, PAYOUT, is_non_disclosed=True) is True  # no sub-account at all


def test_cn10_an_account_that_moves_earns_for_the_new_broker_from_the_first_hour_behind_72() -> None:
    # 10:20 on the 1st; 72 hours later it is 10:20 on the 4th.
    given = 10 * HOUR_NS + HOUR_NS // 3
    first = 3 * DAY_NS + 11 * HOUR_NS
    assert earns_from_ns(given, [consent(given_ns=1)], MOVING_HOURS) == first
    assert earns_from_ns(given, [consent(given_ns=1, ended_ns=given)], MOVING_HOURS) == first
    late = 100 * DAY_NS
    assert earns_from_ns(late, [consent(1, ended_ns=late - MOVING_NS + 1)], MOVING_HOURS) == late + MOVING_NS
    assert earns_from_ns(late, [consent(1, ended_ns=late - MOVING_NS)], MOVING_HOURS) == late
    assert earns_from_ns(given, [], MOVING_HOURS) == given


def test_cn10_only_the_users_own_act_moves_an_account(house: House) -> None:
    second_broker(house)
    user = client(house)
    agree(user)
    house.at(1, 1_200)
    told = agree(user, SECOND_CODE).json()
    assert int(told["earns_from_ns"]) == house.now_ns // HOUR_NS * HOUR_NS + MOVING_NS + HOUR_NS
    moved = house.read(lambda connection: consents.consents_of(connection, TAKER))
    assert {one.broker: one.ended_ns for one in moved} == {BROKER: 0, SECOND_BROKER: 0}  # the first one stands
    client_ = Client(SECOND_BROKER, False, (), [one for one in moved if one.broker == SECOND_BROKER])
    earns_from = int(told["earns_from_ns"])
    assert [judged(client_, now) for now in (earns_from - 1, earns_from)] == [ClientReason.MOVED_LATELY, None]


def test_cn10_a_broker_that_is_agreed_to_again_does_not_begin_anew(house: House) -> None:
    second_broker(house)
    user = client(house)
    agree(user)
    agree(user, SECOND_CODE)
    house.at(1)
    told = agree(user, cap="5").json()
    assert int(told["earns_from_ns"]) < int(told["given_ns"])


def test_cn11_the_first_reason_that_applies_is_told() -> None:
    moving = (consent(given_ns=10, earns_from=30),)
    ended = (consent(given_ns=10, ended_ns=20),)
    cases: list[tuple[Client, int, ClientReason | None]] = [
        (Client(BROKER, True, REFUSED, ended), 25, ClientReason.SELF_REFERRAL),
        (Client(BROKER, False, REFUSED, ended), 25, ClientReason.REFUSED),
        (Client(BROKER, False, (), ended), 25, ClientReason.CONSENT_ENDED),
        (Client(BROKER, False, (), moving), 25, ClientReason.MOVED_LATELY),
        (Client(BROKER, False, (), moving), 30, None),
        (Client(BROKER, False, (), moving), 9, ClientReason.CONSENT_ENDED),  # before the first yes there is none
        (Client(BROKER, False), 25, None),  # the host's own doing
    ]
    assert [judged(one, now) for one, now, _ in cases] == [expected for _, _, expected in cases]
    assert list(ClientReason) == [
        "SELF_REFERRAL",
        "REFUSED",
        "CONSENT_ENDED",
        "MOVED_LATELY",
        "CUT_BY_CONSENT",
    ]


def test_cn11_what_is_to_be_known_of_clients_comes_together(house: House) -> None:
    second_broker(house)
    user = client(house)
    agree(user)
    user.post("/account/v1/broker-refusals", {"broker": SECOND_CODE})
    pairs = [(TAKER, BROKER), (TAKER, SECOND_BROKER), (PAYOUT, BROKER), (subaccount(TAKER, 1), BROKER), (MAKER, BROKER)]
    found = house.read(lambda connection: consents.clients_of(connection, house.door.venue, pairs))
    reasons = [judged(found[pair], house.now_ns) for pair in pairs]
    assert reasons == [None, ClientReason.REFUSED, ClientReason.SELF_REFERRAL, None, None]
    assert in_force(found[TAKER, BROKER].consents, house.now_ns) is not None


def test_two_at_once_leave_one_consent(house: House) -> None:
    with house.door.database.begin() as connection:
        for cap in (1, 2, 3):
            consents.give(connection, house.door.venue, TAKER, BROKER, How.PAGE, house.now_ns, 72, cap)
        assert [one.cap_e8 for one in consents.standing_consents(connection, TAKER)] == [3]


def test_a_refusal_that_stands_is_not_written_twice(house: House) -> None:
    with house.door.database.begin() as connection:
        assert consents.refuse(connection, TAKER, BROKER, 1, 10)
        assert not consents.refuse(connection, TAKER, BROKER, 1, 11)
        assert consents.lift(connection, TAKER, BROKER, 12)
        assert not consents.lift(connection, TAKER, BROKER, 13)
        assert [(one.refused_ns, one.lifted_ns) for one in consents.refusals_of(connection, TAKER)] == [(10, 12)]
        with pytest.raises(Declined, match="its own person"):
            consents.give(connection, house.door.venue, PAYOUT, BROKER, How.PAGE, 14, 72)
