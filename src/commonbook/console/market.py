"""Market data against the journal: compared by `commonbook audit`, made anew by `commonbook rebuild-market`. H-6."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine as Database
from sqlalchemy import select

from commonbook._engine import Journal
from commonbook.errors import BadInput, Mismatch, OutsideFailure
from commonbook.exchange import BackOffice
from commonbook.instrument.fills import fills
from commonbook.instrument.venue import Venue
from commonbook.marketdata import history
from commonbook.marketdata.bars import DAY_NS
from commonbook.marketdata.moving import move_oldest_day
from commonbook.marketdata.queries import MarketHistory
from commonbook.matching.recovery import apply_journal, oldest_engine
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database
from commonbook.storage.schema import market_days


def compare(stored: BackOffice, rebuilt: BackOffice, until_ns: int) -> tuple[int, list[str]]:
    """How many trades there are, and where tables and files say something else than the replay.

    Args:
        rebuilt: has projected the whole journal and moved nothing.
        until_ns: the engine time that both have reached.
    """
    count, problems = 0, []
    with stored.database.connect() as ours, rebuilt.database.connect() as theirs:
        for instrument in rebuilt.venue.instruments.values():
            number, span = instrument.id, (0, until_ns + 1)
            wanted = rebuilt.market.trades_between(theirs, number, *span)
            try:
                first_ns, found, wrong = _same(stored.market.trades_between(ours, number, *span), wanted)
                count += found
                span = (first_ns // DAY_NS * DAY_NS, until_ns + 1)
                minutes = rebuilt.market.candles_between(theirs, number, "1m", *span)
                wrong = wrong or _same_minutes(stored.market.candles_between(ours, number, "1m", *span), minutes)
            except OutsideFailure as failure:
                problems.append(f"market data: {failure}")
                continue
            if wrong:
                problems.append(f"market data: {instrument.name} has {wrong}")
    return count, problems


def _same(found: Iterator[dict[str, Any]], wanted: Iterator[dict[str, Any]]) -> tuple[int, int, str]:
    """The time of the first trade, how many are the same, and the first difference."""
    first_ns = count = 0
    for one, other in zip_longest(found, wanted):
        if one != other:
            ours, theirs = (f"trade {row['trade']}" if row else "no more trades" for row in (one, other))
            return first_ns, count, f"{ours}, the journal gives {theirs}"
        first_ns = first_ns or one["time_ns"]
        count += 1
    return first_ns, count, ""


def _same_minutes(found: Iterator[Any], wanted: Iterator[Any]) -> str:
    differs = ((one, other) for one, other in zip_longest(found, wanted) if one != other)
    return next((f"{one}, the journal gives {other}" for one, other in differs), "")


@dataclass
class Rebuilt:
    """What was written anew."""

    days: int = 0
    trades: int = 0


def rebuild_market(
    data: Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)],
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Write the files of trades and candles anew from the journal. Needs the folder to itself."""
    done = rebuild(data, load_settings(settings_file, os.environ), Console(stderr=True))
    if json_output:
        print(json.dumps(asdict(done)))
    else:
        print(f"{done.days:,} days with {done.trades:,} trades written anew")


def rebuild(data: Path, settings: Settings, console: Console | None = None) -> Rebuilt:
    """Replay the journal and write each day that the database has in files.

    Raises:
        BadInput: no journal, or one whose beginning was given up.
        Mismatch: the database says something else of a day than the journal; its file is the journal's then.
    """
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give a data folder")
    journal = Journal.open(str(data), settings.journal.segment_bytes)
    database = open_database("sqlite://")
    try:
        engine = oldest_engine(data)
        if engine.sequence():
            raise BadInput(
                f"the journal of {data} begins at sequence {engine.sequence() + 1}: older segments were given up,"
                " and market data before them cannot be made anew; restore market/ from the backup"
            )
        stored = open_database(database_url(settings, data))
        wanted = _days(stored)
        stored.dispose()
        archive, venue, done = MarketHistory(data).archive, Venue(), Rebuilt()
        upto = {instrument: day + 1 for instrument, day in sorted(wanted)}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        shown = console or Console(quiet=True)
        with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as progress:
            task = progress.add_task("replay", total=journal.last_sequence())
            for batch in apply_journal(data, engine, 0):
                venue.apply(batch)
                needed = [one for one in fills(batch, venue) if one.time_ns // DAY_NS < upto.get(one.instrument.id, 0)]
                with database.begin() as connection:
                    history.project(needed, connection)
                now = int(batch.commands["time_ns"][-1]) // DAY_NS
                for instrument, end in upto.items():
                    while moved := move_oldest_day(database, archive, instrument, min(end, now)):
                        done.days += 1
                        done.trades += moved.trades
                progress.update(task, completed=batch.last)
        made = _days(database)
        for key in sorted({*wanted, *made}):
            if wanted.get(key) != made.get(key):
                raise Mismatch(
                    f"day {key[1]} of instrument {key[0]}: the database has (trades, first, last, minutes)"
                    f" {wanted.get(key)}, the journal gives {made.get(key)}"
                )
    finally:
        journal.close()
        database.dispose()
    return done


def _days(database: Database) -> dict[tuple[int, int], tuple[int, ...]]:
    """What the table of days says, by instrument and day."""
    with database.connect() as connection:
        return {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(select(market_days))}
