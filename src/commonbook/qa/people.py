"""A data folder with people in it: the demo's venue, and accounts with funds and keys for suites."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from commonbook.exchange import Exchange
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.qa.okx import Key
from commonbook.records import CommandKind, as_commands, commands, words
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND
from commonbook.simulator.demo_market import BTC, USDT, standing_book, venue_commands
from commonbook.storage.database import open_database

EVERYTHING = frozenset(Permission)
FUNDS = {BTC: 100, USDT: 10_000_000}  # whole coins


@dataclass(frozen=True, slots=True)
class Person:
    account: int
    brand: int = FIRST_BRAND
    person: int = 0  # 0: nobody else's account
    level: int = 0
    has_funds: bool = True
    cents: int = 0  # of USDT more than the others have, so that a balance is nobody else's


def prepare(data_dir: Path, people: Sequence[Person]) -> None:
    """Venue, standing book and people, journaled as any commands."""
    accounts = commands(CommandKind.ACCOUNT, len(people))
    accounts["account"] = [one.account for one in people]
    accounts["person"] = [one.person or one.account for one in people]
    accounts["brand"], accounts["level"] = [one.brand for one in people], [one.level for one in people]
    deposits = []
    for one in (person for person in people if person.has_funds):
        for asset, coins in FUNDS.items():
            deposit = commands(CommandKind.DEPOSIT)
            deposit["account"], deposit["asset"] = one.account, asset
            deposit["amount"] = words(coins * 10**8 + (one.cents * 10**6 if asset == USDT else 0))
            deposit["key"] = f"suite:{one.account}:{asset}".encode()
            deposits.append(deposit)
    with Exchange.open(data_dir, Settings()) as exchange:
        exchange.submit(venue_commands())
        exchange.submit(standing_book())
        exchange.submit(as_commands(accounts, *deposits))


def open_tables(data_dir: Path) -> Engine:
    """The back office's own tables."""
    return open_database(database_url(Settings(), data_dir))


def key_of(
    connection: Connection,
    data_dir: Path,
    account: int,
    brand: int = FIRST_BRAND,
    permissions: frozenset[Permission] = EVERYTHING,
    label: str = "suite",
    ip_list: tuple[str, ...] = (),
    brokers: frozenset[int] = frozenset(),
) -> Key:
    """A new key of an account."""
    seal = Seal.open(data_dir)
    new = create_key(connection, seal, account, brand, permissions, label, ip_list, brokers)
    return Key(new.api_key, new.api_secret, new.api_passphrase)


__all__ = ["EVERYTHING", "FIRST_BRAND", "SECOND_BRAND", "Person", "key_of", "open_tables", "prepare"]
