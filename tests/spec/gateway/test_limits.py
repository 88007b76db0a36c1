"""Windows that slide. L-1 to L-3 of docs/rules/limits.md; S6."""

from hypothesis import given
from hypothesis import strategies as st

from commonbook.gateway.limits import SWEEP_MS, Claim, Limit, Limits, Window

TWO_SECONDS = Limit(60, 2_000)
ASKED = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 30)), max_size=60)


@given(ASKED)
def test_l1_at_no_moment_has_more_been_taken_in_the_time_before_it(asked: list[tuple[int, int]]) -> None:
    window = Window(TWO_SECONDS)
    now_ms = 100_000
    taken: list[tuple[int, int]] = []
    for pause_ms, count in asked:
        now_ms += pause_ms
        if count <= window.left(now_ms):
            window.take(count, now_ms)
            taken.append((now_ms, count))
        else:
            wait_ms = window.wait_ms(count, now_ms)
            assert 0 < wait_ms <= TWO_SECONDS.window_ms
            now_ms += wait_ms
            assert count <= window.left(now_ms)
    for end, _ in taken:
        assert sum(count for at, count in taken if end - 2_000 < at <= end) <= 60


def test_l1_sixty_in_two_seconds_are_sixty_and_not_one_more() -> None:
    window = Window(TWO_SECONDS)
    for place in range(60):
        assert window.left(place * 10) == 60 - place
        window.take(1, place * 10)
    assert window.left(1_000) == 0
    assert window.wait_ms(1, 1_000) == 1_000  # the first is two seconds old at 2,000
    assert window.left(1_999) == 0
    assert window.left(2_000) == 1
    assert window.left(2_500) == 51
    assert window.left(2_590) == 60


def test_l2_a_request_takes_of_all_its_limits_or_of_none() -> None:
    limits = Limits()
    five, six = Limit(5, 2_000), Limit(6, 2_000)
    place, account = Claim("place", five, 4), Claim("account", six, 4)
    assert limits.spend([place, account], 10_000) is None
    assert limits.spend([Claim("place", five), account], 10_500) == account
    assert limits.left("place", five, 10_500) == 1
    assert limits.wait_ms(account, 10_500) == 1_500
    assert limits.spend([Claim("place", five), account], 12_000) is None


def test_l3_windows_of_those_who_have_gone_take_no_memory() -> None:
    limits = Limits()
    for number in range(1_000):
        limits.spend([Claim(number, TWO_SECONDS)], 20_000)
    assert len(limits.windows) == 1_000
    limits.spend([Claim("later", TWO_SECONDS)], 20_000 + SWEEP_MS + 2_000)
    assert set(limits.windows) == {"later"}
