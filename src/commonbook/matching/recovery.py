"""Rebuilding the engine: the newest valid snapshot, then the journal's tail. Rules: docs/rules/journal.md.

At a start the journal is read once. One thread judges it and hands on what is good, another replays that meanwhile;
when the judgement is that something is damaged, the engine is thrown away.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import structlog

from commonbook._engine import (
    Engine,
    Journal,
    JournalReader,
    foreign_snapshots,
    journal_begins,
    list_snapshots,
    load_engine,
)
from commonbook.errors import BrokenInvariant, JournalDamaged
from commonbook.records import COMMAND, EVENT, Batch, without_known
from commonbook.settings import JournalSettings

NO_LIMIT = 2**63

Progress = Callable[[int], None]  # told the newest applied sequence now and then

log = structlog.get_logger()


def restore(data_dir: Path, settings: JournalSettings) -> tuple[Journal, Engine]:
    """Open the journal for writing and rebuild the engine to its end.

    A snapshot of another release's format is passed over, with a line in the log (J-9).

    Raises:
        JournalDamaged: a bad record before a valid one; names segment and offset. Or the end is missing (J-8).
        DataFolderInUse: another process holds the folder.
    """

    def begin() -> Engine:
        engine = newest_engine(data_dir, NO_LIMIT)
        for sequence, state_format in _passed_over(data_dir, engine.sequence(), NO_LIMIT):
            log.warning("snapshot.passed_over", sequence=sequence, format=state_format, begun_at=engine.sequence())
        return engine

    journal, engine = Journal.open_and_replay(str(data_dir), settings.segment_bytes, begin)
    must_reach(journal.last_sequence(), max(list_snapshots(str(data_dir)), default=0), "a snapshot")
    if engine.sequence() != journal.last_sequence():
        raise BrokenInvariant(f"replayed to sequence {engine.sequence()} of {journal.last_sequence()}")
    return journal, engine


def must_reach(journal_end: int, known: int, who: str) -> None:
    """Refuse a journal that ends before what somebody has already taken from it: its newest records are lost (J-8).

    Args:
        journal_end: the journal's last sequence.
        known: the newest sequence that `who` holds.

    Raises:
        JournalDamaged: names both sequences.
    """
    if known > journal_end:
        raise JournalDamaged(
            f"the journal ends at sequence {journal_end}, but {who} holds sequence {known}; not served: "
            f"restore the missing segments from a copy (docs/operating/running.md)"
        )


def newest_engine(data_dir: Path, at_most: int) -> Engine:
    """An engine from the newest valid snapshot at or before a sequence; an empty one when there is none.

    Raises:
        JournalDamaged: the journal's oldest segments were given up and no whole snapshot reaches what is left (J-14).
    """
    found = load_engine(str(data_dir), at_most)
    otherwise = "no whole snapshot" if at_most == NO_LIMIT else f"no whole snapshot up to sequence {at_most}"
    foreign = _passed_over(data_dir, found[0] if found else 0, at_most)
    if foreign:
        told = ", ".join(f"{state_format} at {sequence}" for sequence, state_format in foreign)
        otherwise += f" of a format that this release reads ({told}: the release that has written it can go on)"
    return from_state(data_dir, found, otherwise)


def _passed_over(data_dir: Path, behind: int, upto: int) -> list[tuple[int, str]]:
    """Newer snapshots than the one that was chosen, which another release has written: sequence and format."""
    return [one for one in foreign_snapshots(str(data_dir)) if behind < one[0] <= upto]


def oldest_engine(data_dir: Path) -> Engine:
    """The engine an audit begins with: empty, or the oldest whole snapshot where older segments were given up."""
    begins = _begins(data_dir)
    if begins == 1:
        return Engine()
    stored = (load_engine(str(data_dir), at) for at in list_snapshots(str(data_dir)) if at >= begins - 1)
    return from_state(
        data_dir, next((one for one in stored if one and one[0] >= begins - 1), None), "no whole snapshot"
    )


def from_state(data_dir: Path, found: tuple[int, Engine] | None, otherwise: str) -> Engine:
    """The engine of a snapshot, or an empty one; refused when the journal does not continue it."""
    begins = _begins(data_dir)
    if begins > 1 + (found[0] if found else 0):
        raise JournalDamaged(
            f"the journal begins at sequence {begins}, older segments were given up, and there is {otherwise} that it "
            f"continues; restore one from a copy (docs/operating/running.md)"
        )
    return found[1] if found else Engine()


def _begins(data_dir: Path) -> int:
    return journal_begins(str(data_dir)) if (data_dir / "journal").is_dir() else 1


def replay(data_dir: Path, after: int, upto: int = NO_LIMIT, from_nothing: bool = False) -> Iterator[Batch]:
    """Everything after a sequence, as it happened: the journal applied to an engine of our own.

    Args:
        after: batches begin behind this sequence.
        upto: nothing beyond this sequence is applied or given.
        from_nothing: pass over the snapshots, as an audit does.

    Needs no lock; the journal may be growing meanwhile.
    """
    engine = oldest_engine(data_dir) if from_nothing else newest_engine(data_dir, after)
    yield from apply_journal(data_dir, engine, after, upto)


def apply_journal(data_dir: Path, engine: Engine, after: int, upto: int = NO_LIMIT) -> Iterator[Batch]:
    """Bring an engine forward, giving the batches behind `after` as they are applied."""
    if not (data_dir / "journal").is_dir():
        return
    for payload in JournalReader(str(data_dir), engine.sequence()):
        rest = _upto(_from(payload, engine.sequence()), upto)
        if rest:
            events = np.frombuffer(engine.apply(rest), EVENT)
            batch = without_known(Batch(np.frombuffer(rest, COMMAND), events), after)
            if len(batch.commands):
                yield batch
        if engine.sequence() >= upto:
            return


def _from(payload: bytes, sequence: int) -> bytes:
    """The records of a frame behind a sequence; a snapshot may lie within a frame."""
    commands = np.frombuffer(payload, COMMAND)
    known = sequence + 1 - int(commands["sequence"][0])
    return payload if known <= 0 else commands[known:].tobytes()


def _upto(payload: bytes, sequence: int) -> bytes:
    commands = np.frombuffer(payload, COMMAND)
    return commands[commands["sequence"] <= sequence].tobytes() if sequence < NO_LIMIT else payload
