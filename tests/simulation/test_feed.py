"""Suite `feed`, I17, in its fast tier: 200 sessions whose books are the engine's; planted bugs are caught."""

from collections.abc import Callable

import pytest

from commonbook._engine import Engine
from commonbook.gateway.okx_v5.ws import books
from commonbook.gateway.okx_v5.ws.books import Best, Changes, Levels
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.qa import feed
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Result, Tier


def test_200_sessions_have_the_book_at_each_message_and_find_every_gap() -> None:
    result = run_suite(Suite.FEED, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 200
    assert result.checks > 10_000
    assert result.events["connected_over_sockets"] >= 10
    assert min(result.events[what] for what in ("held_back", "left", "message_lost", "gap_found", "resynchronised")) > 0
    assert min(result.figures.values()) == 400, "the book is deeper than what is told"


def leave_out_what_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(old: Levels, new: Levels) -> Levels:
        return {price: level for price, level in new.items() if old.get(price) != level}

    monkeypatch.setattr(books, "changes", changes)


def leave_slow_readers_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def catch_up(feed: Changes, connection: Connection) -> None:
        feed._behind.pop(connection, None)

    monkeypatch.setattr(Changes, "catch_up", catch_up)


def leave_slow_readers_with_old_best_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Best, "catch_up", lambda feed, connection: feed._behind.discard(connection))


@pytest.mark.parametrize(
    "plant", [leave_out_what_has_gone, leave_slow_readers_behind, leave_slow_readers_with_old_best_levels]
)
def test_a_bug_in_a_feed_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    result = Result("feed", seed=1)
    feed.in_process(Engine, 100, result)
    assert result.failure.startswith("seed ")
