"""A maker at one brand and a taker at another, over HTTP, to the last unit. W-28 of docs/reference/okx-v5.md.

What the two see of it while the exchange serves; then, with the server stopped, what the ledger, the brands and the
broker have of it. An hour is paid once engine time is an hour past its end, so engine time is moved on by a command,
as an idle exchange does every second.
"""

from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from conformance.okx_v5.wire import Hand
from integration.serving import Server

from commonbook.broker.statement import verify_statement
from commonbook.clearing.service import BrandHour, book_volume, brand_totals
from commonbook.exchange import Exchange
from commonbook.records import BALANCE_ROW, FEE_POOL_ACCOUNT, CommandKind, amount, commands
from commonbook.settings import Settings
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND
from commonbook.simulator.demo_market import BROKER, BROKER_PAYOUT, USDT
from commonbook.units import HOUR_NS

# Two fills at 78301, of 0.1 and 0.12345679 BTC. All amounts below are USDT, whole units of 10^-8.
#   notional   0.1 x 78301 = 7830.1                     0.12345679 x 78301 = 9666.79011379
NOTIONAL = 7830_10000000 + 9666_79011379
#   taker      10 bps: 7.8301                           9.66679011379, charged as 9.66679012
#   maker       8 bps: 6.26408                          7.733432091032, charged as 7.7334321
TAKER_FEE = 7_83010000 + 9_66679012
MAKER_FEE = 6_26408000 + 7_73343210
#   broker     35 % of the taker's fee: 2.740535        3.383376542, paid as 3.38337654
COMMISSION = 2_74053500 + 3_38337654
#   borealis   80 % of the rest: 4.071652 of 5.089565   5.026730864 of 6.28341358, so 5.02673086
#   aurora     80 % of the maker's fee: 5.011264        6.18674568
BOREALIS_REVENUE = 4_07165200 + 5_02673086
AURORA_REVENUE = 5_01126400 + 6_18674568
#   host       what is left: 1.017913 + 1.252816        1.25668272 + 1.54668642
HOST_OF_TAKER = 1_01791300 + 1_25668272
HOST_OF_MAKER = 1_25281600 + 1_54668642
#   attributed half of each notional; of the second, an odd number of units, the taker's side has the one more
BOREALIS_ATTRIBUTED = 3915_05000000 + 4833_39505690
AURORA_ATTRIBUTED = 3915_05000000 + 4833_39505689

MAKER_BTC, MAKER_USDT = "99.77654321", "1017482.89260169"  # 1000000 + 17496.89011379 - 13.9975121
TAKER_BTC, TAKER_USDT = "100.22345679", "982485.61299609"  # 1000000 - 17496.89011379 - 17.49689012


@dataclass(frozen=True)
class Traded:
    """What was read over HTTP before the server was stopped."""

    data_dir: Path
    alice: dict[str, list[dict[str, str]]]
    bob: dict[str, list[dict[str, str]]]
    balances: dict[str, dict[str, tuple[str, str]]]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Traded:
    """Two trades, everything that the two read of them, and then the end of the server."""
    data_dir = tmp_path_factory.mktemp("brands") / "data"
    with Server(data_dir) as server, httpx.Client(base_url=server.ready["rest"], timeout=60) as http:
        keys = {(key["brand"], key["account"]): key for key in server.ready["accounts"]}
        alice = Hand(http, keys["aurora", "2000"], 2_000, "aurora", data_dir)
        bob = Hand(http, keys["borealis", "2011"], 2_011, "borealis", data_dir)  # associated with NORTHSTAR
        alice.placed(side="sell", px="78301", sz="0.22345679", clOrdId="alices")
        for size in ("0.1", "0.12345679"):
            bob.placed(px="78301", sz=size, tag="NORTHSTAR", clOrdId=f"bobs{size[-1]}")
        paths = ("/trade/fills", "/trade/orders-history?instType=SPOT", "/account/bills?type=2")
        return Traded(
            data_dir,
            {path: alice.get(path).data for path in paths},
            {path: bob.get(path).data for path in paths},
            {"alice": alice.balances(), "bob": bob.balances()},
        )


def units(text: str) -> int:
    whole, _, part = text.removeprefix("-").partition(".")
    return int(whole + part.ljust(8, "0")) * (-1 if text.startswith("-") else 1)


def test_w28_each_sees_its_own_side_and_nothing_else(traded: Traded) -> None:
    mine, his = traded.alice["/trade/fills"], traded.bob["/trade/fills"]
    assert [fill["tradeId"] for fill in mine] == [fill["tradeId"] for fill in his]
    assert {(fill["side"], fill["execType"], fill["tag"]) for fill in mine} == {("sell", "M", "")}
    assert {(fill["side"], fill["execType"], fill["tag"]) for fill in his} == {("buy", "T", "NORTHSTAR")}
    orders = "/trade/orders-history?instType=SPOT"
    assert [order["clOrdId"] for order in traded.alice[orders]] == ["alices"]
    assert [order["clOrdId"] for order in traded.bob[orders]] == ["bobs9", "bobs1"]
    assert "alices" not in repr(traded.bob)
    assert "bobs" not in repr(traded.alice)
    assert "NORTHSTAR" not in repr(traded.alice)


