"""`python -m commonbook.qa SUITE --tier fast|full|soak`: one fault suite from one seed, its findings as JSON."""

import json
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commonbook._engine import Engine
from commonbook.qa import model
from commonbook.qa.suite import Result, Tier


class Suite(StrEnum):
    MODEL = "model"  # the engine against the naive referee


def run_model(seed: int, tier: Tier) -> Result:
    commands = {Tier.FAST: 200_000, Tier.FULL: 2_000_000, Tier.SOAK: 20_000_000}[tier]
    return model.run(Engine, seed, commands)


SUITES: dict[Suite, Callable[[int, Tier], Result]] = {Suite.MODEL: run_model}


def main(
    suite: Annotated[Suite, typer.Argument(help="What to try.")],
    tier: Annotated[Tier, typer.Option(help="How long: seconds, minutes or hours.")] = Tier.FAST,
    seed: Annotated[int, typer.Option(help="Where the random commands start.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write the findings here as JSON.")] = None,
) -> None:
    """Run one suite; a failure is one line with its seed and command, and status 1."""
    console = Console(stderr=True)
    began = time.monotonic()
    with console.status(f"{suite}, tier {tier}, seed {seed}"):
        result = SUITES[suite](seed, tier)
    result.seconds = time.monotonic() - began
    told = json.dumps(result.as_json(), indent=2)
    if report is not None:
        report.write_text(told + "\n")
    print(told)
    if not result.passed:
        console.print(result.failure, style="red", soft_wrap=True, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
