"""Scales, accounts, client order ids, funds, limits, configuration. Rules: docs/rules/counter.md."""

import pytest
from spec.session import Session, check

from commonbook.records import EventKind

INSTRUMENT = "instrument=9 base_asset=2 quote_asset=1 minimum_lots=1 name=NEW"  # BTC has 2 decimals, USDT 4


@pytest.mark.parametrize(
    ("tick", "lot", "outcome"),
    [
        ("tick_mantissa=1 tick_scale=2", "lot_mantissa=1 lot_scale=2", "set"),  # 0.01 x 0.01 = 0.0001: one unit
        ("tick_mantissa=1 tick_scale=3", "lot_mantissa=1 lot_scale=2", "refused BAD_SCALE"),  # a tenth of a unit
        ("tick_mantissa=10 tick_scale=3", "lot_mantissa=1 lot_scale=2", "set"),  # ten tenths
        (
            "tick_mantissa=1 tick_scale=0",
            "lot_mantissa=1 lot_scale=3",
            "refused BAD_SCALE",
        ),  # a lot of 0.1 units of BTC
        ("tick_mantissa=5 tick_scale=1", "lot_mantissa=100 lot_scale=0", "set"),
        ("tick_mantissa=1 tick_scale=37", "lot_mantissa=1 lot_scale=0", "refused BAD_SCALE"),
        ("tick_mantissa=1 tick_scale=0", "lot_mantissa=1 lot_scale=37", "refused BAD_SCALE"),
    ],
)
def test_c1_a_tick_times_a_lot_is_a_whole_number_of_quote_units_and_a_lot_of_base_units(
    tick: str, lot: str, outcome: str
) -> None:
    check(f"""
        config   INSTRUMENT {INSTRUMENT} {tick} {lot}        {outcome}
    """)


def test_c1_an_asset_has_at_most_18_decimals() -> None:
    check("""
        config   ASSET asset=9 scale=18 name=FINE        set
        config   ASSET asset=8 scale=19 name=FINER       refused BAD_SCALE
    """)


def test_c1_every_size_from_the_minimum_on_is_taken_and_none_below() -> None:
    check("""
        config   INSTRUMENT instrument=9 base_asset=2 quote_asset=1 minimum_lots=5 name=NEW \
tick_mantissa=1 tick_scale=2 lot_mantissa=1 lot_scale=2        set
        given    alice BTC 100
        order    A1 alice ask 4 @ 10 gtc instrument=9        refused BELOW_MINIMUM
        order    A2 alice ask 5 @ 10 gtc instrument=9        accepted
        order    A3 alice ask 6 @ 10 gtc instrument=9        accepted
        amend    A3 size 4                                   refused BELOW_MINIMUM
    """)


def test_c2_one_person_may_have_an_account_at_each_brand_and_each_has_its_own_money() -> None:
    check("""
        given    alice BTC 100; alice@south BTC 7
        order    A1 alice@south ask 8 @ 1600 gtc     refused INSUFFICIENT_FUNDS
        balance  alice BTC 100, held 0
        balance  alice@south BTC 7, held 0
    """)


def test_c2_an_accounts_level_changes_its_person_and_brand_never_do() -> None:
    check("""
        config   ACCOUNT account=5_000 person=77 brand=1 level=0     set
        config   ACCOUNT account=5_000 person=77 brand=1 level=9     set
        config   ACCOUNT account=5_000 person=78 brand=1 level=9     refused DUPLICATE_ID
        config   ACCOUNT account=5_000 person=77 brand=2 level=9     refused DUPLICATE_ID
        config   ACCOUNT account=5_000 person=77 brand=1 level=10    refused MALFORMED
    """)


def test_c2_ids_below_1000_are_the_venues_own() -> None:
    check("""
        given      alice BTC 100
        config     ACCOUNT account=999 person=1 brand=1      refused SYSTEM_ACCOUNT
        config     ACCOUNT account=1_000 person=1 brand=1    set
        order      X1 fee_pool ask 1 @ 1 gtc                 refused SYSTEM_ACCOUNT
        deposit    fee_pool USDT 5 key d1                    refused SYSTEM_ACCOUNT
        withdraw   subsidy USDT 5 key w1                     refused SYSTEM_ACCOUNT
        deposit    subsidy USDT 5 key d2                     subsidy +5
        transfer   subsidy alice USDT 5 key t1               subsidy -5; alice +5
    """)


