"""`commonbook audit` and `commonbook replay`: recompute everything from the journal and compare."""

import fcntl
import json
import os
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from commonbook._engine import Engine, Journal, foreign_snapshots, list_snapshots, load_snapshot
from commonbook.broker import agreed
from commonbook.broker.hours import SignedHour, check_chain, read_hour
from commonbook.broker.settlement import lines_of_hour
from commonbook.broker.statement import verify_statement
from commonbook.clearing.closing import COMPUTED
from commonbook.clearing.invoice import verify_invoices
from commonbook.clearing.statement import verify_clearing
from commonbook.clearing.terms import copy_agreed
from commonbook.console.days import compare_days, compare_months, take_tables
from commonbook.console.market import compare
from commonbook.errors import BadInput, Mismatch
from commonbook.exchange import CLEARING, STATEMENTS, BackOffice
from commonbook.matching.recovery import apply_journal, oldest_engine
from commonbook.matching.recovery import replay as replay_folder
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database
from commonbook.storage.tables.clearing import clearing_statements


@dataclass
class Audit:
    """What a replay from nothing found, beside what the data folder says."""

    ok: bool = False
    begins_behind: int = 0  # the snapshot it began with, where older segments were given up
    commands: int = 0
    events: int = 0
    state_hash: str = ""
    snapshots: int = 0
    snapshots_foreign: int = 0  # another release's, which are passed over at every start
    statements: int = 0
    hours: int = 0  # signed ones
    trades: int = 0  # public ones, in tables and files
    ledger_difference: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def audit_folder(data: Path, settings: Settings | None = None, console: Console | None = None) -> Audit:
    """Replay the journal from its first record; compare snapshots, ledger, market data and statements with it.

    The ledger is built a second time, in memory, from the replayed events; it must equal the stored one, and both must
    equal the engine's balances. Nobody else may be writing to the folder.

    Raises:
        JournalDamaged: a bad record before a valid one.
    """
    settings = settings or Settings()
    started = time.perf_counter()
    found = Audit()
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give a data folder")
    journal = Journal.open(str(data), settings.journal.segment_bytes)
    last = journal.last_sequence()
    engine = oldest_engine(data)
    found.begins_behind = begin = engine.sequence()
    rebuilt = BackOffice.open(data, "sqlite://", settings)
    _copy_agreed(data, settings, rebuilt)
    foreign = {sequence for sequence, _ in foreign_snapshots(str(data))}
    found.snapshots_foreign = len(foreign)
    snapshots = {*list_snapshots(str(data))} - foreign
    try:
        take_tables(data, settings, rebuilt)
        with _progress(console) as progress:
            task = progress.add_task("replay", total=last)
            for batch in apply_journal(data, engine, begin):
                if not begin:
                    rebuilt.project(batch)
                found.commands += len(batch.commands)
                found.events += len(batch.events)
                progress.update(task, completed=batch.last)
                if batch.last in snapshots:
                    _check_snapshot(data, batch.last, engine, found)
        found.state_hash = engine.state_hash()
        _check_ledgers(data, settings, rebuilt, engine, found)
        _check_hours(data, _check_statements(data, rebuilt, found), found)
        _check_clearing(data, settings, found)
    finally:
        rebuilt.close()
        journal.close()
    found.seconds = round(time.perf_counter() - started, 3)
    found.ok = not found.problems
    return found


def _copy_agreed(data: Path, settings: Settings, rebuilt: BackOffice) -> None:
    """The terms of clearing and of the broker program, which are data and in no journal, for the second ledger."""
    stored = open_database(database_url(settings, data))
    with stored.connect() as source, rebuilt.database.begin() as target:
        copy_agreed(source, target)
        agreed.copy_agreed(source, target)
    stored.dispose()


