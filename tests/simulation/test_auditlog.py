"""Suite `auditlog`, I20, in its fast tier; planted bugs are caught."""

from collections.abc import Callable

import pytest

from commonbook.administration import checkpoint, log
from commonbook.administration.log import Act, canonical
from commonbook.qa import auditlog
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier


def test_whatever_is_done_to_10000_logs_is_found() -> None:
    result = run_suite(Suite.AUDITLOG, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 10_000
    assert min(result.events[name] for name in [*auditlog.CHANGES, "nothing"]) > 100


def hashes_leave_the_details_out(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Act.hash_after

    def short(act: Act, before: str) -> str:
        return whole(auditlog._with(act, details=""), before)

    monkeypatch.setattr(Act, "hash_after", short)


def the_chain_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Act.hash_after
    monkeypatch.setattr(Act, "hash_after", lambda act, before: whole(act, ""))


def signed_heads_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = checkpoint.compare
    monkeypatch.setattr(checkpoint, "compare", lambda connection, _: whole(connection, []))


def what_is_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = log.verify
    monkeypatch.setattr(
        checkpoint,
        "verify",
        lambda connection, brand: whole(connection, brand) if brand else dict.fromkeys(range(100), canonical(0)),
    )


@pytest.mark.parametrize(
    "plant",
    [hashes_leave_the_details_out, the_chain_is_not_followed, signed_heads_are_not_compared, what_is_read_is_cut],
)
def test_a_bug_in_the_log_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert auditlog.run(1, 2_000).failure.startswith("seed ")
