"""Amendments, cancels, the dead man's timer and halts. Rules: docs/rules/matching.md, K-9 to K-13."""

import pytest
from spec.session import Session, check

from commonbook.records import EventKind


def test_k9_a_smaller_size_at_the_same_price_keeps_its_place() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; bob USDT 1_000_000
        order    A1 alice ask 9 @ 1600 gtc       accepted
        order    C1 carol ask 9 @ 1600 gtc       accepted
        amend    A1 size 4                       amended in place
        balance  alice BTC 96, held 4
        order    B1 bob bid 5 @ 1600 ioc         filled 4 @ 1600 of A1; filled 1 @ 1600 of C1
    """)


def test_k9_a_larger_size_goes_behind_all_others_at_its_price() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    C1 carol ask 4 @ 1600 gtc       accepted
        amend    A1 size 5                       amended anew; rests 5
        order    B1 bob bid 5 @ 1600 ioc         filled 4 @ 1600 of C1; filled 1 @ 1600 of A1
    """)


def test_k9_another_price_loses_its_place_even_with_a_smaller_size_and_on_the_way_back() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    C1 carol ask 4 @ 1600 gtc       accepted
        amend    A1 price 1601 size 3            amended anew; rests 3
        amend    A1 price 1600                   amended anew; rests 3
        order    B1 bob bid 5 @ 1600 ioc         filled 4 @ 1600 of C1; filled 1 @ 1600 of A1
    """)


def test_k9_the_new_size_is_the_whole_size_and_what_is_filled_counts() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 9 @ 1600 gtc       accepted
        order    B1 bob bid 4 @ 1600 ioc         filled 4 @ 1600 of A1
        amend    A1 size 4                       refused AMEND_BELOW_FILLED
        amend    A1 size 6                       amended in place
        book     ask 2 @ 1600
    """)


def test_k9_an_amended_limit_order_takes_what_it_now_crosses() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    B1 bob bid 6 @ 1500 gtc         accepted
        amend    B1 price 1700                   amended anew; filled 4 @ 1600 of A1; rests 2
        balance  bob USDT 990_200, held 3_400    # 1_000_000 - 4 * 1600 - 2 * 1700, of which 2 * 1700 are held
    """)


def test_k9_an_amended_post_only_order_that_would_cross_is_canceled() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc           accepted
        order    B1 bob bid 6 @ 1500 post_only       accepted
        amend    B1 price 1600                       amended anew; canceled 6 POST_ONLY_WOULD_CROSS
        balance  bob USDT 1_000_000, held 0
    """)


def test_k9_an_amendment_changes_neither_the_orders_id_nor_its_client_id() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc client mine       accepted
        amend    client mine price 1700 by alice             amended anew; rests 4
        cancel   A1                                          canceled 4 USER
    """)


def test_k9_an_amendment_that_changes_nothing_is_refused() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        amend    A1                              refused NOTHING_TO_AMEND
        amend    A1 price 1600 size 4            refused NOTHING_TO_AMEND
    """)


def test_k10_a_cancel_releases_the_hold_and_works_once() -> None:
    check("""
        given    bob USDT 16_016; taker fee 10 bps
        order    B1 bob bid 10 @ 1600 gtc        accepted
        balance  bob USDT 0, held 16_016
        cancel   B1                              canceled 10 USER
        balance  bob USDT 16_016, held 0
        cancel   B1 by bob                       refused UNKNOWN_ORDER
    """)


def test_k10_absent_foreign_and_finished_orders_are_answered_alike() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 4 @ 1600 gtc                   accepted
        cancel   A1 by bob                                   refused UNKNOWN_ORDER
        amend    A1 size 2 by bob                            refused UNKNOWN_ORDER
        cancel   client nothing by bob                       refused UNKNOWN_ORDER
        config   CANCEL account=1_005 order=999_999          refused UNKNOWN_ORDER
        cancel   A1 instrument=2                             refused UNKNOWN_ORDER
        order    B1 bob bid 4 @ 1600 ioc                     filled 4 @ 1600 of A1
        cancel   A1 by alice                                 refused UNKNOWN_ORDER
    """)


def test_k10_the_same_person_at_another_brand_is_another_account() -> None:
    check("""
        given    alice BTC 100; alice@south BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        cancel   A1 by alice@south               refused UNKNOWN_ORDER
    """)


def test_k10_cancel_all_takes_the_accounts_orders_oldest_first_and_says_how_many() -> None:
    check("""
        given        alice BTC 100; alice ETH 100; carol BTC 100
        order        A1 alice ask 4 @ 1700 gtc                   accepted
        order        A2 alice ask 4 @ 1600 gtc on ETH-USDT       accepted
        order        C1 carol ask 4 @ 1600 gtc                   accepted
        order        A3 alice ask 4 @ 1600 gtc                   accepted
        cancel_all   alice on BTC-USDT       A1 canceled 4 USER; A3 canceled 4 USER; 2 canceled
        cancel_all   alice                   A2 canceled 4 USER; 1 canceled
        cancel_all   alice                   0 canceled
        book         ask 4 @ 1600
    """)


def test_k11_the_events_of_a_command_come_in_the_order_in_which_things_happened_and_levels_last() -> None:
    session = Session()
    session.play("given", "alice BTC 100; carol BTC 100; alice@south USDT 1000000")
    session.play("order", "C1 carol ask 5 @ 1600 gtc")
    session.play("order", "A1 alice ask 5 @ 1601 gtc")
    session.play("order", "A2 alice@south bid 8 @ 1601 gtc")
    told = [EventKind(event["kind"]).name for event in session.events]
    assert told == ["ACCEPTED", "FILL", "FILL_SIDE", "FILL_SIDE", "CANCELED", "RESTING", "LEVEL", "LEVEL", "LEVEL"]
    assert [event["index"] for event in session.events] == list(range(9))
    # Bids before asks, prices ascending, each with its total after the command; zero means that the level is gone.
    levels = [(event["side"], event["price_ticks"], event["total_lots"]) for event in session.events[6:]]
    assert levels == [(1, 1601, 3), (2, 1600, 0), (2, 1601, 0)]


def test_k12_an_account_that_does_not_say_it_is_alive_is_out_of_every_book() -> None:
    check("""
        given    alice BTC 100; alice ETH 100; carol BTC 100
        order    A1 alice ask 4 @ 1600 gtc                   accepted
        order    A2 alice ask 4 @ 1600 gtc on ETH-USDT       accepted
        order    C1 carol ask 4 @ 1600 gtc                   accepted
        alive    alice 10                                    timer set
        time     9.999999999                                 nothing
        time     0.000000001     A1 canceled 4 CANCEL_ALL_AFTER; A2 canceled 4 CANCEL_ALL_AFTER; timer cleared
        time     60                                          nothing
        book     ask 4 @ 1600
    """)


def test_k12_saying_it_again_renews_the_timer_and_zero_clears_it() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        alive    alice 10                        timer set
        time     9                               nothing
        alive    alice 10                        timer set
        time     9                               nothing
        alive    alice 0                         timer cleared
        time     60                              nothing
        book     ask 4 @ 1600
    """)


