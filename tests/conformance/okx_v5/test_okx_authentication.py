"""Who is let in.

W-6 and W-7 of docs/reference/okx-v5.md; I-2, I-3, I-4, I-5, I-6 and I-7 of docs/rules/identity.md.
"""

import json

import pytest
from conformance.okx_v5.wire import ORDER, Hand, Running

from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.identity.model import Permission

BALANCE = "/account/balance"
PRIVATE = sorted((method, path) for (method, path), route in ROUTES.items() if route.permission is not None)


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_w6_every_private_path_asks_for_a_key(running: Running, method: str, path: str) -> None:
    nobody = running.http.request(method, f"/api/v5{path}", json={} if method == "POST" else None)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "50103")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("OK-ACCESS-KEY", "50103"),
        ("OK-ACCESS-PASSPHRASE", "50104"),
        ("OK-ACCESS-SIGN", "50106"),
        ("OK-ACCESS-TIMESTAMP", "50107"),
    ],
)
def test_w6_each_missing_header_has_its_own_code(alice: Hand, header: str, code: str) -> None:
    assert alice.send("GET", BALANCE, changed={header: ""}).told() == (401, code)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"OK-ACCESS-KEY": "00000000-0000-0000-0000-000000000000"}, "50111"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-TIMESTAMP": "1795487284816"}, "50112"),
        ({"OK-ACCESS-SIGN": "bm8="}, "50113"),
        ({"OK-ACCESS-SIGN": "ñ"}, "50113"),
        ({"OK-ACCESS-PASSPHRASE": "Wrong-1x"}, "50105"),
    ],
)
def test_w6_each_wrong_header_has_its_own_code(alice: Hand, changed: dict[str, str], code: str) -> None:
    sent = alice.sign("GET", BALANCE, "") | changed
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    answer = alice.http.request("GET", f"/api/v5{BALANCE}", headers=raw)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_w6_headers_are_checked_in_the_documented_order(alice: Hand) -> None:
    # The signature and the passphrase are both wrong: the signature is told. A stale time is told before either.
    both = {"OK-ACCESS-SIGN": "bm8=", "OK-ACCESS-PASSPHRASE": "Wrong-1x"}
    assert alice.send("GET", BALANCE, changed=both).code == "50113"
    assert alice.send("GET", BALANCE, late_ms=31_000, changed=both).code == "50102"


def test_w6_thirty_seconds_off_the_clock_is_the_limit_on_either_side(alice: Hand) -> None:
    assert alice.send("GET", BALANCE, late_ms=29_000).told() == (200, "0")
    assert alice.send("GET", BALANCE, late_ms=31_000).told() == (401, "50102")
    assert alice.send("GET", BALANCE, late_ms=-29_000).told() == (200, "0")
    assert alice.send("GET", BALANCE, late_ms=-31_000).told() == (401, "50102")


def test_w6_the_signature_covers_the_query_exactly_as_it_was_sent(alice: Hand) -> None:
    # One client percent-encodes a comma and another does not: both sign what they send.
    assert alice.get(f"{BALANCE}?ccy=BTC%2CUSDT").told() == (200, "0")
    assert alice.get(f"{BALANCE}?ccy=BTC,USDT").told() == (200, "0")
    signed_for_another = alice.sign("GET", f"{BALANCE}?ccy=BTC", "")
    assert alice.repeat("GET", f"{BALANCE}?ccy=USDT", "", signed_for_another).told() == (401, "50113")


def test_w6_the_signature_covers_the_raw_body_and_the_method(alice: Hand) -> None:
    spaced, compact = json.dumps(ORDER), json.dumps(ORDER, separators=(",", ":"))
    assert alice.send("POST", "/trade/order", spaced).row["sCode"] == "0"
    assert alice.send("POST", "/trade/order", compact).row["sCode"] == "0"
    headers = alice.sign("POST", "/trade/order", spaced)
    assert alice.repeat("POST", "/trade/order", compact, headers).told() == (401, "50113")
    as_get = alice.sign("GET", "/trade/order", spaced)
    assert alice.repeat("POST", "/trade/order", spaced, as_get).told() == (401, "50113")


