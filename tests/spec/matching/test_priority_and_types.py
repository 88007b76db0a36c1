"""Price, then time, and what each order type does. Rules: docs/rules/matching.md, K-1 to K-7."""

from spec.session import Session, check

from commonbook.records import EventKind


def test_k1_the_better_price_trades_first_and_at_one_price_who_came_first() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; bob USDT 1_000_000
        order    A1 alice ask 5 @ 1602 gtc       accepted
        order    A2 alice ask 5 @ 1601 gtc       accepted
        order    C1 carol ask 5 @ 1601 gtc       accepted
        order    C2 carol ask 5 @ 1600 gtc       accepted
        order    B1 bob bid 17 @ 1602 gtc        filled 5 @ 1600 of C2; filled 5 @ 1601 of A2; filled 5 @ 1601 of C1; \
filled 2 @ 1602 of A1
        book     ask 3 @ 1602
    """)


def test_k1_bids_are_met_from_the_highest_price_down() -> None:
    check("""
        given    alice USDT 100_000; carol USDT 100_000; bob BTC 100
        order    A1 alice bid 5 @ 1600 gtc       accepted
        order    C1 carol bid 5 @ 1601 gtc       accepted
        order    C2 carol bid 5 @ 1600 gtc       accepted
        order    B1 bob ask 12 @ 1600 ioc        filled 5 @ 1601 of C1; filled 5 @ 1600 of A1; filled 2 @ 1600 of C2
        book     bid 3 @ 1600
    """)


def test_k1_a_partly_filled_order_keeps_its_place() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; bob USDT 1_000_000
        order    A1 alice ask 5 @ 1600 gtc       accepted
        order    C1 carol ask 5 @ 1600 gtc       accepted
        order    B1 bob bid 3 @ 1600 ioc         filled 3 @ 1600 of A1
        order    B2 bob bid 4 @ 1600 ioc         filled 2 @ 1600 of A1; filled 2 @ 1600 of C1
    """)


def test_k2_a_trade_is_at_the_makers_price_and_the_taker_keeps_the_difference() -> None:
    check("""
        given    alice BTC 100; bob USDT 17_000
        order    A1 alice ask 10 @ 1600 gtc      accepted
        order    B1 bob bid 10 @ 1700 gtc        filled 10 @ 1600 of A1
        balance  bob USDT 1_000, held 0          # 17_000 - 10 * 1600
        balance  alice USDT 16_000, held 0
    """)


def test_k2_trades_are_numbered_from_one_for_each_instrument() -> None:
    session = Session()
    session.play("given", "alice BTC 10; alice ETH 10; bob USDT 1000000")
    numbers = []
    for name, pair in (("A", "BTC-USDT"), ("B", "ETH-USDT"), ("C", "BTC-USDT")):
        session.play("order", f"{name}1 alice ask 2 @ 1600 gtc on {pair}")
        session.play("order", f"{name}2 bob bid 2 @ 1600 gtc on {pair}")
        numbers += [(pair, event["trade"]) for event in session.events if event["kind"] == EventKind.FILL]
    assert numbers == [("BTC-USDT", 1), ("ETH-USDT", 1), ("BTC-USDT", 2)]


def test_k3_a_limit_order_takes_what_its_price_accepts_and_the_rest_rests() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    A2 alice ask 4 @ 1602 gtc       accepted
        order    B1 bob bid 10 @ 1601 gtc        filled 4 @ 1600 of A1; rests 6
        book     bid 6 @ 1601, ask 4 @ 1602
    """)


def test_k4_an_immediate_or_cancel_order_never_rests() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    B1 bob bid 10 @ 1601 ioc        filled 4 @ 1600 of A1; canceled 6 IOC_REMAINDER
        order    B2 bob bid 10 @ 1601 ioc        canceled 10 IOC_REMAINDER
        book     nothing
        balance  bob USDT 993_600, held 0        # 1_000_000 - 4 * 1600
    """)


