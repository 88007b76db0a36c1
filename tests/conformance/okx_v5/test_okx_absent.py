"""What a spot venue does not have, and what kind of account this is. W-30 and W-31 of docs/reference/okx-v5.md."""

import pytest
from conformance.okx_v5.wire import ORDER, Hand, Running

EMPTY_IN_PUBLIC = (
    "/public/funding-rate?instId=BTC-USDT-SWAP",
    "/public/funding-rate?instId=ANY",
    "/public/funding-rate-history?instId=BTC-USDT-SWAP",
    "/public/mark-price?instType=SWAP",
    "/public/open-interest?instType=FUTURES&uly=BTC-USDT",
    "/public/position-tiers?instType=MARGIN&tdMode=cross&instId=BTC-USDT",
    "/public/opt-summary?uly=BTC-USD",
    "/public/opt-summary?instFamily=BTC-USD",
    "/public/delivery-exercise-history?instType=FUTURES&uly=BTC-USD",
    "/public/estimated-price?instId=BTC-USDT-991231",
    "/public/instrument-tick-bands?instType=OPTION",
    "/public/option-trades?instFamily=BTC-USD",
    "/public/insurance-fund?instType=SWAP",
    "/public/discount-rate-interest-free-quota",
    "/public/interest-rate-loan-quota",
    "/market/mark-price-candles?instId=BTC-USDT-SWAP",
    "/market/history-mark-price-candles?instId=BTC-USDT-SWAP",
    "/market/block-tickers?instType=SPOT",
)
EMPTY_OF_AN_ACCOUNT = (
    "/account/positions",
    "/account/positions-history",
    "/account/leverage-info?mgnMode=cross&instId=BTC-USDT",
    "/account/leverage-info?mgnMode=cross&ccy=BTC",
    "/account/position-tiers?instType=SWAP",
    "/account/greeks",
    "/account/risk-state",
    "/account/interest-accrued",
    "/account/interest-rate?ccy=USDT",
    "/account/interest-limits",
    "/account/max-loan?mgnMode=cross&instId=BTC-USDT",
    "/account/borrow-repay-history",
    "/asset/deposit-history",
    "/asset/withdrawal-history?ccy=BTC",
    "/asset/non-tradable-assets",
    "/asset/convert/currencies",
    "/trade/orders-algo-pending?ordType=conditional",
    "/trade/orders-algo-pending?ordType=conditional,oco",
    "/trade/orders-algo-history?ordType=trigger&state=effective",
    "/trade/orders-algo-history?ordType=move_order_stop&algoId=1",
    "/trade/easy-convert-currency-list",
)


@pytest.mark.parametrize("path", EMPTY_IN_PUBLIC)
def test_w30_what_is_not_listed_here_is_an_empty_list(running: Running, path: str) -> None:
    answer = running.public(path)
    assert (answer.told(), answer.data) == ((200, "0"), [])


@pytest.mark.parametrize("path", EMPTY_OF_AN_ACCOUNT)
def test_w30_what_a_spot_account_never_has_is_an_empty_list(alice: Hand, path: str) -> None:
    answer = alice.get(path)
    assert (answer.told(), answer.data) == ((200, "0"), [])


def test_w30_underlyings_are_a_list_of_one_list(running: Running) -> None:
    assert running.public("/public/underlying?instType=SWAP").data == [[]]


@pytest.mark.parametrize(
    ("path", "code", "name"),
    [
        ("/public/funding-rate", "50014", "instId"),
        ("/public/mark-price", "50014", "instType"),
        ("/public/mark-price?instType=STOCKS", "51000", "instType"),
        ("/public/position-tiers?instType=MARGIN", "50014", "tdMode"),
        ("/public/underlying", "50014", "instType"),
        ("/public/opt-summary", "50015", "uly or instFamily"),
        ("/public/option-trades?optType=C", "50015", "instId or instFamily"),
        ("/account/leverage-info", "50014", "mgnMode"),
        ("/account/leverage-info?mgnMode=cross", "50015", "instId or ccy"),
        ("/trade/orders-algo-pending", "50014", "ordType"),
        ("/trade/orders-algo-pending?ordType=limit", "51000", "ordType"),
        ("/trade/orders-algo-history?ordType=oco", "50015", "state or algoId"),
        ("/trade/orders-algo-history?ordType=oco&state=live", "51000", "state"),
        ("/trade/order-algo", "50015", "algoId or algoClOrdId"),
    ],
)
def test_w30_an_empty_list_is_asked_for_as_a_full_one_would_be(alice: Hand, path: str, code: str, name: str) -> None:
    answer = alice.get(path)
    assert answer.told() == (400, code)
    assert name in answer.envelope["msg"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/trade/order-algo", ORDER | {"ordType": "conditional", "slTriggerPx": "1", "slOrdPx": "-1"}, "50062"),
        ("/trade/close-position", {"instId": "BTC-USDT", "mgnMode": "cash"}, "51023"),
        ("/trade/mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"}, "51010"),
        ("/trade/order-precheck", ORDER, "51010"),
        ("/trade/easy-convert", {"fromCcy": ["BTC"], "toCcy": "USDT"}, "50062"),
        ("/asset/convert/estimate-quote", {"baseCcy": "BTC", "quoteCcy": "USDT", "side": "buy"}, "50062"),
        ("/account/borrow-repay", {"ccy": "BTC", "side": "borrow", "amt": "1"}, "50062"),
        ("/account/activate-option", {}, "51010"),
        (
            "/account/position/margin-balance",
            {"instId": "BTC-USDT", "posSide": "net", "type": "add", "amt": 1},
            "51010",
        ),
    ],
)
def test_w30_to_bring_it_about_is_refused_and_changes_nothing(
    alice: Hand, path: str, body: dict[str, object], code: str
) -> None:
    order = alice.placed()
    assert alice.post(path, body).told() == (200, code)
    assert alice.order(order)["state"] == "live"
    assert alice.get("/trade/orders-pending").row["ordId"] == order


