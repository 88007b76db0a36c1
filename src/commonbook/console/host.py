"""`commonbook host ...`: the host's own people. PE-16."""

import json
from pathlib import Path
from typing import Annotated

import typer

from commonbook.administration.log import HOST_ACTOR, write
from commonbook.administration.roles import HOST, Role
from commonbook.brand.hosts import Hosts
from commonbook.console.folder import opened
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.instrument.venue import Venue
from commonbook.notice.texts import nearest
from commonbook.people import staff

host_app = typer.Typer(help="Manage the host's own people.", no_args_is_help=True)


@host_app.callback()
def about() -> None:
    """The host's own people sign in at an address that is no brand's."""


@host_app.command()
def owner(
    email: Annotated[str, typer.Option(help="Their address of mail.")],
    language: Annotated[str, typer.Option(help="Of the mails to them.")] = "en",
    data: Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")] = Path("data"),
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Make somebody an owner of the host. Their code is told here, and mailed; they set a password with it."""
    with opened(data, settings_file) as folder:
        head = letterhead(folder.settings.mail, Hosts(Venue()), HOST)
        user, code = staff.invite(
            folder.connection, folder.seal, folder.settings.people, head, email, Role.OWNER, 0, nearest(language)
        )
        write(folder.connection, HOST, HOST_ACTOR, "invite", f"user:{user.id}", role=Role.OWNER)
    if json_output:
        print(json.dumps({"user": str(user.id), "code": code, "link": head.link("invitation", code) if code else ""}))
    elif code:
        print(f"user {user.id} is an owner of the host; the code to set a password with, good once:\n{code}")
    else:
        print(f"user {user.id} is an owner of the host, and signs in as before")
