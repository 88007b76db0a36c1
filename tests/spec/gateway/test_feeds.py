"""A channel that breaks. WS-16 of docs/reference/okx-v5-websocket.md."""

import asyncio
from typing import Any

from commonbook.gateway.okx_v5.ws.feed import Feed, Loaded
from commonbook.gateway.okx_v5.ws.hub import guarded
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
    """Keeps the sequences it was told, beside those that were read."""

    async def load(self) -> tuple[list[int], int]:
        await asyncio.sleep(0)
        return [1, 2, 3], 3

    def told(self, sequences: list[int]) -> None:
        self.when_loaded(sequences[-1], lambda: self._take(sequences))

    def _take(self, sequences: list[int]) -> None:
        if self.state is not None:
            self.state += [one for one in sequences if self.is_news(one)]


def test_ws10_what_came_while_the_state_was_read_is_taken_in_once() -> None:
    nothing: Any = None

    async def read() -> list[int] | None:
        feed = Sequences(nothing, Topic("orders", account=1), {})
        feed.told([1, 2])  # the state has it
        feed.told([3, 4])  # the state has its beginning
        feed.told([5])
        await asyncio.sleep(0.01)
        feed.told([6])
        return feed.state

    assert asyncio.run(read()) == [1, 2, 3, 4, 5, 6]
