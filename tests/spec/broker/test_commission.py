"""What one side of a fill earns its broker. Rules: docs/rules/broker.md, B-3 to B-9."""

from dataclasses import replace

import pytest
from spec.small_exchange import USDT, shown, units

from commonbook.broker.model import (
    PUBLIC,
    TIERS_2022,
    DiscountPolicy,
    Facts,
    NegativeNetFee,
    Program,
    Reason,
)
from commonbook.broker.rates import Product, RateRow, RateTable, Tiers, checked, difference
from commonbook.broker.rules import commission, converted, decide, rate_of, window_commission
from commonbook.errors import Declined
from commonbook.records import Attribution, Channel
from commonbook.units import HOUR_NS, RATE_ONE, RateE8, parse_units

SCALE = 8
NOW_NS = 1_764_000_000_000_000_000  # 24 November 2025


def percent(text: str) -> RateE8:
    return RateE8(parse_units(text, 6))


PROGRAM = Program(
    name="api",
    schedules={PUBLIC: (TIERS_2022,)},
    tiers=Tiers(3),
    excluded_from_level=6,
    payout_asset=USDT,
    payout_scale=SCALE,
    commission_decimals=8,
)


def side(role: str, taker_fee: str, maker_fee: str, **facts: object) -> Facts:
    """A fill side that earns, but for what a test says otherwise."""
    usual = {
        "broker": 1,
        "attribution": Attribution.BROKER,
        "channel": Channel.API,
        "level": 0,
        "subsidised": False,
        "discount": 0,
        "affiliated": False,
        "priced": True,
        "time_ns": NOW_NS,
    }
    given: dict[str, object] = {"role": role, "taker_fee": units(taker_fee), "maker_fee": units(maker_fee)}
    return Facts(**(usual | given | facts))  # type: ignore[arg-type]


def rate(program: Program, broker: int, time_ns: int, affiliated: bool = False) -> RateE8:
    return rate_of(side("taker", "1", "0", broker=broker, time_ns=time_ns, affiliated=affiliated), program)


# The worked example of the rulebook: a broker at level 3, 35 % and 10 %.
LINES = {
    "1: taker, 45.00, the maker is paid 5.00": side("taker", "45", "-5", level=1),
    "2: maker, 10.00, has an affiliate": side("maker", "25", "10", affiliated=True),
    "3: taker, 300.00, VIP 6": side("taker", "300", "0", level=6),
    "4: taker, 10.00, of it 4.00 by voucher": side("taker", "10", "0", discount=units("4")),
    "5: taker on the web, no tag": side(
        "taker", "5", "0", broker=0, attribution=Attribution.NO_TAG, channel=Channel.WEB
    ),
    "6: taker, 6.00, the maker is paid 8.00, VIP 5": side("taker", "6", "-8", level=5),
}
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = LINES.values()


@pytest.mark.parametrize(
    ("facts", "base", "reason", "paid"),
    [
        pytest.param(FIRST, "40", Reason.EARNED, "14", id="line 1"),  # 45 - 5; 35 % of 40
        pytest.param(SECOND, "10", Reason.EARNED, "1", id="line 2"),  # 10 % of 10
        pytest.param(THIRD, "300", Reason.VIP_TOO_HIGH, "0", id="line 3"),
        pytest.param(FOURTH, "10", Reason.FEE_DISCOUNT, "0", id="line 4"),
        pytest.param(FIFTH, "5", Reason.NO_TAG, "0", id="line 5"),
        pytest.param(SIXTH, "-2", Reason.NO_NET_FEE, "0", id="line 6"),  # 6 - 8
    ],
)
def test_b3_the_worked_example_line_by_line(facts: Facts, base: str, reason: Reason, paid: str) -> None:
    decision = decide(facts, PROGRAM, SCALE)
    assert (shown(decision.base), decision.reason, shown(decision.commission)) == (base, reason, paid)


def test_b3_the_worked_example_earns_15_in_all() -> None:
    # 14.00 + 1.00
    assert shown(sum(decide(facts, PROGRAM, SCALE).commission for facts in LINES.values())) == "15"


