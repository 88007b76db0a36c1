"""The sub-commands of `commonbook`, each loaded when it is called: who starts waits for no other's packages."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import typer

# Each word, and the module that has it: a function of the word's name, or a group called NAME_app.
COMMANDS = {
    "serve": "serving",
    "demo": "demo",
    "replay": "audit",
    "audit": "audit",
    "verify-statement": "statements",
    "why": "why",
    "prove-fill": "proofs",
    "verify-proof": "proofs",
    "verify-hours": "proofs",
    "verify-clearing": "clearing",
    "verify-invoice": "clearing",
    "rebuild-market": "market",
    "liquidity-report": "liquidity",
    "reference": "reference",
    "certify": "certify",
    "bench": "bench",
    "brand-export": "leaving",
    "verify-export": "leaving",
}
GROUPS = {
    "journal": "journal",
    "acts": "acts",
    "control": "control",
    "export": "export",
    "simulate": "simulate",
    "clearing": "clearing",
    "corrections": "corrections",
    "key": "keys",
    "partnership": "partnership",
    "host": "host",
    "mail": "mail",
    "brand": "brand",
}


def commands(*words: str) -> typer.Typer:
    """The command line: with what the first of the words calls, or with all when it calls nothing that there is."""
    app = typer.Typer(
        help="One order book, many exchanges.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_alone_too)
    called = set(words[:1]) & {*COMMANDS, *GROUPS} or {*COMMANDS, *GROUPS}
    for word in _in_order(COMMANDS, called):
        app.command(word)(command(word))
    for word in _in_order(GROUPS, called):
        app.add_typer(group(word), name=word)
    return app


def command(word: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(_module(COMMANDS[word]), word.replace("-", "_"))
    return found


def group(word: str) -> typer.Typer:
    found: typer.Typer = getattr(_module(GROUPS[word]), f"{word}_app")
    return found


def _in_order(there: Iterable[str], called: set[str]) -> list[str]:
    return [word for word in there if word in called]


def _module(name: str) -> Any:
    return importlib.import_module(f"commonbook.console.{name}")


def _alone_too() -> None:
    """With it, a command line of one command is asked by that command's word as well."""
