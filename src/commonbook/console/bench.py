"""`commonbook bench`: every figure this project quotes, measured in one run with the machine named."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from commonbook.bench import plot
from commonbook.bench.harness import Report
from commonbook.bench.registry import BENCHES
from commonbook.console.memory import start_again_with_huge_pages
from commonbook.errors import BadInput


def bench(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")],
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
    picture: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw the curves, too.")] = None,
) -> None:
    """Measure; figures with a line say whether it is met."""
    if name not in BENCHES:
        raise BadInput(f"no bench {name!r}; there is: {', '.join(BENCHES)}")
    if picture is not None:
        plot.check(picture)
    start_again_with_huge_pages()
    console = Console(stderr=True)
    report: Report = BENCHES[name](lambda step: console.print(f"  {step}", style="dim"), os.environ)
    if picture is not None:
        plot.draw(report, picture)
    if json_output:
        print(json.dumps(report.as_json()))
        return
    table = Table("figure", "value", "unit", "line", "met", title=f"{name} on {report.machine['processor']}")
    for figure in report.figures:
        line = "" if figure.line is None else f"{figure.line:g} or {figure.better}"
        met = {None: "", True: "yes", False: "no"}[figure.met]
        table.add_row(figure.name, f"{figure.value:,.2f}", figure.unit, line, met)
    shown = Console()
    shown.print(table)
    for covers in dict.fromkeys(figure.covers for figure in report.figures if figure.covers):
        names = ", ".join(figure.name for figure in report.figures if figure.covers == covers)
        shown.print(f"{names}: {covers}", soft_wrap=True, highlight=False)
