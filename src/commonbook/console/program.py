"""A data folder's broker program, opened to be read, beside a server or without one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from commonbook.broker.model import Program
from commonbook.errors import BadInput
from commonbook.exchange import BackOffice
from commonbook.instrument.venue import Venue
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import snapshot


@dataclass(frozen=True, slots=True)
class Opened:
    """What a question about brokers is answered from."""

    connection: Connection  # whose queries all see the same state
    program: Program
    venue: Venue
    settings: Settings
    statements: Path  # the folder

    def broker(self, code: str) -> int:
        """
        Raises:
            BadInput: nobody has this code; says which there are.
        """
        found = self.venue.broker_coded(code)
        if found is None:
            there = ", ".join(sorted(one.code for one in self.venue.codes.values())) or "none yet"
            raise BadInput(f"there is no broker {code!r}; there is: {there}")
        return found.id


@contextmanager
def opened(data: Path, settings_file: Path | None) -> Iterator[Opened]:
    """
    Raises:
        BadInput: the folder holds no journal, or its venue has nothing yet that commission could be paid in.
    """
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange")
    settings = load_settings(settings_file, os.environ)
    office = BackOffice.open(data, database_url(settings, data), settings)
    try:
        program = office.program()
        if program is None:
            raise BadInput(f"{data} has no asset {settings.broker.payout_asset}, in which commission is paid")
        with snapshot(office.database) as connection:
            yield Opened(connection, program, office.venue, settings, office.statements)
    finally:
        office.close()
