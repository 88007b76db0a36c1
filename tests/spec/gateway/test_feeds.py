"""A channel that breaks, or whose history is late. WS-10, WS-12 and WS-16 of docs/reference/okx-v5-websocket.md."""

import asyncio
from typing import Any

import pytest

from commonbook.gateway.okx_v5.codes import UNAVAILABLE, Refused
from commonbook.gateway.okx_v5.ws.feed import Feed, Loaded, guarded
from commonbook.gateway.okx_v5.ws.topics import Topic


class Listener:
    """What a feed sees of a connection."""

    def __init__(self) -> None:
        self.closed: tuple[int, str] | None = None

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def test_ws16_a_channel_that_breaks_is_closed_to_its_own_listeners_and_to_nobody_else() -> None:
    nothing: Any = None
    mine: Any = Listener()
    other: Any = Listener()
    broken, well = Feed(nothing, Topic("books"), {}), Feed(nothing, Topic("trades"), {})
    broken.expected.add(mine)
    well.expected.add(other)

    def divide() -> None:
        _ = 1 // len(broken.listeners)

    guarded(broken, divide)
    guarded(well, well.touched)
    assert mine.closed is not None
    assert mine.closed[0] == 1011
    assert other.closed is None


class Sequences(Loaded[list[int]]):
    """Keeps the sequences it was told, beside those that were read of a history that ends with one."""

    history = 3
    late = 0  # how often history is not there yet

    def told_before(self) -> int:
        return 0

    async def load(self, sequence: int) -> tuple[list[int], int]:
        await asyncio.sleep(0.001)
        if self.late:
            self.late -= 1
            raise Refused(UNAVAILABLE)
        read = max(self.history, sequence)
        return list(range(1, read + 1)), read

    def told(self, sequences: list[int]) -> None:
        self.when_loaded(sequences[-1], lambda: self._take(sequences))

    def _take(self, sequences: list[int]) -> None:
        if self.state is not None:
            self.state += [one for one in sequences if self.is_news(one)]


NOTHING: Any = None


def test_ws10_what_came_while_the_state_was_read_is_taken_in_once() -> None:
    async def read() -> list[int] | None:
        feed = Sequences(NOTHING, Topic("orders", account=1), {})
        feed.told([1, 2])  # the state has it
        feed.told([3, 4])  # the state has its beginning
        feed.told([5])
        await asyncio.sleep(0.1)
        feed.told([6])
        return feed.state

    assert asyncio.run(read()) == [1, 2, 3, 4, 5, 6]


def test_ws12_whoever_listens_waits_for_a_history_that_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sequences, "late", 5)

    async def read() -> list[int] | None:
        feed = Sequences(NOTHING, Topic("tickers", instrument=1), {})
        feed.told([4])
        await asyncio.sleep(0.1)
        return feed.state

    assert asyncio.run(read()) == [1, 2, 3, 4]


def test_ws12_of_more_than_may_wait_meanwhile_history_must_have_what_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonbook.gateway.okx_v5.ws.feed.MISSED_MOST", 2)

    async def read() -> list[int] | None:
        feed = Sequences(NOTHING, Topic("tickers", instrument=1), {})
        await asyncio.sleep(0)  # it reads already
        for sequence in (4, 5, 6, 7):
            feed.told([sequence])
        await asyncio.sleep(0.1)
        return feed.state

    assert asyncio.run(read()) == [1, 2, 3, 4, 5, 6, 7]


def test_ws12_whoever_has_waited_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sequences, "late", 10**9)
    monkeypatch.setattr("commonbook.gateway.okx_v5.ws.feed.LATE_MOST_S", 0.02)
    mine: Any = Listener()

    async def read() -> None:
        Sequences(NOTHING, Topic("tickers", instrument=1), {}).expected.add(mine)
        await asyncio.sleep(0.2)

    asyncio.run(read())
    assert mine.closed is not None
    assert mine.closed[0] == 1013
