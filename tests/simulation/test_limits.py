"""Suite `limits`, S6, in its fast tier: 100,000 requests against their limits; planted bugs are caught."""

from collections.abc import Callable, Sequence

import pytest

from commonbook.gateway.limits import Claim, Limits, Window
from commonbook.gateway.okx_v5 import budget
from commonbook.gateway.okx_v5.budget import OPERATIONS, ROUTE_LIMITS
from commonbook.qa import limits
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Result, Tier


def test_100000_requests_are_let_in_up_to_their_limits_and_no_further() -> None:
    result = run_suite(Suite.LIMITS, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials > 100_000
    assert min(result.events[what] for what in ("taken", "refused", "taken_at_the_door")) > 100
    bursts = len(set(ROUTE_LIMITS.values())) + len(OPERATIONS)
    assert result.events["bursts_with_a_refusal"] > bursts / 2


def windows_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def left(window: Window, now_ms: int) -> int:
        if window._taken and window._taken[0][0] // window.limit.window_ms < now_ms // window.limit.window_ms:
            window._taken.clear()
            window._sum = 0
        return window.limit.most - window._sum

    monkeypatch.setattr(Window, "left", left)


def cancels_take_from_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "CANCELS", set())


def what_is_refused_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def spend(limits: Limits, claims: Sequence[Claim], now_ms: int) -> Claim | None:
        full = None
        for claim in claims:
            window = limits._window(claim)
            full = full or (claim if claim.count > window.left(now_ms) else None)
            window.take(claim.count, now_ms)
        return full

    monkeypatch.setattr(Limits, "spend", spend)


@pytest.mark.parametrize("plant", [windows_begin_anew, cancels_take_from_orders, what_is_refused_is_counted])
def test_a_bug_in_a_limit_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    result = Result("limits", seed=1)
    limits.in_process(40_000, result)
    assert result.failure.startswith("seed ")
