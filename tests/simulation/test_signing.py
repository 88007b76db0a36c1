"""Suite `signing`, S2, in its fast tier: signed requests, changed, late and again; planted bugs are caught."""

import hmac
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from commonbook.identity.horizon import Horizons
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.qa import signing
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Result, Tier


def test_what_is_signed_is_what_is_done_once_and_in_its_time() -> None:
    result = run_suite(Suite.SIGNING, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 2_000
    assert all(result.events[f"changed_{where}"] > 50 for where in signing.SPOILED)
    assert min(result.events[what] for what in ("let_in", "again", "skewed", "login", "restart", "killed")) > 0


def forgets_over_a_restart(
    database: Engine, seal: Seal, horizons: Horizons, window_ms: int, started_ms: int
) -> Authenticator:
    return Authenticator(database, seal, horizons, window_ms, started_ms - window_ms)


def forgets_those_ahead(
    database: Engine, seal: Seal, horizons: Horizons, window_ms: int, started_ms: int
) -> Authenticator:
    horizons._before.clear()
    return Authenticator(database, seal, horizons, window_ms, started_ms)


def takes_what_is_late(
    database: Engine, seal: Seal, horizons: Horizons, window_ms: int, started_ms: int
) -> Authenticator:
    return Authenticator(database, seal, horizons, 2 * window_ms, started_ms)


@pytest.mark.parametrize("make", [forgets_over_a_restart, forgets_those_ahead, takes_what_is_late])
def test_a_bug_in_the_proof_is_caught(make: signing.Make) -> None:
    result = Result("signing", seed=1)
    signing.in_process(4_000, result, make)
    assert result.failure.startswith("seed ")


def test_a_comparison_in_a_time_that_tells_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Callable[[object, object], bool] = lambda one, two: one == two  # noqa: E731
    monkeypatch.setattr(hmac, "compare_digest", plain)
    result = Result("signing", seed=1)
    signing.in_process(50, result)
    assert "in a time that tells" in result.failure