def test_c7_a_client_order_id_of_32_characters_is_kept_whole() -> None:
    # The two differ in their last character only.
    first, second = "a" * 31 + "1", "a" * 31 + "2"
    check(f"""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc client {first}        accepted
        order    A2 alice ask 5 @ 1600 gtc client {second}       accepted
        cancel   client {second} by alice                        A2 canceled 5 USER
        cancel   client {first} by alice                         A1 canceled 4 USER
    """)


def test_c7_a_client_order_id_is_unique_among_the_live_orders_of_an_account() -> None:
    check("""
        given    alice BTC 100; alice@south BTC 100; alice ETH 100
        order    A1 alice ask 4 @ 1600 gtc client mine                   accepted
        order    A2 alice ask 4 @ 1600 gtc client mine                   refused DUPLICATE_CLIENT_ID
        order    A3 alice ask 4 @ 1600 gtc client mine on ETH-USDT       refused DUPLICATE_CLIENT_ID
        order    A4 alice@south ask 4 @ 1600 gtc client mine             accepted
        cancel   A1                                                      canceled 4 USER
        order    A5 alice ask 4 @ 1600 gtc client mine                   accepted
    """)


def test_c7_an_order_that_is_filled_or_closed_at_once_leaves_its_client_id_free() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 4 @ 1600 gtc client mine       accepted
        order    B1 bob bid 4 @ 1600 gtc client his          filled 4 @ 1600 of A1
        order    A2 alice ask 4 @ 1600 gtc client mine       accepted
        order    B2 bob bid 4 @ 1500 ioc client his          canceled 4 IOC_REMAINDER
        order    B3 bob bid 4 @ 1500 gtc client his          accepted
    """)


def test_c7_orders_without_a_client_id_do_not_collide() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    A2 alice ask 4 @ 1600 gtc       accepted
    """)


def test_c8_a_deposit_a_withdrawal_and_a_transfer_move_what_is_available() -> None:
    check("""
        given      bob USDT 100; alice USDT 1
        withdraw   bob USDT 40 key w1            bob -40
        transfer   bob alice USDT 25 key t1      bob -25; alice +25
        balance    bob USDT 35, held 0
        balance    alice USDT 26, held 0
        withdraw   bob USDT 36 key w2            refused INSUFFICIENT_FUNDS
    """)


def test_c8_an_idempotency_key_has_its_effect_once_whatever_comes_with_it_later() -> None:
    check("""
        given      alice USDT 1
        deposit    bob USDT 100 key k1           bob +100
        deposit    bob USDT 100 key k1           refused DUPLICATE_KEY
        deposit    alice BTC 5 key k1            refused DUPLICATE_KEY
        withdraw   bob USDT 100 key k1           refused DUPLICATE_KEY
        transfer   bob alice USDT 100 key k1     refused DUPLICATE_KEY
        deposit    bob USDT 100 key k2           bob +100
        balance    bob USDT 200, held 0
    """)


def test_c8_a_refused_movement_leaves_its_key_unused() -> None:
    check("""
        given      bob USDT 100
        withdraw   bob USDT 101 key k1           refused INSUFFICIENT_FUNDS
        deposit    bob USDT 1 key d1             bob +1
        withdraw   bob USDT 101 key k1           bob -101
    """)


def test_c8_a_key_of_32_bytes_is_compared_whole() -> None:
    check(f"""
        deposit    bob USDT 1 key {"k" * 31}1      bob +1
        deposit    bob USDT 1 key {"k" * 31}2      bob +1
        deposit    bob USDT 1 key {"k" * 31}1      refused DUPLICATE_KEY
        deposit    bob USDT 1                      refused MALFORMED
    """)


def test_c8_a_transfer_tells_the_payer_first() -> None:
    session = Session()
    session.play("given", "bob USDT 100; alice USDT 1")
    session.play("transfer", "bob alice USDT 25 key t1")
    told = [(event["kind"], event["available_delta"], event["available"]) for event in session.events]
    assert told == [(EventKind.BALANCE, -25, 75), (EventKind.BALANCE, 25, 26)]


def test_c10_an_amount_of_10_to_the_38_is_refused_wherever_it_would_come_about() -> None:
    most = 10**38 - 1
    check(f"""
        deposit    bob USDT {10**38} key d1        refused OVERFLOW
        deposit    bob USDT {most} key d2          bob +{most}
        deposit    bob USDT 1 key d3               refused OVERFLOW
        deposit    alice USDT 1 key d4             refused OVERFLOW      # all accounts together stay below it
        withdraw   bob USDT 1 key w1               bob -1
        deposit    alice USDT 1 key d4             alice +1
    """)


