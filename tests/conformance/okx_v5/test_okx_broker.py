"""Brokers, by the clients that are published: python-okx's broker class, ccxt's tags. W-41, W-42; CN-6 to CN-8.

The broker is the demo's, whose code is NORTHSTAR; the inactive one is OLDHARBOUR.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import ORDER, Hand, Running
from integration.record_door import orders

from commonbook.broker import consents
from commonbook.broker.consenting import How
from commonbook.client import RecordClient
from commonbook.instrument import store
from commonbook.records import EventKind, of_kind
from commonbook.simulator.demo_market import BROKER, BROKER_CODE, RETIRED_PAYOUT

LIBRARY = "6b9ad766b55dBCDE"  # what ccxt puts on its users' orders
DEADLINE_S = 10.0  # of a test on a busy machine; the bound itself is measured where the engine's clock is the test's


@pytest.fixture
def client(running: Running) -> Hand:
    """A key that is associated with the demo broker, as its owner has agreed."""
    return client_of(running, BROKER)


def client_of(running: Running, broker: int) -> Hand:
    hand = running.hand("borealis", brokers=frozenset({broker}))
    running.database(
        lambda connection: consents.give(
            connection, store.load(connection), hand.account, broker, How.KEY, time.time_ns(), 72
        )
    )
    return hand


def keeps_clients(running: Running, broker: int, most: int = 50) -> None:
    running.database(lambda connection: consents.set_form(connection, broker, True, most))


# -- the wire ---------------------------------------------------------------------------------------------------------


def test_cn8_every_answer_about_an_order_names_the_broker(running: Running, alice: Hand, client: Hand) -> None:
    row = client.place(tag=BROKER_CODE)
    assert (row["sCode"], row["tag"], row["brokerCode"]) == ("0", BROKER_CODE, BROKER_CODE)
    assert client.order(row["ordId"])["brokerCode"] == BROKER_CODE
    rows = client.post("/trade/batch-orders", [ORDER | {"tag": BROKER_CODE}, ORDER | {"tag": LIBRARY}, ORDER]).data
    assert [one["brokerCode"] for one in rows] == [BROKER_CODE, "", ""]
    refused = client.place(tag=BROKER_CODE, sz="0.00000000001")  # how brokers ask whether their tag arrives
    assert refused["sCode"] != "0"
    assert refused["tag"] == BROKER_CODE
    assert alice.place(tag=BROKER_CODE)["brokerCode"] == ""


def test_cn8_pushes_name_it_too(running: Running, client: Hand) -> None:
    with SocketHand(running, "private") as socket:
        socket.login(client)
        socket.subscribe("orders", instType="SPOT")
        answer = socket.order("order", ORDER | {"tag": BROKER_CODE})
        assert answer["data"][0]["brokerCode"] == BROKER_CODE
        placed = answer["data"][0]["ordId"]
        pushed = next_push(socket, placed, "")
        assert (pushed["tag"], pushed["brokerCode"]) == (BROKER_CODE, BROKER_CODE)
        changed = socket.order("amend-order", {"instId": "BTC-USDT", "ordId": pushed["ordId"], "newSz": "0.02"})
        assert changed["data"][0]["sCode"] == "0"
        pushed = next_push(socket, placed, "0")
        assert (pushed["tag"], pushed["brokerCode"]) == (BROKER_CODE, BROKER_CODE)


def next_push(socket: SocketHand, order: str, amended: str) -> dict[str, Any]:
    """The push of an order that is about its amendment, or is not; it may have come before the answer."""

    def found() -> list[dict[str, Any]]:
        rows = [
            one
            for told in socket.messages
            if told.get("arg", {}).get("channel") == "orders"
            for one in told.get("data", ())
        ]
        return [one for one in rows if (one["ordId"], one["amendResult"]) == (order, amended)]

    while not found():
        socket.receive()
    return found()[0]


def test_cn6_a_refusal_is_in_force_at_every_door_within_a_second_and_cuts_nobody(
    running: Running, client: Hand
) -> None:
    key = client.key
    place = running.server.ready["records"]["unix"]
    with (
        SocketHand(running, "private") as socket,
        RecordClient.open(place, key["api_key"], key["api_secret"], session=1) as records,
    ):
        socket.login(client)

        def told() -> list[str]:
            """The broker of an order sent by each door, on the connections that are open."""
            rest = client.place(tag=BROKER_CODE)["brokerCode"]
            long_way = client.place(tag=BROKER_CODE, px=70_000)["brokerCode"]
            stream = socket.order("order", ORDER | {"tag": BROKER_CODE})["data"][0]["brokerCode"]
            _, events = records.call(orders(f"r{time.monotonic_ns()}", tag=BROKER_CODE.encode()))
            number = int(of_kind(events, EventKind.ACCEPTED)["broker"][0])
            return [rest, long_way, stream, BROKER_CODE if number == BROKER else ""]

        assert told() == [BROKER_CODE] * 4
        running.database(lambda connection: consents.refuse(connection, client.account, 0, 0, time.time_ns()))
        running.wait(lambda: told() == [""] * 4, DEADLINE_S)
        running.database(lambda connection: consents.lift(connection, client.account, 0, time.time_ns()))
        running.wait(lambda: told() == [BROKER_CODE] * 4, DEADLINE_S)


def test_cn7_a_held_key_stops_working_at_every_door_when_its_consent_is_withdrawn(running: Running) -> None:
    hand = running.hand("borealis", brokers=frozenset({BROKER}))
    held = "UPDATE key_brokers SET held = TRUE WHERE api_key = :key"
    running.database(lambda connection: consents.set_addresses(connection, BROKER, ["127.0.0.1"]))
    running.change(held, key=hand.key["api_key"])
    with SocketHand(running, "private") as socket:
        assert socket.login(hand)["code"] == "0"
        assert hand.get("/account/balance").code == "0"
        running.database(lambda connection: consents.withdraw(connection, hand.account, BROKER, time.time_ns()))
        running.wait(lambda: hand.get("/account/balance").code == "50111", DEADLINE_S)
        assert socket.closed(DEADLINE_S)[0] == 4007


# -- ccxt -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(running: Running) -> Iterator[Callable[[str, Hand], Client]]:
    """Opens ccxt or python-okx with a hand's key."""
    with ExitStack() as stack:

        def start(name: str, hand: Hand) -> Client:
            key = hand.key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            config = {"client": name, "rest": running.server.ready["rest"], "flag": "0", "credentials": credentials}
            script = "ccxt_session.py" if name == "ccxt" else "modules_session.py"
            return stack.enter_context(Client(python_of(name), script, config))

        yield start


