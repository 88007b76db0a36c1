"""One fee and all who have a claim on it. Rules: docs/rules/clearing.md."""

from pathlib import Path

import pytest
from spec.small_exchange import (
    BROKER,
    BTC,
    BTC_EUR,
    EUR,
    MAKER,
    SUBSIDY,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    shown,
    units,
)

from commonbook.clearing.columns import claim_columns, split_fees
from commonbook.clearing.model import Claim, Terms
from commonbook.clearing.rules import fee_base, split_base
from commonbook.errors import BrokenInvariant
from commonbook.instrument.fill_columns import FillColumns, fill_columns
from commonbook.instrument.fills import Role
from commonbook.ledger.model import Lines
from commonbook.storage.schema import ledger_entries
from commonbook.units import RateE8

HOST_SHARE = RateE8(20_000_000)  # 20 %


def test_q1_a_rebate_is_paid_out_of_the_takers_fee() -> None:
    # 45.00 from the taker, 5.00 of it to the maker: 40.00 are left on the taker's side, nothing on the maker's.
    assert fee_base(units("45"), units("-5")) == (units("40"), 0)
    assert fee_base(units("30"), units("10")) == (units("30"), units("10"))
    assert fee_base(units("6"), units("-8")) == (units("-2"), 0)


def test_q2_claims_come_first_then_the_host_then_the_brand() -> None:
    # Net fee 40.00: an affiliate with 30 %, a broker at the affiliated rate of 10 %, the host with 20 % of the rest.
    side = split_base(units("40"), [units("12"), units("4")], HOST_SHARE)
    assert [shown(part) for part in side.claims] == ["12", "4"]
    assert (shown(side.host), shown(side.brand)) == ("4.8", "19.2")  # 20 % and 80 % of 24.00
    assert side.cut == (False, False)
    assert units("12") + units("4") + units("4.80") + units("19.20") == units("40")


def test_q2_a_claim_that_is_not_covered_is_cut_the_one_behind_it_first() -> None:
    # 40.00 for claims of 30.00, 15.00 and 1.00: the second gets 10.00, the third nothing.
    side = split_base(units("40"), [units("30"), units("15"), units("1")], HOST_SHARE)
    assert [shown(part) for part in side.claims] == ["30", "10", "0"]
    assert side.cut == (False, True, True)
    assert (side.host, side.brand) == (0, 0)


def test_q2_a_claim_below_zero_is_a_bug() -> None:
    with pytest.raises(BrokenInvariant, match="claim -1 is below zero"):
        split_base(units("40"), [-1], HOST_SHARE)


def test_q3_the_brand_is_rounded_down_and_the_host_keeps_the_odd_unit() -> None:
    # 80 % of 4 units are 3.2: the brand has 3, the host 1. Of one unit the host has all.
    assert [(one.brand, one.host) for one in (split_base(4, [], HOST_SHARE), split_base(1, [], HOST_SHARE))] == [
        (3, 1),
        (0, 1),
    ]


def test_q4_a_base_below_zero_is_the_hosts_to_pay_and_earns_nobody_anything() -> None:
    side = split_base(units("-2"), [units("1")], HOST_SHARE)
    assert (side.claims, side.cut, side.host, side.brand, shown(side.subsidy)) == ((0,), (True,), 0, 0, "2")


def _one_fill(exchange: SmallExchange, notional: str) -> FillColumns:
    fills = fill_columns(exchange.trade(notional), exchange.exchange.venue)
    assert len(fills) == 1
    return fills


def _lines(exchange: SmallExchange, asset: int = USDT) -> dict[str, str]:
    """The postings of the newest fill's entry in one asset: account to the sum."""
    newest = [row for row in exchange.rows(ledger_entries, "entry") if row["kind"] == "fill"][-1]
    lines = [line for line in Lines.read(newest["lines"]) if line.asset == asset]
    accounts = sorted({line.account for line in lines})
    return {name: shown(sum(line.amount for line in lines if line.account == name)) for name in accounts}


def test_q4_the_parts_of_both_sides_sum_to_the_net_fee_of_the_fill(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        fills = _one_fill(exchange, "100000")  # taker 10 bps: 100.00; maker 2 bps: 20.00
        claim = Claim("broker_commission", BROKER, Role.TAKER, units("35"), USDT, units("35"))
        sides = split_fees(fills, claim_columns([[claim]]), Terms(HOST_SHARE))
    told = [[shown(int(part[0])) for part in (one.base, one.claims, one.host, one.brand)] for one in sides]
    assert told == [["100", "35", "13", "52"], ["20", "0", "4", "16"]]  # 65.00 and 20.00: 20 and 80 %
    assert units("120") == units("35") + units("13") + units("52") + units("4") + units("16")


def test_q5_a_fill_is_one_entry_of_delivery_payment_fees_and_claims(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        # Maker sells 100,000 BTC at 1: 100,000 less 20 of fee. The taker held and pays 100,000 and 100 of fee.
        assert _lines(exchange) == {
            "brand_revenue:1": "16",  # the maker's brand: 80 % of 20
            "brand_revenue:2": "52",  # the taker's: 80 % of 100 - 35
            "broker_payable:1": "35",
            "host_fee": "17",  # 13 + 4
            "user:1001:available": "99980",
            "user:1002:held": "-100100",
        }
        assert _lines(exchange, BTC) == {"user:1001:held": "-100000", "user:1002:available": "100000"}
        assert exchange.exchange.ledger_difference() == {}


def test_q5_what_a_buyer_held_too_much_is_released_in_the_same_entry(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        # The taker bids 2 for 100: 200 and 0.2 of fee are held; it fills at 1: 100 and 0.1 are paid, 100.1 come back.
        exchange.trade("100", price_ticks=2, taker_broker=0)
        lines = _lines(exchange)
        assert lines["user:1002:held"] == "-200.2"
        assert lines["user:1002:available"] == "100.1"
        assert exchange.exchange.ledger_difference() == {}


def test_q4_a_rebate_above_the_fee_is_booked_against_the_subsidy(tmp_path: Path) -> None:
    # Taker 0.015 % of 40,000: 6.00. Maker -0.020 %: -8.00. The host's subsidy pays 2.00, and nobody has a claim.
    with SmallExchange(tmp_path) as exchange:
        exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"))
        exchange.rates(TAKER, "1.5", "1.5")
        exchange.rates(MAKER, "-2", "10", subsidised=True)
        exchange.trade("40000")
        assert exchange.ledger("fee_subsidy") == "98"
        assert _lines(exchange) == {
            "fee_subsidy": "-2",
            "user:1001:available": "40008",
            "user:1002:held": "-40006",
        }
        assert exchange.available(SUBSIDY) == "98"
        assert exchange.exchange.ledger_difference() == {}


def test_q6_a_claim_in_another_asset_goes_through_the_conversion_account(tmp_path: Path) -> None:
    # 100,000 EUR at 10 bps: 100.00 EUR of fee, 35.00 EUR of commission, 38.50 USDT at 1.10.
    with SmallExchange(tmp_path) as exchange:
        exchange.price(EUR, "1.10")
        exchange.trade("100000", instrument=BTC_EUR)
        assert _lines(exchange, EUR)["conversion"] == "35"
        assert _lines(exchange, USDT) == {"broker_payable:1": "38.5", "conversion": "-38.5"}
        assert exchange.exchange.ledger_difference() == {}
