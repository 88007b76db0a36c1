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
from commonbook.qa import crash, journal_trials, model, replay
from commonbook.qa.suite import Result, Tier


class Suite(StrEnum):
    MODEL = "model"  # the engine against the naive referee
    CRASH = "crash"  # kill -9 at random times and at each point
    POWERCUT = "powercut"  # every image that a power cut may leave, every kind of damage
    IOFAIL = "iofail"  # the n-th write or sync fails, for every n
    REPLAY = "replay"  # one journal, one state, whatever the way


def run_model(seed: int, tier: Tier) -> Result:
    commands = {Tier.FAST: 200_000, Tier.FULL: 2_000_000, Tier.SOAK: 20_000_000}[tier]
    return model.run(Engine, seed, commands)


def run_crash(seed: int, tier: Tier) -> Result:
    return crash.run(seed, {Tier.FAST: 500, Tier.FULL: 10_000, Tier.SOAK: 20_000}[tier])


def run_powercut(seed: int, tier: Tier) -> Result:
    return journal_trials.run("powercut", seed, {Tier.FAST: 200_000, Tier.FULL: 5_000_000, Tier.SOAK: 20_000_000}[tier])


def run_iofail(seed: int, tier: Tier) -> Result:
    return journal_trials.run("iofail", seed, {Tier.FAST: 1, Tier.FULL: 20, Tier.SOAK: 1_000}[tier])


def run_replay(seed: int, tier: Tier) -> Result:
    return replay.run(seed, {Tier.FAST: 200, Tier.FULL: 5_000, Tier.SOAK: 20_000}[tier])


SUITES: dict[Suite, Callable[[int, Tier], Result]] = {
    Suite.MODEL: run_model,
    Suite.CRASH: run_crash,
    Suite.POWERCUT: run_powercut,
    Suite.IOFAIL: run_iofail,
    Suite.REPLAY: run_replay,
}


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