def test_k4_a_base_sized_market_buy_stops_at_its_worst_price() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    A2 alice ask 4 @ 1700 gtc       accepted
        order    B1 bob bid 6 @ 1650 market      filled 4 @ 1600 of A1; canceled 2 IOC_REMAINDER
        book     ask 4 @ 1700
    """)


def test_k4_a_market_sell_without_a_worst_price_goes_down_to_one_tick() -> None:
    check("""
        given    alice USDT 100_000; bob BTC 100
        order    A1 alice bid 4 @ 1600 gtc       accepted
        order    A2 alice bid 4 @ 1 gtc          accepted
        order    B1 bob ask 10 market            filled 4 @ 1600 of A1; filled 4 @ 1 of A2; canceled 2 IOC_REMAINDER
        balance  bob USDT 6_404, held 0          # 4 * 1600 + 4 * 1
    """)


def test_k4_a_market_sell_may_name_a_worst_price() -> None:
    check("""
        given    alice USDT 100_000; bob BTC 100
        order    A1 alice bid 4 @ 1600 gtc       accepted
        order    A2 alice bid 4 @ 1500 gtc       accepted
        order    B1 bob ask 10 @ 1550 market     filled 4 @ 1600 of A1; canceled 6 IOC_REMAINDER
        book     bid 4 @ 1500
    """)


def test_k5_a_post_only_order_that_does_not_cross_rests() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    B1 bob bid 4 @ 1599 post_only   accepted
        book     bid 4 @ 1599, ask 4 @ 1600
    """)


def test_k5_a_post_only_order_that_would_cross_is_accepted_then_canceled_whole() -> None:
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 1000000")
    session.play("order", "A1 alice ask 4 @ 1600 gtc")
    session.play("order", "B1 bob bid 10 @ 1600 post_only")
    assert [event["kind"] for event in session.events] == [EventKind.ACCEPTED, EventKind.CANCELED]
    session.play("book", "ask 4 @ 1600")
    session.play("balance", "bob USDT 1000000, held 0")
    session.close()


def test_k5_a_post_only_order_that_would_cross_never_cancels_a_maker_of_its_own_person() -> None:
    # Decided before self-trade prevention, in each of its modes.
    check("""
        given    alice BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc                                   accepted
        order    A2 alice@south bid 4 @ 1600 post_only stp cancel_maker      canceled 4 POST_ONLY_WOULD_CROSS
        order    A3 alice@south bid 4 @ 1600 post_only stp cancel_taker      canceled 4 POST_ONLY_WOULD_CROSS
        order    A4 alice@south bid 4 @ 1600 post_only stp cancel_both       canceled 4 POST_ONLY_WOULD_CROSS
        book     ask 4 @ 1600
    """)


def test_k6_a_quote_sized_buy_spends_its_budget_and_not_the_fee_on_it() -> None:
    # 10 lots cost 10 * 1600 = 16_000 of the budget; the fee of 16 comes on top.
    check("""
        given    alice BTC 100; bob USDT 16_016; taker fee 10 bps
        order    A1 alice ask 50 @ 1600 gtc      accepted
        order    B1 bob bid 16_000 USDT market   filled 10 @ 1600 of A1; canceled QUOTE_SPENT
        balance  bob BTC 10, held 0
        balance  bob USDT 0, held 0              # 16_016 - 16_000 - 16
    """)


def test_k6_a_quote_sized_buy_takes_whole_lots_of_each_maker() -> None:
    # 4 * 1600 = 6_400; 3_600 are left and buy 2 lots at 1700; 200 buy none.
    check("""
        given    alice BTC 100; bob USDT 10_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    A2 alice ask 4 @ 1700 gtc       accepted
        order    B1 bob bid 10_000 USDT market   filled 4 @ 1600 of A1; filled 2 @ 1700 of A2; canceled QUOTE_SPENT
        balance  bob USDT 200, held 0
    """)


