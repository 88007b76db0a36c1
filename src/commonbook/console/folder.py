"""A data folder opened by a command beside a server or without one: its tables, its settings, its master key."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from commonbook.errors import BadInput, DataFolderInUse
from commonbook.identity.sealing import Seal
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database

LOCK = "lock"  # in the data folder; whoever writes its journal holds it
PATIENCE_S = 10.0  # a predecessor that was killed may still be dying


def wait_until_free(data: Path) -> None:
    """Return once no process holds the data folder. It is not held for the caller: its core takes it.

    Raises:
        DataFolderInUse: somebody goes on holding it.
    """
    if not (data / LOCK).exists():
        return
    deadline = time.monotonic() + PATIENCE_S
    with (data / LOCK).open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DataFolderInUse(f"the data folder {data} is in use by another process") from None
                time.sleep(0.02)
            else:
                return


@dataclass(frozen=True, slots=True)
class Folder:
    connection: Connection  # in a transaction, which is kept when the command ends well
    settings: Settings
    seal: Seal


@contextmanager
def opened(data: Path, settings_file: Path | None) -> Iterator[Folder]:
    """
    Raises:
        BadInput: it is no data folder.
    """
    settings = load_settings(settings_file, os.environ)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    database = open_database(database_url(settings, data))
    try:
        with database.begin() as connection:
            yield Folder(connection, settings, Seal.open(data))
    finally:
        database.dispose()
