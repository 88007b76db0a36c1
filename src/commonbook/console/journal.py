"""`commonbook journal cat|verify|stats`: the journal for human readers. Takes no lock and changes nothing.

A server may be writing meanwhile: what it has not finished looks like a torn tail, and is told as one.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commonbook._engine import JournalReader, JournalScan, journal_begins
from commonbook.errors import BadInput, JournalDamaged
from commonbook.records import (
    AMOUNT,
    COMMAND,
    COMMAND_LAYOUTS,
    Attribution,
    CancelScope,
    Channel,
    CommandKind,
    FeeScope,
    KillScope,
    ListingMode,
    OrderType,
    Records,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
    amount,
)

journal_app = typer.Typer(
    help="Read a journal: its commands, whether it is whole, what it holds.", no_args_is_help=True
)

DataArgument = Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output, one object a line.")]

WORDS: dict[str, type[IntEnum]] = {
    "side": Side,
    "order_type": OrderType,
    "self_trade": SelfTrade,
    "channel": Channel,
    "attribution": Attribution,
    "size_in": SizeIn,
    "status": TradingStatus,
    "mode": ListingMode,
}
SCOPES: dict[CommandKind, type[IntEnum]] = {
    CommandKind.FEES: FeeScope,
    CommandKind.KILL: KillScope,
    CommandKind.CANCEL_ALL: CancelScope,
}


@journal_app.command()
def cat(
    data: DataArgument,
    first: Annotated[int, typer.Option("--from", help="The first sequence.")] = 1,
    last: Annotated[int, typer.Option("--to", help="The last sequence; 0 goes to the end.")] = 0,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this kind, for example ORDER; repeat it.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Print commands, one a line: sequence, engine time, kind, and what its kind says. Zeros are left out."""
    wanted = [_kind(name) for name in kind or []]
    _must_be_a_journal(data)
    for records in _commands(data, max(first, journal_begins(str(data)))):
        chosen = records[(records["sequence"] >= first) & (records["sequence"] <= (last or 2**63))]
        if wanted:
            chosen = chosen[np.isin(chosen["kind"], wanted)]
        for record in chosen:
            told = decoded(record)
            print(json.dumps(told) if json_output else _line(told))
        if last and records["sequence"][-1] >= last:
            return


def decoded(record: Any) -> dict[str, Any]:
    """One command as names and plain values; fields that are zero are left out, amounts are decimal strings."""
    kind = int(record["kind"])
    told: dict[str, Any] = {"sequence": int(record["sequence"]), "time_ns": int(record["time_ns"])}
    if kind not in CommandKind.__members__.values():
        return told | {"kind": kind, "bytes": record.tobytes().hex()}
    layout = COMMAND_LAYOUTS[CommandKind(kind)]
    row = np.frombuffer(record.tobytes(), layout)[0]
    told["kind"] = CommandKind(kind).name
    words = {**WORDS, "scope": SCOPES.get(CommandKind(kind))}
    for name in (layout.names or ())[3:]:
        value = _plain(words.get(name), layout[name], row[name])
        if not name.startswith("reserved") and value:
            told[name] = value
    return told


def _plain(words: type[IntEnum] | None, kind: np.dtype[Any], value: Any) -> Any:
    if kind == AMOUNT:
        units = amount(value)
        return str(units) if units else ""
    if kind.kind == "S":
        return value.decode("ascii", "backslashreplace")
    number = value if kind.kind == "V" else int(value)
    return words(number).name if words and number in words.__members__.values() else number


