"""What the back office has accrued, read for brokers who listen: a look at a time, in whatever thread looks. BL-11.

Fills come as blocks, what is taken back of them, or corrected, as lines of reversals. What one look finds ends at one
sequence, for both: so whatever comes later has a sequence behind all that was told.
"""

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection as Database
from sqlalchemy import func, select

from commonbook.broker import accrual, agreed
from commonbook.broker.agreed import API
from commonbook.broker.earnings import Sums, add_sums, busted_of, corrected_by, earned_of
from commonbook.broker.model import Program
from commonbook.broker.reversals import reversals_behind
from commonbook.broker.reversing import BUST, Reversal
from commonbook.broker.standing import sides_of_fill
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.ws.broker_feeds import HOURS_KEPT, Read
from commonbook.records import FillRole
from commonbook.storage.database import BACK_OFFICE, position
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.units import HOUR_NS

SIDES_TOGETHER = 50_000  # that are divided at once, about
SIDES_MOST = 500_000  # that are read in one look; what is left is read in the next one, which comes at once

Hours = dict[int, tuple[Sums, int]]  # what has come in each, and the sequence of the newest of it
Grown = tuple[Mapping[int, tuple[Sums, int]], Read, bool]  # as AccrualNews.grown takes it


@dataclass
class Asked:
    """What a look is to find out."""

    position: int  # nothing behind it is told, as the venue here does not know it yet
    read: dict[int, Read | None]  # of brokers whose accrual is listened to: up to where it was read
    notices: dict[int, int | None]  # of brokers whose notices are: the newest that was told; None: none was
    now_ns: int


class Accruing:
    """One per hub; one thread at a time."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._program: Program | None = None
        self._hour = -1  # up to which it is agreed

    def read(self, connection: Database, asked: Asked) -> Iterator[tuple[int, Grown]]:
        """What has grown for each broker. Brokers that were read equally far are read together."""
        upto = min(asked.position, position(connection, BACK_OFFICE))  # all that is up to here is there by now
        newest, hour = self._newest(connection, upto)
        by_place: dict[Read, list[int]] = defaultdict(list)
        for broker, read in asked.read.items():
            by_place[self._begin(connection, newest, hour) if read is None else read].append(broker)
        for before, brokers in by_place.items():
            found: dict[int, Hours] = {broker: {} for broker in brokers}
            read = self._grown(connection, before, Read(newest, upto, hour - HOURS_KEPT + 1), found)
            for one in reversals_behind(connection, API, before.sequence, read.sequence, before.from_hour):
                self._reversed(connection, one, found)
            yield from ((broker, (hours, read, read.block >= newest)) for broker, hours in found.items())

    def _newest(self, connection: Database, upto: int) -> tuple[int, int]:
        """The newest block that lies up to a sequence, and its hour."""
        known = (accrual_blocks.c.program == API) & (accrual_blocks.c.last_sequence <= upto)
        chosen = select(accrual_blocks.c.block, accrual_blocks.c.hour).where(known)
        row = connection.execute(chosen.order_by(accrual_blocks.c.last_sequence.desc()).limit(1)).first()
        return (0, 0) if row is None else (int(row.block), int(row.hour))

    def _begin(self, connection: Database, newest: int, hour: int) -> Read:
        """Before the first of the hours that are told.

        Args:
            newest, hour: the newest block that is told, and its hour.
        """
        first_hour = max(self._door.time_ns // HOUR_NS, hour) - HOURS_KEPT + 1
        within = (accrual_blocks.c.program == API) & (accrual_blocks.c.hour >= first_hour)
        first = connection.execute(select(func.min(accrual_blocks.c.block)).where(within)).scalar()
        return Read(newest if first is None else min(int(first) - 1, newest), 0, first_hour)

    def _grown(self, connection: Database, before: Read, upto: Read, found: dict[int, Hours]) -> Read:
        """Add what fills have earned; gives up to where was read, which is less where there is too much for a look."""
        count = 0
        with closing(_blocks(connection, before.block, upto.block)) as blocks:
            for hour, some in _together(blocks):
                sides = np.concatenate([accrual.records_of(one.rows, one.format) for one in some])
                at, last = some[-1].block, int(some[-1].last_sequence)
                program = self._agreed(connection, sides)
                if program is not None:
                    for broker, sums in earned_of(sides, program, self._door.venue, found).items():
                        _add(found[broker], hour, sums, last)
                count += len(sides)
                if count >= SIDES_MOST and at < upto.block:
                    return Read(at, last, hour - HOURS_KEPT + 1)
        return upto

    def _reversed(self, connection: Database, one: Reversal, found: dict[int, Hours]) -> None:
        """Add what a line takes back, or corrects, in the hour that it stands in (CO-1)."""
        if one.broker not in found:  # a client's, or of somebody who does not listen
            return
        if one.kind == BUST:
            fill, role = f"{one.fill_sequence}-{one.fill_index}", FillRole(one.role).name.lower()
            side = sides_of_fill(connection, API, fill, role)[0].side
            program = self._agreed(connection, side)
            sums = {} if program is None else busted_of(side, program, self._door.venue, [one.broker])[one.broker]
        else:
            payout = self._door.venue.asset_named(self._door.broker.payout_asset)
            sums = {} if payout is None else corrected_by(one.paid, payout.id)
        _add(found[one.broker], one.hour, sums, one.sequence)

    def _agreed(self, connection: Database, sides: Any) -> Program | None:
        """What holds at these fills; of an hour that has begun it stays what it is (BT-14)."""
        asset = self._door.venue.asset_named(self._door.broker.payout_asset)
        if asset is None:
            return None
        hour = int(sides["time_ns"].max()) // HOUR_NS
        if self._program is None or hour > self._hour or self._program.payout_asset != asset.id:
            self._program = agreed.load(connection, API, asset, self._door.broker)
            self._hour = hour
        return self._program


def _add(hours: Hours, hour: int, more: Sums, sequence: int) -> None:
    before, newest = hours.get(hour, ({}, 0))
    add_sums(before, more)
    hours[hour] = before, max(sequence, newest)


def _blocks(connection: Database, block: int, newest: int) -> Generator[Any, None, None]:
    within = (accrual_blocks.c.program == API) & (accrual_blocks.c.block > block) & (accrual_blocks.c.block <= newest)
    chosen = select(accrual_blocks).where(within).order_by(accrual_blocks.c.block)
    with connection.execute(chosen.execution_options(stream_results=True)) as found:  # a look may end before its end
        yield from found


def _together(blocks: Iterator[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Blocks of one hour that follow one another, about SIDES_TOGETHER at a time."""
    gathered: list[Any] = []
    sides = 0
    for one in blocks:
        if gathered and (one.hour != gathered[0].hour or sides >= SIDES_TOGETHER):
            yield gathered[0].hour, gathered
            gathered, sides = [], 0
        gathered.append(one)
        sides += one.sides
    if gathered:
        yield gathered[0].hour, gathered
