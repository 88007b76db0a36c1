"""A process that delivers what waits in a folder; its test kills it. `python -m spec.webhook.killed FOLDER`"""

import asyncio
import sys
from pathlib import Path

from commonbook.identity.sealing import Seal
from commonbook.settings import WebhookSettings
from commonbook.storage.database import open_database
from commonbook.webhook.delivery import Deliveries

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    database = open_database(f"sqlite:///{folder / 'backoffice.db'}")
    settings = WebhookSettings(loopback_allowed=True)
    asyncio.run(Deliveries(database, Seal.open(folder), settings).run())
