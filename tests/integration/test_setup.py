"""Setting up says in one line what is missing and how to get it, before it has changed anything.

`tools/setup.py` is run as it is, in a copy of the few files it reads, with stand-ins for what is not ours: cargo, and
the tools inside .venv. Nothing is downloaded or compiled here; `make run` does that.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
COMPILES = "python -m compileall -q -j 0 src/commonbook"
WEB = ["index.html", "package.json", "package-lock.json", "vite.config.ts", "svelte.config.js", "src/main.ts"]
READ_BY_SETUP = [
    *("Cargo.toml", "Cargo.lock", "pyproject.toml", "requirements/run.txt", "requirements/dev.txt"),
    *(f"web/{name}" for name in WEB),
]


class Checkout:
    """A fresh copy with an empty place for stand-ins on its PATH."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name in ["tools/setup.py", *READ_BY_SETUP]:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        (self.root / "crates" / "engine").mkdir(parents=True)
        (self.root / "crates" / "engine" / "lib.rs").write_text("// the engine\n")

    def venv_that_has_everything(self) -> Path:
        """A .venv whose python, pip and maturin only note what they were asked for; returns the notes."""
        notes = self.root / "notes.txt"
        for name in ("python", "maturin"):
            self.stand_in(self.root / ".venv" / "bin" / name, f'echo "{name} $*" >> "{notes}"')
        return notes

    def stand_in(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def cargo(self, version: str) -> None:
        self.stand_in(self.tools / "cargo", f'echo "cargo {version}"')

    def node(self, version: str) -> None:
        """Node, and an npm whose build makes the page."""
        self.stand_in(self.tools / "node", f'echo "{version}"')
        made = self.root / "src" / "commonbook" / "web"
        build = f'echo "npm $1" >> "{self.root / "notes.txt"}"; mkdir -p "{made}"; echo page > "{made}/index.html"'
        self.stand_in(self.tools / "npm", f'{build}; mkdir -p "{self.root}/web/node_modules"')

    def setup(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.root / "tools" / "setup.py"), *words]
        environment = {"PATH": f"{self.tools}{os.pathsep}/bin", "HOME": str(self.root)}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_without_cargo_it_says_where_to_get_it_and_makes_nothing(checkout: Checkout) -> None:
    line = one_line(checkout.setup("run"))
    assert line == "setup: cargo is needed to build the engine: install Rust from rustup.rs, then run this again"
    assert not (checkout.root / ".venv").exists()


def test_a_cargo_that_is_too_old_is_named_with_its_version(checkout: Checkout) -> None:
    checkout.cargo("1.87.0 (99624be96 2025-05-06)")
    line = one_line(checkout.setup("run"))
    assert line == "setup: cargo 1.87.0 is too old, 1.88 or newer is needed: run `rustup update`"
    assert not (checkout.root / ".venv").exists()


def test_a_cargo_that_does_not_work_is_named_too(checkout: Checkout) -> None:
    # What rustup's cargo says when no toolchain has been chosen.
    checkout.stand_in(checkout.tools / "cargo", "echo 'error: rustup could not choose a version' >&2; exit 1")
    line = one_line(checkout.setup("run"))
    assert line.startswith("setup: cargo does not work (error: rustup could not choose a version): ")


def test_wb7_without_node_it_says_what_to_install(
    setup_module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit):
        setup_module.check_node()
    why = (
        "Node and npm are needed to build the web app: install Node 20.19 or newer from nodejs.org, then run this again"
    )
    assert capsys.readouterr().err == f"setup: {why}\n"


