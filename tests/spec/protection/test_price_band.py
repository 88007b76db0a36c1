"""Price bands. Rules: docs/rules/protection.md, P-1 to P-3 and P-10."""

import pytest
from spec.session import Session, check

from commonbook.instrument.protection import price_band

ONE_PERCENT = 1_000_000


@pytest.mark.parametrize(
    ("reference", "premium", "inner", "outer", "upper", "lower"),
    [
        (30_000, 30, 2, 5, 30_630, 29_430),  # the example of the rule
        (30_000, 0, 2, 5, 30_600, 29_400),
        (30_000, 2_000, 2, 5, 31_500, 30_000),  # the premium carries it to the outer edge, and never past the reference
        (30_000, -2_000, 2, 5, 30_000, 28_500),
        (101, 0, 2, 5, 103, 99),  # 103.02 down, 98.98 up: never wider than the rule
        (1, 0, 2, 5, 1, 1),
        (2**63 - 1, 0, 2, 5, 2**63 - 1, 9_038_904_596_117_680_291),  # no price is above the highest there is
    ],
)
def test_p1_the_band_around_a_reference_price(
    reference: int, premium: int, inner: int, outer: int, upper: int, lower: int
) -> None:
    assert price_band(reference, premium, inner * ONE_PERCENT, outer * ONE_PERCENT) == (upper, lower)
    session = Session()
    session.play("given", f"alice BTC 1000; bob USDT {10**30}")
    session.play("limits", f"band {inner} % {outer} %")
    session.play("reference", f"{reference} premium {premium}")
    told = {
        "at the upper edge": session.play("order", f"B1 bob bid 1 @ {upper} gtc"),
        "cleared": session.play("cancel", "B1"),
        "at the lower edge": session.play("order", f"A1 alice ask 1 @ {lower} gtc"),
        "below it": session.play("order", f"A2 alice ask 1 @ {lower - 1} gtc") if lower > 1 else "",
        "above it": session.play("order", f"B2 bob bid 1 @ {upper + 1} gtc") if upper < 2**63 - 1 else "",
    }
    assert told == {
        "at the upper edge": "accepted",
        "cleared": "canceled 1 USER",
        "at the lower edge": "accepted",
        "below it": "refused PRICE_BELOW_BAND" if lower > 1 else "",
        "above it": "refused PRICE_ABOVE_BAND" if upper < 2**63 - 1 else "",
    }


def test_p1_there_is_no_band_without_a_reference_or_without_shares() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        limits     band 2 % 5 %                  set
        order      B1 bob bid 1 @ 40000 gtc      accepted
        cancel     B1                            canceled 1 USER
        reference  30000                         set
        order      B2 bob bid 1 @ 40000 gtc      refused PRICE_ABOVE_BAND
        limits     size 5                        set
        order      B3 bob bid 1 @ 40000 gtc      accepted
        cancel     B3                            canceled 1 USER
        limits     band 2 % 5 %                  set                          # the reference is still known
        order      B4 bob bid 1 @ 40000 gtc      refused PRICE_ABOVE_BAND
        reference  0                             set
        order      B5 bob bid 1 @ 40000 gtc      accepted
    """)


def test_p1_a_band_is_in_force_for_the_commands_behind_it_and_moves_with_its_reference() -> None:
    check("""
        given      bob USDT 1_000_000
        order      B1 bob bid 1 @ 31000 gtc      accepted
        limits     band 2 % 5 %                  set
        reference  30000                         set
        order      B2 bob bid 1 @ 31000 gtc      refused PRICE_ABOVE_BAND
        reference  31000                         set
        order      B3 bob bid 1 @ 31000 gtc      accepted
        book       bid 2 @ 31000
    """)


def test_p1_each_instrument_has_a_band_of_its_own() -> None:
    check("""
        given      bob USDT 1_000_000
        limits     band 2 % 5 % on ETH-USDT                      set
        reference  100 on ETH-USDT                               set
        order      B1 bob bid 1 @ 103 gtc on ETH-USDT            refused PRICE_ABOVE_BAND
        order      B2 bob bid 1 @ 103 gtc on BTC-USDT            accepted
    """)


def test_p1_a_band_needs_both_shares_the_inner_one_no_larger_and_both_below_all() -> None:
    check("""
        limits     band 2 % 0 %                          refused MALFORMED
        limits     band 0 % 2 %                          refused MALFORMED
        limits     band 3 % 2 %                          refused MALFORMED
        limits     band 2 % 100 %                        refused MALFORMED
        limits     band 2 % 2 %                          set
        config     LIMITS instrument=1 largest_lots=-1   refused MALFORMED
        config     LIMITS instrument=9                   refused UNKNOWN_INSTRUMENT
        config     REFERENCE instrument=9                refused UNKNOWN_INSTRUMENT
        reference  -1                                    refused MALFORMED
    """)


@pytest.mark.parametrize("kind", ["gtc", "post_only", "ioc", "fok"])
def test_p2_every_type_with_a_limit_price_is_refused_outside_the_band(kind: str) -> None:
    check(f"""
        given      alice BTC 100; bob USDT 1_000_000
        limits     band 2 % 5 %                      set
        reference  30000 premium 30                  set
        order      B1 bob bid 1 @ 30631 {kind}       refused PRICE_ABOVE_BAND
        order      A1 alice ask 1 @ 29429 {kind}     refused PRICE_BELOW_BAND
        balance    bob USDT 1_000_000, held 0
    """)


def test_p2_what_rests_stays_wherever_the_band_goes_and_may_still_be_taken() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      A1 alice ask 1 @ 1600 gtc     accepted
        limits     band 2 % 5 %                  set
        reference  3000                          set
        book       ask 1 @ 1600
        order      B1 bob bid 1 @ 3060 gtc       filled 1 @ 1600 of A1
    """)