def test_w30_a_mass_cancel_of_pairs_is_refused_by_name(alice: Hand) -> None:
    # What it would cancel is named by an instrument family, which a pair has not; cancel-all-after takes all orders.
    answer = alice.post("/trade/mass-cancel", {"instType": "SPOT", "instFamily": "BTC-USDT"})
    assert answer.told() == (400, "51000")
    assert "instType" in answer.envelope["msg"]
    assert alice.post("/trade/mass-cancel", {}).told() == (400, "50014")


def test_w30_an_algo_order_is_one_that_is_not_there(alice: Hand) -> None:
    assert alice.get("/trade/order-algo?algoId=1").told() == (200, "51603")
    canceled = alice.post("/trade/cancel-algos", [{"instId": "BTC-USDT", "algoId": "1"}, {"algoClOrdId": "mine"}])
    assert canceled.code == "1"
    assert [(row["algoId"], row["algoClOrdId"], row["sCode"]) for row in canceled.data] == [
        ("1", "", "51400"),
        ("", "mine", "51400"),
    ]
    assert alice.post("/trade/cancel-algos", [{"algoId": "1"}] * 11).told() == (200, "51111")
    amended = alice.post("/trade/amend-algos", {"instId": "BTC-USDT", "algoId": "1", "newSz": "1", "reqId": "r"})
    assert (amended.code, amended.row["sCode"], amended.row["reqId"]) == ("1", "51503", "r")


# -- the kind of account ------------------------------------------------------------------------------------------

SETTINGS = [
    ("/account/set-position-mode", "posMode", "net_mode", "long_short_mode"),
    ("/account/set-account-level", "acctLv", "1", "2"),
    ("/account/set-greeks", "greeksType", "PA", "BS"),
    ("/account/set-isolated-mode", "isoMode", "automatic", "autonomy"),
    ("/account/set-fee-type", "feeType", "1", "0"),
]


@pytest.mark.parametrize(("path", "name", "so", "other"), SETTINGS)
def test_w31_what_is_so_is_echoed_and_what_cannot_be_is_refused(
    alice: Hand, path: str, name: str, so: str, other: str
) -> None:
    assert alice.post(path, {name: so, "type": "MARGIN"}).row == {name: so}
    assert alice.post(path, {name: other, "type": "MARGIN"}).told() == (200, "51010")
    assert alice.post(path, {name: "neither"}).told() == (400, "51000")
    assert alice.post(path, {name: ""}).told() == (400, "50014")
    config = alice.get("/account/config").row
    if name in config:
        assert config[name] == so


def test_w31_nothing_is_borrowed_and_no_leverage_is_set(alice: Hand) -> None:
    for false in (False, "false", "False"):
        assert alice.post("/account/set-auto-loan", {"autoLoan": false}).row == {"autoLoan": False}
    assert alice.post("/account/set-auto-loan", {"autoLoan": True}).told() == (200, "51010")
    assert alice.post("/account/set-auto-loan", {"autoLoan": "perhaps"}).told() == (400, "51000")
    assert alice.post("/account/set-auto-loan", {}).told() == (400, "50014")
    leverage = {"instId": "BTC-USDT", "lever": 5, "mgnMode": "cross"}
    assert alice.post("/account/set-leverage", leverage).told() == (200, "51010")
    assert alice.post("/account/set-leverage", {"instId": "BTC-USDT", "mgnMode": "cross"}).told() == (400, "50014")


def test_w31_risk_is_the_balances_and_no_position(alice: Hand) -> None:
    row = alice.get("/account/account-position-risk").row
    assert (row["adjEq"], row["posData"]) == ("", [])
    assert row["balData"] == [
        {"ccy": "BTC", "eq": "10", "disEq": "783000"},
        {"ccy": "USDT", "eq": "1000000", "disEq": "1000000"},
        {"ccy": "ETH", "eq": "100", "disEq": "0"},
    ]


def test_w31_what_no_order_holds_may_be_moved_out(alice: Hand) -> None:
    alice.placed(side="sell", px="80000", sz="0.25")
    told = alice.get("/account/max-withdrawal?ccy=BTC").row
    assert told == {"ccy": "BTC", "maxWd": "9.75", "maxWdEx": "9.75", "spotOffsetMaxWd": "", "spotOffsetMaxWdEx": ""}
    assert [row["ccy"] for row in alice.get("/account/max-withdrawal").data] == ["BTC", "USDT", "ETH"]