def test_k12_a_timer_for_a_tag_takes_only_orders_with_that_tag() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc tag bot       accepted
        order    A2 alice ask 4 @ 1601 gtc tag man       accepted
        order    A3 alice ask 4 @ 1602 gtc               accepted
        alive    alice 10 tag bot                        timer set
        time     10                                      A1 canceled 4 CANCEL_ALL_AFTER; timer cleared
        book     ask 4 @ 1601, ask 4 @ 1602
    """)


def test_k12_a_due_timer_runs_before_the_command_that_brings_its_time() -> None:
    # Bob's order comes when Alice's time is over: it finds nothing, however late the timer is told.
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 100000")
    session.play("order", "A1 alice ask 4 @ 1600 gtc")
    session.play("alive", "alice 10")
    session.time_ns += 10_000_000_000
    told = session.play("order", "B1 bob bid 4 @ 1600 gtc")
    assert told == "A1 canceled 4 CANCEL_ALL_AFTER; timer cleared; rests 4"


def test_k12_a_timer_sweeps_halted_books_too() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        alive    alice 10                        timer set
        status   HALTED                          set
        time     10                              A1 canceled 4 CANCEL_ALL_AFTER; timer cleared
    """)


def test_k12_a_deadline_that_is_not_in_the_future_is_malformed() -> None:
    check("""
        given    alice BTC 100
        alive    alice 1 deadline_ns=1_700_000_000_000_000_000      refused MALFORMED
        alive    alice 1 deadline_ns=1_700_000_000_000_000_001      timer set
        alive    alice 1 deadline_ns=-1                             refused MALFORMED
    """)


def test_k13_a_halted_instrument_takes_neither_orders_nor_cancels_nor_amendments() -> None:
    check("""
        given        alice BTC 100; alice ETH 100
        order        A1 alice ask 4 @ 1600 gtc       accepted
        status       HALTED on BTC-USDT              set
        order        A2 alice ask 4 @ 1600 gtc       refused HALTED
        cancel       A1                              refused HALTED
        amend        A1 size 2                       refused HALTED
        cancel_all   alice on BTC-USDT               refused HALTED
        cancel_all   alice                           0 canceled
        order        A3 alice ask 4 @ 1600 gtc on ETH-USDT       accepted
        status       LIVE on BTC-USDT                set
        cancel       A1                              canceled 4 USER
    """)


def test_k13_cancel_only_takes_cancels_and_nothing_else() -> None:
    check("""
        given    alice BTC 100
        order    A1 alice ask 4 @ 1600 gtc       accepted
        status   CANCEL_ONLY on BTC-USDT         set
        order    A2 alice ask 4 @ 1600 gtc       refused CANCEL_ONLY
        amend    A1 size 2                       refused CANCEL_ONLY
        cancel   A1                              canceled 4 USER
    """)


@pytest.mark.parametrize(
    ("venue", "instrument", "outcome"),
    [
        ("LIVE", "LIVE", "accepted"),
        ("CANCEL_ONLY", "LIVE", "refused CANCEL_ONLY"),
        ("LIVE", "CANCEL_ONLY", "refused CANCEL_ONLY"),
        ("HALTED", "CANCEL_ONLY", "refused HALTED"),
        ("CANCEL_ONLY", "HALTED", "refused HALTED"),
    ],
)
def test_k13_the_stricter_of_venue_and_instrument_holds(venue: str, instrument: str, outcome: str) -> None:
    check(f"""
        given    alice BTC 100
        status   {venue}                         set
        status   {instrument} on BTC-USDT        set
        order    A1 alice ask 4 @ 1600 gtc       {outcome}
    """)


def test_k13_a_halt_stops_no_deposit_withdrawal_or_transfer() -> None:
    check("""
        given      alice BTC 100; bob BTC 1
        status     HALTED                        set
        deposit    alice BTC 5 key d1            alice +5
        withdraw   alice BTC 5 key w1            alice -5
        transfer   alice bob BTC 5 key t1        alice -5; bob +5
    """)
