"""A data folder opened by a command beside a server or without one: its tables, its settings, its master key."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database


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
