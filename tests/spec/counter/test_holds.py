"""What an order holds and when it is released. Rules: docs/rules/counter.md, C-3 to C-6 and C-9; fees.md, F-2."""

from spec.session import Session, check


def test_c3_a_sell_holds_what_it_sells() -> None:
    check("""
        given    alice BTC 100; taker fee 10 bps
        order    A1 alice ask 60 @ 1600 gtc      accepted
        balance  alice BTC 40, held 60
        order    A2 alice ask 41 @ 1600 gtc      refused INSUFFICIENT_FUNDS
        order    A3 alice ask 40 @ 1600 gtc      accepted
        balance  alice BTC 0, held 100
    """)


def test_c3_a_lot_of_many_ledger_units_is_held_in_ledger_units() -> None:
    # 18 decimals, a lot of 0.1: 10^17 units. Beyond 64 bits from 93 lots on.
    session = Session()
    session.play("config", "ASSET asset=9 scale=18 name=TOKEN")
    session.play(
        "config",
        "INSTRUMENT instrument=9 base_asset=9 quote_asset=1 tick_mantissa=1 tick_scale=3 lot_mantissa=1 "
        "lot_scale=1 minimum_lots=1 name=TOKEN-USDT",
    )
    session.play("given", f"alice 9 {1_000 * 10**17}")
    assert session.play("order", "A1 alice ask 999 @ 5 gtc instrument=9") == "accepted"
    session.play("balance", f"alice 9 {10**17}, held {999 * 10**17}")
    session.close()


def test_c4_a_buy_holds_its_notional_at_its_price_and_the_worst_fee_on_it() -> None:
    # 10 * 1600 = 16_000, and 10 bps of it: 16.
    check("""
        given    bob USDT 16_016; taker fee 10 bps; maker fee 2 bps
        order    B1 bob bid 10 @ 1600 gtc        accepted
        balance  bob USDT 0, held 16_016
        cancel   B1                              canceled 10 USER
        withdraw bob USDT 1 key w1               bob -1
        order    B2 bob bid 10 @ 1600 gtc        refused INSUFFICIENT_FUNDS
        balance  bob USDT 16_015, held 0
    """)


def test_c4_the_worst_fee_is_the_makers_when_that_is_higher() -> None:
    check("""
        given    bob USDT 100_000; taker fee 1 bps; maker fee 10 bps
        order    B1 bob bid 10 @ 1600 gtc        accepted
        hold     B1 16_016                       # 16_000 + 10 bps
    """)


def test_c4_a_rebate_lowers_no_hold() -> None:
    check("""
        given    bob USDT 100_000; taker fee 10 bps; maker fee -5 bps
        order    B1 bob bid 10 @ 1600 post_only      accepted
        hold     B1 16_016
    """)


def test_c4_the_worst_fee_is_rounded_up() -> None:
    check("""
        given    bob USDT 100_000; taker fee 10 bps
        order    B1 bob bid 1 @ 1001 gtc         accepted
        hold     B1 1_003                        # 1_001 + 1.001 rounded up
    """)


def test_c5_a_base_sized_market_buy_holds_at_its_worst_price() -> None:
    # Held: 10 * 1700 + 17 = 17_017, whatever the book asks. Paid: 16_000 + 16.
    check("""
        given    alice BTC 100; bob USDT 17_016; taker fee 10 bps
        order    A1 alice ask 10 @ 1600 gtc      accepted
        order    B1 bob bid 10 @ 1700 market     refused INSUFFICIENT_FUNDS
        deposit  bob USDT 1 key d1               bob +1
        order    B2 bob bid 10 @ 1700 market     filled 10 @ 1600 of A1
        fill     taker 16, maker 0, released 1_001
        balance  bob USDT 1_001, held 0          # 17_017 - 16_016
    """)


