"""Clients in their own simulated mode, as they are published: ccxt and ccxt.pro in the sandbox, python-okx and okx with
`flag="1"`. S-1 of docs/rules/simulated.md; W-27, W-35 and WS-15 once more on the other venue."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from conformance.okx_v5.client_environment import Client, ClientFailed, python_of
from conformance.okx_v5.test_okx_modules import BTC, LIMIT, READS, VERBS
from conformance.okx_v5.wire import Hand, Running, started

pytestmark = pytest.mark.client
PAIR = "BTC/USDT"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture
def player(running: Running, alice: Hand) -> Hand:
    return running.simulated(alice)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def credentials(hand: Hand) -> dict[str, str]:
    return {"apiKey": hand.key["api_key"], "secret": hand.key["api_secret"], "password": hand.key["api_passphrase"]}


def ccxt(running: Running, hand: Hand, opened: ExitStack, script: str = "ccxt_session.py", **more: Any) -> Client:
    config = {name: running.server.ready[name] for name in ("rest", "ws")} | {"credentials": credentials(hand)}
    return opened.enter_context(Client(python_of("ccxt"), script, config | more))


def test_s1_ccxt_trades_in_its_sandbox(running: Running, alice: Hand, player: Hand, opened: ExitStack) -> None:
    client = ccxt(running, player, opened, sandbox=True)
    assert set(client.call("load_markets")) == {PAIR, "ETH/USDT"}
    assert client.call("fetch_order_book", PAIR)["bids"]
    placed = client.call("create_order", PAIR, "limit", "buy", 0.01, 70000)
    assert client.call("fetch_order", placed["id"], PAIR)["status"] == "open"
    assert [order["id"] for order in client.call("fetch_open_orders", PAIR)] == [placed["id"]]
    changed = client.call("edit_order", placed["id"], PAIR, "limit", "buy", 0.02, 70500)
    assert changed["id"] == placed["id"]
    client.call("cancel_order", placed["id"], PAIR)
    taken = client.call("create_order", PAIR, "market", "sell", 0.01)
    assert client.call("fetch_order", taken["id"], PAIR)["status"] == "closed"
    assert client.call("fetch_my_trades", PAIR)
    client.call("transfer", "USDT", 10, "spot", "funding")
    assert client.call("fetch_balance", {"type": "funding"})["USDT"]["total"] == "10"
    assert alice.get("/trade/orders-history?instType=SPOT").data == []
    assert player.funding()["USDT"] == "10"


def test_s1_ccxt_is_told_that_the_environment_is_wrong(
    running: Running, alice: Hand, player: Hand, opened: ExitStack
) -> None:
    for hand, sandbox in ((alice, True), (player, False)):
        client = ccxt(running, hand, opened, sandbox=sandbox)
        with pytest.raises(ClientFailed, match="50101") as failed:
            client.call("fetch_balance")
        assert "AuthenticationError" in failed.value.classes


def test_s1_ccxt_pro_watches_and_trades_in_its_sandbox(
    running: Running, alice: Hand, player: Hand, opened: ExitStack
) -> None:
    client = ccxt(running, player, opened, "ccxt_pro_session.py", sandbox=True)
    client.call("load_markets")
    client.call("watch", "book", "watch_order_book", PAIR)
    client.call("watch", "orders", "watch_orders", PAIR)
    assert client.call("seen", "book", 1)[0]["bids"]
    player.cancel(player.placed(instId="ETH-USDT", px="1000", sz="0.1"))  # its pushes say that all are subscribed
    placed = client.call("create_order_ws", PAIR, "limit", "buy", 0.02, 70000.0)
    assert client.call("seen", "orders", 1)[0][0]["id"] == placed["id"]
    assert player.order(placed["id"])["state"] == "live"
    client.call("cancel_order_ws", placed["id"], PAIR)
    assert player.order(placed["id"])["state"] == "canceled"
    assert alice.get("/trade/orders-history?instType=SPOT").data == []


@pytest.mark.parametrize("client", VERBS)
def test_s1_python_okx_and_okx_trade_with_their_flag_set(
    running: Running, alice: Hand, player: Hand, client: str, opened: ExitStack
) -> None:
    config = {"client": client, "rest": running.server.ready["rest"], "flag": "1", "credentials": credentials(player)}
    made = opened.enter_context(Client(python_of(client), "modules_session.py", config))

    def call(verb: str, arguments: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = made.call(VERBS[client].get(verb, verb), arguments or {})
        return found

    for of_python_okx, of_okx, arguments in READS:
        name = of_python_okx if client == "python-okx" else of_okx
        assert (name, call(name, arguments)["code"]) == (name, "0")
    (placed,) = call("place", LIMIT | {"clOrdId": "flag1"})["data"]
    assert placed["sCode"] == "0"
    (amended,) = call("amend", BTC | {"ordId": placed["ordId"], "newPx": "69000"})["data"]
    assert amended["sCode"] == "0"
    assert player.order(placed["ordId"])["px"] == "69000"
    (canceled,) = call("cancel", BTC | {"clOrdId": "flag1"})["data"]
    assert canceled["sCode"] == "0"
    assert alice.get("/trade/orders-history?instType=SPOT").data == []
    for_live = opened.enter_context(Client(python_of(client), "modules_session.py", {**config, "flag": "0"}))
    try:
        told = str(for_live.call(READS[10][0] if client == "python-okx" else READS[10][1], {}))
    except ClientFailed as failed:  # okx raises for a status that is not 200
        told = failed.message
    assert "50101" in told
