"""A channel that breaks. WS-16 of docs/reference/okx-v5-websocket.md."""

from typing import Any

from commonbook.gateway.okx_v5.ws.feed import Feed
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