def test_c5_a_base_sized_market_buy_without_a_worst_price_is_refused() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 10 @ 1600 gtc      accepted
        order    B1 bob bid 10 market            refused BAD_PRICE
        order    B2 bob bid 10 @ 0 market        refused BAD_PRICE
    """)


def test_c5_a_quote_sized_market_buy_holds_its_budget_and_the_worst_fee_on_it() -> None:
    check("""
        given    alice BTC 100; bob USDT 10_009; taker fee 10 bps
        order    A1 alice ask 10 @ 1000 gtc      accepted
        order    B1 bob bid 10_000 USDT market   refused INSUFFICIENT_FUNDS      # 10_000 + 10 are needed
        deposit  bob USDT 1 key d1               bob +1
        order    B2 bob bid 10_000 USDT market   filled 10 @ 1000 of A1; canceled QUOTE_SPENT
        balance  bob USDT 0, held 0
        balance  bob BTC 10, held 0
    """)


def test_c5_a_market_sell_holds_its_size_like_any_sell() -> None:
    check("""
        given    alice USDT 100_000; bob BTC 10
        order    A1 alice bid 10 @ 1000 gtc      accepted
        order    B1 bob ask 11 market            refused INSUFFICIENT_FUNDS
        order    B2 bob ask 10 market            filled 10 @ 1000 of A1
    """)


def test_c6_each_fill_releases_what_the_rest_of_the_order_no_longer_needs() -> None:
    # Held for 10 at 1700: 17_017. 4 at 1600 cost 6_400 + 7 (6.4 rounded up). The rest needs 6 * 1700 + 11 = 10_211.
    # Released: 17_017 - 6_400 - 7 - 10_211 = 399.
    check("""
        given    alice BTC 100; bob USDT 20_000; taker fee 10 bps
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    B1 bob bid 10 @ 1700 gtc        filled 4 @ 1600 of A1; rests 6
        fill     taker 7, maker 0, released 399
        hold     B1 10_211
        balance  bob USDT 3_382, held 10_211     # 20_000 - 6_407 - 10_211
        cancel   B1                              canceled 6 USER
        balance  bob USDT 13_593, held 0         # 20_000 - 6_407
    """)


def test_c6_a_sell_that_is_filled_delivers_out_of_its_hold() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 10 @ 1600 gtc      accepted
        order    B1 bob bid 4 @ 1600 ioc         filled 4 @ 1600 of A1
        hold     A1 6
        balance  alice BTC 90, held 6
        balance  alice USDT 6_400, held 0
        balance  bob BTC 4, held 0
    """)


def test_c6_every_way_an_order_ends_releases_the_whole_hold() -> None:
    check("""
        given      alice BTC 100; alice@south USDT 100_000; bob USDT 100_000; taker fee 10 bps
        order      A1 alice ask 4 @ 1600 gtc                         accepted
        order      B1 bob bid 9 @ 1601 fok                           canceled 9 FOK_UNFILLABLE
        order      B2 bob bid 9 @ 1601 post_only                     canceled 9 POST_ONLY_WOULD_CROSS
        order      B3 bob bid 9 @ 1599 ioc                           canceled 9 IOC_REMAINDER
        order      B4 bob bid 1_000 USDT market                      canceled IOC_REMAINDER
        balance    bob USDT 100_000, held 0
        order      A2 alice@south bid 4 @ 1600 gtc stp cancel_both   A1 canceled 4 SELF_TRADE; canceled 4 SELF_TRADE
        balance    alice BTC 100, held 0
        balance    alice@south USDT 100_000, held 0
        order      B5 bob bid 9 @ 1599 gtc                           accepted
        alive      bob 10                                            timer set
        time       10                            B5 canceled 9 CANCEL_ALL_AFTER; timer cleared
        balance    bob USDT 100_000, held 0
    """)


def test_c6_held_money_can_be_neither_withdrawn_nor_transferred_nor_held_again() -> None:
    check("""
        given      bob USDT 20_000; alice USDT 1
        order      B1 bob bid 10 @ 1600 gtc              accepted
        balance    bob USDT 4_000, held 16_000
        withdraw   bob USDT 4_001 key w1                 refused INSUFFICIENT_FUNDS
        transfer   bob alice USDT 4_001 key t1           refused INSUFFICIENT_FUNDS
        order      B2 bob bid 10 @ 401 gtc               refused INSUFFICIENT_FUNDS
        withdraw   bob USDT 4_000 key w1                 bob -4000
    """)


def test_c9_amending_up_holds_first_and_lacking_funds_leave_the_order_as_it_was() -> None:
    check("""
        given    bob USDT 20_000; carol USDT 100_000; alice BTC 100
        order    B1 bob bid 10 @ 1600 gtc        accepted
        order    C1 carol bid 10 @ 1600 gtc      accepted
        amend    B1 size 13                      refused INSUFFICIENT_FUNDS      # 20_800
        amend    B1 price 2_001                  refused INSUFFICIENT_FUNDS      # 20_010
        balance  bob USDT 4_000, held 16_000
        book     bid 20 @ 1600
        order    A1 alice ask 1 @ 1600 ioc       filled 1 @ 1600 of B1           # it still stands first
    """)


def test_c9_amending_holds_or_releases_the_difference() -> None:
    check("""
        given    bob USDT 20_000; taker fee 10 bps
        order    B1 bob bid 10 @ 1600 gtc        accepted
        hold     B1 16_016
        amend    B1 price 1700                   amended anew; rests 10
        hold     B1 17_017
        amend    B1 size 5                       amended in place
        hold     B1 8_509                        # 8_500 + 8.5 rounded up
        balance  bob USDT 11_491, held 8_509
    """)


def test_c9_an_amendment_may_use_what_the_order_holds_already() -> None:
    check("""
        given    bob USDT 16_000
        order    B1 bob bid 10 @ 1600 gtc        accepted
        amend    B1 size 8 price 2_000           amended anew; rests 8
        balance  bob USDT 0, held 16_000
    """)
