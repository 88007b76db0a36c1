"""What a follower is given of the stream, and what of it comes together."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from commonbook.errors import BrokenInvariant, CoreUnavailable
from commonbook.matching import stream
from commonbook.matching.stream import Together, follow
from commonbook.records import COMMAND, EVENT, Batch


class Core:
    """A core as a follower sees it: what it had published, what it tells from then on, and its end."""

    def __init__(self, published: int, told: list[Batch]) -> None:
        self._published, self._told = published, told

    async def subscribe(self, take: Callable[[Batch], None]) -> int:
        for batch in self._told:
            take(batch)
        return self._published

    def when_gone(self, tell: Callable[[], None]) -> None:
        tell()


def batch(first: int, last: int) -> Batch:
    commands = np.zeros(last - first + 1, COMMAND)
    commands["sequence"] = np.arange(first, last + 1)
    events = np.zeros(2 * len(commands), EVENT)
    events["sequence"] = np.repeat(commands["sequence"], 2)
    return Batch(commands, events)


def followed(
    told: list[Batch], after: int = 0, published: int = 0, together: Together | None = None
) -> list[tuple[int, int]]:
    """First and last sequence of each batch that the follower was given, until the core was gone."""
    given: list[tuple[int, int]] = []

    def passed(_: Path, after: int, upto: int) -> Iterator[Batch]:
        yield batch(after + 1, upto)

    async def play() -> None:
        core = Core(published, told)
        async for one in follow(core, Path(), after, passed, together):  # type: ignore[arg-type]
            assert one.commands["sequence"].tolist() == list(range(one.first, one.last + 1))
            assert np.array_equal(np.unique(one.events["sequence"]), one.commands["sequence"])
            given.append((one.first, one.last))

    with pytest.raises(CoreUnavailable):
        asyncio.run(play())
    return given


def test_what_was_missed_comes_first_and_nothing_twice() -> None:
    assert followed([batch(3, 4), batch(5, 5)], after=2, published=4) == [(3, 4), (5, 5)]


def test_batches_that_wait_come_as_one_up_to_where_they_may() -> None:
    told = [batch(1, 2), batch(3, 3), batch(4, 6), batch(7, 7)]
    assert followed(told) == [(1, 2), (3, 3), (4, 6), (7, 7)]
    assert followed(told, together=lambda: 100) == [(1, 7)]
    assert followed(told, together=lambda: 0) == [(1, 2), (3, 3), (4, 6), (7, 7)]
    limits = iter([3, 3, 100])  # a sequence within a batch lets it come by itself
    assert followed(told, together=lambda: next(limits)) == [(1, 3), (4, 6), (7, 7)]


def test_no_more_come_together_than_a_batch_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TOGETHER_MOST", 3)
    assert followed([batch(one, one) for one in range(1, 8)], together=lambda: 100) == [(1, 3), (4, 6), (7, 7)]


def test_a_stream_that_jumps_is_no_stream_of_ours_together_or_not() -> None:
    for together in (None, lambda: 100):
        with pytest.raises(BrokenInvariant, match="jumps from sequence 2 to 4"):
            followed([batch(1, 2), batch(4, 4)], together=together)
