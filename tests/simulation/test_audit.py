"""Suite `audit`, I19, in its fast tier: what is planted is found, what is not is not; and a suite that sees it."""

import pytest

from commonbook import _engine
from commonbook.clearing.auditor import Auditor, Difference
from commonbook.qa import audit
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier


def test_each_planted_mismatch_is_found_within_5_s_and_nothing_is_halted_without_one() -> None:
    result = run_suite(Suite.AUDIT, 1, Tier.FAST)
    assert result.failure == ""
    assert set(result.events) == {"nothing planted", *audit.PLANTS}
    assert result.figures["found_s_most"] <= audit.FOUND_S
    assert result.checks > result.trials


def test_an_auditor_that_looks_away_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Auditor, "compare", lambda self, connection: [])
    monkeypatch.setattr(audit, "FOUND_S", 1.0)
    monkeypatch.setattr(audit, "CONTROL_S", 0.1)
    monkeypatch.setattr(audit, "CONTROL_SHARE", 0.01)
    assert audit.run(_engine, 1, 2).failure


def test_an_auditor_that_cries_without_cause_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Auditor._engine

    def sees_ghosts(self: Auditor, question: object, rows: object) -> object:
        yield from asked(self, question, rows)  # type: ignore[arg-type]
        yield Difference(getattr(question, "sequence", 0), 1, "a ghost", 1, 0)

    monkeypatch.setattr(Auditor, "_engine", sees_ghosts)
    assert "nothing planted: a false alarm" in audit.run(_engine, 1, 1).failure
