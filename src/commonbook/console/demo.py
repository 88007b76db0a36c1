"""`commonbook demo`: play the recorded market once, show what came of it, then serve it as a live market."""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from commonbook.console.demo_keys import demo_accounts
from commonbook.console.serve import Serving, listening, run_exchange, write_ready
from commonbook.errors import MarketUnavailable
from commonbook.exchange import Exchange
from commonbook.settings import Settings, cache_folder, database_url, load_settings
from commonbook.simulator.capture import Capture, load_capture
from commonbook.simulator.demo_market import standing_book, venue_commands
from commonbook.simulator.play import Played, play

CAPTURE_END_HOUR = 493_804  # hours since 1970: the capture's trades lie in the two hours before this one
PLAYED = "played.json"


def demo(
    data: Annotated[Path | None, typer.Option("--data", help="The data folder; --once makes a passing one.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Play and settle, without the server.")] = False,
    port: Annotated[int | None, typer.Option("--port", help="0 picks a free one.")] = None,
    ready: Annotated[Path | None, typer.Option("--ready", help="Written once it serves.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Commands that become durable together.")] = 4_096,
    settings_file: Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Two brands on one book: a real half-hour of Bitstamp's BTC/USD, a broker paid for it, then a live market."""
    settings = load_settings(settings_file, os.environ)
    console = Console(stderr=json_output)
    if once:
        with tempfile.TemporaryDirectory(prefix="commonbook-demo-") as folder:
            played = _play_once(data or Path(folder), settings, batch, 0, Console(stderr=True))
        if json_output:
            print(json.dumps(played.as_json()))
        else:
            show(played, console)
        return
    folder_path = data or Path("data")
    with listening(settings.gateway.host, settings.gateway.port if port is None else port) as listener:
        folder_path.mkdir(parents=True, exist_ok=True)
        has_market = _first_start(folder_path, settings, batch, console)
        accounts = demo_accounts(folder_path, database_url(settings, folder_path))

        def announce(serving: Serving) -> None:
            if ready is not None:
                write_ready(ready, serving)
            _tell(serving, console)

        market = {"cache": str(_cache())} if has_market else None
        run_exchange(folder_path, listener, settings, accounts, announce, lambda step: _step(console, step), market)


def _first_start(data: Path, settings: Settings, batch: int, console: Console) -> bool:
    """Play at the first start only. Without the recorded market the server starts all the same. True: it can loop."""
    played_file = data / PLAYED
    if played_file.exists():
        console.print(f"resuming {data}: the market was played before, see {played_file}")
        return True
    try:
        played = _play_once(data, settings, batch, _shift_hours(settings), console)
    except MarketUnavailable as failure:
        console.print(f"[yellow]no market:[/] {failure}")
        with Exchange.open(data, settings) as exchange:
            if exchange.is_empty:
                exchange.submit(venue_commands())
                exchange.submit(standing_book())
        return False
    played_file.write_text(json.dumps(played.as_json(), indent=2) + "\n")
    show(played, console)
    return True


def _shift_hours(settings: Settings) -> int:
    """Whole hours that put the capture into the closed past: its last hour's T+1 is over now."""
    over = time.time() - settings.broker.settlement_grace_s
    return int(over // 3600) - CAPTURE_END_HOUR


def _cache() -> Path:
    return cache_folder(os.environ, Path.home())


def _play_once(data: Path, settings: Settings, batch: int, shift_hours: int, console: Console) -> Played:
    """Raises MarketUnavailable before anything is written."""
    with console.status("fetching the recorded market"):
        capture: Capture = load_capture(_cache())
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, Exchange.open(data, settings) as exchange:
        if not exchange.is_empty:
            raise MarketUnavailable(f"{data} holds another journal already; give an empty folder with --data")
        task = progress.add_task("play", total=None)
        return play(
            exchange,
            capture,
            batch,
            shift_hours,
            lambda done, count: progress.update(task, completed=done, total=count),
        )


def show(played: Played, console: Console) -> None:
    """The outcome as tables, for 100 columns."""
    exact = (
        "[green]every one exact[/]" if played.tape_exact == played.tape_trades == played.trades else "[red]differs[/]"
    )
    console.print()
    console.print(
        f"[bold]tape[/]  {played.tape_exact} of {played.tape_trades} real trades, {played.trades} printed: {exact};  "
        f"{played.commands:,} commands in {played.seconds} s"
    )
    brands = Table("brand", title="volume and revenue (USDT)", title_justify="left")
    for name in ("attributed volume", "side volume", "fills", "both sides own", "brand revenue"):
        brands.add_column(name, justify="right")
    for name, volume in played.volume.items():
        brands.add_row(
            name,
            volume["attributed_volume"],
            volume["side_volume"],
            volume["fills"],
            volume["internal_fills"],
            played.revenue[name],
        )
    brands.add_section()
    brands.add_row("book", played.book_volume, "", str(played.trades), "", "")
    console.print(brands)
    claims = Table("claim", title="one fee, all claims (USDT)", title_justify="left")
    claims.add_column("amount", justify="right")
    for name, amount in played.claims.items():
        claims.add_row(name.replace("_", " "), amount)
    claims.add_section()
    claims.add_row("net fee", next(iter(played.net_fee.values())))
    console.print(claims)
    commission = Table("broker", "reason", title="commission by reason (USDT)", title_justify="left")
    commission.add_column("fill sides", justify="right")
    commission.add_column("commission", justify="right")
    for broker, reasons in played.commission.items():
        for reason, row in reasons.items():
            commission.add_row(broker, reason, row["sides"], row["amount"])
    console.print(commission)
    paid = Table("broker", "hour", "state", "statement", title="settled by the hour (USDT)", title_justify="left")
    paid.add_column("paid", justify="right")
    for row in played.settlements:
        hour = time.strftime("%Y-%m-%d %H:00", time.gmtime(int(row["hour"]) * 3600))
        paid.add_row(row["broker"], hour, row["state"], row["statement"], row["amount"])
    console.print(paid)
    console.print(f"ledger difference  [bold]{played.ledger_difference}[/]")
    console.print(f"state hash         {played.state_hash}")
    console.print()


def _step(console: Console, step: str) -> None:
    console.print(f"  starting {step}", style="dim")


def _tell(serving: Serving, console: Console) -> None:
    port = serving.rest.rsplit(":", 1)[1]
    console.print(f"\n[bold]serving[/] {serving.rest}  (Ctrl-C ends it)")
    console.print(f"  brands: http://aurora.localhost:{port}  http://borealis.localhost:{port}\n")
    shown = {account["brand"]: account for account in reversed(serving.accounts)}
    for brand, account in sorted(shown.items()):
        secrets = f"secret {account['api_secret']}  passphrase {account['api_passphrase']}"
        console.print(f"  {brand}: key {account['api_key']}\n    {secrets}", soft_wrap=True, highlight=False)
    account = shown["aurora"]
    console.print("\n  try:", highlight=False)
    console.print(f"  curl {serving.rest}/api/v5/market/ticker?instId=BTC-USDT", soft_wrap=True, highlight=False)
    program = (
        "import ccxt; x = ccxt.okx({"
        f"'apiKey': '{account['api_key']}', 'secret': '{account['api_secret']}', "
        f"'password': '{account['api_passphrase']}'}}); "
        f"x.urls['api']['rest'] = '{serving.rest}'; "
        "print(x.create_order('BTC/USDT', 'limit', 'buy', 0.01, 70000))"
    )
    console.print(f'  python3 -c "{program}"', soft_wrap=True, highlight=False)