@pytest.mark.client
def test_w41_ccxts_own_tag_earns_nobody_and_is_told_back(opened: Callable[[str, Hand], Client], client: Hand) -> None:
    ccxt = opened("ccxt", client)
    plain = ccxt.call("create_order", "BTC/USDT", "limit", "buy", "0.01", "70000")
    assert plain["info"]["tag"] == LIBRARY
    assert plain["info"]["brokerCode"] == ""
    chosen = ccxt.call("create_order", "BTC/USDT", "limit", "buy", "0.01", "70000", {"tag": BROKER_CODE})
    assert (chosen["info"]["tag"], chosen["info"]["brokerCode"]) == (BROKER_CODE, BROKER_CODE)
    named = {"tag": BROKER_CODE, "clientOrderId": "mine0001"}  # a client id of one's own keeps the tag
    both = ccxt.call("create_order", "BTC/USDT", "limit", "buy", "0.01", "70000", named)
    assert (both["info"]["clOrdId"], both["info"]["brokerCode"]) == ("mine0001", BROKER_CODE)
    found = ccxt.call("fetch_order", both["id"], "BTC/USDT")
    assert (found["info"]["tag"], found["info"]["brokerCode"]) == (BROKER_CODE, BROKER_CODE)
    edited = ccxt.call("edit_order", both["id"], "BTC/USDT", "limit", "buy", "0.02")
    assert edited["id"] == both["id"]
    assert ccxt.call("fetch_order", both["id"], "BTC/USDT")["info"]["brokerCode"] == BROKER_CODE


