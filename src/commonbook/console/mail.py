"""`commonbook mail ...`: the outbox, for whoever runs the host on this machine. PE-14.

A mail is shown whole, with the codes in it: so it is read where no mail server is set up.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commonbook.console.folder import opened
from commonbook.notice import mail

mail_app = typer.Typer(help="Read the mails in the outbox.", no_args_is_help=True)

DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@mail_app.command(name="list")
def list_mails(
    most: Annotated[int, typer.Option(help="So many at most.")] = 100,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Newest first, without their texts."""
    with opened(data, settings_file) as folder:
        found = mail.newest(folder.connection, folder.seal, most)
    if json_output:
        print(json.dumps([{name: value for name, value in asdict(one).items() if name != "body"} for one in found]))
        return
    for one in found:
        when = datetime.fromtimestamp(one.created_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
        print(f"{one.id:>6}  {when}  {one.state:<8} {one.kind:<20} {one.sender} to {one.to}")


@mail_app.command()
def show(
    number: Annotated[int, typer.Argument(help="Of the mail, as `commonbook mail list` tells it.")],
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """One mail, whole."""
    with opened(data, settings_file) as folder:
        found = mail.find(folder.connection, folder.seal, number)
    if json_output:
        print(json.dumps(asdict(found)))
        return
    print(f"From: {found.sender} <{found.sender_address}>\nTo: {found.to}\nSubject: {found.subject}\n\n{found.body}")
