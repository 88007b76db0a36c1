"""`python -m commonbook.qa SUITE... --tier fast|full|soak`: fault suites from one seed, their findings as JSON."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commonbook import _engine
from commonbook._engine import Engine
from commonbook.qa import (
    access,
    audit,
    auditlog,
    conserve,
    controls,
    crash,
    door,
    feed,
    frames,
    fuzz,
    idem,
    isolation,
    journal_trials,
    limits,
    model,
    norebate,
    replay,
    schema,
    settle,
    signing,
    sim,
)
from commonbook.qa.suite import Result, Tier


class Suite(StrEnum):
    MODEL = "model"  # the engine against the naive referee
    CONSERVE = "conserve"  # money is neither made nor lost
    CRASH = "crash"  # kill -9 at random times and at each point
    DOOR = "door"  # kill -9 under load through the record door
    POWERCUT = "powercut"  # every image that a power cut may leave, every kind of damage
    IOFAIL = "iofail"  # the n-th write or sync fails, for every n
    REPLAY = "replay"  # one journal, one state, whatever the way
    IDEM = "idem"  # one key, one effect, however many copies
    CONTROLS = "controls"  # a kill switch works at once, under load, and stays
    SIM = "sim"  # a whole exchange in virtual time, with everything that can go wrong
    SETTLE = "settle"  # an hour of a broker is paid once, whatever happens
    SCHEMA = "schema"  # requests made from the OpenAPI document, good ones and bad ones
    FUZZ = "fuzz"  # bad input for whatever reads bytes
    ISOLATION = "isolation"  # what is another's is as if it were not there
    FEED = "feed"  # a snapshot and what changes are the book
    SIGNING = "signing"  # what is signed is what is done, once, in its time
    FRAMES = "frames"  # whatever is sent over WebSocket, it goes on
    AUDIT = "audit"  # what does not agree is found while the exchange runs, and stops it
    LIMITS = "limits"  # nobody is let have more than the limit, however they ask
    NOREBATE = "norebate"  # nobody gains by trading with themselves, nor by splitting orders
    AUDITLOG = "auditlog"  # whatever is done to the log of administrative acts is found
    ACCESS = "access"  # who may act, for whom, and until when


@dataclass(frozen=True, slots=True)
class Entry:
    """A suite's size in each tier, and how it is run: (seed, trials, seconds at most or 0)."""

    fast: int
    full: int
    soak: int
    run: Callable[[int, int, float], Result]

    def trials(self, tier: Tier) -> int:
        return {Tier.FAST: self.fast, Tier.FULL: self.full, Tier.SOAK: self.soak}[tier]


