"""`commonbook simulate commission`: who would gain and who would lose under other rules. BP-11 to BP-13."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import func, select

from commonbook.bench import plot
from commonbook.broker.accrual import sides_of_hour
from commonbook.broker.other_rules import as_words, read_rules, under
from commonbook.broker.sides import Sides
from commonbook.broker.simulation import CLIENTS, Change, Comparison, compare, in_words
from commonbook.console.export import whole_hour
from commonbook.console.program import Opened, opened
from commonbook.errors import BadInput
from commonbook.instrument.model import Asset
from commonbook.storage.tables.broker import accrual_blocks

simulate_app = typer.Typer(help="What would have been, from what was; nothing is changed.", no_args_is_help=True)
_WIDTH, _HEIGHT = 8.0, 0.45  # inches, of a picture, and of each bar in it
_BARS_MOST = 40


@simulate_app.command()
def commission(
    data: Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)],
    from_: Annotated[str, typer.Option("--from", help="The first hour, such as 2026-11-01 or 2026-11-01T16:00, UTC.")],
    to: Annotated[str, typer.Option("--to", help="The hour behind the last.")],
    rules: Annotated[Path, typer.Option("--rules", help="The other rules, TOML or JSON.", exists=True, dir_okay=False)],
    picture: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw it, too.")] = None,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Replay the real fills of some settled hours under other commission rules: who gains, who loses."""
    first, behind = whole_hour("--from", from_), whole_hour("--to", to)
    if first >= behind:
        raise BadInput(f"--from {from_} is not before --to {to}; nothing lies between them")
    if picture is not None:
        plot.check(picture)
    asked = read_rules(rules)
    with opened(data, settings_file) as here:
        other = under(asked, here.program, here.venue)
        found = compare(_hours(here, first, behind), here.program, other, here.venue)
        asset = here.venue.assets[here.program.payout_asset]
    if picture is not None:
        _draw(found, asset, picture)
    if json_output:
        print(json.dumps(_told(found, asset, from_, to, as_words(asked))))
        return
    _show(found, asset)


def _hours(here: Opened, first: int, behind: int) -> Iterator[Sides]:
    """The sides of each hour that has some, with a progress bar by their number."""
    mine = (accrual_blocks.c.program == here.program.name) & (accrual_blocks.c.hour >= first)
    mine &= accrual_blocks.c.hour < behind
    columns = (accrual_blocks.c.hour, func.sum(accrual_blocks.c.sides).label("sides"))
    chosen = select(*columns).where(mine).group_by(accrual_blocks.c.hour).order_by(accrual_blocks.c.hour)
    hours = here.connection.execute(chosen).all()
    console = Console(stderr=True)
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sides", total=sum(int(row.sides) for row in hours))
        for row in hours:
            yield sides_of_hour(here.connection, here.program.name, row.hour)
            progress.advance(task, int(row.sides))


def _told(found: Comparison, asset: Asset, from_: str, to: str, rules: dict[str, Any]) -> dict[str, Any]:
    def change(one: Change) -> dict[str, Any]:
        level = {} if one.level is None else {"level": str(one.level)}
        amounts = {name: asset.format(value) for name, value in (("before", one.before), ("after", one.after))}
        return {"party": one.party, "who": one.who, **level, **amounts, "gain": asset.format(one.gain)}

    return {
        "from": from_,
        "to": to,
        "rules": rules,
        "asset": asset.name,
        "hours": found.hours,
        "sides": found.sides,
        "before": asset.format(found.before),
        "after": asset.format(found.after),
        "gain": asset.format(found.gain),
        "changes": [change(one) for one in found.changes],
        "by_level": [change(one) for one in found.by_level],
        "words": list(in_words(found, asset)),
    }


def _show(found: Comparison, asset: Asset) -> None:
    if not found.sides:
        print("no fill came under a broker's code in these hours")
        return
    table = Table("party", "who", "client level", "before", "after", "gain", title=f"commission in {asset.name}")
    levels: dict[tuple[str, str], list[Change]] = {(one.party, one.who): [] for one in found.changes}
    for one in found.by_level:
        levels[one.party, one.who].append(one)
    for whole in found.changes:
        for one in (whole, *levels[whole.party, whole.who]):
            level = "all" if one.level is None else str(one.level)
            amounts = (asset.format(value) for value in (one.before, one.after, one.gain))
            table.add_row(one.party, one.who, level, *amounts, style="" if one.level is not None else "bold")
    table.add_section()
    table.add_row("together", "", "", *(asset.format(value) for value in (found.before, found.after, found.gain)))
    shown = Console()
    shown.print(table)
    for line in in_words(found, asset):
        shown.print(line, soft_wrap=True, highlight=False)
    shown.print(f"{found.sides:,} fill sides of {found.hours:,} hours; nothing was changed", highlight=False)


def _draw(found: Comparison, asset: Asset, path: Path) -> None:
    """Two bars for each party: as it was, and under the rules. Of very many parties, those that change most."""
    most = sorted(found.changes, key=lambda one: -abs(one.gain))[:_BARS_MOST]
    changes = [one for one in found.changes if one in most]
    unit = 10**asset.scale
    figure = importlib.import_module("matplotlib.figure").Figure(
        figsize=(_WIDTH, 2 + 2 * _HEIGHT * max(len(changes), 1)), layout="constrained"
    )
    axes = figure.add_subplot(1, 1, 1)
    names = [f"clients of {one.who}" if one.party == CLIENTS else one.who for one in changes]
    for name, shift, values in (
        ("as it was", -0.2, [one.before for one in changes]),
        ("under the rules", 0.2, [one.after for one in changes]),
    ):
        axes.barh([place + shift for place in range(len(changes))], [value / unit for value in values], 0.4, label=name)
    axes.set_yticks(range(len(changes)), names)
    axes.invert_yaxis()
    axes.set(title="Commission under other rules", xlabel=asset.name)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)
