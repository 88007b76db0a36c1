"""`commonbook serve`: the server alone."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.console import Console

from commonbook.console.demo_folder import mark, with_funds
from commonbook.console.demo_keys import demo_keys
from commonbook.console.processes import FORKED
from commonbook.console.serve import Keys, Serving, listening, run_exchange, write_ready
from commonbook.exchange import Exchange
from commonbook.nursery import Nursery
from commonbook.settings import Settings, load_settings
from commonbook.simulator.demo_brands import describe
from commonbook.simulator.demo_market import standing_book, venue_commands

DataOption = Annotated[Path, typer.Option("--data", help="The data folder; made when it is not there.")]
PortOption = Annotated[int | None, typer.Option("--port", help="0 picks a free one.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A TOML file of settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def serve(
    data: DataOption = Path("data"),
    port: PortOption = None,
    record_port: Annotated[
        int | None, typer.Option(help="TCP port of the record door; 0: its Unix socket alone.")
    ] = None,
    gateways: Annotated[
        int | None, typer.Option(min=1, max=64, help="Gateway processes on the one port; a core each is worth it.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Two brands, funded accounts and a standing book.")] = False,
    ready: Annotated[Path | None, typer.Option("--ready", help="Written once it serves: addresses and keys.")] = None,
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Serve the exchange in a data folder until Ctrl-C."""
    settings = load_settings(settings_file, os.environ)
    if gateways is not None:
        settings = replace(settings, gateway=replace(settings.gateway, processes=gateways))
    console = Console(stderr=True, highlight=False)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ready is not None:
        ready.unlink(missing_ok=True)
    chosen = settings.records.port if record_port is None else record_port
    with ExitStack() as stack:
        rest_port = settings.gateway.port if port is None else port
        listener = stack.enter_context(listening(settings.gateway.host, rest_port))
        records = stack.enter_context(listening(settings.records.host, chosen)) if chosen else None
        tls_port = settings.gateway.tls_port
        tls = stack.enter_context(listening(settings.gateway.host, tls_port)) if tls_port else None
        nursery = stack.enter_context(Nursery.fork(FORKED))
        accounts: Keys = prepare_standing_demo(data, settings) if demo else ([], [])

        def announce(serving: Serving) -> None:
            if ready is not None:
                write_ready(ready, serving)
            if json_output:
                print(serving.as_json(), flush=True)
            else:
                console.print(f"commonbook serves on [bold]{serving.rest}[/] (Ctrl-C ends it)")

        run_exchange(
            nursery,
            data,
            listener,
            with_funds(data, settings) if demo else settings,
            accounts,
            announce,
            lambda step: console.print(f"  starting {step}", style="dim"),
            record_listener=records,
            tls_listener=tls,
        )


def prepare_standing_demo(data: Path, settings: Settings) -> Keys:
    """The demo's brands, accounts, book and keys; made once, found again at every later start."""
    with Exchange.open(data, settings) as exchange:
        if exchange.is_empty:
            mark(data)
            exchange.submit(venue_commands())
            exchange.submit(standing_book())
        describe(exchange.back_office.database)
    return demo_keys(data, settings)