def test_w7_a_state_changing_request_works_once(alice: Hand) -> None:
    body = json.dumps(ORDER | {"clOrdId": "once"})
    headers = alice.sign("POST", "/trade/order", body)
    assert alice.repeat("POST", "/trade/order", body, headers).row["sCode"] == "0"
    assert alice.repeat("POST", "/trade/order", body, headers).told() == (401, "50102")
    assert len(alice.get("/trade/orders-pending").data) == 1


def test_w7_a_request_that_only_reads_may_be_repeated(alice: Hand) -> None:
    headers = alice.sign("GET", BALANCE, "")
    for _ in range(3):
        assert alice.repeat("GET", BALANCE, "", headers).told() == (200, "0")


def test_w6_a_reading_key_may_not_trade(running: Running) -> None:
    reader = running.hand(permissions=frozenset({Permission.READ}))
    assert reader.get(BALANCE).told() == (200, "0")
    assert reader.post("/trade/order", ORDER).told() == (200, "50120")
    assert reader.post("/trade/cancel-all-after", {"timeOut": "0"}).told() == (200, "50120")
    assert reader.get("/trade/orders-pending").data == []


def test_w6_a_key_without_the_reading_permission_may_only_trade(running: Running) -> None:
    writer = running.hand(permissions=frozenset({Permission.TRADE}))
    assert writer.place()["sCode"] == "0"
    assert writer.get(BALANCE).told() == (200, "50120")


def test_w6_a_key_bound_to_addresses_works_from_these_alone(running: Running) -> None:
    here = running.hand(ip_list=("10.1.2.3", "127.0.0.1"))
    assert here.get(BALANCE).told() == (200, "0")
    assert here.get("/account/config").row["ip"] == "10.1.2.3,127.0.0.1"
    elsewhere = running.hand(ip_list=("10.1.2.3",))
    assert elsewhere.get(BALANCE).told() == (401, "50110")
    assert (
        elsewhere.send("GET", BALANCE, changed={"OK-ACCESS-SIGN": "bm8="}).code == "50110"
    )  # the address before the signature


def test_w6_a_forwarding_header_does_not_move_an_address(running: Running) -> None:
    elsewhere = running.hand(ip_list=("10.1.2.3",))
    assert elsewhere.send("GET", BALANCE, changed={"x-forwarded-for": "10.1.2.3"}).told() == (401, "50110")


def test_w6_a_revoked_key_is_refused_within_a_second(running: Running, alice: Hand) -> None:
    assert alice.get(BALANCE).told() == (200, "0")
    running.change("update api_keys set revoked = 1 where api_key = :key", key=alice.key["api_key"])
    running.wait(lambda: alice.get(BALANCE).told() == (401, "50111"), 2.0)


def test_w6_public_paths_ignore_signing_headers_even_wrong_ones(alice: Hand) -> None:
    assert alice.send("GET", "/public/time", changed={"OK-ACCESS-KEY": ""}).told() == (200, "0")
    assert alice.send("GET", "/public/time", changed={"OK-ACCESS-SIGN": "bm8="}).told() == (200, "0")
    assert alice.send("GET", "/public/time", changed={"x-simulated-trading": "1"}).told() == (200, "0")


def test_w6_a_live_key_that_asks_for_simulated_trading_does_not_trade_in_earnest(alice: Hand) -> None:
    simulated = {"x-simulated-trading": "1"}  # a client may send it without being asked to
    assert alice.send("GET", BALANCE, changed=simulated).told() == (401, "50101")
    assert alice.send("POST", "/trade/order", json.dumps(ORDER), changed=simulated).told() == (401, "50101")
    assert alice.get("/trade/orders-pending").data == []
    assert alice.send("GET", BALANCE, changed={"x-simulated-trading": "0"}).told() == (200, "0")
