"""Money for any input: what goes in comes out, to the unit. Rules: docs/rules/money.md, clearing.md, volume.md."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from commonbook.broker.rules import commission, converted
from commonbook.broker.tree import Path, divide
from commonbook.clearing.rules import attributed_halves, fee_base, split_base
from commonbook.errors import AmountOutOfRange, BadDecimal
from commonbook.storage.types import AmountColumn
from commonbook.units import AMOUNT_LIMIT, RATE_ONE, RateE8, ceil_charge, floor_share, format_units, parse_units, split

amounts = st.integers(0, AMOUNT_LIMIT - 1) | st.integers(0, 1_000)
signed = amounts | amounts.map(lambda amount: -amount)
shares = st.integers(0, RATE_ONE).map(RateE8)
scales = st.integers(0, 18)


@given(amounts, shares)
def test_m2_a_share_is_the_whole_number_just_below_the_exact_one(amount: int, rate: RateE8) -> None:
    exact = Fraction(amount * rate, RATE_ONE)
    assert 0 <= exact - floor_share(amount, rate) < 1


@given(amounts, st.integers(-RATE_ONE + 1, RATE_ONE - 1).map(RateE8))
def test_m2_a_charge_is_the_whole_number_just_above_the_exact_one_also_when_it_is_a_rebate(
    amount: int, rate: RateE8
) -> None:
    exact = Fraction(amount * rate, RATE_ONE)
    assert 0 <= ceil_charge(amount, rate) - exact < 1


@given(st.lists(amounts, min_size=1, max_size=8), shares)
def test_m2_splitting_an_order_never_lowers_the_fee_nor_raises_the_commission(parts: list[int], rate: RateE8) -> None:
    whole = sum(parts)
    assert sum(ceil_charge(part, rate) for part in parts) >= ceil_charge(whole, rate)
    assert sum(floor_share(part, rate) for part in parts) <= floor_share(whole, rate)


@given(amounts, st.lists(st.integers(0, 10**30), min_size=1, max_size=8).filter(any))
def test_m3_the_parts_of_a_split_sum_to_the_whole_and_none_is_a_unit_off(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(amounts, st.lists(st.integers(0, 100), min_size=2, max_size=6).filter(any))
def test_m3_a_larger_weight_never_gets_less(amount: int, weights: list[int]) -> None:
    ordered = sorted(weights)
    parts = split(amount, ordered)
    by_weight: dict[int, list[int]] = {}
    for weight, part in zip(ordered, parts, strict=True):
        by_weight.setdefault(weight, []).append(part)
    groups = list(by_weight.values())
    for smaller, larger in pairwise(groups):
        assert max(smaller) <= min(larger)


@given(signed, scales)
def test_m5_reading_what_was_written_gives_it_back(units: int, scale: int) -> None:
    assert parse_units(format_units(units, scale), scale) == units


@given(st.integers(-(10**20), 10**20), st.integers(-20, 20), scales)
def test_m5_a_number_with_an_exponent_is_read_as_the_fraction_it_is_or_refused(
    mantissa: int, exponent: int, scale: int
) -> None:
    exact = Fraction(mantissa) * Fraction(10) ** (exponent + scale)
    text = f"{mantissa}e{exponent}"
    if exact.denominator != 1:
        with pytest.raises(BadDecimal):
            parse_units(text, scale)
    elif abs(exact) >= AMOUNT_LIMIT:
        with pytest.raises(AmountOutOfRange):
            parse_units(text, scale)
    else:
        assert parse_units(text, scale) == exact


@given(st.text(max_size=12) | st.text("0123456789.+-eE_ \u0661", max_size=90), scales)
def test_m5_any_text_is_a_number_of_units_or_refused(text: str, scale: int) -> None:
    try:
        units = parse_units(text, scale)
    except (BadDecimal, AmountOutOfRange):
        return
    assert abs(units) < AMOUNT_LIMIT
    assert Fraction(text) * 10**scale == units


@given(signed)
def test_m1_an_amount_survives_storage_as_text_and_sorts_as_the_number_does(amount: int) -> None:

    column, dialect = AmountColumn(), sqlite.dialect()
    stored = column.process_bind_param(amount, dialect)
    assert column.process_result_value(stored, dialect) == amount
    if amount < AMOUNT_LIMIT - 1:
        assert stored < column.process_bind_param(amount + 1, dialect)


@given(amounts, signed)
def test_q1_the_bases_of_both_sides_sum_to_the_net_fee(taker_fee: int, maker_fee: int) -> None:
    taker_base, maker_base = fee_base(taker_fee, maker_fee)
    assert taker_base + maker_base == taker_fee + maker_fee
    assert maker_base >= 0


@given(signed, st.lists(amounts, max_size=5), shares)
def test_q2_claims_host_and_brand_sum_to_the_base_whatever_is_claimed(
    base: int, claims: list[int], host_share: RateE8
) -> None:
    side = split_base(base, claims, host_share)
    assert sum(side.claims) + side.host + side.brand - side.subsidy == base
    assert min(*side.claims, side.host, side.brand, side.subsidy, 0) == 0
    for paid, claim, cut in zip(side.claims, claims, side.cut, strict=True):
        assert paid <= claim
        assert cut == (paid < claim)


@given(amounts)
def test_v2_the_halves_of_a_notional_sum_to_it(notional: int) -> None:
    taker, maker = attributed_halves(notional)
    assert taker + maker == notional
    assert taker - maker in (0, 1)


@given(amounts, shares, st.integers(0, 18), st.integers(0, 18))
def test_b3_a_commission_is_the_largest_multiple_of_its_grain_that_is_not_above_the_exact_one(
    base: int, rate: RateE8, scale: int, decimals: int
) -> None:
    grain = 10 ** max(0, scale - decimals)
    paid = commission(base, rate, scale, decimals)
    assert paid % grain == 0
    assert 0 <= Fraction(base * rate, RATE_ONE) - paid < grain


@given(amounts, st.integers(1, 10**15), scales, scales)
def test_b6_converting_never_pays_more_than_the_price_says(amount: int, price: int, here: int, there: int) -> None:
    exact = Fraction(amount * price * 10**there, RATE_ONE * 10**here)
    assert 0 <= exact - converted(amount, price, here, there) < 1


@given(amounts, st.lists(st.integers(0, 10_000_000).map(RateE8), max_size=4), st.integers(0, 10_000_000).map(RateE8))
def test_b8_the_parts_of_a_pool_and_the_brokers_remainder_sum_to_it(
    base: int, keeps: list[RateE8], user_e8: RateE8
) -> None:
    pool = floor_share(base, RateE8(50_000_000))
    path = Path(1, tuple(enumerate(keeps, 2)), user_e8)
    parts = divide(base, pool, path)
    assert sum(parts.below) + parts.user + parts.root == parts.pool == pool
    assert min(parts.root, parts.user, *parts.below, 0) >= 0
    assert list(parts.below) == [floor_share(base, points) for points in keeps]
