"""`commonbook acts ...`: the audit logs of the host and of each brand: read them, sign their ends, verify them. AD-5 to
AD-8 of docs/rules/administration.md."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from commonbook.administration import checkpoint
from commonbook.administration.checkpoint import AuditKey, checkpoint_folder
from commonbook.administration.log import acts, heads
from commonbook.errors import BadInput, Mismatch
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database

acts_app = typer.Typer(help="The log of what the host and the brands' people have done.", no_args_is_help=True)

DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@acts_app.command()
def cat(
    brand: Annotated[int, typer.Option(help="Whose log; 0 is the host's.")] = 0,
    after: Annotated[int, typer.Option(help="Only acts behind this number.")] = 0,
    most: Annotated[int, typer.Option(help="So many at most.")] = 1_000,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """What was done, oldest first."""
    with _tables(data, settings_file) as (connection, _):
        found = list(acts(connection, brand, after, most))
    if json_output:
        print(json.dumps([asdict(one) | {"details": json.loads(one.details)} for one in found]))
        return
    for one in found:
        when = datetime.fromtimestamp(one.time_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
        print(f"{one.number:>6}  {when}  {one.actor:<12} {one.act:<24} {one.subject}  {one.details}")


@acts_app.command()
def sign(
    data: DataOption = Path("data"), settings_file: SettingsOption = None, json_output: JsonOption = False
) -> None:
    """Sign how long each log is and how it ends, and keep that with the checkpoints."""
    with _tables(data, settings_file) as (connection, settings):
        line = checkpoint.make(connection, AuditKey.open(data))
        path = checkpoint.keep(checkpoint_folder(data, settings), line)
    print(line if json_output else f"signed; kept in {path}")


@acts_app.command()
def verify(
    checkpoints: Annotated[
        Path | None, typer.Option(help="A file of checkpoints that was kept elsewhere; without it the folder's own.")
    ] = None,
    key: Annotated[str, typer.Option(help="The public key that must have signed them, in hexadecimal.")] = "",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Walk every log from its first act and hold it against all that was ever signed; a difference is named."""
    with _tables(data, settings_file) as (connection, settings):
        path = checkpoints or checkpoint_folder(data, settings) / checkpoint.FILE
        if not path.exists():
            raise BadInput(
                f"{path} is not there: sign with `commonbook acts sign`, or give the file with --checkpoints"
            )
        signed = checkpoint.read(path.read_text(), key)
        if not signed:
            raise Mismatch(f"{path} holds no checkpoint")
        total = checkpoint.compare(connection, signed)
        logs = len(heads(connection))
    told = {"acts": total, "logs": logs, "checkpoints": len(signed), "key": signed[0]["key"]}
    if json_output:
        print(json.dumps(told))
    else:
        known = f"{len(signed):,} signed checkpoints say (key {told['key'][:16]}...)"
        print(f"{total:,} acts in {logs} logs are what {known}")


@contextmanager
def _tables(data: Path, settings_file: Path | None) -> Iterator[tuple[Connection, Settings]]:
    settings = load_settings(settings_file, os.environ)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    database = open_database(database_url(settings, data))
    try:
        with database.connect() as connection:
            yield connection, settings
    finally:
        database.dispose()
