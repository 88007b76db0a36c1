"""Balances, configuration, fees and currencies. W-18 and W-19 of docs/reference/okx-v5.md."""

from conformance.okx_v5.wire import Hand, Running, names

# What strict clients refuse to miss.
ACCOUNT_KEYS = names(
    "adjEq borrowFroz details imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow notionalUsdForFutures"
    " notionalUsdForOption notionalUsdForSwap ordFroz totalEq uTime upl"
)
CURRENCY_KEYS = names(
    "ccy availBal availEq borrowFroz cashBal crossLiab disEq eq eqUsd smtSyncEq spotCopyTradingEq fixedBal"
    " frozenBal imr interest isoEq isoLiab isoUpl liab maxLoan mgnRatio mmr notionalLever ordFrozen rewardBal"
    " spotInUseAmt clSpotInUseAmt maxSpotInUse spotIsoBal stgyEq twap uTime upl uplLiab spotBal"
    " openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio"
)
CONFIG_KEYS = names(
    "uid mainUid acctLv posMode acctStpMode autoLoan ctIsoMode mgnIsoMode greeksType level levelTmp label perm"
    " ip kycLv roleType traderInsts spotRoleType spotTraderInsts opAuth type enableSpotBorrow settleCcy"
    " settleCcyList feeType"
)
FEE_KEYS = names(
    "instType level maker taker makerU takerU makerUSDC takerUSDC delivery exercise settle category feeGroup"
    " ruleType fiat ts"
)
CURRENCY_ROW_KEYS = names("ccy name chain canDep canWd canInternal minDep minWd maxWd wdTickSz minFee maxFee")


def test_w18_a_balance_has_every_key_that_strict_clients_need(alice: Hand) -> None:
    account = alice.get("/account/balance").row
    assert set(account) >= ACCOUNT_KEYS
    assert [row["ccy"] for row in account["details"]] == ["BTC", "USDT", "ETH"]
    for row in account["details"]:
        assert set(row) >= CURRENCY_KEYS
        assert "maxSpotInUseAmt" not in row  # nautilus knows it as another name of maxSpotInUse, and refuses both


def test_w18_a_balance_is_cash_what_is_frozen_and_the_rest(alice: Hand) -> None:
    alice.placed(side="sell", px="80000", sz="0.25")
    btc, usdt, eth = alice.get("/account/balance").row["details"]
    told = {"eq": "10", "cashBal": "10", "availBal": "9.75", "frozenBal": "0.25", "ordFrozen": "0.25", "availEq": ""}
    assert told.items() <= btc.items()
    # The index of BTC is 78300 USDT; ETH has none here, so it is worth nothing that could be told.
    assert (btc["eqUsd"], usdt["eqUsd"], eth["eqUsd"]) == ("783000", "1000000", "0")
    assert alice.get("/account/balance").row["totalEq"] == "1783000"


def test_w18_a_balance_may_be_asked_for_by_currency(alice: Hand) -> None:
    def currencies(query: str) -> list[str]:
        return [row["ccy"] for row in alice.get(f"/account/balance?ccy={query}").row["details"]]

    assert currencies("USDT") == ["USDT"]
    assert currencies("BTC,USDT") == currencies("BTC%2CUSDT") == ["BTC", "USDT"]
    assert currencies("DOGE") == []
    assert alice.get("/account/balance?ccy=USDT").row["totalEq"] == "1783000"  # of the account, not of the rows


def test_w18_the_configuration_tells_fees_in_quote_and_what_the_key_may(running: Running, alice: Hand) -> None:
    config = alice.get("/account/config").row
    assert set(config) >= CONFIG_KEYS
    told = {"uid": str(alice.account), "acctLv": "1", "posMode": "net_mode", "feeType": "1", "level": "Lv1"}
    told |= {"perm": "read_only,trade,withdraw", "ip": "", "label": "a test"}
    assert {name: config[name] for name in told} == told


def test_w18_fees_are_told_from_the_customers_side(alice: Hand, bob: Hand) -> None:
    for hand in (alice, bob):
        fee = hand.get("/account/trade-fee?instType=SPOT&instId=BTC-USDT").row
        assert set(fee) >= FEE_KEYS
        # 8 and 10 basis points are charged: below zero. A rebate would be above.
        assert (fee["maker"], fee["taker"], fee["level"]) == ("-0.0008", "-0.001", "Lv1")
        assert fee["feeGroup"] == [{"groupId": "1", "maker": "-0.0008", "taker": "-0.001"}]
    assert alice.get("/account/trade-fee?instType=SWAP").data == []
    assert alice.get("/account/trade-fee").told() == (400, "50014")


def test_w18_a_rebate_is_told_above_zero(running: Running) -> None:
    maker = running.key(1_001, "aurora")  # the demo's market maker, who is paid 2 basis points
    assert maker.get("/account/trade-fee?instType=SPOT").row["maker"] == "0.0002"


def test_w18_the_largest_order_is_what_the_counter_would_hold(alice: Hand, bob: Hand) -> None:
    path = "/account/max-size?instId=BTC-USDT&tdMode=cash"
    row = alice.get(f"{path}&px=70000").row
    # 1000000 / (70000 x 1.001) = 14.271442...; at one lot more the fee does not fit.
    assert (row["maxBuy"], row["maxSell"]) == ("14.27144284", "10")
    assert alice.place(px="70000", sz=_one_lot_more(row["maxBuy"]))["sCode"] == "51008"
    assert alice.place(px="70000", sz=row["maxBuy"])["sCode"] == "0"
    available = bob.get("/account/max-avail-size?instId=BTC-USDT&tdMode=cash&ccy=USDT").row
    assert available == {"instId": "BTC-USDT", "availBuy": "1000000", "availSell": "10"}
    assert len(bob.get("/account/max-avail-size?instId=BTC-USDT,ETH-USDT&tdMode=cash").data) == 2


def _one_lot_more(size: str) -> str:
    whole, _, part = size.partition(".")
    lots = int(whole + part.ljust(8, "0")) + 1
    return f"{lots // 10**8}.{lots % 10**8:08}"


def test_w19_currencies_name_their_chains_and_are_closed_for_deposits(alice: Hand) -> None:
    rows = alice.get("/asset/currencies").data
    assert {row["ccy"] for row in rows} == {"BTC", "USDT", "ETH"}
    for row in rows:
        assert set(row) >= CURRENCY_ROW_KEYS
        assert row["chain"].startswith(row["ccy"] + "-")
        assert (row["canDep"], row["canWd"], row["canInternal"]) == (False, False, False)
    assert [row["chain"] for row in alice.get("/asset/currencies?ccy=USDT").data] == ["USDT-TRC20", "USDT-ERC20"]
