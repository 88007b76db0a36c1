"""`commonbook reference`: the API's documents on standard output, so that a document in a file can be compared."""

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from commonbook.gateway.reference.app import NO_BRAND, documents
from commonbook.gateway.reference.compatibility import how
from commonbook.settings import load_settings


class Name(StrEnum):
    OPENAPI = "openapi"
    ASYNCAPI = "asyncapi"
    COMPATIBILITY = "compatibility"
    CHANGES = "api-changes"


def reference(
    name: Annotated[Name, typer.Argument(help="Which document.")],
    title: Annotated[str, typer.Option(help="Whose API it is, as its title says.")] = NO_BRAND,
    settings_file: Annotated[
        Path | None,
        typer.Option("--settings", help="Bounds and limits of this TOML file.", exists=True, dir_okay=False),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="The document itself.")] = False,
) -> None:
    """Print a document of the API: whole with --json, else a line for each route, channel or change."""
    document = documents(load_settings(settings_file, os.environ), title)[name]
    if json_output:
        print(json.dumps(document, indent=2))
        return
    for line in _lines(name, document):
        print(line)


def _lines(name: Name, document: dict[str, Any]) -> Iterator[str]:
    match name:
        case Name.OPENAPI:
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    yield f"{method.upper():4} {path}  {operation['summary']}"
        case Name.ASYNCAPI:
            for channel, facts in document["x-channels"].items():
                yield f"{facts['url']:8} {channel}  {facts['says']}"
        case Name.COMPATIBILITY:
            for row in document["routes"]:
                yield f"{row['verdict']:8} {row['method']:4} {row['path']}  {how(row)}".rstrip()
        case Name.CHANGES:
            for one in document["versions"]:
                for change in one["changes"]:
                    yield f"{one['version']}  {change['kind']:10} {change['what']}  {change['says']}"