def test_k6_a_quote_sized_buy_that_runs_out_of_book_or_of_price_says_so() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 4 @ 1600 gtc                accepted
        order    A2 alice ask 4 @ 1700 gtc                accepted
        order    B1 bob bid 10_000 USDT @ 1650 market     filled 4 @ 1600 of A1; canceled IOC_REMAINDER
        order    B2 bob bid 10_000 USDT market            filled 4 @ 1700 of A2; canceled IOC_REMAINDER
        order    B3 bob bid 10_000 USDT market            canceled IOC_REMAINDER
    """)


def test_k6_a_budget_that_buys_no_lot_at_all_is_told_as_an_unfilled_remainder() -> None:
    check("""
        given    alice BTC 100; bob USDT 100_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    B1 bob bid 1_599 USDT market    canceled IOC_REMAINDER
        balance  bob USDT 100_000, held 0
    """)


def test_k6_a_lot_that_costs_more_than_any_amount_is_just_not_bought() -> None:
    # One lot at one tick costs 10^20 units: 100 whole tokens of 18 decimals. At the highest price a lot costs
    # (2^63 - 1) * 10^20 = 9.2 * 10^38, beyond every amount; the seller's order rests all the same.
    highest = 2**63 - 1
    session = Session()
    session.play("config", "ASSET asset=9 scale=18 name=TOKEN")
    session.play(
        "config",
        "INSTRUMENT instrument=9 base_asset=2 quote_asset=9 tick_mantissa=1 lot_mantissa=100 \
minimum_lots=1 name=BTC-TOKEN",
    )
    session.play("given", f"alice BTC 1000000; bob 9 {10**20}")
    assert session.play("order", f"A1 alice ask 1 @ {highest} gtc instrument=9") == "accepted"
    assert session.play("order", f"B1 bob bid {10**19} USDT market instrument=9") == "canceled IOC_REMAINDER"
    session.close()


def test_k7_a_fill_or_kill_order_trades_its_whole_size_or_nothing() -> None:
    check("""
        given    alice BTC 100; bob USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc       accepted
        order    A2 alice ask 4 @ 1601 gtc       accepted
        order    A3 alice ask 4 @ 1700 gtc       accepted
        order    B1 bob bid 9 @ 1601 fok         canceled 9 FOK_UNFILLABLE
        order    B2 bob bid 8 @ 1601 fok         filled 4 @ 1600 of A1; filled 4 @ 1601 of A2
        book     ask 4 @ 1700
        balance  bob USDT 987_196, held 0        # 1_000_000 - 4 * 1600 - 4 * 1601
    """)


def test_k7_orders_of_the_same_person_are_no_liquidity_for_fill_or_kill() -> None:
    # 4 of carol's and 4 of her own: 8 cannot be had, 4 can, and her own order in the way is canceled then.
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    A1 alice ask 4 @ 1600 gtc           accepted
        order    C1 carol ask 4 @ 1601 gtc           accepted
        order    A2 alice@south bid 8 @ 1601 fok     canceled 8 FOK_UNFILLABLE
        order    A3 alice@south bid 4 @ 1601 fok     A1 canceled 4 SELF_TRADE; filled 4 @ 1601 of C1
    """)


def test_k7_a_fill_or_kill_order_that_gives_way_to_its_own_person_is_unfillable_when_it_meets_one_too_early() -> None:
    check("""
        given    alice BTC 100; carol BTC 100; alice@south USDT 1_000_000
        order    C1 carol ask 4 @ 1600 gtc                             accepted
        order    A1 alice ask 4 @ 1601 gtc                             accepted
        order    C2 carol ask 4 @ 1602 gtc                             accepted
        order    A2 alice@south bid 8 @ 1602 fok stp cancel_taker      canceled 8 FOK_UNFILLABLE
        order    A3 alice@south bid 4 @ 1602 fok stp cancel_taker      filled 4 @ 1600 of C1
        book     ask 4 @ 1601, ask 4 @ 1602
    """)
