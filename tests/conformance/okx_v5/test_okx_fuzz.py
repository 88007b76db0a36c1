"""Whatever is sent: an envelope, never a 5xx, and a refusal changes nothing. W-26 of docs/reference/okx-v5.md."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from conformance.okx_v5.test_okx_envelope import BATCHES
from conformance.okx_v5.wire import API, ORDER, Hand, Running, checked, names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonbook.gateway.okx_v5.app import ROUTES

GETS = sorted(path for method, path in ROUTES if method == "GET")
POSTS = sorted(path for method, path in ROUTES if method == "POST")
QUIET = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NAMES = st.sampled_from(
    sorted(
        names(
            "instId instIdCode tdMode side ordType sz px clOrdId ordId tag tgtCcy stpMode newSz newPx expTime timeOut"
            " reqId attachAlgoOrds cxlOnFail tradeQuoteCcy reduceOnly banAmend"
            " ccy amt from to type subAcct clientId posMode acctLv autoLoan label passphrase perm ip apiKey canTransOut"
        )
    )
)
QUERY_NAMES = NAMES | st.sampled_from(
    sorted(
        names(
            "instType after before limit begin end bar state ccy type subType uly category mgnMode transId"
            " clientId subAcct enable quoteCcy instFamily algoId apiKey"
        )
    )
)
ODD_WORDS = st.sampled_from(
    [
        *("", "0", "-0", "-1", "1e999", "1e-999", "1e38", "NaN", "Infinity", "0x10", "1_000", " 1", "1 ", "\u0661"),
        *("\xbd", "\x00", "BTC-USDT", "ETH-USDT", "buy", "sell", "limit", "market", "cash", "quote_ccy", "true"),
        *("9" * 79, "9" * 500, str(2**63 - 1), str(2**63), str(2**127), "0." + "0" * 60 + "1"),
    ]
)
SCALARS = (
    ODD_WORDS
    | st.text(max_size=40)
    | st.integers(-(2**130), 2**130)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
CHANGES = st.dictionaries(NAMES, VALUES, max_size=4)


@pytest.fixture(scope="module")
def fuzzer(running: Running) -> Hand:
    return running.hand("aurora")


@given(path=st.sampled_from(POSTS), changes=CHANGES)
@QUIET
def test_w26_any_object_is_answered_and_a_refusal_changes_nothing(
    fuzzer: Hand, path: str, changes: dict[str, Any]
) -> None:
    before = fuzzer.balances()
    body = ORDER | changes
    answer = fuzzer.send("POST", path, json.dumps([body, body] if path in BATCHES else body))
    assert answer.status < 500, answer.text
    if answer.code not in ("0", "2"):
        assert fuzzer.balances() == before
    _clear(fuzzer)


@given(path=st.sampled_from(POSTS), body=st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()))
@QUIET
def test_w26_any_body_is_answered(fuzzer: Hand, path: str, body: bytes) -> None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        headers = fuzzer.sign("POST", path, "")
        answer = checked(fuzzer.http.post(API + path, content=body, headers=headers))
        assert answer.told() == (401, "50113")  # the signature is of another body
        return
    assert fuzzer.send("POST", path, text).status < 500
    _clear(fuzzer)


@given(path=st.sampled_from(GETS), query=st.dictionaries(QUERY_NAMES, ODD_WORDS | st.text(max_size=20), max_size=4))
@QUIET
def test_w26_any_query_is_answered(fuzzer: Hand, path: str, query: dict[str, str]) -> None:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    assert fuzzer.get(f"{path}?{text}").status < 500
    wanted = f"{path}?instType=SPOT&instId=BTC-USDT&{text}"  # deeper, past the first check
    assert fuzzer.get(wanted).status < 500


def _clear(hand: Hand) -> None:
    live = hand.get("/trade/orders-pending").data
    for start in range(0, len(live), 20):
        rows = [{"instId": row["instId"], "ordId": row["ordId"]} for row in live[start : start + 20]]
        assert hand.post("/trade/cancel-batch-orders", rows).code == "0"