def test_b9_with_cash_part_the_rest_of_a_discounted_fee_earns() -> None:
    # 10.00 - 4.00 by voucher = 6.00; 35 % of it are 2.10.
    decision = decide(FOURTH, replace(PROGRAM, discount=DiscountPolicy.CASH_PART), SCALE)
    assert (shown(decision.base), decision.reason, shown(decision.commission)) == ("6", Reason.EARNED, "2.1")


def test_b9_a_fee_paid_wholly_by_voucher_earns_nothing() -> None:
    facts = side("taker", "10", "0", discount=units("10"))
    decision = decide(facts, replace(PROGRAM, discount=DiscountPolicy.CASH_PART), SCALE)
    assert (decision.base, decision.reason, decision.commission) == (0, Reason.NO_NET_FEE, 0)


def test_b7_per_fill_floor_a_fill_below_zero_adds_nothing() -> None:
    lines = [(units("40"), percent("35")), (units("10"), percent("10")), (units("-2"), percent("35"))]
    assert shown(window_commission(lines, NegativeNetFee.PER_FILL_FLOOR, SCALE, 8)) == "15"


def test_b7_window_net_a_fill_below_zero_lowers_the_others_of_its_rate() -> None:
    # (40 - 2) x 35 % = 13.30, and 1.00 at the other rate: 14.30.
    lines = [(units("40"), percent("35")), (units("10"), percent("10")), (units("-2"), percent("35"))]
    assert shown(window_commission(lines, NegativeNetFee.WINDOW_NET, SCALE, 8)) == "14.3"


def test_b7_window_net_never_goes_below_zero_and_never_takes_from_another_rate() -> None:
    lines = [(units("-50"), percent("35")), (units("10"), percent("10"))]
    assert shown(window_commission(lines, NegativeNetFee.WINDOW_NET, SCALE, 8)) == "1"


def test_b7_window_net_is_rounded_once_a_rate_and_per_fill_floor_once_a_fill() -> None:
    # Twice 2 units at 35 %: 0.7 each is nothing, 1.4 together is one unit.
    lines = [(2, percent("35")), (2, percent("35"))]
    assert window_commission(lines, NegativeNetFee.PER_FILL_FLOOR, SCALE, 8) == 0
    assert window_commission(lines, NegativeNetFee.WINDOW_NET, SCALE, 8) == 1


def test_b3_a_commission_is_rounded_down_at_the_eighth_decimal_of_each_fill() -> None:
    # 35 % of 0.00000299 are 0.0000010465.
    assert commission(299, percent("35"), 8, 8) == 104
    # An asset with 18 decimals: 35 % of 0.000000010000000003 are 0.00000000350..., less than the eighth decimal.
    assert commission(10_000_000_003, percent("35"), 18, 8) == 0
    assert commission(100_000_000_003, percent("35"), 18, 8) == 30_000_000_000  # 0.000000035 becomes 0.00000003
    # An asset with 2 decimals has no eighth: 35 % of 0.99 are 0.34.
    assert commission(99, percent("35"), 2, 8) == 34


def test_b3_nothing_is_earned_on_a_base_below_zero() -> None:
    assert commission(units("-2"), percent("35"), 8, 8) == 0


EVERYTHING = side(
    "taker",
    "2",
    "-8",
    attribution=Attribution.UNKNOWN_CODE,
    broker=0,
    channel=Channel.WEB,
    level=7,
    discount=units("1"),
    subsidised=True,
    priced=False,
)


def test_b4_every_exclusion_is_told_in_the_fixed_order() -> None:
    assert decide(EVERYTHING, PROGRAM, SCALE).failed == (
        Reason.UNKNOWN_CODE,
        Reason.NON_API,
        Reason.VIP_TOO_HIGH,
        Reason.FEE_DISCOUNT,
        Reason.SUBSIDISED,
        Reason.NO_NET_FEE,
        Reason.NO_INDEX_PRICE,
    )


