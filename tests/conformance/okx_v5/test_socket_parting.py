"""Orders that end with a connection, where the login asked for it. WS-18 of docs/reference/okx-v5-websocket.md."""

import json
from functools import partial
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import RawSocket, SocketHand, login_message
from conformance.okx_v5.wire import ORDER, Hand, Running, prepare, served

PARTING: dict[str, str | None] = {"cancelOnDisconnect": "true"}
LOGGED_IN, TAKEN = b'"event":"login"', b'"sCode":"0"'
PATIENCE_S = 60.0


def live(hand: Hand) -> list[str]:
    return [row["ordId"] for row in hand.get("/trade/orders-pending").data]


def all_ended(hand: Hand, count: int) -> bool:
    return len(hand.get("/trade/orders-history?instType=SPOT").data) == count


def gone(running: Running, hand: Hand, order: str) -> None:
    """The order has been canceled because its session ended."""
    running.wait(lambda: hand.order(order)["state"] == "canceled", PATIENCE_S)
    assert hand.order(order)["cancelSource"] == "20"


@pytest.mark.parametrize("url", ["private", "business"])
def test_ws18_the_orders_of_the_key_go_with_the_connection(running: Running, alice: Hand, url: str) -> None:
    other = running.key(alice.account, "aurora")  # another key of the same account
    kept = other.placed()
    with RawSocket(running, url) as socket:
        message = login_message(alice, changed=PARTING)
        socket.write(json.dumps(message))
        assert LOGGED_IN in socket.read_until(LOGGED_IN)
        by_rest = alice.placed(px="69000")
        if url == "private":
            socket.write(json.dumps({"id": "1", "op": "order", "args": [ORDER | {"px": "68000"}]}))
            assert TAKEN in socket.read_until(TAKEN)
        orders = [order for order in live(alice) if order != kept]
    for order in orders:
        gone(running, alice, order)
    assert by_rest in orders
    assert live(other) == [kept]


def test_ws18_a_connection_that_did_not_ask_leaves_its_orders(running: Running, alice: Hand) -> None:
    asked: list[dict[str, Any]] = [{}, {"cancelOnDisconnect": False}, {"cancelOnDisconnect": ""}]
    for said in asked:
        with SocketHand(running, "private") as hand:
            message = login_message(alice)
            message["args"][0] |= said
            hand.send(message)
            assert hand.receive()["event"] == "login"
            order = hand.order("order", ORDER)["data"][0]["ordId"]
        with SocketHand(running, "private") as hand:
            hand.login(alice)  # time has passed, and it is still there
            assert order in live(alice)


def test_ws18_what_is_not_understood_is_no_login(running: Running, alice: Hand) -> None:
    with SocketHand(running, "private") as hand:
        assert hand.login(alice, changed={"cancelOnDisconnect": "perhaps"})["code"] == "60013"
        assert hand.login(alice, changed=PARTING)["event"] == "login"
        assert hand.login(alice)["code"] == "60031"


def test_ws18_an_order_that_is_on_its_way_when_the_connection_ends_goes_too(running: Running) -> None:
    for _ in range(5):
        hand = running.hand("aurora")
        with RawSocket(running, "private") as socket:
            socket.write(json.dumps(login_message(hand, changed=PARTING)))
            assert LOGGED_IN in socket.read_until(LOGGED_IN)
            socket.write(json.dumps({"id": "1", "op": "batch-orders", "args": [ORDER] * 20}))
        running.wait(partial(all_ended, hand, 20), PATIENCE_S)
        assert live(hand) == []


def test_ws18_who_loses_the_key_loses_the_orders(running: Running, alice: Hand) -> None:
    other = running.key(alice.account, "aurora")
    with SocketHand(running, "private") as hand:
        assert hand.login(alice, changed=PARTING)["event"] == "login"
        order = alice.placed()
        running.change("UPDATE api_keys SET revoked = TRUE WHERE api_key = :key", key=alice.key["api_key"])
        assert hand.closed(PATIENCE_S)[0] == 4007
    gone(running, other, order)


def test_ws18_who_loses_the_connection_together_with_the_exchange_loses_the_orders(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("okx")
    prepare(folder / "data")
    with served(folder) as running:
        alice, bob = running.hand("aurora"), running.hand("borealis")
        hands = [SocketHand(running, "private") for _ in range(2)]
        assert hands[0].login(alice, changed=PARTING)["event"] == "login"
        assert hands[1].login(bob)["event"] == "login"
        orders = [hand.placed() for hand in (alice, bob)]
        running.server.kill()
        for hand in hands:
            hand.leave()
    with served(folder) as running:
        first, second = (Hand(running.http, one.key, one.account, one.brand, one.data_dir) for one in (alice, bob))
        gone(running, first, orders[0])
        assert live(second) == [orders[1]]
