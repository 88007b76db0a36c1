"""`commonbook liquidity-report`: what the shared book was worth to a brand on a closed day. docs/rules/liquidity.md."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from commonbook.errors import BadInput
from commonbook.instrument import store as instrument_store
from commonbook.liquidity import report
from commonbook.liquidity.picture import svg
from commonbook.settings import database_url, load_settings
from commonbook.storage.database import open_database, snapshot


def liquidity_report(
    brand: Annotated[int, typer.Option(help="Which brand.")],
    day: Annotated[str, typer.Option(help="A closed day of UTC, such as 2026-11-27.")],
    data: Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")] = Path("data"),
    keep: Annotated[bool, typer.Option("--keep", help="Put it where the brand's team finds it, too.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Draw the hours into an SVG file.", dir_okay=False)] = None,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Depth, spread, fills and waits of a brand's day: on the shared book, and had it been alone."""
    number = report.day_named(day)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    settings = load_settings(settings_file, os.environ)
    database = open_database(database_url(settings, data))
    try:
        with snapshot(database) as connection:
            venue = instrument_store.load(connection)
    finally:
        database.dispose()
    if brand not in venue.brands:
        raise BadInput(f"there is no brand {brand}; there are: {', '.join(map(str, sorted(venue.brands)))}")
    made = report.reports(data, venue, [brand], number)
    if keep:
        report.keep(data, number, made)
    if picture is not None:
        picture.write_text(svg(made[brand]))
    if json_output:
        print(json.dumps(made[brand]))
        return
    _show(made[brand], venue.brands[brand].name)


def _show(told: dict[str, Any], name: str) -> None:
    for one in told["instruments"]:
        table = Table("", "shared", "alone", title=f"{name}, {told['day']}, {one['instrument']}")
        shared, alone = one["shared"], one["alone"]
        for points in shared["depth"]:
            cells = (_both(book["depth"][points]) for book in (shared, alone))
            table.add_row(f"depth within {points} bps, {one['currency']}", *cells)
        table.add_row("spread, bps", *(book["spread_bps"] or "-" for book in (shared, alone)))
        orders = [one["orders"][place] for place in ("shared", "alone")]
        table.add_row("share filled", *(_percent(part["share_filled"]) for part in orders))
        table.add_row("time to fill, ms", *(part["time_to_fill_ms"] or "-" for part in orders))
        table.add_row("volume with other brands", _percent(one["fills"]["share_with_others"]), "-")
        Console().print(table)
    if not told["instruments"]:
        print(f"{name} had no orders on {told['day']}")


def _both(sides: dict[str, str]) -> str:
    return f"{Decimal(sides['bids']) + Decimal(sides['asks']):,.2f}"


def _percent(share: str) -> str:
    return f"{Decimal(share) * 100:.2f} %" if share else "-"
