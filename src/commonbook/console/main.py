"""The `commonbook` command: its sub-commands, and the one place where a failure becomes a line and an exit status."""

import os
import sys

import typer
from rich.console import Console
from rich.markup import escape

from commonbook.console.acts import acts_app
from commonbook.console.audit import audit, replay
from commonbook.console.bench import bench
from commonbook.console.brand import brand_app
from commonbook.console.clearing import clearing_app, verify_clearing, verify_invoice
from commonbook.console.control import control_app
from commonbook.console.demo import demo
from commonbook.console.export import export_app
from commonbook.console.host import host_app
from commonbook.console.journal import journal_app
from commonbook.console.keys import key_app
from commonbook.console.leaving import brand_export, verify_export
from commonbook.console.liquidity import liquidity_report
from commonbook.console.mail import mail_app
from commonbook.console.market import rebuild_market
from commonbook.console.partnership import partnership_app
from commonbook.console.reference import reference
from commonbook.console.serving import serve
from commonbook.console.statements import verify_statement
from commonbook.errors import CommonbookError

app = typer.Typer(
    help="One order book, many exchanges.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
COMMANDS = (
    serve,
    demo,
    replay,
    audit,
    verify_statement,
    verify_clearing,
    verify_invoice,
    rebuild_market,
    liquidity_report,
    reference,
    bench,
    brand_export,
    verify_export,
)
for command in COMMANDS:
    app.command()(command)
GROUPS = {
    "journal": journal_app,
    "acts": acts_app,
    "control": control_app,
    "export": export_app,
    "clearing": clearing_app,
    "key": key_app,
    "partnership": partnership_app,
    "host": host_app,
    "mail": mail_app,
    "brand": brand_app,
}
for group, commands in GROUPS.items():
    app.add_typer(commands, name=group)


def run() -> None:
    """The console script. A failure we know is one line on standard error and a status that is not 0."""
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as misuse:
        _tell(f"{misuse.format_message().rstrip('.')}; see `commonbook {_command()}--help`")
        status = misuse.exit_code
    except CommonbookError as failure:
        _tell(str(failure))
        status = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it once more
        status = 1
    except OSError as failure:
        _tell(f"{failure.filename}: {failure.strerror}" if failure.filename else str(failure))
        status = 1
    sys.exit(status)


def _command() -> str:
    """The sub-command that was called, for a hint."""
    names = {*GROUPS, *(command.__name__.replace("_", "-") for command in COMMANDS)}
    return next((f"{word} " for word in sys.argv[1:2] if word in names), "")


def _tell(why: str) -> None:
    line = " ".join(why.split())
    Console(stderr=True, soft_wrap=True).print(f"[bold red]commonbook:[/] {escape(line)}", highlight=False)


if __name__ == "__main__":
    run()
