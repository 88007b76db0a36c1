"""Days of UTC by engine time: a batch is cut where one ends, so that what a day ended with is known exactly.

It is cut around a split as well (SP-9): what was before it is written down before it.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from sqlalchemy import Connection, func, insert, select

from commonbook.instrument import splits
from commonbook.records import Batch
from commonbook.storage.tables.autonomy import engine_days
from commonbook.units import HOUR_NS

DAY_NS = 24 * HOUR_NS


def parts(batch: Batch) -> Iterator[tuple[int, Batch]]:
    """The parts of a batch, each of one day; a split is a part of its own."""
    times = batch.commands["time_ns"]
    first, last = int(times[0]) // DAY_NS, int(times[-1]) // DAY_NS
    alone = splits.places(batch)
    if first == last and not len(alone):  # engine time never falls
        yield first, batch
        return
    days = times // DAY_NS
    new_days = np.flatnonzero(np.diff(days)) + 1
    starts = np.unique(np.concatenate(([0, len(times)], new_days, alone, alone + 1))).tolist()
    for start, end in pairwise(starts):
        commands = batch.commands[start:end]
        low, high = int(commands["sequence"][0]), int(commands["sequence"][-1])
        events = batch.events[(batch.events["sequence"] >= low) & (batch.events["sequence"] <= high)]
        yield int(days[start]), Batch(commands, events)


class Days:
    """Which day the stream is in."""

    def __init__(self, connection: Connection) -> None:
        found = connection.execute(select(func.max(engine_days.c.day))).scalar()
        self.today: int | None = None if found is None else int(found)

    def closed_by(self, connection: Connection, day: int, first_sequence: int) -> range:
        """Enter a day, in the caller's transaction.

        Returns:
            the days that have ended by it, those in which nothing happened included; none for the first of all.
        """
        before = self.today
        if before == day:
            return range(0)
        connection.execute(insert(engine_days).values(day=day, first_sequence=first_sequence))
        self.today = day
        return range(0) if before is None else range(before, day)