def _check_snapshot(data: Path, sequence: int, engine: Engine, found: Audit) -> None:
    stored = load_snapshot(str(data), sequence)
    found.snapshots += 1
    if stored is None or stored[0] != sequence:
        found.problems.append(f"snapshot at {sequence} is damaged; it is passed over at every start")
    elif stored[1] != engine.snapshot():
        found.problems.append(f"snapshot at {sequence} is not the state that the journal gives")


def _check_ledgers(data: Path, settings: Settings, rebuilt: BackOffice, engine: Engine, found: Audit) -> None:
    begun_late = found.begins_behind > 0  # then there is nothing to build a second ledger from
    wrong = {} if begun_late else rebuilt.difference(engine.balances())
    found.ledger_difference = sum(abs(amount) for amount in wrong.values())
    found.problems += [f"replayed ledger: {name} differs by {amount}" for name, amount in wrong.items()]
    stored = BackOffice.open(data, database_url(settings, data), settings)
    try:
        if stored.position > engine.sequence():
            found.problems.append(f"the back office is at {stored.position}, beyond the journal's {engine.sequence()}")
        if stored.position < engine.sequence():
            for batch in replay_folder(data, stored.position):
                stored.project(batch)
        if begun_late:
            differs = stored.difference(engine.balances())
            found.problems += [
                f"ledger: {name} differs from the engine by {amount}" for name, amount in differs.items()
            ]
            found.ledger_difference += sum(abs(amount) for amount in differs.values())
            return
        for key in sorted({*stored.ledger.balances, *rebuilt.ledger.balances}):
            ours, theirs = (one.ledger.balances.get(key, 0) for one in (stored, rebuilt))
            if ours != theirs:
                found.problems.append(f"ledger: {key[0]} has {ours} of asset {key[1]}, the journal gives {theirs}")
                found.ledger_difference += abs(ours - theirs)
        found.trades, wrong_market = compare(stored, rebuilt, engine.time_ns())
        found.problems += wrong_market + compare_days(stored, rebuilt) + compare_months(stored, rebuilt)
    finally:
        stored.close()


def _check_statements(data: Path, rebuilt: BackOffice, found: Audit) -> dict[str, tuple[str, int, str]]:
    """Each statement must verify, and be, line by line, what the replay accrues for its hour.

    Returns:
        program, hour and root by the name of the file.
    """
    program = rebuilt.program()
    told: dict[str, tuple[str, int, str]] = {}
    expected: dict[int, dict[str, list[str]]] = {}
    for path in sorted((data / STATEMENTS).glob("*.jsonl")):
        found.statements += 1
        result = verify_statement(path)
        if not result.ok:
            found.problems.append(f"statement {path.name}, line {result.line}: {result.why}")
            continue
        texts = path.read_text().split("\n")[:-2]
        head = json.loads(texts[0])
        hour = int(head["hour"])
        told[path.name] = (str(head["program"]), hour, result.root)
        if program is not None and hour not in expected:
            with rebuilt.database.connect() as connection:
                expected[hour] = lines_of_hour(connection, program, rebuilt.venue, hour)
        lines = set(expected.get(hour, {}).get(head["broker"], ()))
        for number, text in enumerate(texts[1:], 2):
            if not found.begins_behind and text not in lines:
                found.problems.append(f"statement {path.name}, line {number}: the journal gives no such line")
    return told


def _check_hours(data: Path, statements: dict[str, tuple[str, int, str]], found: Audit) -> None:
    """Each signed hour must be signed, follow the one before it, and have the statements that lie there (BP-3)."""
    programs: dict[str, list[SignedHour]] = defaultdict(list)
    for path in sorted((data / STATEMENTS).glob("hour-*.json")):
        try:
            one = read_hour(path.read_text())
            programs[one.program].append(one)
        except (Mismatch, ValueError) as wrong:
            found.problems.append(f"signed hour {path.name}: {wrong}")
    for hours in programs.values():
        found.hours += len(hours)
        try:
            check_chain(sorted(hours, key=lambda one: one.number))
        except Mismatch as wrong:
            found.problems.append(str(wrong))
    roots = {(one.program, one.hour): one.roots for hours in programs.values() for one in hours}
    for name, (program, hour, root) in statements.items():
        if root not in roots.get((program, hour), (root,)):
            found.problems.append(f"statement {name}: its root is none of those that were signed for its hour")