def test_b4_the_first_that_applies_is_the_reason() -> None:
    # Everything is wrong; then one thing after the other is mended, and the next one is the reason.
    mends: list[tuple[Reason, dict[str, object]]] = [
        (Reason.UNKNOWN_CODE, {"attribution": Attribution.BROKER, "broker": 1}),
        (Reason.NON_API, {"channel": Channel.API}),
        (Reason.VIP_TOO_HIGH, {"level": 5}),
        (Reason.FEE_DISCOUNT, {"discount": 0}),
        (Reason.SUBSIDISED, {"subsidised": False}),
        (Reason.NO_NET_FEE, {"maker_fee": 0}),
        (Reason.NO_INDEX_PRICE, {"priced": True}),
    ]
    facts = EVERYTHING
    for reason, mended in mends:
        decision = decide(facts, PROGRAM, SCALE)
        assert (decision.reason, decision.commission) == (reason, 0)
        facts = replace(facts, **mended)  # type: ignore[arg-type]
    decision = decide(facts, PROGRAM, SCALE)
    assert (decision.reason, shown(decision.commission)) == (Reason.EARNED, "0.7")  # 35 % of 2.00


@pytest.mark.parametrize(
    ("attribution", "reason"),
    [
        (Attribution.NO_TAG, Reason.NO_TAG),
        (Attribution.UNKNOWN_CODE, Reason.UNKNOWN_CODE),
        (Attribution.NOT_ASSOCIATED, Reason.NOT_ASSOCIATED),
        (Attribution.CODE_INACTIVE, Reason.CODE_INACTIVE),
    ],
)
def test_b4_an_order_without_an_effective_broker_says_why(attribution: Attribution, reason: Reason) -> None:
    decision = decide(side("taker", "45", "0", broker=0, attribution=attribution), PROGRAM, SCALE)
    assert (decision.reason, decision.commission, decision.rate_e8) == (reason, 0, 0)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.HOST])
def test_b4_only_orders_through_the_api_earn(channel: Channel) -> None:
    assert decide(side("taker", "45", "0", channel=channel), PROGRAM, SCALE).reason is Reason.NON_API


@pytest.mark.parametrize(
    ("level", "reason"), [(0, Reason.EARNED), (5, Reason.EARNED), *((n, Reason.VIP_TOO_HIGH) for n in (6, 7, 9))]
)
def test_b4_vip_levels_from_6_up_earn_nothing(level: int, reason: Reason) -> None:
    assert decide(side("taker", "45", "0", level=level), PROGRAM, SCALE).reason is reason


def test_b4_a_maker_that_is_paid_a_rebate_has_no_net_fee() -> None:
    decision = decide(side("maker", "45", "-5"), PROGRAM, SCALE)
    assert (decision.base, decision.reason) == (0, Reason.NO_NET_FEE)


