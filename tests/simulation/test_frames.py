"""Suite `frames` in its fast tier: 100,000 odd messages over WebSocket break nothing and move nothing."""

from commonbook.qa import frames
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.suite import Tier


def test_100000_odd_messages_are_answered_or_end_their_own_connection_and_move_nothing() -> None:
    result = run_suite(Suite.FRAMES, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials >= 100_000
    assert result.events["logged_in"] > 5
    assert result.events["frames_that_are_none"] > 3


def test_an_order_among_the_messages_is_noticed() -> None:
    assert "something has moved" in frames.run(seed=1, messages=20_000, with_orders=True).failure
