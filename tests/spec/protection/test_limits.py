"""Limits against slips of a finger. Rules: docs/rules/protection.md, P-4 to P-7 and P-10."""

from spec.session import check


def test_p4_the_best_opposite_price_decides_and_only_on_the_side_that_hurts() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      A1 alice ask 1 @ 1600 gtc         accepted
        order      B1 bob bid 1 @ 1500 gtc           accepted
        limits     deviation 10 %                    set
        order      B2 bob bid 1 @ 1761 ioc           refused PRICE_TOO_FAR
        order      B3 bob bid 1 @ 1 gtc              accepted
        order      A2 alice ask 1 @ 1349 gtc         refused PRICE_TOO_FAR     # 1500 * 0.9 = 1350
        order      A3 alice ask 1 @ 99999 gtc        accepted
        amend      B1 price 1761                     refused PRICE_TOO_FAR
        amend      A3 price 1349                     refused PRICE_TOO_FAR
    """)


def test_p4_a_deviation_of_more_than_all_stops_no_sell() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 1 @ 1500 gtc           accepted
        limits     deviation 150 %                   set
        order      A1 alice ask 1 @ 1 ioc            filled 1 @ 1500 of B1
        order      B2 bob bid 1 @ 3751 gtc           refused PRICE_TOO_FAR     # 1500 * 2.5 = 3750
        order      B3 bob bid 1 @ 3750 gtc           accepted
    """)


def test_p5_the_size_of_an_order_and_the_total_size_of_an_amendment_have_a_limit() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      A1 alice ask 9 @ 10 gtc           accepted
        limits     size 10                           set
        order      B1 bob bid 11 @ 10 ioc            refused SIZE_ABOVE_LIMIT
        order      B2 bob bid 11 @ 10 market         refused SIZE_ABOVE_LIMIT
        order      B3 bob bid 9_999 USDT market      filled 9 @ 10 of A1; canceled IOC_REMAINDER
        order      B4 bob bid 10 @ 10 gtc            accepted
        amend      B4 size 11                        refused SIZE_ABOVE_LIMIT
    """)


def test_p6_a_sell_counts_at_the_price_it_would_trade_at() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 1 @ 1000 gtc           accepted
        limits     notional 2000                     set
        order      A1 alice ask 3 @ 1 ioc            refused NOTIONAL_ABOVE_LIMIT      # 3 * 1000
        order      A2 alice ask 2 @ 1 ioc            filled 1 @ 1000 of B1; canceled 1 IOC_REMAINDER
        order      A3 alice ask 3 market             refused NOTIONAL_ABOVE_LIMIT      # the last price was 1000
        order      A4 alice ask 2 @ 1001 gtc         refused NOTIONAL_ABOVE_LIMIT
        order      A5 alice ask 2 @ 1000 gtc         accepted
        amend      A5 price 1001                     refused NOTIONAL_ABOVE_LIMIT
    """)


def test_p6_a_market_sell_where_nothing_was_ever_asked_or_bid_has_no_price_to_count_at() -> None:
    check("""
        given      alice BTC 100
        limits     notional 1                        set
        order      A1 alice ask 50 market            canceled 50 IOC_REMAINDER
    """)


