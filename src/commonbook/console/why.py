"""`commonbook why`: why a fill earned a broker, and anybody else, what it did. BP-8 to BP-10."""

import json
from pathlib import Path
from typing import Annotated

import typer

from commonbook.broker.standing import explain
from commonbook.broker.telling import asking, told, words
from commonbook.broker.why import Party
from commonbook.clearing.terms import load
from commonbook.console.program import opened
from commonbook.units import RateE8


def why(
    data: Annotated[Path, typer.Argument(help="The data folder.", exists=True, file_okay=False)],
    fill: Annotated[str, typer.Argument(help="Sequence and index of the fill, such as 1042-1.")],
    role: Annotated[str, typer.Option("--role", help="taker or maker; else both sides.")] = "",
    party: Annotated[
        str, typer.Option("--party", help="Tell what it may see: broker, sub_broker:CODE, client, affiliate, brand.")
    ] = Party.HOST,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Rules, predicates, rate, amounts and rounding of a fill, and where each part of its fee stands now."""
    with opened(data, settings_file) as here:
        terms = load(here.connection, RateE8(here.settings.clearing.host_share_e8))
        found = explain(here.connection, here.program, here.venue, terms, here.statements, fill, role)
    for_whom = [(one, *asking(one, party)) for one in found]
    if json_output:
        print(json.dumps([told(*one) for one in for_whom]))
        return
    for number, one in enumerate(for_whom):
        print("\n" * (number > 0) + "\n".join(words(*one)))
