"""The documents say what is so: links lead somewhere, commands and make targets exist, the project stands by itself."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from commonbook.console.commands import commands

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = get_command(commands()).commands  # type: ignore[attr-defined]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def with_groups(command: Any) -> Iterator[Any]:
    """A command and all below it."""
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from with_groups(one)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_option_that_is_written_exists(page: Path) -> None:
    unknown = []
    for command, rest in re.findall(r"commonbook ([a-z-]+)((?: [^`\n]*)?)", page.read_text()):
        if command not in COMMANDS:
            if re.search(rf"(?:bin/|`)commonbook {command}\b(?! on \.\.\.)", page.read_text()):
                unknown.append(command)
            continue
        parts = [*with_groups(COMMANDS[command])]
        options = {option for part in parts for parameter in part.params for option in parameter.opts} | {"--help"}
        unknown += [f"{command} {option}" for option in re.findall(r"--[a-z-]+", rest) if option not in options]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_that_is_written_exists(page: Path) -> None:
    written = set(re.findall(r"(?:`|^\$ )make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert written <= TARGETS


def test_the_pictures_are_those_that_the_script_draws() -> None:
    drawn = runpy.run_path(str(ROOT / "tools" / "pictures.py"))["PICTURES"]
    for name, draw in drawn.items():
        assert (ROOT / "docs" / "concepts" / name).read_text() == draw().svg(), "run tools/pictures.py"
