"""OAuth with a real client library against a running server: REST, WebSocket, the guide. O-6, O-11, O-12, O-15; S3-S5.

Each refusal has its test in spec/oauth; here is what only processes and sockets show.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from conformance.okx_v5.oauth_hand import DEVICE, REDIRECT, Browser, granted, library, registered, signed_in
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import ORDER, Hand, Running

from commonbook.oauth.model import ClientKind
from commonbook.records import Attribution, Channel
from commonbook.simulator.demo_market import BROKER

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "oauth-brokers.md"
SOON_S = 3.0  # a second, and what a busy machine adds to it
PARTED_S = 10.0  # the same, twice, and what a connection has to say goodbye


@pytest.fixture
def user(running: Running, alice: Hand) -> Browser:
    return signed_in(running, alice)


def login(socket: SocketHand, token: str, **more: str) -> dict[str, Any]:
    socket.send({"op": "login", "args": [{"accessToken": token} | more]})
    return socket.receive()


def code_of(client: Any, path: str = "/api/v5/account/config", **headers: str) -> str:
    return str(client.get(path, headers=headers).json()["code"])


@pytest.mark.parametrize("kind", ClientKind)
def test_o6_the_whole_way_then_an_order_over_rest_and_websocket(
    running: Running, alice: Hand, user: Browser, kind: ClientKind
) -> None:
    device = {"term_id": DEVICE} if kind is ClientKind.PUBLIC else {}
    with library(running, registered(running, kind)) as client:
        token = granted(client, user, **device)
        header = {"TERMID": DEVICE} if device else {}
        config = client.get("/api/v5/account/config", headers=header).json()["data"][0]
        assert config["uid"] == str(alice.account)
        over_rest = client.post("/api/v5/trade/order", json=ORDER, headers=header).json()["data"][0]
        with SocketHand(running, "private") as socket:
            told = login(socket, token["access_token"], **({"termId": DEVICE} if device else {}))
            assert (told["event"], told["code"]) == ("login", "0")
            socket.subscribe("orders", instType="SPOT")
            over_socket = socket.order("order", ORDER | {"tag": "OTHER"})["data"][0]
            told_of = {row["ordId"] for one in socket.messages for row in one.get("data", []) if "arg" in one}
            while over_socket["ordId"] not in told_of:  # the push may come before the answer
                told_of.add(socket.push("orders")["data"][0]["ordId"])
        for row in (over_rest, over_socket):
            assert row["sCode"] == "0"
            alice.order(row["ordId"])  # history has it
            [kept] = running.rows(
                "SELECT broker, attribution, channel FROM orders WHERE order_id = :order", order=int(row["ordId"])
            )
            assert kept == {"broker": BROKER, "attribution": Attribution.BROKER, "channel": Channel.API}


def test_o15_what_a_user_takes_back_is_out_on_all_doors_and_open_sockets(running: Running, user: Browser) -> None:
    with library(running, registered(running)) as client:
        token = granted(client, user)["access_token"]
        assert code_of(client) == "0"
        with SocketHand(running, "private") as socket:
            assert login(socket, token)["code"] == "0"
            [grant] = user.get("/account/v1/grants")
            assert user.delete(f"/account/v1/grants/{grant['client']}").status_code == 200
            running.wait(lambda: code_of(client) == "53001", SOON_S)
            assert socket.closed(PARTED_S)[0] == 4007
        with SocketHand(running, "private") as socket:
            assert login(socket, token)["code"] == "53001"
            assert socket.closed()[0] == 4001


def test_o11_a_socket_lasts_as_long_as_its_token(running: Running, user: Browser) -> None:
    with library(running, registered(running)) as client, SocketHand(running, "private") as socket:
        first = granted(client, user)
        assert login(socket, first["access_token"])["code"] == "0"
        client.refresh_token(f"{running.server.ready['rest']}/v5/users/oauth/token")
        assert socket.closed(PARTED_S)[0] == 4007
        assert code_of(client) == "0"


def test_o11_what_a_token_may_not_do_is_refused_over_websocket(running: Running, user: Browser) -> None:
    made = registered(running)
    with library(running, made, "read_only") as client, SocketHand(running, "private") as socket:
        login(socket, granted(client, user)["access_token"])
        assert socket.order("order", ORDER)["code"] == "50120"
        assert socket.subscribe("account")["event"] == "subscribe"
    with library(running, made, "trade") as client, SocketHand(running, "private") as socket:
        login(socket, granted(client, user)["access_token"])
        assert socket.subscribe("orders", instType="SPOT")["code"] == "53013"
        assert socket.order("order", ORDER)["code"] == "0"
    with library(running, made, "fast_api") as client, SocketHand(running, "private") as socket:
        assert login(socket, granted(client, user)["access_token"])["code"] == "53013"
    with SocketHand(running, "private") as socket:
        assert login(socket, "nothing")["code"] == "53000"


def test_o7_a_foreign_address_is_refused_over_rest_and_websocket(running: Running, user: Browser) -> None:
    made = registered(running)
    with library(running, made) as client:
        token = granted(client, user)["access_token"]
        running.change("UPDATE oauth_clients SET ip_list = '10.1.2.3' WHERE client_id = :client", client=made.client_id)
        running.wait(lambda: code_of(client) == "53014", SOON_S)
        with SocketHand(running, "private") as socket:
            assert login(socket, token)["code"] == "53014"


def test_o10_a_token_is_of_one_venue(running: Running, user: Browser) -> None:
    made, simulated = registered(running), {"x-simulated-trading": "1"}
    with library(running, made) as live, library(running, made) as playing:
        token = granted(playing, user, simulated="1")["access_token"]
        granted(live, user)
        running.wait(lambda: code_of(live, "/api/v5/public/time", **simulated) == "0", 60)
        assert (code_of(live), code_of(live, **simulated)) == ("0", "50101")
        running.wait(lambda: code_of(playing, **simulated) == "0", 60)  # its account is followed
        assert code_of(playing) == "50101"
        funds = playing.post("/api/v5/asset/simulated-funds", json={"ccy": "USDT", "amt": "1000"}, headers=simulated)
        assert funds.json()["code"] == "0"
        placed = playing.post("/api/v5/trade/order", json=ORDER, headers=simulated).json()
        assert placed["data"][0]["sCode"] == "0"
        with SocketHand(running, "private", simulated) as socket:
            assert login(socket, token)["code"] == "0"
        with SocketHand(running, "private") as socket:
            assert login(socket, token)["code"] == "50101"
        [grant] = user.get("/account/v1/grants")
        assert grant["simulated"] is False
        assert user.delete(f"/account/v1/grants/{grant['client']}").status_code == 200
        running.wait(lambda: code_of(playing, **simulated) == "53001", SOON_S)


def test_the_program_in_the_guide_runs(running: Running, user: Browser) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    made = registered(running)
    names: dict[str, Any] = {
        "client_id": made.client_id,
        "client_secret": made.client_secret,
        "redirect_uri": REDIRECT,
        "base": running.server.ready["rest"],
        "browser": user.agree,
    }
    exec(compile(program, str(GUIDE), "exec"), names)
    assert names["balance"]["code"] == names["placed"]["code"] == "0"
    assert names["state"]
    names["client"].close()