@pytest.mark.client
def test_w41_a_broker_works_with_ccxts_raw_calls(running: Running, opened: Callable[[str, Hand], Client]) -> None:
    broker = running.broker()  # clients of the demo's have come by keys and by OAuth, so that it would have to choose
    client = client_of(running, broker.number)
    keeps_clients(running, broker.number)
    ccxt = opened("ccxt", broker.hand)
    asked = ccxt.call("private_get_broker_fd_if_rebate", {"apiKey": client.key["api_key"]})
    assert (asked["data"][0]["type"], asked["data"][0]["brokerCode"]) == ("0", broker.code)
    made = ccxt.call("private_post_broker_nd_create_subaccount", {"subAcct": "ccxtclient1", "label": "one"})
    assert made["data"][0]["subAcct"] == "ccxtclient1"
    key = {"subAcct": "ccxtclient1", "label": "bot", "passphrase": "Secret-42", "perm": "read_only,trade"}
    told = ccxt.call("private_post_broker_dma_subaccount_apikey", key)["data"][0]
    listed = ccxt.call("private_get_broker_dma_subaccount_apikey", {"subAcct": "ccxtclient1"})["data"]
    assert [one["apiKey"] for one in listed] == [told["apiKey"]]
    for name in ("private_get_broker_dma_subaccount_info", "private_get_broker_nd_subaccount_info"):
        (page,) = ccxt.call(name, {"subAcct": "ccxtclient1"})["data"]
        assert [one["label"] for one in page["details"]] == ["one"]
    (fees,) = ccxt.call("private_get_broker_dma_subaccount_trade_fee", {"subAcct": "ccxtclient1"})["data"]
    assert len(fees["details"][0]["feeRates"]) == 2
    assert int(ccxt.call("private_get_broker_nd_info")["data"][0]["subAcctQty"]) >= 1
    gone = {"subAcct": "ccxtclient1", "apiKey": told["apiKey"]}
    assert ccxt.call("private_post_broker_nd_subaccount_delete_apikey", gone)["code"] == "0"
    assert ccxt.call("private_post_broker_nd_delete_subaccount", {"subAcct": "ccxtclient1"})["code"] == "0"


@pytest.mark.client
def test_w42_who_is_no_broker_is_told_so(opened: Callable[[str, Hand], Client], alice: Hand) -> None:
    with pytest.raises(ClientFailed, match="50030"):
        opened("ccxt", alice).call("private_get_broker_fd_if_rebate", {"apiKey": "x"})


# -- python-okx -------------------------------------------------------------------------------------------------------


@pytest.mark.client
def test_w41_python_okxs_broker_class_asks_for_a_file_and_finds_it(
    running: Running, opened: Callable[[str, Hand], Client]
) -> None:
    python_okx = opened("python-okx", running.broker().hand)  # a file is asked for once an hour
    today = datetime.now(UTC)
    days = {"begin": (today - timedelta(days=30)).strftime("%Y%m%d"), "end": today.strftime("%Y%m%d")}
    asked = python_okx.call("FDBroker.generate_rebate_details_download_link", days)
    assert (asked["code"], asked["data"][0]["result"]) in (("0", "false"), ("0", "true"))

    def found(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        answer = python_okx.call("FDBroker.get_rebate_details_download_link", arguments)
        assert answer["code"] == "0", answer
        rows: list[dict[str, Any]] = answer["data"]
        return rows

    chosen = {"type": "false"} | days
    running.wait(lambda: found(chosen)[0]["state"] == "finished", DEADLINE_S)
    (row,) = found(chosen)
    content = running.http.get(row["fileHref"]).text
    assert content.startswith("brokerCode,level,instId,ordId,spotTradeAmt,")
    assert row["fileHref"] not in [one["fileHref"] for one in found({"type": "true"})]  # each time a new link


@pytest.mark.client
def test_w42_a_broker_that_is_not_active_any_more_may_still_ask(
    running: Running, opened: Callable[[str, Hand], Client]
) -> None:
    retired = running.key(RETIRED_PAYOUT, "borealis")
    python_okx = opened("python-okx", retired)
    answer = python_okx.call("FDBroker.get_rebate_details_download_link", {"type": "true"})
    assert (answer["code"], answer["data"]) == ("0", [])
