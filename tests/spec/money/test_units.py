"""Units, rounding, splits and decimal strings. Rules: docs/rules/money.md."""

import pytest

from commonbook.errors import AmountOutOfRange, BadDecimal, ShareOutOfRange
from commonbook.units import RATE_ONE, RateE8, ceil_charge, floor_share, format_units, parse_units, split


def usdt(text: str) -> int:
    """USDT in ledger units of 8 decimals."""
    return parse_units(text, 8)


def percent(text: str) -> RateE8:
    return RateE8(parse_units(text, 6))


def test_m1_a_rate_counts_hundred_millionths() -> None:
    assert percent("100") == RATE_ONE == 100_000_000
    assert percent("0.01") == 10_000  # one basis point
    assert percent("0.000001") == 1


def test_m2_what_is_paid_out_is_rounded_down() -> None:
    # 40 % of 0.00001999 is 0.000007996: the eighth decimal is the last, the rest stays behind.
    assert floor_share(usdt("0.00001999"), percent("40")) == usdt("0.00000799")
    assert floor_share(1, percent("99.999999")) == 0
    assert floor_share(usdt("0.001999"), percent("100")) == usdt("0.001999")


def test_m2_what_is_collected_is_rounded_up() -> None:
    # 0.05 % of 0.00000001 is far less than a unit, and a unit is charged.
    assert ceil_charge(1, percent("0.05")) == 1
    assert ceil_charge(usdt("3"), percent("0.1")) == usdt("0.003")  # exact: nothing to round
    assert ceil_charge(0, percent("0.1")) == 0


def test_m2_a_rebate_is_rounded_towards_zero() -> None:
    # 0.02 % of 11,000 units are 2.2: the account is paid 2, not 3.
    assert ceil_charge(11_000, RateE8(-20_000)) == -2
    assert ceil_charge(4_999, RateE8(-20_000)) == 0


@pytest.mark.parametrize(("amount", "rate"), [(-1, 0), (1, -1), (1, 100_000_001)])
def test_m2_a_share_is_between_nothing_and_the_whole_of_an_amount_that_is_there(amount: int, rate: int) -> None:
    with pytest.raises(ShareOutOfRange, match=f"share {rate} of {amount} "):
        floor_share(amount, RateE8(rate))


def test_m3_left_over_units_go_to_the_largest_remainders() -> None:
    # 240.00 by holdings of 1,000.00, 2,500.00, nothing and 333.33 of 3,833.33 together, in hundredths:
    # 6,260.87..., 15,652.18..., 0, 2,086.94...; two units are left, the first for .94, the second for .87.
    parts = split(24_000, [100_000, 250_000, 0, 33_333])
    assert [format_units(part, 2) for part in parts] == ["62.61", "156.52", "0", "20.87"]
    assert sum(parts) == 24_000


def test_m3_a_day_of_revenue_is_split_to_the_last_thousandth() -> None:
    # 9,876.536 by 1,200, 700 and 333 of 2,233: 5,307.58817..., 3,096.09323..., 1,472.85468...
    # The floors leave one thousandth, for the largest remainder, .68.
    parts = split(9_876_536, [1_200, 700, 333])
    assert [format_units(part, 3) for part in parts] == ["5307.588", "3096.093", "1472.855"]
    assert sum(parts) == 9_876_536


def test_m3_a_team_of_50_30_and_20_percent() -> None:
    assert split(usdt("90.00"), [50, 30, 20]) == [usdt("45.00"), usdt("27.00"), usdt("18.00")]


def test_m3_a_single_unit_goes_to_the_largest_remainder() -> None:
    # 0.5, 0.3 and 0.2 of a unit.
    assert split(usdt("0.00000001"), [50, 30, 20]) == [1, 0, 0]
    assert split(usdt("0.00000001"), [20, 30, 50]) == [0, 0, 1]


def test_m3_equal_remainders_go_to_the_earlier_part() -> None:
    # 1 and a third each, twice: 5 units are 1, 1, 1 and two more for the first two.
    assert split(5, [1, 1, 1]) == [2, 2, 1]
    assert split(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_m3_what_cannot_be_split_is_a_bug_of_the_caller(amount: int, weights: list[int]) -> None:
    with pytest.raises(ShareOutOfRange, match="cannot split"):
        split(amount, weights)


def test_m4_of_two_parties_the_child_is_rounded_down_and_the_parent_keeps_the_rest() -> None:
    # 12,345.67 in thousandths: 80 % are 9,876.536, the parent keeps 2,469.134.
    revenue = parse_units("12345.67", 3)
    child = floor_share(revenue, percent("80"))
    assert (format_units(child, 3), format_units(revenue - child, 3)) == ("9876.536", "2469.134")
    # Of 3 units half is 1.5: the child has 1, the parent 2. Rounding both would pay 4, or 2.
    child = floor_share(3, percent("50"))
    assert (child, 3 - child) == (1, 2)


@pytest.mark.parametrize(
    ("text", "scale", "units"),
    [
        ("1", 8, 100_000_000),
        ("0.00000001", 8, 1),
        ("1e-8", 8, 1),
        ("1E+2", 0, 100),
        ("-0.5", 1, -5),
        ("+7", 0, 7),
        ("1.50000", 1, 15),
        ("0.000", 0, 0),
        ("-0", 8, 0),
        (".5", 1, 5),
        ("99999999999999999999.999999999999999999", 18, 10**38 - 1),
    ],
)
def test_m5_a_decimal_string_is_read_exactly(text: str, scale: int, units: int) -> None:
    assert parse_units(text, scale) == units


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1_000", "1,000", "0x10", "NaN", "sNaN", "Infinity", "-inf", "1e", "--1", "1.2.3"),
        *("\u0661", "\uff11"),  # digits of other scripts
        *("0.000000001", "1e-9", "1e-400", "0." + "1" * 79),
    ],
)
def test_m5_what_is_no_decimal_number_or_finer_than_the_scale_is_refused(text: str) -> None:
    with pytest.raises(BadDecimal):
        parse_units(text, 8)


@pytest.mark.parametrize("text", ["1" + "0" * 30, "-1" + "0" * 30, "1e30", "1e999", "1e99999999"])
def test_m1_an_amount_is_smaller_than_10_to_the_38(text: str) -> None:
    with pytest.raises(AmountOutOfRange):
        parse_units(text, 8)


@pytest.mark.parametrize(
    ("units", "scale", "text"),
    [(0, 8, "0"), (1, 8, "0.00000001"), (-1, 2, "-0.01"), (150, 2, "1.5"), (-200, 2, "-2"), (7, 0, "7")],
)
def test_m5_units_are_written_without_exponent_or_superfluous_zeros(units: int, scale: int, text: str) -> None:
    assert format_units(units, scale) == text
