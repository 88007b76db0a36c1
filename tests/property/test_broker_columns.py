"""Columns of fill sides are decided and divided as the rules say for one. Rules B-3 to B-9 of docs/rules/broker.md."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonbook.broker import looking_up
from commonbook.broker.accrual import _claims
from commonbook.broker.consenting import PROGRAMS, ClientReason
from commonbook.broker.deciding import decide, reason_of
from commonbook.broker.dividing import divided
from commonbook.broker.judging import MAY_EARN, REASONS
from commonbook.broker.model import BIT, EARNING, PUBLIC, TIERS_2022, Conditions, DiscountPolicy, Facts, Program, Reason
from commonbook.broker.rates import RateRow, RateTable, Tiers
from commonbook.broker.rules import converted
from commonbook.broker.rules import decide as decide_one
from commonbook.broker.sides import SIDE
from commonbook.broker.tree import Node, divide
from commonbook.columns import python_ints, share_of, sums_by, units_of, words_of
from commonbook.instrument.model import Asset, Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole
from commonbook.units import HOUR_NS, RATE_ONE, Lots, RateE8, floor_share

HOUR = 490_000  # November 2025
USDT, EUR, BTC = Asset(1, "USDT", 8), Asset(2, "EUR", 2), Asset(3, "BTC", 18)


def pair(number: int, quote: Asset) -> Instrument:
    return Instrument(number, f"P{number}", BTC, quote, 0, 1, 0, 1, Lots(1), 0)


VENUE = Venue(assets={1: USDT, 2: EUR, 3: BTC}, instruments={1: pair(1, USDT), 2: pair(2, EUR), 3: pair(3, BTC)})
LATER = HOUR * HOUR_NS + 7
TABLES = (
    TIERS_2022,
    RateTable(
        2, LATER, (RateRow(3, RateE8(9), role="maker", level_from=2, level_to=4), RateRow(3, RateE8(33_333_333)))
    ),
)
NODES = (
    Node(1, 0, 0, RateE8(0), RateE8(1_000_001)),
    Node(2, 0, 1, RateE8(15_000_000), RateE8(5_000_000)),
    Node(3, HOUR, 2, RateE8(7_000_003), RateE8(0)),
)
PROGRAM = Program("api", {PUBLIC: TABLES}, Tiers(3, ((HOUR + 1, 4, 1),)), 6, USDT.id, USDT.scale, 6, NODES)

sizes = st.one_of(st.integers(-50, 10**4), st.integers(-(10**12), 10**15), st.integers(-(2**70), 2**90))


@st.composite
def sides(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {name: draw(sizes) for name in ("taker_fee", "maker_fee")}
    found["discount"], found["claimed"] = draw(st.sampled_from([0, 0, 3])), draw(st.sampled_from([0, 0, 0, 1, 10**9]))
    found["broker"] = broker = draw(st.integers(0, 4))
    found["attribution"] = draw(st.sampled_from(list(Attribution)[1:])) if not broker else Attribution.BROKER
    found["channel"] = draw(st.sampled_from([Channel.API, Channel.API, Channel.WEB]))
    found["role"], found["level"] = draw(st.sampled_from(FillRole)), draw(st.integers(0, 12))
    found["subsidised"], found["affiliated"] = draw(st.sampled_from([False, False, True])), draw(st.booleans())
    found["instrument"] = draw(st.sampled_from([1, 1, 2, 3]))
    found["index_price_e8"] = (
        RATE_ONE if found["instrument"] == 1 else draw(st.sampled_from([0, 1, 110_000_000, 10**13]))
    )
    withheld = draw(st.sampled_from([MAY_EARN, MAY_EARN, MAY_EARN, 1, 2, 3, 4]))
    caps = st.sampled_from([PROGRAMS, PROGRAMS, 0, 1, 20_000_000, 35_000_000, RATE_ONE])
    found["withheld"], found["cap_e8"] = (withheld, draw(caps)) if broker else (MAY_EARN, PROGRAMS)
    found["time_ns"] = draw(st.integers(HOUR * HOUR_NS, (HOUR + 2) * HOUR_NS))
    return found


def columns(rows: list[dict[str, Any]]) -> np.ndarray:
    found = np.zeros(len(rows), SIDE)
    for name in rows[0]:
        values = [row[name] for row in rows]
        wide = name in ("taker_fee", "maker_fee", "discount", "claimed")
        found[name] = words_of(python_ints(values)) if wide else values
    return found


def facts_of(row: dict[str, Any]) -> Facts:
    facts = {name: row[name] for name in ("broker", "attribution", "channel", "level", "taker_fee", "maker_fee")}
    facts |= {name: row[name] for name in ("subsidised", "discount", "affiliated", "time_ns", "claimed")}
    facts["withheld"] = REASONS[row["withheld"] - 1] if row["withheld"] else None
    facts["cap_e8"] = row["cap_e8"]
    return Facts(role=row["role"].name.lower(), priced=bool(row["index_price_e8"]), **facts)


CHANGED = (Conditions(HOUR, 8, DiscountPolicy.EXCLUDE_FILL), Conditions(HOUR + 1, 3, DiscountPolicy.CASH_PART))


@given(st.lists(sides(), min_size=1, max_size=8), st.sampled_from(DiscountPolicy), st.sampled_from([(), CHANGED]))
def test_b3_a_column_is_decided_as_each_of_its_sides(
    rows: list[dict[str, Any]], policy: DiscountPolicy, conditions: tuple[Conditions, ...]
) -> None:
    program, found = replace(PROGRAM, discount=policy, conditions=conditions), columns(rows)
    decide(found, program, VENUE)
    for row, decided in zip(rows, found, strict=True):
        quote = VENUE.instruments[row["instrument"]].quote
        one = decide_one(facts_of(row), program, quote.scale)
        assert int(decided["rate_e8"]) == one.rate_e8
        assert reason_of(int(decided["failed"]), bool(decided["cut"])) == one.reason
        assert [reason for reason in BIT if decided["failed"] & BIT[reason]] == list(one.failed)
        assert [units_of(decided[name].reshape(1))[0] for name in ("base", "commission")] == [one.base, one.commission]
        same = quote == USDT
        paid = one.commission if same else converted(one.commission, row["index_price_e8"], quote.scale, USDT.scale)
        assert units_of(decided["paid"].reshape(1))[0] == paid


@given(st.lists(sides(), min_size=1, max_size=8))
def test_b8_a_column_is_divided_as_each_of_its_sides(rows: list[dict[str, Any]]) -> None:
    found = columns(rows)
    decide(found, PROGRAM, VENUE)
    parts = divided(found, PROGRAM, VENUE).parts
    for place, side in enumerate(found):
        mine = np.flatnonzero(parts.side == place)
        commission, base = (int(units_of(side[name].reshape(1))[0]) for name in ("commission", "base"))
        got = dict(zip(parts.beneficiary[mine].tolist(), parts.commission[mine].tolist(), strict=True))
        assert sum(got.values()) == commission
        assert sum(parts.paid[mine].tolist()) == units_of(side["paid"].reshape(1))[0]
        if not commission:
            assert not any(got.values())
            continue
        terms = PROGRAM.terms(int(side["broker"]), int(side["time_ns"]) // HOUR_NS)
        quote, rate = VENUE.instruments[int(side["instrument"])].quote, int(side["rate_e8"])
        grain = 10 ** max(0, quote.scale - PROGRAM.commission_decimals)
        if commission < floor_share(base, RateE8(rate)) // grain * grain:  # claims or a cap have left less
            rate = commission * RATE_ONE // base
        path = terms.path.within(RateE8(rate))
        expected = divide(base, commission, path, grain)
        wanted = dict(zip((broker for broker, _ in path.below), expected.below, strict=True))
        wanted |= {path.root: expected.root} | ({0: expected.user} if path.user_e8 else {})
        assert {who: part for who, part in got.items() if part} == {who: part for who, part in wanted.items() if part}


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2 * HOUR_NS), st.integers(0, RATE_ONE)), min_size=1))
def test_b8_what_is_looked_up_of_many_is_what_the_program_says_of_each(rows: list[tuple[int, int, int]]) -> None:
    brokers = np.array([broker for broker, _, _ in rows], np.int32)
    times = np.array([HOUR * HOUR_NS + time for _, time, _ in rows], np.int64)
    rates = np.array([rate for _, _, rate in rows], np.int64)
    for program in (PROGRAM, pickle.loads(pickle.dumps(PROGRAM))):  # what was looked up before, and nothing
        codes, numbers, ways, way = program.ways(brokers, times, rates)
        for at, (broker, _, rate) in enumerate(rows):
            hour = int(times[at]) // HOUR_NS
            terms, path = PROGRAM.terms(broker, hour), PROGRAM.path_within(broker, hour, rate)
            number = int(numbers[at])
            assert (codes.tiers[number], codes.roots[number]) == (terms.tier, terms.path.root)
            assert codes.schedules[int(codes.schedule_of[number])] == terms.tables or program is not PROGRAM
            told = (*path.below, *([(0, path.user_e8)] if path.user_e8 else []))
            assert ways.told[int(way[at])] == told
            steps = zip(ways.who[way[at]].tolist(), ways.points[way[at]].tolist(), strict=True)
            assert [one for one in steps if one != (0, 0)] == list(told)


def test_b8_what_was_looked_up_is_forgotten_in_time_and_looked_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_up, "MOST", 2)
    program = replace(PROGRAM)
    for hour in range(HOUR, HOUR + 9):
        _, _, ways, way = program.ways(np.array([3], np.int32), np.array([hour * HOUR_NS]), np.array([30_000_000]))
        assert ways.told[int(way[0])] == program.path_within(3, hour, 30_000_000).below
        assert len(ways.told) <= 3


@given(st.lists(sides(), min_size=2, max_size=8).filter(lambda rows: len(rows) % 2 == 0))
def test_b19_what_is_claimed_of_fees_is_what_is_paid_of_them(rows: list[dict[str, Any]]) -> None:
    found = columns(rows)
    decide(found, PROGRAM, VENUE)
    claims = _claims(found, PROGRAM, VENUE)
    assert sum(claims.amount.tolist()) == sum(units_of(found["commission"]).tolist())
    assert sum(claims.paid.tolist()) == sum(units_of(found["paid"]).tolist())


def test_b19_a_roots_rest_may_be_of_the_payout_asset_alone() -> None:
    """2 cents at 0.0000015 are 3 units of USDT; 1 cent each for sub-broker and user leaves no cent, and 1 unit."""
    nodes = (Node(1, 0, 0, RateE8(0), RateE8(0)), Node(2, 0, 1, RateE8(10_000_000), RateE8(5_000_000)))
    program = Program("api", PROGRAM.schedules, PROGRAM.tiers, 6, USDT.id, USDT.scale, 6, nodes)
    found = np.zeros(2, SIDE)
    found["broker"], found["instrument"], found["index_price_e8"] = (2, 0), 2, 150
    found["cap_e8"] = PROGRAMS
    found["time_ns"], found["rate_e8"], found["account"] = HOUR * HOUR_NS, (10_000_000, 0), (7, 8)
    for name, value in (("base", 20), ("commission", 2), ("paid", 3)):
        found[name] = words_of(python_ints([value, 0]))
    claims = _claims(found, program, VENUE)
    assert (sum(claims.amount.tolist()), sum(claims.paid.tolist())) == (2, 3)


@given(st.lists(st.tuples(st.integers(0, 2**100), st.integers(0, RATE_ONE)), min_size=1))
def test_m2_shares_of_a_column(rows: list[tuple[int, int]]) -> None:
    units = units_of(words_of(python_ints([amount for amount, _ in rows])))
    found = share_of(units, np.array([rate for _, rate in rows]))
    assert found.tolist() == [floor_share(amount, RateE8(rate)) for amount, rate in rows]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**61), 2**61))))
def test_m1_sums_of_groups(rows: list[tuple[int, int]]) -> None:
    keys, values = np.array([key for key, _ in rows], np.int64), np.array([value for _, value in rows], np.int64)
    assert sums_by(keys, values, 4) == [sum(value for key, value in rows if key == group) for group in range(4)]


def test_b4_each_exclusion_has_a_bit() -> None:
    assert set(BIT) == set(Reason) - set(EARNING)
    assert len({*BIT.values()}) == len(BIT)
    assert {Reason(one.value) for one in ClientReason} <= {*Reason}


@given(st.lists(sides(), min_size=1, max_size=8))
def test_cn4_a_cap_takes_from_what_was_earned_and_never_gives(rows: list[dict[str, Any]]) -> None:
    with_caps, without = columns(rows), columns([{**row, "cap_e8": PROGRAMS} for row in rows])
    decide(with_caps, PROGRAM, VENUE)
    decide(without, PROGRAM, VENUE)
    for kept, earned, row in zip(with_caps, without, rows, strict=True):
        left, before = (int(units_of(one["commission"].reshape(1))[0]) for one in (kept, earned))
        assert 0 <= left <= before
        assert bool(kept["cut"]) == (left < before)
        if row["cap_e8"] != PROGRAMS:
            own_fee = row["taker_fee" if row["role"] == FillRole.TAKER else "maker_fee"]
            assert left * RATE_ONE <= max(own_fee, 0) * row["cap_e8"]


def test_b4_the_bits_stay_what_they_were() -> None:
    told = ["NO_TAG", "UNKNOWN_CODE", "NOT_ASSOCIATED", "CODE_INACTIVE", "NON_API", "VIP_TOO_HIGH", "FEE_DISCOUNT"]
    told += ["SUBSIDISED", "NO_NET_FEE", "NO_INDEX_PRICE"]
    assert [BIT[Reason(name)] for name in told] == [1 << place for place in range(10)]
    assert SIDE.itemsize == 220
