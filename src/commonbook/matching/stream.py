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
from commonbook.records import Batch

Passed = Callable[[Path, int, int], Iterator[Batch]]  # what a data folder holds behind a sequence, up to another


async def follow(client: CoreClient, data_dir: Path, after: int, passed: Passed = replay) -> AsyncIterator[Batch]:
    """Every durable batch with sequences above `after`; ends with CoreUnavailable when the core goes.

    The part read from the journal stops at what the core had published when we subscribed: beyond that the file may
    hold a batch that is not durable yet, and a follower must never be ahead of the journal.
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
    while True:
        news = await live.get()
        if news is None:
            raise CoreUnavailable("the core has gone")
        if news.last <= position:
            continue
        if news.first != position + 1:
            raise BrokenInvariant(f"the stream jumps from sequence {position} to {news.first}")
        yield news
        position = news.last