@pytest.mark.parametrize(
    ("tier", "affiliated", "unaffiliated"),
    [(0, "0", "0"), (1, "5", "25"), (2, "7.5", "30"), (3, "10", "35"), (4, "12.5", "40")],
)
def test_b5_the_tier_table_in_force_since_18_august_2022(tier: int, affiliated: str, unaffiliated: str) -> None:
    program = replace(PROGRAM, tiers=Tiers(3, ((NOW_NS // HOUR_NS, 7, tier),)))
    assert rate(program, 7, NOW_NS, affiliated=True) == percent(affiliated)
    assert rate(program, 7, NOW_NS, affiliated=False) == percent(unaffiliated)


def test_b5_a_broker_without_a_tier_of_its_own_has_the_programs() -> None:
    program = replace(PROGRAM, tiers=Tiers(3, ((0, 7, 1),)))
    assert (rate(program, 7, NOW_NS), rate(program, 8, NOW_NS)) == (percent("25"), percent("35"))


def test_b5_a_tier_begins_with_an_hour() -> None:
    program = replace(PROGRAM, tiers=Tiers(3, ((0, 7, 1), (NOW_NS // HOUR_NS, 7, 4))))
    begin_ns = NOW_NS // HOUR_NS * HOUR_NS
    assert [rate(program, 7, at) for at in (begin_ns - 1, begin_ns)] == [percent("25"), percent("40")]


def test_b5_a_table_is_in_force_from_its_time_on_and_never_before() -> None:
    later = RateTable(2, NOW_NS, (RateRow(3, percent("2")),))
    program = replace(PROGRAM, schedules={PUBLIC: (later, TIERS_2022)})  # in whatever order they stand
    start_ns = TIERS_2022.effective_ns
    assert start_ns == 1_660_780_800 * 10**9  # 18 August 2022, 00:00 UTC
    for time_ns, expected in ((start_ns - 1, "0"), (start_ns, "35"), (NOW_NS - 1, "35"), (NOW_NS, "2")):
        assert rate(program, 1, time_ns) == percent(expected)


def test_b5_a_tier_that_the_table_does_not_have_earns_nothing() -> None:
    assert rate(replace(PROGRAM, tiers=Tiers(5)), 1, NOW_NS) == 0


def test_b5_a_rate_may_depend_on_product_role_and_client_level_and_the_first_row_counts() -> None:
    rows = (
        RateRow(3, percent("50"), role="maker", level_from=2, level_to=3),
        RateRow(3, percent("20"), product=Product.OPTIONS),
        RateRow(3, percent("30"), affiliated=False),
    )
    table = RateTable(1, 0, rows)
    told = [
        (table.rate(3, Product.SPOT, "maker", 2, False), "50"),
        (table.rate(3, Product.OPTIONS, "maker", 3, True), "50"),
        (table.rate(3, Product.OPTIONS, "taker", 3, False), "20"),
        (table.rate(3, Product.FUTURES, "taker", 9, False), "30"),
        (table.rate(3, Product.SPOT, "taker", 0, True), "0"),
        (table.rate(2, Product.SPOT, "maker", 2, False), "0"),
    ]
    assert [found for found, _ in told] == [percent(expected) for _, expected in told]


def test_b5_a_negotiated_schedule_is_the_brokers_alone() -> None:
    schedules = {PUBLIC: (TIERS_2022,), 1: (RateTable(1, 0, (RateRow(3, percent("45")),)),)}
    program = replace(PROGRAM, schedules=schedules, negotiated={7: 1})
    assert (rate(program, 7, NOW_NS), rate(program, 8, NOW_NS)) == (percent("45"), percent("35"))


def test_b5_the_difference_of_two_tables_in_words() -> None:
    cut = RateRow(4, percent("32"), product=Product.SPOT, affiliated=False, level_from=3, level_to=5)
    after = RateTable(2, NOW_NS, (cut, *TIERS_2022.rows, RateRow(5, percent("45"))))
    assert difference(TIERS_2022, after) == [
        "tier 4, spot, clients at level 3 to 5, without an affiliate: 32 % instead of 40 %",
        "tier 5: 45 % instead of 0 %",
    ]
    assert difference(after, after) == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (RateRow(3, RateE8(RATE_ONE + 1)), "bad_rate"),
        (RateRow(3, RateE8(-1)), "bad_rate"),
        (RateRow(10, percent("1")), "bad_tier"),
        (RateRow(3, percent("1"), level_from=4, level_to=3), "bad_level"),
        (RateRow(3, percent("1"), level_to=10), "bad_level"),
    ],
)
def test_b5_what_a_table_may_not_say(row: RateRow, code: str) -> None:
    with pytest.raises(Declined) as refused:
        checked([RateRow(3, percent("1")), row])
    assert refused.value.code == code
    assert "row 2" in str(refused.value)


def test_b6_a_commission_in_another_asset_is_converted_at_the_index_price_rounded_down() -> None:
    # 35.00 EUR at 1.10 are 38.50 USDT; 0.00000003 EUR at 1.10 are 0.000000033, that is, 0.00000003.
    assert shown(converted(units("35"), 110_000_000, 8, 8)) == "38.5"
    assert converted(3, 110_000_000, 8, 8) == 3
    # From 2 decimals to 8 and back: 0.35 at 1.5 is 0.525; at two decimals 0.52.
    assert converted(35, 150_000_000, 2, 8) == units("0.525")
    assert converted(units("0.35"), 150_000_000, 8, 2) == 52


@pytest.mark.parametrize(("claimed", "paid"), [("0", "14"), ("26", "14"), ("27.5", "12.5"), ("40", "0"), ("41", "0")])
def test_b29_a_commission_is_cut_to_what_the_claims_before_it_have_left(claimed: str, paid: str) -> None:
    # Of the first line's 40.00 a broker has 14.00, as long as so much is left of them.
    assert shown(decide(replace(FIRST, claimed=units(claimed)), PROGRAM, SCALE).commission) == paid