def test_wb7_a_node_that_is_too_old_is_named_and_nothing_is_made(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v18.20.4")
    assert one_line(checkout.setup("run")).startswith("setup: Node v18.20.4 is too old, 20.19 or newer is needed")
    assert not (checkout.root / ".venv").exists()


def test_wb7_the_web_app_is_built_again_when_its_sources_have_changed_or_it_is_gone(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v20.19.0")
    notes = checkout.venv_that_has_everything()
    assert checkout.setup("run").returncode == 0

    def asked_of_npm() -> list[str]:
        notes.write_text("")
        assert checkout.setup("run").returncode == 0
        return [line for line in notes.read_text().splitlines() if line.startswith("npm")]

    assert asked_of_npm() == []
    with (checkout.root / "web" / "src" / "main.ts").open("a") as file:
        file.write("// changed\n")
    assert asked_of_npm() == ["npm run"]
    (checkout.root / "src" / "commonbook" / "web" / "index.html").unlink()
    assert asked_of_npm() == ["npm run"]
    (checkout.root / "web" / "package-lock.json").write_text("{}")
    assert asked_of_npm() == ["npm ci", "npm run"]


def test_a_wrong_word_is_answered_with_the_usage(checkout: Checkout) -> None:
    for words in ((), ("walk",), ("run", "dev")):
        assert one_line(checkout.setup(*words)) == "setup: usage: python tools/setup.py run|dev"


@pytest.fixture
def setup_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_tool", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 20), (3, 10, 14)])
def test_an_old_python_is_told_which_one_is_needed(
    setup_module: ModuleType,
    version: tuple[int, int, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as stopped:
        setup_module.check_python()
    assert stopped.value.code == 1
    have = f"{version[0]}.{version[1]}"
    why = f"Python 3.11 or newer is needed, this is {have}: install it and run `make PYTHON=python3.11 ...`"
    assert capsys.readouterr().err == f"setup: {why}\n"


def test_an_old_python_can_read_the_file(setup_module: ModuleType) -> None:
    # The message above is of use only if an old Python gets that far: no syntax that came after 3.0.
    compile((ROOT / "tools" / "setup.py").read_text(), "setup.py", "exec", dont_inherit=True)
    source = (ROOT / "tools" / "setup.py").read_text()
    assert not [new for new in ('f"', ":=", "match ", " -> ", "async ", "nonlocal ") if new in source]


def test_a_second_run_finds_nothing_to_do(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v20.19.0")
    notes = checkout.venv_that_has_everything()
    first = checkout.setup("run")
    assert (first.returncode, first.stderr) == (0, "")
    asked = notes.read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["python", "python", "maturin", "npm", "npm", "python"]
    assert "pip install" in asked[1]
    assert "--require-hashes -r requirements/run.txt" in asked[1]
    assert "develop --release" in asked[2]
    assert "--locked" in asked[2]
    assert asked[3:] == ["npm ci", "npm run", COMPILES]
    second = checkout.setup("run")
    assert (second.returncode, second.stdout) == (0, "")
    assert notes.read_text().splitlines()[6:] == ["python -c import pip"]


def test_a_changed_source_or_requirement_is_built_or_installed_again_and_nothing_else(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v20.19.0")
    notes = checkout.venv_that_has_everything()
    assert checkout.setup("run").returncode == 0
    for changed, tool in (("crates/engine/lib.rs", "maturin"), ("requirements/run.txt", "python")):
        notes.write_text("")
        with (checkout.root / changed).open("a") as file:
            file.write("# changed\n")
        assert checkout.setup("run").returncode == 0
        asked = [line for line in notes.read_text().splitlines() if line != "python -c import pip"]
        assert [line.split()[0] for line in asked] == [tool]


def test_a_step_that_fails_shows_its_words_and_its_fix_and_is_tried_again(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v20.19.0")
    notes = checkout.venv_that_has_everything()
    maturin = checkout.root / ".venv" / "bin" / "maturin"
    working = maturin.read_text()
    checkout.stand_in(maturin, "echo 'error[E0308]: mismatched types'; exit 1")
    failed = checkout.setup("run")
    assert "error[E0308]: mismatched types" in failed.stdout
    assert one_line(failed).startswith("setup: building the engine (a minute or two the first time) failed: ")
    maturin.write_text(working)
    assert checkout.setup("run").returncode == 0
    assert notes.read_text().splitlines()[-4].startswith("maturin develop")
    assert notes.read_text().splitlines()[-1] == COMPILES


def test_what_tests_need_contains_what_running_needs(checkout: Checkout) -> None:
    checkout.cargo("1.90.0")
    checkout.node("v20.19.0")
    notes = checkout.venv_that_has_everything()
    assert checkout.setup("dev").returncode == 0
    notes.write_text("")
    assert checkout.setup("run").returncode == 0
    assert notes.read_text().splitlines() == ["python -c import pip"]
