"""Fees, rebates, and who pays them. Rules: docs/rules/fees.md."""

import pytest
from spec.session import Session, check

from commonbook.records import EventKind


def test_f1_a_fee_is_in_the_quote_asset_for_buyer_and_seller_alike() -> None:
    # 10 * 1600 = 16_000: the taker pays 10 bps, the maker 2 bps, both USDT; nobody pays a fee in BTC.
    check("""
        given    alice BTC 100; bob USDT 100_000; taker fee 10 bps; maker fee 2 bps
        order    A1 alice ask 10 @ 1600 gtc      accepted
        order    B1 bob bid 10 @ 1600 gtc        filled 10 @ 1600 of A1
        fill     taker 16, maker 4, released 0   # 16_000 x 0.0002 = 3.2, rounded up
        balance  bob USDT 83_984, held 0         # 100_000 - 16_000 - 16
        balance  bob BTC 10, held 0
        balance  alice USDT 15_996, held 0       # 16_000 - 4
        balance  alice BTC 90, held 0
        balance  fee_pool USDT 20, held 0
    """)


def test_f1_a_fee_is_rounded_up_to_the_ledger_unit_for_each_fill() -> None:
    # 10 bps of 1_001 is 1.001: 2. Three such fills are 6, one fill of three lots is 3.003: 4.
    check("""
        given    alice BTC 100; bob USDT 100_000; taker fee 10 bps
        order    A1 alice ask 1 @ 1001 gtc       accepted
        order    A2 alice ask 1 @ 1001 gtc       accepted
        order    A3 alice ask 1 @ 1001 gtc       accepted
        order    A4 alice ask 3 @ 1001 gtc       accepted
        order    B1 bob bid 3 @ 1002 ioc         filled 1 @ 1001 of A1; filled 1 @ 1001 of A2; filled 1 @ 1001 of A3
        fill     taker 2, maker 0, released 0; taker 2, maker 0, released 0; taker 2, maker 0, released 1
        balance  fee_pool USDT 6, held 0
        order    B2 bob bid 3 @ 1002 ioc         filled 3 @ 1001 of A4
        fill     taker 4, maker 0, released 3
        balance  fee_pool USDT 10, held 0
    """)


