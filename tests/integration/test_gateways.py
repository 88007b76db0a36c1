"""Several gateways on one port. L-9 of docs/rules/limits.md, I-4, W-15; a gateway that dies takes nothing with it."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.okx_client import OkxClient, signed_headers
from integration.serving import Server

GATEWAYS = 3
ORDER = "/api/v5/trade/order"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("gateways") / "data", "--gateways", str(GATEWAYS)) as running:
        yield running


def gateways(server: Server) -> list[int]:
    """Process ids."""
    return server.processes_of("gateway")


def served_by(server: Server, client: httpx.Client) -> int:
    """The gateway that a client's connection leads to: it has the other end of the connection."""
    stream = client.get("/api/v5/public/time").extensions["network_stream"]
    port = stream.get_extra_info("socket").getsockname()[1]
    remote = f"0100007F:{port:04X}"
    inodes = {
        fields[9]
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[2] == remote
    }
    for pid in gateways(server):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if any(os.readlink(descriptor) == f"socket:[{inode}]" for inode in inodes):
                return pid
    raise AssertionError("no gateway has this connection")


def clients_of_all(server: Server, stack: ExitStack) -> dict[int, httpx.Client]:
    """A client at each gateway. The kernel chooses, so connections are opened until all have been met."""
    found: dict[int, httpx.Client] = {}
    for _ in range(500):
        client = stack.enter_context(httpx.Client(base_url=server.ready["rest"], timeout=20))
        found.setdefault(served_by(server, client), client)
        if len(found) == GATEWAYS:
            return found
    raise AssertionError(f"only {len(found)} of {GATEWAYS} gateways ever took a connection")


def order(client_id: str, price: int = 70_000) -> dict[str, str]:
    return {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": str(price),
        "sz": "0.0001",
        "clOrdId": client_id,
    }


def post(client: httpx.Client, account: dict[str, str], path: str, body: Any) -> dict[str, Any]:
    content = json.dumps(body)
    answer: dict[str, Any] = client.post(
        path, content=content, headers=signed_headers(account, "POST", path, content)
    ).json()
    return answer


def get(client: httpx.Client, account: dict[str, str], target: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(target, headers=signed_headers(account, "GET", target, "")).json()
    return answer


def test_i4_a_signed_request_works_once_at_all_of_them_together(server: Server) -> None:
    account = server.account("aurora")
    with ExitStack() as stack:
        at = clients_of_all(server, stack)
        content = json.dumps(order("once"))
        headers = signed_headers(account, "POST", ORDER, content)
        codes = Counter(client.post(ORDER, content=content, headers=headers).json()["code"] for client in at.values())
    assert codes == {"0": 1, "50102": GATEWAYS - 1}


def test_w15_what_one_acknowledged_the_others_tell_at_once(server: Server) -> None:
    account = server.account("aurora")
    with ExitStack() as stack:
        at = list(clients_of_all(server, stack).values())
        for number in range(30):
            here, there = random.Random(number).sample(at, 2)
            placed = post(here, account, ORDER, order(f"told{number}"))["data"][0]
            assert placed["sCode"] == "0"
            found = get(there, account, f"{ORDER}?instId=BTC-USDT&clOrdId=told{number}")
            assert found["data"][0]["ordId"] == placed["ordId"]


def test_l9_they_count_together(tmp_path: Path) -> None:
    settings = tmp_path / "limits.toml"
    settings.write_text("[gateway]\nlate_ms = 0\n")
    options = ("--gateways", str(GATEWAYS), "--settings", str(settings))
    with Server(tmp_path / "data", *options) as server, ExitStack() as stack:
        account = server.account("aurora")
        at = list(clients_of_all(server, stack).values())

        def place(number: int) -> str:
            row = post(at[number % len(at)], account, ORDER, order(f"limit{number}"))
            return str(row["code"])

        began = time.monotonic()
        with ThreadPoolExecutor(GATEWAYS) as pool:
            codes = Counter(pool.map(place, range(150)))
        windows = 1 + int((time.monotonic() - began) / 2)
    assert codes["0"] >= 60
    assert codes["0"] <= 60 * windows + 1
    assert codes["50011"] == 150 - codes["0"]


def test_a_gateway_that_dies_loses_no_order_and_no_other_client_and_comes_again(server: Server) -> None:
    account = server.account("aurora")
    acknowledged: dict[str, str] = {}
    broken: set[int] = set()
    stopping = threading.Event()
    with ExitStack() as stack:
        at = clients_of_all(server, stack)

        def trade(pid: int, client: httpx.Client) -> None:
            for number in range(10_000):
                if stopping.is_set():
                    return
                name = f"g{pid}n{number}"
                try:
                    answer = post(client, account, ORDER, order(name, 60_000 + number % 100))
                except httpx.HTTPError:
                    broken.add(pid)
                    return
                assert answer["code"] == "0", answer
                acknowledged[name] = answer["data"][0]["ordId"]

        with ThreadPoolExecutor(GATEWAYS) as pool:
            trading = [pool.submit(trade, pid, client) for pid, client in at.items()]
            victim = next(iter(at))
            _until(lambda: len(acknowledged) > 30)
            os.kill(victim, signal.SIGKILL)
            _until(lambda: victim in broken)
            so_far = len(acknowledged)
            _until(lambda: len(acknowledged) > so_far + 30)  # the others go on
            stopping.set()
            for one in trading:
                one.result()
        assert broken == {victim}
        _until(lambda: len(gateways(server)) == GATEWAYS and victim not in gateways(server))
        assert server.process.poll() is None
        _until(lambda: len(clients_of_all(server, stack)) == GATEWAYS)
        client = OkxClient(server.ready["rest"], account)
        for name, order_id in acknowledged.items():
            assert client.get(f"{ORDER}?instId=BTC-USDT&clOrdId={name}")["data"][0]["ordId"] == order_id
        client.close()


def _until(is_so: Any, patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to that")
        time.sleep(0.02)
