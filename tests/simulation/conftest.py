"""The engine built with its planted bugs, for every suite that must catch one."""

import importlib.util
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def planted_module() -> ModuleType:
    target = ROOT / "target" / "planted"
    _begun_with(ROOT / "target" / "debug", target / "debug")
    command = ["cargo", "build", "--quiet", "--locked", "-p", "commonbook-engine-py", "--features", "planted-bugs"]
    subprocess.run([*command, "--target-dir", str(target)], cwd=ROOT, check=True)
    library = target / "debug" / f"lib_engine{'.dylib' if sysconfig.get_platform().startswith('macos') else '.so'}"
    loader = ExtensionFileLoader("planted._engine", str(library))
    spec = importlib.util.spec_from_file_location("planted._engine", library, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _begun_with(debug: Path, planted: Path) -> None:
    """What the engine stands on is the same as in `cargo test`, and compiled already where that has run."""
    if planted.exists() or not debug.exists():
        return
    planted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=planted.parent) as draft, suppress(OSError):  # another worker may be first
        copied = shutil.copytree(debug, Path(draft) / "debug", ignore=shutil.ignore_patterns("incremental", ".cargo-*"))
        copied.rename(planted)


@pytest.fixture
def planted_build(planted_module: ModuleType) -> Iterator[ModuleType]:
    """Beside the real one; no bug is planted before and after."""
    planted_module.plant(0)
    yield planted_module
    planted_module.plant(0)
