"""Numbers over HTTP as the codec has them. W-4 and W-5; each spelling: tests/spec/gateway/test_money_fields.py."""

import json

import pytest
from conformance.okx_v5.number_cases import ABSENT, NO_JSON, number_cases
from conformance.okx_v5.wire import ORDER, Hand, Running
from spec.gateway.test_money_fields import FIELDS, PAIRS, expected

EVERY = 4  # of the spellings, one goes over HTTP
AMEND = {"instId": "BTC-USDT", "ordId": "9000000000000000000"}
PATHS = {"px": "/trade/order", "sz": "/trade/order", "newPx": "/trade/amend-order", "newSz": "/trade/amend-order"}
BASES = {"/trade/order": ORDER, "/trade/amend-order": AMEND}
TAKEN = {"51008", "51503", "51005", "51006", "51137", "51138", "51020", "51204", "51500"}  # by the codec; then refused


@pytest.fixture
def poor(alice: Hand) -> Hand:
    """A sub-account without funds: whatever is taken is refused behind the codec."""
    return alice.open_sub()


@pytest.mark.parametrize("name", PATHS)
def test_w5_a_number_is_read_over_http_as_in_the_codec(running: Running, poor: Hand, name: str) -> None:
    path = PATHS[name]
    base = {key: value for key, value in BASES[path].items() if key != name}
    for text, worth in list(number_cases().items())[::EVERY]:
        body = f'{json.dumps(base)[:-1]},"{name}":{text}}}'
        answer = poor.send("POST", path, body)
        code = answer.row["sCode"] if answer.data else answer.code
        wanted = expected(FIELDS[name], worth, PAIRS["the demo's"])
        if worth == NO_JSON or isinstance(wanted, str):
            assert code == wanted, text
        else:
            assert code in TAKEN, (text, worth == ABSENT, code)
    assert poor.get("/trade/orders-pending").data == []