def test_p3_a_market_sell_goes_no_lower_than_the_band() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 1 @ 29500 gtc      accepted
        order      B2 bob bid 1 @ 29000 gtc      accepted
        limits     band 2 % 5 %                  set
        reference  30000 premium 30              set
        order      A1 alice ask 2 market         filled 1 @ 29500 of B1; canceled 1 IOC_REMAINDER
        order      A2 alice ask 1 @ 1 market     canceled 1 IOC_REMAINDER
        book       bid 1 @ 29000
    """)


def test_p3_a_market_buy_holds_by_the_band_so_that_a_wild_worst_price_costs_nothing() -> None:
    check("""
        given      alice BTC 100; bob USDT 30_630
        order      A1 alice ask 1 @ 30000 gtc        accepted
        limits     band 2 % 5 %                      set
        reference  30000 premium 30                  set
        order      B1 bob bid 1 @ 99999 market       filled 1 @ 30000 of A1      # 30_630 are enough
        balance    bob USDT 630, held 0
    """)


def test_p3_a_worst_price_inside_the_band_stays_as_it_is() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      A1 alice ask 1 @ 30600 gtc        accepted
        limits     band 2 % 5 %                      set
        reference  30000 premium 30                  set
        order      B1 bob bid 1 @ 30599 market       canceled 1 IOC_REMAINDER
    """)


def test_p3_the_largest_deviation_draws_a_market_order_nearer_too() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      A1 alice ask 1 @ 1000 gtc         accepted
        order      A2 alice ask 1 @ 1100 gtc         accepted
        order      A3 alice ask 1 @ 1101 gtc         accepted
        limits     deviation 10 %                    set
        order      B1 bob bid 9 @ 9000 market        filled 1 @ 1000 of A1; filled 1 @ 1100 of A2; \
canceled 7 IOC_REMAINDER
        book       ask 1 @ 1101
    """)


def test_p10_an_amendment_is_held_to_the_band_like_an_order() -> None:
    check("""
        given      alice BTC 100; bob USDT 1_000_000
        order      B1 bob bid 5 @ 30000 gtc          accepted
        order      A1 alice ask 5 @ 31000 gtc        accepted
        limits     band 2 % 5 %                      set
        reference  30000 premium 30                  set
        amend      B1 price 30631                    refused PRICE_ABOVE_BAND
        amend      A1 price 29429                    refused PRICE_BELOW_BAND
        book       bid 5 @ 30000, ask 5 @ 31000
        amend      B1 price 30630                    amended anew; rests 5
    """)
