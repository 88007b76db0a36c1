"""The engine built with its planted bugs, for every suite that must catch one."""

import importlib.util
import subprocess
import sysconfig
from collections.abc import Iterator
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def planted_module() -> ModuleType:
    target = ROOT / "target" / "planted"
    command = ["cargo", "build", "--quiet", "--locked", "-p", "commonbook-engine-py", "--features", "planted-bugs"]
    subprocess.run([*command, "--target-dir", str(target)], cwd=ROOT, check=True)
    library = target / "debug" / f"lib_engine{'.dylib' if sysconfig.get_platform().startswith('macos') else '.so'}"
    loader = ExtensionFileLoader("planted._engine", str(library))
    spec = importlib.util.spec_from_file_location("planted._engine", library, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def planted_build(planted_module: ModuleType) -> Iterator[ModuleType]:
    """Beside the real one; no bug is planted before and after."""
    planted_module.plant(0)
    yield planted_module
    planted_module.plant(0)
