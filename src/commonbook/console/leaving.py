"""`commonbook brand-export` and `verify-export`: a brand leaves with what is its own. Rules: docs/rules/leaving.md."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Engine

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.leaving import checking
from commonbook.leaving.export import write_export
from commonbook.settings import database_url, load_settings
from commonbook.storage.database import open_database

SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def brand_export(
    brand: Annotated[int, typer.Option(help="Which brand.")],
    out: Annotated[Path, typer.Option("--out", help="A folder that is not there yet.")],
    data: Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")] = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write all that is a brand's into a folder, in open formats."""
    console = Console(stderr=True, highlight=False)
    with _tables(data, settings_file) as database, console.status("exporting") as status:

        def told(done: int, files: int, rows: int) -> None:
            status.update(f"{done} of {files} files, {rows:,} rows")

        manifest = write_export(database, Seal.open(data), brand, out, told)
    _tell(manifest, json_output, f"{out}: brand {brand} as of sequence {manifest['sequence']}")


def verify_export(
    folder: Annotated[Path, typer.Argument(help="The folder of an export.", exists=True, file_okay=False)],
    data: Annotated[
        Path | None, typer.Option("--data", help="The exchange's data folder: compare with its ledger, too.")
    ] = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Check that an export is complete and that every sum in it is right; a difference is named."""
    if data is None:
        manifest = checking.check(folder)
    else:
        with _tables(data, settings_file) as database, database.connect() as connection:
            manifest = checking.check(folder, connection)
    where = "" if data is None else f", and the ledger's at sequence {manifest['sequence']}"
    _tell(manifest, json_output, f"{folder} is complete and its sums are right{where}")


def _tell(manifest: dict[str, Any], json_output: bool, line: str) -> None:
    if json_output:
        print(json.dumps(manifest))
        return
    print(line)
    print(f"{manifest['users']:,} users; {manifest['users_without_consent']:,} have not agreed to the transfer")


@contextmanager
def _tables(data: Path, settings_file: Path | None) -> Iterator[Engine]:
    settings = load_settings(settings_file, os.environ)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    database = open_database(database_url(settings, data))
    try:
        yield database
    finally:
        database.dispose()
