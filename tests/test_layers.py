"""Imports point down only: the folders of src/commonbook in their order, read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "commonbook"

# Lowest first. A module imports what stands above its own line, and neighbours of a line that speak by plain calls:
# `clearing` and `counter` never see each other. What is not listed fails, so that a new folder is given its place.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("units", "settings", "framing", "whole_file", "outbound", "nursery", "_engine"),
    ("records", "storage", "chain"),
    ("columns",),
    ("instrument",),
    ("ledger",),
    ("matching", "counter", "clearing", "marketdata", "terms"),
    ("table_file",),
    ("identity", "broker"),
    ("administration", "notice", "admission"),
    ("people",),
    ("brand", "webhook", "leaving", "liquidity", "oauth"),
    ("client",),
    ("partnership", "brokerage"),
    ("exchange", "simulated"),
    ("keeping",),
    ("gateway", "simulator"),
    ("qa", "bench"),
    ("console",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
FILES = sorted(ROOT.rglob("*.py"))


def folder(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(folder or module of commonbook, line) of each import that is not of the file's own folder."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module if node.module != "commonbook" else f"commonbook.{one.name}" for one in node.names]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "commonbook" and len(parts) > 1 and parts[1] != folder(path):
                yield parts[1], getattr(node, "lineno", 0)


def test_every_folder_has_its_place() -> None:
    assert {folder(path) for path in FILES} - {"__init__"} <= set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    wrong = [
        f"line {line}: {folder(path)} imports {name}"
        for name, line in imports(path)
        if folder(path) != "__init__" and LEVEL[name] >= LEVEL[folder(path)]
    ]
    assert wrong == []


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in FILES
        for outer in ast.walk(ast.parse(path.read_text()))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_only_the_console_reads_the_environment() -> None:
    # settings.py is one tree, built once and handed down; the QA door is a command of its own, and the nursery gives
    # each process its environment.
    readers = {
        str(path.relative_to(ROOT))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    assert {name for name in readers if not name.startswith(("console/", "qa/__main__", "nursery.py"))} == set()


def test_sql_and_sockets_stay_out_of_the_rules() -> None:
    pure = [path for path in FILES if path.name in ("rules.py", "model.py")]
    assert pure
    outside = {"sqlalchemy", "socket", "asyncio", "pathlib", "os", "time"}
    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in pure
        if folder(path) != "qa"  # its model suite is not a folder of the exchange
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.split(".")[0] in outside
    }
    assert found == set()
