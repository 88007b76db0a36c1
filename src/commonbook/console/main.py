"""The `commonbook` command: its sub-commands, and the one place where a failure becomes a line and an exit status."""

import sys

import typer
from rich.console import Console

from commonbook.console.audit import audit, replay
from commonbook.console.bench import bench
from commonbook.console.demo import demo
from commonbook.console.serving import serve
from commonbook.console.statements import verify_statement
from commonbook.errors import CommonbookError

app = typer.Typer(
    help="One order book, many exchanges.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (serve, demo, replay, audit, verify_statement, bench):
    app.command()(command)


def run() -> None:
    """The console script. A failure we know is one line on standard error and status 1."""
    try:
        app()
    except CommonbookError as failure:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]commonbook:[/] {failure}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    run()
