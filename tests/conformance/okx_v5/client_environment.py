"""A real client in an environment of its own: made once from its pinned requirements, kept in the cache folder."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from commonbook.settings import cache_folder

ROOT = Path(__file__).parents[3]


def python_of(client: str) -> Path:
    """The interpreter that has `requirements/clients/<client>.txt` installed, hash by hash.

    Raises:
        RuntimeError: it could not be installed; says what to do.
    """
    requirements = ROOT / "requirements" / "clients" / f"{client}.txt"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache_folder(os.environ, Path.home()) / "clients" / f"{client}-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _make(folder, requirements)
    return folder / "bin" / "python"


def _make(folder: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    install += ["--no-compile"]  # of ccxt alone there are some hundred exchanges: what is imported is compiled then
    for command in ([sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(requirements)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(
                f"{requirements.name} could not be installed into {folder}. This is needed once, with a package index"
                " in reach; then run the tests again. To leave the real client out: pytest -m 'not client'.\n"
                + done.stdout
                + done.stderr
            )
    (folder / "complete").touch()


class ClientFailed(Exception):
    """The client raised; `classes` names its exception and all that this is a kind of."""

    def __init__(self, classes: list[str], message: str) -> None:
        super().__init__(f"{classes[0]}: {message}")
        self.classes = classes
        self.message = message


class Client:
    """One client object in a process of its own; `call` runs one of its methods there."""

    def __init__(self, python: Path, script: str, config: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [python, Path(__file__).parent / script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._write(config)

    def call(self, method: str, *arguments: Any) -> Any:
        self._write([method, *arguments])
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise RuntimeError(f"the client ended in {method}; what it said stands on standard error")
        answer = json.loads(line)
        if "raised" in answer:
            raise ClientFailed(answer["raised"], answer["message"])
        return answer["result"]

    def _write(self, value: Any) -> None:
        if self._process.stdin is None:
            raise RuntimeError("the client has no input")
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()
