"""What is so of any yes and no of any account, in any order: docs/rules/consents.md, CN-3, CN-4 and CN-10."""

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from commonbook.broker import consents
from commonbook.broker.consenting import (
    PROGRAMS,
    Client,
    Consent,
    How,
    Refusal,
    cap_at,
    cap_of,
    cap_text,
    capped,
    earns_from_ns,
    in_force,
    judged,
)
from commonbook.broker.judging import REASONS, judge, pairs_of
from commonbook.broker.sides import SIDE
from commonbook.errors import Declined
from commonbook.instrument.model import Account, BrokerCode
from commonbook.instrument.venue import Venue
from commonbook.storage.tables import metadata
from commonbook.units import HOUR_NS, RATE_ONE

CLIENT, BROKERS = 7, (1, 2, 3)
TABLES = [
    *(metadata.tables[name] for name in ("api_keys", "key_brokers", "subaccounts", "positions", "accrual_blocks")),
    *(table for name, table in metadata.tables.items() if name.startswith("broker_")),
]
amounts = st.integers(0, 10**30)


def venue() -> Venue:
    found = Venue()
    found.accounts |= {one: Account(one, one, 1, 0) for one in (CLIENT, 101, 102, 103)}
    found.codes |= {one: BrokerCode(one, f"B{one}", True, 100 + one) for one in BROKERS}
    return found


@given(commission=amounts, fee=st.integers(-(10**30), 10**30), cap=st.integers(0, RATE_ONE), scale=st.integers(0, 18))
def test_cn4_what_is_left_is_within_the_cap_and_what_was_earned(
    commission: int, fee: int, cap: int, scale: int
) -> None:
    left = capped(commission, fee, cap, scale, 8)
    assert 0 <= left <= commission
    assert left * RATE_ONE <= max(fee, 0) * cap
    assert capped(left, fee, cap, scale, 8) == left  # cut once, it stays
    assert capped(commission, fee, PROGRAMS, scale, 8) == commission


@given(st.integers(0, RATE_ONE))
def test_cn3_a_cap_that_is_written_is_read_as_it_was(cap: int) -> None:
    assert cap_of(cap_text(cap)) == cap


steps = st.lists(
    st.tuples(
        st.sampled_from(["give", "withdraw", "refuse", "lift"]),
        st.sampled_from(BROKERS),
        st.integers(1, 100 * HOUR_NS),
        st.integers(-1, RATE_ONE),
    ),
    max_size=25,
)


AFTER_A_REFUSAL = [(act, BROKERS[0], 5, -1) for act in ("give", "refuse", "give", "lift", "give")]


@settings(max_examples=60, deadline=None)
@example(AFTER_A_REFUSAL)
@given(steps)
def test_cn3_at_any_time_at_most_one_consent_to_a_broker_stands(drawn: list[tuple[str, int, int, int]]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=TABLES)
    known, now = venue(), 0
    for act, broker, later, cap in drawn:
        now += later
        # Who refuses a broker cannot agree to it, and what was begun of that is undone, as at a door.
        with suppress(Declined), engine.begin() as connection:
            _do(connection, known, act, broker, now, cap)
    with engine.begin() as connection:
        said = consents.consents_of(connection, CLIENT)
    engine.dispose()
    for broker in BROKERS:
        mine = sorted((one for one in said if one.broker == broker), key=lambda one: one.id)
        for before, after in pairwise(mine):
            assert 0 < before.ended_ns <= after.given_ns  # one after the other, without a gap where it was replaced
            assert not before.was_replaced or before.ended_ns == after.given_ns
        for one in mine:
            found = in_force(mine, one.given_ns)
            assert found is None or found.given_ns <= one.given_ns
            assert one.earns_from_ns <= one.given_ns or one.earns_from_ns % HOUR_NS == 0


def _do(connection: Any, known: Venue, act: str, broker: int, now: int, cap: int) -> None:
    match act:
        case "give":
            consents.give(connection, known, CLIENT, broker, How.PAGE, now, 72, cap)
        case "withdraw":
            consents.withdraw(connection, CLIENT, broker, now)
        case "refuse":
            consents.refuse(connection, CLIENT, broker, 0, now)
        case _:
            consents.lift(connection, CLIENT, broker, now)


times = st.integers(1, 60)
behind = st.integers(0, 30)  # sequences


@st.composite
def clients(draw: st.DrawFn) -> tuple[int, Client]:
    """An account and what it has said to broker 1; nothing overlaps, as nothing does in the tables."""
    cuts = sorted(draw(st.sets(times, max_size=8)))
    spans = list(pairwise(cuts))[::2]
    yes = [
        Consent(
            number,
            CLIENT,
            1,
            0,
            How.PAGE,
            "",
            draw(st.integers(-1, 100)),
            begins,
            begins + draw(st.integers(0, 20)),
            draw(st.sampled_from([ends, 0])) if (begins, ends) == spans[-1] else ends,
            was_replaced=False,
        )
        for number, (begins, ends) in enumerate(spans)
    ]
    yes = [replace(one, given_behind=draw(behind), ended_behind=draw(behind)) if one.ended_ns else one for one in yes]
    no = [
        Refusal(
            *(number, CLIENT, draw(st.sampled_from([0, 1])), 0, begins, draw(st.sampled_from([0, begins + later]))),
            *(draw(behind), draw(behind)),
        )
        for number, (begins, later) in enumerate(draw(st.lists(st.tuples(times, times), max_size=2)))
    ]
    return draw(st.integers(1, 4)), Client(1, draw(st.booleans()), no, yes)


@settings(deadline=None)
@given(known=st.lists(clients(), max_size=3), drawn=st.lists(st.tuples(times, st.integers(1, 5), st.integers(0, 2))))
def test_cn11_many_sides_are_judged_as_each_of_them(
    known: list[tuple[int, Client]], drawn: list[tuple[int, int, int]]
) -> None:
    """CN-12 as well: neither time nor sequence falls, and either may stand still."""
    drawn = sorted(drawn, key=itemgetter(0))
    sides = np.zeros(len(drawn), SIDE)
    for place, (side, (time, account, broker)) in enumerate(zip(sides, drawn, strict=True)):
        side["time_ns"], side["account"], side["broker"], side["sequence"] = time, account, broker, place // 2 + 1
    by_pair = {(account, 1): client for account, client in known}
    reasons, caps = judge(sides, by_pair)
    for place, (time, account, broker) in enumerate(drawn):
        client = by_pair.get((account, broker))
        sequence = place // 2 + 1
        expected = None if client is None else judged(client, time, sequence)
        assert (REASONS[reasons[place] - 1] if reasons[place] else None) == expected
        assert caps[place] == (PROGRAMS if client is None else cap_at(client, time, sequence))
    assert pairs_of(sides) == sorted({(account, broker) for _, account, broker in drawn if broker})


@given(now=st.integers(0, 10**19), ended=st.lists(st.integers(0, 10**19), max_size=4), hours=st.integers(0, 1_000))
def test_cn10_a_broker_that_takes_over_waits_for_a_full_hour(now: int, ended: list[int], hours: int) -> None:
    others = [
        Consent(1, CLIENT, 2, 0, How.PAGE, "", PROGRAMS, 0, 0, min(one, now), was_replaced=False) for one in ended
    ]
    found = earns_from_ns(now, others, hours)
    assert found == now or (found % HOUR_NS == 0 and now + hours * HOUR_NS <= found < now + (hours + 1) * HOUR_NS)
    assert others or found == now