def test_c10_an_order_whose_notional_or_hold_overflows_is_refused() -> None:
    # 9.2 * 10^18 lots at 9.2 * 10^18 ticks are 8.5 * 10^37 units: below 10^38. 20 % more for the fee are not.
    most = 2**63 - 1
    check(f"""
        given      bob USDT 100
        order      B1 bob bid {most} @ {most} gtc          refused INSUFFICIENT_FUNDS
        fees       account bob maker 0 bps taker 2000 bps
        order      B2 bob bid {most} @ {most} gtc          refused OVERFLOW
        order      B3 bob bid {10**38 - 1} USDT market     refused OVERFLOW
    """)


def test_c10_the_open_lots_of_one_side_of_a_book_stay_below_2_to_the_63() -> None:
    most = 2**63 - 1
    check(f"""
        given      alice BTC {most}; carol BTC 10
        order      A1 alice ask {most - 5} @ 1600 gtc      accepted
        order      C1 carol ask 6 @ 1600 gtc               refused OVERFLOW
        order      C2 carol ask 5 @ 1600 gtc               accepted
        amend      C2 size 6                               refused OVERFLOW
        book       ask {most} @ 1600
    """)


def test_c11_configuration_sent_again_is_taken_and_sent_differently_is_refused() -> None:
    check("""
        config   ASSET asset=2 scale=2 name=BTC              set
        config   ASSET asset=2 scale=3 name=BTC              refused DUPLICATE_ID
        config   ASSET asset=9 scale=2 name=BTC              refused DUPLICATE_ID
        config   BRAND brand=1 name=north                    set
        config   BRAND brand=1 name=east                     refused DUPLICATE_ID
        config   BRAND brand=9 name=north                    refused DUPLICATE_ID
        config   INSTRUMENT instrument=1 base_asset=2 quote_asset=1 tick_mantissa=1 tick_scale=2 lot_mantissa=1 \
lot_scale=2 minimum_lots=1 name=BTC-USDT                     set
        config   INSTRUMENT instrument=1 base_asset=2 quote_asset=1 tick_mantissa=1 tick_scale=2 lot_mantissa=1 \
lot_scale=2 minimum_lots=2 name=BTC-USDT                     refused DUPLICATE_ID
    """)


def test_c11_an_instrument_that_is_sent_again_keeps_its_status() -> None:
    check("""
        given    alice BTC 100
        status   HALTED on BTC-USDT                          set
        config   INSTRUMENT instrument=1 base_asset=2 quote_asset=1 tick_mantissa=1 tick_scale=2 lot_mantissa=1 \
lot_scale=2 minimum_lots=1 name=BTC-USDT                     set
        order    A1 alice ask 1 @ 1600 gtc                   refused HALTED
    """)


def test_c12_a_broker_code_may_be_closed_and_moved_to_another_payout_account_but_never_renamed() -> None:
    check("""
        config   ACCOUNT account=5_000 person=77 brand=1                             set
        config   BROKER_CODE broker=1 active=0 payout_account=5_000 code=BROKER1     set
        config   BROKER_CODE broker=1 active=1 payout_account=5_000 code=OTHER       refused DUPLICATE_ID
        config   BROKER_CODE broker=9 active=1 payout_account=5_000 code=BROKER2     refused DUPLICATE_ID
        config   BROKER_CODE broker=9 active=1 payout_account=5_000 code=not-this    refused MALFORMED
        config   BROKER_CODE broker=9 active=1 payout_account=1 code=B9              refused SYSTEM_ACCOUNT
    """)


def test_c12_an_order_with_a_closed_code_is_taken_without_a_broker() -> None:
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 100000")
    session.play("order", "A1 alice ask 4 @ 1600 gtc broker 1")
    assert (session.events[0]["broker"], session.events[0]["attribution"]) == (1, 0)
    session.play("config", f"BROKER_CODE broker=2 active=0 payout_account={session.account('bob')} code=BROKER2")
    session.play("order", "A2 alice ask 4 @ 1601 gtc broker 2")
    assert (session.events[0]["broker"], session.events[0]["attribution"]) == (0, 4)  # CODE_INACTIVE
    # A code that is closed later still stands on the orders that came before.
    session.play("config", f"BROKER_CODE broker=1 active=0 payout_account={session.account('bob')} code=BROKER1")
    session.play("order", "B1 bob bid 4 @ 1600 gtc")
    taker, maker = (event for event in session.events if event["kind"] == EventKind.FILL_SIDE)
    assert (maker["broker"], taker["broker"]) == (1, 0)
    session.close()