def test_f1_a_rate_of_zero_costs_nothing_and_any_other_at_least_one_unit() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000; taker fee 0.01 bps
        order    A1 alice ask 1 @ 1 gtc          accepted
        order    B1 bob bid 1 @ 1 gtc            filled 1 @ 1 of A1
        fill     taker 1, maker 0, released 0
    """)


def test_f3_an_accounts_own_rates_come_before_its_brands_and_those_before_the_floor() -> None:
    check("""
        fees     venue maker 1 bps taker 2 bps                       set
        fees     north level 0 maker 8 bps taker 10 bps              set
        given    alice@south BTC 100; bob USDT 100_000; carol USDT 100_000
        fees     account carol maker 1 bps taker 5 bps               set
        order    A1 alice@south ask 100 @ 1000 gtc                   accepted
        order    B1 bob bid 10 @ 1000 gtc                            filled 10 @ 1000 of A1
        fill     taker 10, maker 1, released 0                       # north 10 bps; south has no schedule: floor 1 bps
        order    C1 carol bid 10 @ 1000 gtc                          filled 10 @ 1000 of A1
        fill     taker 5, maker 1, released 0
    """)


@pytest.mark.parametrize(("level", "fee"), [(0, 10), (2, 10), (3, 8), (4, 8), (5, 6), (9, 6)])
def test_f3_a_level_without_a_row_has_the_rates_of_the_highest_row_below_it(level: int, fee: int) -> None:
    # The brand has rows for the levels 0, 3 and 5; 10_000 are bought.
    check(f"""
        fees     north level 0 taker 10 bps              set
        fees     north level 3 taker 8 bps               set
        fees     north level 5 taker 6 bps               set
        given    alice BTC 100; bob USDT 100_000
        level    bob {level}                                  set
        order    A1 alice ask 10 @ 1000 gtc              accepted
        order    B1 bob bid 10 @ 1000 gtc                filled 10 @ 1000 of A1
        fill     taker {fee}, maker 0, released 0
    """)


def test_f3_rates_are_fixed_when_the_order_comes_in_and_an_amendment_keeps_them() -> None:
    check("""
        fees     north level 0 maker 2 bps taker 10 bps          set
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 10 @ 1000 gtc                      accepted
        order    A2 alice ask 10 @ 1010 gtc                      accepted
        fees     north level 0 maker 30 bps taker 50 bps         set
        amend    A2 price 1000                                   amended anew; rests 10
        order    B1 bob bid 20 @ 1000 gtc                        filled 10 @ 1000 of A1; filled 10 @ 1000 of A2
        fill     taker 50, maker 2, released 0; taker 50, maker 2, released 0
        order    A3 alice ask 10 @ 1000 gtc                      accepted
        order    B2 bob bid 10 @ 1000 gtc                        filled 10 @ 1000 of A3
        fill     taker 50, maker 30, released 0
    """)


def test_f4_no_brand_charges_less_than_the_floor_and_the_floor_does_not_rise_above_a_brand() -> None:
    check("""
        fees     venue maker 1 bps taker 2 bps                   set
        fees     north level 0 maker 1 bps taker 1.99 bps        refused FEE_BELOW_FLOOR
        fees     north level 0 maker 0.99 bps taker 2 bps        refused FEE_BELOW_FLOOR
        fees     north level 0 maker 1 bps taker 2 bps           set
        fees     venue maker 1 bps taker 2.01 bps                refused FEE_BELOW_FLOOR
        fees     venue maker 1.01 bps taker 2 bps                refused FEE_BELOW_FLOOR
        fees     venue maker 0 bps taker 0 bps                   set
        fees     venue maker 1 bps taker 2 bps                   set
    """)


def test_f4_the_hosts_own_agreement_with_an_account_may_go_below_the_floor() -> None:
    check("""
        fees     venue maker 1 bps taker 2 bps                   set
        given    alice BTC 1
        fees     account alice maker 0 bps taker 0 bps           set
    """)


def test_f5_a_rebate_is_at_most_what_the_lowest_taker_fee_leaves_after_the_highest_claims() -> None:
    # The lowest taker rate is 10 bps, claims may take half of a fee: 5 bps can be given back, not a hundredth more.
    check("""
        fees     venue maker -50 bps taker 0 bps claim 50 %      refused REBATE_TOO_HIGH
        fees     venue maker 0 bps taker 0 bps claim 50 %        set
        given    alice BTC 1
        fees     north level 0 maker 0 bps taker 10 bps          set
        fees     account alice maker -5 bps taker 10 bps         set
        fees     account alice maker -5.01 bps taker 10 bps      refused REBATE_TOO_HIGH
        fees     south level 0 maker 0 bps taker 9.99 bps        refused REBATE_TOO_HIGH      # 4.995 bps would be left
        fees     venue maker 0 bps taker 0 bps claim 51 %        refused REBATE_TOO_HIGH
        fees     venue maker 0 bps taker 0 bps claim 0 %         set
        fees     account alice maker -10 bps taker 10 bps        set
    """)


def test_f5_a_subsidised_rebate_may_be_higher_as_the_host_pays_for_it() -> None:
    check("""
        fees     venue maker 0 bps taker 0 bps claim 50 %                    set
        fees     north level 0 maker 0 bps taker 10 bps                      set
        given    alice BTC 1
        fees     account alice maker -20 bps taker 10 bps                    refused REBATE_TOO_HIGH
        fees     account alice maker -20 bps taker 10 bps subsidised         set
    """)


def test_f6_a_rebate_is_paid_out_of_the_takers_fee_and_rounded_towards_zero() -> None:
    # 11_000 are traded: the taker pays 11; 2.5 bps are 2.75, of which the maker gets 2. The pool keeps 9.
    check("""
        given    alice BTC 100; bob USDT 100_000; taker fee 10 bps; maker fee -2.5 bps
        order    A1 alice ask 10 @ 1100 gtc      accepted
        order    B1 bob bid 10 @ 1100 gtc        filled 10 @ 1100 of A1
        fill     taker 11, maker -2, released 0
        balance  alice USDT 11_002, held 0
        balance  fee_pool USDT 9, held 0
    """)


def test_f6_a_buying_maker_gets_its_rebate_and_the_fee_that_was_held_for_it() -> None:
    # Held: 11_000 + 11. The maker pays no fee and gets 2.
    check("""
        given    bob BTC 100; alice USDT 11_011; taker fee 10 bps; maker fee -2.5 bps
        order    A1 alice bid 10 @ 1100 gtc      accepted
        balance  alice USDT 0, held 11_011
        order    B1 bob ask 10 @ 1100 gtc        filled 10 @ 1100 of A1
        fill     taker 11, maker -2, released 11
        balance  alice USDT 13, held 0
        balance  bob USDT 10_989, held 0         # 11_000 - 11
        balance  fee_pool USDT 9, held 0
    """)


def test_f6_a_rebate_never_exceeds_the_takers_fee_of_that_fill() -> None:
    # Alice's order came when the taker rate was 10 bps; Bob trades free of fees by now, so there is nothing to give.
    check("""
        given    alice BTC 100; bob USDT 100_000; taker fee 10 bps; maker fee -5 bps
        order    A1 alice ask 20 @ 1000 gtc                          accepted
        fees     venue maker 0 bps taker 0 bps                       set
        order    B1 bob bid 10 @ 1000 gtc                            filled 10 @ 1000 of A1
        fill     taker 0, maker 0, released 0
        fees     account bob maker 0 bps taker 2 bps                 set
        order    B2 bob bid 10 @ 1000 gtc                            filled 10 @ 1000 of A1
        fill     taker 2, maker -2, released 0
        balance  fee_pool USDT 0, held 0
    """)


def test_f6_a_subsidised_rebate_takes_the_takers_fee_then_the_subsidy_and_ends_with_it() -> None:
    # The taker pays 10 of 10_000, the maker is due 20: 10 from the fee, 10 from the subsidy of 15. Then 5 are left.
    check("""
        given      alice BTC 100; bob USDT 100_000
        deposit    subsidy USDT 15 key s1                                    subsidy +15
        fees       north level 0 maker 0 bps taker 10 bps                    set
        fees       account alice maker -20 bps taker 10 bps subsidised       set
        order      A1 alice ask 30 @ 1000 gtc                                accepted
        order      B1 bob bid 10 @ 1000 gtc                                  filled 10 @ 1000 of A1
        fill       taker 10, maker -20, released 0
        balance    subsidy USDT 5, held 0
        order      B2 bob bid 10 @ 1000 gtc                                  filled 10 @ 1000 of A1
        fill       taker 10, maker -15, released 0
        balance    subsidy USDT 0, held 0
        order      B3 bob bid 10 @ 1000 gtc                                  filled 10 @ 1000 of A1
        fill       taker 10, maker -10, released 0
        balance    fee_pool USDT 0, held 0
        balance    alice USDT 30_045, held 0                                 # 30_000 + 20 + 15 + 10
    """)


def test_f7_a_buyer_whose_hold_is_one_unit_short_is_let_off_that_unit() -> None:
    # Held for 2 at 500: 1_000 + 1. Each fill of 500 is charged 0.5, rounded up to 1; the second unit is not there.
    check("""
        given    alice BTC 100; bob USDT 1_001; taker fee 10 bps
        order    A1 alice ask 1 @ 500 gtc        accepted
        order    A2 alice ask 1 @ 500 gtc        accepted
        order    B1 bob bid 2 @ 500 gtc          filled 1 @ 500 of A1; filled 1 @ 500 of A2
        fill     taker 0, maker 0, released 0; taker 1, maker 0, released 0
        balance  bob USDT 0, held 0
        balance  bob BTC 2, held 0
        balance  fee_pool USDT 1, held 0
    """)


def test_f7_the_unit_is_taken_from_what_is_available_when_there_is_one() -> None:
    # The same with one unit more: the first fill releases -1, that is, it tops its hold up by one unit.
    check("""
        given    alice BTC 100; bob USDT 1_002; taker fee 10 bps
        order    A1 alice ask 1 @ 500 gtc        accepted
        order    A2 alice ask 1 @ 500 gtc        accepted
        order    B1 bob bid 2 @ 500 gtc          filled 1 @ 500 of A1; filled 1 @ 500 of A2
        fill     taker 1, maker 0, released -1; taker 1, maker 0, released 0
        balance  bob USDT 0, held 0
        balance  fee_pool USDT 2, held 0
    """)


def test_f7_a_resting_buyer_is_let_off_its_unit_too() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_001; maker fee 10 bps; taker fee 10 bps
        order    B1 bob bid 2 @ 500 gtc          accepted
        order    A1 alice ask 1 @ 500 ioc        filled 1 @ 500 of B1
        fill     taker 1, maker 0, released 0
        hold     B1 501
        order    A2 alice ask 1 @ 500 ioc        filled 1 @ 500 of B1
        fill     taker 1, maker 1, released 0
        balance  bob USDT 0, held 0
    """)


