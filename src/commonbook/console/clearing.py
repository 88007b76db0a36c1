"""`commonbook verify-clearing`, `verify-invoice` and `clearing ...`: check documents, and take a month's books out."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from commonbook.clearing import export, terms
from commonbook.clearing.billing import read_month
from commonbook.clearing.document import Checked
from commonbook.clearing.export import Detail
from commonbook.clearing.invoice import verify_invoices
from commonbook.clearing.statement import verify_clearing as check_statements
from commonbook.errors import BadInput
from commonbook.instrument import store as instrument_store
from commonbook.settings import database_url, load_settings
from commonbook.storage.database import open_database, snapshot
from commonbook.units import RateE8
from commonbook.whole_file import write_whole

FilesArgument = Annotated[list[Path], typer.Argument(help="Documents, as JSON lines.", exists=True, dir_okay=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
clearing_app = typer.Typer(help="A brand's books, out of the tables of an exchange.", no_args_is_help=True)


def verify_clearing(files: FilesArgument, json_output: JsonOption = False) -> None:
    """Recompute clearing statements from their own lines, and the chain of a brand's days from one to the next."""
    _tell(check_statements(files), json_output)


def verify_invoice(
    files: FilesArgument,
    statements: Annotated[
        list[Path] | None, typer.Option("--statement", help="A clearing statement that is billed; may be repeated.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Recompute invoices from their own lines, their numbers, and the cost shares of statements that are given."""
    known = check_statements(statements or [])
    wrong = [one for one in known if not one.ok]
    if wrong:
        _tell(wrong, json_output)
        return
    _tell(verify_invoices(files, known), json_output)


def _tell(found: Sequence[Checked], json_output: bool) -> None:
    """
    Raises:
        typer.Exit: 1 when something is wrong.
    """
    if json_output:
        told = [
            {"file": one.file, "ok": one.ok, "line": one.line, "why": one.why, "root": one.root, "totals": one.totals}
            for one in found
        ]
        print(json.dumps(told))
    else:
        for one in found:
            if one.ok:
                print(f"{one.file}: {one.count} lines, root {one.root}: verified")
            else:
                print(f"{one.file}: line {one.line} is wrong: {one.why}")
    if not all(one.ok for one in found):
        raise typer.Exit(1)


@clearing_app.command(name="export")
def export_books(
    brand: Annotated[int, typer.Option("--brand", help="Whose: the brand's number.")],
    month: Annotated[str, typer.Option("--month", help="As 2026-11.")],
    file: Annotated[Path, typer.Option("--out", help="Where to: a name that ends in .csv or .json.")],
    detail: Annotated[Detail, typer.Option("--detail", help="Trading by the day, or by the fill.")] = Detail.DAY,
    data: Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")] = Path("data"),
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Every entry of a month that touched a brand's revenue or treasury, with its statements and its invoice."""
    which = read_month(month)
    export.must_be_month(which)
    if file.suffix not in (".csv", ".json"):
        raise BadInput(f"--out {file.name}: choose a name that ends in .csv or .json")
    if not data.is_dir():
        raise BadInput(f"{data} is no data folder")
    settings = load_settings(settings_file, os.environ)
    database = open_database(database_url(settings, data))
    try:
        with snapshot(database) as connection:
            venue = instrument_store.load(connection)
            if brand not in venue.brands:
                raise BadInput(f"there is no brand {brand}")
            in_force = terms.load(connection, RateE8(settings.clearing.host_share_e8))
            rows = list(export.export_rows(connection, venue, in_force, brand, which, detail))
    finally:
        database.dispose()
    made = export.as_json(brand, which, iter(rows))
    text = export.as_csv(iter(rows)) if file.suffix == ".csv" else json.dumps(made, indent=1) + "\n"
    write_whole(file, text.encode())
    agree = bool(made["sums_agree"])
    if json_output:
        print(json.dumps({"file": str(file), "rows": len(rows), "sums_agree": agree}))
    elif agree:
        print(f"{file.name}: {len(rows)} rows, the sums agree")
    else:
        print(f"{file.name}: {len(rows)} rows, and the sums do not agree: see the rows of kind check")
    if not agree:
        raise typer.Exit(1)
