"""Self-trade prevention, by person, across all brands. Rules: docs/rules/matching.md, K-8."""

from spec.session import check


def test_k8_a_person_never_trades_with_itself_even_across_two_brands() -> None:
    # Without a mode the resting order is the one to go.
    check("""
        given    alice BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc           accepted
        order    A2 alice@south bid 5 @ 1600 gtc     A1 canceled 5 SELF_TRADE; rests 5
        book     bid 5 @ 1600
        balance  alice BTC 100, held 0
        balance  alice@south USDT 992_000, held 8_000
    """)


def test_k8_cancel_maker_cancels_own_orders_in_the_way_and_goes_on() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc                              accepted
        order    C1 carol ask 5 @ 1601 gtc                              accepted
        order    A2 alice ask 5 @ 1602 gtc                              accepted
        order    A3 alice@south bid 8 @ 1602 gtc stp cancel_maker       A1 canceled 5 SELF_TRADE; \
filled 5 @ 1601 of C1; A2 canceled 5 SELF_TRADE; rests 3
    """)


def test_k8_cancel_maker_leaves_alone_what_the_order_does_not_reach() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    C1 carol ask 5 @ 1600 gtc                              accepted
        order    A1 alice ask 5 @ 1600 gtc                              accepted
        order    A2 alice@south bid 5 @ 1600 gtc stp cancel_maker       filled 5 @ 1600 of C1
        book     ask 5 @ 1600
    """)


def test_k8_cancel_taker_keeps_what_was_filled_and_cancels_the_rest() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    C1 carol ask 5 @ 1600 gtc                              accepted
        order    A1 alice ask 5 @ 1601 gtc                              accepted
        order    A2 alice@south bid 8 @ 1601 gtc stp cancel_taker       filled 5 @ 1600 of C1; canceled 3 SELF_TRADE
        book     ask 5 @ 1601
        balance  alice@south USDT 992_000, held 0                       # 1_000_000 - 5 * 1600
    """)


def test_k8_cancel_both_cancels_the_one_that_rests_and_the_rest_of_the_one_that_comes() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    C1 carol ask 5 @ 1600 gtc                              accepted
        order    A1 alice ask 5 @ 1601 gtc                              accepted
        order    A2 alice ask 5 @ 1601 gtc                              accepted
        order    A3 alice@south bid 8 @ 1601 gtc stp cancel_both        filled 5 @ 1600 of C1; \
A1 canceled 5 SELF_TRADE; canceled 3 SELF_TRADE
        book     ask 5 @ 1601
    """)


def test_k8_the_mode_of_the_order_that_comes_decides_not_that_of_the_one_that_rests() -> None:
    check("""
        given    alice BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc stp cancel_both              accepted
        order    A2 alice@south bid 5 @ 1600 gtc stp cancel_taker       canceled 5 SELF_TRADE
        book     ask 5 @ 1600
    """)


def test_k8_two_persons_at_one_brand_trade() -> None:
    check("""
        given    alice@south BTC 100; carol@south USDT 1_000_000
        order    A1 alice@south ask 5 @ 1600 gtc     accepted
        order    C1 carol@south bid 5 @ 1600 gtc     filled 5 @ 1600 of A1
    """)


def test_k8_a_quote_sized_buy_that_cannot_pay_a_lot_stops_before_it_meets_its_own_person() -> None:
    check("""
        given    alice BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc               accepted
        order    A2 alice@south bid 1_599 USDT market    canceled IOC_REMAINDER
        order    A3 alice@south bid 1_600 USDT market    A1 canceled 5 SELF_TRADE; canceled IOC_REMAINDER
        book     nothing
    """)


def test_k8_an_amended_order_prevents_self_trades_by_its_own_mode() -> None:
    check("""
        given    alice BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc                              accepted
        order    A2 alice@south bid 5 @ 1500 gtc stp cancel_taker       accepted
        amend    A2 price 1600                                          amended anew; canceled 5 SELF_TRADE
        book     ask 5 @ 1600
    """)
