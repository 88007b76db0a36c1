"""Simulated trading: `x-simulated-trading: 1` and keys of its own. S-1 to S-6 of docs/rules/simulated.md."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.test_okx_sessions import Browser
from conformance.okx_v5.wire import MANY_CONNECTIONS, ORDER, Answer, Hand, Running, checked, started
from websockets.exceptions import InvalidStatus

from commonbook.instrument.accounts import FIRST_MADE
from commonbook.simulated.house import HOUSE_ACCOUNT

SIMULATED = {"x-simulated-trading": "1"}
LIVE = {"x-simulated-trading": ""}
BOOK = "/market/books?instId=BTC-USDT&sz="
TICKER = "/market/ticker?instId=BTC-USDT"


@pytest.fixture
def player(running: Running, alice: Hand) -> Hand:
    """Alice with a simulated key."""
    return running.simulated(alice)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Running]:
    """An exchange whose host has switched simulated trading off."""
    with started(tmp_path, MANY_CONNECTIONS + "[simulated]\nenabled = false\n") as found:
        yield found


def public(running: Running, path: str, **headers: str) -> Answer:
    return checked(running.http.get(f"/api/v5{path}", headers=headers))


# -- S-1: which venue is meant ----------------------------------------------------------------------------------------


def test_s1_a_key_of_one_venue_is_told_by_the_other_that_the_environment_is_wrong(alice: Hand, player: Hand) -> None:
    for method, path, body in (
        ("GET", "/account/balance", ""),
        ("POST", "/trade/order", json.dumps(ORDER)),
        ("POST", "/asset/transfer", "{}"),
    ):
        assert alice.send(method, path, body, changed=SIMULATED).told() == (401, "50101")
        assert player.send(method, path, body, changed=LIVE).told() == (401, "50101")
        assert player.send(method, path, body, changed={"x-simulated-trading": "0"}).told() == (401, "50101")
    assert alice.get("/account/config").code == player.get("/account/config").code == "0"
    assert alice.get("/trade/orders-pending").data == player.get("/trade/orders-pending").data == []


def test_s1_a_key_that_neither_has_is_unknown_to_both(alice: Hand, player: Hand) -> None:
    stranger = {"OK-ACCESS-KEY": "00000000-0000-0000-0000-000000000000"}
    assert alice.send("GET", "/account/balance", changed=stranger).told() == (401, "50111")
    assert player.send("GET", "/account/balance", changed=stranger).told() == (401, "50111")


def test_s1_a_web_session_is_of_one_venue(running: Running, alice: Hand) -> None:
    browser = Browser(running, alice.account)
    assert browser.get("/account/config").code == "0"
    assert browser.get("/account/config", **SIMULATED).told() == (401, "50101")
    assert browser.post("/trade/order", ORDER, **SIMULATED).told() == (401, "50101")


def test_s1_public_routes_answer_from_the_venue_that_is_meant(running: Running, alice: Hand, bob: Hand) -> None:
    before = public(running, TICKER, **SIMULATED).row
    alice.placed(side="sell", px="78300", sz="0.01")
    bob.placed(px="78300", sz="0.01", ordType="ioc")
    running.wait(lambda: public(running, TICKER).row["last"] == "78300", 60)
    after = public(running, TICKER, **SIMULATED).row
    names = ("last", "lastSz", "vol24h")
    assert [after[name] for name in names] == [before[name] for name in names]
    listed = public(running, "/public/instruments?instType=SPOT", **SIMULATED).data
    assert [row["instId"] for row in listed] == ["BTC-USDT", "ETH-USDT"]
    assert public(running, "/public/time", **SIMULATED).code == "0"


@pytest.mark.parametrize("marked", ["header", "query"])
def test_s1_a_login_over_websocket_is_of_the_venue_that_the_connection_was_opened_to(
    running: Running, alice: Hand, player: Hand, marked: str
) -> None:
    url, headers = ("private", SIMULATED) if marked == "header" else ("private?brokerId=9999", None)
    with SocketHand(running, url, headers) as hand:
        assert hand.login(player)["code"] == "0"
    with SocketHand(running, url, headers) as hand:
        answer = hand.login(alice)
        assert (answer["event"], answer["code"]) == ("error", "50101")
        assert hand.closed()[0] == 4001


def test_s1_a_simulated_key_logs_in_nowhere_else(running: Running, player: Hand) -> None:
    with SocketHand(running, "private") as hand:
        answer = hand.login(player)
        assert (answer["event"], answer["code"]) == ("error", "50101")


def test_s1_a_login_whose_key_is_no_text_is_refused_like_any(running: Running) -> None:
    with SocketHand(running, "private", SIMULATED) as hand:
        hand.send({"op": "login", "args": [{"ticket": "none", "apiKey": [1]}]})
        assert hand.receive()["code"] == "60009"


def test_s1_any_other_query_of_a_websocket_says_nothing(running: Running, alice: Hand) -> None:
    with SocketHand(running, "private?brokerId=1&x=9999", {"x-simulated-trading": "0"}) as hand:
        assert hand.login(alice)["code"] == "0"


# -- S-2: two venues --------------------------------------------------------------------------------------------------


def test_s2_orders_balances_and_history_of_one_are_never_in_the_other(
    running: Running, alice: Hand, player: Hand
) -> None:
    live_before = alice.balances()
    resting = player.placed(clOrdId="play1")
    taken = player.placed(ordType="market", tgtCcy="base_ccy", sz="0.02")
    assert player.order(taken)["state"] == "filled"
    fills = player.get("/trade/fills").data
    assert sum(Decimal(fill["fillSz"]) for fill in fills) == Decimal("0.02")
    assert {fill["ordId"] for fill in fills} == {taken}
    assert [order["ordId"] for order in player.get("/trade/orders-pending").data] == [resting]
    assert alice.balances() == live_before
    for path in ("/trade/orders-pending", "/trade/orders-history?instType=SPOT", "/trade/fills"):
        assert alice.get(path).data == []
    assert {bill["type"] for bill in alice.get("/account/bills").data} == {"1"}
    ours = alice.placed(clOrdId="play1")  # the name is free: it is taken in the other venue
    assert [order["ordId"] for order in alice.get("/trade/orders-pending").data] == [ours]
    assert player.cancel(resting)["sCode"] == "0"
    assert alice.order(ours)["state"] == "live"
    assert alice.cancel(ours)["sCode"] == "0"


def test_s2_streams_tell_of_their_own_venue(running: Running, alice: Hand, player: Hand) -> None:
    with SocketHand(running, "private") as live, SocketHand(running, "private", SIMULATED) as simulated:
        for hand, who in ((live, alice), (simulated, player)):
            assert hand.login(who)["code"] == "0"
            assert hand.subscribe("orders", instType="SPOT")["event"] == "subscribe"
        theirs = player.placed()
        assert simulated.push("orders")["data"][0]["ordId"] == theirs
        sent = simulated.order("order", ORDER)["data"][0]
        assert player.order(sent["ordId"])["state"] == "live"
        ours = alice.placed()
        assert live.push("orders")["data"][0]["ordId"] == ours
        alice.cancel(ours)
        player.cancel(theirs)
        player.cancel(sent["ordId"])
        live.drain()
        told = [message for message in live.messages if message.get("arg", {}).get("channel") == "orders"]
        assert {row["ordId"] for message in told for row in message.get("data", ())} == {ours}


def test_s2_sub_accounts_transfers_and_their_keys_are_the_same_there(running: Running, player: Hand) -> None:
    sub = player.open_sub("player1")
    assert sub.simulated
    assert sub.balances()["USDT"] == ("100000", "0")  # S-5: a first key brings first funds
    moved = {"subAcct": "player1", "ccy": "USDT", "amt": "50", "from": "18", "to": "18", "type": "1"}
    assert player.post("/asset/transfer", moved).code == "0"
    assert sub.balances()["USDT"] == ("100050", "0")
    assert sub.send("GET", "/account/balance", changed=LIVE).told() == (401, "50101")
    live = Hand(player.http, player.key, player.account, player.brand, player.data_dir)
    assert live.get("/users/subaccount/list").told() == (401, "50101")
    assert running.rows("SELECT * FROM subaccounts WHERE name = 'player1'") == []


def test_s2_a_signed_order_works_once(player: Hand) -> None:
    body = json.dumps(ORDER)
    headers = player.sign("POST", "/trade/order", body)
    order = player.repeat("POST", "/trade/order", body, headers).row["ordId"]
    assert player.repeat("POST", "/trade/order", body, headers).told() == (401, "50102")
    player.cancel(order)


# -- S-3 and S-4: like the live one -----------------------------------------------------------------------------------


def test_s3_an_account_has_its_brand_level_and_fees_in_both(running: Running, alice: Hand, player: Hand) -> None:
    for path in ("/account/trade-fee?instType=SPOT", "/public/instruments?instType=SPOT"):
        mine, theirs = alice.get(path).data, player.get(path).data
        for row in (*mine, *theirs):
            for when in ("ts", "listTime", "contTdSwTime"):  # when this venue came to have it
                row.pop(when, None)
        assert mine == theirs
    vip = running.vip()
    names = ("uid", "level", "acctLv")
    live, simulated = vip.get("/account/config").row, running.simulated(vip).get("/account/config").row
    assert [live[name] for name in names] == [simulated[name] for name in names]


def levels(running: Running, headers: dict[str, str]) -> dict[str, list[list[str]]]:
    """Price and size of the best 25 on each side."""
    book = public(running, BOOK + "25", **headers).row
    return {side: [level[:2] for level in book[side]] for side in ("bids", "asks")}


def test_s4_live_levels_stand_in_the_simulated_book_and_come_back_when_they_are_taken(
    running: Running, alice: Hand, player: Hand
) -> None:
    running.wait(lambda: levels(running, {}) == levels(running, SIMULATED), 60)
    order = alice.placed(px="78297", sz="0.7")
    running.wait(lambda: ["78297", "0.7"] in levels(running, SIMULATED)["bids"], 60)
    taken = player.placed(side="sell", ordType="ioc", px="78297", sz="0.5")
    assert Decimal(player.order(taken)["accFillSz"]) == Decimal("0.5")
    assert alice.order(order)["accFillSz"] == "0"  # nothing flows back
    running.wait(lambda: ["78297", "0.7"] in levels(running, SIMULATED)["bids"], 60)
    alice.cancel(order)
    running.wait(lambda: levels(running, {}) == levels(running, SIMULATED), 60)


def test_s4_an_order_of_a_player_that_the_live_market_reaches_is_filled(
    running: Running, alice: Hand, player: Hand
) -> None:
    resting = player.placed(side="sell", px="78299", sz="0.01")  # between the sides: the best offer there
    assert player.order(resting)["state"] == "live"
    bid = alice.placed(px="78299", sz="0.05")
    running.wait(lambda: player.order(resting)["state"] == "filled", 60)
    assert alice.order(bid)["accFillSz"] == "0"
    alice.cancel(bid)
    running.wait(lambda: levels(running, {}) == levels(running, SIMULATED), 60)


def test_s4_the_house_has_no_live_account(running: Running, alice: Hand) -> None:
    assert HOUSE_ACCOUNT == FIRST_MADE - 1
    assert running.rows("SELECT 1 FROM orders WHERE account = :house", house=HOUSE_ACCOUNT) == []


# -- S-5 and S-6: test funds ------------------------------------------------------------------------------------------


def ask_funds(hand: Hand, amount: str, **more: Any) -> Answer:
    return hand.post("/asset/simulated-funds", {"ccy": "USDT", "amt": amount} | more)


def test_s5_a_first_key_brings_first_funds_once(running: Running, player: Hand, alice: Hand) -> None:
    first = {"USDT": ("100000", "0"), "BTC": ("1", "0"), "ETH": ("10", "0")}
    assert player.balances() == first
    assert running.simulated(alice).balances() == first  # a second key brings nothing
    assert {bill["type"] for bill in player.get("/account/bills").data} == {"1"}


def test_s6_test_funds_are_given_on_request(player: Hand, alice: Hand) -> None:
    before = alice.balances()
    assert ask_funds(player, "250.5").row == {"ccy": "USDT", "amt": "250.5", "clientId": ""}
    assert player.balances()["USDT"] == ("100250.5", "0")
    assert alice.balances() == before


def test_s6_a_client_id_names_one_gift(player: Hand) -> None:
    for _ in range(2):
        assert ask_funds(player, "10", clientId="gift1").row["clientId"] == "gift1"
    assert player.balances()["USDT"] == ("100010", "0")
    assert ask_funds(player, "11", clientId="gift1").told() == (200, "51011")
    assert ask_funds(player, "10", clientId="gift1", ccy="BTC").told() == (200, "51011")
    assert player.balances()["USDT"] == ("100010", "0")


def test_s6_a_day_has_its_limit_and_what_is_repeated_is_not_counted_again(player: Hand) -> None:
    assert ask_funds(player, "900000", clientId="gift2").code == "0"  # with the first 100,000 all of the day's million
    assert ask_funds(player, "0.00000001").told() == (200, "51033")
    assert ask_funds(player, "1", clientId="gift3").told() == (200, "51033")
    assert ask_funds(player, "900000", clientId="gift2").code == "0"
    assert ask_funds(player, "1", clientId="gift3").told() == (200, "51033")
    assert player.balances()["USDT"] == ("1000000", "0")
    assert ask_funds(player, "5", ccy="BTC").code == "0"  # each currency has its own


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ccy": ""}, "50014"),
        ({"amt": ""}, "50014"),
        ({"ccy": "DOGE"}, "51000"),
        ({"amt": "x"}, "51000"),
        ({"amt": "0"}, "58114"),
        ({"amt": "-1"}, "58114"),
        ({"clientId": "a b"}, "51000"),
    ],
)
def test_s6_what_is_not_understood_is_refused(player: Hand, changed: dict[str, str], code: str) -> None:
    assert ask_funds(player, "1", **changed).code == code
    assert player.balances()["USDT"] == ("100000", "0")


def test_s6_there_are_none_in_the_live_venue(alice: Hand) -> None:
    before = alice.balances()
    assert ask_funds(alice, "1").told() == (200, "50062")
    assert alice.balances() == before


# -- S-8: a host without it -------------------------------------------------------------------------------------------


def test_s8_without_a_simulated_venue_nobody_plays_in_earnest(bare: Running) -> None:
    alice = bare.hand()
    assert alice.send("GET", "/account/balance", changed=SIMULATED).told() == (401, "50101")
    assert alice.send("POST", "/trade/order", json.dumps(ORDER), changed=SIMULATED).told() == (401, "50101")
    assert alice.get("/trade/orders-pending").data == []
    assert public(bare, "/public/time", **SIMULATED).code == "0"
    for url, headers in (("private", SIMULATED), ("private?brokerId=9999", None)):
        with pytest.raises(InvalidStatus) as refused:
            SocketHand(bare, url, headers)
        assert refused.value.response.status_code == 404
    assert not (bare.server.data_dir / "simulated").exists()
    assert bare.server.ready["simulated"] == []
