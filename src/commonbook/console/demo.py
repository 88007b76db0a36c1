"""`commonbook demo`: play the recorded market once, show what came of it, then serve it as a live market."""

import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commonbook._engine import Journal
from commonbook.console.demo_folder import mark, with_funds
from commonbook.console.demo_keys import demo_keys
from commonbook.console.demo_logins import demo_logins, easy, has_logins
from commonbook.console.demo_report import show, tell
from commonbook.console.processes import FORKED
from commonbook.console.serve import Keys, Serving, listening, run_exchange, write_ready
from commonbook.errors import BadInput, MarketUnavailable
from commonbook.exchange import STATEMENTS, Exchange
from commonbook.nursery import Nursery
from commonbook.settings import Settings, cache_folder, load_settings
from commonbook.simulator.capture import Capture, fetch_capture, load_capture
from commonbook.simulator.demo_brands import describe
from commonbook.simulator.demo_market import standing_book, venue_commands
from commonbook.simulator.play import Played, play
from commonbook.whole_file import write_whole

CAPTURE_END_HOUR = 493_804  # hours since 1970: the capture's trades lie in the two hours before this one
PLAYED = "played.json"
PLAYING = "playing"  # marks a folder whose first play is not over


class Start(NamedTuple):
    """What a folder was found or made to be."""

    has_market: bool  # the recorded one can go round
    is_ours: bool  # the demo has made the venue in it, so keys and people of it may be told


def demo(
    data: Annotated[Path | None, typer.Option("--data", help="The data folder; --once makes a passing one.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Play and settle, without the server.")] = False,
    port: Annotated[int | None, typer.Option("--port", help="0 picks a free one.")] = None,
    ready: Annotated[Path | None, typer.Option("--ready", help="Written once it serves.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Commands that become durable together.")] = 32_768,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Two brands on one book: a real half-hour of Bitstamp's BTC/USD, a broker paid for it, then a live market."""
    settings = load_settings(settings_file, os.environ)
    console = Console(stderr=json_output, highlight=False)
    if once:
        with tempfile.TemporaryDirectory(prefix="commonbook-demo-") as folder:
            played = _play(data or Path(folder), settings, batch, 0, Console(stderr=True))
            ((data or Path(folder)) / PLAYING).unlink()
        if json_output:
            print(json.dumps(played.as_json()))
        else:
            show(played, console)
        return
    folder_path = data or Path("data")
    with ExitStack() as stack:
        listener = stack.enter_context(
            listening(settings.gateway.host, settings.gateway.port if port is None else port)
        )
        tls_port = settings.gateway.tls_port
        tls = stack.enter_context(listening(settings.gateway.host, tls_port)) if tls_port else None
        nursery = stack.enter_context(Nursery.fork(FORKED))
        if ready is not None:
            ready.unlink(missing_ok=True)
        folder_path.mkdir(mode=0o700, parents=True, exist_ok=True)
        start = _first_start(folder_path, settings, batch, console)
        if start.is_ours:
            mark(folder_path)
        accounts: Keys = demo_keys(folder_path, settings) if start.is_ours else ([], [])
        logins = demo_logins(folder_path, settings) if start.is_ours else []

        def announce(serving: Serving) -> None:
            if ready is not None:
                write_ready(ready, serving)
            if json_output:
                print(serving.as_json(), flush=True)
            tell(serving, folder_path, console)

        def step(role: str) -> None:
            console.print(f"  starting {role}", style="dim")

        run_exchange(
            nursery,
            folder_path,
            listener,
            with_funds(folder_path, easy(settings)) if start.is_ours else settings,
            accounts,
            announce,
            step,
            {"cache": str(_cache())} if start.has_market else None,
            tls_listener=tls,
            logins=logins,
        )
        console.print("\nended; the next start resumes")


def _first_start(data: Path, settings: Settings, batch: int, console: Console) -> Start:
    """Play at the first start only. Without the recorded market the server starts all the same."""
    played_file = data / PLAYED
    try:
        if played_file.exists():
            console.print(f"resuming {data}; what its first start came to is in {played_file}", soft_wrap=True)
            fetch_capture(_cache())
            return Start(has_market=True, is_ours=True)
        _forget_broken_off(data, settings, console)
        if has_logins(data):
            console.print(f"resuming {data}, whose first start was without the recorded market", soft_wrap=True)
            return Start(has_market=False, is_ours=True)
        if _holds_exchange(data, settings):
            console.print(f"{data} is served as it is, without the recorded market: the demo did not make it")
            return Start(has_market=False, is_ours=False)
        played = _play(data, settings, batch, _shift_hours(settings), console)
    except MarketUnavailable as failure:
        console.print(f"[yellow]no market:[/] {escape(str(failure))}", soft_wrap=True)
        with Exchange.open(data, settings) as exchange:
            if exchange.is_empty:
                exchange.submit(venue_commands())
                exchange.submit(standing_book())
            describe(exchange.back_office.database)
        return Start(has_market=False, is_ours=True)
    write_whole(played_file, (json.dumps(played.as_json(), indent=2) + "\n").encode())
    (data / PLAYING).unlink(missing_ok=True)
    show(played, console)
    return Start(has_market=True, is_ours=True)


def _holds_exchange(data: Path, settings: Settings) -> bool:
    with Exchange.open(data, settings) as exchange:
        return not exchange.is_empty


def _forget_broken_off(data: Path, settings: Settings, console: Console) -> None:
    """A play that was broken off has served nobody: take it away, so that the first start is a first start again."""
    if not (data / PLAYING).exists() or settings.database_url:
        return
    console.print(f"the play in {data} was broken off; it begins anew")
    journal = Journal.open(str(data), settings.journal.segment_bytes)  # nobody else plays there now
    try:
        for folder in ("snapshots", STATEMENTS, "journal"):
            shutil.rmtree(data / folder, ignore_errors=True)
        for file in data.glob("backoffice.db*"):
            file.unlink()
        (data / PLAYING).unlink()
    finally:
        journal.close()


def _shift_hours(settings: Settings) -> int:
    """Whole hours that put the capture into the closed past: its last hour's T+1 is over now."""
    over = time.time() - settings.broker.settlement_grace_s
    return int(over // 3600) - CAPTURE_END_HOUR


def _cache() -> Path:
    return cache_folder(os.environ, Path.home())


def _play(data: Path, settings: Settings, batch: int, shift_hours: int, console: Console) -> Played:
    """Play the capture into a folder that holds nothing yet.

    Raises:
        MarketUnavailable: before anything is written.
        BadInput: the folder holds an exchange already.
    """
    with console.status("fetching the recorded market"):
        capture: Capture = load_capture(_cache())
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with bar as progress, Exchange.open(data, settings) as exchange:
        if not exchange.is_empty:
            raise BadInput(f"{data} holds an exchange already; give an empty folder with --data")
        (data / PLAYING).touch()
        if not console.is_terminal:
            console.print("playing the recorded market")
        task = progress.add_task("play", total=None)
        played = play(
            exchange,
            capture,
            batch,
            shift_hours,
            lambda done, count: progress.update(task, completed=done, total=count),
        )
        describe(exchange.back_office.database)
        return played
