"""A gateway or record door that starts while the back office takes in: what it loads is of one sequence.

Else it would go on from a sequence whose accounts it has not loaded, and never hear of them.
"""

from pathlib import Path

import pytest
from spec.small_exchange import NORTH, SmallExchange, one
from sqlalchemy import Connection

from commonbook.instrument import store
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind
from commonbook.storage.database import BACK_OFFICE, open_database, position

NEW = 4_711


def test_the_venue_is_that_of_its_sequence_also_when_a_batch_is_taken_in_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = store.load
    database = open_database(f"sqlite:///{tmp_path / 'backoffice.db'}")
    with SmallExchange(tmp_path) as exchange:

        def and_meanwhile(connection: Connection) -> Venue:
            found = load(connection)
            exchange.send(one(CommandKind.ACCOUNT, account=NEW, person=NEW, brand=NORTH))
            return found

        monkeypatch.setattr(store, "load", and_meanwhile)
        before = exchange.exchange.back_office.position
        venue, sequence = store.load_at(database)
        assert (sequence, NEW in venue.accounts) == (before, False)
        with database.connect() as connection:
            assert position(connection, BACK_OFFICE) == before + 1
        monkeypatch.setattr(store, "load", load)
        venue, sequence = store.load_at(database)
        assert (sequence, NEW in venue.accounts) == (before + 1, True)
    database.dispose()
