"""`commonbook certify`: watch a broker's client on the simulated venue, and certify what it shows. CK-1 to CK-12."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.log import HOST_ACTOR
from commonbook.brokerage import applications, certifying, observing, registry
from commonbook.brokerage.certifying import Subject, count_of, has_passed, kept_orders, read_count
from commonbook.brokerage.conformance import Run, Step, Verdict, judge
from commonbook.brokerage.observing import Reading, Watch
from commonbook.errors import BadInput
from commonbook.instrument import store as instrument_store
from commonbook.settings import SIMULATED, Settings, database_url, load_settings, simulated_venue
from commonbook.storage.database import open_database
from commonbook.whole_file import write_whole

LOOK_EVERY_S = 2.0
LAST_LINES_S = 2.0  # until every gateway has written what it had seen when the watch ended


@dataclass(frozen=True, slots=True)
class Venues:
    """A data folder's two venues."""

    data: Path
    settings: Settings
    live: Engine
    simulated: Engine

    @property
    def folder(self) -> Path:
        """Of what gateways see."""
        return self.data / SIMULATED / observing.FOLDER


def certify(
    broker: Annotated[str, typer.Option("--broker", help="The broker's code.")],
    data: Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")] = Path("data"),
    minutes: Annotated[
        float, typer.Option("--minutes", help="So long at most; it ends when every step has passed.")
    ] = 90,
    count: Annotated[
        Path | None,
        typer.Option(
            "--count", help="The broker's own count of an hour, JSON; it may come during the run.", dir_okay=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The signed report; one that is there is replaced.", dir_okay=False)
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Watch a run of a broker's client on the simulated venue, judge it, and file the signed report."""
    if not 0 < minutes <= 24 * 60:
        raise BadInput(f"--minutes {minutes}: above 0, and at most a day, which is 1440")
    if out is not None and not out.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {out.absolute().parent}; make it first")
    with _venues(data, settings_file) as here:
        subject, payout_account = _subject(here, broker)
        began_ms = _now_ms()
        until_ms = began_ms + int(minutes * 60_000)
        watch = observing.begin(here.folder, subject.code, subject.broker, payout_account, began_ms, until_ms)
        reading = Reading(here.folder, watch)
        try:
            _until_passed(here, subject, watch, reading, count)
        finally:
            observing.end(here.folder, watch)
        ended_ms = _now_ms()
        time.sleep(LAST_LINES_S)
        run = _run(here, subject, reading, count)
        verdicts = judge(run)
        key = AuditKey.open(data)
        report = certifying.report_of(run, subject, verdicts, began_ms, ended_ms)
        days = here.settings.brokerage.certificate_days
        with here.live.begin() as connection:
            filed = certifying.file(connection, subject, report, has_passed(verdicts), key, HOST_ACTOR, days)
    signed = certifying.signed(report, key)
    if out is not None:
        write_whole(out, signed.encode())
    if json_output:
        print(json.dumps({"certificate": str(filed.number), "passed": filed.passed} | json.loads(signed)))
    else:
        _show(subject, verdicts, filed.number, filed.passed, out)
    if not filed.passed:
        raise typer.Exit(1)


@contextmanager
def _venues(data: Path, settings_file: Path | None) -> Iterator[Venues]:
    settings = load_settings(settings_file, os.environ)
    simulated = data / SIMULATED
    for folder in (data, simulated):
        if not (folder / "journal").is_dir():
            why = (
                "give the data folder of an exchange that has simulated trading, once it has been started, with --data"
            )
            raise BadInput(f"{folder} holds no journal; {why}")
    live = open_database(database_url(settings, data))
    try:
        other = open_database(database_url(simulated_venue(settings), simulated))
        try:
            yield Venues(data, settings, live, other)
        finally:
            other.dispose()
    finally:
        live.dispose()


def _subject(here: Venues, code: str) -> tuple[Subject, int]:
    """Whose run it is, and the account that is paid.

    Raises:
        BadInput: nobody in the registry has this code.
    """
    with here.live.connect() as connection:
        found = registry.by_code(connection, code)
        if found is None:
            raise BadInput(f"no broker of the registry has the code {code[:40]!r}: it has one from integration on")
        plan = applications.find(connection, found.application).integration.requests_per_s
    return Subject(found.number, found.code, plan), found.payout_account


def _until_passed(here: Venues, subject: Subject, watch: Watch, reading: Reading, count: Path | None) -> None:
    """Look again and again, with a bar for each step."""
    console = Console(stderr=True)
    shown = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    columns = (*shown, TextColumn("{task.fields[why]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bars = {step: progress.add_task(step.value, total=None, why="") for step in Step}
        while _now_ms() < watch.until_ms:
            began = time.monotonic()
            verdicts = judge(_run(here, subject, reading, count))
            for one in verdicts:
                _move(progress, bars[one.step], one)
            if has_passed(verdicts):
                return
            pause_s = max(
                LOOK_EVERY_S, time.monotonic() - began
            )  # of a long run a look takes seconds: half the time at most
            time.sleep(min(pause_s, max(0.0, (watch.until_ms - _now_ms()) / 1000)))


def _move(progress: Progress, bar: TaskID, verdict: Verdict) -> None:
    progress.update(bar, total=verdict.wanted, completed=verdict.done, why=verdict.why)
    if verdict.passed:
        progress.stop_task(bar)


def _run(here: Venues, subject: Subject, reading: Reading, count: Path | None) -> Run:
    """The run as it is known now."""
    reading.look()
    simulated = here.data / SIMULATED
    with here.simulated.connect() as connection:
        venue = instrument_store.load(connection)
        codes = {one.id: one.code for one in venue.codes.values()}
        orders = kept_orders(connection, reading.seen, codes)
        own = ours = None
        if count is not None and count.exists():
            asset = venue.asset_named(here.settings.broker.payout_asset)
            if asset is None:
                raise BadInput(
                    f"the venue has no asset {here.settings.broker.payout_asset}, in which commission is paid"
                )
            own = read_count(count, asset.scale)
            ours = count_of(connection, simulated, subject.broker, own.hour)
    return Run(subject.code, subject.plan_per_s, reading.seen, orders, own, ours)


def _show(subject: Subject, verdicts: tuple[Verdict, ...], number: int, passed: bool, out: Path | None) -> None:
    for one in verdicts:
        minutes = f"{one.tenths // 10}.{one.tenths % 10}"
        print(f"{'passed' if one.passed else 'not yet':<8} {one.step.value:<11} {minutes:>6} min  {one.why}")
    print(
        f"{subject.code}: certificate {number}, which has {'passed' if passed else 'not passed and counts for nothing'}"
    )
    if out is not None:
        print(f"the signed report is in {out}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