SUITES: dict[Suite, Entry] = {
    Suite.MODEL: Entry(200_000, 20_000_000, 20_000_000, lambda seed, n, limit: model.run(Engine, seed, n, limit)),
    Suite.CONSERVE: Entry(
        1_000_000, 50_000_000, 50_000_000, lambda seed, n, limit: conserve.run(Engine, seed, n, limit)
    ),
    Suite.CRASH: Entry(500, 10_000, 20_000, lambda seed, n, limit: crash.run(seed, n, limit=limit)),
    Suite.DOOR: Entry(6, 200, 1_000, lambda seed, n, limit: door.run(seed, n, limit=limit)),
    Suite.POWERCUT: Entry(
        200_000, 20_000_000, 20_000_000, lambda seed, n, limit: journal_trials.run("powercut", seed, n, limit=limit)
    ),
    Suite.IOFAIL: Entry(1, 20, 1_000, lambda seed, n, limit: journal_trials.run("iofail", seed, n, limit=limit)),
    Suite.REPLAY: Entry(200, 5_000, 20_000, lambda seed, n, limit: replay.run(seed, n, limit=limit, debug=n >= 5_000)),
    Suite.IDEM: Entry(2_000, 100_000, 100_000, lambda seed, n, limit: idem.run(_engine, seed, n, limit)),
    Suite.CONTROLS: Entry(100, 2_000, 2_000, lambda seed, n, limit: controls.run(_engine, seed, n, limit)),
    Suite.SIM: Entry(500, 20_000, 20_000, lambda seed, n, limit: sim.run(_engine, seed, n, limit)),
    Suite.SETTLE: Entry(300, 20_000, 20_000, lambda seed, n, limit: settle.run(_engine, seed, n, limit)),
    Suite.SCHEMA: Entry(3, 100, 1_000, lambda seed, n, limit: schema.run(seed, n, limit)),
    Suite.FUZZ: Entry(200_000, 10_000_000, 10_000_000, lambda seed, n, limit: fuzz.run(seed, n, limit=limit)),
    Suite.ISOLATION: Entry(9_000, 100_000, 100_000, lambda seed, n, limit: isolation.run(seed, n, limit)),
    Suite.FEED: Entry(200, 5_000, 20_000, lambda seed, n, limit: feed.run(Engine, seed, n, limit)),
    Suite.SIGNING: Entry(2_000, 100_000, 1_000_000, lambda seed, n, limit: signing.run(seed, n, limit)),
    Suite.FRAMES: Entry(100_000, 5_000_000, 5_000_000, lambda seed, n, limit: frames.run(seed, n, limit)),
    Suite.AUDIT: Entry(28, 1_000, 2_000, lambda seed, n, limit: audit.run(_engine, seed, n, limit)),
    Suite.LIMITS: Entry(100_000, 5_000_000, 5_000_000, lambda seed, n, limit: limits.run(seed, n, limit)),
    Suite.NOREBATE: Entry(5_000, 500_000, 500_000, lambda seed, n, limit: norebate.run(Engine, seed, n, limit)),
    Suite.AUDITLOG: Entry(10_000, 1_000_000, 1_000_000, lambda seed, n, limit: auditlog.run(seed, n, limit)),
    Suite.ACCESS: Entry(2_000, 100_000, 1_000_000, lambda seed, n, limit: access.run(_engine, seed, n, limit)),
}


def run_suite(suite: Suite, seed: int, tier: Tier, limit: float = 0.0) -> Result:
    """One suite in one tier; ends in good order after `limit` seconds, if that is above zero."""
    result = SUITES[suite].run(seed, SUITES[suite].trials(tier), limit)
    result.seconds = time.monotonic() - result.began
    return result


def main(
    suites: Annotated[list[str], typer.Argument(help=f"What to try: {', '.join(Suite)}, or all.", metavar="SUITE...")],
    tier: Annotated[Tier, typer.Option(help="How long: seconds, minutes or hours.")] = Tier.FAST,
    seed: Annotated[int, typer.Option(help="Where the random commands start.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write the findings here as JSON.")] = None,
    minutes: Annotated[float, typer.Option(help="End each suite in good order after so long; 0: when done.")] = 0.0,
) -> None:
    """Run suites one after the other; a failure is one line with its seed and command, and status 1."""
    chosen = list(Suite) if suites == ["all"] else [_named(name) for name in suites]
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Result] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(chosen))
        for suite in chosen:
            progress.update(task, description=f"{suite}, tier {tier}, seed {seed}")
            results.append(run_suite(suite, seed, tier, minutes * 60))
            progress.advance(task)
            if not results[-1].passed:
                progress.console.print(f"{suite}: {results[-1].failure}", style="red", soft_wrap=True)
    told = json.dumps(_findings(results, tier), indent=2)
    if report is not None:
        report.write_text(told + "\n")
    print(told)
    if not all(result.passed for result in results):
        sys.exit(1)


def _named(name: str) -> Suite:
    try:
        return Suite(name)
    except ValueError:
        raise typer.BadParameter(f"{name}: there is {', '.join(Suite)}, or all alone") from None


def _findings(results: list[Result], tier: Tier) -> dict[str, Any]:
    """One suite as it is; of several, all of them behind one word."""
    told = [{"tier": str(tier), **result.as_json()} for result in results]
    return told[0] if len(told) == 1 else {"passed": all(result.passed for result in results), "suites": told}


if __name__ == "__main__":
    typer.run(main)