def _line(told: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(told["time_ns"] // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{told['time_ns'] % 10**9:09}"
    rest = " ".join(f"{name}={value}" for name, value in told.items() if name not in ("sequence", "time_ns", "kind"))
    return f"{told['sequence']:>10}  {when}.{fraction}Z  {told['kind']:<16}  {rest}".rstrip()


@dataclass
class Verified:
    """What `verify` found."""

    ok: bool = False
    segments: int = 0
    packed: int = 0
    frames: int = 0
    first_sequence: int = 0
    last_sequence: int = 0
    epochs: int = 0
    bytes: int = 0
    last_hash: str = ""
    torn: str = ""
    why: str = ""


@journal_app.command()
def verify(data: DataArgument, json_output: JsonOption = False) -> None:
    """Check every frame, the hash chain and the epochs, with progress."""
    _must_be_a_journal(data)
    found = verified(data, Console(stderr=True))
    if json_output:
        print(json.dumps(asdict(found)))
    else:
        print(f"segments   {found.segments:,} ({found.packed:,} packed), {found.bytes:,} bytes on the disk")
        print(f"frames     {found.frames:,} in {found.epochs:,} epochs")
        print(f"sequences  {found.first_sequence:,} to {found.last_sequence:,}")
        print(f"last hash  {found.last_hash}")
        print(f"torn tail  {found.torn or 'none'}")
        print("whole" if found.ok else found.why)
    if not found.ok:
        raise typer.Exit(1)


def verified(data: Path, console: Console | None = None) -> Verified:
    """All of it read once; damage is told in `why`, with segment and offset."""
    found = Verified(first_sequence=journal_begins(str(data)))
    shown = console or Console(quiet=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        scan = JournalScan(str(data))
        with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as progress:
            for name, stored, _, frames, _, last, _, epoch in progress.track(scan, len(scan), description="segments"):
                found.segments += 1
                found.packed += name.endswith(".zst")
                found.bytes += stored
                found.frames += frames
                found.last_sequence, found.epochs = last, max(found.epochs, epoch)
        found.last_hash = scan.last_hash()
        torn = scan.torn()
        if torn is not None:
            found.torn = f"segment {torn[0]}, offset {torn[1]}: {torn[2]}; cut at the next start"
        found.ok = True
    except JournalDamaged as damage:
        found.why = str(damage)
    return found


@dataclass
class Stats:
    """What `stats` counts."""

    commands: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    first_time_ns: int = 0
    last_time_ns: int = 0
    commands_a_second: float = 0.0  # over engine time
    bytes_a_command: float = 0.0
    segments: list[dict[str, Any]] = field(default_factory=list)


@journal_app.command()
def stats(data: DataArgument, json_output: JsonOption = False) -> None:
    """Segments with their sizes, commands by kind, rate and time range."""
    _must_be_a_journal(data)
    found = counted(data)
    if json_output:
        print(json.dumps(asdict(found)))
        return
    print(f"commands   {found.commands:,}, {found.bytes_a_command:.1f} bytes each")
    if found.commands:
        print(f"from       {_when(found.first_time_ns)}")
        print(f"to         {_when(found.last_time_ns)}")
        print(f"rate       {found.commands_a_second:,.1f} a second of engine time")
    for name, count in found.by_kind.items():
        print(f"  {name:<18}{count:>14,}")
    for one in found.segments:
        packed = f", {one['bytes'] / one['stored']:.1f} : 1" if one["name"].endswith(".zst") else ""
        print(f"segment    {one['name']}  {one['first']:,} to {one['last']:,}  {one['stored']:,} bytes{packed}")


def counted(data: Path) -> Stats:
    """Every command counted.

    Raises:
        JournalDamaged: a bad record before a valid one.
    """
    found = Stats()
    for name, stored, written, frames, first, last, _, _ in JournalScan(str(data)):
        found.segments.append(
            {"name": name, "stored": stored, "bytes": written, "frames": frames, "first": first, "last": last}
        )
    kinds: Counter[int] = Counter()
    for records in _commands(data, journal_begins(str(data))):
        found.first_time_ns = found.first_time_ns or int(records["time_ns"][0])
        found.last_time_ns = int(records["time_ns"][-1])
        numbers, counts = np.unique(records["kind"], return_counts=True)
        kinds.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    found.commands = kinds.total()
    known = CommandKind.__members__.values()
    found.by_kind = {CommandKind(k).name if k in known else str(k): count for k, count in sorted(kinds.items())}
    seconds = (found.last_time_ns - found.first_time_ns) / 10**9
    found.commands_a_second = round(found.commands / seconds, 1) if seconds > 0 else 0.0
    written_bytes = sum(one["bytes"] for one in found.segments)
    found.bytes_a_command = round(written_bytes / found.commands, 1) if found.commands else 0.0
    return found


def _commands(data: Path, first: int) -> Iterator[Records]:
    for payload in JournalReader(str(data), first - 1):
        yield np.frombuffer(payload, COMMAND)


def _kind(name: str) -> int:
    try:
        return CommandKind[name.upper().replace("-", "_")]
    except KeyError:
        raise BadInput(f"no command of kind {name!r}; there is: {', '.join(CommandKind.__members__)}") from None


def _when(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 10**9, UTC).isoformat(timespec="milliseconds")


def _must_be_a_journal(data: Path) -> None:
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give a data folder")
