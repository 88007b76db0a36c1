"""The statements of a large hour, written by two processes at once: each has some of the trees, wholly.

What is accrued is committed, so the second process reads it by itself and is told no more than who carries what. It
writes drafts and answers with what it has written; rows are the first one's alone to write. A second process that fails
has done nothing that counts: the first does its part as well.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import structlog
from sqlalchemy import Connection, create_engine, func, select

from commonbook.broker.accrual import blocks_of_hour
from commonbook.broker.model import Program
from commonbook.broker.publishing import Drafts, Statement, header, statements_of
from commonbook.broker.reversals import reversals_in
from commonbook.broker.sides import Sides
from commonbook.instrument.venue import Venue
from commonbook.storage.tables.broker import accrual_blocks

LARGE = 200_000  # sides of an hour from which a second process is worth its start
SAMPLE = 20  # blocks by which trees are shared out
COMMAND = (sys.executable, "-c", "from commonbook.broker.sharing_out import main; main()")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour's statements are made from, beside its sides."""

    program: Program
    venue: Venue  # instruments, assets and codes
    hour: int
    folder: Path
    minimum: int  # payout asset
    carried: Mapping[int, int]  # what each broker brings forward


@dataclass(slots=True)
class Written:
    statements: list[Statement] = field(default_factory=list)
    clients: dict[int, int] = field(default_factory=dict)  # what each account gets back
    seen: int = 0  # sides of the hour that were read, those of the other share as well

    def add(self, other: "Written") -> None:
        self.statements += other.statements
        for account, paid in other.clients.items():
            self.clients[account] = self.clients.get(account, 0) + paid


def write(connection: Connection, hour: Hour) -> Written:
    """All drafts of an hour, whole and durable."""
    mine = (accrual_blocks.c.program == hour.program.name) & (accrual_blocks.c.hour == hour.hour)
    count = connection.execute(select(func.sum(accrual_blocks.c.sides)).where(mine)).scalar()
    if int(count or 0) < LARGE or not connection.engine.url.database:  # what is in memory alone nobody else can read
        return _write(connection, hour, None)
    first, second = _shares(connection, hour)
    if not second:
        return _write(connection, hour, None)
    other = _Other.begin(connection, hour, second)
    try:
        found = _write(connection, hour, first)
        found.add(other.written(found.seen) or _write(connection, hour, second))
    except BaseException:
        other.stop()
        raise
    return found


def _shares(connection: Connection, hour: Hour) -> tuple[frozenset[int], frozenset[int]]:
    """The codes of two shares of trees, of about as many sides each."""
    roots = {code: hour.program.terms(code, hour.hour).path.root for code in list(hour.venue.codes)}
    weights = dict.fromkeys(roots.values(), 1)
    for sides in islice(blocks_of_hour(connection, hour.program.name, hour.hour), SAMPLE):
        for code, count in zip(*(one.tolist() for one in np.unique(sides["broker"], return_counts=True)), strict=True):
            weights[roots[code]] += int(count)
    shares, loads = [set[int](), set[int]()], [0, 0]
    for root in sorted(weights, key=lambda one: (-weights[one], one)):
        place = loads.index(min(loads))
        shares[place].add(root)
        loads[place] += weights[root]
    first, second = (frozenset(code for code, root in roots.items() if root in share) for share in shares)
    return first, second


def _write(connection: Connection, hour: Hour, codes: frozenset[int] | None) -> Written:
    """
    Args:
        codes: of the trees that are written; None: all.
    """
    found = Written()

    def header_of(broker: int, hours: list[int]) -> str:
        brought = hour.carried.get(broker, 0)
        return header(hour.program, hour.venue, broker, hour.hour, hours, brought, hour.minimum)

    with Drafts(hour.folder, hour.hour) as drafts:

        def take(broker: int, lines: Sequence[bytes]) -> None:
            drafts.write(hour.venue.codes[broker].code, lines)

        read = partial(_read, connection, hour, codes, found)
        taken_back = reversals_in(connection, hour.program.name, hour.hour, codes)
        told = statements_of(read, hour.program, hour.venue, hour.hour, header_of, take, found.clients, taken_back)
        found.statements += told
    return found


def _read(connection: Connection, hour: Hour, codes: frozenset[int] | None, found: Written) -> Iterator[Sides]:
    wanted = None if codes is None else np.array(sorted(codes))
    found.seen = 0
    for sides in blocks_of_hour(connection, hour.program.name, hour.hour):
        found.seen += len(sides)
        some = sides if wanted is None else sides[np.isin(sides["broker"], wanted)]
        if len(some):
            yield some


# -- the second process ------------------------------------------------------------------------------------------------


class _Other:
    """A process that writes some trees."""

    def __init__(self, process: subprocess.Popen[bytes] | None) -> None:
        self._process = process

    @classmethod
    def begin(cls, connection: Connection, hour: Hour, codes: frozenset[int]) -> Self:
        venue = Venue(assets=dict(hour.venue.assets), instruments=dict(hour.venue.instruments))
        venue.codes = dict(hour.venue.codes)
        url = connection.engine.url.render_as_string(hide_password=False)
        asked = pickle.dumps((url, replace(hour, venue=venue), codes))
        try:
            process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as failure:
            log.warning("statements.alone", why=str(failure))
            return cls(None)
        assert process.stdin is not None
        with suppress(OSError):  # it has ended, as its exit tells
            process.stdin.write(asked)
            process.stdin.close()
        process.stdin = None
        return cls(process)

    def written(self, seen: int) -> Written | None:
        """What it has written, once it has; None where that is not to be relied on.

        Args:
            seen: sides of the hour that there are.
        """
        if self._process is None:
            return None
        answer, _ = self._process.communicate()
        if self._process.returncode != 0:
            log.warning("statements.alone", why=f"the second process ended with {self._process.returncode}")
            return None
        told: Written = pickle.loads(answer)
        if told.seen != seen:
            log.warning("statements.alone", why=f"the second process has read {told.seen} sides of {seen}")
            return None
        return told

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def main() -> None:
    url, hour, codes = pickle.loads(sys.stdin.buffer.read())
    database = create_engine(url)
    with database.connect() as connection:
        found = _write(connection, hour, codes)
    database.dispose()
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
