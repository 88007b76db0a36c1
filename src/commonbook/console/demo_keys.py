"""The demo's API keys: made once, kept in a file only its owner may read, told at every start.

A real key's passphrase is not to be had again after it is made; the demo's are, because it is a demo.
"""

import json
import os
from pathlib import Path

from commonbook.console.serve import Keys
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.settings import SIMULATED, Settings, database_url, simulated_venue
from commonbook.simulator.demo_brands import BRANDS
from commonbook.simulator.demo_market import BROKER, KEY_ACCOUNTS
from commonbook.storage.database import open_database

PERMISSIONS = frozenset(Permission) - {Permission.MANAGE}  # nobody of the demo has a desk


def demo_keys(data_dir: Path, settings: Settings) -> Keys:
    """Those of the live venue and, where there is one, those of the simulated one, of the same accounts."""
    live = demo_accounts(data_dir, database_url(settings, data_dir))
    if not settings.simulated.enabled:
        return live, []
    folder = data_dir / SIMULATED
    folder.mkdir(mode=0o700, exist_ok=True)
    return live, demo_accounts(folder, database_url(simulated_venue(settings), folder))


def demo_accounts(data_dir: Path, url: str) -> list[dict[str, str]]:
    """`brand`, `api_key`, `api_secret`, `api_passphrase` and `account` of each demo key, at least one a brand.

    The second key of each brand is associated with the demo broker's code.
    """
    path = data_dir / "keys" / "demo.json"
    if path.exists():
        kept: list[dict[str, str]] = json.loads(path.read_text())
        return kept
    seal = Seal.open(data_dir)
    database = open_database(url)
    made = []
    with database.begin() as connection:
        for brand, accounts in KEY_ACCOUNTS.items():
            for number, account in enumerate(accounts):
                brokers = frozenset({BROKER}) if number else frozenset()
                label = f"demo-{BRANDS[brand]}-{number + 1}"
                key = create_key(connection, seal, account, brand, PERMISSIONS, label, brokers=brokers)
                made.append(
                    {
                        "brand": BRANDS[brand],
                        "api_key": key.api_key,
                        "api_secret": key.api_secret,
                        "api_passphrase": key.api_passphrase,
                        "account": str(account),
                    }
                )
        # Written before the commit: keys that nobody could ever use again must not stay behind.
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file, indent=2)
    draft.replace(path)
    database.dispose()
    return made
