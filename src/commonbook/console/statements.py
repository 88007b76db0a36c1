"""`commonbook verify-statement`: check a broker's statement with nothing but the file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commonbook.broker.statement import verify_statement as check


def verify_statement(
    file: Annotated[Path, typer.Argument(help="A statement, as JSON lines.", exists=True, dir_okay=False)],
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Recompute every line, the total and the Merkle root of a statement; name the line that was altered."""
    result = check(file)
    if json_output:
        print(json.dumps(asdict(result)))
    elif result.ok:
        print(f"{file.name}: {result.count} lines, total {result.total}, root {result.root}: verified")
    else:
        print(f"{file.name}: line {result.line} is wrong: {result.why}")
    if not result.ok:
        raise typer.Exit(1)
