"""The checklist of a brand on a data folder: what is found there and on the simulated venue beside it. Rule PA-21."""

import time
from pathlib import Path

from sqlalchemy import Connection

from commonbook.instrument import store as instrument_store
from commonbook.instrument.venue import Venue
from commonbook.partnership import verification
from commonbook.partnership.facts import SECOND_NS, OpenItems
from commonbook.partnership.model import Item
from commonbook.settings import SIMULATED, Settings, database_url, simulated_venue
from commonbook.storage.database import open_database, snapshot


def checklist(data_dir: Path, settings: Settings, venue: Venue, connection: Connection) -> OpenItems:
    """What computes a brand's checklist, with the simulated venue's tables where that has been started."""
    now_ns, grace_ns = time.time_ns(), settings.broker.settlement_grace_s * SECOND_NS
    folder = data_dir / SIMULATED

    def look(brand: int) -> tuple[Item, ...]:
        if not (folder / "journal").is_dir():
            grounds = verification.Grounds(brand, venue, connection, None, None, now_ns, grace_ns)
            return verification.open_items(grounds)
        database = open_database(database_url(simulated_venue(settings), folder))
        try:
            with snapshot(database) as tables:
                simulated = instrument_store.load(tables)
                grounds = verification.Grounds(brand, venue, connection, simulated, tables, now_ns, grace_ns)
                return verification.open_items(grounds)
        finally:
            database.dispose()

    return look