def test_p7_side_price_and_size_make_a_duplicate_not_type_or_client_id() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        limits     duplicate 1                           set
        order      B1 bob bid 2 @ 10 gtc client one      accepted
        order      B2 bob bid 2 @ 10 ioc client two      refused DUPLICATE_ORDER
        order      B3 bob bid 3 @ 10 gtc                 accepted
        order      B4 bob bid 3 @ 11 gtc                 accepted
        order      A1 alice ask 3 @ 12 gtc               accepted
        order      A2 alice ask 3 @ 12 gtc               refused DUPLICATE_ORDER
        order      A3 alice ask 3 @ 12 gtc on ETH-USDT   refused INSUFFICIENT_FUNDS
    """)


def test_p7_every_account_and_every_instrument_counts_for_itself() -> None:
    check("""
        given      bob USDT 1_000_000; carol USDT 1_000_000
        limits     duplicate 1                               set
        limits     duplicate 1 on ETH-USDT                   set
        order      B1 bob bid 2 @ 10 gtc                     accepted
        order      C1 carol bid 2 @ 10 gtc                   accepted
        order      B2 bob bid 2 @ 10 gtc on ETH-USDT         accepted
        order      B3 bob bid 2 @ 10 gtc                     refused DUPLICATE_ORDER
    """)


def test_p7_a_refused_order_is_not_the_last_one_and_neither_is_an_amendment() -> None:
    check("""
        given      bob USDT 100
        limits     duplicate 1                           set
        order      B1 bob bid 11 @ 10 gtc                refused INSUFFICIENT_FUNDS
        order      B2 bob bid 11 @ 10 gtc                refused INSUFFICIENT_FUNDS
        order      B3 bob bid 2 @ 10 gtc                 accepted
        amend      B3 price 11                           amended anew; rests 2
        order      B4 bob bid 2 @ 11 gtc                 accepted
        order      B5 bob bid 2 @ 11 gtc                 refused DUPLICATE_ORDER
    """)


def test_p7_the_budget_is_the_size_of_a_quote_sized_order() -> None:
    check("""
        given      bob USDT 1_000_000
        limits     duplicate 1                           set
        order      B1 bob bid 500 USDT market            canceled IOC_REMAINDER
        order      B2 bob bid 500 USDT market            refused DUPLICATE_ORDER
        order      B3 bob bid 501 USDT market            canceled IOC_REMAINDER
    """)


def test_p7_the_check_is_off_until_it_is_set_and_off_again_with_a_time_of_0() -> None:
    check("""
        given      bob USDT 1_000_000
        order      B1 bob bid 2 @ 10 gtc                 accepted
        order      B2 bob bid 2 @ 10 gtc                 accepted
        limits     duplicate 1                           set
        order      B3 bob bid 2 @ 10 gtc                 accepted
        order      B4 bob bid 2 @ 10 gtc                 refused DUPLICATE_ORDER
        limits     duplicate 0                           set
        order      B5 bob bid 2 @ 10 gtc                 accepted
    """)


def test_p10_an_amendment_that_keeps_its_place_is_free_of_limits() -> None:
    check("""
        given      bob USDT 1_000_000
        order      B1 bob bid 50 @ 1000 gtc              accepted
        limits     size 10 notional 100                  set
        amend      B1 size 40                            amended in place
        amend      B1 size 41                            refused SIZE_ABOVE_LIMIT
        amend      B1 price 10 size 10                   amended anew; rests 10
    """)


def test_p10_it_is_so_outside_the_band_and_too_far_from_the_market_too() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 50 @ 1000 gtc              accepted
        order      A1 alice ask 50 @ 1001 gtc            accepted
        limits     band 2 % 5 % deviation 1 %            set
        reference  500                                   set
        amend      B1 size 40                            amended in place
        amend      B1 size 41                            refused PRICE_ABOVE_BAND
        reference  2000                                  set
        amend      A1 size 40                            amended in place
        amend      A1 size 41                            refused PRICE_BELOW_BAND
        reference  0                                     set
        cancel     B1                                    canceled 40 USER
        order      B2 bob bid 30 @ 2000 ioc              refused PRICE_TOO_FAR
        order      B3 bob bid 30 @ 1001 ioc              filled 30 @ 1001 of A1
        amend      A1 size 35                            amended in place
        balance    alice BTC 65, held 5                  # 100 - 30 sold - 5
    """)


def test_p10_no_amendment_passes_a_switch_not_even_one_that_keeps_its_place() -> None:
    check("""
        given      bob USDT 1_000_000
        order      B1 bob bid 50 @ 1000 gtc key 8        accepted
        limits     size 10                               set
        kill       credential 7                          set
        amend      B1 size 40 key 7                      refused KILLED
        amend      B1 size 60 key 7                      refused KILLED
        amend      B1 size 40 key 8                      amended in place
    """)


def test_p10_the_total_size_counts_what_is_filled_and_the_notional_counts_all_of_it() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 8 @ 100 gtc                accepted
        order      A1 alice ask 5 @ 100 ioc              filled 5 @ 100 of B1
        limits     size 10                               set
        amend      B1 size 11                            refused SIZE_ABOVE_LIMIT          # though 6 would rest
        limits     notional 900                          set
        amend      B1 size 10                            refused NOTIONAL_ABOVE_LIMIT      # 10 * 100, though 5 rest
        amend      B1 size 9                             amended anew; rests 4
    """)