def test_f7_a_seller_pays_its_fee_out_of_what_it_receives_and_is_let_off_nothing() -> None:
    check("""
        given    alice BTC 2; bob USDT 1_000; maker fee 0 bps; taker fee 10 bps
        fees     account bob maker 0 bps taker 0 bps         set
        order    B1 bob bid 2 @ 500 gtc                      accepted
        order    A1 alice ask 1 @ 500 ioc                    filled 1 @ 500 of B1
        fill     taker 1, maker 0, released 0
        balance  alice USDT 499, held 0
    """)


def test_f8_the_fill_names_the_rates_standing_brand_level_and_subsidy_of_entry() -> None:
    session = Session()
    session.play("fees", "north level 0 maker 2 bps taker 10 bps")
    session.play("given", "alice BTC 100; bob USDT 100000")
    session.play("order", "A1 alice ask 10 @ 1000 gtc")
    accepted = session.events[0]
    assert (accepted["maker_rate_e8"], accepted["taker_rate_e8"]) == (20_000, 100_000)  # 2 bps and 10 bps
    assert session.play("level", "alice 7") == "set"
    session.play("order", "B1 bob bid 10 @ 1000 gtc")
    _, maker = (event for event in session.events if event["kind"] == EventKind.FILL_SIDE)
    assert (maker["level"], maker["brand"], maker["subsidised"]) == (0, 1, 0)
    session.close()


@pytest.mark.parametrize(
    "fields",
    [
        "scope=0",
        "scope=4",
        "scope=3 taker_rate_e8=-1",
        "scope=3 taker_rate_e8=100_000_000",
        "scope=3 maker_rate_e8=100_000_000",
        "scope=3 maker_rate_e8=-100_000_000",
        "scope=3 highest_claim_e8=100_000_001",
        "scope=3 highest_claim_e8=-1",
        "scope=1 brand=1 level=10",
        "scope=1 brand=1 subsidised=2",
    ],
)
def test_f4_rates_are_below_100_percent_and_a_taker_is_never_paid(fields: str) -> None:
    check(f"""
        config   FEES {fields}       refused MALFORMED
    """)
