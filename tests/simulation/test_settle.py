"""Suite `settle`, I13, in its fast tier; settlements that pay twice, too little or by the wrong hour are seen."""

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from commonbook import _engine
from commonbook.broker import accrual, settlement
from commonbook.qa import settle
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.settle import Fault
from commonbook.qa.suite import Tier
from commonbook.records import Batch, EventKind


def test_of_300_hours_each_is_paid_once_and_all_of_it() -> None:
    result = run_suite(Suite.SETTLE, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 300
    assert set(Fault) <= set(result.events)
    met = ("ended", "two at once", "payments refused as known", "clock jumps", "late sides")
    assert all(result.events[what] >= 10 for what in met)


def other_keys(patch: pytest.MonkeyPatch) -> None:
    """A payment has another key each time it is sent."""
    transfers, numbers = settlement.transfers, count()

    def anew(*given: Any) -> Any:
        found = transfers(*given)
        found["key"] = [key + b":%d" % next(numbers) for key in found["key"].tolist()]
        return found

    patch.setattr(settlement, "transfers", anew)


def known_ones_are_refused(patch: pytest.MonkeyPatch) -> None:
    """A payment that has had its effect counts as one that was refused."""

    def refused(batch: Batch) -> list[int]:
        sequences = batch.events["sequence"][batch.events["kind"] == EventKind.REFUSED]
        places: list[int] = (sequences.astype(np.int64) - batch.first).tolist()
        return places

    patch.setattr(settlement, "_refused", refused)


def late_ones_stay(patch: pytest.MonkeyPatch) -> None:
    """What comes late is put into its own hour, though that is settled."""

    class Unmoved:
        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

        def maximum(self, hours: Any, _: Any) -> Any:
            return hours

    patch.setattr(accrual, "np", Unmoved())


@pytest.mark.parametrize("bug", [other_keys, known_ones_are_refused, late_ones_stay], ids=lambda bug: bug.__name__)
def test_a_bug_planted_in_settlement_is_caught_and_named_with_its_seed(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    assert settle.run(_engine, seed=1, hours=100).failure.startswith("seed ")


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (settle.run(_engine, 7, 20) for _ in range(2))
    assert (first.events, first.checks) == (second.events, second.checks)
