"""How often may be asked. L-4 to L-7 of docs/rules/limits.md; S6."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import API, ORDER, Hand, Running, started

from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.gateway.okx_v5.budget import OPERATIONS, ROUTE_LIMITS, Budget
from commonbook.gateway.okx_v5.codes import TOO_FAST, Refused
from commonbook.identity.sessions import open_session
from commonbook.settings import LimitSettings

BATCH = [ORDER | {"sz": "0.0001"}] * 20


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange with the limits as they are."""
    with started(tmp_path_factory.mktemp("okx"), "[streams]\nconnects_per_second = 10_000\n") as found:
        yield found


def until_refused(ask: Any, most: int) -> int:
    """How many were taken before the first refusal."""
    for taken in range(most + 1):
        if ask():
            continue
        return taken
    return most + 1


def test_l4_every_route_has_its_figure() -> None:
    assert set(ROUTE_LIMITS) == set(ROUTES)
    assert set(OPERATIONS.values()) <= set(ROUTES)


def test_l4_a_public_route_is_counted_by_address(limited: Running) -> None:
    time.sleep(2.1)
    began = time.monotonic()
    taken = until_refused(lambda: limited.public("/market/books-full?instId=BTC-USDT").code == "0", 10)
    assert taken == 10
    refused = limited.public("/market/books-full?instId=BTC-USDT")
    assert refused.told() == (429, "50011")
    assert limited.public("/market/ticker?instId=BTC-USDT").code == "0"  # each route has a budget of its own
    time.sleep(max(0.0, 2.05 - (time.monotonic() - began)))
    assert limited.public("/market/books-full?instId=BTC-USDT").code == "0"


def test_l4_a_private_route_is_counted_by_account(limited: Running) -> None:
    alice, bob = limited.hand("aurora"), limited.hand("borealis")
    assert until_refused(lambda: alice.get("/account/config").code == "0", 5) == 5
    assert alice.get("/account/config").told() == (429, "50011")
    assert bob.get("/account/config").code == "0"


def test_i12_a_page_has_a_ticket_for_each_of_its_sockets_at_once(limited: Running) -> None:
    alice = limited.hand("aurora")
    session = limited.database(lambda connection: open_session(connection, alice.account, 1, 60))
    headers = {"cookie": f"session={session.token}", "x-csrf-token": session.csrf}

    def ask(_: int) -> int:
        return limited.http.post(f"{API}/users/web/ticket", content="{}", headers=headers).status_code

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(ask, range(2))) == [200, 200]
    stands_still = Budget(LimitSettings(), now_ms=lambda: 0)
    for _ in range(10):
        stands_still.request(("POST", "/users/web/ticket"), alice.account, "")
    with pytest.raises(Refused) as refused:
        stands_still.request(("POST", "/users/web/ticket"), alice.account, "")
    assert refused.value.code is TOO_FAST


def test_l5_orders_are_counted_by_instrument_and_cancels_by_themselves(limited: Running) -> None:
    alice = limited.hand("aurora")

    def place(**changed: Any) -> Any:
        answer = alice.post("/trade/order", ORDER | {"sz": "0.0001"} | changed)
        return answer.row["ordId"] if answer.code == "0" else None

    orders = [place() for _ in range(61)]
    assert [order is not None for order in orders] == [True] * 60 + [False]
    assert place(instId="ETH-USDT", px="1000", sz="0.1") is not None
    canceled = [alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": order}) for order in orders[:60]]
    assert {answer.code for answer in canceled} == {"0"}
    assert alice.post("/trade/cancel-order", {"instId": "BTC-USDT", "ordId": "1"}).code == "50011"


def test_l5_rest_and_websocket_take_from_one_budget(limited: Running) -> None:
    alice = limited.hand("aurora")
    with SocketHand(limited, "private") as stream:
        stream.login(alice)
        taken = 0
        for turn in range(40):
            if turn % 2:
                taken += 20 * (alice.post("/trade/batch-orders", BATCH).code == "0")
            else:
                taken += 20 * (stream.order("batch-orders", *BATCH)["code"] == "0")
            if taken > 300:
                break
        assert taken == 300
        assert stream.order("batch-orders", BATCH[0])["code"] == "50011"
        assert alice.post("/trade/batch-orders", BATCH[:1]).told() == (429, "50011")


def test_l5_what_names_no_instrument_is_counted_too(limited: Running) -> None:
    alice = limited.hand("aurora")
    names = iter(range(100))  # a body that is the same in the same millisecond is a signature that was used

    def place() -> bool:
        return alice.post("/trade/order", ORDER | {"instId": "X-Y", "clOrdId": f"c{next(names)}"}).code == "1"

    assert until_refused(place, 60) == 60


def test_l6_new_and_amended_orders_of_an_account_have_a_limit_together(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    limits = "[limits]\naccount_orders = 50\n"
    with started(tmp_path_factory.mktemp("okx"), limits) as running:
        alice = running.hand("aurora")
        first = alice.post("/trade/batch-orders", BATCH).data
        alice.post("/trade/batch-orders", BATCH)
        refused = alice.post("/trade/batch-orders", BATCH)
        assert refused.told() == (200, "50061")
        names = [{"instId": "BTC-USDT", "ordId": row["ordId"]} for row in first]
        assert alice.post("/trade/amend-batch-orders", [name | {"newSz": "0.0002"} for name in names[:10]]).code == "0"
        assert alice.post("/trade/amend-order", names[0] | {"newSz": "0.0003"}).code == "50061"
        assert alice.post("/trade/cancel-batch-orders", names).code == "0"  # cancels go on
        assert alice.get("/trade/account-rate-limit").row["accRateLimit"] == "50"
        told = {(row["limit"], row["instId"]): row for row in alice.get("/account/rate-limits").data}
        assert (told["orders", ""]["most"], told["orders", ""]["left"]) == ("50", "0")
        assert told["batch-cancel-orders", "BTC-USDT"]["left"] == "280"
        assert told["GET /account/balance", ""]["left"] == "10"


def test_l7_the_host_may_raise_all_of_them(running: Running, alice: Hand) -> None:
    assert alice.get("/trade/account-rate-limit").row["accRateLimit"] == "1000000"
