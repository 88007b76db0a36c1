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
    live: asyncio.Queue[Batch] = asyncio.Queue()
    published = await client.subscribe(live.put_nowait)
    position = after
    if position < published:
        for batch in passed(data_dir, position, published):
            yield batch
            position = batch.last
            await asyncio.sleep(0)
    while True:
        batch = await _next(client, live)
        if batch.last <= position:
            continue
        if batch.first != position + 1:
            raise BrokenInvariant(f"the stream jumps from sequence {position} to {batch.first}")
        yield batch
        position = batch.last


async def _next(client: CoreClient, live: asyncio.Queue[Batch]) -> Batch:
    if not live.empty():
        return live.get_nowait()
    arrival = asyncio.ensure_future(live.get())
    gone = asyncio.ensure_future(client.gone.wait())
    done, waiting = await asyncio.wait({arrival, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if arrival not in done:
        raise CoreUnavailable("the core has gone")
    return arrival.result()
