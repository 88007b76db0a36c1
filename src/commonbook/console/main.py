"""The `commonbook` command: its sub-commands, and the one place where a failure becomes a line and an exit status."""

import os
import sys

import typer
from rich.console import Console
from rich.markup import escape

from commonbook.console.commands import COMMANDS, GROUPS, commands
from commonbook.errors import CommonbookError


def run() -> None:
    """The console script. A failure we know is one line on standard error and a status that is not 0."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy would start threads that nothing here has use for
    try:
        words = sys.argv[1:] or ["--help"]
        status = commands(*words)(words, standalone_mode=False)
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
    return next((f"{word} " for word in sys.argv[1:2] if word in COMMANDS or word in GROUPS), "")


def _tell(why: str) -> None:
    line = " ".join(why.split())
    Console(stderr=True, soft_wrap=True).print(f"[bold red]commonbook:[/] {escape(line)}", highlight=False)


if __name__ == "__main__":
    run()
