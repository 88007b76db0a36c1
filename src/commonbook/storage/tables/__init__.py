"""Tables of people, brands and their administration: a module for each folder that keeps them.

Each module is named here: who makes or migrates a database takes `metadata` from here, and so knows all tables.
"""

from commonbook.storage import schema
from commonbook.storage.metadata import metadata
from commonbook.storage.tables import (
    administration,
    autonomy,
    brand,
    broker,
    broker_clients,
    broker_webhooks,
    brokerage,
    clearing,
    corrections,
    inbox,
    leaving,
    notices,
    oauth,
    partnership,
    people,
    program,
    providers,
    terms,
    webhooks,
)

__all__ = [
    "administration",
    "autonomy",
    "brand",
    "broker",
    "broker_clients",
    "broker_webhooks",
    "brokerage",
    "clearing",
    "corrections",
    "inbox",
    "leaving",
    "metadata",
    "notices",
    "oauth",
    "partnership",
    "people",
    "program",
    "providers",
    "schema",
    "terms",
    "webhooks",
]
