"""What several gateways agree on. L-9 of docs/rules/limits.md, I-4 of docs/rules/identity.md; S2, S6."""

import multiprocessing
import time
from collections.abc import Iterator
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonbook.errors import OutsideFailure
from commonbook.gateway import shared as tables
from commonbook.gateway.limits import Claim, Limit
from commonbook.gateway.shared import STEPS, Shared, SharedLimits, SharedUses, make_shared
from commonbook.identity.uses import Uses

TWO_SECONDS = Limit(60, 2_000)
NUMBERS = count(1)  # a name of its own for each example


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "gateways.shared"
    make_shared(made)
    return made


@pytest.fixture
def both(path: Path) -> Iterator[tuple[Shared, Shared]]:
    """Two gateways."""
    one, other = Shared(path), Shared(path)
    yield one, other
    one.close()
    other.close()


ASKED = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 30), st.booleans()), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ASKED)
def test_l9_at_no_moment_have_all_together_taken_more(
    both: tuple[Shared, Shared], asked: list[tuple[int, int, bool]]
) -> None:
    limits = [SharedLimits(one) for one in both]
    now_ms, key = 1_000_000, next(NUMBERS)
    taken: list[tuple[int, int]] = []
    for pause_ms, orders, by_other in asked:
        now_ms += pause_ms
        claim = Claim(key, TWO_SECONDS, orders)
        before = limits[by_other].left(claim.key, TWO_SECONDS, now_ms)
        if limits[by_other].spend([claim], now_ms) is None:
            assert orders <= before
            taken.append((now_ms, orders))
        else:
            assert orders > before
            later = now_ms + 2_000 + 2_000 // STEPS + 1
            assert limits[not by_other].left(claim.key, TWO_SECONDS, later) == 60
    for end, _ in taken:
        assert sum(orders for at, orders in taken if end - 2_000 < at <= end) <= 60


def test_l9_what_is_out_of_the_window_is_given_back_a_step_later(both: tuple[Shared, Shared]) -> None:
    one, other = (SharedLimits(gateway) for gateway in both)
    assert one.spend([Claim("orders", TWO_SECONDS, 60)], 10_000) is None
    assert other.left("orders", TWO_SECONDS, 11_999) == 0
    assert other.left("orders", TWO_SECONDS, 10_000 + 2_000 + 2_000 // STEPS + 1) == 60


def test_l9_a_request_takes_of_all_its_limits_or_of_none(both: tuple[Shared, Shared]) -> None:
    one, other = (SharedLimits(gateway) for gateway in both)
    five, six = Claim("place", Limit(5, 2_000), 4), Claim("account", Limit(6, 2_000), 4)
    assert one.spend([five, six], 10_000) is None
    refused = Claim("place", Limit(5, 2_000), 1)
    assert other.spend([refused, six], 10_001) == six
    assert one.left("place", Limit(5, 2_000), 10_002) == 1
    assert dict(one.known()) == {"place": Limit(5, 2_000), "account": Limit(6, 2_000)}


def test_l9_a_window_whose_time_has_passed_makes_room_for_another(
    both: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "WINDOWS", 4)
    limits = SharedLimits(both[0])
    for number in range(4):
        assert limits.spend([Claim(number, TWO_SECONDS)], 10_000) is None
    assert limits.spend([Claim("fifth", TWO_SECONDS)], 10_000) is not None  # no room to count it, so it is refused


def _spend(path: Path, start: Barrier, answers: "multiprocessing.Queue[int]") -> None:
    shared = Shared(path)
    limits = SharedLimits(shared)
    start.wait()
    now_ms = time.monotonic_ns() // 1_000_000
    answers.put(sum(limits.spend([Claim("orders", Limit(500, 3_600_000))], now_ms) is None for _ in range(400)))
    shared.close()


def test_s6_four_processes_at_once_take_as_much_as_one(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_spend, args=(path, start, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    taken = [answers.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sum(taken) == 500


USED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.booleans()), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(USED)
def test_i4_a_signature_is_good_once_at_whichever_gateway(
    both: tuple[Shared, Shared], used: list[tuple[str, int, bool]]
) -> None:
    shared, alone = [SharedUses(one) for one in both], Uses()
    now_ms, run = 1_000, next(NUMBERS)
    for name, pause_ms, by_other in used:
        now_ms += pause_ms
        signature = f"{run}-{name}"
        expected = alone.is_first(signature, now_ms + 60, now_ms)
        assert shared[by_other].is_first(signature, now_ms + 60, now_ms) == expected


def test_i4_a_full_table_takes_no_more(both: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SIGNATURES", 8)
    uses = SharedUses(both[0])
    assert [uses.is_first(str(number), 2_000, 1_000) for number in range(9)] == [True] * 8 + [False]
    assert uses.is_first("later", 4_000, 3_000)


def test_a_file_of_another_size_and_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(OutsideFailure, match="has 0 bytes"):
        Shared(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(OutsideFailure, match="has 1 bytes"):
        Shared(tmp_path / "short")