def _check_clearing(data: Path, settings: Settings, found: Audit) -> None:
    """Each clearing statement must verify, follow the one before it, and be the one whose root is in the tables."""
    stored = open_database(database_url(settings, data))
    with stored.connect() as connection:
        closed = select(clearing_statements).where(clearing_statements.c.state != COMPUTED)
        roots = {row.root for row in connection.execute(closed)}
    stored.dispose()
    paths = sorted(path for path in (data / CLEARING).glob("*/*.jsonl") if not path.name.startswith("invoice-"))
    seen = set()
    for one in verify_clearing(paths):
        found.statements += 1
        seen.add(one.root)
        if not one.ok:
            found.problems.append(f"clearing statement {one.file}, line {one.line}: {one.why}")
        elif one.root not in roots:
            found.problems.append(f"clearing statement {one.file}: the tables know of none with its root")
    found.problems += [f"the clearing statement with root {root} has no file" for root in sorted(roots - seen)]
    invoices = sorted((data / CLEARING).glob("*/invoice-*.jsonl"))
    for one in verify_invoices(invoices):
        found.statements += 1
        if not one.ok:
            found.problems.append(f"{one.file}, line {one.line}: {one.why}")


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = console or Console(quiet=True)
    return Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal)


DataArgument = Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def audit(
    data: DataArgument,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Replay everything and compare state hash, ledger, market data and statements."""
    settings = load_settings(settings_file, os.environ)
    result = audit_folder(data, settings, Console(stderr=True))
    if json_output:
        print(json.dumps(asdict(result)))
    else:
        if result.begins_behind:
            print(f"begins            behind the snapshot at {result.begins_behind:,}: older segments were given up")
        print(f"commands          {result.commands:,} ({result.events:,} events) in {result.seconds} s")
        print(f"state hash        {result.state_hash}")
        passed_over = f", {result.snapshots_foreign} of another format passed over" if result.snapshots_foreign else ""
        print(f"snapshots         {result.snapshots} compared{passed_over}")
        print(f"statements        {result.statements} verified")
        print(f"signed hours      {result.hours} verified")
        print(f"trades            {result.trades:,} compared")
        print(f"ledger difference {result.ledger_difference}")
        for problem in result.problems:
            print(f"problem           {problem}")
        print("all agrees" if result.ok else f"{len(result.problems)} problems")
    if not result.ok:
        raise typer.Exit(1)


def replay(
    data: DataArgument,
    upto: Annotated[int, typer.Option("--upto", help="Stop behind this sequence; 0 replays all.")] = 0,
    json_output: JsonOption = False,
) -> None:
    """Apply the journal to an empty engine and print the state hash, with progress. A server may be writing to it."""
    _judge(data)
    engine = oldest_engine(data)
    started = time.perf_counter()
    events = 0
    with _progress(Console(stderr=True)) as progress:
        task = progress.add_task("replay", total=None)
        for batch in apply_journal(data, engine, engine.sequence(), upto or 2**62):
            events += len(batch.events)
            progress.update(task, completed=batch.last)
    seconds = time.perf_counter() - started
    answer = {
        "sequence": engine.sequence(),
        "events": events,
        "time_ns": engine.time_ns(),
        "state_hash": engine.state_hash(),
        "seconds": round(seconds, 3),
    }
    if json_output:
        print(json.dumps(answer))
    else:
        for name, value in answer.items():
            print(f"{name:<12}{value}")


def _judge(data: Path) -> None:
    """Refuse a damaged journal, which a reader takes for a shorter one. Whoever serves the folder has judged it.

    Raises:
        JournalDamaged: names segment and offset.
    """
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give a data folder")
    with (data / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    Journal.open(str(data), Settings().journal.segment_bytes).close()
