"""What a broker's client must have shown: CK-1 to CK-9."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from commonbook.brokerage.conformance import (
    BATCH,
    SINGLE,
    Bars,
    Count,
    Kept,
    Row,
    Run,
    Seen,
    Step,
    Verdict,
    burst,
    errors,
    judge,
    pace,
    reports,
    settlement,
    signing,
    sustained,
    tags,
)

AMEND = "POST /trade/amend-order"
ASK, FETCH = "POST /broker/fd/rebate-per-orders", "GET /broker/fd/rebate-per-orders"
READ = "GET /account/balance"
COUNT = Count(hour=500_000, fills=3, paid=30, orders={7: 10, 9: 20})


def seen(at_ms: int, code: str = "0", route: str = READ, account: int = 1, **more: object) -> Seen:
    return replace(Seen(at_ms, at_ms + 5, f"key-{account}", account, route, code), **more)  # type: ignore[arg-type]


def run(those: Iterable[Seen], plan: int = 100, **more: object) -> Run:
    return replace(Run("NORTH", plan, sorted(those, key=lambda one: one.at_ms)), **more)  # type: ignore[arg-type]


def order(at_ms: int, number: int, route: str = SINGLE) -> Seen:
    return seen(at_ms, route=route, rows=(Row(f"order-{number}", "0", number, "NORTH"),))


def refused(at_ms: int, digest: str = "too-much", code: str = "51008", account: int = 1) -> Seen:
    return seen(at_ms, "1", SINGLE, account, rows=(Row(digest, code),))


def steady(seconds: int, per_s: int, users: int, from_s: int = 0) -> Iterator[Seen]:
    for number in range(seconds * per_s):
        yield seen(1_000 * (from_s + number // per_s) + 1_000 * (number % per_s) // per_s, account=1 + number % users)


SIGNED = [*(seen(10 * place) for place in range(20)), seen(500, "50113"), seen(600)]
ORDERS = [order(0, 7), order(10, 8, BATCH), order(20, 9, BATCH), order(30, 8, AMEND)]
KEPT = {number: Kept(number, "NORTH", fills=number == 9) for number in (7, 8, 9)}
FETCHED = [seen(0, route=ASK), seen(50, route=FETCH)]


# -- signing ----------------------------------------------------------------------------------------------------------


def test_ck2_a_wrong_signature_was_refused_and_the_same_key_went_on() -> None:
    assert signing(run(SIGNED)).passed


@pytest.mark.parametrize(
    ("those", "why"),
    [
        (SIGNED[:10], "10 requests were proved; 20 are wanted"),
        (SIGNED[:20], "send one request with a wrong signature: it is to be refused with 50113"),
        (SIGNED[:21], "after the wrong signature the same key has sent no right one"),
        ([*SIGNED[:21], seen(600, account=2)], "after the wrong signature the same key has sent no right one"),
        ([*SIGNED[:21], seen(504)], "after the wrong signature the same key has sent no right one"),
    ],
)
def test_ck2_what_is_missing_is_said(those: list[Seen], why: str) -> None:
    found = signing(run(those))
    assert (found.passed, found.why) == (False, why)
    assert found.done < found.wanted


@pytest.mark.parametrize("code", ["50102", "50103", "50105", "50111", "50001", "50013"])
def test_ck2_what_was_not_proved_does_not_count(code: str) -> None:
    assert not signing(run([replace(one, code=code) if one.code == "0" else one for one in SIGNED])).passed


# -- tags -------------------------------------------------------------------------------------------------------------


def test_ck3_orders_are_the_brokers_in_the_end() -> None:
    found = tags(run(ORDERS, orders=KEPT))
    assert found.passed
    assert found.why == "3 orders with 1 fills, 1 amendments: all are NORTH's"


def test_ck3_an_order_without_the_tag_is_named() -> None:
    found = tags(run(ORDERS, orders=KEPT | {8: Kept(8, "")}))
    assert (found.passed, found.why) == (
        False,
        "1 of 3 orders are not NORTH's; the first is 8, which is nobody's",
    )


@pytest.mark.parametrize(
    ("those", "kept", "missing"),
    [
        (ORDERS[1:], KEPT, "place an order by itself"),
        (ORDERS[:1], KEPT, "place orders as a batch, amend an order, have an order filled"),
        (ORDERS[:3], KEPT, "amend an order"),
        ([*ORDERS[:3], order(30, 66, AMEND)], KEPT, "amend an order"),  # of an order that was not placed here
        (ORDERS, {number: Kept(number, "NORTH") for number in KEPT}, "have an order filled"),
    ],
)
def test_ck3_each_way_of_order_is_needed(those: list[Seen], kept: dict[int, Kept], missing: str) -> None:
    found = tags(run(those, orders=kept))
    assert (found.passed, found.why) == (False, f"still to do: {missing}")


def test_ck3_an_order_that_history_does_not_have_yet_is_waited_for() -> None:
    found = tags(run([*ORDERS, order(40, 10)], orders=KEPT))
    assert (found.passed, found.why) == (False, "1 orders are not in history yet; the first is 10")


# -- errors -----------------------------------------------------------------------------------------------------------


def test_ck4_a_refusal_is_met_three_times_and_not_four() -> None:
    met = [refused(100 * place) for place in range(4)]
    assert errors(run([*met[:3], seen(900)])).passed
    found = errors(run([*met, seen(900)]))
    assert (found.passed, found.why) == (
        False,
        "POST /trade/order was refused 4 times with 51008 for the same; at most 3",
    )


def test_ck4_other_requests_other_codes_and_other_users_are_not_the_same() -> None:
    met = [refused(10 * place, digest=f"order-{place}") for place in range(4)]
    met += [refused(100 + place, code=f"5100{place}") for place in range(4)]
    met += [refused(200 + place, account=1 + place) for place in range(3)]
    assert errors(run([*met, seen(900)])).passed


def test_ck4_a_refusal_of_the_whole_request_counts_too() -> None:
    met = [seen(100 * place, "51000", SINGLE, digest="unreadable") for place in range(4)]
    assert errors(run([*met[:1], seen(900)])).passed
    assert not errors(run([*met, seen(900)])).passed


@pytest.mark.parametrize("those", [[seen(0)], [refused(10), seen(0)], [refused(10), seen(900, "50011")]])
def test_ck4_without_a_refusal_or_without_going_on_nothing_is_shown(those: list[Seen]) -> None:
    assert not errors(run(those)).passed


# -- pace -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second_ms", "passed"),
    [(205, True), (255, True), (256, False), (2_005, False), (2_006, True)],  # answered at 5
)
def test_ck5_what_was_on_its_way_is_forgiven_and_a_pause_is_two_seconds(second_ms: int, passed: bool) -> None:
    assert pace(run([seen(0, "50011"), seen(second_ms, "50011"), seen(9_000)])).passed is passed


def test_ck5_another_user_or_route_has_a_budget_of_its_own() -> None:
    others = [seen(500, "50011", account=2), seen(600, "50061", SINGLE), seen(700, route=READ)]
    assert pace(run([seen(0, "50011"), *others, seen(9_000)])).passed


@pytest.mark.parametrize("those", [[seen(0)], [seen(0, "50011")], [seen(0), seen(10, "50011"), seen(900, "50113")]])
def test_ck5_it_must_be_refused_once_and_go_on(those: list[Seen]) -> None:
    assert not pace(run(those)).passed


# -- burst and sustained ----------------------------------------------------------------------------------------------


def test_ck6_ten_times_the_plan_in_one_second() -> None:
    full = list(steady(1, 1_000, 50))
    after = [seen(10_999 + 500)]
    assert burst(run([*full, *after])).passed
    assert not burst(run([*full[1:], *after])).passed
    assert burst(run([*full[1:]])).why == "999 requests came in the fullest second; 1,000 are wanted, 10 times 100"
    assert not burst(run([*full, *after], plan=101)).passed


@pytest.mark.parametrize("after", [[], [seen(10_998)], [seen(21_000)], [seen(11_500), seen(12_000, "50011")]])
def test_ck6_it_goes_on_as_before(after: list[Seen]) -> None:
    assert not burst(run([*steady(1, 1_000, 50), *after])).passed


def test_ck6_what_was_not_proved_is_no_burst() -> None:
    stale = [replace(one, code="50102") for one in steady(1, 1_000, 50)]
    assert burst(run([*stale, seen(11_500)])).done < 1_000


def test_ck7_a_hundred_a_second_for_a_minute_of_five_users() -> None:
    found = sustained(run(steady(60, 100, 5)))
    assert found.passed
    assert found.why == "6,000 requests of 5 users in a minute, all within the limits"
    assert found.tenths == 10


@pytest.mark.parametrize(
    ("those", "why"),
    [
        (steady(59, 100, 5), "5,900 requests came in the fullest minute; 6,000 are wanted"),
        (steady(60, 99, 5), "5,940 requests came in the fullest minute; 6,000 are wanted"),
        (steady(60, 100, 4), "they came from 4 users; spread them over 5 at least"),
        (
            [*steady(30, 210, 5), *steady(30, 40, 5, from_s=30)],
            "a second of the fullest minute has 40 requests; each is to have 50 at least",
        ),
        (
            [*steady(60, 50, 5), *steady(60, 60, 1)],
            "4,200 of 6,600 requests came from one user; none is to have more than half",
        ),
        (
            [*steady(60, 100, 5), seen(30_000, "50011")],
            "1 of 6,001 requests were refused for pace; stay within the published limits",
        ),
    ],
)
def test_ck7_what_is_missing_is_said(those: Iterable[Seen], why: str) -> None:
    found = sustained(run(those))
    assert (found.passed, found.why) == (False, why)


def test_ck7_a_good_minute_is_found_among_bad_ones() -> None:
    bad = [seen(1_000 * second, "50011") for second in range(30)]
    assert sustained(run([*bad, *steady(30, 150, 5), *steady(60, 100, 5, from_s=40)])).passed
    assert not sustained(run([*bad, *steady(60, 150, 5)])).passed


# -- reports and settlement -------------------------------------------------------------------------------------------


def test_ck8_its_own_count_is_the_statements_order_by_order() -> None:
    assert reports(run(FETCHED, own=COUNT, ours=COUNT)).passed
    found = reports(run(FETCHED, own=replace(COUNT, orders={7: 20, 9: 10}), ours=COUNT))
    assert (found.passed, found.why) == (False, "order 7: you counted 20 units, the statement says 10 units")
    found = reports(run(FETCHED, own=replace(COUNT, orders={7: 10}), ours=COUNT))
    assert (found.passed, found.why) == (False, "order 9: you counted nothing, the statement says 20 units")


@pytest.mark.parametrize(
    "those",
    [FETCHED[:1], FETCHED[1:], [seen(100, route=ASK), seen(50, route=FETCH)], [FETCHED[0], seen(50, "50030", FETCH)]],
)
def test_ck8_the_report_is_asked_for_and_fetched(those: list[Seen]) -> None:
    assert not reports(run(those, own=COUNT, ours=COUNT)).passed


def test_ck8_and_ck9_an_hour_without_orders_shows_nothing() -> None:
    empty = Count(500_000, 0, 0)
    assert not reports(run(FETCHED, own=empty, ours=empty)).passed
    assert not settlement(run([], own=empty, ours=empty)).passed


@pytest.mark.parametrize(
    ("own", "ours", "why"),
    [
        (None, COUNT, "file your own count of an hour"),
        (COUNT, None, "hour 500000 has no statement of NORTH yet"),
        (replace(COUNT, fills=2), COUNT, "hour 500000: you counted 2 fills, the statement has 3"),
        (replace(COUNT, paid=29), COUNT, "hour 500000: you counted 29 units, the statement says 30 units"),
    ],
)
def test_ck9_what_does_not_agree_is_said(own: Count | None, ours: Count | None, why: str) -> None:
    found = settlement(run([], own=own, ours=ours))
    assert (found.passed, found.why) == (False, why)


def test_ck9_an_hour_that_agrees_passes() -> None:
    assert settlement(run([], own=COUNT, ours=COUNT)).passed


# -- all of it --------------------------------------------------------------------------------------------------------


def later(those: Iterable[Seen], by_ms: int) -> Iterator[Seen]:
    return (replace(one, at_ms=one.at_ms + by_ms, answered_ms=one.answered_ms + by_ms) for one in those)


def whole() -> Run:
    those = [
        *SIGNED,
        *later(ORDERS, 1_000),
        refused(2_000),
        *later(FETCHED, 3_000),
        seen(4_000, "50011"),
        *steady(1, 1_000, 50, from_s=100),
        *steady(60, 100, 5, from_s=112),
    ]
    return run(those, orders=KEPT, own=COUNT, ours=COUNT)


def test_ck1_a_run_that_shows_all_passes_each_step_in_its_order() -> None:
    found = judge(whole())
    assert [one.step for one in found] == list(Step)
    assert [one.step for one in found if not one.passed] == []
    assert all(one.done == one.wanted for one in found)


def test_ck1_a_run_of_nothing_passes_none_and_says_what_to_do() -> None:
    found = judge(run([]))
    assert not any(one.passed for one in found)
    assert all(one.why and one.done < one.wanted for one in found)


@pytest.mark.parametrize(("ended_ms", "tenths"), [(0, 0), (1, 1), (6_000, 1), (6_001, 2), (61_000, 11)])
def test_ck1_minutes_are_in_tenths_and_rounded_up(ended_ms: int, tenths: int) -> None:
    assert Verdict(Step.PACE, True, "", 1, 1, 0, ended_ms).tenths == tenths


def test_ck1_the_bars_are_those_of_the_page() -> None:
    assert Bars() == Bars(20, 3, 250, 2_000, 10, 10_000, 100, 5)
