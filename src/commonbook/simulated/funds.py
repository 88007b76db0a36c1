"""Test funds: the first ones of an account, and those it asks for. S-5 and S-6."""

import base64
import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, Records, as_commands, commands, words
from commonbook.storage.schema import api_keys, bills, key_changes

DAY_NS = 86_400 * 1_000_000_000
_KEY_CHARACTERS = 30


def first_funds(venue: Venue, accounts: Iterable[int], coins: Mapping[str, int]) -> Records | None:
    """What accounts begin with; each is given it once, whatever is sent again. None where there is nothing to give.

    Args:
        coins: whole coins by the currency's name, in any case; those that the venue does not have are passed over.
    """
    named = {asset.name.upper(): asset for asset in venue.assets.values()}
    known = [(named[name.upper()], count) for name, count in coins.items() if name.upper() in named and count > 0]
    gifts = [
        deposit(account, asset, count * 10**asset.scale, f"first:{account}:{asset.id}".encode())
        for account in accounts
        for asset, count in known
    ]
    return as_commands(*gifts) if gifts else None


def deposit(account: int, asset: Asset, amount: int, key: bytes) -> Records:
    record = commands(CommandKind.DEPOSIT)
    record["account"], record["asset"], record["key"] = account, asset.id, key
    record["amount"] = words(amount)
    return as_commands(record)


def key_of(account: int, client_id: str) -> bytes:
    """The idempotency key of what an account calls by a name; another account's is another key."""
    digest = hashlib.sha256(f"{account}:{client_id}".encode()).digest()
    return b"s:" + base64.b64encode(digest)[:_KEY_CHARACTERS]


def given_today(connection: Connection, account: int, asset: int, now_ns: int) -> int:
    """What an account was given of an asset in this day of UTC, its first funds with it."""
    since = now_ns // DAY_NS * DAY_NS
    where = (bills.c.account == account) & (bills.c.asset == asset) & (bills.c.kind == "deposit")
    rows = connection.execute(select(bills.c.change).where(where & (bills.c.time_ns >= since)))
    return sum(rows.scalars())


def key_count(connection: Connection) -> int:
    """A number that is another one whenever a key was made, changed or revoked."""
    return int(connection.execute(select(key_changes.c.count)).scalar_one())


def accounts_with_keys(connection: Connection) -> list[int]:
    return list(
        connection.execute(select(api_keys.c.account).where(api_keys.c.revoked.is_(False)).distinct()).scalars()
    )
