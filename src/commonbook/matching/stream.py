"""Everything that became durable after a sequence, in order, for ever: first from the journal, then live.

A follower keeps its own position. Whatever it missed while it was away it rebuilds itself, by applying the journal
to an engine of its own; the core is asked for nothing that has passed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from commonbook.errors import BrokenInvariant, CoreUnavailable
from commonbook.matching.client import CoreClient
from commonbook.matching.recovery import replay
from commonbook.matching.sequencer import join
from commonbook.records import Batch

TOGETHER_MOST = 4_096  # commands, before no more are put together

Passed = Callable[[Path, int, int], Iterator[Batch]]  # what a data folder holds behind a sequence, up to another
Together = Callable[[], int]  # up to which sequence batches may come together


async def follow(
    client: CoreClient, data_dir: Path, after: int, passed: Passed = replay, together: Together | None = None
) -> AsyncIterator[Batch]:
    """Every durable batch with sequences above `after`; ends with CoreUnavailable when the core goes.

    The part read from the journal stops at what the core had published when we subscribed: beyond that the file may
    hold a batch that is not durable yet, and a follower must never be ahead of the journal.

    Args:
        together: asked whenever batches wait here; those that end at or before the sequence it gives come as one.
    """
    live: asyncio.Queue[Batch | None] = asyncio.Queue()  # None: the core has gone
    published = await client.subscribe(live.put_nowait)
    client.when_gone(lambda: live.put_nowait(None))
    position = after
    if position < published:
        for batch in passed(data_dir, position, published):
            yield batch
            position = batch.last
            await asyncio.sleep(0)
    left: list[Batch | None] = []  # what was taken from the queue and has its turn next
    while True:
        news = left.pop() if left else await live.get()
        if news is None:
            raise CoreUnavailable("the core has gone")
        if news.last <= position:
            continue
        if news.first != position + 1:
            raise BrokenInvariant(f"the stream jumps from sequence {position} to {news.first}")
        if together is not None and not live.empty():
            news = _joined(news, live, together(), left)
        yield news
        position = news.last


def _joined(first: Batch, live: "asyncio.Queue[Batch | None]", upto: int, left: list[Batch | None]) -> Batch:
    """The first batch with those that wait behind it, as far as they may come together.

    Args:
        left: is given what may not.
    """
    found, count = [first], len(first.commands)
    while not live.empty() and count < TOGETHER_MOST:
        news = live.get_nowait()
        if news is None or news.last > upto or news.first != found[-1].last + 1:
            left.append(news)
            break
        found.append(news)
        count += len(news.commands)
    return found[0] if len(found) == 1 else join(found)
