"""Token splits in the stream: what each was, and its events in pieces. Rules: docs/rules/splits.md.

A split tells two events for each account that had something, all of one command. Whoever writes them down does it piece
by piece, in one transaction, so that the memory it takes does not grow with the number of accounts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.records import SPLIT, Batch, CommandKind, EventKind, of_kind

EVENTS_TOGETHER = 20_000  # of a piece


@dataclass(frozen=True, slots=True)
class Split:
    """New units for old ones: floor(old x numerator / denominator) of each balance."""

    asset: int
    new_asset: int
    numerator: int
    denominator: int
    sequence: int  # 0: not known, as in what the core tells of its setup
    time_ns: int
    key: bytes

    def of(self, amount: int) -> int:
        """The whole new units of an amount, rounded down."""
        return amount * self.numerator // self.denominator


def read_split(row: Any) -> Split:
    """Of one SPLIT record."""
    old, new = int(row["asset"]), int(row["new_asset"])
    sequence, time_ns = int(row["sequence"]), int(row["time_ns"])
    return Split(old, new, int(row["numerator"]), int(row["denominator"]), sequence, time_ns, bytes(row["key"]))


def places(batch: Batch) -> NDArray[np.intp]:
    """Where in a batch the commands are that have split something."""
    asked = np.flatnonzero(batch.commands["kind"] == CommandKind.SPLIT)
    if not len(asked):
        return asked
    accepted = of_kind(batch.events, EventKind.CONFIG)["sequence"]
    return asked[np.isin(batch.commands["sequence"][asked], accepted)]


def split_of(batch: Batch) -> Split | None:
    """The split that a batch is; a batch that is cut by `brand.days.parts` is either a split alone or has none."""
    if len(batch.commands) != 1 or not len(places(batch)):
        return None
    return read_split(batch.commands.view(SPLIT)[0])


def pieces(batch: Batch) -> Iterator[Batch]:
    """The same command with a part of its events, one behind the other."""
    for start in range(0, len(batch.events), EVENTS_TOGETHER):
        yield Batch(batch.commands, batch.events[start : start + EVENTS_TOGETHER])
