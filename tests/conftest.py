"""How examples are drawn, what a new database begins as, and what an exchange takes of the machine: for all tests."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import RLock
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from commonbook.storage import database

# Hundreds of exchanges are started, and none of them grows.
os.environ.setdefault("COMMONBOOK__CORE__MEMORY_AHEAD_MIB", "0")

# A time for each example would test the machine and what else runs on it, not the code.
settings.register_profile("commonbook", deadline=None)
settings.load_profile("commonbook")


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new SQLite database is a copy of the first, which all migrations have made: some thousand tests begin with one.

    What is there already is migrated as ever, and a copy is looked at as what is there.
    """
    migrate = database._migrate
    first = tmp_path_factory.mktemp("migrated") / "first.db"
    one_at_a_time = RLock()

    def begun(engine: Engine) -> None:
        path = engine.url.database
        if engine.dialect.name == "sqlite" and path != str(first):
            with one_at_a_time:
                if not first.exists():
                    database.open_database(f"sqlite:///{first}").dispose()  # once closed, all of it is in this file
            if path in (None, "", ":memory:"):
                _copied_into_memory(first, engine)
            elif not os.path.exists(path):
                _copied(first, path)
        migrate(engine)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_migrate", begun)
        yield


def _copied(first: Path, path: str) -> None:
    """All at once, and not over what somebody else has made meanwhile."""
    draft = f"{path}.{uuid4().hex}"
    with suppress(FileNotFoundError):  # without a folder for it, SQLite says so
        shutil.copyfile(first, draft)
        with suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)


def _copied_into_memory(first: Path, engine: Engine) -> None:
    connection = engine.raw_connection()
    target = connection.driver_connection
    assert isinstance(target, sqlite3.Connection)
    if not target.execute("SELECT 1 FROM sqlite_master").fetchone():
        with closing(sqlite3.connect(first)) as source:
            source.backup(target)
    connection.close()