def test_w28_fees_and_balances_come_out_to_the_last_unit(traded: Traded) -> None:
    assert [fill["fee"] for fill in traded.bob["/trade/fills"]] == ["-9.66679012", "-7.8301"]
    assert [fill["fee"] for fill in traded.alice["/trade/fills"]] == ["-7.7334321", "-6.26408"]
    assert units(traded.alice["/trade/orders-history?instType=SPOT"][0]["fee"]) == -MAKER_FEE
    assert traded.balances["alice"] == {"BTC": (MAKER_BTC, "0"), "USDT": (MAKER_USDT, "0")}
    assert traded.balances["bob"] == {"BTC": (TAKER_BTC, "0"), "USDT": (TAKER_USDT, "0")}
    changes = [units(bill["balChg"]) for bill in traded.bob["/account/bills?type=2"] if bill["ccy"] == "USDT"]
    assert sum(changes) == -NOTIONAL - TAKER_FEE


def test_w28_the_ledger_the_brands_and_the_broker_agree_to_the_last_unit(traded: Traded) -> None:
    with Exchange.open(traded.data_dir, Settings()) as exchange:
        hours = {int(fill["ts"]) * 10**6 // HOUR_NS for fill in traded.bob["/trade/fills"]}  # one, or two at a stroke
        ledger = exchange.back_office.ledger.balances
        assert ledger["brand_revenue:1", USDT] == AURORA_REVENUE
        assert ledger["brand_revenue:2", USDT] == BOREALIS_REVENUE
        assert ledger["host_fee", USDT] == HOST_OF_TAKER + HOST_OF_MAKER
        assert ledger["broker_payable:1", USDT] == COMMISSION
        assert AURORA_REVENUE + BOREALIS_REVENUE + HOST_OF_TAKER + HOST_OF_MAKER + COMMISSION == TAKER_FEE + MAKER_FEE
        assert fee_pool(exchange) == TAKER_FEE + MAKER_FEE

        with exchange.back_office.database.connect() as connection:
            brands, book = brand_totals(connection), book_volume(connection)[USDT]
        # The three measures of volume: each brand's side, its half, and the book's, which counts a trade once.
        counted = {"fills": 2, "side_volume": NOTIONAL}
        assert brands[FIRST_BRAND, USDT] == BrandHour(
            **counted,
            attributed_volume=AURORA_ATTRIBUTED,
            fees_collected=MAKER_FEE,
            host_fee=HOST_OF_MAKER,
            revenue=AURORA_REVENUE,
        )
        assert brands[SECOND_BRAND, USDT] == BrandHour(
            **counted,
            attributed_volume=BOREALIS_ATTRIBUTED,
            fees_collected=TAKER_FEE,
            commission=COMMISSION,
            host_fee=HOST_OF_TAKER,
            revenue=BOREALIS_REVENUE,
        )
        assert (book.trades, book.volume) == (2, NOTIONAL) == (2, AURORA_ATTRIBUTED + BOREALIS_ATTRIBUTED)

        # Hour h is due at h + 2: an hour past its end. One nanosecond before, nothing is.
        move_on(exchange, (max(hours) + 2) * HOUR_NS - 1)
        payouts = exchange.settle(timed=True)
        assert len(payouts) == len(hours) - 1
        move_on(exchange, (max(hours) + 2) * HOUR_NS)
        payouts += exchange.settle(timed=True)
        assert {payout.broker for payout in payouts} == {BROKER}
        assert sum(payout.amount for payout in payouts) == COMMISSION
        assert exchange.settle(timed=True) == []

        assert ledger[f"user:{BROKER_PAYOUT}:available", USDT] == COMMISSION
        assert ledger.get(("broker_payable:1", USDT), 0) == 0
        assert fee_pool(exchange) == TAKER_FEE + MAKER_FEE - COMMISSION
        assert exchange.ledger_difference() == {}
        for payout in payouts:
            assert payout.statement is not None
            assert verify_statement(payout.statement).ok


def move_on(exchange: Exchange, time_ns: int) -> None:
    """Engine time to a later moment, by the command that an idle exchange sends itself."""
    tick = commands(CommandKind.TIME)
    tick["time_ns"] = time_ns
    exchange.submit(tick, timed=True)


def fee_pool(exchange: Exchange) -> int:
    """What the engine itself has in the fee pool."""
    rows = np.frombuffer(exchange.sequencer.engine.balances(), BALANCE_ROW)
    [row] = rows[(rows["account"] == FEE_POOL_ACCOUNT) & (rows["asset"] == USDT)]
    return amount(row["available"])
